//! Who is let in, and what is said to others.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flyball_storefronts::{MagentoAccess, MagentoHabits, MagentoMode, MagentoSettings};
use serde_json::{Value, json};

use crate::common::{NOW_MS, Reply, Search, Shop, TOKEN, encoded, secrets, settings};

const PATH: &str = "/rest/default/V1/orders";

/// Signs a call by RFC 5849, by itself.
fn signature(path: &str, query: &str, nonce: &str, timestamp_s: u64, token_secret: &str) -> String {
    let secrets = secrets();
    let protocol = [
        ("oauth_consumer_key", secrets.consumer_key.clone()),
        ("oauth_nonce", nonce.to_owned()),
        ("oauth_signature_method", "HMAC-SHA256".to_owned()),
        ("oauth_timestamp", timestamp_s.to_string()),
        ("oauth_token", TOKEN.to_owned()),
    ];
    let asked = query.split('&').map(|pair| pair.split_once('=').unwrap());
    let mut pairs: Vec<String> = protocol
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .chain(asked.map(|(name, value)| format!("{name}={value}")))
        .collect();
    pairs.sort();
    let url = encoded(&format!("https://store.example{path}"));
    let base = format!("GET&{url}&{}", encoded(&pairs.join("&")));
    let key = format!("{}&{}", encoded(&secrets.consumer_secret), encoded(token_secret));
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let signature = STANDARD.encode(hmac::sign(&key, base.as_bytes()));
    let header: Vec<String> = protocol
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", encoded(value)))
        .chain([format!("oauth_signature=\"{}\"", encoded(&signature))])
        .collect();
    format!("Authorization: OAuth {}\r\n", header.join(", "))
}

fn query() -> String {
    let search = Search::all().filter("updated_at", "gteq", "2024-01-01 00:00:00").page(3, 1);
    let url = search.of("orders");
    url.split_once('?').unwrap().1.replace("searchCriteria&", "")
}

async fn signed(shop: &Shop, nonce: &str, timestamp_s: u64) -> Reply {
    let secret = secrets().token_secret;
    let header = signature(PATH, &query(), nonce, timestamp_s, &secret);
    shop.send(&format!("{PATH}?{}", query()), &header).await
}

fn message(reply: &Reply) -> String {
    reply.json()["message"].as_str().unwrap().to_owned()
}

async fn with_access(access: MagentoAccess) -> Shop {
    Shop::with(5, 5, MagentoSettings { access, ..settings() }).await
}

#[tokio::test]
async fn a_signed_call_is_let_in_once() {
    let shop = with_access(MagentoAccess::OAuth(secrets())).await;
    let now_s = NOW_MS / 1_000;
    let reply = signed(&shop, "n1", now_s).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["items"].as_array().unwrap().len(), 3);
    let again = signed(&shop, "n1", now_s).await;
    assert_eq!(again.status, 401);
    assert_eq!(
        again.json(),
        json!({
            "message": "The nonce is already being used by the consumer with ID %1.",
            "parameters": [1],
        })
    );
    assert_eq!(signed(&shop, "n2", now_s).await.status, 200);
}

#[tokio::test]
async fn a_clock_may_be_ten_minutes_ahead_and_any_time_behind() {
    let shop = with_access(MagentoAccess::OAuth(secrets())).await;
    let now_s = NOW_MS / 1_000;
    assert_eq!(signed(&shop, "behind", now_s - 86_400).await.status, 200);
    assert_eq!(signed(&shop, "ahead", now_s + 600).await.status, 200);
    let reply = signed(&shop, "far ahead", now_s + 601).await;
    assert_eq!(reply.status, 401);
    assert!(message(&reply).starts_with("The timestamp value in the oauth_timestamp"));
}

#[tokio::test]
async fn a_call_signed_with_another_secret_or_for_another_address_is_refused() {
    let shop = with_access(MagentoAccess::OAuth(secrets())).await;
    let now_s = NOW_MS / 1_000;
    let wrong = signature(PATH, &query(), "n1", now_s, "another secret");
    let reply = shop.send(&format!("{PATH}?{}", query()), &wrong).await;
    assert_eq!(
        (reply.status, message(&reply).as_str()),
        (401, "The signature is invalid. Verify and try again.")
    );
    let right = signature(PATH, &query(), "n2", now_s, &secrets().token_secret);
    let other = query().replace("pageSize%5D=3", "pageSize%5D=4");
    let reply = shop.send(&format!("{PATH}?{other}"), &right).await;
    assert_eq!(reply.status, 401);
    let reply =
        shop.send(&format!("{PATH}?{}", query()), "Authorization: OAuth realm=\"x\"\r\n").await;
    assert_eq!(
        (reply.status, message(&reply).as_str()),
        (400, "One or more input exceptions have occurred.")
    );
    let names: Vec<Value> = reply.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["parameters"]["fieldName"].clone())
        .collect();
    assert_eq!(names.len(), 6);
    assert!(names.contains(&json!("oauth_signature")));
}

#[tokio::test]
async fn a_bearer_token_is_taken_only_where_the_store_takes_them() {
    let resources = json!({"resources": "Magento_Sales::actions_view"});
    for (access, expected) in [
        (MagentoAccess::Bearer, 200),
        (MagentoAccess::Both(secrets()), 200),
        (MagentoAccess::OAuth(secrets()), 401),
    ] {
        let shop = with_access(access).await;
        let reply = shop.call("orders/1").await;
        assert_eq!(reply.status, expected);
        if expected == 401 {
            assert_eq!(message(&reply), "The consumer isn't authorized to access %resources.");
            assert_eq!(reply.json()["parameters"], resources);
        }
    }
    let shop = with_access(MagentoAccess::Bearer).await;
    for headers in ["", "Authorization: Bearer wrong\r\n", "Authorization: Basic dTpw\r\n"] {
        let reply = shop.send("/rest/V1/orders/1", headers).await;
        assert_eq!(reply.status, 401, "{headers}");
        assert_eq!(reply.json()["parameters"], resources);
    }
    // Whoever asks for nothing that there is, is told so first.
    assert_eq!(shop.send("/rest/V1/unheard-of", "").await.status, 404);
}

#[tokio::test]
async fn a_resource_that_was_not_given_is_refused_as_if_nobody_had_asked() {
    let denied = vec!["Magento_Sales::actions_view".to_owned()];
    let habits = MagentoHabits { denied, ..MagentoHabits::plain() };
    let shop = Shop::with(5, 5, MagentoSettings { habits, ..settings() }).await;
    let reply = shop.call("orders/1").await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.json()["parameters"]["resources"], "Magento_Sales::actions_view");
    assert_eq!(shop.call("products?searchCriteria").await.status, 200);
}

#[tokio::test]
async fn a_developers_store_tells_the_trace() {
    let habits = MagentoHabits { mode: MagentoMode::Developer, ..MagentoHabits::plain() };
    let shop = Shop::with(5, 5, MagentoSettings { habits, ..settings() }).await;
    let reply = shop.call("orders/99").await;
    assert!(reply.json()["trace"].as_str().unwrap().starts_with("#0 "));
    let plain = Shop::of(5, 5).await;
    assert!(plain.call("orders/99").await.json().get("trace").is_none());
}

#[tokio::test]
async fn a_store_may_lie_below_its_host_and_be_asked_for_by_a_view() {
    let base_path = "/shop".to_owned();
    let shop = Shop::with(5, 5, MagentoSettings { base_path, ..settings() }).await;
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    for (path, status) in [
        ("/shop/rest/V1/orders/1", 200),
        ("/shop/rest/default/V1/orders/1", 200),
        ("/shop/rest/all/V1/orders/1", 200),
        ("/shop/rest/de/V1/orders/1", 404),
        ("/rest/V1/orders/1", 404),
        ("/shop/checkout", 404),
    ] {
        assert_eq!(shop.send(path, &bearer).await.status, status, "{path}");
    }
    assert_eq!(shop.store.address(), format!("{}/shop", shop.store.url()));
    let html = shop.send("/rest/V1/orders/1", &bearer).await;
    assert!(html.header("content-type").unwrap().starts_with("text/html"));
}
