use std::time::{Instant, SystemTime, UNIX_EPOCH};

use flyball_governor_core::UnixMillis;

use crate::clock::{Clock, Entropy};

/// The system's clocks.
#[derive(Clone, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Clocks whose monotonic one begins at 0 now.
    #[expect(clippy::new_without_default, reason = "a default should not read a clock")]
    #[expect(clippy::disallowed_methods, reason = "this is the clock that others are given")]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that others are given")]
    fn now(&self) -> UnixMillis {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMillis(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// The system's randomness.
#[derive(Clone, Copy, Debug)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn next_u64(&self) -> u64 {
        let Ok(random) = getrandom::u64() else {
            // Two workers with equal nonces would hold one slot together, and there is nobody to
            // tell: a system without randomness can't run a governor.
            std::process::abort();
        };
        random
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_wall_clock_shows_this_century_and_the_other_what_has_passed() {
        let new = SystemClock::new();
        let wall = new.now();
        assert!((1_700_000_000_000..4_100_000_000_000).contains(&wall.0), "{wall:?}");
        let old = SystemClock { start: new.start.checked_sub(Duration::from_secs(5)).unwrap() };
        let (earlier, later) = (new.monotonic_ms(), old.monotonic_ms());
        assert!(later >= earlier + 5_000, "{earlier} and {later}");
        assert!(old.monotonic_ms() >= later);
    }

    #[test]
    fn draws_differ() {
        let drawn: std::collections::BTreeSet<u64> =
            (0..64).map(|_| SystemEntropy.next_u64()).collect();
        assert_eq!(drawn.len(), 64);
    }
}
