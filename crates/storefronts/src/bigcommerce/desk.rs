use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use flyball_domain::{Currency, Kind, Order, Product, UnixMillis};
use serde_json::{Value, json};

use super::ask::{Ask, Reply};
use super::ids;
use super::order::Consignments;
use super::page::{Page, known};
use super::parts::{self, Details};
use super::problem::{self, Problem, Version};
use super::quota::Window;
use super::route::{OrderPart, Route, route, version};
use super::site::Site;
use super::status::{STATUSES, Status};
use super::{address, consignments, line, lists, orders, payment, products, strange, truth};
use crate::answer::{Answer, Mood, Outcome};
use crate::dial::{Fault, VendorStatus};
use crate::face::{Budget, Call, Face, UnfitFault};
use crate::query::Query;
use crate::random::Random;
use crate::serve::REQUEST_ID;
use crate::shopify::Zone;
use crate::spoil::{Rows, spoil};
use crate::stock::{Shown, StockOrder, Stocked};
use crate::vendor::BigCommerceSettings;

const TOKEN: &str = "x-auth-token";
/// What a call costs, in thousandths.
const CALL_MILLI: u64 = 1_000;
/// What v2 says in every answer, as recorded, and v3 does not.
const STORE_VERSION: HeaderName = HeaderName::from_static("x-bc-store-version");
const STORE_VERSION_VALUE: HeaderValue = HeaderValue::from_static("7.6.0");

/// The part of the vendor that answers calls.
#[derive(Debug)]
pub(crate) struct Desk {
    token: String,
    site: Site,
    window: Mutex<Window>,
}

impl Desk {
    /// Opens a store's desk.
    pub(crate) fn open(
        token: String,
        name: String,
        settings: &BigCommerceSettings,
        currency: Currency,
        zone: Zone,
        now: UnixMillis,
    ) -> Self {
        let (hash, quota) = (settings.hash.clone(), settings.quota);
        Self {
            token,
            site: Site { hash, name, currency, zone, quota },
            window: Mutex::new(Window::new(settings, now)),
        }
    }

    /// Whether a caller may ask, and what.
    fn admitted(&self, call: &Call<'_>) -> Result<Route, Problem> {
        let (hash, route) = route(call.path).ok_or(Problem::NotFound)?;
        if hash != self.site.hash {
            return Err(Problem::NotFound);
        }
        if call.header(TOKEN) != Some(&self.token) {
            return Err(Problem::Unauthorized);
        }
        if call.method != Method::GET {
            return Err(Problem::Method);
        }
        Ok(route)
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Face for Desk {
    fn check(&self, fault: &Fault) -> Result<(), UnfitFault> {
        let unfit = |found, expected| Err(UnfitFault { found, vendor: "BigCommerce", expected });
        match fault {
            Fault::Graphql(_) => unfit("error", "status=403 or status=500"),
            Fault::StaleCursor => unfit("stale-cursor", "status=422"),
            Fault::BulkFails => unfit("bulk-fails", "status=500"),
            Fault::SearchLag { .. } => unfit("search-lag", "latency"),
            Fault::Latency { .. }
            | Fault::Status { .. }
            | Fault::Throttled
            | Fault::Hang
            | Fault::Close
            | Fault::BrokenJson
            | Fault::Truncated
            | Fault::Html { .. }
            | Fault::Poison { .. }
            | Fault::Unreadable { .. }
            | Fault::Oversized { .. }
            | Fault::Strange
            | Fault::Outage => Ok(()),
        }
    }

    fn headers(&self, call: &Call<'_>, random: &mut Random) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if version(call.path) == Version::V2 {
            headers.insert(STORE_VERSION, STORE_VERSION_VALUE);
        }
        if let Ok(id) = HeaderValue::from_str(&random.uuid()) {
            headers.insert(REQUEST_ID, id);
        }
        headers
    }

    fn asks_for(&self, call: &Call<'_>) -> Option<Kind> {
        route(call.path)?.1.kind()
    }

    fn failing(&self, fault: &Fault, common: &HeaderMap) -> Option<Answer> {
        let version = if common.contains_key(STORE_VERSION) { Version::V2 } else { Version::V3 };
        match fault {
            Fault::Status { status, retry_after } => {
                Some(problem::at_status(*status, version, retry_after.as_deref()))
            }
            Fault::BrokenJson => Some(problem::broken_json()),
            Fault::Html { code } => Some(problem::page(*code)),
            Fault::Oversized { bytes } => {
                Some(Answer::oversized(&json!({"data": [], "meta": {}}), *bytes))
            }
            Fault::Latency { .. }
            | Fault::Throttled
            | Fault::Graphql(_)
            | Fault::Hang
            | Fault::Close
            | Fault::Truncated
            | Fault::Poison { .. }
            | Fault::Unreadable { .. }
            | Fault::StaleCursor
            | Fault::BulkFails
            | Fault::SearchLag { .. }
            | Fault::Strange
            | Fault::Outage => None,
        }
    }

    fn answer(&self, call: &Call<'_>, mood: Mood, stocked: &Stocked, now: UnixMillis) -> Outcome {
        let version = version(call.path);
        let route = match self.admitted(call) {
            Ok(route) => route,
            Err(problem) => return Outcome::refused(problem.answer(version)),
        };
        if matches!(mood, Mood::Drained) {
            self.window().drain(now);
        }
        let taken = self.window().take(now);
        let standing = match taken {
            Ok(standing) => standing,
            Err(standing) => {
                return Outcome::throttled(Problem::Quota(standing).answer(version));
            }
        };
        let poisoned = match mood {
            Mood::Poisoned(index) => Some(index),
            Mood::Good
            | Mood::Drained
            | Mood::Strange(_)
            | Mood::StaleCursor
            | Mood::BulkFails
            | Mood::SearchLag(_)
            | Mood::Unreadable(_) => None,
        };
        let query = Query::parse(call.query);
        let ask = Ask { site: &self.site, stocked, query: &query, now, poisoned };
        let told = |answer| match &standing {
            Some(standing) => problem::with_standing(answer, standing),
            None => answer,
        };
        match reply(&ask, route) {
            Ok(Reply::Json(mut body)) => {
                bend(&mut body, mood);
                Outcome::answered(told(Answer::json(StatusCode::OK, &body)), CALL_MILLI)
            }
            Ok(Reply::Nothing) => {
                Outcome::answered(told(Answer::empty(StatusCode::NO_CONTENT)), CALL_MILLI)
            }
            Err(problem) => Outcome::refused(told(problem.answer(version))),
        }
    }

    fn too_large(&self) -> Answer {
        problem::at_status(VendorStatus::PayloadTooLarge, Version::V3, None)
    }

    fn budget(&self) -> Budget {
        self.window().budget()
    }

    fn product_number(&self, index: u64) -> u64 {
        ids::product_number(index)
    }

    fn product_index(&self, number: u64) -> Option<u64> {
        ids::product_index(number)
    }

    fn order_number(&self, index: u64) -> u64 {
        ids::order_number(index)
    }

    fn order_index(&self, number: u64) -> Option<u64> {
        ids::order_index(number)
    }

    fn true_product(&self, _: &Stocked, shown: &Shown) -> Option<Product> {
        truth::product(&self.site, shown).ok()
    }

    fn true_order(&self, _: &Stocked, shown: &Shown<StockOrder>, _: UnixMillis) -> Option<Order> {
        truth::order(&self.site, shown).ok()
    }
}

/// The rows that can't be read where one of them is to be so.
const PRODUCTS: Rows = Rows { id: "id", amount: "price", own: "type" };
const ORDERS: Rows = Rows { id: "id", amount: "total_inc_tax", own: "status_id" };

/// Makes of an answer what no schema promised.
fn bend(body: &mut Value, mood: Mood) {
    match mood {
        Mood::Strange(mut random) => strange::make(body, &mut random),
        Mood::Unreadable(index) => {
            spoil(body, "data", PRODUCTS, ids::product_number(index));
            spoil(body, "data", ORDERS, ids::order_number(index));
        }
        Mood::Good
        | Mood::Drained
        | Mood::StaleCursor
        | Mood::BulkFails
        | Mood::SearchLag(_)
        | Mood::Poisoned(_) => {}
    }
}

fn reply(ask: &Ask<'_>, route: Route) -> Result<Reply, Problem> {
    match route {
        Route::Store => Ok(Reply::Json(ask.site.store())),
        Route::Time => Ok(Reply::Json(Site::time(ask.now))),
        Route::Products => products::list(ask),
        Route::Product(number) => products::one(ask, number),
        Route::ProductPart(number, part) => lists::of_product(ask, number, part),
        Route::Variants => lists::variants(ask),
        Route::ProductMetafields => lists::product_metafields(ask),
        Route::Categories => lists::categories(ask),
        Route::Brands => lists::brands(ask),
        Route::Orders => orders::list(ask),
        Route::OrdersCount => orders::count(ask),
        Route::Order(number) => orders::one(ask, number),
        Route::OrderPart(number, part) => order_part(ask, number, part),
        Route::OrderLine(number, line) => order_line(ask, number, line),
        Route::Statuses => Ok(Reply::list(STATUSES.into_iter().map(Status::render).collect())),
        Route::Status(id) => {
            Status::by_id(id).map(|status| Reply::Json(status.render())).ok_or(Problem::NotFound)
        }
        Route::Transactions(number) => transactions(ask, number),
        Route::Refunds => lists::refunds(ask, None),
        Route::RefundsOf(number) => lists::refunds(ask, Some(number)),
        Route::OrderMetafields => lists::order_metafields(ask, None),
        Route::OrderMetafieldsOf(number) => lists::order_metafields(ask, Some(number)),
    }
}

fn order_part(ask: &Ask<'_>, number: u64, part: OrderPart) -> Result<Reply, Problem> {
    let shown = ask.order(number)?;
    let rows = match part {
        OrderPart::Consignments => {
            let whole = consignments::render(ask.site, &shown, Consignments::Whole);
            return Ok(Reply::Json(whole));
        }
        OrderPart::Coupons => parts::coupons(&shown),
        OrderPart::Fees | OrderPart::ShippingQuotes => Vec::new(),
        OrderPart::Messages => parts::messages(&shown),
        OrderPart::Products => line::all(&shown),
        OrderPart::Shipments => parts::shipments(&shown),
        OrderPart::ShippingAddresses => address::list(ask.site, &shown),
        OrderPart::Taxes => {
            known(ask.query, &["page", "limit", "details"])?;
            let is_each = ask.query.get("details") == Some("true");
            parts::taxes(&shown, if is_each { Details::Each } else { Details::Summed })
        }
    };
    if part != OrderPart::Taxes {
        known(ask.query, &["page", "limit"])?;
    }
    Ok(Reply::list(Page::parse(ask.query)?.of(rows)))
}

fn order_line(ask: &Ask<'_>, number: u64, line: u64) -> Result<Reply, Problem> {
    known(ask.query, &[])?;
    let lines = line::all(&ask.order(number)?).into_iter();
    let mut lines = lines.filter(|found| found.get("id").and_then(Value::as_u64) == Some(line));
    lines.next().map(Reply::Json).ok_or(Problem::NotFound)
}

/// An order without any is status 204 (`orders.v3.yml`).
fn transactions(ask: &Ask<'_>, number: u64) -> Result<Reply, Problem> {
    known(ask.query, &[])?;
    let all: Vec<Value> = payment::transactions(ask.site, &ask.order(number)?);
    if all.is_empty() {
        return Ok(Reply::Nothing);
    }
    let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let page = Page { number: 1, limit: super::page::LIMIT };
    let pagination = page.pagination(total, all.len(), ask.query);
    Ok(Reply::Json(json!({"data": all, "meta": {"pagination": pagination}})))
}
