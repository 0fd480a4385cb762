//! Walks that are broken off in mid-page, and gone on with.

use super::*;

/// Walks to the end although every `nth` call fails, each failure ending a run; `None` if it does
/// not come to an end.
fn failing_every(nth: usize, store: &mut Store) -> Option<Vec<Page>> {
    const RUNS_MAX: usize = 2_000;
    let (mut calls, mut found, mut resume) = (0, Vec::new(), None);
    for _ in 0..RUNS_MAX {
        let mut run = walk(resume.clone());
        loop {
            let page = match run.next() {
                Step::Finished => return Some(found),
                Step::Page(page) => Ok(page),
                Step::Listed(listing) => panic!("{listing:?}"),
                Step::Call(call) => {
                    calls += 1;
                    if calls % nth != 0 {
                        run.absorb(store.answer(&call), NOW).unwrap();
                        continue;
                    }
                    let down = http::Response::builder().status(503).body(Vec::new()).unwrap();
                    run.absorb(down, NOW).unwrap_err();
                    Err(run.break_off())
                }
            };
            let ends = page.is_err();
            if let Some(page) = page.map_or_else(|part| part, Some) {
                assert!(page.resume.len() <= Page::RESUME_BYTES_MAX, "{}", page.resume.len());
                resume = Some(page.resume.clone());
                found.push(page);
            }
            if ends {
                break;
            }
        }
    }
    None
}

#[test]
fn a_store_that_fails_every_few_calls_is_walked_to_the_end_exactly_once_with_all_children() {
    let shapes = [(0, 0, 0), (2_048, 60, 45), (51, 21, 0), (300, 0, 250), (700, 260, 30)];
    let items: Vec<Item> = (1..=OVER_A_PAGE)
        .map(|id| {
            let shape = usize::try_from(id % 53).unwrap();
            let (variants, media, metafields) = *shapes.get(shape).unwrap_or(&(1, 1, 1));
            Item { variants, media, metafields, ..Item::new(id, T0.plus(id * 700)) }
        })
        .collect();
    for nth in [3, 7] {
        let mut store = Store::new(items.clone());
        let pages = failing_every(nth, &mut store).expect("an end");
        let mut found = products(&pages);
        found.sort_by_key(|product| product.id.as_str().parse::<u64>().unwrap());
        assert_eq!(found.len(), items.len(), "every {nth}th");
        for (product, item) in found.iter().zip(&items) {
            let lists = (&product.variants, &product.images, &product.custom_fields);
            let counts = (count(lists.0), count(lists.1), count(lists.2));
            assert_eq!(counts, (item.variants, item.media, item.metafields), "{}", item.id);
            let ids = lists.0.value().unwrap().iter().map(|variant| variant.id.as_str());
            let distinct: std::collections::BTreeSet<&str> = ids.collect();
            assert_eq!(distinct.len(), item.variants, "{}", item.id);
        }
    }
}

/// A walk broken off after one more page of the variants of product 1.
fn broken_off() -> (Page, Store) {
    let mut store = Store::new(vec![big(1, 600), big(2, 300)]);
    let mut run = walk(None);
    for _ in 0..2 {
        let Step::Call(call) = run.next() else { panic!("no call") };
        run.absorb(store.answer(&call), NOW).unwrap();
    }
    (run.break_off().unwrap(), store)
}

#[test]
fn a_product_that_was_begun_goes_on_behind_what_it_has() {
    let (page, mut store) = broken_off();
    assert_eq!(page.rows, []);
    let mut next = walk(Some(page.resume));
    assert_eq!(asked(&mut next)["variables"]["first"], PAGE_PRODUCTS, "its page first");
    let Step::Call(call) = next.next() else { panic!("no call") };
    next.absorb(store.answer(&call), NOW).unwrap();
    assert_eq!(asked(&mut next)["variables"]["after"], "260");
    let found = products(&pages(next, &mut store));
    assert_eq!(
        found.iter().map(|product| count(&product.variants)).collect::<Vec<_>>(),
        [600, 300]
    );
}

#[test]
fn a_product_that_was_begun_and_has_changed_since_is_begun_anew() {
    let (page, mut store) = broken_off();
    let changed = &mut store.change()[0];
    (changed.updated_at, changed.variants) = (T0.plus(60_000), 120);
    let mut found = products(&pages(walk(Some(page.resume)), &mut store));
    found.sort_by_key(|product| product.id.clone());
    assert_eq!(
        found.iter().map(|product| count(&product.variants)).collect::<Vec<_>>(),
        [120, 300]
    );
}

#[test]
fn a_walk_that_has_gained_nothing_since_its_last_page_has_nothing_to_hand_over() {
    assert_eq!(walk(None).break_off(), None, "before its first call");
    let (page, mut store) = broken_off();
    let mut next = walk(Some(page.resume));
    let Step::Call(call) = next.next() else { panic!("no call") };
    next.absorb(store.answer(&call), NOW).unwrap();
    assert_eq!(next.break_off(), None, "the page was had before");
}

#[test]
fn a_walk_goes_on_after_it_has_handed_over_a_part() {
    let (mut run, mut store) = at_more_variants();
    let mut found = Vec::new();
    loop {
        match run.next() {
            Step::Call(call) => run.absorb(store.answer(&call), NOW).unwrap(),
            Step::Page(page) => found.push(page),
            Step::Listed(listing) => panic!("{listing:?}"),
            Step::Finished => break,
        }
        found.extend(run.break_off());
    }
    assert_eq!(ids(&found), [1, 2]);
}
