//! What an importer makes of a store whose every answer is known: comparisons of everything, and
//! what is set aside and tried again.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails, fails its test")]

mod alone;
mod contested;
mod inbox;
mod reconcile;
mod stage;
mod store;
mod walk;
