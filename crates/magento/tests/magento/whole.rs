//! Nothing of a payload is dropped: every value of the vendor's is found in the record, in a place of
//! its own or in `extra`.

use std::collections::BTreeSet;

use crate::common::{canned, first_page, shown};
use flyball_domain::Kind;
use serde_json::Value;

/// Values that are said in other words, or that lead nowhere else.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("items.status", "1 and 2 are `active` and `disabled`"),
    ("items.type_id", "`giftcard` is `gift_card`"),
    ("items.custom_attributes.special_from_date", "a moment where the zone is UTC"),
    ("items.custom_attributes.attribute_code", "two attributes have places of their own"),
    ("items.product_links.link_type", "members of a group are components"),
    ("items.sku", "of a source item: the product's own, in letters of another case"),
    ("items.is_virtual", "whether it must be shipped"),
    ("items.items.is_virtual", "whether it must be shipped"),
    ("items.extension_attributes.shipping_assignments.items", "repeats the order's lines"),
    ("items.items.parent_item", "repeats a line of the order"),
    ("items.order_id", "the order that it is in"),
    ("items.state", "of an invoice: `open`, `paid` or `canceled`"),
    ("items.is_closed", "`open` or `closed`"),
];

/// The values of a payload, with their paths.
fn leaves(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(all) => all.iter().for_each(|value| leaves(value, path, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(value, &path, found);
            }
        }
        Value::Null => {}
        other => found.push((path.to_owned(), canonical(other))),
    }
}

/// Numbers without trailing zeros or sign, times as milliseconds, texts that hold JSON as that.
fn canonical(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Ok(time) = flyball_domain::UnixMillis::parse_rfc3339(&text.replace(' ', "T").add_zone())
    {
        return time.0.to_string();
    }
    match text.parse::<f64>() {
        Ok(number) if !text.is_empty() => number.abs().to_string(),
        _ => text,
    }
}

trait AddZone {
    fn add_zone(self) -> String;
}

impl AddZone for String {
    fn add_zone(mut self) -> String {
        self.push('Z');
        self
    }
}

fn is_exception(path: &str) -> bool {
    EXCEPTIONS.iter().any(|(exception, _)| {
        path == *exception || path.strip_prefix(exception).is_some_and(|rest| rest.starts_with('.'))
    })
}

fn dropped(resources: &[&str], kind: Kind) -> Vec<(String, String)> {
    let rows = first_page(kind, &|resource| canned(resource).to_owned());
    let record = shown(&rows);
    let mut kept = Vec::new();
    leaves(&record, "", &mut kept);
    let kept: BTreeSet<String> = kept.into_iter().map(|(_, value)| value).collect();
    let whole = record.to_string();
    let mut dropped = Vec::new();
    for resource in resources {
        let payload: Value = serde_json::from_str(canned(resource)).unwrap();
        let mut all = Vec::new();
        leaves(&serde_json::json!({"items": payload["items"]}), "", &mut all);
        dropped.extend(all.into_iter().filter(|(path, value)| {
            let part_of_text = value.len() > 5 && whole.contains(value.as_str());
            !kept.contains(value) && !part_of_text && !is_exception(path)
        }));
    }
    dropped
}

#[test]
fn nothing_of_a_product_is_dropped() {
    let resources = ["products", "inventory/source-items", "categories/list"];
    assert_eq!(dropped(&resources, Kind::Products), []);
}

#[test]
fn nothing_of_an_order_or_what_belongs_to_it_is_dropped() {
    let resources = ["orders", "creditmemos", "shipments", "invoices", "transactions", "returns"];
    assert_eq!(dropped(&resources, Kind::Orders), []);
}

/// Who the buyer is stands in `personal` and nowhere else.
#[test]
fn nothing_that_says_who_the_buyer_is_is_outside_its_place() {
    let rows = first_page(Kind::Orders, &|resource| canned(resource).to_owned());
    let mut orders = shown(&rows);
    for order in orders.as_array_mut().unwrap() {
        order.as_object_mut().unwrap().remove("personal");
    }
    let rest = orders.to_string();
    for word in [
        "Ada",
        "Lark",
        "mail.example",
        "203.0.113",
        "Main Street",
        "1990-01-02",
        "TAX",
        "4242",
        "Please ring",
        "Enjoy",
    ] {
        assert!(!rest.contains(word), "{word}");
    }
}
