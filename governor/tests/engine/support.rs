//! What the tests of this crate share: an embedded engine, a client that counts, clocks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use flyball_governor::{
    Clock, Entropy, Governor, LaneId, LeaseId, Policy, UnixMillis, Waiting, WorkKind, create_table,
};

/// The table of every test.
pub(crate) const TABLE: &str = "flyball-governor";

/// Counts what is sent, and sends nothing while the line is cut.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent(Arc<AtomicU64>, Arc<AtomicBool>);

impl Sent {
    /// How many requests were sent since the last time this was asked.
    pub(crate) fn take(&self) -> u64 {
        self.0.swap(0, Ordering::SeqCst)
    }

    /// Cuts the line.
    pub(crate) fn cut(&self) {
        self.1.store(true, Ordering::SeqCst);
    }

    /// Mends it.
    pub(crate) fn mend(&self) {
        self.1.store(false, Ordering::SeqCst);
    }
}

#[derive(Debug)]
struct Count(Sent);

impl Intercept for Count {
    fn name(&self) -> &'static str {
        "count"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.0.fetch_add(1, Ordering::SeqCst);
        if self.0.1.load(Ordering::SeqCst) { Err("the line is cut".into()) } else { Ok(()) }
    }
}

/// A clock that a test turns.
#[derive(Clone, Debug)]
pub(crate) struct TestClock {
    wall: Arc<AtomicU64>,
    monotonic: Arc<AtomicU64>,
}

impl TestClock {
    /// A clock that stands at a moment.
    pub(crate) fn at(ms: u64) -> Self {
        Self { wall: Arc::new(AtomicU64::new(ms)), monotonic: Arc::new(AtomicU64::new(ms)) }
    }

    /// Turns it forward.
    pub(crate) fn advance(&self, ms: u64) {
        self.wall.fetch_add(ms, Ordering::SeqCst);
        self.tick(ms);
    }

    /// Sets the wall clock.
    pub(crate) fn set(&self, now: UnixMillis) {
        self.wall.store(now.0, Ordering::SeqCst);
    }

    /// Turns the monotonic clock forward alone.
    pub(crate) fn tick(&self, ms: u64) {
        self.monotonic.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.wall.load(Ordering::SeqCst))
    }
    fn monotonic_ms(&self) -> u64 {
        self.monotonic.load(Ordering::SeqCst)
    }
}

/// A counter that passes for randomness: nonces differ, and runs repeat.
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicU64);

impl Entropy for Counting {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// A governor over a fresh engine in memory.
#[derive(Debug)]
pub(crate) struct Bench {
    /// The governor.
    pub(crate) governor: Governor,
    /// Its client.
    pub(crate) client: Client,
    /// Its clock.
    pub(crate) clock: TestClock,
    /// What it sent.
    pub(crate) sent: Sent,
}

/// A governor over a fresh engine in memory, at time 1,000,000.
pub(crate) async fn bench(policy: Policy) -> Bench {
    let database = dynoxide::Database::memory().expect("an engine in memory");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let sent = Sent::default();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(format!("http://{address}"))
        .interceptor(Count(sent.clone()))
        .build();
    let client = Client::from_conf(config);
    create_table(&client, TABLE).await.expect("a table");
    sent.take();
    let clock = TestClock::at(1_000_000);
    let governor = Governor::new(
        client.clone(),
        TABLE,
        policy,
        Arc::new(clock.clone()),
        Arc::new(Counting::default()),
    );
    Bench { governor, client, clock, sent }
}

/// The lane of every test.
pub(crate) fn lane_id() -> LaneId {
    "blue-mug".parse().expect("a lane's name")
}

/// Work of the lower class that waits from now on.
pub(crate) fn waits(governor: &Governor, id: &LeaseId, kind: &WorkKind) -> Waiting {
    Waiting { id: id.clone(), kind: kind.clone(), class: 1, since: governor.now() }
}
