//! What jobs ask for, counted: each kind of job is run once, in memory, against a simulated store.

use core::time::Duration;
use std::sync::Arc;

use anyhow::{Result, bail};
use flyball_domain::{Integration, Job, JobId, Kind, Message, Mode, UnixMillis};
use flyball_governor::{Clock as _, Policy};
use flyball_importer::{Delivery, Handled, Importer, Silent};
use flyball_local::System;
use flyball_queue::{Outgoing, Receive};
use flyball_runtime::{Service, SystemClock};
use flyball_storefronts::{RunningStore, Stock, Store, StoreConfig, Zone};
use futures::TryStreamExt as _;
use rust_decimal::Decimal;

use super::run::billed_units;
use super::usage::Usage;
use crate::body::write_json;
use crate::connect::Ways;
use crate::demo::vendor::{integration, vendor};
use crate::demo::world::connect;

/// The records of each kind that a measured store has: enough for several pages of each vendor.
const RECORDS: u64 = 200;

/// The passes of an idle ticker that are counted.
const PASSES: u32 = 20;

/// The accounts that a ticker's minute is counted with.
const TICKED: u64 = 25;

/// For how long a message is nobody else's, in milliseconds: longer than a job takes here.
const VISIBILITY_MS: u64 = 600_000;

/// What the jobs of one integration and kind ask for.
#[derive(Clone, Copy, Debug)]
pub(super) struct JobUsage {
    pub(super) integration: Integration,
    pub(super) kind: Kind,
    /// A job that finds nothing changed.
    pub(super) idle: Usage,
    /// Each record that is new or changed, beyond that.
    pub(super) changed: Usage,
    /// Each record that a reconciliation compares, beyond that.
    pub(super) compared: Usage,
    /// The stored text of a record, in bytes.
    pub(super) record_bytes: Decimal,
}

/// What a ticker asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct TickerUsage {
    /// A pass that finds nothing to do.
    pub(super) pass: Usage,
    /// A minute's schedules, but for what each account takes.
    pub(super) minute: Usage,
    /// What each account takes of that.
    pub(super) account: Usage,
}

/// Measures every integration and kind.
pub(super) async fn jobs() -> Result<Vec<JobUsage>> {
    let mut measured = Vec::new();
    // The stores of a demo, from the first whose plan holds nothing up.
    for number in 3..6 {
        let bench = Bench::open(number).await?;
        for kind in Kind::ALL {
            measured.push(bench.measure(*kind).await?);
        }
    }
    Ok(measured)
}

/// Measures an idle ticker, alone and with accounts.
pub(super) async fn ticker() -> Result<TickerUsage> {
    let (minute, pass) = ticked(0).await?;
    let (with_accounts, _) = ticked(TICKED).await?;
    Ok(TickerUsage { pass, minute, account: with_accounts.beyond(minute, TICKED) })
}

/// What a ticker's first pass, which deals with a minute, and its later ones ask for.
async fn ticked(accounts: u64) -> Result<(Usage, Usage)> {
    let system = System::memory(Policy::STANDARD).await?;
    let store = store(3).await?;
    let now = now();
    for n in 0..accounts {
        connect(now, &system, &format!("store-{n}").parse()?, integration(3), &store).await?;
    }
    let ticker = system.ticker();
    let reading = || counted(&system, 0);
    let before = reading();
    ticker.pass().await?;
    let first = reading() - before;
    let before = reading();
    for _ in 0..PASSES {
        ticker.pass().await?;
    }
    let later = (reading() - before) * (Decimal::ONE / Decimal::from(PASSES));
    Ok((first - later, later))
}

fn now() -> UnixMillis {
    UnixMillis(SystemClock::new().now().0)
}

fn counted(system: &System, vendor_calls: u64) -> Usage {
    let tables = system.meter.snapshot().total(Service::DynamoDb);
    let (writes, reads) = billed_units(tables);
    Usage {
        writes,
        reads,
        table_calls: tables.attempts.into(),
        queue_calls: system.queue_calls.count().into(),
        vendor_calls: vendor_calls.into(),
        invocations: Decimal::ZERO,
    }
}

async fn store(number: usize) -> Result<RunningStore> {
    let clock = SystemClock::new();
    let config = StoreConfig {
        name: "measured".to_owned(),
        vendor: vendor(number, 1).0,
        currency: "EUR".parse()?,
        zone: Zone::utc(),
        token: "token".to_owned(),
        stock: Stock::Generated { products: RECORDS },
        orders: RECORDS,
        seed: 1,
        dials: Vec::new(),
        port: 0,
    };
    Ok(Store::serve(config, Arc::new(move || clock.now().0)).await?)
}

/// A system with one connected store.
struct Bench {
    system: System,
    store: RunningStore,
    integration: Integration,
    importer: Importer,
}

impl Bench {
    async fn open(number: usize) -> Result<Self> {
        let system = System::memory(Policy::STANDARD).await?;
        let (store, integration) = (store(number).await?, integration(number));
        connect(now(), &system, &"measured".parse()?, integration, &store).await?;
        let importer = system.importer(Ways::open()?.of(integration), Arc::new(Silent));
        Ok(Self { system, store, integration, importer })
    }

    async fn measure(&self, kind: Kind) -> Result<JobUsage> {
        let all = self.run(kind, Mode::Incremental, 1).await?;
        let idle = self.run(kind, Mode::Incremental, 2).await?;
        let compared = self.run(kind, Mode::Reconcile, 3).await?;
        let account = "measured".parse()?;
        let stored = self.system.stores.records.stream(&account, kind);
        let lengths = stored.and_then(|record| async move {
            let mut text = Vec::new();
            // A body that is stored has been written before.
            let _written = write_json(&mut text, &record.body);
            Ok(text.len())
        });
        let (count, bytes) = lengths
            .try_fold((0_u64, 0_usize), |(count, sum), bytes| async move {
                Ok((count.saturating_add(1), sum.saturating_add(bytes)))
            })
            .await?;
        if count != RECORDS {
            bail!("found {count} {kind} imported, {RECORDS} were expected");
        }
        Ok(JobUsage {
            integration: self.integration,
            kind,
            idle,
            changed: all.beyond(idle, RECORDS),
            compared: compared.beyond(idle, RECORDS),
            record_bytes: Decimal::from(bytes) / Decimal::from(RECORDS),
        })
    }

    /// Runs a job, and whatever it sends for, to the end.
    async fn run(&self, kind: Kind, mode: Mode, number: u8) -> Result<Usage> {
        let queue = self.system.queues.get(self.integration, kind)?;
        let reading = || counted(&self.system, self.store.counters().calls);
        let before = reading();
        let id = JobId::new(now(), [number; 10]);
        let job = Job { id, account: "measured".parse()?, kind, mode };
        let key = job.key();
        let account = job.account.clone();
        queue.send(&Outgoing::new(Message::Import(job).to_text(), account)?).await?;
        let mut invocations = 0_u64;
        let ask = Receive { messages_max: 1, visibility_ms: VISIBILITY_MS, wait_ms: 0 };
        while let Some(received) = queue.receive(ask).await?.into_iter().next() {
            let delivery = Delivery {
                body: received.body,
                receipt: received.receipt,
                kind,
                receives: Some(received.receives),
                end_by: None,
            };
            if let Handled::Again(why) = Box::pin(self.importer.handle(&delivery)).await {
                bail!("a measured job could not be handled: {why}");
            }
            invocations = invocations.saturating_add(1);
        }
        let used = reading() - before;
        let stored = self.system.stores.records.load_checkpoint(&key).await?;
        if stored.is_none_or(|stored| stored.finished_at.is_none()) {
            bail!("a measured job did not come to its end");
        }
        Ok(Usage { invocations: invocations.into(), ..used })
    }
}

/// How long the measurements may take; on an idle machine they take seconds.
pub(super) const PATIENCE: Duration = Duration::from_mins(5);
