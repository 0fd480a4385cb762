//! What all apps together may ask, and what is said of it.

use flyball_storefronts::Quota;

use crate::common::{Reply, Shop};

/// Window, reset, quota, left.
fn told(reply: &Reply) -> Option<[u64; 4]> {
    let names = [
        "x-rate-limit-time-window-ms",
        "x-rate-limit-time-reset-ms",
        "x-rate-limit-requests-quota",
        "x-rate-limit-requests-left",
    ];
    let mut found = [0; 4];
    for (value, name) in found.iter_mut().zip(names) {
        *value = reply.header(name)?.parse().unwrap();
    }
    Some(found)
}

#[tokio::test]
async fn every_answer_says_what_is_left_of_the_window() {
    let shop = Shop::with_quota(Quota::Standard, 0).await;
    assert_eq!(told(&shop.call("/v2/time").await), Some([30_000, 30_000, 150, 149]));
    shop.pass_ms(10_000);
    for (path, status, left) in [
        ("/v2/orders?limit=1", 200, 148),
        ("/v2/orders?page=9", 204, 147),
        ("/v2/orders/7", 404, 146),
        ("/v3/catalog/products?nothing=1", 422, 145),
    ] {
        let reply = shop.call(path).await;
        assert_eq!((reply.status, told(&reply)), (status, Some([30_000, 20_000, 150, left])));
    }
}

#[tokio::test]
async fn a_window_that_is_used_up_refuses_until_it_is_over() {
    for (path, body) in [
        ("/v2/orders?limit=1", "[{\"status\":429,"),
        ("/v3/catalog/products?limit=1", "{\"status\":429,"),
    ] {
        let shop = Shop::with_quota(Quota::Standard, 0).await;
        for _ in 0..150 {
            assert_eq!(shop.call(path).await.status, 200);
        }
        shop.pass_ms(29_999);
        let reply = shop.call(path).await;
        assert_eq!((reply.status, told(&reply)), (429, Some([30_000, 1, 150, 0])));
        assert!(reply.header("retry-after").is_none());
        assert!(reply.body.starts_with(body.as_bytes()));
        shop.pass_ms(1);
        assert_eq!(shop.call(path).await.status, 200);
        let counters = shop.store.counters();
        assert_eq!((counters.answered, counters.throttled), (151, 1));
    }
}

#[tokio::test]
async fn other_apps_take_their_share() {
    let shop = Shop::with_quota(Quota::Pro, 300).await;
    assert_eq!(told(&shop.call("/v2/time").await).unwrap()[3], 449);
    shop.pass_ms(15_000);
    assert_eq!(told(&shop.call("/v2/time").await).unwrap()[3], 298);
}

#[tokio::test]
async fn a_throttle_storm_uses_up_every_window() {
    let shop = Shop::with_quota(Quota::Standard, 0).await;
    shop.store.set_dials(vec!["throttled@first=2".parse().unwrap()]).unwrap();
    for _ in 0..2 {
        shop.pass_ms(60_000);
        let reply = shop.call("/v2/time").await;
        assert_eq!((reply.status, told(&reply)), (429, Some([30_000, 30_000, 150, 0])));
    }
    shop.pass_ms(60_000);
    assert_eq!(shop.call("/v2/time").await.status, 200);
}

#[tokio::test]
async fn a_platform_under_load_says_nothing_of_the_quota() {
    let shop = Shop::with_quota(Quota::Standard, 0).await;
    shop.store.set_dials(vec!["status=429".parse().unwrap()]).unwrap();
    let reply = shop.call("/v2/time").await;
    assert_eq!((reply.status, told(&reply)), (429, None));
    assert!(reply.header("retry-after").is_none());
}

#[tokio::test]
async fn the_budget_that_was_offered_is_the_quota_of_the_time_that_passed() {
    let shop = Shop::with_quota(Quota::Standard, 0).await;
    assert_eq!(shop.call("/v2/time").await.status, 200);
    shop.pass_ms(60_000);
    assert_eq!(shop.call("/v2/time").await.status, 200);
    let counters = shop.store.counters();
    assert_eq!(counters.cost_spent_milli, 2_000);
    assert_eq!(counters.cost_offered_milli, 450_000);
}
