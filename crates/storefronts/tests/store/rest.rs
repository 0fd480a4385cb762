//! The REST API, as far as clients still ask for it.

use std::collections::BTreeSet;

use flyball_storefronts::{OrderScope, Plan, Stock, StoreConfig, Vendor};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::common::{Reply, Shop, TOKEN, config, parse};

const ORDERS: u64 = 130;

async fn shop(dials: &[&str]) -> Shop {
    let dials = dials.iter().map(|dial| dial.parse().unwrap()).collect();
    let config = config(Stock::Generated { products: 20 }, Plan::Enterprise);
    Shop::open(StoreConfig { orders: ORDERS, dials, ..config }).await
}

async fn get(shop: &Shop, host: &str, path: &str) -> Reply {
    let mut stream = shop.connect().await;
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nX-Shopify-Access-Token: \
         {TOKEN}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut found = Vec::new();
    stream.read_to_end(&mut found).await.unwrap();
    parse(&found)
}

async fn rest(shop: &Shop, resource: &str) -> Reply {
    get(shop, "store", &format!("/admin/api/2026-10/{resource}")).await
}

/// The orders of all pages, from the one that is asked for first.
async fn pages(shop: &Shop, first: &str) -> Vec<Vec<Value>> {
    let mut path = format!("/admin/api/2026-10/orders.json?{first}");
    let mut pages = Vec::new();
    loop {
        let reply = get(shop, "store", &path).await;
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        pages.push(reply.json()["orders"].as_array().unwrap().clone());
        let Some(link) = reply.header("link") else { return pages };
        let next = link.strip_prefix("<http://store").unwrap();
        next.strip_suffix(">; rel=\"next\"").unwrap().clone_into(&mut path);
    }
}

fn ids(pages: &[Vec<Value>]) -> Vec<u64> {
    pages.iter().flatten().map(|order| order["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_token_can_ask_what_it_may_do() {
    let handles = async |scope| {
        let config = config(Stock::Generated { products: 1 }, Plan::Standard);
        let vendor = Vendor::Shopify { plan: Plan::Standard, scope };
        let shop = Shop::open(StoreConfig { vendor, ..config }).await;
        let scopes = get(&shop, "store", "/admin/oauth/access_scopes.json").await.json();
        let scopes = scopes["access_scopes"].as_array().unwrap().clone();
        let scopes: Vec<_> = scopes.iter().map(|scope| scope["handle"].clone()).collect();
        let query = "{ currentAppInstallation { accessScopes { handle } } }";
        let asked = shop.data(query, json!({})).await;
        let asked = asked["currentAppInstallation"]["accessScopes"].as_array().unwrap().clone();
        assert_eq!(asked.iter().map(|scope| scope["handle"].clone()).collect::<Vec<_>>(), scopes);
        scopes
    };
    let all = handles(OrderScope::All).await;
    let recent = handles(OrderScope::Recent).await;
    assert!(all.contains(&json!("read_products")) && all.contains(&json!("read_all_orders")));
    assert!(recent.contains(&json!("read_orders")) && !recent.contains(&json!("read_all_orders")));
}

#[tokio::test]
async fn each_answer_tells_the_limit_and_a_call_beyond_it_is_refused() {
    let shop = Shop::open(config(Stock::Generated { products: 1 }, Plan::Standard)).await;
    let limit = async || {
        let reply = rest(&shop, "shop.json").await;
        let limit = reply.header("x-shopify-shop-api-call-limit").unwrap().to_owned();
        (reply.status, limit, reply.header("retry-after").map(str::to_owned))
    };
    for used in 1..=40 {
        assert_eq!(limit().await, (200, format!("{used}/40"), None));
    }
    assert_eq!(limit().await, (429, "40/40".to_owned(), Some("2.0".to_owned())));
    shop.pass_ms(1_000);
    assert_eq!(limit().await.1, "39/40");
    assert_eq!(shop.store.counters().throttled, 1);
    let unknown = parse(&shop.raw("/admin/api/2026-10/shop.json", "", b"").await);
    assert_eq!(unknown.status, 405);
}

#[tokio::test]
async fn orders_come_page_by_page_in_the_order_of_their_changes() {
    let shop = shop(&[]).await;
    let pages = pages(&shop, "limit=50&order=updated_at+asc&status=any").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 30]);
    let found = ids(&pages);
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), 130);
    let query = "{ orders(first: 250, sortKey: UPDATED_AT) { nodes { legacyResourceId } } }";
    let listed = shop.data(query, json!({})).await["orders"]["nodes"].as_array().unwrap().clone();
    let listed: Vec<u64> = listed
        .iter()
        .map(|node| node["legacyResourceId"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(found, listed);
}

#[tokio::test]
async fn orders_can_be_asked_for_by_their_last_change_and_those_that_are_open() {
    let shop = shop(&[]).await;
    let all = pages(&shop, "limit=250&status=any").await.concat();
    let middle = all[60]["updated_at"].as_str().unwrap();
    let changed = |order: &Value| order["updated_at"].as_str().unwrap() >= middle;
    let filter = format!("status=any&limit=20&updated_at_min={}", middle.replace(':', "%3A"));
    let expected: Vec<Value> = all.iter().filter(|order| changed(order)).cloned().collect();
    assert_eq!(pages(&shop, &filter).await.concat(), expected);
    let filter = format!("status=any&updated_at_max={}", middle.replace(':', "%3A"));
    let until = pages(&shop, &filter).await.concat();
    assert_eq!(until.last().unwrap()["updated_at"], middle);
    let is_open = |order: &Value| order["closed_at"].is_null() && order["cancelled_at"].is_null();
    let open: Vec<Value> = all.iter().filter(|order| is_open(order)).cloned().collect();
    assert!(!open.is_empty() && open.len() < all.len());
    assert_eq!(pages(&shop, "limit=7").await.concat(), open);
    assert_eq!(pages(&shop, "status=any&updated_at_min=2099-01-01").await, [Vec::<Value>::new()]);
    for wrong in ["limit=251", "limit=0", "updated_at_min=soon", "page_info=x", "status=odd"] {
        assert_eq!(rest(&shop, &format!("orders.json?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn an_order_says_the_same_as_the_one_that_a_query_finds() {
    let shop = shop(&[]).await;
    let query = "{ orders(first: 250, sortKey: UPDATED_AT) { nodes {
        name email displayFinancialStatus updatedAt note tags
        totalPriceSet { shopMoney { amount } presentmentMoney { amount currencyCode } }
        totalTaxSet { shopMoney { amount } }
        lineItems(first: 50) { nodes { id sku quantity originalUnitPriceSet { shopMoney { amount } } } }
        refunds { id note } fulfillments { id status } } } }";
    let listed = shop.data(query, json!({})).await["orders"]["nodes"].as_array().unwrap().clone();
    let found = pages(&shop, "limit=250&status=any").await.concat();
    assert_eq!(listed.len(), found.len());
    let amount = |text: &Value| text.as_str().unwrap().parse::<f64>().unwrap().to_string();
    for (theirs, ours) in listed.iter().zip(&found) {
        assert_eq!(theirs["name"], ours["name"]);
        assert_eq!(theirs["email"], ours["email"]);
        assert_eq!(theirs["note"], ours["note"]);
        assert_eq!(theirs["updatedAt"], ours["updated_at"]);
        let status = ours["financial_status"].as_str().unwrap().to_uppercase();
        assert_eq!(theirs["displayFinancialStatus"], status);
        let total = &theirs["totalPriceSet"];
        assert_eq!(amount(&total["shopMoney"]["amount"]), amount(&ours["total_price"]));
        let seen = &ours["total_price_set"]["presentment_money"];
        assert_eq!(amount(&total["presentmentMoney"]["amount"]), amount(&seen["amount"]));
        assert_eq!(total["presentmentMoney"]["currencyCode"], seen["currency_code"]);
        let lines = theirs["lineItems"]["nodes"].as_array().unwrap();
        let rest_lines = ours["line_items"].as_array().unwrap();
        assert_eq!(lines.len(), rest_lines.len().min(50));
        for (theirs, ours) in lines.iter().zip(rest_lines) {
            assert_eq!(theirs["id"], ours["admin_graphql_api_id"]);
            assert_eq!((&theirs["sku"], &theirs["quantity"]), (&ours["sku"], &ours["quantity"]));
            let price = &theirs["originalUnitPriceSet"]["shopMoney"]["amount"];
            assert_eq!(amount(price), amount(&ours["price"]));
        }
        for (list, part) in [("refunds", "refunds"), ("fulfillments", "fulfillments")] {
            let ids = |order: &Value, list: &str, id: &str| -> Vec<Value> {
                order[list].as_array().unwrap().iter().map(|part| part[id].clone()).collect()
            };
            assert_eq!(ids(theirs, list, "id"), ids(ours, part, "admin_graphql_api_id"));
        }
    }
}

#[tokio::test]
async fn a_token_for_recent_orders_sees_no_others() {
    let vendor = Vendor::Shopify { plan: Plan::Enterprise, scope: OrderScope::Recent };
    let config = config(Stock::Generated { products: 20 }, Plan::Enterprise);
    let shop = Shop::open(StoreConfig { orders: ORDERS, vendor, ..config }).await;
    let found = pages(&shop, "status=any&limit=250").await.concat();
    let query = "{ orders(first: 250) { nodes { id } } }";
    let listed = shop.data(query, json!({})).await["orders"]["nodes"].as_array().unwrap().len();
    assert_eq!(found.len(), listed);
    assert!(found.len() < 130, "{}", found.len());
}

#[tokio::test]
async fn under_its_own_name_a_store_leads_to_addresses_of_tls_only() {
    let shop = shop(&[]).await;
    let path = "/admin/api/2026-10/orders.json?status=any&limit=10";
    let reply = get(&shop, "blue-mug.myshopify.com", path).await;
    let link = reply.header("link").unwrap();
    let own = "<https://blue-mug.myshopify.com/admin/api/2026-10/orders.json?limit=10&page_info=";
    assert!(link.starts_with(own), "{link}");
}

/// Calls that ask for orders, in all ways there are.
#[tokio::test]
async fn a_dial_of_orders_fails_what_asks_for_orders_and_nothing_else() {
    let shop = shop(&["orders/status=403"]).await;
    let status = async |query: &str| shop.call("lease-1", query, json!({})).await.status;
    let run = |query: &str| {
        format!(
            "mutation {{ bulkOperationRunQuery(query: \"{query}\") {{ userErrors {{ code }} }} }}"
        )
    };
    for query in [
        "{ orders(first: 1) { nodes { id } } }",
        "{ shop { name } ordersCount { count } }",
        "{ node(id: \"gid://shopify/Order/1\") { id } }",
        &run("{ orders { edges { node { id } } } }"),
        &run("{ orders { edges { node { notServed } } } }"),
    ] {
        assert_eq!(status(query).await, 403, "{query}");
    }
    for query in [
        "{ products(first: 1) { nodes { id } } }",
        "{ shop { name } }",
        "{ node(id: \"gid://shopify/Product/1\") { id } }",
        &run("{ products { edges { node { id } } } }"),
    ] {
        assert_eq!(status(query).await, 200, "{query}");
    }
    assert_eq!(rest(&shop, "orders.json").await.status, 403);
    for resource in ["shop.json", "events.json"] {
        assert_eq!(rest(&shop, resource).await.status, 200, "{resource}");
    }
}
