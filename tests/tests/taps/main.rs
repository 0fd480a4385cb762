//! Third-party clients, unchanged, import from the simulated stores what our connectors import.
//!
//! They are Singer taps, whose hosts are hard-wired: a proxy stands in for those.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeSet;

use flyball_domain::{Integration, Kind, Mode, UnixMillis};
use flyball_governor::Policy;
use flyball_importer::Handled;
use flyball_tests::taps::Tap;
use flyball_tests::world::{Setup, Shop, World};
use futures::TryStreamExt as _;
use serde_json::{Value, json};

const PRODUCTS: u64 = 300;

/// Ids and times of change.
type Versions = BTreeSet<(String, UnixMillis)>;

/// A store, and what our own import of it has brought.
async fn imported(integration: Integration) -> (World, Shop, Versions) {
    let world = World::open(Policy::STANDARD).await;
    let setup = Setup { integration, products: PRODUCTS, ..Setup::default() };
    let shop = world.shop("blue-mug", setup).await;
    let handled = world.handle_now(integration, &shop.job(Mode::Incremental)).await;
    assert_eq!(handled, Handled::Done);
    let records = world.system.stores.records.stream(&shop.account, Kind::Products);
    let versions: Versions = records
        .map_ok(|record| (record.id.to_string(), record.version))
        .try_collect()
        .await
        .unwrap();
    assert_eq!(versions.len(), usize::try_from(PRODUCTS).unwrap());
    (world, shop, versions)
}

/// The records of a tap, by their ids and times of change.
fn versions(records: &[Value], id: &str, changed: &str) -> Versions {
    let version = |record: &Value| {
        let gid = record[id].as_str().and_then(|gid| gid.rsplit('/').next());
        let id = gid.map_or_else(|| record[id].to_string(), str::to_owned);
        (id, UnixMillis::parse_rfc3339(record[changed].as_str().unwrap()).unwrap())
    };
    records.iter().map(version).collect()
}

#[tokio::test]
async fn tap_shopify_imports_the_same_products_as_we_do() {
    let (_world, shop, ours) = imported(Integration::Shopify).await;
    let tap = Tap::start("tap-shopify", &["blue-mug.myshopify.com"], &shop.store).await;
    let config = json!({
        "shop": "blue-mug",
        "api_key": shop.store.token(),
        "start_date": "2000-01-01T00:00:00Z",
        "date_window_size": 36_500,
        "results_per_page": 25,
    });
    let records = tap.records(&config, "products").await;
    assert_eq!(versions(&records, "id", "updatedAt"), ours);
}

#[tokio::test]
async fn tap_bigcommerce_imports_the_same_products_as_we_do() {
    let (_world, shop, ours) = imported(Integration::Bigcommerce).await;
    let tap = Tap::start("tap-bigcommerce", &["api.bigcommerce.com"], &shop.store).await;
    let config = json!({
        "client_id": "client",
        "access_token": shop.store.token(),
        "store_hash": "a1b2c3",
        "start_date": "2000-01-01T00:00:00Z",
    });
    let records = tap.records(&config, "products").await;
    assert_eq!(versions(&records, "id", "date_modified"), ours);
}
