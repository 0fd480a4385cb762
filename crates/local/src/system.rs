use core::num::NonZeroU32;
use std::io;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use flyball_accounts::{KeyFile, KeyFileError, SealingKey};
use flyball_domain::{Integration, Kind, UnixMillis};
use flyball_governor::{Clock as _, Policy};
use flyball_importer::{Connectors, Importer, Parts, Progress};
use flyball_queue::{LocalQueues, OpenError, QueueName, Queues};
use flyball_runtime::{Meter, NoEntropy, SystemClock, secret_bytes};
use flyball_ticker::Ticker;

use crate::stores::{Stores, TablesError};
use crate::{CountedQueue, DataFolder, Engine, EngineError, QueueCalls};

/// The whole system in one process, at rest: nothing runs until workers and a ticker are started.
#[derive(Debug)]
pub struct System {
    /// The embedded `DynamoDB`.
    pub engine: Engine,
    /// What is kept in its tables.
    pub stores: Stores,
    /// The queue of each integration and kind.
    pub queues: Queues,
    /// The same queues, as they are on this machine.
    pub local_queues: LocalQueues,
    /// What was asked of the embedded `DynamoDB`.
    pub meter: Meter,
    /// What was asked of the queues.
    pub queue_calls: QueueCalls,
}

/// Why the system could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// The embedded `DynamoDB`.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Its tables.
    #[error(transparent)]
    Tables(#[from] TablesError),
    /// The queues.
    #[error(transparent)]
    Queues(#[from] OpenError),
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] crate::FolderError),
    /// The key that seals credentials.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The system has no randomness for a key.
    #[error(transparent)]
    Randomness(#[from] NoEntropy),
}

/// How often a message is received before it goes to the dead-letter queue.
const RECEIVES_MAX: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

impl System {
    /// Opens the system in a folder that this process owns.
    ///
    /// # Errors
    /// What could not be opened.
    pub async fn open(folder: &DataFolder, policy: Policy) -> Result<Self, SystemError> {
        let keys = folder_keys(folder)?;
        let engine = Engine::file(&folder.dynamodb_file()).await?;
        let queues = LocalQueues::open(&folder.queues_file(), RECEIVES_MAX, now())?;
        Self::over(engine, queues, keys, policy).await
    }

    /// Opens a system in memory, which ends with the process.
    ///
    /// # Errors
    /// What could not be opened.
    pub async fn memory(policy: Policy) -> Result<Self, SystemError> {
        let key = HEXLOWER.encode(&secret_bytes::<{ SealingKey::BYTES }>()?);
        let keys = KeyFile::parse(&format!("memory {key}"))?;
        let engine = Engine::memory().await?;
        let queues = LocalQueues::memory(RECEIVES_MAX, now())?;
        Self::over(engine, queues, keys, policy).await
    }

    async fn over(
        engine: Engine,
        local_queues: LocalQueues,
        keys: KeyFile,
        policy: Policy,
    ) -> Result<Self, SystemError> {
        let meter = Meter::default();
        let client = engine.client(&meter).await;
        Stores::create_tables(&client).await?;
        let stores = Stores::over(&client, policy, Arc::new(keys));
        let queue_calls = QueueCalls::default();
        let mut queues = Queues::default();
        for integration in Integration::ALL {
            for kind in Kind::ALL {
                let queue = Arc::new(local_queues.queue(QueueName::of(*integration, *kind)));
                let counted = CountedQueue::new(queue, queue_calls.clone());
                queues = queues.with(*integration, *kind, Arc::new(counted));
            }
        }
        Ok(Self { engine, stores, queues, local_queues, meter, queue_calls })
    }

    /// An importer for one integration.
    pub fn importer(
        &self,
        connectors: Arc<dyn Connectors>,
        progress: Arc<dyn Progress>,
    ) -> Importer {
        Importer::new(Parts {
            governor: self.stores.governor.clone(),
            records: self.stores.records.clone(),
            accounts: self.stores.accounts.clone(),
            queues: self.queues.clone(),
            connectors,
            progress,
        })
    }

    /// A ticker.
    pub fn ticker(&self) -> Ticker {
        let Stores { governor, accounts, .. } = self.stores.clone();
        Ticker::new(governor, accounts, self.queues.clone())
    }
}

fn now() -> flyball_queue::Now {
    let clock = SystemClock::new();
    Arc::new(move || UnixMillis(clock.now().0))
}

/// The keys in a folder, made the first time.
///
/// # Errors
/// A file that can't be read or written.
pub fn folder_keys(folder: &DataFolder) -> Result<KeyFile, SystemError> {
    let path = folder.key_path();
    match KeyFile::load(&path) {
        Err(KeyFileError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(KeyFile::create(&path)?)
        }
        keys => Ok(keys?),
    }
}
