use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::time::Instant;

/// The name of the only invocation there is at a time.
const REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

/// What the function answered to an invocation.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Its response.
    Response(Value),
    /// The invocation failed.
    Error(Value),
    /// It did not come up.
    InitError(Value),
}

/// An event, and when the function has to have ended, in milliseconds since 1970.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) event: Value,
    pub(super) deadline_ms: u64,
}

/// A Lambda Runtime API on loopback
/// (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>).
#[derive(Debug)]
pub(super) struct RuntimeApi {
    pub(super) address: String,
    invocations: mpsc::UnboundedSender<Invocation>,
    answers: mpsc::UnboundedReceiver<(Instant, Answer)>,
    polls: mpsc::UnboundedReceiver<Instant>,
}

#[derive(Clone)]
struct Desk {
    invocations: Arc<Mutex<mpsc::UnboundedReceiver<Invocation>>>,
    answers: mpsc::UnboundedSender<(Instant, Answer)>,
    polls: mpsc::UnboundedSender<Instant>,
}

impl RuntimeApi {
    pub(super) async fn start() -> Self {
        let (invocations, next) = mpsc::unbounded_channel();
        let (answered, answers) = mpsc::unbounded_channel();
        let (polled, polls) = mpsc::unbounded_channel();
        let desk =
            Desk { invocations: Arc::new(Mutex::new(next)), answers: answered, polls: polled };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next_invocation))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(desk);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        // Small answers would otherwise wait up to 40 ms for the client's acknowledgement.
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, invocations, answers, polls }
    }

    /// Hands an invocation to the function as soon as it asks for one.
    pub(super) fn hand_over(&self, invocation: Invocation) {
        self.invocations.send(invocation).unwrap();
    }

    /// The next answer.
    pub(super) async fn answer(&mut self) -> Answer {
        self.answered().await.1
    }

    /// The same, and when it came.
    pub(super) async fn answered(&mut self) -> (Instant, Answer) {
        self.answers.recv().await.unwrap()
    }

    /// When the function next asks for an invocation.
    pub(super) async fn polled(&mut self) -> Instant {
        self.polls.recv().await.unwrap()
    }
}

async fn next_invocation(State(desk): State<Desk>) -> Result<(HeaderMap, String), StatusCode> {
    // Nobody listens any more when the test is over.
    _ = desk.polls.send(Instant::now());
    let next = desk.invocations.lock().await.recv().await;
    let Some(Invocation { event, deadline_ms }) = next else { return Err(StatusCode::GONE) };
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("lambda-runtime-aws-request-id", REQUEST_ID),
        ("lambda-runtime-deadline-ms", &deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:local:0:function:flyball"),
        ("content-type", "application/json"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    Ok((headers, event.to_string()))
}

async fn response(State(desk): State<Desk>, Path(id): Path<String>, body: String) -> StatusCode {
    assert_eq!(id, REQUEST_ID);
    tell(&desk, Answer::Response(parse(&body)))
}

async fn error(State(desk): State<Desk>, Path(id): Path<String>, body: String) -> StatusCode {
    assert_eq!(id, REQUEST_ID);
    tell(&desk, Answer::Error(parse(&body)))
}

async fn init_error(State(desk): State<Desk>, body: String) -> StatusCode {
    tell(&desk, Answer::InitError(parse(&body)))
}

fn tell(desk: &Desk, answer: Answer) -> StatusCode {
    // Nobody listens any more when the test is over.
    drop(desk.answers.send((Instant::now(), answer)));
    StatusCode::ACCEPTED
}

fn parse(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_no_json| Value::String(body.to_owned()))
}
