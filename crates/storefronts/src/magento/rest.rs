use std::sync::OnceLock;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use flyball_domain::{Kind, Order, Product, UnixMillis};
use serde_json::{Value, json};

use super::fields::Fields;
use super::html;
use super::ids;
use super::oauth::{self, Nonces, Signed};
use super::params::{Param, Params};
use super::problem::{self, Problem};
use super::product::Shelves;
use super::route::Route;
use super::settings::MagentoHabits;
use super::shop::Shop;
use super::strange::strange;
use super::truth;
use super::view::View;
use super::vocabulary::{MADE_UP_SURVEYED_MAX, Vocabulary};
use crate::answer::{Answer, Mood, Outcome};
use crate::dial::{Fault, VendorStatus};
use crate::face::{Budget, Call, Face, UnfitFault};
use crate::random::Random;
use crate::spoil::{Rows, spoil};
use crate::stock::{Shown, Stock, StockOrder, Stocked};
use crate::store::StoreConfig;
use crate::vendor::{MagentoAccess, MagentoSettings, MagentoVersion};

/// What a call costs, in thousandths of a call.
const CALL_MILLI: u64 = 1_000;
/// What a 429 says where the dial does not.
const RETRY_AFTER: &str = "2";
/// Rows before a page for which a slow store takes a while.
const ROWS: u64 = 1_000;

/// The part of the vendor that answers calls.
#[derive(Debug)]
pub(crate) struct Rest {
    pub(super) token: String,
    pub(super) shop: Shop,
    pub(super) version: MagentoVersion,
    pub(super) access: MagentoAccess,
    pub(super) habits: MagentoHabits,
    pub(super) seed: u64,
    nonces: Nonces,
    surveyed_max: u64,
    vocabulary: OnceLock<Vocabulary>,
}

impl Rest {
    pub(crate) fn open(config: &StoreConfig, settings: &MagentoSettings) -> Self {
        Self {
            token: config.token.clone(),
            shop: Shop {
                name: config.name.clone(),
                currency: config.currency,
                zone: config.zone.clone(),
                base_path: settings.base_path.clone(),
            },
            version: settings.version,
            access: settings.access.clone(),
            habits: settings.habits.clone(),
            seed: config.seed,
            nonces: Nonces::default(),
            surveyed_max: match config.stock {
                Stock::Generated { .. } => MADE_UP_SURVEYED_MAX,
                Stock::Catalog(_) => u64::MAX,
            },
            vocabulary: OnceLock::new(),
        }
    }

    pub(super) fn shelves<'a>(&'a self, stocked: &'a Stocked) -> Shelves<'a> {
        Shelves { stocked, vocabulary: self.vocabulary(stocked), shop: &self.shop }
    }

    fn vocabulary(&self, stocked: &Stocked) -> &Vocabulary {
        self.vocabulary.get_or_init(|| {
            let end = stocked.products.end().min(self.surveyed_max);
            let products = (0..end).filter_map(|index| stocked.products.get(index));
            Vocabulary::survey(products.map(|shown| shown.item))
        })
    }

    /// The words of all products there are, those that came later, too.
    pub(super) fn whole_vocabulary(&self, stocked: &Stocked) -> Vocabulary {
        let edited = stocked.products.edited().filter_map(|index| stocked.products.get(index));
        self.vocabulary(stocked).with(edited.map(|shown| shown.item))
    }

    /// The path behind `/rest/`, where there is one.
    fn path<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(&self.shop.base_path)?.strip_prefix("/rest/")
    }

    fn reply(
        &self,
        call: &Call<'_>,
        path: &str,
        mood: &Mood,
        stocked: &Stocked,
        now: UnixMillis,
    ) -> Result<Value, Problem> {
        let route = Route::parse(call.method, path)?;
        self.authorize(call, route.resource(), now)?;
        let params = Params::parse(call.query);
        let poison = match mood {
            Mood::Poisoned(index) => Some(*index),
            Mood::Good
            | Mood::Drained
            | Mood::Strange(_)
            | Mood::StaleCursor
            | Mood::BulkFails
            | Mood::SearchLag(_)
            | Mood::Unreadable(_) => None,
        };
        let fields = match params.get("fields") {
            None => None,
            Some(Param::Text(text)) if text.is_empty() => None,
            Some(Param::Text(text)) => Some(Fields::parse(text)),
            Some(Param::Tree(_)) => Some(None),
        };
        let shelves = self.shelves(stocked);
        let only = fields.as_ref().and_then(Option::as_ref);
        let view = View { rest: self, shelves, poison, fields: only };
        let value = view.answer(&route, &params)?;
        Ok(match fields {
            None => value,
            Some(None) => json!([]),
            Some(Some(fields)) => fields.cut(value),
        })
    }

    /// Lets in whom it may: a caller who can't be told from anybody else is told what nobody may.
    fn authorize(&self, call: &Call<'_>, resource: &str, now: UnixMillis) -> Result<(), Problem> {
        let authorization = call.header("authorization").unwrap_or_default();
        let is_known = if oauth::is_signature(authorization) {
            self.check_signature(call, authorization, now)?;
            true
        } else {
            let bears = authorization.split_once(' ').is_some_and(|(scheme, token)| {
                scheme.eq_ignore_ascii_case("bearer") && token.trim() == self.token
            });
            bears && matches!(self.access, MagentoAccess::Bearer | MagentoAccess::Both(_))
        };
        let is_denied = self.habits.denied.iter().any(|denied| denied == resource);
        if is_known && !is_denied { Ok(()) } else { Err(Problem::not_authorized(resource)) }
    }

    fn check_signature(
        &self,
        call: &Call<'_>,
        authorization: &str,
        now: UnixMillis,
    ) -> Result<(), Problem> {
        let secrets = match &self.access {
            MagentoAccess::OAuth(secrets) | MagentoAccess::Both(secrets) => secrets,
            MagentoAccess::Bearer => {
                let message = "A consumer having the specified key does not exist";
                return Err(Problem::authentication(message, None));
            }
        };
        let signed = Signed {
            method: call.method.as_str(),
            host: call.header("host").unwrap_or_default(),
            path: call.path,
            query: call.query,
            authorization,
        };
        oauth::check(&signed, secrets, &self.token, &self.nonces, now)
    }

    fn status(&self, status: VendorStatus, retry_after: Option<&str>) -> Answer {
        let mode = self.habits.mode;
        let code = StatusCode::from_u16(status.code()).unwrap_or(StatusCode::BAD_GATEWAY);
        match status {
            VendorStatus::BadRequest => Problem::no_attribute("name").answer(mode, 0),
            VendorStatus::Unauthorized => {
                Problem::not_authorized("Magento_Catalog::products").answer(mode, 0)
            }
            VendorStatus::NotFound => Problem::no_route().answer(mode, 0),
            VendorStatus::InternalServerError => problem::fatal(mode, self.seed),
            VendorStatus::ServiceUnavailable => html::backend_fetch_failed(),
            VendorStatus::Forbidden => html::firewall(code),
            VendorStatus::TooManyRequests => {
                html::firewall(code).with(header::RETRY_AFTER, retry_after.unwrap_or(RETRY_AFTER))
            }
            VendorStatus::PaymentRequired
            | VendorStatus::Conflict
            | VendorStatus::PayloadTooLarge
            | VendorStatus::Unprocessable
            | VendorStatus::Locked
            | VendorStatus::SecurityRejection
            | VendorStatus::BadGateway
            | VendorStatus::GatewayTimeout
            | VendorStatus::InsufficientStorage
            | VendorStatus::OriginDns
            | VendorStatus::EndpointDisabled
            | VendorStatus::BadJson => html::other(code),
        }
    }
}

/// The rows that can't be read where one of them is to be so.
const PRODUCTS: Rows = Rows { id: "id", amount: "price", own: "sku" };
const ORDERS: Rows = Rows { id: "entity_id", amount: "grand_total", own: "status_histories" };

impl Face for Rest {
    fn check(&self, fault: &Fault) -> Result<(), UnfitFault> {
        let unfit = |found| {
            Err(UnfitFault { found, vendor: "Magento", expected: "status=500 or html=503" })
        };
        match fault {
            Fault::Graphql(_) => unfit("error"),
            Fault::StaleCursor => unfit("stale-cursor"),
            Fault::BulkFails => unfit("bulk-fails"),
            Fault::SearchLag { .. } => unfit("search-lag"),
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

    fn headers(&self, _: &Call<'_>, _: &mut Random) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let never = HeaderValue::from_static("max-age=0, must-revalidate, no-cache, no-store");
        headers.insert(header::CACHE_CONTROL, never);
        headers
    }

    fn asks_for(&self, call: &Call<'_>) -> Option<Kind> {
        Route::parse(call.method, self.path(call.path)?).ok()?.kind()
    }

    fn failing(&self, fault: &Fault, _: &HeaderMap) -> Option<Answer> {
        match fault {
            Fault::Status { status, retry_after } => {
                Some(self.status(*status, retry_after.as_deref()))
            }
            Fault::BrokenJson => {
                Some(Answer::not_quite_json(r#"{"items":[{"id":1,"sku":"mug","na"#))
            }
            Fault::Html { code } => Some(html::at(*code)),
            Fault::Oversized { bytes } => {
                Some(Answer::oversized(&json!({"items": [], "total_count": 0}), *bytes))
            }
            Fault::Latency { .. }
            | Fault::Throttled
            | Fault::Graphql(_)
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
        if matches!(mood, Mood::Drained) {
            let too_many = self.status(VendorStatus::TooManyRequests, None);
            return Outcome::throttled(too_many);
        }
        let Some(path) = self.path(call.path) else {
            return Outcome::refused(html::other(StatusCode::NOT_FOUND));
        };
        match self.reply(call, path, &mood, stocked, now) {
            Ok(mut value) => {
                let value = match mood {
                    Mood::Strange(random) => strange(value, random),
                    Mood::Unreadable(index) => {
                        spoil(&mut value, "items", PRODUCTS, ids::number(index));
                        spoil(&mut value, "items", ORDERS, ids::number(index));
                        value
                    }
                    Mood::Good
                    | Mood::Drained
                    | Mood::StaleCursor
                    | Mood::BulkFails
                    | Mood::SearchLag(_)
                    | Mood::Poisoned(_) => value,
                };
                Outcome::answered(Answer::json(StatusCode::OK, &value), CALL_MILLI)
            }
            Err(problem) => Outcome::refused(problem.answer(self.habits.mode, now.0)),
        }
    }

    fn too_large(&self) -> Answer {
        html::other(StatusCode::PAYLOAD_TOO_LARGE)
    }

    fn budget(&self) -> Budget {
        Budget::default()
    }

    fn delay_ms(&self, call: &Call<'_>, others: u64) -> u64 {
        let slowness = self.habits.slowness;
        let by_calls = slowness.per_call_ms.saturating_mul(others);
        if slowness.per_thousand_rows_ms == 0 {
            return by_calls;
        }
        let params = Params::parse(call.query);
        let criteria = super::criteria::Criteria::parse(&params, self.habits.page_size_max);
        let Ok(Some(criteria)) = criteria else { return by_calls };
        let before =
            criteria.page.saturating_sub(1).saturating_mul(criteria.page_size.unwrap_or(0));
        by_calls.saturating_add((before / ROWS).saturating_mul(slowness.per_thousand_rows_ms))
    }

    /// <https://github.com/magento/magento2/issues/37670>
    fn is_moved_by_stock(&self) -> bool {
        false
    }

    fn product_number(&self, index: u64) -> u64 {
        ids::number(index)
    }

    fn product_index(&self, number: u64) -> Option<u64> {
        ids::index(number)
    }

    fn order_number(&self, index: u64) -> u64 {
        ids::number(index)
    }

    fn order_index(&self, number: u64) -> Option<u64> {
        ids::index(number)
    }

    fn true_product(&self, stocked: &Stocked, shown: &Shown) -> Option<Product> {
        truth::product(self.shelves(stocked), shown).ok()
    }

    fn true_order(
        &self,
        stocked: &Stocked,
        shown: &Shown<StockOrder>,
        _: UnixMillis,
    ) -> Option<Order> {
        truth::order(self.shelves(stocked), shown).ok()
    }
}
