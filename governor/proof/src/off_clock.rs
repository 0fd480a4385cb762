use flyball_governor::{Clock, SystemClock, UnixMillis};

/// A clock that is off.
#[derive(Clone, Debug)]
pub struct OffClock {
    system: SystemClock,
    ahead_ms: i64,
}

impl OffClock {
    /// The system's clock, put forward by so many milliseconds; below zero, back.
    pub fn ahead(ahead_ms: i64) -> Self {
        Self { system: SystemClock::new(), ahead_ms }
    }
}

impl Clock for OffClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.system.now().0.saturating_add_signed(self.ahead_ms))
    }
    fn monotonic_ms(&self) -> u64 {
        self.system.monotonic_ms()
    }
}
