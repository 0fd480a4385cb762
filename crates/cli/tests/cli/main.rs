//! The command line as a person or a script meets it: as a process.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests end the test when the machine fails it"
)]

mod account;
mod api;
mod bad_input;
mod board;
mod cost;
mod decode;
mod errors;
mod folder;
mod guest;
mod healing;
mod outages;
mod process;
mod stop;
mod stream;
mod up;
mod vendors;
