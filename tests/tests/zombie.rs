//! What a holder does that was frozen while somebody else took over.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails, fails its test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use flyball_connector::{Call, CallTag, Connector, Failure, Plan, PlanError, Walk};
use flyball_domain::{Integration, Job};
use flyball_governor::{
    Admission, Claim, FailedCall, Governor, Halt, Holder, Lane, LaneId, LaneSpec, Policy, PushBack,
    UnixMillis,
};
use flyball_importer::{Connectors, Handled, Progress, ProgressReport, connect_with};
use flyball_tests::world::{Counting, HandClock, Setup, World, brisk, connectors, differences};
use secrecy::SecretString;
use tokio::sync::Semaphore;

const SLOTS: u32 = 2;

/// Two machines on one table, each with its own clock.
struct Machines {
    _world: World,
    policy: Policy,
    frozen: Governor,
    frozen_clock: HandClock,
    other: Governor,
    other_clock: HandClock,
}

impl Machines {
    async fn start() -> Self {
        let world = World::open(brisk()).await;
        let (frozen_clock, other_clock) = (HandClock::at(1_000_000), HandClock::at(1_000_000));
        let machine = |clock: &HandClock, first| {
            world.governor_of(Arc::new(clock.clone()), Arc::new(Counting::from(first)))
        };
        let frozen = machine(&frozen_clock, 0).await;
        let other = machine(&other_clock, 1 << 20).await;
        let policy = world.policy;
        Self { _world: world, policy, frozen, frozen_clock, other, other_clock }
    }

    /// A holder that stood still until its lease was over and another had taken its work over, and
    /// that has now come to itself.
    async fn zombie(&self, lane: &LaneId) -> (Holder, Holder) {
        let zombie = admitted(&self.frozen, lane).await;
        self.other_clock.pass(self.policy.lease_ms + self.policy.skew_ms + 1);
        let successor = admitted(&self.other, lane).await;
        assert_eq!(zombie.lease().claim.id, successor.lease().claim.id, "the same work");
        assert!(zombie.lease().fence < successor.lease().fence);
        (zombie, successor)
    }

    /// The same with the probe's seat.
    async fn zombie_probe(&self, lane: &LaneId) -> (Holder, Holder) {
        let first = admitted(&self.frozen, lane).await;
        first.pushed_back(&unavailable()).await.unwrap();
        for clock in [&self.frozen_clock, &self.other_clock] {
            clock.pass(self.policy.gate_ceiling_ms);
        }
        self.zombie(lane).await
    }

    async fn look(&self, lane: &LaneId) -> Lane {
        self.other.look(lane).await.unwrap().unwrap()
    }
}

async fn admitted(governor: &Governor, lane: &LaneId) -> Holder {
    let claim: Claim = governor.claim("work1".parse().unwrap(), "products".parse().unwrap());
    match governor.admit(lane, &claim, &LaneSpec::alone(SLOTS)).await.unwrap() {
        Admission::Admitted(holder) => *holder,
        Admission::Refused(refusal) => panic!("refused: {}", refusal.sentence().why),
    }
}

fn unavailable() -> PushBack {
    let why = "the store's server fails (HTTP 503)";
    let call = FailedCall::new(UnixMillis(1_000_000), "server_error", why);
    PushBack::Unavailable { call, until: None }
}

/// The ways in which a late holder may end.
#[derive(Clone, Copy, Debug)]
enum End {
    Release,
    Inconclusive,
    Pause,
    Throttle,
    Trip,
    Suspend,
}

impl End {
    const ALL: [Self; 6] =
        [Self::Release, Self::Inconclusive, Self::Pause, Self::Throttle, Self::Trip, Self::Suspend];

    async fn come(self, zombie: Holder) {
        let (why, until) = ("late".to_owned(), UnixMillis(9_000_000));
        let call = FailedCall::new(UnixMillis(1), "server_error", &why);
        let pushed_back = match self {
            Self::Release => return drop(zombie.finished().await.unwrap()),
            Self::Inconclusive => return drop(zombie.inconclusive().await.unwrap()),
            Self::Pause => return drop(zombie.paused(until).await.unwrap()),
            Self::Throttle => PushBack::Throttled { until: Some(until), why },
            Self::Trip => PushBack::Unavailable { call, until: Some(until) },
            Self::Suspend => PushBack::Suspended { call },
        };
        zombie.pushed_back(&pushed_back).await.unwrap();
    }
}

/// Whoever leaves a row behind marks the lane, zombie or not: somebody looks once too often.
fn but_for_marks(lane: Lane) -> Lane {
    Lane { wake: None, marks: 0, ..lane }
}

#[tokio::test]
async fn fence_a_zombies_late_release_renewal_and_trip_change_nothing() {
    let machines = Machines::start().await;
    for (number, end) in End::ALL.into_iter().enumerate() {
        let lane = format!("blue-mug-{number}").parse().unwrap();
        let (zombie, mut successor) = machines.zombie(&lane).await;
        let before = machines.look(&lane).await;
        end.come(zombie).await;
        let after = machines.look(&lane).await;
        assert_eq!(but_for_marks(after), but_for_marks(before), "{end:?}");
        assert_eq!(machines.other.outages(&lane).await.unwrap(), [], "{end:?}");
        successor.leave().await.expect("its successor goes on");
    }
}

#[tokio::test]
async fn a_zombies_late_renewal_is_refused_and_no_call_is_begun() {
    let machines = Machines::start().await;
    let lane = "blue-mug".parse().unwrap();
    let (mut zombie, _successor) = machines.zombie(&lane).await;
    let before = machines.look(&lane).await;
    // Its clock is right again, so that what it asks for would outlast its successor's lease.
    machines.frozen_clock.pass(machines.policy.lease_ms + machines.policy.skew_ms + 2);
    let halt = zombie.leave().await.expect_err("no leave");
    assert!(matches!(halt, Halt::Lost), "{halt:?}");
    assert_eq!(machines.look(&lane).await, before);
}

#[tokio::test]
async fn a_zombie_probe_neither_recovers_nor_trips_the_lane() {
    let machines = Machines::start().await;
    for (number, end) in End::ALL.into_iter().enumerate() {
        let lane = format!("tin-kettle-{number}").parse().unwrap();
        let (mut zombie, mut successor) = machines.zombie_probe(&lane).await;
        let before = machines.look(&lane).await;
        assert_eq!(before.level, 1);
        zombie.succeeded().await.unwrap();
        end.come(zombie).await;
        let after = machines.look(&lane).await;
        assert_eq!(but_for_marks(after), but_for_marks(before), "{end:?}");

        successor.succeeded().await.unwrap();
        let recovered = machines.look(&lane).await;
        assert_eq!((recovered.level, recovered.probe), (0, None), "{end:?}");
    }
}

/// Where a run stands still before its next call, once it has stored some pages.
#[derive(Debug)]
struct Turnstile {
    /// Pages that are still to be stored.
    left: AtomicU64,
    arrived: Semaphore,
    through: Semaphore,
}

impl Turnstile {
    fn after(pages: u64) -> Arc<Self> {
        let (arrived, through) = (Semaphore::new(0), Semaphore::new(0));
        Arc::new(Self { left: AtomicU64::new(pages), arrived, through })
    }

    async fn arrival(&self) {
        self.arrived.acquire().await.unwrap().forget();
    }

    fn open(&self) {
        self.through.add_permits(Semaphore::MAX_PERMITS);
    }

    async fn pass(&self) {
        if self.left.load(Ordering::SeqCst) == 0 {
            self.arrived.add_permits(1);
            drop(self.through.acquire().await.unwrap());
        }
    }
}

impl Progress for Turnstile {
    fn page(&self, _: &ProgressReport) {
        let less = |left: u64| Some(left.saturating_sub(1));
        self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).unwrap();
    }

    fn ended(&self, _: &Job, _: flyball_importer::End) {}
}

/// Ways to a store with a turnstile before it.
fn halting(turnstile: &Arc<Turnstile>) -> Arc<dyn Connectors> {
    let (inner, turnstile) = (connectors(), Arc::clone(turnstile));
    connect_with(Integration::Shopify, move |account, token: &SecretString| {
        let turnstile = Arc::clone(&turnstile);
        Ok(Arc::new(Halting { inner: inner.connect(account, token)?, turnstile }))
    })
}

struct Halting {
    inner: Arc<dyn Connector>,
    turnstile: Arc<Turnstile>,
}

#[async_trait]
impl Connector for Halting {
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
        self.turnstile.pass().await;
        self.inner.send(call, tag, timeout_ms).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zombie_moves_no_checkpoint_even_before_its_successor_has_saved_one() {
    let world = World::open(brisk()).await;
    let shop = world.shop("blue-mug", Setup { products: 400, ..Setup::default() }).await;
    let whole = shop.ranges(1).remove(0);
    let job = shop.job(whole);
    for _delivered_twice in 0..2 {
        world.send(&job).await;
    }
    let clocks = [world.now().0, world.now().0 + world.policy.lease_ms + world.policy.skew_ms + 1];
    // The zombie stores a page before it freezes; its successor has read where it is to go on.
    let turnstiles = [Turnstile::after(1), Turnstile::after(0)];
    let mut runs = Vec::new();
    for (first, (clock, turnstile)) in (0..).zip(clocks.into_iter().zip(&turnstiles)) {
        let clock = Arc::new(HandClock::at(clock));
        let governor = world.governor_of(clock, Arc::new(Counting::from(first << 20))).await;
        let progress = Arc::clone(turnstile) as Arc<dyn Progress>;
        let importer = world.importer_of(governor, halting(turnstile), progress);
        let delivery = world.delivery().await;
        runs.push(tokio::spawn(async move { importer.handle(&delivery).await }));
        turnstile.arrival().await;
    }
    let records = &world.system.stores.records;
    let before = records.load_checkpoint(&job.key()).await.unwrap();
    assert_eq!(before.as_ref().unwrap().walk.as_ref().unwrap().pages, 1);

    turnstiles[0].open();
    let zombie = runs.remove(0).await.unwrap();
    let overtaken = Handled::Again("another run has taken this job over".to_owned());
    assert_eq!(zombie, overtaken);
    assert_eq!(records.load_checkpoint(&job.key()).await.unwrap(), before, "moved by a zombie");

    turnstiles[1].open();
    assert_eq!(runs.remove(0).await.unwrap(), Handled::Done);
    assert!(world.is_finished(&job).await);
    assert_eq!(differences(records, &shop).await, [""; 0]);
}
