//! A simulated store, from the other end of the wire.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper of tests ends the test when the machine fails it"
)]

mod bulk;
mod common;
mod costs;
mod counting;
mod faults;
#[cfg(feature = "shared")]
mod official;
mod orders;
mod paging;
mod queries;
mod rest;
mod true_orders;
mod truth;
