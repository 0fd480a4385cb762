//! The ops API over HTTP: routes that only whoever is authorized reaches, their document, and
//! errors as `application/problem+json`.

#![expect(clippy::result_large_err, reason = "a problem is made once a request, and ends it")]

mod caller;
mod change;
mod document;
mod input;
mod problem;
mod route;
mod routes;
mod served;
mod token;

use core::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use flyball_queue::Queues;

pub use caller::{Caller, Operator, Reader, Rights, SCOPE_OPERATE, SCOPE_READ};
pub use document::document;
pub use problem::{PROBLEM_JSON, Problem};
pub use served::Served;
pub use token::{OPERATOR_HEADER, TokenHolders};

use crate::Ops;

/// The longest body that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 16 * 1024;

/// How long a request may take: API Gateway gives up after 30 seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(25);

/// What the routes work on.
#[derive(Clone, Debug)]
pub struct Api {
    /// The tables.
    pub ops: Ops,
    /// The queue of each integration and kind.
    pub queues: Queues,
}

/// The routes. Whoever serves them says who calls, by putting a [`Caller`] into the request's
/// extensions; a request without one is refused.
pub fn router(api: Api) -> Router {
    routes::all()
        .into_router()
        .fallback(async || Problem::no_route())
        .method_not_allowed_fallback(async || Problem::no_method())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(in_time))
        .with_state(api)
}

async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await {
        Ok(response) => response,
        Err(_elapsed) => Problem::too_late(ANSWER_WITHIN.as_secs()).into_response(),
    }
}
