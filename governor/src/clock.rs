use core::fmt;

use flyball_governor_core::UnixMillis;

/// Where the time comes from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The wall clock.
    fn now(&self) -> UnixMillis;

    /// Milliseconds since some fixed moment; never goes back. A frozen machine may stop it, which
    /// is why deadlines look at both clocks and obey the earlier.
    fn monotonic_ms(&self) -> u64;
}

/// Where randomness comes from.
pub trait Entropy: Send + Sync + fmt::Debug {
    /// Sixty-four random bits.
    fn next_u64(&self) -> u64;
}
