//! What an answer, or its absence, means: one pure function for answers, one for their absence.
//!
//! A store stands by itself: whatever happens to it says nothing about any platform, so every scope
//! is the account. Statuses: `Magento\Framework\Webapi\ErrorProcessor`; those of `OAuth`:
//! <https://developer.adobe.com/commerce/webapi/get-started/authentication/oauth-errors/>; the
//! others are those of what stands in front of a store, such as Varnish, Fastly or a firewall.

use flyball_connector::json::{JsonError, Raw, from_str};
use flyball_connector::{
    Cause, Class, Evidence, Failure, PoisonReason, Rejection, Scope, Suspension, retry_after,
};
use flyball_domain::UnixMillis;
use flyball_http::CallError;

use crate::decode::object::Object;
use crate::words::{is_page, words};

/// The longest request id or address of a redirect kept, in characters.
const HEADER_CHARS_MAX: usize = 100;

pub(crate) type Reply = http::Response<Vec<u8>>;

/// The JSON of an answer, its parts not yet read.
#[derive(Debug)]
pub(crate) enum Answer<'a> {
    /// An object.
    Object(Object<'a>),
    /// Anything else.
    Other(Raw<'a>),
}

impl<'a> Answer<'a> {
    fn parse(text: &'a str) -> Result<Self, JsonError> {
        if text.trim_start().starts_with('{') {
            Object::parse(text).map(Self::Object)
        } else {
            from_str(text).map(Self::Other)
        }
    }
}

/// The JSON of an answer that is a success, or what else it means.
///
/// A refusal of credentials is reported as it comes; whether it is to be believed is the walk's to
/// say.
///
/// # Errors
/// Everything that is no success with JSON in it.
pub(crate) fn json_of(reply: &Reply, now: UnixMillis) -> Result<Answer<'_>, Failure> {
    if !reply.status().is_success() {
        let said = words(reply.body());
        let class = class_of_status(reply, &said, now);
        return Err(failure(reply, class, &redirect(reply).unwrap_or(said)));
    }
    let failed = |cause, message: &str| Err(failure(reply, unavailable(cause, None), message));
    let text = core::str::from_utf8(reply.body());
    let typed_page = header(reply, http::header::CONTENT_TYPE)
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    match text.map(Answer::parse) {
        Ok(Ok(_)) if typed_page => failed(Cause::NotJson, "found JSON that says it is HTML"),
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if error.is_end() && !typed_page => {
            failed(Cause::Truncated, "found an answer that ends too early where JSON was expected")
        }
        Ok(Err(_)) | Err(_) => failed(Cause::NotJson, &words(reply.body())),
    }
}

/// A failure with what was seen of it.
pub(crate) fn failure(reply: &Reply, class: Class, message: &str) -> Failure {
    let request_id = ["x-request-id", "x-magento-cache-id", "x-amz-cf-id", "cf-ray"]
        .into_iter()
        .find_map(|name| header(reply, http::HeaderName::from_static(name)));
    Failure { class, evidence: Evidence::new(Some(reply.status().as_u16()), request_id, message) }
}

fn header(reply: &Reply, name: http::HeaderName) -> Option<String> {
    let text = reply.headers().get(name)?.to_str().ok()?;
    Some(text.chars().take(HEADER_CHARS_MAX).collect())
}

const fn unavailable(cause: Cause, until: Option<UnixMillis>) -> Class {
    Class::Unavailable { scope: Scope::Account, cause, until }
}

/// Redirects are not followed: whoever sends them has another address.
fn redirect(reply: &Reply) -> Option<String> {
    if !reply.status().is_redirection() {
        return None;
    }
    let to = header(reply, http::header::LOCATION).unwrap_or_else(|| "nowhere".to_owned());
    Some(format!("found a redirect to {to}: give the store's own address"))
}

/// What an HTTP status other than success means.
fn class_of_status(reply: &Reply, said: &str, now: UnixMillis) -> Class {
    use Cause::{Blocked, Maintenance, ServerError, Timeout};
    let until = retry_after(reply.headers(), now);
    let page = is_page(&String::from_utf8_lossy(reply.body()));
    let said = said.to_ascii_lowercase();
    let of_keys = is_of_keys(&said);
    match reply.status().as_u16() {
        300..=399 => Class::Suspended(Suspension::Domain),
        401 if said.contains("authorized to access") => Class::Rejected(Rejection::Permission),
        400 | 403 if of_keys => Class::Rejected(Rejection::Credentials),
        401 => Class::Rejected(Rejection::Credentials),
        402 => Class::Suspended(Suspension::Frozen),
        403 if page => unavailable(Blocked, until),
        403 => Class::Suspended(Suspension::Locked),
        // Without a route the API itself is not there; anything else it has not is a row's matter.
        404 if page || said.contains("match any route") || said.is_empty() => {
            Class::Suspended(Suspension::Closed)
        }
        400 | 404 => Class::Poison(PoisonReason::Request),
        429 => Class::Throttled { until },
        503 if is_maintenance(&said) => unavailable(Maintenance, until),
        408 | 504 | 522 | 524 => unavailable(Timeout, until),
        500.. => unavailable(ServerError, until),
        _ => Class::Ours,
    }
}

/// Words of a refusal of keys, signature, time or nonce, which come with 400 and 403 as well.
fn is_of_keys(said: &str) -> bool {
    ["oauth_", "nonce", "consumer key", "consumer_key", "signature", "token_", "timestamp value"]
        .iter()
        .any(|word| said.contains(word))
}

/// The page of `bin/magento maintenance:enable` and what others say in its place; a Varnish that
/// finds nobody behind it is an outage.
fn is_maintenance(said: &str) -> bool {
    ["maintenance", "service temporarily unavailable", "be right back", "upgrad"]
        .iter()
        .any(|word| said.contains(word))
}

/// What it means that no answer arrived. A name that does not exist, or a certificate that is not
/// accepted, is the retailer's to mend: it is looked at again rarely.
pub(crate) fn no_answer(error: &CallError) -> Failure {
    use Cause::{Connect, Dns, Timeout, TooLarge, Truncated};
    let class = match error {
        CallError::Timeout { .. } => unavailable(Timeout, None),
        CallError::NoSuchName | CallError::Tls { .. } => Class::Suspended(Suspension::Domain),
        CallError::Lookup { .. } => unavailable(Dns, None),
        CallError::Connect { .. } | CallError::Closed => unavailable(Connect, None),
        CallError::Truncated { .. } => unavailable(Truncated, None),
        CallError::TooLarge { .. } => unavailable(TooLarge, None),
        CallError::RefusedAddress { .. } | CallError::Request { .. } => Class::Ours,
    };
    Failure { class, evidence: Evidence::new(None, None, &error.to_string()) }
}

#[cfg(test)]
mod tests;
