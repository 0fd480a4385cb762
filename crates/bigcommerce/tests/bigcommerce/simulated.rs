//! Walks through the simulated store, over HTTP: what comes of them is what the store holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use flyball_bigcommerce::BigCommerceConnector;
use flyball_connector::{CallTag, Connector, Failure, Page, Plan, Span, Step};
use flyball_domain::{Kind, Row, UnixMillis, VendorId};
use flyball_http::{BaseUrl, Reach};
use flyball_storefronts::{
    BigCommerceSettings, Quota, RunningStore, Stock, Store, StoreConfig, Vendor, Zone,
};
use serde_json::Value;

use crate::common::{http, plan, shown};

/// 2026-11-22T09:30:15Z.
const NOW: UnixMillis = UnixMillis(1_795_339_815_000);
const TIMEOUT_MS: u64 = 30_000;
const RUNS_MAX: usize = 1_000;

/// A store, and a way to it.
struct Shop {
    store: RunningStore,
    connector: BigCommerceConnector,
}

async fn shop(products: u64, orders: u64, dials: &[&str]) -> Shop {
    let config = StoreConfig {
        name: "Hearth & Co".to_owned(),
        vendor: Vendor::BigCommerce(BigCommerceSettings {
            hash: "a1b2c3".to_owned(),
            quota: Quota::Unlimited,
            others_per_window: 0,
        }),
        currency: "EUR".parse().unwrap(),
        zone: Zone { name: "Europe/Berlin".to_owned(), offset_minutes: 60 },
        token: "simulated-token".to_owned(),
        stock: Stock::Generated { products },
        orders,
        seed: 11,
        dials: dials.iter().map(|dial| dial.parse().unwrap()).collect(),
        port: 0,
    };
    let store = Store::serve(config, Arc::new(|| NOW.0)).await.unwrap();
    let base = BaseUrl::parse(&store.address(), Reach::Local).unwrap();
    let token = "simulated-token".into();
    let connector = BigCommerceConnector::new(http(Reach::Local), base, &token).unwrap();
    Shop { store, connector }
}

/// What a walk comes to: its records, and the ids that it listed or found gone.
#[derive(Debug, Default)]
struct Found {
    records: BTreeMap<VendorId, Value>,
    listed: Vec<VendorId>,
    gone: Vec<VendorId>,
    calls: u64,
    resume: Option<String>,
}

/// What one walk comes to; any failure is one too many.
async fn walked(shop: &Shop, plan: &Plan) -> Found {
    let mut found = Found::default();
    if let Err(failure) = run(shop, plan, &mut found).await {
        panic!("{failure}");
    }
    found
}

/// What a walk comes to that is begun again after every failure from where it was broken off.
async fn recovered(shop: &Shop, plan: &Plan) -> Found {
    let mut found = Found::default();
    for _ in 0..RUNS_MAX {
        let plan = Plan { resume: found.resume.clone(), ..plan.clone() };
        if run(shop, &plan, &mut found).await.is_ok() {
            return found;
        }
    }
    panic!("{RUNS_MAX} runs came to {} records in {} calls", found.records.len(), found.calls);
}

async fn run(shop: &Shop, plan: &Plan, found: &mut Found) -> Result<(), Failure> {
    let mut walk = shop.connector.walk(plan).unwrap();
    loop {
        match walk.next() {
            Step::Call(call) => {
                found.calls += 1;
                let tag = CallTag { lease: "lease".to_owned(), n: found.calls };
                let answer = shop.connector.send(&call, &tag, TIMEOUT_MS).await;
                if let Err(failure) = answer.and_then(|reply| walk.absorb(reply, NOW)) {
                    if let Some(part) = walk.break_off() {
                        found.take(part);
                    }
                    return Err(failure);
                }
            }
            Step::Page(page) => found.take(page),
            Step::Listed(listing) => {
                found.listed.extend(listing.rows.into_iter().map(|row| row.id));
            }
            Step::Finished => return Ok(()),
        }
    }
}

impl Found {
    fn take(&mut self, page: Page) {
        for row in &page.rows {
            match row {
                Row::Good(record) => drop(self.records.insert(record.id.clone(), shown(row))),
                Row::Gone(id) => self.gone.push(id.clone()),
                row @ Row::Bad(_) => panic!("{row:?}"),
            }
        }
        self.resume = Some(page.resume);
    }
}

fn everything(kind: Kind) -> Plan {
    plan(kind, Span::Changed { from: None, until: NOW.plus(1_000) })
}

fn truth(shop: &Shop, kind: Kind) -> BTreeMap<VendorId, Value> {
    match kind {
        Kind::Products => shop
            .store
            .truth()
            .map(|product| (product.id.clone(), serde_json::to_value(product).unwrap()))
            .collect(),
        Kind::Orders => shop
            .store
            .true_orders()
            .map(|order| (order.id.clone(), serde_json::to_value(order).unwrap()))
            .collect(),
    }
}

/// Where two values differ.
fn differences(at: &str, found: &Value, truth: &Value, into: &mut Vec<String>) {
    match (found, truth) {
        (Value::Object(found), Value::Object(truth)) => {
            let names: std::collections::BTreeSet<_> = found.keys().chain(truth.keys()).collect();
            for name in names {
                let of = |fields: &serde_json::Map<String, Value>| {
                    fields.get(name).cloned().unwrap_or_else(|| "absent".into())
                };
                differences(&format!("{at}.{name}"), &of(found), &of(truth), into);
            }
        }
        (Value::Array(found), Value::Array(truth)) if found.len() == truth.len() => {
            for (index, (found, truth)) in found.iter().zip(truth).enumerate() {
                differences(&format!("{at}[{index}]"), found, truth, into);
            }
        }
        (found, truth) if found != truth => into.push(format!("{at}: found {found}, true {truth}")),
        _ => {}
    }
}

#[tokio::test]
async fn a_walk_comes_to_what_the_store_holds() {
    let shop = shop(700, 300, &[]).await;
    for kind in [Kind::Products, Kind::Orders] {
        let found = walked(&shop, &everything(kind)).await;
        is_true(&shop, kind, &found);
    }
}

#[tokio::test]
async fn a_walk_through_a_store_in_trouble_comes_to_the_same() {
    let dials = [
        "status=500@every=11",
        "status=429@every=13",
        "truncated@every=17",
        "html=503@every=19",
        "broken-json@every=23",
        "close@every=29",
    ];
    let shop = shop(300, 40, &dials).await;
    for kind in [Kind::Products, Kind::Orders] {
        is_true(&shop, kind, &recovered(&shop, &everything(kind)).await);
    }
}

#[track_caller]
fn is_true(shop: &Shop, kind: Kind, found: &Found) {
    let truth = truth(shop, kind);
    let ids = |records: &BTreeMap<VendorId, Value>| records.keys().cloned().collect::<Vec<_>>();
    assert_eq!(ids(&found.records), ids(&truth), "{kind}");
    let mut all = Vec::new();
    for (id, record) in &found.records {
        differences(id.as_str(), record, &truth[id], &mut all);
    }
    let (count, some) = (all.len(), &all[..all.len().min(25)]);
    assert!(all.is_empty(), "{kind}: {count} differ, such as {some:#?}");
}

#[tokio::test]
async fn a_listing_lists_what_the_store_holds_and_what_was_deleted_is_gone() {
    let shop = shop(300, 300, &[]).await;
    for kind in [Kind::Products, Kind::Orders] {
        let ids: Vec<VendorId> = truth(&shop, kind).into_keys().take(3).collect();
        match kind {
            Kind::Products => shop.store.delete(&ids[1]).unwrap(),
            Kind::Orders => shop.store.delete_order(&ids[1]).unwrap(),
        }
        let listed = walked(&shop, &plan(kind, Span::Listing)).await.listed;
        let mut left: Vec<VendorId> = truth(&shop, kind).into_keys().collect();
        left.sort_by_key(|id| (id.as_str().len(), id.as_str().to_owned()));
        assert_eq!(listed, left, "{kind}");
        let found = walked(&shop, &plan(kind, Span::Records { ids: ids.clone() })).await;
        assert_eq!(found.gone, [ids[1].clone()], "{kind}");
        assert_eq!(found.records.len(), 2, "{kind}");
    }
}
