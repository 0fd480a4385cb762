use flyball_domain::{Integration, Kind};

use crate::place::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stores_of_every_vendor_are_imported_when_they_are_connected_and_then_by_their_schedules() {
    let place = Place::deployed().await;
    let mut shops = Vec::new();
    for integration in Integration::ALL {
        let name = format!("{integration}-store");
        shops.push((*integration, place.shop(&name, *integration, "1m").await));
    }
    for (_, shop) in &shops {
        for kind in Kind::ALL {
            place.imported(shop, *kind).await;
        }
    }

    // Nobody asks for these: the ticker does.
    for (_, shop) in &shops {
        let product = shop.store.truth().last().unwrap();
        shop.store.restock(&product.id, 0, 4_711).unwrap();
        shop.store.touch(&product.id).unwrap();
        let order = shop.store.true_orders().last().unwrap();
        shop.store.touch_order(&order.id).unwrap();
    }
    for (_, shop) in &shops {
        for kind in Kind::ALL {
            place.imported(shop, *kind).await;
        }
    }
}
