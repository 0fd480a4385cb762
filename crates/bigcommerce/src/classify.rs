//! What an answer, or its absence, means: one pure function for answers, one for their absence.
//!
//! Statuses: <https://developer.bigcommerce.com/docs/start/about/status-codes>. Whatever is not
//! known is classified so that it stops nobody for long and counts as no evidence against the
//! platform.

use flyball_connector::json::JsonError;
use flyball_connector::{
    Cause, Class, Evidence, Failure, PoisonReason, Rejection, Scope, Suspension, retry_after,
};
use flyball_domain::UnixMillis;
use flyball_http::CallError;

use crate::envelope::{self, Rows, words};
use crate::pace::quota;
use crate::requests::Level;

/// The longest request id kept, in characters.
const REQUEST_ID_CHARS_MAX: usize = 100;

/// Reads an answer: its rows, none of them for "no content".
///
/// # Errors
/// What the answer reports instead, or why it can't be read.
pub(crate) fn read(
    reply: &http::Response<Vec<u8>>,
    level: Level,
    now: UnixMillis,
) -> Result<Rows<'_>, Failure> {
    let status = reply.status().as_u16();
    if status == 204 {
        return Ok(Rows::NONE);
    }
    if !reply.status().is_success() {
        let class = class_of_status(reply, level, now);
        return Err(failure(reply, class, &words(reply.body())));
    }
    let unavailable = |cause| unavailable(Scope::Account, cause, None);
    let Ok(body) = core::str::from_utf8(reply.body()) else {
        return Err(failure(reply, unavailable(Cause::NotJson), "found an answer that is no text"));
    };
    envelope::rows(body).map_err(|error| match error {
        JsonError::End { .. } => failure(
            reply,
            unavailable(Cause::Truncated),
            "found an answer that ends too early where JSON was expected",
        ),
        JsonError::Shape { .. } => failure(
            reply,
            Class::Poison(PoisonReason::Shape),
            &format!("found an answer of another shape ({error}) where records were expected"),
        ),
        JsonError::Syntax { .. } => {
            failure(reply, unavailable(Cause::NotJson), &words(reply.body()))
        }
    })
}

/// A failure with what was seen of it.
pub(crate) fn failure(reply: &http::Response<Vec<u8>>, class: Class, message: &str) -> Failure {
    let request_id = reply
        .headers()
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .map(|id| id.chars().take(REQUEST_ID_CHARS_MAX).collect());
    Failure { class, evidence: Evidence::new(Some(reply.status().as_u16()), request_id, message) }
}

/// An answer that is JSON, but not what was asked for.
pub(crate) fn misshapen(reply: &http::Response<Vec<u8>>, message: &str) -> Failure {
    failure(reply, Class::Poison(PoisonReason::Shape), message)
}

const fn unavailable(scope: Scope, cause: Cause, until: Option<UnixMillis>) -> Class {
    Class::Unavailable { scope, cause, until }
}

/// What an HTTP status other than success means.
fn class_of_status(reply: &http::Response<Vec<u8>>, level: Level, now: UnixMillis) -> Class {
    use Cause::{Blocked, Dns, Maintenance, ServerError, Timeout};
    use Scope::{Account, Platform};
    let until = retry_after(reply.headers(), now);
    let html = reply.body().trim_ascii_start().starts_with(b"<");
    match (reply.status().as_u16(), level) {
        // The address of the store is part of the credentials: it names the store by its hash.
        (401, _) | (404, Level::Store) => Class::Rejected(Rejection::Credentials),
        // The plan's limit is the retailer's to raise; reading should never meet it.
        (402 | 507, _) => Class::Suspended(Suspension::Frozen),
        // A page instead of JSON comes from the firewall in front, which knows no permissions.
        (403, _) if html => unavailable(Platform, Blocked, until),
        (403, _) => Class::Rejected(Rejection::Permission),
        (404, Level::Record) => Class::Poison(PoisonReason::Request),
        (408, _) => unavailable(Account, Timeout, until),
        (423, Level::Store) => Class::Suspended(Suspension::Locked),
        // Without the quota's headers it is the store's load that is too high, not ours. The store
        // answers all the same: it is slowed down for, on our own clock, and is no outage.
        (429, _) => Class::Throttled {
            until: quota(reply.headers()).map(|quota| now.plus(quota.reset_ms)).or(until),
        },
        (502 | 504 | 520..=527, _) => unavailable(Platform, ServerError, until),
        // One store's own upkeep, upgrade or suspension, as the vendor uses it.
        (503, _) => unavailable(Account, Maintenance, until),
        (530, _) => unavailable(Platform, Dns, until),
        (500.., _) | (423, Level::Record) => unavailable(Account, ServerError, until),
        // Redirects are not followed: the API has none. The rest of the 400s speaks of the request.
        _ => Class::Ours,
    }
}

/// What it means that no answer arrived. All stores are behind one host, so its absence speaks of
/// the platform.
pub(crate) fn no_answer(error: &CallError) -> Failure {
    use Cause::{Connect, Dns, Timeout, Tls, TooLarge, Truncated};
    use Scope::{Account, Platform};
    let class = match error {
        CallError::Timeout { .. } => unavailable(Platform, Timeout, None),
        CallError::NoSuchName | CallError::Lookup { .. } => unavailable(Platform, Dns, None),
        CallError::Connect { .. } | CallError::Closed => unavailable(Platform, Connect, None),
        CallError::Tls { .. } => unavailable(Platform, Tls, None),
        CallError::Truncated { .. } => unavailable(Account, Truncated, None),
        CallError::TooLarge { .. } => unavailable(Account, TooLarge, None),
        CallError::RefusedAddress { .. } | CallError::Request { .. } => Class::Ours,
    };
    Failure { class, evidence: Evidence::new(None, None, &error.to_string()) }
}

/// What can be gone around by asking for less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Around {
    /// The vendor says that too much was asked for.
    LessAtOnce,
    /// Something in what was asked for makes the server fail, or it fails anyway.
    OneByOne,
    /// Something in what was asked for can't be read, however often it is asked for.
    Unreadable,
    /// Nothing.
    No,
}

/// What can be gone around by asking for less. The vendor's advice on 500 is to ask for fewer
/// objects, and again some minutes later.
pub(crate) fn around(failure: &Failure) -> Around {
    match (&failure.class, failure.evidence.status) {
        (Class::Poison(PoisonReason::Shape), _) => Around::Unreadable,
        (Class::Ours, Some(413 | 422)) => Around::LessAtOnce,
        (Class::Unavailable { cause: Cause::ServerError, .. }, Some(500)) => Around::OneByOne,
        _ => Around::No,
    }
}

#[cfg(test)]
mod tests;
