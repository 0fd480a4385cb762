//! What was set aside.

use super::engine::Engine;
use super::*;
use crate::{Aside, WriteSummary};

async fn asides(records: &Records) -> Vec<Aside> {
    records.asides(&account(), None, 1_000).await.unwrap().0
}

#[tokio::test]
async fn a_bad_row_is_set_aside_with_its_exact_input_and_the_page_goes_on() {
    let records = Engine::start().await.records();
    let input = format!("{{\"id\":42,\"title\":☕\u{0}{}", noise(900_000, 1));
    let rows = [
        Row::Good(titled("1", 1, "Mug")),
        Row::Bad(bad("42", &input, "found \"x\" where a title was expected")),
        Row::Bad(bad("", "[]", "found a list where a product was expected")),
        Row::Good(titled("2", 1, "Mug")),
    ];
    let summary = write(&records, 1, &rows).await;
    assert_eq!(summary, WriteSummary { written: 2, set_aside: 2, ..WriteSummary::default() });
    let asides = asides(&records).await;
    assert_eq!(asides.len(), 2);
    let of_42 = asides.iter().find(|aside| aside.id == Some(id("42"))).unwrap();
    assert_eq!(of_42.kind, Kind::Products);
    assert_eq!(of_42.reason, "found \"x\" where a title was expected");
    assert_eq!(of_42.job, "blue-mug/products/incremental");
    assert_eq!((of_42.first_seen, of_42.last_seen, of_42.times), (NOW, NOW, 1));
    assert_eq!(of_42.input_bytes, of_42.kept_bytes);
    assert_eq!(records.aside_input(of_42).await.unwrap(), Some(input));
    let nameless = asides.iter().find(|aside| aside.id.is_none()).unwrap();
    assert_eq!(records.aside_input(nameless).await.unwrap(), Some("[]".to_owned()));
}

#[tokio::test]
async fn a_row_met_again_is_one_row_counted_once_per_run() {
    let engine = Engine::start().await;
    let records = engine.records();
    let row = [Row::Bad(bad("42", "first", "no title"))];
    write_at(&records, 1, NOW, &row).await;
    write_at(&records, 1, NOW.plus(1), &row).await;
    let parts = engine.items_in("#parts").await.len();
    let row = [Row::Bad(bad("42", "second", "no price"))];
    write_at(&records, 2, NOW.plus(9), &row).await;
    let met = asides(&records).await;
    assert_eq!(met.len(), 1);
    assert_eq!((met[0].times, met[0].first_seen, met[0].last_seen), (2, NOW, NOW.plus(9)));
    assert_eq!(met[0].reason, "no price");
    assert_eq!(records.aside_input(&met[0]).await.unwrap(), Some("second".to_owned()));
    assert_eq!(engine.items_in("#parts").await.len(), parts);
}

#[tokio::test]
async fn a_zombie_changes_nothing_of_what_was_set_aside_since() {
    let engine = Engine::start().await;
    let records = engine.records();
    write(&records, 5, &[Row::Bad(bad("42", "by the successor", "no title"))]).await;
    let before = engine.items().await;
    write(&records, 4, &[Row::Bad(bad("42", "by the zombie", "no price"))]).await;
    assert_eq!(engine.items().await, before);
    let summary = write_one(&records, 4, &titled("42", 1, "old and good")).await;
    assert_eq!(summary, written(1));
    assert_eq!(asides(&records).await.len(), 1);
}

#[tokio::test]
async fn a_good_record_closes_what_was_set_aside_under_its_id_and_nothing_else() {
    let engine = Engine::start().await;
    let records = engine.records();
    write(&records, 1, &["42", "4", "421", ""].map(|id| Row::Bad(bad(id, "{}", "no title")))).await;
    let summary = write_one(&records, 2, &titled("42", 1, "Mug")).await;
    assert_eq!(summary, WriteSummary { written: 1, closed: 1, ..WriteSummary::default() });
    let mut left: Vec<_> = asides(&records).await.into_iter().map(|aside| aside.id).collect();
    left.sort();
    assert_eq!(left, [None, Some(id("4")), Some(id("421"))]);
    assert_eq!(engine.items_in("#aside#parts").await.len(), 3);
    assert_eq!(write_one(&records, 3, &titled("42", 1, "Mug")).await.closed, 0);
}

#[tokio::test]
async fn an_unchanged_record_closes_too() {
    let records = Engine::start().await.records();
    write_one(&records, 1, &titled("42", 1, "Mug")).await;
    write(&records, 2, &[Row::Bad(bad("42", "{}", "no title"))]).await;
    let summary = write_one(&records, 3, &titled("42", 1, "Mug")).await;
    assert_eq!(summary, WriteSummary { unchanged: 1, closed: 1, ..WriteSummary::default() });
}

#[tokio::test]
async fn closing_works_with_more_rows_set_aside_than_are_looked_through() {
    let engine = Engine::start().await;
    let (records, probe) = engine.watched();
    let rows: Vec<_> =
        (0..201).map(|id| Row::Bad(bad(&format!("{id:03}"), "{}", "no title"))).collect();
    write(&records, 1, &rows).await;
    probe.take();
    let good = ["000", "200", "999"].map(|id| Row::Good(titled(id, 1, "Mug")));
    assert_eq!(write(&records, 2, &good).await.closed, 2);
    assert_eq!(probe.take()["BatchGetItem"], 2);
    assert_eq!(asides(&records).await.len(), 199);
}

#[tokio::test]
async fn what_is_set_aside_is_listed_page_by_page() {
    let records = Engine::start().await.records();
    let rows = ["1", "2", "3"].map(|id| Row::Bad(bad(id, "{}", "no title")));
    write(&records, 1, &rows).await;
    let (first, next) = records.asides(&account(), None, 2).await.unwrap();
    let (rest, end) = records.asides(&account(), next.as_deref(), 2).await.unwrap();
    let ids: Vec<_> = first.iter().chain(&rest).map(|aside| aside.id.clone()).collect();
    assert_eq!(ids, ["1", "2", "3"].map(|text| Some(id(text))));
    assert_eq!(end, None);
}

#[tokio::test]
async fn an_input_over_the_bound_is_cut_and_says_so() {
    let records = Engine::start().await.records();
    let input = "é".repeat(8 * 1024 * 1024 + 1);
    let row = bad("42", &format!("x{input}"), &"long ".repeat(1_000));
    write(&records, 1, &[Row::Bad(row)]).await;
    let aside = asides(&records).await.remove(0);
    assert_eq!(aside.input_bytes, 16 * 1024 * 1024 + 3);
    assert_eq!(aside.kept_bytes, 16 * 1024 * 1024 - 1);
    assert_eq!(aside.reason.len(), 500);
    let kept = records.aside_input(&aside).await.unwrap().unwrap();
    assert_eq!(kept.len(), 16 * 1024 * 1024 - 1);
}

#[tokio::test]
async fn an_input_closed_meanwhile_is_gone_and_no_error() {
    let records = Engine::start().await.records();
    write(&records, 1, &[Row::Bad(bad("42", "{}", "no title"))]).await;
    let aside = asides(&records).await.remove(0);
    write_one(&records, 2, &titled("42", 1, "Mug")).await;
    assert_eq!(records.aside_input(&aside).await.unwrap(), None);
}
