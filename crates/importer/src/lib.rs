//! One job under the governor: takes a message, asks for a slot, parks what is refused, imports
//! page by page, writes checkpoints, and reports how it ended. This is where vendors and the
//! governor meet: it never decides how to back off, never reads a vendor's answer, and never calls
//! a vendor without a fresh look at the lane.

mod batch;
mod contested;
mod ending;
mod errand;
mod importer;
mod line;
mod lot;
mod overdue;
mod plan;
mod prepare;
mod progress;
mod reconcile;
mod run;
mod source;
mod stopping;
mod tab;
mod told;
mod wide;

pub use batch::{BatchOutcome, BatchRecord};
pub use importer::{Delivery, Handled, Importer, Parts, lane_spec};
pub use progress::{End, Progress, ProgressReport, Silent};
pub use source::{ConnectError, Connectors, connect_with};
pub use stopping::Stopping;
pub use tab::{Metering, Units};

/// How many slots an account has unless its policy says otherwise.
pub const SLOTS_DEFAULT: u32 = 2;

/// How much of a vendor's budget an account uses unless its policy says otherwise, in percent.
/// Shopify's budget is per app and store, so nobody else's share is taken.
pub const CEILING_PERCENT_DEFAULT: u8 = 100;
