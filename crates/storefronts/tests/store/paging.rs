//! Lists: every product exactly once, whatever the page size, and where lists end.

use std::collections::BTreeSet;

use crate::common::Shop;
use flyball_domain::UnixMillis;
use flyball_storefronts::LIST_OBJECTS_MAX;
use proptest::prelude::*;
use serde_json::{Value, json};

const PAGE: &str = "query ($n: Int!, $after: String, $query: String, $sort: ProductSortKeys) {
  products(first: $n, after: $after, query: $query, sortKey: $sort) {
    pageInfo { hasNextPage endCursor } nodes { id updatedAt } } }";

async fn page(shop: &Shop, count: u64, after: &Value, query: &str, sort: &str) -> Value {
    let variables = json!({"n": count, "after": after, "query": query, "sort": sort});
    shop.data(PAGE, variables).await["products"].take()
}

/// Ids and times of a whole list, page by page.
async fn all(shop: &Shop, count: u64, query: &str, sort: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = page(shop, count, &after, query, sort).await;
        for node in page["nodes"].as_array().unwrap() {
            let text = |name: &str| node[name].as_str().unwrap().to_owned();
            found.push((text("id"), text("updatedAt")));
        }
        assert!(u64::try_from(found.len()).unwrap() <= shop.store.len());
        if page["pageInfo"]["hasNextPage"] == false {
            return found;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn pages_hold_every_product_exactly_once_and_in_order(
        products in 0_u64..300,
        count in 1_u64..=250,
        touched in proptest::collection::vec(0_usize..300, 0..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let shop = Shop::of(products).await;
            let ids: Vec<_> = shop.store.truth().map(|product| product.id).collect();
            for place in touched {
                if let Some(id) = ids.get(place) {
                    shop.store.touch(id).unwrap();
                    shop.pass_ms(700);
                }
            }
            for sort in ["ID", "UPDATED_AT"] {
                // Small pages of many products would only repeat themselves.
                let found = all(&shop, count.max(products / 20 + 1), "", sort).await;
                let distinct: BTreeSet<_> = found.iter().map(|(id, _)| id.clone()).collect();
                assert_eq!(found.len(), ids.len());
                assert_eq!(distinct.len(), ids.len());
                let in_order = match sort {
                    "ID" => found.is_sorted(),
                    _ => found.is_sorted_by_key(|(id, updated)| (updated.clone(), id.clone())),
                };
                assert!(in_order, "{sort}");
            }
        });
    }
}

#[tokio::test]
async fn a_row_that_moves_while_paging_by_last_change_comes_again_and_none_is_missed() {
    let shop = Shop::of(60).await;
    let ids: Vec<_> = shop.store.truth().map(|product| product.id).collect();
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = page(&shop, 10, &after, "", "UPDATED_AT").await;
        for node in page["nodes"].as_array().unwrap() {
            let id = node["id"].as_str().unwrap();
            seen.push(id.rsplit('/').next().unwrap().to_owned());
        }
        if seen.len() == 20 {
            shop.store.touch(&seen[3].parse().unwrap()).unwrap();
            shop.store.touch(&seen[19].parse().unwrap()).unwrap();
            let ahead = ids.iter().find(|id| !seen.iter().any(|seen| seen == id.as_str()));
            shop.store.touch(ahead.unwrap()).unwrap();
        }
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let distinct: BTreeSet<_> = seen.iter().map(String::as_str).collect();
    assert_eq!(distinct.len(), 60);
    assert_eq!(seen.len(), 62);
}

#[tokio::test]
async fn a_range_of_last_change_holds_exactly_what_changed_in_it() {
    let shop = Shop::of(500).await;
    let mut times: Vec<_> = shop.store.truth().map(|product| product.updated_at).collect();
    times.sort();
    let (from, to) = (times[100], times[400]);
    let expected = times.iter().filter(|time| **time >= from && **time < to).count();
    let query = format!("updated_at:>='{from}' updated_at:<'{to}'");
    for sort in ["UPDATED_AT", "ID"] {
        let found = all(&shop, 33, &query, sort).await;
        assert_eq!(found.len(), expected, "{sort}");
        for (_, updated) in found {
            let updated = UnixMillis::parse_rfc3339(&updated).unwrap();
            assert!(from <= updated && updated < to);
        }
    }
}

#[tokio::test]
async fn without_quotes_a_range_begins_at_the_shops_midnight() {
    let shop = Shop::of(1).await;
    let id = shop.store.truth().next().unwrap().id;
    shop.store.touch(&id).unwrap();
    // The product changed at 09:00Z; the shop's day began at 23:00Z the day before.
    for (query, count) in [
        ("updated_at:>='2026-11-22T09:00:01Z'", 0),
        ("updated_at:>2026-11-22T09:00:01Z", 1),
        ("updated_at:>'2026-11-22T09:00:00Z'", 1),
        ("updated_at:<2026-11-22T23:59:59Z", 0),
        ("updated_at:<'2026-11-22T23:59:59Z'", 1),
    ] {
        assert_eq!(all(&shop, 10, query, "UPDATED_AT").await.len(), count, "{query}");
    }
}

#[tokio::test]
async fn a_list_ends_at_its_bound_however_many_products_there_are() {
    let shop = Shop::of(LIST_OBJECTS_MAX + 700).await;
    let found = all(&shop, 240, "", "UPDATED_AT").await;
    assert_eq!(u64::try_from(found.len()).unwrap(), LIST_OBJECTS_MAX);
    let last = &found.last().unwrap().1;
    let rest = all(&shop, 250, &format!("updated_at:>='{last}'"), "UPDATED_AT").await;
    let distinct: BTreeSet<_> = found.iter().chain(&rest).map(|(id, _)| id).collect();
    assert_eq!(u64::try_from(distinct.len()).unwrap(), LIST_OBJECTS_MAX + 700);
}

#[tokio::test]
async fn a_list_can_be_read_from_its_end() {
    let shop = Shop::of(25).await;
    let query =
        "query ($before: String) { products(last: 10, before: $before, sortKey: UPDATED_AT) {
        pageInfo { hasPreviousPage startCursor } nodes { id } } }";
    let forward = all(&shop, 250, "", "UPDATED_AT").await;
    let mut found: Vec<String> = Vec::new();
    let mut before = Value::Null;
    loop {
        let data = shop.data(query, json!({"before": before})).await;
        let nodes = data["products"]["nodes"].as_array().unwrap();
        let ids = nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned());
        found.splice(0..0, ids);
        if data["products"]["pageInfo"]["hasPreviousPage"] == false {
            break;
        }
        before = data["products"]["pageInfo"]["startCursor"].clone();
    }
    let expected: Vec<_> = forward.into_iter().map(|(id, _)| id).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_reversed_list_is_the_list_backwards() {
    let shop = Shop::of(25).await;
    let query =
        "query ($after: String) { products(first: 10, after: $after, reverse: true, sortKey:
        UPDATED_AT) { pageInfo { hasNextPage endCursor } nodes { id } } }";
    let mut found: Vec<String> = Vec::new();
    let mut after = Value::Null;
    loop {
        let data = shop.data(query, json!({"after": after})).await;
        let nodes = data["products"]["nodes"].as_array().unwrap();
        found.extend(nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        assert!(found.len() <= 25);
        if data["products"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = data["products"]["pageInfo"]["endCursor"].clone();
    }
    found.reverse();
    let forward = all(&shop, 250, "", "UPDATED_AT").await;
    let expected: Vec<_> = forward.into_iter().map(|(id, _)| id).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_cursor_of_one_order_is_refused_in_the_other() {
    let shop = Shop::of(25).await;
    let by_id = page(&shop, 5, &Value::Null, "", "ID").await;
    let cursor = &by_id["pageInfo"]["endCursor"];
    let variables = json!({"n": 5, "after": cursor, "sort": "UPDATED_AT"});
    let error = shop.error(PAGE, variables).await;
    assert_eq!(error["message"], "Invalid cursor for current pagination sort: after");
}

#[tokio::test]
async fn two_thousand_variants_come_in_pages_or_at_once() {
    let shop = Shop::of(20).await;
    let id = "gid://shopify/Product/8600000000013";
    let query = "query ($id: ID!, $n: Int!, $after: String) { product(id: $id) {
        variants(first: $n, after: $after) { pageInfo { hasNextPage endCursor } nodes { id position } } } }";
    let once = shop.data(query, json!({"id": id, "n": 2_000})).await;
    assert_eq!(once["product"]["variants"]["nodes"].as_array().unwrap().len(), 2_000);
    let mut positions = Vec::new();
    let mut after = Value::Null;
    loop {
        let data = shop.data(query, json!({"id": id, "n": 250, "after": after})).await;
        let variants = &data["product"]["variants"];
        for node in variants["nodes"].as_array().unwrap() {
            positions.push(node["position"].as_u64().unwrap());
        }
        if variants["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = variants["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(positions, (1..=2_000).collect::<Vec<_>>());
    let error = shop.error(query, json!({"id": id, "n": 2_001})).await;
    assert_eq!(error["message"], "first cannot exceed 2000");
    let many = "{ products(first: 1) { nodes { variants(first: 251) { nodes { id } } } } }";
    assert_eq!(shop.error(many, json!({})).await["message"], "first cannot exceed 250");
}
