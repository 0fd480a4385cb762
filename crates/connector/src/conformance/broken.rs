//! Checks of walks through a store that fails.

use flyball_domain::Kind;

use crate::{Call, Class, Failure, Plan, PlanError, Span, Step, Walk};

use super::driver::Driver;
use super::{Fault, Subject, difference};

/// More calls than any connector makes before it tells a failure: a few, to find out whether it is
/// the request or the store.
const CALLS_BEFORE_TOLD_MAX: u32 = 12;

fn everything(subject: &dyn Subject) -> Span {
    Span::Changed { from: None, until: subject.now() }
}

/// The next call of a walk that is not over.
fn call(walk: &mut dyn Walk) -> Call {
    loop {
        match walk.next() {
            Step::Call(call) => return call,
            Step::Page(_) | Step::Listed(_) => {}
            Step::Finished => panic!("the walk is over before it has called"),
        }
    }
}

/// How often a connector may want to see a failure again before it says what it is.
const ASKED_AGAIN_MAX: u32 = 6;

/// Calls until a failure is told.
async fn told(driver: &mut Driver<'_>, walk: &mut dyn Walk) -> Failure {
    for _ in 0..CALLS_BEFORE_TOLD_MAX {
        let call = call(walk);
        driver.wait(walk);
        if let Err(failure) = driver.exchange(walk, &call).await {
            return failure;
        }
    }
    panic!("a failure is not told within {CALLS_BEFORE_TOLD_MAX} calls")
}

/// What a fault is told as by whoever comes again as long as it is told for now only.
async fn told_for_good(
    driver: &mut Driver<'_>,
    mut walk: Box<dyn Walk>,
    subject: &dyn Subject,
    fault: Fault,
) -> Failure {
    let mut resume = None;
    for _ in 0..ASKED_AGAIN_MAX {
        let failure = told(driver, walk.as_mut()).await;
        let Class::Unavailable { until, .. } = failure.class else { return failure };
        if !fault.may_be_told_by(&failure.class) {
            return failure;
        }
        subject.pass_until(until.unwrap_or(subject.now()).max(subject.now().plus(60_000)));
        resume = walk.break_off().map(|page| page.resume).or(resume);
        walk = driver.walk(&everything(subject), resume.clone());
    }
    panic!("{fault:?} is told for now only, {ASKED_AGAIN_MAX} times")
}

/// A connector says what happened, and says it of the first call as of any other.
pub async fn each_fault_is_told_as_what_it_is(subject: &dyn Subject, kind: Kind) {
    for fault in Fault::ALL {
        for calls_before in [0, 1] {
            subject.set_fault(None);
            let mut driver = Driver::new(subject, kind);
            let mut walk = driver.walk(&everything(subject), None);
            for _ in 0..calls_before {
                let call = call(walk.as_mut());
                driver.succeed(walk.as_mut(), &call).await;
            }
            subject.set_fault(Some(*fault));
            let failure = told_for_good(&mut driver, walk, subject, *fault).await;
            assert!(fault.is_told_by(&failure.class), "{fault:?} is told as {failure:?}");
        }
    }
}

/// After a failure the walk is where it was: what comes then is whole.
pub async fn a_walk_goes_on_after_any_call_that_fails(subject: &dyn Subject, kind: Kind) {
    let span = everything(subject);
    let mut driver = Driver::new(subject, kind);
    let mut walk = driver.walk(&span, None);
    let (mut rows, mut fail_next) = (Vec::new(), true);
    loop {
        match walk.next() {
            Step::Call(call) => {
                driver.wait(walk.as_ref());
                subject.set_fault(fail_next.then_some(Fault::Closed));
                match driver.exchange(walk.as_mut(), &call).await {
                    Ok(()) => fail_next = true,
                    Err(failure) => {
                        let throttled = matches!(failure.class, Class::Throttled { .. });
                        assert!(fail_next || throttled, "a call fails: {failure}");
                        fail_next = false;
                        if throttled {
                            subject.pass_until(subject.now().plus(60_000));
                        }
                    }
                }
            }
            Step::Page(page) => rows.extend(page.rows),
            Step::Listed(_) => {}
            Step::Finished => break,
        }
    }
    let driven = super::Driven { rows, ..super::Driven::default() };
    let found = driven.records();
    for record in subject.truth(kind) {
        let differs = found.get(&record.id).map(|found| difference(found, &record));
        assert_eq!(differs.as_deref(), Some(""), "{}", record.id);
    }
}

/// No bytes make a walk panic, or take it on as if they had been an answer.
pub async fn answers_of_any_bytes_are_told_and_harm_nothing(subject: &dyn Subject, kind: Kind) {
    let mut driver = Driver::new(subject, kind);
    let bodies: [&[u8]; 12] = [
        b"",
        b"null",
        b"true",
        b"0",
        b"\"text\"",
        b"[]",
        b"{}",
        b"[null]",
        b"{\"data\":null}",
        b"{\"data\":{},\"errors\":{}}",
        b"\xff\xfe\x00",
        b"<html><title>Sign in</title></html>",
    ];
    for status in [200, 204, 302, 400, 401, 403, 404, 429, 500, 503, 599] {
        for body in bodies {
            let mut walk = driver.walk(&everything(subject), None);
            drop(call(walk.as_mut()));
            let mut reply = http::Response::new(body.to_vec());
            *reply.status_mut() =
                http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::IM_A_TEAPOT);
            // An answer that can be taken for an empty one may be; what comes next must not panic.
            drop(walk.absorb(reply, subject.now()));
            for _ in 0..CALLS_BEFORE_TOLD_MAX {
                match walk.next() {
                    Step::Call(_) | Step::Finished => break,
                    Step::Page(_) | Step::Listed(_) => {}
                }
            }
            drop(walk.break_off());
        }
    }
    let span = everything(subject);
    assert!(driver.all(&span).await.rows.len() >= subject.truth(kind).len());
}

/// Where to go on from is a connector's own text, or it is refused in words.
pub async fn a_place_to_go_on_from_that_is_nobodys_is_refused(subject: &dyn Subject, kind: Kind) {
    let span = everything(subject);
    let whole = Driver::new(subject, kind).all(&span).await;
    let Some(good) = whole.resume else { panic!("a page says where to go on") };
    let cut = good.get(..good.len() / 2).unwrap_or_default().to_owned();
    let plan = |resume: String| Plan {
        kind,
        span: span.clone(),
        resume: Some(resume),
        ceiling_percent: 100,
    };
    let connector = subject.connector();
    connector.walk(&plan(good)).unwrap_or_else(|error| panic!("its own is refused: {error}"));
    for text in ["", "{}", "null", "{\"v\":999999}", "hello", "\u{0}", &cut] {
        match connector.walk(&plan(text.to_owned())) {
            Err(PlanError::Resume { what }) => assert!(!what.is_empty()),
            Err(error) => panic!("{text:?} is refused otherwise: {error}"),
            Ok(_) => panic!("{text:?} is accepted"),
        }
    }
}

/// Neither what a connector shows of itself, nor a call, nor where to go on, nor a failure holds a
/// secret.
pub async fn nothing_secret_is_shown(subject: &dyn Subject, kind: Kind) {
    let mut driver = Driver::new(subject, kind);
    let mut walk = driver.walk(&everything(subject), None);
    let call = call(walk.as_mut());
    let body = String::from_utf8_lossy(call.request.body());
    subject.set_fault(Some(Fault::Unauthorized));
    let failure = told(&mut driver, walk.as_mut()).await;
    subject.set_fault(None);
    let resume = driver.all(&everything(subject)).await.resume;
    let shown = format!("{call:?} {body} {failure:?} {failure} {resume:?}");
    for secret in subject.secrets() {
        assert!(!secret.is_empty() && !shown.contains(&secret), "a secret is shown");
    }
}
