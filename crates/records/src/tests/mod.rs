//! The records table against the embedded engine.

mod checkpoints;
mod crashes;
mod engine;
mod gone;
mod heads;
mod inbox;
mod order;
mod orders;
mod pages;
mod spill;
mod trouble;

use flyball_domain::{
    AccountId, BadRow, JobKey, Kind, Mode, Product, Record, Row, UnixMillis, VendorId,
};
use serde_json::{Value, json};

use crate::{Records, Run, WriteSummary};

/// When everything in these tests happens.
const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

fn job() -> JobKey {
    JobKey { account: account(), kind: Kind::Products, mode: Mode::Incremental }
}

fn account() -> AccountId {
    "blue-mug".parse().unwrap()
}

fn id(text: &str) -> VendorId {
    text.parse().unwrap()
}

/// A product of the fields given, of `version` ms.
fn product(id: &str, version: u64, fields: Value) -> Record {
    let mut product = json!({ "id": id, "updated_at": version });
    let Value::Object(fields) = fields else { panic!("an object was expected") };
    product.as_object_mut().unwrap().extend(fields);
    Record::from(serde_json::from_value::<Product>(product).unwrap())
}

fn titled(id: &str, version: u64, title: &str) -> Record {
    product(id, version, json!({ "title": title }))
}

fn bad(id: &str, input: &str, reason: &str) -> BadRow {
    let id = Some(id).filter(|id| !id.is_empty()).map(|id| id.parse().unwrap());
    BadRow { id, input: input.to_owned(), reason: reason.to_owned() }
}

/// Text that does not compress below half of its length.
fn noise(bytes: usize, seed: u64) -> String {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + u8::try_from(state % 16).unwrap())
    };
    (0..bytes).map(|_| next()).collect()
}

async fn write(records: &Records, fence: u64, rows: &[Row]) -> WriteSummary {
    write_at(records, fence, NOW, rows).await
}

async fn write_at(records: &Records, fence: u64, now: UnixMillis, rows: &[Row]) -> WriteSummary {
    let job = job();
    records.write_page(&Run::new(&job, fence, now), 0, rows).await.unwrap().summary
}

async fn write_one(records: &Records, fence: u64, record: &Record) -> WriteSummary {
    write(records, fence, &[Row::Good(record.clone())]).await
}

async fn read(records: &Records, id: &str) -> Option<Record> {
    records.get(&account(), Kind::Products, &id.parse().unwrap()).await.unwrap()
}

fn written(written: u64) -> WriteSummary {
    WriteSummary { written, ..WriteSummary::default() }
}
