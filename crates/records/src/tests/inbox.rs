//! What was set aside.

use futures::TryStreamExt;

use super::engine::Engine;
use super::*;
use crate::{Aside, AsideCode, AsideName, Window, WriteSummary, groups, replays};

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

fn run(job: &JobKey, fence: u64) -> Run<'_> {
    Run::new(job, fence, NOW)
}

fn of_mode(mode: Mode) -> JobKey {
    JobKey { mode, ..job() }
}

const MESSAGE: &str = r#"{"v":1,"account":"blue-mug"}"#;

async fn job_aside(records: &Records, job: &JobKey, fence: u64) {
    let why = "the vendor refuses this request (HTTP 400)";
    let code = AsideCode::VendorRefused;
    records.set_job_aside(&run(job, fence), code, MESSAGE, why).await.unwrap();
}

#[tokio::test]
async fn a_job_that_fails_again_and_again_is_one_entry_and_closed_when_a_later_run_finishes() {
    let engine = Engine::start().await;
    let records = engine.records();
    let backfill = of_mode(Mode::Backfill { from: UnixMillis(1), to: UnixMillis(9) });
    for job in [&job(), &backfill, &of_mode(Mode::Reconcile)] {
        job_aside(&records, job, 2).await;
        job_aside(&records, job, 4).await;
        let [entry] = &asides(&records).await[..] else { panic!("one entry") };
        assert_eq!((entry.code, entry.times), (AsideCode::VendorRefused, 2));
        assert_eq!((entry.id.clone(), &entry.job), (None, &job.to_string()));
        assert_eq!(entry.replay().as_ref(), Some(job));
        assert_eq!(records.aside_input(entry).await.unwrap().as_deref(), Some(MESSAGE));

        assert_eq!(records.close_finished(&run(job, 3)).await.unwrap(), 0, "an earlier run");
        let other = of_mode(Mode::Backfill { from: UnixMillis(2), to: UnixMillis(9) });
        assert_eq!(records.close_finished(&run(&other, 9)).await.unwrap(), 0, "another job");
        let orders = JobKey { kind: Kind::Orders, ..job.clone() };
        assert_eq!(records.close_finished(&run(&orders, 9)).await.unwrap(), 0, "another kind");
        assert_eq!(records.close_finished(&run(job, 5)).await.unwrap(), 1);
        assert_eq!(asides(&records).await, []);
        assert_eq!(engine.items_in("#parts").await.len(), 0);
    }
}

#[tokio::test]
async fn a_job_of_one_record_is_closed_by_that_record_whoever_brings_it() {
    let records = Engine::start().await.records();
    let of_record = of_mode(Mode::Record { id: id("42") });
    job_aside(&records, &of_record, 2).await;
    let [entry] = &asides(&records).await[..] else { panic!("one entry") };
    assert_eq!((entry.id.clone(), entry.replay()), (Some(id("42")), Some(of_record)));
    assert!(entry.code.is_of_job());
    assert_eq!(write_one(&records, 3, &titled("42", 1, "Mug")).await.closed, 1);
    assert_eq!(asides(&records).await, []);
}

fn walking(job: &JobKey, fence: u64, since: u64, from: u64, until: u64) -> Run<'_> {
    let window = Window { from: Some(UnixMillis(from)), until: UnixMillis(until) };
    Run::new(job, fence, NOW).on_walk(since, Some(window))
}

/// What bears no id can be closed by no record: a walk that went by its place and did not meet it
/// closes it.
#[tokio::test]
async fn a_row_without_an_id_is_closed_by_a_later_walk_through_all_of_where_it_was_met() {
    let records = Engine::start().await.records();
    let job = job();
    let met = walking(&job, 5, 4, 100, 200);
    records.write_page(&met, 0, &[Row::Bad(bad("", "[]", "found a list"))]).await.unwrap();
    let [entry] = &asides(&records).await[..] else { panic!("one entry") };
    let range = Mode::Backfill { from: UnixMillis(100), to: UnixMillis(200) };
    assert_eq!(entry.replay(), Some(of_mode(range.clone())));

    for (finished, why) in [
        (walking(&job, 6, 4, 100, 200), "it goes on with the very walk that met it"),
        (walking(&job, 9, 9, 101, 300), "it begins later"),
        (walking(&job, 9, 9, 0, 199), "it ends earlier"),
        (run(&job, 9), "it goes through no span of times"),
    ] {
        assert_eq!(records.close_finished(&finished).await.unwrap(), 0, "{why}");
    }
    let backfill = of_mode(range);
    assert_eq!(records.close_finished(&walking(&backfill, 9, 9, 100, 200)).await.unwrap(), 1);
    assert_eq!(asides(&records).await, []);
}

#[tokio::test]
async fn a_row_without_an_id_of_no_span_of_times_is_closed_by_the_next_run_of_its_job() {
    let records = Engine::start().await.records();
    let reconcile = of_mode(Mode::Reconcile);
    let rows = [Row::Bad(bad("", "[]", "found a list"))];
    records.write_page(&run(&reconcile, 5), 0, &rows).await.unwrap();
    let [entry] = &asides(&records).await[..] else { panic!("one entry") };
    assert_eq!(entry.replay(), Some(reconcile.clone()));
    let same_walk = run(&reconcile, 6).on_walk(5, None);
    assert_eq!(records.close_finished(&same_walk).await.unwrap(), 0);
    let record = of_mode(Mode::Record { id: id("42") });
    assert_eq!(records.close_finished(&run(&record, 9)).await.unwrap(), 0);
    assert_eq!(records.close_finished(&run(&reconcile, 9)).await.unwrap(), 1);
}

#[tokio::test]
async fn entries_are_listed_across_accounts_and_found_by_their_names() {
    let records = Engine::start().await.records();
    let accounts: Vec<AccountId> =
        ["blue-mug", "red-pot", "tin-can"].map(|name| name.parse().unwrap()).to_vec();
    for account in &accounts[..2] {
        let job = JobKey { account: account.clone(), ..job() };
        let rows = ["1", "2"].map(|id| Row::Bad(bad(id, "{}", "no title")));
        records.write_page(&run(&job, 1), 0, &rows).await.unwrap();
    }
    let all: Vec<Aside> = records.asides_of(&accounts).try_collect().await.unwrap();
    let places: Vec<_> =
        all.iter().map(|aside| (aside.account.as_str(), aside.id.clone().unwrap())).collect();
    let expected = [("blue-mug", "1"), ("blue-mug", "2"), ("red-pot", "1"), ("red-pot", "2")];
    assert_eq!(places, expected.map(|(account, text)| (account, id(text))));
    for aside in &all {
        let name: AsideName = aside.name.to_string().parse().unwrap();
        assert_eq!(records.find_aside(&accounts, &name).await.unwrap().as_ref(), Some(aside));
    }
    let mut names: Vec<_> = all.iter().map(|aside| aside.name.clone()).collect();
    names.dedup();
    assert_eq!(names.len(), 4, "each has a name of its own");
    assert_eq!(records.find_aside(&accounts[1..], &all[0].name).await.unwrap(), None);
    for text in ["", "abcdefghi", "abcdefghij1", "ABCDEFGHIJ", "abcdefgh10"] {
        assert!(text.parse::<AsideName>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn entries_are_grouped_by_their_trouble_the_most_frequent_first() {
    let records = Engine::start().await.records();
    let other = JobKey { account: "red-pot".parse().unwrap(), ..job() };
    let rows = ["1", "2"].map(|id| Row::Bad(bad(id, "{}", &format!("no title in line {id}"))));
    write(&records, 1, &rows).await;
    let later = Run::new(&other, 1, NOW.plus(5));
    let rows = [Row::Bad(bad("3", "{}", "no title in line 3")), Row::Bad(bad("4", "{}", "odd"))];
    records.write_page(&later, 0, &rows).await.unwrap();
    let accounts = [account(), other.account.clone()];
    let all: Vec<Aside> = records.asides_of(&accounts).try_collect().await.unwrap();
    let [first, second] = &groups(&all)[..] else { panic!("two groups") };
    assert_eq!((first.count, first.code), (3, AsideCode::RowUnreadable));
    assert_eq!((first.first_seen, first.last_seen), (NOW, NOW.plus(5)));
    assert_eq!(first.reason, "no title in line 3");
    assert!(first.accounts.iter().eq(&accounts));
    assert_eq!((second.count, second.reason.as_str()), (1, "odd"));
}

#[tokio::test]
async fn too_many_records_to_ask_for_one_by_one_are_compared_as_a_whole() {
    let records = Engine::start().await.records();
    let rows: Vec<_> = (0..33).map(|id| Row::Bad(bad(&id.to_string(), "{}", "no title"))).collect();
    write(&records, 1, &rows).await;
    job_aside(&records, &job(), 1).await;
    let all = asides(&records).await;
    let few = replays(all.iter().filter(|aside| aside.id.is_some()).take(32));
    assert_eq!(few.len(), 32);
    assert!(few.iter().all(|job| matches!(job.mode, Mode::Record { .. })));
    let many = replays(&all);
    assert!(many.iter().eq(&[job(), of_mode(Mode::Reconcile)]), "{many:?}");
}

#[tokio::test]
async fn what_an_earlier_version_has_set_aside_is_read_and_asked_for_again_where_it_says_enough() {
    let engine = Engine::start().await;
    let records = engine.records();
    write(&records, 1, &["42", ""].map(|id| Row::Bad(bad(id, "{}", "no title")))).await;
    for mut item in engine.items_in("#aside").await {
        for later in ["code", "mode"] {
            item.remove(later).unwrap();
        }
        item.insert("v".to_owned(), crate::attributes::n(1));
        engine.put(item).await;
    }
    let mut found: Vec<_> = asides(&records).await.iter().map(Aside::replay).collect();
    found.sort();
    assert_eq!(found, [None, Some(of_mode(Mode::Record { id: id("42") }))]);
}
