//! For how long what is stored is overdue is told of each account, wherever its imports get stuck.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::sync::{Arc, Mutex};

use flyball_domain::{Job, Mode};
use flyball_governor::{Admission, LaneSpec, Policy, Stop, StopCause, StopMode, Waiting};
use flyball_importer::{End, Handled, Importer, Progress, ProgressReport};
use flyball_tests::world::{Setup, Shop, World, connectors};

const MINUTE_MS: u64 = 60_000;

/// What was told, one after the other.
#[derive(Debug, Default)]
struct Told(Mutex<Vec<u64>>);

impl Progress for Told {
    fn page(&self, _: &ProgressReport) {}
    fn ended(&self, _: &Job, _: End) {}
    fn overdue(&self, _: &Job, by_ms: u64) {
        self.0.lock().unwrap().push(by_ms);
    }
}

struct Stage {
    world: World,
    shop: Shop,
    importer: Importer,
    told: Arc<Told>,
}

impl Stage {
    async fn open() -> Self {
        let world = World::open(Policy::STANDARD).await;
        let shop = world.shop("blue-mug", Setup { slots: 1, ..Setup::default() }).await;
        let told = Arc::new(Told::default());
        let importer = world.system.importer(connectors(), Arc::clone(&told) as Arc<dyn Progress>);
        Self { world, shop, importer, told }
    }

    /// Asks for a job, and handles that.
    async fn run(&self, mode: Mode) {
        self.world.ask(&self.shop, mode).await;
        let delivery = self.world.delivery().await;
        assert_eq!(self.importer.handle(&delivery).await, Handled::Done);
    }

    fn told(&self) -> Vec<u64> {
        std::mem::take(&mut *self.told.0.lock().unwrap())
    }
}

#[tokio::test]
async fn an_import_tells_since_when_the_last_one_is_overdue_and_other_jobs_tell_nothing() {
    let stage = Stage::open().await;
    stage.run(Mode::Incremental).await;
    let [first] = stage.told()[..] else { panic!("one") };
    // This account was connected in 1970.
    assert!(stage.world.now().0 - first < 16 * MINUTE_MS, "{first}");
    stage.run(Mode::Incremental).await;
    assert_eq!(stage.told(), [0]);
    stage.run(Mode::Reconcile).await;
    assert_eq!(stage.told(), [0_u64; 0]);
}

#[tokio::test]
async fn an_import_that_has_to_wait_tells_since_when_it_does() {
    let stage = Stage::open().await;
    let governor = &stage.world.system.stores.governor;
    let claim = governor.claim("another".parse().unwrap(), "products".parse().unwrap());
    let admission = governor.admit(&stage.shop.lane, &claim, &LaneSpec::alone(1)).await.unwrap();
    assert!(matches!(admission, Admission::Admitted(_)), "{admission:?}");
    let job = stage.shop.job(Mode::Incremental);
    let (id, kind) = (job.key().short().parse().unwrap(), "products".parse().unwrap());
    let since = governor.now().minus(40 * MINUTE_MS);
    let waiting = Waiting { id, kind, class: 1, since };
    let text = flyball_domain::Message::Import(job.clone()).to_text();
    for n in 0..70 {
        // The last of these find the row full.
        governor.park(&stage.shop.lane, &waiting, &text, &format!("request-{n}")).await.unwrap();
    }
    stage.run(Mode::Incremental).await;
    let [told] = stage.told()[..] else { panic!("one") };
    assert!((40 * MINUTE_MS..50 * MINUTE_MS).contains(&told), "{told}");
    stage.run(Mode::Reconcile).await;
    assert_eq!(stage.told(), [0_u64; 0]);
}

#[tokio::test]
async fn what_somebody_has_stopped_is_not_told_as_overdue() {
    let stage = Stage::open().await;
    let stop = Stop {
        mode: StopMode::Stop,
        reason: "stocktaking".to_owned(),
        author: "mia".to_owned(),
        until: None,
    };
    let governor = &stage.world.system.stores.governor;
    let (lane, spec) = (&stage.shop.lane, LaneSpec::alone(1));
    governor.stop(lane, &StopCause::Account, &stop, &spec).await.unwrap();
    stage.run(Mode::Incremental).await;
    assert_eq!(stage.told(), [0_u64; 0]);
}
