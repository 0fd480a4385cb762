//! Healthy jobs for which there is no slot wait without being used up.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails, fails its test")]

use flyball_domain::{Integration, Kind};
use flyball_governor::{Admission, Holder, LaneSpec, Parked, Waiting};
use flyball_importer::Handled;
use flyball_queue::{LocalQueue, Queue as _, QueueName, Receive};
use flyball_tests::world::{Setup, Shop, World, brisk};

/// How many jobs there are.
const JOBS: usize = 12;

/// More receives than all jobs together take to be given up.
const RECEIVES_MOST: usize = 1_000;

fn dead_letters(world: &World) -> LocalQueue {
    let name = QueueName::of(Integration::Shopify, Kind::Products).dead_letter();
    world.system.local_queues.queue(name)
}

async fn given_up(world: &World) -> u64 {
    let counts = dead_letters(world).counts().await.unwrap();
    counts.visible + counts.in_flight
}

/// Somebody else has the account's only slot.
async fn occupied(world: &World, shop: &Shop) -> Holder {
    let governor = &world.system.stores.governor;
    let claim = governor.claim("another".parse().unwrap(), "products".parse().unwrap());
    match governor.admit(&shop.lane, &claim, &LaneSpec::alone(1)).await.unwrap() {
        Admission::Admitted(holder) => *holder,
        Admission::Refused(refusal) => panic!("{}", refusal.sentence().as_of(governor.now())),
    }
}

async fn shop_of(world: &World) -> Shop {
    world.shop("one-chair", Setup { products: 60, slots: 1, ..Setup::default() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn healthy_jobs_that_find_no_slot_are_received_once_and_none_is_given_up() {
    let world = World::open(brisk()).await;
    let shop = shop_of(&world).await;
    let holder = occupied(&world, &shop).await;
    let mut jobs = Vec::new();
    for range in shop.ranges(JOBS) {
        jobs.push(world.ask(&shop, range).await);
    }
    let importer = world.importer();
    for _ in 0..JOBS {
        let delivery = world.delivery().await;
        assert_eq!(delivery.receives, Some(1));
        assert_eq!(importer.handle(&delivery).await, Handled::Done);
    }
    let counts = world.queue().counts().await.unwrap();
    assert_eq!((counts.visible, counts.in_flight), (0, 0), "all of them are parked");
    assert_eq!(shop.store.counters().calls, 0);

    holder.finished().await.unwrap();
    let _workers = world.workers(2);
    let _ticking = world.ticking();
    world.all_settled(&shop, &jobs).await;
    assert_eq!(given_up(&world).await, 0);
}

#[tokio::test]
async fn a_job_for_which_the_lot_has_no_room_comes_again_later_and_is_not_used_up() {
    let world = World::open(brisk()).await;
    let shop = shop_of(&world).await;
    let _holder = occupied(&world, &shop).await;
    let governor = &world.system.stores.governor;
    for n in 0..Parked::ROWS_MAX {
        let (id, kind) = (format!("work{n:03}").parse().unwrap(), "products".parse().unwrap());
        let waiting = Waiting { id, kind, class: 1, since: governor.now() };
        governor.park(&shop.lane, &waiting, "work", "request").await.unwrap();
    }
    let range = shop.ranges(1).remove(0);
    world.ask(&shop, range).await;
    let delivery = world.delivery().await;
    assert_eq!(world.importer().handle(&delivery).await, Handled::Done);
    let counts = world.queue().counts().await.unwrap();
    assert_eq!((counts.visible, counts.in_flight, counts.delayed), (0, 0, 1));
    let rows = governor.parked(&shop.lane).await.unwrap();
    assert_eq!(rows.len(), usize::try_from(Parked::ROWS_MAX).unwrap());
}

#[tokio::test]
async fn left_to_the_queue_the_same_jobs_are_given_up_though_nothing_is_wrong_with_them() {
    let world = World::open(brisk()).await;
    let shop = shop_of(&world).await;
    let _holder = occupied(&world, &shop).await;
    for range in shop.ranges(JOBS) {
        world.ask(&shop, range).await;
    }
    let ask = Receive { messages_max: Receive::MESSAGES_MAX, visibility_ms: 0, wait_ms: 0 };
    for _ in 0..RECEIVES_MOST {
        if world.queue().receive(ask).await.unwrap().is_empty() {
            break;
        }
    }
    assert_eq!(given_up(&world).await, u64::try_from(JOBS).unwrap());
}
