use std::sync::Arc;

use flyball_connector::{Cause, Class, Scope, Span};
use flyball_domain::{JobKey, Kind, Mode, Row};
use flyball_governor::Policy;
use flyball_importer::Handled;
use flyball_records::Run;
use flyball_tests::world::{Counting, HandClock, brisk};

use super::stage::Stage;
use super::store::{HeldUp, LONG_AGO, PaperStore, product};
use super::walk::{STRETCH_ROWS, id};

async fn imported(ids: impl IntoIterator<Item = u64>) -> Stage {
    let stage = Stage::open(Policy::STANDARD, PaperStore::of(ids)).await;
    stage.run(Mode::Incremental).await;
    assert_eq!(stage.differences().await, [""; 0]);
    stage
}

#[tokio::test]
async fn what_is_missing_older_or_gone_is_found_out_and_nothing_else_is_asked_for() {
    // Ids of one to four digits, which sort as numbers and not as texts.
    let stage = imported((1..=1_050).step_by(2)).await;
    {
        let mut sheet = stage.store.sheet();
        for gone in [1, 99, 101, 1_049] {
            sheet.products.remove(&gone);
        }
        // Changed and made long ago, so that no import of what has changed since looks there.
        for (id, at) in [(9, 1_001), (999, 1_002), (2, 1_000), (1_000, 1_000), (9_999, 1_000)] {
            sheet.products.insert(id, (at, "Blue mug".to_owned()));
        }
    }
    let incremental = JobKey {
        account: stage.shop.account.clone(),
        kind: Kind::Products,
        mode: Mode::Incremental,
    };
    let before = stage.records().load_checkpoint(&incremental).await.unwrap();
    let job = stage.run(Mode::Reconcile).await;

    assert_eq!(stage.differences().await, [""; 0]);
    assert_eq!(stage.gone().await, 4);
    let mut asked = core::mem::take(&mut stage.store.sheet().asked);
    asked.sort_unstable();
    assert_eq!(asked, [1, 2, 9, 99, 101, 999, 1_000, 1_049, 9_999]);
    let listed = stage.store.sheet().products.len();
    let stretches = u64::try_from(listed / STRETCH_ROWS + 1).unwrap();
    assert_eq!(stage.store.take_calls("stretch"), stretches);
    assert_eq!(stage.told.last().compared, u64::try_from(listed).unwrap());

    let after = stage.records().load_checkpoint(&incremental).await.unwrap();
    assert_eq!(after, before, "the watermark of what is new is moved by nothing else");
    let own = stage.records().load_checkpoint(&job.key()).await.unwrap().unwrap();
    assert_eq!((own.walk, own.watermark), (None, None));
    assert!(own.finished_at.is_some());

    // Compared once more, nothing differs.
    stage.store.take_calls("records");
    stage.run(Mode::Reconcile).await;
    assert_eq!(stage.store.take_calls("records"), 0);
}

#[tokio::test]
async fn a_record_that_a_listing_lacks_is_asked_for_before_it_is_taken_for_gone() {
    let stage = imported(1..=20).await;
    stage.store.sheet().unlisted.extend([3, 20]);
    stage.store.sheet().products.remove(&7);
    stage.run(Mode::Reconcile).await;
    assert_eq!(stage.differences().await, [""; 0]);
    assert_eq!(stage.gone().await, 1);
    assert_eq!(stage.store.sheet().asked, [3, 7, 20]);
}

#[tokio::test]
async fn a_record_that_is_newer_than_listed_is_left_alone() {
    let stage = imported(1..=5).await;
    let newer = flyball_domain::Record::from(product(3, 9_000, "changed since"));
    let job = stage.shop.job(Mode::Incremental).key();
    let run = Run::new(&job, 1_000, LONG_AGO);
    stage.records().write_page(&run, 0, &[Row::Good(newer)]).await.unwrap();
    stage.run(Mode::Reconcile).await;
    assert_eq!(stage.store.take_calls("records"), 0);
    assert_eq!(stage.differences().await, ["3 differs"]);
}

#[tokio::test]
async fn a_record_that_is_back_is_imported_again() {
    let stage = imported(1..=5).await;
    stage.store.sheet().products.remove(&3);
    stage.run(Mode::Reconcile).await;
    assert_eq!(stage.gone().await, 1);
    stage.store.sheet().products.insert(3, (1_000, "Mug".to_owned()));
    stage.run(Mode::Reconcile).await;
    assert_eq!((stage.gone().await, stage.differences().await), (0, vec![]));
}

/// As many at once as the vendors take, and a worker whose time is over ends after each of them.
#[tokio::test]
async fn a_store_that_was_emptied_is_compared_in_bounded_pieces_by_workers_of_little_time() {
    let stage = imported(1..=700).await;
    stage.store.sheet().products.retain(|id, _| *id <= 20);
    let job = stage.shop.job(Mode::Reconcile);
    let over = Some(stage.world.now());
    assert_eq!(stage.begin(&job, over).await, Handled::Done);
    let chunk = u64::try_from(Span::RECORDS_MAX).unwrap();
    for pieces in 1..=3 {
        assert_eq!(stage.gone().await, (chunk * pieces).min(680), "after {pieces} pieces");
        assert_eq!(stage.parked().await, 1, "after {pieces} pieces");
        assert_eq!(stage.begin(&job, over).await, Handled::Done);
    }
    while stage.parked().await > 0 {
        assert_eq!(stage.begin(&job, None).await, Handled::Done);
    }
    assert!(stage.world.is_finished(&job).await);
    assert_eq!(stage.differences().await, [""; 0]);
    assert_eq!(stage.store.take_calls("records"), 3, "nothing is asked for twice");
}

#[tokio::test]
async fn a_comparison_goes_on_at_the_stretch_at_which_its_time_was_over() {
    let stage = imported(1..=550).await;
    let gone: Vec<u64> = (1..=11).map(|number| number * 50).collect();
    stage.store.sheet().products.retain(|id, _| !gone.contains(id));
    let job = stage.shop.job(Mode::Reconcile);
    let over = Some(stage.world.now());
    assert_eq!(stage.begin(&job, over).await, Handled::Done);
    let mut runs = 1;
    while stage.parked().await > 0 {
        assert_eq!(stage.begin(&job, over).await, Handled::Done);
        runs += 1;
        assert!(runs < 20, "it goes on");
    }
    assert_eq!(stage.store.sheet().asked, gone, "each once, in their order");
    assert_eq!(stage.store.take_calls("stretch"), runs - 1, "each run begins where one has ended");
    assert_eq!(stage.told.last().compared, 539);
    assert_eq!(stage.differences().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comparison_survives_a_store_that_fails_in_its_middle() {
    let stage = Stage::open(brisk(), PaperStore::of(1..=550)).await;
    stage.run(Mode::Incremental).await;
    stage.store.sheet().products.retain(|id, _| id % 50 != 0);
    stage.store.sheet().answers_left = Some(5);
    let (scope, cause) = (Scope::Account, Cause::ServerError);
    stage.store.sheet().failure = Some(Class::Unavailable { scope, cause, until: None });
    let job = stage.shop.job(Mode::Reconcile);
    assert_eq!(stage.begin(&job, None).await, Handled::Done);
    assert_eq!((stage.parked().await, stage.gone().await), (1, 4), "two stretches are through");

    stage.store.sheet().answers_left = None;
    let importer = stage.importer_of(stage.world.system.stores.governor.clone());
    let _workers = stage.world.workers_of(importer, 2);
    let _ticking = stage.world.ticking();
    stage.world.all_settled(&stage.shop, core::slice::from_ref(&job)).await;
    assert_eq!((stage.gone().await, stage.differences().await), (11, vec![]));
    assert_eq!(stage.store.sheet().asked.len(), 11, "each once");
    assert_eq!(stage.store.take_calls("stretch"), 7, "the third one twice");
}

/// It has been told that a record is gone, and stands still. Its successor finds the record again,
/// as it is stored: it has nothing to write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fence_a_zombie_marks_nothing_as_gone_whatever_the_mode() {
    for mode in [Mode::Reconcile, Mode::Record { id: id(3) }] {
        let stage = Stage::open(brisk(), PaperStore::of(1..=5)).await;
        stage.run(Mode::Incremental).await;
        stage.store.sheet().products.remove(&3);
        let held_up = HeldUp::new();
        stage.store.sheet().held_up = Some(("records", Arc::clone(&held_up)));

        let job = stage.shop.job(mode);
        let later = stage.world.policy.lease_ms + stage.world.policy.skew_ms + 1;
        let mut runs = Vec::new();
        for (first, clock) in [(0, stage.world.now().0), (1 << 20, stage.world.now().0 + later)] {
            stage.world.send(&job).await;
            let clock = Arc::new(HandClock::at(clock));
            let governor = stage.world.governor_of(clock, Arc::new(Counting::from(first))).await;
            let importer = stage.importer_of(governor);
            let delivery = stage.world.delivery().await;
            runs.push(tokio::spawn(async move { importer.handle(&delivery).await }));
            if first == 0 {
                held_up.waits.acquire().await.unwrap().forget();
                stage.store.sheet().products.insert(3, (1_000, "Mug".to_owned()));
            }
        }
        let successor = runs.pop().unwrap().await.unwrap();
        assert_eq!(successor, Handled::Done);
        held_up.through.add_permits(1);
        let zombie = runs.pop().unwrap().await.unwrap();
        assert!(matches!(zombie, Handled::Again(_)), "{zombie:?}");
        assert_eq!((stage.gone().await, stage.differences().await), (0, vec![]), "{}", job.key());
    }
}
