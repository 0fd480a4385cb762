use flyball_domain::{Mode, UnixMillis};

use super::stage::{EVERYWHERE, Stage};

#[tokio::test]
async fn a_first_import_brings_everything_as_the_store_has_it() {
    for (integration, kind) in EVERYWHERE {
        let stage = Stage::open(integration, kind).await;
        stage.run(Mode::Incremental).await;
        assert_eq!(stage.differences().await, [""; 0], "{integration} {kind}");
    }
}

#[tokio::test]
async fn a_later_import_brings_what_has_changed() {
    for (integration, kind) in EVERYWHERE {
        let stage = Stage::open(integration, kind).await;
        stage.run(Mode::Incremental).await;
        for id in stage.ids().iter().step_by(40) {
            stage.touch(id);
        }
        assert_ne!(stage.differences().await, [""; 0], "{integration} {kind}");
        let calls = stage.shop.store.counters().calls;
        stage.run(Mode::Incremental).await;
        assert_eq!(stage.differences().await, [""; 0], "{integration} {kind}");
        let calls = stage.shop.store.counters().calls - calls;
        assert!(calls < 40, "{integration} {kind}: {calls} calls for 4 records");
    }
}

#[tokio::test]
async fn a_backfill_brings_its_range_and_one_record_by_its_id_brings_that_one() {
    for (integration, kind) in EVERYWHERE {
        let stage = Stage::open(integration, kind).await;
        let ids = stage.ids();
        stage.run(Mode::Record { id: ids[3].clone() }).await;
        let lost = stage.differences().await;
        assert_eq!(lost.len(), ids.len() - 1, "{integration} {kind}: {:?}", lost.first());
        assert!(lost.iter().all(|text| text.ends_with("is lost")), "{lost:?}");
        let to = UnixMillis(stage.world.now().0);
        stage.run(Mode::Backfill { from: UnixMillis(0), to }).await;
        assert_eq!(stage.differences().await, [""; 0], "{integration} {kind}");
    }
}
