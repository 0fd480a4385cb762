//! What becomes of each record of a batch.

use flyball_domain::Mode;
use flyball_queue::Counts;
use serde_json::{Value, json};

use flyball_tests::deployment::{Answer, record};

use crate::deployment;

/// Nothing is left in the queue.
const EMPTY: Counts = Counts { visible: 0, in_flight: 0, delayed: 0 };

#[tokio::test]
async fn good_records_are_imported_and_leave_the_queue() {
    let mut deployment = deployment().await;
    let shops = [deployment.shop("blue-mug").await, deployment.shop("tin-kettle").await];
    let mut deliveries = Vec::new();
    for shop in &shops {
        deliveries.push(deployment.deliver_job(&shop.job(Mode::Incremental)).await);
    }
    let failures = deployment.failures_of(&deliveries.iter().collect::<Vec<_>>()).await;
    assert_eq!(failures, [""; 0]);
    for shop in &shops {
        deployment.assert_imported(shop).await;
        assert!(deployment.lane(shop).await.held.is_empty(), "no lease outlives its job");
    }
    assert_eq!(deployment.counts().await, EMPTY);

    let again = deployment.deliver_job(&shops[0].job(Mode::Incremental)).await;
    assert_eq!(deployment.failures_of(&[&again]).await, [""; 0], "the same process goes on");
}

#[tokio::test]
async fn of_good_and_bad_records_only_the_bad_ones_come_again() {
    let mut deployment = deployment().await;
    let shop = deployment.shop("blue-mug").await;
    let unknown = "nobody-s".parse().unwrap();
    let job = shop.job(Mode::Incremental);
    let of_unknown = flyball_tests::world::new_job(&unknown, Mode::Incremental);
    let malformed = deployment.deliver(&shop.account, "{\"v\":1,\"hello\":1}").await;
    let good = deployment.deliver_job(&job).await;
    let stranger = deployment.deliver_job(&of_unknown).await;
    let no_json = deployment.deliver(&shop.account, "hello").await;

    let mut failures = deployment.failures_of(&[&malformed, &good, &stranger, &no_json]).await;
    failures.sort();
    let mut expected = [&malformed, &stranger, &no_json].map(|bad| bad.message_id.0.clone());
    expected.sort();
    assert_eq!(failures, expected);
    deployment.assert_imported(&shop).await;
    assert_eq!(deployment.counts().await, Counts { in_flight: 3, ..EMPTY }, "for the redrive");
    let log = deployment.log();
    assert!(log.contains("found no account nobody-s: connect it first"), "{log}");
    assert!(log.contains("found no message of Flyball's"), "{log}");
}

#[tokio::test]
async fn of_two_deliveries_of_one_job_one_runs_and_the_other_is_parked_and_neither_is_lost() {
    let mut deployment = deployment().await;
    let shop = deployment.shop("blue-mug").await;
    shop.dial(&["latency=800ms"]);
    let job = shop.job(Mode::Incremental);
    let (first, second) = (deployment.deliver_job(&job).await, deployment.deliver_job(&job).await);
    assert_ne!(first.message_id, second.message_id);
    assert_eq!(deployment.failures_of(&[&first, &second]).await, [""; 0]);
    deployment.assert_imported(&shop).await;
    let counters = shop.store.counters();
    assert_eq!((counters.jobs_at_once_max, counters.leases), (1, 1), "the same never runs twice");
    assert!(deployment.log().contains("the same work is running already"), "it was parked");

    // Whoever still waits for it has a drain in the queue that settles the lot.
    while deployment.counts().await.visible > 0 {
        let drain = deployment.receive().await;
        assert_eq!(deployment.failures_of(&[&drain]).await, [""; 0]);
    }
    assert_eq!(deployment.parked(&shop).await, []);
    assert_eq!(deployment.counts().await, EMPTY);
    deployment.assert_imported(&shop).await;
}

#[tokio::test]
async fn a_bad_record_without_an_id_fails_the_invocation_and_is_never_named_by_nothing() {
    let mut deployment = deployment().await;
    let shop = deployment.shop("blue-mug").await;
    for id in [json!(null), json!("")] {
        let bad = deployment.deliver(&shop.account, "hello").await;
        let good = deployment.deliver_job(&shop.job(Mode::Incremental)).await;
        let mut nameless = record(&bad);
        nameless["messageId"] = id.clone();
        let answer = deployment.invoke(&[nameless, record(&good)]).await;
        let Answer::Error(error) = &answer else { panic!("{id}: {answer:?}") };
        let told = error["errorMessage"].as_str().unwrap();
        assert_eq!(told, "found a message without an id that could not be handled");
    }
    // What was dealt with does not come again, though the whole batch is said to have failed.
    deployment.assert_imported(&shop).await;
    assert_eq!(deployment.counts().await, Counts { in_flight: 2, ..EMPTY });
}

#[tokio::test]
async fn a_good_record_without_an_id_is_dealt_with_like_any_other() {
    let mut deployment = deployment().await;
    let shop = deployment.shop("blue-mug").await;
    let good = deployment.deliver_job(&shop.job(Mode::Incremental)).await;
    let mut nameless = record(&good);
    nameless.as_object_mut().unwrap().remove("messageId");
    let answer = deployment.invoke(&[nameless]).await;
    assert_eq!(answer, Answer::Response(json!({"batchItemFailures": []})));
    deployment.assert_imported(&shop).await;
}

#[tokio::test]
async fn a_record_without_a_body_or_a_receipt_comes_again() {
    let mut deployment = deployment().await;
    let shop = deployment.shop("blue-mug").await;
    let mut records: Vec<Value> = Vec::new();
    for part in ["body", "receiptHandle"] {
        let delivery = deployment.deliver_job(&shop.job(Mode::Incremental)).await;
        let mut lacking = record(&delivery);
        lacking.as_object_mut().unwrap().remove(part);
        records.push(lacking);
    }
    let answer = deployment.invoke(&records).await;
    let Answer::Response(response) = &answer else { panic!("{answer:?}") };
    assert_eq!(response["batchItemFailures"].as_array().unwrap().len(), 2);
    assert_eq!(shop.store.counters().calls, 0);
}

#[tokio::test]
async fn a_message_of_a_newer_version_is_left_for_newer_code() {
    let mut deployment = deployment().await;
    let shop = deployment.shop("blue-mug").await;
    let newer = r#"{"v":9,"account":"blue-mug","what":"nobody knows yet"}"#;
    let newer = deployment.deliver(&shop.account, newer).await;
    let good = deployment.deliver_job(&shop.job(Mode::Incremental)).await;
    assert_eq!(deployment.failures_of(&[&newer, &good]).await, [""; 0]);
    deployment.assert_imported(&shop).await;
    assert_eq!(deployment.counts().await, Counts { delayed: 1, ..EMPTY }, "a copy, put aside");
}
