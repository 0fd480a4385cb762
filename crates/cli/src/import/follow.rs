//! Watches an import until there is nothing left to wait for.

use core::time::Duration;
use std::collections::BTreeSet;

use flyball_domain::{JobKey, Kind};
use flyball_governor::core::{Ask, Board};
use flyball_governor::{Lane, LaneId, Reason, Standing, WorkKind, standing};
use flyball_local::Stores;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::folder::Work;
use super::heard::{AllHeard, Heard};
use super::observed::Seen;
use crate::error::CliError;
use crate::output::Progress;

/// How often the lane is looked at.
const LOOK_EACH: Duration = Duration::from_millis(250);

/// The most rows that are looked through for the reason why a job was set aside.
const ASIDES_MAX: u32 = 1_000;

/// The most reasons for waiting that are kept.
const WAITED_MAX: usize = 20;

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
    pub(super) works: &'a [Work],
    pub(super) seen: &'a Seen,
    pub(super) heard: watch::Receiver<AllHeard>,
    pub(super) progress: Progress,
    /// What was said of which generation of the lane.
    pub(super) said: BTreeSet<(Standing, u64)>,
    /// Why it has waited.
    pub(super) waited: Vec<String>,
}

impl Follow<'_> {
    /// Waits for the end, and shows what is going on meanwhile.
    pub(super) async fn wait_for_end(&mut self) -> Result<End, CliError> {
        let mut looks = interval(LOOK_EACH);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                changed = self.heard.changed() => {
                    if changed.is_err() || self.is_finished() {
                        return Ok(End::Finished);
                    }
                    let (pages, text) = told(&self.heard.borrow());
                    self.progress.step(pages, &text);
                }
                _ = looks.tick() => {
                    if let Some(end) = self.look().await? {
                        return Ok(end);
                    }
                }
            }
        }
    }

    fn is_finished(&self) -> bool {
        self.heard.borrow().values().all(|heard| heard.finished)
    }

    /// What has not come to its end.
    fn unfinished(&self) -> Vec<&JobKey> {
        let heard = self.heard.borrow();
        let done = |key: &JobKey| heard.get(key).is_some_and(|heard| heard.finished);
        self.works.iter().map(|work| &work.key).filter(|key| !done(key)).collect()
    }

    async fn look(&mut self) -> Result<Option<End>, CliError> {
        let governor = &self.stores.governor;
        if let Some(refused) = self.seen.tally().refused {
            return Ok(Some(End::Unfinished(refused)));
        }
        // The queue before the lot: a job is put into the lot before its message goes.
        let mut sent = 0;
        for work in self.works {
            let counts = work.queue.counts().await?;
            sent += counts.visible + counts.in_flight + counts.delayed;
        }
        let waits = !governor.parked(self.lane).await?.is_empty();
        let Some(lane) = governor.look(self.lane).await? else { return Ok(None) };
        let runs = lane.held_count() > 0 || lane.probe.is_some();
        if waits && !runs {
            let board = governor.board().await?;
            let unfinished = self.unfinished().into_iter();
            let held = unfinished.map(|key| self.held(&lane, &board, key.kind));
            // What is not held will start.
            let all_held = held.collect::<Result<Option<Vec<String>>, CliError>>()?;
            if let Some(why) = all_held.and_then(|all| all.into_iter().next()) {
                return Ok(Some(End::Unfinished(why)));
            }
        }
        self.say(&lane);
        if sent > 0 || waits || runs {
            return Ok(None);
        }
        match self.unfinished().first() {
            None => Ok(Some(End::Finished)),
            Some(key) => self.why_set_aside(key).await.map(|why| Some(End::Unfinished(why))),
        }
    }

    /// Why a person's stop lets no job of a kind start, if one does.
    fn held(&self, lane: &Lane, board: &Board, kind: Kind) -> Result<Option<String>, CliError> {
        let kind: WorkKind = kind.as_str().parse()?;
        let now = self.stores.governor.now();
        if let Some((_, stop)) = lane.stop_for(&kind, now) {
            let until = stop.until.map_or_else(String::new, |until| {
                format!(", until {}", crate::table::moment(until))
            });
            let (author, reason) = (&stop.author, &stop.reason);
            return Ok(Some(format!("the account is stopped by {author}: {reason}{until}")));
        }
        let ask = Ask { lane: self.lane.as_str(), group: lane.group.as_ref(), kind: &kind };
        let refusal = board.refuses(&ask, now);
        let switched = refusal.filter(|one| matches!(one.reason, Reason::Switched { .. }));
        Ok(switched.map(|refusal| refusal.sentence().as_of(now)))
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

    async fn why_set_aside(&self, key: &JobKey) -> Result<String, CliError> {
        let (rows, _) = self.stores.records.asides(&key.account, None, ASIDES_MAX).await?;
        let job = key.to_string();
        let of_job = rows.into_iter().filter(|row| row.code.is_of_job() && row.job == job);
        Ok(of_job.max_by_key(|row| row.last_seen).map_or_else(
            || "the import broke off, and no reason was kept: start it again".to_owned(),
            |row| format!("the import was set aside: {}", row.reason),
        ))
    }
}

/// How many pages there were, and how many records in words.
fn told(heard: &AllHeard) -> (u64, String) {
    let pages = heard.values().map(|heard| heard.pages).sum();
    let of_kind = |(key, heard): (&JobKey, &Heard)| format!("{} {}", heard.records, key.kind);
    let words: Vec<String> = heard.iter().map(of_kind).collect();
    let records: u64 = heard.values().map(|heard| heard.records).sum();
    (pages, format!("{records} records: {}", words.join(", ")))
}
