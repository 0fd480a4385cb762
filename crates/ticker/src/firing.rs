//! Imports that are due by their schedule are sent for. One cursor, the last minute that was dealt
//! with, is all that is kept: however many minutes nobody was there, each import is sent for once.

use std::sync::{Mutex, PoisonError};

use flyball_accounts::{Account, AccountState, AccountsError};
use flyball_domain::{AccountId, IdError, Job, JobId, Message, UnixMillis};
use flyball_governor::{Chore, Claimed, GovernorError, Progress, Turn};
use flyball_queue::{Outgoing, OutgoingError, QueueError};
use futures::{StreamExt as _, stream};

use crate::schedule::{Schedule, minute_of, moment_of, scatter};
use crate::{LANES_AT_ONCE, Pass, Ticker};

/// The most accounts that one pass looks at; the rest are looked at a second later.
const ACCOUNTS_PER_PASS_MAX: u32 = 1_000;

/// The minute that this ticker is at and has not dealt with to its end: a later one is begun only
/// when this one is over, so that no account is passed over or met twice.
#[derive(Debug, Default)]
pub(crate) struct Minute(Mutex<Option<u64>>);

impl Minute {
    fn at(&self) -> Option<u64> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, minute: Option<u64>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = minute;
    }
}

/// Why nothing could be sent for.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Governor(#[from] GovernorError),
    #[error(transparent)]
    Accounts(#[from] AccountsError),
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error(transparent)]
    Message(#[from] OutgoingError),
    #[error("the schedule was left off at something that is no account: {0}")]
    Cursor(#[from] IdError),
    #[error("{0}")]
    NoQueue(String),
}

/// The minutes that a turn covers: after `from`, up to and including `to`.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: u64,
    to: u64,
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
        let (at, done) = match self.claim(&turn).await? {
            Claimed::ToDo { at, done } => (at, done),
            Claimed::Done | Claimed::BySomebodyElse(_) => {
                self.minute.keep(None);
                return Ok(());
            }
        };
        let from = done.unwrap_or_else(|| to.saturating_sub(1));
        self.minute.keep(Some(to));
        let after = at.map(|at| at.parse::<AccountId>()).transpose()?;
        let (accounts, next) = self.accounts.page(after.as_ref(), ACCOUNTS_PER_PASS_MAX).await?;
        let stretch = Stretch { from, to };
        let mut sent = stream::iter(accounts)
            .map(|account| self.fire_account(account, stretch))
            .buffer_unordered(LANES_AT_ONCE);
        while let Some((account, fired)) = sent.next().await {
            match fired {
                Ok((scheduled, missed)) => {
                    pass.scheduled = pass.scheduled.saturating_add(scheduled);
                    pass.missed = pass.missed.saturating_add(missed);
                }
                Err(trouble) => {
                    pass.failed = pass.failed.saturating_add(1);
                    tracing::error!(code = "SCHEDULE_FAILED", %account, "{trouble}");
                }
            }
        }
        let progress = next.map_or(Progress::Done, |next| Progress::To(next.to_string()));
        self.leave_off(&turn, &progress).await?;
        if progress == Progress::Done {
            self.minute.keep(None);
        }
        Ok(())
    }

    /// The minute to deal with; `None` if it is known to be dealt with.
    async fn next_minute(&self) -> Result<Option<Turn>, GovernorError> {
        if let Some(minute) = self.minute.at() {
            return Ok(Some(self.turn(Chore::Schedule, minute)));
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

    /// Sends for what is due of an account, and says how much that is and how often it was missed.
    async fn fire_account(
        &self,
        account: Account,
        stretch: Stretch,
    ) -> (AccountId, Result<(u64, u64), Trouble>) {
        let fired = self.send_for_due(&account, stretch).await;
        (account.id, fired)
    }

    async fn send_for_due(
        &self,
        account: &Account,
        stretch: Stretch,
    ) -> Result<(u64, u64), Trouble> {
        // Whoever has to connect it again is told so; until then nothing would come of it.
        if account.state != AccountState::Connected {
            return Ok((0, 0));
        }
        let (mut scheduled, mut missed) = (0_u64, 0_u64);
        for schedule in Schedule::of(account) {
            let due = schedule.due_between(stretch.from, stretch.to);
            if due == 0 {
                continue;
            }
            let message = Message::Import(Job {
                id: job_id(account, &schedule, stretch.to),
                account: account.id.clone(),
                kind: schedule.kind,
                mode: schedule.mode,
            });
            let queue = self
                .queues
                .get(account.integration, schedule.kind)
                .map_err(|error| Trouble::NoQueue(error.to_string()))?;
            queue.send(&Outgoing::new(message.to_text(), account.id.clone())?).await?;
            scheduled = scheduled.saturating_add(1);
            missed = missed.saturating_add(due.saturating_sub(1));
        }
        Ok((scheduled, missed))
    }
}

/// The same request has the same id, whoever makes it and however often: a minute that two tickers
/// have dealt with leaves each import asked for once.
fn job_id(account: &Account, schedule: &Schedule, minute: u64) -> JobId {
    let name = format!("{}/{}/{:?}/{minute}", account.id, schedule.kind, schedule.mode);
    let mut random = [0; 10];
    let bytes = scatter(name.as_bytes())
        .to_be_bytes()
        .into_iter()
        .chain(scatter(format!("{name}/").as_bytes()).to_be_bytes());
    random.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    JobId::new(moment_of(minute), random)
}
