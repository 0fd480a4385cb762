//! Lists of orders: sorted, searched, cut into pages, and as far as the token may see.

use flyball_domain::{UnixMillis, VendorId};
use flyball_storefronts::{OrderScope, Plan, Stock, StoreConfig, Vendor};
use serde_json::{Value, json};

use crate::common::{NOW_MS, Shop, config};

const LIST: &str =
    "query ($n: Int!, $after: String, $query: String, $sort: OrderSortKeys!, $back: Boolean) {
  orders(first: $n, after: $after, query: $query, sortKey: $sort, reverse: $back) {
    pageInfo { hasNextPage endCursor } nodes { legacyResourceId updatedAt createdAt } } }";

async fn shop(orders: u64) -> Shop {
    let config = config(Stock::Generated { products: 20 }, Plan::Enterprise);
    Shop::open(StoreConfig { orders, ..config }).await
}

/// All of a list, page by page, as (id, last change).
async fn walked(shop: &Shop, n: u64, sort: &str, back: bool, query: &str) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    let mut after = Value::Null;
    loop {
        shop.pass_ms(1_000);
        let variables = json!({"n": n, "after": after, "query": query, "sort": sort, "back": back});
        let data = shop.data(LIST, variables).await;
        for node in data["orders"]["nodes"].as_array().unwrap() {
            let id = node["legacyResourceId"].as_str().unwrap().parse().unwrap();
            let updated_at = UnixMillis::parse_rfc3339(node["updatedAt"].as_str().unwrap());
            found.push((id, updated_at.unwrap().0));
        }
        if data["orders"]["pageInfo"]["hasNextPage"] == false {
            return found;
        }
        after = data["orders"]["pageInfo"]["endCursor"].clone();
    }
}

fn truth(shop: &Shop) -> Vec<(u64, u64)> {
    let row =
        |order: flyball_domain::Order| (order.id.as_str().parse().unwrap(), order.updated_at.0);
    shop.store.true_orders().map(row).collect()
}

#[tokio::test]
async fn pages_hold_every_order_once_in_each_order() {
    let shop = shop(203).await;
    let by_id = truth(&shop);
    let mut by_change = by_id.clone();
    by_change.sort_by_key(|(id, updated_at)| (*updated_at, *id));
    assert_ne!(by_id, by_change);
    for n in [7, 100, 250] {
        for sort in ["ID", "CREATED_AT", "PROCESSED_AT"] {
            assert_eq!(walked(&shop, n, sort, false, "").await, by_id, "{sort}");
        }
        assert_eq!(walked(&shop, n, "UPDATED_AT", false, "").await, by_change);
        let mut back = walked(&shop, n, "UPDATED_AT", true, "").await;
        back.reverse();
        assert_eq!(back, by_change);
    }
}

#[tokio::test]
async fn orders_are_sorted_by_processing_where_nothing_is_said() {
    let shop = shop(130).await;
    let data = shop.data("{ orders(first: 130) { nodes { legacyResourceId } } }", json!({})).await;
    let found = data["orders"]["nodes"].as_array().unwrap().iter();
    let found: Vec<u64> =
        found.map(|node| node["legacyResourceId"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(found, truth(&shop).iter().map(|(id, _)| *id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_search_by_change_finds_exactly_what_changed_then_if_its_times_are_quoted() {
    let shop = shop(200).await;
    let mut times: Vec<_> = truth(&shop).iter().map(|(_, updated_at)| *updated_at).collect();
    times.sort_unstable();
    let (from, until) = (times[50], times[150]);
    let text = |ms| UnixMillis(ms).to_rfc3339();
    let query = format!("updated_at:>='{}' updated_at:<'{}'", text(from), text(until));
    let found = walked(&shop, 30, "UPDATED_AT", false, &query).await;
    let expected = times.iter().filter(|at| (from..until).contains(*at)).count();
    assert!(expected >= 99);
    assert_eq!(found.len(), expected);
    assert!(found.iter().all(|(_, at)| (from..until).contains(at)));
    // Without quotes, the time is cut to its date in the shop's zone, an hour east of UTC.
    let query = format!("updated_at:>={}", text(from));
    let found = walked(&shop, 30, "UPDATED_AT", false, &query).await;
    let day_from = (from + 3_600_000) / 86_400_000 * 86_400_000 - 3_600_000;
    assert!(day_from < from);
    assert_eq!(found.len(), times.iter().filter(|at| **at >= day_from).count());
}

#[tokio::test]
async fn many_orders_share_the_second_of_their_last_change() {
    let shop = shop(200).await;
    let mut times: Vec<_> = truth(&shop).iter().map(|(_, updated_at)| *updated_at).collect();
    times.sort_unstable();
    times.dedup();
    assert!(times.len() < 190, "{}", times.len());
}

#[tokio::test]
async fn what_is_added_changed_and_deleted_is_listed_so() {
    let shop = shop(40).await;
    let ids: Vec<VendorId> = shop.store.true_orders().map(|order| order.id).collect();
    let pattern = shop.store.get_order(&ids[3]).unwrap();
    shop.pass_ms(5_000);
    let added = shop.store.add_order(pattern.clone()).unwrap();
    shop.pass_ms(5_000);
    shop.store.touch_order(&ids[7]).unwrap();
    shop.pass_ms(5_000);
    let changed =
        flyball_storefronts::StockOrder { note: Some("ring twice".to_owned()), ..pattern };
    shop.store.put_order(&ids[9], changed.clone()).unwrap();
    shop.store.delete_order(&ids[11]).unwrap();
    assert_eq!(shop.store.orders_len(), 40);
    assert!(shop.store.delete_order(&ids[11]).is_err());
    assert_eq!(shop.store.get_order(&ids[9]), Some(changed));
    let found = walked(&shop, 7, "UPDATED_AT", false, "").await;
    let number = |id: &VendorId| id.as_str().parse::<u64>().unwrap();
    let last: Vec<_> = found[found.len() - 3..].iter().map(|(id, _)| *id).collect();
    assert_eq!(last, [number(&added), number(&ids[7]), number(&ids[9])]);
    assert!(found.iter().all(|(id, _)| *id != number(&ids[11])));
    let gone = shop.data(
        "query ($id: ID!) { order(id: $id) { id } }",
        json!({"id": format!("gid://shopify/Order/{}", ids[11])}),
    );
    assert_eq!(gone.await["order"], Value::Null);
}

#[tokio::test]
async fn words_are_searched_in_the_fields_of_orders() {
    let shop = shop(200).await;
    let one = walked(&shop, 10, "ID", false, "name:#1042").await;
    assert_eq!(one.len(), 1);
    let all = truth(&shop).len();
    let mut total = 0;
    for status in ["open", "closed", "cancelled"] {
        total += walked(&shop, 100, "ID", false, &format!("status:{status}")).await.len();
    }
    assert_eq!(total, all);
    let refunded = "financial_status:refunded,partially_refunded";
    let found = walked(&shop, 100, "ID", false, refunded).await.len();
    let truly = shop.store.true_orders();
    assert_eq!(found, truly.filter(|order| !order.refunds.value().unwrap().is_empty()).count());
    let count = "query ($q: String!) { ordersCount(query: $q) { count precision } }";
    let data = shop.data(count, json!({"q": refunded})).await;
    assert_eq!(data["ordersCount"]["count"], found);
}

#[tokio::test]
async fn without_the_scope_orders_older_than_sixty_days_are_just_absent() {
    let vendor = Vendor::Shopify { plan: Plan::Enterprise, scope: OrderScope::Recent };
    let config = config(Stock::Generated { products: 20 }, Plan::Enterprise);
    let shop = Shop::open(StoreConfig { orders: 2_000, vendor, ..config }).await;
    let from = NOW_MS - 60 * 86_400_000;
    let found = walked(&shop, 50, "CREATED_AT", false, "").await;
    let all = shop.store.orders_len();
    assert_eq!(all, 2_000);
    let found_len = u64::try_from(found.len()).unwrap();
    assert!(found_len > 0 && found_len < 60, "{found_len}");
    // The truth is what such a token can see.
    assert_eq!(found, truth(&shop));
    assert!(shop.store.true_orders().all(|order| order.created_at.value().unwrap().0 >= from));
    let data = shop.data("{ ordersCount { count } }", json!({})).await;
    assert_eq!(data["ordersCount"]["count"], found_len);
    let oldest = json!({"id": "gid://shopify/Order/5500000000000"});
    let data = shop.data("query ($id: ID!) { node(id: $id) { id } }", oldest).await;
    assert_eq!(data["node"], Value::Null);
    let added =
        shop.store.add_order(shop.store.get_order(&"5500000000000".parse().unwrap()).unwrap());
    assert!(shop.store.true_order_of(&added.unwrap()).is_some());
}

#[tokio::test]
async fn parts_of_an_order_are_found_by_their_ids() {
    let shop = shop(200).await;
    let order =
        shop.store.true_orders().find(|order| !order.returns.value().unwrap().is_empty()).unwrap();
    let first = |id: &VendorId, of: &str| format!("gid://shopify/{of}/{id}");
    let ids = [
        first(&order.id, "Order"),
        first(&order.lines.value().unwrap()[0].id, "LineItem"),
        first(&order.refunds.value().unwrap()[0].id, "Refund"),
        first(&order.returns.value().unwrap()[0].id, "Return"),
        first(&order.fulfillments.value().unwrap()[0].id, "Fulfillment"),
        first(order.payments.value().unwrap()[0].id.value().unwrap(), "OrderTransaction"),
    ];
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename
        ... on Refund { refundLineItems(first: 5) { nodes { quantity } } } } }";
    let data = shop.data(query, json!({"ids": ids})).await;
    for (node, id) in data["nodes"].as_array().unwrap().iter().zip(&ids) {
        assert_eq!(node["id"], id.as_str());
    }
    assert_eq!(data["nodes"][2]["refundLineItems"]["nodes"][0]["quantity"], 1);
}

#[tokio::test]
async fn a_forgotten_cursor_is_refused_and_the_first_page_is_not() {
    let shop = shop(40).await;
    let page = |after: Value| json!({"n": 5, "after": after, "sort": "ID"});
    let data = shop.data(LIST, page(Value::Null)).await;
    shop.store.set_dials(vec!["stale-cursor".parse().unwrap()]).unwrap();
    let cursor = data["orders"]["pageInfo"]["endCursor"].clone();
    let error = shop.error(LIST, page(cursor)).await;
    assert_eq!(error["message"], "Invalid cursor for current pagination sort: after");
    assert!(shop.data(LIST, page(Value::Null)).await["orders"].is_object());
}

#[tokio::test]
async fn a_line_may_lead_to_a_product_and_back_to_nothing_when_it_is_gone() {
    let shop = shop(30).await;
    let query = "query ($id: ID!) { order(id: $id) { lineItems(first: 1) { nodes {
        product { id title } variant { id sku } } } } }";
    let order = shop
        .store
        .true_orders()
        .find(|order| order.lines.value().unwrap()[0].product_id.value().is_some())
        .unwrap();
    let product = order.lines.value().unwrap()[0].product_id.value().unwrap().clone();
    let id = json!({"id": format!("gid://shopify/Order/{}", order.id)});
    let line = shop.data(query, id.clone()).await["order"]["lineItems"]["nodes"][0].take();
    assert_eq!(line["product"]["id"], format!("gid://shopify/Product/{product}"));
    shop.store.delete(&product).unwrap();
    let line = shop.data(query, id).await["order"]["lineItems"]["nodes"][0].take();
    assert_eq!(line, json!({"product": null, "variant": null}));
}

#[tokio::test]
async fn a_search_that_lags_behind_does_not_know_yet_what_was_made_or_changed() {
    let shop = shop(40).await;
    shop.store.set_dials(vec!["search-lag=5s".parse().unwrap()]).unwrap();
    let ids: Vec<VendorId> = shop.store.true_orders().map(|order| order.id).collect();
    shop.pass_ms(60_000);
    shop.store.touch_order(&ids[3]).unwrap();
    let pattern = shop.store.get_order(&ids[3]).unwrap();
    let added = shop.store.add_order(pattern).unwrap();
    let touched_at = shop.store.true_order_of(&ids[3]).unwrap().updated_at;
    let since = format!("updated_at:>='{}'", touched_at.to_rfc3339());
    // Each page lets a second pass.
    assert_eq!(walked(&shop, 50, "UPDATED_AT", false, &since).await, []);
    // By its id the changed one is still found; the new one is not, unless nothing is searched for.
    let by_id = walked(&shop, 50, "ID", false, "id:>=1").await;
    assert_eq!(by_id.len(), 40);
    assert_eq!(walked(&shop, 50, "ID", false, "").await.len(), 41);
    shop.pass_ms(5_000);
    let found = walked(&shop, 50, "UPDATED_AT", false, &since).await;
    let number = |id: &VendorId| id.as_str().parse::<u64>().unwrap();
    assert_eq!(found, [(number(&ids[3]), touched_at.0), (number(&added), touched_at.0)]);
}
