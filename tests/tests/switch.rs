//! A person's switch: nothing begins once it is complete, and everything comes back when it is lifted.

use std::sync::Arc;

use flyball_governor::{LaneSpec, Stop, StopCause, StopMode, stop_is_complete};
use flyball_importer::Progress;
use flyball_tests::world::{Pages, Setup, World, brisk, differences, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switch_after_a_stop_is_complete_no_vendor_call_begins() {
    let mut policy = brisk();
    policy.look_age_ms = 300;
    let world = World::open(policy).await;
    // On this plan the budget lasts for the whole import: no job pauses.
    let setup = Setup { products: 1_200, slots: 4, ..Setup::default() };
    let shop = world.shop("blue-mug", setup).await;
    shop.dial(&["latency=300ms..400ms"]);
    let mut jobs = Vec::new();
    for range in shop.ranges(4) {
        jobs.push(world.ask(&shop, range).await);
    }
    let pages = Arc::new(Pages::default());
    let workers = world.told_workers(4, Arc::clone(&pages) as Arc<dyn Progress>);
    let _ticking = world.ticking();
    eventually("a page", async || (pages.count() >= 1).then_some(())).await;

    let governor = &world.system.stores.governor;
    let stop = Stop {
        mode: StopMode::Stop,
        reason: "stocktaking".to_owned(),
        author: "mia".to_owned(),
        until: None,
    };
    let spec = LaneSpec::alone(4);
    let written = governor.stop(&shop.lane, &StopCause::Account, &stop, &spec).await;
    let written = written.unwrap().expect("a lane");
    assert!(!written.held.is_empty(), "jobs run when the switch is flipped");
    eventually("the stop to be complete", async || {
        let current = governor.look(&shop.lane).await.unwrap()?;
        stop_is_complete(&written, &current, governor.now(), &policy).then_some(())
    })
    .await;
    shop.store.note_stop(world.now());

    let handled = workers.worked().messages;
    let again = world.ask(&shop, shop.ranges(1)[0].clone()).await;
    eventually("a job that comes meanwhile to be parked", async || {
        (workers.worked().messages > handled).then_some(())
    })
    .await;
    assert_eq!(shop.store.counters().calls_after_stop, 0);

    shop.store.note_lift(world.now());
    governor.lift(&shop.lane, &StopCause::Account).await.unwrap();
    jobs.push(again);
    world.all_settled(&shop, &jobs).await;
    let counters = shop.store.counters();
    assert_eq!((counters.calls_after_stop, counters.untagged), (0, 0));
    assert_eq!(differences(&world.system.stores.records, &shop).await, [""; 0]);
}
