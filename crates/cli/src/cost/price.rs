//! AWS list prices in US dollars, us-east-1, without the free tier, as they were known in
//! November 2026; the service's own page, named with each, has today's.

use rust_decimal::Decimal;

/// Of when the prices are, for people.
pub(crate) const AS_OF: &str = "AWS list prices of us-east-1 as of November 2026, no free tier";

const fn of(digits: u32, scale: u32) -> Decimal {
    Decimal::from_parts(digits, 0, 0, false, scale)
}

/// A million write request units (/dynamodb/pricing/on-demand).
pub(super) const WRITES: Decimal = of(625, 3);
/// A million read request units.
pub(super) const READS: Decimal = of(125, 3);
/// A gigabyte in tables for a month.
pub(super) const STORAGE_GB: Decimal = of(25, 2);
/// A gigabyte of continuous backups for a month.
pub(super) const BACKUP_GB: Decimal = of(20, 2);
/// A million requests to standard queues (/sqs/pricing).
pub(super) const SQS: Decimal = of(40, 2);
/// A million invocations (/lambda/pricing).
pub(super) const INVOCATIONS: Decimal = of(20, 2);
/// A million gigabyte-seconds on arm64.
pub(super) const GB_SECONDS: Decimal = of(133_334, 4);
/// A gigabyte of logs taken in (/cloudwatch/pricing).
pub(super) const LOGS_GB: Decimal = of(50, 2);

/// What `count` of something cost, of which a million cost `price`.
pub(super) fn million(count: Decimal, price: Decimal) -> Decimal {
    count * price / of(1_000_000, 0)
}
