//! What the content of a product or an order must be like to be in a list.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// A parameter that tests a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Test {
    /// The parameter's name.
    pub(super) name: &'static str,
    /// The field's.
    pub(super) field: &'static str,
    pub(super) way: Way,
}

/// How a field is held against the value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It is that; words in any case.
    Is,
    /// It is one of those.
    In,
    /// It is none of those.
    NotIn,
    /// It is that or more.
    Min,
    /// It is that or less.
    Max,
    /// It is more.
    Greater,
    /// It is less.
    Less,
    /// It is a list of that alone.
    Alone,
    /// It is a list that holds all of those.
    HoldsAll,
}

impl Test {
    pub(super) const fn new(name: &'static str, field: &'static str, way: Way) -> Self {
        Self { name, field, way }
    }

    /// Whether a record passes, where the parameter has a value.
    pub(super) fn passes(&self, record: &Map<String, Value>, wanted: &str) -> bool {
        let found = record.get(self.field).unwrap_or(&Value::Null);
        let mut each = wanted.split(',').map(str::trim);
        let compared = |ordering: fn(Decimal, Decimal) -> bool| {
            amount(found).zip(decimal(wanted)).is_some_and(|(found, than)| ordering(found, than))
        };
        match self.way {
            Way::Is => is(found, wanted),
            Way::In => each.any(|wanted| is(found, wanted)),
            Way::NotIn => !each.any(|wanted| is(found, wanted)),
            Way::Min => compared(|found, than| found >= than),
            Way::Max => compared(|found, than| found <= than),
            Way::Greater => compared(|found, than| found > than),
            Way::Less => compared(|found, than| found < than),
            Way::Alone => matches!(items(found), [only] if is(only, wanted)),
            Way::HoldsAll => each.all(|wanted| items(found).iter().any(|item| is(item, wanted))),
        }
    }
}

/// Two values of a field, for sorting.
pub(super) fn compare(left: &Value, right: &Value) -> core::cmp::Ordering {
    match (amount(left), amount(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => text(left).cmp(&text(right)),
    }
}

fn items(found: &Value) -> &[Value] {
    found.as_array().map_or(&[], Vec::as_slice)
}

fn is(found: &Value, wanted: &str) -> bool {
    match found {
        Value::Bool(found) => {
            matches!((found, wanted), (true, "1" | "true") | (false, "0" | "false"))
        }
        Value::Number(_) => amount(found) == decimal(wanted),
        Value::String(found) => {
            found == wanted || (found.is_ascii() && found.eq_ignore_ascii_case(wanted))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_lowercase)
}

/// A number, or a text that is one: v2 writes amounts so.
fn amount(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => decimal(&number.to_string()),
        Value::String(text) => decimal(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_way_holds_a_field_against_a_value() {
        let Value::Object(record) = json!({
            "name": "Walnut Mug", "price": 19.9, "total": "19.9000", "is_visible": true,
            "categories": [3, 7], "only": [3], "nothing": null,
        }) else {
            panic!("an object")
        };
        for (field, way, wanted, expected) in [
            ("name", Way::Is, "walnut mug", true),
            ("name", Way::Is, "Walnut", false),
            ("name", Way::In, "Oak Mug,Walnut Mug", true),
            ("name", Way::NotIn, "Oak Mug,Walnut Mug", false),
            ("price", Way::Is, "19.90", true),
            ("total", Way::Min, "19.9", true),
            ("total", Way::Greater, "19.9", false),
            ("price", Way::Max, "19.89", false),
            ("price", Way::Less, "20", true),
            ("price", Way::Less, "many", false),
            ("is_visible", Way::Is, "1", true),
            ("is_visible", Way::Is, "false", false),
            ("categories", Way::Alone, "3", false),
            ("only", Way::Alone, "3", true),
            ("categories", Way::HoldsAll, "3,7", true),
            ("categories", Way::HoldsAll, "3,8", false),
            ("nothing", Way::Min, "0", false),
            ("nothing", Way::NotIn, "0", true),
        ] {
            let found = Test::new("parameter", field, way).passes(&record, wanted);
            assert_eq!(found, expected, "{field} {way:?} {wanted}");
        }
    }

    #[test]
    fn values_are_sorted_as_numbers_where_they_are_some() {
        assert!(compare(&json!(9), &json!(10)).is_lt());
        assert!(compare(&json!("b"), &json!("A")).is_gt());
        assert!(compare(&json!(false), &json!(true)).is_lt());
    }
}
