//! Which of two versions of a record stays.

use std::sync::OnceLock;

use flyball_domain::VendorId;
use proptest::prelude::*;

use super::engine::Engine;
use super::*;
use crate::candidate::Candidate;
use crate::gone::Buried;
use crate::head::Head;
use crate::write::{Outcome, Replaced};

/// One write: of a version, or of the news that the record is gone, under a fence, decided on what
/// was stored `late` writes ago.
#[derive(Clone, Debug)]
struct Step {
    version: u64,
    fence: u64,
    title: u8,
    news: News,
    late: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Whole,
    Partial,
    Gone,
}

impl Step {
    fn record(&self, id: &str) -> Record {
        let title = format!("{}", self.title);
        if self.news == News::Whole {
            product(id, self.version, json!({ "title": title, "handle": title }))
        } else {
            titled(id, self.version, &title)
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let news = prop_oneof![2 => Just(News::Whole), 2 => Just(News::Partial), 1 => Just(News::Gone)];
    (0..3_u64, 1..4_u64, 0..3_u8, news, 0..4_usize)
        .prop_map(|(version, fence, title, news, late)| Step { version, fence, title, news, late })
}

/// A runtime and an engine for all cases of a property; each case has a record of its own.
fn shared() -> &'static (tokio::runtime::Runtime, Engine) {
    static SHARED: OnceLock<(tokio::runtime::Runtime, Engine)> = OnceLock::new();
    SHARED.get_or_init(|| {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.unwrap();
        let engine = runtime.block_on(Engine::start());
        (runtime, engine)
    })
}

/// What the table should hold, and who wrote it.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    version: u64,
    fence: u64,
    /// The fields by name; `None`: a tombstone.
    fields: Option<(u8, Option<u8>)>,
}

/// The rule in its own words, told of one write at a time.
fn expected(stored: Option<Model>, step: &Step) -> Model {
    let (version, fence) = (step.version, step.fence);
    if step.news == News::Gone {
        let Some(stored) = stored else { return Model { version: 0, fence, fields: None } };
        let found_gone = fence > stored.fence || (fence == stored.fence && stored.fields.is_some());
        return if found_gone { Model { fence, fields: None, ..stored } } else { stored };
    }
    let handle = (step.news == News::Whole).then_some(step.title);
    let mine = |handle| Model { version, fence, fields: Some((step.title, handle)) };
    let Some(stored) = stored else { return mine(handle) };
    let outranked = fence < stored.fence;
    let (older, outranked, merged) = match stored.fields {
        None => (version < stored.version, outranked, mine(handle)),
        Some((_, kept)) => {
            let outranked = version == stored.version && outranked;
            (version < stored.version, outranked, mine(handle.or(kept)))
        }
    };
    let unchanged = merged == Model { fence, ..stored.clone() };
    if older || outranked || unchanged { stored } else { merged }
}

async fn stored(records: &Records, run: &Run<'_>, id: &VendorId) -> Option<(Model, Head)> {
    let head = records.head(run, id).await.unwrap()?;
    let stored = records.stored(&account(), Kind::Products, id).await.unwrap();
    let fields = stored.map(|stored| {
        let fields: Value = serde_json::from_slice(&stored.content.json).unwrap();
        let digit = |name: &str| fields.get(name)?.as_str()?.parse().ok();
        (digit("title").unwrap(), digit("handle"))
    });
    Some((Model { version: head.version.0, fence: head.write.fence, fields }, head))
}

/// What is written follows the rule on what is there at that moment. What is left alone was rightly
/// left alone when it was read: judging a record unchanged writes nothing that could be checked
/// again.
async fn each_step_does_what_the_rule_says(id: &VendorId, steps: &[Step]) {
    let records = shared().1.records();
    let mut past: Vec<Option<(Model, Head)>> = vec![None];
    for (n, step) in (0..).zip(steps) {
        let read = past[past.len().saturating_sub(1 + step.late)].clone();
        let before = past.last().cloned().flatten().map(|(model, _)| model);
        // Each fence has work of its own: none of them is a zombie.
        let mode = Mode::Backfill { from: UnixMillis(step.fence), to: NOW };
        let job = JobKey { mode, ..job() };
        let run = Run::new(&job, step.fence, NOW);
        let seen = read.as_ref().map(|(_, head)| head.clone());
        let is_written = if step.news == News::Gone {
            records.claim_checkpoint(&job, step.fence).await.unwrap();
            let buried = records.bury_one(&run, id.clone(), n, seen).await.unwrap();
            matches!(buried, Buried::Done | Buried::Noted)
        } else {
            let mine = Candidate::new(&step.record(id.as_str()), n).unwrap();
            matches!(records.settle(&run, mine, seen).await.unwrap(), Outcome::Written)
        };

        let now = stored(&records, &run, id).await;
        let found = now.as_ref().map(|(model, _)| model.clone());
        if is_written {
            assert_eq!(found, Some(expected(before.clone(), step)), "after {step:?}");
            assert_ne!(found, before, "rewritten though unchanged: {step:?}");
        } else {
            assert_eq!(found, before, "changed by {step:?}");
            let left_alone = |state: Option<Model>| Some(expected(state.clone(), step)) == state;
            let then = read.map(|(model, _)| model);
            assert!(left_alone(then) || left_alone(before.clone()), "skipped {step:?}");
        }
        if let (Some(before), Some(found)) = (before, found) {
            assert!(found.version >= before.version, "back in time by {step:?}");
            let same_version = found.version == before.version;
            assert!(!same_version || found.fence >= before.fence, "a lower fence won: {step:?}");
            let is_back = before.fields.is_none() && found.fields.is_some();
            assert!(!is_back || found.fence >= before.fence, "back from the past by {step:?}");
        }
        past.push(now);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Writers' steps in any order, each of them decided on what was stored a while ago.
    #[test]
    fn no_older_over_newer_a_record_never_goes_back_and_a_lower_fence_never_wins(
        id in "[a-z0-9]{24}",
        steps in proptest::collection::vec(step(), 1..8),
    ) {
        let id = id.parse().unwrap();
        shared().0.block_on(each_step_does_what_the_rule_says(&id, &steps));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_writers_at_once_the_newest_version_of_the_highest_fence_stays() {
    let engine = Engine::start().await;
    let writers = (1..=8_u64).map(|fence| {
        let records = engine.records();
        tokio::spawn(async move {
            for version in [2, 1, 3, 3, 2] {
                let title = format!("{version} of {fence}");
                let rows: Vec<_> =
                    (0..5).map(|id| Row::Good(titled(&id.to_string(), version, &title))).collect();
                write(&records, fence, &rows).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    for id in 0..5 {
        let id = id.to_string();
        assert_eq!(read(&engine.records(), &id).await, Some(titled(&id, 3, "3 of 8")));
    }
}

#[tokio::test]
async fn a_zombies_true_and_newer_version_is_kept() {
    let records = Engine::start().await.records();
    write_one(&records, 5, &titled("42", 1, "by the successor")).await;
    assert_eq!(write_one(&records, 3, &titled("42", 2, "by the zombie")).await, written(1));
    assert_eq!(read(&records, "42").await, Some(titled("42", 2, "by the zombie")));
    assert_eq!(write_one(&records, 5, &titled("42", 2, "again")).await, written(1));
    let lost = write_one(&records, 3, &titled("42", 2, "too late")).await;
    assert_eq!((lost.written, lost.older), (0, 1));
}

/// The price of not rewriting what is unchanged: it does not raise the stored fence either.
#[tokio::test]
async fn judging_a_record_unchanged_takes_effect_when_it_is_read() {
    let engine = Engine::start().await;
    let (records, job) = (engine.records(), job());
    write_one(&records, 1, &titled("42", 7, "a")).await;
    let seen = records.stored(&account(), Kind::Products, &id("42")).await.unwrap().unwrap().head;
    write_one(&records, 2, &titled("42", 7, "b")).await;

    let run = Run::new(&job, 3, NOW);
    let same = Candidate::new(&titled("42", 7, "a"), 0).unwrap();
    let outcome = records.settle(&run, same, Some(seen)).await.unwrap();
    assert!(matches!(outcome, Outcome::Unchanged));
    assert_eq!(read(&records, "42").await, Some(titled("42", 7, "b")));

    // Read afresh, the higher fence wins.
    assert_eq!(write_one(&records, 3, &titled("42", 7, "a")).await, written(1));
}

/// Decided on a record that another writer has replaced, or made, meanwhile.
#[tokio::test]
async fn a_write_decided_on_a_stale_read_is_decided_again() {
    let engine = Engine::start().await;
    let (records, job) = (engine.records(), job());
    write_one(&records, 1, &titled("42", 1, "a")).await;
    let seen = records.stored(&account(), Kind::Products, &id("42")).await.unwrap().unwrap().head;
    write_one(&records, 2, &titled("42", 9, "newest")).await;
    let run = Run::new(&job, 3, NOW);
    for stale in [Some(seen), None] {
        let older = Candidate::new(&titled("42", 5, "older"), 0).unwrap();
        let outcome = records.settle(&run, older, stale).await.unwrap();
        assert!(matches!(outcome, Outcome::Older));
        assert_eq!(read(&records, "42").await, Some(titled("42", 9, "newest")));
    }
}

#[tokio::test]
async fn a_write_that_meets_itself_is_its_own_success() {
    let engine = Engine::start().await;
    let (records, job) = (engine.records(), job());
    let run = Run::new(&job, 1, NOW);
    let mine = Candidate::new(&titled("42", 1, "Mug"), 0).unwrap();
    for _sent_again in 0..2 {
        let replaced = records.replace(&run, &mine, None).await.unwrap();
        assert!(matches!(replaced, Replaced::Done));
    }
}
