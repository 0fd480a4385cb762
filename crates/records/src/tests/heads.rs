//! Records in the order of numbers, and what is known of them without their bodies.

use flyball_domain::Kind;
use futures::TryStreamExt;

use super::engine::{End, Engine};
use super::*;
use crate::attributes::{n, s};
use crate::parts::PART_BYTES;

async fn ids_between(records: &Records, after: Option<&str>, through: Option<&str>) -> Vec<String> {
    let (after, through) = (after.map(id), through.map(id));
    let mut ids = Vec::new();
    let mut at = after;
    loop {
        let page =
            records.heads_between(&account(), Kind::Products, at.as_ref(), through.as_ref()).await;
        let (heads, next) = page.unwrap();
        ids.extend(heads.into_iter().map(|head| head.id.to_string()));
        at = next;
        if at.is_none() {
            return ids;
        }
    }
}

#[tokio::test]
async fn records_come_in_the_order_of_numbers_whatever_their_length() {
    let records = Engine::start().await.records();
    let ids = ["1", "9", "10", "42", "99", "100", "1000", "9007199254740993"];
    let rows = ids.map(|id| Row::Good(titled(id, 1, "Mug")));
    write(&records, 1, &rows).await;
    assert_eq!(ids_between(&records, None, None).await, ids);
    let all: Vec<_> = records.stream(&account(), Kind::Products).try_collect().await.unwrap();
    assert_eq!(all.into_iter().map(Row::Good).collect::<Vec<_>>(), rows);
    let page = records.page(&account(), Kind::Products, Some(&id("42")), 2).await.unwrap();
    assert_eq!(page.0, [titled("99", 1, "Mug"), titled("100", 1, "Mug")]);
    assert_eq!(page.1, Some(id("100")));
}

#[tokio::test]
async fn a_stretch_begins_behind_its_first_id_and_ends_with_its_last_stored_or_not() {
    let records = Engine::start().await.records();
    write(&records, 1, &["1", "9", "10", "42", "100"].map(|id| Row::Good(titled(id, 1, "Mug"))))
        .await;
    for (after, through, expected) in [
        (None, Some("9"), &["1", "9"][..]),
        (Some("9"), Some("42"), &["10", "42"]),
        (Some("9"), Some("41"), &["10"]),
        (Some("11"), None, &["42", "100"]),
        (Some("100"), None, &[]),
        (Some("42"), Some("42"), &[]),
        (Some("42"), Some("9"), &[]),
    ] {
        let found = ids_between(&records, after, through).await;
        assert_eq!(found, expected, "{after:?} {through:?}");
    }
}

#[tokio::test]
async fn a_stretch_longer_than_a_page_of_the_store_is_read_page_by_page() {
    let engine = Engine::start().await;
    let (records, probe) = engine.watched();
    let rows: Vec<_> =
        (10..22).map(|id| Row::Good(titled(&id.to_string(), 1, &noise(PART_BYTES, id)))).collect();
    write(&records, 1, &rows).await;
    probe.take();
    let ids = ids_between(&records, Some("10"), Some("20")).await;
    assert!(ids.iter().eq(&(11..=20).map(|id| id.to_string()).collect::<Vec<_>>()), "{ids:?}");
    assert!(probe.take()["Query"] > 1);
}

/// As the version before stored it: under its id alone.
async fn stored_by_version_1(engine: &Engine, record: &Record) {
    let records = engine.records();
    write_one(&records, 1, record).await;
    let items = engine.items_in("#products").await;
    let mut item = items
        .into_iter()
        .find(|item| item["sk"].as_s().unwrap().ends_with(&format!("#{}", record.id)))
        .unwrap();
    records.table.delete(crate::table::key_of(&item)).await.unwrap();
    item.insert("sk".to_owned(), s(record.id.as_str()));
    item.insert("v".to_owned(), n(1));
    engine.put(item).await;
}

#[tokio::test]
async fn records_of_the_version_before_are_found_again_once_they_are_moved() {
    let engine = Engine::start().await;
    let records = engine.records();
    let large = titled("9", 1, &noise(PART_BYTES * 3, 9));
    let old = [large, titled("10", 1, "Mug"), titled("9007199254740993", 1, "Mug")];
    for record in &old {
        stored_by_version_1(&engine, record).await;
    }
    // A run of today's has imported one of them already.
    stored_by_version_1(&engine, &titled("42", 1, "older")).await;
    write_one(&records, 2, &titled("42", 2, "newer")).await;
    assert_eq!(ids_between(&records, None, None).await, ["42"]);

    assert_eq!(records.rekey(&account(), Kind::Products).await.unwrap(), 4);
    let all: Vec<_> = records.stream(&account(), Kind::Products).try_collect().await.unwrap();
    let [first, second, last] = old;
    assert_eq!(all, [first, second, titled("42", 2, "newer"), last]);
    assert_eq!(records.rekey(&account(), Kind::Products).await.unwrap(), 0);
    assert_eq!(engine.items_in("#products").await.len(), 4);
    for item in engine.items_in("#products").await {
        assert_eq!(item["v"], n(2));
    }
}

/// Each move is two writes: under the new key, and away with the old.
#[tokio::test]
async fn moving_records_goes_on_where_it_was_killed() {
    for end in [End::Unsent, End::Unheard] {
        for writes in 0..4 {
            let engine = Engine::start().await;
            let old = ["9", "10"].map(|id| titled(id, 1, "Mug"));
            for record in &old {
                stored_by_version_1(&engine, record).await;
            }
            let (victim, probe) = engine.watched();
            probe.die_after(writes, end);
            victim.rekey(&account(), Kind::Products).await.unwrap_err();

            let records = engine.records();
            records.rekey(&account(), Kind::Products).await.unwrap();
            let all: Vec<_> =
                records.stream(&account(), Kind::Products).try_collect().await.unwrap();
            assert_eq!(all, old, "killed after {writes} writes");
            assert_eq!(engine.items_in("#products").await.len(), 2);
        }
    }
}
