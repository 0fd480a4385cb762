//! Imported records, how far each import has come, and what was set aside, in one `DynamoDB` table.
//! A record never goes back to an older version, a run that was overtaken moves no checkpoint and
//! puts no tombstone, and a crash between any two writes loses and corrupts nothing. This crate
//! never reads a clock, never calls a vendor, and does not know the governor: fences are numbers to
//! it.

mod aside;
mod attributes;
mod body;
mod candidate;
mod checkpoint;
mod closing;
mod error;
mod gone;
mod head;
mod heads;
mod inbox;
mod key;
mod parts;
mod read;
mod records;
mod rekey;
mod replay;
mod run;
mod shape;
mod spent;
mod table;
#[cfg(test)]
mod tests;
mod write;

pub use aside::AsideCode;
pub use checkpoint::{ActiveWalk, Checkpoint};
pub use error::{CheckpointError, ItemError, RecordsError};
pub use heads::{RecordHead, Summary};
pub use inbox::{Aside, AsideName, AsideNameError};
pub use read::PAGE_RECORDS_MAX;
pub use records::{CreateTableError, Records, create_table};
pub use replay::{AsideGroup, groups, replays};
pub use run::{Run, Window, WriteSummary, Written};
pub use spent::{Months, Spent};
pub use table::StoreError;
