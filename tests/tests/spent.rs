//! What an account's imports use is kept with their checkpoints: each account's own, nothing twice,
//! and of a run that dies at most what came after its last checkpoint is missing.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::sync::Arc;

use flyball_domain::{Integration, Mode};
use flyball_governor::Policy;
use flyball_importer::{Handled, Progress};
use flyball_records::Spent;
use flyball_runtime::Service;
use flyball_tests::world::{Pages, Setup, Shop, World, brisk, connectors, eventually};

/// Several pages.
const PRODUCTS: u64 = 400;

/// All that a shop's account has used.
async fn spent(world: &World, shop: &Shop) -> Spent {
    let months = world.system.stores.records.spent(&shop.account).await.unwrap();
    // A test may run over the end of a month.
    months.iter().fold(Spent::default(), |sum, (_, month)| sum.and(month))
}

/// Read units in halves and write units, as they are billed.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "halves of units are whole numbers, and few"
)]
fn billed(world: &World) -> (u64, u64) {
    let units = world.system.meter.snapshot().total(Service::DynamoDb);
    ((units.read_units * 2.0) as u64, units.write_units as u64 + units.refused)
}

async fn import(world: &World, shop: &Shop, mode: Mode) {
    let handled = world.handle_now(Integration::Shopify, &shop.job(mode)).await;
    assert_eq!(handled, Handled::Done);
}

#[tokio::test]
async fn an_import_is_written_down_as_it_is_billed() {
    let world = World::open(Policy::STANDARD).await;
    let shop = world.shop("blue-mug", Setup::default()).await;
    let (mut reads, mut writes) = billed(&world);
    let mut before = Spent::default();
    for (mode, runs) in [(Mode::Incremental, 1), (Mode::Incremental, 2), (Mode::Reconcile, 3)] {
        import(&world, &shop, mode).await;
        let after = billed(&world);
        let now = spent(&world, &shop).await;
        assert_eq!((now.runs, now.calls), (runs, shop.store.counters().calls));
        assert_eq!(now.writes - before.writes, after.1 - writes, "{now:?}");
        // What is read after a run's last checkpoint is not in it: what was set aside.
        let missing = (after.0 - reads) - (now.read_halves - before.read_halves);
        assert!(missing <= 2, "{missing} halves of a read unit");
        before = now;
        (reads, writes) = billed(&world);
    }
    assert!(before.records >= 30, "{before:?}");
}

#[tokio::test]
async fn accounts_that_import_at_the_same_time_pay_each_for_their_own() {
    let world = World::open(Policy::STANDARD).await;
    let large = world.shop("large", Setup { products: 200, ..Setup::default() }).await;
    let small = world.shop("small", Setup { products: 5, ..Setup::default() }).await;
    let (_, before) = billed(&world);
    let importer = world.importer();
    for shop in [&large, &small] {
        world.ask(shop, Mode::Incremental).await;
    }
    let (one, other) = (world.delivery().await, world.delivery().await);
    let handled = tokio::join!(importer.handle(&one), importer.handle(&other));
    assert_eq!(handled, (Handled::Done, Handled::Done));
    let (_, after) = billed(&world);
    let (large, small) = (spent(&world, &large).await, spent(&world, &small).await);
    assert_eq!((large.records, small.records), (200, 5));
    assert_eq!(large.writes + small.writes, after - before, "{large:?} {small:?}");
    assert!(large.writes > 200 && small.writes < 20, "{large:?} {small:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_run_that_dies_only_what_came_after_its_last_checkpoint_is_missing() {
    let mut policy = brisk();
    policy.lease_ms = 6_000;
    let world = World::open(policy).await;
    let setup = Setup { products: PRODUCTS, ..Setup::default() };
    let shop = world.shop("blue-mug", setup).await;
    shop.dial(&["latency=200ms"]);
    let pages = Arc::new(Pages::default());
    let told = Arc::clone(&pages) as Arc<dyn Progress>;
    let importer = world.system.importer(connectors(), told);
    let job = world.ask(&shop, Mode::Incremental).await;
    let delivery = world.delivery().await;
    let killed = tokio::select! {
        handled = importer.handle(&delivery) => Some(handled),
        () = eventually("a page", async || (pages.count() >= 1).then_some(())) => None,
    };
    assert_eq!(killed, None, "it dies in the middle");
    let told = spent(&world, &shop).await;
    assert!(told.records > 0 && told.records < PRODUCTS, "{told:?}");
    world.send(&job).await;
    let _workers = world.workers(1);
    let _ticking = world.ticking();
    world.all_settled(&shop, core::slice::from_ref(&job)).await;
    let (all, calls) = (spent(&world, &shop).await, shop.store.counters().calls);
    assert!(all.calls <= calls && calls - all.calls <= 2, "{all:?} of {calls} calls");
    assert!(all.records >= PRODUCTS, "{all:?}");
}
