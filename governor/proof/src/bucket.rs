//! A limit of which a vendor tells nobody, as stands in front of many an API: nginx's `limit_req`
//! with a burst and `nodelay` is one.

/// What a vendor lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many calls a second, in the long run.
    pub calls_per_s: u64,
    /// How many calls at once after a rest.
    pub burst_calls: u64,
}

/// How long it takes to be told no, in milliseconds: whoever refuses at the door does so at once.
pub const REFUSED_MS: u64 = 50;

/// A call, in what flows into a bucket in a millisecond for each call a second.
const CALL_MILLI: u64 = 1_000;

/// What of a limit is left.
#[derive(Clone, Debug)]
pub struct Bucket {
    limit: Limit,
    held_milli: u64,
    as_of_ms: u64,
}

impl Bucket {
    /// A full one.
    pub const fn full(limit: Limit) -> Self {
        Self { limit, held_milli: limit.burst_calls.saturating_mul(CALL_MILLI), as_of_ms: 0 }
    }

    /// Whether a call that comes now is let through. Times never go back.
    pub fn take(&mut self, now_ms: u64) -> bool {
        let flowed = now_ms.saturating_sub(self.as_of_ms).saturating_mul(self.limit.calls_per_s);
        let most = self.limit.burst_calls.saturating_mul(CALL_MILLI);
        self.held_milli = self.held_milli.saturating_add(flowed).min(most);
        self.as_of_ms = self.as_of_ms.max(now_ms);
        let left = self.held_milli.checked_sub(CALL_MILLI);
        self.held_milli = left.unwrap_or(self.held_milli);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_so_many_a_second_are_let_through_and_no_more() {
        let mut bucket = Bucket::full(Limit { calls_per_s: 10, burst_calls: 20 });
        let mut let_through = |now_ms: u64| (0..50).filter(|_| bucket.take(now_ms)).count();
        assert_eq!(let_through(0), 20);
        assert_eq!(let_through(99), 0);
        assert_eq!(let_through(100), 1);
        assert_eq!(let_through(1_100), 10);
        assert_eq!(let_through(60_000), 20);
    }
}
