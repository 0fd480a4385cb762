use flyball_domain::UnixMillis;

use crate::face::Budget;
use crate::vendor::BigCommerceSettings;

/// The window over which calls are counted
/// (<https://developer.bigcommerce.com/docs/start/best-practices/api-rate-limits>), in milliseconds.
pub(super) const WINDOW_MS: u64 = 30_000;
const MILLI: u64 = 1_000;
const MS_PER_S: u64 = 1_000;

/// The calls that all apps of a store make in a window, which begins with the first call after the
/// one before.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// `None` where no quota is told.
    quota: Option<u64>,
    others: u64,
    begun: UnixMillis,
    used: u64,
}

/// What the vendor tells of the quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) quota: u64,
    pub(super) left: u64,
    pub(super) reset_ms: u64,
}

impl Window {
    pub(super) fn new(settings: &BigCommerceSettings, now: UnixMillis) -> Self {
        Self {
            quota: settings.quota.calls().map(|calls| u64::from(calls.get())),
            others: settings.others_per_window.into(),
            begun: now,
            used: 0,
        }
    }

    /// Takes a call out of the window; where there is no quota, nothing is told.
    ///
    /// # Errors
    /// None is left.
    pub(super) fn take(&mut self, now: UnixMillis) -> Result<Option<Standing>, Standing> {
        let Some(before) = self.standing(now) else { return Ok(None) };
        if before.left == 0 {
            return Err(before);
        }
        self.used = self.used.saturating_add(1);
        Ok(Some(Standing { left: before.left.saturating_sub(1), ..before }))
    }

    /// Lets other apps use up what is left.
    pub(super) fn drain(&mut self, now: UnixMillis) {
        if let Some(standing) = self.standing(now) {
            self.used = self.used.saturating_add(standing.left);
        }
    }

    /// What the vendor allows in all.
    pub(super) fn budget(&self) -> Budget {
        let quota = self.quota.unwrap_or(0).saturating_mul(MILLI);
        Budget { burst_milli: quota, flow_milli_per_s: quota.saturating_mul(MS_PER_S) / WINDOW_MS }
    }

    fn standing(&mut self, now: UnixMillis) -> Option<Standing> {
        let quota = self.quota?;
        if now.since(self.begun) >= WINDOW_MS {
            self.begun = now;
            self.used = 0;
        }
        let passed_ms = now.since(self.begun);
        let others = self.others.saturating_mul(passed_ms) / WINDOW_MS;
        Some(Standing {
            quota,
            left: quota.saturating_sub(self.used).saturating_sub(others),
            reset_ms: WINDOW_MS.saturating_sub(passed_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use core::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;
    use crate::vendor::Quota;

    const T0: UnixMillis = UnixMillis(1_800_000_000_000);

    fn window(quota: Quota, others_per_window: u32) -> Window {
        let hash = "a1b2c3".to_owned();
        Window::new(&BigCommerceSettings { hash, quota, others_per_window }, T0)
    }

    #[test]
    fn a_window_allows_its_quota_and_the_next_one_as_much_again() {
        let mut window = window(Quota::Standard, 0);
        for left in (0..150).rev() {
            let standing = Standing { quota: 150, left, reset_ms: 30_000 };
            assert_eq!(window.take(T0), Ok(Some(standing)));
        }
        let none = Standing { quota: 150, left: 0, reset_ms: 1 };
        assert_eq!(window.take(T0.plus(29_999)), Err(none));
        let anew = Standing { quota: 150, left: 149, reset_ms: 30_000 };
        assert_eq!(window.take(T0.plus(30_000)), Ok(Some(anew)));
    }

    #[test]
    fn other_apps_take_their_share_as_the_window_passes() {
        let mut window = window(Quota::Pro, 300);
        assert_eq!(window.take(T0).unwrap().unwrap().left, 449);
        assert_eq!(window.take(T0.plus(10_000)).unwrap().unwrap().left, 348);
        window.drain(T0.plus(10_001));
        assert_eq!(window.take(T0.plus(10_002)).unwrap_err().reset_ms, 19_998);
    }

    #[test]
    fn without_a_quota_nothing_is_told_and_nothing_refused() {
        let mut window = window(Quota::Unlimited, 9_000);
        window.drain(T0);
        assert_eq!(window.take(T0), Ok(None));
        assert_eq!(window.budget(), Budget::default());
    }

    proptest! {
        #[test]
        fn no_more_than_the_quota_is_had_in_any_window(
            quota in 1_u32..50,
            others in 0_u32..40,
            waits in proptest::collection::vec(0_u64..5_000, 1..300),
        ) {
            let mut window = window(Quota::Enterprise(NonZeroU32::new(quota).unwrap()), others);
            let (mut now, mut first, mut taken) = (T0, T0, 0);
            for wait in waits {
                now = now.plus(wait);
                if now.since(first) >= WINDOW_MS {
                    (first, taken) = (now, 0);
                }
                taken += u32::from(window.take(now).is_ok());
                prop_assert!(taken <= quota);
            }
        }
    }
}
