//! The vendor's answers other than data, as recorded or documented
//! (<https://shopify.dev/docs/api/usage/response-codes>).

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::cost::QUERY_POINTS_MAX;
use crate::answer::Answer;
use crate::dial::{GraphqlFault, VendorStatus};

const DOCUMENTATION: &str = "https://shopify.dev/api/usage/rate-limits";
/// What a 429 says where the dial does not.
const RETRY_AFTER: &str = "2.0";

/// A page for people.
pub(super) fn html(status: StatusCode, title: &str) -> Answer {
    Answer::html(
        status,
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>{title}</title></head>\n<body>\n\
             <h1>{title}</h1>\n<p>There was a problem loading this website. Try refreshing the page. \
             If the site still doesn't load, please try again in a few minutes.</p>\n</body>\n</html>\n"
        ),
    )
}

/// The page for people that comes with a status.
pub(super) fn html_at(code: u16) -> Answer {
    match code {
        200 => html(StatusCode::OK, "Something went wrong"),
        503 => html(StatusCode::SERVICE_UNAVAILABLE, "503 Service Unavailable"),
        _ => {
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
            html(status, &status.to_string())
        }
    }
}

pub(super) fn not_found() -> Answer {
    Answer::json(StatusCode::NOT_FOUND, &json!({"errors": "Not Found"}))
}

pub(super) fn broken_json() -> Answer {
    Answer::not_quite_json(
        r#"{"data":{"products":{"nodes":[{"id":"gid://shopify/Product/1","title"#,
    )
}

/// What the vendor says at a status.
pub(super) fn status(status: VendorStatus, retry_after: Option<&str>) -> Answer {
    let code = StatusCode::from_u16(status.code()).unwrap_or(StatusCode::BAD_GATEWAY);
    let text = |text: &str| Answer::json(code, &json!({"errors": text}));
    let answer = match status {
        VendorStatus::BadRequest => Answer::json(
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
        VendorStatus::SecurityRejection => html(code, "Shopify Security Rejection"),
        VendorStatus::InternalServerError => text("Internal Server Error"),
        VendorStatus::BadGateway => html(code, "502 Bad Gateway"),
        VendorStatus::ServiceUnavailable => html(code, "503 Service Unavailable"),
        VendorStatus::GatewayTimeout => html(code, "504 Gateway Time-out"),
        VendorStatus::Conflict => text("Conflict"),
        VendorStatus::PayloadTooLarge => text("Payload Too Large"),
        VendorStatus::Unprocessable => text("Unprocessable Entity"),
        VendorStatus::InsufficientStorage => text("Insufficient Storage"),
        VendorStatus::EndpointDisabled => html(code, "Temporarily disabled"),
        VendorStatus::BadJson => text("Expected a body in JSON"),
        VendorStatus::OriginDns => html(code, "Error 1016: Origin DNS error"),
    };
    match retry_after.or((status == VendorStatus::TooManyRequests).then_some(RETRY_AFTER)) {
        Some(seconds) => answer.with(header::RETRY_AFTER, seconds),
        None => answer,
    }
}

/// A GraphQL error with status 200.
pub(super) fn graphql(fault: GraphqlFault, request_id: &str) -> Answer {
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
    Answer::json(StatusCode::OK, &body)
}

/// The bucket holds less than the query requests.
pub(super) fn throttled(cost: &Value) -> Answer {
    let errors = json!([{
        "message": "Throttled",
        "extensions": {"code": "THROTTLED", "documentation": DOCUMENTATION},
    }]);
    Answer::json(StatusCode::OK, &json!({"errors": errors, "extensions": {"cost": cost}}))
}

/// The query requests more than any query may.
pub(super) fn max_cost_exceeded(points: u64) -> Answer {
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
    Answer::json(StatusCode::OK, &json!({"errors": errors}))
}

/// A file, or the piece of it that is asked for by `bytes=first-last`.
pub(super) fn file(file: Vec<u8>, range: Option<&str>) -> Answer {
    let asked = range.and_then(|range| {
        let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
        Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?))
    });
    let Some((first, last)) = asked else { return Answer::lines(file) };
    let end = last.saturating_add(1).min(file.len());
    let total = file.len();
    let (status, body, range) = match file.get(first..end) {
        Some(piece) if !piece.is_empty() => {
            let range = format!("bytes {first}-{}/{total}", end.saturating_sub(1));
            (StatusCode::PARTIAL_CONTENT, piece.to_vec(), range)
        }
        Some(_) | None => {
            (StatusCode::RANGE_NOT_SATISFIABLE, Vec::new(), format!("bytes */{total}"))
        }
    };
    Answer { status, ..Answer::lines(body) }.with(header::CONTENT_RANGE, &range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_given_whole_or_in_the_piece_that_is_asked_for() {
        let bytes = b"0123456789".to_vec();
        for (range, status, body) in [
            (None, 200, "0123456789"),
            (Some("lines=1-2"), 200, "0123456789"),
            (Some("bytes=2-4"), 206, "234"),
            (Some("bytes=8-99"), 206, "89"),
            (Some("bytes=10-20"), 416, ""),
            (Some("bytes=5-4"), 416, ""),
        ] {
            let answer = file(bytes.clone(), range);
            assert_eq!((answer.status.as_u16(), &answer.body[..]), (status, body.as_bytes()));
        }
    }
}
