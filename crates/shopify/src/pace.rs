//! When the next call fits the vendor's budget, by the vendor's own last word. Whole numbers of
//! thousandths of a point throughout.

use flyball_domain::UnixMillis;

use crate::envelope::{Bucket, Cost};
use crate::queries::Shape;

/// What a call for more of a record's children is taken to cost until one has been made. Above
/// what 250 variants cost, since a guess too low is a throttled answer and one too high only a
/// moment's wait.
const MORE_COST_GUESS_MILLI: u64 = 100_000;

/// The same of a page of records, which is as large as fits below the thousand points that a query
/// may cost.
const PAGE_COST_GUESS_MILLI: u64 = 950_000;

/// What a mutation costs (<https://shopify.dev/docs/api/usage/limits>).
const BULK_RUN_COST_MILLI: u64 = 10_000;

const PERCENT: u64 = 100;
const MS_PER_S: u64 = 1_000;

/// What is known of the budget.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    ceiling_percent: u64,
    seen: Option<(Bucket, UnixMillis)>,
    costs: Costs,
}

/// The last requested cost per shape of call; there are few shapes.
#[derive(Clone, Debug, Default)]
struct Costs(Vec<(Shape, u64)>);

impl Costs {
    fn note(&mut self, shape: Shape, cost: u64) {
        match self.0.iter_mut().find(|(of, _)| *of == shape) {
            Some((_, last)) => *last = cost,
            None => self.0.push((shape, cost)),
        }
    }

    fn of(&self, shape: Shape) -> u64 {
        let last = self.0.iter().find(|(of, _)| *of == shape).map(|(_, last)| *last);
        last.unwrap_or(match shape {
            Shape::More(_) => MORE_COST_GUESS_MILLI,
            Shape::BulkRun => BULK_RUN_COST_MILLI,
            Shape::Page => PAGE_COST_GUESS_MILLI,
            Shape::ById
            | Shape::Listed
            | Shape::Count
            | Shape::Budget
            | Shape::BulkPoll
            | Shape::BesideBulk => 0,
        })
    }
}

/// Whether a call of some size can ever fit the share of the budget that is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It can, or nothing is known yet.
    Fits,
    /// Not even when the budget is full.
    TooCostly,
}

impl Budget {
    /// A budget of which `ceiling_percent` (1 to 100) is ours.
    pub(crate) fn new(ceiling_percent: u8) -> Self {
        Self {
            ceiling_percent: u64::from(ceiling_percent).clamp(1, PERCENT),
            seen: None,
            costs: Costs::default(),
        }
    }

    /// The bucket as last seen.
    pub(crate) fn bucket(&self) -> Option<Bucket> {
        self.seen.map(|(bucket, _)| bucket)
    }

    /// Takes in what an answer to a call of this shape says of its cost.
    pub(crate) fn note(&mut self, shape: Shape, cost: &Cost, now: UnixMillis) -> Fit {
        if let Some(bucket) = cost.bucket {
            self.seen = Some((bucket, now));
        }
        let Some(requested) = cost.requested_milli else { return Fit::Fits };
        self.costs.note(shape, requested);
        match self.seen {
            Some((bucket, _)) if requested > self.share(bucket.max_milli) => Fit::TooCostly,
            Some(_) | None => Fit::Fits,
        }
    }

    /// From when on a call of this shape fits. Once the bucket is half empty, one as dear of each
    /// other caller is to fit as well: they may have made it since the bucket was last seen. That
    /// costs a wait once, and nothing of what flows in.
    pub(crate) fn ready_at(&self, shape: Shape, now: UnixMillis, callers: u64) -> UnixMillis {
        let Some((bucket, seen_at)) = self.seen else { return now };
        let reserve = bucket.max_milli.saturating_sub(self.share(bucket.max_milli));
        let cost = self.costs.of(shape);
        let is_half_empty = bucket.available_milli < bucket.max_milli.div_euclid(2);
        let calls = if is_half_empty { callers.max(1) } else { 1 };
        let needed = cost.saturating_mul(calls).saturating_add(reserve).min(bucket.max_milli);
        wait_ms(needed, &bucket).map_or(now, |ms| seen_at.plus(ms))
    }

    fn share(&self, milli: u64) -> u64 {
        let share = u128::from(milli).saturating_mul(self.ceiling_percent.into());
        u64::try_from(share.div_euclid(PERCENT.into())).unwrap_or(milli)
    }
}

/// How long until the bucket holds this much; `None` where it does not fill.
pub(crate) fn wait_ms(needed_milli: u64, bucket: &Bucket) -> Option<u64> {
    let missing = needed_milli.saturating_sub(bucket.available_milli);
    if missing == 0 {
        return Some(0);
    }
    let ms = u128::from(missing)
        .saturating_mul(MS_PER_S.into())
        .checked_next_multiple_of(bucket.restore_milli_per_s.into())?
        .checked_div(bucket.restore_milli_per_s.into())?;
    u64::try_from(ms).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::queries::List;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn cost(requested: u64, available: u64) -> Cost {
        Cost {
            requested_milli: Some(requested * 1_000),
            bucket: Some(Bucket {
                max_milli: 2_000_000,
                available_milli: available * 1_000,
                restore_milli_per_s: 100_000,
            }),
        }
    }

    fn ready_in_ms(ceiling_percent: u8, requested: u64, available: u64) -> u64 {
        let mut budget = Budget::new(ceiling_percent);
        assert_eq!(budget.note(Shape::Page, &cost(requested, available), NOW), Fit::Fits);
        budget.ready_at(Shape::Page, NOW, 1).since(NOW)
    }

    #[test]
    fn a_call_that_fits_may_go_at_once() {
        assert_eq!(ready_in_ms(100, 600, 600), 0);
        assert_eq!(ready_in_ms(100, 600, 2_000), 0);
    }

    #[test]
    fn a_call_that_does_not_fit_waits_for_what_is_missing() {
        assert_eq!(ready_in_ms(100, 600, 599), 10);
        assert_eq!(ready_in_ms(100, 600, 0), 6_000);
    }

    #[test]
    fn who_does_not_call_alone_leaves_a_call_for_each_other_caller_of_a_bucket_half_empty() {
        let mut budget = Budget::new(100);
        budget.note(Shape::Page, &cost(600, 800), NOW);
        let ready_in_ms =
            |budget: &Budget, callers| budget.ready_at(Shape::Page, NOW, callers).since(NOW);
        assert_eq!([0, 1, 2, 3].map(|it| ready_in_ms(&budget, it)), [0, 0, 4_000, 10_000]);
        assert_eq!(ready_in_ms(&budget, u64::MAX), 12_000, "never more than a full bucket");
        budget.note(Shape::Page, &cost(600, 1_000), NOW);
        assert_eq!(ready_in_ms(&budget, 3), 0);
    }

    #[test]
    fn the_share_of_other_apps_is_left_in_the_bucket() {
        assert_eq!(ready_in_ms(80, 600, 1_000), 0);
        assert_eq!(ready_in_ms(80, 600, 900), 1_000);
    }

    #[test]
    fn nothing_known_means_now() {
        assert_eq!(Budget::new(100).ready_at(Shape::Page, NOW, 1), NOW);
    }

    #[test]
    fn a_call_for_more_children_is_guessed_until_one_was_made() {
        let mut budget = Budget::new(100);
        let more = Shape::More(List::Variants);
        budget.note(Shape::Page, &cost(600, 90), NOW);
        assert_eq!(budget.ready_at(more, NOW, 1).since(NOW), 100);
        budget.note(more, &cost(60, 30), NOW);
        assert_eq!(budget.ready_at(more, NOW, 1).since(NOW), 300);
    }

    #[test]
    fn a_page_is_guessed_until_one_was_asked_for() {
        let mut budget = Budget::new(100);
        budget.note(Shape::Budget, &cost(1, 900), NOW);
        assert_eq!(budget.ready_at(Shape::Budget, NOW, 1), NOW);
        assert_eq!(budget.ready_at(Shape::Page, NOW, 1).since(NOW), 500);
        budget.note(Shape::Page, &cost(600, 300), NOW);
        assert_eq!(budget.ready_at(Shape::Page, NOW, 1).since(NOW), 3_000);
    }

    #[test]
    fn a_call_above_the_share_is_named_too_costly() {
        let mut budget = Budget::new(25);
        assert_eq!(budget.note(Shape::Page, &cost(500, 2_000), NOW), Fit::Fits);
        assert_eq!(budget.note(Shape::Page, &cost(501, 2_000), NOW), Fit::TooCostly);
    }

    #[test]
    fn a_bucket_that_never_fills_is_no_reason_to_wait_for_ever() {
        let bucket = Bucket { max_milli: 10, available_milli: 0, restore_milli_per_s: 0 };
        assert_eq!(wait_ms(5, &bucket), None);
    }

    proptest! {
        #[test]
        fn pace_is_total_and_after_the_wait_the_bucket_holds_what_is_needed(
            ceiling in any::<u8>(), needed in any::<u64>(), max_milli in any::<u64>(),
            available_milli in any::<u64>(), restore_milli_per_s in any::<u64>(),
        ) {
            let bucket = Bucket { max_milli, available_milli, restore_milli_per_s };
            let mut budget = Budget::new(ceiling);
            let cost = Cost { requested_milli: Some(needed), bucket: Some(bucket) };
            budget.note(Shape::Page, &cost, NOW);
            prop_assert!(budget.ready_at(Shape::Page, NOW, 1) >= NOW);
            if let Some(ms) = wait_ms(needed, &bucket) {
                let restored = u128::from(ms) * u128::from(restore_milli_per_s) / 1_000;
                prop_assert!(u128::from(available_milli) + restored >= u128::from(needed));
            }
        }
    }
}
