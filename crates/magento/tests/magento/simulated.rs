//! Walks through the simulated store, over HTTP: what comes of them is what the store holds.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use flyball_connector::{CallTag, Connector, Failure, Page, Plan, Span, Step};
use flyball_domain::{Kind, Row, UnixMillis, VendorId};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use flyball_magento::MagentoConnector;
use flyball_storefronts::{
    MagentoAccess, MagentoHabits, MagentoSettings, MagentoVersion, OAuthSecrets, RunningStore,
    Stock, Store, StoreConfig, Vendor, Zone,
};
use serde_json::{Value, json};

use crate::common::{plan, shown};

/// 2026-11-22T09:30:15Z.
const NOW: UnixMillis = UnixMillis(1_795_339_815_000);
const TIMEOUT_MS: u64 = 30_000;
const RUNS_MAX: usize = 1_000;
/// Differences shown before the others are only counted.
const SHOWN_MAX: usize = 20;

/// A store, and a way to it.
struct Shop {
    store: RunningStore,
    connector: MagentoConnector,
}

fn settings() -> MagentoSettings {
    MagentoSettings {
        version: MagentoVersion::From24,
        base_path: "/m2".to_owned(),
        access: MagentoAccess::Bearer,
        habits: MagentoHabits::plain(),
    }
}

async fn shop(products: u64, orders: u64, settings: MagentoSettings, dials: &[&str]) -> Shop {
    let credentials = match &settings.access {
        MagentoAccess::Bearer => "simulated-token".to_owned(),
        MagentoAccess::OAuth(secrets) | MagentoAccess::Both(secrets) => json!({
            "consumer_key": secrets.consumer_key,
            "consumer_secret": secrets.consumer_secret,
            "access_token": "simulated-token",
            "access_token_secret": secrets.token_secret,
        })
        .to_string(),
    };
    let config = StoreConfig {
        name: "Hearth & Co".to_owned(),
        vendor: Vendor::Magento(settings),
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
    let http = HttpClient::new(Settings { reach: Reach::Local }).unwrap();
    let next = std::sync::atomic::AtomicU64::new(0);
    let entropy = move || next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let connector =
        MagentoConnector::new(http, &base, &credentials.into(), || NOW, entropy).unwrap();
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

/// What a walk comes to that is begun again after every failure from where it was broken off.
async fn walked(shop: &Shop, plan: &Plan) -> Found {
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
                walk.sent(NOW);
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
                found.resume = Some(listing.resume);
            }
            Step::Finished => return Ok(()),
        }
    }
}

impl Found {
    fn take(&mut self, page: Page) {
        for row in &page.rows {
            match row {
                Row::Good(record) => {
                    let shown = shown(core::slice::from_ref(row))[0].take();
                    drop(self.records.insert(record.id.clone(), shown));
                }
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
        (Value::Object(one), Value::Object(other)) => {
            let names: std::collections::BTreeSet<&String> =
                one.keys().chain(other.keys()).collect();
            for name in names {
                let part = |of: &serde_json::Map<String, Value>| match of.get(name) {
                    Some(value) => value.clone(),
                    None => json!("<absent>"),
                };
                differences(&format!("{at}.{name}"), &part(one), &part(other), into);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                differences(&format!("{at}[{index}]"), one, other, into);
            }
        }
        _ if found == truth => {}
        _ => into.push(format!("{at}: found {found}, truly {truth}")),
    }
}

fn assert_is_truth(shop: &Shop, kind: Kind, found: &Found) {
    let truth = truth(shop, kind);
    let ids = |all: &BTreeMap<VendorId, Value>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(ids(&found.records), ids(&truth));
    let mut wrong = Vec::new();
    for (id, truth) in &truth {
        differences(id.as_str(), &found.records[id], truth, &mut wrong);
    }
    let count = wrong.len();
    wrong.truncate(SHOWN_MAX);
    assert!(wrong.is_empty(), "{count} differences:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_walk_through_everything_comes_to_what_the_store_holds() {
    let shop = shop(320, 130, settings(), &[]).await;
    for kind in [Kind::Products, Kind::Orders] {
        let found = walked(&shop, &everything(kind)).await;
        assert_is_truth(&shop, kind, &found);
    }
}

#[tokio::test]
async fn a_walk_by_time_comes_to_the_same() {
    let shop = shop(250, 120, settings(), &[]).await;
    for kind in [Kind::Products, Kind::Orders] {
        let span = Span::Changed { from: Some(UnixMillis(0)), until: NOW.plus(1_000) };
        let found = walked(&shop, &plan(kind, span)).await;
        assert_is_truth(&shop, kind, &found);
    }
}

/// An old store that asks for signatures, gives twenty rows at once, and says its last page again.
#[tokio::test]
async fn a_store_of_another_kind_comes_to_the_same() {
    let secrets = OAuthSecrets {
        consumer_key: "key".to_owned(),
        consumer_secret: "consumer&secret".to_owned(),
        token_secret: "token secret".replace(' ', "="),
    };
    let habits = MagentoHabits { page_size_max: NonZeroU32::new(20), ..MagentoHabits::plain() };
    let settings = MagentoSettings {
        version: MagentoVersion::Before24,
        access: MagentoAccess::OAuth(secrets),
        habits,
        ..settings()
    };
    let shop = shop(130, 70, settings, &[]).await;
    for kind in [Kind::Products, Kind::Orders] {
        let found = walked(&shop, &everything(kind)).await;
        assert_is_truth(&shop, kind, &found);
    }
}

#[tokio::test]
async fn a_store_that_fails_now_and_then_comes_to_the_same() {
    for dial in [
        "status=503@every=7",
        "status=500@every=5",
        "throttled@every=3",
        "truncated@every=6",
        "close@every=9",
        "html=200@every=8",
    ] {
        let shop = shop(250, 120, settings(), &[dial]).await;
        for kind in [Kind::Products, Kind::Orders] {
            let found = walked(&shop, &everything(kind)).await;
            assert_is_truth(&shop, kind, &found);
        }
    }
}

#[tokio::test]
async fn a_listing_has_all_ids_and_records_asked_for_come_or_are_gone() {
    let shop = shop(330, 20, settings(), &[]).await;
    let listed = walked(&shop, &plan(Kind::Products, Span::Listing)).await.listed;
    let mut ids: Vec<VendorId> = truth(&shop, Kind::Products).into_keys().collect();
    ids.sort_by_key(|id| (id.as_str().len(), id.clone()));
    assert_eq!(listed, ids);
    let mut asked = ids[..3].to_vec();
    shop.store.delete(&asked[1]).unwrap();
    asked.push("987654321".parse().unwrap());
    let found = walked(&shop, &plan(Kind::Products, Span::Records { ids: asked.clone() })).await;
    assert_eq!(found.records.len(), 2);
    assert_eq!(found.gone, [asked[1].clone(), asked[3].clone()]);
}

/// Its strangeness is drawn anew for every answer, so only who is there can be compared.
#[tokio::test]
async fn a_store_whose_extensions_do_as_they_like_gives_all_its_records() {
    let shop = shop(250, 120, settings(), &["strange@always"]).await;
    for kind in [Kind::Products, Kind::Orders] {
        let found = walked(&shop, &everything(kind)).await;
        assert!(found.records.keys().eq(truth(&shop, kind).keys()));
    }
}
