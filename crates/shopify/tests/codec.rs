//! Invented payloads through the whole codec: what is sent, and what becomes of what comes back.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic"
)]

use flyball_connector::{Call, Connector, Plan, Span, Step, Walk};
use flyball_domain::{Kind, RecordBody, Row, UnixMillis};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use flyball_shopify::ShopifyConnector;
use serde_json::{Value, json};

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

fn connector() -> ShopifyConnector {
    let http = HttpClient::new(Settings { reach: Reach::Public }).unwrap();
    let base = BaseUrl::parse("https://example.myshopify.com", Reach::Public).unwrap();
    ShopifyConnector::new(http, base, &"shpat_secret".into()).unwrap()
}

fn plan(span: Span) -> Plan {
    Plan { kind: Kind::Products, span, resume: None, ceiling_percent: 80 }
}

fn changed() -> Span {
    let time = |text| UnixMillis::parse_rfc3339(text).unwrap();
    Span::Changed {
        from: Some(time("2026-11-20T00:00:00Z")),
        until: time("2026-11-22T09:30:00.500Z"),
    }
}

fn call_of(walk: &mut dyn Walk) -> Call {
    match walk.next() {
        Step::Call(call) => call,
        step @ (Step::Page(_) | Step::Listed(_) | Step::Finished) => panic!("{step:?}"),
    }
}

fn absorb(walk: &mut dyn Walk, body: &str) {
    drop(call_of(walk));
    walk.absorb(http::Response::new(body.as_bytes().to_vec()), NOW).unwrap();
}

/// The request with its query cut to its name.
fn outgoing(call: &Call) -> Value {
    let mut body: Value = serde_json::from_slice(call.request.body()).unwrap();
    let name = body["query"].as_str().unwrap().split('(').next().unwrap().to_owned();
    body["query"] = name.into();
    let headers = call.request.headers().iter();
    let headers: serde_json::Map<String, Value> =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().into())).collect();
    json!({
        "method": call.request.method().as_str(),
        "uri": call.request.uri().to_string(),
        "headers": headers,
        "body": body,
    })
}

fn rows(walk: &mut dyn Walk) -> Vec<Value> {
    let Step::Page(page) = walk.next() else { panic!("no page") };
    let row = |row: &Row| match row {
        Row::Good(record) => match &record.body {
            RecordBody::Product(product) => serde_json::to_value(product).unwrap(),
            RecordBody::Order(order) => serde_json::to_value(order).unwrap(),
        },
        Row::Bad(bad) => json!({"bad": bad.reason, "id": bad.id, "input": bad.input}),
        Row::Gone(id) => json!({"gone": id}),
    };
    page.rows.iter().map(row).collect()
}

#[test]
fn a_page_becomes_records() {
    let mut walk = connector().walk(&plan(changed())).unwrap();
    absorb(&mut *walk, include_str!("payloads/page.json"));
    insta::assert_json_snapshot!("records_of_a_page", rows(&mut *walk));
}

#[test]
fn a_long_span_is_counted_first_and_a_large_one_is_had_written_to_a_file() {
    let span = Span::Changed { from: None, until: NOW };
    let mut walk = connector().walk(&plan(span)).unwrap();
    let mut sent = vec![outgoing(&call_of(&mut *walk))];
    let large = json!({"data": {"count": {"count": 90_000, "precision": "EXACT"}},
        "extensions": {"cost": {"requestedQueryCost": 1, "throttleStatus":
            {"maximumAvailable": 2_000, "currentlyAvailable": 1_999, "restoreRate": 100}}}});
    absorb(&mut *walk, &large.to_string());
    sent.push(outgoing(&call_of(&mut *walk)));
    let begun = json!({"data": {"bulkOperationRunQuery": {"userErrors": [],
        "bulkOperation": {"id": "gid://shopify/BulkOperation/7", "status": "CREATED"}}}});
    absorb(&mut *walk, &begun.to_string());
    assert_eq!(rows(&mut *walk).len(), 0);
    sent.push(outgoing(&call_of(&mut *walk)));
    insta::assert_json_snapshot!("requests_of_a_walk_by_file", sent);
}

#[test]
fn a_page_of_orders_becomes_records() {
    let mut walk = connector().walk(&Plan { kind: Kind::Orders, ..plan(changed()) }).unwrap();
    absorb(&mut *walk, include_str!("payloads/orders.json"));
    insta::assert_json_snapshot!("records_of_a_page_of_orders", rows(&mut *walk));
}

#[test]
fn orders_are_asked_for_as_products_are() {
    let mut walk = connector().walk(&Plan { kind: Kind::Orders, ..plan(changed()) }).unwrap();
    insta::assert_json_snapshot!("request_for_orders", outgoing(&call_of(&mut *walk)));
}

#[test]
fn a_page_of_nulls_unknown_words_and_new_fields_becomes_records() {
    let mut walk = connector().walk(&plan(changed())).unwrap();
    absorb(&mut *walk, include_str!("payloads/odd_page.json"));
    insta::assert_json_snapshot!("records_of_an_odd_page", rows(&mut *walk));
}

#[test]
fn longer_lists_are_asked_for_one_after_the_other_and_then_the_next_page() {
    let mut walk = connector().walk(&plan(changed())).unwrap();
    let mut sent = vec![outgoing(&call_of(&mut *walk))];
    absorb(&mut *walk, include_str!("payloads/page_with_longer_lists.json"));
    for _list in ["variants", "media", "metafields"] {
        sent.push(outgoing(&call_of(&mut *walk)));
        let end = json!({"data": {"node": {"list":
            {"pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": []}}}});
        absorb(&mut *walk, &end.to_string());
    }
    assert_eq!(rows(&mut *walk).len(), 1);
    sent.push(outgoing(&call_of(&mut *walk)));
    insta::assert_json_snapshot!("requests_of_a_walk", sent);
}

#[test]
fn one_product_is_asked_for_by_its_global_id() {
    let span = Span::Records { ids: vec!["9007199254740993".parse().unwrap()] };
    let mut walk = connector().walk(&plan(span)).unwrap();
    insta::assert_json_snapshot!("request_for_one", outgoing(&call_of(&mut *walk)));
}

#[test]
fn a_plan_that_cannot_be_walked_says_why() {
    let error = |plan: &Plan| connector().walk(plan).err().unwrap();
    let foreign = Plan { resume: Some("{\"page\":7}".to_owned()), ..plan(changed()) };
    assert!(error(&foreign).to_string().contains("not one of ours"));
}
