//! Records that the vendor has no more.

use flyball_domain::Kind;
use futures::TryStreamExt;

use super::engine::{End, Engine};
use super::*;
use crate::parts::PART_BYTES;
use crate::{RecordHead, RecordsError, Summary, WriteSummary, Written};

/// What a tombstone writes where the record lay in two parts: itself, and away with the parts.
const GONE_WRITES: u64 = 3;

async fn claim(records: &Records, fence: u64) {
    records.claim_checkpoint(&job(), fence).await.unwrap();
}

async fn gone(records: &Records, fence: u64, ids: &[&str]) -> WriteSummary {
    claim(records, fence).await;
    write(records, fence, &ids.iter().map(|text| Row::Gone(id(text))).collect::<Vec<_>>()).await
}

async fn heads(records: &Records) -> Vec<RecordHead> {
    records.heads_between(&account(), Kind::Products, None, None).await.unwrap().0
}

fn buried(gone: u64) -> WriteSummary {
    WriteSummary { gone, ..WriteSummary::default() }
}

fn large(version: u64) -> Record {
    titled("42", version, &noise(PART_BYTES * 3, version))
}

#[tokio::test]
async fn of_a_record_that_is_gone_a_tombstone_stays_which_readers_pass_over() {
    let engine = Engine::start().await;
    let records = engine.records();
    let rows = ["41", "42", "43"].map(|id| Row::Good(titled(id, 7, "Mug")));
    write(&records, 1, &rows).await;
    assert_eq!(gone(&records, 2, &["42"]).await, buried(1));

    assert_eq!(read(&records, "42").await, None);
    let all: Vec<_> = records.stream(&account(), Kind::Products).try_collect().await.unwrap();
    assert_eq!(all, [titled("41", 7, "Mug"), titled("43", 7, "Mug")]);
    let head = |text: &str, gone| RecordHead { id: id(text), version: UnixMillis(7), gone };
    assert_eq!(heads(&records).await, [head("41", None), head("42", Some(NOW)), head("43", None)]);
    let (oldest, newest) = (Some(UnixMillis(7)), Some(UnixMillis(7)));
    assert_eq!(
        records.summary(&account(), Kind::Products).await.unwrap(),
        Summary { records: 2, oldest, newest, gone: 1 }
    );
}

#[tokio::test]
async fn nothing_of_what_a_record_held_is_left_of_it() {
    let engine = Engine::start().await;
    let records = engine.records();
    write_one(&records, 1, &large(1)).await;
    gone(&records, 2, &["42"]).await;
    assert_eq!(engine.items_in("#parts").await.len(), 0);
    let item = engine.items_in("#products").await.remove(0);
    let mut left: Vec<&str> = item.keys().map(String::as_str).collect();
    left.sort_unstable();
    assert_eq!(left, ["fence", "gone", "hash", "n", "pk", "sk", "v", "version"]);
}

/// A consumer of the change feed finds it at its place, like a write.
#[tokio::test]
async fn a_tombstone_is_announced_by_fence_and_row_like_a_write() {
    let engine = Engine::start().await;
    let records = engine.records();
    write_one(&records, 1, &titled("42", 1, "Mug")).await;
    claim(&records, 3).await;
    let rows = [Row::Good(titled("7", 1, "Mug")), Row::Gone(id("42"))];
    let job = job();
    records.write_page(&Run::new(&job, 3, NOW), 10, &rows).await.unwrap();
    let items = engine.items_in("#products").await;
    let item = items.iter().find(|item| item.contains_key("gone")).unwrap();
    assert_eq!(
        (item["fence"].as_n().unwrap().as_str(), item["n"].as_n().unwrap().as_str()),
        ("3", "11")
    );
}

/// Who read them before, under a lower fence, may be about to store them only now.
#[tokio::test]
async fn what_was_never_stored_or_is_gone_already_is_refused_to_whoever_read_it_before() {
    let engine = Engine::start().await;
    let records = engine.records();
    write_one(&records, 1, &titled("42", 1, "Mug")).await;
    gone(&records, 2, &["42"]).await;
    let unchanged = WriteSummary { unchanged: 2, ..WriteSummary::default() };
    assert_eq!(gone(&records, 5, &["42", "7"]).await, unchanged);

    let (job, rows) = (job(), ["42", "7"].map(|id| Row::Good(titled(id, 9, "read before"))));
    let late = records.write_page(&Run::new(&job, 4, NOW), 0, &rows).await.unwrap();
    let summary = WriteSummary { older: 2, ..WriteSummary::default() };
    assert_eq!(late, Written { summary, contested: vec![id("42"), id("7")] });
    assert_eq!((read(&records, "42").await, read(&records, "7").await), (None, None));

    let back = records.write_page(&Run::new(&job, 6, NOW), 0, &rows).await.unwrap();
    assert_eq!(back, Written { summary: written(2), contested: vec![] });
}

#[tokio::test]
async fn told_once_more_by_the_same_run_nothing_is_written() {
    let engine = Engine::start().await;
    let records = engine.records();
    write_one(&records, 1, &titled("42", 1, "Mug")).await;
    gone(&records, 2, &["42", "7"]).await;
    let before = engine.items().await;
    let unchanged = WriteSummary { unchanged: 2, ..WriteSummary::default() };
    assert_eq!(gone(&records, 2, &["42", "7"]).await, unchanged);
    assert_eq!(engine.items().await, before);
}

#[tokio::test]
async fn of_what_was_never_stored_no_reader_is_told_that_it_is_gone() {
    let records = Engine::start().await.records();
    gone(&records, 1, &["7"]).await;
    gone(&records, 2, &["7"]).await;
    assert_eq!(heads(&records).await, []);
    let summary = records.summary(&account(), Kind::Products).await.unwrap();
    assert_eq!(summary, Summary::default());
    assert_eq!(read(&records, "7").await, None);
}

/// Older than what was stored before it was gone: nobody has to be asked.
#[tokio::test]
async fn only_what_may_be_back_is_contested() {
    let records = Engine::start().await.records();
    write_one(&records, 1, &titled("42", 7, "Mug")).await;
    gone(&records, 5, &["42"]).await;
    let job = job();
    for (version, contested) in [(6, vec![]), (7, vec![id("42")]), (8, vec![id("42")])] {
        let rows = [Row::Good(titled("42", version, "read before"))];
        let late = records.write_page(&Run::new(&job, 4, NOW), 0, &rows).await.unwrap();
        assert_eq!((late.summary.older, late.contested), (1, contested), "of version {version}");
    }
}

#[tokio::test]
async fn what_a_later_run_has_stored_since_is_no_more_gone() {
    let engine = Engine::start().await;
    let records = engine.records();
    write_one(&records, 5, &titled("42", 1, "Mug")).await;
    let outranked = WriteSummary { older: 1, ..WriteSummary::default() };
    assert_eq!(gone(&records, 4, &["42"]).await, outranked);
    assert_eq!(read(&records, "42").await, Some(titled("42", 1, "Mug")));
}

#[tokio::test]
async fn a_record_that_is_back_replaces_its_tombstone_and_takes_nothing_over() {
    let engine = Engine::start().await;
    let records = engine.records();
    write_one(&records, 1, &product("42", 7, json!({ "title": "Mug", "handle": "mug" }))).await;
    gone(&records, 2, &["42"]).await;
    // Of the very version and content that was.
    assert_eq!(write_one(&records, 2, &titled("42", 7, "Mug")).await, written(1));
    assert_eq!(read(&records, "42").await, Some(titled("42", 7, "Mug")));

    gone(&records, 3, &["42"]).await;
    let older = WriteSummary { older: 1, ..WriteSummary::default() };
    assert_eq!(write_one(&records, 9, &titled("42", 6, "older")).await, older);
    // It was read before the record was found gone, however new it is.
    assert_eq!(write_one(&records, 2, &titled("42", 8, "by a zombie")).await, older);
    assert_eq!(read(&records, "42").await, None);
    assert_eq!(write_one(&records, 3, &titled("42", 8, "back")).await, written(1));
    assert_eq!(heads(&records).await[0].gone, None);
}

#[tokio::test]
async fn of_a_record_that_comes_and_goes_in_one_page_the_last_row_tells() {
    let engine = Engine::start().await;
    let records = engine.records();
    write_one(&records, 1, &titled("42", 1, "Mug")).await;
    claim(&records, 2).await;
    let back = [Row::Gone(id("42")), Row::Good(titled("42", 2, "back"))];
    assert_eq!(write(&records, 2, &back).await, written(1));
    assert_eq!(read(&records, "42").await, Some(titled("42", 2, "back")));
    let away = [Row::Good(titled("42", 3, "once more")), Row::Gone(id("42"))];
    assert_eq!(write(&records, 2, &away).await, WriteSummary { written: 1, ..buried(1) });
    assert_eq!(read(&records, "42").await, None);
}

#[tokio::test]
async fn a_record_that_is_gone_closes_what_was_set_aside_under_its_id() {
    let records = Engine::start().await.records();
    write(&records, 1, &[Row::Bad(bad("42", "{}", "no title"))]).await;
    let summary = gone(&records, 2, &["42"]).await;
    assert_eq!((summary.unchanged, summary.closed), (1, 1));
    assert_eq!(records.asides(&account(), None, 9).await.unwrap().0, []);
}

/// Its successor has found the record again, equal to what is stored, and so has written nothing.
#[tokio::test]
async fn fence_a_zombie_writes_no_tombstone_though_its_successor_has_not_touched_the_record() {
    let engine = Engine::start().await;
    let (records, job) = (engine.records(), job());
    let mug = titled("42", 1, "Mug");
    write_one(&records, 1, &mug).await;
    claim(&records, 5).await;
    claim(&records, 6).await;
    assert_eq!(write_one(&records, 6, &mug).await.unchanged, 1);
    let before = engine.items().await;

    let rows = [Row::Gone(id("42"))];
    let zombie = records.write_page(&Run::new(&job, 5, NOW), 0, &rows).await.unwrap_err();
    assert!(matches!(zombie, RecordsError::FencedOff { mine: 5, .. }), "{zombie}");
    assert_eq!(engine.items().await, before);

    // Nor once its successor has ended and given up its claim, as jobs of one record do.
    records.forget_checkpoint(&job, 5).await.unwrap();
    claim(&records, 6).await;
    records.forget_checkpoint(&job, 6).await.unwrap();
    let zombie = records.write_page(&Run::new(&job, 5, NOW), 0, &rows).await.unwrap_err();
    assert!(matches!(zombie, RecordsError::FencedOff { .. }), "{zombie}");
    assert_eq!(read(&records, "42").await, Some(mug));
}

/// Decided on a record that another writer replaces before the tombstone is written.
#[tokio::test]
async fn a_tombstone_that_meets_another_writer_is_decided_again() {
    let engine = Engine::start().await;
    for (fence, expected) in [(1, 1), (3, 0)] {
        let (records, probe) = engine.watched();
        let account: AccountId = format!("mug-{fence}").parse().unwrap();
        let job = JobKey { account: account.clone(), ..job() };
        let run = |fence| Run::new(&job, fence, NOW);
        let good = |title: &str, version| [Row::Good(titled("42", version, title))];
        records.write_page(&run(1), 0, &good("first", 1)).await.unwrap();
        records.claim_checkpoint(&job, 2).await.unwrap();
        let stale = records.heads(&run(2), &[id("42")]).await.unwrap();
        records.write_page(&run(fence), 0, &good("second", 2)).await.unwrap();
        probe.take();
        let stale = stale.into_values().next();
        records.bury_one(&run(2), id("42"), 0, stale).await.unwrap();
        let left = records.summary(&account, Kind::Products).await.unwrap();
        assert_eq!(left.gone, expected, "over a write of fence {fence}");
    }
}

#[tokio::test]
async fn no_kill_leaves_half_a_tombstone() {
    let engine = Engine::start().await;
    let deaths = (0..=GONE_WRITES + 1).map(|writes| (writes, End::Unsent));
    let deaths = deaths.chain((1..=GONE_WRITES).map(|writes| (writes, End::Unheard)));
    for (number, (writes, end)) in deaths.enumerate() {
        let account: AccountId = format!("mug-{number}").parse().unwrap();
        let job = JobKey { account: account.clone(), ..job() };
        let run = |fence| Run::new(&job, fence, NOW);
        let survivor = engine.records();
        survivor.write_page(&run(1), 0, &[Row::Good(large(1))]).await.unwrap();
        survivor.claim_checkpoint(&job, 2).await.unwrap();

        let (victim, probe) = engine.watched();
        probe.die_after(writes, end);
        let rows = [Row::Gone(id("42"))];
        let finished = victim.write_page(&run(2), 0, &rows).await.is_ok();
        assert_eq!(finished, writes > GONE_WRITES, "{end:?} {writes}");
        let left = survivor.get(&account, Kind::Products, &id("42")).await.unwrap();
        assert!(left.is_none() || left == Some(large(1)), "{end:?} {writes}");

        survivor.claim_checkpoint(&job, 3).await.unwrap();
        let again = survivor.write_page(&run(3), 0, &rows).await.unwrap().summary;
        assert_eq!(again.gone, u64::from(left.is_some()), "{end:?} {writes}");
        let summary = survivor.summary(&account, Kind::Products).await.unwrap();
        assert_eq!((summary.records, summary.gone), (0, 1));
    }
}
