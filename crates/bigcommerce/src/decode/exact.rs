//! What is kept as it came.

use flyball_connector::decode::{RowError, decimal};
use flyball_connector::json::{At, Form};
use serde_json::{Map, Value};

/// The deepest nesting of what is kept as it came.
const DEPTH_MAX: usize = 64;

/// A value as it came: a number that a float would change is kept as the text of its digits.
///
/// # Errors
/// Nested too deeply.
pub(crate) fn exact(raw: At<'_, '_>) -> Result<Value, RowError> {
    exact_within(raw, 0)
}

fn exact_within(raw: At<'_, '_>, depth: usize) -> Result<Value, RowError> {
    if depth >= DEPTH_MAX {
        let what = format!("found more than {DEPTH_MAX} levels of nesting");
        return Err(RowError::Value { at: "…".to_owned(), what });
    }
    let inner = depth.saturating_add(1);
    Ok(match raw.form() {
        Form::Object => {
            let mut map = Map::new();
            for (key, value) in raw.fields() {
                map.insert(key.into_owned(), exact_within(value, inner)?);
            }
            Value::Object(map)
        }
        Form::List => {
            let list: Result<_, _> = raw.elements().map(|one| exact_within(one, inner)).collect();
            Value::Array(list?)
        }
        Form::Number => number(raw.raw()),
        Form::Null | Form::Flag | Form::Text => raw.read()?,
    })
}

fn number(digits: &str) -> Value {
    match serde_json::from_str::<Value>(digits) {
        Ok(value)
            if decimal(&value.to_string()) == decimal(digits) && decimal(digits).is_some() =>
        {
            value
        }
        Ok(_) | Err(_) => Value::String(digits.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use flyball_connector::json::Json;

    use super::*;
    use crate::decode::fields::Fields;

    fn extra(json: &str) -> String {
        let mut extra = Map::new();
        let json = Json::parse(json).unwrap();
        Fields::read(json.root()).unwrap().rest(&mut extra).unwrap();
        Value::Object(extra).to_string()
    }

    #[test]
    fn what_is_not_taken_is_kept_in_the_vendors_order_and_digits() {
        for json in [
            r#"{"b":1,"a":[1.5,{"c":null}],"id":9007199254740993}"#,
            r#"{"price":7.95,"text":"ü","flag":true}"#,
        ] {
            assert_eq!(extra(json), json);
        }
    }

    #[test]
    fn a_number_that_a_float_would_change_is_kept_as_its_digits() {
        for digits in ["0.1234567890123456789", "1e400", "123456789012345678901234567890"] {
            assert_eq!(extra(&format!(r#"{{"n":{digits}}}"#)), format!(r#"{{"n":"{digits}"}}"#));
        }
    }

    #[test]
    fn nesting_has_a_bound() {
        let nested = |levels| format!(r#"{{"a":{}1{}}}"#, "[".repeat(levels), "]".repeat(levels));
        let read = |json: &str| {
            let json = Json::parse(json).unwrap();
            Fields::read(json.root()).unwrap().rest(&mut Map::new()).is_ok()
        };
        assert!(read(&nested(50)));
        assert!(!read(&nested(DEPTH_MAX)));
        assert!(!read(&nested(100_000)));
    }
}
