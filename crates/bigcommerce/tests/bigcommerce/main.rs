//! The BigCommerce connector from outside: invented payloads, the vendor's documents and recorded
//! answers, and a socket.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic"
)]

mod client;
mod codec;
mod common;
mod corpus;
mod kept;
#[cfg(feature = "shared")]
mod shared;
mod simulated;
