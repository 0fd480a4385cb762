//! The vendor's answers other than data. The v2 APIs answer a list of what is wrong
//! (`orders.v2.oas2.yml`), the v3 APIs one object (`channels.v3.yml`, `error_422_…`); a gateway before
//! both answers a page for people.

use axum::http::{HeaderName, StatusCode, header};
use serde_json::{Value, json};

use super::quota::{Standing, WINDOW_MS};
use crate::answer::Answer;
use crate::dial::VendorStatus;

const STATUS_CODES: &str =
    "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes";
const NOT_FOUND_V2: &str = "The requested resource was not found.";
const SCOPE: &str = "You don't have a required scope to access the endpoint";

/// Which of the vendor's two generations of APIs is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V2,
    V3,
}

/// Why a call is not answered with data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// No such address, or no such record.
    NotFound,
    /// The token is absent or unknown.
    Unauthorized,
    /// Another method than `GET`.
    Method,
    /// Parameters that there are not, joined by commas.
    Filters(String),
    /// A value that can't be read.
    Value { name: String, found: String, expected: &'static str },
    /// More rows on a page than there may be.
    Limit { found: u64, most: u64 },
    /// The quota is used up.
    Quota(Standing),
    /// A row that the vendor can't show.
    Broken,
}

impl Problem {
    /// As the vendor words it.
    pub(super) fn answer(&self, version: Version) -> Answer {
        let worded = |status, text: &str| worded(version, status, text);
        match self {
            Self::NotFound => worded(StatusCode::NOT_FOUND, not_found(version)),
            Self::Unauthorized => unauthorized(version),
            Self::Method => worded(
                StatusCode::METHOD_NOT_ALLOWED,
                "The requested method is not allowed on this resource",
            ),
            Self::Filters(names) => match version {
                Version::V2 => {
                    let text = format!("The field '{names}' is not supported by this resource.");
                    worded(StatusCode::BAD_REQUEST, &text)
                }
                Version::V3 => {
                    let text = format!("The filter(s): {names} are not valid filter parameter(s).");
                    worded(StatusCode::UNPROCESSABLE_ENTITY, &text)
                }
            },
            Self::Value { name, found, expected } => match version {
                Version::V2 => {
                    worded(StatusCode::BAD_REQUEST, &format!("The field '{name}' is invalid."))
                }
                Version::V3 => {
                    let text = format!(
                        "Query parameter \"{name}\" value must be {expected}. For input string: \
                         {found:?}."
                    );
                    worded(StatusCode::UNPROCESSABLE_ENTITY, &text)
                }
            },
            Self::Limit { found, most } => worded(
                StatusCode::PAYLOAD_TOO_LARGE,
                &format!("The limit {found} exceeds the maximum of {most}"),
            ),
            Self::Quota(standing) => with_standing(
                worded(StatusCode::TOO_MANY_REQUESTS, "Too many requests in the current window"),
                standing,
            ),
            Self::Broken => worded(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
        }
    }
}

/// What the vendor says at a status that has nothing to do with the call. A 429 says nothing of the
/// quota: the platform is under load.
pub(super) fn at_status(
    status: VendorStatus,
    version: Version,
    retry_after: Option<&str>,
) -> Answer {
    let code = StatusCode::from_u16(status.code()).unwrap_or(StatusCode::BAD_GATEWAY);
    let text = match status {
        VendorStatus::Unauthorized => return unauthorized(version),
        VendorStatus::BadRequest => "Input is invalid",
        VendorStatus::PaymentRequired => "Payment Required",
        VendorStatus::Forbidden => SCOPE,
        VendorStatus::NotFound => not_found(version),
        VendorStatus::Conflict => "The request conflicts with the state of the resource",
        VendorStatus::PayloadTooLarge => "Request Entity Too Large",
        VendorStatus::Unprocessable => "JSON data is missing or invalid",
        VendorStatus::Locked => "The requested resource is currently locked and unavailable",
        VendorStatus::TooManyRequests => "The platform is under load, try again later",
        VendorStatus::InternalServerError => "Internal Server Error",
        VendorStatus::InsufficientStorage => {
            "The store has reached the limit of its plan for this resource"
        }
        VendorStatus::SecurityRejection
        | VendorStatus::BadGateway
        | VendorStatus::ServiceUnavailable
        | VendorStatus::GatewayTimeout
        | VendorStatus::OriginDns
        | VendorStatus::EndpointDisabled
        | VendorStatus::BadJson => return page(status.code()),
    };
    let answer = worded(version, code, text);
    match retry_after {
        Some(seconds) => answer.with(header::RETRY_AFTER, seconds),
        None => answer,
    }
}

/// A page for people: at 503 the one of a store that is down for maintenance, at 200 the one that a
/// storefront shows instead of an API.
pub(super) fn page(code: u16) -> Answer {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
    let title = match code {
        200 => "Please stand by".to_owned(),
        503 => "Down for Maintenance".to_owned(),
        _ => status.to_string(),
    };
    Answer::html(
        status,
        format!(
            "<!DOCTYPE html>\n<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n\
             <p>This store is not available at the moment. Please check back soon.</p>\n</body>\n\
             </html>\n"
        ),
    )
}

pub(super) fn broken_json() -> Answer {
    Answer::not_quite_json(r#"{"data":[{"id":80,"name":"Walnut Mug","type":"physical","sk"#)
}

/// What the quota is, in every answer that counts against it.
pub(super) fn with_standing(answer: Answer, standing: &Standing) -> Answer {
    let headers = [
        (HeaderName::from_static("x-rate-limit-time-window-ms"), WINDOW_MS),
        (HeaderName::from_static("x-rate-limit-time-reset-ms"), standing.reset_ms),
        (HeaderName::from_static("x-rate-limit-requests-quota"), standing.quota),
        (HeaderName::from_static("x-rate-limit-requests-left"), standing.left),
    ];
    headers.into_iter().fold(answer, |answer, (name, value)| answer.with(name, &value.to_string()))
}

const fn not_found(version: Version) -> &'static str {
    match version {
        Version::V2 => NOT_FOUND_V2,
        Version::V3 => "The resource at that URL is not found.",
    }
}

fn unauthorized(version: Version) -> Answer {
    let text = match version {
        Version::V2 => "No credentials were supplied in the request.",
        Version::V3 => "Unauthorized",
    };
    worded(version, StatusCode::UNAUTHORIZED, text)
}

fn worded(version: Version, status: StatusCode, text: &str) -> Answer {
    let code = status.as_u16();
    let body: Value = match version {
        Version::V2 => json!([{"status": code, "message": text}]),
        Version::V3 => json!({"status": code, "title": text, "type": STATUS_CODES, "errors": {}}),
    };
    Answer::json(status, &body)
}
