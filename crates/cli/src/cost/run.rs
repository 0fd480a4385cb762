//! What a run would have cost on AWS, from counted calls.

use flyball_local::Worked;
use flyball_runtime::{Counters, MeterReading, Service};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde::Serialize;

use super::price;

/// The memory of a function, in gigabytes.
const FUNCTION_GB: Decimal = Decimal::from_parts(125, 0, 0, false, 3);

const DIGITS: u32 = 6;

/// What a run would have cost on AWS, in US dollars; amounts are text in JSON.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct RunCost {
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

/// Write and read units that are billed: a refused conditional write is, as one, and not reported.
pub(super) fn billed_units(counted: Counters) -> (Decimal, Decimal) {
    let decimal = |number: f64| Decimal::from_f64(number).unwrap_or_default();
    (decimal(counted.write_units) + Decimal::from(counted.refused), decimal(counted.read_units))
}

fn as_text<S: serde::Serializer>(amount: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(amount)
}

impl RunCost {
    /// Reckons what was counted.
    pub(crate) fn of(dynamodb: &MeterReading, sqs_calls: u64, worked: Worked) -> Self {
        let units = dynamodb.total(Service::DynamoDb);
        let (write_units, read_units) = billed_units(units);
        let gb_seconds = Decimal::from(worked.ms) / Decimal::ONE_THOUSAND * FUNCTION_GB;
        let dynamodb =
            price::million(write_units, price::WRITES) + price::million(read_units, price::READS);
        let lambda = price::million(Decimal::from(worked.messages), price::INVOCATIONS)
            + price::million(gb_seconds, price::GB_SECONDS);
        let sqs = price::million(Decimal::from(sqs_calls), price::SQS);
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
        let cost = RunCost::of(&MeterReading::default(), 1_000_000, worked);
        assert_eq!(cost.sqs.to_string(), "0.40");
        assert_eq!(cost.gb_seconds.to_string(), "1.000");
        assert_eq!(cost.lambda.to_string(), "0.200013");
    }
}
