use core::ops::Deref;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::answer::{Answer, Mood, Outcome};
use crate::dial::{Fault, VendorStatus};
use crate::face::Call;
use crate::ledger::{Ended, OpenCall};
use crate::random::Random;
use crate::store::{Clock, Store, StoreConfig, StoreError};
use crate::wire::{Cut, Door};

/// What a caller tags its calls with, as `<lease>-<n>`.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The largest request that is read, in bytes.
pub(crate) const REQUEST_BYTES_MAX: usize = 1 << 20;
/// How long a call hangs at most, in milliseconds: longer than any client waits.
const HANG_MS_MAX: u64 = 300_000;
/// How long a store that is told to stop waits for its last answers, in milliseconds.
const STOP_MS_MAX: u64 = 2_000;

impl Store {
    /// Opens a store and serves it on loopback.
    ///
    /// # Errors
    /// Too many products, or a port that can't be had.
    pub async fn serve(config: StoreConfig, clock: Clock) -> Result<RunningStore, StoreError> {
        let port = config.port;
        let store = Self::open(config, clock)?;
        let wrong = |source| StoreError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(wrong)?;
        let address = listener.local_addr().map_err(wrong)?;
        let service = store.router().into_make_service_with_connect_info::<Cut>();
        let stopped = until_told(store.stopping.subscribe());
        let task = tokio::spawn(async move {
            // The listener retries by itself, so serving only ends when it is told to.
            drop(axum::serve(Door(listener), service).with_graceful_shutdown(stopped).await);
        });
        Ok(RunningStore { store, url: format!("http://{address}"), task: Some(task) })
    }

    /// The store's API without a listener.
    ///
    /// The faults `close` and `truncated` need the listener of [`Store::serve`]; without it they
    /// answer with an empty 502.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(Arc::clone(self))
    }
}

/// A store that is being served. Dropped, it stops by itself.
#[derive(Debug)]
pub struct RunningStore {
    store: Arc<Store>,
    url: String,
    task: Option<JoinHandle<()>>,
}

impl RunningStore {
    /// Where it is, such as `http://127.0.0.1:40213`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address that a retailer connects it by: where it is, and what stands before the paths of
    /// its API.
    pub fn address(&self) -> String {
        format!("{}{}", self.url, self.store.base_path)
    }

    /// The store, to be kept beyond the serving.
    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Stops serving: calls under way are answered or closed, and the port is free again.
    pub async fn stop(mut self) {
        self.store.stopping.send_replace(true);
        if let Some(mut task) = self.task.take() {
            let patience = Duration::from_millis(STOP_MS_MAX);
            if tokio::time::timeout(patience, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Deref for RunningStore {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Drop for RunningStore {
    fn drop(&mut self) {
        self.store.stopping.send_replace(true);
    }
}

/// A call that is under way; dropped before it is answered, it never was.
struct UnderWay<'a> {
    store: &'a Store,
    call: OpenCall,
    ended: Ended,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.store.end(&self.call, self.ended);
    }
}

async fn answer(State(store): State<Arc<Store>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let cut = parts.extensions.get::<ConnectInfo<Cut>>().map(|ConnectInfo(cut)| cut.clone());
    let tag = parts.headers.get(REQUEST_ID).and_then(|tag| tag.to_str().ok());
    let now = store.now();
    let mut under_way =
        UnderWay { store: &store, call: store.begin(tag, now), ended: Ended::Unanswered };
    let body = to_bytes(body, REQUEST_BYTES_MAX).await.ok();
    let call = Call {
        method: &parts.method,
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        body: body.as_deref().unwrap_or_default(),
    };
    let mut turned = store.turn_dials(&call, now);
    let common = store.face.headers(&call, &mut turned.random);
    let delay_ms = store.face.delay_ms(&call, store.others_under_way());
    let latency_ms = turned.latency_ms.saturating_add(delay_ms);
    if latency_ms > 0 {
        pause(&store, latency_ms).await;
    }
    let fault = match turned.fault {
        Some(Fault::Outage) => Some(outage(&mut turned.random)),
        fault => fault,
    };
    let outcome = match played(fault.as_ref(), turned.random) {
        Played::Hangs => {
            pause(&store, HANG_MS_MAX).await;
            return closed(cut.as_ref(), None);
        }
        Played::Closes => return closed(cut.as_ref(), None),
        Played::Mood(_) if body.is_none() => Outcome::refused(store.face.too_large()),
        Played::Mood(mood) => store.face.answer(&call, mood, &store.stocked(), store.now()),
        Played::Fails(fault) => Outcome::refused(
            store.face.failing(fault, &common).unwrap_or_else(|| store.face.too_large()),
        ),
    };
    under_way.ended = outcome.ended;
    drop(under_way);
    if matches!(fault, Some(Fault::Truncated)) {
        return closed(cut.as_ref(), Some(respond(outcome.answer, &common)));
    }
    respond(outcome.answer, &common)
}

/// What a fault makes of a call.
enum Played<'a> {
    Hangs,
    Closes,
    /// The vendor fails in its own words.
    Fails(&'a Fault),
    /// The vendor answers.
    Mood(Mood),
}

fn played(fault: Option<&Fault>, random: Random) -> Played<'_> {
    let Some(fault) = fault else { return Played::Mood(Mood::Good) };
    match fault {
        Fault::Latency { .. } | Fault::Truncated => Played::Mood(Mood::Good),
        Fault::Throttled => Played::Mood(Mood::Drained),
        Fault::Strange => Played::Mood(Mood::Strange(random)),
        Fault::StaleCursor => Played::Mood(Mood::StaleCursor),
        Fault::BulkFails => Played::Mood(Mood::BulkFails),
        Fault::SearchLag { lag_ms } => Played::Mood(Mood::SearchLag(*lag_ms)),
        Fault::Poison { index } => Played::Mood(Mood::Poisoned(*index)),
        Fault::Unreadable { index } => Played::Mood(Mood::Unreadable(*index)),
        Fault::Hang => Played::Hangs,
        Fault::Close | Fault::Outage => Played::Closes,
        Fault::Status { .. }
        | Fault::Graphql(_)
        | Fault::BrokenJson
        | Fault::Html { .. }
        | Fault::Oversized { .. } => Played::Fails(fault),
    }
}

/// One of the ways in which a vendor fails that is down.
fn outage(random: &mut Random) -> Fault {
    let status = |status| Fault::Status { status, retry_after: None };
    match random.below(4) {
        0 => Fault::Close,
        1 => status(VendorStatus::BadGateway),
        2 => status(VendorStatus::GatewayTimeout),
        _ => status(VendorStatus::ServiceUnavailable),
    }
}

fn respond(answer: Answer, common: &HeaderMap) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = common.clone();
    response.headers_mut().extend(answer.headers);
    response
}

/// Closes the connection instead of answering, or in the middle of an answer.
fn closed(cut: Option<&Cut>, answer: Option<Response>) -> Response {
    let mut empty = Response::new(Body::empty());
    *empty.status_mut() = StatusCode::BAD_GATEWAY;
    empty.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    let Some(cut) = cut else { return empty };
    match answer {
        None => {
            cut.before_the_answer();
            empty
        }
        Some(answer) => {
            let length = axum::body::HttpBody::size_hint(answer.body()).lower();
            cut.after_body_bytes(length / 2);
            answer
        }
    }
}

/// Lets time pass, unless the store is told to stop.
#[expect(clippy::disallowed_methods, reason = "the simulated vendor is slow on purpose")]
async fn pause(store: &Store, ms: u64) {
    let told = until_told(store.stopping.subscribe());
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(ms)) => {}
        () = told => {}
    }
}

async fn until_told(mut stopping: watch::Receiver<bool>) {
    // An error means that the store is gone, which is as good as being told.
    drop(stopping.wait_for(|stopping| *stopping).await);
}
