//! Whatever a store answers: nothing panics, nothing loops, and what can't be a record is named.

use crate::common::{NOW, canned, changed, connector, page, plan, resource};
use flyball_connector::{Connector, DecodeContext, Span, Step};
use flyball_domain::Kind;
use flyball_magento::decode;
use proptest::prelude::*;
use serde_json::{Value, json};

const RESOURCES: &[&str] = &[
    "store/storeConfigs",
    "products",
    "orders",
    "inventory/source-items",
    "categories/list",
    "products/attributes",
    "creditmemos",
    "shipments",
    "invoices",
    "transactions",
    "returns",
];

fn context() -> DecodeContext {
    DecodeContext { currency: "EUR".parse().ok() }
}

/// A walk in which one resource answers this, again and again.
fn walk_with(kind: Kind, odd: &str, body: &[u8]) {
    let mut walk = connector().walk(&plan(kind, changed())).unwrap();
    let (mut steps, mut failures) = (0, 0);
    while failures < 5 && steps < 60 {
        steps += 1;
        match walk.next() {
            Step::Call(call) => {
                let asked = resource(&call);
                let body = if asked == odd { body.to_vec() } else { canned(&asked).into() };
                failures += usize::from(walk.absorb(http::Response::new(body), NOW).is_err());
            }
            Step::Page(_) | Step::Listed(_) => {}
            Step::Finished => break,
        }
    }
    drop(walk.break_off());
}

fn kind_of(resource: &str) -> Kind {
    match resource {
        "store/storeConfigs"
        | "products"
        | "inventory/source-items"
        | "categories/list"
        | "products/attributes" => Kind::Products,
        _ => Kind::Orders,
    }
}

fn survives(resource: &str, body: &[u8]) {
    for kind in [Kind::Products, Kind::Orders] {
        drop(decode(kind, body, &context()));
    }
    walk_with(kind_of(resource), resource, body);
}

#[test]
fn an_answer_cut_at_any_byte_is_no_answer() {
    for resource in RESOURCES {
        let compact: Value = serde_json::from_str(canned(resource)).unwrap();
        let whole = compact.to_string();
        for end in 0..whole.len() {
            let cut = whole.as_bytes().get(..end).unwrap_or_default();
            for kind in [Kind::Products, Kind::Orders] {
                assert!(decode(kind, cut, &context()).is_err(), "{resource} {end}");
            }
            if end % 16 == 0 {
                walk_with(kind_of(resource), resource, cut);
            }
        }
    }
}

/// The paths of all values.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(all) => {
            for (index, value) in all.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                pointers(value, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn any_value_may_be_anything_else() {
    let others = [json!(null), json!([]), json!({"a": [1]}), json!("x"), json!(1e300), json!(true)];
    for resource in RESOURCES {
        let whole: Value = serde_json::from_str(canned(resource)).unwrap();
        let mut all = Vec::new();
        pointers(&whole, "", &mut all);
        for (n, pointer) in all.iter().enumerate() {
            let mut changed = whole.clone();
            *changed.pointer_mut(pointer).unwrap() = others[n % others.len()].clone();
            survives(resource, changed.to_string().as_bytes());
        }
    }
}

/// What once was, or might be, hard to read; each file is an answer.
#[test]
fn the_corpus_is_survived() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let body = std::fs::read(entry.unwrap().path()).unwrap();
        for resource in RESOURCES {
            survives(resource, &body);
        }
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn an_order_of_a_thousand_lines_and_a_product_of_two_thousand_children_come_whole() {
    let mut orders: Value = serde_json::from_str(canned("orders")).unwrap();
    let line = orders["items"][0]["items"][0].clone();
    let lines = (0..1_000).map(|n| {
        let mut line = line.clone();
        line["item_id"] = json!(n);
        line
    });
    orders["items"][0]["items"] = lines.collect();
    let decoded = decode(Kind::Orders, orders.to_string().as_bytes(), &context()).unwrap();
    let shown = crate::common::shown(&decoded.rows);
    assert_eq!(shown[0]["lines"].as_array().unwrap().len(), 1_000);

    let mut products: Value = serde_json::from_str(canned("products")).unwrap();
    let children: Value = (0..2_000).collect();
    products["items"][0]["extension_attributes"]["configurable_product_links"] = children;
    let decoded = decode(Kind::Products, products.to_string().as_bytes(), &context()).unwrap();
    let shown = crate::common::shown(&decoded.rows);
    assert_eq!(shown[0]["components"].as_array().unwrap().len(), 2_000);
}

#[test]
fn a_thousand_words_of_a_store_are_cut_to_the_bound() {
    let long = "x".repeat(100_000);
    let body = json!({"message": long, "parameters": [long]}).to_string();
    let mut walk = connector().walk(&plan(Kind::Orders, Span::Listing)).unwrap();
    assert!(matches!(walk.next(), Step::Call(_)));
    let reply = http::Response::builder().status(403).body(body.into_bytes()).unwrap();
    let failure = walk.absorb(reply, NOW).unwrap_err();
    assert!(failure.evidence.message.chars().count() <= 300);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        body in prop::collection::vec(any::<u8>(), 0..300),
        status in 100_u16..999,
        which in 0..RESOURCES.len(),
    ) {
        survives(RESOURCES[which], &body);
        let mut walk = connector().walk(&plan(Kind::Orders, changed())).unwrap();
        drop(walk.next());
        let mut reply = http::Response::new(body);
        if let Ok(status) = http::StatusCode::from_u16(status) {
            *reply.status_mut() = status;
        }
        drop(walk.absorb(reply, NOW));
    }

    #[test]
    fn no_json_makes_it_panic(
        text in r#"(\{"items":\[\{("(id|entity_id|updated_at|items|payment)":("[0-9: -]{0,20}"|[0-9]{1,30}|null|\[\]|\{\}),){0,4}"x":1\}\]\}|[\[\]{}",:0-9a-z]{0,80})"#,
        which in 0..RESOURCES.len(),
    ) {
        survives(RESOURCES[which], text.as_bytes());
    }

    #[test]
    fn no_resume_text_makes_it_panic(text in r#"[{}\[\]",:0-9a-z_]{0,120}"#) {
        for kind in [Kind::Products, Kind::Orders] {
            let mut plan = plan(kind, changed());
            plan.resume = Some(text.clone());
            drop(connector().walk(&plan));
        }
    }
}

/// The same walk from any resume text of its own with any number changed.
#[test]
fn a_resume_text_with_other_numbers_is_refused_or_gone_on_from() {
    let mut walk = connector().walk(&plan(Kind::Products, changed())).unwrap();
    page(&mut *walk, &mut Vec::new(), &|resource| canned(resource).to_owned()).unwrap();
    let own = walk.break_off().map_or_else(String::new, |page| page.resume);
    let mut walk = connector().walk(&plan(Kind::Products, changed())).unwrap();
    let Step::Call(_) = walk.next() else { return };
    walk.absorb(http::Response::new(canned("store/storeConfigs").into()), NOW).unwrap();
    let kept = walk.break_off().unwrap().resume;
    for text in [own, kept] {
        let Ok(whole) = serde_json::from_str::<Value>(&text) else { continue };
        let mut all = Vec::new();
        pointers(&whole, "", &mut all);
        for pointer in all {
            for other in [json!(0), json!(u64::MAX), json!(-1), json!(null), json!("1 or 1")] {
                let mut changed_text = whole.clone();
                *changed_text.pointer_mut(&pointer).unwrap() = other;
                let mut plan = plan(Kind::Products, changed());
                plan.resume = Some(changed_text.to_string());
                if let Ok(mut walk) = connector().walk(&plan) {
                    drop(walk.next());
                }
            }
        }
    }
}
