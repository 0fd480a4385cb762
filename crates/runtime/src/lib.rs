//! What the programs are put together from: configuration, AWS clients with their time-outs and
//! retries, the clock, randomness, logs, and a meter that counts what the clients do.
//!
//! This is the only crate that reads the system's clock, its randomness or the environment. It
//! never decides anything about jobs, lanes or vendors.

mod aws;
mod clock;
mod config;
mod entropy;
mod logs;
mod meter;
mod settle;

pub use aws::{AwsSource, Clients, LocalEndpoints, aws_clients};
pub use clock::SystemClock;
pub use config::{
    ConfigError, FunctionConfig, LocalStores, Problem, QueueUrl, TableName, environment,
};
pub use entropy::{NoEntropy, SystemEntropy, secret_bytes};
pub use logs::{LogFormat, LogsError, init_logs};
pub use meter::{Counters, Meter, MeterReading, Service};
