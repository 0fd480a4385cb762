use flyball_connector::{Cause, PoisonReason, Scope};
use flyball_domain::BadRow;

use super::*;

const FAILING: Class =
    Class::Unavailable { scope: Scope::Account, cause: Cause::ServerError, until: None };

/// What came of running a walk again and again, as after a failure, from where it was broken off.
#[derive(Debug, Default)]
struct Runs {
    pages: Vec<Page>,
    failures: Vec<Failure>,
    calls: Vec<usize>,
}

impl Runs {
    fn of(span: &Span, kind: Kind, store: &mut Store, runs_max: usize) -> Self {
        let mut all = Self::default();
        for _ in 0..runs_max {
            let resume = all.pages.last().map(|page| page.resume.clone());
            let plan = plan(kind, span.clone(), resume);
            let mut walk = StoreWalk::new(&plan).unwrap();
            let calls = store.calls.len();
            loop {
                match next_page(&mut walk, store) {
                    Ok(Some(page)) => all.pages.push(page),
                    Ok(None) => return all,
                    Err(failure) => {
                        all.failures.push(failure);
                        all.pages.extend(walk.break_off());
                        break;
                    }
                }
            }
            all.calls.push(store.calls.len() - calls);
        }
        all
    }

    fn good(&self) -> Vec<u64> {
        let mut ids: Vec<u64> = self
            .rows()
            .filter_map(|row| match row {
                Row::Good(record) => Some(record.id.as_str().parse().unwrap()),
                Row::Bad(_) | Row::Gone(_) => None,
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn bad(&self) -> Vec<&BadRow> {
        let bad = self.rows().filter_map(|row| match row {
            Row::Bad(bad) => Some(bad),
            Row::Good(_) | Row::Gone(_) => None,
        });
        bad.collect()
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.pages.iter().flat_map(|page| &page.rows)
    }
}

fn store_with(poison: u64, fails: Fails) -> Store {
    let mut store = Store::new((1..=300).map(|id| Item { fields: SETTLED, ..Item::new(id) }));
    store.items.get_mut(&poison).unwrap().fails = fails;
    store
}

fn all_but(poison: u64) -> Vec<u64> {
    (1..=300).filter(|id| *id != poison).collect()
}

#[test]
fn a_record_that_makes_the_server_fail_is_set_aside_by_its_id_and_the_walk_goes_on() {
    for kind in [Kind::Products, Kind::Orders] {
        for poison in [1, 137, 300] {
            let mut store = store_with(poison, Fails::Whole);
            let runs = Runs::of(&changed(), kind, &mut store, 9);
            assert_eq!(runs.good(), all_but(poison), "{kind} {poison}");
            let bad = runs.bad();
            assert_eq!(bad.len(), 1, "{kind} {poison}: {bad:?}");
            assert_eq!(bad[0].id.as_ref().unwrap().as_str(), poison.to_string());
            assert!(bad[0].reason.contains("failing"), "{}", bad[0].reason);
            assert_eq!(runs.failures.len(), 4, "told of, and tried again later");
        }
    }
}

#[test]
fn a_record_of_which_not_even_the_id_can_be_had_is_passed_by_the_one_behind_it() {
    for kind in [Kind::Products, Kind::Orders] {
        for poison in [1, 137, 300] {
            let mut store = store_with(poison, Fails::Ever);
            let runs = Runs::of(&changed(), kind, &mut store, 9);
            assert_eq!(runs.good(), all_but(poison), "{kind} {poison}");
            let bad = runs.bad();
            assert_eq!(bad.len(), 1, "{kind} {poison}: {bad:?}");
            assert_eq!(bad[0].id, None);
            assert!(bad[0].input.starts_with("/v"), "{}", bad[0].input);
        }
    }
}

#[test]
fn an_order_whose_parts_make_the_server_fail_is_set_aside_and_the_others_are_not() {
    for poison in [1, 137, 300] {
        let mut store = store_with(poison, Fails::Inside);
        let runs = Runs::of(&changed(), Kind::Orders, &mut store, 9);
        assert_eq!(runs.good(), all_but(poison), "{poison}");
        let bad = runs.bad();
        assert_eq!(bad.len(), 1, "{poison}: {bad:?}");
        assert_eq!(bad[0].id.as_ref().unwrap().as_str(), poison.to_string());
        assert_eq!(runs.failures.len(), 4, "told of, and tried again later");
    }
}

#[test]
fn every_record_has_its_own_tries() {
    let mut store = store_with(137, Fails::Inside);
    store.items.get_mut(&138).unwrap().fails = Fails::Inside;
    let runs = Runs::of(&changed(), Kind::Orders, &mut store, 20);
    assert_eq!(runs.good().len(), 298);
    assert_eq!((runs.bad().len(), runs.failures.len()), (2, 8));
}

#[test]
fn every_record_of_a_page_has_its_own_tries_even_where_nobody_begins_anew() {
    let mut store = store_with(2, Fails::Inside);
    store.items.get_mut(&3).unwrap().fails = Fails::Inside;
    let mut walk = walk(Kind::Orders, None);
    let (mut failures, mut bad) = (0, 0);
    loop {
        match next_page(&mut walk, &mut store) {
            Ok(Some(page)) => {
                bad += page.rows.iter().filter(|row| matches!(row, Row::Bad(_))).count();
            }
            Ok(None) => break,
            Err(_) => failures += 1,
        }
    }
    assert_eq!((bad, failures), (2, 8));
}

#[test]
fn a_failure_that_passed_is_forgotten() {
    let mut store = Store { status: 500, ..Store::of(30) };
    let mut runs = Runs::of(&changed(), Kind::Products, &mut store, 2);
    let resume = runs.pages.pop().unwrap().resume;
    assert!(resume.contains("\"tries\":2"), "{resume}");
    store.status = 0;
    for page in pages(walk(Kind::Products, Some(resume)), &mut store) {
        assert!(page.resume.contains("\"tries\":0"), "{}", page.resume);
    }
}

#[test]
fn a_server_that_fails_at_every_so_manieth_call_costs_no_record() {
    for kind in [Kind::Products, Kind::Orders] {
        for every in 2..=9 {
            let items = (1..=40).map(|id| Item { fields: SETTLED, ..Item::new(id) });
            let mut store = Store { fails_every: Some(every), ..Store::new(items) };
            let runs = Runs::of(&changed(), kind, &mut store, 400);
            assert_eq!(runs.good(), (1..=40).collect::<Vec<_>>(), "{kind} {every}");
            assert!(runs.bad().is_empty(), "{kind} {every}: {:?}", runs.bad());
        }
    }
}

#[test]
fn a_record_that_takes_more_calls_than_a_store_answers_in_a_row_is_gone_on_with() {
    for (kind, children) in [(Kind::Products, 2_000), (Kind::Orders, 1_000)] {
        let item = |id| Item { children, fields: SETTLED, ..Item::new(id) };
        let whole = pages(walk(kind, None), &mut Store::new((1..=3).map(item)));
        for (every, status) in [(4, 503), (5, 503), (5, 429), (5, 500)] {
            let mut store = Store::new((1..=3).map(item));
            (store.fails_every, store.fails_with) = (Some(every), status);
            let runs = Runs::of(&changed(), kind, &mut store, 60);
            assert!(runs.bad().is_empty(), "{kind} {every} {status}");
            let rows: Vec<&Row> = runs.rows().collect();
            let expected: Vec<&Row> = whole.iter().flat_map(|page| &page.rows).collect();
            assert_eq!(rows, expected, "{kind} {every} {status}");
            let longest = runs.pages.iter().map(|page| page.resume.len()).max().unwrap();
            assert!(longest <= Page::RESUME_BYTES_MAX, "{longest}");
        }
    }
}

#[test]
fn what_was_begun_of_an_older_version_is_not_used() {
    let order = |changed_s| Item { changed_s, children: 1_000, ..Item::new(7) };
    let mut store = Store::new([order(T0_S)]);
    let mut walk = walk(Kind::Orders, None);
    for _ in 0..4 {
        let Step::Call(call) = walk.next() else { panic!("no call") };
        walk.absorb(store.answer(&call), NOW).unwrap();
    }
    let part = walk.break_off().unwrap();
    assert!(part.rows.is_empty() && part.resume.contains("\"begun\":\""), "{}", part.resume);
    assert!(walk.break_off().is_none());
    let calls = |store: &mut Store| {
        store.calls.clear();
        pages(super::walk(Kind::Orders, Some(part.resume.clone())), store);
        store.calls.iter().filter(|call| call.contains("/7/products")).count()
    };
    assert_eq!(calls(&mut store), 3);
    assert_eq!(calls(&mut Store::new([order(T0_S + 1)])), 5);
}

#[test]
fn a_server_that_fails_at_everything_is_told_of_soon_and_costs_no_record() {
    for kind in [Kind::Products, Kind::Orders] {
        let mut store = Store { status: 500, ..Store::of(30) };
        let runs = Runs::of(&changed(), kind, &mut store, 20);
        assert_eq!(runs.failures.len(), 20);
        assert!(runs.failures.iter().all(|failure| failure.class == FAILING));
        assert_eq!(runs.rows().count(), 0);
        assert!(runs.calls.iter().all(|calls| *calls <= 4), "{:?}", runs.calls);
        store.status = 0;
        let resume = runs.pages.last().map(|page| page.resume.clone());
        assert_eq!(ids(&pages(walk(kind, resume), &mut store)), (1..=30).collect::<Vec<_>>());
    }
}

#[test]
fn a_page_refused_as_too_large_is_asked_for_smaller_and_stays_so() {
    for kind in [Kind::Products, Kind::Orders] {
        let mut store = Store { rows_max: Some(40), ..Store::of(200) };
        let found = pages(walk(kind, None), &mut store);
        assert_eq!(ids(&found), (1..=200).collect::<Vec<_>>());
        let refused = store.calls.iter().filter(|call| call.contains("limit=250&page=1&")).count();
        assert!(refused <= 2, "{:?}", store.calls);
    }
    let mut store = Store { rows_max: Some(0), ..Store::of(200) };
    let failure = next_page(&mut walk(Kind::Products, None), &mut store).unwrap_err();
    assert_eq!(failure.class, Class::Ours);
}

#[test]
fn a_listing_leaves_nothing_out_because_the_server_fails_at_it() {
    for kind in [Kind::Products, Kind::Orders] {
        let mut store = store_with(137, Fails::Ever);
        let plan = plan(kind, Span::Listing, None);
        let mut walk = StoreWalk::new(&plan).unwrap();
        let mut through = None;
        let failure = loop {
            match walk.next() {
                Step::Call(call) => match walk.absorb(store.answer(&call), NOW) {
                    Ok(()) => {}
                    Err(failure) => break failure,
                },
                Step::Listed(listing) => through = listing.through,
                step @ (Step::Page(_) | Step::Finished) => panic!("{step:?}"),
            }
        };
        assert_eq!(failure.class, FAILING);
        assert!(through.is_none_or(|through| through.as_str().parse::<u64>().unwrap() < 137));
    }
}

#[test]
fn ids_that_do_not_rise_are_reported_and_not_walked_past() {
    let row = |id: u64| format!(r#"{{"id":{id},"date_modified":"2026-11-20T10:11:12Z"}}"#);
    for ids in [[5, 4], [0, 3]] {
        let mut position = Position::start(Through::Changed);
        position.advance(Some(3));
        let mut walk = walk(Kind::Products, Some(position.resume()));
        drop(walk.next());
        let body = format!(r#"{{"data":[{}]}}"#, ids.map(row).join(","));
        let failure = walk.absorb(reply(200, &body), NOW).unwrap_err();
        assert_eq!(failure.class, Class::Poison(PoisonReason::Shape));
        assert!(failure.evidence.message.contains("rising ids"), "{failure}");
    }
}

#[test]
fn a_row_that_cannot_be_read_is_set_aside_as_it_came_and_one_twice_comes_twice() {
    let mut walk = walk(Kind::Orders, None);
    drop(walk.next());
    let good = r#"{"id":5,"date_modified":"2026-11-20T10:11:12Z","consignments":{"shipping":[]}}"#;
    let bad = r#"{"id":6, "date_modified":"never"}"#;
    walk.absorb(reply(200, &format!("[{good},{good},{bad}]")), NOW).unwrap();
    let page = next_page(&mut walk, &mut Store::of(9)).unwrap().unwrap();
    assert_eq!(page.rows.len(), 3);
    let Row::Bad(row) = &page.rows[2] else { panic!("{:?}", page.rows) };
    assert_eq!((row.input.as_str(), row.id.as_ref().unwrap().as_str()), (bad, "6"));
    assert!(row.reason.contains("date_modified"), "{}", row.reason);
}

#[test]
fn a_record_asked_for_by_its_id_that_makes_the_server_fail_is_set_aside_by_it() {
    let ids: Vec<VendorId> = ["3", "4", "5"].map(|id| id.parse().unwrap()).to_vec();
    let span = Span::Records { ids };
    for kind in [Kind::Products, Kind::Orders] {
        let mut store = store_with(4, Fails::Ever);
        let runs = Runs::of(&span, kind, &mut store, 9);
        assert_eq!(runs.good(), [3, 5], "{kind}");
        let bad = runs.bad();
        assert_eq!(bad.len(), 1, "{kind}: {bad:?}");
        assert_eq!(bad[0].id.as_ref().unwrap().as_str(), "4");
    }
}

#[test]
fn what_was_complete_when_a_run_broke_off_is_kept_once() {
    let mut store = store_with(137, Fails::Never);
    let mut walk = walk(Kind::Orders, None);
    let mut kept = Vec::new();
    for _ in 0..9 {
        match walk.next() {
            Step::Call(call) => walk.absorb(store.answer(&call), NOW).unwrap(),
            Step::Page(page) => kept.push(page),
            step @ (Step::Listed(_) | Step::Finished) => panic!("{step:?}"),
        }
    }
    kept.push(walk.break_off().unwrap());
    assert!(walk.break_off().is_none());
    let part = ids(&kept);
    assert!(!part.is_empty() && part.len() < 10, "{part:?}");
    let resume = kept.last().map(|page| page.resume.clone());
    let rest = ids(&pages(super::walk(Kind::Orders, resume), &mut store));
    assert_eq!([part, rest].concat(), (1..=300).collect::<Vec<_>>());
}

#[test]
fn a_token_revoked_in_mid_page_costs_nothing_that_was_complete() {
    let mut store = store_with(137, Fails::Never);
    let mut walk = walk(Kind::Orders, None);
    for _ in 0..20 {
        let Step::Call(call) = walk.next() else { panic!("no call") };
        walk.absorb(store.answer(&call), NOW).unwrap();
    }
    store.status = 401;
    let failure = next_page(&mut walk, &mut store).unwrap_err();
    assert_eq!(failure.class, Class::Rejected(Rejection::Credentials));
    let kept = walk.break_off().unwrap();
    assert_eq!(ids(core::slice::from_ref(&kept)), [1, 2, 3, 4]);
    store.status = 0;
    let rest = ids(&pages(super::walk(Kind::Orders, Some(kept.resume)), &mut store));
    assert_eq!(rest, (5..=300).collect::<Vec<_>>());
}
