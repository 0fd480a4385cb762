use std::sync::Arc;

use flyball_accounts::{Account, AccountState, PolicyOverrides, Purpose};
use flyball_domain::{Integration, Job, JobId, Kind, Mode, UnixMillis};
use flyball_governor::Clock as _;
use flyball_local::System;
use flyball_runtime::SystemClock;
use flyball_storefronts::{RunningStore, Stock, Store, StoreConfig, Zone};
use secrecy::SecretString;

use super::vendor;

/// One store to which many accounts are connected, and a job for each.
#[derive(Debug)]
pub struct Many {
    /// The store.
    pub store: RunningStore,
    /// The first import of each account's products.
    pub jobs: Vec<Job>,
}

impl Many {
    /// Serves a store of so many products and connects so many accounts. Nothing comes by their
    /// schedule.
    ///
    /// # Panics
    /// No port, or tables that don't answer.
    pub async fn open(
        system: &System,
        integration: Integration,
        products: u64,
        count: u32,
    ) -> Self {
        let config = StoreConfig {
            name: "bench".to_owned(),
            vendor: vendor(integration),
            currency: "EUR".parse().expect("a currency"),
            zone: Zone::utc(),
            token: "token".to_owned(),
            stock: Stock::Generated { products },
            orders: 0,
            seed: 1,
            dials: Vec::new(),
            port: 0,
        };
        let store = Store::serve(config, Arc::new(|| now().0)).await.expect("a store on loopback");
        let mut jobs = Vec::new();
        for number in 0..count {
            jobs.push(connect(system, &store, integration, number).await);
        }
        Self { store, jobs }
    }
}

fn now() -> UnixMillis {
    UnixMillis(SystemClock::new().now().0)
}

async fn connect(
    system: &System,
    store: &RunningStore,
    integration: Integration,
    number: u32,
) -> Job {
    let account = Account {
        id: format!("store-{number:06}").parse().expect("an account's name"),
        customer: "bench".parse().expect("a customer's name"),
        integration,
        store: store.address(),
        zone: None,
        currency: None,
        kinds: [].into(),
        created_at: UnixMillis(0),
        policy: PolicyOverrides::default(),
        state: AccountState::Connected,
    };
    let accounts = &system.stores.accounts;
    accounts.put(&account).await.expect("an account that can be stored");
    let token = SecretString::from(store.credentials().to_owned());
    accounts
        .seal_credentials(&account.id, integration, Purpose::AccessToken, &token)
        .await
        .expect("a token that can be sealed");
    let mut random = [0; 10];
    random.iter_mut().zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    let id = JobId::new(now(), random);
    Job { id, account: account.id, kind: Kind::Products, mode: Mode::Incremental }
}
