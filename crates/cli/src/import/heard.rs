use std::collections::BTreeMap;

use flyball_domain::{Job, JobKey};
use flyball_importer::{End, Progress, ProgressReport};
use flyball_records::WriteSummary;
use tokio::sync::watch;

/// What was heard of a job so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heard {
    /// Rows seen, by earlier runs of it too.
    pub(super) records: u64,
    pub(super) pages: u64,
    pub(super) written: WriteSummary,
    pub(super) finished: bool,
}

/// What was heard of each job.
pub(super) type AllHeard = BTreeMap<JobKey, Heard>;

/// Hears how far some jobs have come, and no others.
#[derive(Debug)]
pub(super) struct Listener(watch::Sender<AllHeard>);

impl Listener {
    /// A listener for these jobs, of each of which so many rows were seen before.
    pub(super) fn new(
        jobs: impl IntoIterator<Item = (JobKey, u64)>,
    ) -> (Self, watch::Receiver<AllHeard>) {
        let heard = |(key, records)| (key, Heard { records, ..Heard::default() });
        let (heard, receiver) = watch::channel(jobs.into_iter().map(heard).collect());
        (Self(heard), receiver)
    }

    fn change(&self, job: &JobKey, change: impl FnOnce(&mut Heard)) {
        self.0.send_if_modified(|all| match all.get_mut(job) {
            Some(heard) => {
                change(heard);
                true
            }
            None => false,
        });
    }
}

impl Progress for Listener {
    fn page(&self, report: &ProgressReport) {
        self.change(&report.job, |heard| {
            (heard.records, heard.pages) = (report.records, report.pages);
            heard.written = heard.written.plus(report.written);
        });
    }

    fn ended(&self, job: &Job, end: End) {
        if end != End::Finished {
            return;
        }
        self.change(&job.key(), |heard| heard.finished = true);
    }
}
