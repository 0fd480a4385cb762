//! What work asks of AWS and of vendors, as counts.

use core::ops::{Add, Mul, Sub};

use rust_decimal::Decimal;

/// Counts of what is billed, or takes billed time. Shares of one are fine: they are averages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Write units of `DynamoDB`.
    pub(super) writes: Decimal,
    /// Read units of `DynamoDB`.
    pub(super) reads: Decimal,
    /// Calls to `DynamoDB`.
    pub(super) table_calls: Decimal,
    /// Calls to SQS.
    pub(super) queue_calls: Decimal,
    /// Calls to the vendor.
    pub(super) vendor_calls: Decimal,
    /// Invocations of a function.
    pub(super) invocations: Decimal,
}

impl Usage {
    /// How much more than `base` this is for each of `count`; what is less counts as nothing.
    pub(super) fn beyond(self, base: Self, count: u64) -> Self {
        let share = Decimal::ONE / Decimal::from(count.max(1));
        let Self { writes, reads, table_calls, queue_calls, vendor_calls, invocations } =
            self - base;
        let least = |number: Decimal| number.max(Decimal::ZERO) * share;
        Self {
            writes: least(writes),
            reads: least(reads),
            table_calls: least(table_calls),
            queue_calls: least(queue_calls),
            vendor_calls: least(vendor_calls),
            invocations: least(invocations),
        }
    }
}

/// Two, count by count.
fn with(a: Usage, b: Usage, each: fn(Decimal, Decimal) -> Decimal) -> Usage {
    Usage {
        writes: each(a.writes, b.writes),
        reads: each(a.reads, b.reads),
        table_calls: each(a.table_calls, b.table_calls),
        queue_calls: each(a.queue_calls, b.queue_calls),
        vendor_calls: each(a.vendor_calls, b.vendor_calls),
        invocations: each(a.invocations, b.invocations),
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        with(self, other, |a, b| a + b)
    }
}

impl Sub for Usage {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        with(self, other, |a, b| a - b)
    }
}

impl Mul<Decimal> for Usage {
    type Output = Self;

    fn mul(self, times: Decimal) -> Self {
        let times = Self {
            writes: times,
            reads: times,
            table_calls: times,
            queue_calls: times,
            vendor_calls: times,
            invocations: times,
        };
        with(self, times, |a, b| a * b)
    }
}
