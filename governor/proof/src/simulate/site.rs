//! What stands in a simulated world: tables, queues, stores, and the system's parts over them.

use std::sync::{Arc, Mutex, PoisonError};

use flyball_accounts::{Account, AccountState, Accounts, KeyFile, PolicyOverrides, Purpose};
use flyball_connector::Connector;
use flyball_domain::{Integration, Job, Kind, UnixMillis};
use flyball_governor::{Governor, Policy};
use flyball_importer::{
    Connectors, End, Importer, Parts, Progress, ProgressReport, Stopping, connect_with,
};
use flyball_local::{ACCOUNTS_TABLE, EmbeddedTables, GOVERNOR_TABLE, RECORDS_TABLE, Stores};
use flyball_queue::{Queue, Queues};
use flyball_records::Records;
use flyball_ticker::Ticker;

use super::life::{Life, LifeClock};
use super::queue::{Messages, SimulatedQueue};
use super::steady::Happening;
use super::table::client;
use super::trouble::Trouble;
use super::vendor::Store;
use super::walk::SimulatedConnector;
use super::world::World;

/// Accounts, where every one of them may be called down; and where not.
const ACCOUNTS_MANY: u64 = 6;
const ACCOUNTS_FEW: u64 = 3;
/// The most records of a kind that a store begins with.
const RECORDS_MAX: u64 = 8;

/// The one integration. Which, nobody asks: its stores are simulated.
pub(super) const INTEGRATION: Integration = Integration::Shopify;

/// How long a lane may fail where a world has a dead man's switch.
const DEAD_MAN_MS: u64 = 60_000;

/// Opens credentials that open nothing.
const KEY: &str = "simulated 0000000000000000000000000000000000000000000000000000000000000000";

/// What stands there.
pub(super) struct Site {
    pub(super) world: Arc<World>,
    tables: EmbeddedTables,
    pub(super) queues: Vec<(Kind, Arc<Messages>)>,
    pub(super) stores: Vec<Arc<Store>>,
    keys: Arc<KeyFile>,
    policy: Policy,
    stopping: Mutex<Stopping>,
    asked: Mutex<Vec<Asked>>,
}

/// A request that a queue has accepted.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) job: Job,
    pub(super) at: UnixMillis,
}

impl Site {
    /// Builds everything, before anything goes wrong.
    pub(super) async fn build(world: &Arc<World>) -> anyhow::Result<Arc<Self>> {
        let many = world.below(4) == 0;
        let accounts =
            if many { ACCOUNTS_MANY } else { world.below(ACCOUNTS_FEW).saturating_add(1) };
        let stores = (0..accounts)
            .map(|n| {
                let records = world.below(RECORDS_MAX).saturating_add(1);
                Ok(Store::new(format!("store-{n}").parse()?, records, world))
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut policy = world.slip.policy(Policy::STANDARD);
        if world.has(Trouble::DeadMan) {
            policy.dead_man_ms = DEAD_MAN_MS;
        }
        let site = Self::of(world, policy, stores).await?;
        let builder = Life::outside("builder", world);
        for store in &site.stores {
            let slots = world.below(3).saturating_add(1);
            let every = if world.below(3) == 0 { 5 } else { EVERY_MINUTES_CALM };
            site.connect(&builder, &site.account(store, slots, every)?).await?;
        }
        Ok(site)
    }

    /// Tables, queues and stores, with nobody's account.
    pub(super) async fn of(
        world: &Arc<World>,
        policy: Policy,
        stores: Vec<Arc<Store>>,
    ) -> anyhow::Result<Arc<Self>> {
        let queue = |kind: Kind| (kind, Messages::new(kind.as_str(), world));
        let site = Arc::new(Self {
            world: Arc::clone(world),
            tables: EmbeddedTables::memory()?,
            queues: Kind::ALL.iter().copied().map(queue).collect(),
            stores,
            keys: Arc::new(KeyFile::parse(KEY)?),
            policy,
            stopping: Mutex::default(),
            asked: Mutex::default(),
        });
        let builder = Life::outside("builder", world);
        Stores::create_tables(&client(&site.tables, &builder)).await?;
        Ok(site)
    }

    /// Connects an account.
    pub(super) async fn connect(&self, life: &Arc<Life>, account: &Account) -> anyhow::Result<()> {
        let accounts = self.accounts(life);
        accounts.put(account).await?;
        let (purpose, token) = (Purpose::AccessToken, "token".into());
        Ok(accounts.seal_credentials(&account.id, INTEGRATION, purpose, &token).await?)
    }

    /// A store's account, with so many slots.
    pub(super) fn account(&self, store: &Store, slots: u64, every: u64) -> anyhow::Result<Account> {
        Ok(Account {
            id: store.account.clone(),
            customer: "retailer".parse()?,
            integration: INTEGRATION,
            store: format!("https://{}.invalid", store.account),
            zone: None,
            currency: None,
            kinds: Kind::ALL.iter().copied().collect(),
            created_at: UnixMillis(self.world.now().0),
            policy: PolicyOverrides {
                slots_limit: Some(slots.try_into()?),
                every_minutes: Some(every.try_into()?),
                ..PolicyOverrides::default()
            },
            state: AccountState::Connected,
        })
    }

    pub(super) fn governor(&self, life: &Arc<Life>) -> Governor {
        let clock = Arc::new(LifeClock(Arc::clone(life)));
        let client = client(&self.tables, life);
        Governor::new(client, GOVERNOR_TABLE, self.policy, clock.clone(), clock)
    }

    pub(super) fn accounts(&self, life: &Arc<Life>) -> Accounts {
        Accounts::new(client(&self.tables, life), ACCOUNTS_TABLE, self.keys.clone())
    }

    pub(super) fn records(&self, life: &Arc<Life>) -> Records {
        Records::new(client(&self.tables, life), RECORDS_TABLE)
    }

    /// A process's way to the queue of a kind.
    pub(super) fn queue(&self, kind: Kind, life: &Arc<Life>) -> Option<SimulatedQueue> {
        let (_, messages) = self.queues.iter().find(|(of, _)| *of == kind)?;
        Some(SimulatedQueue { messages: Arc::clone(messages), life: Arc::clone(life) })
    }

    fn all_queues(&self, life: &Arc<Life>) -> Queues {
        let kinds = self.queues.iter().map(|(kind, _)| *kind);
        kinds.fold(Queues::default(), |queues, kind| match self.queue(kind, life) {
            Some(queue) => queues.with(INTEGRATION, kind, Arc::new(queue) as Arc<dyn Queue>),
            None => queues,
        })
    }

    pub(super) fn ticker(&self, life: &Arc<Life>) -> Ticker {
        Ticker::new(self.governor(life), self.accounts(life), self.all_queues(life))
    }

    pub(super) fn importer(self: &Arc<Self>, life: &Arc<Life>, stopping: Stopping) -> Importer {
        Importer::new(Parts {
            governor: self.governor(life),
            records: self.records(life),
            accounts: self.accounts(life),
            queues: self.all_queues(life),
            connectors: self.connectors(life),
            progress: Arc::new(Teller(Arc::clone(life))),
        })
        .heeding(stopping)
    }

    fn connectors(self: &Arc<Self>, life: &Arc<Life>) -> Arc<dyn Connectors> {
        let (site, life) = (Arc::clone(self), Arc::clone(life));
        connect_with(INTEGRATION, move |account, _token| {
            let store = site.stores.iter().find(|store| store.account == account.id);
            let store = Arc::clone(store.ok_or("found an account without a store")?);
            let connector = SimulatedConnector { store, life: Arc::clone(&life) };
            Ok(Arc::new(connector) as Arc<dyn Connector>)
        })
    }

    /// The word by which the next deploy ends who begins now.
    pub(super) fn stopping(&self) -> Stopping {
        self.stopping.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has every worker end at its next checkpoint, and others begin.
    pub(super) fn deploy(&self) {
        let mut stopping = self.stopping.lock().unwrap_or_else(PoisonError::into_inner);
        core::mem::take(&mut *stopping).stop();
        drop(stopping);
        self.world.tell("deploy", "all workers are replaced");
    }

    pub(super) fn note_asked(&self, asked: Asked) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Minutes between two imports where schedules are to keep out of the way.
pub(super) const EVERY_MINUTES_CALM: u64 = 10_080;

/// Tells how far jobs have come.
#[derive(Debug)]
struct Teller(Arc<Life>);

impl Progress for Teller {
    fn page(&self, report: &ProgressReport) {
        self.0.tell(format_args!("{} has come {} records far", report.job, report.records));
    }

    fn ended(&self, job: &Job, end: End) {
        self.0.tell(format_args!("{}: {end:?}", job.key()));
        if end == End::Finished {
            let work = job.key().short();
            self.0.world.note(|_| Some(Happening::Finished { work }));
        }
    }
}
