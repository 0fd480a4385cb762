//! Every dial, as it looks from the other end of the wire.

use flyball_storefronts::{
    MagentoHabits, MagentoMode, MagentoSettings, MagentoSlowness, VendorStatus,
};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::common::{Search, Shop, TOKEN, parse, settings};

fn page(size: u64, number: u64) -> Search {
    Search::all().sort("entity_id", "ASC").page(size, number)
}

#[tokio::test]
async fn each_status_comes_with_the_body_that_it_comes_with() {
    for status in VendorStatus::ALL {
        let shop = Shop::with_dials(&[&format!("status={}", status.code())]).await;
        let reply = shop.call("orders/1").await;
        assert_eq!(reply.status, status.code());
        let is_json = [400, 401, 404, 500].contains(&reply.status);
        let kind = reply.header("content-type").unwrap();
        assert_eq!(kind.starts_with("application/json"), is_json, "{status:?}");
        assert_eq!(kind.starts_with("text/html"), !is_json, "{status:?}");
        assert_eq!(reply.header("retry-after").is_some(), reply.status == 429);
    }
}

#[tokio::test]
async fn a_false_401_looks_like_a_true_one() {
    let shop = Shop::with_dials(&["status=401@first=1"]).await;
    let reply = shop.call("products?searchCriteria").await;
    assert_eq!(
        reply.json(),
        json!({
            "message": "The consumer isn't authorized to access %resources.",
            "parameters": {"resources": "Magento_Catalog::products"},
        })
    );
    assert_eq!(shop.call("products?searchCriteria").await.status, 200);
}

#[tokio::test]
async fn a_program_that_dies_answers_in_another_shape() {
    let shop = Shop::with_dials(&["status=500"]).await;
    let error = shop.call("orders/1").await.json()["messages"]["error"][0].clone();
    assert_eq!(error["code"], 500);
    assert!(error["message"].as_str().unwrap().starts_with("Server internal error."));
}

#[tokio::test]
async fn maintenance_proxies_and_firewalls_answer_with_pages_for_people() {
    for (dial, status, words) in [
        ("html=503", 503, "Service Temporarily Unavailable"),
        ("status=503", 503, "Backend fetch failed"),
        ("html=403", 403, "security service"),
        ("status=429", 429, "security service"),
        ("throttled", 429, "security service"),
        ("html=200", 200, "Please wait"),
        ("status=502", 502, "502 Bad Gateway"),
    ] {
        let shop = Shop::with_dials(&[dial]).await;
        let reply = shop.call("orders/1").await;
        assert_eq!(reply.status, status, "{dial}");
        assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{dial}");
        assert!(reply.text().contains(words), "{dial}: {}", reply.text());
    }
    let shop = Shop::with_dials(&["throttled"]).await;
    shop.call("orders/1").await;
    assert_eq!(shop.store.counters().throttled, 1);
    let retry = Shop::with_dials(&["status=429,retry-after=Sun, 22 Nov 2026 10:00:00 GMT"]).await;
    let reply = retry.call("orders/1").await;
    assert_eq!(reply.header("retry-after"), Some("Sun, 22 Nov 2026 10:00:00 GMT"));
}

#[tokio::test]
async fn a_broken_row_fails_every_page_that_holds_it_and_no_other() {
    let shop = Shop::with_dials(&["poison=17"]).await;
    for resource in ["products", "orders"] {
        for (size, number, expected) in
            [(10, 1, 200), (10, 2, 500), (10, 3, 200), (1, 17, 200), (1, 18, 500), (1, 19, 200)]
        {
            let reply = shop.call(&page(size, number).of(resource)).await;
            assert_eq!(reply.status, expected, "{resource} {size} {number}");
            if expected == 500 {
                let message = reply.json()["message"].as_str().unwrap().to_owned();
                assert!(message.starts_with("Internal Error. Details are"), "{message}");
            }
        }
        let by_name = Search::all().filter("entity_id", "in", "5,18").sort("created_at", "ASC");
        assert_eq!(shop.call(&by_name.of(resource)).await.status, 500);
    }
    assert_eq!(shop.call("orders/18").await.status, 500);
    assert_eq!(shop.call("orders/17").await.status, 200);

    let habits = MagentoHabits { mode: MagentoMode::Developer, ..MagentoHabits::plain() };
    let told = Shop::with(60, 60, MagentoSettings { habits, ..settings() }).await;
    told.store.set_dials(vec!["poison=17".parse().unwrap()]).unwrap();
    let message = told.call(&page(10, 2).of("products")).await.json()["message"].clone();
    assert_eq!(
        message,
        "Item (Magento\\Catalog\\Model\\Product\\Interceptor) with the same ID \"18\" already exists."
    );
}

#[tokio::test]
async fn a_record_that_cannot_be_read_has_a_word_for_an_amount_wherever_it_is_shown() {
    let shop = Shop::with_dials(&["unreadable=17"]).await;
    for (resource, at) in [("products", "/items/7/price"), ("orders", "/items/7/grand_total")] {
        let json = shop.call(&page(10, 2).of(resource)).await.json();
        assert_eq!(json.pointer(at), Some(&"twelve".into()), "{resource}");
        assert_eq!(json.to_string().matches("twelve").count(), 1, "{resource}");
    }
    assert_eq!(shop.call("orders/18").await.json()["grand_total"], "twelve");
}

#[tokio::test]
async fn strange_answers_hold_what_no_schema_promised_and_can_still_be_paged() {
    let shop = Shop::with_dials(&["strange"]).await;
    let mut seen = 0;
    let mut text = String::new();
    for number in 1..=6 {
        let rows = shop.items("products", &page(10, number)).await;
        assert!(rows.iter().all(|row| row["id"].is_u64() && row["updated_at"].is_string()));
        seen += rows.len();
        text += &serde_json::to_string(&rows).unwrap();
    }
    assert_eq!(seen, 60);
    for sign in [
        "something_new_in_2031",
        "added_in_2031",
        "\"custom_attributes\":null",
        "\"extension_attributes\":[]",
        "\"name\":null",
    ] {
        assert!(text.contains(sign), "{sign}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_good_json_look_as_they_do_in_the_wild() {
    let shop = Shop::with_dials(&["broken-json"]).await;
    let reply = shop.call("orders/1").await;
    assert!(serde_json::from_slice::<serde_json::Value>(&reply.body).is_err());
    let shop = Shop::with_dials(&["oversized=3000000"]).await;
    let reply = shop.call("orders/1").await;
    assert!(reply.body.len() >= 3_000_000);
    assert_eq!(reply.json()["items"], json!([]));
    let shop = Shop::with_dials(&["truncated"]).await;
    let reply = shop.call("orders/1").await;
    let announced: usize = reply.header("content-length").unwrap().parse().unwrap();
    assert_eq!(reply.body.len(), announced / 2);
}

#[tokio::test]
async fn dials_that_only_other_vendors_have_are_refused() {
    let shop = Shop::of(5, 5).await;
    for dial in ["error=SHOP_INACTIVE", "stale-cursor", "bulk-fails"] {
        let error = shop.store.set_dials(vec![dial.parse().unwrap()]).unwrap_err();
        assert!(error.to_string().contains("for a Magento store"), "{error}");
    }
}

/// A store that takes an age for each thousand rows that it passes over.
#[tokio::test]
async fn deep_pages_are_held_back_and_first_ones_are_not() {
    let slowness = MagentoSlowness { per_thousand_rows_ms: 80_000_000, per_call_ms: 0 };
    let habits = MagentoHabits { slowness, ..MagentoHabits::plain() };
    let shop = Shop::with(5_000, 0, MagentoSettings { habits, ..settings() }).await;
    assert_eq!(shop.ids("products", &page(300, 1)).await.len(), 300);
    assert_eq!(shop.ids("products", &page(300, 3)).await.len(), 300);
    let mut stream = shop.connect().await;
    let path = format!("/rest/V1/{}", page(300, 9).of("products"));
    let head = format!("GET {path} HTTP/1.1\r\nHost: s\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    while shop.store.counters().calls < 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(shop.store.counters().answered, 2);
    shop.store.stop().await;
    let mut found = Vec::new();
    drop(stream.read_to_end(&mut found).await);
    assert_eq!(parse(&found).status, 200);
}

#[tokio::test]
async fn a_call_beside_others_is_held_back() {
    let slowness = MagentoSlowness { per_thousand_rows_ms: 0, per_call_ms: 80_000_000 };
    let habits = MagentoHabits { slowness, ..MagentoHabits::plain() };
    let shop = Shop::with(5, 5, MagentoSettings { habits, ..settings() }).await;
    assert_eq!(shop.call("orders/1").await.status, 200);
    shop.store.set_dials(vec!["hang@first=1".parse().unwrap()]).unwrap();
    let ask = |path: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: s\r\nAuthorization: Bearer {TOKEN}\r\n\r\n")
    };
    let mut streams = Vec::new();
    for calls in 2..=3 {
        let mut stream = shop.connect().await;
        stream.write_all(ask("/rest/V1/orders/1").as_bytes()).await.unwrap();
        while shop.store.counters().calls < calls {
            tokio::task::yield_now().await;
        }
        streams.push(stream);
    }
    assert_eq!(shop.store.counters().answered, 1);
    shop.store.stop().await;
    let mut found = Vec::new();
    drop(streams[1].read_to_end(&mut found).await);
    assert_eq!(parse(&found).status, 200);
}

#[tokio::test]
async fn a_dial_of_orders_fails_what_asks_for_orders_and_nothing_else() {
    let shop = Shop::with_dials(&["orders/status=403"]).await;
    let all = Search::all();
    for (resource, status) in [
        (all.of("orders"), 403),
        (all.of("invoices"), 403),
        (all.of("products"), 200),
        (all.of("inventory/source-items"), 200),
        ("store/storeConfigs".to_owned(), 200),
    ] {
        assert_eq!(shop.call(&resource).await.status, status, "{resource}");
    }
}
