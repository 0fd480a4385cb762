//! What is served, against the vendor's own schemas.

use serde_json::{Value, json};

use crate::common::{Shop, id};
use crate::openapi::{Api, Findings};

fn api() -> Api {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the shared folder is, is told to the test"
    )]
    let shared = std::env::var("FLYBALL_SHARED").expect("the variable FLYBALL_SHARED");
    Api::load(&format!("{shared}/specs/bigcommerce"))
}

/// Where the published schema is wrong or says less than is recorded or documented, by the end of
/// the finding, and how it is known.
const DEVIATIONS: &[(&str, &str)] = &[
    (".cart_id: is null", RECORDED),
    (".credit_card_type: is in no schema", RECORDED),
    (".custom_status: is in no schema", RECORDED),
    (".customer_message: is null", RECORDED),
    (".fulfillment_source: is in no schema", RECORDED),
    (".payment_provider_id: is null", RECORDED),
    (".staff_notes: is null", RECORDED),
    (".base_variant_id: is null", RECORDED),
    (".date_last_imported: is null", RECORDED),
    (".option_set_id: is null", RECORDED),
    (".pagination.too_many: is in no schema", RECORDED),
    ("/variants 200.data[].map_price: is in no schema", RECORDED),
    ("/order_statuses 200[].order: is in no schema", EXAMPLE),
    ("/order_statuses/{status_id} 200.order: is in no schema", EXAMPLE),
    (".images[].image_file: is in no schema", EXAMPLE),
    ("/images 200.data[].image_file: is in no schema", EXAMPLE),
    ("/catalog/products 200.data[].variants: is in no schema", INCLUDED),
    ("/catalog/products/{product_id} 200.data.variants: is in no schema", INCLUDED),
    ("/catalog/products 200.data[].reviews: is in no schema", INCLUDED),
    ("/coupons 204: the status is not described", EMPTY),
    ("/fees 204: the status is not described", EMPTY),
    ("/messages 204: the status is not described", EMPTY),
    ("/shipping_addresses 204: the status is not described", EMPTY),
    ("/taxes 204: the status is not described", EMPTY),
    (
        "/taxes 200[].order_product_id: is null",
        "its description: \"Otherwise the field will return as null\"",
    ),
    ("404.errors: is in no schema", "recorded refusals have it, empty; so do those of channels"),
    (
        "/bulk-pricing-rules 200.data: is array, not object",
        "its title says that all rules are answered, and its example that there are two",
    ),
    (
        "/{product_id}/metafields 200.meta.cursor_pagination: is in no schema",
        "the parameters `before` and `after` refer to it",
    ),
    ("/catalog/variants 200.data[].calculated_weight: is in no schema", SAME_VARIANT),
    ("/catalog/variants 200.data[].cost_price: is null", SAME_VARIANT),
    ("/catalog/variants 200.data[].depth: is null", SAME_VARIANT),
    ("/catalog/variants 200.data[].fixed_cost_shipping_price: is null", SAME_VARIANT),
    ("/catalog/variants 200.data[].gtin: is in no schema", SAME_VARIANT),
    ("/catalog/variants 200.data[].height: is null", SAME_VARIANT),
    ("/catalog/variants 200.data[].image_url: is in no schema", SAME_VARIANT),
    ("/catalog/variants 200.data[].mpn: is in no schema", SAME_VARIANT),
    ("/catalog/variants 200.data[].price: is null", SAME_VARIANT),
    ("/catalog/variants 200.data[].retail_price: is null", SAME_VARIANT),
    ("/catalog/variants 200.data[].sale_price: is null", SAME_VARIANT),
    ("/catalog/variants 200.data[].sku_id: is null", SAME_VARIANT),
    ("/catalog/variants 200.data[].weight: is null", SAME_VARIANT),
    ("/catalog/variants 200.data[].width: is null", SAME_VARIANT),
    (
        "/transactions 204: a body is described and none came",
        "an answer of status 204 has no body (RFC 9110)",
    ),
    (
        "/catalog/products/metafields?resource_id:in: there is no such parameter",
        "it stands among the words of `include_fields`, where it makes no sense",
    ),
];
const RECORDED: &str = "an answer that was recorded against a real store";
const EXAMPLE: &str = "the published example beside the schema";
const INCLUDED: &str = "it is one of the words of `include`";
const EMPTY: &str = "v2 says so of any empty list, as it is described for /shipments";
const SAME_VARIANT: &str =
    "the schema of /catalog/products/{product_id}/variants, of the same thing";

async fn ask(api: &Api, shop: &Shop, findings: &mut Findings, call: &str) -> Option<Value> {
    let (path, query) = call.split_once('?').unwrap_or((call, ""));
    for found in api.check_request("GET", path, query) {
        *findings.entry(found).or_default() += 1;
    }
    let reply = shop.call(call).await;
    let body = (!reply.body.is_empty()).then(|| reply.json());
    api.check_answer(("GET", path), reply.status, body.as_ref(), findings);
    body
}

fn rows(body: Option<Value>) -> Vec<Value> {
    match body {
        Some(Value::Array(rows)) => rows,
        Some(body) => body["data"].as_array().cloned().unwrap_or_default(),
        None => Vec::new(),
    }
}

#[tokio::test]
async fn every_answer_and_every_parameter_is_the_vendors() {
    let api = api();
    let shop = Shop::of(120, 120).await;
    let mut findings = Findings::new();
    for call in CATALOG {
        ask(&api, &shop, &mut findings, call).await;
    }
    let products = ask(&api, &shop, &mut findings, "/v3/catalog/products?limit=120").await;
    for product in rows(products) {
        for part in PRODUCT_PARTS {
            let call = format!("/v3/catalog/products/{}{part}", id(&product));
            ask(&api, &shop, &mut findings, &call).await;
        }
    }
    for call in ORDERS {
        ask(&api, &shop, &mut findings, call).await;
    }
    for order in rows(ask(&api, &shop, &mut findings, "/v2/orders?limit=120").await) {
        for (version, part) in ORDER_PARTS {
            let call = format!("/{version}/orders/{}{part}", id(&order));
            ask(&api, &shop, &mut findings, &call).await;
        }
        let call = format!("/v2/orders/{}/products", id(&order));
        let lines = rows(ask(&api, &shop, &mut findings, &call).await);
        ask(&api, &shop, &mut findings, &format!("{call}/{}", id(&lines[0]))).await;
    }
    let is_known = |found: &str| DEVIATIONS.iter().any(|(known, _)| found.ends_with(known));
    let unknown: Vec<_> = findings.keys().filter(|found| !is_known(found)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    for (known, why) in DEVIATIONS {
        let still = findings.keys().any(|found| found.ends_with(known));
        assert!(still, "{known} ({why}) is no deviation any more");
    }
}

/// A checker that finds nothing proves nothing.
#[tokio::test]
async fn an_answer_that_does_not_fit_is_found_out() {
    let api = api();
    let shop = Shop::of(3, 3).await;
    for (call, place, wrong, finding) in [
        ("/v3/catalog/products", "/data/0/price", json!("19.90"), "price: is string, not number"),
        ("/v3/catalog/products", "/data/0/type", json!("virtual"), "none of its words"),
        ("/v3/catalog/products", "/data/0/date_modified", json!("yesterday"), "is no date-time"),
        ("/v3/catalog/products", "/data/0/weight", json!(-1), "weight: is out of bounds"),
        ("/v3/catalog/products", "/data/0/name", Value::Null, "name: is null"),
        ("/v3/catalog/products", "/data/0/custom_url", json!({"ur": "/"}), "is in no schema"),
        ("/v3/catalog/products", "/data", json!({}), "data: is object, not array"),
        ("/v2/orders", "/0/total_inc_tax", json!(19.9), "total_inc_tax: is number, not string"),
        ("/v2/orders", "/0/billing_address", json!({}), "zip: is missing"),
        (
            "/v2/orders",
            "/0/consignments",
            json!({"shipping": [{"city": 3}], "pickups": [], "downloads": []}),
            "city: is number",
        ),
    ] {
        let mut body = shop.get(call).await;
        *body.pointer_mut(place).unwrap() = wrong;
        let mut findings = Findings::new();
        api.check_answer(("GET", call), 200, Some(&body), &mut findings);
        let found: Vec<_> = findings.keys().filter(|found| found.contains(finding)).collect();
        assert!(!found.is_empty(), "{call} {place}: {findings:?}");
    }
    let mut findings = Findings::new();
    api.check_answer(("GET", "/v2/orders"), 418, None, &mut findings);
    assert_eq!(findings.keys().next().unwrap(), "/v2/orders 418: the status is not described");
}

#[test]
fn a_request_that_does_not_fit_is_found_out() {
    let api = api();
    for (method, call) in [
        ("GET", "/v2/order"),
        ("PATCH", "/v2/orders"),
        ("GET", "/v2/orders?updated_since=2026-01-01"),
        ("GET", "/v2/orders?sort=date_modified:up"),
        ("GET", "/v2/orders?consignment_structure=list"),
        ("GET", "/v3/catalog/products?include=variants,everything"),
        ("GET", "/v3/catalog/products?limit=many"),
        ("GET", "/v3/catalog/products?is_visible=perhaps"),
        ("GET", "/v3/catalog/products/80/variants?id:greater=7"),
    ] {
        let (path, query) = call.split_once('?').unwrap_or((call, ""));
        assert_eq!(api.check_request(method, path, query).len(), 1, "{method} {call}");
    }
    assert_eq!(api.operation("GET", "/v2/orders/count").unwrap().name(), "/v2/orders/count");
}

const CATALOG: &[&str] = &[
    "/v3/catalog/products?limit=250&page=1&sort=id&direction=asc&include=bulk_pricing_rules,channels,\
     custom_fields,images,parent_relations,primary_image,reviews,variants,videos",
    "/v3/catalog/products?include=options,modifiers",
    "/v3/catalog/products?include_fields=date_modified,name&id:greater=80&id:less=120",
    "/v3/catalog/products?id:in=80,81&id:not_in=82&id:min=1&id:max=900&exclude_fields=description",
    "/v3/catalog/products?date_modified:min=2024-01-01T00:00:00Z&date_modified:max=2026-11-22T00:00:00Z",
    "/v3/catalog/products?sort=date_modified&is_visible=true&type=physical&availability=available",
    "/v3/catalog/products?brand_id=1&inventory_level:greater=3&inventory_low=1&keyword=mug",
    "/v3/catalog/variants?limit=250&product_id:in=80,81,82",
    "/v3/catalog/products/metafields?limit=250&direction=desc&namespace=app--77",
    "/v3/catalog/products/metafields?limit=250&resource_id:in=80,81",
    "/v3/catalog/categories?limit=250&id:in=1,2,3&include_fields=name",
    "/v3/catalog/categories",
    "/v3/catalog/brands?limit=250&id:in=1,2,3&include_fields=name",
    "/v3/catalog/brands",
    "/v3/catalog/products/7",
    "/v3/catalog/products/7/variants",
];

const PRODUCT_PARTS: &[&str] = &[
    "?include=options,modifiers,variants,images,custom_fields,bulk_pricing_rules,primary_image",
    "/bulk-pricing-rules",
    "/custom-fields?limit=250",
    "/images?limit=250",
    "/metafields?limit=250",
    "/modifiers",
    "/options?limit=250",
    "/reviews",
    "/variants?limit=250&page=1",
    "/videos",
];

const ORDERS: &[&str] = &[
    "/v2/orders?limit=250&page=1&sort=date_modified:asc&include=consignments.line_items,fees&\
     consignment_structure=object",
    "/v2/orders?min_id=100&max_id=120&include=consignments&consignment_structure=object",
    "/v2/orders?min_date_modified=2024-01-01T00:00:00Z&max_date_modified=2026-11-22T00:00:00Z",
    "/v2/orders?min_date_created=Thu,%2020%20Apr%202017%2011:32:00%20-0400&status_id=10",
    "/v2/orders?customer_id=0&min_total=1&max_total=500&payment_method=PayPal&channel_id=1",
    "/v2/orders/count",
    "/v2/order_statuses",
    "/v2/order_statuses/10",
    "/v3/orders/payment_actions/refunds?limit=250&order_id:in=100,101,102",
    "/v3/orders/metafields?limit=250",
    "/v2/orders/7",
];

const ORDER_PARTS: &[(&str, &str)] = &[
    ("v2", "?include=consignments.line_items&consignment_structure=object"),
    ("v2", "/consignments"),
    ("v2", "/coupons"),
    ("v2", "/fees"),
    ("v2", "/messages"),
    ("v2", "/products?limit=250"),
    ("v2", "/shipments"),
    ("v2", "/shipping_addresses"),
    ("v2", "/taxes?details=true&limit=250"),
    ("v2", "/taxes"),
    ("v3", "/transactions"),
    ("v3", "/payment_actions/refunds"),
    ("v3", "/metafields"),
];
