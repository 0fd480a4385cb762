#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may panic")]

mod fake;
mod lists;
mod orders;
mod trouble;
