//! The REST API that clients still ask for beside queries
//! (<https://shopify.dev/docs/api/admin-rest>), as far as it is served.

mod list;
mod order;

use axum::http::{HeaderName, StatusCode};
use flyball_domain::UnixMillis;
use serde_json::{Value, json};

use super::answers;
use super::bucket::Bucket;
use crate::answer::{Answer, Outcome};
use crate::dial::VendorStatus;
pub(super) use list::Listing;

/// How many calls are in the bucket, of how many.
const CALL_LIMIT: HeaderName = HeaderName::from_static("x-shopify-shop-api-call-limit");
const CALL_MILLI: u64 = 1_000;

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    GraphQl,
    Rest(Rest),
}

/// A resource of the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// The shop itself, by which clients see whether their token is good.
    Shop,
    /// What the token may do.
    AccessScopes,
    Orders,
    /// What happened to records.
    Events,
}

/// The version in an address of the API, where there is one, and what is asked for.
pub(super) fn asked(path: &str) -> Option<(Option<&str>, Resource)> {
    let path = path.strip_prefix("/admin/")?;
    // What a token may do is the same in every version.
    if path == "oauth/access_scopes.json" {
        return Some((None, Resource::Rest(Rest::AccessScopes)));
    }
    let (version, resource) = path.strip_prefix("api/")?.split_once('/')?;
    let resource = match resource {
        "graphql.json" => Resource::GraphQl,
        "events.json" => Resource::Rest(Rest::Events),
        "orders.json" => Resource::Rest(Rest::Orders),
        "shop.json" => Resource::Rest(Rest::Shop),
        _ => return None,
    };
    Some((Some(version), resource))
}

/// `2026-10` or `unstable`.
pub(super) fn is_version(text: &str) -> bool {
    let is_month = |month: &str| matches!(month.parse(), Ok(1..=12_u8)) && month.len() == 2;
    text == "unstable"
        || text.split_once('-').is_some_and(|(year, month)| {
            year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit()) && is_month(month)
        })
}

/// The scopes that the app was granted. One that sees orders from some moment on only, lacks one of
/// them.
pub(super) fn scopes(orders_from_ms: u64) -> impl Iterator<Item = &'static str> {
    const GRANTED: [&str; 4] = ["read_products", "read_inventory", "read_locations", "read_orders"];
    GRANTED.into_iter().chain((orders_from_ms == 0).then_some("read_all_orders"))
}

/// The same as the REST API has them
/// (<https://shopify.dev/docs/api/admin-rest/latest/resources/accessscope>).
pub(super) fn access_scopes(orders_from_ms: u64) -> Value {
    let scopes: Value = scopes(orders_from_ms).map(|handle| json!({"handle": handle})).collect();
    json!({"access_scopes": scopes})
}

/// The events of a shop. None are kept, so a client that asks what was deleted hears of nothing.
pub(super) fn events() -> Value {
    json!({"events": []})
}

/// Takes a call out of the bucket, and answers where there was one left.
pub(super) fn answer(
    bucket: &mut Bucket,
    now: UnixMillis,
    answer: impl FnOnce() -> Answer,
) -> Outcome {
    let is_left = bucket.reserve(CALL_MILLI, now);
    let most = bucket.most_milli() / CALL_MILLI;
    let used = most.saturating_sub(bucket.available_milli(now) / CALL_MILLI);
    let told = |answer: Answer| answer.with(CALL_LIMIT, &format!("{used}/{most}"));
    if is_left {
        // Of what the vendor counts for queries, it costs nothing.
        let answer = answer();
        match answer.status {
            StatusCode::OK => Outcome::answered(told(answer), 0),
            _ => Outcome::refused(told(answer)),
        }
    } else {
        Outcome::throttled(told(answers::status(VendorStatus::TooManyRequests, None)))
    }
}
