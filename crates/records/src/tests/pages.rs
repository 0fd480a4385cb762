//! Pages of records, written and read.

use flyball_domain::{Field, Kind, RecordBody, Row, UnixMillis};
use futures::TryStreamExt;
use serde_json::json;

use super::engine::Engine;
use super::*;
use crate::{Summary, WriteSummary};

fn page(ids: core::ops::Range<u32>, version: u64) -> Vec<Row> {
    ids.map(|id| Row::Good(titled(&format!("{id:05}"), version, "Mug"))).collect()
}

#[tokio::test]
async fn a_page_is_one_batch_read_and_one_write_per_record() {
    let engine = Engine::start().await;
    let (records, probe) = engine.watched();
    assert_eq!(write(&records, 1, &page(0..100, 1)).await, written(100));
    let sent = probe.take();
    assert_eq!((sent["BatchGetItem"], sent["PutItem"], sent["Query"]), (1, 100, 1));
    assert_eq!(sent.len(), 3);
}

#[tokio::test]
async fn unchanged_records_are_not_rewritten() {
    let engine = Engine::start().await;
    let (records, probe) = engine.watched();
    write(&records, 1, &page(0..100, 1)).await;
    probe.take();
    let mut rows = page(0..100, 1);
    rows[7] = Row::Good(titled("00007", 2, "Blue mug"));
    let summary = write(&records, 2, &rows).await;
    assert_eq!(summary, WriteSummary { written: 1, unchanged: 99, ..WriteSummary::default() });
    assert_eq!(probe.take()["PutItem"], 1);
    // Nor announced: they keep their place in the change feed.
    let mut of_this_run = engine.items_in("#products").await;
    of_this_run.retain(|item| item["fence"].as_n().unwrap() == "2");
    assert_eq!(of_this_run.len(), 1);
    assert_eq!(of_this_run[0]["n"].as_n().unwrap(), "7");
}

#[tokio::test]
async fn rows_are_numbered_through_all_pages_of_a_run() {
    let engine = Engine::start().await;
    let job = job();
    let run = Run::new(&job, 3, NOW);
    let mut rows = page(0..130, 1);
    rows.insert(0, Row::Bad(bad("x", "{}", "no title")));
    engine.records().write_page(&run, 1_000, &rows).await.unwrap();
    for item in engine.items_in("#products").await {
        let id: u64 = item["sk"].as_s().unwrap().strip_prefix("005#").unwrap().parse().unwrap();
        assert_eq!(item["n"].as_n().unwrap(), &(1_001 + id).to_string());
    }
}

#[tokio::test]
async fn a_record_that_comes_twice_in_a_page_is_written_once_at_its_newest() {
    let engine = Engine::start().await;
    let records = engine.records();
    let rows = [titled("42", 1, "a"), titled("42", 3, "c"), titled("42", 2, "b")];
    let summary = write(&records, 1, &rows.map(Row::Good)).await;
    assert_eq!(summary, WriteSummary { written: 1, older: 2, ..WriteSummary::default() });
    assert_eq!(read(&records, "42").await, Some(titled("42", 3, "c")));
}

#[tokio::test]
async fn records_are_read_in_order_page_by_page_one_by_one_and_as_a_stream() {
    let engine = Engine::start().await;
    let records = engine.records();
    let rows = page(0..250, 5);
    write(&records, 1, &rows).await;
    let all: Vec<_> = records.stream(&account(), Kind::Products).try_collect().await.unwrap();
    assert_eq!(all.iter().cloned().map(Row::Good).collect::<Vec<_>>(), rows);

    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = records.page(&account(), Kind::Products, after.as_ref(), 99).await.unwrap();
        assert!(page.0.len() <= 99);
        paged.extend(page.0);
        after = page.1;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);
    assert_eq!(read(&records, "00123").await.as_ref(), Some(&all[123]));
    assert_eq!(read(&records, "99999").await, None);

    assert_eq!(records.count(&account(), Kind::Products).await.unwrap(), 250);
    assert_eq!(records.count(&account(), Kind::Orders).await.unwrap(), 0);
}

#[tokio::test]
async fn the_summary_counts_records_and_knows_their_versions() {
    let records = Engine::start().await.records();
    let summary = || async { records.summary(&account(), Kind::Products).await.unwrap() };
    assert_eq!(summary().await, Summary::default());
    let rows = [titled("a", 3, "Mug"), titled("b", 9, "Mug"), titled("c", 5, "Mug")];
    write(&records, 1, &rows.map(Row::Good)).await;
    let (oldest, newest) = (Some(UnixMillis(3)), Some(UnixMillis(9)));
    assert_eq!(summary().await, Summary { records: 3, oldest, newest, gone: 0 });
}

#[tokio::test]
async fn what_was_not_asked_for_keeps_its_stored_value_and_an_explicit_nothing_clears_it() {
    let records = Engine::start().await.records();
    let whole = json!({ "title": "Mug", "vendor": "Acme", "tags": ["a"], "extra": { "x": 1.5 } });
    write_one(&records, 1, &product("42", 1, whole)).await;
    let partial = product("42", 2, json!({ "title": "Blue mug", "vendor": null, "tags": [] }));
    assert_eq!(write_one(&records, 2, &partial).await, written(1));
    let merged = json!({ "title": "Blue mug", "vendor": null, "tags": [], "extra": { "x": 1.5 } });
    assert_eq!(read(&records, "42").await, Some(product("42", 2, merged)));

    // Asked for the same again, there is nothing new in it.
    let again = write_one(&records, 3, &partial).await;
    assert_eq!(again, WriteSummary { unchanged: 1, ..WriteSummary::default() });

    let more = product("42", 3, json!({ "handle": "blue-mug" }));
    assert_eq!(write_one(&records, 4, &more).await, written(1));
    let Some(RecordBody::Product(stored)) = read(&records, "42").await.map(|record| record.body)
    else {
        panic!("a product was expected")
    };
    assert_eq!(stored.title, Field::Value("Blue mug".to_owned()));
    assert_eq!(stored.vendor, Field::Null);
    assert_eq!(stored.tags, Field::Value(vec![]));
    assert_eq!(stored.handle, Field::Value("blue-mug".to_owned()));
    assert_eq!(stored.status, Field::Absent);
}

#[tokio::test]
async fn an_older_partial_record_adds_nothing() {
    let records = Engine::start().await.records();
    let stored = titled("42", 2, "Mug");
    write_one(&records, 1, &stored).await;
    let older = product("42", 1, json!({ "handle": "old" }));
    let summary = write_one(&records, 2, &older).await;
    assert_eq!(summary, WriteSummary { older: 1, ..WriteSummary::default() });
    assert_eq!(read(&records, "42").await, Some(stored));
}

#[tokio::test]
async fn odd_text_and_large_ids_come_back_exactly() {
    let records = Engine::start().await.records();
    let title = "☕️ قهوة \u{0} \u{202e} \"'\\ 𝔐𝔲𝔤";
    let long = "9".repeat(VendorId::BYTES_MAX);
    let record = product(&long, u64::MAX, json!({ "title": title, "extra": { title: title } }));
    write_one(&records, u64::MAX, &record).await;
    assert_eq!(read(&records, &long).await, Some(record));
}
