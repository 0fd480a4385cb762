//! Once an hour every lot is looked at: a row whose lane wakes nobody would stay for ever. The
//! order of writes leaves none of unfinished work; a message that came twice, or a crash in a wide
//! lot, may leave one of work that is finished.

use flyball_governor::{Chore, Claimed, GovernorError, LaneId, LaneSpec, Progress};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::{LANES_AT_ONCE, Pass, Ticker};

const HOUR_MS: u64 = 3_600_000;

/// Within which time whoever puts a row marks its lane, in milliseconds, or comes again.
const MARKED_WITHIN_MS: u64 = 60_000;

/// The most items of the table that one pass looks at.
const ITEMS_PER_PASS_MAX: u16 = 1_000;

impl Ticker {
    /// Goes on with this hour's sweep.
    pub(crate) async fn sweep(&self, pass: &mut Pass) {
        match self.sweep_on().await {
            Ok(found) => pass.found = pass.found.saturating_add(found),
            Err(error) => {
                pass.failed = pass.failed.saturating_add(1);
                tracing::error!(code = "SWEEP_FAILED", "{error}");
            }
        }
    }

    async fn sweep_on(&self) -> Result<u64, GovernorError> {
        let now = self.governor.now();
        let hour = now.0.checked_div(HOUR_MS).unwrap_or(0);
        let turn = self.turn(Chore::Sweep, hour);
        let Claimed::ToDo { at, .. } = self.claim(&turn).await? else { return Ok(0) };
        let before = now.minus(MARKED_WITHIN_MS);
        let page = self.governor.lots(before, at.as_deref(), ITEMS_PER_PASS_MAX).await?;
        let found = stream::iter(page.lanes)
            .map(|lane| self.mark_if_asleep(lane))
            .buffer_unordered(LANES_AT_ONCE)
            .try_fold(0, |sum: u64, one| async move { Ok(sum.saturating_add(one)) })
            .await?;
        let progress = page.next.map_or(Progress::Done, Progress::To);
        self.leave_off(&turn, &progress).await?;
        Ok(found)
    }

    async fn mark_if_asleep(&self, id: LaneId) -> Result<u64, GovernorError> {
        match self.governor.look(&id).await {
            Ok(Some(lane)) if lane.wake.is_some() => return Ok(0),
            Ok(_) => {}
            Err(error @ GovernorError::Unanswered { .. }) => return Err(error),
            Err(error) => {
                tracing::error!(code = "LANE_NOT_WOKEN", lane = %id, "{error}");
                return Ok(0);
            }
        }
        tracing::warn!(code = "ROW_FORGOTTEN", lane = %id, "found a row that nobody would look at");
        // A lane that is made here is held to what it should be by the next admission.
        self.governor.mark(&id, &LaneSpec::alone(1)).await?;
        Ok(1)
    }
}
