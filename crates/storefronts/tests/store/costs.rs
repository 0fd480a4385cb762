//! What queries cost, and what happens when there is not enough.

use crate::common::{Shop, config};
use flyball_storefronts::{Plan, Stock};
use serde_json::{Value, json};

const FLAT: &str = "query ($n: Int!) { products(first: $n) { pageInfo { hasNextPage endCursor } nodes {
    id title handle description vendor productType status tags createdAt updatedAt publishedAt } } }";

async fn standard(products: u64) -> Shop {
    Shop::open(config(Stock::Generated { products }, Plan::Standard)).await
}

async fn cost(shop: &Shop, query: &str, variables: Value) -> (u64, u64) {
    let answer = shop.query(query, variables).await;
    let cost = &answer["extensions"]["cost"];
    (cost["requestedQueryCost"].as_u64().unwrap(), cost["actualQueryCost"].as_u64().unwrap())
}

#[tokio::test]
async fn costs_are_near_what_was_recorded() {
    let shop = Shop::of(33).await;
    // Recorded: 33 flat products, 50 asked for: 9 and 7.
    assert_eq!(cost(&shop, FLAT, json!({"n": 50})).await, (9, 8));
    // Recorded: a product that is not there, 250 variants with their inventory items: 25 and 1.
    let variants = "{ product(id: \"gid://shopify/Product/1\") { variants(first: 250) { nodes {
        inventoryItem { id tracked } } } } }";
    assert_eq!(cost(&shop, variants, json!({})).await, (25, 1));
    // Recorded: 50 products with 100 variants each asked for: 107; found 35 with 51: 32.
    let nested =
        "{ products(first: 50) { pageInfo { hasNextPage } nodes { id options { name } variants(
        first: 100) { pageInfo { hasNextPage } nodes { id sku } } } } }";
    let (requested, actual) = cost(&shop, nested, json!({})).await;
    assert!((100..=115).contains(&requested), "{requested}");
    assert!((20..=45).contains(&actual), "{actual}");
}

#[tokio::test]
async fn edges_cost_what_nodes_cost_and_fragments_what_is_in_them() {
    let shop = Shop::of(33).await;
    let nodes =
        "{ products(first: 50) { nodes { id seo { title } media(first: 20) { nodes { id } } } } }";
    let edges = "{ products(first: 50) { edges { cursor node { ...P } } } }
        fragment P on Product { id seo { title } media(first: 20) { edges { node { id
          ... on MediaImage { alt } ... on Video { alt } } } } }";
    assert_eq!(cost(&shop, nodes, json!({})).await, cost(&shop, edges, json!({})).await);
}

#[tokio::test]
async fn amounts_of_money_cost_nothing_and_other_objects_a_point() {
    let shop = Shop::of(33).await;
    let item = async |fields: &str| {
        let id = "gid://shopify/ProductVariant/43000000000000";
        let query =
            format!("{{ productVariant(id: \"{id}\") {{ id inventoryItem {{ {fields} }} }} }}");
        cost(&shop, &query, json!({})).await.0
    };
    assert_eq!(item("id").await, 2);
    assert_eq!(item("id unitCost { amount currencyCode }").await, 2);
    assert_eq!(item("id measurement { weight { value unit } }").await, 4);
}

/// The figures that were computed for the proposed queries, before there was a store.
#[cfg(feature = "shared")]
#[tokio::test]
async fn our_queries_request_what_was_calculated() {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the shared folder is, is told to the test"
    )]
    let shared = std::env::var("FLYBALL_SHARED").expect("the variable FLYBALL_SHARED");
    let query = |name: &str| std::fs::read_to_string(format!("{shared}/queries/{name}")).unwrap();
    let shop = Shop::of(33).await;
    let page = query("products_incremental.graphql");
    for (first, points) in [(10, 349), (25, 487), (50, 592), (100, 696), (250, 835)] {
        shop.pass_ms(60_000);
        assert_eq!(cost(&shop, &page, json!({"first": first})).await.0, points);
    }
    let page = query("orders_incremental.graphql");
    for (first, points) in [(10, 354), (25, 494), (50, 600), (100, 707), (250, 847)] {
        shop.pass_ms(60_000);
        assert_eq!(cost(&shop, &page, json!({"first": first})).await.0, points);
    }
    let overflow = query("product_variants_overflow.graphql");
    let id = "gid://shopify/Product/8600000000013";
    assert_eq!(cost(&shop, &overflow, json!({"id": id})).await.0, 38);
}

#[tokio::test]
async fn the_bucket_gives_back_what_a_query_did_not_cost_and_refills_with_time() {
    let shop = standard(33).await;
    let answer = shop.query(FLAT, json!({"n": 50})).await;
    let expected = json!({
        "requestedQueryCost": 9,
        "actualQueryCost": 8,
        "throttleStatus": {"maximumAvailable": 2_000.0, "currentlyAvailable": 1_992, "restoreRate": 100.0},
    });
    assert_eq!(answer["extensions"]["cost"], expected);
    let text = answer.to_string();
    assert!(text.contains("\"maximumAvailable\":2000.0"), "{text}");
    shop.pass_ms(50);
    let answer = shop.query("{ shop { id } }", json!({})).await;
    let status = &answer["extensions"]["cost"]["throttleStatus"];
    assert_eq!(status["currentlyAvailable"], 1_996);
}

#[tokio::test]
async fn a_query_that_requests_more_than_is_there_is_throttled_and_costs_nothing() {
    let shop = standard(200).await;
    let dear = "{ products(first: 250) { nodes { id variants(first: 250) { nodes { id
        inventoryItem { id } } } } } }";
    let mut answers = Vec::new();
    for _ in 0..60 {
        answers.push(shop.query(dear, json!({})).await);
    }
    let throttled = answers.iter().find(|answer| answer.get("errors").is_some()).unwrap();
    let cost = &throttled["extensions"]["cost"];
    let available = cost["throttleStatus"]["currentlyAvailable"].as_u64().unwrap();
    let requested = cost["requestedQueryCost"].as_u64().unwrap();
    assert!(available < requested);
    let expected = json!({
        "errors": [{
            "message": "Throttled",
            "extensions": {
                "code": "THROTTLED",
                "documentation": "https://shopify.dev/api/usage/rate-limits",
            },
        }],
        "extensions": {"cost": {
            "requestedQueryCost": requested,
            "actualQueryCost": null,
            "throttleStatus": {
                "maximumAvailable": 2_000.0, "currentlyAvailable": available, "restoreRate": 100.0,
            },
        }},
    });
    assert_eq!(*throttled, expected);
    // After exactly the time that the vendor's own figures tell, it fits.
    let wait_ms = (requested - available) * 1_000 / 100;
    shop.pass_ms(wait_ms);
    assert!(shop.query(dear, json!({})).await.get("errors").is_none());
    let counters = shop.store.counters();
    assert_eq!(counters.answered + counters.throttled, 61);
    assert!(counters.throttled > 0);
    assert_eq!(counters.cost_offered_milli, 2_000_000 + wait_ms * 100);
    assert!(counters.cost_spent_milli <= counters.cost_offered_milli);
}

#[tokio::test]
async fn no_plan_allows_a_query_of_more_than_a_thousand_points() {
    let shop = Shop::of(5).await;
    let dear = "{ products(first: 250) { nodes { variants(first: 250) { nodes { media(first: 250) {
        nodes { id } } } } } } }";
    let error = shop.error(dear, json!({})).await;
    assert_eq!(error["extensions"]["code"], "MAX_COST_EXCEEDED");
    assert_eq!(error["extensions"]["maxCost"], 1_000);
    let requested = error["extensions"]["cost"].as_u64().unwrap();
    let message =
        format!("Query cost is {requested}, which exceeds the single query max cost limit (1000).");
    assert!(error["message"].as_str().unwrap().starts_with(&message));
}
