//! What the core promises, theme by theme. One binary, because each takes its time to link.
#![expect(clippy::expect_used, reason = "a helper of a test may fail it")]
#![expect(clippy::arithmetic_side_effects, reason = "an overflow in a test fails it")]

mod admission;
mod board;
mod breaker;
mod decide;
mod holding;
mod ladder;
mod lane_properties;
mod order;
mod outage_properties;
mod support;
mod transition;
mod upkeep;
