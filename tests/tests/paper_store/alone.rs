//! A job whose row was all that its lot held when it was started.

use flyball_domain::Mode;
use flyball_governor::{LaneSpec, Stop, StopCause, StopMode};
use flyball_importer::Handled;
use flyball_tests::world::brisk;

use super::stage::Stage;
use super::store::PaperStore;
use super::walk::id;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_parks_while_a_job_runs_that_was_alone_is_not_overlooked() {
    let stage = Stage::open(brisk(), PaperStore::of(1..=5)).await;
    let governor = &stage.world.system.stores.governor;
    let stop = |mode| Stop {
        mode,
        reason: "stocktaking".to_owned(),
        author: "mia".to_owned(),
        until: None,
    };
    let (cause, spec) = (StopCause::Account, LaneSpec::alone(2));
    governor.stop(&stage.shop.lane, &cause, &stop(StopMode::Stop), &spec).await.unwrap();
    assert_eq!(stage.begin(&stage.shop.job(Mode::Incremental), None).await, Handled::Done);
    assert_eq!(stage.parked().await, 1);

    // One at a time from here on.
    let one = stop(StopMode::Limit(1));
    governor.stop(&stage.shop.lane, &cause, &one, &spec).await.unwrap();
    assert_eq!(stage.world.system.ticker().pass().await.unwrap().sent, 1);
    let import = stage.begin_next().await;

    let other = stage.shop.job(Mode::Record { id: id(3) });
    assert_eq!(stage.begin(&other, None).await, Handled::Done);
    assert_eq!(stage.parked().await, 2);
    import.arrives().await;
    while stage.world.queue().counts().await.unwrap().visible > 0 {
        stage.handle_next().await;
    }
    assert_eq!((stage.parked().await, &stage.store.sheet().asked[..]), (0, &[3][..]));
}
