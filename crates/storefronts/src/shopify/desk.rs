use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use flyball_domain::{Currency, Kind, Order, Product, UnixMillis};
use serde_json::{Map, Number, Value, json};

use super::answers;
use super::bucket::{Bucket, Plan};
use super::bulk::Bulk;
use super::cost::{self, QUERY_POINTS_MAX};
use super::execute::{Executed, Executor, Strangeness};
use super::ids::{order_index, order_number, product_index, product_number};
use super::problem::Problem;
use super::request::{self, Request};
use super::rest::{self, Listing, Resource, Rest};
use super::schema::{SERVED, Schema};
use super::select::Paging;
use super::shop::{Shop, Zone};
use super::site::Site;
use super::truth;
use crate::answer::{Answer, Mood, Outcome};
use crate::dial::{Fault, VendorStatus};
use crate::face::{Budget, Call, Face, UnfitFault};
use crate::random::Random;
use crate::serve::REQUEST_ID;
use crate::stock::{Shown, StockOrder, Stocked};
use crate::vendor::OrderScope;

const MILLI: u64 = 1_000;
/// How far back a token without the scope `read_all_orders` sees: 60 days, in milliseconds.
const RECENT_MS: u64 = 60 * 86_400_000;
const OWN_DOMAIN: &str = ".myshopify.com";
const TOKEN: &str = "x-shopify-access-token";
const API_VERSION: HeaderName = HeaderName::from_static("x-shopify-api-version");

/// The part of the vendor that answers queries: it checks, charges and executes them.
#[derive(Debug)]
pub(crate) struct Desk {
    token: String,
    shop: Shop,
    schema: Schema,
    bucket: Mutex<Bucket>,
    rest_calls: Mutex<Bucket>,
    bulk: Mutex<Bulk>,
    scope: OrderScope,
}

impl Desk {
    /// Opens a shop's desk.
    ///
    /// # Errors
    /// Where the built-in schema can't be read.
    pub(crate) fn open(
        token: String,
        name: String,
        plan: Plan,
        scope: OrderScope,
        currency: Currency,
        zone: Zone,
        now: UnixMillis,
    ) -> Result<Self, graphql_parser::schema::ParseError> {
        Ok(Self {
            token,
            shop: Shop { name, plan, currency, zone },
            schema: Schema::parse(SERVED)?,
            bucket: Mutex::new(Bucket::full(plan, now)),
            rest_calls: Mutex::new(Bucket::of_calls(plan, now)),
            bulk: Mutex::default(),
            scope,
        })
    }

    /// Answers the body of a call.
    fn graphql(&self, call: &Call<'_>, stocked: &Stocked, mood: Mood, now: UnixMillis) -> Outcome {
        let Ok(request) = serde_json::from_slice::<Request>(call.body) else {
            return Outcome::refused(answers::status(VendorStatus::BadRequest, None));
        };
        let selection = match request::prepare(&self.schema, &request, Paging::Pages) {
            Ok(selection) => selection,
            Err(problems) => {
                let body = json!({"errors": errors(problems)});
                return Outcome::refused(Answer::json(StatusCode::OK, &body));
            }
        };
        let requested = cost::requested_points(&selection);
        if requested > QUERY_POINTS_MAX {
            return Outcome::refused(answers::max_cost_exceeded(requested));
        }
        if matches!(mood, Mood::Drained) {
            self.bucket().drain(now);
        }
        if matches!(mood, Mood::Drained) || !self.bucket().reserve(cost::milli(requested), now) {
            let status = throttle_status(self.shop.plan, &mut self.bucket(), now);
            let answer = answers::throttled(&cost_extension(requested, None, &status));
            return Outcome::throttled(answer);
        }
        let forgets_cursors = matches!(mood, Mood::StaleCursor);
        let fails_bulk = matches!(mood, Mood::BulkFails);
        let indexed_until_ms = match mood {
            Mood::SearchLag(lag_ms) => now.minus(lag_ms).0,
            Mood::Good
            | Mood::Drained
            | Mood::Strange(_)
            | Mood::StaleCursor
            | Mood::BulkFails
            | Mood::Poisoned(_)
            | Mood::Unreadable(_) => u64::MAX,
        };
        let strangeness = match mood {
            Mood::Strange(random) => Strangeness::Yes(random),
            Mood::Good
            | Mood::Drained
            | Mood::StaleCursor
            | Mood::BulkFails
            | Mood::SearchLag(_)
            | Mood::Poisoned(_)
            | Mood::Unreadable(_) => Strangeness::No,
        };
        let url = url(call);
        let site = Site {
            shop: &self.shop,
            schema: &self.schema,
            stocked,
            bulk: &self.bulk,
            now,
            url: &url,
            orders_from_ms: self.orders_from_ms(now),
            forgets_cursors,
            fails_bulk,
            indexed_until_ms,
        };
        let executed = Executor::new(site, strangeness).run(&selection);
        let charged = cost::charged_points(&selection, executed.cost_micro).min(requested);
        self.bucket().refund(cost::milli(requested.saturating_sub(charged)));
        let status = throttle_status(self.shop.plan, &mut self.bucket(), now);
        let answer = good(executed, cost_extension(requested, Some(charged), &status));
        Outcome::answered(answer, cost::milli(charged))
    }

    /// Answers a call of the REST API.
    fn rest(&self, resource: Rest, call: &Call<'_>, stocked: &Stocked, now: UnixMillis) -> Answer {
        let from_ms = self.orders_from_ms(now);
        let body = match resource {
            Rest::Orders => {
                let address = format!("{}{}", url(call), call.path);
                let (shop, orders) = (&self.shop, &stocked.orders);
                let query = call.query;
                return Listing { shop, orders, from_ms, address: &address, query }.answer();
            }
            Rest::Shop => self.shop.as_resource(),
            Rest::AccessScopes => rest::access_scopes(from_ms),
            Rest::Events => rest::events(),
        };
        Answer::json(StatusCode::OK, &body)
    }

    /// Orders made before this moment are absent for this token.
    fn orders_from_ms(&self, now: UnixMillis) -> u64 {
        match self.scope {
            OrderScope::All => 0,
            OrderScope::Recent => now.minus(RECENT_MS).0,
        }
    }

    fn bulk(&self) -> MutexGuard<'_, Bulk> {
        self.bulk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Face for Desk {
    fn check(&self, fault: &Fault) -> Result<(), UnfitFault> {
        let unfit = |found, expected| Err(UnfitFault { found, vendor: "Shopify", expected });
        match fault {
            Fault::Poison { .. } => unfit("poison", "error=INTERNAL_SERVER_ERROR"),
            // What it answers is of the types of its schema.
            Fault::Unreadable { .. } => unfit("unreadable", "broken-json"),
            Fault::Latency { .. }
            | Fault::Status { .. }
            | Fault::Throttled
            | Fault::Graphql(_)
            | Fault::Hang
            | Fault::Close
            | Fault::BrokenJson
            | Fault::Truncated
            | Fault::Html { .. }
            | Fault::Oversized { .. }
            | Fault::Strange
            | Fault::StaleCursor
            | Fault::BulkFails
            | Fault::SearchLag { .. }
            | Fault::Outage => Ok(()),
        }
    }

    fn headers(&self, call: &Call<'_>, random: &mut Random) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let version = rest::asked(call.path).and_then(|(version, _)| version);
        if let Some(Ok(version)) = version.map(HeaderValue::from_str) {
            headers.insert(API_VERSION, version);
        }
        if let Ok(id) = HeaderValue::from_str(&random.uuid()) {
            headers.insert(REQUEST_ID, id);
        }
        headers
    }

    fn asks_for(&self, call: &Call<'_>) -> Option<Kind> {
        match rest::asked(call.path)? {
            (_, Resource::GraphQl) => request::asks_for(call.body),
            (_, Resource::Rest(Rest::Orders)) => Some(Kind::Orders),
            (_, Resource::Rest(Rest::Shop | Rest::AccessScopes | Rest::Events)) => None,
        }
    }

    fn failing(&self, fault: &Fault, common: &HeaderMap) -> Option<Answer> {
        let request_id = common.get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
        match fault {
            Fault::Status { status, retry_after } => {
                Some(answers::status(*status, retry_after.as_deref()))
            }
            Fault::Graphql(fault) => Some(answers::graphql(*fault, request_id)),
            Fault::BrokenJson => Some(answers::broken_json()),
            Fault::Html { code } => Some(answers::html_at(*code)),
            Fault::Oversized { bytes } => Some(Answer::oversized(&json!({"data": null}), *bytes)),
            Fault::Latency { .. }
            | Fault::Throttled
            | Fault::Hang
            | Fault::Close
            | Fault::Truncated
            | Fault::Strange
            | Fault::StaleCursor
            | Fault::BulkFails
            | Fault::SearchLag { .. }
            | Fault::Poison { .. }
            | Fault::Unreadable { .. }
            | Fault::Outage => None,
        }
    }

    fn answer(&self, call: &Call<'_>, mood: Mood, stocked: &Stocked, now: UnixMillis) -> Outcome {
        // Results of bulk operations are fetched from elsewhere, by whoever knows the address.
        if let Some(file) = self.bulk().file(call.path, now) {
            return Outcome::answered(answers::file(file, call.header("range")), 0);
        }
        let found = rest::asked(call.path);
        let found = found.filter(|(version, _)| version.is_none_or(rest::is_version));
        let Some((_, resource)) = found else { return Outcome::refused(answers::not_found()) };
        let method = match resource {
            Resource::GraphQl => Method::POST,
            Resource::Rest(_) => Method::GET,
        };
        if call.method != method {
            return Outcome::refused(Answer::empty(StatusCode::METHOD_NOT_ALLOWED));
        }
        if call.headers.get(TOKEN).is_none_or(|token| token.as_bytes() != self.token.as_bytes()) {
            return Outcome::refused(answers::status(VendorStatus::Unauthorized, None));
        }
        match resource {
            Resource::GraphQl => self.graphql(call, stocked, mood, now),
            Resource::Rest(resource) => {
                let mut calls = self.rest_calls.lock().unwrap_or_else(PoisonError::into_inner);
                rest::answer(&mut calls, now, || self.rest(resource, call, stocked, now))
            }
        }
    }

    fn too_large(&self) -> Answer {
        answers::status(VendorStatus::BadRequest, None)
    }

    fn budget(&self) -> Budget {
        let plan = self.shop.plan;
        Budget { burst_milli: plan.bucket_milli(), flow_milli_per_s: plan.restore_milli_per_s() }
    }

    fn product_number(&self, index: u64) -> u64 {
        product_number(index)
    }

    fn product_index(&self, number: u64) -> Option<u64> {
        product_index(number)
    }

    fn order_number(&self, index: u64) -> u64 {
        order_number(index)
    }

    fn order_index(&self, number: u64) -> Option<u64> {
        order_index(number)
    }

    fn true_order(
        &self,
        stocked: &Stocked,
        shown: &Shown<StockOrder>,
        now: UnixMillis,
    ) -> Option<Order> {
        let is_seen = shown.created_at >= self.orders_from_ms(now);
        is_seen.then(|| truth::order(stocked, shown, self.shop.currency).ok()).flatten()
    }

    fn true_product(&self, _: &Stocked, shown: &Shown) -> Option<Product> {
        truth::product(&self.shop, shown).ok()
    }
}

/// Where the store is, as its caller knows it. Under its own name it is to be had over TLS only.
fn url(call: &Call<'_>) -> String {
    let host = call.header("host").unwrap_or_default();
    let scheme = if host.ends_with(OWN_DOMAIN) { "https" } else { "http" };
    format!("{scheme}://{host}")
}

fn good(executed: Executed, cost: Value) -> Answer {
    let mut body = Map::new();
    body.insert("data".to_owned(), executed.data);
    if !executed.problems.is_empty() {
        body.insert("errors".to_owned(), errors(executed.problems));
    }
    let mut extensions = Map::new();
    extensions.insert("cost".to_owned(), cost);
    if !executed.search_warnings.is_empty() {
        extensions.insert("search".to_owned(), executed.search_warnings.into());
    }
    body.insert("extensions".to_owned(), extensions.into());
    Answer::json(StatusCode::OK, &body.into())
}

fn errors(problems: Vec<Problem>) -> Value {
    problems.into_iter().map(Problem::into_json).collect()
}

fn cost_extension(requested: u64, charged: Option<u64>, throttle_status: &Value) -> Value {
    json!({
        "requestedQueryCost": requested,
        "actualQueryCost": charged,
        "throttleStatus": throttle_status,
    })
}

/// As recorded, the plan's figures come with a point and the bucket's without.
fn throttle_status(plan: Plan, bucket: &mut Bucket, now: UnixMillis) -> Value {
    json!({
        "maximumAvailable": with_point(plan.bucket_points()),
        "currentlyAvailable": bucket.available_milli(now) / MILLI,
        "restoreRate": with_point(plan.restore_points_per_s()),
    })
}

fn with_point(points: u64) -> Value {
    let points = u32::try_from(points).unwrap_or(u32::MAX);
    Number::from_f64(f64::from(points)).map_or(Value::Null, Value::Number)
}
