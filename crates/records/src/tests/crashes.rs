//! A process killed between any two writes.

use futures::TryStreamExt;

use super::engine::{End, Engine};
use super::*;
use crate::parts::PART_BYTES;

/// What setting a row aside again writes: the input, the row, and away with the old input.
const ASIDE_WRITES: u64 = 3;

/// More writes than any step here makes.
const WRITES_MAX: u64 = 40;

fn large(version: u64) -> Record {
    titled("42", version, &noise(PART_BYTES * 3, version))
}

/// Kills a process that writes `new` over `old` at each of its writes in turn, and looks at what it
/// left behind.
async fn killed_everywhere(old: &Record, new: &Record, end: End) {
    let engine = Engine::start().await;
    let mut finished = false;
    for writes in 0..WRITES_MAX {
        let account: AccountId = format!("mug-{writes}").parse().unwrap();
        let job = JobKey { account: account.clone(), ..job() };
        let run = |fence| Run::new(&job, fence, NOW);
        let (survivor, rows) = (engine.records(), [Row::Good(new.clone())]);
        survivor.write_page(&run(1), 0, &[Row::Good(old.clone())]).await.unwrap();

        let (victim, probe) = engine.watched();
        probe.die_after(writes, end);
        finished = victim.write_page(&run(2), 0, &rows).await.is_ok();
        let read = || async {
            let id = new.id.clone();
            survivor.get(&account, Kind::Products, &id).await.unwrap().expect("a record")
        };
        let left = read().await;
        assert!(left == *old || left == *new, "killed after {writes} writes");

        let summary = survivor.write_page(&run(3), 0, &rows).await.unwrap().summary;
        assert_eq!(summary.written, u64::from(left == *old));
        assert_eq!(read().await, *new);
        let all: Vec<_> = survivor.stream(&account, Kind::Products).try_collect().await.unwrap();
        assert_eq!(all, core::slice::from_ref(new));
        if finished {
            break;
        }
    }
    assert!(finished, "{WRITES_MAX} writes were not enough");
}

#[tokio::test]
async fn no_kill_loses_or_corrupts_a_large_record_replaced_by_a_large_one() {
    killed_everywhere(&large(1), &large(2), End::Unsent).await;
    killed_everywhere(&large(1), &large(2), End::Unheard).await;
}

#[tokio::test]
async fn no_kill_loses_or_corrupts_a_record_that_grows_or_shrinks() {
    killed_everywhere(&titled("42", 1, "small"), &large(2), End::Unsent).await;
    killed_everywhere(&large(1), &titled("42", 2, "small"), End::Unheard).await;
}

#[tokio::test]
async fn no_kill_loses_what_was_set_aside_or_its_input() {
    let engine = Engine::start().await;
    let records = engine.records();
    let rows = |input: &str| [Row::Bad(bad("42", input, "no title"))];
    write(&records, 1, &rows("first")).await;
    let deaths = (0..=ASIDE_WRITES).map(|writes| (writes, End::Unsent));
    let deaths = deaths.chain((1..=ASIDE_WRITES).map(|writes| (writes, End::Unheard)));
    for (fence, (writes, end)) in (2..).zip(deaths) {
        let (victim, probe) = engine.watched();
        probe.die_after(writes, end);
        let job = job();
        let run = Run::new(&job, fence, NOW);
        let outcome = victim.write_page(&run, 0, &rows(&format!("{end:?} {writes}"))).await;
        assert_eq!(
            outcome.is_ok(),
            (writes, end) == (ASIDE_WRITES, End::Unsent),
            "{end:?} {writes}"
        );
        let (asides, _) = records.asides(&account(), None, 10).await.unwrap();
        assert_eq!(asides.len(), 1);
        assert!(records.aside_input(&asides[0]).await.unwrap().is_some(), "{end:?} {writes}");
    }
}
