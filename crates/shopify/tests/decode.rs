//! Payloads taken out of their walks: what is made of them, and that nothing of them is lost.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic"
)]

use std::collections::BTreeSet;

use flyball_connector::{DecodeContext, Decoded};
use flyball_domain::{Field, Kind, Record, RecordBody, Row, UnixMillis};
use flyball_shopify::decode;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

const PRODUCTS: &str = include_str!("payloads/page.json");
const ORDERS: &str = include_str!("payloads/orders.json");
const KINDS: [(Kind, &str); 2] = [(Kind::Products, PRODUCTS), (Kind::Orders, ORDERS)];

fn decoded(kind: Kind, payload: &str) -> Decoded {
    decode(kind, payload.as_bytes(), &DecodeContext::default()).unwrap()
}

fn records(decoded: Decoded) -> Vec<Record> {
    let record = |row| match row {
        Row::Good(record) => record,
        Row::Bad(_) | Row::Gone(_) => panic!("{row:?}"),
    };
    decoded.rows.into_iter().map(record).collect()
}

fn json_of(record: &Record) -> Value {
    match &record.body {
        RecordBody::Product(product) => serde_json::to_value(product).unwrap(),
        RecordBody::Order(order) => serde_json::to_value(order).unwrap(),
    }
}

fn payload(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn nodes(text: &str) -> Vec<Value> {
    payload(text)["data"]["list"]["nodes"].as_array().unwrap().clone()
}

fn leaves(value: &Value, at: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| leaves(value, &format!("{at}.{name}"), found));
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(item, at, found)),
        Value::String(text) => found.push((at.to_owned(), text.clone())),
        Value::Number(number) => found.push((at.to_owned(), number.to_string())),
        Value::Bool(flag) => found.push((at.to_owned(), flag.to_string())),
        Value::Null => {}
    }
}

/// What of a payload need not be found in its record, and why.
const NOT_KEPT: &[(&str, &str)] = &[
    (".pageInfo.", "where a list goes on is the walk's to know"),
    (".inventoryLevels.nodes.id", "made of the ids of the location and the inventory item"),
    (".fulfillmentLineItems.nodes.id", "a line of a fulfillment is known by the order's line"),
    (".inventoryLevels.nodes.quantities.name", "a key in the level's extra, or `available`"),
    (".isGiftCard", "of a product: its form"),
    (".mediaContentType", "of a picture: it stands among the pictures"),
];

fn forms(text: &str) -> Vec<String> {
    let mut forms = vec![text.to_owned(), text.to_ascii_lowercase()];
    forms.extend(text.rsplit('/').next().map(str::to_owned));
    forms.extend(UnixMillis::parse_rfc3339(text).ok().map(|at| at.0.to_string()));
    if let Ok(number) = text.parse::<Decimal>() {
        forms.push(number.to_string());
        forms.push((number * Decimal::ONE_HUNDRED).normalize().to_string());
    }
    forms
}

#[test]
fn every_leaf_of_a_full_payload_is_found_in_its_record() {
    for (kind, text) in KINDS {
        let records = records(decoded(kind, text));
        for (node, record) in nodes(text).iter().zip(&records) {
            let mut kept = Vec::new();
            leaves(&json_of(record), "", &mut kept);
            let kept: BTreeSet<String> = kept.into_iter().map(|(_, text)| text).collect();
            let mut given = Vec::new();
            leaves(node, "", &mut given);
            for (at, text) in given {
                let is_kept = forms(&text).iter().any(|form| kept.contains(form));
                let is_excused = NOT_KEPT.iter().any(|(part, _)| at.contains(part));
                assert!(is_kept || is_excused, "{kind}{at}: {text:?} is lost");
            }
        }
    }
}

#[test]
fn a_full_payload_leaves_nothing_unused() {
    for (kind, text) in KINDS {
        assert_eq!(decoded(kind, text).unused, [], "{kind}");
    }
}

#[test]
fn a_page_a_list_edges_and_single_records_are_read_alike() {
    for (kind, text) in KINDS {
        let nodes = nodes(text);
        let expected = records(decoded(kind, text));
        let edges: Vec<Value> =
            nodes.iter().map(|node| json!({"cursor": "c", "node": node})).collect();
        let name = if kind == Kind::Products { "products" } else { "orders" };
        let shop = json!({"currencyCode": "EUR"});
        for form in [
            json!({"data": {"shop": shop, name: {"edges": edges}}}),
            json!({"data": {"shop": shop, "nodes": nodes}}),
            json!({"data": {"shop": shop, name: nodes}}),
        ] {
            assert_eq!(records(decoded(kind, &form.to_string())), expected, "{form}");
        }
        let context = DecodeContext { currency: Some("EUR".parse().unwrap()) };
        for form in [json!(nodes), json!({"edges": edges}), json!({"nodes": nodes})] {
            let decoded = decode(kind, form.to_string().as_bytes(), &context).unwrap();
            assert_eq!(records(decoded), expected, "{form}");
        }
        let one = decode(kind, nodes[0].to_string().as_bytes(), &context).unwrap();
        assert_eq!(records(one), expected[..1]);
    }
}

#[test]
fn what_is_not_asked_for_is_kept_in_extra_or_named() {
    let mut product = nodes(PRODUCTS)[0].clone();
    product["bodyHtml"] = "<p>A mug.</p>".into();
    product["seo"]["robots"] = "none".into();
    product["variants"]["nodes"][0]["legacyResourceId"] = "21".into();
    let decoded = decoded(Kind::Products, &product.to_string());
    let named: Vec<&str> = decoded.unused.iter().map(|unused| unused.at.as_str()).collect();
    assert_eq!(named, ["seo.robots", "variants.nodes[0].legacyResourceId"]);
    let RecordBody::Product(product) = &records(decoded)[0].body else { panic!("no product") };
    assert_eq!(product.extra["bodyHtml"], "<p>A mug.</p>");
}

#[test]
fn a_list_that_goes_on_an_error_and_a_missing_record_are_named() {
    let mut page = payload(PRODUCTS);
    page["data"]["list"]["pageInfo"]["hasNextPage"] = true.into();
    let variants = &mut page["data"]["list"]["nodes"][0]["variants"];
    variants["pageInfo"] = json!({"hasNextPage": true, "endCursor": "c"});
    page["data"]["list"]["nodes"][0]["seo"] = Value::Null;
    page["errors"] = json!([{"message": "timed out", "path": ["list", "nodes", 0, "seo"]}]);
    let named = decoded(Kind::Products, &page.to_string());
    let at: Vec<&str> = named.unused.iter().map(|unused| unused.at.as_str()).collect();
    assert_eq!(at, ["list[0].variants", "list.nodes[0].seo", "list"]);
    let RecordBody::Product(product) = &records(named)[0].body else { panic!("no product") };
    assert!(!product.extra.contains_key("seo"), "what an error kept from us is not null");

    let gone = decoded(Kind::Orders, r#"{"data":{"order":null}}"#);
    assert_eq!(gone.rows, []);
    assert_eq!(gone.unused[0].at, "order");
}

#[test]
fn a_record_without_a_time_that_can_be_read_is_shown_and_the_time_named() {
    for at in ["\"redacted\"", "null"] {
        let text = format!(r#"{{"id":"gid://shopify/Product/7","updatedAt":{at},"title":"Mug"}}"#);
        let decoded = decoded(Kind::Products, &text);
        assert_eq!(decoded.unused[0].at, "updatedAt");
        let RecordBody::Product(product) = &records(decoded)[0].body else { panic!("no product") };
        assert_eq!(product.title, Field::Value("Mug".to_owned()));
    }
}

#[test]
fn what_is_no_payload_of_the_kind_is_refused_with_what_was_expected() {
    for (kind, text, found) in [
        (Kind::Products, "", "found no JSON"),
        (Kind::Products, "7", "found \"7\""),
        (Kind::Products, "{}", "found an object without an id"),
        (Kind::Products, r#"{"data":{"shop":{}}}"#, "found an answer without them"),
        (Kind::Products, r#"{"id":"gid://shopify/Order/7"}"#, "found a record of type Order"),
        (Kind::Orders, r#"{"id":450789469}"#, "found a record of id 450789469, which is none"),
        (Kind::Orders, r#"{"data":{"orders":7}}"#, "found invalid type"),
    ] {
        let error = decode(kind, text.as_bytes(), &DecodeContext::default()).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with(found), "{text}: {error}");
        assert!(error.contains("where an answer of Shopify's GraphQL Admin API"), "{error}");
    }
}

/// Every payload, cut after each of its bytes.
#[test]
fn no_cut_makes_it_panic() {
    for (kind, text) in KINDS {
        let text = payload(text).to_string();
        for end in 0..text.len() {
            drop(decode(kind, &text.as_bytes()[..end], &DecodeContext::default()));
        }
    }
}

fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| pointers(value, &format!("{at}/{name}"), all));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, item)| pointers(item, &format!("{at}/{index}"), all));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn no_value_of_another_kind_makes_it_panic_and_each_row_comes_as_one() {
    let odd = [Value::Null, json!([]), json!({}), json!([null]), json!(1e300)];
    for (kind, text) in KINDS {
        let whole = payload(text);
        let mut all = Vec::new();
        pointers(&whole, "", &mut all);
        for at in all {
            for with in &odd {
                let mut changed = whole.clone();
                *changed.pointer_mut(&at).unwrap() = with.clone();
                let read = decode(kind, changed.to_string().as_bytes(), &DecodeContext::default());
                if at.starts_with("/data/list/nodes/0/") {
                    assert_eq!(read.unwrap().rows.len(), nodes(text).len(), "{at}: {with}");
                }
            }
        }
    }
}

/// What once was, or could be, trouble.
#[test]
fn no_text_of_the_corpus_makes_it_panic() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for (kind, _) in KINDS {
            drop(decode(kind, &bytes, &DecodeContext::default()));
        }
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for (kind, _) in KINDS {
            drop(decode(kind, &bytes, &DecodeContext::default()));
        }
    }

    #[test]
    fn no_damage_makes_it_panic(
        which in any::<bool>(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (kind, text) = KINDS[usize::from(which)];
        let mut bytes = text.as_bytes().to_vec();
        for (at, with) in damage {
            let at = at.index(bytes.len());
            bytes[at] = with;
        }
        drop(decode(kind, &bytes, &DecodeContext::default()));
    }
}
