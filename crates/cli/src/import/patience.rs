//! How a stream goes on after a failure: the governor's arithmetic without a lane. Pure.

use flyball_connector::{Class, Failure};
use flyball_governor::core::policy::{gate, throttle_gate};
use flyball_governor::{Policy, UnixMillis};

/// The most failures of a vendor in a row before the import gives up; at the standard policy about
/// half an hour.
const FAILURES_MAX: u32 = 12;

/// Failures since the last success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Patience {
    throttled: u32,
    failed: u32,
}

/// What to do after a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The same call again, not before this moment.
    Again(UnixMillis),
    /// Waiting any longer is no use.
    GiveUp,
}

impl Patience {
    /// A call has succeeded.
    pub(super) const fn succeeded(&mut self) {
        *self = Self { throttled: 0, failed: 0 };
    }

    /// What to do after a failure; `random` spreads the wait.
    pub(super) fn after(
        &mut self,
        failure: &Failure,
        now: UnixMillis,
        random: u64,
        policy: &Policy,
    ) -> Next {
        let until = |until: Option<flyball_domain::UnixMillis>| until.map(|at| UnixMillis(at.0));
        match &failure.class {
            Class::Throttled { until: vendors } => {
                let shut = throttle_gate(now, self.throttled, until(*vendors), random, policy);
                self.throttled = self.throttled.saturating_add(1);
                Next::Again(shut)
            }
            Class::Unavailable { .. } if self.failed >= FAILURES_MAX => Next::GiveUp,
            Class::Unavailable { until: vendors, .. } => {
                let shut = gate(now, self.failed, until(*vendors), random, policy);
                self.failed = self.failed.saturating_add(1);
                Next::Again(shut)
            }
            Class::Rejected(_) | Class::Suspended(_) | Class::Poison(_) | Class::Ours => {
                Next::GiveUp
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use flyball_connector::{Cause, Evidence, Rejection, Scope, Suspension};

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn failure(class: Class) -> Failure {
        Failure { class, evidence: Evidence::default() }
    }

    fn unavailable() -> Failure {
        let (scope, cause) = (Scope::Platform, Cause::ServerError);
        failure(Class::Unavailable { scope, cause, until: None })
    }

    fn after(patience: &mut Patience, failure: &Failure) -> Next {
        patience.after(failure, NOW, u64::MAX, &Policy::STANDARD)
    }

    #[test]
    fn a_vendor_that_is_down_is_asked_ever_more_rarely_and_at_last_no_more() {
        let mut patience = Patience::default();
        let mut last = NOW;
        for _ in 0..FAILURES_MAX {
            let Next::Again(at) = after(&mut patience, &unavailable()) else { panic!("gave up") };
            assert!(at >= last.minus(last.since(NOW) / 2), "{at:?} after {last:?}");
            last = at;
        }
        assert_eq!(after(&mut patience, &unavailable()), Next::GiveUp);
    }

    #[test]
    fn a_success_makes_patience_new() {
        let mut patience = Patience::default();
        for _ in 0..FAILURES_MAX {
            after(&mut patience, &unavailable());
        }
        patience.succeeded();
        assert!(matches!(after(&mut patience, &unavailable()), Next::Again(_)));
    }

    #[test]
    fn a_throttle_waits_for_the_vendors_time_however_often() {
        let mut patience = Patience::default();
        let until = Some(flyball_domain::UnixMillis(NOW.0 + 2_500));
        for _ in 0..100 {
            let next = after(&mut patience, &failure(Class::Throttled { until }));
            assert_eq!(next, Next::Again(NOW.plus(2_500)));
        }
    }

    #[test]
    fn what_waiting_does_not_heal_is_not_waited_for() {
        for class in [
            Class::Rejected(Rejection::Credentials),
            Class::Suspended(Suspension::Frozen),
            Class::Ours,
        ] {
            assert_eq!(after(&mut Patience::default(), &failure(class)), Next::GiveUp);
        }
    }
}
