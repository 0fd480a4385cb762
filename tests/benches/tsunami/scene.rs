use std::sync::Arc;

use anyhow::{Context as _, Result};
use flyball_accounts::{Account, AccountState, PolicyOverrides, Purpose};
use flyball_domain::{AccountId, Integration, Job, JobId, Kind, Mode, UnixMillis};
use flyball_governor::{Clock as _, Policy};
use flyball_importer::Connectors;
use flyball_local::System;
use flyball_runtime::{MeterReading, SystemClock};
use flyball_storefronts::{Dial, RunningStore, Stock, Store, StoreConfig, Zone};
use flyball_tests::world::{connectors_of, vendor};
use secrecy::SecretString;
use tokio::time::Duration;

/// A platform that all its stores are on, so that one outage is everybody's; here one store stands for
/// all of them, with more quota than anybody needs.
pub(crate) const INTEGRATION: Integration = Integration::Bigcommerce;
pub(crate) const KIND: Kind = Kind::Products;

/// How many functions run at once.
pub(crate) const FUNCTIONS: usize = 32;

/// The products of each store: less than a page.
const PRODUCTS: u64 = 5;

/// For how long all is well, before the vendor falls.
pub(crate) const CALM: Duration = Duration::from_secs(10);

/// For how long the vendor is down.
pub(crate) const OUTAGE: Duration = Duration::from_mins(3);

/// What every call is answered with meanwhile.
const DOWN: &str = "outage";

/// A vendor, and accounts whose jobs are about to be sent.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) system: System,
    /// All accounts are connected to this one.
    pub(crate) store: RunningStore,
    pub(crate) jobs: Vec<Job>,
    pub(crate) policy: Policy,
    /// What was asked of the tables before the first job was sent.
    pub(crate) before: MeterReading,
}

impl Scene {
    pub(crate) async fn open(count: u32) -> Result<Self> {
        let policy = Policy::STANDARD;
        let config = StoreConfig {
            name: "bench".to_owned(),
            vendor: vendor(INTEGRATION),
            currency: "EUR".parse()?,
            zone: Zone::utc(),
            token: "token".to_owned(),
            stock: Stock::Generated { products: PRODUCTS },
            orders: 0,
            seed: 1,
            dials: Vec::new(),
            port: 0,
        };
        let store = Store::serve(config, Arc::new(|| now().0)).await?;
        let system = System::memory(policy).await?;
        let mut jobs = Vec::new();
        for number in 0..count {
            let account = connect(&system, &store, number).await?;
            let mut random = [0; 10];
            random.iter_mut().zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
            let id = JobId::new(now(), random);
            jobs.push(Job { id, account, kind: KIND, mode: Mode::Incremental });
        }
        let before = system.meter.snapshot();
        Ok(Self { system, store, jobs, policy, before })
    }

    /// The ways to the store.
    pub(crate) fn connectors() -> Arc<dyn Connectors> {
        connectors_of(INTEGRATION, Arc::new(now))
    }

    /// The vendor falls.
    pub(crate) fn fall(&self) -> Result<()> {
        Ok(self.store.set_dials(vec![DOWN.parse::<Dial>()?])?)
    }

    /// It is back.
    pub(crate) fn rise(&self) -> Result<()> {
        Ok(self.store.set_dials(Vec::new())?)
    }
}

/// The time.
pub(crate) fn now() -> UnixMillis {
    UnixMillis(SystemClock::new().now().0)
}

/// Connects an account. Nothing comes by its schedule: its job is sent.
async fn connect(system: &System, store: &RunningStore, number: u32) -> Result<AccountId> {
    let account = Account {
        id: format!("store-{number:06}").parse()?,
        customer: "bench".parse()?,
        integration: INTEGRATION,
        store: store.address(),
        zone: None,
        currency: None,
        kinds: [].into(),
        created_at: UnixMillis(0),
        policy: PolicyOverrides::default(),
        state: AccountState::Connected,
    };
    let accounts = &system.stores.accounts;
    accounts.put(&account).await?;
    let token = SecretString::from(store.credentials().to_owned());
    accounts
        .seal_credentials(&account.id, INTEGRATION, Purpose::AccessToken, &token)
        .await
        .context("the token could not be sealed")?;
    Ok(account.id)
}
