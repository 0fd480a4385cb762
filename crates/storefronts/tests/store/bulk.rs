//! Bulk operations, from their beginning to their file.

use std::collections::{HashMap, HashSet};

use flyball_storefronts::{Plan, Stock, StoreConfig};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::common::{Shop, config, parse};

const RUN: &str = "mutation ($query: String!, $grouped: Boolean!) {
  bulkOperationRunQuery(query: $query, groupObjects: $grouped) {
    bulkOperation { id status url } userErrors { code field message } } }";
const POLL: &str = "query ($id: ID!) { bulkOperation(id: $id) { status errorCode objectCount
  rootObjectCount fileSize url partialDataUrl completedAt } }";
const PRODUCTS: &str = "{ products { edges { node { id title
  variants { edges { node { id sku inventoryItem { id inventoryLevels { edges { node { id } } } } } } }
  media { edges { node { id } } } } } } }";

async fn shop(dials: &[&str]) -> Shop {
    let dials = dials.iter().map(|dial| dial.parse().unwrap()).collect();
    let config = config(Stock::Generated { products: 60 }, Plan::Enterprise);
    Shop::open(StoreConfig { orders: 300, dials, ..config }).await
}

async fn begin(shop: &Shop, query: &str, grouped: bool) -> Value {
    let data = shop.data(RUN, json!({"query": query, "grouped": grouped})).await;
    data["bulkOperationRunQuery"].clone()
}

async fn begun(shop: &Shop, query: &str, grouped: bool) -> Value {
    let answer = begin(shop, query, grouped).await;
    assert_eq!(answer["userErrors"], json!([]), "{answer}");
    assert_eq!(answer["bulkOperation"]["status"], "CREATED");
    answer["bulkOperation"]["id"].clone()
}

async fn polled(shop: &Shop, id: &Value) -> Value {
    shop.data(POLL, json!({"id": id})).await["bulkOperation"].take()
}

/// What is at an address of the store, without a token.
async fn fetched(shop: &Shop, url: &Value) -> (u16, Vec<Value>) {
    let path = url.as_str().unwrap().strip_prefix("http://store").unwrap();
    let mut stream = shop.connect().await;
    let head = format!("GET {path} HTTP/1.1\r\nHost: store\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut found = Vec::new();
    stream.read_to_end(&mut found).await.unwrap();
    let reply = parse(&found);
    let body = String::from_utf8(reply.body).unwrap();
    let lines = if reply.status == 200 { body.lines().collect() } else { Vec::new() };
    (reply.status, lines.into_iter().map(|line| serde_json::from_str(line).unwrap()).collect())
}

async fn result(shop: &Shop, query: &str, grouped: bool) -> Vec<Value> {
    let id = begun(shop, query, grouped).await;
    shop.pass_ms(600_000);
    let done = polled(shop, &id).await;
    assert_eq!(done["status"], "COMPLETED");
    let (status, lines) = fetched(shop, &done["url"]).await;
    assert_eq!(status, 200);
    assert_eq!(done["objectCount"], lines.len().to_string());
    lines
}

#[tokio::test]
async fn the_file_holds_every_object_once_and_names_its_parent() {
    let shop = shop(&[]).await;
    let lines = result(&shop, PRODUCTS, true).await;
    let ids: HashSet<_> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), lines.len());
    let mut above: Option<&str> = None;
    let (mut variants, mut pictures, mut levels) = (0, 0, 0);
    for line in &lines {
        match line["id"].as_str().unwrap().rsplit('/').nth(1).unwrap() {
            "Product" => {
                assert!(line.get("__parentId").is_none() && line.get("variants").is_none());
                above = line["id"].as_str();
            }
            "ProductVariant" => {
                assert_eq!(line["__parentId"].as_str(), above);
                assert!(line["inventoryItem"].get("inventoryLevels").is_none());
                variants += 1;
            }
            "InventoryLevel" => {
                assert!(ids.contains(line["__parentId"].as_str().unwrap()));
                levels += 1;
            }
            _ => {
                assert_eq!(line["__parentId"].as_str(), above);
                pictures += 1;
            }
        }
    }
    let truth: Vec<_> = shop.store.truth().collect();
    let of = |count: fn(&flyball_domain::Product) -> usize| truth.iter().map(count).sum::<usize>();
    assert_eq!(variants, of(|product| product.variants.value().unwrap().len()));
    assert_eq!(pictures, of(|product| product.images.value().unwrap().len()));
    assert!(levels >= variants);
}

#[tokio::test]
async fn without_grouping_children_come_after_all_that_have_no_parent() {
    let shop = shop(&[]).await;
    let lines = result(&shop, PRODUCTS, false).await;
    let first_child = lines.iter().position(|line| line.get("__parentId").is_some()).unwrap();
    assert_eq!(first_child, 60);
    assert!(lines[first_child..].iter().all(|line| line.get("__parentId").is_some()));
    let by_id = |lines: Vec<Value>| -> HashMap<String, Value> {
        lines.into_iter().map(|line| (line["id"].as_str().unwrap().to_owned(), line)).collect()
    };
    assert_eq!(by_id(lines), by_id(result(&shop, PRODUCTS, true).await));
}

#[tokio::test]
async fn orders_come_with_lists_that_have_no_pages_inside_them() {
    let shop = shop(&[]).await;
    let query =
        "{ orders(query: \"status:closed\", sortKey: UPDATED_AT) { edges { node { id updatedAt
        refunds { id } transactions { id } lineItems { edges { node { id quantity } } } } } } }";
    let lines = result(&shop, query, false).await;
    let orders: Vec<_> = lines.iter().filter(|line| line.get("__parentId").is_none()).collect();
    assert!(orders.is_sorted_by_key(|order| order["updatedAt"].as_str()));
    let truth = shop.store.true_orders();
    let closed = truth
        .filter(|order| order.closed_at.value().is_some() && order.canceled_at.value().is_none());
    assert_eq!(orders.len(), closed.count());
    assert!(orders.iter().all(|order| order["transactions"].is_array()));
}

#[tokio::test]
async fn an_operation_waits_runs_and_then_has_a_file_for_seven_days() {
    let shop = shop(&[]).await;
    let id = begun(&shop, PRODUCTS, false).await;
    let waiting = polled(&shop, &id).await;
    assert_eq!((&waiting["status"], &waiting["url"]), (&json!("CREATED"), &Value::Null));
    shop.pass_ms(210);
    let running = polled(&shop, &id).await;
    assert_eq!(running["status"], "RUNNING");
    let found: u64 = running["objectCount"].as_str().unwrap().parse().unwrap();
    shop.pass_ms(600_000);
    let done = polled(&shop, &id).await;
    let all: u64 = done["objectCount"].as_str().unwrap().parse().unwrap();
    assert!(found < all);
    assert_eq!(done["rootObjectCount"], "60");
    assert!(done["completedAt"].is_string() && done["partialDataUrl"].is_null());
    assert_eq!(fetched(&shop, &done["url"]).await.0, 200);
    shop.pass_ms(7 * 86_400_000);
    assert_eq!(fetched(&shop, &done["url"]).await.0, 404);
}

#[tokio::test]
async fn five_run_at_once_and_a_sixth_is_told_so() {
    let shop = shop(&[]).await;
    let mut first = Value::Null;
    for number in 0..5 {
        let id = begun(&shop, PRODUCTS, false).await;
        if number == 0 {
            first = id;
        }
    }
    let answer = begin(&shop, PRODUCTS, false).await;
    assert_eq!(answer["bulkOperation"], Value::Null);
    assert_eq!(answer["userErrors"][0]["code"], "LIMIT_REACHED");
    let cancel = "mutation ($id: ID!) { bulkOperationCancel(id: $id) {
        bulkOperation { status } userErrors { message } } }";
    let data = shop.data(cancel, json!({"id": first})).await;
    assert_eq!(data["bulkOperationCancel"]["bulkOperation"]["status"], "CANCELED");
    begun(&shop, PRODUCTS, false).await;
    let data = shop.data(cancel, json!({"id": first})).await;
    assert_eq!(data["bulkOperationCancel"]["bulkOperation"], Value::Null);
    assert_eq!(data["bulkOperationCancel"]["userErrors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn one_that_fails_keeps_what_it_had_found() {
    let shop = shop(&["bulk-fails@first=1"]).await;
    let id = begun(&shop, PRODUCTS, false).await;
    shop.pass_ms(600_000);
    let failed = polled(&shop, &id).await;
    assert_eq!(failed["status"], "FAILED");
    assert_eq!(failed["errorCode"], "INTERNAL_SERVER_ERROR");
    assert_eq!(failed["url"], Value::Null);
    let (status, lines) = fetched(&shop, &failed["partialDataUrl"]).await;
    assert_eq!(status, 200);
    assert_eq!(failed["objectCount"], lines.len().to_string());
    let whole = result(&shop, PRODUCTS, false).await;
    assert_eq!(lines.len(), whole.len() / 2);
    assert_eq!(lines, whole[..lines.len()]);
}

#[tokio::test]
async fn an_empty_result_has_no_file() {
    let shop = shop(&[]).await;
    let query =
        "{ products(query: \"updated_at:>='2031-01-01T00:00:00Z'\") { edges { node { id } } } }";
    let id = begun(&shop, query, false).await;
    shop.pass_ms(600_000);
    let done = polled(&shop, &id).await;
    assert_eq!((&done["status"], &done["url"]), (&json!("COMPLETED"), &Value::Null));
    assert_eq!(done["objectCount"], "0");
}

#[tokio::test]
async fn queries_that_are_none_for_a_bulk_operation_are_refused() {
    let shop = shop(&[]).await;
    for (query, part) in [
        ("{ shop { id } }", "at least one connection"),
        ("{ node(id: \"gid://shopify/Shop/1\") { id } }", "node and nodes"),
        ("{ products { edges { node { id nothing } } } }", "doesn't exist on type 'Product'"),
        ("{ products { edges { node", "syntax error"),
        ("mutation { bulkOperationCancel(id: \"x\") { userErrors { message } } }", "must be queries"),
        (
            "{ orders { edges { node { id refunds { id refundLineItems { edges { node { id } } } } } } } }",
            "within a list field are not currently supported: refundLineItems",
        ),
        (
            "{ products { edges { node { id variants { edges { node { id product { id media { edges {
              node { id } } variants { edges { node { id metafields { edges { node { id } } } } } }
              } } } } } } } }",
            "syntax error",
        ),
        (
            "{ products { edges { node { id variants { edges { node { id product { id variants { edges {
              node { id metafields { edges { node { id } } } } } } } } } } } } } }",
            "nesting depth greater than 2",
        ),
        (
            "{ products { edges { node { id variants { edges { node { id } } } media { edges { node { id }
              } } metafields { edges { node { id } } } collections { edges { node { id } } } } } }
              orders { edges { node { id } } } }",
            "more than 5 connections",
        ),
        (
            "{ products { edges { node { title variants { edges { node { id } } } } } } }",
            "must select its id",
        ),
        ("{ products(query: \"a OR b\") { edges { node { id } } } }", "Invalid search query"),
    ] {
        let answer = begin(&shop, query, false).await;
        assert_eq!(answer["bulkOperation"], Value::Null, "{query}");
        let error = &answer["userErrors"][0];
        assert_eq!(error["code"], "INVALID");
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
    }
}

#[tokio::test]
async fn beginning_one_costs_what_a_mutation_costs_and_its_rows_nothing() {
    let shop = shop(&[]).await;
    let answer = shop.query(RUN, json!({"query": PRODUCTS, "grouped": false})).await;
    assert_eq!(answer["extensions"]["cost"]["requestedQueryCost"], 10);
    assert_eq!(answer["extensions"]["cost"]["actualQueryCost"], 10);
}

#[tokio::test]
async fn the_latest_operation_and_all_of_them_can_be_asked_for() {
    let shop = shop(&[]).await;
    begun(&shop, PRODUCTS, false).await;
    let second = begun(&shop, PRODUCTS, false).await;
    let query = "{ currentBulkOperation { id } bulkOperations(first: 10) { nodes { id } } }";
    let data = shop.data(query, json!({})).await;
    assert_eq!(data["currentBulkOperation"]["id"], second);
    assert_eq!(data["bulkOperations"]["nodes"].as_array().unwrap().len(), 2);
}
