//! A simulated Magento store, from the other end of the wire.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper of tests ends the test when the machine fails it"
)]

mod access;
mod common;
mod faults;
mod fields;
#[cfg(feature = "shared")]
mod luma;
#[cfg(feature = "shared")]
mod official;
#[cfg(feature = "shared")]
#[path = "../bigcommerce/openapi/mod.rs"]
#[expect(dead_code, reason = "where the other vendor's descriptions are, is for its own tests")]
mod openapi;
mod orders;
mod paging;
mod products;
mod searching;
mod truth;
