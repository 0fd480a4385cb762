//! Ids and times of change of everything.

use flyball_connector::Listing;

use super::*;

fn listed(walk: &mut dyn Walk, store: &mut Store) -> Vec<Listing> {
    let mut all = Vec::new();
    loop {
        match walk.next() {
            Step::Call(call) => walk.absorb(store.answer(&call), NOW).unwrap(),
            Step::Listed(listing) => all.push(listing),
            Step::Page(page) => panic!("{page:?}"),
            Step::Finished => return all,
        }
    }
}

fn resumed(resume: &str) -> Box<dyn Walk> {
    let plan = Plan { span: Span::Listing, ..plan(Some(resume.to_owned())) };
    super::super::walk(&plan).unwrap()
}

#[test]
fn stretches_cover_all_ids_without_gaps_and_the_walk_goes_on_after_any_of_them() {
    for count in [0, 1, 250, 251, 1_000] {
        let items: Vec<Item> =
            (1..=count).map(|id| Item::bare(id * 7, T0.plus(id * 900))).collect();
        let mut store = Store::new(items);
        let all = listed(&mut *listing(), &mut store);
        let found: Vec<u64> = all
            .iter()
            .flat_map(|stretch| &stretch.rows)
            .map(|row| row.id.as_str().parse().unwrap())
            .collect();
        assert_eq!(found, (1..=count).map(|id| id * 7).collect::<Vec<_>>());
        assert_eq!(all.first().unwrap().after, None);
        assert_eq!(all.last().unwrap().through, None);
        for pair in all.windows(2) {
            assert_eq!(pair[0].through, pair[1].after);
            assert!(pair[0].through.is_some());
        }
        for (at, stretch) in all.iter().enumerate() {
            let rest = listed(&mut *resumed(&stretch.resume), &mut store);
            assert_eq!(rest, all[at + 1..], "{count}");
        }
    }
}

#[test]
fn a_row_shows_when_it_was_changed() {
    let mut store = Store::new(vec![Item::bare(5, T0)]);
    let all = listed(&mut *listing(), &mut store);
    assert_eq!(all[0].rows[0].updated_at, Some(T0));
}

#[test]
fn a_listing_that_may_leave_something_out_is_never_handed_over() {
    let node = |id: &str| json!({"id": format!("gid://shopify/Product/{id}"), "updatedAt": null});
    let end = json!({"hasNextPage": false});
    for list in [
        json!({"nodes": [null], "pageInfo": end}),
        json!({"nodes": [{"id": null}], "pageInfo": end}),
        json!({"nodes": [node("9"), node("10"), node("9")], "pageInfo": end}),
        json!({"nodes": [node("2"), node("2")], "pageInfo": end}),
        json!({"nodes": [node("1")], "pageInfo": null}),
        json!({"nodes": [node("1")]}),
        json!({"nodes": [], "pageInfo": {"hasNextPage": true, "endCursor": "c"}}),
    ] {
        let mut walk = listing();
        let failure = loop {
            let Step::Call(_) = walk.next() else { panic!("{list}") };
            if let Err(failure) = walk.absorb(reply(&json!({"data": {"list": list}})), NOW) {
                break failure;
            }
        };
        assert_eq!(failure.class, Class::Poison(PoisonReason::Shape), "{list}");
    }
}

#[test]
fn a_resume_text_of_another_walk_is_refused() {
    let of_pages = Position::start(None).resume(None);
    let plan = Plan { span: Span::Listing, ..plan(Some(of_pages)) };
    assert!(super::super::walk(&plan).is_err());
}

fn orders(resume: Option<String>) -> Box<dyn Walk> {
    let plan = Plan { kind: Kind::Orders, span: Span::Listing, ..plan(resume) };
    super::super::walk(&plan).unwrap()
}

fn recent(scopes: &Value, nodes: &[Value], is_last: bool) -> Reply {
    let info = json!({"hasNextPage": !is_last, "endCursor": "c"});
    reply(&json!({"data": {"currentAppInstallation": scopes,
        "list": {"nodes": nodes, "pageInfo": info}}}))
}

#[test]
fn orders_that_are_not_shown_for_their_age_are_not_told_to_be_missing() {
    let order = |id: u64| json!({"id": format!("gid://shopify/Order/{id}"), "updatedAt": null});
    let without = json!({"accessScopes": [{"handle": "read_orders"}]});
    let with = json!({"accessScopes": [{"handle": "read_orders"}, {"handle": "read_all_orders"}]});
    for (scopes, begins_behind) in
        [(&with, None), (&without, Some("999")), (&Value::Null, Some("999"))]
    {
        let mut walk = orders(None);
        drop(walk.next());
        walk.absorb(recent(scopes, &[order(1_000), order(1_001)], false), NOW).unwrap();
        let Step::Listed(first) = walk.next() else { panic!("nothing listed") };
        assert_eq!(first.after.as_ref().map(flyball_domain::VendorId::as_str), begins_behind);
        assert_eq!(first.rows.len(), 2);
        walk.absorb(recent(scopes, &[order(1_002)], true), NOW).unwrap();
        let Step::Listed(last) = walk.next() else { panic!("nothing listed") };
        assert_eq!((&last.after, &last.through), (&first.through, &None));
    }
    let mut walk = orders(None);
    walk.absorb(recent(&without, &[], true), NOW).unwrap();
    assert!(matches!(walk.next(), Step::Finished), "none shown is not none there");
    let mut walk = orders(None);
    walk.absorb(recent(&with, &[], true), NOW).unwrap();
    assert!(matches!(walk.next(), Step::Listed(_)));
}
