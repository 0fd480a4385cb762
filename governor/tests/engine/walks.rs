//! Walks over many lanes in pages: those that wait, and those with something in their lots.

use std::collections::BTreeSet;

use flyball_governor::{LaneId, LaneSpec, Parked, Policy, WakeCursor};

use crate::support::{Bench, bench, waits};

/// More lanes than a page holds.
const LANES: u32 = 50;
const PAGE: u16 = 3;

fn lane(n: u32) -> LaneId {
    format!("lane-{n}").parse().unwrap()
}

async fn marked(bench: &Bench) {
    for n in 0..LANES {
        bench.governor.mark(&lane(n), &LaneSpec::alone(1)).await.unwrap();
        bench.clock.advance(1);
    }
}

#[tokio::test]
async fn every_lane_that_waits_is_met_once_in_pages_whose_place_survives_as_text() {
    let bench = bench(Policy::STANDARD).await;
    let began = bench.governor.now();
    marked(&bench).await;
    let (mut met, mut place, mut pages) = (Vec::new(), Some(WakeCursor::default()), 0);
    while let Some(at) = place {
        let at = WakeCursor::parse(&at.to_string());
        // The first lane's look is at the beginning itself, and not after it.
        let page = bench.governor.waiting_lanes(began, &at, PAGE).await.unwrap();
        assert!(page.lanes.len() <= usize::from(PAGE));
        assert!(page.lanes.is_sorted_by_key(|(_, wake)| *wake), "the soonest first");
        met.extend(page.lanes.into_iter().map(|(lane, _)| lane));
        (place, pages) = (page.next, pages + 1);
    }
    let all: BTreeSet<LaneId> = (1..LANES).map(lane).collect();
    assert_eq!((met.len(), met.into_iter().collect::<BTreeSet<_>>()), (all.len(), all));
    assert!(pages > 16, "each part of the index, and some in pieces: {pages}");
}

#[tokio::test]
async fn a_place_that_cannot_be_read_is_the_beginning() {
    for text in ["", "x", "16", "99 1 a", "3 x a", "3 1", "3 1 A", "-1"] {
        assert_eq!(WakeCursor::parse(text), WakeCursor::default(), "{text:?}");
    }
    for text in ["0", "15", "3 1790000000000 blue-mug"] {
        assert_eq!(WakeCursor::parse(text).to_string(), text);
    }
}

#[tokio::test]
async fn every_lot_with_rows_of_that_age_is_met_in_bounded_pages_and_no_other() {
    let bench = bench(Policy::STANDARD).await;
    marked(&bench).await;
    let (id, kind) = ("work".parse().unwrap(), "products".parse().unwrap());
    let governor = &bench.governor;
    for n in 0..6 {
        let waiting = waits(governor, &id, &kind);
        governor.park(&lane(n), &waiting, "work", "request").await.unwrap();
        bench.clock.advance(1);
    }
    let since = governor.now().minus(5)..=governor.now().minus(2);
    let (mut met, mut place, mut pages) = (BTreeSet::new(), None, 0);
    loop {
        let page = governor.lots(since.clone(), place.as_deref(), 10).await.unwrap();
        met.extend(page.lanes);
        pages += 1;
        let Some(next) = page.next else { break };
        place = Some(next);
    }
    assert_eq!(met, (1..5).map(lane).collect(), "the last is too young, and the first too old");
    assert!(pages > 5, "of {LANES} lanes and 6 rows: {pages}");
    let again = governor.lots(since, Some("no place"), 1_000).await.unwrap();
    assert_eq!((again.lanes, again.next), (met, None), "a lost place begins anew");
    let rows = governor.parked(&lane(0)).await.unwrap();
    assert!(matches!(&rows[..], [Parked { .. }]));
}
