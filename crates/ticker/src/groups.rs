//! What lanes met becomes what is held against their whole group.

use flyball_domain::Integration;
use flyball_governor::core::breaker::{candidates, found_well, may_probe_early, recent, step};
use flyball_governor::core::transition::{Name, Transition};
use flyball_governor::core::transitions::{amnesty, rouse};
use flyball_governor::core::{Board, GroupName, Platform};
use flyball_governor::{GovernorError, LaneId, Tried, UnixMillis};

use crate::{Pass, Ticker};

/// For how long after their choice canaries are roused again and again, in milliseconds: whoever
/// chose them may have died before it roused them.
const ROUSED_FOR_MS: u64 = 10_000;

impl Ticker {
    /// Looks at every integration, and returns the board as it is then.
    pub(crate) async fn watch_groups(&self, mut board: Board, pass: &mut Pass) -> Board {
        for integration in Integration::ALL {
            let Ok(group) = integration.as_str().parse::<GroupName>() else { continue };
            match self.watch(&group, &board).await {
                Ok(None) => {}
                Ok(Some(changed)) => board = changed,
                Err(error) => {
                    pass.failed = pass.failed.saturating_add(1);
                    tracing::error!(code = "GROUP_NOT_WATCHED", %group, "{error}");
                }
            }
        }
        board
    }

    async fn watch(
        &self,
        group: &GroupName,
        board: &Board,
    ) -> Result<Option<Board>, GovernorError> {
        let (governor, policy) = (&self.governor, self.governor.policy());
        let state = board.platforms.get(group);
        let now = governor.now();
        let mut evidence = governor.evidence(group, recent(state, now, policy)).await?;
        if let Some(before) = candidates(state, &evidence, now, policy) {
            evidence.extend(governor.evidence(group, before).await?);
        }
        let Some(step) = step(group, state, &evidence, now, policy) else {
            self.rouse_canaries(group, state).await?;
            if let Some(well) = found_well(state, &evidence, now, policy) {
                self.hurry_canaries(group, state, well).await?;
            }
            return Ok(None);
        };
        let changed = match governor.apply_to_board(&step).await? {
            Tried::Done(board) => {
                tell(group, step.name, evidence.len());
                Some(board)
            }
            // Another ticker was faster.
            Tried::Refused(board) => board,
        };
        let state = changed.as_ref().and_then(|board| board.platforms.get(group));
        self.rouse_canaries(group, state).await?;
        Ok(changed)
    }

    async fn rouse_canaries(
        &self,
        group: &GroupName,
        state: Option<&Platform>,
    ) -> Result<(), GovernorError> {
        let Some(Platform::Down(incident)) = state else { return Ok(()) };
        let now = self.governor.now();
        if now.since(incident.chosen) >= ROUSED_FOR_MS {
            return Ok(());
        }
        for canary in &incident.canaries {
            if let Ok(lane) = canary.parse() {
                self.rouse(&lane, Some(group), now).await?;
            }
        }
        Ok(())
    }

    /// Lets canaries probe at once that have not since the group was found well.
    async fn hurry_canaries(
        &self,
        group: &GroupName,
        state: Option<&Platform>,
        well: UnixMillis,
    ) -> Result<(), GovernorError> {
        let Some(Platform::Down(incident)) = state else { return Ok(()) };
        let (now, policy) = (self.governor.now(), self.governor.policy());
        for canary in &incident.canaries {
            let Ok(lane) = canary.parse() else { continue };
            let seen = self.governor.look(&lane).await?;
            if seen.is_some_and(|seen| may_probe_early(&seen, well, now, policy)) {
                self.governor.apply(&lane, &amnesty(group, well, now)).await?;
            }
        }
        Ok(())
    }

    /// Brings a lane's look forward, if the lane is of the group.
    pub(crate) async fn rouse(
        &self,
        lane: &LaneId,
        group: Option<&GroupName>,
        at: UnixMillis,
    ) -> Result<Tried, GovernorError> {
        self.rouse_by(rouse, lane, group, at).await
    }

    /// Brings a lane's look forward in a way, if the lane is of the group. A lane that was made before
    /// lanes had groups may be of any.
    pub(crate) async fn rouse_by(
        &self,
        way: Way,
        lane: &LaneId,
        group: Option<&GroupName>,
        at: UnixMillis,
    ) -> Result<Tried, GovernorError> {
        let tried = self.governor.apply(lane, &way(group, at)).await?;
        match &tried {
            Tried::Refused(Some(seen)) if group.is_some() && seen.group.is_none() => {
                self.governor.apply(lane, &way(None, at)).await
            }
            Tried::Done(_) | Tried::Refused(_) => Ok(tried),
        }
    }
}

/// How a lane's look is brought forward.
pub(crate) type Way = fn(Option<&GroupName>, UnixMillis) -> Transition;

/// Only a group that is down is trouble; that it is suspected, or back, is told as well.
fn tell(group: &GroupName, step: Name, rows: usize) {
    if step == Name::DeclareDown {
        tracing::error!(code = "GROUP_DOWN", %group, rows, "the whole group is held to be down");
    } else {
        tracing::info!(%group, %step, rows, "what is known of the group has changed");
    }
}
