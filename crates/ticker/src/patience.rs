//! How long whoever was sent for is given to come, before somebody is sent for again. Where many were
//! sent for at once they stand in a queue, and to send again only makes it longer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use flyball_governor::{Lane, LaneId, UnixMillis};

/// As many as are sent for while one is given time to come, before the next are given more.
const CROWD: u64 = 512;

/// By what the time is multiplied at most: of one of a crowd; and of one who has not come again and
/// again.
const CROWD_TIMES_MAX: u64 = 4;
const TIMES_MAX: u64 = 16;

/// The most lanes that are remembered, lest it grow without a bound.
const REMEMBERED_MAX: usize = 200_000;

/// Whom this ticker has sent for. Another, or the same after a start, knows of nobody, and sends once
/// more than it must.
#[derive(Debug, Default)]
pub(crate) struct Patience(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    lanes: HashMap<LaneId, SentFor>,
    /// How many were sent for shortly before this pass.
    crowd: u64,
}

#[derive(Clone, Copy, Debug)]
struct SentFor {
    at: UnixMillis,
    given_ms: u64,
    /// The lane as it was: whoever comes changes it.
    marks: u64,
    fence: u64,
}

impl Patience {
    /// The longest that anybody is given to come, in milliseconds.
    pub(crate) const fn most_ms(again_ms: u64) -> u64 {
        again_ms.saturating_mul(TIMES_MAX)
    }

    /// Begins a pass: forgets whoever must have come, or was sent for again.
    pub(crate) fn begin(&self, now: UnixMillis, again_ms: u64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.lanes.retain(|_, sent| now.since(sent.at) <= sent.given_ms.saturating_add(again_ms));
        let lately = known.lanes.values().filter(|sent| now.since(sent.at) < again_ms).count();
        known.crowd = u64::try_from(lately).unwrap_or(u64::MAX);
    }

    /// How long whoever is sent for now is given to come, in milliseconds: `again_ms`, longer in a
    /// crowd, and twice as long as the last time where nobody has come.
    pub(crate) fn give(&self, id: &LaneId, lane: &Lane, now: UnixMillis, again_ms: u64) -> u64 {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.lanes.get(id);
        let unchanged = before.filter(|it| (it.marks, it.fence) == (lane.marks, lane.fence));
        let times = (known.crowd / CROWD).saturating_add(1).min(CROWD_TIMES_MAX);
        let first_ms = again_ms.saturating_mul(times);
        let twice_ms = unchanged.map_or(0, |it| it.given_ms.saturating_mul(2));
        let given_ms = first_ms.max(twice_ms).min(Self::most_ms(again_ms));
        if known.lanes.len() < REMEMBERED_MAX || before.is_some() {
            let (marks, fence) = (lane.marks, lane.fence);
            known.lanes.insert(id.clone(), SentFor { at: now, given_ms, marks, fence });
        }
        given_ms
    }
}

#[cfg(test)]
mod tests {
    use flyball_governor::core::item::Item;
    use flyball_governor::core::transition::Outcome;
    use flyball_governor::core::transitions::create;

    use super::*;

    const AGAIN_MS: u64 = 15_000;
    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn lane() -> Lane {
        match create(2, None).apply(&Item::new()).unwrap() {
            Outcome::Done(item) => Lane::parse(&item).unwrap(),
            Outcome::Refused => unreachable!("there is none"),
        }
    }

    fn id(n: u64) -> LaneId {
        format!("lane-{n}").parse().unwrap()
    }

    #[test]
    fn whoever_does_not_come_is_given_twice_as_long_each_time_up_to_a_bound() {
        let (patience, lane) = (Patience::default(), lane());
        let mut now = NOW;
        let mut given = Vec::new();
        for _ in 0..7 {
            patience.begin(now, AGAIN_MS);
            given.push(patience.give(&id(1), &lane, now, AGAIN_MS) / AGAIN_MS);
            now = now.plus(given[given.len() - 1] * AGAIN_MS);
        }
        assert_eq!(given, [1, 2, 4, 8, 16, 16, 16]);
        let came = Lane { fence: lane.fence + 1, ..lane.clone() };
        assert_eq!(patience.give(&id(1), &came, now, AGAIN_MS), AGAIN_MS, "somebody came");
        let marked = Lane { marks: came.marks + 1, ..came };
        assert_eq!(patience.give(&id(1), &marked, now, AGAIN_MS), AGAIN_MS, "there is more to do");
    }

    #[test]
    fn in_a_crowd_all_are_given_longer_until_it_is_gone() {
        let (patience, lane) = (Patience::default(), lane());
        let send = |from: u64, count: u64| {
            for n in from..from + count {
                patience.give(&id(n), &lane, NOW, AGAIN_MS);
            }
        };
        let given = |now: UnixMillis| {
            patience.begin(now, AGAIN_MS);
            patience.give(&id(99_999), &Lane { marks: now.0, ..lane.clone() }, now, AGAIN_MS)
        };
        send(0, CROWD - 1);
        assert_eq!(given(NOW), AGAIN_MS);
        assert_eq!(given(NOW), 2 * AGAIN_MS, "with this one it is a crowd");
        send(CROWD, 9 * CROWD);
        assert_eq!(given(NOW.plus(AGAIN_MS - 1)), CROWD_TIMES_MAX * AGAIN_MS);
        assert_eq!(given(NOW.plus(AGAIN_MS)), AGAIN_MS, "those came, or are not sent for yet");
    }

    #[test]
    fn who_must_have_come_is_forgotten() {
        let (patience, lane) = (Patience::default(), lane());
        patience.give(&id(1), &lane, NOW, AGAIN_MS);
        patience.begin(NOW.plus(2 * AGAIN_MS), AGAIN_MS);
        assert_eq!(patience.0.lock().unwrap().lanes.len(), 1);
        patience.begin(NOW.plus(2 * AGAIN_MS + 1), AGAIN_MS);
        assert_eq!(patience.0.lock().unwrap().lanes.len(), 0);
    }
}
