//! Letting lanes go, because what held them is over: their looks are brought forward, each to a
//! moment of its own.

use flyball_governor::core::board::spread;
use flyball_governor::core::transitions::{
    all_let_go, amnesty, forget_switch, rouse, rouse_who_waits,
};
use flyball_governor::core::{
    Board, GroupName, Pardon, Platform, Return, Switch, WideLane, WideScope,
};
use flyball_governor::{
    Chore, Claimed, GovernorError, LaneId, Progress, Round, StopMode, Tried, UnixMillis, WakeCursor,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::groups::Way;
use crate::patience::Patience;
use crate::{LANES_AT_ONCE, Pass, Ticker};

/// The most lanes that one pass lets go. The rest wait a second: due lanes are not to wait for
/// them.
const LANES_PER_PASS_MAX: u16 = 2_048;

/// How long after the last lane's moment the second round begins, in milliseconds: the index lags
/// behind for less, and a pass that began before is over.
const KNOWN_MS: u64 = 5_000;

/// What is over.
#[derive(Clone, Copy, Debug)]
enum Over<'a> {
    /// A group was down.
    Down { group: &'a GroupName, returned: Return },
    /// A switch was on.
    On { scope: &'a WideScope, end: UnixMillis, ramp_ms: u64 },
    /// A dimmer stands, perhaps in the place of a switch that let nobody start.
    Dimmed { scope: &'a WideScope, since: UnixMillis, ramp_ms: u64 },
}

impl<'a> Over<'a> {
    fn of_group(group: &'a GroupName, state: &Platform) -> Option<Self> {
        match state {
            Platform::Back(returned) if !returned.let_go => {
                Some(Self::Down { group, returned: *returned })
            }
            Platform::Back(_) | Platform::Suspected(_) | Platform::Down(_) => None,
        }
    }

    fn of_switch(scope: &'a WideScope, switch: &Switch, now: UnixMillis) -> Option<Self> {
        let Switch { stop, since, ramp_ms } = switch;
        match (stop.until.filter(|end| *end <= now), stop.mode) {
            (Some(end), _) => Some(Self::On { scope, end, ramp_ms: *ramp_ms }),
            (None, StopMode::Limit(_)) if *since <= now => {
                Some(Self::Dimmed { scope, since: *since, ramp_ms: *ramp_ms })
            }
            (None, _) => None,
        }
    }

    const fn since(self) -> UnixMillis {
        match self {
            Self::Down { returned: Return { back, .. }, .. } => back,
            Self::On { end, .. } => end,
            Self::Dimmed { since, .. } => since,
        }
    }

    const fn group(self) -> Option<&'a GroupName> {
        match self {
            Self::Down { group, .. } => Some(group),
            Self::On { scope, .. } | Self::Dimmed { scope, .. } => match scope {
                WideScope::Group(group) | WideScope::Work(group, _) => Some(group),
                WideScope::All => None,
            },
        }
    }

    fn chore(self, round: Round) -> Chore {
        match self {
            Self::Down { group, .. } => Chore::Return(group.clone(), round),
            Self::On { scope, .. } | Self::Dimmed { scope, .. } => {
                Chore::Lift(scope.clone(), round)
            }
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
        let groups = board.platforms.iter();
        let back = groups.filter_map(|(group, state)| Over::of_group(group, state));
        let switches = board.switches.iter();
        let ended = switches.filter_map(|(scope, switch)| Over::of_switch(scope, switch, now));
        let mut left = LANES_PER_PASS_MAX;
        for over in back.chain(ended) {
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
            Over::On { ramp_ms, .. } | Over::Dimmed { ramp_ms, .. } => ramp_ms,
        };
        let all_know = self.known_from(over).plus(spread_ms).plus(KNOWN_MS);
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
            Over::Down { group, returned } => {
                let seen = Platform::Back(returned);
                self.governor.apply_to_board(&all_let_go(group, &seen)).await?;
            }
            Over::Dimmed { .. } => {}
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
        let from = match round {
            Round::First => over.since(),
            // Who was due already may have been looked at by somebody who did not know yet.
            Round::Second => UnixMillis(0),
        };
        while *left > 0 {
            let page = self.governor.waiting_lanes(from, &at, *left).await?;
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

    /// From when on every worker knows that it is over: none has a board that is older. Whoever was sent
    /// for before might be refused by one that does not, and would wait until it is looked at again.
    fn known_from(&self, over: Over<'_>) -> UnixMillis {
        over.since().plus(self.governor.policy().look_age_ms)
    }

    /// Brings one lane forward; how many that were. A lane that can't be read holds up no other.
    async fn let_one_go(
        &self,
        over: Over<'_>,
        round: Round,
        (lane, wake): (LaneId, UnixMillis),
        spread_ms: u64,
    ) -> Result<u64, GovernorError> {
        let moment = spread(lane.as_str(), self.known_from(over), spread_ms);
        let way: Way = match round {
            Round::First if moment < wake => rouse,
            Round::Second if self.is_passed_over(wake, moment, over.since()) => rouse_who_waits,
            Round::First | Round::Second => return Ok(0),
        };
        match self.bring_forward(over, way, &lane, moment).await {
            Ok(Tried::Done(_)) => Ok(u64::from(moment < wake)),
            Ok(Tried::Refused(_)) => Ok(0),
            Err(error @ GovernorError::Unanswered { .. }) => Err(error),
            Err(error) => {
                tracing::error!(code = "LANE_NOT_WOKEN", %lane, "{error}");
                Ok(0)
            }
        }
    }

    /// Whether the second round finds a lane that the first has not let go, and for which nobody was
    /// sent since: one that sleeps, or one that has been due for so long that whoever looked at it when
    /// it was held may be about to put it to sleep. Who was sent for, and is given time to come, is
    /// looked at again anyway.
    fn is_passed_over(&self, wake: UnixMillis, moment: UnixMillis, since: UnixMillis) -> bool {
        let again_ms = self.governor.policy().wake_again_ms;
        let sleeps = self.governor.now().plus(Patience::most_ms(again_ms)) < wake;
        let set_before = wake < since.plus(again_ms);
        wake != moment && (sleeps || set_before)
    }

    async fn bring_forward(
        &self,
        over: Over<'_>,
        way: Way,
        lane: &LaneId,
        moment: UnixMillis,
    ) -> Result<Tried, GovernorError> {
        if let Some(wide) = WideLane::parse(lane.as_str()) {
            return match over {
                Over::On { scope, .. } | Over::Dimmed { scope, .. } if wide.scope == *scope => {
                    self.rouse_by(way, lane, None, moment).await
                }
                Over::On { .. } | Over::Dimmed { .. } | Over::Down { .. } => {
                    Ok(Tried::Refused(None))
                }
            };
        }
        let tried = self.rouse_by(way, lane, over.group(), moment).await?;
        let (Over::Down { group, returned }, Tried::Done(seen) | Tried::Refused(Some(seen))) =
            (over, &tried)
        else {
            return Ok(tried);
        };
        let Return { back, known, .. } = returned;
        let pardon = known.then_some(Pardon { back });
        if seen.is_pardoned(pardon) && moment < seen.shut {
            return self.governor.apply(lane, &amnesty(group, back, moment)).await;
        }
        Ok(tried)
    }
}
