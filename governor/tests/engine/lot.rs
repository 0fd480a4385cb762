//! The parking lot and its bound.

use flyball_governor::{GovernorError, LeaseId, Parked, Policy, Requests};

use crate::support::{Bench, bench, lane_id, waits};

async fn park(bench: &Bench, id: &str, request: &str) -> Result<(), GovernorError> {
    let (id, kind) = (id.parse().unwrap(), "products".parse().unwrap());
    bench.governor.park(&lane_id(), &waits(&bench.governor, &id, &kind), "work", request).await?;
    Ok(())
}

async fn ids(bench: &Bench) -> Vec<String> {
    let rows = bench.governor.parked(&lane_id()).await.unwrap();
    rows.iter().map(|row| row.id.to_string()).collect()
}

#[tokio::test]
async fn a_full_lot_refuses_what_does_not_join_and_says_why() {
    let bench = bench(Policy::STANDARD).await;
    let mut all: Vec<String> = (0..Parked::ROWS_MAX).map(|n| format!("work{n:03}")).collect();
    for id in &all {
        bench.clock.advance(1);
        park(&bench, id, "request").await.unwrap();
    }
    assert_eq!(ids(&bench).await, all, "oldest first");

    let refused = park(&bench, "onemore", "request").await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the lot of lane blue-mug holds 200 pieces of work already, the most that may wait: ask \
         again when it has shrunk"
    );
    assert_eq!(ids(&bench).await, all, "what was refused is not there");
    park(&bench, "work007", "joins").await.unwrap();

    let (id, kind): (LeaseId, _) = ("admitted".parse().unwrap(), "products".parse().unwrap());
    bench.clock.advance(1);
    bench
        .governor
        .park_admitted(&lane_id(), &waits(&bench.governor, &id, &kind), "work", "request")
        .await
        .unwrap();
    all.push("admitted".to_owned());
    assert_eq!(ids(&bench).await, all, "what runs already comes back");

    let joined = bench.governor.parked_row(&lane_id(), &"work007".parse().unwrap()).await;
    let requests = joined.unwrap().unwrap().requests;
    bench.governor.unpark(&lane_id(), &"work007".parse().unwrap(), &requests).await.unwrap();
    bench.governor.unpark(&lane_id(), &id, &Requests::one("request")).await.unwrap();
    park(&bench, "onemore", "request").await.unwrap();
}

#[tokio::test]
async fn rows_of_more_than_one_page_are_all_read_and_counted() {
    // DynamoDB ends a page at 1 MB.
    const ROWS: usize = 40;
    let bench = bench(Policy::STANDARD).await;
    let (lane, kind, long) = (lane_id(), "products".parse().unwrap(), "w".repeat(60_000));
    assert!(!bench.governor.has_parked(&lane).await.unwrap());
    for n in 0..ROWS {
        let id = format!("work{n:02}").parse().unwrap();
        bench
            .governor
            .park(&lane, &waits(&bench.governor, &id, &kind), &long, "request")
            .await
            .unwrap();
    }
    bench.sent.take();
    let rows = bench.governor.parked(&lane).await.unwrap();
    assert_eq!(rows.len(), ROWS);
    assert!(bench.sent.take() > 1, "several pages");
    assert!(bench.governor.has_parked(&lane).await.unwrap());
}

#[tokio::test]
async fn a_cover_takes_the_latest_request_with_it_and_leaves_those_it_does_not_name() {
    let bench = bench(Policy::STANDARD).await;
    let all: Vec<String> = (0..=Requests::IDS_MAX).map(|n| format!("request-{n:02}")).collect();
    for request in &all {
        park(&bench, "work", request).await.unwrap();
    }
    let id = "work".parse().unwrap();
    let row = async || bench.governor.parked_row(&lane_id(), &id).await.unwrap();
    let full = row().await.unwrap().requests;
    assert_eq!((full.ids.len(), full.latest.as_ref()), (Requests::IDS_MAX, all.last()));
    let mut cover = full;
    let uncovered = cover.ids.pop_first().unwrap();
    bench.governor.unpark(&lane_id(), &id, &cover).await.unwrap();
    assert_eq!(row().await.unwrap().requests, Requests::one(&uncovered));
    assert!(bench.governor.has_parked(&lane_id()).await.unwrap());
    bench.governor.unpark(&lane_id(), &id, &Requests::one(&uncovered)).await.unwrap();
    assert!(!bench.governor.has_parked(&lane_id()).await.unwrap());
    assert_eq!(row().await, None);
}

#[tokio::test]
async fn a_row_that_may_not_be_there_or_not_be_gone_is_an_error() {
    let bench = bench(Policy::STANDARD).await;
    bench.sent.cut();
    park(&bench, "work", "request").await.unwrap_err();
    let id = "work".parse().unwrap();
    bench.governor.unpark(&lane_id(), &id, &Requests::one("request")).await.unwrap_err();
    bench.governor.has_parked(&lane_id()).await.unwrap_err();
}
