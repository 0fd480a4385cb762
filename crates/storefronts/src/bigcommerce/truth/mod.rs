//! What an import must come to, straight from the stock. What has no place of its own is what the
//! API says, under the API's names.

mod order;
mod product;
mod settled;

use flyball_domain::{Amount, Currency, Field, IdError, Money, VendorId};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value};

pub(super) use order::order;
pub(super) use product::product;

/// The digits behind the point of an amount in v2.
const DIGITS: u32 = 4;

fn id(number: u64) -> Result<VendorId, IdError> {
    number.to_string().parse()
}

/// A text, where an empty one is none.
fn told(text: &str) -> Field<String> {
    if text.trim().is_empty() { Field::Null } else { Field::Value(text.to_owned()) }
}

/// An amount with the digits of v3.
fn v3(amount: Decimal, currency: Currency) -> Money {
    Money { amount: amount.normalize(), currency }
}

/// An amount with the digits of v2.
fn v2(amount: Decimal, currency: Currency) -> Money {
    let mut amount = amount.round_dp_with_strategy(DIGITS, RoundingStrategy::MidpointAwayFromZero);
    amount.rescale(DIGITS);
    Money { amount, currency }
}

/// An amount of an order.
fn amount(shop: Money) -> Field<Amount> {
    Field::Value(Amount { shop, presentment: None })
}

/// What the API says beyond what has a place of its own.
fn beyond(said: Map<String, Value>, placed: &[&str]) -> Map<String, Value> {
    said.into_iter().filter(|(name, _)| !placed.contains(&name.as_str())).collect()
}
