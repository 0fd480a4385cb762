//! Who goes first: classes of work, ageing, and when a running job makes room.

use crate::UnixMillis;
use crate::board::{Ask, Board};
use crate::decide::{Refusal, Startable, look_when_let_go, next_look};
use crate::lane::{Lane, Stop};
use crate::policy::Policy;
use crate::words::{LeaseId, StopCause, StopMode, WorkKind};

/// Work that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The work.
    pub id: LeaseId,
    /// Its kind.
    pub kind: WorkKind,
    /// Its class: 0 goes first.
    pub class: u8,
    /// Since when it waits.
    pub since: UnixMillis,
}

/// Where work stands in the queue: the lowest goes first. Each class waits `ageing_ms` longer than
/// the one before it, so that nothing waits for ever; and because the rank of waiting work never
/// changes, nothing needs to be counted or written.
pub fn rank(class: u8, since: UnixMillis, policy: &Policy) -> UnixMillis {
    since.plus(policy.ageing_ms.saturating_mul(u64::from(class)))
}

impl Waiting {
    /// Where it stands in the queue.
    pub fn rank(&self, policy: &Policy) -> UnixMillis {
        rank(self.class, self.since, policy)
    }

    /// Whether nothing holds this work in particular: no stop, no switch, and no living lease of
    /// its own.
    pub fn can_start(
        &self,
        lane: &Lane,
        name: &str,
        board: &Board,
        now: UnixMillis,
        policy: &Policy,
    ) -> bool {
        let dead_before = now.minus(policy.skew_ms);
        let (alive, _) = lane.living(dead_before);
        !self.is_running(lane, dead_before)
            && lane.stop_with(alive, &self.kind, now).is_none()
            && self.refusal(lane, name, board, now).is_none()
    }

    fn is_running(&self, lane: &Lane, dead_before: UnixMillis) -> bool {
        lane.held.get(&self.id).is_some_and(|slot| slot.expires > dead_before)
    }

    fn refusal(&self, lane: &Lane, name: &str, board: &Board, now: UnixMillis) -> Option<Refusal> {
        board.refuses(&Ask { lane: name, group: lane.group.as_ref(), kind: &self.kind }, now)
    }
}

/// The waiting work that a running job of this rank makes room for at its checkpoint, if there is
/// any: it goes before the running one, and the slot is all that it waits for.
pub fn yields_to<'a>(
    running: UnixMillis,
    lane: &Lane,
    name: &str,
    board: &Board,
    waiting: &'a [Waiting],
    now: UnixMillis,
    policy: &Policy,
) -> Option<&'a Waiting> {
    let dead_before = now.minus(policy.skew_ms);
    let (alive, _) = lane.living(dead_before);
    let left = alive.saturating_sub(1);
    if lane.level > 0 || now < lane.shut || left >= lane.limit {
        return None;
    }
    let lacks_a_slot =
        |kind: &WorkKind| alive >= lane.limit || lane.stop_with(alive, kind, now).is_some();
    waiting
        .iter()
        .filter(|other| {
            other.rank(policy) < running
                && !other.is_running(lane, dead_before)
                && lacks_a_slot(&other.kind)
                && lane.stop_with(left, &other.kind, now).is_none()
                && other.refusal(lane, name, board, now).is_none()
        })
        .min_by_key(|other| other.rank(policy))
}

/// What whoever looks at a lane with waiting work does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// When to look again.
    pub next: UnixMillis,
    /// The kind of the work that can start now and goes first.
    pub start: Option<WorkKind>,
}

/// Decides, for a lane whose look is due and whose lot is not empty, when to look next and whom to
/// send for now. Dead leases count for nothing: whoever is sent removes them.
pub fn look(
    lane: &Lane,
    name: &str,
    board: &Board,
    waiting: &[Waiting],
    now: UnixMillis,
    policy: &Policy,
) -> Look {
    let (next, startable) = next_look(lane, board.pardon(lane.group.as_ref()), now, policy);
    let dead_before = now.minus(policy.skew_ms);
    let (alive, first_end) = lane.living(dead_before);
    // A dimmer lets go when a slot is given back, which its holder tells, or when one ends.
    let let_go = |(cause, stop): (&StopCause, &Stop)| {
        let end = look_when_let_go(stop.until, cause.holds(), now);
        match (stop.mode, first_end) {
            (StopMode::Limit(1..), Some(first)) => first.plus(policy.skew_ms).min(end),
            (StopMode::Limit(_) | StopMode::Hold | StopMode::Drain | StopMode::Stop, _) => end,
        }
    };
    let held_until = |work: &Waiting| {
        let own = lane.stop_with(alive, &work.kind, now).map(let_go);
        let refusal = work.refusal(lane, name, board, now);
        let held = |it: Refusal| look_when_let_go(it.until, it.reason.holds(), now);
        own.max(refusal.map(held))
    };
    let can_start =
        |work: &&Waiting| !work.is_running(lane, dead_before) && held_until(work).is_none();
    if let Some(first) = waiting.iter().filter(can_start).min_by_key(|work| work.rank(policy)) {
        let start = (startable == Startable::Yes).then(|| first.kind.clone());
        return Look { next, start };
    }
    let let_go = waiting.iter().map(|work| held_until(work).unwrap_or(next)).min();
    let next = match startable {
        Startable::Yes => let_go.unwrap_or(next),
        Startable::No => let_go.map_or(next, |end| end.max(next)),
    };
    Look { next, start: None }
}
