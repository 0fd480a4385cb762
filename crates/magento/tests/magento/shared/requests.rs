//! Every request is one that the published schemas know.

use std::collections::BTreeSet;

use flyball_connector::{Call, Connector, Span, Step};
use flyball_domain::Kind;
use serde_json::Value;

use super::schema::Schema;
use crate::common::{NOW, canned, changed, connector, plan, resource};

/// Parameters and fields that the schemas do not name, and where they come from.
const DEVIATIONS: &[(&str, &str)] = &[
    (
        "fields",
        "https://developer.adobe.com/commerce/webapi/rest/use-rest/retrieve-filtered-responses/",
    ),
    ("/V1/products entity_id", "the column of the answer's `id`: `catalog_product_entity`"),
    ("/V1/categories/list entity_id", "the column of the answer's `id`: `catalog_category_entity`"),
    ("/V1/inventory/source-items source_item_id", "the column that the answer leaves out"),
    ("/V1/store/storeConfigs searchCriteria", "no search: all store views are asked for"),
];

/// Every call of walks through everything there is.
fn calls() -> Vec<Call> {
    let mut calls = Vec::new();
    for kind in [Kind::Products, Kind::Orders] {
        let ids = vec!["7001".parse().unwrap(), "8001".parse().unwrap()];
        let all = Span::Changed { from: None, until: NOW };
        for span in [changed(), all, Span::Listing, Span::Records { ids }] {
            let mut walk = connector().walk(&plan(kind, span)).unwrap();
            for _ in 0..40 {
                match walk.next() {
                    Step::Call(call) => {
                        let body = canned(&resource(&call)).to_owned().into_bytes();
                        calls.push(call);
                        // Canned answers do not follow the search; the next call is not needed then.
                        if walk.absorb(http::Response::new(body), NOW).is_err() {
                            break;
                        }
                    }
                    Step::Page(_) | Step::Listed(_) => {}
                    Step::Finished => break,
                }
            }
        }
    }
    calls
}

fn decoded(text: &str) -> String {
    text.replace("%5B", "[").replace("%5D", "]").replace("%2C", ",")
}

/// A parameter as the schemas name it, which know but the first of everything.
fn first(name: &str) -> String {
    let parts: Vec<&str> = name.split('[').collect();
    let zero = |part: &&str| {
        let index = part.trim_end_matches(']');
        let numbered = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        if numbered { "0]".to_owned() } else { (*part).to_owned() }
    };
    parts.iter().map(zero).collect::<Vec<_>>().join("[")
}

fn excepted(what: &str) -> bool {
    DEVIATIONS.iter().any(|(named, _)| *named == what)
}

#[test]
fn paths_parameters_and_fields_are_those_of_the_published_schemas() {
    let calls = calls();
    let asked: BTreeSet<String> = calls.iter().map(resource).collect();
    let expected = [
        "categories/list",
        "creditmemos",
        "inventory/source-items",
        "invoices",
        "orders",
        "products",
        "products/attributes",
        "returns",
        "shipments",
        "store/storeConfigs",
        "transactions",
    ];
    assert_eq!(asked.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    for schema in Schema::all() {
        for call in &calls {
            let path = format!("/V1/{}", resource(call));
            let parameters = schema
                .parameters(&path)
                .unwrap_or_else(|| panic!("{}: no GET {path}", schema.version));
            for pair in call.request.uri().query().unwrap_or_default().split('&') {
                let (name, value) = pair.split_once('=').unwrap_or_default();
                let name = first(&decoded(name));
                let known = name.is_empty() || parameters.contains(&name) || excepted(&name);
                assert!(known, "{} {path}: {name}", schema.version);
                if name.ends_with("[field]") {
                    let row = &schema.row(&path)["properties"];
                    let known = row.get(value).is_some() || excepted(&format!("{path} {value}"));
                    assert!(known, "{} {path}: no field {value}", schema.version);
                }
                if name == "fields" {
                    let answer = schema.followed(schema.answer(&path));
                    assert_fields(&schema, answer, &decoded(value));
                }
            }
        }
    }
}

/// Each field of a trimmed answer is one of the whole.
fn assert_fields(schema: &Schema, of: &Value, fields: &str) {
    let of = schema.followed(of);
    let of = if of["type"] == "array" { schema.followed(&of["items"]) } else { of };
    let (mut depth, mut start, mut name) = (0, 0, "");
    for (at, byte) in fields.bytes().chain([b',']).enumerate() {
        match byte {
            b'[' => {
                if depth == 0 {
                    (name, start) = (&fields[start..at], at + 1);
                }
                depth += 1;
            }
            b']' => {
                depth -= 1;
                if depth == 0 {
                    assert_fields(schema, &of["properties"][name], &fields[start..at]);
                    start = at + 1;
                }
            }
            b',' if depth == 0 => {
                if start < at {
                    name = &fields[start..at];
                }
                assert!(of["properties"].get(name).is_some(), "{}: no {name}", schema.version);
                start = at + 1;
            }
            _ => {}
        }
    }
}
