//! However many workers there are, an account's limit holds, and what fails at once counts once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use flyball_connector::{Call, CallTag, Connector, Failure, Plan, PlanError, Walk};
use flyball_domain::{Integration, Mode};
use flyball_governor::{Policy, Standing, UnixMillis, standing};
use flyball_importer::{Connectors, Silent, connect_with};
use flyball_tests::world::{
    Counting, Draw, OffClock, Setup, World, brisk, connectors, differences, eventually,
};
use secrecy::SecretString;
use tokio::sync::Barrier;

const WORKERS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn bound_sixteen_workers_hammering_one_account_never_exceed_its_limit() {
    let world = World::open(brisk()).await;
    let setup = Setup { products: 240, slots: 2, ..Setup::default() };
    let shop = world.shop("blue-mug", setup).await;
    shop.dial(&["latency=5ms..30ms"]);
    let records = shop.store.truth().step_by(12).map(|product| Mode::Record { id: product.id });
    let modes: Vec<Mode> = shop.ranges(20).into_iter().chain(records).collect();
    let mut jobs = Vec::new();
    for mode in modes {
        jobs.push(world.ask(&shop, mode).await);
    }
    assert_eq!(jobs.len(), 40);

    let _workers = world.workers(WORKERS);
    let _ticking = world.ticking();
    world.all_settled(&shop, &jobs).await;

    assert_eq!(differences(&world.system.stores.records, &shop).await, [""; 0]);
    let counters = shop.store.counters();
    assert_eq!(counters.jobs_at_once_max, 2);
    assert_eq!(counters.untagged, 0);
    let lane = world.lane(&shop).await;
    assert_eq!((lane.limit, lane.level, lane.slow), (2, 0, 0));
}

/// How far a worker's clock is off, at most.
const OFF_MS_MAX: u64 = 4_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_whose_clocks_are_four_seconds_off_never_exceed_the_limit() {
    let mut draw = Draw::start(20_261_122);
    let mut policy = Policy::STANDARD;
    // Short leases, so that the clocks matter soon.
    (policy.lease_ms, policy.probe_lease_ms) = (15_000, 15_000);
    let world = World::open(policy).await;
    let setup = Setup { products: 24, slots: 2, seed: draw.below(1 << 32), ..Setup::default() };
    let shop = world.shop("blue-mug", setup).await;
    // What half a lease leaves to a call, less the allowance, is a little longer.
    shop.dial(&["latency=100ms..2s"]);
    let mut jobs = Vec::new();
    for range in shop.ranges(12) {
        jobs.push(world.ask(&shop, range).await);
    }

    let drawn: Vec<u64> = (0..4).map(|_worker| draw.below(2 * OFF_MS_MAX + 1)).collect();
    let mut workers = Vec::new();
    for (number, ahead) in (0..).zip([0, 2 * OFF_MS_MAX].into_iter().chain(drawn)) {
        let off_ms = i64::try_from(ahead).unwrap() - i64::try_from(OFF_MS_MAX).unwrap();
        let (clock, entropy) = (Arc::new(OffClock::by(off_ms)), Counting::from(number << 32));
        let governor = world.governor_of(clock, Arc::new(entropy)).await;
        let importer = world.importer_of(governor, connectors(), Arc::new(Silent));
        workers.push(world.workers_of(importer, 1));
    }
    let _ticking = world.ticking();
    world.all_settled(&shop, &jobs).await;
    assert_eq!(differences(&world.system.stores.records, &shop).await, [""; 0]);
    assert_eq!(shop.store.counters().jobs_at_once_max, 2);
}

/// Ways to the stores on which the first calls wait until all of them have begun.
fn all_at_once(calls: usize) -> Arc<dyn Connectors> {
    let (begun, barrier) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(calls)));
    let inner = connectors();
    connect_with(Integration::Shopify, move |account, token: &SecretString| {
        let (begun, barrier) = (Arc::clone(&begun), Arc::clone(&barrier));
        Ok(Arc::new(AtOnce { inner: inner.connect(account, token)?, begun, barrier, calls }))
    })
}

struct AtOnce {
    inner: Arc<dyn Connector>,
    begun: Arc<AtomicUsize>,
    barrier: Arc<Barrier>,
    calls: usize,
}

#[async_trait]
impl Connector for AtOnce {
    fn integration(&self) -> Integration {
        self.inner.integration()
    }

    fn walk(&self, plan: &Plan) -> Result<Box<dyn Walk>, PlanError> {
        self.inner.walk(plan)
    }

    async fn send(
        &self,
        call: &Call,
        tag: &CallTag,
        timeout_ms: u64,
    ) -> Result<http::Response<Vec<u8>>, Failure> {
        if self.begun.fetch_add(1, Ordering::SeqCst) < self.calls {
            self.barrier.wait().await;
        }
        self.inner.send(call, tag, timeout_ms).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_step_of_backoff_for_sixteen_simultaneous_failures() {
    let mut policy = Policy::STANDARD;
    policy.gate_base_ms = 600_000;
    let world = World::open(policy).await;
    let setup = Setup { products: 64, slots: 16, ..Setup::default() };
    let shop = world.shop("blue-mug", setup).await;
    shop.dial(&["outage"]);
    let mut jobs = Vec::new();
    for mode in shop.ranges(WORKERS) {
        jobs.push(world.ask(&shop, mode).await);
    }
    let before = world.now();

    let importer = world.system.importer(all_at_once(WORKERS), Arc::new(Silent));
    let _workers = world.workers_of(importer, WORKERS);
    let lane = eventually("the end of all sixteen", async || {
        let counts = world.queue().counts().await.unwrap();
        let lane = world.system.stores.governor.look(&shop.lane).await.unwrap()?;
        (counts.visible + counts.in_flight == 0 && lane.held.is_empty()).then_some(lane)
    })
    .await;

    assert_eq!(shop.store.counters().calls, 16, "each failed once, in the same generation");
    assert_eq!((lane.level, lane.generation), (1, 1));
    assert_eq!((lane.limit, lane.good), (1, 16));
    let gate = lane.shut.since(UnixMillis(before.0));
    assert!(gate >= policy.gate_base_ms / 2 && gate <= policy.gate_base_ms + 60_000, "{gate} ms");

    let governor = &world.system.stores.governor;
    assert_eq!(governor.parked(&shop.lane).await.unwrap().len(), 16, "none is lost");
    let outages = governor.outages(&shop.lane).await.unwrap();
    assert_eq!(outages.len(), 1);
    assert_eq!((Some(outages[0].down), outages[0].up), (lane.down, None));
    let (standing, sentences) = standing(&lane, governor.now());
    assert_eq!(standing, Standing::Down);
    assert!(sentences[0].why.starts_with("the vendor is down ("), "{}", sentences[0].why);
}
