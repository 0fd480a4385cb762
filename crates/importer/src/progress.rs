use core::fmt;

use flyball_domain::JobKey;
use flyball_records::WriteSummary;

/// How far a job has come, told after each page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgressReport {
    /// The job.
    pub job: JobKey,
    /// Rows imported since its walk began, by all runs of it.
    pub records: u64,
    /// Pages imported since its walk began.
    pub pages: u64,
    /// Ids compared with what is stored since its walk began, where that is what it does.
    pub compared: u64,
    /// What became of the rows of this page.
    pub written: WriteSummary,
}

/// Whoever wants to see how far jobs have come.
pub trait Progress: Send + Sync + fmt::Debug {
    /// A page has been stored, or a stretch of ids compared, and its checkpoint saved.
    fn page(&self, report: &ProgressReport);

    /// A job has come to its end.
    fn finished(&self, job: &JobKey);
}

/// Nobody.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn page(&self, _: &ProgressReport) {}
    fn finished(&self, _: &JobKey) {}
}
