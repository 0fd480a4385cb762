//! A world in which nothing goes wrong but what is planned: the same system at steady work, for
//! whoever measures it.

use core::ops::RangeInclusive;
use std::sync::{Arc, Mutex};

use anyhow::ensure;
use flyball_domain::{AccountId, Kind, Mode};
use flyball_governor::core::board::Switch;
use flyball_governor::core::{GroupName, Platform, WideScope};
use flyball_governor::{Policy, Stop, StopMode};
pub use flyball_storefronts::{Counters, Plan};
use tokio::task::JoinSet;

use super::Slip;
use super::crew::work;
use super::hand::ask;
use super::life::Life;
use super::shop::Shop;
use super::site::{Asked, EVERY_MINUTES_CALM, INTEGRATION, Site};
use super::vendor::{Mood, Store};
use super::watch::Watch;
use super::world::{Story, World};
use crate::bucket::Limit;

/// What is to happen. Moments are milliseconds from when everything stands.
#[derive(Clone, Debug)]
pub struct Steady {
    /// What decides all that is left to chance.
    pub seed: u64,
    /// How many accounts, all of one integration.
    pub accounts: u64,
    /// How many slots each has.
    pub slots: u64,
    /// What their stores are.
    pub vendor: Vendor,
    /// How long a call of a store's takes, in milliseconds.
    pub call_ms: RangeInclusive<u64>,
    /// How many workers each kind of job has, each a process of its own.
    pub workers: u64,
    /// The governor's settings.
    pub policy: Policy,
    /// How many jobs of the integration may run at once, if that is bounded.
    pub limit: Option<u32>,
    /// From when to when every store answers 503.
    pub outage_ms: Option<(u64, u64)>,
    /// Who asks for what, in the order of time.
    pub requests: Vec<Request>,
    /// How long it lasts.
    pub lasts_ms: u64,
}

/// What stores are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// Without records, and without a limit.
    Unlimited,
    /// With a limit of which they tell nobody: whoever calls beyond it is answered 429, and not when
    /// to come again.
    Silent {
        /// How many records of each kind each has.
        records: u64,
        /// What each lets through.
        limit: Limit,
    },
    /// Shopify's, asked by its real connector: each tells what is left with every answer.
    Shopify {
        /// How fast apps may ask.
        plan: Plan,
        /// How many products each has.
        products: u64,
        /// How many orders each has.
        orders: u64,
    },
}

/// A request for an import.
#[derive(Clone, Debug)]
pub struct Request {
    /// When.
    pub at_ms: u64,
    /// Of which account, by number.
    pub account: u64,
    /// Of which kind.
    pub kind: Kind,
    /// How much.
    pub mode: Mode,
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When each job was asked for: the moment, the account's number, the work.
    pub asked: Vec<(u64, u64, String)>,
    /// What happened, in the order of time.
    pub happened: Vec<(u64, Happening)>,
    /// What each of the shops that there are has counted by itself.
    pub counted: Vec<Counters>,
}

/// What happens in a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A store answered.
    Called {
        /// The account.
        account: String,
        /// The job, by the id of its slot.
        work: String,
        /// When the call began, by the world's clock.
        began_ms: u64,
        /// Whether it was answered as asked.
        ok: bool,
    },
    /// A job has ended well.
    Finished {
        /// The job.
        work: String,
    },
    /// What is held against the integration.
    Group(Option<&'static str>),
    /// A lane was written.
    Lane {
        /// The account.
        account: String,
        /// Whether all its slots are open.
        full_speed: bool,
    },
}

impl Happening {
    /// What a write of the table has changed.
    pub(super) fn of(watch: &Watch, partition: &str) -> Option<Self> {
        if partition == "board" {
            let group: GroupName = INTEGRATION.as_str().parse().ok()?;
            return Some(Self::Group(watch.board().platforms.get(&group).map(Platform::as_str)));
        }
        let name = partition.strip_prefix("lane#")?;
        let lane = watch.lane(name)?;
        let full_speed = lane.level == 0 && lane.limit == lane.cap;
        Some(Self::Lane { account: name.to_owned(), full_speed })
    }
}

/// An account's name.
fn named(account: u64) -> anyhow::Result<AccountId> {
    Ok(format!("store-{account}").parse()?)
}

/// An account's number.
///
/// # Errors
/// It is no account of such a world.
pub fn number_of(account: &str) -> anyhow::Result<u64> {
    Ok(account.trim_start_matches("store-").parse()?)
}

/// Lets it happen.
///
/// # Errors
/// The world can't be built, or a promise is broken in it.
pub fn run(plan: &Steady) -> anyhow::Result<Seen> {
    fastrand::seed(plan.seed);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(Box::pin(live(plan)))
}

async fn live(plan: &Steady) -> anyhow::Result<Seen> {
    let world = Arc::new(World::new(plan.seed, Slip::None, Story::Untold));
    let person = Life::outside("person", &world);
    let stores =
        (0..plan.accounts).map(|n| store(plan, n, &world)).collect::<anyhow::Result<_>>()?;
    let site = Box::pin(Site::of(&world, plan.policy, stores)).await?;
    for store in &site.stores {
        let mut account = site.account(store, plan.slots, EVERY_MINUTES_CALM)?;
        // Nothing by schedule: what is asked for is all that there is.
        account.kinds.clear();
        site.connect(&person, &account).await?;
    }
    if let Some(slots) = plan.limit {
        let (mode, reason, author) = (StopMode::Limit(slots), String::new(), "person".to_owned());
        let stop = Stop { mode, reason, author, until: None };
        let switch = Switch { stop, since: world.now(), ramp_ms: 0 };
        let scope: WideScope = INTEGRATION.as_str().parse()?;
        site.governor(&person).switch_on(&scope, &switch).await?;
    }
    world.keeps_a_diary();
    let began_ms = world.elapsed_ms();
    let mut crew = JoinSet::new();
    for kind in Kind::ALL {
        for number in 0..plan.workers {
            crew.spawn(worker(Arc::clone(&site), *kind, number));
        }
    }
    crew.spawn(ticker(Arc::clone(&site)));
    if let Some((from_ms, to_ms)) = plan.outage_ms {
        crew.spawn(outage(Arc::clone(&site), from_ms, to_ms.saturating_sub(from_ms)));
    }
    for request in &plan.requests {
        let at_ms = began_ms.saturating_add(request.at_ms);
        world.rest(at_ms.saturating_sub(world.elapsed_ms())).await;
        let store = usize::try_from(request.account).ok().and_then(|n| site.stores.get(n));
        if let Some(store) = store.map(Arc::clone) {
            let (site, person) = (Arc::clone(&site), Arc::clone(&person));
            let (kind, mode) = (request.kind, request.mode.clone());
            crew.spawn(async move { drop(ask(&site, &person, &store, kind, mode).await) });
        }
    }
    let end_ms = began_ms.saturating_add(plan.lasts_ms);
    world.rest(end_ms.saturating_sub(world.elapsed_ms())).await;
    crew.shutdown().await;
    let broken = world.remains().broken;
    ensure!(broken.is_empty(), "found broken promises: {}", broken.join("; "));
    seen(&site, began_ms)
}

/// An account's store.
fn store(plan: &Steady, account: u64, world: &Arc<World>) -> anyhow::Result<Arc<Store>> {
    let (account, call_ms) = (named(account)?, plan.call_ms.clone());
    Ok(match plan.vendor {
        Vendor::Unlimited => Store::empty(account, call_ms, world),
        Vendor::Silent { records, limit } => {
            Store::limited(account, call_ms, records, limit, world)
        }
        Vendor::Shopify { plan: shops, products, orders } => {
            let shop = Shop::open(&account, shops, [products, orders], call_ms, world)?;
            Store::with_shop(account, shop, world)
        }
    })
}

fn seen(site: &Site, began_ms: u64) -> anyhow::Result<Seen> {
    let world = &site.world;
    let epoch = world.now().minus(world.elapsed_ms()).plus(began_ms);
    let asked = site.asked().into_iter().map(|Asked { job, at }| {
        let at_ms = at.0.saturating_sub(epoch.0);
        Ok((at_ms, number_of(job.account.as_str())?, job.key().short()))
    });
    let since = |ms: u64| ms.saturating_sub(began_ms);
    let mut happened = world.diary();
    for (at_ms, what) in &mut happened {
        *at_ms = since(*at_ms);
        if let Happening::Called { began_ms, .. } = what {
            *began_ms = since(*began_ms);
        }
    }
    let counted = site.stores.iter().filter_map(|store| Some(store.shop.as_ref()?.counters()));
    Ok(Seen { asked: asked.collect::<anyhow::Result<_>>()?, happened, counted: counted.collect() })
}

/// How long an invocation has, in milliseconds: what the functions have.
const TIME_MS: u64 = 300_000;

async fn worker(site: Arc<Site>, kind: Kind, number: u64) {
    let life = Life::outside(&format!("{kind}-{number}"), &site.world);
    Box::pin(work(&site, &life, kind, TIME_MS..=TIME_MS, &Mutex::new(None))).await;
}

/// How often the ticker passes, in milliseconds.
const PASS_MS: u64 = 1_000;

async fn ticker(site: Arc<Site>) {
    let life = Life::outside("ticker", &site.world);
    let ticker = site.ticker(&life);
    loop {
        site.world.rest(PASS_MS).await;
        if let Err(error) = Box::pin(ticker.pass()).await {
            life.tell(format_args!("its pass failed: {error}"));
        }
    }
}

async fn outage(site: Arc<Site>, in_ms: u64, lasts_ms: u64) {
    site.world.rest(in_ms).await;
    for (mood, for_ms) in [(Mood::Down, lasts_ms), (Mood::Good, 0)] {
        for store in &site.stores {
            store.set_mood(mood);
        }
        site.world.rest(for_ms).await;
    }
}
