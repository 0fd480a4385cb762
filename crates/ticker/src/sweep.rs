//! Once an hour the lots of rows that came since the last time are looked at, and once a day all: a
//! row whose lane wakes nobody would stay for ever. The order of writes leaves none of unfinished
//! work; a message that came twice, or a crash in a wide lot, may leave one of work that is finished.

use flyball_governor::{
    Chore, Claimed, GovernorError, Lane, LaneId, LaneSpec, Progress, UnixMillis,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::{LANES_AT_ONCE, Pass, Ticker};

const HOUR_MS: u64 = 3_600_000;

/// Hours after which all lots are looked at, and not only those of new rows.
const HOURS_PER_DAY: u64 = 24;

/// Within which time whoever puts a row marks its lane, in milliseconds, or comes again.
const MARKED_WITHIN_MS: u64 = 60_000;

/// How much older than a sweep a row may say that it is, in milliseconds, and be seen by none before
/// the next: it was too young, or was on its way, and clocks differ.
const PUT_WITHIN_MS: u64 = 2 * MARKED_WITHIN_MS;

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
        let Claimed::ToDo { at, done } = self.claim(&turn).await? else { return Ok(0) };
        let since = new_since(done, hour)..=now.minus(MARKED_WITHIN_MS);
        let page = self.governor.lots(since, at.as_deref(), ITEMS_PER_PASS_MAX).await?;
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
        match self.is_awake(&id).await {
            Ok(true) => return Ok(0),
            Ok(false) => {}
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

    /// Whether somebody will look at a lane. Nearly always that is so, and a glance tells.
    async fn is_awake(&self, id: &LaneId) -> Result<bool, GovernorError> {
        let wakes = |lane: Option<Lane>| lane.is_some_and(|lane| lane.wake.is_some());
        Ok(wakes(self.governor.glance(id).await?) || wakes(self.governor.look(id).await?))
    }
}

/// Since when rows may wait in an hour's sweep that no sweep has looked at, where the last one that
/// came to its end was `done`. The day's first looks at all.
fn new_since(done: Option<u64>, hour: u64) -> UnixMillis {
    let day = |hour: u64| hour.checked_div(HOURS_PER_DAY);
    let last = done.filter(|done| day(*done) == day(hour));
    last.map_or(UnixMillis(0), |done| UnixMillis(done.saturating_mul(HOUR_MS)).minus(PUT_WITHIN_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_looks_at_what_came_since_the_last_one_began_and_the_days_first_at_all() {
        let [midnight, noon] = [24_000, 24_012];
        let since = |hour: u64| UnixMillis(hour * HOUR_MS - PUT_WITHIN_MS);
        assert_eq!(new_since(Some(noon - 1), noon), since(noon - 1));
        assert_eq!(new_since(Some(midnight), noon), since(midnight), "others were not done");
        assert_eq!(new_since(Some(midnight - 1), midnight), UnixMillis(0));
        assert_eq!(new_since(Some(midnight - 1), noon), UnixMillis(0), "it was missed at midnight");
        assert_eq!(new_since(None, noon), UnixMillis(0));
    }
}
