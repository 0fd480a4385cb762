//! Lanes in which wide limits are kept. Who waits there stands in line, each with the message that
//! makes a worker look at its account's lot.

use flyball_accounts::AccountsError;
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
    /// Calls whoever is next in line, where no worker has: it is given as long to come as the lane
    /// then waits for its next look.
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
        let rows = self.governor.parked(id).await?;
        let turns = self.governor.turns(lane, slots, &rows);
        let (mut room, mut sent) = (turns.room, 0_u64);
        for row in turns.uncalled {
            if room == 0 {
                break;
            }
            let is_mine = self.governor.call(id, &row.id).await?;
            if is_mine && !self.send_for(id, row).await? {
                continue;
            }
            sent = sent.saturating_add(u64::from(is_mine));
            room = room.saturating_sub(1);
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
            if self.send_for(id, &row).await? {
                sent = sent.saturating_add(1);
                self.governor.leave_line(id, &row).await?;
            }
        }
        Ok(Dealt::Sent(sent))
    }

    /// Says whether somebody was sent for. Whoever is connected no more, or can't be read, holds up
    /// nobody else: it is taken out of the line.
    async fn send_for(&self, id: &LaneId, row: &Parked) -> Result<bool, LaneTrouble> {
        let Ok(Message::Drain(drain)) = Message::parse(&row.work) else {
            tracing::error!(
                code = "ROW_UNREADABLE", lane = %id, row = %row.id,
                "found no call to look at an account's lot: taken out of the line"
            );
            self.governor.leave_line(id, row).await?;
            return Ok(false);
        };
        match self.accounts.get(&drain.account).await {
            Ok(account) => self.send_drain(account.integration, drain).await.map(|()| true),
            Err(AccountsError::Unknown { .. }) => {
                self.governor.leave_line(id, row).await?;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}
