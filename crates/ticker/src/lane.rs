//! What becomes of one lane that is due.

use std::sync::atomic::{AtomicU64, Ordering};

use flyball_accounts::AccountsError;
use flyball_domain::{AccountId, Drain, Integration, Message};
use flyball_governor::core::{Ask, Board, GroupName, Lane, Look, Waiting, WideLane, look};
use flyball_governor::{GovernorError, LaneId, Parked, Startable, Tried, UnixMillis, next_look};
use flyball_queue::Outgoing;

use crate::Ticker;

/// Why one lane could not be dealt with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LaneTrouble {
    #[error(transparent)]
    Governor(#[from] GovernorError),
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    #[error("{0}")]
    Other(String),
}

impl LaneTrouble {
    pub(crate) fn other(error: &dyn core::fmt::Display) -> Self {
        Self::Other(error.to_string())
    }
}

/// What was done about a lane.
pub(crate) enum Dealt {
    /// So many messages were sent.
    Sent(u64),
    /// Nothing waits there any more.
    Cleared,
    /// It is somebody's, or another time's.
    Later,
    /// Nothing of it can start before its next look, if the board is still the one that was asked.
    Rests(Box<Rest>),
}

/// A lane that is to be left alone.
pub(crate) struct Rest {
    pub(crate) id: LaneId,
    /// As it was read before its lot, and before the board is read again.
    pub(crate) seen: Lane,
    /// Until when.
    pub(crate) next: UnixMillis,
}

/// What waits in a lane's lot, as far as it was looked at.
#[derive(Debug, PartialEq, Eq)]
enum Lot {
    Empty,
    /// Something does.
    Unread,
    Read(Vec<Parked>),
}

/// A lane and its lot at one moment.
struct Looked<'a> {
    lane: &'a Lane,
    lot: Lot,
    now: UnixMillis,
}

impl Ticker {
    /// `oldest_ms` becomes how long the job has waited that waits longest, if that is longer.
    pub(crate) async fn deal_with(
        &self,
        id: &LaneId,
        board: &Board,
        oldest_ms: &AtomicU64,
    ) -> Result<Dealt, LaneTrouble> {
        // The lane before the lot: only then does an empty lot prove that nobody came since.
        let Some(mut lane) = self.governor.look(id).await? else { return Ok(Dealt::Later) };
        let now = self.governor.now();
        if lane.wake.is_none_or(|wake| now < wake) {
            return Ok(Dealt::Later);
        }
        self.governor.write_notes(id, &lane).await?;
        let wide = WideLane::parse(id.as_str());
        let lot = match &wide {
            None => self.lot(id, &lane, board, now).await?,
            Some(_) => self.unread_lot(id).await?,
        };
        if lot == Lot::Empty {
            return match self.governor.clear(id, &lane).await? {
                Tried::Done(_) => Ok(Dealt::Cleared),
                Tried::Refused(_) => Ok(Dealt::Later),
            };
        }
        if let Some(wide) = wide {
            return self.deal_with_wide(id, &wide, &lane, board).await;
        }
        let account: AccountId = id.as_str().parse().map_err(|error| {
            LaneTrouble::Other(format!("the lane's name is no account's: {error}"))
        })?;
        let integration = self.integration_of(&lane, &account).await?;
        lane.group = integration.as_str().parse().ok();
        let looked = Looked { lane: &lane, lot, now };
        let found = self.look_at(id, looked, board, oldest_ms).await?;
        let Some(kind) = found.start else {
            return Ok(Dealt::Rests(Box::new(Rest {
                id: id.clone(),
                seen: lane,
                next: found.next,
            })));
        };
        let again_ms = self.governor.policy().wake_again_ms;
        let given_ms = self.patience.give(id, &lane, now, again_ms);
        let next = if found.next == now.plus(again_ms) { now.plus(given_ms) } else { found.next };
        // Pushed before anybody is sent: whoever is sent may never arrive.
        if matches!(self.governor.push(id, next).await?, Tried::Refused(_)) {
            return Ok(Dealt::Later);
        }
        let kind = kind.as_str().parse().map_err(|error| LaneTrouble::other(&error))?;
        self.send_drain(integration, Drain::new(account, kind)).await?;
        Ok(Dealt::Sent(1))
    }

    /// A lot that may hold two hundred rows is not read for nothing: only where somebody can start.
    async fn lot(
        &self,
        id: &LaneId,
        lane: &Lane,
        board: &Board,
        now: UnixMillis,
    ) -> Result<Lot, GovernorError> {
        let pardon = board.pardon(lane.group.as_ref());
        match next_look(lane, pardon, now, self.governor.policy()) {
            (_, Startable::No) => self.unread_lot(id).await,
            (_, Startable::Yes) => {
                let rows = self.governor.parked(id).await?;
                Ok(if rows.is_empty() { Lot::Empty } else { Lot::Read(rows) })
            }
        }
    }

    async fn unread_lot(&self, id: &LaneId) -> Result<Lot, GovernorError> {
        Ok(if self.governor.has_parked(id).await? { Lot::Unread } else { Lot::Empty })
    }

    /// When to look again at a lane whose lot is not empty, and whom to send for now.
    async fn look_at(
        &self,
        id: &LaneId,
        Looked { lane, lot, now }: Looked<'_>,
        board: &Board,
        oldest_ms: &AtomicU64,
    ) -> Result<Look, LaneTrouble> {
        let policy = self.governor.policy();
        let (next, startable) = next_look(lane, board.pardon(lane.group.as_ref()), now, policy);
        if startable == Startable::No {
            return Ok(Look { next, start: None });
        }
        let rows = match lot {
            Lot::Read(rows) => rows,
            Lot::Unread | Lot::Empty => self.governor.parked(id).await?,
        };
        let longest_ms = rows.iter().map(|row| now.since(row.since)).max().unwrap_or(0);
        oldest_ms.fetch_max(longest_ms, Ordering::Relaxed);
        let waiting: Vec<Waiting> = rows.iter().map(Parked::waiting).collect();
        let mut found = look(lane, id.as_str(), board, &waiting, now, policy);
        if let Some(kind) = &found.start {
            let ask = Ask { lane: id.as_str(), group: lane.group.as_ref(), kind };
            // Refused there, it is sent for by the wide lane, as soon as there is room.
            if !board.dimmers(&ask, now).is_empty() {
                found.next = found.next.max(now.plus(policy.wide_again_ms));
            }
        }
        Ok(found)
    }

    /// The integration of a lane's account: its group, or what the account says where the lane was
    /// made before lanes had groups.
    async fn integration_of(
        &self,
        lane: &Lane,
        account: &AccountId,
    ) -> Result<Integration, LaneTrouble> {
        let known = lane.group.as_ref().map(GroupName::as_str).and_then(|name| name.parse().ok());
        match known {
            Some(integration) => Ok(integration),
            None => Ok(self.accounts.get(account).await?.integration),
        }
    }

    pub(crate) async fn send_drain(
        &self,
        integration: Integration,
        drain: Drain,
    ) -> Result<(), LaneTrouble> {
        let queue =
            self.queues.get(integration, drain.kind).map_err(|error| LaneTrouble::other(&error))?;
        let account = drain.account.clone();
        let drain = Outgoing::new(Message::Drain(drain).to_text(), account)
            .map_err(|error| LaneTrouble::other(&error))?;
        queue.send(&drain).await.map_err(|error| LaneTrouble::other(&error))?;
        Ok(())
    }
}
