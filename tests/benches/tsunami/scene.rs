use std::sync::Arc;

use anyhow::Result;
use flyball_domain::{Integration, Job, Kind, UnixMillis};
use flyball_governor::{Clock as _, Policy};
use flyball_importer::Connectors;
use flyball_local::System;
use flyball_runtime::{MeterReading, SystemClock};
use flyball_storefronts::{Dial, RunningStore};
use flyball_tests::world::{Many, connectors_of};
use tokio::time::Duration;

/// A platform that all its stores are on, so that one outage is everybody's; here one store stands for
/// all of them, with more quota than anybody needs.
pub(crate) const INTEGRATION: Integration = Integration::Bigcommerce;
pub(crate) const KIND: Kind = Kind::Products;

/// How many functions run at once.
pub(crate) const FUNCTIONS: usize = 64;

/// The products of the store: less than a page.
const PRODUCTS: u64 = 5;

/// For how long all is well, before the vendor falls.
pub(crate) const CALM: Duration = Duration::from_secs(10);

/// For how long the vendor is down.
pub(crate) const OUTAGE: Duration = Duration::from_mins(3);

/// What every call is answered with meanwhile.
const DOWN: &str = "outage";

/// A vendor, and accounts whose jobs are about to be sent.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) system: System,
    pub(crate) store: RunningStore,
    pub(crate) jobs: Vec<Job>,
    pub(crate) policy: Policy,
    /// How the vendor is at all times.
    ever: Vec<Dial>,
    /// What was asked of the tables before the first job was sent.
    pub(crate) before: MeterReading,
}

impl Scene {
    /// One whose vendor answers after so many milliseconds.
    pub(crate) async fn open(count: u32, answers_ms: u32) -> Result<Self> {
        let policy = Policy::STANDARD;
        let system = System::memory(policy).await?;
        let Many { store, jobs } = Many::open(&system, INTEGRATION, PRODUCTS, count).await;
        let ever = vec![format!("latency={answers_ms}ms").parse()?];
        store.set_dials(ever.clone())?;
        let before = system.meter.snapshot();
        Ok(Self { system, store, jobs, policy, ever, before })
    }

    /// The ways to the store.
    pub(crate) fn connectors() -> Arc<dyn Connectors> {
        connectors_of(INTEGRATION, Arc::new(now))
    }

    /// The vendor falls.
    pub(crate) fn fall(&self) -> Result<()> {
        let down = [self.ever.as_slice(), &[DOWN.parse()?]].concat();
        Ok(self.store.set_dials(down)?)
    }

    /// It is back.
    pub(crate) fn rise(&self) -> Result<()> {
        Ok(self.store.set_dials(self.ever.clone())?)
    }
}

/// The time.
pub(crate) fn now() -> UnixMillis {
    UnixMillis(SystemClock::new().now().0)
}
