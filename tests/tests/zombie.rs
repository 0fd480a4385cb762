//! What a holder does that was frozen while somebody else took over.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails, fails its test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flyball_governor::{
    Admission, Claim, Clock, Entropy, Governor, Halt, Holder, Lane, LaneId, Policy, PushBack,
    UnixMillis,
};
use flyball_local::GOVERNOR_TABLE;
use flyball_tests::world::{World, brisk};

const SLOTS: u32 = 2;

/// A clock that a test turns.
#[derive(Clone, Debug)]
struct HandClock(Arc<AtomicU64>);

impl HandClock {
    fn at(ms: u64) -> Self {
        Self(Arc::new(AtomicU64::new(ms)))
    }

    fn pass(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::SeqCst))
    }

    fn monotonic_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Debug)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

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
        let client = world.system.engine.client(&world.system.meter).await;
        let machine = |clock: &HandClock, seed| {
            let (clock, entropy) = (Arc::new(clock.clone()), Arc::new(Counting(seed)));
            Governor::new(client.clone(), GOVERNOR_TABLE, world.policy, clock, entropy)
        };
        let frozen = machine(&frozen_clock, AtomicU64::new(0));
        let other = machine(&other_clock, AtomicU64::new(1 << 20));
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
    match governor.admit(lane, &claim, SLOTS).await.unwrap() {
        Admission::Admitted(holder) => *holder,
        Admission::Refused(refusal) => panic!("refused: {}", refusal.sentence().why),
    }
}

fn unavailable() -> PushBack {
    let why = "the store's server fails (HTTP 503)".to_owned();
    PushBack::Unavailable { first_failed: UnixMillis(1_000_000), until: None, why }
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
        let pushed_back = match self {
            Self::Release => return drop(zombie.finished().await.unwrap()),
            Self::Inconclusive => return zombie.inconclusive().await.unwrap(),
            Self::Pause => return zombie.paused(until).await.unwrap(),
            Self::Throttle => PushBack::Throttled { until: Some(until), why },
            Self::Trip => {
                PushBack::Unavailable { first_failed: UnixMillis(1), until: Some(until), why }
            }
            Self::Suspend => PushBack::Suspended { first_failed: UnixMillis(1), why },
        };
        zombie.pushed_back(&pushed_back).await.unwrap();
    }
}

/// Whoever leaves a row behind marks the lane, zombie or not: somebody looks once too often.
fn but_for_marks(lane: Lane) -> Lane {
    Lane { wake: None, marks: 0, ..lane }
}

#[tokio::test]
async fn a_zombies_late_release_renewal_and_trip_change_nothing() {
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
