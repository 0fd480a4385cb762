//! A shop of a vendor's own kind in a simulated world: it says what the vendor would, and its own
//! connector asks. Only the way between them is none.

use core::ops::RangeInclusive;
use std::sync::Arc;

use anyhow::Context as _;
use axum::body::{Body, to_bytes};
use flyball_connector::{
    Call, CallTag, Class, Connector as _, Destination, Evidence, Failure, Plan, PlanError, Walk,
};
use flyball_domain::AccountId;
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use flyball_shopify::ShopifyConnector;
use flyball_storefronts::{
    Counters, Dial, Fault, OrderScope, Stock, Store, StoreConfig, Vendor, When, Zone,
};
use http::HeaderValue;
use secrecy::SecretString;
use serde_json::Value;
use tower::ServiceExt as _;

use super::world::World;

const TOKEN: &str = "simulated";

/// The largest answer that is read, in bytes: the connector's own bound is nowhere near.
const ANSWER_BYTES_MAX: usize = 1 << 26;

/// A Shopify shop.
#[derive(Debug)]
pub(super) struct Shop {
    store: Arc<Store>,
    /// Only its walks: nothing is sent by it.
    connector: ShopifyConnector,
}

impl Shop {
    /// A shop with so many products and orders, whose calls take so many milliseconds.
    pub(super) fn open(
        account: &AccountId,
        plan: flyball_storefronts::Plan,
        [products, orders]: [u64; 2],
        call_ms: RangeInclusive<u64>,
        world: &Arc<World>,
    ) -> anyhow::Result<Self> {
        let (least_ms, most_ms) = call_ms.into_inner();
        let fault = Fault::Latency { least_ms, most_ms };
        let config = StoreConfig {
            name: account.to_string(),
            vendor: Vendor::Shopify { plan, scope: OrderScope::All },
            currency: "EUR".parse()?,
            zone: Zone::utc(),
            token: TOKEN.to_owned(),
            stock: Stock::Generated { products },
            orders,
            seed: 1,
            dials: vec![Dial { fault, when: When::Always, kind: None }],
            port: 0,
        };
        let clock = Arc::clone(world);
        let store = Store::open(config, Arc::new(move || clock.now().0))?;
        let http = HttpClient::new(Settings { reach: Reach::Local })?;
        let base = BaseUrl::parse(&format!("https://{account}.invalid"), Reach::Local)?;
        let connector = ShopifyConnector::new(http, base, &SecretString::from(TOKEN))?;
        Ok(Self { store, connector })
    }

    pub(super) fn walk(&self, plan: &Plan) -> Result<Box<dyn Walk>, PlanError> {
        self.connector.walk(plan)
    }

    /// What the shop answers to a call.
    pub(super) async fn answer(
        &self,
        call: &Call,
        tag: &CallTag,
    ) -> Result<http::Response<Vec<u8>>, Failure> {
        self.answered(call, tag).await.map_err(|error| Failure {
            class: Class::Ours,
            evidence: Evidence::new(None, None, &error.to_string()),
        })
    }

    async fn answered(
        &self,
        call: &Call,
        tag: &CallTag,
    ) -> anyhow::Result<http::Response<Vec<u8>>> {
        let mut request = call.request.clone().map(Body::from);
        let headers = request.headers_mut();
        headers.insert("x-request-id", HeaderValue::from_str(&tag.to_string())?);
        if call.to == Destination::Store {
            headers.insert("x-shopify-access-token", HeaderValue::from_static(TOKEN));
        }
        let (parts, body) = self.store.router().oneshot(request).await?.into_parts();
        let body = to_bytes(body, ANSWER_BYTES_MAX).await.context("an answer can't be read")?;
        Ok(http::Response::from_parts(parts, body.into()))
    }

    /// What it has counted by itself.
    pub(super) fn counters(&self) -> Counters {
        self.store.counters()
    }
}

/// Whether an answer is what was asked for: Shopify puts callers off with status 200.
pub(super) fn is_as_asked(answer: &http::Response<Vec<u8>>) -> bool {
    let put_off = || {
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let code = body.pointer("/errors/0/extensions/code").and_then(Value::as_str);
        code == Some("THROTTLED")
    };
    answer.status().is_success() && !put_off()
}
