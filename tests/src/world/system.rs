use core::time::Duration;
use std::sync::Arc;

use flyball_bigcommerce::BigCommerceConnector;
use flyball_domain::{Integration, Job, Kind, Message, Mode, UnixMillis};
use flyball_governor::{Clock, Entropy, Governor, Lane, Policy};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use flyball_importer::{
    Connectors, Delivery, Handled, Importer, Parts, Progress, Silent, connect_with,
};
use flyball_local::{GOVERNOR_TABLE, System, Ticking, Workers};
use flyball_magento::MagentoConnector;
use flyball_queue::{Outgoing, Queue, Receive, Received};
use flyball_runtime::{SystemClock, SystemEntropy};
use flyball_shopify::ShopifyConnector;
use flyball_ticker::Ticker;

use super::{Setup, Shop, eventually};

/// A system in memory.
#[derive(Debug)]
pub struct World {
    /// The system.
    pub system: System,
    /// The policy of its governor.
    pub policy: Policy,
    clock: SystemClock,
}

/// How often the ticker passes.
const PASS_EVERY: Duration = Duration::from_millis(50);

/// The standard policy with gates of a fraction of a second, so that a test can see the end of a
/// backoff.
pub const fn brisk() -> Policy {
    let mut policy = Policy::STANDARD;
    policy.skew_ms = 100;
    policy.gate_base_ms = 200;
    policy.gate_ceiling_ms = 800;
    policy.vendor_wait_cap_ms = 500;
    policy.inconclusive_ms = 100;
    policy.wake_again_ms = 300;
    policy.suspended_probe_ms = 1_500;
    policy
}

/// The ways to simulated Shopify stores.
///
/// # Panics
/// The HTTPS client can't be built.
pub fn connectors() -> Arc<dyn Connectors> {
    let clock = SystemClock::new();
    connectors_of(Integration::Shopify, Arc::new(move || UnixMillis(clock.now().0)))
}

/// The ways to simulated stores of one platform, whose calls are signed by this clock where they are
/// signed.
///
/// # Panics
/// The HTTPS client can't be built.
pub fn connectors_of(
    integration: Integration,
    now: Arc<dyn Fn() -> UnixMillis + Send + Sync>,
) -> Arc<dyn Connectors> {
    let http = HttpClient::new(Settings { reach: Reach::Local }).expect("an HTTPS client");
    connect_with(integration, move |account, token| {
        let base = BaseUrl::parse(&account.store, Reach::Local)?;
        let http = http.clone();
        Ok(match integration {
            Integration::Shopify => Arc::new(ShopifyConnector::new(http, base, token)?),
            Integration::Bigcommerce => Arc::new(BigCommerceConnector::new(http, base, token)?),
            Integration::Magento => {
                let now = Arc::clone(&now);
                let (now, random) = (move || now(), || SystemEntropy.next_u64());
                Arc::new(MagentoConnector::new(http, &base, token, now, random)?)
            }
        })
    })
}

impl World {
    /// Opens a world without shops, in which nothing runs yet.
    ///
    /// # Panics
    /// A policy out of its bounds, or a system that can't be opened.
    pub async fn open(policy: Policy) -> Self {
        let policy = policy.checked().expect("a policy within its bounds");
        let system = System::memory(policy).await.expect("a system in memory");
        Self { system, policy, clock: SystemClock::new() }
    }

    /// Opens a shop and connects it.
    pub async fn shop(&self, name: &str, setup: Setup) -> Shop {
        Shop::open(&self.system.stores.accounts, name, setup).await
    }

    /// The time.
    pub fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now().0)
    }

    /// The queue of all jobs.
    ///
    /// # Panics
    /// Never: a system has it.
    pub fn queue(&self) -> &Arc<dyn Queue> {
        self.system.queues.get(Integration::Shopify, Kind::Products).expect("the queue")
    }

    /// An importer of Shopify stores.
    pub fn importer(&self) -> Importer {
        self.importer_for(Integration::Shopify)
    }

    /// An importer of the stores of one platform.
    pub fn importer_for(&self, integration: Integration) -> Importer {
        let clock = self.clock.clone();
        let now = Arc::new(move || UnixMillis(clock.now().0));
        self.system.importer(connectors_of(integration, now), Arc::new(Silent))
    }

    /// The governor as another machine has it, with a clock and a source of randomness of its own.
    pub async fn governor_of(&self, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Governor {
        let client = self.system.engine.client(&self.system.meter).await;
        Governor::new(client, GOVERNOR_TABLE, self.policy, clock, entropy)
    }

    /// A ticker on another machine.
    pub fn ticker_of(&self, governor: Governor) -> Ticker {
        Ticker::new(governor, self.system.stores.accounts.clone(), self.system.queues.clone())
    }

    /// An importer on another machine.
    pub fn importer_of(
        &self,
        governor: Governor,
        connectors: Arc<dyn Connectors>,
        progress: Arc<dyn Progress>,
    ) -> Importer {
        Importer::new(Parts {
            governor,
            records: self.system.stores.records.clone(),
            accounts: self.system.stores.accounts.clone(),
            queues: self.system.queues.clone(),
            connectors,
            progress,
        })
    }

    /// Starts workers.
    pub fn workers(&self, count: usize) -> Workers {
        self.workers_of(self.importer(), count)
    }

    /// Starts workers that tell how far they have come.
    pub fn told_workers(&self, count: usize, progress: Arc<dyn Progress>) -> Workers {
        self.workers_of(self.system.importer(connectors(), progress), count)
    }

    /// Starts workers on an importer of one's own.
    pub fn workers_of(&self, importer: Importer, count: usize) -> Workers {
        Workers::start(importer, Arc::clone(self.queue()), Kind::Products, &self.policy, count)
    }

    /// Starts a ticker.
    pub fn ticking(&self) -> Ticking {
        Ticking::start(self.system.ticker(), PASS_EVERY)
    }

    /// Asks for an import.
    pub async fn ask(&self, shop: &Shop, mode: Mode) -> Job {
        let job = shop.job(mode);
        self.send(&job).await;
        job
    }

    /// Sends a request to import.
    ///
    /// # Panics
    /// The queue does not take it.
    pub async fn send(&self, job: &Job) {
        let text = Message::Import(job.clone()).to_text();
        let message = Outgoing::new(text, job.account.clone()).expect("a message");
        self.queue().send(&message).await.expect("a queue that takes it");
    }

    /// Receives the next message, which must be there.
    ///
    /// # Panics
    /// There is none.
    pub async fn receive(&self) -> Received {
        let ask = Receive { messages_max: 1, visibility_ms: self.policy.lease_ms, wait_ms: 0 };
        let received = self.queue().receive(ask).await.expect("a queue that answers");
        received.into_iter().next().expect("a message in the queue")
    }

    /// Sends a request to import, and handles it to its end with nobody else about.
    ///
    /// # Panics
    /// A queue that does not answer.
    pub async fn handle_now(&self, integration: Integration, job: &Job) -> Handled {
        let queue = self.system.queues.get(integration, job.kind).expect("the queue");
        let text = Message::Import(job.clone()).to_text();
        let message = Outgoing::new(text, job.account.clone()).expect("a message");
        queue.send(&message).await.expect("a queue that takes it");
        let ask = Receive { messages_max: 1, visibility_ms: self.policy.lease_ms, wait_ms: 0 };
        let received = queue.receive(ask).await.expect("a queue that answers");
        let Received { body, receipt, receives, .. } =
            received.into_iter().next().expect("a message in the queue");
        let (kind, receives) = (job.kind, Some(receives));
        let delivery = Delivery { body, receipt, kind, receives, end_by: None };
        self.importer_for(integration).handle(&delivery).await
    }

    /// Handles the next message, which must be there, with nobody else about.
    pub async fn handle_next(&self) -> Handled {
        let delivery = self.delivery().await;
        self.importer().handle(&delivery).await
    }

    /// Receives the next message, which must be there, for an importer to handle.
    pub async fn delivery(&self) -> Delivery {
        let Received { body, receipt, receives, .. } = self.receive().await;
        let receives = Some(receives);
        Delivery { body, receipt, kind: Kind::Products, receives, end_by: None }
    }

    /// A shop's lane as it is.
    ///
    /// # Panics
    /// There is none, or it can't be read.
    pub async fn lane(&self, shop: &Shop) -> Lane {
        let lane = self.system.stores.governor.look(&shop.lane).await;
        lane.expect("a governor that answers").expect("a lane")
    }

    /// Whether a job has come to its end, as far as the records tell: one record leaves no
    /// checkpoint behind.
    ///
    /// # Panics
    /// The records can't be read.
    pub async fn is_finished(&self, job: &Job) -> bool {
        let records = &self.system.stores.records;
        if let Mode::Record { id } = &job.mode {
            let record = records.get(&job.account, job.kind, id).await;
            return record.expect("a record that can be read").is_some();
        }
        let stored = records.load_checkpoint(&job.key()).await;
        let stored = stored.expect("a checkpoint that can be read");
        stored.is_some_and(|stored| stored.finished_at.is_some())
    }

    /// Waits until all these jobs have come to their end, nothing of theirs is parked or queued,
    /// and no lease of theirs is alive.
    ///
    /// # Panics
    /// They don't.
    pub async fn all_settled(&self, shop: &Shop, jobs: &[Job]) {
        for job in jobs {
            let finished = async || self.is_finished(job).await.then_some(());
            eventually(&format!("the end of {}", job.key()), finished).await;
        }
        let settled = async || {
            let parked = self.system.stores.governor.parked(&shop.lane).await;
            let counts = self.queue().counts().await.expect("a queue that answers");
            let lane = self.lane(shop).await;
            let now = flyball_governor::UnixMillis(self.now().0);
            let idle = lane.probe.is_none() && lane.held.values().all(|slot| slot.expires <= now);
            let none_parked = parked.expect("a lot that can be read").is_empty();
            (none_parked && counts.visible == 0 && counts.in_flight == 0 && idle).then_some(())
        };
        eventually(&format!("rest in the lane of {}", shop.account), settled).await;
    }
}
