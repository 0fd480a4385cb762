//! Who goes first: classes of work, ageing, and when a running job makes room.

use crate::UnixMillis;
use crate::board::{Ask, Board};
use crate::decide::{Startable, next_look};
use crate::lane::Lane;
use crate::policy::Policy;
use crate::words::{LeaseId, WorkKind};

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

    fn can_start(&self, lane: &Lane, now: UnixMillis, policy: &Policy) -> bool {
        let dead_before = now.minus(policy.skew_ms);
        lane.stop_for(&self.kind, now).is_none()
            && lane.held.get(&self.id).is_none_or(|slot| slot.expires <= dead_before)
    }
}

/// The waiting work that a running job of this rank makes room for at its checkpoint, if there is
/// any: the lane is full, and the other goes before it.
pub fn yields_to<'a>(
    running: UnixMillis,
    lane: &Lane,
    waiting: &'a [Waiting],
    now: UnixMillis,
    policy: &Policy,
) -> Option<&'a Waiting> {
    let full = lane.held_count() >= lane.limit;
    if !full || lane.level > 0 || now < lane.shut {
        return None;
    }
    waiting
        .iter()
        .filter(|other| other.can_start(lane, now, policy) && other.rank(policy) < running)
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

/// How long work is left alone that is held without a known end: lifting what holds it wakes it.
const HELD_LOOK_MS: u64 = 3_600_000;

/// Decides, for a lane whose look is due and whose lot is not empty, when to look next and whom to
/// send for now.
pub fn look(
    lane: &Lane,
    name: &str,
    board: &Board,
    waiting: &[Waiting],
    now: UnixMillis,
    policy: &Policy,
) -> Look {
    let (next, startable) = next_look(lane, board.pardon(lane.group.as_ref()), now, policy);
    let refusal = |work: &Waiting| {
        let ask = Ask { lane: name, group: lane.group.as_ref(), kind: &work.kind };
        board.refuses(&ask, now)
    };
    let first = waiting
        .iter()
        .filter(|work| work.can_start(lane, now, policy) && refusal(work).is_none())
        .min_by_key(|work| work.rank(policy));
    match (startable, first) {
        (Startable::Yes, Some(first)) => Look { next, start: Some(first.kind.clone()) },
        (Startable::No, Some(_)) => Look { next, start: None },
        (Startable::Yes | Startable::No, None) => {
            let ends = waiting.iter().map(|work| {
                let stop = lane.stop_for(&work.kind, now);
                let own = stop.map(|(_, stop)| stop.until.unwrap_or(now.plus(HELD_LOOK_MS)));
                let wide =
                    refusal(work).map(|refusal| refusal.until.unwrap_or(now.plus(HELD_LOOK_MS)));
                own.max(wide).unwrap_or(next)
            });
            Look { next: ends.min().unwrap_or(next), start: None }
        }
    }
}
