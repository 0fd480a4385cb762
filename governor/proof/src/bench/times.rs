//! What became of each job of a steady world, and sums over that.

use std::collections::BTreeMap;

use flyball_domain::{Kind, Mode, UnixMillis};
use flyball_governor_proof::simulate::steady::{Happening, Request, Seen};

/// What became of a job; moments in milliseconds from the world's beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// When it was asked for.
    pub(crate) asked_ms: u64,
    /// The account's number.
    pub(crate) account: u64,
    /// When its first call began, if it did.
    pub(crate) started_ms: Option<u64>,
    /// When it ended well, if it did.
    pub(crate) finished_ms: Option<u64>,
}

impl Times {
    /// Whether it waits at a moment.
    pub(crate) fn waits(&self, at_ms: u64) -> bool {
        self.asked_ms <= at_ms && self.started_ms.is_none_or(|started| at_ms < started)
    }

    /// Whether it runs at a moment.
    pub(crate) fn runs(&self, at_ms: u64) -> bool {
        self.started_ms.is_some_and(|started| started <= at_ms)
            && self.finished_ms.is_none_or(|finished| at_ms < finished)
    }
}

/// A request for work of its own: no two are one job.
pub(crate) fn request(at_ms: u64, account: u64, number: u64) -> Request {
    let from = UnixMillis(number.saturating_mul(1_000));
    let mode = Mode::Backfill { from, to: UnixMillis(from.0.saturating_add(1_000)) };
    Request { at_ms, account, kind: Kind::Products, mode }
}

/// The jobs of a world in which no two requests are one job.
pub(crate) fn jobs(seen: &Seen) -> Vec<Times> {
    let mut started: BTreeMap<&str, u64> = BTreeMap::new();
    let mut finished: BTreeMap<&str, u64> = BTreeMap::new();
    for (at_ms, what) in &seen.happened {
        match what {
            Happening::Called { work, began_ms, .. } => {
                let first = started.entry(work).or_insert(*began_ms);
                *first = (*first).min(*began_ms);
            }
            Happening::Finished { work } => {
                finished.entry(work).or_insert(*at_ms);
            }
            Happening::Group(_) | Happening::Lane { .. } => {}
        }
    }
    let times = seen.asked.iter().map(|(asked_ms, account, work)| Times {
        asked_ms: *asked_ms,
        account: *account,
        started_ms: started.get(work.as_str()).copied(),
        finished_ms: finished.get(work.as_str()).copied(),
    });
    times.collect()
}

/// The columns of [`raw`], after those that name the world.
pub(crate) const RAW_HEADS: [&str; 4] = ["account", "asked_ms", "started_ms", "finished_ms"];

/// Each job as raw numbers, after what names its world.
pub(crate) fn raw(world: [String; 2], jobs: &[Times]) -> impl Iterator<Item = Vec<String>> {
    let text = |ms: Option<u64>| ms.map_or_else(String::new, |ms| ms.to_string());
    jobs.iter().map(move |job| {
        let numbers = [Some(job.account), Some(job.asked_ms), job.started_ms, job.finished_ms];
        world.iter().cloned().chain(numbers.map(text)).collect()
    })
}

/// Milliseconds as seconds, for people.
pub(crate) fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

/// A share in percent with two digits, for people.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    let hundredths = part.saturating_mul(10_000).checked_div(whole).unwrap_or(0);
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}
