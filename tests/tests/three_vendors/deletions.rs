use flyball_domain::{Mode, VendorId};

use super::stage::{EVERYWHERE, Stage};

#[tokio::test]
async fn what_the_store_has_no_more_is_found_out_and_marked_so() {
    for (integration, kind) in EVERYWHERE {
        let stage = Stage::open(integration, kind).await;
        stage.run(Mode::Incremental).await;
        let gone: Vec<VendorId> = stage.ids().into_iter().step_by(30).collect();
        for id in &gone {
            stage.delete(id);
        }
        stage.run(Mode::Incremental).await;
        let found = stage.differences().await;
        assert_eq!(found.len(), gone.len(), "an import of changes can't know: {found:?}");
        stage.run(Mode::Reconcile).await;
        assert_eq!(stage.differences().await, [""; 0], "{integration} {kind}");
        let records = &stage.world.system.stores.records;
        for id in &gone {
            let stored = records.get(&stage.shop.account, kind, id).await.unwrap();
            assert_eq!(stored, None, "{integration} {kind} {id}");
        }
    }
}

#[tokio::test]
async fn what_an_import_has_missed_is_found_out_and_imported() {
    for (integration, kind) in EVERYWHERE {
        let stage = Stage::open(integration, kind).await;
        let ids = stage.ids();
        stage.run(Mode::Incremental).await;
        // A change of long ago, as when an index was late: no later import of changes looks there.
        let before = stage.shop.store.counters().calls;
        for id in ids.iter().step_by(50) {
            stage.touch(id);
        }
        stage.run(Mode::Reconcile).await;
        assert_eq!(stage.differences().await, [""; 0], "{integration} {kind}");
        let calls = stage.shop.store.counters().calls - before;
        assert!(calls < 40, "{integration} {kind}: {calls} calls to compare 150 records");
    }
}

#[tokio::test]
async fn a_record_that_is_asked_for_and_is_no_more_is_marked_so() {
    for (integration, kind) in EVERYWHERE {
        let stage = Stage::open(integration, kind).await;
        stage.run(Mode::Incremental).await;
        let id = stage.ids()[7].clone();
        stage.delete(&id);
        stage.run(Mode::Record { id }).await;
        assert_eq!(stage.differences().await, [""; 0], "{integration} {kind}");
    }
}
