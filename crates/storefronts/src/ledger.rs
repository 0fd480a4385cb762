use std::collections::{HashMap, VecDeque};

use flyball_domain::UnixMillis;

/// The calls whose beginnings are kept one by one, so that a stop can be noted after the fact.
const RECENT_CALLS_MAX: usize = 100_000;
/// The longest lease id that is counted, in bytes.
const LEASE_BYTES_MAX: usize = 128;
const MS_PER_S: u64 = 1_000;

/// What a store counted by itself. Costs are in thousandths of what the vendor counts: points at
/// Shopify, calls at BigCommerce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Calls begun.
    pub calls: u64,
    /// Calls answered with data.
    pub answered: u64,
    /// Calls put off because there were too many.
    pub throttled: u64,
    /// Calls without an `X-Request-Id: <lease>-<n>`.
    pub untagged: u64,
    /// What the answered calls cost.
    pub cost_spent_milli: u64,
    /// What the vendor offered from the first call's beginning to the last call's end: all
    /// that may be had at once and what was added since.
    pub cost_offered_milli: u64,
    /// Different lease ids seen.
    pub leases: u64,
    /// The most leases between their first call's beginning and their last call's end at one moment.
    pub jobs_at_once_max: u64,
    /// Calls begun after a stop was complete and before it was lifted.
    pub calls_after_stop: u64,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With data, at this cost.
    Answered { cost_milli: u64 },
    /// Put off because there were too many.
    Throttled,
    /// With any other answer.
    Refused,
    /// Without an answer. When the caller gave up is not known.
    Unanswered,
}

/// The log of a store's calls, in bounded memory per lease.
///
/// Moments are told apart by counting them, not by the clock, so that what happened within a
/// millisecond still has an order.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    moment: u64,
    calls: u64,
    under_way: u64,
    answered: u64,
    throttled: u64,
    untagged: u64,
    cost_spent_milli: u64,
    first_begun: Option<UnixMillis>,
    last_ended: UnixMillis,
    leases: HashMap<Box<str>, Held>,
    stops: Vec<Stop>,
    recent: VecDeque<UnixMillis>,
    settled_after_stop: u64,
}

/// From a lease's first call's beginning to its last call's end, in moments.
#[derive(Clone, Copy, Debug)]
struct Held {
    from: u64,
    to: u64,
}

#[derive(Clone, Copy, Debug)]
struct Stop {
    completed_at: UnixMillis,
    lifted_at: Option<UnixMillis>,
}

impl Stop {
    fn covers(&self, begun: UnixMillis) -> bool {
        begun > self.completed_at && self.lifted_at.is_none_or(|lifted_at| begun < lifted_at)
    }
}

/// A call that has begun.
#[derive(Debug)]
pub(crate) struct OpenCall {
    lease: Option<Box<str>>,
    begun: u64,
}

impl Ledger {
    /// Notes that a call begins; `tag` is its `X-Request-Id`.
    pub(crate) fn begin(&mut self, tag: Option<&str>, now: UnixMillis) -> OpenCall {
        let begun = self.tick();
        self.calls = self.calls.saturating_add(1);
        self.under_way = self.under_way.saturating_add(1);
        self.first_begun.get_or_insert(now);
        self.last_ended = self.last_ended.max(now);
        self.recent.push_back(now);
        if self.recent.len() > RECENT_CALLS_MAX
            && let Some(oldest) = self.recent.pop_front()
            && self.is_stopped(oldest)
        {
            self.settled_after_stop = self.settled_after_stop.saturating_add(1);
        }
        let lease = tag.and_then(lease_of).map(Box::<str>::from);
        match &lease {
            Some(lease) => {
                self.leases.entry(lease.clone()).or_insert(Held { from: begun, to: begun }).to =
                    begun;
            }
            None => self.untagged = self.untagged.saturating_add(1),
        }
        OpenCall { lease, begun }
    }

    /// Notes that a call ends. One that was never answered counts as if it had ended where it began:
    /// its caller may have given up, and somebody else begun, before the store could know.
    pub(crate) fn end(&mut self, call: &OpenCall, ended: Ended, now: UnixMillis) {
        let moment = self.tick();
        self.under_way = self.under_way.saturating_sub(1);
        self.last_ended = self.last_ended.max(now);
        match ended {
            Ended::Answered { cost_milli } => {
                self.answered = self.answered.saturating_add(1);
                self.cost_spent_milli = self.cost_spent_milli.saturating_add(cost_milli);
            }
            Ended::Throttled => self.throttled = self.throttled.saturating_add(1),
            Ended::Refused => {}
            Ended::Unanswered => return,
        }
        if let Some(held) = call.lease.as_ref().and_then(|lease| self.leases.get_mut(lease)) {
            held.to = held.to.max(moment).max(call.begun);
        }
    }

    /// How many calls have begun and not ended.
    pub(crate) const fn under_way(&self) -> u64 {
        self.under_way
    }

    pub(crate) fn note_stop(&mut self, completed_at: UnixMillis) {
        self.stops.push(Stop { completed_at, lifted_at: None });
    }

    /// Lifts every stop that stands.
    pub(crate) fn note_lift(&mut self, lifted_at: UnixMillis) {
        for stop in self.stops.iter_mut().filter(|stop| stop.lifted_at.is_none()) {
            stop.lifted_at = Some(lifted_at);
        }
    }

    /// What was counted so far, with a bucket of `bucket_milli` that `restored_milli_per_s` flow into.
    pub(crate) fn counters(&self, bucket_milli: u64, restored_milli_per_s: u64) -> Counters {
        let cost_offered_milli = self.first_begun.map_or(0, |first| {
            let flowed = u128::from(self.last_ended.since(first))
                * u128::from(restored_milli_per_s)
                / u128::from(MS_PER_S);
            bucket_milli.saturating_add(u64::try_from(flowed).unwrap_or(u64::MAX))
        });
        let late = self.recent.iter().filter(|begun| self.is_stopped(**begun)).count();
        Counters {
            calls: self.calls,
            answered: self.answered,
            throttled: self.throttled,
            untagged: self.untagged,
            cost_spent_milli: self.cost_spent_milli,
            cost_offered_milli,
            leases: u64::try_from(self.leases.len()).unwrap_or(u64::MAX),
            jobs_at_once_max: self.jobs_at_once_max(),
            calls_after_stop: self
                .settled_after_stop
                .saturating_add(u64::try_from(late).unwrap_or(u64::MAX)),
        }
    }

    fn jobs_at_once_max(&self) -> u64 {
        let mut edges: Vec<(u64, i64)> = self
            .leases
            .values()
            .flat_map(|held| [(held.from, 1), (held.to.saturating_add(1), -1)])
            .collect();
        edges.sort_unstable();
        let mut now = 0_i64;
        let mut most = 0_i64;
        for (_, change) in edges {
            now = now.saturating_add(change);
            most = most.max(now);
        }
        u64::try_from(most).unwrap_or(0)
    }

    fn is_stopped(&self, begun: UnixMillis) -> bool {
        self.stops.iter().any(|stop| stop.covers(begun))
    }

    fn tick(&mut self) -> u64 {
        self.moment = self.moment.saturating_add(1);
        self.moment
    }
}

/// The lease of a tag `<lease>-<n>`.
fn lease_of(tag: &str) -> Option<&str> {
    let (lease, number) = tag.rsplit_once('-')?;
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    (is_number && !lease.is_empty() && lease.len() <= LEASE_BYTES_MAX).then_some(lease)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const T0: UnixMillis = UnixMillis(1_800_000_000_000);

    fn counted(ledger: &Ledger) -> Counters {
        ledger.counters(2_000_000, 100_000)
    }

    fn call(ledger: &mut Ledger, tag: &str, ended: Ended) {
        let open = ledger.begin(Some(tag), T0);
        ledger.end(&open, ended, T0);
    }

    #[test]
    fn leases_that_follow_one_another_are_one_job_at_once() {
        let mut ledger = Ledger::default();
        for lease in ["a", "b", "c"] {
            call(&mut ledger, &format!("{lease}-1"), Ended::Refused);
            call(&mut ledger, &format!("{lease}-2"), Ended::Refused);
        }
        assert_eq!(counted(&ledger).jobs_at_once_max, 1);
        assert_eq!(counted(&ledger).leases, 3);
    }

    #[test]
    fn a_lease_between_two_of_its_calls_is_at_work() {
        let mut ledger = Ledger::default();
        for tag in ["a-1", "b-1", "a-2"] {
            call(&mut ledger, tag, Ended::Refused);
        }
        assert_eq!(counted(&ledger).jobs_at_once_max, 2);
    }

    #[test]
    fn a_call_that_was_never_answered_does_not_reach_beyond_its_beginning() {
        let mut ledger = Ledger::default();
        let hanging = ledger.begin(Some("a-1"), T0);
        call(&mut ledger, "b-1", Ended::Refused);
        ledger.end(&hanging, Ended::Unanswered, T0);
        assert_eq!(counted(&ledger).jobs_at_once_max, 1);
    }

    #[test]
    fn two_calls_under_way_at_once_are_two_jobs_within_one_millisecond() {
        let mut ledger = Ledger::default();
        let first = ledger.begin(Some("a-1"), T0);
        let second = ledger.begin(Some("b-1"), T0);
        ledger.end(&first, Ended::Refused, T0);
        ledger.end(&second, Ended::Refused, T0);
        assert_eq!(counted(&ledger).jobs_at_once_max, 2);
    }

    #[test]
    fn a_tag_without_a_lease_and_a_number_is_counted_apart() {
        let mut ledger = Ledger::default();
        for tag in ["", "lease", "lease-", "lease-x", "-1"] {
            call(&mut ledger, tag, Ended::Refused);
        }
        ledger.begin(None, T0);
        call(&mut ledger, "01890c5e-aaaa-7bbb-8ccc-0123456789ab-7", Ended::Refused);
        assert_eq!(counted(&ledger).untagged, 6);
        assert_eq!(counted(&ledger).leases, 1);
    }

    #[test]
    fn only_calls_begun_after_a_complete_stop_and_before_its_lift_are_late() {
        let mut ledger = Ledger::default();
        for second in 0..10 {
            ledger.begin(Some("a-1"), T0.plus(second * 1_000));
        }
        ledger.note_stop(T0.plus(3_000));
        assert_eq!(counted(&ledger).calls_after_stop, 6);
        ledger.note_lift(T0.plus(7_000));
        assert_eq!(counted(&ledger).calls_after_stop, 3);
        ledger.begin(Some("a-1"), T0.plus(20_000));
        assert_eq!(counted(&ledger).calls_after_stop, 3);
    }

    #[test]
    fn late_calls_stay_counted_when_their_beginnings_are_no_longer_kept() {
        let mut ledger = Ledger::default();
        ledger.note_stop(T0);
        ledger.begin(Some("a-1"), T0.plus(1));
        ledger.note_lift(T0.plus(2));
        for _ in 0..RECENT_CALLS_MAX {
            ledger.begin(Some("a-2"), T0.plus(3));
        }
        assert_eq!(ledger.recent.len(), RECENT_CALLS_MAX);
        assert_eq!(counted(&ledger).calls_after_stop, 1);
    }

    #[test]
    fn the_budget_offered_is_a_bucket_and_what_flowed_into_it() {
        let mut ledger = Ledger::default();
        assert_eq!(counted(&ledger).cost_offered_milli, 0);
        let open = ledger.begin(Some("a-1"), T0);
        ledger.end(&open, Ended::Answered { cost_milli: 32_000 }, T0.plus(2_500));
        assert_eq!(counted(&ledger).cost_offered_milli, 2_250_000);
        assert_eq!(counted(&ledger).cost_spent_milli, 32_000);
    }

    proptest! {
        /// Against the plain definition: at each moment, how many leases are between their first
        /// and last event.
        #[test]
        fn jobs_at_once_are_what_the_log_says(leases in proptest::collection::vec(0_u8..6, 0..40)) {
            let mut ledger = Ledger::default();
            for lease in &leases {
                call(&mut ledger, &format!("l{lease}-1"), Ended::Refused);
            }
            let at_work = |moment: usize| {
                (0..6)
                    .filter(|lease| {
                        let first = leases.iter().position(|found| found == lease);
                        let last = leases.iter().rposition(|found| found == lease);
                        first.zip(last).is_some_and(|(first, last)| (first..=last).contains(&moment))
                    })
                    .count()
            };
            let expected = (0..leases.len()).map(at_work).max().unwrap_or(0);
            prop_assert_eq!(counted(&ledger).jobs_at_once_max, u64::try_from(expected).unwrap());
        }
    }
}
