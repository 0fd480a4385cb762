use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_governor_core::item::{Item, Value};

/// An item as `DynamoDB` gives it, as far as a lane can hold its types. Attributes of other types
/// are none of a lane's and are left out.
pub(crate) fn from_dynamodb(item: &HashMap<String, AttributeValue>) -> Item {
    item.iter().filter_map(|(name, value)| Some((name.clone(), value_from(value)?))).collect()
}

fn value_from(value: &AttributeValue) -> Option<Value> {
    if let Ok(number) = value.as_n() {
        return number.parse().ok().map(Value::Number);
    }
    if let Ok(text) = value.as_s() {
        return Some(Value::Text(text.clone()));
    }
    value.as_m().ok().map(|entries| Value::Map(from_dynamodb(entries)))
}

/// A value as `DynamoDB` takes it.
pub(crate) fn to_dynamodb(value: &Value) -> AttributeValue {
    match value {
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::Text(text) => AttributeValue::S(text.clone()),
        Value::Map(entries) => AttributeValue::M(
            entries.iter().map(|(name, value)| (name.clone(), to_dynamodb(value))).collect(),
        ),
    }
}
