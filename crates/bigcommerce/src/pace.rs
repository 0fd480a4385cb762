//! When the next call fits the store's quota, by the vendor's own last word: so many calls per
//! window, shared by every app the retailer uses
//! (<https://developer.bigcommerce.com/docs/start/best-practices/api-rate-limits>).

use flyball_domain::UnixMillis;
use http::HeaderMap;

const PERCENT: u64 = 100;

/// What an answer says of the quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    /// Calls left in this window.
    pub(crate) left: u64,
    /// Calls per window, where it says so.
    pub(crate) calls: Option<u64>,
    /// How long this window still lasts, in milliseconds.
    pub(crate) reset_ms: u64,
}

/// Reads what an answer says of the quota; `None` where it says nothing.
pub(crate) fn quota(headers: &HeaderMap) -> Option<Quota> {
    let read = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let reset_ms =
        read("x-rate-limit-time-reset-ms").or_else(|| read("x-rate-limit-time-window-ms"))?;
    Some(Quota {
        left: read("x-rate-limit-requests-left")?,
        calls: read("x-rate-limit-requests-quota"),
        reset_ms,
    })
}

/// What is known of the quota.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    ceiling_percent: u64,
    seen: Option<(Quota, UnixMillis)>,
}

impl Budget {
    /// A quota of which `ceiling_percent` (1 to 100) is ours.
    pub(crate) fn new(ceiling_percent: u8) -> Self {
        Self { ceiling_percent: u64::from(ceiling_percent).clamp(1, PERCENT), seen: None }
    }

    /// Takes in what an answer says.
    pub(crate) fn note(&mut self, headers: &HeaderMap, now: UnixMillis) {
        if let Some(quota) = quota(headers) {
            self.seen = Some((quota, now));
        }
    }

    /// From when on a call fits: at once while the window holds more than what is left to others, a
    /// call of each other caller among it, and else when the next one begins. What a window holds is
    /// spent in a burst, since waiting between calls is paid for and waiting parked is not.
    pub(crate) fn ready_at(&self, now: UnixMillis, callers: u64) -> UnixMillis {
        let Some((quota, seen_at)) = self.seen else { return now };
        if quota.left > self.reserve(quota, callers) { now } else { seen_at.plus(quota.reset_ms) }
    }

    /// The calls of a window that are left to other apps and to other callers; never all of them.
    fn reserve(&self, quota: Quota, callers: u64) -> u64 {
        let other_callers = callers.saturating_sub(1);
        let Some(calls) = quota.calls else { return other_callers };
        let others = u128::from(calls)
            .saturating_mul(u128::from(PERCENT.saturating_sub(self.ceiling_percent)))
            .div_euclid(u128::from(PERCENT));
        let others = u64::try_from(others).unwrap_or(u64::MAX);
        others.max(other_callers).min(calls.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn headers(left: u64, quota: u64, reset_ms: u64) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-rate-limit-requests-left", left.into());
        headers.insert("x-rate-limit-requests-quota", quota.into());
        headers.insert("x-rate-limit-time-reset-ms", reset_ms.into());
        headers.insert("x-rate-limit-time-window-ms", 30_000.into());
        headers
    }

    fn wait_ms(ceiling_percent: u8, left: u64, quota: u64) -> u64 {
        let mut budget = Budget::new(ceiling_percent);
        budget.note(&headers(left, quota, 28_068), NOW);
        budget.ready_at(NOW, 1).since(NOW)
    }

    #[test]
    fn a_call_goes_at_once_while_the_window_holds_one_and_else_when_the_next_begins() {
        assert_eq!(wait_ms(100, 1, 150), 0);
        assert_eq!(wait_ms(100, 0, 150), 28_068);
    }

    #[test]
    fn the_share_of_other_apps_is_left_to_them() {
        assert_eq!(wait_ms(80, 31, 150), 0);
        assert_eq!(wait_ms(80, 30, 150), 28_068);
        assert_eq!(wait_ms(1, 148, 150), 28_068);
        assert_eq!(wait_ms(1, 149, 150), 0);
        assert_eq!(wait_ms(1, 1, 1), 0);
    }

    #[test]
    fn who_does_not_call_alone_leaves_a_call_for_each_other_caller() {
        let wait_ms = |callers, left| {
            let mut budget = Budget::new(80);
            budget.note(&headers(left, 150, 28_068), NOW);
            budget.ready_at(NOW, callers).since(NOW)
        };
        assert_eq!([0, 1, 31].map(|callers| wait_ms(callers, 31)), [0, 0, 0]);
        assert_eq!([32, 40].map(|callers| wait_ms(callers, 31)), [28_068, 28_068]);
        assert_eq!(wait_ms(u64::MAX, 150), 0, "a full window has a call for somebody");
    }

    #[test]
    fn a_window_that_has_passed_is_waited_for_no_longer() {
        let mut budget = Budget::new(100);
        budget.note(&headers(0, 150, 1_000), NOW);
        assert!(budget.ready_at(NOW.plus(1_000), 1) <= NOW.plus(1_000));
    }

    #[test]
    fn an_answer_that_says_nothing_leaves_what_is_known() {
        let mut budget = Budget::new(100);
        assert_eq!(budget.ready_at(NOW, 1), NOW);
        budget.note(&headers(0, 150, 500), NOW);
        budget.note(&HeaderMap::new(), NOW.plus(1));
        assert_eq!(budget.ready_at(NOW.plus(1), 1), NOW.plus(500));
    }

    #[test]
    fn without_the_time_left_a_whole_window_is_waited_for() {
        let mut without = headers(0, 150, 1);
        without.remove("x-rate-limit-time-reset-ms");
        assert_eq!(quota(&without).unwrap().reset_ms, 30_000);
        without.remove("x-rate-limit-time-window-ms");
        assert_eq!(quota(&without), None);
    }

    proptest! {
        #[test]
        fn pace_is_total_and_a_fresh_window_is_never_refused(
            ceiling in any::<u8>(), calls in 1_u64.., reset_ms in any::<u64>(), left in any::<u64>(),
        ) {
            let mut budget = Budget::new(ceiling);
            budget.note(&headers(left, calls, reset_ms), NOW);
            prop_assert!(budget.ready_at(NOW, 1) >= NOW);
            budget.note(&headers(calls, calls, reset_ms), NOW);
            prop_assert_eq!(budget.ready_at(NOW, 1), NOW);
        }
    }
}
