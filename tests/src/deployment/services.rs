use core::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use flyball_accounts::KeyFile;
use flyball_domain::{Integration, Kind, UnixMillis};
use flyball_governor::{Clock as _, Governor, Policy};
use flyball_local::{Engine, GOVERNOR_TABLE, SqsServer, Stores};
use flyball_queue::{LocalQueue, LocalQueues, QueueName, Queues};
use flyball_runtime::{Meter, SystemClock, SystemEntropy};
use flyball_ticker::Ticker;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::Told;
use crate::world::HandClock;

const DAY_MS: u64 = 86_400_000;

const RECEIVES_MAX: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// What a deployment's functions talk to.
#[derive(Debug)]
pub struct Services {
    /// What is kept in its tables.
    pub stores: Stores,
    /// The engine that keeps it.
    pub engine: Engine,
    pub(super) clock: SystemClock,
    pub(super) key_path: PathBuf,
    pub(super) folder: TempDir,
    queues: LocalQueues,
    sqs: SqsServer,
}

impl Services {
    /// Starts them, empty.
    pub async fn start() -> Self {
        let clock = SystemClock::new();
        let folder = tempfile::tempdir().unwrap();
        let key_path = folder.path().join("keys");
        let keys = Arc::new(KeyFile::create(&key_path).unwrap());
        let engine = Engine::memory().await.unwrap();
        let client = engine.client(&Meter::default()).await;
        Stores::create_tables(&client).await.unwrap();
        let stores = Stores::over(&client, Policy::STANDARD, keys);
        let own = clock.clone();
        let now = Arc::new(move || UnixMillis(own.now().0));
        let queues = LocalQueues::memory(RECEIVES_MAX, now).unwrap();
        let sqs = SqsServer::start(queues.clone(), engine.token().clone()).await.unwrap();
        Self { stores, engine, clock, key_path, folder, queues, sqs }
    }

    /// One of its queues.
    pub fn queue(&self, integration: Integration, kind: Kind) -> LocalQueue {
        self.queues.queue(QueueName::of(integration, kind))
    }

    /// Has a ticker pass once a day ago, and once now.
    pub(super) async fn tick_after_a_day(&self) {
        let clock = HandClock::at(self.clock.now().0.saturating_sub(DAY_MS));
        let client = self.engine.client(&Meter::default()).await;
        let hand = Arc::new(clock.clone());
        let (policy, entropy) = (Policy::STANDARD, Arc::new(SystemEntropy));
        let governor = Governor::new(client, GOVERNOR_TABLE, policy, hand, entropy);
        let jobs = Integration::ALL.iter().flat_map(|of| Kind::ALL.iter().map(|kind| (*of, *kind)));
        let queues = jobs.fold(Queues::default(), |queues, (integration, kind)| {
            queues.with(integration, kind, Arc::new(self.queue(integration, kind)))
        });
        let ticker = Ticker::new(governor, self.stores.accounts.clone(), queues);
        ticker.pass().await.unwrap();
        clock.pass(DAY_MS);
        ticker.pass().await.unwrap();
    }

    /// What its functions are told.
    pub fn told(&self) -> Told {
        Told {
            tables: self.engine.endpoint(),
            queues: self.sqs.endpoint(),
            token: self.engine.token().secret().expose_secret().to_owned(),
            key_path: self.key_path.clone(),
        }
    }
}
