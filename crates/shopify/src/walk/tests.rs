use flyball_connector::{
    Call, Cause, Class, Page, Plan, PoisonReason, Rejection, Scope, Span, Step, Walk,
};
use flyball_domain::{Field, Kind, Product, RecordBody, Row, UnixMillis};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::by_id::ById;
use super::pages::{PAGE_PRODUCTS, Pages};
use super::position::{LIST_OBJECTS_RESTART, Position};
use super::session::PAGE_CHILDREN;
use super::*;
use crate::queries::PATH;
use store::{Item, Store};

mod broken_off;
mod budget;
mod by_id;
mod listing;
mod orders;
mod store;
mod trouble;

const NOW: UnixMillis = UnixMillis(2_000_000_000_000);
const UNTIL: UnixMillis = UnixMillis(1_900_000_000_000);
const T0: UnixMillis = UnixMillis(1_800_000_000_000);

fn plan(resume: Option<String>) -> Plan {
    let span = Span::Changed { from: None, until: UNTIL };
    Plan { kind: Kind::Products, span, resume, ceiling_percent: 100 }
}

fn walk(resume: Option<String>) -> Pages {
    Pages::new(&plan(resume), None, UNTIL).unwrap()
}

fn one(id: &str) -> ById {
    some(&[id], None)
}

fn some(ids: &[&str], resume: Option<String>) -> ById {
    let ids: Vec<_> = ids.iter().map(|id| id.parse().unwrap()).collect();
    let span = Span::Records { ids: ids.clone() };
    ById::new(&Plan { span, ..plan(resume) }, &ids).unwrap()
}

/// Goes on to the next page; `None` at the end.
fn next_page(walk: &mut dyn Walk, store: &mut Store) -> Option<Page> {
    loop {
        match walk.next() {
            Step::Call(call) => walk.absorb(store.answer(&call), NOW).unwrap(),
            Step::Page(page) => return Some(page),
            Step::Listed(listing) => panic!("{listing:?}"),
            Step::Finished => return None,
        }
    }
}

fn pages(mut walk: impl Walk, store: &mut Store) -> Vec<Page> {
    core::iter::from_fn(|| next_page(&mut walk, store)).collect()
}

fn products(pages: &[Page]) -> Vec<Product> {
    let rows = pages.iter().flat_map(|page| &page.rows);
    rows.map(|row| match row {
        Row::Good(record) => match &record.body {
            RecordBody::Product(product) => (**product).clone(),
            RecordBody::Order(order) => panic!("{order:?}"),
        },
        Row::Bad(_) | Row::Gone(_) => panic!("{row:?}"),
    })
    .collect()
}

fn ids(pages: &[Page]) -> Vec<u64> {
    products(pages).iter().map(|product| product.id.as_str().parse().unwrap()).collect()
}

fn count<T>(field: &Field<Vec<T>>) -> usize {
    field.value().unwrap().len()
}

/// The call that a walk wants to make, as the JSON it sends.
fn asked(walk: &mut dyn Walk) -> Value {
    match walk.next() {
        Step::Call(call) => serde_json::from_slice(call.request.body()).unwrap(),
        step @ (Step::Page(_) | Step::Listed(_) | Step::Finished) => panic!("{step:?}"),
    }
}

fn first_of(walk: &mut dyn Walk) -> u64 {
    asked(walk)["variables"]["first"].as_u64().unwrap()
}

fn reply(body: &Value) -> Reply {
    http::Response::new(body.to_string().into_bytes())
}

/// More products than a page holds.
const OVER_A_PAGE: u64 = PAGE_PRODUCTS as u64 + 10;

fn catalog(count: u64) -> Vec<Item> {
    (1..=count).map(|id| Item::new(id, T0.plus(id * 700))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_product_comes_exactly_once_with_all_its_children(
        shapes in proptest::collection::vec((0_u64..3_000, 0_usize..120, 0_usize..30, 0_usize..30), 0..130),
    ) {
        let items = (1..).zip(&shapes).map(|(id, (at, variants, media, metafields))| {
            Item { variants: *variants, media: *media, metafields: *metafields, ..Item::new(id, T0.plus(*at)) }
        });
        let mut store = Store::new(items.collect());
        let pages = pages(walk(None), &mut store);
        let mut found = products(&pages);
        found.sort_by_key(|product| product.id.as_str().parse::<usize>().unwrap());
        prop_assert_eq!(found.len(), shapes.len());
        for (product, (_, variants, media, metafields)) in found.iter().zip(&shapes) {
            prop_assert_eq!(count(&product.variants), *variants);
            prop_assert_eq!(count(&product.images), *media);
            prop_assert_eq!(count(&product.custom_fields), *metafields);
        }
    }

    #[test]
    fn a_walk_goes_on_after_any_page_without_loss_or_repetition(stop in 0_usize..8, count in 1_u64..600) {
        let mut store = Store::new(catalog(count));
        let mut first = walk(None);
        let mut found = Vec::new();
        let mut resume = None;
        for _ in 0..stop {
            let Some(page) = next_page(&mut first, &mut store) else { break };
            resume = Some(page.resume.clone());
            found.push(page);
        }
        found.extend(pages(walk(resume), &mut store));
        prop_assert_eq!(ids(&found), (1..=count).collect::<Vec<_>>());
    }

    #[test]
    fn no_bytes_make_absorb_panic(
        body in proptest::collection::vec(any::<u8>(), 0..300), status in 100_u16..1_000,
    ) {
        let walks: [Box<dyn Walk>; 4] =
            [Box::new(walk(None)), Box::new(one("7")), Box::new(at_more_variants().0), listing()];
        for mut walk in walks {
            drop(walk.next());
            let reply = http::Response::builder().status(status).body(body.clone()).unwrap();
            drop(walk.absorb(reply, NOW));
            drop(walk.next());
        }
    }

    #[test]
    fn no_damage_to_a_good_answer_makes_absorb_panic(at in any::<proptest::sample::Index>(), with in any::<u8>()) {
        for mut walk in [walk(None), at_more_variants().0] {
            let Step::Call(call) = walk.next() else { panic!("no call") };
            let mut body = Store::new(vec![big(1, 300), big(2, 300)]).answer(&call).into_body();
            let at = at.index(body.len());
            body[at] = with;
            drop(walk.absorb(http::Response::new(body), NOW));
            drop(walk.next());
        }
    }
}

fn listing() -> Box<dyn Walk> {
    super::walk(&Plan { span: Span::Listing, ..plan(None) }).unwrap()
}

fn big(id: u64, variants: usize) -> Item {
    Item { variants, ..Item::new(id, T0.plus(id)) }
}

/// A walk that wants more variants of product 1, and its store.
fn at_more_variants() -> (Pages, Store) {
    let mut store = Store::new(vec![big(1, 300), big(2, 300)]);
    let mut walk = walk(None);
    let Step::Call(call) = walk.next() else { panic!("no call") };
    walk.absorb(store.answer(&call), NOW).unwrap();
    (walk, store)
}

#[test]
fn a_finished_walk_stays_finished_when_it_is_gone_on_with() {
    let mut store = Store::new(catalog(OVER_A_PAGE));
    let last = pages(walk(None), &mut store).pop().unwrap();
    assert!(matches!(walk(Some(last.resume)).next(), Step::Finished));
}

#[test]
fn an_empty_store_gives_one_empty_page_and_an_end() {
    let found = pages(walk(None), &mut Store::new(Vec::new()));
    assert_eq!(found.len(), 1);
    assert!(found[0].rows.is_empty());
}

#[test]
fn a_list_longer_than_the_vendor_pages_through_is_walked_to_its_end_exactly_once() {
    let count = u64::from(LIST_OBJECTS_RESTART) + 6_000;
    let items = (1..=count).map(|id| Item::bare(id, T0.plus(id.div_euclid(30) * 1_000)));
    let mut store = Store::new(items.collect());
    let found = ids(&pages(walk(None), &mut store));
    assert_eq!(found, (1..=count).collect::<Vec<_>>());
    assert!(store.lists_begun > 1);
}

#[test]
fn a_second_longer_than_the_vendor_pages_through_loses_nothing() {
    let crowd = u64::from(LIST_OBJECTS_RESTART) + 6_000;
    let mut items: Vec<Item> = (1..=crowd).map(|id| Item::bare(id, T0)).collect();
    items.extend((crowd + 1..=crowd + 100).map(|id| Item::new(id, T0.plus(5_000))));
    let mut store = Store::new(items);
    let mut found = ids(&pages(walk(None), &mut store));
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, (1..=crowd + 100).collect::<Vec<_>>());
}

#[test]
fn the_same_call_is_wanted_until_an_answer_was_absorbed() {
    let mut walk = walk(None);
    let before = asked(&mut walk);
    let throttled = json!({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
        "extensions": {"cost": {"requestedQueryCost": 752, "actualQueryCost": null, "throttleStatus":
            {"maximumAvailable": 1000.0, "currentlyAvailable": 666, "restoreRate": 50.0}}}});
    let failure = walk.absorb(reply(&throttled), NOW).unwrap_err();
    assert_eq!(failure.class, Class::Throttled { until: Some(NOW.plus(1_720)) });
    assert_eq!(asked(&mut walk), before);
    assert_eq!(walk.ready_at(NOW, 1), NOW.plus(1_720));
}

#[test]
fn a_query_that_costs_too_much_is_asked_again_for_half() {
    let mut walk = walk(None);
    let whole = asked(&mut walk);
    let too_costly = json!({"errors": [{"message": "Query cost is 1200", "extensions":
        {"code": "MAX_COST_EXCEEDED", "cost": 1200, "maxCost": 1000}}]});
    walk.absorb(reply(&too_costly), NOW).unwrap();
    let mut half = asked(&mut walk);
    assert_eq!(half["variables"]["first"], PAGE_PRODUCTS / 2);
    half["variables"]["first"] = PAGE_PRODUCTS.into();
    assert_eq!(half, whole);

    let mut store = Store::new(catalog(OVER_A_PAGE));
    next_page(&mut walk, &mut store).unwrap();
    assert_eq!(first_of(&mut walk), u64::from(PAGE_PRODUCTS / 2));

    while first_of(&mut walk) > 1 {
        walk.absorb(reply(&too_costly), NOW).unwrap();
    }
    assert_eq!(walk.absorb(reply(&too_costly), NOW).unwrap_err().class, Class::Ours);
}

#[test]
fn a_page_that_never_fits_our_share_of_the_budget_becomes_smaller() {
    let plan = Plan { ceiling_percent: 25, ..plan(None) };
    let mut walk = Pages::new(&plan, None, UNTIL).unwrap();
    let mut store = Store::new(catalog(200));
    store.requested_cost = 501;
    next_page(&mut walk, &mut store).unwrap();
    assert_eq!(first_of(&mut walk), u64::from(PAGE_PRODUCTS / 2));
}

#[test]
fn the_pace_follows_the_bucket() {
    let mut walk = walk(None);
    assert_eq!(walk.ready_at(NOW, 1), NOW);
    let mut store = Store::new(catalog(200));
    store.requested_cost = 600;
    store.available = 350;
    next_page(&mut walk, &mut store).unwrap();
    assert_eq!(walk.ready_at(NOW, 1), NOW.plus(2_500));
    assert!(walk.ready_at(NOW.plus(60_000), 1) <= NOW.plus(60_000));
}

#[test]
fn a_page_of_huge_products_is_handed_over_in_parts_and_gone_on_with_from_any_of_them() {
    let items: Vec<Item> = (1..=12).map(|id| big(id, 2_000)).collect();
    let all = pages(walk(None), &mut Store::new(items.clone()));
    assert!(all.len() > 2, "{}", all.len());
    assert_eq!(ids(&all), (1..=12).collect::<Vec<_>>());
    for stop in 1..all.len() {
        let mut store = Store::new(items.clone());
        let rest = pages(walk(Some(all[stop - 1].resume.clone())), &mut store);
        let found = [&all[..stop], &rest[..]].concat();
        assert_eq!(ids(&found), (1..=12).collect::<Vec<_>>(), "stopped after {stop}");
    }
}

#[test]
fn one_record_is_asked_for_by_its_id() {
    let mut store = Store::new(vec![big(7, 260)]);
    let found = pages(one("7"), &mut store);
    assert_eq!(ids(&found), [7]);
    assert_eq!(count(&products(&found)[0].variants), 260);
    let resume = found.last().map(|page| page.resume.clone());
    assert!(matches!(some(&["7"], resume).next(), Step::Finished));
}

#[test]
fn one_record_that_is_no_more_is_gone_and_one_that_may_not_be_seen_is_not() {
    let mut gone = one("7");
    drop(gone.next());
    gone.absorb(reply(&json!({"data": {"nodes": [null]}})), NOW).unwrap();
    let Step::Page(page) = gone.next() else { panic!("no page") };
    assert_eq!(page.rows, [Row::Gone("7".parse().unwrap())]);
    assert!(matches!(gone.next(), Step::Finished));
    let absorb = |body: &Value| {
        let mut walk = one("7");
        drop(walk.next());
        walk.absorb(reply(body), NOW).unwrap_err().class
    };
    let denied = json!({"data": {"nodes": [null]}, "errors": [{"message": "no",
        "path": ["nodes", 0], "extensions": {"code": "ACCESS_DENIED"}}]});
    assert_eq!(absorb(&denied), Class::Rejected(Rejection::Permission));
}

#[test]
fn a_row_that_changed_while_the_list_was_walked_is_not_mistaken_for_its_old_version() {
    let mut store = Store::new(catalog(OVER_A_PAGE));
    let mut walk = walk(None);
    let first = next_page(&mut walk, &mut store).unwrap();
    store.change()[0].updated_at = T0.plus(1_000_000);
    let rest = pages(walk, &mut store);
    let found = ids(&[first]).len() + ids(&rest).len();
    assert_eq!(found as u64, OVER_A_PAGE + 1);
    assert!(ids(&rest).contains(&1));
}
