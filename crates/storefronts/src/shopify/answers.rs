//! The vendor's answers other than data, as recorded or documented
//! (<https://shopify.dev/docs/api/usage/response-codes>).

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::cost::QUERY_POINTS_MAX;
use crate::dial::{GraphqlFault, VendorStatus};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const DOCUMENTATION: &str = "https://shopify.dev/api/usage/rate-limits";
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2.0");

/// An answer that is still to be sent.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, headers: vec![(header::CONTENT_TYPE, JSON)], body }
    }

    fn html(status: StatusCode, title: &str) -> Self {
        let body = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>{title}</title></head>\n<body>\n\
             <h1>{title}</h1>\n<p>There was a problem loading this website. Try refreshing the page. \
             If the site still doesn't load, please try again in a few minutes.</p>\n</body>\n</html>\n"
        );
        Self { status, headers: vec![(header::CONTENT_TYPE, HTML)], body: body.into_bytes() }
    }

    pub(crate) fn html_at_200() -> Self {
        Self::html(StatusCode::OK, "Something went wrong")
    }

    pub(crate) fn html_at_503() -> Self {
        Self::html(StatusCode::SERVICE_UNAVAILABLE, "503 Service Unavailable")
    }

    pub(crate) fn not_found() -> Self {
        Self::json(StatusCode::NOT_FOUND, &json!({"errors": "Not Found"}))
    }

    pub(crate) fn broken_json() -> Self {
        let mut answer = Self::json(StatusCode::OK, &Value::Null);
        answer.body =
            br#"{"data":{"products":{"nodes":[{"id":"gid://shopify/Product/1","title"#.to_vec();
        answer
    }

    /// Valid JSON of at least `bytes` bytes.
    pub(crate) fn oversized(bytes: u64) -> Self {
        let mut answer = Self::json(StatusCode::OK, &json!({"data": null, "padding": ""}));
        let padding = vec![b'x'; usize::try_from(bytes).unwrap_or(0)];
        let end = answer.body.split_off(answer.body.len().saturating_sub(2));
        answer.body.extend(padding);
        answer.body.extend(end);
        answer
    }

    /// What the vendor says at a status.
    pub(crate) fn status(status: VendorStatus, retry_after: Option<&str>) -> Self {
        let code = StatusCode::from_u16(status.code()).unwrap_or(StatusCode::BAD_GATEWAY);
        let text = |text: &str| Self::json(code, &json!({"errors": text}));
        let mut answer = match status {
            VendorStatus::BadRequest => Self::json(
                code,
                &json!({"errors": {"query": "Required parameter missing or invalid"}}),
            ),
            VendorStatus::Unauthorized => {
                text("[API] Invalid API key or access token (unrecognized login or wrong password)")
            }
            VendorStatus::PaymentRequired => text("Unavailable Shop"),
            VendorStatus::Forbidden => {
                text("[API] This action requires merchant approval for read_products scope.")
            }
            VendorStatus::NotFound => text("Not Found"),
            VendorStatus::Locked => text("This store is unavailable"),
            VendorStatus::TooManyRequests => text(
                "Exceeded 2 calls per second for api client. Reduce request rates to resume \
                 uninterrupted service.",
            ),
            VendorStatus::SecurityRejection => Self::html(code, "Shopify Security Rejection"),
            VendorStatus::InternalServerError => text("Internal Server Error"),
            VendorStatus::BadGateway => Self::html(code, "502 Bad Gateway"),
            VendorStatus::ServiceUnavailable => Self::html(code, "503 Service Unavailable"),
            VendorStatus::GatewayTimeout => Self::html(code, "504 Gateway Time-out"),
            VendorStatus::OriginDns => Self::html(code, "Error 1016: Origin DNS error"),
        };
        let retry_after = match retry_after {
            Some(text) => HeaderValue::from_str(text).ok(),
            None => (status == VendorStatus::TooManyRequests).then_some(RETRY_AFTER),
        };
        answer.headers.extend(retry_after.map(|value| (header::RETRY_AFTER, value)));
        answer
    }

    /// A GraphQL error with status 200.
    pub(crate) fn graphql(fault: GraphqlFault, request_id: &str) -> Self {
        let errors = match fault {
            GraphqlFault::AccessDenied => json!([{
                "message": "Access denied for products field. Required access: `read_products` \
                            access scope.",
                "locations": [{"line": 1, "column": 1}],
                "extensions": {
                    "code": "ACCESS_DENIED",
                    "documentation": "https://shopify.dev/api/usage/access-scopes",
                    "requiredAccess": "`read_products` access scope.",
                },
                "path": ["products"],
            }]),
            GraphqlFault::ShopInactive => json!([{
                "message": "The shop is not active.",
                "extensions": {"code": "SHOP_INACTIVE"},
            }]),
            GraphqlFault::InternalServerError => json!([{
                "message": format!(
                    "Internal error. Looks like something went wrong on our end.\nRequest ID: \
                     {request_id} (include this in support requests)."
                ),
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id},
            }]),
        };
        let body = match fault {
            GraphqlFault::AccessDenied => json!({"data": {"products": null}, "errors": errors}),
            GraphqlFault::ShopInactive | GraphqlFault::InternalServerError => {
                json!({"errors": errors})
            }
        };
        Self::json(StatusCode::OK, &body)
    }

    /// The bucket holds less than the query requests.
    pub(crate) fn throttled(cost: &Value) -> Self {
        let errors = json!([{
            "message": "Throttled",
            "extensions": {"code": "THROTTLED", "documentation": DOCUMENTATION},
        }]);
        Self::json(StatusCode::OK, &json!({"errors": errors, "extensions": {"cost": cost}}))
    }

    /// The query requests more than any query may.
    pub(crate) fn max_cost_exceeded(points: u64) -> Self {
        let message = format!(
            "Query cost is {points}, which exceeds the single query max cost limit \
             ({QUERY_POINTS_MAX}).\n\nSee https://shopify.dev/concepts/about-apis/rate-limits for more \
             information on how the\ncost of a query is calculated.\n\nTo query larger amounts of data \
             with fewer limits, bulk operations should be used instead.\nSee \
             https://shopify.dev/api/usage/bulk-operations/queries for usage details.\n"
        );
        let extensions = json!({
            "code": "MAX_COST_EXCEEDED",
            "cost": points,
            "maxCost": QUERY_POINTS_MAX,
            "documentation": DOCUMENTATION,
        });
        let errors = json!([{"message": message, "extensions": extensions}]);
        Self::json(StatusCode::OK, &json!({"errors": errors}))
    }
}
