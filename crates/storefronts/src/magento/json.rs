//! JSON as PHP writes it.

use rust_decimal::Decimal;
use serde_json::{Map, Number, Value};

/// The most digits behind the point of an amount.
const DIGITS: u32 = 4;

/// Members that are written though they are null: their getters promise a value
/// (`Magento\Framework\Reflection\DataObjectProcessor` leaves out only those that promise none).
const NULL_TOO: &[&str] = &[
    "account_status",
    "cc_last4",
    "comment",
    "customer_email",
    "description",
    "label",
    "low_stock_date",
    "parent_txn_id",
    "sample_type",
    "track_number",
];

/// An amount or a quantity: a number with at most four digits behind the point.
pub(super) fn number(value: Decimal) -> Value {
    let value = rounded(value);
    if value.is_integer()
        && let Ok(whole) = i64::try_from(value)
    {
        return whole.into();
    }
    let float = value.to_string().parse().ok().and_then(Number::from_f64);
    float.map_or(Value::Null, Value::Number)
}

/// The digits of a number as they are written.
pub(super) fn rounded(value: Decimal) -> Decimal {
    value.round_dp(DIGITS).normalize()
}

/// `1` or `0`.
pub(super) fn flag(is_set: bool) -> Value {
    u8::from(is_set).into()
}

/// The same without members that are null, at any depth.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object
                .into_iter()
                .filter(|(name, value)| !value.is_null() || NULL_TOO.contains(&name.as_str()))
                .map(|(name, value)| (name, without_nulls(value)));
            Value::Object(kept.collect())
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// Extension attributes: PHP can't tell an empty object from an empty array.
pub(super) fn extension(mut members: Map<String, Value>) -> Value {
    members.retain(|_, value| !value.is_null());
    if members.is_empty() { Value::Array(Vec::new()) } else { Value::Object(members) }
}

/// The members of an object.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_have_no_more_digits_than_they_need() {
        for (text, expected) in [
            ("45", "45"),
            ("45.00", "45"),
            ("45.50", "45.5"),
            ("-3.3", "-3.3"),
            ("0.12345", "0.1234"),
            ("99999999999.9999", "99999999999.9999"),
        ] {
            assert_eq!(number(text.parse().unwrap()).to_string(), expected);
        }
    }

    #[test]
    fn nulls_are_left_out_unless_a_value_was_promised() {
        let value = json!({"a": null, "b": [{"c": null, "d": 1}], "label": null});
        assert_eq!(without_nulls(value), json!({"b": [{"d": 1}], "label": null}));
    }

    #[test]
    fn nothing_to_say_is_an_empty_array() {
        assert_eq!(extension(object(json!({"a": null}))), json!([]));
        assert_eq!(extension(object(json!({"a": 1}))), json!({"a": 1}));
    }
}
