//! Nothing of a payload is dropped: every value of the vendor's is found in the record.

use flyball_domain::{Kind, UnixMillis};
use jiff::fmt::rfc2822::DateTimeParser;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::common::{ORDER, PRODUCTS, all_shown, answer, changed, plan, walked};

/// What is not found in a record as it was, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("url", "the address of a further resource, which is asked for by itself"),
    ("resource", "the same"),
    ("is_tax_inclusive_pricing", "a field of its own, without a word that could be looked for"),
];

/// The scalars of a JSON value, each with the name it stands under.
fn leaves<'v>(name: &'v str, value: &'v Value, found: &mut Vec<(&'v str, &'v Value)>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, inner)| leaves(name, inner, found)),
        Value::Array(list) => list.iter().for_each(|inner| leaves(name, inner, found)),
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            found.push((name, scalar));
        }
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Decimal::from_str_exact(&text).ok()
}

fn millis(text: &str) -> Option<u64> {
    let of_v3 = UnixMillis::parse_rfc3339(text).ok().map(|at| at.0);
    of_v3.or_else(|| {
        let at = DateTimeParser::new().parse_timestamp(text).ok()?;
        u64::try_from(at.as_millisecond()).ok()
    })
}

/// Empty texts and zeros are how the vendor writes that there is none.
fn is_none(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("") || decimal(value) == Some(Decimal::ZERO)
}

fn is_kept(name: &str, value: &Value, record: &[(&str, &Value)]) -> bool {
    record.iter().any(|(kept_name, kept)| {
        let same = kept == &value || (decimal(value).is_some() && decimal(kept) == decimal(value));
        match value {
            Value::Bool(_) => same && *kept_name == name,
            Value::String(text) => {
                let time = millis(text).is_some() && kept.as_u64() == millis(text);
                let word = kept.as_str().is_some_and(|kept| {
                    kept.contains(text.trim_matches('/')) || kept == text.to_lowercase()
                });
                same || time || word
            }
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => same,
        }
    })
}

fn lost(payloads: &[&str], record: &Value) -> Vec<String> {
    let payloads: Vec<Value> =
        payloads.iter().map(|payload| serde_json::from_str(payload).unwrap()).collect();
    let rows: Vec<&Value> =
        payloads.iter().map(|payload| payload.get("data").unwrap_or(payload)).collect();
    let (mut sent, mut kept) = (Vec::new(), Vec::new());
    for row in rows {
        leaves("", row, &mut sent);
    }
    leaves("", record, &mut kept);
    sent.retain(|(name, value)| {
        let excepted = EXCEPTIONS.iter().any(|(exception, _)| exception == name);
        !excepted && !is_none(value) && !is_kept(name, value, &kept)
    });
    sent.iter().map(|(name, value)| format!("{name}: {value}")).collect()
}

fn product() -> Value {
    let (pages, _) = walked(&plan(Kind::Products, changed()), |path| answer(path, PRODUCTS));
    all_shown(&pages).swap_remove(0)
}

fn order() -> Value {
    let page = format!("[{ORDER}]");
    let (pages, _) = walked(&plan(Kind::Orders, changed()), |path| answer(path, &page));
    all_shown(&pages).swap_remove(0)
}

#[test]
fn every_value_of_a_product_is_found_in_the_record() {
    let payloads = [PRODUCTS, include_str!("../payloads/metafields.json")];
    assert_eq!(lost(&payloads, &product()), Vec::<String>::new());
}

#[test]
fn every_value_of_an_order_is_found_in_the_record() {
    let payloads = [
        ORDER,
        include_str!("../payloads/coupons.json"),
        include_str!("../payloads/taxes.json"),
        include_str!("../payloads/shipments.json"),
        include_str!("../payloads/transactions.json"),
        include_str!("../payloads/refunds.json"),
    ];
    assert_eq!(lost(&payloads, &order()), Vec::<String>::new());
}

#[test]
fn whatever_tells_of_the_buyer_stands_in_one_field() {
    let mut order = order();
    let fields: &mut Map<String, Value> = order.as_object_mut().unwrap();
    drop(fields.remove("personal"));
    let text = order.to_string();
    for personal in [
        "Mara",
        "Lind",
        "Noa",
        "Winter",
        "Gasse",
        "Hauptplatz",
        "Graz",
        "Wels",
        "8010",
        "4600",
        "mara@example.com",
        "noa@example.com",
        "digital@example.com",
        "gift@example.com",
        "+43 316",
        "555-02",
        "192.0.2.17",
        "2001:db8",
        "Austria",
        "backyard",
        "Ring the bell",
        "Called twice",
        "411111",
        "1112",
        "tok-1",
    ] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
}

#[test]
fn a_record_asked_for_by_its_id_is_the_record_of_the_list() {
    let by_id = plan(Kind::Orders, crate::common::records(&["218"]));
    let (pages, paths) = walked(&by_id, |path| answer(path, ORDER));
    assert!(paths[0].starts_with("/v2/orders/218?include="), "{paths:?}");
    assert_eq!(all_shown(&pages), [order()]);
}
