use flyball_connector::{Call, Class, Rejection};
use flyball_domain::RecordBody;

use super::*;

mod store;
mod trouble;

use store::{Fails, Item, Store, reply};

const T0_S: u64 = 1_790_000_000;
const UNTIL: UnixMillis = UnixMillis((T0_S + 1_000) * 1_000);
const NOW: UnixMillis = UNTIL;

const KINDS: [Kind; 2] = [Kind::Products, Kind::Orders];

/// An order that tells of everything that can be asked for of it.
const SETTLED: &str = r#","status_id":2,"items_shipped":1,"total_tax":"1.0000","coupon_discount":"1.0000","payment_status":"captured""#;

fn plan(kind: Kind, span: Span, resume: Option<String>) -> Plan {
    Plan { kind, span, resume, ceiling_percent: 100 }
}

fn changed() -> Span {
    Span::Changed { from: None, until: UNTIL }
}

fn walk(kind: Kind, resume: Option<String>) -> StoreWalk {
    StoreWalk::new(&plan(kind, changed(), resume)).unwrap()
}

/// Goes on until the next page; `None` at the end.
fn next_page(walk: &mut StoreWalk, store: &mut Store) -> Result<Option<Page>, Failure> {
    loop {
        match walk.next() {
            Step::Call(call) => walk.absorb(store.answer(&call), NOW)?,
            Step::Page(page) => return Ok(Some(page)),
            Step::Finished => return Ok(None),
            step @ Step::Listed(_) => panic!("{step:?}"),
        }
    }
}

fn pages(mut walk: StoreWalk, store: &mut Store) -> Vec<Page> {
    core::iter::from_fn(|| next_page(&mut walk, store).unwrap()).collect()
}

/// The ids of good rows.
fn ids(pages: &[Page]) -> Vec<u64> {
    let rows = pages.iter().flat_map(|page| &page.rows);
    rows.map(|row| match row {
        Row::Good(record) => record.id.as_str().parse().unwrap(),
        row @ (Row::Bad(_) | Row::Gone(_)) => panic!("{row:?}"),
    })
    .collect()
}

fn asked(walk: &mut StoreWalk) -> String {
    match walk.next() {
        Step::Call(call) => call.request.uri().to_string(),
        step @ (Step::Page(_) | Step::Listed(_) | Step::Finished) => panic!("{step:?}"),
    }
}

#[test]
fn ten_thousand_records_of_one_second_are_walked_exactly_once() {
    for kind in KINDS {
        let mut store = Store::of(10_000);
        assert_eq!(ids(&pages(walk(kind, None), &mut store)), (1..=10_000).collect::<Vec<_>>());
        let lists = store.calls.iter().filter(|call| call.contains("sort=id")).count();
        assert!(lists <= 42, "{lists} pages of {kind}");
    }
}

#[test]
fn a_walk_can_be_gone_on_with_from_any_page() {
    for kind in KINDS {
        let all = pages(walk(kind, None), &mut Store::of(700));
        assert!(all.len() > 3, "{}", all.len());
        for stop in 1..=all.len() {
            let resume = Some(all[stop - 1].resume.clone());
            let rest = pages(walk(kind, resume), &mut Store::of(700));
            let found = [&all[..stop], &rest[..]].concat();
            assert_eq!(ids(&found), (1..=700).collect::<Vec<_>>(), "{kind} stopped after {stop}");
        }
    }
}

#[test]
fn what_changes_comes_and_goes_during_a_walk_costs_no_other_record() {
    for kind in KINDS {
        let mut store = Store::of(1_000);
        let mut walk = walk(kind, None);
        let mut found = Vec::new();
        let mut step = 0;
        while let Some(page) = next_page(&mut walk, &mut store).unwrap() {
            found.push(page);
            step += 1;
            // One is changed, which puts it out of this walk's window; one is deleted; one is new.
            store.items.get_mut(&(100 * step)).unwrap().changed_s = T0_S + 5_000;
            store.items.remove(&(100 * step + 1));
            let fresh = Item { changed_s: T0_S + 5_000, ..Item::new(2_000 + step) };
            store.items.insert(fresh.id, fresh);
        }
        let found = ids(&found);
        let kept = (1..=1_000).filter(|id| id % 100 > 1);
        for id in kept {
            assert!(found.contains(&id), "{kind} {id}");
        }
        let next =
            plan(kind, Span::Changed { from: Some(UNTIL), until: UNTIL.plus(9_000_000) }, None);
        let later = ids(&pages(StoreWalk::new(&next).unwrap(), &mut store));
        let step = later.iter().filter(|id| **id > 2_000).count();
        assert_eq!(later.len(), 2 * step, "{later:?}");
    }
}

#[test]
fn a_walk_that_finds_nothing_is_one_call() {
    for kind in KINDS {
        let mut store = Store::new([]);
        assert!(pages(walk(kind, None), &mut store).is_empty());
        assert_eq!(store.calls.len(), 1, "{:?}", store.calls);
    }
}

#[test]
fn a_thousand_records_cost_a_dozen_calls() {
    for (kind, calls) in [(Kind::Products, 13), (Kind::Orders, 11)] {
        let mut store = Store::of(1_000);
        if kind == Kind::Products {
            let fields = r#","categories":[3,4],"brand_id":5"#;
            store.items.values_mut().for_each(|item| item.fields = fields);
        }
        assert_eq!(ids(&pages(walk(kind, None), &mut store)).len(), 1_000);
        assert_eq!(store.calls.len(), calls, "{:?}", store.calls);
    }
}

#[test]
fn an_order_costs_calls_of_its_own_only_for_what_it_may_hold() {
    let calls = |fields| {
        let mut store = Store::new([Item { fields, ..Item::new(7) }]);
        assert_eq!(ids(&pages(walk(Kind::Orders, None), &mut store)), [7]);
        store.calls.iter().filter(|call| call.contains("/orders/7/")).count()
    };
    assert_eq!(calls(r#","status_id":1"#), 0);
    assert_eq!(calls(r#","total_tax":"0.0100""#), 1);
    assert_eq!(calls(SETTLED), 4);
}

#[test]
fn what_an_order_cannot_hold_is_known_to_be_empty() {
    let fields = r#","status_id":0"#;
    let mut store = Store::new([Item { fields, ..Item::new(7) }]);
    let found = pages(walk(Kind::Orders, None), &mut store);
    let Row::Good(record) = &found[0].rows[0] else { panic!("{found:?}") };
    let RecordBody::Order(order) = &record.body else { panic!("{record:?}") };
    assert_eq!(order.refunds.value().map(Vec::len), Some(0));
    assert_eq!(order.payments.value().map(Vec::len), Some(0));
    assert_eq!(order.fulfillments.value().map(Vec::len), Some(0));
    assert!(!store.calls.iter().any(|call| call.contains("refunds")), "{:?}", store.calls);
}

#[test]
fn longer_lists_are_completed_page_by_page() {
    for (kind, children, calls) in [
        (Kind::Products, 50, 2),
        (Kind::Products, 2_000, 9),
        (Kind::Products, 49, 0),
        (Kind::Orders, 50, 0),
        (Kind::Orders, 1_000, 5),
    ] {
        let mut store = Store::new([Item { children, ..Item::new(7) }]);
        let found = pages(walk(kind, None), &mut store);
        let Row::Good(record) = &found[0].rows[0] else { panic!("{found:?}") };
        let count = match &record.body {
            RecordBody::Product(product) => product.variants.value().unwrap().len(),
            RecordBody::Order(order) => order.lines.value().unwrap().len(),
        };
        assert_eq!(count, children, "{kind}");
        let made = store.calls.iter().filter(|call| call.contains("/7/")).count();
        assert!(made <= calls, "{made} calls for {children} children of {kind}");
    }
}

#[test]
fn a_page_is_handed_over_in_parts_while_its_orders_are_completed() {
    let mut store = Store::new((1..=60).map(|id| Item { fields: SETTLED, ..Item::new(id) }));
    let found = pages(walk(Kind::Orders, None), &mut store);
    assert_eq!(ids(&found), (1..=60).collect::<Vec<_>>());
    assert!(found.iter().all(|page| page.rows.len() <= 11), "{}", found.len());
    for stop in 1..found.len() {
        let resume = Some(found[stop - 1].resume.clone());
        let rest = ids(&pages(walk(Kind::Orders, resume), &mut store));
        assert_eq!(rest.first(), ids(&found[..stop]).last().map(|last| last + 1).as_ref());
    }
}

#[test]
fn names_are_asked_for_once_in_a_walk() {
    let fields = r#","categories":[3,4],"brand_id":5"#;
    let mut store = Store::new((1..=600).map(|id| Item { fields, ..Item::new(id) }));
    assert_eq!(pages(walk(Kind::Products, None), &mut store).len(), 4);
    for what in ["/catalog/categories?", "/catalog/brands?", "/v2/store"] {
        assert_eq!(store.calls.iter().filter(|call| call.contains(what)).count(), 1, "{what}");
    }
}

#[test]
fn a_store_that_minds_no_filter_is_asked_for_metafields_no_more() {
    let mut store = Store { minds_no_filter: true, ..Store::of(600) };
    assert_eq!(ids(&pages(walk(Kind::Products, None), &mut store)).len(), 600);
    let asked = store.calls.iter().filter(|call| call.contains("/metafields?")).count();
    assert_eq!(asked, 1);
}

#[test]
fn a_listing_covers_all_ids_without_a_gap_and_can_be_gone_on_with() {
    for kind in KINDS {
        let listed = |resume| {
            let mut store = Store::new((1..=600).map(|n| Item::new(n * 3)));
            let plan = plan(kind, Span::Listing, resume);
            let mut walk = StoreWalk::new(&plan).unwrap();
            let mut found: Vec<Listing> = Vec::new();
            loop {
                match walk.next() {
                    Step::Call(call) => walk.absorb(store.answer(&call), NOW).unwrap(),
                    Step::Listed(listing) => found.push(listing),
                    Step::Finished => return found,
                    step @ Step::Page(_) => panic!("{step:?}"),
                }
            }
        };
        let all = listed(None);
        assert_eq!(all.first().unwrap().after, None);
        assert_eq!(all.last().unwrap().through, None);
        for pair in all.windows(2) {
            assert_eq!(pair[0].through, pair[1].after);
        }
        assert_eq!(all.iter().map(|listing| listing.rows.len()).sum::<usize>(), 600);
        assert!(all[0].rows[0].updated_at.is_some());
        let rest = listed(Some(all[0].resume.clone()));
        assert_eq!(rest, all[1..]);
    }
}

#[test]
fn the_same_call_is_wanted_until_an_answer_was_absorbed() {
    for kind in KINDS {
        let mut walk = walk(kind, None);
        let before = asked(&mut walk);
        let mut throttled = reply(429, r#"{"title":"Too many requests"}"#);
        for (name, value) in [("left", "0"), ("quota", "150")]
            .map(|(name, value)| (format!("x-rate-limit-requests-{name}"), value))
        {
            let name: http::HeaderName = name.parse().unwrap();
            throttled.headers_mut().insert(name, value.parse().unwrap());
        }
        throttled.headers_mut().insert("x-rate-limit-time-reset-ms", "700".parse().unwrap());
        let failure = walk.absorb(throttled, NOW).unwrap_err();
        assert_eq!(failure.class, Class::Throttled { until: Some(NOW.plus(700)) });
        assert_eq!(walk.ready_at(NOW, 1), NOW.plus(700));
        assert!(walk.break_off().is_none());
        assert_eq!(asked(&mut walk), before);
    }
}

#[test]
fn a_store_that_is_not_there_has_no_records_that_are_gone() {
    let ids = ["7".parse().unwrap(), "8".parse().unwrap()].to_vec();
    for kind in KINDS {
        let plan = plan(kind, Span::Records { ids: ids.clone() }, None);
        let mut walk = StoreWalk::new(&plan).unwrap();
        let mut store = Store { status: 404, ..Store::of(0) };
        let failure = next_page(&mut walk, &mut store).unwrap_err();
        assert_eq!(failure.class, Class::Rejected(Rejection::Credentials), "{kind}");
    }
}
