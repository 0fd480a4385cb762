use core::num::NonZeroU32;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use flyball_accounts::{KeyFile, KeyFileError, SealingKey};
use flyball_domain::UnixMillis;
use flyball_governor::{Clock as _, Policy};
use flyball_importer::{Connectors, Importer, Parts, Progress};
use flyball_queue::{LocalQueues, OpenError, Queues};
use flyball_runtime::{Meter, NoEntropy, SystemClock, secret_bytes};
use flyball_ticker::Ticker;

use crate::keys::folder_keys;
use crate::stores::{Stores, TablesError};
use crate::{
    CountedQueue, DataFolder, Endpoint, Engine, EngineError, ListenError, QueueCalls, SqsServer,
};

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
    /// Its queues can't be served to other processes.
    #[error(transparent)]
    Listen(#[from] ListenError),
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
        let queues = folder_queues(folder)?;
        let meter = Meter::default();
        let client = engine.client(&meter).await;
        let stores = Stores::open(folder, &client, policy, Arc::new(keys)).await?;
        Ok(Self::over(engine, stores, queues, meter))
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
        let meter = Meter::default();
        let client = engine.client(&meter).await;
        Stores::create_tables(&client).await?;
        let stores = Stores::over(&client, policy, Arc::new(keys));
        Ok(Self::over(engine, stores, queues, meter))
    }

    fn over(engine: Engine, stores: Stores, local_queues: LocalQueues, meter: Meter) -> Self {
        let queue_calls = QueueCalls::default();
        let queues = Queues::of_all(|name| {
            let queue = Arc::new(local_queues.queue(name));
            Arc::new(CountedQueue::new(queue, queue_calls.clone()))
        });
        Self { engine, stores, queues, local_queues, meter, queue_calls }
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
        .metered_by(Arc::new(self.meter.clone()))
    }

    /// Lets other processes at tables and queues, and tells them in the folder where; the queues
    /// for as long as the returned value lives.
    ///
    /// # Errors
    /// No port, or the folder can't be written to.
    pub async fn let_others_in(&self, folder: &DataFolder) -> Result<SqsServer, SystemError> {
        let (queues, token) = (self.local_queues.clone(), self.engine.token().clone());
        let server = SqsServer::start(queues, token.clone()).await?;
        folder.publish(&Endpoint {
            url: self.engine.endpoint(),
            queues: Some(server.endpoint()),
            token,
            pid: std::process::id(),
        })?;
        Ok(server)
    }

    /// A ticker.
    pub fn ticker(&self) -> Ticker {
        let Stores { governor, accounts, .. } = self.stores.clone();
        Ticker::new(governor, accounts, self.queues.clone())
    }
}

/// The queues of a folder that this process owns. What an earlier owner had in hand comes again.
///
/// # Errors
/// A file that can't be opened, or is no file of queues.
pub fn folder_queues(folder: &DataFolder) -> Result<LocalQueues, OpenError> {
    LocalQueues::open(&folder.queues_file(), RECEIVES_MAX, now())
}

fn now() -> flyball_queue::Now {
    let clock = SystemClock::new();
    Arc::new(move || UnixMillis(clock.now().0))
}
