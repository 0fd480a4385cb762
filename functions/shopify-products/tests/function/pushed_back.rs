//! Jobs that can't run now: parked, gone from the queue, and no failures of the batch.

use flyball_accounts::AccountState;
use flyball_domain::Mode;
use flyball_governor::{LaneSpec, Stop, StopCause, StopMode};
use flyball_queue::Counts;

use crate::deployment;

const EMPTY: Counts = Counts { visible: 0, in_flight: 0, delayed: 0 };

#[tokio::test]
async fn a_job_behind_a_stop_is_parked_and_a_drain_runs_it_once_it_is_lifted() {
    let mut deployment = deployment().await;
    let shop = deployment.shop("blue-mug").await;
    let stop = Stop {
        mode: StopMode::Stop,
        reason: "stocktaking".to_owned(),
        author: "mia".to_owned(),
        until: None,
    };
    let governor = deployment.stores.governor.clone();
    governor.stop(&shop.lane, &StopCause::Account, &stop, &LaneSpec::alone(2)).await.unwrap();

    let job = shop.job(Mode::Incremental);
    let delivery = deployment.deliver_job(&job).await;
    assert_eq!(deployment.failures_of(&[&delivery]).await, [""; 0]);
    let [row] = &deployment.parked(&shop).await[..] else { panic!("one row") };
    assert!(row.requests.ids.iter().eq([&job.id.to_string()]), "{row:?}");
    assert_eq!(deployment.counts().await, EMPTY);
    assert_eq!(shop.store.counters().calls, 0, "no vendor call");
    let told = "the account is stopped by mia: stocktaking, until lifted";
    assert!(deployment.log().contains(told), "{}", deployment.log());

    let early = deployment.deliver_drain(&shop).await;
    assert_eq!(deployment.failures_of(&[&early]).await, [""; 0]);
    assert_eq!(shop.store.counters().calls, 0, "a drain obeys the stop too");
    assert_eq!(deployment.parked(&shop).await.len(), 1);

    governor.lift(&shop.lane, &StopCause::Account).await.unwrap();
    let drain = deployment.deliver_drain(&shop).await;
    assert_eq!(deployment.failures_of(&[&drain]).await, [""; 0]);
    deployment.assert_imported(&shop).await;
    assert_eq!(deployment.parked(&shop).await, []);
}

#[tokio::test]
async fn a_store_that_is_down_trips_the_lane_and_parks_the_job_without_a_failure() {
    let mut deployment = deployment().await;
    let shop = deployment.shop("blue-mug").await;
    shop.dial(&["status=503"]);
    let delivery = deployment.deliver_job(&shop.job(Mode::Incremental)).await;
    assert_eq!(deployment.failures_of(&[&delivery]).await, [""; 0]);
    let lane = deployment.lane(&shop).await;
    assert_eq!((lane.level, lane.held.len()), (1, 0));
    assert_eq!(deployment.parked(&shop).await.len(), 1);
    assert_eq!(deployment.counts().await, EMPTY);
    assert_eq!(shop.store.counters().calls, 1, "one call, and no retry");
    let [outage] = &deployment.stores.governor.outages(&shop.lane).await.unwrap()[..] else {
        panic!("one outage")
    };
    assert!(outage.why.starts_with("the store's server fails (HTTP 503)"), "{}", outage.why);
}

#[tokio::test]
async fn a_store_that_rejects_the_token_stops_the_account_until_it_is_reconnected() {
    let mut deployment = deployment().await;
    let shop = deployment.shop("blue-mug").await;
    shop.dial(&["status=401"]);
    let delivery = deployment.deliver_job(&shop.job(Mode::Incremental)).await;
    assert_eq!(deployment.failures_of(&[&delivery]).await, [""; 0]);
    let lane = deployment.lane(&shop).await;
    assert!(lane.stops.contains_key(&StopCause::Rejected), "{lane:?}");
    assert_eq!(lane.level, 0, "no outage");
    assert_eq!(deployment.stores.governor.outages(&shop.lane).await.unwrap(), []);
    let account = deployment.stores.accounts.get(&shop.account).await.unwrap();
    assert!(matches!(account.state, AccountState::Rejected { .. }), "{:?}", account.state);
    assert_eq!(deployment.parked(&shop).await.len(), 1);
    assert_eq!(deployment.counts().await, EMPTY);
    let log = deployment.log();
    assert!(!log.contains("shpat_"), "no log line holds a token: {log}");
}
