use flyball_domain::{Integration, Kind};

use crate::place::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_stopped_over_the_api_is_not_called_until_it_is_resumed() {
    let place = Place::deployed().await;
    let shop = place.shop("stopped-store", Integration::Bigcommerce, "1m").await;
    place.imported(&shop, Kind::Products).await;
    place.imported(&shop, Kind::Orders).await;

    let stop = ["stop", "account:stopped-store", "--reason", "a drill"];
    let stopped = place.at_api(&stop).await;
    assert_eq!((&stopped["complete"], &stopped["audited"]), (&true.into(), &true.into()));
    let called = shop.store.counters().calls;
    assert_eq!(stopped["by"], place.emulated.bearer(), "whom the authorizer knows: {stopped}");
    let product = shop.store.truth().last().unwrap();
    shop.store.restock(&product.id, 0, 4_711).unwrap();
    shop.store.touch(&product.id).unwrap();
    // What the schedule sends for meanwhile waits.
    place.parked(&shop).await;
    let why = place.at_api(&["why", "stopped-store"]).await;
    assert_eq!(why["state"], "stopped", "{why}");
    assert_eq!(shop.store.counters().calls, called);

    let resumed = place.at_api(&["resume", "account:stopped-store"]).await;
    assert_eq!(resumed["lifted"], true, "{resumed}");
    place.imported(&shop, Kind::Products).await;
}
