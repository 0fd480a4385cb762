//! A process: from its start until it dies, with a clock and randomness of its own.

use core::future::{Future, pending};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flyball_governor::{Clock, Entropy, UnixMillis};
use tokio::sync::Notify;

use super::trouble::Trouble;
use super::world::World;

/// How far a clock is off at most, to either side: two of them differ by the allowance at most.
const CLOCK_OFF_MS: u64 = 2_500;

/// How many awaits a process has at most that is to die.
const AWAITS_MAX: u64 = 150;

/// A process.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) name: String,
    pub(super) world: Arc<World>,
    /// How far its clock is ahead of one that is [`CLOCK_OFF_MS`] late.
    ahead_ms: u64,
    /// Awaits until it dies; `u64::MAX` for never.
    left: AtomicU64,
    died: Notify,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// By itself.
    Ended,
    /// In the middle of whatever it did.
    Died,
}

impl Life {
    /// A process that may die.
    pub(super) fn begin(name: String, world: &Arc<World>) -> Arc<Self> {
        let dies = world.threatens(Trouble::Crash);
        let left = if dies { world.below(AWAITS_MAX).saturating_add(1) } else { u64::MAX };
        Arc::new(Self {
            name,
            world: Arc::clone(world),
            ahead_ms: world.below(CLOCK_OFF_MS.saturating_mul(2).saturating_add(1)),
            left: AtomicU64::new(left),
            died: Notify::new(),
        })
    }

    /// A process outside the system, which never dies and has the right time.
    pub(super) fn outside(name: &str, world: &Arc<World>) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            world: Arc::clone(world),
            ahead_ms: CLOCK_OFF_MS,
            left: AtomicU64::new(u64::MAX),
            died: Notify::new(),
        })
    }

    /// An await of the process's, at which it may die: then nothing comes after it.
    pub(super) async fn step(&self) {
        if self.world.is_calm() {
            return;
        }
        let left = self.left.load(Ordering::Relaxed);
        if left == u64::MAX {
            return;
        }
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 {
            self.world.count(Trouble::Crash);
            self.world.tell(&self.name, "dies");
            self.died.notify_one();
            pending::<()>().await;
        }
    }

    /// In a world in which processes die, this one does so at its next await.
    pub(super) fn is_at_its_end(&self) {
        if self.world.has(Trouble::Crash) {
            self.left.store(0, Ordering::Relaxed);
        }
    }

    /// Runs what the process does until it is done or dies.
    pub(super) async fn live(&self, work: impl Future<Output = ()>) -> Over {
        tokio::select! {
            biased;
            () = self.died.notified() => Over::Died,
            () = work => Over::Ended,
        }
    }

    pub(super) fn tell(&self, what: impl core::fmt::Display) {
        self.world.tell(&self.name, what);
    }
}

/// A process's clock, which is off.
#[derive(Clone, Debug)]
pub(super) struct LifeClock(pub(super) Arc<Life>);

impl Clock for LifeClock {
    fn now(&self) -> UnixMillis {
        self.0.world.now().plus(self.0.ahead_ms).minus(CLOCK_OFF_MS)
    }
    fn monotonic_ms(&self) -> u64 {
        self.0.world.elapsed_ms()
    }
}

impl Entropy for LifeClock {
    fn next_u64(&self) -> u64 {
        self.0.world.random()
    }
}
