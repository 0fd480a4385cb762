use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;
use tokio::net::TcpListener;

/// A span that arrived, as it was written, and the service that sent it.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// The name of who sent it.
    pub service: Value,
    /// The span.
    pub span: Value,
}

impl Arrived {
    /// A part of it, as text.
    pub fn text(&self, part: &str) -> Option<&str> {
        self.span.get(part)?.as_str()
    }

    /// One of its attributes, as text.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.span.get("attributes")?.as_array()?.iter();
        let one = all.find(|it| it.get("key").is_some_and(|key| key == name))?;
        one.pointer("/value/stringValue")?.as_str()
    }
}

/// A collector of spans on loopback: OTLP in JSON.
#[derive(Debug)]
pub struct Collector {
    /// Where it is.
    pub url: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Collector {
    /// Starts one.
    pub async fn start() -> Self {
        let arrived = Arc::<Mutex<Vec<Arrived>>>::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&arrived));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, arrived }
    }

    /// What has arrived.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn take(State(arrived): State<Arc<Mutex<Vec<Arrived>>>>, Json(body): Json<Value>) {
    for resource in list(&body, "/resourceSpans") {
        let service = resource.pointer("/resource/attributes/0/value/stringValue").unwrap();
        for scope in list(resource, "/scopeSpans") {
            for span in list(scope, "/spans") {
                let one = Arrived { service: service.clone(), span: span.clone() };
                arrived.lock().unwrap_or_else(PoisonError::into_inner).push(one);
            }
        }
    }
}

fn list<'a>(of: &'a Value, place: &str) -> &'a [Value] {
    of.pointer(place).and_then(Value::as_array).unwrap()
}
