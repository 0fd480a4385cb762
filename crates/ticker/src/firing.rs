//! Imports that are due by their schedule are sent for. One cursor, the last minute that was dealt
//! with, is all that is kept: however many minutes nobody was there, each import is sent for once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use flyball_accounts::{AccountsError, Due, DueCursor, Stretch, minute_of};
use flyball_domain::{Integration, Job, JobId, Kind, Message, UnixMillis};
use flyball_governor::{Chore, Claimed, GovernorError, Progress, Turn};
use flyball_queue::{Outgoing, OutgoingError, Queue};
use futures::{FutureExt as _, StreamExt as _, stream};
use tracing::Span;

use crate::{Pass, Ticker};

/// The most imports that one pass sends for unless told otherwise; the rest are sent for a second
/// later. A hundred thousand accounts at the standard intervals are 225 a second.
pub(crate) const IMPORTS_PER_PASS_MAX: usize = 2_000;

/// How many of them one call of [`Queue::send_batch`] is given, and how many such calls are made at
/// once.
const IMPORTS_PER_SEND: usize = 100;
const SENDS_AT_ONCE: usize = 16;

/// How often a queue is asked to take what it refused, a second later each time, before the minute is
/// gone on with: one queue that is out of reach does not hold up all others.
const TRIES_MAX: u32 = 10;

const MINUTE_MS: u64 = 60_000;

/// The minute that this ticker is at and has not dealt with to its end: a later one is begun only
/// when this one is over, so that no import is passed over or met twice.
#[derive(Debug, Default)]
pub(crate) struct Minute(Mutex<Option<At>>);

#[derive(Clone, Debug, Default)]
struct At {
    minute: u64,
    /// How often the piece at hand was tried, and which of its imports were sent for.
    tries: u32,
    sent: Vec<Due>,
}

impl Minute {
    fn at(&self) -> Option<At> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, at: Option<At>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

/// Why nothing could be sent for.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Governor(#[from] GovernorError),
    #[error(transparent)]
    Accounts(#[from] AccountsError),
}

/// What became of some imports that were due.
#[derive(Debug, Default)]
struct Sent {
    accepted: Vec<Due>,
    refused: usize,
}

impl Ticker {
    /// Goes on with what is due by its schedule.
    pub(crate) async fn fire(&self, pass: &mut Pass) {
        if let Err(trouble) = self.fire_on(pass).await {
            pass.failed = pass.failed.saturating_add(1);
            tracing::error!(code = "SCHEDULE_FAILED", "{trouble}");
        }
    }

    async fn fire_on(&self, pass: &mut Pass) -> Result<(), Trouble> {
        let Some(turn) = self.next_minute().await? else { return Ok(()) };
        let to = turn.number;
        let (place, done) = match self.claim(&turn).await? {
            Claimed::ToDo { at, done } => (at, done),
            Claimed::Done | Claimed::BySomebodyElse(_) => {
                self.minute.keep(None);
                return Ok(());
            }
        };
        let stretch = Stretch { from: done.unwrap_or_else(|| to.saturating_sub(1)), to };
        let place = place.as_deref().map(DueCursor::parse).unwrap_or_default();
        let mut at = self.minute.at().unwrap_or_default();
        at.minute = to;
        self.minute.keep(Some(at.clone()));

        let page = self.accounts.due(stretch, &place, self.imports_per_pass).await?;
        let left = page.due.into_iter().filter(|due| !at.sent.contains(due)).collect();
        let Sent { accepted, refused } = self.send_for_imports(left, to, pass).await;
        for due in &accepted {
            let late = due.schedule.due_in(stretch).saturating_sub(1);
            pass.scheduled = pass.scheduled.saturating_add(1);
            pass.missed = pass.missed.saturating_add(late);
        }
        if refused > 0 && at.tries < TRIES_MAX {
            at.tries = at.tries.saturating_add(1);
            at.sent.extend(accepted);
            self.minute.keep(Some(at));
            return Ok(());
        }
        if let Some(next) = page.next {
            self.leave_off(&turn, &Progress::To(next.to_string())).await?;
            self.minute.keep(Some(At { minute: to, ..At::default() }));
        } else {
            self.leave_off(&turn, &Progress::Done).await?;
            self.minute.keep(None);
        }
        Ok(())
    }

    /// The minute to deal with; `None` if it is known to be dealt with.
    async fn next_minute(&self) -> Result<Option<Turn>, GovernorError> {
        if let Some(at) = self.minute.at() {
            return Ok(Some(self.turn(Chore::Schedule, at.minute)));
        }
        let now = self.governor.now();
        let turn = self.turn(Chore::Schedule, minute_of(UnixMillis(now.0)));
        if self.quiet.recall(&turn, now).is_some() {
            return Ok(None);
        }
        // One that somebody died over comes first: what was sent for in it is not sent for again.
        let unfinished = self.governor.unfinished_turn(&Chore::Schedule).await?;
        Ok(Some(self.turn(Chore::Schedule, unfinished.unwrap_or(turn.number))))
    }

    /// Sends for imports, many with one call.
    async fn send_for_imports(&self, due: Vec<Due>, minute: u64, pass: &mut Pass) -> Sent {
        let mut groups = BTreeMap::<(Integration, Kind), Vec<Due>>::new();
        for due in due {
            groups.entry((due.integration, due.schedule.kind)).or_default().push(due);
        }
        let mut sends = Vec::new();
        for ((integration, kind), mut group) in groups {
            match self.queues.get(integration, kind) {
                Ok(queue) => {
                    while !group.is_empty() {
                        let rest = group.split_off(group.len().min(IMPORTS_PER_SEND));
                        let some = core::mem::replace(&mut group, rest);
                        sends.push(send_batch(Arc::clone(queue), some, minute).boxed());
                    }
                }
                Err(error) => {
                    let none = u64::try_from(group.len()).unwrap_or(u64::MAX);
                    pass.failed = pass.failed.saturating_add(none);
                    tracing::error!(code = "SCHEDULE_FAILED", imports = none, "{error}");
                }
            }
        }
        let mut sending = stream::iter(sends).buffer_unordered(SENDS_AT_ONCE);
        let mut all = Sent::default();
        while let Some(sent) = sending.next().await {
            all.refused = all.refused.saturating_add(sent.refused);
            all.accepted.extend(sent.accepted);
        }
        pass.failed = pass.failed.saturating_add(u64::try_from(all.refused).unwrap_or(u64::MAX));
        all
    }
}

async fn send_batch(queue: Arc<dyn Queue>, mut due: Vec<Due>, minute: u64) -> Sent {
    let jobs: Vec<Job> = due.iter().map(|due| job(due, minute)).collect();
    // Each request is followed from here on; together they end when all are sent for.
    let _asked: Vec<Span> = jobs.iter().map(request_span).collect();
    let messages: Result<Vec<_>, _> = jobs.into_iter().map(message).collect();
    let messages = match messages {
        Ok(messages) => messages,
        Err(error) => {
            tracing::error!(code = "SCHEDULE_FAILED", imports = due.len(), "{error}");
            return Sent { accepted: Vec::new(), refused: due.len() };
        }
    };
    let mut unsent = queue.send_batch(&messages).await;
    if let Some(first) = unsent.first() {
        tracing::error!(code = "SCHEDULE_FAILED", imports = unsent.len(), "{}", first.error);
    }
    unsent.sort_by_key(|unsent| unsent.index);
    for unsent in unsent.iter().rev() {
        if unsent.index < due.len() {
            due.swap_remove(unsent.index);
        }
    }
    Sent { accepted: due, refused: unsent.len() }
}

fn job(due: &Due, minute: u64) -> Job {
    Job {
        id: job_id(due, minute),
        account: due.account.clone(),
        kind: due.schedule.kind,
        mode: due.schedule.mode.clone(),
    }
}

fn request_span(job: &Job) -> Span {
    let (account, kind, request) = (&job.account, job.kind, job.id);
    tracing::info_span!("request", %account, %kind, job = %job.key(), %request)
}

fn message(job: Job) -> Result<Outgoing, OutgoingError> {
    let account = job.account.clone();
    Outgoing::new(Message::Import(job).to_text(), account)
}

/// The same request has the same id, whoever makes it and however often: a minute that two tickers
/// have dealt with leaves each import asked for once.
fn job_id(due: &Due, minute: u64) -> JobId {
    let name = format!("{}/{}/{:?}/{minute}", due.account, due.schedule.kind, due.schedule.mode);
    JobId::named(UnixMillis(minute.saturating_mul(MINUTE_MS)), &name)
}
