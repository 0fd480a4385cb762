//! The governor's table out of reach in mid-import.

use std::sync::Arc;

use flyball_importer::Progress;
use flyball_tests::world::{Pages, Setup, World, brisk, differences, eventually, logs};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engine_stopped_in_mid_run_stops_all_calls_within_a_look_and_the_work_resumes_by_itself() {
    let logs = logs();
    let mut policy = brisk();
    policy.lease_ms = 2_000;
    policy.look_age_ms = 300;
    let world = World::open(policy).await;
    let setup = Setup { products: 600, slots: 2, ceiling_percent: 1, ..Setup::default() };
    let shop = world.shop("blue-mug", setup).await;
    shop.dial(&["latency=20ms..40ms"]);
    let mut jobs = Vec::new();
    for range in shop.ranges(2) {
        jobs.push(world.ask(&shop, range).await);
    }
    let pages = Arc::new(Pages::default());
    let workers = world.told_workers(2, Arc::clone(&pages) as Arc<dyn Progress>);
    let _ticking = world.ticking();
    eventually("some pages", async || (pages.count() >= 4).then_some(())).await;

    world.system.engine.stop().await.unwrap();
    shop.store.note_stop(world.now().plus(policy.look_age_ms));
    // Both jobs break off, come again when their leases are over, and are refused again.
    eventually("a second try of both jobs", async || {
        (workers.worked().messages >= 4).then_some(())
    })
    .await;
    let calls = shop.store.counters().calls;
    let told =
        logs.lines_with("GOVERNOR_UNREACHABLE").len() + logs.lines_with("IMPORT_NOT_HANDLED").len();
    assert!(told >= 4, "each try ends with a message: {told}");
    for line in logs.lines_with("IMPORT_NOT_HANDLED") {
        assert!(line.contains("flyball-") || line.contains("the governor's table"), "{line}");
    }
    assert!(!logs.lines_with("no lane is woken").is_empty(), "the ticker says so too");
    assert!(jobs.len() == 2 && !logs.lines_with("comes again").is_empty());

    shop.store.note_lift(world.now());
    world.system.engine.start().await.unwrap();
    world.all_settled(&shop, &jobs).await;
    let counters = shop.store.counters();
    assert_eq!(counters.calls_after_stop, 0, "no call begins later than a look's age");
    assert!(counters.calls > calls, "the rest came afterwards");
    assert!(counters.jobs_at_once_max <= 2);
    assert_eq!(differences(&world.system.stores.records, &shop).await, [""; 0]);
}
