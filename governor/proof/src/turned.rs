//! Time that is made up: a clock that is turned by hand, and a counter that passes for randomness.

use std::sync::atomic::{AtomicU64, Ordering};

use flyball_governor::{Clock, Entropy, UnixMillis};

/// A clock that is turned by hand.
#[derive(Debug)]
pub struct Turned(AtomicU64);

impl Turned {
    /// A clock that stands at a moment.
    pub const fn at(now: UnixMillis) -> Self {
        Self(AtomicU64::new(now.0))
    }

    /// Turns it forward, in milliseconds.
    pub fn turn(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for Turned {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::SeqCst))
    }
    fn monotonic_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Counts, so that nonces differ and runs repeat.
#[derive(Debug, Default)]
pub struct Counted(AtomicU64);

impl Entropy for Counted {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}
