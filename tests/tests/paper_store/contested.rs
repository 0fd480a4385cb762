//! Two runs contradict each other: one has read a record, the other was told that it is gone.

use flyball_domain::{Job, Mode, Row};
use flyball_importer::Handled;
use flyball_records::Run;
use flyball_tests::world::brisk;

use super::stage::{OnItsWay, Stage};
use super::store::{LONG_AGO, PaperStore};
use super::walk::id;

const ID: u64 = 3;

/// An import of everything, whose page is on its way.
async fn importing(stage: &Stage) -> OnItsWay {
    stage.world.send(&stage.shop.job(Mode::Incremental)).await;
    stage.begin_next().await
}

fn one(stage: &Stage) -> Job {
    stage.shop.job(Mode::Record { id: id(ID) })
}

/// Whether anything was stored of it before or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_while_its_page_is_on_the_way_is_not_stored_by_that_page() {
    for stored_before in [false, true] {
        let stage = Stage::open(brisk(), PaperStore::of(1..=5)).await;
        if stored_before {
            stage.run(Mode::Incremental).await;
            stage.store.sheet().products.insert(ID, (stage.world.now().0, "changed".to_owned()));
        }
        let import = importing(&stage).await;
        stage.store.sheet().products.remove(&ID);
        assert_eq!(stage.begin(&one(&stage), None).await, Handled::Done);
        import.arrives().await;
        assert_eq!(stage.differences().await, [""; 0], "stored before: {stored_before}");

        // And so says the vendor, who is asked once more.
        stage.handle_next().await;
        assert_eq!(stage.store.sheet().asked, [ID, ID]);
        assert_eq!((stage.parked().await, stage.differences().await), (0, vec![]));
        assert_eq!(stage.gone().await, u64::from(stored_before));
    }
}

/// Listed already, and not yet found by its id.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_found_gone_too_early_is_stored_as_soon_as_the_vendor_finds_it() {
    let stage = Stage::open(brisk(), PaperStore::of(1..=5)).await;
    let import = importing(&stage).await;
    stage.store.sheet().not_found.insert(ID);
    assert_eq!(stage.begin(&one(&stage), None).await, Handled::Done);
    import.arrives().await;
    assert_eq!(stage.differences().await, ["3 is lost"]);

    stage.store.sheet().not_found.clear();
    stage.handle_next().await;
    assert_eq!((stage.parked().await, stage.differences().await), (0, vec![]));
}

/// What is beyond is left to the next comparison.
#[tokio::test]
async fn of_one_page_at_most_thirty_two_records_are_asked_for_again() {
    let stage = Stage::open(brisk(), PaperStore::of(1..=40)).await;
    let later = stage.shop.job(Mode::Reconcile).key();
    stage.records().claim_checkpoint(&later, 1_000).await.unwrap();
    let gone: Vec<Row> = (1..=40).map(|number| Row::Gone(id(number))).collect();
    stage.records().write_page(&Run::new(&later, 1_000, LONG_AGO), 0, &gone).await.unwrap();
    stage.run(Mode::Incremental).await;
    assert_eq!(stage.world.queue().counts().await.unwrap().visible, 32);
}
