//! Invented payloads through the whole codec: what is sent, and what becomes of what comes back.

use crate::common::{canned, changed, connector, first_page, page, plan, shown};
use flyball_connector::{Connector, DecodeContext, Span, Step};
use flyball_domain::{Kind, Row};
use flyball_magento::decode;
use serde_json::{Value, json};

fn canned_text(resource: &str) -> String {
    canned(resource).to_owned()
}

#[test]
fn products_of_every_type_become_records() {
    let rows = first_page(Kind::Products, &canned_text);
    insta::assert_json_snapshot!("products", shown(&rows));
}

#[test]
fn orders_with_all_that_belongs_to_them_become_records() {
    let rows = first_page(Kind::Orders, &canned_text);
    insta::assert_json_snapshot!("orders", shown(&rows));
}

/// Nulls, unknown words, new fields, and PHP's empty arrays.
#[test]
fn odd_pages_become_records_and_what_cannot_be_one_is_named() {
    let odd = |resource: &str| match resource {
        "products" => include_str!("../payloads/odd_products.json").to_owned(),
        "orders" => include_str!("../payloads/odd_orders.json").to_owned(),
        other => canned_text(other),
    };
    insta::assert_json_snapshot!("odd_products", shown(&first_page(Kind::Products, &odd)));
    insta::assert_json_snapshot!("odd_orders", shown(&first_page(Kind::Orders, &odd)));
}

#[test]
fn requests_of_a_walk() {
    let mut sent = Vec::new();
    for kind in [Kind::Products, Kind::Orders] {
        let mut walk = connector().walk(&plan(kind, changed())).unwrap();
        let mut calls = Vec::new();
        page(&mut *walk, &mut calls, &canned_text).unwrap();
        if let Step::Call(next) = walk.next() {
            calls.push(next);
        }
        sent.extend(calls);
    }
    for (kind, span) in [
        (Kind::Orders, Span::Listing),
        (Kind::Orders, Span::Changed { from: None, until: crate::common::NOW }),
        (Kind::Orders, Span::Records { ids: vec!["7".parse().unwrap(), "9".parse().unwrap()] }),
    ] {
        match connector().walk(&plan(kind, span)).unwrap().next() {
            Step::Call(call) => sent.push(call),
            step @ (Step::Page(_) | Step::Listed(_) | Step::Finished) => unreachable!("{step:?}"),
        }
    }
    let shown: Vec<Value> = sent
        .iter()
        .map(|call| {
            let headers = call.request.headers().iter();
            let headers: serde_json::Map<String, Value> = headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()))
                .collect();
            let uri = call.request.uri().to_string();
            let parts: Vec<&str> = uri.split('&').collect();
            json!({"method": call.request.method().as_str(), "uri": parts, "headers": headers})
        })
        .collect();
    insta::assert_json_snapshot!("requests", shown);
}

#[test]
fn a_payload_is_decoded_as_a_page_a_list_or_a_record() {
    let context = DecodeContext { currency: "USD".parse().ok() };
    let page: Value = serde_json::from_str(canned("orders")).unwrap();
    for payload in [page.clone(), page["items"].clone(), page["items"][0].clone()] {
        let decoded = decode(Kind::Orders, payload.to_string().as_bytes(), &context).unwrap();
        assert!(matches!(decoded.rows[0], Row::Good(_)), "{payload}");
        assert!(decoded.unused.is_empty(), "{:?}", decoded.unused);
    }
    let unknown = decode(Kind::Products, canned("products").as_bytes(), &DecodeContext::default());
    let unused = unknown.unwrap().unused;
    assert!(unused.iter().any(|unused| unused.at == "[0].price"), "{unused:?}");
    for (payload, found) in [
        ("", "no JSON"),
        ("{}", "{}"),
        ("7", "7"),
        ("[1", "no JSON"),
        (r#"{"id":7}"#, r#"{"id":7}"#),
    ] {
        let error = decode(Kind::Orders, payload.as_bytes(), &context).unwrap_err();
        assert!(error.found.starts_with(found), "{payload}: {error}");
    }
}
