//! Records too large for one item.

use flyball_domain::{Field, RecordBody, Row};
use serde_json::json;

use super::engine::Engine;
use super::*;
use crate::candidate::Candidate;
use crate::head::Write;
use crate::key::Family;
use crate::parts::{PART_BYTES, parts_of};
use crate::write::Replaced;
use crate::{ItemError, RecordsError};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A record whose body needs two parts.
fn large(version: u64) -> Record {
    titled("42", version, &noise(PART_BYTES * 3, version))
}

#[tokio::test]
async fn a_product_of_2048_variants_comes_back_equal() {
    let engine = Engine::start().await;
    let records = engine.records();
    let variant = |n: u64| {
        json!({
            "id": n.to_string(), "title": format!("No. {n} ☕"), "sku": noise(600, n),
            "price": { "amount": "19.90", "currency": "EUR" }, "position": n, "barcode": null,
        })
    };
    let variants: Vec<_> = (1..=2_048).map(variant).collect();
    let record = product("42", 1, json!({ "title": "Mug", "variants": variants }));
    assert_eq!(write_one(&records, 1, &record).await, written(1));
    assert!(engine.items_in("#products#parts").await.len() > 1);
    assert_eq!(read(&records, "42").await, Some(record.clone()));

    let page = records.page(&account(), Kind::Products, None, 10).await.unwrap();
    assert_eq!(page, (vec![record.clone()], None));
    assert_eq!(write_one(&records, 2, &record).await.unchanged, 1);
}

#[tokio::test]
async fn the_parts_of_what_was_replaced_are_removed() {
    let engine = Engine::start().await;
    let records = engine.records();
    let count = || async { engine.items_in("#parts").await.len() };
    write_one(&records, 1, &large(1)).await;
    let parts = count().await;
    assert!(parts > 1);
    write_one(&records, 2, &large(2)).await;
    assert_eq!(count().await, parts);
    write_one(&records, 2, &titled("42", 3, "small")).await;
    assert_eq!(count().await, 0);
    assert_eq!(read(&records, "42").await, Some(titled("42", 3, "small")));
}

#[tokio::test]
async fn a_partial_record_keeps_what_is_stored_in_parts() {
    let records = Engine::start().await.records();
    write_one(&records, 1, &large(1)).await;
    write_one(&records, 1, &product("42", 2, json!({ "handle": "mug" }))).await;
    let Some(Record { body: RecordBody::Product(stored), .. }) = read(&records, "42").await else {
        panic!("a product was expected")
    };
    assert_eq!(stored.title, Field::Value(noise(PART_BYTES * 3, 1)));
    assert_eq!(stored.handle, Field::Value("mug".to_owned()));
}

/// The other writer has written its parts, and not yet its item, when this one replaces and cleans
/// up.
#[tokio::test]
async fn cleaning_up_never_takes_the_parts_of_a_write_in_progress() {
    let engine = Engine::start().await;
    let (records, job) = (engine.records(), job());
    write_one(&records, 1, &large(1)).await;
    let seen = records.stored(&account(), Kind::Products, &id("42")).await.unwrap().unwrap().head;

    // The very content that is about to be replaced, and something newer.
    let family_id = id("42");
    let family = Family::of_record(&job.account, Kind::Products, &family_id);
    let mut in_progress = Vec::new();
    for (fence, record) in [(7, large(1)), (3, large(9))] {
        let mine = Candidate::new(&record, 0).unwrap();
        let write = Write { fence, n: 0, hash: mine.body.hash, personal: None }.name();
        let (packed, _) = records.pack(&mine.body.json);
        records.table.write_parts(&family, &write, &packed, NOW).await.unwrap();
        in_progress.push((write, packed.into_owned()));
    }
    let run = |fence| Run::new(&job, fence, NOW);
    let second = Candidate::new(&titled("42", 1, "second"), 5).unwrap();
    let done = records.replace(&run(5), &second, Some(&seen)).await.unwrap();
    assert!(matches!(done, Replaced::Done));
    for (write, packed) in &in_progress {
        let parts = u16::try_from(parts_of(packed.len())).unwrap();
        let found = records.table.read_parts(&family, write, parts).await.unwrap();
        assert!(found.as_ref() == Some(packed), "the parts of {write} are gone");
    }
    let replaced =
        records.table.read_parts(&family, &seen.write.name(), seen.parts()).await.unwrap();
    assert_eq!(replaced, None);

    let mine = Candidate::new(&large(9), 0).unwrap();
    records.settle(&run(3), mine, Some(seen)).await.unwrap();
    assert_eq!(read(&records, "42").await, Some(large(9)));
}

#[tokio::test]
async fn leftovers_go_after_a_day_with_the_next_large_write() {
    let engine = Engine::start().await;
    let (records, job) = (engine.records(), job());
    let family_id = id("42");
    let family = Family::of_record(&job.account, Kind::Products, &family_id);
    let leave = async |write: &str| {
        records.table.write_parts(&family, write, b"left by a crash", NOW).await.unwrap();
    };
    leave("1-0-aa").await;
    write_at(&records, 2, NOW.plus(DAY_MS - 1), &[Row::Good(large(1))]).await;
    let parts = engine.items_in("#parts").await.len();
    write_at(&records, 2, NOW.plus(DAY_MS), &[Row::Good(large(2))]).await;
    assert_eq!(engine.items_in("#parts").await.len(), parts - 1);
    assert_eq!(read(&records, "42").await, Some(large(2)));
}

#[tokio::test]
async fn a_reader_that_was_overtaken_reads_again() {
    let engine = Engine::start().await;
    let records = engine.records();
    write_one(&records, 1, &large(1)).await;
    let overtaken = engine.items_in("#products").await.remove(0);
    write_one(&records, 2, &large(2)).await;
    let read = records.read(&account(), Kind::Products, id("42"), overtaken).await.unwrap();
    assert_eq!(read, Some(large(2)));
}

#[tokio::test]
async fn parts_that_are_missing_for_good_are_named() {
    let engine = Engine::start().await;
    let records = engine.records();
    write_one(&records, 1, &large(1)).await;
    let part = engine.items_in("#parts").await.remove(0);
    records.table.delete(crate::table::key_of(&part)).await.unwrap();
    let error = records.get(&account(), Kind::Products, &id("42")).await.unwrap_err();
    assert!(matches!(error, RecordsError::Item(ItemError::Corrupt { .. })));
    let text = error.to_string();
    assert!(text.starts_with("item blue-mug#products 002#42 is damaged: not all of its"), "{text}");
}
