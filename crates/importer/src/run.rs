//! A run: page by page, each call only after leave, each page followed by its checkpoint.

use core::time::Duration;
use std::sync::Arc;

use flyball_accounts::{Account, Purpose};
use flyball_connector::{CallTag, Connector, Failure, PlanError, Step, Walk};
use flyball_domain::{Job, Kind, Mode, UnixMillis};
use flyball_governor::{Ending, Halt, Holder, LaneId, Requests, UnixMillis as GovernorMillis};
use flyball_records::{Checkpoint, CheckpointError, Run};

use crate::CEILING_PERCENT_DEFAULT;
use crate::errand::Errand;
use crate::importer::{HandleError, Importer, Parked, Work};
use crate::plan::Course;
use crate::progress::ProgressReport;

/// A job that has been admitted.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) account: Account,
    pub(crate) lane: LaneId,
    pub(crate) job: Job,
    pub(crate) work: Work,
    /// The requests that this run covers.
    pub(crate) cover: Requests,
    pub(crate) parked: Parked,
    /// Since when it waits, or when its run from a message began.
    pub(crate) since: GovernorMillis,
    /// The lane's marks when it last looked at the lot.
    pub(crate) marks_seen: Option<u64>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Row, lane and message are all dealt with.
    Settled,
    /// The slot went on to this job, and the rest is dealt with.
    Passed(Box<(Task, Holder)>),
    /// Nothing was touched at the end: the lease ends by itself, row and message stay.
    Untouched { why: String },
}

/// Why a run stopped before its end.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The vendor failed a call that began at this moment.
    Failed { failure: Failure, began: UnixMillis },
    /// The governor gives no leave.
    Halted(Halt),
    /// The vendor's budget refills only then.
    Pause { until: UnixMillis },
    /// Whoever runs this has to end.
    OutOfTime,
    /// Work of this kind goes first.
    MakesRoom { kind: Kind },
    /// Another run of the same work has overtaken this one.
    FencedOff,
    /// The job can't be run as it is, whoever runs it.
    Unfit(String),
    /// Something of ours did not answer.
    Ours(HandleError),
}

impl From<HandleError> for Broken {
    fn from(error: HandleError) -> Self {
        Self::Ours(error)
    }
}

/// The longest pause that is slept through with the slot in hand, in milliseconds: a longer one is
/// cheaper parked.
const PAUSE_SLEPT_MS_MAX: u64 = 3_000;

impl Importer {
    pub(crate) async fn run(
        &self,
        errand: &Errand,
        task: &Task,
        mut holder: Holder,
    ) -> Result<Ended, HandleError> {
        match Box::pin(self.walk(errand, task, &mut holder)).await {
            Ok(()) => self.end_finished(errand, task, holder, Ending::Success).await,
            Err(broken) => Box::pin(self.end_broken(errand, task, holder, broken)).await,
        }
    }

    async fn walk(&self, errand: &Errand, task: &Task, holder: &mut Holder) -> Result<(), Broken> {
        let connector = self.connect(&task.account).await?;
        let mut course = self.course(task, holder).await?;
        let mut walk = match connector.walk(&course.plan) {
            Ok(walk) => walk,
            Err(PlanError::Resume { what }) => {
                tracing::warn!(code = "RESUME_UNREADABLE", job = %task.job.key(), what, "starting over");
                course = course.over_again();
                connector.walk(&course.plan).map_err(|error| Broken::Unfit(error.to_string()))?
            }
            Err(error @ PlanError::Kind { .. }) => return Err(Broken::Unfit(error.to_string())),
        };
        match self.go(errand, task, holder, connector.as_ref(), walk.as_mut(), &mut course).await {
            Ok(()) => self.finish_walk(task, holder, &course).await,
            Err(broken) => {
                Err(self.keep_part(task, holder, &mut course, walk.as_mut(), broken).await)
            }
        }
    }

    async fn go(
        &self,
        errand: &Errand,
        task: &Task,
        holder: &mut Holder,
        connector: &dyn Connector,
        walk: &mut dyn Walk,
        course: &mut Course,
    ) -> Result<(), Broken> {
        let mut calls = 0;
        let mut marks_seen = task.marks_seen;
        loop {
            match walk.next() {
                Step::Call(call) => {
                    self.pace(walk, holder).await?;
                    calls += 1;
                    let tag = CallTag { lease: holder.call_name(), n: calls };
                    let leave = self.leave(errand, holder).await?;
                    let began = UnixMillis(self.parts.governor.now().0);
                    walk.sent(began);
                    let failed = |failure| Broken::Failed { failure, began };
                    let reply =
                        connector.send(&call, &tag, leave.timeout_ms).await.map_err(failed)?;
                    let now = UnixMillis(self.parts.governor.now().0);
                    walk.absorb(reply, now).map_err(failed)?;
                    holder.succeeded().await.map_err(HandleError::from)?;
                }
                Step::Page(page) => {
                    self.store(task, holder, course, page).await?;
                    if errand.is_over(UnixMillis(self.parts.governor.now().0)) {
                        return Err(Broken::OutOfTime);
                    }
                    if let Some(kind) = self.makes_room_for(task, holder, &mut marks_seen).await? {
                        return Err(Broken::MakesRoom { kind });
                    }
                }
                Step::Listed(_) => {
                    return Err(Broken::Unfit(
                        "found a listing, which can't be compared yet".to_owned(),
                    ));
                }
                Step::Finished => return Ok(()),
            }
        }
    }

    /// Stores what is complete of a page that was broken off, so that the next run goes on behind
    /// it: a store that fails every seventh call would never give a page of long lists at once.
    async fn keep_part(
        &self,
        task: &Task,
        holder: &Holder,
        course: &mut Course,
        walk: &mut dyn Walk,
        broken: Broken,
    ) -> Broken {
        match &broken {
            Broken::Failed { .. }
            | Broken::Pause { .. }
            | Broken::OutOfTime
            | Broken::MakesRoom { .. }
            | Broken::Halted(Halt::Stopped(_) | Halt::Tripped(_)) => {}
            Broken::Halted(Halt::Lost | Halt::Unreachable(_) | Halt::ClockOff(_))
            | Broken::FencedOff
            | Broken::Unfit(_)
            | Broken::Ours(_) => return broken,
        }
        let Some(page) = walk.break_off() else { return broken };
        match self.store(task, holder, course, page).await {
            Ok(()) => broken,
            Err(Broken::FencedOff) => Broken::FencedOff,
            Err(also) => {
                tracing::warn!(code = "PART_NOT_KEPT", job = %task.job.key(), ?also, "a page is asked for again");
                broken
            }
        }
    }

    async fn connect(&self, account: &Account) -> Result<Arc<dyn Connector>, Broken> {
        let token = self
            .parts
            .accounts
            .open_credentials(&account.id, account.integration, Purpose::AccessToken)
            .await
            .map_err(HandleError::other)?;
        self.parts
            .connectors
            .connect(account, &token)
            .map_err(|error| Broken::Unfit(error.to_string()))
    }

    async fn course(&self, task: &Task, holder: &Holder) -> Result<Course, Broken> {
        let stored = match task.job.mode {
            // One record has no middle to go on from, and its checkpoints would pile up.
            Mode::Record { .. } => None,
            Mode::Incremental | Mode::Backfill { .. } | Mode::Reconcile => self
                .parts
                .records
                .claim_checkpoint(&task.job.key(), holder.lease().fence)
                .await
                .map_err(no_checkpoint)?,
        };
        let policy = &task.account.policy;
        let ceiling = policy
            .ceiling_percent
            .map_or(CEILING_PERCENT_DEFAULT, flyball_accounts::CeilingPercent::get);
        let now = UnixMillis(self.parts.governor.now().0);
        Ok(Course::of(&task.job, stored, now, ceiling))
    }

    async fn leave(
        &self,
        errand: &Errand,
        holder: &mut Holder,
    ) -> Result<flyball_governor::CallLeave, Broken> {
        let expires = holder.lease().expires;
        let leave = holder.leave().await.map_err(Broken::Halted)?;
        if holder.lease().expires > expires {
            self.keep_hidden(errand, holder.lease().expires.0).await?;
        }
        Ok(leave)
    }

    /// Waits until the next call fits the vendor's budget, keeping the lease alive and an eye on
    /// the switches; a long wait is parked instead.
    async fn pace(&self, walk: &dyn Walk, holder: &mut Holder) -> Result<(), Broken> {
        let governor = &self.parts.governor;
        let slice_ms = (governor.policy().lease_ms / 4).max(1);
        loop {
            let now = UnixMillis(governor.now().0);
            let ready_at = walk.ready_at(now);
            let wait_ms = ready_at.since(now);
            if wait_ms == 0 {
                return Ok(());
            }
            if wait_ms > PAUSE_SLEPT_MS_MAX {
                return Err(Broken::Pause { until: ready_at });
            }
            holder.leave().await.map_err(Broken::Halted)?;
            rest(wait_ms.min(slice_ms)).await;
        }
    }

    async fn store(
        &self,
        task: &Task,
        holder: &Holder,
        course: &mut Course,
        page: flyball_connector::Page,
    ) -> Result<(), Broken> {
        let key = task.job.key();
        let fence = holder.lease().fence;
        let now = UnixMillis(self.parts.governor.now().0);
        let run = Run { job: &key, fence, now };
        let written = self
            .parts
            .records
            .write_page(&run, course.walk.records, &page.rows)
            .await
            .map_err(HandleError::other)?;
        let rows = u64::try_from(page.rows.len()).unwrap_or(u64::MAX);
        let checkpoint = course.after_page(rows, page.resume);
        self.save(&key, fence, &checkpoint).await?;
        tracing::debug!(job = %key, rows, written = written.written, "a page is stored");
        let (records, pages) = (course.walk.records, course.walk.pages);
        self.parts.progress.page(&ProgressReport { job: key, records, pages, written });
        Ok(())
    }

    async fn save(
        &self,
        key: &flyball_domain::JobKey,
        fence: u64,
        checkpoint: &Checkpoint,
    ) -> Result<(), Broken> {
        if matches!(key.mode, Mode::Record { .. }) {
            return Ok(());
        }
        self.parts.records.save_checkpoint(key, fence, checkpoint).await.map_err(no_checkpoint)
    }

    async fn finish_walk(
        &self,
        task: &Task,
        holder: &Holder,
        course: &Course,
    ) -> Result<(), Broken> {
        let now = UnixMillis(self.parts.governor.now().0);
        let key = task.job.key();
        self.save(&key, holder.lease().fence, &course.after_all(&task.job, now)).await?;
        self.parts.progress.finished(&key);
        Ok(())
    }
}

fn no_checkpoint(error: CheckpointError) -> Broken {
    match error {
        CheckpointError::FencedOff { .. } => Broken::FencedOff,
        CheckpointError::Item(_) | CheckpointError::Store(_) => HandleError::other(error).into(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a pause of less than the bound is cheaper slept than parked"
)]
async fn rest(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
