//! The template, deployed into the emulator, with the real functions behind its queues, its schedule
//! and its tables. The stores are simulated; accounts are connected to it by the program.

#![cfg(feature = "engines")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails, fails its test"
)]

mod api;
mod dead_letters;
mod imports;
mod outage;
mod place;
mod poison;
mod set_aside;
mod switch;
