use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::OpsError;

/// The media type of a problem (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// How much is shown of a media type that is not taken.
const MEDIA_CHARS_MAX: usize = 80;

/// Why a request was not done (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Which problem, for machines: stays the same from version to version.
    #[serde(rename = "type")]
    #[schema(example = "urn:flyball:problem:not-found")]
    pub kind: String,
    /// Which problem, for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was found, what was expected, what to do.
    pub detail: String,
    /// The field of the body that can't be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The rule that wants a confirmation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:flyball:problem:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            field: None,
            rule: None,
        }
    }

    pub(crate) fn unauthorized() -> Self {
        let detail = "found no caller that is known: sign in, or give the token as \
                      `Authorization: Bearer …`";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Who are you?", detail)
    }

    pub(crate) fn forbidden(needed: &str) -> Self {
        let detail = format!("found a caller without the scope {needed}: ask for it");
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail)
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "Not understood", detail)
    }

    pub(crate) fn bad_field(field: Option<String>, detail: impl Into<String>) -> Self {
        Self { field, ..Self::bad_request(detail) }
    }

    pub(crate) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail)
    }

    pub(crate) fn no_json(found: &str) -> Self {
        let found: String = found.chars().take(MEDIA_CHARS_MAX).collect();
        let detail = format!("found a body of {found:?}, application/json was expected");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "no-json", "Not JSON", detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not there", detail)
    }

    pub(crate) fn no_route() -> Self {
        Self::not_found("found no such route: GET /v1/openapi.json lists them")
    }

    pub(crate) fn no_method() -> Self {
        let detail = "found a method that this route does not have: see GET /v1/openapi.json";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "no-method", "No such method", detail)
    }

    pub(crate) fn other_request() -> Self {
        let detail = "found this Idempotency-Key with another request: take a new key";
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::new(status, "key-reused", "The key is taken", detail)
    }

    pub(crate) fn being_done() -> Self {
        let detail = "the same request is being done: ask again in a moment";
        Self::new(StatusCode::CONFLICT, "being-done", "Being done", detail)
    }

    pub(crate) fn too_late(seconds: u64) -> Self {
        let detail = format!(
            "there was no answer within {seconds} seconds, and what was asked may have been done: \
             look, or ask again with the same Idempotency-Key"
        );
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "no-answer", "No answer in time", detail)
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<OpsError> for Problem {
    fn from(error: OpsError) -> Self {
        let detail = error.to_string();
        match error {
            OpsError::UnknownAccount { .. } | OpsError::NotFound(_) => Self::not_found(detail),
            OpsError::Unfit(_) => Self::bad_request(detail),
            OpsError::Conflict(_) => {
                Self::new(StatusCode::CONFLICT, "conflict", "Not as things stand", detail)
            }
            OpsError::Changed(_) => {
                let status = StatusCode::PRECONDITION_FAILED;
                Self::new(status, "changed", "Changed meanwhile", detail)
            }
            OpsError::Unconfirmed { rule, .. } => {
                let title = "A confirmation is needed";
                let problem = Self::new(StatusCode::CONFLICT, "unconfirmed", title, detail);
                Self { rule: Some(rule.to_owned()), ..problem }
            }
            OpsError::Governor(_)
            | OpsError::Accounts(_)
            | OpsError::Records(_)
            | OpsError::Queue(_)
            | OpsError::NoQueue(_) => {
                tracing::error!(code = "OPS_UNAVAILABLE", "{detail}");
                let status = StatusCode::SERVICE_UNAVAILABLE;
                Self::new(status, "unavailable", "Not available", detail)
            }
            OpsError::Outgoing(_) | OpsError::Word(_) => {
                tracing::error!(code = "OPS_FAULT", "{detail}");
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Self::new(status, "fault", "A fault of ours", detail)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status(), [(CONTENT_TYPE, PROBLEM_JSON)], self.to_text()).into_response()
    }
}
