use std::collections::BTreeSet;

use flyball_domain::{Kind, RecordBody};
use flyball_records::Records;
use futures::TryStreamExt as _;

use super::Shop;

/// In what the stored records of a shop differ from its stock: what is lost, what was never sold,
/// what is there twice, what has another content. Empty when all is well.
///
/// # Panics
/// The records can't be read.
pub async fn differences(records: &Records, shop: &Shop) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut stored = Box::pin(records.stream(&shop.account, Kind::Products));
    while let Some(record) = stored.try_next().await.expect("records that can be read") {
        let RecordBody::Product(product) = &record.body;
        match shop.store.truth_of(&record.id) {
            Some(truth) if truth == **product => {}
            Some(_) => found.push(format!("{} is stored otherwise than sold", record.id)),
            None => found.push(format!("{} is stored and not sold", record.id)),
        }
        if !seen.insert(record.id.clone()) {
            found.push(format!("{} is stored twice", record.id));
        }
    }
    let lost = shop.store.truth().filter(|product| !seen.contains(&product.id));
    found.extend(lost.map(|product| format!("{} is lost", product.id)));
    found
}
