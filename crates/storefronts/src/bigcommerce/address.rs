//! Whom an order is billed and sent to.

use serde_json::{Map, Value, json};

use super::ids::{child_number, order_number};
use super::json::{fields, text};
use super::line::Sort;
use super::site::Site;
use super::taxed::Sums;
use crate::stock::{Shown, StockAddress, StockLine, StockOrder};

/// What machines know picking up in a store by.
const PICKUP: &str = "pickup";

/// How the goods of an order get to the buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Sent,
    PickedUp,
}

pub(super) fn way(order: &StockOrder) -> Way {
    let is_picked_up = order.shipping_lines.iter().any(|line| line.code == PICKUP);
    if is_picked_up { Way::PickedUp } else { Way::Sent }
}

/// Whether there is something that is sent.
pub(super) fn is_sent(order: &StockOrder) -> bool {
    way(order) == Way::Sent && order.lines.iter().any(is_physical)
}

fn is_physical(line: &StockLine) -> bool {
    Sort::of(line) == Sort::Physical
}

/// The id of where the goods are sent.
pub(super) fn number(index: u64) -> u64 {
    child_number(index, 0)
}

/// Where the bill goes, with what the buyer was asked besides.
pub(super) fn billing(order: &StockOrder) -> Value {
    let mut all = person(order, order.billing.as_ref());
    let asked: Vec<_> = order
        .attributes
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    all.insert("form_fields".to_owned(), asked.into());
    all.into()
}

/// Name, street and town.
pub(super) fn person(order: &StockOrder, address: Option<&StockAddress>) -> Map<String, Value> {
    let field = |of: fn(&StockAddress) -> &str| address.map_or("", of);
    let street = |line: usize| {
        address.and_then(|address| address.street.get(line)).map_or("", String::as_str)
    };
    let phone = address.and_then(|address| address.phone.as_deref()).or(order.phone.as_deref());
    fields(json!({
        "first_name": field(|address| &address.first_name),
        "last_name": field(|address| &address.last_name),
        "company": field(|address| address.company.as_deref().unwrap_or_default()),
        "street_1": street(0),
        "street_2": street(1),
        "city": field(|address| &address.city),
        "state": field(|address| address.region.as_ref().map_or("", |(_, name)| name)),
        "zip": field(|address| &address.postal_code),
        "country": field(|address| &address.country.1),
        "country_iso2": field(|address| &address.country.0),
        "phone": phone.unwrap_or_default(),
        "email": order.email.as_deref().unwrap_or_default(),
    }))
}

/// What the vendor calls the part of the world that goods are sent to.
pub(super) fn zone(order: &StockOrder) -> &str {
    order.shipping.as_ref().map_or("", |address| &address.country.1)
}

/// `/orders/{order_id}/shipping_addresses`.
pub(super) fn list(site: &Site, shown: &Shown<StockOrder>) -> Vec<Value> {
    let order = &shown.item;
    if !is_sent(order) {
        return Vec::new();
    }
    let (number, id) = (order_number(shown.index), number(shown.index));
    let mut all = Map::new();
    all.insert("id".to_owned(), id.into());
    all.insert("order_id".to_owned(), number.into());
    all.extend(person(order, order.shipping.as_ref()));
    all.extend(counts(order));
    all.extend(costs(order, text));
    all.extend(fields(json!({
        "shipping_zone_id": 1,
        "shipping_zone_name": zone(order),
        "shipping_quotes": site.link(&format!(
            "/orders/{number}/shipping_addresses/{id}/shipping_quotes"
        )),
        "form_fields": [],
    })));
    vec![all.into()]
}

/// How many things there are, how many of them were sent, and how.
pub(super) fn counts(order: &StockOrder) -> Map<String, Value> {
    let lines = order.lines.iter().enumerate().filter(|(_, line)| is_physical(line));
    let (items, sent) = lines.fold((0_u32, 0_u32), |(items, sent), (place, line)| {
        (items.saturating_add(line.quantity), sent.saturating_add(order.quantity_fulfilled(place)))
    });
    let method = order.shipping_lines.first().map_or("None", |line| &line.title);
    fields(json!({"items_total": items, "items_shipped": sent, "shipping_method": method}))
}

/// What sending costs, in the digits of either generation.
pub(super) fn costs(
    order: &StockOrder,
    write: impl Fn(rust_decimal::Decimal) -> Value,
) -> Map<String, Value> {
    let sums = Sums::of(order);
    let zero = write(rust_decimal::Decimal::ZERO);
    fields(json!({
        "base_cost": write(sums.base_shipping),
        "cost_ex_tax": write(sums.shipping.ex),
        "cost_inc_tax": write(sums.shipping.inc),
        "cost_tax": write(sums.shipping.tax),
        "cost_tax_class_id": 0,
        "base_handling_cost": zero,
        "handling_cost_ex_tax": zero,
        "handling_cost_inc_tax": zero,
        "handling_cost_tax": zero,
        "handling_cost_tax_class_id": 0,
    }))
}
