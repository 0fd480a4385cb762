use flyball_domain::{Integration, Kind, Message, Mode};
use flyball_queue::{Outgoing, Queue as _, Receive};

use crate::place::Place;

/// Long enough to send one message and to delete another.
const VISIBILITY_MS: u64 = 60_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_that_is_sent_back_is_done() {
    let place = Place::deployed().await;
    let shop = place.shop("late-store", Integration::Magento, "7d").await;
    place.imported(&shop, Kind::Products).await;
    let product = shop.store.truth().last().unwrap();
    shop.store.restock(&product.id, 0, 4_711).unwrap();
    shop.store.touch(&product.id).unwrap();

    // No schedule asks for it within the test: only the dead letter does.
    let job = shop.job_of(Kind::Products, Mode::Record { id: product.id });
    let text = Message::Import(job).to_text();
    let dead = place.emulated.dead_letters(Integration::Magento, Kind::Products).await;
    dead.send(&Outgoing::new(&*text, shop.account.clone()).unwrap()).await.unwrap();

    // The emulator has no tasks that move messages: this is what such a task does.
    let ask = Receive { messages_max: 1, visibility_ms: VISIBILITY_MS, wait_ms: 0 };
    let letter = dead.receive(ask).await.unwrap().pop().unwrap();
    assert_eq!(letter.body, text);
    let queue = place.emulated.queue(Integration::Magento, Kind::Products).await;
    queue.send(&Outgoing::new(letter.body, shop.account.clone()).unwrap()).await.unwrap();
    dead.delete(&letter.receipt).await.unwrap();

    place.imported(&shop, Kind::Products).await;
    place.nothing_in(&dead).await;
}
