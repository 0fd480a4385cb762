//! One pass over the lanes that somebody must look at: notes go to the ledger, empty lots are left
//! in peace, and whoever can start gets one message. Runs once a second, anywhere; two at once do
//! no harm. It never runs a job, never calls a vendor, and never takes a wake-up away before
//! somebody else would be sure to come.

use std::sync::Arc;

use flyball_accounts::{Accounts, AccountsError};
use flyball_domain::{AccountId, Drain, Kind, Message};
use flyball_governor::{
    Governor, GovernorError, Lane, LaneId, Parked, Startable, Tried, next_look,
};
use flyball_queue::{Outgoing, Queues};
use futures::{StreamExt as _, stream};

/// Wakes what is due.
#[derive(Clone, Debug)]
pub struct Ticker {
    governor: Governor,
    accounts: Accounts,
    queues: Arc<Queues>,
}

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Lanes that were due.
    pub due: u64,
    /// Messages sent.
    pub sent: u64,
    /// Lanes found with nothing left to wake for.
    pub cleared: u64,
    /// Lanes that could not be dealt with; they stay due.
    pub failed: u64,
}

/// Why one lane could not be dealt with.
#[derive(Debug, thiserror::Error)]
enum LaneTrouble {
    #[error(transparent)]
    Governor(#[from] GovernorError),
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    #[error("{0}")]
    Other(String),
}

/// The most lanes of each part of the index that one pass deals with, about a thousand in all; the
/// rest wait a second, so that ten thousand gates of one outage don't become a stampede.
const LANES_PER_SHARD_MAX: u16 = 64;

/// How many lanes are dealt with at once. A lane takes five calls in a row, of some five
/// milliseconds each: a thousand lanes fit a second.
const LANES_AT_ONCE: usize = 32;

enum Dealt {
    Sent,
    Cleared,
    Later,
}

impl Ticker {
    /// A ticker of these parts.
    pub fn new(governor: Governor, accounts: Accounts, queues: Queues) -> Self {
        Self { governor, accounts, queues: Arc::new(queues) }
    }

    /// Makes one pass. A lane that makes trouble is logged, stays due, and holds up nobody.
    ///
    /// # Errors
    /// The wake index could not be read.
    pub async fn pass(&self) -> Result<Pass, GovernorError> {
        let due = self.governor.due(self.governor.now(), LANES_PER_SHARD_MAX).await?;
        let mut pass =
            Pass { due: u64::try_from(due.len()).unwrap_or(u64::MAX), ..Pass::default() };
        let mut dealt = stream::iter(due)
            .map(|lane| async move {
                let dealt = Box::pin(self.deal_with(&lane)).await;
                (lane, dealt)
            })
            .buffer_unordered(LANES_AT_ONCE);
        while let Some((lane, dealt)) = dealt.next().await {
            match dealt {
                Ok(Dealt::Sent) => pass.sent += 1,
                Ok(Dealt::Cleared) => pass.cleared += 1,
                Ok(Dealt::Later) => {}
                Err(trouble) => {
                    pass.failed += 1;
                    tracing::error!(code = "LANE_NOT_WOKEN", %lane, "{trouble}");
                }
            }
        }
        Ok(pass)
    }

    async fn deal_with(&self, id: &LaneId) -> Result<Dealt, LaneTrouble> {
        // The lane before the lot: only then does an empty lot prove that nobody came since.
        let Some(lane) = self.governor.look(id).await? else { return Ok(Dealt::Later) };
        let now = self.governor.now();
        if lane.wake.is_none_or(|wake| now < wake) {
            return Ok(Dealt::Later);
        }
        self.governor.write_notes(id, &lane).await?;
        if !self.governor.has_parked(id).await? {
            return match self.governor.clear(id, &lane).await? {
                Tried::Done(_) => Ok(Dealt::Cleared),
                Tried::Refused(_) => Ok(Dealt::Later),
            };
        }
        let (next, startable) = next_look(&lane, None, now, self.governor.policy());
        // Pushed before anybody is sent: whoever is sent may never arrive.
        if matches!(self.governor.push(id, next).await?, Tried::Refused(_)) {
            return Ok(Dealt::Later);
        }
        match startable {
            Startable::No => Ok(Dealt::Later),
            Startable::Yes => {
                let rows = self.governor.parked(id).await?;
                let Some(kind) = first_startable(&lane, &rows, now) else {
                    return Ok(Dealt::Later);
                };
                self.send_drain(id, kind).await?;
                Ok(Dealt::Sent)
            }
        }
    }

    async fn send_drain(&self, lane: &LaneId, kind: Kind) -> Result<(), LaneTrouble> {
        let other = |error: &dyn core::fmt::Display| LaneTrouble::Other(error.to_string());
        let account: AccountId = lane.as_str().parse().map_err(|error| {
            LaneTrouble::Other(format!("the lane's name is no account's: {error}"))
        })?;
        let integration = self.accounts.get(&account).await?.integration;
        let queue = self.queues.get(integration, kind).map_err(|error| other(&error))?;
        let drain = Message::Drain(Drain { account: account.clone(), kind });
        let drain = Outgoing::new(drain.to_text(), account).map_err(|error| other(&error))?;
        queue.send(&drain).await.map_err(|error| other(&error))?;
        Ok(())
    }
}

/// The kind of the oldest row that no stop holds and that is not running.
fn first_startable(
    lane: &Lane,
    rows: &[Parked],
    now: flyball_governor::UnixMillis,
) -> Option<Kind> {
    rows.iter()
        .filter(|row| lane.stop_for(&row.kind, now).is_none())
        .filter(|row| lane.held.get(&row.id).is_none_or(|slot| slot.expires <= now))
        .find_map(|row| row.kind.as_str().parse().ok())
}
