//! The part of SQS that Flyball uses, as a trait, with two implementations: SQS itself and a
//! `SQLite` file for one machine. This is the only crate that names the SQS client.
//!
//! A queue moves texts; it never reads them, never decides what becomes of a job, and never
//! retries beyond what the SQS client does by itself.

#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
#[cfg(feature = "local")]
mod local;
mod message;
mod name;
mod queue;
mod queues;
mod sqs;

pub use error::QueueError;
#[cfg(feature = "local")]
pub use local::{LocalQueue, LocalQueues, Now, OpenError};
pub use message::{
    Counts, Hidden, MessageId, Outgoing, OutgoingError, Receipt, Receive, Received, Unsent,
};
pub use name::{QueueName, QueueNameError};
pub use queue::{Queue, send_each};
pub use queues::{NoQueue, Queues};
pub use sqs::SqsQueue;
