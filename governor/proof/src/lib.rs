//! What proves the governor, beside its model: [`conform`] puts any engine of `DynamoDB` to one suite,
//! [`history`] tells whether the core allows what was recorded of one, and [`simulate`] runs the whole
//! system in worlds in which everything goes wrong. To run the governor nothing of it is needed.

pub mod bucket;
pub mod conform;
pub mod contend;
pub mod dice;
pub mod engine;
pub mod history;
mod off_clock;
pub mod simulate;
pub mod turned;
pub mod vendor;

pub use off_clock::OffClock;
