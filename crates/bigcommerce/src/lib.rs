//! The BigCommerce connector, as a pure codec and walk with a thin client on top.
//!
//! This crate never waits, never retries, never decides what a failure should lead to, and cannot
//! see the governor.
