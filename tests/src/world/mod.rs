//! The whole system in one process, in memory, with simulated stores connected to it. Times are
//! short and clocks are real: a test waits for what must come to be, never for time to pass.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that fails, fails the test that it helps"
)]

mod clock;
mod content;
mod draw;
mod logs;
mod many;
mod pages;
mod shop;
mod system;
mod wait;

pub use clock::{Counting, HandClock, OffClock};
pub use content::{differences, differences_of};
pub use draw::Draw;
pub use logs::{Logs, logs};
pub use many::Many;
pub use pages::Pages;
pub use shop::{Setup, Shop, new_job, vendor};
pub use system::{World, brisk, connectors, connectors_of};
pub use wait::{PATIENCE, eventually, eventually_within};
