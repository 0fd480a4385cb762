//! What functions are told by their environment. Each function's configuration is put together from
//! the same parts, and everything that is wrong with it is told at once.

mod importer;
mod reader;
mod sender;
mod stage;
mod tables;
#[cfg(test)]
mod tests;
mod values;

pub use importer::ImporterConfig;
pub use reader::{ConfigError, Problem};
pub use sender::{QueueUrls, SenderConfig};
pub use stage::Stage;
pub use tables::Tables;
pub use values::{KeySource, KmsKey, LocalStores, QueueUrl, TableName};

/// A variable of this process's environment, as the configurations are parsed from. What is no
/// Unicode counts as not set.
#[expect(clippy::disallowed_methods, reason = "this is where configuration comes in")]
pub fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}
