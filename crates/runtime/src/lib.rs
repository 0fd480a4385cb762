//! What the programs are put together from: configuration, AWS clients with their time-outs and
//! retries (that of KMS with the feature `kms`), the clock, randomness, logs, a meter that counts what
//! the clients do, and (feature `function`) the bodies of the Lambda functions.
//!
//! This is the only crate that reads the environment. It never decides anything about jobs, lanes or
//! vendors.

mod aws;
mod config;
mod entropy;
#[cfg(feature = "function")]
mod function;
mod logs;
mod meter;
pub mod metrics;
mod settle;
#[cfg(feature = "function")]
mod traces;

pub use aws::{AwsSource, Clients, LocalEndpoints, aws_clients, retries, time_outs};
pub use config::{
    ConfigError, ImporterConfig, KeySource, KmsKey, LocalStores, Problem, QueueUrl, QueueUrls,
    SenderConfig, Stage, TableName, Tables, environment,
};
pub use entropy::{NoEntropy, secret_bytes};
pub use flyball_governor::{SystemClock, SystemEntropy};
#[cfg(feature = "function")]
pub use function::{SenderParts, importer_function, sender_parts, ticker_function};
#[cfg(feature = "function")]
pub use logs::function_logs;
pub use logs::{LogsError, terminal_logs};
pub use meter::{Counters, Meter, MeterReading, Service};
#[cfg(feature = "function")]
pub use traces::Traces;
