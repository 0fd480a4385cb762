use core::time::Duration;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use flyball_accounts::{Account, CeilingPercent};
use flyball_connector::Connector;
use flyball_domain::{Drain, Integration, Job, JobId, JobKey, Kind, Message, UnixMillis};
use flyball_governor::core::Interval;
use flyball_governor::core::policy::PolicyError;
use flyball_governor::{Governor, LaneId, LeaseId, Policy, StopCause};
use flyball_http::BaseUrl;
use flyball_importer::{Importer, Parts, connect_with};
use flyball_local::{DataFolder, Endpoint, Engine, Stores, Ticking, Workers, folder_keys};
use flyball_queue::{LocalQueues, Outgoing, Queue, QueueName, Queues};
use flyball_runtime::{Meter, secret_bytes};
use flyball_ticker::Ticker;
use secrecy::SecretString;

use super::account::connect;
use super::follow::{End, Follow, Heard, Listener};
use super::observed::{Observed, Seen};
use super::own_queue::OwnQueue;
use super::predecessor::free_slots;
use super::report::Report;
use crate::access;
use crate::customer;
use crate::error::CliError;
use crate::facts::{down_ms, incremental, lane_of, outages};
use crate::output::{self, Format};

/// A store, and the way to it.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) base: BaseUrl,
    pub(super) token: SecretString,
    pub(super) connector: Arc<dyn Connector>,
    pub(super) ceiling: Option<CeilingPercent>,
}

/// How often a message is received before it is given up.
const RECEIVES_MAX: core::num::NonZeroU32 = core::num::NonZeroU32::MIN.saturating_add(9);

/// How often the ticker looks.
const TICK: Duration = Duration::from_secs(1);

/// Whoever waits at a terminal wants to see a store come back within a minute.
const GATE_CEILING_MS: u64 = 60_000;

/// Whoever starts an import again wants to know at once whether a frozen store has thawed.
const SUSPENDED_PROBE_MS: u64 = 1_000;

/// Imports a store into a data folder.
pub(super) async fn run(source: &Source, dir: &Path, format: Format) -> Result<ExitCode, CliError> {
    let folder = access::own(dir)?;
    let import = Import::open(&folder, source).await?;
    let report = import.run().await?;
    match format {
        Format::Json => output::json(&report.to_json())?,
        Format::Text => {
            for line in report.to_lines() {
                output::line(&line)?;
            }
        }
    }
    if let Some(why) = &report.unfinished {
        output::note(&format!("not finished: {why}"));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The settings of an import that a person waits for.
fn policy() -> Result<Policy, PolicyError> {
    let mut policy = Policy::STANDARD;
    policy.gate_ceiling_ms = GATE_CEILING_MS;
    policy.suspended_probe_ms = SUSPENDED_PROBE_MS;
    policy.checked()
}

struct Import {
    _engine: Engine,
    stores: Stores,
    account: Account,
    lane: LaneId,
    key: JobKey,
    work: LeaseId,
    queue: Arc<dyn Queue>,
    seen: Seen,
    connector: Arc<dyn Connector>,
}

impl Import {
    async fn open(folder: &DataFolder, source: &Source) -> Result<Self, CliError> {
        let keys = folder_keys(folder)?;
        let engine = Engine::file(&folder.dynamodb_file()).await?;
        let client = engine.client(&Meter::default()).await;
        Stores::create_tables(&client).await?;
        let stores = Stores::over(&client, policy()?, Arc::new(keys));
        let (url, token) = (engine.endpoint(), engine.token().clone());
        folder.publish(&Endpoint { url, token, pid: std::process::id() })?;

        let now = UnixMillis(stores.governor.now().0);
        let account = connect(&stores.accounts, source, now).await?;
        customer::stop_new(&stores.governor, &account).await?;
        let lane = lane_of(&account.id)?;
        free_slots(&stores.governor, &lane).await?;
        // Whoever brings a token connects the store again.
        stores.governor.lift(&lane, &StopCause::Rejected).await?;
        stores.governor.lift(&lane, &StopCause::DeadMan).await?;
        let key = incremental(&account.id);
        let seen = Seen::default();
        let connector: Arc<dyn Connector> =
            Arc::new(Observed { connector: Arc::clone(&source.connector), seen: seen.clone() });
        let queue = queue(&stores.governor, &account)?;
        let work = key.short().parse()?;
        Ok(Self { _engine: engine, stores, account, lane, key, work, queue, seen, connector })
    }

    async fn run(&self) -> Result<Report, CliError> {
        let governor = &self.stores.governor;
        let began = governor.now();
        let stored = self.stores.records.load_checkpoint(&self.key).await?;
        let walk = stored.and_then(|stored| stored.walk);
        let resumed = walk.map_or(0, |walk| walk.records);
        self.ask().await?;

        let (listener, heard) = Listener::new(&self.key, resumed);
        let queues =
            Queues::default().with(Integration::Shopify, Kind::Products, Arc::clone(&self.queue));
        let connector = Arc::clone(&self.connector);
        let importer = Importer::new(Parts {
            governor: governor.clone(),
            records: self.stores.records.clone(),
            accounts: self.stores.accounts.clone(),
            queues: queues.clone(),
            connectors: connect_with(Integration::Shopify, move |_, _| Ok(Arc::clone(&connector))),
            progress: Arc::new(listener),
        });
        let ticker = Ticker::new(governor.clone(), self.stores.accounts.clone(), queues);
        let policy = governor.policy();
        let workers = Workers::start(importer, Arc::clone(&self.queue), Kind::Products, policy, 1);
        let ticking = Ticking::start(ticker, TICK);
        let mut follow = Follow {
            stores: &self.stores,
            lane: &self.lane,
            key: &self.key,
            queue: self.queue.as_ref(),
            seen: &self.seen,
            heard: heard.clone(),
            progress: output::progress(),
            said: BTreeSet::new(),
            waited: Vec::new(),
        };
        let end = follow.wait_for_end().await;
        follow.progress.end();
        drop(ticking);
        // What can't be watched any more is not waited for either: it goes on at the next start.
        let end = end?;
        workers.stop().await;

        let now = governor.now();
        let lane = governor.look(&self.lane).await?;
        let outages = outages(governor, &self.lane, lane.as_ref()).await?;
        let tally = self.seen.tally();
        let Heard { records, written, .. } = heard.borrow().clone();
        Ok(Report {
            account: self.account.id.to_string(),
            records,
            resumed,
            written,
            vendor_calls: tally.calls,
            throttled: tally.throttled,
            down_ms: down_ms(&outages, Interval { from: began, to: now }),
            took_ms: now.since(began),
            waited: follow.waited,
            unfinished: match end {
                End::Finished => None,
                End::Unfinished(why) => Some(why),
            },
        })
    }

    /// Asks for the import, or for somebody to look at the job that an earlier run has left in the
    /// lot.
    async fn ask(&self) -> Result<(), CliError> {
        let account = self.account.id.clone();
        let waits = self.stores.governor.parked_row(&self.lane, &self.work).await?.is_some();
        let message = if waits {
            Message::Drain(Drain::new(account.clone(), self.key.kind))
        } else {
            let now = UnixMillis(self.stores.governor.now().0);
            Message::Import(Job {
                id: JobId::new(now, secret_bytes()?),
                account: account.clone(),
                kind: self.key.kind,
                mode: self.key.mode.clone(),
            })
        };
        self.queue.send(&Outgoing::new(message.to_text(), account)?).await?;
        Ok(())
    }
}

/// A queue that ends with the process: what is worth keeping is in the lot and in the checkpoint.
fn queue(governor: &Governor, account: &Account) -> Result<Arc<dyn Queue>, CliError> {
    let clock = governor.clone();
    let now: flyball_queue::Now = Arc::new(move || UnixMillis(clock.now().0));
    let queues = LocalQueues::memory(RECEIVES_MAX, now)?;
    let queue = queues.queue(QueueName::of(Integration::Shopify, Kind::Products));
    Ok(Arc::new(OwnQueue::new(queue, account.id.clone())))
}
