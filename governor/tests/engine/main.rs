//! The governor on the embedded engine.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails, fails its test")]

mod admission;
mod board;
mod chore;
mod ends;
mod evidence;
mod handing_on;
mod holding;
mod line;
mod lot;
mod one_probe;
mod outages;
mod support;
mod walks;
mod wide_switch;
