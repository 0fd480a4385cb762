//! Whether what is in the table is what is in the stores: record by record, against the stores' own
//! stock and the stores' own counters.

use std::collections::HashSet;

use anyhow::Result;
use flyball_domain::{Integration, Kind, RecordBody, VendorId};
use flyball_governor::{Outage, UnixMillis};
use flyball_local::System;
use flyball_records::Records;
use flyball_storefronts::Counters;
use futures::StreamExt as _;
use serde::Serialize;

use super::world::{SLOTS, Shop};

/// The most rows set aside that are counted.
const ASIDES_MAX: u32 = 1_000;

/// How many differences are named one by one.
const NAMED_MAX: usize = 5;

/// What was found of one account.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) account: String,
    pub(crate) integration: Integration,
    pub(crate) plan: &'static str,
    pub(crate) products: u64,
    pub(crate) orders: u64,
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    pub(crate) differing: u64,
    pub(crate) set_aside: u64,
    pub(crate) leases_held: u64,
    pub(crate) vendor_calls: u64,
    pub(crate) throttled: u64,
    pub(crate) most_at_once: u64,
    pub(crate) limit: u32,
    pub(crate) over_limit: u64,
    pub(crate) calls_after_stop: u64,
    pub(crate) down_seconds: f64,
    pub(crate) down_why: Option<String>,
    #[serde(skip)]
    pub(crate) differences: Vec<String>,
}

impl Verdict {
    /// Whether everything is as it should be.
    pub(crate) const fn is_good(&self) -> bool {
        self.lost == 0
            && self.duplicated == 0
            && self.differing == 0
            && self.over_limit == 0
            && self.calls_after_stop == 0
            && self.leases_held == 0
    }

    fn differs(&mut self, what: &str) {
        if self.differences.len() < NAMED_MAX {
            self.differences.push(format!("{}: {what}", self.account));
        }
    }
}

/// Compares an account's records with its store.
pub(crate) async fn check(system: &System, shop: &Shop, now: UnixMillis) -> Result<Verdict> {
    let stores = &system.stores;
    let outages = stores.governor.outages(&shop.lane).await?;
    let lane = stores.governor.look(&shop.lane).await?;
    let counters = shop.store.counters();
    let mut verdict = of_counters(shop, &counters, &outages, now);
    verdict.leases_held = lane.map_or(0, |lane| {
        u64::from(lane.held_count()).saturating_add(u64::from(lane.probe.is_some()))
    });
    verdict.set_aside =
        count(stores.records.asides(&shop.account, None, ASIDES_MAX).await?.0.len());

    for kind in Kind::ALL {
        compare(&mut verdict, &stores.records, shop, *kind).await?;
    }
    Ok(verdict)
}

/// Compares each stored record of a kind with what the store has, and the other way round.
async fn compare(verdict: &mut Verdict, records: &Records, shop: &Shop, kind: Kind) -> Result<()> {
    let mut seen: HashSet<VendorId> = HashSet::new();
    let mut stored = Box::pin(records.stream(&shop.account, kind));
    while let Some(record) = stored.next().await {
        let record = record?;
        match true_body(shop, kind, &record.id) {
            Some(truth) if truth == record.body => {}
            Some(_) => {
                verdict.differing += 1;
                verdict
                    .differs(&format!("{kind}: {} is not stored as the store has it", record.id));
            }
            None => {
                verdict.duplicated += 1;
                verdict
                    .differs(&format!("{kind}: {} is stored, and the store has it not", record.id));
            }
        }
        if !seen.insert(record.id.clone()) {
            verdict.duplicated += 1;
            verdict.differs(&format!("{kind}: {} is stored twice", record.id));
        }
    }
    let count = count(seen.len());
    match kind {
        Kind::Products => verdict.products = count,
        Kind::Orders => verdict.orders = count,
    }
    for id in true_ids(shop, kind).filter(|id| !seen.contains(id)) {
        verdict.lost += 1;
        verdict.differs(&format!("{kind}: {id} is not stored, and the store has it"));
    }
    Ok(())
}

fn true_body(shop: &Shop, kind: Kind, id: &VendorId) -> Option<RecordBody> {
    match kind {
        Kind::Products => shop.store.truth_of(id).map(|one| RecordBody::Product(Box::new(one))),
        Kind::Orders => shop.store.true_order_of(id).map(|one| RecordBody::Order(Box::new(one))),
    }
}

fn true_ids(shop: &Shop, kind: Kind) -> Box<dyn Iterator<Item = VendorId> + '_> {
    match kind {
        Kind::Products => Box::new(shop.store.truth().map(|product| product.id)),
        Kind::Orders => Box::new(shop.store.true_orders().map(|order| order.id)),
    }
}

fn of_counters(shop: &Shop, counters: &Counters, outages: &[Outage], now: UnixMillis) -> Verdict {
    let down_ms: u64 =
        outages.iter().map(|outage| outage.up.unwrap_or(now).since(outage.down)).sum();
    let mut verdict = Verdict {
        account: shop.account.to_string(),
        integration: shop.integration,
        plan: shop.plan,
        products: 0,
        orders: 0,
        lost: 0,
        duplicated: 0,
        differing: 0,
        set_aside: 0,
        leases_held: 0,
        vendor_calls: counters.calls,
        throttled: counters.throttled,
        most_at_once: counters.jobs_at_once_max,
        limit: SLOTS,
        over_limit: counters.jobs_at_once_max.saturating_sub(u64::from(SLOTS)),
        calls_after_stop: counters.calls_after_stop,
        down_seconds: seconds(down_ms),
        down_why: outages.last().map(|outage| outage.why.clone()),
        differences: Vec::new(),
    };
    if verdict.over_limit > 0 {
        verdict.differs(&format!("{} jobs at once", counters.jobs_at_once_max));
    }
    if verdict.calls_after_stop > 0 {
        verdict.differs(&format!("{} calls after the stop", counters.calls_after_stop));
    }
    verdict
}

/// Milliseconds as seconds with three decimals, for people and for JSON.
pub(crate) fn seconds(ms: u64) -> f64 {
    f64::from(u32::try_from(ms).unwrap_or(u32::MAX)) / 1_000.0
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
