//! What an answer, or its absence, means: one pure function for answers, one for their absence.
//!
//! Statuses: <https://shopify.dev/docs/api/usage/response-codes>. GraphQL codes:
//! <https://shopify.dev/docs/api/admin-graphql#status_and_error_codes>. Whatever is not known is
//! classified so that it stops nobody for long and counts as no evidence against the platform.

use flyball_connector::{
    Cause, Class, Evidence, Failure, PoisonReason, Rejection, Scope, Suspension, retry_after,
};
use flyball_domain::UnixMillis;
use flyball_http::CallError;

use crate::envelope::{self, ApiError, Cost, Envelope};
use crate::pace::wait_ms;

/// The longest request id kept, in characters.
const REQUEST_ID_CHARS_MAX: usize = 100;
/// How much of an HTML page is searched for its title, in bytes.
const TITLE_SEARCH_BYTES_MAX: usize = 4_096;

/// What an answer says before any record in it is read.
#[derive(Debug)]
pub(crate) enum Reading<'a> {
    /// Data, perhaps with errors that each name the one place in it that they spoil.
    Data {
        /// The answer.
        envelope: Envelope<'a>,
    },
    /// The query asks for too much at once.
    TooCostly {
        /// What to report if it can't be made smaller.
        failure: Failure,
    },
    /// Anything else.
    Failed {
        /// What happened.
        failure: Failure,
        /// What the vendor said of its budget all the same.
        cost: Option<Cost>,
    },
}

/// Reads an answer.
pub(crate) fn read(reply: &http::Response<Vec<u8>>, now: UnixMillis) -> Reading<'_> {
    let failed = |class, message: &str| Reading::Failed {
        failure: failure(reply, class, message),
        cost: None,
    };
    let status = reply.status().as_u16();
    let text = core::str::from_utf8(reply.body());
    let envelope = text.map(envelope::read);
    if !reply.status().is_success() {
        let json = matches!(envelope, Ok(Ok(_)));
        let class = class_of_status(status, json, retry_after(reply.headers(), now));
        return failed(class, &words(reply.body()));
    }
    let envelope = match envelope {
        Ok(Ok(envelope)) => envelope,
        Ok(Err(error)) if error.is_end() => {
            return failed(
                unavailable(Scope::Account, Cause::Truncated, None),
                "found an answer that ends too early where a JSON object was expected",
            );
        }
        Ok(Err(error)) if error.is_shape() => {
            return failed(
                Class::Poison(PoisonReason::Shape),
                &format!("found an answer of another shape ({error}) where an object was expected"),
            );
        }
        Ok(Err(_)) | Err(_) => {
            let class = unavailable(Scope::Account, Cause::NotJson, None);
            return failed(class, &words(reply.body()));
        }
    };
    if let Some(error) = envelope.errors.iter().find(|error| error.code == "MAX_COST_EXCEEDED") {
        return Reading::TooCostly { failure: failure(reply, Class::Ours, &error.message) };
    }
    let all_placed = envelope.errors.iter().all(|error| !error.path.is_empty());
    if envelope.data().is_some() && all_placed {
        return Reading::Data { envelope };
    }
    Reading::Failed {
        failure: failure_of_errors(reply, &envelope.errors, envelope.cost.as_ref(), now),
        cost: envelope.cost,
    }
}

/// What the errors of an answer mean whose data is of no use.
pub(crate) fn failure_of_errors(
    reply: &http::Response<Vec<u8>>,
    errors: &[ApiError],
    cost: Option<&Cost>,
    now: UnixMillis,
) -> Failure {
    let telling = errors.iter().find(|error| !error.code.is_empty()).or_else(|| errors.first());
    match telling {
        Some(error) => failure(reply, class_of_error(error, cost, now), &error.message),
        None => failure(
            reply,
            Class::Poison(PoisonReason::Shape),
            "found an answer without the data that was asked for and without an error",
        ),
    }
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

const fn unavailable(scope: Scope, cause: Cause, until: Option<UnixMillis>) -> Class {
    Class::Unavailable { scope, cause, until }
}

/// What an HTTP status other than success means.
fn class_of_status(status: u16, json: bool, until: Option<UnixMillis>) -> Class {
    use Cause::{Blocked, Dns, Maintenance, ServerError, Timeout};
    use Scope::{Account, Platform};
    match status {
        401 => Class::Rejected(Rejection::Credentials),
        402 => Class::Suspended(Suspension::Frozen),
        403 if json => Class::Rejected(Rejection::Permission),
        // A page instead of JSON comes from the firewall in front, which knows no permissions.
        403 | 430 => unavailable(Platform, Blocked, until),
        404 => Class::Suspended(Suspension::Closed),
        408 => unavailable(Account, Timeout, until),
        423 => Class::Suspended(Suspension::Locked),
        429 => Class::Throttled { until },
        502..=504 | 520..=527 => unavailable(Platform, ServerError, until),
        530 => unavailable(Platform, Dns, until),
        540 => unavailable(Account, Maintenance, until),
        783 => Class::Ours,
        500.. => unavailable(Account, ServerError, until),
        // Redirects are not followed: the store's address is another one. The rest of the 400s
        // speaks of the request.
        _ => Class::Ours,
    }
}

/// What a GraphQL error means, by its code. Codes of failed validation are in camel case.
fn class_of_error(error: &ApiError, cost: Option<&Cost>, now: UnixMillis) -> Class {
    match error.code.as_str() {
        "THROTTLED" => Class::Throttled { until: throttled_until(cost, now) },
        "ACCESS_DENIED" => Class::Rejected(Rejection::Permission),
        "SHOP_INACTIVE" => Class::Suspended(Suspension::Locked),
        "INTERNAL_SERVER_ERROR" => unavailable(Scope::Platform, Cause::ServerError, None),
        "MAX_COST_EXCEEDED" | "BAD_REQUEST" | "BAD_USER_INPUT" | "INVALID_VARIABLE" => Class::Ours,
        code if code.starts_with(|first: char| first.is_ascii_lowercase()) => Class::Ours,
        _ => unavailable(Scope::Account, Cause::ServerError, None),
    }
}

/// When the bucket will hold what the refused call asked for. Where it held that already, another
/// limit than the bucket was met, and the vendor does not say for how long.
fn throttled_until(cost: Option<&Cost>, now: UnixMillis) -> Option<UnixMillis> {
    let cost = cost?;
    let needed = cost.requested_milli?;
    match wait_ms(needed, &cost.bucket?) {
        Some(0) | None => None,
        Some(ms) => Some(now.plus(ms)),
    }
}

/// The vendor's words: the first error of a JSON body, the title of a page, the start of the rest.
fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..TITLE_SEARCH_BYTES_MAX).unwrap_or(body));
    let parsed = core::str::from_utf8(body).ok().and_then(|body| envelope::read(body).ok());
    if let Some(error) = parsed.and_then(|envelope| envelope.errors.into_iter().next()) {
        return error.message;
    }
    if text.trim_start().starts_with('<') {
        let title = title(&text).unwrap_or("without a title");
        return format!("found an HTML page where JSON was expected: {title}");
    }
    text.trim().chars().take(Evidence::MESSAGE_CHARS_MAX).collect()
}

fn title(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    Some(title.trim())
}

/// What it means that no answer arrived.
pub(crate) fn no_answer(error: &CallError) -> Failure {
    use Cause::{Connect, Dns, Timeout, Tls, TooLarge, Truncated};
    use Scope::{Account, Platform};
    let class = match error {
        CallError::Timeout { .. } => unavailable(Platform, Timeout, None),
        CallError::NoSuchName => unavailable(Account, Dns, None),
        CallError::Lookup { .. } => unavailable(Platform, Dns, None),
        CallError::Connect { .. } | CallError::Closed => unavailable(Platform, Connect, None),
        CallError::Tls { .. } => unavailable(Account, Tls, None),
        CallError::Truncated { .. } => unavailable(Account, Truncated, None),
        CallError::TooLarge { .. } => unavailable(Account, TooLarge, None),
        CallError::RefusedAddress { .. } | CallError::Request { .. } => Class::Ours,
    };
    Failure { class, evidence: Evidence::new(None, None, &error.to_string()) }
}

#[cfg(test)]
mod tests;
