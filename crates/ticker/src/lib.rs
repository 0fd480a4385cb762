//! One pass over what somebody must look at: groups of lanes that may be down, lanes that are let
//! go because what held them is over, lanes that are due (notes go to the ledger, empty lots are
//! left in peace, and whoever can start gets one message), and imports that are due by their
//! schedule. Runs once a second, anywhere; where several could, one has the duty, and two at once
//! do no harm. It never runs a job, never calls a vendor, and never takes a wake-up away
//! before somebody else would be sure to come.

mod chores;
mod duty;
mod firing;
mod groups;
mod lane;
mod let_go;
mod patience;
mod standing;
mod sweep;
mod wide;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use flyball_accounts::Accounts;
use flyball_governor::core::Board;
use flyball_governor::{Governor, GovernorError, LaneId, Nonce};
use flyball_queue::Queues;
use futures::{StreamExt as _, stream};

use chores::Quiet;
use firing::{IMPORTS_PER_PASS_MAX, Minute};
use lane::{Dealt, Rest};
use patience::Patience;

pub use duty::Duty;

/// Wakes what is due.
#[derive(Clone, Debug)]
pub struct Ticker {
    governor: Governor,
    accounts: Accounts,
    queues: Arc<Queues>,
    /// Who this one is, among others that do the same chores.
    me: Nonce,
    quiet: Arc<Quiet>,
    minute: Arc<Minute>,
    patience: Arc<Patience>,
    imports_per_pass: usize,
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
    /// Lanes brought forward, because what held them is over.
    pub roused: u64,
    /// Imports sent for because their schedule says so.
    pub scheduled: u64,
    /// Times at which such an import should have been sent for and was not, because no ticker ran.
    pub missed: u64,
    /// Lanes with rows that nobody would have come for.
    pub found: u64,
    /// Lanes, groups and chores that could not be dealt with; they are tried again.
    pub failed: u64,
    /// Groups that are held to be down.
    pub groups_down: u64,
    /// Wide switches that still stand, five minutes after all that they held should have been let
    /// go.
    pub switches_overdue: u64,
    /// How long the job that waits longest has waited, of the lots that were read, in milliseconds.
    pub oldest_parked_ms: u64,
}

impl Pass {
    /// What this pass and another one did; of what stands, the larger.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            due: self.due.saturating_add(other.due),
            sent: self.sent.saturating_add(other.sent),
            cleared: self.cleared.saturating_add(other.cleared),
            roused: self.roused.saturating_add(other.roused),
            scheduled: self.scheduled.saturating_add(other.scheduled),
            missed: self.missed.saturating_add(other.missed),
            found: self.found.saturating_add(other.found),
            failed: self.failed.saturating_add(other.failed),
            groups_down: larger(self.groups_down, other.groups_down),
            switches_overdue: larger(self.switches_overdue, other.switches_overdue),
            oldest_parked_ms: larger(self.oldest_parked_ms, other.oldest_parked_ms),
        }
    }

    fn could_not_wake(&mut self, lane: &LaneId, trouble: &dyn core::fmt::Display) {
        self.failed = self.failed.saturating_add(1);
        tracing::error!(code = "LANE_NOT_WOKEN", %lane, "{trouble}");
    }
}

const fn larger(one: u64, other: u64) -> u64 {
    if one < other { other } else { one }
}

/// The most lanes of each part of the index that one pass deals with, about a thousand in all; the
/// rest wait a second, so that ten thousand gates of one outage don't become a stampede.
const LANES_PER_SHARD_MAX: u16 = 64;

/// How many lanes are dealt with at once. A lane takes four calls in a row, of some five
/// milliseconds each: a thousand lanes fit a second.
const LANES_AT_ONCE: usize = 32;

impl Ticker {
    /// A ticker of these parts.
    pub fn new(governor: Governor, accounts: Accounts, queues: Queues) -> Self {
        let me = Nonce::from_random(governor.random());
        let (quiet, minute, patience) = (Arc::default(), Arc::default(), Arc::default());
        let (queues, imports_per_pass) = (Arc::new(queues), IMPORTS_PER_PASS_MAX);
        Self { governor, accounts, queues, me, quiet, minute, patience, imports_per_pass }
    }

    /// The same, but that each pass sends for so many scheduled imports and leaves the rest to the
    /// next.
    #[must_use]
    pub fn with_imports_per_pass(mut self, most: usize) -> Self {
        self.imports_per_pass = most.max(1);
        self
    }

    /// Makes one pass. What makes trouble is logged, is tried again, and holds up nobody.
    ///
    /// # Errors
    /// Board or wake index could not be read.
    pub async fn pass(&self) -> Result<Pass, GovernorError> {
        let mut pass = Pass::default();
        let board = self.governor.read_or_make_board().await?;
        let board = self.watch_groups(board, &mut pass).await;
        pass.groups_down = standing::groups_down(&board);
        pass.switches_overdue = standing::switches_overdue(&board, self.governor.now());
        self.let_go(&board, &mut pass).await;
        self.deal_with_due(&board, &mut pass).await?;
        self.fire(&mut pass).await;
        self.sweep(&mut pass).await;
        Ok(pass)
    }

    async fn deal_with_due(&self, board: &Board, pass: &mut Pass) -> Result<(), GovernorError> {
        let now = self.governor.now();
        self.patience.begin(now, self.governor.policy().wake_again_ms);
        let due = self.governor.due(now, LANES_PER_SHARD_MAX).await?;
        pass.due = u64::try_from(due.len()).unwrap_or(u64::MAX);
        let oldest_ms = AtomicU64::new(0);
        let mut rests = Vec::new();
        let mut dealt = stream::iter(due)
            .map(|lane| async {
                let dealt = Box::pin(self.deal_with(&lane, board, &oldest_ms)).await;
                (lane, dealt)
            })
            .buffer_unordered(LANES_AT_ONCE);
        while let Some((lane, dealt)) = dealt.next().await {
            match dealt {
                Ok(Dealt::Sent(messages)) => pass.sent = pass.sent.saturating_add(messages),
                Ok(Dealt::Cleared) => pass.cleared = pass.cleared.saturating_add(1),
                Ok(Dealt::Rests(rest)) => rests.push(*rest),
                Ok(Dealt::Later) => {}
                Err(trouble) => pass.could_not_wake(&lane, &trouble),
            }
        }
        drop(dealt);
        pass.oldest_parked_ms = oldest_ms.into_inner();
        self.leave_alone(rests, board, pass).await
    }

    /// Leaves lanes alone of which nothing can start. The board says so as it is now, after each of
    /// them was read: whatever is let go later finds it asleep, or changes it before it is left. Where
    /// the board is another by now, they are looked at again in the next pass.
    async fn leave_alone(
        &self,
        rests: Vec<Rest>,
        board: &Board,
        pass: &mut Pass,
    ) -> Result<(), GovernorError> {
        if rests.is_empty() || self.governor.read_board().await? != *board {
            return Ok(());
        }
        let mut left = stream::iter(rests)
            .map(|Rest { id, seen, next }| async move {
                let left = self.governor.leave_alone(&id, &seen, next).await;
                (id, left)
            })
            .buffer_unordered(LANES_AT_ONCE);
        while let Some((lane, left)) = left.next().await {
            if let Err(error) = left {
                pass.could_not_wake(&lane, &error);
            }
        }
        Ok(())
    }
}
