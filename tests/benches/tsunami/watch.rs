//! What is seen from outside while a vendor falls and rises.

use core::fmt::Write as _;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, ensure};
use async_trait::async_trait;
use flyball_domain::{AccountId, Job};
use flyball_importer::{End, Progress, ProgressReport};
use flyball_queue::{
    Counts, Hidden, MessageId, Outgoing, Queue, QueueError, Receipt, Receive, Received, Unsent,
};
use tokio::time::{Duration, Instant, interval};

use crate::scene::{CALM, OUTAGE, Scene};

/// How often somebody looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long after its vendor came back nothing has to finish for a run to count as ended.
const QUIET: Duration = Duration::from_mins(1);

/// A moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Since the first message was sent.
    pub(crate) s: f64,
    /// So far.
    pub(crate) vendor_calls: u64,
    /// Jobs, so far.
    pub(crate) finished: u64,
}

/// All that was seen.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) fell_s: f64,
    pub(crate) rose_s: f64,
    pub(crate) moments: Vec<Moment>,
}

/// Jobs that have finished.
#[derive(Clone, Debug, Default)]
pub(crate) struct Finished(Arc<Mutex<BTreeSet<AccountId>>>);

impl Finished {
    pub(crate) fn note(&self, job: &Job) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(job.account.clone());
    }

    pub(crate) fn count(&self) -> u64 {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        u64::try_from(all.len()).unwrap_or(u64::MAX)
    }
}

impl Progress for Finished {
    fn page(&self, _: &ProgressReport) {}

    fn ended(&self, job: &Job, end: End) {
        if end == End::Finished {
            self.note(job);
        }
    }
}

/// Lets the vendor fall and rise again, and looks on until all jobs have finished, or nothing has
/// for long.
pub(crate) async fn watch(scene: &Scene, finished: &Finished, began: Instant) -> Result<Seen> {
    let (falls, rises) = (CALM, CALM + OUTAGE);
    let all = u64::try_from(scene.jobs.len())?;
    let mut seen = Seen { fell_s: f64::NAN, rose_s: f64::NAN, moments: Vec::new() };
    let mut looks = interval(LOOK_EVERY);
    let (mut last, mut moved) = (0, began);
    loop {
        looks.tick().await;
        let now = Instant::now();
        let s = (now - began).as_secs_f64();
        if seen.fell_s.is_nan() && now - began >= falls {
            scene.fall()?;
            seen.fell_s = s;
        }
        if seen.rose_s.is_nan() && now - began >= rises {
            scene.rise()?;
            seen.rose_s = s;
            moved = now;
        }
        let (vendor_calls, done) = (scene.store.counters().calls, finished.count());
        seen.moments.push(Moment { s, vendor_calls, finished: done });
        if done > last {
            (last, moved) = (done, now);
        }
        ensure!(
            done < all || !seen.fell_s.is_nan(),
            "all jobs had finished before the vendor fell"
        );
        if done == all || (!seen.rose_s.is_nan() && now - moved >= QUIET) {
            return Ok(seen);
        }
    }
}

impl Seen {
    /// The moment at or before `s`.
    pub(crate) fn at(&self, s: f64) -> Moment {
        let before = self.moments.iter().take_while(|moment| moment.s <= s).last();
        before.copied().unwrap_or(Moment { s: 0.0, vendor_calls: 0, finished: 0 })
    }

    /// The last one.
    pub(crate) fn end(&self) -> Moment {
        self.at(f64::INFINITY)
    }
}

/// Each moment of each run, as CSV.
pub(crate) fn csv(runs: &[(&str, &Seen)]) -> String {
    let mut text = "run,seconds,vendor_calls,finished\n".to_owned();
    for (name, seen) in runs {
        for Moment { s, vendor_calls, finished } in &seen.moments {
            // Writing to a text never fails.
            _ = writeln!(text, "{name},{s:.1},{vendor_calls},{finished}");
        }
    }
    text
}

/// A queue, and how often its messages were received again.
#[derive(Clone, Debug)]
pub(crate) struct Tallied {
    queue: Arc<dyn Queue>,
    again: Arc<AtomicU64>,
}

impl Tallied {
    pub(crate) fn new(queue: Arc<dyn Queue>) -> Self {
        Self { queue, again: Arc::default() }
    }

    /// Receives beyond the first of a message.
    pub(crate) fn burnt(&self) -> u64 {
        self.again.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Queue for Tallied {
    async fn send(&self, message: &Outgoing) -> Result<MessageId, QueueError> {
        self.queue.send(message).await
    }

    async fn send_batch(&self, messages: &[Outgoing]) -> Vec<Unsent> {
        self.queue.send_batch(messages).await
    }

    async fn receive(&self, ask: Receive) -> Result<Vec<Received>, QueueError> {
        let messages = self.queue.receive(ask).await?;
        let again = messages.iter().filter(|message| message.receives > 1).count();
        self.again.fetch_add(u64::try_from(again).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(messages)
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), QueueError> {
        self.queue.delete(receipt).await
    }

    async fn hide(&self, receipt: &Receipt, visibility_ms: u64) -> Result<Hidden, QueueError> {
        self.queue.hide(receipt, visibility_ms).await
    }

    async fn counts(&self) -> Result<Counts, QueueError> {
        self.queue.counts().await
    }
}
