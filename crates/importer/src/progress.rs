use core::fmt;

use flyball_connector::Failure;
use flyball_domain::{Job, JobKey};
use flyball_records::WriteSummary;

/// How far a job has come, told after each page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgressReport {
    /// The job.
    pub job: JobKey,
    /// Rows imported since its walk began, by all runs of it. Where a run walks once more, for
    /// requests that came later, this and what follows goes on from what its first walk came to.
    pub records: u64,
    /// Pages imported since its walk began.
    pub pages: u64,
    /// Ids compared with what is stored since its walk began, where that is what it does.
    pub compared: u64,
    /// What became of the rows of this page.
    pub written: WriteSummary,
}

/// What became of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It has come to its end.
    Finished,
    /// It waits in its account's lot.
    Parked,
    /// It can't succeed as it is, and is kept with its exact input.
    SetAside,
}

/// Whoever wants to see how far jobs have come.
pub trait Progress: Send + Sync + fmt::Debug {
    /// A page has been stored, or a stretch of ids compared, and its checkpoint saved.
    fn page(&self, report: &ProgressReport);

    /// A run has ended, or a job was parked before it began.
    fn ended(&self, job: &Job, end: End);

    /// A call to the vendor's store has ended, and failed if there is a failure.
    fn called(&self, _job: &JobKey, _failed: Option<&Failure>) {}

    /// What is stored of an account's kind is overdue by so many milliseconds: an import of its
    /// changes begins now, or has to wait once more.
    fn overdue(&self, _job: &Job, _by_ms: u64) {}
}

/// Nobody.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn page(&self, _: &ProgressReport) {}
    fn ended(&self, _: &Job, _: End) {}
}
