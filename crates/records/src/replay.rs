//! What was set aside, grouped by its trouble, and the jobs that try it again. Pure.

use std::collections::{BTreeMap, BTreeSet};

use flyball_domain::{AccountId, JobKey, Kind, Mode, UnixMillis};

use crate::{Aside, AsideCode};

/// The most records of an account and kind that are asked for again one by one. A comparison of
/// everything costs less than more of them, and a lane's lot would make an import of what has
/// changed lately of them, which these have not.
const RECORDS_MAX: usize = 32;

/// What has the same trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsideGroup {
    /// What they share.
    pub fingerprint: String,
    /// What is wrong with them.
    pub code: AsideCode,
    /// How many they are.
    pub count: u64,
    /// The reason of the one that was met last.
    pub reason: String,
    /// When the first of them was first met.
    pub first_seen: UnixMillis,
    /// When the last of them was last met.
    pub last_seen: UnixMillis,
    /// Of which accounts they are.
    pub accounts: BTreeSet<AccountId>,
}

/// What was set aside by what is wrong with it, the most frequent first.
pub fn groups<'a>(asides: impl IntoIterator<Item = &'a Aside>) -> Vec<AsideGroup> {
    let mut groups: BTreeMap<&str, AsideGroup> = BTreeMap::new();
    for aside in asides {
        let group = groups.entry(&aside.fingerprint).or_insert_with(|| AsideGroup {
            fingerprint: aside.fingerprint.clone(),
            code: aside.code,
            count: 0,
            reason: String::new(),
            first_seen: aside.first_seen,
            last_seen: UnixMillis(0),
            accounts: BTreeSet::new(),
        });
        group.count = group.count.saturating_add(1);
        group.first_seen = group.first_seen.min(aside.first_seen);
        if aside.last_seen >= group.last_seen {
            group.last_seen = aside.last_seen;
            group.reason.clone_from(&aside.reason);
        }
        group.accounts.insert(aside.account.clone());
    }
    let mut groups: Vec<AsideGroup> = groups.into_values().collect();
    groups.sort_by_key(|group| core::cmp::Reverse(group.count));
    groups
}

impl Aside {
    /// The job that tries it again: for a row, an import of its record, or, where it has no id, of
    /// the span of times in which it was met; for a job, that job. `None` where an earlier version
    /// has set it aside without saying enough.
    pub fn replay(&self) -> Option<JobKey> {
        let mode = match (&self.id, self.window, &self.mode) {
            (Some(id), _, _) => Mode::Record { id: id.clone() },
            (None, Some(window), _) if !self.code.is_of_job() => {
                Mode::Backfill { from: window.from.unwrap_or_default(), to: window.until }
            }
            (None, _, mode) => mode.clone()?,
        };
        Some(JobKey { account: self.account.clone(), kind: self.kind, mode })
    }
}

/// The jobs that try all of these again, each once. Where too many records of an account are among
/// them, everything of theirs is compared instead: what was set aside is missing or older here.
pub fn replays<'a>(asides: impl IntoIterator<Item = &'a Aside>) -> BTreeSet<JobKey> {
    let mut jobs: BTreeSet<JobKey> = asides.into_iter().filter_map(Aside::replay).collect();
    let mut records: BTreeMap<(AccountId, Kind), usize> = BTreeMap::new();
    for job in jobs.iter().filter(|job| matches!(job.mode, Mode::Record { .. })) {
        let count = records.entry((job.account.clone(), job.kind)).or_default();
        *count = count.saturating_add(1);
    }
    for ((account, kind), _) in records.into_iter().filter(|(_, count)| *count > RECORDS_MAX) {
        let is_one = |job: &JobKey| {
            job.account == account && job.kind == kind && matches!(job.mode, Mode::Record { .. })
        };
        jobs.retain(|job| !is_one(job));
        jobs.insert(JobKey { account: account.clone(), kind, mode: Mode::Reconcile });
    }
    jobs
}
