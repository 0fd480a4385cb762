use flyball_domain::{Kind, UnixMillis};

use super::{Dial, Fault};
use crate::random::Random;

/// The dials as they stand, and how many calls each has seen.
#[derive(Debug)]
pub(crate) struct DialBoard {
    dials: Vec<(Dial, u64)>,
    random: Random,
}

/// What the dials do to one call.
#[derive(Debug)]
pub(crate) struct Turned {
    pub(crate) latency_ms: u64,
    pub(crate) fault: Option<Fault>,
    /// For whatever else this call leaves to chance.
    pub(crate) random: Random,
}

impl DialBoard {
    pub(crate) fn new(dials: Vec<Dial>, seed: u64) -> Self {
        let mut board = Self { dials: Vec::new(), random: Random::of(seed, &[20]) };
        board.set(dials);
        board
    }

    /// Puts new dials in place of the old ones; their counts start at 0.
    pub(crate) fn set(&mut self, dials: Vec<Dial>) {
        self.dials = dials.into_iter().map(|dial| (dial, 0)).collect();
    }

    /// Turns the dials for a call that asks for records of the kind that `asks_for` finds.
    pub(crate) fn turn(
        &mut self,
        now: UnixMillis,
        started: UnixMillis,
        asks_for: impl FnOnce() -> Option<Kind>,
    ) -> Turned {
        let mut random = Random::of(self.random.next(), &[]);
        let mut latency_ms = 0_u64;
        let mut fault = None;
        // To find it takes reading the call, which is seldom needed.
        let kind = self.dials.iter().any(|(dial, _)| dial.kind.is_some()).then(asks_for).flatten();
        for (dial, seen) in &mut self.dials {
            if dial.kind.is_some() && dial.kind != kind {
                continue;
            }
            *seen = seen.saturating_add(1);
            if !dial.when.holds(*seen, now, started) {
                continue;
            }
            if let Fault::Latency { least_ms, most_ms } = dial.fault {
                latency_ms = latency_ms.saturating_add(random.within(least_ms, most_ms));
            } else if fault.is_none() {
                fault = Some(dial.fault.clone());
            }
        }
        Turned { latency_ms, fault, random }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTED: UnixMillis = UnixMillis(1_800_000_000_000);

    fn faults(dials: &[&str], calls: u64) -> Vec<Option<Fault>> {
        let dials = dials.iter().map(|dial| dial.parse().unwrap()).collect();
        let mut board = DialBoard::new(dials, 1);
        (0..calls)
            .map(|call| board.turn(STARTED.plus(call * 1_000), STARTED, || None).fault)
            .collect()
    }

    #[test]
    fn a_dial_is_turned_at_the_calls_it_names() {
        let turned = |dial: &str| -> Vec<u64> {
            let faults = faults(&[dial], 9);
            (1..=9_u64).zip(faults).filter_map(|(call, fault)| fault.map(|_| call)).collect()
        };
        assert_eq!(turned("hang").len(), 9);
        assert_eq!(turned("hang@always").len(), 9);
        assert_eq!(turned("hang@2s..5s"), [3, 4, 5]);
        assert_eq!(turned("hang@every=4"), [4, 8]);
        assert_eq!(turned("hang@first=2"), [1, 2]);
        let from = STARTED.plus(1_000);
        let to = STARTED.plus(3_000);
        assert_eq!(turned(&format!("hang@{from}..{to}")), [2, 3]);
    }

    #[test]
    fn a_dial_of_one_kind_sees_no_other_calls() {
        let mut board = DialBoard::new(vec!["orders/hang@every=2".parse().unwrap()], 1);
        let kinds = [Some(Kind::Orders), Some(Kind::Products), None, Some(Kind::Orders), None];
        let turned = kinds.map(|kind| board.turn(STARTED, STARTED, || kind).fault.is_some());
        assert_eq!(turned, [false, false, false, true, false]);
    }

    #[test]
    fn of_two_faults_the_first_happens_and_delays_add_up() {
        assert_eq!(faults(&["close@every=2", "hang"], 2), [Some(Fault::Hang), Some(Fault::Close)]);
        let dials = ["latency=10ms", "hang", "latency=5ms..7ms"];
        let mut board = DialBoard::new(dials.map(|dial| dial.parse().unwrap()).to_vec(), 1);
        let turned = board.turn(STARTED, STARTED, || None);
        assert!((15..=17).contains(&turned.latency_ms));
        assert_eq!(turned.fault, Some(Fault::Hang));
    }

    #[test]
    fn setting_the_dials_starts_their_counts_again() {
        let mut board = DialBoard::new(vec!["hang@first=1".parse().unwrap()], 1);
        assert!(board.turn(STARTED, STARTED, || None).fault.is_some());
        assert!(board.turn(STARTED, STARTED, || None).fault.is_none());
        board.set(vec!["hang@first=1".parse().unwrap()]);
        assert!(board.turn(STARTED, STARTED, || None).fault.is_some());
    }
}
