//! Letting lanes go, because what held them is over: their looks are brought forward, each to a
//! moment of its own.

use flyball_governor::core::board::spread;
use flyball_governor::core::transitions::{amnesty, forget_switch};
use flyball_governor::core::{Board, GroupName, Pardon, Platform, Switch, WideLane, WideScope};
use flyball_governor::{
    Chore, Claimed, GovernorError, LaneId, Progress, Round, Tried, UnixMillis, WakeCursor,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::{LANES_AT_ONCE, Pass, Ticker};

/// The most lanes that one pass lets go. The rest wait a second: due lanes are not to wait for
/// them.
const LANES_PER_PASS_MAX: u16 = 2_048;

/// How long after the last lane's moment everybody is taken to know that it is over, in
/// milliseconds: as long as a pass may take that began before.
const KNOWN_MS: u64 = 5_000;

/// What is over.
#[derive(Clone, Copy, Debug)]
enum Over<'a> {
    /// A group was down. It is back, and pardoned, or nobody can tell any more.
    Down { group: &'a GroupName, back: UnixMillis, pardon: Option<Pardon> },
    /// A switch was on.
    On { scope: &'a WideScope, end: UnixMillis, ramp_ms: u64 },
}

impl<'a> Over<'a> {
    const fn since(self) -> UnixMillis {
        match self {
            Self::Down { back, .. } => back,
            Self::On { end, .. } => end,
        }
    }

    const fn group(self) -> Option<&'a GroupName> {
        match self {
            Self::Down { group, .. }
            | Self::On { scope: WideScope::Group(group) | WideScope::Work(group, _), .. } => {
                Some(group)
            }
            Self::On { scope: WideScope::All, .. } => None,
        }
    }

    fn chore(self, round: Round) -> Chore {
        match self {
            Self::Down { group, .. } => Chore::Return(group.clone(), round),
            Self::On { scope, .. } => Chore::Lift(scope.clone(), round),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gone {
    All,
    NotYetAll,
}

impl Ticker {
    /// Goes on with letting go whatever is to be let go.
    pub(crate) async fn let_go(&self, board: &Board, pass: &mut Pass) {
        let now = self.governor.now();
        let back = board.platforms.iter().filter_map(|(group, state)| match state {
            Platform::Back { back, .. } => {
                Some(Over::Down { group, back: *back, pardon: Some(Pardon { back: *back }) })
            }
            Platform::Suspected(_) | Platform::Down(_) => None,
        });
        let ended = board.switches.iter().filter_map(|(scope, switch): (_, &Switch)| {
            let end = switch.stop.until.filter(|end| *end <= now)?;
            Some(Over::On { scope, end, ramp_ms: switch.ramp_ms })
        });
        let lapsed = self.lapsed.all();
        let lapsed = lapsed.iter().map(|(group, at)| Over::Down { group, back: *at, pardon: None });
        let mut left = LANES_PER_PASS_MAX;
        for over in back.chain(ended).chain(lapsed) {
            if let Err(error) = self.let_go_of(over, &mut left, pass).await {
                pass.failed = pass.failed.saturating_add(1);
                tracing::error!(code = "NOT_LET_GO", chore = %over.chore(Round::First), "{error}");
            }
        }
    }

    async fn let_go_of(
        &self,
        over: Over<'_>,
        left: &mut u16,
        pass: &mut Pass,
    ) -> Result<(), GovernorError> {
        let spread_ms = match over {
            Over::Down { .. } => self.governor.policy().return_spread_ms,
            Over::On { ramp_ms, .. } => ramp_ms,
        };
        let all_know = over.since().plus(spread_ms).plus(KNOWN_MS);
        for round in [Round::First, Round::Second] {
            if round == Round::Second && self.governor.now() < all_know {
                return Ok(());
            }
            if self.go_round(over, round, spread_ms, left, pass).await? == Gone::NotYetAll {
                return Ok(());
            }
        }
        match over {
            Over::On { scope, end, .. } => {
                self.governor.apply_to_board(&forget_switch(scope, end)).await?;
            }
            // Its gates may be closed for longer than its lanes wait: it is remembered for a while.
            Over::Down { pardon: Some(_), .. } => {}
            Over::Down { group, pardon: None, .. } => self.lapsed.forget(group),
        }
        Ok(())
    }

    async fn go_round(
        &self,
        over: Over<'_>,
        round: Round,
        spread_ms: u64,
        left: &mut u16,
        pass: &mut Pass,
    ) -> Result<Gone, GovernorError> {
        let turn = self.turn(over.chore(round), over.since().0);
        let mut at = match self.claim(&turn).await? {
            Claimed::Done => return Ok(Gone::All),
            Claimed::BySomebodyElse(_) => return Ok(Gone::NotYetAll),
            Claimed::ToDo { at, .. } => at.as_deref().map(WakeCursor::parse).unwrap_or_default(),
        };
        while *left > 0 {
            let page = self.governor.waiting_lanes(over.since(), &at, *left).await?;
            *left = left.saturating_sub(u16::try_from(page.lanes.len()).unwrap_or(u16::MAX));
            let roused: u64 = stream::iter(page.lanes)
                .map(|waiting| self.let_one_go(over, round, waiting, spread_ms))
                .buffer_unordered(LANES_AT_ONCE)
                .try_fold(0, |sum: u64, one| async move { Ok(sum.saturating_add(one)) })
                .await?;
            pass.roused = pass.roused.saturating_add(roused);
            let Some(next) = page.next else {
                self.leave_off(&turn, &Progress::Done).await?;
                return Ok(Gone::All);
            };
            at = next;
        }
        self.leave_off(&turn, &Progress::To(at.to_string())).await?;
        Ok(Gone::NotYetAll)
    }

    /// Brings one lane forward; how many that were. A lane that can't be read holds up no other.
    async fn let_one_go(
        &self,
        over: Over<'_>,
        round: Round,
        (lane, wake): (LaneId, UnixMillis),
        spread_ms: u64,
    ) -> Result<u64, GovernorError> {
        let moment = spread(lane.as_str(), over.since(), spread_ms);
        let soon = match round {
            Round::First => moment,
            // Who was sent for meanwhile, and is given time to come, is looked at again anyway.
            Round::Second => self.governor.now().plus(self.governor.policy().wake_again_ms),
        };
        if wake <= soon {
            return Ok(0);
        }
        match self.bring_forward(over, &lane, moment).await {
            Ok(Tried::Done(_)) => Ok(1),
            Ok(Tried::Refused(_)) => Ok(0),
            Err(error @ GovernorError::Unanswered { .. }) => Err(error),
            Err(error) => {
                tracing::error!(code = "LANE_NOT_WOKEN", %lane, "{error}");
                Ok(0)
            }
        }
    }

    async fn bring_forward(
        &self,
        over: Over<'_>,
        lane: &LaneId,
        moment: UnixMillis,
    ) -> Result<Tried, GovernorError> {
        if let Some(wide) = WideLane::parse(lane.as_str()) {
            return match over {
                Over::On { scope, .. } if wide.scope == *scope => {
                    self.rouse(lane, None, moment).await
                }
                Over::On { .. } | Over::Down { .. } => Ok(Tried::Refused(None)),
            };
        }
        let tried = self.rouse(lane, over.group(), moment).await?;
        let (Over::Down { group, back, pardon }, Tried::Done(seen) | Tried::Refused(Some(seen))) =
            (over, &tried)
        else {
            return Ok(tried);
        };
        if seen.is_pardoned(pardon) && moment < seen.shut {
            return self.governor.apply(lane, &amnesty(group, back, moment)).await;
        }
        Ok(tried)
    }
}
