use flyball_http::AnswerPart;

use super::*;

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

const fn down(cause: Cause) -> Class {
    unavailable(cause, None)
}

fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut reply = http::Response::builder().status(status);
    for (name, value) in headers {
        reply = reply.header(*name, *value);
    }
    reply.body(body.as_bytes().to_vec()).unwrap()
}

fn class(status: u16, body: &str) -> Class {
    json_of(&reply(status, &[], body), NOW).unwrap_err().class
}

const MAINTENANCE: &str =
    "<!doctype html><html><head><title>Service Temporarily Unavailable</title></head></html>";
const VARNISH: &str =
    "<!DOCTYPE html><html><head><title>503 Backend fetch failed</title></head></html>";
const FIREWALL: &str = "<html><head><title>Attention Required! | Cloudflare</title></head></html>";
const REPORT: &str = r#"{"message":"Internal Error. Details are available in Magento log file. Report ID: webapi-6561f"}"#;

#[test]
fn every_status_means_what_the_table_says() {
    let poison = Class::Poison(PoisonReason::Request);
    let credentials = Class::Rejected(Rejection::Credentials);
    for (status, body, expected) in [
        (301, "", Class::Suspended(Suspension::Domain)),
        (400, r#"{"message":"Invalid product data: %1","parameters":["x"]}"#, poison.clone()),
        (400, r#"{"message":"Signature method HMAC-SHA1 is not supported"}"#, credentials.clone()),
        (400, r#"{"message":"oauth_problem=nonce_used"}"#, credentials.clone()),
        (
            401,
            r#"{"message":"The signature is invalid. Verify and try again."}"#,
            credentials.clone(),
        ),
        (
            401,
            r#"{"message":"The consumer isn't authorized to access %resources.","parameters":{"resources":"Magento_Catalog::products"}}"#,
            Class::Rejected(Rejection::Permission),
        ),
        (401, "", credentials.clone()),
        (402, "", Class::Suspended(Suspension::Frozen)),
        (403, r#"{"message":"consumer_key_invalid"}"#, credentials),
        (403, r#"{"message":"Forbidden"}"#, Class::Suspended(Suspension::Locked)),
        (403, FIREWALL, down(Cause::Blocked)),
        (
            404,
            r#"{"message":"Request does not match any route."}"#,
            Class::Suspended(Suspension::Closed),
        ),
        (404, "<html><title>404 Not Found</title></html>", Class::Suspended(Suspension::Closed)),
        (404, "", Class::Suspended(Suspension::Closed)),
        (404, r#"{"message":"No such entity with %1 = %2","parameters":["id",7]}"#, poison),
        (405, "", Class::Ours),
        (408, "", down(Cause::Timeout)),
        (422, "", Class::Ours),
        (429, FIREWALL, Class::Throttled { until: None }),
        (500, REPORT, down(Cause::ServerError)),
        (500, r#"{"messages":{"error":[{"code":500,"message":"no"}]}}"#, down(Cause::ServerError)),
        (502, "<html>", down(Cause::ServerError)),
        (503, MAINTENANCE, down(Cause::Maintenance)),
        (503, VARNISH, down(Cause::ServerError)),
        (504, "<html>", down(Cause::Timeout)),
        (520, "", down(Cause::ServerError)),
        (524, "", down(Cause::Timeout)),
    ] {
        assert_eq!(class(status, body), expected, "{status} {body}");
    }
}

#[test]
fn a_success_without_json_is_never_an_empty_page() {
    assert_eq!(class(200, FIREWALL), down(Cause::NotJson));
    assert_eq!(class(200, "\u{feff}<html>"), down(Cause::NotJson));
    assert_eq!(class(200, ""), down(Cause::Truncated));
    let whole = r#"{"items":[{"id":1,"name":"é"}],"total_count":1}"#;
    for end in 0..whole.len() {
        let cut = whole.as_bytes().get(..end).unwrap().to_vec();
        let reply = http::Response::new(cut);
        let class = json_of(&reply, NOW).unwrap_err().class;
        let in_a_letter = core::str::from_utf8(reply.body()).is_err();
        let expected = if in_a_letter { Cause::NotJson } else { Cause::Truncated };
        assert_eq!(class, down(expected), "{end}");
    }
    let typed = reply(200, &[("content-type", "text/html; charset=utf-8")], "{}");
    assert_eq!(json_of(&typed, NOW).unwrap_err().class, down(Cause::NotJson));
    assert!(matches!(json_of(&reply(200, &[], whole), NOW), Ok(Answer::Object(_))));
    assert!(matches!(json_of(&reply(200, &[], " [1]"), NOW), Ok(Answer::Other(_))));
}

#[test]
fn when_to_come_back_is_taken_from_the_header_as_seconds_or_as_a_date() {
    let until = |status, after: &str| {
        let reply = reply(status, &[("retry-after", after)], MAINTENANCE);
        match json_of(&reply, NOW).unwrap_err().class {
            Class::Throttled { until } | Class::Unavailable { until, .. } => until,
            other @ (Class::Rejected(_) | Class::Suspended(_) | Class::Poison(_) | Class::Ours) => {
                panic!("{other:?}")
            }
        }
    };
    assert_eq!(until(429, "120"), Some(NOW.plus(120_000)));
    assert_eq!(until(503, "7"), Some(NOW.plus(7_000)));
    let date = UnixMillis::parse_rfc3339("2026-11-18T12:00:00Z").unwrap();
    assert_eq!(until(429, "Wed, 18 Nov 2026 12:00:00 GMT"), Some(date));
}

#[test]
fn evidence_has_status_request_id_and_the_stores_words() {
    let reply =
        reply(401, &[("x-request-id", "abc")], r#"{"message":"no %1","parameters":["way"]}"#);
    let failure = json_of(&reply, NOW).unwrap_err();
    assert_eq!(failure.evidence, Evidence::new(Some(401), Some("abc".to_owned()), "no way"));
    let moved = json_of(&self::reply(302, &[("location", "https://www.shop.example/")], ""), NOW)
        .unwrap_err();
    assert_eq!(
        moved.evidence.message,
        "found a redirect to https://www.shop.example/: give the store's own address"
    );
}

#[test]
fn what_kept_an_answer_from_arriving_speaks_of_this_store_alone() {
    let reason = || "why".to_owned();
    for (error, expected) in [
        (CallError::Timeout { limit_ms: 1 }, down(Cause::Timeout)),
        (CallError::NoSuchName, Class::Suspended(Suspension::Domain)),
        (CallError::Tls { reason: reason() }, Class::Suspended(Suspension::Domain)),
        (CallError::Lookup { reason: reason() }, down(Cause::Dns)),
        (CallError::Connect { reason: reason() }, down(Cause::Connect)),
        (CallError::Closed, down(Cause::Connect)),
        (CallError::Truncated { body_bytes: 7 }, down(Cause::Truncated)),
        (CallError::TooLarge { part: AnswerPart::Body, bytes_max: 7 }, down(Cause::TooLarge)),
        (CallError::Request { reason: "no" }, Class::Ours),
    ] {
        let failure = no_answer(&error);
        assert_eq!(failure.class, expected, "{error}");
        assert_eq!(failure.evidence.message, error.to_string());
    }
}

#[test]
fn nothing_that_happens_to_a_store_speaks_of_a_platform() {
    for status in 100..=999 {
        for body in ["", "{}", MAINTENANCE, "{\"message\":\"no\"}"] {
            let Ok(code) = http::StatusCode::from_u16(status) else { continue };
            let mut reply = http::Response::new(body.as_bytes().to_vec());
            *reply.status_mut() = code;
            if let Err(failure) = json_of(&reply, NOW)
                && let Class::Unavailable { scope, .. } = failure.class
            {
                assert_eq!(scope, Scope::Account, "{status}");
            }
        }
    }
}
