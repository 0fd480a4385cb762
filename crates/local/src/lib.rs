//! The whole system in one process: an embedded `DynamoDB` and the local queue behind the same
//! protocols as on AWS, and the folder they live in, which one process owns at a time.
//!
//! Everything listens on loopback only, to whoever has the folder's token. This crate never
//! decides anything about jobs or lanes, and creates no tables: whoever keeps something in a table
//! creates it.

mod counted;
mod database;
mod dispatch;
mod embedded;
mod engine;
mod folder;
mod guard;
mod keys;
mod listener;
mod sqs;
mod stores;
mod system;
mod workers;

pub use counted::{CountedQueue, QueueCalls};
pub use embedded::EmbeddedTables;
pub use engine::{Engine, EngineError};
pub use folder::{Attached, DataFolder, Endpoint, FolderError, MigrateError};
pub use guard::Token;
pub use keys::{LazyKeys, folder_keys};
pub use listener::ListenError;
pub use sqs::SqsServer;
pub use stores::{ACCOUNTS_TABLE, GOVERNOR_TABLE, RECORDS_TABLE, Stores, TablesError};
pub use system::{System, SystemError, folder_queues};
pub use workers::{Killed, Ticking, Worked, Workers};
