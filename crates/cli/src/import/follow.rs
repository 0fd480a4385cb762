//! Watches an import until there is nothing left to wait for.

use core::time::Duration;
use std::collections::BTreeSet;

use flyball_domain::JobKey;
use flyball_governor::core::Ask;
use flyball_governor::{Lane, LaneId, Reason, Standing, WorkKind, standing};
use flyball_importer::{Progress as ImportProgress, ProgressReport};
use flyball_local::Stores;
use flyball_queue::Queue;
use flyball_records::WriteSummary;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::observed::Seen;
use crate::error::CliError;
use crate::output::Progress;

/// How often the lane is looked at.
const LOOK_EACH: Duration = Duration::from_millis(250);

/// The most rows that are looked through for the reason why a job was set aside.
const ASIDES_MAX: u32 = 1_000;

/// The most reasons for waiting that are kept.
const WAITED_MAX: usize = 20;

/// What was heard of an import so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    pub(super) records: u64,
    pub(super) pages: u64,
    pub(super) written: WriteSummary,
    finished: bool,
}

/// Hears how far one job has come.
#[derive(Debug)]
pub(super) struct Listener {
    key: JobKey,
    heard: watch::Sender<Heard>,
}

impl Listener {
    /// A listener for a job of which `records` rows were seen before.
    pub(super) fn new(key: &JobKey, records: u64) -> (Self, watch::Receiver<Heard>) {
        let (heard, receiver) = watch::channel(Heard { records, ..Heard::default() });
        (Self { key: key.clone(), heard }, receiver)
    }
}

impl ImportProgress for Listener {
    fn page(&self, report: &ProgressReport) {
        if report.job == self.key {
            self.heard.send_modify(|heard| {
                (heard.records, heard.pages) = (report.records, report.pages);
                heard.written = heard.written.plus(report.written);
            });
        }
    }

    fn finished(&self, job: &JobKey) {
        if *job == self.key {
            self.heard.send_modify(|heard| heard.finished = true);
        }
    }
}

/// How an import ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Everything is stored.
    Finished,
    /// Not, for this reason, and waiting would not help.
    Unfinished(String),
}

/// Whoever watches an import.
pub(super) struct Follow<'a> {
    pub(super) stores: &'a Stores,
    pub(super) lane: &'a LaneId,
    pub(super) key: &'a JobKey,
    pub(super) queue: &'a dyn Queue,
    pub(super) seen: &'a Seen,
    pub(super) heard: watch::Receiver<Heard>,
    pub(super) progress: Progress,
    /// What was said of which generation of the lane.
    pub(super) said: BTreeSet<(Standing, u64)>,
    /// Why it has waited.
    pub(super) waited: Vec<String>,
}

impl Follow<'_> {
    /// Waits for the end, and shows what is going on meanwhile.
    pub(super) async fn wait_for_end(&mut self) -> Result<End, CliError> {
        let kind: WorkKind = self.key.kind.as_str().parse()?;
        let mut looks = interval(LOOK_EACH);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                changed = self.heard.changed() => {
                    let Heard { records, pages, finished, .. } = self.heard.borrow().clone();
                    if finished || changed.is_err() {
                        return Ok(End::Finished);
                    }
                    self.progress.step(pages, &format!("{records} records"));
                }
                _ = looks.tick() => {
                    if let Some(end) = self.look(&kind).await? {
                        return Ok(end);
                    }
                }
            }
        }
    }

    async fn look(&mut self, kind: &WorkKind) -> Result<Option<End>, CliError> {
        let governor = &self.stores.governor;
        if let Some(refused) = self.seen.tally().refused {
            return Ok(Some(End::Unfinished(refused)));
        }
        // The queue before the lot: a job is put into the lot before its message goes.
        let counts = self.queue.counts().await?;
        let waits = !governor.parked(self.lane).await?.is_empty();
        let Some(lane) = governor.look(self.lane).await? else { return Ok(None) };
        let runs = lane.held_count() > 0 || lane.probe.is_some();
        let now = governor.now();
        if let Some((_, stop)) = lane.stop_for(kind, now).filter(|_| waits && !runs) {
            let until = stop.until.map_or_else(String::new, |until| {
                format!(", until {}", crate::facts::moment(until))
            });
            let (author, reason) = (&stop.author, &stop.reason);
            let why = format!("the account is stopped by {author}: {reason}{until}");
            return Ok(Some(End::Unfinished(why)));
        }
        let ask = Ask { lane: self.lane.as_str(), group: lane.group.as_ref(), kind };
        let board = governor.board().await?;
        let wide = board.refuses(&ask, now).filter(|_| waits && !runs);
        if let Some(refusal) = wide.filter(|one| matches!(one.reason, Reason::Switched { .. })) {
            return Ok(Some(End::Unfinished(refusal.sentence().as_of(now))));
        }
        self.say(&lane);
        let sent = counts.visible + counts.in_flight + counts.delayed;
        if sent > 0 || waits || runs {
            return Ok(None);
        }
        if self.heard.borrow().finished {
            return Ok(Some(End::Finished));
        }
        self.why_set_aside().await.map(|why| Some(End::Unfinished(why)))
    }

    /// Says why nothing goes on, once for each thing that the lane has learnt.
    fn say(&mut self, lane: &Lane) {
        let now = self.stores.governor.now();
        let (standing, sentences) = standing(lane, now);
        let waits = match standing {
            Standing::Down | Standing::Probing | Standing::Paused => true,
            Standing::Stopped | Standing::Recovering | Standing::Working | Standing::Idle => false,
        };
        let Some(sentence) = sentences.first().filter(|_| waits) else { return };
        if !self.said.insert((standing, lane.generation)) {
            return;
        }
        self.progress.say(&sentence.as_of(now));
        let why = lane.why.clone().unwrap_or_else(|| sentence.why.clone());
        if self.waited.len() < WAITED_MAX && !self.waited.contains(&why) {
            self.waited.push(why);
        }
    }

    async fn why_set_aside(&self) -> Result<String, CliError> {
        let (rows, _) = self.stores.records.asides(&self.key.account, None, ASIDES_MAX).await?;
        let job = self.key.to_string();
        let of_job = rows.into_iter().filter(|row| row.id.is_none() && row.job == job);
        Ok(of_job.max_by_key(|row| row.last_seen).map_or_else(
            || "the import broke off, and no reason was kept: start it again".to_owned(),
            |row| format!("the import was set aside: {}", row.reason),
        ))
    }
}
