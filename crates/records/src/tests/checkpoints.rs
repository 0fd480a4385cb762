//! How far an import has come.

use super::engine::Engine;
use super::*;
use crate::{ActiveWalk, Checkpoint, CheckpointError, ItemError, Months, RecordsError};

fn at(pages: u64) -> Checkpoint {
    Checkpoint {
        spent: Months::default(),
        watermark: Some(UnixMillis(7)),
        walk: Some(ActiveWalk {
            compared: 0,
            since: 2,
            from: None,
            until: NOW,
            resume: Some(format!("page {pages}")),
            records: pages * 100,
            pages,
        }),
        finished_at: None,
    }
}

#[tokio::test]
async fn a_checkpoint_comes_back_as_it_was_saved() {
    let records = Engine::start().await.records();
    assert_eq!(records.load_checkpoint(&job()).await.unwrap(), None);
    for (fence, checkpoint) in [(1, Checkpoint::default()), (1, at(1)), (4, at(2))] {
        records.save_checkpoint(&job(), fence, &checkpoint).await.unwrap();
        assert_eq!(records.load_checkpoint(&job()).await.unwrap(), Some(checkpoint));
    }
}

#[tokio::test]
async fn a_checkpoint_that_was_claimed_and_never_saved_is_none_to_whoever_looks() {
    let records = Engine::start().await.records();
    for fence in [3, 3, 4] {
        assert_eq!(records.claim_checkpoint(&job(), fence).await.unwrap(), None);
        assert_eq!(records.load_checkpoint(&job()).await.unwrap(), None);
    }
    records.save_checkpoint(&job(), 4, &at(1)).await.unwrap();
    assert_eq!(records.load_checkpoint(&job()).await.unwrap(), Some(at(1)));
}

#[tokio::test]
async fn a_claim_brings_the_checkpoint_as_it_stands_and_leaves_it() {
    let records = Engine::start().await.records();
    records.save_checkpoint(&job(), 5, &at(3)).await.unwrap();
    for fence in [5, 6, 6] {
        assert_eq!(records.claim_checkpoint(&job(), fence).await.unwrap(), Some(at(3)));
        assert_eq!(records.load_checkpoint(&job()).await.unwrap(), Some(at(3)));
    }
}

#[tokio::test]
async fn a_zombie_moves_no_checkpoint_from_its_successors_claim_on() {
    let records = Engine::start().await.records();
    records.save_checkpoint(&job(), 4, &at(3)).await.unwrap();
    records.claim_checkpoint(&job(), 5).await.unwrap();
    let error = records.save_checkpoint(&job(), 4, &at(9)).await.unwrap_err();
    assert!(matches!(error, CheckpointError::FencedOff { mine: 4, current: 5, .. }));
    assert_eq!(
        error.to_string(),
        "found the checkpoint of blue-mug/products/incremental at fence 5, this run has 4: stop, \
         it was overtaken"
    );
    let error = records.claim_checkpoint(&job(), 4).await.unwrap_err();
    assert!(matches!(error, CheckpointError::FencedOff { mine: 4, current: 5, .. }));
    assert_eq!(records.load_checkpoint(&job()).await.unwrap(), Some(at(3)));
    records.save_checkpoint(&job(), 5, &at(4)).await.unwrap();
}

#[tokio::test]
async fn each_work_has_a_checkpoint_of_its_own() {
    let records = Engine::start().await.records();
    let range = |to| Mode::Backfill { from: UnixMillis(0), to: UnixMillis(to) };
    let keys = [
        job(),
        JobKey { mode: range(1), ..job() },
        JobKey { mode: range(2), ..job() },
        JobKey { kind: Kind::Orders, ..job() },
        JobKey { account: "red-mug".parse().unwrap(), ..job() },
    ];
    for (pages, key) in (0..).zip(&keys) {
        records.save_checkpoint(key, 1, &at(pages)).await.unwrap();
    }
    for (pages, key) in (0..).zip(&keys) {
        assert_eq!(records.load_checkpoint(key).await.unwrap(), Some(at(pages)));
    }
}

#[tokio::test]
async fn a_checkpoint_of_newer_code_is_neither_read_nor_claimed_nor_overwritten() {
    let engine = Engine::start().await;
    let records = engine.records();
    records.save_checkpoint(&job(), 1, &at(1)).await.unwrap();
    let mut item = engine.items().await.remove(0);
    item.insert("v".to_owned(), crate::attributes::n(3));
    engine.put(item.clone()).await;
    let loaded = records.load_checkpoint(&job()).await.unwrap_err();
    assert!(matches!(loaded, RecordsError::Item(ItemError::Newer { found: 3, .. })));
    let saved = records.save_checkpoint(&job(), 9, &at(2)).await.unwrap_err();
    assert!(matches!(saved, CheckpointError::Item(ItemError::Newer { found: 3, .. })));
    let claimed = records.claim_checkpoint(&job(), 9).await.unwrap_err();
    assert!(matches!(claimed, CheckpointError::Item(ItemError::Newer { found: 3, .. })));
    assert_eq!(engine.items().await, [item]);
}
