use flyball_domain::{Integration, Kind};
use flyball_governor::{LaneSpec, Stop, StopCause, StopMode};

use crate::place::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_stopped_is_not_called_until_it_is_resumed() {
    let place = Place::deployed().await;
    let shop = place.shop("stopped-store", Integration::Bigcommerce, "1m").await;
    place.imported(&shop, Kind::Products).await;
    place.imported(&shop, Kind::Orders).await;

    let governor = &place.emulated.governor;
    let stop = Stop {
        mode: StopMode::Stop,
        reason: "a drill".to_owned(),
        author: "tester".to_owned(),
        until: None,
    };
    governor.stop(&shop.lane, &StopCause::Account, &stop, &LaneSpec::alone(2)).await.unwrap();
    place.lane(&shop, "a stop that is complete", |lane| lane.held.is_empty()).await;
    let called = shop.store.counters().calls;
    let product = shop.store.truth().last().unwrap();
    shop.store.restock(&product.id, 0, 4_711).unwrap();
    shop.store.touch(&product.id).unwrap();
    // What the schedule sends for meanwhile waits.
    place.parked(&shop).await;
    assert_eq!(shop.store.counters().calls, called);

    governor.lift(&shop.lane, &StopCause::Account).await.unwrap();
    place.imported(&shop, Kind::Products).await;
}
