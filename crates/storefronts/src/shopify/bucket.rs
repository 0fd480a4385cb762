use core::fmt;
use core::str::FromStr;

use flyball_domain::UnixMillis;

const MILLI: u64 = 1_000;
const MS_PER_S: u128 = 1_000;
/// A full bucket holds so many seconds' worth of points: recorded answers of 2026 show 4000 at 200
/// a second.
const BUCKET_S: u64 = 20;
const FOUND_CHARS_MAX: usize = 80;

/// A shop's plan, which sets how fast its apps may ask
/// (<https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// 100 points a second.
    Standard,
    /// 200 points a second.
    Advanced,
    /// 1,000 points a second.
    Plus,
    /// 2,000 points a second.
    Enterprise,
}

/// A text that is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where a plan was expected: standard, advanced, plus or enterprise")]
pub struct PlanError {
    /// The text as it came, cut to a bounded length.
    pub found: String,
}

impl Plan {
    /// Every one there is.
    pub const ALL: [Self; 4] = [Self::Standard, Self::Advanced, Self::Plus, Self::Enterprise];

    /// The plan as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Advanced => "advanced",
            Self::Plus => "plus",
            Self::Enterprise => "enterprise",
        }
    }

    /// Points that flow into the bucket, per second.
    pub const fn restore_points_per_s(self) -> u64 {
        match self {
            Self::Standard => 100,
            Self::Advanced => 200,
            Self::Plus => 1_000,
            Self::Enterprise => 2_000,
        }
    }

    /// Points in a full bucket.
    pub const fn bucket_points(self) -> u64 {
        self.restore_points_per_s() * BUCKET_S
    }

    /// Calls of the REST API, per second
    /// (<https://shopify.dev/docs/api/admin-rest/usage/rate-limits>).
    pub(super) const fn rest_calls_per_s(self) -> u64 {
        match self {
            Self::Standard => 2,
            Self::Advanced => 4,
            Self::Plus => 20,
            Self::Enterprise => 40,
        }
    }

    pub(crate) const fn restore_milli_per_s(self) -> u64 {
        self.restore_points_per_s() * MILLI
    }

    pub(crate) const fn bucket_milli(self) -> u64 {
        self.bucket_points() * MILLI
    }
}

impl FromStr for Plan {
    type Err = PlanError;
    fn from_str(text: &str) -> Result<Self, PlanError> {
        Self::ALL
            .into_iter()
            .find(|plan| plan.as_str() == text)
            .ok_or_else(|| PlanError { found: text.chars().take(FOUND_CHARS_MAX).collect() })
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An app's points in one shop, or its calls: a leaky bucket, in thousandths of one.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    most_milli: u64,
    restore_milli_per_s: u64,
    available_milli: u64,
    as_of: UnixMillis,
}

impl Bucket {
    /// A full one of points.
    pub(super) const fn full(plan: Plan, now: UnixMillis) -> Self {
        Self::of(plan.restore_milli_per_s(), now)
    }

    /// A full one of calls of the REST API.
    pub(super) const fn of_calls(plan: Plan, now: UnixMillis) -> Self {
        Self::of(plan.rest_calls_per_s() * MILLI, now)
    }

    const fn of(restore_milli_per_s: u64, now: UnixMillis) -> Self {
        let most_milli = restore_milli_per_s * BUCKET_S;
        Self { most_milli, restore_milli_per_s, available_milli: most_milli, as_of: now }
    }

    /// What a full one holds, in thousandths.
    pub(super) const fn most_milli(&self) -> u64 {
        self.most_milli
    }

    /// Takes out what a query may cost, before it runs. False when there is less than that.
    pub(super) fn reserve(&mut self, cost_milli: u64, now: UnixMillis) -> bool {
        self.refill(now);
        match self.available_milli.checked_sub(cost_milli) {
            Some(rest) => {
                self.available_milli = rest;
                true
            }
            None => false,
        }
    }

    /// Puts back what a query did not cost after all.
    pub(super) fn refund(&mut self, cost_milli: u64) {
        self.available_milli = self.available_milli.saturating_add(cost_milli).min(self.most_milli);
    }

    /// Takes out everything, as other apps of the shop do.
    pub(super) fn drain(&mut self, now: UnixMillis) {
        self.refill(now);
        self.available_milli = 0;
    }

    /// What is in it now, in thousandths.
    pub(super) fn available_milli(&mut self, now: UnixMillis) -> u64 {
        self.refill(now);
        self.available_milli
    }

    fn refill(&mut self, now: UnixMillis) {
        let flowed =
            u128::from(now.since(self.as_of)) * u128::from(self.restore_milli_per_s) / MS_PER_S;
        self.available_milli = self
            .available_milli
            .saturating_add(u64::try_from(flowed).unwrap_or(u64::MAX))
            .min(self.most_milli);
        self.as_of = self.as_of.max(now);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const T0: UnixMillis = UnixMillis(1_800_000_000_000);

    #[test]
    fn each_plan_offers_what_the_vendor_documents() {
        let offered = Plan::ALL.map(|plan| (plan.restore_points_per_s(), plan.bucket_points()));
        assert_eq!(offered, [(100, 2_000), (200, 4_000), (1_000, 20_000), (2_000, 40_000)]);
    }

    #[test]
    fn a_plan_survives_being_printed_and_read_and_others_are_refused() {
        for plan in Plan::ALL {
            assert_eq!(plan.to_string().parse(), Ok(plan));
        }
        assert_eq!("basic".parse::<Plan>().unwrap_err().found, "basic");
    }

    #[test]
    fn a_drained_bucket_is_full_again_after_twenty_seconds() {
        for plan in Plan::ALL {
            let mut bucket = Bucket::full(plan, T0);
            bucket.drain(T0);
            assert_eq!(
                bucket.available_milli(T0.plus(19_999)),
                plan.bucket_milli() - plan.restore_points_per_s()
            );
            assert_eq!(bucket.available_milli(T0.plus(20_000)), plan.bucket_milli());
            assert_eq!(bucket.available_milli(T0.plus(90_000)), plan.bucket_milli());
        }
    }

    #[test]
    fn what_does_not_fit_takes_nothing() {
        let mut bucket = Bucket::full(Plan::Standard, T0);
        assert!(bucket.reserve(1_999_000, T0));
        assert!(!bucket.reserve(1_001, T0));
        assert_eq!(bucket.available_milli(T0), 1_000);
        bucket.refund(1_998_000);
        assert!(bucket.reserve(1_001, T0));
    }

    proptest! {
        #[test]
        fn no_one_gets_more_than_a_bucket_and_what_flowed_into_it(
            calls in proptest::collection::vec((0_u64..3_000, 0_u64..1_000_000, 0_u64..1_000_000), 1..60),
        ) {
            let mut bucket = Bucket::full(Plan::Standard, T0);
            let mut now = T0;
            let mut spent = 0;
            for (wait_ms, requested, actual) in calls {
                now = now.plus(wait_ms);
                let actual = actual.min(requested);
                if bucket.reserve(requested, now) {
                    bucket.refund(requested - actual);
                    spent += actual;
                }
                let offered = Plan::Standard.bucket_milli() + now.since(T0) * 100;
                prop_assert!(spent <= offered);
                prop_assert!(bucket.available_milli(now) <= Plan::Standard.bucket_milli());
            }
        }

        #[test]
        fn a_clock_that_goes_back_gives_nothing(back_ms in 0_u64..1_000_000) {
            let mut bucket = Bucket::full(Plan::Plus, T0);
            bucket.drain(T0);
            prop_assert_eq!(bucket.available_milli(T0.minus(back_ms)), 0);
            prop_assert_eq!(bucket.available_milli(T0), 0);
        }
    }
}
