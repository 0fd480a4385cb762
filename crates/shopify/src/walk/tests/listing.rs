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
