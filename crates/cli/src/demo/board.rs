//! How far the demo's jobs have come, as their workers tell it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flyball_domain::{AccountId, Job, JobKey};
use flyball_importer::{End, Progress, ProgressReport};
use tokio::sync::watch;
use tokio::task;

/// How far the jobs have come.
#[derive(Debug)]
pub(crate) struct Board {
    state: Mutex<State>,
    changes: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Records that an account had when this run began.
    found: BTreeMap<AccountId, u64>,
    /// Rows imported by each job.
    rows: BTreeMap<JobKey, u64>,
    /// The worker that stored an account's last page.
    workers: BTreeMap<AccountId, task::Id>,
    finished: BTreeSet<JobKey>,
}

impl Board {
    pub(crate) fn new(found: BTreeMap<AccountId, u64>, finished: BTreeSet<JobKey>) -> Self {
        let state = Mutex::new(State { found, finished, ..State::default() });
        Self { state, changes: watch::Sender::new(()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whoever waits on it is told of each change.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// About how many of an account's records have arrived.
    pub(crate) fn arrived(&self, account: &AccountId) -> u64 {
        let state = self.state();
        let found = state.found.get(account).copied().unwrap_or(0);
        let of_account = state.rows.iter().filter(|(job, _)| job.account == *account);
        found.max(of_account.map(|(_, rows)| *rows).sum())
    }

    /// The worker that stored an account's last page.
    pub(crate) fn worker_of(&self, account: &AccountId) -> Option<task::Id> {
        self.state().workers.get(account).copied()
    }

    /// Whether all of these jobs have come to their end.
    pub(crate) fn all_finished<'a>(&self, jobs: impl IntoIterator<Item = &'a JobKey>) -> bool {
        let state = self.state();
        jobs.into_iter().all(|job| state.finished.contains(job))
    }
}

impl Progress for Board {
    fn page(&self, report: &ProgressReport) {
        let mut state = self.state();
        state.rows.insert(report.job.clone(), report.records);
        if let Some(worker) = task::try_id() {
            state.workers.insert(report.job.account.clone(), worker);
        }
        drop(state);
        self.changes.send_replace(());
    }

    fn ended(&self, job: &Job, end: End) {
        if end != End::Finished {
            return;
        }
        self.state().finished.insert(job.key());
        self.changes.send_replace(());
    }
}
