//! The function's real program, as Lambda would run it: started as a process, fed by a Runtime API
//! of ours with what was received from a local queue.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails, fails its test"
)]

mod batches;
mod configuration;
mod pushed_back;
mod support;
