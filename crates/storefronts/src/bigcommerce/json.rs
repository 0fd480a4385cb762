use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value};

/// The digits behind the point of an amount in v2.
const DIGITS: u32 = 4;
/// The digits behind the point of a rate of exchange in v2.
const RATE_DIGITS: u32 = 10;

/// An amount as v3 writes it: a number without needless zeros.
pub(super) fn number(value: Decimal) -> Value {
    serde_json::from_str(&value.normalize().to_string()).unwrap_or(Value::Null)
}

/// An amount as v2 writes it: a text with four digits behind the point.
pub(super) fn text(value: Decimal) -> Value {
    digits(value, DIGITS)
}

/// A rate of exchange as v2 writes it: a text with ten digits behind the point.
pub(super) fn rate(value: Decimal) -> Value {
    digits(value, RATE_DIGITS)
}

/// An amount rounded to what v2 can show.
pub(super) fn rounded(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(DIGITS, RoundingStrategy::MidpointAwayFromZero)
}

fn digits(value: Decimal, digits: u32) -> Value {
    let mut value = value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    value.rescale(digits);
    value.to_string().into()
}

/// The fields of an object.
pub(super) fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_each_generation_writes_them() {
        for (found, v3, v2) in [
            ("109", "109", "109.0000"),
            ("49.50", "49.5", "49.5000"),
            ("0.00", "0", "0.0000"),
            ("45359.2370", "45359.237", "45359.2370"),
            ("0.00005", "0.00005", "0.0001"),
        ] {
            let found: Decimal = found.parse().unwrap();
            assert_eq!(number(found).to_string(), v3);
            assert_eq!(text(found), v2);
        }
        assert_eq!(rate(Decimal::ONE), "1.0000000000");
    }
}
