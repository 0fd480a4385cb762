//! The figures of `docs/BENCHMARKS.md`: what an admission and a job cost, how much of a plan's budget a
//! full import uses, for how long invocations run meanwhile, how many messages go through, and what a
//! pass of the ticker takes. Prints Markdown.
//!
//! `cargo bench -p flyball-tests --bench figures [-- admissions|budget|messages|picture|ticker]`; with
//! `picture`, the budget's figures are drawn too, into `docs/billed-time.svg`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints its figures, and how far it has come"
)]

mod cpu;
mod messages;
mod ticker;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use flyball_accounts::{Account, AccountState, PolicyOverrides, Purpose, SlotsLimit};
use flyball_domain::{Integration, Job, JobId, Kind, Message, Mode, UnixMillis};
use flyball_governor::{Admission, Governor, Holder, LaneId, LaneSpec, Policy};
use flyball_importer::Silent;
use flyball_local::{System, Ticking, Workers};
use flyball_queue::Outgoing;
use flyball_runtime::{MeterReading, Service, SystemClock};
use flyball_storefronts::{
    BigCommerceSettings, Counters, OrderScope, Plan, Quota, RunningStore, Stock, Store,
    StoreConfig, Vendor, Zone,
};
use flyball_tests::picture::{Billed, billed_time};
use flyball_tests::root;
use flyball_tests::world::{connectors_of, vendor};
use futures::future::try_join_all;
use secrecy::SecretString;
use tokio::time::{Instant, interval};

/// Rounds in which every writer takes a slot and gives it back.
const ROUNDS: u32 = 200;

/// The most slots of one lane.
const LANE_SLOTS_MAX: usize = 24;

/// Where the picture is, below the root.
const PICTURE: &str = "docs/billed-time.svg";

/// The products of the import.
const PRODUCTS: u64 = 10_000;

#[tokio::main]
async fn main() -> Result<()> {
    let wanted: BTreeSet<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wants = |what: &str| wanted.is_empty() || wanted.contains(what);
    if wants("admissions") {
        admissions().await?;
    }
    if wants("budget") || wants("picture") {
        let imports = budget().await?;
        if wanted.contains("picture") {
            std::fs::write(root().join(PICTURE), billed_time(&imports, PRODUCTS))?;
        }
    }
    if wants("messages") {
        messages::messages().await?;
    }
    if wants("ticker") {
        ticker::ticker().await?;
    }
    Ok(())
}

async fn admissions() -> Result<()> {
    println!(
        "| writers | lanes | granted | refused | SDK attempts per granted admission | write units per job |"
    );
    println!("|---|---|---|---|---|---|");
    for writers in [1_usize, 16, 64] {
        let system = System::memory(Policy::STANDARD).await?;
        let lanes = writers.div_ceil(LANE_SLOTS_MAX);
        let governor = &system.stores.governor;
        let mut ids = Vec::new();
        for lane in 0..lanes {
            let id: LaneId = format!("lane-{lane}").parse()?;
            let slots = (0..writers).filter(|writer| writer % lanes == lane).count();
            governor.create(&id, &LaneSpec::alone(u32::try_from(slots)?)).await?;
            ids.push(id);
        }
        let (mut granted, mut refused, mut admitting, mut writes) = (0_u64, 0_u64, 0_u64, 0.0);
        for round in 0..ROUNDS {
            let before = system.meter.snapshot();
            let asked = (0..writers)
                .zip(ids.iter().cycle())
                .map(|(writer, lane)| take(governor, lane, round, writer));
            let answers = try_join_all(asked).await?;
            let between = system.meter.snapshot();
            let holders: Vec<Holder> = answers.into_iter().flatten().collect();
            let held = u64::try_from(holders.len())?;
            granted += held;
            refused += u64::try_from(writers)? - held;
            admitting += attempts(&between) - attempts(&before);
            try_join_all(holders.into_iter().map(Holder::finished)).await?;
            let after = system.meter.snapshot();
            let units = |reading: &MeterReading| reading.total(Service::DynamoDb).write_units;
            writes += units(&after) - units(&before);
        }
        println!(
            "| {writers} | {lanes} | {granted} | {refused} | {} | {} |",
            ratio(admitting, granted, 3),
            ratio_of(writes, granted, 2)
        );
    }
    println!();
    Ok(())
}

async fn take(
    governor: &Governor,
    lane: &LaneId,
    round: u32,
    writer: usize,
) -> Result<Option<Holder>> {
    let id = format!("{:x}w{writer}", round % 256);
    let claim = governor.claim(id.parse()?, "products".parse()?);
    let spec = LaneSpec::alone(u32::try_from(LANE_SLOTS_MAX)?);
    Ok(match governor.admit(lane, &claim, &spec).await? {
        Admission::Admitted(holder) => Some(*holder),
        Admission::Refused(_) => None,
    })
}

fn attempts(reading: &MeterReading) -> u64 {
    reading.operation(Service::DynamoDb, "UpdateItem").attempts
}

fn ratio(part: u64, whole: u64, digits: usize) -> String {
    ratio_of(f64::from(u32::try_from(part).unwrap_or(u32::MAX)), whole, digits)
}

fn ratio_of(part: f64, whole: u64, digits: usize) -> String {
    let whole = f64::from(u32::try_from(whole).unwrap_or(u32::MAX));
    format!("{:.digits$}", part / whole)
}

async fn budget() -> Result<Vec<Billed>> {
    let mut imports = Vec::new();
    println!(
        "| store | products | calls | points a product | budget used | throttled answers | seconds \
         | invocations | in which they ran, seconds | GB-seconds per 100,000 products | if the \
         waits were slept through |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for plan in [Plan::Standard, Plan::Advanced, Plan::Plus] {
        let vendor = Vendor::Shopify { plan, scope: OrderScope::All };
        let name = format!("Shopify {}", plan.as_str());
        imports.push(import(Integration::Shopify, vendor, name).await?);
    }
    let settings = BigCommerceSettings {
        hash: "a1b2c3".to_owned(),
        quota: Quota::Standard,
        others_per_window: 0,
    };
    let bigcommerce = Vendor::BigCommerce(settings);
    let name = "BigCommerce".to_owned();
    imports.push(import(Integration::Bigcommerce, bigcommerce, name).await?);
    let magento = vendor(Integration::Magento);
    imports.push(import(Integration::Magento, magento, "Magento".to_owned()).await?);
    println!();
    Ok(imports)
}

async fn import(integration: Integration, vendor: Vendor, name: String) -> Result<Billed> {
    let clock = Arc::new(SystemClock::new());
    let now = {
        let clock = Arc::clone(&clock);
        move || flyball_governor::Clock::now(&*clock).0
    };
    let config = StoreConfig {
        name: "bench".to_owned(),
        vendor,
        currency: "EUR".parse()?,
        zone: Zone::utc(),
        token: "shpat_bench".to_owned(),
        stock: Stock::Generated { products: PRODUCTS },
        orders: 0,
        seed: 1,
        dials: Vec::new(),
        port: 0,
    };
    let store = Store::serve(config, Arc::new(now.clone())).await?;
    let system = System::memory(Policy::STANDARD).await?;
    let account = connect(&system, integration, &store, UnixMillis(now())).await?;
    let signing = now.clone();
    let connectors = connectors_of(integration, Arc::new(move || UnixMillis(signing())));
    let importer = system.importer(connectors, Arc::new(Silent));
    let queue = Arc::clone(system.queues.get(integration, Kind::Products)?);
    let workers =
        Workers::start(importer, Arc::clone(&queue), Kind::Products, &Policy::STANDARD, 1);
    let ticking = Ticking::start(system.ticker(), Duration::from_secs(1));
    let job = Job {
        id: JobId::new(UnixMillis(now()), [1; 10]),
        account: account.id.clone(),
        kind: Kind::Products,
        mode: Mode::Incremental,
    };
    let began = Instant::now();
    let text = Message::Import(job.clone()).to_text();
    queue.send(&Outgoing::new(text, account.id.clone())?).await?;
    let mut looks = interval(Duration::from_millis(100));
    loop {
        looks.tick().await;
        let stored = system.stores.records.load_checkpoint(&job.key()).await?;
        if stored.is_some_and(|stored| stored.finished_at.is_some()) {
            break;
        }
        if began.elapsed() > Duration::from_mins(10) {
            bail!("the import did not end within ten minutes");
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    drop(ticking);
    let worked = workers.worked();
    workers.stop().await;
    let stored = system.stores.records.count(&account.id, Kind::Products).await?;
    if stored != PRODUCTS {
        bail!("found {stored} products stored, expected {PRODUCTS}");
    }
    let ran = Duration::from_millis(worked.ms).as_secs_f64();
    let counted = store.counters();
    told(&name, &counted, worked.messages, ran, seconds);
    let used_percent = used_permille(&counted).map(|permille| f64::from(permille) / 10.0);
    Ok(Billed { name, used_percent, parked_s: ran, slept_s: seconds })
}

/// How much of what the store offered was used. One without a limit offers nothing of which there
/// could be a share.
fn used_permille(counted: &Counters) -> Option<u32> {
    let permille = counted.cost_spent_milli.saturating_mul(1_000);
    let permille = permille.checked_div(counted.cost_offered_milli)?;
    u32::try_from(permille).ok()
}

/// Prints what an import of [`PRODUCTS`] took: invocations ran for `ran` of its `seconds`.
fn told(name: &str, counted: &Counters, invocations: u64, ran: f64, seconds: f64) {
    let used = used_permille(counted).map_or_else(
        || "no limit".to_owned(),
        |permille| format!("{}.{} %", permille / 10, permille % 10),
    );
    println!(
        "| {name} | {PRODUCTS} | {} | {} | {used} | {} of {} | {seconds:.1} | {} | {ran:.1} | {:.1} | {:.1} |",
        counted.calls,
        ratio(counted.cost_spent_milli / 1_000, PRODUCTS, 2),
        counted.throttled,
        counted.calls,
        invocations,
        gb_seconds(ran),
        gb_seconds(seconds),
    );
}

/// What 100,000 products take of a function of 128 MB, when [`PRODUCTS`] keep it running that long.
fn gb_seconds(seconds: f64) -> f64 {
    const FUNCTION_GB: f64 = 0.125;
    const PRODUCTS_TOLD: f64 = 100_000.0;
    let products = f64::from(u32::try_from(PRODUCTS).unwrap_or(u32::MAX));
    seconds * FUNCTION_GB * PRODUCTS_TOLD / products
}

async fn connect(
    system: &System,
    integration: Integration,
    store: &RunningStore,
    now: UnixMillis,
) -> Result<Account> {
    let account = Account {
        id: "bench".parse()?,
        customer: "bench".parse()?,
        integration,
        store: store.address(),
        zone: None,
        currency: None,
        kinds: BTreeSet::from([Kind::Products]),
        created_at: now,
        policy: PolicyOverrides {
            slots_limit: Some(SlotsLimit::try_from(1)?),
            ..PolicyOverrides::default()
        },
        state: AccountState::Connected,
    };
    let accounts = &system.stores.accounts;
    accounts.put(&account).await?;
    let token = SecretString::from(store.credentials().to_owned());
    accounts
        .seal_credentials(&account.id, integration, Purpose::AccessToken, &token)
        .await
        .context("the token could not be sealed")?;
    Ok(account)
}
