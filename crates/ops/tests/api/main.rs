//! The ops API at the level of HTTP, over the embedded engine.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a helper that fails, fails its test"
)]

mod document;
mod inbox;
mod looking;
mod switches;
mod world;
