//! The demo's stores, accounts and jobs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use flyball_accounts::{
    Account, AccountState, Customer, PolicyOverrides, Purpose, SlotsLimit, StoreReach,
};
use flyball_domain::{
    AccountId, CustomerId, Integration, Job, JobId, JobKey, Kind, Message, Mode, UnixMillis,
    VendorId,
};
use flyball_governor::{Clock as _, LaneId, Policy};
use flyball_local::System;
use flyball_queue::Outgoing;
use flyball_runtime::SystemClock;
use flyball_storefronts::{RunningStore, Store, StoreConfig, Zone};
use secrecy::SecretString;

use super::board::Board;
use super::script::Script;
use super::vendor::{integration, vendor};

/// How many jobs of an account may run at once.
pub(crate) const SLOTS: u32 = 2;

/// The shares of what a store has of a kind, each of which is one job, so that they compete for
/// slots.
const PRODUCT_RANGES: u64 = 3;
const ORDER_RANGES: u64 = 2;

/// Jobs for one record each, as webhooks would ask for, of each kind.
const RECORD_JOBS: u64 = 2;

/// The demo's policy: leases of seconds, so that what would take minutes can be watched.
pub(crate) fn policy() -> Result<Policy> {
    let mut policy = Policy::STANDARD;
    policy.lease_ms = 4_000;
    policy.probe_lease_ms = 2_500;
    policy.skew_ms = 250;
    policy.gate_base_ms = 250;
    policy.gate_ceiling_ms = 2_000;
    policy.vendor_wait_cap_ms = 5_000;
    policy.inconclusive_ms = 250;
    policy.call_timeout_ms = 2_000;
    policy.look_age_ms = 500;
    policy.wake_again_ms = 1_000;
    Ok(policy.checked()?)
}

/// One account with its store.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) account: AccountId,
    pub(crate) integration: Integration,
    pub(crate) lane: LaneId,
    pub(crate) store: RunningStore,
    pub(crate) plan: &'static str,
    pub(crate) jobs: Vec<Job>,
}

impl Shop {
    /// How many products and orders the store has.
    pub(crate) fn records(&self) -> u64 {
        self.store.len().saturating_add(self.store.orders_len())
    }
}

/// Opens the script's stores and connects them.
pub(crate) async fn open_shops(script: &Script, system: &System) -> Result<Vec<Shop>> {
    let mut shops = Vec::new();
    for (number, name) in script.names().into_iter().enumerate() {
        let account: AccountId = name.parse()?;
        let salt = u64::try_from(number).unwrap_or(u64::MAX);
        let secret = script.seed.rotate_left(17) ^ salt;
        let (vendor, plan) = vendor(number, secret);
        let clock = SystemClock::new();
        let config = StoreConfig {
            name: name.clone(),
            vendor,
            currency: "EUR".parse()?,
            zone: Zone::utc(),
            token: format!("shpat_{secret:016x}"),
            stock: script.stock(number)?,
            orders: script.orders,
            seed: script.seed.wrapping_add(salt),
            dials: Vec::new(),
            port: 0,
        };
        let store = Store::serve(config, Arc::new(move || clock.now().0)).await?;
        let integration = integration(number);
        connect(script.began, system, &account, integration, &store).await?;
        let jobs = jobs(script, &account, salt, &store);
        let lane = account.as_str().parse()?;
        shops.push(Shop { account, integration, lane, store, plan, jobs });
    }
    Ok(shops)
}

/// Connects a simulated store.
pub(crate) async fn connect(
    now: UnixMillis,
    system: &System,
    id: &AccountId,
    integration: Integration,
    store: &RunningStore,
) -> Result<()> {
    let accounts = &system.stores.accounts;
    let customer: CustomerId = format!("{id}-ltd").chars().take(40).collect::<String>().parse()?;
    accounts.put_customer(&Customer { id: customer.clone(), name: id.to_string() }).await?;
    let account = Account {
        id: id.clone(),
        customer,
        integration,
        store: store.address(),
        zone: None,
        currency: None,
        kinds: Kind::ALL.iter().copied().collect(),
        created_at: now,
        policy: PolicyOverrides {
            slots_limit: Some(SlotsLimit::try_from(u64::from(SLOTS))?),
            reach: StoreReach::Local,
            ..PolicyOverrides::default()
        },
        state: AccountState::Connected,
    };
    accounts.put(&account).await?;
    let credentials = SecretString::from(store.credentials().to_owned());
    accounts
        .seal_credentials(id, integration, Purpose::AccessToken, &credentials)
        .await
        .context("a store's credentials could not be sealed")
}

/// An account's jobs: what its store has, in ranges of equal size, and some single records. The
/// same every time, so that asking again joins what waits already.
fn jobs(script: &Script, account: &AccountId, salt: u64, store: &RunningStore) -> Vec<Job> {
    let products = store.truth().map(|product| (product.updated_at, product.id)).collect();
    let orders = store.true_orders().map(|order| (order.updated_at, order.id)).collect();
    let modes = |kind, modes: Vec<Mode>| modes.into_iter().map(move |mode| (kind, mode));
    let products = modes(Kind::Products, ranges(script, products, PRODUCT_RANGES));
    let orders = modes(Kind::Orders, ranges(script, orders, ORDER_RANGES));
    let job = |(number, (kind, mode)): (u8, (Kind, Mode))| {
        let mut random = [number; 10];
        let salted = script.seed.wrapping_add(salt).to_be_bytes();
        for (byte, salt) in random.iter_mut().zip(salted) {
            *byte ^= salt;
        }
        let id = JobId::new(script.began, random);
        Job { id, account: account.clone(), kind, mode }
    };
    (0..=u8::MAX).zip(products.chain(orders)).map(job).collect()
}

fn ranges(script: &Script, mut changed: Vec<(UnixMillis, VendorId)>, count: u64) -> Vec<Mode> {
    changed.sort();
    let records = u64::try_from(changed.len()).unwrap_or(u64::MAX);
    let at = |place: u64| usize::try_from(place).ok().and_then(|place| changed.get(place));
    let mut modes = Vec::new();
    let mut from = UnixMillis(0);
    for range in 1..=count {
        let end = at(records * range / count).map(|(updated, _)| *updated);
        let last = changed.last().map_or(UnixMillis(0), |(updated, _)| updated.plus(1));
        let to = end.unwrap_or(script.began.plus(1).max(last));
        if from < to {
            modes.push(Mode::Backfill { from, to });
        }
        from = to;
    }
    for record in 0..RECORD_JOBS.min(records) {
        if let Some((_, id)) = at(record * records / RECORD_JOBS) {
            modes.push(Mode::Record { id: id.clone() });
        }
    }
    modes
}

/// Asks for all jobs.
pub(crate) async fn ask_for_jobs(system: &System, shops: &[Shop]) -> Result<()> {
    for shop in shops {
        for job in &shop.jobs {
            let queue = system.queues.get(shop.integration, job.kind)?;
            let text = Message::Import(job.clone()).to_text();
            queue.send(&Outgoing::new(text, shop.account.clone())?).await?;
        }
    }
    Ok(())
}

/// What was there before: records by account, and the jobs that had come to their end.
pub(crate) async fn board(system: &System, shops: &[Shop]) -> Result<Board> {
    let records = &system.stores.records;
    let (mut found, mut finished) = (BTreeMap::new(), BTreeSet::<JobKey>::new());
    for shop in shops {
        let mut count = 0_u64;
        for kind in Kind::ALL {
            count = count.saturating_add(records.count(&shop.account, *kind).await?);
        }
        found.insert(shop.account.clone(), count);
        for job in &shop.jobs {
            let key = job.key();
            let stored = records.load_checkpoint(&key).await?;
            if stored.is_some_and(|stored| stored.finished_at.is_some()) {
                finished.insert(key);
            }
        }
    }
    Ok(Board::new(found, finished))
}
