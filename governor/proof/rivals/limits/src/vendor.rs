//! A vendor that lets through what its limit allows, and counts by itself.

use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::bucket::{Bucket, Limit, REFUSED_MS};
use crate::dice::Dice;

/// HTTP 429, and not when to come again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Throttled;

#[derive(Debug)]
pub(crate) struct Vendor {
    began: Instant,
    call_ms: [u64; 2],
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    bucket: Bucket,
    dice: Dice,
    /// When each call began, in seconds, and whether it was let through.
    calls: Vec<(u64, bool)>,
}

impl Vendor {
    pub(crate) fn new(limit: Limit, call_ms: [u64; 2]) -> Self {
        let state = State { bucket: Bucket::full(limit), dice: Dice::new(1), calls: Vec::new() };
        Self { began: Instant::now(), call_ms, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time by the vendor's clock.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// A number below `bound`.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.state().dice.below(bound)
    }

    pub(crate) async fn call(&self) -> Result<(), Throttled> {
        let now_ms = u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (is_let_through, takes_ms) = {
            let mut state = self.state();
            let is_let_through = state.bucket.take(now_ms);
            state.calls.push((now_ms / 1_000, is_let_through));
            let [least, most] = self.call_ms;
            let more = state.dice.below(most.saturating_sub(least).saturating_add(1));
            (is_let_through, if is_let_through { least.saturating_add(more) } else { REFUSED_MS })
        };
        rest(Duration::from_millis(takes_ms)).await;
        if is_let_through { Ok(()) } else { Err(Throttled) }
    }

    /// How many calls that began in each second were answered, and how many were throttled.
    pub(crate) fn counts(&self, seconds: u64) -> [Vec<usize>; 2] {
        let state = self.state();
        [true, false].map(|wanted| {
            let in_second =
                |second| state.calls.iter().filter(|it| **it == (second, wanted)).count();
            (0..seconds).map(in_second).collect()
        })
    }
}

/// Waits by the clock of this world.
#[expect(clippy::disallowed_methods, reason = "simulated time costs nobody anything")]
pub(crate) async fn rest(time: Duration) {
    tokio::time::sleep(time).await;
}
