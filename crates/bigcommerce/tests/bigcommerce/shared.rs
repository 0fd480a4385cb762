//! Against the vendor's official documents and recorded answers, read in place from the folder that
//! `FLYBALL_SHARED` names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use flyball_bigcommerce::decode;
use flyball_connector::{Connector, DecodeContext, Decoded, Plan, Span, Step};
use flyball_domain::{Field, FinancialStatus, Kind, Order, Product, RecordBody, Row, UnixMillis};
use saphyr::{LoadableYamlNode as _, Yaml};
use serde_json::Value;

use crate::common::{
    NOW, ORDER, PRODUCTS, answer, changed, connector, path, plan, records, walked,
};

fn shared(path: impl AsRef<Path>) -> String {
    let root = std::env::var_os("FLYBALL_SHARED")
        .unwrap_or_else(|| panic!("set FLYBALL_SHARED to the folder with specs/ and fixtures/"));
    std::fs::read_to_string(PathBuf::from(root).join(path)).unwrap()
}

fn recorded(name: &str) -> String {
    shared(format!("fixtures/bigcommerce/{name}"))
}

/// Requests that the published documents do not have, and why they are made.
const DEVIATIONS: &[(&str, &str, &str)] = &[
    (
        "/v2/store",
        "",
        "documented at https://developer.bigcommerce.com/docs/rest-management/store-information; \
         the document is not among those of the folder",
    ),
    (
        "/v3/catalog/products/metafields",
        "resource_id:in",
        "declared in components/parameters (MetafieldResourceParam: \"filter results to metafields \
         that belong to one of the matching entities\"), and listed at \
         /catalog/products/{product_id}/metafields, where there is but one entity; a store that \
         does not mind it is noticed and asked no more",
    ),
    ("/v2/orders", "sort", "the direction stands in the parameter's description, not its enum"),
];

fn excepted(path: &str, name: &str) -> bool {
    DEVIATIONS.iter().any(|(at, excepted, _)| *at == path && *excepted == name)
}

/// Every call that any walk makes, as it meets stores that leave nothing unasked.
fn every_call() -> BTreeSet<String> {
    let many = |name: &str| {
        let one = |id: usize| format!(r#"{{"id":{id},"option_values":[],"name":"n","value":"v"}}"#);
        let all: Vec<String> = (1..=50).map(one).collect();
        format!(r#""{name}":[{}]"#, all.join(","))
    };
    let wide = format!(
        r#"{{"data":[{{"id":7,"date_modified":"2026-11-20T10:11:12+00:00",{},{},{}}}]}}"#,
        many("variants"),
        many("images"),
        many("custom_fields"),
    );
    let linked = r#"[{"id":218,"date_modified":"Thu, 18 Jun 2026 12:05:43 +0000","items_total":2,
        "consignments":{"url":"u","resource":"/orders/218/consignments"}}]"#;
    let mut calls = BTreeSet::new();
    for (kind, span, page) in [
        (Kind::Products, changed(), PRODUCTS.to_owned()),
        (Kind::Products, changed(), wide),
        (Kind::Products, records(&["7"]), PRODUCTS.replace("9007199254740993", "7")),
        (Kind::Orders, changed(), format!("[{ORDER}]")),
        (Kind::Orders, changed(), linked.to_owned()),
        (Kind::Orders, records(&["218"]), ORDER.to_owned()),
    ] {
        let (_, paths) = walked(&plan(kind, span), |path| {
            let of_records = path.contains("id:in=7&include=");
            if of_records {
                http::Response::new(page.clone().into_bytes())
            } else {
                answer(path, &page)
            }
        });
        calls.extend(paths);
    }
    for kind in [Kind::Products, Kind::Orders] {
        calls.extend(first_call(kind, Span::Listing));
        calls.extend(calls_around_a_record_that_cannot_be_had(kind));
    }
    calls
}

fn first_call(kind: Kind, span: Span) -> Option<String> {
    match connector().walk(&plan(kind, span)).unwrap().next() {
        Step::Call(call) => Some(path(&call)),
        Step::Page(_) | Step::Listed(_) | Step::Finished => None,
    }
}

fn calls_around_a_record_that_cannot_be_had(kind: Kind) -> Vec<String> {
    let mut walk = connector().walk(&plan(kind, changed())).unwrap();
    let mut calls = Vec::new();
    let mut page = |body: &str| {
        if let Step::Call(call) = walk.next() {
            calls.push(path(&call));
            drop(walk.absorb(http::Response::new(body.as_bytes().to_vec()), NOW));
        }
    };
    page(r#"{"data":17}"#);
    page(r#"{"data":17}"#);
    page(r#"{"data":17}"#);
    page(r#"{"data":[{"id":9,"date_modified":"2026-11-20T10:11:12+00:00"}]}"#);
    calls
}

/// A part of a document, its references followed.
fn part<'d, 'y>(document: &'d Yaml<'y>, at: &'d Yaml<'y>) -> &'d Yaml<'y> {
    let Some(reference) = at.as_mapping_get("$ref").and_then(|text| text.as_str()) else {
        return at;
    };
    let names = reference.trim_start_matches("#/").split('/');
    let found = names.fold(document, |at, name| at.as_mapping_get(name).unwrap());
    part(document, found)
}

/// The document of a path.
fn document(path: &str) -> &'static str {
    match path {
        path if path.starts_with("/v2/orders") => "orders.v2.oas2.yml",
        path if path.starts_with("/v3/orders") => "orders.v3.yml",
        path if path.starts_with("/v3/catalog/brands") => "brands_catalog.v3.yml",
        path if path.starts_with("/v3/catalog/categories") => "categories_catalog.v3.yml",
        path if path.ends_with("/variants") => "product-variants_catalog.v3.yml",
        _ => "products_catalog.v3.yml",
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    let same = |(part, found): (&str, &str)| {
        part == found || (part.starts_with('{') && found.bytes().all(|byte| byte.is_ascii_digit()))
    };
    template.clone().count() == path.clone().count() && template.zip(path).all(same)
}

/// What is wrong with a call by its document.
fn wrong(call: &str) -> Vec<String> {
    let (path, query) = call.split_once('?').unwrap_or((call, ""));
    if excepted(path, "") {
        return Vec::new();
    }
    let text = shared(format!("specs/bigcommerce/{}", document(path)));
    let documents = Yaml::load_from_str(&text).unwrap();
    let document = &documents[0];
    let paths = document.as_mapping_get("paths").unwrap().as_mapping().unwrap();
    let bare = path.trim_start_matches("/v2").trim_start_matches("/v3");
    let found = paths.iter().find(|(template, _)| matches(template.as_str().unwrap(), bare));
    let Some((_, item)) = found else { return vec![format!("{path}: no such path")] };
    let get = item.as_mapping_get("get").unwrap_or_else(|| panic!("{path} can't be read"));
    let lists = [item, get].into_iter().filter_map(|at| at.as_mapping_get("parameters"));
    let parameters: Vec<&Yaml<'_>> =
        lists.flat_map(|list| list.as_vec().unwrap()).map(|one| part(document, one)).collect();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(name, _)| !excepted(path, name))
        .filter_map(|(name, value)| {
            let named = |one: &&&Yaml<'_>| {
                one.as_mapping_get("name").and_then(|text| text.as_str()) == Some(name)
            };
            let Some(parameter) = parameters.iter().find(named) else {
                return Some(format!("{path}: no parameter {name}"));
            };
            let words = words(document, parameter);
            let unknown = value.split(',').find(|word| !words.is_empty() && !words.contains(*word));
            unknown.map(|word| format!("{path}: {name} can't be {word}"))
        })
        .collect()
}

/// The words that a parameter may have; none where it may have any.
fn words(document: &Yaml<'_>, parameter: &Yaml<'_>) -> BTreeSet<String> {
    let schema = |at: &Yaml<'_>, name: &str| -> Option<Vec<String>> {
        let words = part(document, at).as_mapping_get(name)?.as_vec()?;
        Some(words.iter().filter_map(|word| word.as_str()).map(str::to_owned).collect())
    };
    let Some(own) = parameter.as_mapping_get("schema") else { return BTreeSet::new() };
    let items = part(document, own).as_mapping_get("items");
    let found = schema(own, "enum").or_else(|| schema(items?, "enum"));
    found.unwrap_or_default().into_iter().collect()
}

#[test]
fn every_call_is_valid_by_the_official_documents() {
    let calls = every_call();
    let shapes: BTreeSet<String> = calls
        .iter()
        .map(|call| call.split('?').next().unwrap().to_owned())
        .map(|path| {
            path.split('/')
                .filter(|part| part.parse::<u64>().is_err())
                .collect::<Vec<_>>()
                .join("/")
        })
        .collect();
    assert_eq!(shapes.len(), 16, "{shapes:#?}");
    let wrong: Vec<String> = calls.iter().flat_map(|call| wrong(call)).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_call_that_is_not_in_the_documents_is_found() {
    assert_eq!(wrong("/v2/orders?sort=id:asc&limit=5"), Vec::<String>::new());
    assert_eq!(wrong("/v2/orders?since=5"), ["/v2/orders: no parameter since"]);
    assert_eq!(wrong("/v2/ordres"), ["/v2/ordres: no such path"]);
    let included = wrong("/v3/catalog/products?include=variants,cats");
    assert_eq!(included, ["/v3/catalog/products: include can't be cats"]);
}

fn read(kind: Kind, payload: &str) -> Decoded {
    let context = DecodeContext { currency: "USD".parse().ok() };
    decode(kind, payload.as_bytes(), &context).unwrap()
}

fn products(payload: &str) -> Vec<Product> {
    let records = read(Kind::Products, payload).rows.into_iter().map(|row| match row {
        Row::Good(record) => match record.body {
            RecordBody::Product(product) => *product,
            RecordBody::Order(order) => panic!("{order:?}"),
        },
        row @ (Row::Bad(_) | Row::Gone(_)) => panic!("{row:?}"),
    });
    records.collect()
}

fn orders(payload: &str) -> Vec<Order> {
    let records = read(Kind::Orders, payload).rows.into_iter().map(|row| match row {
        Row::Good(record) => match record.body {
            RecordBody::Order(order) => *order,
            RecordBody::Product(product) => panic!("{product:?}"),
        },
        row @ (Row::Bad(_) | Row::Gone(_)) => panic!("{row:?}"),
    });
    records.collect()
}

#[test]
fn recorded_products_become_records() {
    let found = products(&recorded("v3_products_page.json"));
    assert_eq!(found.len(), 8);
    for product in &found {
        assert!(product.title.value().is_some());
        assert_eq!(product.variants, Field::Absent);
    }
    let documented = products(&recorded("spec_v3_product.json"));
    assert_eq!(documented[0].handle.value().unwrap(), "all/1l-le-parfait-jar");
}

#[test]
fn recorded_variants_become_variants_of_a_product() {
    for (fixture, count) in [
        ("spec_v3_variants.json", 3),
        ("v3_variants_product_80.json", 1),
        ("v3_variants_product_81.json", 1),
        ("v3_variants_product_86.json", 1),
        ("v3_variants_product_93.json", 11),
    ] {
        let variants: Value = serde_json::from_str(&recorded(fixture)).unwrap();
        let mut product: Value = serde_json::from_str(&recorded("spec_v3_product.json")).unwrap();
        let expected = variants["data"].as_array().unwrap().len();
        product["data"]["variants"] = variants["data"].clone();
        let found = products(&product.to_string());
        let found = found[0].variants.value().unwrap();
        assert_eq!(found.len(), expected, "{fixture}");
        assert!(found.len() == count || fixture.contains("_93"), "{fixture}");
        assert!(found.iter().all(|variant| variant.price.value().is_some()), "{fixture}");
    }
}

#[test]
fn recorded_orders_become_records() {
    let page = orders(&recorded("v2_orders_page.json"));
    assert_eq!(page.len(), 5);
    for order in page.iter().chain(&orders(&recorded("v2_order.json"))) {
        let total = order.totals.value().unwrap().total.value().unwrap().shop;
        assert_eq!(total.currency.as_str(), "KES");
        assert_eq!(total.amount.scale(), 4);
        assert_eq!(order.customer_id, Field::Null);
        assert_eq!(order.lines, Field::Absent);
    }
    let documented = orders(&recorded("spec_v2_order.json"));
    let status = documented[0].financial_status.clone();
    assert_eq!(status, Field::Value(FinancialStatus::Authorized));
    assert_eq!(orders(&recorded("spec_v2_orders.json")).len(), 1);
}

#[test]
fn recorded_lines_addresses_and_taxes_become_parts_of_an_order() {
    let order = recorded("spec_v2_order.json");
    let page =
        format!("[{}]", order.replace("\"total_tax\": \"5.3100\"", "\"total_tax\": \"22.05\""));
    let (pages, paths) = walked(&plan(Kind::Orders, changed()), |path| {
        let recorded = match path {
            path if path.contains("/218/products?") => recorded("v2_order-products.json"),
            path if path.contains("/shipping_addresses?") => {
                recorded("v2_order-shipping-addresses.json")
            }
            path if path.contains("/taxes?") => recorded("spec_v2_order_taxes.json"),
            path => return answer(path, &page),
        };
        http::Response::new(recorded.into_bytes())
    });
    let Row::Good(record) = &pages[0].rows[0] else { panic!("{:?}", pages[0].rows) };
    let RecordBody::Order(order) = &record.body else { panic!("{record:?}") };
    assert_eq!(order.lines.value().unwrap()[0].sku.value().unwrap(), "OTL");
    let personal = order.personal.value().unwrap();
    assert_eq!(personal.shipping_addresses.value().unwrap().len(), 1);
    assert_eq!(order.taxes.value().unwrap().len(), 2);
    assert!(paths.iter().any(|path| path.contains("/218/transactions")), "{paths:?}");
}

#[test]
fn what_is_no_record_of_the_kind_becomes_none() {
    for (kind, fixture) in [
        (Kind::Orders, "spec_v2_order_statuses.json"),
        (Kind::Orders, "v2_order-products.json"),
        (Kind::Products, "v3_variants_product_93.json"),
        (Kind::Orders, "webhook_store_order_created.json"),
        (Kind::Products, "webhook_store_product_updated.json"),
    ] {
        let rows = read(kind, &recorded(fixture)).rows;
        assert!(!rows.is_empty(), "{fixture}");
        assert!(rows.iter().all(|row| matches!(row, Row::Bad(_))), "{fixture}");
    }
}

#[test]
fn recorded_headers_steer_the_pace() {
    for (fixture, left, reset_ms) in [
        ("v3_products_page.headers.json", 146, 17_580),
        ("v2_orders_page.headers.json", 148, 28_068),
    ] {
        let headers: Value = serde_json::from_str(&recorded(fixture)).unwrap();
        let wait_ms = |ceiling_percent| {
            let plan = Plan { ceiling_percent, ..plan(Kind::Orders, changed()) };
            let mut walk = connector().walk(&plan).unwrap();
            drop(walk.next());
            let mut reply = http::Response::builder().status(204);
            for (name, value) in headers.as_object().unwrap() {
                reply = reply.header(name, value.as_str().unwrap());
            }
            walk.absorb(reply.body(Vec::new()).unwrap(), UnixMillis(5)).unwrap();
            walk.ready_at(UnixMillis(5), 1).since(UnixMillis(5))
        };
        assert_eq!(wait_ms(100), 0, "{left} left");
        assert_eq!(wait_ms(1), reset_ms, "{left} left, of which none is ours");
    }
}
