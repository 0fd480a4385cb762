//! What the runs of one message have used, until it is written down with a checkpoint.

use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use flyball_domain::UnixMillis;
use flyball_records::Spent;
use futures::future::BoxFuture;

use crate::importer::Handled;

/// Units of `DynamoDB`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// Read units, in halves.
    pub read_halves: u64,
    /// Write units.
    pub writes: u64,
}

/// Whoever counts what a piece of work uses, though others work at the same time.
pub trait Metering: Send + Sync + fmt::Debug {
    /// Does work whose use is counted apart.
    fn apart<'a>(&self, work: BoxFuture<'a, Handled>) -> BoxFuture<'a, Handled>;

    /// What the piece of work that asks has used so far.
    fn used(&self) -> Units;
}

/// Nobody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unmetered;

impl Metering for Unmetered {
    fn apart<'a>(&self, work: BoxFuture<'a, Handled>) -> BoxFuture<'a, Handled> {
        work
    }

    fn used(&self) -> Units {
        Units::default()
    }
}

/// Whether anything is written down after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Perhaps.
    Middle,
    /// Nothing, of this run.
    Last,
}

/// The write units that a run takes after its last entry: that of its checkpoint, and the lane's.
const AFTER_LAST_WRITES: u64 = 2;

/// A message's tab. Its clones are one.
#[derive(Clone, Debug)]
pub(crate) struct Tab(Arc<Mutex<Open>>);

/// What is not written down yet.
#[derive(Debug)]
struct Open {
    since: UnixMillis,
    written: Units,
    counted: Spent,
}

impl Tab {
    pub(crate) fn begun(now: UnixMillis) -> Self {
        let (written, counted) = (Units::default(), Spent::default());
        Self(Arc::new(Mutex::new(Open { since: now, written, counted })))
    }

    /// Puts down what is counted one by one.
    pub(crate) fn put(&self, more: Spent) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.counted = open.counted.and(more);
    }

    /// What came together since it was last taken.
    pub(crate) fn take(&self, now: UnixMillis, used: Units, entry: Entry) -> Spent {
        let after = match entry {
            Entry::Middle => 0,
            Entry::Last => AFTER_LAST_WRITES,
        };
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let writes = used.writes.saturating_add(after);
        let spent = core::mem::take(&mut open.counted).and(Spent {
            ms: now.since(open.since),
            read_halves: used.read_halves.saturating_sub(open.written.read_halves),
            writes: writes.saturating_sub(open.written.writes),
            ..Spent::default()
        });
        open.since = now;
        open.written = Units { writes, ..used };
        spent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn units(read_halves: u64, writes: u64) -> Units {
        Units { read_halves, writes }
    }

    #[test]
    fn everything_is_taken_once() {
        let tab = Tab::begun(UnixMillis(1_000));
        tab.put(Spent { calls: 2, ..Spent::default() });
        let first = tab.take(UnixMillis(1_500), units(4, 3), Entry::Middle);
        let expected = Spent { calls: 2, ms: 500, read_halves: 4, writes: 3, ..Spent::default() };
        assert_eq!(first, expected);
        let second = tab.take(UnixMillis(1_700), units(5, 3), Entry::Middle);
        assert_eq!(second, Spent { ms: 200, read_halves: 1, ..Spent::default() });
    }

    #[test]
    fn what_is_foreseen_at_a_runs_end_is_not_counted_again_when_it_has_come() {
        let tab = Tab::begun(UnixMillis(1_000));
        let last = tab.take(UnixMillis(1_000), units(0, 5), Entry::Last);
        assert_eq!(last.writes, 7);
        // The next job that took the slot over.
        assert_eq!(tab.take(UnixMillis(1_000), units(0, 9), Entry::Middle).writes, 2);
    }
}
