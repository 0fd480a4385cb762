//! Walks through the simulated store, over HTTP: what comes of them is what the store holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use flyball_bigcommerce::BigCommerceConnector;
use flyball_connector::{CallTag, Connector, Plan, Span, Step};
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

async fn store(products: u64, orders: u64) -> RunningStore {
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
        dials: Vec::new(),
        port: 0,
    };
    Store::serve(config, Arc::new(|| NOW.0)).await.unwrap()
}

/// What a walk comes to: its records, and the ids that it listed or found gone.
#[derive(Debug, Default)]
struct Found {
    records: BTreeMap<VendorId, Value>,
    listed: Vec<VendorId>,
    gone: Vec<VendorId>,
    calls: usize,
}

async fn walked(store: &RunningStore, plan: &Plan) -> Found {
    let base = BaseUrl::parse(&store.address(), Reach::Local).unwrap();
    let token = "simulated-token".into();
    let connector = BigCommerceConnector::new(http(Reach::Local), base, &token).unwrap();
    let mut walk = connector.walk(plan).unwrap();
    let mut found = Found::default();
    loop {
        match walk.next() {
            Step::Call(call) => {
                found.calls += 1;
                let tag = CallTag { lease: "lease".to_owned(), n: found.calls as u64 };
                let reply = connector.send(&call, &tag, TIMEOUT_MS).await.unwrap();
                let path = call.request.uri().to_string();
                walk.absorb(reply, NOW).unwrap_or_else(|failure| panic!("{path}: {failure}"));
            }
            Step::Page(page) => {
                for row in &page.rows {
                    match row {
                        Row::Good(record) => {
                            drop(found.records.insert(record.id.clone(), shown(row)));
                        }
                        Row::Gone(id) => found.gone.push(id.clone()),
                        row @ Row::Bad(_) => panic!("{row:?}"),
                    }
                }
            }
            Step::Listed(listing) => {
                found.listed.extend(listing.rows.into_iter().map(|row| row.id));
            }
            Step::Finished => return found,
        }
    }
}

fn everything(kind: Kind) -> Plan {
    plan(kind, Span::Changed { from: None, until: NOW.plus(1_000) })
}

fn truth(store: &RunningStore, kind: Kind) -> BTreeMap<VendorId, Value> {
    match kind {
        Kind::Products => store
            .truth()
            .map(|product| (product.id.clone(), serde_json::to_value(product).unwrap()))
            .collect(),
        Kind::Orders => store
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
    let store = store(700, 300).await;
    for kind in [Kind::Products, Kind::Orders] {
        let found = walked(&store, &everything(kind)).await;
        let truth = truth(&store, kind);
        assert_eq!(
            found.records.keys().collect::<Vec<_>>(),
            truth.keys().collect::<Vec<_>>(),
            "{kind}"
        );
        let mut all = Vec::new();
        for (id, record) in &found.records {
            differences(id.as_str(), record, &truth[id], &mut all);
        }
        assert!(
            all.is_empty(),
            "{kind}: {} differ, such as {:#?}",
            all.len(),
            &all[..all.len().min(25)]
        );
    }
}

#[tokio::test]
async fn a_listing_lists_what_the_store_holds_and_what_was_deleted_is_gone() {
    let store = store(300, 300).await;
    for kind in [Kind::Products, Kind::Orders] {
        let ids: Vec<VendorId> = truth(&store, kind).into_keys().take(3).collect();
        match kind {
            Kind::Products => store.delete(&ids[1]).unwrap(),
            Kind::Orders => store.delete_order(&ids[1]).unwrap(),
        }
        let listed = walked(&store, &plan(kind, Span::Listing)).await.listed;
        let mut left: Vec<VendorId> = truth(&store, kind).into_keys().collect();
        left.sort_by_key(|id| (id.as_str().len(), id.as_str().to_owned()));
        assert_eq!(listed, left, "{kind}");
        let found = walked(&store, &plan(kind, Span::Records { ids: ids.clone() })).await;
        assert_eq!(found.gone, [ids[1].clone()], "{kind}");
        assert_eq!(found.records.len(), 2, "{kind}");
    }
}
