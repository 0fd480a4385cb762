use std::sync::{Arc, Mutex};

use flyball_domain::{Integration, Job, Kind, Mode, RecordBody, UnixMillis};
use flyball_governor::{Governor, Policy};
use flyball_importer::{
    Connectors, End, Handled, Importer, Progress, ProgressReport, connect_with,
};
use flyball_records::{Aside, Records};
use flyball_tests::world::{Setup, Shop, World};
use futures::TryStreamExt as _;
use tokio::task::JoinHandle;

use super::store::{HeldUp, PaperConnector, PaperStore};

/// A system, and an account whose store is on paper.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) shop: Shop,
    pub(super) store: PaperStore,
    pub(super) told: Arc<Told>,
}

/// A page of an import that is on its way.
pub(super) struct OnItsWay {
    page: Arc<HeldUp>,
    run: JoinHandle<Handled>,
}

impl OnItsWay {
    /// It arrives, and the import goes on to its end.
    pub(super) async fn arrives(self) {
        self.page.through.add_permits(1);
        assert_eq!(self.run.await.unwrap(), Handled::Done);
    }
}

/// What was told of jobs.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<Vec<ProgressReport>>);

impl Told {
    pub(super) fn last(&self) -> ProgressReport {
        self.0.lock().unwrap().last().cloned().unwrap()
    }
}

impl Progress for Told {
    fn page(&self, report: &ProgressReport) {
        self.0.lock().unwrap().push(report.clone());
    }

    fn ended(&self, _: &Job, _: End) {}
}

impl Stage {
    pub(super) async fn open(policy: Policy, store: PaperStore) -> Self {
        let world = World::open(policy).await;
        let shop = world.shop("blue-mug", Setup::default()).await;
        Self { world, shop, store, told: Arc::default() }
    }

    pub(super) fn records(&self) -> &Records {
        &self.world.system.stores.records
    }

    fn connectors(&self) -> Arc<dyn Connectors> {
        let store = self.store.clone();
        connect_with(Integration::Shopify, move |_, _| Ok(Arc::new(PaperConnector(store.clone()))))
    }

    pub(super) fn importer_of(&self, governor: Governor) -> Importer {
        let told = Arc::clone(&self.told) as Arc<dyn Progress>;
        self.world.importer_of(governor, self.connectors(), told)
    }

    fn importer(&self) -> Importer {
        self.importer_of(self.world.system.stores.governor.clone())
    }

    /// Handles the next message.
    pub(super) async fn handle_next(&self) {
        let delivery = self.world.delivery().await;
        assert_eq!(self.importer().handle(&delivery).await, Handled::Done);
    }

    /// Begins to handle the next message, whose first page is on its way when this returns.
    pub(super) async fn begin_next(&self) -> OnItsWay {
        let page = HeldUp::new();
        self.store.sheet().held_up = Some(("changed", Arc::clone(&page)));
        let (importer, delivery) = (self.importer(), self.world.delivery().await);
        let run = tokio::spawn(async move { importer.handle(&delivery).await });
        page.waits.acquire().await.unwrap().forget();
        OnItsWay { page, run }
    }

    /// Asks for a job and handles its message, which may end in the middle where time ends.
    pub(super) async fn begin(&self, job: &Job, end_by: Option<UnixMillis>) -> Handled {
        self.world.send(job).await;
        let mut delivery = self.world.delivery().await;
        delivery.end_by = end_by;
        self.importer().handle(&delivery).await
    }

    /// Asks for a job and handles it to its end.
    pub(super) async fn run(&self, mode: Mode) -> Job {
        let job = self.shop.job(mode);
        assert_eq!(self.begin(&job, None).await, Handled::Done);
        assert_eq!(self.parked().await, 0, "{} is through", job.key());
        job
    }

    pub(super) async fn parked(&self) -> usize {
        self.world.system.stores.governor.parked(&self.shop.lane).await.unwrap().len()
    }

    /// In what the records differ from the store.
    pub(super) async fn differences(&self) -> Vec<String> {
        let stored = self.records().stream(&self.shop.account, Kind::Products);
        let mut stored: Vec<_> = stored.try_collect().await.unwrap();
        let mut found = Vec::new();
        for (id, truth) in self.store.truth() {
            match stored.iter().position(|record| record.id == id) {
                None => found.push(format!("{id} is lost")),
                Some(place) => {
                    let RecordBody::Product(product) = stored.remove(place).body else {
                        panic!("a product was expected")
                    };
                    if *product != truth {
                        found.push(format!("{id} differs"));
                    }
                }
            }
        }
        found.extend(stored.into_iter().map(|record| format!("{} is there", record.id)));
        found
    }

    pub(super) async fn gone(&self) -> u64 {
        self.records().summary(&self.shop.account, Kind::Products).await.unwrap().gone
    }

    pub(super) async fn asides(&self) -> Vec<Aside> {
        self.records().asides(&self.shop.account, None, 100).await.unwrap().0
    }
}
