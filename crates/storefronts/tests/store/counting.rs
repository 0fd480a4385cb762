//! What the store counts of its callers, and the stock that can be changed under them.

use crate::common::{NOW_MS, Shop};
use flyball_domain::UnixMillis;
use flyball_storefronts::{PRODUCTS_MAX, Plan, Stock, Store, StoreError};
use serde_json::json;

const QUERY: &str = "{ shop { id } }";

#[tokio::test]
async fn calls_are_counted_by_lease() {
    let shop = Shop::of(1).await;
    for tag in ["a-1", "a-2", "b-1", "a-3", "c-1", "nonsense"] {
        shop.call(tag, QUERY, json!({})).await;
    }
    let counters = shop.store.counters();
    assert_eq!((counters.calls, counters.answered), (6, 6));
    assert_eq!((counters.leases, counters.jobs_at_once_max, counters.untagged), (3, 2, 1));
    assert_eq!(counters.cost_spent_milli, 6_000);
}

#[tokio::test]
async fn calls_after_a_completed_stop_are_counted_until_it_is_lifted() {
    let shop = Shop::of(1).await;
    shop.call("a-1", QUERY, json!({})).await;
    shop.pass_ms(1_000);
    shop.call("a-2", QUERY, json!({})).await;
    shop.store.note_stop(UnixMillis(NOW_MS + 500));
    assert_eq!(shop.store.counters().calls_after_stop, 1);
    shop.store.note_lift(UnixMillis(NOW_MS + 2_000));
    shop.pass_ms(1_000);
    shop.call("a-3", QUERY, json!({})).await;
    assert_eq!(shop.store.counters().calls_after_stop, 1);
}

#[tokio::test]
async fn products_can_be_added_changed_touched_and_deleted_while_the_store_runs() {
    let shop = Shop::of(10).await;
    let ids: Vec<_> = shop.store.truth().map(|product| product.id).collect();
    let mut changed = shop.store.get(&ids[2]).unwrap();
    changed.title = "Changed".to_owned();
    let added = shop.store.add(changed.clone()).unwrap();
    shop.store.put(&ids[2], changed).unwrap();
    shop.store.touch(&ids[3]).unwrap();
    shop.store.delete(&ids[4]).unwrap();
    assert!(shop.store.touch(&ids[4]).is_err());
    assert!(shop.store.delete(&"7".parse().unwrap()).is_err());
    assert_eq!(shop.store.len(), 10);
    let query = format!(
        "{{ products(first: 9, sortKey: UPDATED_AT, query: \"updated_at:>='{}'\") {{ nodes {{
           legacyResourceId title }} }} }}",
        UnixMillis(NOW_MS)
    );
    let data = shop.data(&query, json!({})).await;
    let nodes = data["products"]["nodes"].as_array().unwrap();
    let found: Vec<_> =
        nodes.iter().map(|node| node["legacyResourceId"].as_str().unwrap()).collect();
    assert_eq!(found, [ids[2].as_str(), ids[3].as_str(), added.as_str()]);
    assert_eq!(nodes[0]["title"], "Changed");
    assert_eq!(shop.store.truth().count(), 10);
    assert_eq!(shop.store.truth_of(&ids[4]), None);
}

#[tokio::test]
async fn a_million_products_are_served_at_once() {
    let shop = Shop::of(1_000_000).await;
    assert_eq!(shop.store.len(), 1_000_000);
    let query = "{ products(last: 3, sortKey: UPDATED_AT) { nodes { id title } } }";
    let data = shop.data(query, json!({})).await;
    assert_eq!(data["products"]["nodes"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_same_seed_makes_the_same_store() {
    let (one, other) = (Shop::of(60).await, Shop::of(60).await);
    assert!(one.store.truth().eq(other.store.truth()));
}

#[tokio::test]
async fn a_store_that_cannot_be_is_refused_in_words() {
    let clock: flyball_storefronts::Clock = std::sync::Arc::new(|| NOW_MS);
    let config = crate::common::config(Stock::Generated { products: PRODUCTS_MAX + 1 }, Plan::Plus);
    let error = Store::open(config, std::sync::Arc::clone(&clock)).unwrap_err();
    assert!(matches!(error, StoreError::TooManyProducts { .. }));
    let taken = Shop::of(1).await;
    let port = taken.store.url().rsplit(':').next().unwrap().parse().unwrap();
    let mut config = crate::common::config(Stock::Generated { products: 1 }, Plan::Plus);
    config.port = port;
    let error = Store::serve(config, clock).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("can't listen on port {port} of loopback")));
}
