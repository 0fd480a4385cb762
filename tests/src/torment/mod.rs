//! What a deployment stands on as processes that can be killed, the tables and the queues, and the
//! lines to them, which can be cut.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a helper that fails, fails the test that it helps"
)]
#![expect(clippy::missing_panics_doc, reason = "a helper panics where its test fails")]

mod line;
mod service;

use core::num::NonZeroU32;

pub use line::Line;
pub use service::{Disk, Service, What};

/// After how many receives a message goes to the dead letters.
pub const RECEIVES_MAX: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// The variable with the token of the tables and the queues.
pub const TOKEN: &str = "FLYBALL_TESTS_TOKEN";
