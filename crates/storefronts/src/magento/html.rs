//! Pages for people: what stands before a store, or the store itself, says when it can't serve.

use axum::http::StatusCode;

use crate::answer::Answer;

fn page(status: StatusCode, title: &str, words: &str) -> Answer {
    Answer::html(
        status,
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>{title}</title></head>\n<body>\n\
             <h1>{title}</h1>\n{words}\n</body>\n</html>\n"
        ),
    )
}

/// The store's own page while it is in maintenance.
pub(super) fn maintenance() -> Answer {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "Service Temporarily Unavailable",
        "<p>The shop is down for maintenance. Please come back in a few minutes.</p>",
    )
}

/// What Varnish says when the store behind it does not answer.
pub(super) fn backend_fetch_failed() -> Answer {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "503 Backend fetch failed",
        "<p>Backend fetch failed</p>\n<h3>Guru Meditation:</h3>\n<p>XID: 98320</p>\n<hr>\n\
         <p>Varnish cache server</p>",
    )
}

/// What a firewall before the store says to a caller that it takes for a robot.
pub(super) fn firewall(status: StatusCode) -> Answer {
    page(
        status,
        if status == StatusCode::TOO_MANY_REQUESTS { "Too Many Requests" } else { "Access denied" },
        "<p>This website is using a security service to protect itself. The action you just \
         performed triggered it.</p>",
    )
}

/// What else comes with a status, from the store's theme or a proxy.
pub(super) fn other(status: StatusCode) -> Answer {
    let title = if status.is_success() { "Please wait".to_owned() } else { status.to_string() };
    page(status, &title, "<p>There was a problem loading this website.</p>")
}

/// The page that comes with a status.
pub(super) fn at(code: u16) -> Answer {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
    match status {
        StatusCode::SERVICE_UNAVAILABLE => maintenance(),
        StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => firewall(status),
        _ => other(status),
    }
}
