use std::collections::BTreeSet;

use flyball_domain::{Record, RecordBody};
use serde_json::Value;

/// The path to the first thing in which two records differ, and what they have there; empty where
/// they don't.
pub fn difference(found: &Record, expected: &Record) -> String {
    first(&json(found), &json(expected))
}

fn json(record: &Record) -> Value {
    let body = match &record.body {
        RecordBody::Product(product) => serde_json::to_value(product),
        RecordBody::Order(order) => serde_json::to_value(order),
    };
    body.unwrap_or_default()
}

fn first(found: &Value, expected: &Value) -> String {
    match (found, expected) {
        _ if found == expected => String::new(),
        (Value::Object(found), Value::Object(expected)) => {
            let names: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
            let other = names.into_iter().find(|name| found.get(*name) != expected.get(*name));
            other.map_or_else(String::new, |name| match (found.get(name), expected.get(name)) {
                (Some(found), Some(expected)) => format!(".{name}{}", first(found, expected)),
                (Some(found), None) => format!(".{name}: found {found}, nothing was expected"),
                (None, Some(expected)) => format!(".{name}: found nothing, expected {expected}"),
                (None, None) => String::new(),
            })
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            let mut pairs = found.iter().zip(expected).enumerate();
            let other = pairs.find(|(_, (found, expected))| found != expected);
            other.map_or_else(String::new, |(at, (found, expected))| {
                format!("[{at}]{}", first(found, expected))
            })
        }
        _ => format!(": found {found}, expected {expected}"),
    }
}
