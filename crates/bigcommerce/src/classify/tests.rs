use flyball_http::AnswerPart;
use proptest::prelude::*;

use super::*;

const NOW: UnixMillis = UnixMillis(1_000_000);

const HTML: &str = "<!DOCTYPE html><html><head><title> Be right back </title></head></html>";
const V3: &str = r#"{"status":422,"title":"M","type":"t","errors":{}}"#;
const V2: &str = r#"[{"status":404,"message":"M"}]"#;

fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> http::Response<Vec<u8>> {
    let mut reply = http::Response::builder().status(status).header("x-request-id", "r-1");
    for (name, value) in headers {
        reply = reply.header(*name, *value);
    }
    reply.body(body.as_bytes().to_vec()).unwrap()
}

fn class(status: u16, level: Level, headers: &[(&str, &str)], body: &str) -> Class {
    read(&reply(status, headers, body), level, NOW).unwrap_err().class
}

#[test]
fn every_status_is_classified_as_the_vendor_means_it() {
    use Cause::{Blocked, Dns, Maintenance, ServerError, Timeout};
    use Scope::{Account, Platform};
    for (status, body, expected) in [
        (302, HTML, Class::Ours),
        (400, V2, Class::Ours),
        (401, V3, Class::Rejected(Rejection::Credentials)),
        (401, "", Class::Rejected(Rejection::Credentials)),
        (402, V3, Class::Suspended(Suspension::Frozen)),
        (403, V3, Class::Rejected(Rejection::Permission)),
        (403, V2, Class::Rejected(Rejection::Permission)),
        (403, "", Class::Rejected(Rejection::Permission)),
        (403, HTML, unavailable(Platform, Blocked, None)),
        (404, V3, Class::Rejected(Rejection::Credentials)),
        (408, "", unavailable(Account, Timeout, None)),
        (409, V3, Class::Ours),
        (413, V3, Class::Ours),
        (418, "", Class::Ours),
        (422, V3, Class::Ours),
        (423, V3, Class::Suspended(Suspension::Locked)),
        (500, V3, unavailable(Account, ServerError, None)),
        (500, HTML, unavailable(Account, ServerError, None)),
        (501, "", unavailable(Account, ServerError, None)),
        (502, HTML, unavailable(Platform, ServerError, None)),
        (503, HTML, unavailable(Account, Maintenance, None)),
        (503, V3, unavailable(Account, Maintenance, None)),
        (504, HTML, unavailable(Platform, ServerError, None)),
        (507, V3, Class::Suspended(Suspension::Frozen)),
        (522, HTML, unavailable(Platform, ServerError, None)),
        (530, HTML, unavailable(Platform, Dns, None)),
        (599, "", unavailable(Account, ServerError, None)),
    ] {
        assert_eq!(class(status, Level::Store, &[], body), expected, "{status} {body}");
    }
}

#[test]
fn a_record_that_is_not_there_or_locked_says_nothing_of_the_store() {
    assert_eq!(class(404, Level::Record, &[], V2), Class::Poison(PoisonReason::Request));
    let failing = unavailable(Scope::Account, Cause::ServerError, None);
    assert_eq!(class(423, Level::Record, &[], V3), failing);
}

#[test]
fn too_many_calls_wait_for_the_windows_end_and_a_loaded_store_for_our_own_clock() {
    let window = [
        ("x-rate-limit-requests-left", "0"),
        ("x-rate-limit-requests-quota", "150"),
        ("x-rate-limit-time-reset-ms", "17580"),
        ("x-rate-limit-time-window-ms", "30000"),
    ];
    let at = |headers| class(429, Level::Store, headers, V3);
    assert_eq!(at(&window), Class::Throttled { until: Some(NOW.plus(17_580)) });
    assert_eq!(at(&[]), Class::Throttled { until: None });
    assert_eq!(at(&[("retry-after", "2")]), Class::Throttled { until: Some(NOW.plus(2_000)) });
}

#[test]
fn when_to_try_again_is_kept_where_it_is_said() {
    let (scope, cause) = (Scope::Account, Cause::Maintenance);
    assert_eq!(
        class(503, Level::Store, &[("retry-after", "120")], HTML),
        Class::Unavailable { scope, cause, until: Some(NOW.plus(120_000)) }
    );
}

#[test]
fn a_success_that_is_no_json_is_no_empty_page() {
    let of = |body: &str| class(200, Level::Store, &[], body);
    assert_eq!(of(HTML), unavailable(Scope::Account, Cause::NotJson, None));
    assert_eq!(of("nonsense"), unavailable(Scope::Account, Cause::NotJson, None));
    assert_eq!(of(""), unavailable(Scope::Account, Cause::Truncated, None));
    assert_eq!(of("17"), Class::Poison(PoisonReason::Shape));
    let reply = http::Response::new(vec![0xff, 0xfe]);
    let failure = read(&reply, Level::Store, NOW).unwrap_err();
    assert_eq!(failure.class, unavailable(Scope::Account, Cause::NotJson, None));
}

#[test]
fn a_body_cut_at_any_byte_is_named_cut() {
    for body in [r#"{"data":[{"id":1,"name":"Ä"}],"meta":{}}"#, r#"[{"id":1,"name":"x"}]"#] {
        for end in 0..body.len() {
            let mut reply = reply(200, &[], "");
            *reply.body_mut() = body.as_bytes()[..end].to_vec();
            let class = read(&reply, Level::Store, NOW).unwrap_err().class;
            let cut = unavailable(Scope::Account, Cause::Truncated, None);
            let no_text = unavailable(Scope::Account, Cause::NotJson, None);
            let within_a_letter = core::str::from_utf8(reply.body()).is_err();
            assert_eq!(class, if within_a_letter { no_text } else { cut }, "{end} of {body}");
        }
    }
}

#[test]
fn no_content_is_an_empty_page() {
    let found = reply(204, &[], "");
    let found = read(&found, Level::Store, NOW).unwrap();
    assert!(found.is_empty());
    assert_eq!(found.more, envelope::More::No);
}

#[test]
fn a_failure_bears_the_status_the_request_id_and_the_vendors_words() {
    let failure = read(&reply(404, &[], V2), Level::Record, NOW).unwrap_err();
    assert_eq!(failure.evidence.status, Some(404));
    assert_eq!(failure.evidence.request_id.as_deref(), Some("r-1"));
    assert_eq!(failure.evidence.message, "M");
    let failure = read(&reply(503, &[], HTML), Level::Store, NOW).unwrap_err();
    let page = "found an HTML page where JSON was expected: Be right back";
    assert_eq!(failure.evidence.message, page);
}

#[test]
fn only_what_asking_for_less_can_help_is_gone_around() {
    let of =
        |status, body| around(&read(&reply(status, &[], body), Level::Store, NOW).unwrap_err());
    for (status, body, expected) in [
        (413, V3, Around::LessAtOnce),
        (422, V3, Around::LessAtOnce),
        (500, V3, Around::OneByOne),
        (200, "17", Around::Unreadable),
        (200, HTML, Around::No),
        (400, V3, Around::No),
        (401, V3, Around::No),
        (429, V3, Around::No),
        (502, HTML, Around::No),
        (503, HTML, Around::No),
    ] {
        assert_eq!(of(status, body), expected, "{status}");
    }
}

#[test]
fn no_answer_speaks_of_the_platform_where_the_host_is_to_blame() {
    use Cause::{Connect, Dns, Timeout, Tls, TooLarge, Truncated};
    use Scope::{Account, Platform};
    let reason = || "r".to_owned();
    for (error, expected) in [
        (CallError::Timeout { limit_ms: 1 }, unavailable(Platform, Timeout, None)),
        (CallError::NoSuchName, unavailable(Platform, Dns, None)),
        (CallError::Lookup { reason: reason() }, unavailable(Platform, Dns, None)),
        (CallError::Connect { reason: reason() }, unavailable(Platform, Connect, None)),
        (CallError::Closed, unavailable(Platform, Connect, None)),
        (CallError::Tls { reason: reason() }, unavailable(Platform, Tls, None)),
        (CallError::Truncated { body_bytes: 1 }, unavailable(Account, Truncated, None)),
        (
            CallError::TooLarge { part: AnswerPart::Body, bytes_max: 1 },
            unavailable(Account, TooLarge, None),
        ),
        (CallError::Request { reason: "r" }, Class::Ours),
    ] {
        assert_eq!(no_answer(&error).class, expected, "{error:?}");
    }
}

proptest! {
    #[test]
    fn no_answer_makes_the_reading_panic(
        status in 100_u16..1000, body in any::<Vec<u8>>(), header in "[ -~]{0,20}",
    ) {
        let reply = http::Response::builder()
            .status(status)
            .header("x-rate-limit-time-reset-ms", &header)
            .header("retry-after", &header)
            .body(body)
            .unwrap();
        for level in [Level::Store, Level::Record] {
            drop(read(&reply, level, NOW));
        }
    }
}
