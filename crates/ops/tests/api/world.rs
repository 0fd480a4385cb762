use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::request::Builder;
use axum::http::{Request, StatusCode};
use flyball_accounts::{Account, AccountState, PolicyOverrides};
use flyball_domain::{Integration, Kind, UnixMillis};
use flyball_governor::Policy;
use flyball_local::System;
use flyball_ops::Ops;
use flyball_ops::api::{Api, TokenHolders, router};
use secrecy::SecretString;
use serde_json::Value;
use tower::ServiceExt as _;

pub(crate) const TOKEN: &str = "right";

/// A system, and its ops API as a caller sees it.
pub(crate) struct World {
    pub(crate) system: System,
    pub(crate) ops: Ops,
    router: Router,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) media: String,
    pub(crate) is_replayed: bool,
    pub(crate) json: Value,
}

impl World {
    /// With these accounts of the customer `mug-makers`, on Shopify.
    pub(crate) async fn with(accounts: &[&str]) -> Self {
        let system = System::memory(Policy::STANDARD).await.unwrap();
        let ops = Ops {
            governor: system.stores.governor.clone(),
            records: system.stores.records.clone(),
            accounts: system.stores.accounts.clone(),
        };
        for id in accounts {
            ops.accounts.put(&account(id, "mug-makers")).await.unwrap();
        }
        let api = Api { ops: ops.clone(), queues: system.queues.clone() };
        let router = TokenHolders::of(SecretString::from(TOKEN)).guard(router(api));
        Self { system, ops, router }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.map(|value| value.to_str().unwrap().to_owned())
        };
        let (media, replayed) = (header("content-type"), header("idempotency-replayed"));
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let is_replayed = replayed.is_some();
        Answered { status, media: media.unwrap_or_default(), is_replayed, json }
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.send(request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answered {
        self.post_with(path, body, &[]).await
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Answered {
        let request = headers
            .iter()
            .fold(request("POST", path), |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// What stands in the audit trail, the oldest first.
    pub(crate) async fn trail(&self) -> Vec<Value> {
        let page = self.get("/v1/audit").await;
        let mut entries = page.json["entries"].as_array().unwrap().clone();
        entries.reverse();
        entries
    }
}

fn request(method: &str, path: &str) -> Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("flyball-operator", "mia")
}

pub(crate) fn account(id: &str, customer: &str) -> Account {
    Account {
        id: id.parse().unwrap(),
        customer: customer.parse().unwrap(),
        integration: Integration::Shopify,
        store: format!("https://{id}.myshopify.com"),
        zone: None,
        currency: None,
        kinds: [Kind::Products, Kind::Orders].into(),
        created_at: UnixMillis(1_790_000_000_000),
        policy: PolicyOverrides::default(),
        state: AccountState::Connected,
    }
}
