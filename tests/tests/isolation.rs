//! What one account does or suffers is no other account's concern.

use flyball_domain::Mode;
use flyball_tests::world::{Setup, World, brisk, differences, eventually};

/// How many jobs the noisy account asks for.
const FLOOD: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn isolation_one_accounts_flood_and_failure_do_not_slow_another() {
    let world = World::open(brisk()).await;
    let noisy = world.shop("loud-drum", Setup { products: 120, ..Setup::default() }).await;
    noisy.dial(&["outage"]);
    let quiet = world.shop("soft-felt", Setup { products: 40, ..Setup::default() }).await;
    let alone = world.shop("lone-pine", Setup { products: 40, ..Setup::default() }).await;
    for range in noisy.ranges(FLOOD) {
        world.ask(&noisy, range).await;
    }
    let job = world.ask(&quiet, Mode::Incremental).await;

    let workers = world.workers(2);
    let _ticking = world.ticking();
    eventually("the quiet account's import", async || world.is_finished(&job).await.then_some(()))
        .await;
    let handled = workers.worked().messages;
    assert!(handled >= 2, "{handled} messages were handled");
    let governor = &world.system.stores.governor;
    assert!(!governor.parked(&noisy.lane).await.unwrap().is_empty(), "the other is still down");
    let noisy_calls = noisy.store.counters().calls;
    assert!(noisy_calls < 60, "{noisy_calls} calls to a store that is down");

    let lane = world.lane(&quiet).await;
    assert_eq!((lane.generation, lane.level, lane.slow, lane.fence), (0, 0, 0, 1));
    assert_eq!(differences(&world.system.stores.records, &quiet).await, [""; 0]);
    let again = world.ask(&alone, Mode::Incremental).await;
    eventually("the same import alone", async || world.is_finished(&again).await.then_some(()))
        .await;
    let calls = |shop: &flyball_tests::world::Shop| shop.store.counters().calls;
    assert_eq!(calls(&quiet), calls(&alone), "it costs what it costs alone");

    noisy.dial(&[]);
    eventually("the noisy account's lot to run empty", async || {
        governor.parked(&noisy.lane).await.unwrap().is_empty().then_some(())
    })
    .await;
}
