use core::num::NonZeroU32;
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::BTreeSet;
use std::sync::Arc;

use flyball_accounts::{
    Account, AccountState, Accounts, CeilingPercent, PolicyOverrides, Purpose, SlotsLimit,
};
use flyball_domain::{AccountId, Integration, Job, JobId, Kind, Mode, UnixMillis};
use flyball_governor::{Clock as _, LaneId};
use flyball_runtime::SystemClock;
use flyball_storefronts::{
    BigCommerceSettings, Dial, MagentoAccess, MagentoHabits, MagentoSettings, MagentoVersion,
    OAuthSecrets, OrderScope, Plan, Quota, RunningStore, Stock, Store, StoreConfig, Vendor, Zone,
};
use secrecy::SecretString;

/// A simulated store and the account that is connected to it.
#[derive(Debug)]
pub struct Shop {
    /// The account.
    pub account: AccountId,
    /// Its lane.
    pub lane: LaneId,
    /// The store.
    pub store: RunningStore,
}

/// What a shop is to be like.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// On which platform it is.
    pub integration: Integration,
    /// How many products it sells.
    pub products: u64,
    /// How many orders it has.
    pub orders: u64,
    /// How many of its account's jobs may run at once.
    pub slots: u64,
    /// How much of the store's budget may be used, in percent. A small share makes small pages.
    pub ceiling_percent: u64,
    /// What its stock is drawn from.
    pub seed: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            integration: Integration::Shopify,
            products: 30,
            orders: 0,
            slots: 2,
            ceiling_percent: 100,
            seed: 7,
        }
    }
}

/// Calls in half a minute: more than a test makes.
const QUOTA: NonZeroU32 = NonZeroU32::new(100_000).expect("a number above 0");

/// A platform at its fastest.
pub fn vendor(integration: Integration) -> Vendor {
    match integration {
        Integration::Shopify => Vendor::Shopify { plan: Plan::Enterprise, scope: OrderScope::All },
        Integration::Bigcommerce => Vendor::BigCommerce(BigCommerceSettings {
            hash: "a1b2c3".to_owned(),
            quota: Quota::Enterprise(QUOTA),
            others_per_window: 0,
        }),
        Integration::Magento => Vendor::Magento(MagentoSettings {
            version: MagentoVersion::From24,
            base_path: String::new(),
            access: MagentoAccess::OAuth(OAuthSecrets {
                consumer_key: "consumer".to_owned(),
                consumer_secret: "consumer-secret".to_owned(),
                token_secret: "token-secret".to_owned(),
            }),
            habits: MagentoHabits::plain(),
        }),
    }
}

impl Shop {
    /// Opens a store on the fastest plan and connects it as the account called `name`.
    ///
    /// # Panics
    /// A name that is no account's, or tables that don't answer.
    pub async fn open(accounts: &Accounts, name: &str, setup: Setup) -> Self {
        let shop = Self::serve(name, setup).await;
        shop.connect(accounts, setup).await;
        shop
    }

    /// Opens a store on the fastest plan, for whoever connects it as the account called `name`.
    ///
    /// # Panics
    /// A name that is no account's.
    pub async fn serve(name: &str, setup: Setup) -> Self {
        let clock = SystemClock::new();
        let config = StoreConfig {
            name: name.to_owned(),
            vendor: vendor(setup.integration),
            currency: "EUR".parse().expect("a currency"),
            zone: Zone { name: "Etc/UTC".to_owned(), offset_minutes: 0 },
            token: "shpat_simulated".to_owned(),
            stock: Stock::Generated { products: setup.products },
            orders: setup.orders,
            seed: setup.seed,
            dials: Vec::new(),
            port: 0,
        };
        let store = Store::serve(config, Arc::new(move || clock.now().0)).await;
        let store = store.expect("a store on loopback");
        let account: AccountId = name.parse().expect("an account's name");
        let lane = name.parse().expect("a lane's name");
        Self { account, lane, store }
    }

    /// Connects the shop, or connects it again.
    ///
    /// # Panics
    /// Tables that don't answer.
    pub async fn connect(&self, accounts: &Accounts, setup: Setup) {
        let slots = SlotsLimit::try_from(setup.slots).expect("a number of slots within its bounds");
        let ceiling = CeilingPercent::try_from(setup.ceiling_percent).expect("a percentage");
        let policy = PolicyOverrides {
            slots_limit: Some(slots),
            ceiling_percent: Some(ceiling),
            ..PolicyOverrides::default()
        };
        let account = Account {
            id: self.account.clone(),
            customer: "hearth-ltd".parse().expect("a customer's name"),
            integration: setup.integration,
            store: self.store.address(),
            zone: None,
            currency: None,
            // Nothing by schedule: a test asks for what it wants.
            kinds: BTreeSet::new(),
            created_at: UnixMillis(0),
            policy,
            state: AccountState::Connected,
        };
        accounts.put(&account).await.expect("an account that can be stored");
        let secret = SecretString::from(self.store.credentials().to_owned());
        accounts
            .seal_credentials(&self.account, setup.integration, Purpose::AccessToken, &secret)
            .await
            .expect("a token that can be sealed");
    }

    /// Turns the store's dials, in the words of the command line; none turns them all back.
    ///
    /// # Panics
    /// A text that is no dial.
    pub fn dial(&self, dials: &[&str]) {
        let dial = |text: &&str| text.parse::<Dial>().expect("a dial");
        self.store.set_dials(dials.iter().map(dial).collect()).expect("a dial of this vendor's");
    }

    /// A new request to import products.
    pub fn job(&self, mode: Mode) -> Job {
        new_job(&self.account, mode)
    }

    /// A new request to import.
    pub fn job_of(&self, kind: Kind, mode: Mode) -> Job {
        Job { kind, ..self.job(mode) }
    }

    /// The shop's catalog in `count` ranges of about equal size, as modes of as many jobs.
    ///
    /// # Panics
    /// Fewer moments of change than ranges.
    pub fn ranges(&self, count: usize) -> Vec<Mode> {
        let mut changed: Vec<UnixMillis> =
            self.store.truth().map(|product| product.updated_at).collect();
        changed.sort();
        changed.dedup();
        let ends = (1..count).map(|range| {
            let place = changed.len().saturating_mul(range) / count;
            *changed.get(place).expect("a change in each range")
        });
        let last = changed.last().expect("a product").plus(1);
        let mut from = UnixMillis(0);
        let mut range = |to| Mode::Backfill { from: core::mem::replace(&mut from, to), to };
        ends.chain([last]).map(&mut range).collect()
    }
}

/// A new request to import an account's products.
pub fn new_job(account: &AccountId, mode: Mode) -> Job {
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    let mut random = [0; 10];
    let number = REQUESTS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    random.iter_mut().zip(number).for_each(|(byte, number)| *byte = number);
    let id = JobId::new(UnixMillis(SystemClock::new().now().0), random);
    Job { id, account: account.clone(), kind: Kind::Products, mode }
}
