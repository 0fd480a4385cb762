//! The connector from the outside: its codec on invented payloads, its client against a socket, and
//! both against the vendor's own documents.

#![expect(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a helper that fails, fails its test; tests name what they look for"
)]

mod client;
mod codec;
mod common;
mod hostile;
#[cfg(feature = "shared")]
mod shared;
mod simulated;
mod whole;
