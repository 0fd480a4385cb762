use std::sync::Arc;

use flyball_accounts::{Account, Accounts, AccountsError};
use flyball_domain::{
    AccountId, Drain, Integration, Job, Kind, Message, MessageError, Mode, UnixMillis,
};
use flyball_governor::{
    Admission, Governor, GovernorError, Holder, LaneId, LaneSpec, LeaseId, Refusal, Requests,
    WorkKind,
};
use flyball_queue::{Outgoing, Queue, QueueError, Queues, Receipt};
use flyball_records::Records;
use tracing::Instrument as _;

use crate::SLOTS_DEFAULT;
use crate::errand::Errand;
use crate::line::Called;
use crate::progress::{End, Progress};
use crate::run::{Ended, Task};
use crate::source::Connectors;
use crate::stopping::Stopping;
use crate::tab::{Metering, Unmetered};
use crate::told::{drain_span, message_span, run_span};
use crate::wide::Entered;

/// What an importer is made of.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "connectors hold secrets")]
pub struct Parts {
    /// Asked before anything runs.
    pub governor: Governor,
    /// Where records go.
    pub records: Records,
    /// Where accounts and their credentials are.
    pub accounts: Accounts,
    /// Where messages come from and go.
    pub queues: Queues,
    /// The ways to the stores of one integration.
    pub connectors: Arc<dyn Connectors>,
    /// Who is told how far jobs have come.
    pub progress: Arc<dyn Progress>,
}

/// Handles messages of one integration.
#[derive(Clone)]
pub struct Importer {
    pub(crate) parts: Parts,
    pub(crate) integration: Integration,
    pub(crate) metering: Arc<dyn Metering>,
    stopping: Stopping,
}

impl core::fmt::Debug for Importer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Importer").field("integration", &self.integration).finish_non_exhaustive()
    }
}

/// One delivery of a message.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The message's text.
    pub body: String,
    /// What the queue knows this delivery by.
    pub receipt: Receipt,
    /// The kind whose queue it came from.
    pub kind: Kind,
    /// How often it has been delivered, with this time, where that is known. Whoever had it before
    /// may have died with it.
    pub receives: Option<u32>,
    /// When whoever handles it has to have ended; no page is begun after it. `None` for never.
    pub end_by: Option<UnixMillis>,
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handled {
    /// The message is dealt with, and gone from the queue.
    Done,
    /// The message is to be delivered again, for this reason.
    Again(String),
}

/// How long a message of a newer version is put aside before it is looked at again, in seconds.
const NEWER_DELAY_S: u16 = 900;

/// How long a message is put aside whose account has no room for more work that waits, in seconds.
const FULL_DELAY_S: u16 = 300;

/// Why a delivery could not be handled now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandleError {
    #[error(transparent)]
    Governor(#[from] GovernorError),
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    #[error("{0}")]
    Other(String),
}

impl HandleError {
    pub(crate) fn other(error: impl core::fmt::Display) -> Self {
        Self::Other(error.to_string())
    }
}

impl Importer {
    /// An importer of these parts.
    pub fn new(parts: Parts) -> Self {
        let integration = parts.connectors.integration();
        let (metering, stopping) = (Arc::new(Unmetered), Stopping::default());
        Self { parts, integration, metering, stopping }
    }

    /// The same importer, whose use is counted by whoever counts that of its clients.
    #[must_use]
    pub fn metered_by(self, metering: Arc<dyn Metering>) -> Self {
        Self { metering, ..self }
    }

    /// The same importer, which heeds this word.
    #[must_use]
    pub fn heeding(self, stopping: Stopping) -> Self {
        Self { stopping, ..self }
    }

    /// Handles one delivery, to its end: the message is gone from the queue, or is to come again.
    /// Nothing that is in the message makes this fail or panic.
    pub async fn handle(&self, delivery: &Delivery) -> Handled {
        self.metering.apart(Box::pin(self.handle_all(delivery))).await
    }

    /// Handles a delivery, and then the calls that this invocation has taken on.
    async fn handle_all(&self, delivery: &Delivery) -> Handled {
        let message = Message::parse(&delivery.body);
        let hops = match &message {
            Ok(Message::Drain(drain)) => drain.hops,
            Ok(Message::Import(_)) | Err(_) => 0,
        };
        let mut errand = self.errand(delivery, hops);
        let span = message_span(&message, delivery.kind);
        let work = Box::pin(self.handle_parsed(&errand, delivery, message));
        let handled = work.instrument(span).await;
        while let Some((drain, called)) = errand.taken_on() {
            errand = errand.with_baton();
            let span = drain_span(&drain);
            let work = Box::pin(self.drain(&errand, &drain, Some(called)));
            let why = match work.instrument(span.clone()).await {
                Ok(Handled::Done) => continue,
                Ok(Handled::Again(why)) => why,
                Err(error) => error.to_string(),
            };
            // Nothing comes again: whoever was called and has not come is called anew.
            span.in_scope(|| {
                tracing::warn!(code = "CALL_NOT_ANSWERED", %why, "left to the ticker");
            });
        }
        handled
    }

    fn errand(&self, delivery: &Delivery, hops: u8) -> Errand {
        Errand::of(delivery, hops, &self.stopping, UnixMillis(self.parts.governor.now().0))
    }

    async fn handle_parsed(
        &self,
        errand: &Errand,
        delivery: &Delivery,
        message: Result<Message, MessageError>,
    ) -> Handled {
        let done = match message {
            Ok(Message::Import(job)) => Box::pin(self.import(errand, delivery, job)).await,
            Ok(Message::Drain(drain)) => Box::pin(self.answer(errand, &drain)).await,
            Err(MessageError::Newer { found, known }) => {
                self.leave_for_newer(errand, delivery, found, known).await
            }
            Err(error @ MessageError::Malformed { .. }) => Err(HandleError::other(error)),
        };
        match done {
            Ok(handled) => handled,
            Err(error) => {
                let why = error.to_string();
                tracing::error!(code = "IMPORT_NOT_HANDLED", error = %why, "a message comes again");
                Handled::Again(why)
            }
        }
    }

    async fn import(
        &self,
        errand: &Errand,
        delivery: &Delivery,
        job: Job,
    ) -> Result<Handled, HandleError> {
        if job.kind != delivery.kind {
            return Err(HandleError::other(format_args!(
                "found a job for {} in the queue for {}: send it to the other queue",
                job.kind, delivery.kind
            )));
        }
        let since = self.parts.governor.now();
        let account = self.account(&job.account).await?;
        let lane = lane_of(&account.id)?;
        let work = Work::of(&job)?;
        let claim = self.parts.governor.claim(work.id.clone(), work.kind.clone());
        let spec = lane_spec(&account);
        let cover = Requests::one(&job.id.to_string());
        let admission = self.parts.governor.admit(&lane, &claim, &spec).await?;
        let (holder, parked) = match admission {
            Admission::Admitted(holder) if delivery.receives != Some(1) => {
                (holder, Parked::Perhaps)
            }
            Admission::Admitted(holder) => (holder, Parked::No),
            Admission::Refused(_) => {
                let since = match self.park(&lane, &job, &spec).await {
                    Ok(since) => since,
                    Err(HandleError::Governor(full @ GovernorError::LotFull { .. })) => {
                        let job = job.key();
                        tracing::warn!(code = "LOT_FULL", %job, "put aside: {full}");
                        self.put_aside(errand, delivery, account.id, FULL_DELAY_S).await?;
                        return Ok(Handled::Done);
                    }
                    Err(error) => return Err(error),
                };
                match self.parts.governor.admit(&lane, &claim, &spec).await? {
                    Admission::Admitted(holder) => (holder, Parked::Yes),
                    Admission::Refused(refusal) => {
                        log_refusal(&job, &refusal);
                        self.tell_waiting(&job, &refusal, since);
                        self.parts.progress.ended(&job, End::Parked);
                        self.delete(errand).await?;
                        return Ok(Handled::Done);
                    }
                }
            }
        };
        // Whoever parks marks: without a mark there is nothing to be seen in the lot yet.
        let seen = holder.lane();
        let marks_seen = seen.wake.is_none().then_some(seen.marks);
        let (alone, more) = (None, None);
        let mut task =
            Task { account, lane, job, work, cover, parked, since, marks_seen, alone, more };
        let Some(holder) = self.still_parked(errand, &mut task, *holder).await? else {
            self.delete(errand).await?;
            return Ok(Handled::Done);
        };
        self.enter_and_run(errand, task, holder, None).await
    }

    async fn answer(&self, errand: &Errand, drain: &Drain) -> Result<Handled, HandleError> {
        let called = self.called(drain).await?;
        Box::pin(self.drain(errand, drain, called)).await
    }

    /// Looks at an account's lot and runs one job that can start. The row stays until the job is
    /// finished: the lease is the claim, and the lane's wake-up is the insurance. The place in line
    /// was read before, so that whoever parks and stands in line later is not overlooked.
    async fn drain(
        &self,
        errand: &Errand,
        drain: &Drain,
        called: Option<Called>,
    ) -> Result<Handled, HandleError> {
        let account = self.account(&drain.account).await?;
        let lane = lane_of(&account.id)?;
        let started = Box::pin(self.start_parked(errand, &lane, &account)).await?;
        let Some((task, holder)) = started else {
            if let Some(called) = &called {
                self.misses_its_turn(errand, called).await?;
            }
            self.delete(errand).await?;
            return Ok(Handled::Done);
        };
        self.enter_and_run(errand, task, holder, called.as_ref()).await
    }

    async fn enter_and_run(
        &self,
        errand: &Errand,
        mut task: Task,
        holder: Holder,
        called: Option<&Called>,
    ) -> Result<Handled, HandleError> {
        match self.enter_wide(errand, &mut task, holder, called).await? {
            Entered::Yes(holder) => self.run_to_end(errand.clone(), task, *holder).await,
            Entered::Waits => Ok(Handled::Done),
        }
    }

    /// Runs a job, and then each that takes its slot over.
    async fn run_to_end(
        &self,
        mut errand: Errand,
        mut task: Task,
        mut holder: Holder,
    ) -> Result<Handled, HandleError> {
        loop {
            self.keep_hidden(&errand, holder.lease().expires.0).await?;
            let span = run_span(&task, &holder);
            span.in_scope(|| tracing::info!("a run begins"));
            match Box::pin(self.run(&errand, &task, holder)).instrument(span.clone()).await {
                Ok(Ended::Settled) => return Ok(Handled::Done),
                Ok(Ended::Passed(next)) => {
                    errand = errand.with_baton();
                    (task, holder) = *next;
                }
                // The row stays and has a waker, so the message may go.
                Ok(Ended::Untouched { why }) if task.parked == Parked::Yes => {
                    let job = task.job.key();
                    span.in_scope(|| {
                        tracing::warn!(code = "IMPORT_BROKEN_OFF", %job, %why, "broken off");
                    });
                    self.delete(&errand).await?;
                    return Ok(Handled::Done);
                }
                Ok(Ended::Untouched { why }) => return Ok(Handled::Again(why)),
                Err(error) if errand.message.is_none() => {
                    let _run = span.entered();
                    tracing::error!(
                        code = "IMPORT_BROKEN_OFF", job = %task.job.key(), why = %error,
                        "broken off: its row stays and has a waker"
                    );
                    return Ok(Handled::Done);
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) async fn account(&self, id: &AccountId) -> Result<Account, HandleError> {
        let account = self.parts.accounts.get(id).await?;
        if account.integration == self.integration {
            Ok(account)
        } else {
            Err(HandleError::other(format_args!(
                "found account {id} of {}, in a queue for {}: send it to the other queue",
                account.integration, self.integration
            )))
        }
    }

    async fn leave_for_newer(
        &self,
        errand: &Errand,
        delivery: &Delivery,
        found: u64,
        known: u64,
    ) -> Result<Handled, HandleError> {
        tracing::warn!(code = "MESSAGE_NEWER", found, known, "left for newer code");
        let group = serde_json::from_str::<serde_json::Value>(&delivery.body)
            .ok()
            .and_then(|parts| parts.get("account")?.as_str()?.parse().ok());
        let Some(group) = group else {
            return Ok(Handled::Again("a message of a newer version names no account".to_owned()));
        };
        self.put_aside(errand, delivery, group, NEWER_DELAY_S).await?;
        Ok(Handled::Done)
    }

    /// Has a message come again after a while, as a new one: nothing of it failed, and a message that
    /// is received too often is given up.
    async fn put_aside(
        &self,
        errand: &Errand,
        delivery: &Delivery,
        group: AccountId,
        delay_s: u16,
    ) -> Result<(), HandleError> {
        let copy = Outgoing::new(delivery.body.clone(), group)
            .and_then(|copy| copy.after(delay_s))
            .map_err(HandleError::other)?;
        self.queue(delivery.kind)?.send(&copy).await?;
        self.delete(errand).await
    }

    pub(crate) fn queue(&self, kind: Kind) -> Result<&Arc<dyn Queue>, HandleError> {
        self.parts.queues.get(self.integration, kind).map_err(HandleError::other)
    }

    pub(crate) async fn delete(&self, errand: &Errand) -> Result<(), HandleError> {
        if let Some(receipt) = &errand.message {
            self.queue(errand.kind)?.delete(receipt).await?;
        }
        Ok(())
    }

    /// Keeps the message from others until the lease is surely over, so that a redelivery meets a
    /// dead lease, which it can take over, and not a living one.
    pub(crate) async fn keep_hidden(
        &self,
        errand: &Errand,
        expires_ms: u64,
    ) -> Result<(), HandleError> {
        let Some(receipt) = &errand.message else { return Ok(()) };
        let governor = &self.parts.governor;
        let left_ms = expires_ms.saturating_sub(governor.now().0);
        let hidden_ms = left_ms.saturating_add(governor.policy().skew_ms.saturating_mul(2));
        self.queue(errand.kind)?.hide(receipt, hidden_ms).await?;
        Ok(())
    }
}

/// Whether a row stands in the lot for the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parked {
    Yes,
    /// Perhaps without a waker: whoever had the message before may have died between row and mark.
    Perhaps,
    No,
}

/// A job in the governor's words.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) id: LeaseId,
    pub(crate) kind: WorkKind,
    pub(crate) class: u8,
}

/// Whose jobs go first: orders do not wait for a catalog, and what is new waits for no comparison
/// of what is old.
const fn class_of(job: &Job) -> u8 {
    match (&job.mode, job.kind) {
        (Mode::Incremental | Mode::Backfill { .. } | Mode::Record { .. }, Kind::Orders) => 0,
        (Mode::Incremental | Mode::Backfill { .. } | Mode::Record { .. }, Kind::Products) => 1,
        (Mode::Reconcile, Kind::Orders) => 2,
        (Mode::Reconcile, Kind::Products) => 3,
    }
}

impl Work {
    pub(crate) fn of(job: &Job) -> Result<Self, HandleError> {
        Ok(Self {
            id: job.key().short().parse().map_err(HandleError::other)?,
            kind: job.kind.as_str().parse().map_err(HandleError::other)?,
            class: class_of(job),
        })
    }
}

/// The lane of an account.
pub(crate) fn lane_of(account: &AccountId) -> Result<LaneId, HandleError> {
    account.as_str().parse().map_err(HandleError::other)
}

/// What an account's lane is made of: its slots, and its integration as its group.
pub fn lane_spec(account: &Account) -> LaneSpec {
    let cap = account.policy.slots_limit.map_or(SLOTS_DEFAULT, flyball_accounts::SlotsLimit::get);
    // Every integration's name is a group's: lower case letters, at most 16.
    LaneSpec { group: account.integration.as_str().parse().ok(), cap }
}

pub(crate) fn log_refusal(job: &Job, refusal: &Refusal) {
    tracing::info!(
        job = %job.key(),
        until = refusal.until.map(|until| until.0),
        "parked: {}",
        refusal.sentence().why
    );
}

#[cfg(test)]
mod tests {
    use flyball_domain::JobId;

    use super::*;

    #[test]
    fn orders_go_before_products_and_a_comparison_after_all_that_is_new() {
        let class = |kind, mode| {
            let (id, account) = (JobId::new(UnixMillis(5), [7; 10]), "blue-mug".parse().unwrap());
            class_of(&Job { id, account, kind, mode })
        };
        let new = [
            Mode::Incremental,
            Mode::Backfill { from: UnixMillis(1), to: UnixMillis(2) },
            Mode::Record { id: "42".parse().unwrap() },
        ];
        for mode in new {
            assert!(class(Kind::Orders, mode.clone()) < class(Kind::Products, mode.clone()));
            assert!(class(Kind::Products, mode) < class(Kind::Orders, Mode::Reconcile));
        }
        assert!(class(Kind::Orders, Mode::Reconcile) < class(Kind::Products, Mode::Reconcile));
    }
}
