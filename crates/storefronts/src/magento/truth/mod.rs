//! What an import must come to, straight from the stock. What has no place of its own in a record
//! stands there as the vendor says it, under the vendor's names.

mod belongings;
mod order;
mod people;
mod product;

use flyball_domain::{Currency, Money, VendorId};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

pub(super) use order::order;
pub(super) use product::product;

use super::json::rounded;

/// An id made of a number.
fn id(number: u64) -> Result<VendorId, flyball_domain::IdError> {
    number.to_string().parse()
}

/// An amount with the digits that are written.
fn money(amount: Decimal, currency: Currency) -> Money {
    Money { amount: rounded(amount), currency }
}

/// What is left of an object without members that have a place of their own.
fn rest(value: Value, placed: &[&str]) -> Map<String, Value> {
    match value {
        Value::Object(object) => {
            object.into_iter().filter(|(name, _)| !placed.contains(&name.as_str())).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}
