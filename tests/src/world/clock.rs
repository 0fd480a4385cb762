use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use flyball_governor::{Clock, Entropy, SystemClock, UnixMillis};

/// A clock that a test turns. Copies of it are the same clock.
#[derive(Clone, Debug)]
pub struct HandClock(Arc<AtomicU64>);

impl HandClock {
    /// A clock that stands still at a moment.
    pub fn at(ms: u64) -> Self {
        Self(Arc::new(AtomicU64::new(ms)))
    }

    /// Lets time pass.
    pub fn pass(&self, ms: u64) {
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

/// The system's clock, as a machine has it that is off by some milliseconds.
#[derive(Clone, Debug)]
pub struct OffClock {
    clock: SystemClock,
    by_ms: i64,
}

impl OffClock {
    /// A clock that is ahead by so much, or behind by as much below 0.
    pub fn by(by_ms: i64) -> Self {
        Self { clock: SystemClock::new(), by_ms }
    }
}

impl Clock for OffClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now().0.saturating_add_signed(self.by_ms))
    }

    fn monotonic_ms(&self) -> u64 {
        self.clock.monotonic_ms()
    }
}

/// Entropy that counts, so that no two numbers are equal and each run draws the same.
#[derive(Debug)]
pub struct Counting(AtomicU64);

impl Counting {
    /// Counts from `first`.
    pub const fn from(first: u64) -> Self {
        Self(AtomicU64::new(first))
    }
}

impl Entropy for Counting {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}
