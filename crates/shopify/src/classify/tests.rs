use flyball_http::AnswerPart;
use proptest::prelude::*;

use super::*;

const NOW: UnixMillis = UnixMillis(1_000_000);

const HTML: &str =
    "<!DOCTYPE html><html><head><title> Something went wrong </title></head><body></body></html>";
const STRING_ERROR: &str = r#"{"errors":"This store is unavailable"}"#;

fn reply(status: u16, retry_after: Option<&str>, body: &str) -> http::Response<Vec<u8>> {
    let mut reply = http::Response::builder().status(status).header("x-request-id", "r-1");
    if let Some(value) = retry_after {
        reply = reply.header("retry-after", value);
    }
    reply.body(body.as_bytes().to_vec()).unwrap()
}

fn failure_of(reply: &http::Response<Vec<u8>>) -> Failure {
    match read(reply, NOW) {
        Reading::Failed { failure, .. } | Reading::TooCostly { failure } => failure,
        Reading::Data { envelope } => panic!("read as data: {envelope:?}"),
    }
}

fn graphql(code: &str) -> String {
    format!(r#"{{"errors":[{{"message":"M","extensions":{{"code":"{code}"}}}}]}}"#)
}

#[test]
fn every_status_is_classified_as_the_vendor_means_it() {
    use Cause::{Blocked, Dns, Maintenance, ServerError, Timeout};
    use Scope::{Account, Platform};
    let late = Some(NOW.plus(2_500));
    for (status, retry_after, body, class) in [
        (301, None, "", Class::Ours),
        (302, None, HTML, Class::Ours),
        (400, None, STRING_ERROR, Class::Ours),
        (401, None, STRING_ERROR, Class::Rejected(Rejection::Credentials)),
        (401, None, HTML, Class::Rejected(Rejection::Credentials)),
        (402, None, STRING_ERROR, Class::Suspended(Suspension::Frozen)),
        (403, None, STRING_ERROR, Class::Rejected(Rejection::Permission)),
        (403, None, HTML, unavailable(Platform, Blocked, None)),
        (404, None, r#"{"errors":"Not Found"}"#, Class::Suspended(Suspension::Closed)),
        (404, None, HTML, Class::Suspended(Suspension::Closed)),
        (408, None, "", unavailable(Account, Timeout, None)),
        (409, None, STRING_ERROR, Class::Ours),
        (418, None, "", Class::Ours),
        (422, None, r#"{"errors":{"base":["no"]}}"#, Class::Ours),
        (423, None, STRING_ERROR, Class::Suspended(Suspension::Locked)),
        (429, None, STRING_ERROR, Class::Throttled { until: None }),
        (429, Some("2.5"), STRING_ERROR, Class::Throttled { until: late }),
        (429, Some("99999999"), "", Class::Throttled { until: Some(NOW.plus(99_999_999_000)) }),
        (430, None, STRING_ERROR, unavailable(Platform, Blocked, None)),
        (500, None, STRING_ERROR, unavailable(Account, ServerError, None)),
        (501, None, "", unavailable(Account, ServerError, None)),
        (502, None, HTML, unavailable(Platform, ServerError, None)),
        (503, None, HTML, unavailable(Platform, ServerError, None)),
        (503, Some("2.5"), "", unavailable(Platform, ServerError, late)),
        (504, None, "", unavailable(Platform, ServerError, None)),
        (522, None, HTML, unavailable(Platform, ServerError, None)),
        (530, None, HTML, unavailable(Platform, Dns, None)),
        (540, None, "", unavailable(Account, Maintenance, None)),
        (599, None, "", unavailable(Account, ServerError, None)),
        (783, None, "", Class::Ours),
        (999, None, "", unavailable(Account, ServerError, None)),
    ] {
        let failure = failure_of(&reply(status, retry_after, body));
        assert_eq!(failure.class, class, "{status} {body}");
        assert_eq!(failure.evidence.status, Some(status));
        assert_eq!(failure.evidence.request_id.as_deref(), Some("r-1"));
    }
}

#[test]
fn every_graphql_code_is_classified_as_the_vendor_means_it() {
    let server_error = |scope| unavailable(scope, Cause::ServerError, None);
    for (code, class) in [
        ("THROTTLED", Class::Throttled { until: None }),
        ("ACCESS_DENIED", Class::Rejected(Rejection::Permission)),
        ("SHOP_INACTIVE", Class::Suspended(Suspension::Locked)),
        ("INTERNAL_SERVER_ERROR", server_error(Scope::Platform)),
        ("MAX_COST_EXCEEDED", Class::Ours),
        ("BAD_REQUEST", Class::Ours),
        ("undefinedField", Class::Ours),
        ("argumentLiteralsIncompatible", Class::Ours),
        ("A_CODE_OF_NEXT_YEAR", server_error(Scope::Account)),
        ("", server_error(Scope::Account)),
    ] {
        let failure = failure_of(&reply(200, None, &graphql(code)));
        assert_eq!(failure.class, class, "{code}");
        assert_eq!(failure.evidence.message, "M");
    }
}

#[test]
fn a_success_that_is_no_graphql_answer_is_told_apart() {
    let account = |cause| unavailable(Scope::Account, cause, None);
    for (body, class) in [
        (HTML, account(Cause::NotJson)),
        ("", account(Cause::Truncated)),
        (r#"{"data":{"products":{"no"#, account(Cause::Truncated)),
        ("nope", account(Cause::NotJson)),
        (r#"{"data":1} trailing"#, account(Cause::NotJson)),
        ("[]", Class::Poison(PoisonReason::Shape)),
        ("7", Class::Poison(PoisonReason::Shape)),
        ("{}", Class::Poison(PoisonReason::Shape)),
        (r#"{"data":null}"#, Class::Poison(PoisonReason::Shape)),
        (STRING_ERROR, account(Cause::ServerError)),
    ] {
        assert_eq!(failure_of(&reply(200, None, body)).class, class, "{body}");
    }
    let not_text = http::Response::new(vec![0xff, 0xfe]);
    assert_eq!(failure_of(&not_text).class, account(Cause::NotJson));
}

#[test]
fn a_throttled_answer_says_when_the_bucket_will_hold_the_call() {
    let throttled = |requested: u32, available: u32, restore: u32| {
        let body = format!(
            r#"{{"errors":[{{"message":"Throttled","extensions":{{"code":"THROTTLED"}}}}],
            "extensions":{{"cost":{{"requestedQueryCost":{requested},"actualQueryCost":null,
            "throttleStatus":{{"maximumAvailable":1000.0,"currentlyAvailable":{available},
            "restoreRate":{restore}.0}}}}}}}}"#
        );
        failure_of(&reply(200, None, &body)).class
    };
    let until = |ms| Class::Throttled { until: Some(NOW.plus(ms)) };
    assert_eq!(throttled(752, 666, 50), until(1_720));
    assert_eq!(throttled(752, 751, 300), until(4));
    assert_eq!(throttled(752, 752, 50), Class::Throttled { until: None });
    assert_eq!(throttled(752, 0, 0), Class::Throttled { until: None });
}

#[test]
fn data_beside_errors_is_data_only_if_each_error_names_its_place() {
    let body = |path: &str| {
        format!(
            r#"{{"data":{{"shop":null}},"errors":[{{"message":"M","extensions":{{"code":"ACCESS_DENIED"}}{path}}}]}}"#
        )
    };
    let placed = reply(200, None, &body(r#","path":["shop"]"#));
    assert!(matches!(read(&placed, NOW), Reading::Data { .. }));
    let unplaced = failure_of(&reply(200, None, &body("")));
    assert_eq!(unplaced.class, Class::Rejected(Rejection::Permission));
}

#[test]
fn the_code_that_tells_most_decides() {
    let body =
        r#"{"errors":[{"message":"odd"},{"message":"Slow","extensions":{"code":"THROTTLED"}}]}"#;
    let failure = failure_of(&reply(200, None, body));
    assert_eq!(failure.class, Class::Throttled { until: None });
    assert_eq!(failure.evidence.message, "Slow");
}

#[test]
fn evidence_is_the_vendors_words_or_the_title_of_its_page_and_bounded() {
    let message = |body: &str| failure_of(&reply(503, None, body)).evidence.message;
    assert_eq!(message(STRING_ERROR), "This store is unavailable");
    assert_eq!(message(HTML), "found an HTML page where JSON was expected: Something went wrong");
    assert_eq!(message("upstream timed out\n"), "upstream timed out");
    assert_eq!(message(&"x".repeat(10_000)).len(), Evidence::MESSAGE_CHARS_MAX);
    let long_id = http::Response::builder()
        .status(503)
        .header("x-request-id", "i".repeat(5_000))
        .body(Vec::new())
        .unwrap();
    let id = failure_of(&long_id).evidence.request_id.unwrap();
    assert_eq!(id.len(), REQUEST_ID_CHARS_MAX);
}

#[test]
fn every_way_to_get_no_answer_is_classified() {
    use Cause::{Connect, Dns, Timeout, Tls, TooLarge, Truncated};
    use Scope::{Account, Platform};
    let reason = String::new;
    for (error, class) in [
        (CallError::Timeout { limit_ms: 1 }, unavailable(Platform, Timeout, None)),
        (CallError::NoSuchName, unavailable(Account, Dns, None)),
        (CallError::Lookup { reason: reason() }, unavailable(Platform, Dns, None)),
        (CallError::Connect { reason: reason() }, unavailable(Platform, Connect, None)),
        (CallError::Closed, unavailable(Platform, Connect, None)),
        (CallError::Tls { reason: reason() }, unavailable(Account, Tls, None)),
        (CallError::Truncated { body_bytes: 1 }, unavailable(Account, Truncated, None)),
        (
            CallError::TooLarge { part: AnswerPart::Body, bytes_max: 1 },
            unavailable(Account, TooLarge, None),
        ),
        (CallError::Request { reason: "" }, Class::Ours),
    ] {
        assert_eq!(no_answer(&error).class, class, "{error:?}");
        assert_eq!(no_answer(&error).evidence.message, error.to_string());
    }
}

proptest! {
    #[test]
    fn no_answer_makes_reading_panic(
        status in 100_u16..1000,
        body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let reply = http::Response::builder().status(status).body(body).unwrap();
        drop(read(&reply, NOW));
    }
}
