//! A simulated BigCommerce store, from the other end of the wire.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a helper of tests ends the test when the machine fails it"
)]

mod common;
mod faults;
mod filters;
#[cfg(feature = "shared")]
mod official;
#[cfg(feature = "shared")]
mod openapi;
mod orders;
mod paging;
mod quota;
mod reading;
mod truth;
