//! Lanes in which wide limits are kept. What waits there is accounts: each of their rows is a
//! message that makes a worker look at an account's lot.

use flyball_domain::Message;
use flyball_governor::core::{Board, Lane, Startable, WideLane, next_look};
use flyball_governor::{LaneId, Parked, Tried, UnixMillis};

use crate::Ticker;
use crate::lane::{Dealt, LaneTrouble};

/// The most accounts that are sent for at once, where nothing is limited any more.
const ALL_AT_ONCE_MAX: usize = 32;

/// How long the others then wait, in milliseconds.
const OTHERS_WAIT_MS: u64 = 1_000;

impl Ticker {
    pub(crate) async fn deal_with_wide(
        &self,
        id: &LaneId,
        wide: &WideLane,
        lane: &Lane,
        board: &Board,
    ) -> Result<Dealt, LaneTrouble> {
        let now = self.governor.now();
        let Some(slots) = board.slots_of(wide, now) else {
            return self.let_all_go(id, now).await;
        };
        let (next, startable) = next_look(lane, None, now, self.governor.policy());
        if matches!(self.governor.push(id, next).await?, Tried::Refused(_)) {
            return Ok(Dealt::Later);
        }
        if startable == Startable::No {
            return Ok(Dealt::Later);
        }
        let dead_before = now.minus(self.governor.policy().skew_ms);
        let alive = lane.held.values().filter(|slot| slot.expires > dead_before).count();
        let slots = usize::try_from(slots.min(lane.limit)).unwrap_or(usize::MAX);
        let mut sent = 0_u64;
        let rows = self.governor.parked(id).await?;
        for row in rows.iter().take(slots.saturating_sub(alive)) {
            self.send_for(row).await?;
            sent = sent.saturating_add(1);
        }
        Ok(Dealt::Sent(sent))
    }

    /// Sends for everybody, some at a time. Nobody takes a slot of this lane any more, so that their
    /// rows are taken away here.
    async fn let_all_go(&self, id: &LaneId, now: UnixMillis) -> Result<Dealt, LaneTrouble> {
        let next = now.plus(OTHERS_WAIT_MS);
        if matches!(self.governor.push(id, next).await?, Tried::Refused(_)) {
            return Ok(Dealt::Later);
        }
        let mut sent = 0_u64;
        let rows = self.governor.parked(id).await?;
        for row in rows.into_iter().take(ALL_AT_ONCE_MAX) {
            self.send_for(&row).await?;
            self.governor.unpark(id, &row.id, &row.requests).await?;
            sent = sent.saturating_add(1);
        }
        Ok(Dealt::Sent(sent))
    }

    async fn send_for(&self, row: &Parked) -> Result<(), LaneTrouble> {
        match Message::parse(&row.work) {
            // As it is: it names this row, which whoever answers it takes away.
            Ok(Message::Drain(drain)) => {
                let integration = self.accounts.get(&drain.account).await?.integration;
                self.send_drain(integration, drain).await
            }
            Ok(Message::Import(_)) | Err(_) => Err(LaneTrouble::Other(format!(
                "row {} of a wide lane is no call to look at an account",
                row.id
            ))),
        }
    }
}
