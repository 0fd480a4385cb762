//! Walks through stores in trouble.

use flyball_connector::{
    Cause, Class, PlanError, PoisonReason, Rejection, Scope, Span, Step, Walk,
};
use flyball_domain::{Kind, Row};

use super::super::state::{REFUSALS_MIN, REFUSALS_SPAN_MS};
use super::super::{MagentoWalk, PAGE_PRODUCTS};
use super::fake::{Fake, NOW, Outcome, all, order, plan, product, reply, run, since, walk};

fn poisoned(kind: Kind, count: u64, poison: &[u64]) -> Fake {
    let row = if kind == Kind::Products { product } else { order };
    let mut fake = Fake::with(kind, (1..=count).map(|id| row(id, id / 9)).collect());
    let resource = if kind == Kind::Products { "products" } else { "orders" };
    fake.poison = poison.iter().map(|id| (resource, *id)).collect();
    fake
}

/// All rows but the poisoned ones came, once each, and those were set aside, once each.
fn assert_all(outcome: &Outcome, count: u64, poison: &[u64]) {
    let expected: Vec<u64> = (1..=count).filter(|id| !poison.contains(id)).collect();
    assert_eq!(outcome.good(), expected);
    assert_eq!(outcome.bad().len(), poison.len());
}

#[test]
fn one_row_that_spoils_its_page_is_set_aside_and_all_others_come() {
    for span in [since(0), all()] {
        for poison in [1, 2, 37, 100, 101, 299] {
            let mut fake = poisoned(Kind::Products, 300, &[poison]);
            fake.names_poison = true;
            let outcome = run(&mut fake, &plan(Kind::Products, span.clone()));
            assert_all(&outcome, 300, &[poison]);
            assert_eq!(outcome.bad(), [Some(poison.to_string())]);
            assert!(outcome.failures.is_empty(), "{poison}: {:?}", outcome.failures);
            assert!(fake.count("products") < 60, "{}", fake.count("products"));
        }
    }
}

#[test]
fn the_last_row_that_spoils_its_page_is_set_aside() {
    let mut fake = poisoned(Kind::Orders, 120, &[120]);
    let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
    assert_all(&outcome, 120, &[120]);
    assert_eq!(outcome.bad(), [None], "its id can't be had");
}

#[test]
fn a_bad_row_in_a_walk_by_id_is_named_by_the_gap_that_it_leaves() {
    let mut fake = poisoned(Kind::Products, 30, &[7, 8]);
    let outcome = run(&mut fake, &plan(Kind::Products, all()));
    assert_all(&outcome, 30, &[7, 8]);
    assert_eq!(outcome.bad(), [Some("7".to_owned()), Some("8".to_owned())]);
    let Some(Row::Bad(bad)) = outcome.rows.iter().find(|row| matches!(row, Row::Bad(_))) else {
        panic!("none")
    };
    assert!(bad.reason.ends_with("Internal Error. Report ID: webapi-7"), "{}", bad.reason);
    assert!(bad.input.starts_with("/rest/all/V1/products?"), "{}", bad.input);
}

#[test]
fn more_bad_rows_beside_each_other_than_one_run_looks_through_are_found_over_several() {
    let poison = [4, 5, 6, 7, 8, 9, 10];
    let mut fake = poisoned(Kind::Orders, 60, &poison);
    let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
    assert_all(&outcome, 60, &poison);
    assert!(!outcome.failures.is_empty());
}

#[test]
fn a_store_that_is_down_is_told_after_three_calls_and_by_one_from_then_on() {
    let mut fake = Fake::with(Kind::Orders, (1..=60).map(|id| order(id, 1)).collect());
    fake.fails = [500; 8].into();
    let outcome = run(&mut fake, &plan(Kind::Orders, since(0)));
    assert_all(&outcome, 60, &[]);
    let classes: Vec<_> = outcome.failures.iter().map(|failure| failure.class.clone()).collect();
    let down = Class::Unavailable { scope: Scope::Account, cause: Cause::ServerError, until: None };
    // Three calls, then five probes of one.
    assert_eq!(classes, vec![down; 6]);
}

#[test]
fn rows_that_an_outage_took_for_bad_come_once_it_is_over() {
    for fails in 1..12 {
        let mut fake = Fake::with(Kind::Products, (1..=150).map(|id| product(id, 1)).collect());
        // The store's facts come.
        fake.fails_after = Some((1, fails));
        let outcome = run(&mut fake, &plan(Kind::Products, all()));
        assert_all(&outcome, 150, &[]);
    }
}

#[test]
fn records_asked_for_by_id_are_set_aside_by_that_id() {
    let mut fake = poisoned(Kind::Products, 30, &[7, 30]);
    let ids = [5_u64, 7, 30, 31].map(|id| id.to_string().parse().unwrap()).to_vec();
    let outcome = run(&mut fake, &plan(Kind::Products, Span::Records { ids }));
    assert_eq!(outcome.good(), [5]);
    assert_eq!(outcome.bad(), [Some("7".to_owned()), Some("30".to_owned())]);
    assert_eq!(outcome.gone(), ["31"]);
    let alone = vec!["7".parse().unwrap()];
    let outcome = run(&mut fake, &plan(Kind::Products, Span::Records { ids: alone }));
    assert_eq!(outcome.bad(), [Some("7".to_owned())]);
}

#[test]
fn a_listing_names_a_row_that_the_store_fails_to_show_or_ends_without_saying_it_is_gone() {
    let mut fake = poisoned(Kind::Products, 30, &[7]);
    let outcome = run(&mut fake, &plan(Kind::Products, Span::Listing));
    let rows: Vec<_> = outcome.listings.iter().flat_map(|listing| &listing.rows).collect();
    assert_eq!(rows.len(), 30);
    assert_eq!((rows[6].id.as_str(), rows[6].updated_at), ("7", None));

    // In a wider gap nobody knows which it is.
    fake.rows.get_mut("products").unwrap().retain(|row| row["id"] != 6);
    let mut current = walk(&plan(Kind::Products, Span::Listing));
    let failure = loop {
        match current.next() {
            Step::Call(call) => {
                if let Err(failure) = current.absorb(fake.answer(&call), NOW) {
                    break failure;
                }
            }
            Step::Listed(listing) => assert!(listing.through.is_some()),
            step => panic!("{step:?}"),
        }
    };
    assert_eq!(failure.class, Class::Poison(PoisonReason::Shape));
}

fn absorb(
    walk: &mut MagentoWalk,
    status: u16,
    body: &str,
) -> Result<(), flyball_connector::Failure> {
    let Step::Call(_) = walk.next() else { panic!("no call") };
    walk.absorb(reply(status, body), NOW)
}

#[test]
fn a_page_that_is_larger_than_the_store_allows_is_asked_for_smaller_from_then_on() {
    let mut current = walk(&plan(Kind::Orders, since(0)));
    let body = r#"{"message":"Maximum SearchCriteria pageSize is %max","parameters":{"max":20}}"#;
    absorb(&mut current, 400, body).unwrap();
    let asked = |current: &mut MagentoWalk| match current.next() {
        Step::Call(call) => call.request.uri().to_string(),
        step => panic!("{step:?}"),
    };
    let first = asked(&mut current);
    let size: u32 =
        first.split("pageSize%5D=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
    assert!((1..=20).contains(&size), "{first}");
    let kept = current.break_off().unwrap().resume;
    let plan = flyball_connector::Plan { resume: Some(kept), ..plan(Kind::Orders, since(0)) };
    assert_eq!(asked(&mut walk(&plan)), first);
}

#[test]
fn a_request_that_is_refused_from_the_first_page_on_is_our_fault() {
    let mut current = walk(&plan(Kind::Orders, since(0)));
    for _ in 0..2 {
        absorb(&mut current, 400, "{\"message\":\"no such field\"}").unwrap();
    }
    let failure = absorb(&mut current, 400, "{\"message\":\"no such field\"}").unwrap_err();
    assert_eq!(failure.class, Class::Ours);
    assert_eq!(failure.evidence.message, "no such field");
    let mut current = walk(&plan(Kind::Products, since(0)));
    let failure = absorb(&mut current, 400, "{\"message\":\"no such store\"}").unwrap_err();
    assert_eq!(failure.class, Class::Ours);
}

#[test]
fn a_gateway_that_gives_up_and_a_call_without_an_answer_make_pages_smaller() {
    let first = |current: &mut MagentoWalk| match current.next() {
        Step::Call(call) => call.request.uri().to_string(),
        step => panic!("{step:?}"),
    };
    let mut current = walk(&plan(Kind::Products, since(0)));
    absorb(&mut current, 200, "[{\"base_currency_code\":\"EUR\"}]").unwrap();
    assert!(first(&mut current).contains("pageSize%5D=100"));
    absorb(&mut current, 504, "<html>").unwrap_err();
    assert!(first(&mut current).contains("pageSize%5D=50"));
    current.sent(NOW);
    assert!(first(&mut current).contains("pageSize%5D=25"), "nothing came back");
    current.sent(NOW);
    let kept = current.break_off().unwrap();
    assert!(kept.rows.is_empty());
    let plan =
        flyball_connector::Plan { resume: Some(kept.resume), ..plan(Kind::Products, since(0)) };
    assert!(first(&mut walk(&plan)).contains("pageSize%5D=12"));
    assert_eq!(PAGE_PRODUCTS, 100);
}

#[test]
fn credentials_are_rejected_only_after_refusals_over_some_time() {
    let refusal =
        "{\"message\":\"The consumer isn't authorized to access %1.\",\"parameters\":[\"x\"]}";
    let mut next = plan(Kind::Orders, since(0));
    let mut seen = Vec::new();
    for n in 0..REFUSALS_MIN {
        // Each in a run of its own: what was learned is kept.
        let mut current = walk(&next);
        let Step::Call(_) = current.next() else { panic!("no call") };
        let now = NOW.plus(u64::from(n) * REFUSALS_SPAN_MS);
        seen.push(current.absorb(reply(401, refusal), now).unwrap_err().class);
        next.resume = Some(current.break_off().unwrap().resume);
    }
    let unsure = |n: u64| Class::Unavailable {
        scope: Scope::Account,
        cause: Cause::Refused,
        until: Some(NOW.plus(n * REFUSALS_SPAN_MS + 60_000)),
    };
    assert_eq!(seen, [unsure(0), unsure(1), Class::Rejected(Rejection::Permission)]);

    // An answer in between begins the count anew.
    let mut current = walk(&next);
    let page = serde_json::json!({"items": [order(1, 1)], "total_count": 2}).to_string();
    absorb(&mut current, 200, &page).unwrap();
    next.resume = Some(current.break_off().unwrap().resume);
    let mut again = walk(&next);
    assert!(matches!(again.next(), Step::Page(page) if page.rows.len() == 1));
    let failure = absorb(&mut again, 401, "{\"message\":\"no\"}").unwrap_err();
    assert_eq!(failure.class, unsure(0));
}

#[test]
fn a_store_that_ignores_the_search_is_told_so_and_never_called_complete() {
    let mut current = walk(&plan(Kind::Orders, since(0)));
    let page =
        serde_json::json!({"items": [order(5, 9), order(4, 9)], "total_count": 9}).to_string();
    let failure = absorb(&mut current, 200, &page).unwrap_err();
    assert_eq!(failure.class, Class::Poison(PoisonReason::Shape));
    assert!(failure.evidence.message.contains("found row 4 out of the order"), "{failure}");

    let ids = vec!["1".parse().unwrap()];
    let mut current = walk(&plan(Kind::Orders, Span::Records { ids }));
    let failure = absorb(&mut current, 200, &page).unwrap_err();
    assert!(failure.evidence.message.contains("not asked for"), "{failure}");
}

#[test]
fn an_empty_page_in_each_of_its_forms_is_the_end() {
    for body in [
        r#"{"items":[],"search_criteria":{},"total_count":0}"#,
        r#"{"items":null,"total_count":0}"#,
        r#"{"items":{},"total_count":0}"#,
    ] {
        let mut current = walk(&plan(Kind::Orders, since(0)));
        absorb(&mut current, 200, body).unwrap();
        assert!(matches!(current.next(), Step::Page(page) if page.rows.is_empty()), "{body}");
        assert!(matches!(current.next(), Step::Finished));
    }
    let mut current = walk(&plan(Kind::Orders, since(0)));
    let failure = absorb(&mut current, 200, "<html><title>Blocked</title>").unwrap_err();
    let class = Class::Unavailable { scope: Scope::Account, cause: Cause::NotJson, until: None };
    assert_eq!(failure.class, class);
}

#[test]
fn a_row_that_cannot_be_a_record_is_set_aside_with_its_exact_input() {
    let mut current = walk(&plan(Kind::Orders, since(0)));
    let page = format!(
        r#"{{"items":[{{"entity_id": 1,  "updated_at":"soon"}},{}],"total_count":2}}"#,
        order(2, 1)
    );
    absorb(&mut current, 200, &page).unwrap();
    let Step::Page(page) = current.next() else { panic!("no page") };
    let Row::Bad(bad) = &page.rows[0] else { panic!("{:?}", page.rows[0]) };
    assert_eq!(bad.input, r#"{"entity_id": 1,  "updated_at":"soon"}"#);
    assert_eq!(bad.id.as_ref().unwrap().as_str(), "1");
    assert!(matches!(page.rows[1], Row::Good(_)));
}

#[test]
fn a_foreign_resume_text_is_refused_with_what_was_found() {
    let resumed = |kind, span, text: &str| {
        let plan = flyball_connector::Plan { resume: Some(text.to_owned()), ..plan(kind, span) };
        let base =
            flyball_http::BaseUrl::parse("https://shop.example", flyball_http::Reach::Public);
        let (paths, _) = crate::site::Paths::of(&base.unwrap()).unwrap();
        MagentoWalk::new(&plan, paths).map(drop)
    };
    let mut current = walk(&plan(Kind::Orders, since(0)));
    absorb(
        &mut current,
        200,
        &serde_json::json!({"items": [order(1, 1)], "total_count": 2}).to_string(),
    )
    .unwrap();
    let Step::Page(page) = current.next() else { panic!("no page") };
    let own = page.resume;
    assert_eq!(resumed(Kind::Orders, since(0), &own), Ok(()));
    for (kind, span, text) in [
        (Kind::Orders, since(0), "{\"page\":7}"),
        (Kind::Orders, since(0), ""),
        (Kind::Products, since(0), own.as_str()),
        (Kind::Orders, all(), own.as_str()),
        (Kind::Orders, since(0), &own.replace("\"v\":1", "\"v\":9")),
        (Kind::Orders, since(0), &own.replace("\"id\":\"1\"", "\"id\":\"1 or 1\"")),
    ] {
        assert!(matches!(resumed(kind, span, text), Err(PlanError::Resume { .. })), "{text}");
    }
}
