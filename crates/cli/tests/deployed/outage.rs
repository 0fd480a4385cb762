use flyball_domain::{Integration, Kind};

use crate::place::Place;

/// A gate that was found shut so often is backing off.
const LEVEL: u32 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_burns_no_message_and_is_over_by_itself_when_the_vendor_is_back() {
    let place = Place::deployed().await;
    let shop = place.shop("down-store", Integration::Shopify, "1m").await;
    place.imported(&shop, Kind::Products).await;

    shop.dial(&["status=503"]);
    let product = shop.store.truth().last().unwrap();
    shop.store.restock(&product.id, 0, 4_711).unwrap();
    shop.store.touch(&product.id).unwrap();
    let lane = place.lane(&shop, "a lane that backs off", |lane| lane.level >= LEVEL).await;
    assert!(lane.down.is_some() && lane.why.as_ref().is_some_and(|why| why.contains("503")));
    // What waits, waits in the lot: no message is received again and again meanwhile.
    assert!(!place.emulated.governor.parked(&shop.lane).await.unwrap().is_empty());
    place.drained(Integration::Shopify, Kind::Products).await;

    shop.dial(&[]);
    place.imported(&shop, Kind::Products).await;
    let over = |lane: &flyball_governor::Lane| lane.level == 0 && lane.down.is_none();
    place.lane(&shop, "a lane that has recovered", over).await;
    for kind in Kind::ALL {
        let dead = place.emulated.dead_letters(Integration::Shopify, *kind).await;
        place.nothing_in(&dead).await;
    }
}
