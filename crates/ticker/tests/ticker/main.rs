//! The ticker on a clock that the tests turn, with the embedded engine and the local queue.
#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

mod calls;
mod deaths;
mod outage;
mod schedule;
mod sweep;
mod switch;
mod wide;
mod world;
