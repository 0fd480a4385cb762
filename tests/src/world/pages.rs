use std::sync::atomic::{AtomicU64, Ordering};

use flyball_domain::Job;
use flyball_importer::{End, Progress, ProgressReport};

/// Counts the pages that come.
#[derive(Debug, Default)]
pub struct Pages(AtomicU64);

impl Pages {
    /// How many have come.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Progress for Pages {
    fn page(&self, _: &ProgressReport) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
    fn ended(&self, _: &Job, _: End) {}
}
