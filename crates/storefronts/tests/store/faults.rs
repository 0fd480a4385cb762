//! Every dial, as it looks from the other end of the wire.

use std::sync::Arc;

use crate::common::{NOW_MS, Shop, TOKEN, config};
use flyball_storefronts::{Clock, Dial, Plan, Stock, Store, StoreConfig, VendorStatus};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const QUERY: &str = "{ products(first: 5) { nodes { id title status category { id } } } }";

async fn raw(shop: &Shop) -> Vec<u8> {
    let headers = format!("X-Shopify-Access-Token: {TOKEN}\r\nX-Request-Id: lease-1\r\n");
    let body = json!({"query": QUERY}).to_string();
    shop.raw("/admin/api/2026-10/graphql.json", &headers, body.as_bytes()).await
}

#[tokio::test]
async fn each_status_comes_with_the_vendors_body() {
    for status in VendorStatus::ALL {
        let shop = Shop::with_dials(&[&format!("status={}", status.code())]).await;
        let reply = shop.call("lease-1", QUERY, json!({})).await;
        assert_eq!(reply.status, status.code());
        assert!(reply.header("x-request-id").is_some());
        let is_json = reply.header("content-type").unwrap().starts_with("application/json");
        assert_eq!(is_json, reply.body.starts_with(b"{\"errors\":"), "{status:?}");
        assert_eq!(reply.header("retry-after").is_some(), status.code() == 429);
    }
}

#[tokio::test]
async fn a_retry_after_is_sent_as_it_was_dialed() {
    for text in ["2.5", "120", "Sun, 22 Nov 2026 10:00:00 GMT"] {
        let shop = Shop::with_dials(&[&format!("status=429,retry-after={text}")]).await;
        let reply = shop.call("lease-1", QUERY, json!({})).await;
        assert_eq!(reply.header("retry-after"), Some(text));
    }
}

#[tokio::test]
async fn graphql_errors_come_with_status_200() {
    for code in ["ACCESS_DENIED", "SHOP_INACTIVE", "INTERNAL_SERVER_ERROR"] {
        let shop = Shop::with_dials(&[&format!("error={code}")]).await;
        let error = shop.error(QUERY, json!({})).await;
        assert_eq!(error["extensions"]["code"], code);
    }
}

#[tokio::test]
async fn a_throttle_storm_refuses_every_call_though_time_passes() {
    let shop = Shop::with_dials(&["throttled@first=2"]).await;
    for _ in 0..2 {
        shop.pass_ms(60_000);
        let answer = shop.query(QUERY, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "THROTTLED");
        assert_eq!(answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"], 0);
    }
    shop.pass_ms(1_000);
    let answer = shop.query(QUERY, json!({})).await;
    assert!(answer.get("errors").is_none());
    assert_eq!(shop.store.counters().throttled, 2);
}

#[tokio::test]
async fn closing_sends_nothing_at_all() {
    let shop = Shop::with_dials(&["close"]).await;
    assert_eq!(raw(&shop).await, b"");
    let counters = shop.store.counters();
    assert_eq!((counters.calls, counters.answered), (1, 0));
}

#[tokio::test]
async fn a_truncated_answer_announces_more_than_it_sends() {
    let shop = Shop::with_dials(&["truncated"]).await;
    let reply = crate::common::parse(&raw(&shop).await);
    assert_eq!(reply.status, 200);
    let announced: usize = reply.header("content-length").unwrap().parse().unwrap();
    assert_eq!(reply.body.len(), announced / 2);
    assert!(reply.body.starts_with(b"{\"data\":{\"products\""));
}

#[tokio::test]
async fn a_hanging_call_says_nothing_until_the_store_stops() {
    let shop = Shop::with_dials(&["hang@first=1"]).await;
    let mut stream = shop.connect().await;
    let body = json!({"query": QUERY}).to_string();
    let head = format!(
        "POST /admin/api/2026-10/graphql.json HTTP/1.1\r\nHost: store\r\nX-Request-Id: a-1\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    while shop.store.counters().calls == 0 {
        tokio::task::yield_now().await;
    }
    // Others are answered meanwhile.
    assert!(shop.data(QUERY, json!({})).await.is_object());
    let url = shop.store.url().to_owned();
    shop.store.stop().await;
    let mut found = Vec::new();
    drop(stream.read_to_end(&mut found).await);
    assert_eq!(found, b"");
    let address = url.strip_prefix("http://").unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_delay_holds_the_answer_back_until_the_store_stops() {
    let shop = Shop::with_dials(&["latency=20h"]).await;
    let mut stream = shop.connect().await;
    let head =
        "POST /admin/api/2026-10/graphql.json HTTP/1.1\r\nHost: s\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    while shop.store.counters().calls == 0 {
        tokio::task::yield_now().await;
    }
    shop.store.stop().await;
    let mut found = Vec::new();
    drop(stream.read_to_end(&mut found).await);
    assert_eq!(crate::common::parse(&found).status, 401);
}

#[tokio::test]
async fn bodies_that_are_no_good_json_look_as_they_do_in_the_wild() {
    let shop = Shop::with_dials(&["broken-json"]).await;
    let reply = crate::common::parse(&raw(&shop).await);
    assert_eq!(reply.status, 200);
    assert!(serde_json::from_slice::<serde_json::Value>(&reply.body).is_err());
    assert_eq!(reply.header("content-length").unwrap(), reply.body.len().to_string());

    for (dial, status) in [("html=200", 200), ("html=503", 503)] {
        let shop = Shop::with_dials(&[dial]).await;
        let reply = crate::common::parse(&raw(&shop).await);
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(reply.body.starts_with(b"<!DOCTYPE html>"));
    }

    let shop = Shop::with_dials(&["oversized=3000000"]).await;
    let reply = crate::common::parse(&raw(&shop).await);
    assert!(reply.body.len() >= 3_000_000);
    assert_eq!(reply.json()["data"], json!(null));
}

#[tokio::test]
async fn strange_answers_hold_what_no_schema_promised_and_can_still_be_paged() {
    let shop = Shop::with_dials(&["strange"]).await;
    let query = "query ($after: String) { products(first: 2, after: $after) {
        pageInfo { hasNextPage endCursor } nodes { id title status category { id } seo { title } } } }";
    let (mut words, mut fields, mut seen) = (0, 0, 0);
    let mut after = json!(null);
    loop {
        let data = shop.data(query, json!({"after": after})).await;
        let text = data.to_string();
        words += text.matches("SOMETHING_NEW_IN_2031").count();
        fields += text.matches("addedIn2031").count();
        let nodes = data["products"]["nodes"].as_array().unwrap();
        assert!(nodes.iter().all(|node| node["id"].is_string() && node["title"].is_string()));
        seen += nodes.len();
        if data["products"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = data["products"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, 20);
    assert!(words > 0 && fields > 0, "{words} {fields}");
}

#[tokio::test]
async fn an_outage_fails_every_call_from_its_beginning_to_its_end() {
    let shop = Shop::with_dials(&["outage@10s..30s"]).await;
    assert!(shop.data(QUERY, json!({})).await.is_object());
    shop.pass_ms(10_000);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..40 {
        let found = raw(&shop).await;
        let status = if found.is_empty() { 0 } else { crate::common::parse(&found).status };
        assert!([0, 502, 503, 504].contains(&status), "{status}");
        seen.insert(status);
    }
    assert!(seen.len() > 2, "{seen:?}");
    shop.pass_ms(20_000);
    assert!(shop.data(QUERY, json!({})).await.is_object());
}

#[tokio::test]
async fn dials_can_be_changed_while_the_store_runs() {
    let shop = Shop::with_dials(&[]).await;
    assert!(shop.data(QUERY, json!({})).await.is_object());
    shop.store.set_dials(vec!["status=402".parse().unwrap()]).unwrap();
    assert_eq!(shop.call("lease-1", QUERY, json!({})).await.status, 402);
    shop.store.set_dials(Vec::new()).unwrap();
    assert!(shop.data(QUERY, json!({})).await.is_object());
}

#[tokio::test]
async fn a_page_for_people_comes_with_the_status_that_was_dialed() {
    for code in [200, 403, 429, 503, 520] {
        let shop = Shop::with_dials(&[&format!("html={code}")]).await;
        let reply = shop.call("lease-1", QUERY, json!({})).await;
        assert_eq!(reply.status, code);
        assert!(reply.header("content-type").unwrap().starts_with("text/html"));
        assert!(reply.body.starts_with(b"<!DOCTYPE html>"));
    }
}

#[tokio::test]
async fn a_fault_that_the_vendor_can_not_have_is_refused_in_words() {
    let dial: Dial = "poison=3".parse().unwrap();
    let stock = Stock::Generated { products: 20 };
    let config = StoreConfig { dials: vec![dial.clone()], ..config(stock, Plan::Plus) };
    let clock: Clock = Arc::new(|| NOW_MS);
    let error = Store::open(config, clock).unwrap_err();
    let words = "found the dial poison for a Shopify store, where error=INTERNAL_SERVER_ERROR was \
                 expected";
    assert_eq!(error.to_string(), words);
    // Refused later, it leaves the dials as they were.
    let shop = Shop::with_dials(&["status=402"]).await;
    assert_eq!(shop.store.set_dials(vec![dial]).unwrap_err().to_string(), words);
    assert_eq!(shop.call("lease-1", QUERY, json!({})).await.status, 402);
}

#[tokio::test]
async fn any_other_address_or_method_is_answered_as_the_vendor_would() {
    let shop = Shop::of(3).await;
    let headers = format!("X-Shopify-Access-Token: {TOKEN}\r\n");
    let status = async |path| crate::common::parse(&shop.raw(path, &headers, b"{}").await).status;
    for path in ["/", "/admin/api/2026-10/products.json", "/admin/api/2026-13/graphql.json"] {
        assert_eq!(status(path).await, 404, "{path}");
    }
    assert_eq!(status("/admin/api/2026-10/graphql.json").await, 400);
    let mut stream = shop.connect().await;
    let head =
        "GET /admin/api/2026-10/graphql.json HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut found = Vec::new();
    stream.read_to_end(&mut found).await.unwrap();
    assert_eq!(crate::common::parse(&found).status, 405);
}
