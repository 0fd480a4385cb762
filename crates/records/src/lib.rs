//! Imported records, how far each import has come, and which rows were set aside, in one `DynamoDB`
//! table. A record never goes back to an older version, a run that was overtaken moves no
//! checkpoint, and a crash between any two writes loses and corrupts nothing. This crate never
//! reads a clock, never calls a vendor, and does not know the governor: fences are numbers to it.

mod aside;
mod attributes;
mod body;
mod checkpoint;
mod error;
mod head;
mod inbox;
mod key;
mod parts;
mod read;
mod records;
mod table;
#[cfg(test)]
mod tests;
mod write;

pub use checkpoint::{ActiveWalk, Checkpoint};
pub use error::{CheckpointError, ItemError, RecordsError};
pub use inbox::Aside;
pub use read::{PAGE_RECORDS_MAX, Summary};
pub use records::{CreateTableError, Records, create_table};
pub use table::StoreError;
pub use write::{Run, WriteSummary};
