//! What is the same for the stores of all vendors, through the whole system: jobs, governor, walks
//! and records.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

mod deletions;
mod imports;
mod mapped;
mod stage;
