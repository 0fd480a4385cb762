//! What each way of failing is told as, vendor by vendor: the table that decides who is slowed
//! down, who is stopped, and what speaks of a platform.

use flyball_connector::conformance::{Driver, Subject as _};
use flyball_connector::{Class, Failure, Scope, Span, Step, Walk};
use flyball_domain::{Integration, Kind};

use super::bench::Simulated;

/// More calls than any connector makes before it tells a failure.
const CALLS_MAX: u32 = 12;

const SHOPIFY: &[(&str, &str)] = &[
    ("throttled", "throttled"),
    ("error=ACCESS_DENIED", "permission"),
    ("error=SHOP_INACTIVE", "locked"),
    ("error=INTERNAL_SERVER_ERROR", "server_error, perhaps the platform"),
    ("html=200", "not_json"),
    ("broken-json", "truncated"),
    ("truncated", "truncated"),
    ("close", "connect, perhaps the platform"),
    ("oversized=40000000", "too_large"),
    ("status=400", "ours"),
    ("status=401", "credentials"),
    ("status=402", "frozen"),
    ("status=403", "permission"),
    ("html=403", "blocked, perhaps the platform"),
    ("status=404", "closed"),
    ("status=409", "ours"),
    ("status=422", "ours"),
    ("status=423", "locked"),
    ("status=429,retry-after=2.5", "throttled"),
    ("status=430", "blocked, perhaps the platform"),
    ("status=500", "server_error"),
    ("status=502", "server_error, perhaps the platform"),
    ("status=503", "server_error, perhaps the platform"),
    ("status=504", "server_error, perhaps the platform"),
    ("status=530", "dns, perhaps the platform"),
    ("status=540", "maintenance"),
    ("status=783", "ours"),
];

const BIGCOMMERCE: &[(&str, &str)] = &[
    ("throttled", "throttled"),
    ("html=200", "not_json"),
    ("broken-json", "truncated"),
    ("truncated", "truncated"),
    ("close", "connect, perhaps the platform"),
    ("oversized=40000000", "too_large"),
    ("status=400", "ours"),
    ("status=401", "credentials"),
    ("status=403", "permission"),
    ("html=403", "blocked, perhaps the platform"),
    ("status=404", "credentials"),
    ("status=409", "ours"),
    ("status=413", "ours"),
    ("status=422", "ours"),
    ("status=423", "locked"),
    ("status=429", "throttled"),
    ("status=500", "server_error"),
    ("status=502", "server_error, perhaps the platform"),
    ("status=503", "maintenance"),
    ("html=503", "maintenance"),
    ("status=504", "server_error, perhaps the platform"),
    ("status=507", "frozen"),
];

/// A store of one's own is no platform: none of these speaks of one.
const MAGENTO: &[(&str, &str)] = &[
    ("throttled", "throttled"),
    ("html=200", "not_json"),
    ("broken-json", "truncated"),
    ("truncated", "truncated"),
    ("close", "connect"),
    ("oversized=40000000", "too_large"),
    ("status=400", "ours"),
    ("status=401", "refused"),
    ("html=403", "blocked"),
    ("status=404", "closed"),
    ("html=404", "closed"),
    ("status=429", "throttled"),
    ("status=500", "server_error"),
    ("status=502", "server_error"),
    ("status=503", "server_error"),
    ("html=503", "maintenance"),
    ("status=504", "timeout"),
];

/// What a failure is told as, in words that stay the same.
fn told_as(failure: &Failure) -> String {
    match failure.class {
        Class::Unavailable { scope: Scope::Platform, .. } => {
            format!("{}, perhaps the platform", failure.class.as_str())
        }
        Class::Unavailable { scope: Scope::Account, .. }
        | Class::Throttled { .. }
        | Class::Rejected(_)
        | Class::Suspended(_)
        | Class::Poison(_)
        | Class::Ours => failure.class.as_str().to_owned(),
    }
}

async fn told(driver: &mut Driver<'_>, walk: &mut dyn Walk) -> Option<Failure> {
    for _ in 0..CALLS_MAX {
        match walk.next() {
            Step::Call(call) => {
                driver.wait(walk);
                if let Err(failure) = driver.exchange(walk, &call).await {
                    return Some(failure);
                }
            }
            Step::Page(_) | Step::Listed(_) => {}
            Step::Finished => return None,
        }
    }
    None
}

async fn assert_told(integration: Integration, table: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for kind in Kind::ALL {
        let store = Simulated(integration).store().await;
        for (dial, expected) in table {
            store.dial(dial);
            let mut driver = Driver::new(&store, *kind);
            let span = Span::Changed { from: None, until: store.now() };
            let mut walk = driver.walk(&span, None);
            let failure = told(&mut driver, walk.as_mut()).await;
            let found = failure.as_ref().map_or_else(|| "nothing".to_owned(), told_as);
            if found != *expected {
                wrong.push(format!("{kind}, {dial}: {found}, expected {expected}: {failure:?}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0], "{integration}");
}

#[tokio::test]
async fn each_failure_of_a_shopify_store_is_told_as_what_it_is() {
    assert_told(Integration::Shopify, SHOPIFY).await;
}

#[tokio::test]
async fn each_failure_of_a_bigcommerce_store_is_told_as_what_it_is() {
    assert_told(Integration::Bigcommerce, BIGCOMMERCE).await;
}

#[tokio::test]
async fn each_failure_of_a_magento_store_is_told_as_what_it_is() {
    assert_told(Integration::Magento, MAGENTO).await;
}
