//! What is served, and what clients ask, against the vendor's own schemas of two versions.

use std::collections::BTreeMap;

use flyball_storefronts::{MagentoHabits, MagentoMode, MagentoSettings, VendorStatus};
use serde_json::Value;

use crate::common::{Search, Shop, encoded, settings, shared};
use crate::openapi::{Api, Findings};

const VERSIONS: [&str; 2] = ["admin-schema-2.4.6.yaml", "admin-schema-2.4.9.yaml"];

fn api(version: &str) -> Api {
    Api::read(&format!("{}/specs/magento", shared()), &[("", version)])
}

/// Where the published schema is wrong or says less than is recorded or documented, by a part of the
/// finding, and how it is known.
const DEVIATIONS: &[(&str, &str)] = &[
    (".extension_attributes: is array, not object", EMPTY_ARRAY),
    (".total: is array, not object", EMPTY_ARRAY),
    (".custom_attributes[].value: is array, not string", LISTS),
    (".account_status: is null", PROMISED),
    (".cc_last4: is null", PROMISED),
    (".comment: is null", PROMISED),
    (".customer_email: is null", PROMISED),
    (".description: is null", PROMISED),
    (".label: is null", PROMISED),
    (".low_stock_date: is null", PROMISED),
    (".parent_txn_id: is null", PROMISED),
    (".sample_type: is null", PROMISED),
    (".track_number: is null", PROMISED),
    (".parent_id: is null", "a transaction that goes on from none: its getter may give null"),
    (".additional_information[]: is null", "what a gateway says may be nothing"),
    (".extension_attributes.order_field_", MODULES),
    (".parameters[]: is string, not object", PARAMETERS),
    (".parameters: is object, not array", PARAMETERS),
    (".message: is missing", FATAL),
    (".messages: is in no schema", FATAL),
];
const EMPTY_ARRAY: &str = "PHP can't tell an empty object from an empty array: recorded from a \
                           store, `product_luma_es_document.json`";
const LISTS: &str = "the published example of a product has a list, `product_configurable.json`";
const PROMISED: &str = "null where the getter promises a value \
                        (`Magento\\Framework\\Reflection\\DataObjectProcessor`); so the published \
                        example of an order has it, `order_two_items_configurable.json`";
const MODULES: &str = "modules add members \
                       (<https://developer.adobe.com/commerce/php/development/components/add-attributes/>)";
const PARAMETERS: &str = "texts in their order or a member for each name, never a list of objects: \
                          `error_400_with_parameters.json`, `error_401_consumer.json`";
const FATAL: &str = "what is said when the program dies has another shape \
                     (`Magento\\Framework\\Webapi\\ErrorProcessor`)";

/// What a request may hold though the schema tells of it only once or not at all.
const REQUEST_DEVIATIONS: &[(&str, &str)] = &[
    (
        "?fields: there is no such parameter",
        "<https://developer.adobe.com/commerce/webapi/rest/use-rest/retrieve-filtered-responses/>",
    ),
    (
        "?searchCriteria: there is no such parameter",
        "\"retrieve all orders\" in \
         <https://developer.adobe.com/commerce/webapi/rest/use-rest/performing-searches/>",
    ),
];

/// The schema shows the first filter of the first group, and stands for any
/// (<https://developer.adobe.com/commerce/webapi/rest/use-rest/performing-searches/>).
fn first(query: &str) -> String {
    let mut shown = String::new();
    for (place, part) in query.split("%5B").enumerate() {
        if place > 0 {
            shown += "%5B";
        }
        match part.split_once("%5D") {
            Some((index, rest)) if index.bytes().all(|digit| digit.is_ascii_digit()) => {
                shown.extend(["0%5D", rest]);
            }
            _ => shown += part,
        }
    }
    shown
}

struct Checked<'a> {
    shop: &'a Shop,
    apis: &'a [Api],
    findings: Findings,
    requests: Findings,
}

impl Checked<'_> {
    /// Asks, and holds question and answer against every version.
    async fn ask(&mut self, resource: &str) -> Value {
        let (path, query) = resource.split_once('?').unwrap_or((resource, ""));
        let path = format!("/V1/{path}");
        let reply = self.shop.call(resource).await;
        let body = reply.json();
        for api in self.apis {
            for found in api.check_request("GET", &path, &first(query)) {
                *self.requests.entry(found).or_default() += 1;
            }
            api.check_answer(("GET", &path), reply.status, Some(&body), &mut self.findings);
        }
        body
    }

    async fn search(&mut self, resource: &str) -> Vec<Value> {
        let search = Search::all().sort("entity_id", "ASC");
        let page = match resource {
            "products" | "orders" => self.ask(&search.of(resource)).await,
            _ => self.ask(&Search::all().of(resource)).await,
        };
        page["items"].as_array().unwrap().clone()
    }
}

/// Every finding that has no name, and every name that nothing was found for.
fn unnamed(findings: &Findings, deviations: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let mut used: BTreeMap<&str, u64> = BTreeMap::new();
    let mut without = Vec::new();
    for (finding, count) in findings {
        match deviations.iter().find(|(part, _)| finding.contains(part)) {
            Some((part, _)) => *used.entry(part).or_default() += count,
            None => without.push(format!("{finding} ({count} times)")),
        }
    }
    let idle = deviations.iter().filter(|(part, _)| !used.contains_key(part));
    (without, idle.map(|(part, _)| (*part).to_owned()).collect())
}

async fn everything(checked: &mut Checked<'_>) {
    for product in checked.search("products").await {
        let sku = encoded(product["sku"].as_str().unwrap());
        checked.ask(&format!("products/{sku}")).await;
        checked.ask(&format!("stockItems/{sku}")).await;
        checked.ask(&format!("stockStatuses/{sku}")).await;
        checked.ask(&format!("configurable-products/{sku}/children")).await;
        match product["type_id"].as_str().unwrap() {
            "configurable" => {
                checked.ask(&format!("configurable-products/{sku}/options/all")).await
            }
            "bundle" => checked.ask(&format!("bundle-products/{sku}/options/all")).await,
            _ => Value::Null,
        };
    }
    for attribute in checked.search("products/attributes").await {
        let code = attribute["attribute_code"].as_str().unwrap();
        checked.ask(&format!("products/attributes/{code}")).await;
        checked.ask(&format!("products/attributes/{code}/options")).await;
    }
    for category in checked.search("categories/list").await {
        checked.ask(&format!("categories/{}", category["id"])).await;
        checked.ask(&format!("categories/{}/products", category["id"])).await;
    }
    for source in checked.search("inventory/sources").await {
        let code = source["source_code"].as_str().unwrap();
        checked.ask(&format!("inventory/sources/{code}")).await;
    }
    for order in checked.search("orders").await.iter().step_by(5) {
        checked.ask(&format!("orders/{}", order["entity_id"])).await;
        checked.ask(&format!("orders/{}/comments", order["entity_id"])).await;
    }
    for (list, one, id) in [
        ("orders/items", "orders/items", "item_id"),
        ("creditmemos", "creditmemo", "entity_id"),
        ("shipments", "shipment", "entity_id"),
        ("invoices", "invoices", "entity_id"),
        ("transactions", "transactions", "transaction_id"),
    ] {
        for row in checked.search(list).await.iter().step_by(7) {
            checked.ask(&format!("{one}/{}", row[id])).await;
        }
    }
    for resource in [
        "categories?rootCategoryId=2&depth=2",
        "inventory/sources",
        "modules",
        "store/storeConfigs",
        "store/storeGroups",
        "store/storeViews",
        "store/websites",
    ] {
        checked.ask(resource).await;
    }
    checked.search("inventory/source-items").await;
    checked.search("products/attribute-sets/sets/list").await;
}

async fn refusals(checked: &mut Checked<'_>) {
    for resource in [
        "products",
        "products/none",
        "orders/0",
        "orders/99999",
        "orders/abc",
        "categories/99999",
        "products/attributes/none",
    ] {
        checked.ask(resource).await;
    }
    checked.ask(&Search::all().filter("none", "eq", "1").of("products")).await;
    checked.ask(&Search::all().filter("none", "eq", "1").of("orders")).await;
    for code in [401, 500] {
        let status = VendorStatus::ALL.iter().find(|status| status.code() == code).unwrap();
        let dial = format!("status={}@first=1", status.code());
        checked.shop.store.set_dials(vec![dial.parse().unwrap()]).unwrap();
        checked.ask("store/websites").await;
    }
}

#[tokio::test]
async fn every_answer_is_the_vendors_in_both_versions() {
    let apis = VERSIONS.map(api);
    let habits = MagentoHabits { mode: MagentoMode::Developer, ..MagentoHabits::plain() };
    let plain = Shop::of(48, 60).await;
    let developers = Shop::with(4, 4, MagentoSettings { habits, ..settings() }).await;
    let mut findings = Findings::new();
    for shop in [&plain, &developers] {
        let (apis, requests) = (apis.as_slice(), Findings::new());
        let mut checked = Checked { shop, apis, findings, requests };
        everything(&mut checked).await;
        refusals(&mut checked).await;
        findings = checked.findings;
    }
    let large = Shop::of(400, 0).await;
    let (apis, requests) = (apis.as_slice(), Findings::new());
    let mut checked = Checked { shop: &large, apis, findings, requests };
    for type_id in ["downloadable", "virtual", "grouped", "bundle"] {
        let search = Search::all().filter("type_id", "eq", type_id);
        let page = checked.ask(&search.of("products")).await;
        assert!(!page["items"].as_array().unwrap().is_empty(), "{type_id}");
    }
    let (unnamed, idle) = unnamed(&checked.findings, DEVIATIONS);
    assert!(unnamed.is_empty(), "{unnamed:#?}");
    assert!(idle.is_empty(), "found nowhere: {idle:#?}");
}

#[tokio::test]
async fn what_clients_ask_is_in_both_versions() {
    let apis = VERSIONS.map(api);
    let shop = Shop::of(20, 20).await;
    let (findings, requests) = (Findings::new(), Findings::new());
    let mut checked = Checked { shop: &shop, apis: &apis, findings, requests };
    let behind = Search::default()
        .filter("updated_at", "gteq", "2024-05-01 00:00:00")
        .any(&[("updated_at", "gt", "2024-05-01 00:00:00"), ("entity_id", "gt", "3")])
        .sort("updated_at", "ASC")
        .sort("entity_id", "ASC")
        .page(50, 1)
        .fields("items[id,updated_at],total_count");
    for resource in ["products", "orders"] {
        assert!(checked.ask(&behind.of(resource)).await["items"].is_array());
    }
    checked.ask("categories?rootCategoryId=2&depth=1").await;
    let (unnamed, idle) = unnamed(&checked.requests, REQUEST_DEVIATIONS);
    assert!(unnamed.is_empty(), "{unnamed:#?}");
    assert!(idle.is_empty(), "found nowhere: {idle:#?}");
}

#[tokio::test]
async fn what_is_not_the_vendors_is_found() {
    let api = api(VERSIONS[0]);
    let mut findings = Findings::new();
    let page = serde_json::json!({
        "items": [{"id": "1", "surprise": true}],
        "search_criteria": {"filter_groups": []},
    });
    api.check_answer(("GET", "/V1/products"), 200, Some(&page), &mut findings);
    let found: Vec<&str> = findings.keys().map(String::as_str).collect();
    assert_eq!(
        found,
        [
            "/V1/products 200.items[].id: is string, not integer",
            "/V1/products 200.items[].sku: is missing",
            "/V1/products 200.items[].surprise: is in no schema",
            "/V1/products 200.total_count: is missing",
        ]
    );
    assert_eq!(api.check_request("POST", "/V1/none", "").len(), 1);
    assert_eq!(api.check_request("GET", "/V1/categories", "depth=deep&breadth=1").len(), 2);
}
