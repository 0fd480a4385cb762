use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use flyball_accounts::{Account, AccountsError};
use flyball_connector::Connector;
use flyball_domain::{Drain, JobKey, Kind, Message, UnixMillis};
use flyball_governor::core::Interval;
use flyball_governor::core::policy::PolicyError;
use flyball_governor::{Governor, LaneId, LeaseId, Policy};
use flyball_importer::{Importer, Parts, connect_with};
use flyball_local::{DataFolder, Endpoint, Engine, Stores, Ticking, Workers, folder_keys};
use flyball_queue::{LocalQueues, Outgoing, Queue, QueueName, Queues};
use flyball_runtime::Meter;
use flyball_ticker::Ticker;

use super::Source;
use super::follow::{End, Follow};
use super::heard::Listener;
use super::observed::{Observed, Seen};
use super::own_queue::OwnQueue;
use super::report::{OfKind, Report};
use crate::access;
use crate::account::{Wanted, account_id, connect};
use crate::error::CliError;
use crate::output::{self, Format};
use crate::predecessor::free_slots;
use flyball_ops::new_job;
use flyball_ops::{down_ms, incremental, lane_of, outages_of};

/// How often a message is received before it is given up.
const RECEIVES_MAX: core::num::NonZeroU32 = core::num::NonZeroU32::MIN.saturating_add(9);

/// How often the ticker looks.
const TICK: Duration = Duration::from_secs(1);

/// Whoever waits at a terminal wants to see a store come back within a minute.
const GATE_CEILING_MS: u64 = 60_000;

/// Whoever starts an import again wants to know at once whether a frozen store has thawed.
const SUSPENDED_PROBE_MS: u64 = 1_000;

/// Whose accounts they are that were imported by hand.
const CUSTOMER: &str = "import";

/// Imports kinds of a store into a data folder.
pub(super) async fn run(
    source: &Source,
    kinds: &BTreeSet<Kind>,
    dir: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let folder = access::own(dir)?;
    let import = Import::open(&folder, source, kinds).await?;
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

/// The import of one kind.
pub(super) struct Work {
    pub(super) key: JobKey,
    pub(super) queue: Arc<dyn Queue>,
    slot: LeaseId,
}

struct Import {
    _engine: Engine,
    stores: Stores,
    account: Account,
    lane: LaneId,
    works: Vec<Work>,
    seen: Seen,
    connector: Arc<dyn Connector>,
}

impl Import {
    async fn open(
        folder: &DataFolder,
        source: &Source,
        kinds: &BTreeSet<Kind>,
    ) -> Result<Self, CliError> {
        let keys = folder_keys(folder)?;
        let engine = Engine::file(&folder.dynamodb_file()).await?;
        let client = engine.client(&Meter::default()).await;
        let stores = Stores::open(folder, &client, policy()?, Arc::new(keys)).await?;
        let (url, token) = (engine.endpoint(), engine.token().clone());
        folder.publish(&Endpoint { url, queues: None, token, pid: std::process::id() })?;

        let now = UnixMillis(stores.governor.now().0);
        let wanted = wanted(&stores, source, kinds).await?;
        let account = connect(&stores, &wanted, now).await?;
        let lane = lane_of(&account.id)?;
        free_slots(&stores.governor, &lane).await?;
        let seen = Seen::default();
        let connector: Arc<dyn Connector> =
            Arc::new(Observed { connector: Arc::clone(&source.connector), seen: seen.clone() });
        let queues = queues(&stores.governor)?;
        let work = |kind: &Kind| {
            let key = incremental(&account.id, *kind);
            let queue = queues.queue(QueueName::of(account.integration, *kind));
            let queue = Arc::new(OwnQueue::new(queue, account.id.clone()));
            Ok(Work { slot: key.short().parse()?, key, queue })
        };
        let works = kinds.iter().map(work).collect::<Result<_, CliError>>()?;
        Ok(Self { _engine: engine, stores, account, lane, works, seen, connector })
    }

    async fn run(&self) -> Result<Report, CliError> {
        let governor = &self.stores.governor;
        let began = governor.now();
        let mut resumed = BTreeMap::new();
        for work in &self.works {
            let stored = self.stores.records.load_checkpoint(&work.key).await?;
            let walk = stored.and_then(|stored| stored.walk);
            resumed.insert(work.key.clone(), walk.map_or(0, |walk| walk.records));
            self.ask(work).await?;
        }

        let (listener, heard) = Listener::new(resumed.clone());
        let (workers, ticking) = self.start(listener);
        let mut follow = Follow {
            stores: &self.stores,
            lane: &self.lane,
            works: &self.works,
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
        for workers in workers {
            workers.stop().await;
        }

        let now = governor.now();
        let lane = governor.look(&self.lane).await?;
        let outages = outages_of(governor, &self.lane, lane.as_ref()).await?;
        let tally = self.seen.tally();
        let heard = heard.borrow();
        let kinds = heard.iter().map(|(key, heard)| OfKind {
            kind: key.kind,
            records: heard.records,
            resumed: resumed.get(key).copied().unwrap_or(0),
            written: heard.written,
        });
        Ok(Report {
            account: self.account.id.to_string(),
            kinds: kinds.collect(),
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

    fn start(&self, listener: Listener) -> (Vec<Workers>, Ticking) {
        let governor = &self.stores.governor;
        let integration = self.account.integration;
        let mut queues = Queues::default();
        for work in &self.works {
            queues = queues.with(integration, work.key.kind, Arc::clone(&work.queue));
        }
        let connector = Arc::clone(&self.connector);
        let importer = Importer::new(Parts {
            governor: governor.clone(),
            records: self.stores.records.clone(),
            accounts: self.stores.accounts.clone(),
            queues: queues.clone(),
            connectors: connect_with(integration, move |_, _| Ok(Arc::clone(&connector))),
            progress: Arc::new(listener),
        });
        let workers = self.works.iter().map(|work| {
            let (importer, queue) = (importer.clone(), Arc::clone(&work.queue));
            Workers::start(importer, queue, work.key.kind, governor.policy(), 1)
        });
        let ticker = Ticker::new(governor.clone(), self.stores.accounts.clone(), queues);
        (workers.collect(), Ticking::start(ticker, TICK))
    }

    /// Asks for the import, or for somebody to look at the job that an earlier run has left in the
    /// lot.
    async fn ask(&self, work: &Work) -> Result<(), CliError> {
        let (account, kind) = (self.account.id.clone(), work.key.kind);
        let waits = self.stores.governor.parked_row(&self.lane, &work.slot).await?.is_some();
        let message = if waits {
            Message::Drain(Drain::new(account.clone(), kind))
        } else {
            Message::Import(new_job(&self.stores.governor, &work.key))
        };
        work.queue.send(&Outgoing::new(message.to_text(), account)?).await?;
        Ok(())
    }
}

/// What the store's account is to be: what it imports already, it goes on to import.
async fn wanted(
    stores: &Stores,
    source: &Source,
    kinds: &BTreeSet<Kind>,
) -> Result<Wanted, CliError> {
    let id = account_id(&source.base)?;
    let there = match stores.accounts.get(&id).await {
        Ok(account) => Some(account),
        Err(AccountsError::Unknown { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let imported = there.as_ref().map(|account| account.kinds.clone()).unwrap_or_default();
    let customer = there.map_or_else(|| CUSTOMER.parse(), |account| Ok(account.customer))?;
    Ok(Wanted {
        integration: source.integration,
        base: source.base.clone(),
        credentials: source.credentials.clone(),
        id: Some(id),
        customer: Some(customer),
        kinds: Some(kinds.union(&imported).copied().collect()),
        ceiling: source.ceiling,
        every: None,
        reconcile_every: None,
    })
}

/// Queues that end with the process: what is worth keeping is in the lot and in the checkpoints.
fn queues(governor: &Governor) -> Result<LocalQueues, CliError> {
    let clock = governor.clone();
    let now: flyball_queue::Now = Arc::new(move || UnixMillis(clock.now().0));
    Ok(LocalQueues::memory(RECEIVES_MAX, now)?)
}
