use super::reader::{ConfigError, Reader};
use super::tables::Tables;
use super::values::{KeySource, LocalStores, QueueUrl};

/// What an importer is told by its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImporterConfig {
    /// The tables.
    pub tables: Tables,
    /// The queue that the function is fed from: `FLYBALL_QUEUE_URL`.
    pub queue_url: QueueUrl,
    /// Where the key is that opens credentials: `FLYBALL_KMS_KEY` or `FLYBALL_KEY_FILE`.
    pub key: KeySource,
    /// `FLYBALL_ALLOW_LOCAL`: 0, 1, or the number of the account, which allows them in an emulator's
    /// alone.
    pub local_stores: LocalStores,
}

impl ImporterConfig {
    /// Reads the configuration from the variables that `lookup` gives.
    ///
    /// # Errors
    /// All problems at once.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(&lookup);
        let tables = Tables::read(&mut reader);
        let queue_url = reader.required("FLYBALL_QUEUE_URL", QueueUrl::EXPECTED, QueueUrl::parse);
        let key = KeySource::read(&mut reader);
        let local_stores =
            reader.optional("FLYBALL_ALLOW_LOCAL", LocalStores::EXPECTED, LocalStores::parse);
        let config = || {
            Some(Self {
                tables: tables?,
                queue_url: queue_url?,
                key: key?,
                local_stores: local_stores.unwrap_or(LocalStores::Refused),
            })
        };
        reader.finish(config())
    }
}
