//! A month's bill: counts times how often, times list prices. Nothing here is measured.

use flyball_domain::{Integration, Kind};
use rust_decimal::Decimal;

use super::measure::{JobUsage, TickerUsage};
use super::price;
use super::usage::Usage;

/// A month, in minutes: 30 days.
const MONTH_MINUTES: u64 = 30 * 24 * 60;
const MONTH_DAYS: u64 = 30;

/// How often Lambda asks each queue for messages while there are none: five receives of twenty
/// seconds are open at a time (docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html).
const EMPTY_RECEIVES_PER_MINUTE: u64 = 15;

/// What Lambda and the function log of an invocation, in bytes: its start, its end, its report.
const LOG_BYTES: u64 = 1_500;

/// How long a call to `DynamoDB` takes, in milliseconds.
pub(super) const TABLE_CALL_MS: u64 = 5;

/// Names and numbers that a stored record has beside its text, in bytes.
const RECORD_OVERHEAD_BYTES: u64 = 300;

const MB_PER_GB: u64 = 1_024;
const BYTES_PER_GB: u64 = 1_073_741_824;

/// What there is to import, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    /// The accounts of each integration, in the order of [`Integration::ALL`].
    pub(super) accounts: [u64; 3],
    /// The products of an account.
    pub(super) products: u64,
    /// The orders of an account.
    pub(super) orders: u64,
    /// How many of the products change in a day.
    pub(super) products_changed: u64,
    /// How many orders come or change in a day.
    pub(super) orders_changed: u64,
    /// How often changes are imported, in minutes.
    pub(super) every: u64,
    /// How often everything is compared, in minutes.
    pub(super) reconcile_every: u64,
    /// How long a call to a vendor takes, in milliseconds.
    pub(super) vendor_ms: u64,
    /// The memory of an importer, in megabytes.
    pub(super) memory_mb: u64,
    /// The memory of the ticker, in megabytes.
    pub(super) ticker_mb: u64,
}

impl Load {
    fn accounts_of(&self, integration: Integration) -> Decimal {
        let place = Integration::ALL.iter().position(|it| *it == integration);
        place.and_then(|place| self.accounts.get(place)).copied().unwrap_or(0).into()
    }

    /// All accounts.
    pub(super) fn all_accounts(&self) -> u64 {
        self.accounts.iter().fold(0, |sum, accounts| sum.saturating_add(*accounts))
    }

    fn of(&self, kind: Kind) -> (Decimal, Decimal) {
        match kind {
            Kind::Products => (self.products.into(), self.products_changed.into()),
            Kind::Orders => (self.orders.into(), self.orders_changed.into()),
        }
    }
}

/// One line of the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) service: &'static str,
    pub(super) what: &'static str,
    pub(super) count: Decimal,
    pub(super) usd: Decimal,
}

/// A month's bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bill {
    pub(super) lines: Vec<Line>,
    /// The first import of everything, once.
    pub(super) first_usd: Decimal,
}

impl Bill {
    /// The sum of the lines.
    pub(super) fn total(&self) -> Decimal {
        self.lines.iter().map(|line| line.usd).sum()
    }
}

/// Reckons a month.
pub(super) fn bill(load: &Load, jobs: &[JobUsage], ticker: &TickerUsage) -> Bill {
    let mut month = Usage::default();
    let mut first = Usage::default();
    let mut stored_bytes = Decimal::ZERO;
    for job in jobs {
        let accounts = load.accounts_of(job.integration);
        let (records, changed) = load.of(job.kind);
        month = month + month_of(load, job, records, changed) * accounts;
        first = first + (job.idle + job.changed * records) * accounts;
        let bytes = job.record_bytes + Decimal::from(RECORD_OVERHEAD_BYTES);
        stored_bytes += bytes * records * accounts;
    }
    let minutes = Decimal::from(MONTH_MINUTES);
    let accounts = Decimal::from(load.all_accounts());
    let ticked =
        (ticker.pass * Decimal::from(60) + ticker.minute + ticker.account * accounts) * minutes;
    Bill {
        lines: lines(load, month, ticked, stored_bytes),
        first_usd: tables(first)
            + lambda(load, first)
            + price::million(first.queue_calls, price::SQS),
    }
}

/// What one account's jobs of one kind ask for in a month.
fn month_of(load: &Load, job: &JobUsage, records: Decimal, changed: Decimal) -> Usage {
    let often = |every: u64| Decimal::from(MONTH_MINUTES) / Decimal::from(every.max(1));
    let (imports, comparisons) = (often(load.every), often(load.reconcile_every));
    job.idle * (imports + comparisons)
        + job.changed * (changed * Decimal::from(MONTH_DAYS))
        + job.compared * (records * comparisons)
}

fn tables(usage: Usage) -> Decimal {
    price::million(usage.writes, price::WRITES) + price::million(usage.reads, price::READS)
}

fn lambda(load: &Load, usage: Usage) -> Decimal {
    price::million(usage.invocations, price::INVOCATIONS)
        + price::million(gb_seconds(load, usage), price::GB_SECONDS)
}

/// Most of a job is waiting for answers, one after the other.
fn gb_seconds(load: &Load, usage: Usage) -> Decimal {
    let ms = usage.vendor_calls * Decimal::from(load.vendor_ms)
        + usage.table_calls * Decimal::from(TABLE_CALL_MS);
    ms / Decimal::ONE_THOUSAND * gb(load.memory_mb)
}

pub(super) fn gb(mb: u64) -> Decimal {
    Decimal::from(mb) / Decimal::from(MB_PER_GB)
}

fn lines(load: &Load, month: Usage, ticked: Usage, stored_bytes: Decimal) -> Vec<Line> {
    let line = |service, what, count: Decimal, usd| Line { service, what, count, usd };
    let counted =
        |service, what, count, price| line(service, what, count, price::million(count, price));
    let minutes = Decimal::from(MONTH_MINUTES);
    let ticker_gb_seconds = minutes * Decimal::from(60) * gb(load.ticker_mb);
    let queues = u64::try_from(Integration::ALL.len().saturating_mul(Kind::ALL.len()));
    let empty =
        minutes * Decimal::from(EMPTY_RECEIVES_PER_MINUTE) * Decimal::from(queues.unwrap_or(0));
    let invocations = month.invocations + minutes;
    let stored = stored_bytes / Decimal::from(BYTES_PER_GB);
    let logged = invocations * Decimal::from(LOG_BYTES) / Decimal::from(BYTES_PER_GB);
    vec![
        counted("DynamoDB", "write units of jobs", month.writes, price::WRITES),
        counted("DynamoDB", "read units of jobs", month.reads, price::READS),
        counted("DynamoDB", "write units of the ticker", ticked.writes, price::WRITES),
        counted("DynamoDB", "read units of the ticker", ticked.reads, price::READS),
        line("DynamoDB", "GB stored", stored, stored * price::STORAGE_GB),
        line("DynamoDB", "GB of backups", stored, stored * price::BACKUP_GB),
        counted("Lambda", "invocations", invocations, price::INVOCATIONS),
        counted("Lambda", "GB-seconds of importers", gb_seconds(load, month), price::GB_SECONDS),
        counted("Lambda", "GB-seconds of the ticker", ticker_gb_seconds, price::GB_SECONDS),
        counted("SQS", "calls for jobs", month.queue_calls + ticked.queue_calls, price::SQS),
        counted("SQS", "receives of empty queues", empty, price::SQS),
        line("CloudWatch", "GB of logs", logged, logged * price::LOGS_GB),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(each: u64) -> Usage {
        let each = Decimal::from(each);
        Usage {
            writes: each,
            reads: each,
            table_calls: each,
            queue_calls: each,
            vendor_calls: each,
            invocations: each,
        }
    }

    fn load() -> Load {
        Load {
            accounts: [2, 0, 0],
            products: 100,
            orders: 0,
            products_changed: 10,
            orders_changed: 0,
            every: 15,
            reconcile_every: 1_440,
            vendor_ms: 500,
            memory_mb: 512,
            ticker_mb: 128,
        }
    }

    fn products() -> JobUsage {
        JobUsage {
            integration: Integration::Shopify,
            kind: Kind::Products,
            idle: usage(2),
            changed: usage(3),
            compared: usage(1),
            record_bytes: Decimal::from(700),
        }
    }

    fn of(bill: &Bill, what: &str) -> Line {
        bill.lines.iter().find(|line| line.what == what).unwrap().clone()
    }

    #[test]
    fn a_month_is_every_job_every_change_and_every_comparison() {
        let ticker = TickerUsage { pass: usage(0), minute: usage(0), account: usage(0) };
        let bill = bill(&load(), &[products()], &ticker);
        // 2,880 imports and 30 comparisons, 300 changes, 30 times 100 records; of two accounts.
        let count = 2 * (2_910 * 2 + 300 * 3 + 3_000);
        assert_eq!(of(&bill, "write units of jobs").count, Decimal::from(count));
        let seconds = Decimal::from(count) * Decimal::new(505, 3);
        assert_eq!(of(&bill, "GB-seconds of importers").count, seconds / Decimal::TWO);
        assert_eq!(of(&bill, "invocations").count, Decimal::from(count + 43_200));
    }

    #[test]
    fn an_integration_without_accounts_costs_nothing_but_the_ticker_and_empty_queues() {
        let load = Load { accounts: [0, 0, 0], ..load() };
        let ticker = TickerUsage { pass: usage(1), minute: usage(2), account: usage(99) };
        let bill = bill(&load, &[products()], &ticker);
        assert_eq!(of(&bill, "write units of jobs").usd, Decimal::ZERO);
        assert_eq!(of(&bill, "read units of the ticker").count, Decimal::from(43_200 * 62));
        assert_eq!(of(&bill, "receives of empty queues").count, Decimal::from(43_200 * 15 * 6));
        assert_eq!(bill.first_usd, Decimal::ZERO);
    }

    #[test]
    fn the_total_is_the_sum_of_the_lines_at_list_prices() {
        let ticker = TickerUsage { pass: usage(0), minute: usage(0), account: usage(0) };
        let bill = bill(&load(), &[products()], &ticker);
        let sum: Decimal = bill.lines.iter().map(|line| line.usd).sum();
        assert_eq!(bill.total(), sum);
        let empty = of(&bill, "receives of empty queues");
        assert_eq!(empty.usd, empty.count * Decimal::new(40, 2) / Decimal::from(1_000_000));
    }
}
