//! What a run would have cost on AWS, from counted calls.

use flyball_local::Worked;
use flyball_runtime::{MeterReading, Service};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde::Serialize;

/// AWS list prices in US dollars, us-east-1, without the free tier, as of November 2026
/// (aws.amazon.com/dynamodb/pricing/on-demand, /lambda/pricing, /sqs/pricing), each for a million.
mod price {
    use rust_decimal::Decimal;

    const fn of(digits: u32, scale: u32) -> Decimal {
        Decimal::from_parts(digits, 0, 0, false, scale)
    }

    /// Write request units.
    pub(super) const WRITES: Decimal = of(625, 3);
    /// Read request units.
    pub(super) const READS: Decimal = of(125, 3);
    /// Requests to SQS.
    pub(super) const SQS: Decimal = of(40, 2);
    /// Invocations of Lambda.
    pub(super) const INVOCATIONS: Decimal = of(20, 2);
    /// Gigabyte-seconds of Lambda on arm64.
    pub(super) const GB_SECONDS: Decimal = of(133_334, 4);
    /// What the prices are for.
    pub(super) const PER: Decimal = of(1_000_000, 0);
}

/// The memory of a function, in gigabytes.
const FUNCTION_GB: Decimal = Decimal::from_parts(125, 0, 0, false, 3);

const DIGITS: u32 = 6;

/// What a run would have cost on AWS, in US dollars; amounts are text in JSON.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Cost {
    #[serde(serialize_with = "as_text")]
    pub(crate) total: Decimal,
    #[serde(serialize_with = "as_text")]
    pub(crate) dynamodb: Decimal,
    #[serde(serialize_with = "as_text")]
    pub(crate) lambda: Decimal,
    #[serde(serialize_with = "as_text")]
    pub(crate) sqs: Decimal,
    #[serde(serialize_with = "as_text")]
    pub(crate) write_units: Decimal,
    #[serde(serialize_with = "as_text")]
    pub(crate) read_units: Decimal,
    pub(crate) sqs_calls: u64,
    pub(crate) invocations: u64,
    #[serde(serialize_with = "as_text")]
    pub(crate) gb_seconds: Decimal,
}

fn as_text<S: serde::Serializer>(amount: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(amount)
}

impl Cost {
    /// Reckons what was counted.
    pub(crate) fn of(dynamodb: &MeterReading, sqs_calls: u64, worked: Worked) -> Self {
        let units = dynamodb.total(Service::DynamoDb);
        let decimal = |number: f64| Decimal::from_f64(number).unwrap_or_default();
        // A refused conditional write is billed as one unit and not reported.
        let write_units = decimal(units.write_units) + Decimal::from(units.refused);
        let read_units = decimal(units.read_units);
        let gb_seconds = Decimal::from(worked.ms) / Decimal::ONE_THOUSAND * FUNCTION_GB;
        let million = |number: Decimal, price: Decimal| number * price / price::PER;
        let dynamodb = million(write_units, price::WRITES) + million(read_units, price::READS);
        let lambda = million(Decimal::from(worked.messages), price::INVOCATIONS)
            + million(gb_seconds, price::GB_SECONDS);
        let sqs = million(Decimal::from(sqs_calls), price::SQS);
        Self {
            total: (dynamodb + lambda + sqs).round_dp(DIGITS),
            dynamodb: dynamodb.round_dp(DIGITS),
            lambda: lambda.round_dp(DIGITS),
            sqs: sqs.round_dp(DIGITS),
            write_units,
            read_units,
            sqs_calls,
            invocations: worked.messages,
            gb_seconds: gb_seconds.round_dp(DIGITS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_messages_cost_their_list_price() {
        let worked = Worked { ms: 8_000, messages: 1_000_000 };
        let cost = Cost::of(&MeterReading::default(), 1_000_000, worked);
        assert_eq!(cost.sqs.to_string(), "0.40");
        assert_eq!(cost.gb_seconds.to_string(), "1.000");
        assert_eq!(cost.lambda.to_string(), "0.200013");
    }
}
