//! Two runs contradict each other: one has read a record, the other was told that it is gone.

use std::sync::Arc;

use flyball_domain::{Job, Mode, Row};
use flyball_importer::Handled;
use flyball_records::Run;
use flyball_tests::world::brisk;
use tokio::task::JoinHandle;

use super::stage::Stage;
use super::store::{HeldUp, LONG_AGO, PaperStore};
use super::walk::id;

const ID: u64 = 3;

/// A page of an import that is on its way, with a record in it.
struct OnItsWay {
    page: Arc<HeldUp>,
    run: JoinHandle<Handled>,
}

impl OnItsWay {
    async fn sent(stage: &Stage) -> Self {
        let page = HeldUp::new();
        stage.store.sheet().held_up = Some(("changed", Arc::clone(&page)));
        stage.world.send(&stage.shop.job(Mode::Incremental)).await;
        let delivery = stage.world.delivery().await;
        let importer = stage.importer_of(stage.world.system.stores.governor.clone());
        let run = tokio::spawn(async move { importer.handle(&delivery).await });
        page.waits.acquire().await.unwrap().forget();
        Self { page, run }
    }

    async fn arrives(self) {
        self.page.through.add_permits(1);
        assert_eq!(self.run.await.unwrap(), Handled::Done);
    }
}

fn one(stage: &Stage) -> Job {
    stage.shop.job(Mode::Record { id: id(ID) })
}

/// Handles the one message that is left.
async fn handle_next(stage: &Stage) {
    let delivery = stage.world.delivery().await;
    let importer = stage.importer_of(stage.world.system.stores.governor.clone());
    assert_eq!(importer.handle(&delivery).await, Handled::Done);
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
        let import = OnItsWay::sent(&stage).await;
        stage.store.sheet().products.remove(&ID);
        assert_eq!(stage.begin(&one(&stage), None).await, Handled::Done);
        import.arrives().await;
        assert_eq!(stage.differences().await, [""; 0], "stored before: {stored_before}");

        // And so says the vendor, who is asked once more.
        handle_next(&stage).await;
        assert_eq!(stage.store.sheet().asked, [ID, ID]);
        assert_eq!((stage.parked().await, stage.differences().await), (0, vec![]));
        assert_eq!(stage.gone().await, u64::from(stored_before));
    }
}

/// Listed already, and not yet found by its id.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_found_gone_too_early_is_stored_as_soon_as_the_vendor_finds_it() {
    let stage = Stage::open(brisk(), PaperStore::of(1..=5)).await;
    let import = OnItsWay::sent(&stage).await;
    stage.store.sheet().not_found.insert(ID);
    assert_eq!(stage.begin(&one(&stage), None).await, Handled::Done);
    import.arrives().await;
    assert_eq!(stage.differences().await, ["3 is lost"]);

    stage.store.sheet().not_found.clear();
    handle_next(&stage).await;
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
