use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, IF_MATCH};
use axum::response::{IntoResponse as _, Response};
use flyball_accounts::{Answer, Repeat, RequestKey};
use flyball_domain::UnixMillis;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::caller::Caller;
use super::problem::{PROBLEM_JSON, Problem};
use crate::audit::{Change, Request as Repeated};
use crate::{Ops, OpsError};

/// What makes a request one that may be repeated.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer is an earlier one.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What bodies are.
const JSON: &str = "application/json";

/// The longest key, in characters.
const KEY_CHARS_MAX: usize = 64;

/// A request that changes something.
#[derive(Clone, Debug)]
pub(super) struct Changing<T> {
    pub(super) body: T,
    /// The version that the caller has seen of what is changed.
    pub(super) seen: Option<String>,
    key: Option<String>,
    asked: [Vec<u8>; 2],
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Changing<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let key = key_in(&request)?;
        must_be_json(&request)?;
        let seen = request.headers().get(IF_MATCH).map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            text.trim().trim_matches('"').to_owned()
        });
        let target = format!("{} {}", request.method(), request.uri().path()).into_bytes();
        let bytes = match Bytes::from_request(request, state).await {
            Ok(bytes) => bytes,
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                let most = super::BODY_BYTES_MAX;
                let detail = format!("found a body of more than {most} bytes: say less");
                return Err(Problem::too_large(detail));
            }
            Err(error) => return Err(Problem::bad_request(error.body_text())),
        };
        // A route of which nothing has to be said may be called without a body.
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        // A list would be taken for the fields in their order.
        if text.trim_ascii_start().first() != Some(&b'{') {
            return Err(Problem::bad_request("found no JSON object where one was expected"));
        }
        let mut json = serde_json::Deserializer::from_slice(text);
        let body = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let field = Some(error.path().to_string()).filter(|path| path != ".");
            Problem::bad_field(field, error.into_inner().to_string())
        })?;
        json.end().map_err(|error| Problem::bad_request(error.to_string()))?;
        Ok(Self { body, seen, key, asked: [target, bytes.to_vec()] })
    }
}

/// A body of which nothing is said is taken for what it is to be.
fn must_be_json(request: &Request) -> Result<(), Problem> {
    let Some(value) = request.headers().get(CONTENT_TYPE) else { return Ok(()) };
    let text = String::from_utf8_lossy(value.as_bytes());
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(JSON) { Ok(()) } else { Err(Problem::no_json(essence)) }
}

fn key_in(request: &Request) -> Result<Option<String>, Problem> {
    let Some(value) = request.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=KEY_CHARS_MAX).contains(&key.len()));
    let key = key.ok_or_else(|| {
        Problem::bad_request(format!(
            "found an Idempotency-Key that can't be used, 1 to {KEY_CHARS_MAX} letters and digits \
             were expected"
        ))
    })?;
    Ok(Some(key.to_owned()))
}

/// Whether a change waits until it is known that it was not made before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// It does.
    UntilKnown,
    /// It does not where that can't be found out: stopping is never held up.
    Never,
}

/// A change that is to be made now.
#[derive(Clone, Debug)]
pub(super) struct Once<'a> {
    ops: &'a Ops,
    caller: &'a Caller,
    request: Option<(RequestKey, UnixMillis)>,
}

impl<T> Changing<T> {
    /// Begins to make the change.
    ///
    /// # Errors
    /// The answer, where it was made before or can't be made.
    pub(super) async fn begin<'a>(
        &self,
        ops: &'a Ops,
        caller: &'a Caller,
        held: Held,
    ) -> Result<Once<'a>, Response> {
        let once = Once { ops, caller, request: None };
        let Some(key) = &self.key else { return Ok(once) };
        let [target, body] = &self.asked;
        let seen = self.seen.as_deref().unwrap_or_default();
        let request = RequestKey::new(caller.name(), key, &[target, body, seen.as_bytes()]);
        match ops.accounts.claim_request(&request, now(ops)).await {
            Ok(Repeat::First { began }) => Ok(Once { request: Some((request, began)), ..once }),
            Ok(Repeat::Answered(answer)) => {
                let mut response = respond(answer);
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
                Err(response)
            }
            Ok(Repeat::Doing) => Err(Problem::being_done().into_response()),
            Ok(Repeat::Other) => Err(Problem::other_request().into_response()),
            Err(error) if held == Held::Never => {
                tracing::warn!(
                    code = "STOP_UNCHECKED",
                    "a stop goes ahead, repeated or not: {error}"
                );
                Ok(once)
            }
            Err(error) => Err(Problem::from(OpsError::from(error)).into_response()),
        }
    }
}

impl Once<'_> {
    /// Who makes the change, and by which request.
    pub(super) fn change(&self) -> Change<'_> {
        Change {
            author: self.caller.author(),
            caller: self.caller.name(),
            request: self
                .request
                .as_ref()
                .map(|(key, began)| Repeated { name: key.name(), began: *began }),
        }
    }

    /// Ends the change, and answers. An answer is remembered unless asking again may bring another.
    pub(super) async fn end<V: Serialize>(self, done: Result<V, OpsError>) -> Response {
        let answer = match done {
            Ok(value) => Answer {
                status: StatusCode::OK.as_u16(),
                body: serde_json::to_string(&value).unwrap_or_default(),
            },
            Err(error) => {
                let problem = Problem::from(error);
                Answer { status: problem.status, body: problem.to_text() }
            }
        };
        if let Some((request, _began)) = &self.request {
            let accounts = &self.ops.accounts;
            let kept = if answer.status == StatusCode::OK {
                accounts.remember_request(request, &answer, now(self.ops)).await
            } else {
                accounts.forget_request(request).await
            };
            if let Err(error) = kept {
                tracing::warn!(code = "STOP_UNCHECKED", "an answer is not remembered: {error}");
            }
        }
        respond(answer)
    }
}

fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media = if status.is_success() { JSON } else { PROBLEM_JSON };
    (status, [(CONTENT_TYPE, media)], answer.body).into_response()
}

fn now(ops: &Ops) -> UnixMillis {
    UnixMillis(ops.governor.now().0)
}
