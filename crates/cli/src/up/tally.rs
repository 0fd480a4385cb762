use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use flyball_domain::Job;
use flyball_importer::{End, Progress, ProgressReport};
use tokio::time::Instant;

/// Over how long records are counted for what is told of a minute.
const WINDOW: Duration = Duration::from_mins(1);

/// What was imported since the process started.
#[derive(Debug)]
pub(super) struct Tally(Mutex<Counted>);

#[derive(Debug)]
struct Counted {
    began: Instant,
    records: u64,
    finished: u64,
    /// What came in each second of the last minute that anything came in.
    seconds: VecDeque<(u64, u64)>,
}

/// What was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    /// Rows imported.
    pub(super) records: u64,
    /// Of those, in the last minute.
    pub(super) records_per_minute: u64,
    /// Jobs that came to their end.
    pub(super) finished: u64,
}

impl Tally {
    pub(super) const fn new(began: Instant) -> Self {
        Self(Mutex::new(Counted { began, records: 0, finished: 0, seconds: VecDeque::new() }))
    }

    /// What was counted so far.
    pub(super) fn counts(&self, now: Instant) -> Counts {
        let counted = self.lock();
        let from = counted.second_of(now).saturating_sub(WINDOW.as_secs());
        let recent = counted.seconds.iter().filter(|(second, _)| *second >= from);
        Counts {
            records: counted.records,
            records_per_minute: recent.map(|(_, records)| records).sum(),
            finished: counted.finished,
        }
    }

    /// The same for people.
    pub(super) fn told(&self) -> String {
        let Counted { records, finished, .. } = &*self.lock();
        format!("imports finished: {finished}, records seen: {records}")
    }

    fn add(&self, records: u64, now: Instant) {
        let mut counted = self.lock();
        counted.records = counted.records.saturating_add(records);
        let second = counted.second_of(now);
        match counted.seconds.back_mut() {
            Some((last, sum)) if *last == second => *sum = sum.saturating_add(records),
            _ => counted.seconds.push_back((second, records)),
        }
        let from = second.saturating_sub(WINDOW.as_secs());
        while counted.seconds.front().is_some_and(|(second, _)| *second < from) {
            counted.seconds.pop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    fn second_of(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.began).as_secs()
    }
}

impl Progress for Tally {
    fn page(&self, report: &ProgressReport) {
        let of = &report.written;
        let rows = [of.written, of.unchanged, of.older, of.gone, of.set_aside];
        self.add(rows.into_iter().sum(), Instant::now());
    }

    fn ended(&self, _: &Job, end: End) {
        if end != End::Finished {
            return;
        }
        let mut counted = self.lock();
        counted.finished = counted.finished.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_a_minute_is_of_the_last_one() {
        let began = Instant::now();
        let tally = Tally::new(began);
        let at = |seconds| began + Duration::from_secs(seconds);
        for (second, records) in [(0, 10), (0, 5), (30, 100), (70, 7)] {
            tally.add(records, at(second));
        }
        let of = |second| tally.counts(at(second)).records_per_minute;
        assert_eq!((of(70), of(90), of(91), of(131)), (107, 107, 7, 0));
        assert_eq!(tally.counts(at(131)).records, 122);
    }
}
