//! Page by page, or by a file: which of the two brings a span sooner, by what each costs.
//!
//! Measured with 4,000 generated records of the simulated store on the Standard plan, at 300 ms per
//! call:
//!
//! | kind     | way     | calls | points per record | time  |
//! |----------|---------|-------|-------------------|-------|
//! | products | pages   | 125   | 3.58              | 130 s |
//! | products | by file | 56    | 0.15              | 29 s  |
//! | orders   | pages   | 492   | 5.95              | 226 s |
//! | orders   | by file | 413   | 1.40              | 128 s |
//!
//! (The simulated store writes 5,000 objects a second; what is assumed here is a minute more.) An
//! order's fulfillments, refunds and returns hold lists within lists, which no file may hold: the
//! first two are asked for by pages beside the file, returns of those orders that have some.

use flyball_domain::{Kind, UnixMillis};

use crate::envelope::Bucket;

/// A span at least this long may hold so much that it is worth asking how much. Shorter ones are
/// paged through unasked.
const LONG_SPAN_MS: u64 = 7 * 86_400_000;

/// How long an answer of the store takes, in milliseconds.
const CALL_MS: u64 = 300;
/// How long a file takes before its first record is written, with the polling. An assumption: the
/// vendor promises no more than an end within ten days.
const BULK_START_MS: u64 = 60_000;
/// How long a file takes for each record, in microseconds. An assumption, too.
const BULK_RECORD_US: u64 = 1_000;

/// How many times as long pages must take: what is said of files above is assumed, and a file that
/// fails costs its time.
const WORTH_IT: u64 = 2;

const US_PER_MS: u64 = 1_000;
const MS_PER_S: u64 = 1_000;

/// What a kind of records costs, in thousandths of a point per record, measured with the simulated
/// store.
#[derive(Clone, Copy, Debug)]
struct Costs {
    /// Page by page.
    paged_milli: u64,
    page_records: u64,
    /// Beside a file: what it can't hold.
    beside_milli: u64,
    beside_records: u64,
}

const fn costs(kind: Kind) -> Costs {
    match kind {
        Kind::Products => Costs {
            paged_milli: 3_590,
            page_records: super::super::pages::PAGE_PRODUCTS as u64,
            beside_milli: 140,
            beside_records: super::beside_records(kind) as u64,
        },
        Kind::Orders => Costs {
            paged_milli: 5_450,
            page_records: super::super::pages::PAGE_ORDERS as u64,
            beside_milli: 800,
            beside_records: super::beside_records(kind) as u64,
        },
    }
}

/// Whether a span may hold enough to ask how much it is.
pub(in super::super) fn may_be_large(from: Option<UnixMillis>, until: UnixMillis) -> bool {
    from.is_none_or(|from| until.since(from) >= LONG_SPAN_MS)
}

/// Whether so many records come sooner by a file, with `ceiling_percent` of this bucket.
pub(in super::super) fn is_sooner_by_file(
    kind: Kind,
    records: u64,
    bucket: &Bucket,
    ceiling_percent: u8,
) -> bool {
    let costs = costs(kind);
    let paged = Pace { records, cost_milli: costs.paged_milli, at_once: costs.page_records };
    let beside = Pace { records, cost_milli: costs.beside_milli, at_once: costs.beside_records };
    let by_file = BULK_START_MS
        .saturating_add(records.saturating_mul(BULK_RECORD_US).div_euclid(US_PER_MS))
        .saturating_add(beside.takes_ms(bucket, ceiling_percent));
    by_file.saturating_mul(WORTH_IT) < paged.takes_ms(bucket, ceiling_percent)
}

struct Pace {
    records: u64,
    cost_milli: u64,
    at_once: u64,
}

impl Pace {
    /// How long it takes: what the calls take, or what the bucket takes to refill.
    fn takes_ms(&self, bucket: &Bucket, ceiling_percent: u8) -> u64 {
        let percent = u64::from(ceiling_percent).clamp(1, 100);
        let share = |milli: u64| milli.saturating_mul(percent).div_euclid(100);
        let calls_ms = self.records.div_ceil(self.at_once.max(1)).saturating_mul(CALL_MS);
        let cost_milli = self.records.saturating_mul(self.cost_milli);
        let missing = cost_milli.saturating_sub(share(bucket.max_milli));
        let refill_ms = missing
            .saturating_mul(MS_PER_S)
            .checked_div(share(bucket.restore_milli_per_s))
            .unwrap_or(u64::MAX);
        calls_ms.max(refill_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn bucket(points_per_s: u64) -> Bucket {
        Bucket {
            max_milli: points_per_s * 20_000,
            available_milli: points_per_s * 20_000,
            restore_milli_per_s: points_per_s * 1_000,
        }
    }

    fn first_by_file(kind: Kind, points_per_s: u64) -> Option<u64> {
        let sizes = (1..=10_000).map(|hundreds| hundreds * 100);
        sizes.into_iter().find(|size| is_sooner_by_file(kind, *size, &bucket(points_per_s), 100))
    }

    #[test]
    fn a_small_store_is_paged_through_and_a_large_one_comes_by_file_the_sooner_the_smaller_its_plan()
     {
        const PLANS: [u64; 4] = [100, 200, 1_000, 2_000];
        let products = PLANS.map(|plan| first_by_file(Kind::Products, plan));
        assert_eq!(products, [Some(4_500), Some(10_400), None, None]);
        let orders = PLANS.map(|plan| first_by_file(Kind::Orders, plan));
        assert_eq!(orders, [Some(3_100), Some(7_300), None, None]);
    }

    #[test]
    fn a_share_of_the_bucket_makes_paging_slower() {
        assert!(!is_sooner_by_file(Kind::Products, 4400, &bucket(100), 100));
        assert!(is_sooner_by_file(Kind::Products, 4400, &bucket(100), 50));
    }

    #[test]
    fn a_span_of_a_week_or_without_a_beginning_may_be_large() {
        let until = UnixMillis(1_795_000_000_000);
        assert!(may_be_large(None, until));
        assert!(may_be_large(Some(UnixMillis(until.0 - LONG_SPAN_MS)), until));
        assert!(!may_be_large(Some(UnixMillis(until.0 - LONG_SPAN_MS + 1)), until));
    }

    #[test]
    fn no_bucket_makes_it_panic() {
        for milli in [0, 1, u64::MAX] {
            let bucket =
                Bucket { max_milli: milli, available_milli: milli, restore_milli_per_s: milli };
            for records in [0, 1, u64::MAX] {
                for percent in [0, 1, 255] {
                    is_sooner_by_file(Kind::Orders, records, &bucket, percent);
                }
            }
        }
    }
}
