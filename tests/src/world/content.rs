use std::collections::{BTreeMap, BTreeSet};

use flyball_connector::conformance::difference;
use flyball_domain::{Kind, Record, VendorId};
use flyball_records::Records;
use futures::TryStreamExt as _;

use super::Shop;

/// In what the stored products of a shop differ from its stock; empty when all is well.
///
/// # Panics
/// The records can't be read.
pub async fn differences(records: &Records, shop: &Shop) -> Vec<String> {
    differences_of(records, shop, Kind::Products).await
}

/// In what the stored records of a shop differ from what it has: what is lost, what was never there,
/// what is there twice, what has another content. Empty when all is well.
///
/// # Panics
/// The records can't be read.
pub async fn differences_of(records: &Records, shop: &Shop, kind: Kind) -> Vec<String> {
    let truth = truth(shop, kind);
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut stored = Box::pin(records.stream(&shop.account, kind));
    while let Some(record) = stored.try_next().await.expect("records that can be read") {
        match truth.get(&record.id) {
            Some(truth) if truth.body == record.body => {}
            Some(truth) => found.push(format!(
                "{} is stored otherwise than sold: {}",
                record.id,
                difference(&record, truth)
            )),
            None => found.push(format!("{} is stored and not sold", record.id)),
        }
        if !seen.insert(record.id.clone()) {
            found.push(format!("{} is stored twice", record.id));
        }
    }
    found.extend(truth.keys().filter(|id| !seen.contains(*id)).map(|id| format!("{id} is lost")));
    found
}

fn truth(shop: &Shop, kind: Kind) -> BTreeMap<VendorId, Record> {
    let all: Vec<Record> = match kind {
        Kind::Products => shop.store.truth().map(Record::from).collect(),
        Kind::Orders => shop.store.true_orders().map(Record::from).collect(),
    };
    all.into_iter().map(|record| (record.id.clone(), record)).collect()
}
