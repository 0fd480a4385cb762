//! A run: page by page, each call only after leave, each page followed by its checkpoint.

use core::time::Duration;
use std::sync::Arc;

use flyball_accounts::{Account, Purpose};
use flyball_connector::{Call, CallTag, Connector, Failure, PlanError, Span, Step, Walk};
use flyball_domain::{Job, JobId, JobKey, Kind, Mode, Row, UnixMillis};
use flyball_governor::{
    Ending, Halt, Holder, Lane, LaneId, Requests, UnixMillis as GovernorMillis,
};
use flyball_records::{
    ActiveWalk, Checkpoint, CheckpointError, RecordsError, Run, Spent, WriteSummary, Written,
};
use tracing::Instrument as _;

use crate::CEILING_PERCENT_DEFAULT;
use crate::errand::Errand;
use crate::importer::{HandleError, Importer, Parked, Work};
use crate::line::ForLine;
use crate::plan::Course;
use crate::prepare::prepare;
use crate::progress::{End, ProgressReport};
use crate::tab::Entry;
use crate::told::{Seen, call_span, page_span};

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
    /// The lane's marks when the lot was seen to hold no row but this job's. Whoever parks marks, so
    /// that as long as they are the same it holds none when that is gone.
    pub(crate) alone: Option<u64>,
    /// Where its account is to stand in line for more work of its kind.
    pub(crate) more: Option<ForLine>,
}

impl Task {
    /// Whether its lot is empty without it, as far as its lane, seen like this, can tell.
    pub(crate) fn leaves_lot_empty(&self, lane: &Lane) -> bool {
        self.alone == Some(lane.marks)
    }
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

impl Broken {
    /// Whether what is complete of a page that was broken off may be stored: the run still bears
    /// its fence, and the governor can be asked.
    pub(crate) const fn leaves_its_part(&self) -> bool {
        match self {
            Self::Failed { .. }
            | Self::Pause { .. }
            | Self::OutOfTime
            | Self::MakesRoom { .. }
            | Self::Halted(Halt::Stopped(_) | Halt::Tripped(_)) => true,
            Self::Halted(Halt::Lost | Halt::Unreachable(_) | Halt::ClockOff(_))
            | Self::FencedOff
            | Self::Unfit(_)
            | Self::Ours(_) => false,
        }
    }
}

/// A run under way.
pub(crate) struct Going<'a> {
    pub(crate) errand: &'a Errand,
    pub(crate) task: &'a Task,
    pub(crate) connector: &'a dyn Connector,
    pub(crate) holder: &'a mut Holder,
    pub(crate) course: &'a mut Course,
    so_far: &'a mut SoFar,
}

/// What a run has done under its lease, whatever the number of its walks.
#[derive(Debug)]
struct SoFar {
    /// Calls begun.
    calls: u64,
    /// The lane's marks when it last looked at the lot.
    marks_seen: Option<u64>,
    /// What its walks that are through have come to.
    told: Told,
}

/// How far walks have come.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    records: u64,
    pages: u64,
    compared: u64,
}

impl Told {
    const fn with(self, walk: &ActiveWalk) -> Self {
        Self {
            records: self.records.saturating_add(walk.records),
            pages: self.pages.saturating_add(walk.pages),
            compared: self.compared.saturating_add(walk.compared),
        }
    }
}

/// Of what walk a page is part that was broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Of the run's own course, which goes on behind it.
    OfCourse,
    /// Of the asking for what differs in a stretch, which is compared anew.
    OfStretch,
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
        errand.tab.put(Spent { runs: 1, ..Spent::default() });
        let mut so_far = SoFar { calls: 0, marks_seen: task.marks_seen, told: Told::default() };
        loop {
            let mut course = self.course(task, holder).await?;
            let mut going = Going {
                errand,
                task,
                connector: connector.as_ref(),
                holder,
                course: &mut course,
                so_far: &mut so_far,
            };
            Box::pin(self.walk_once(&mut going)).await?;
            if self.covers_all(&going) {
                break;
            }
            tracing::info!(job = %task.job.key(), "walks once more, for requests that came later");
            going.so_far.told = going.so_far.told.with(&going.course.walk);
            self.may_go_on(&mut going).await?;
        }
        self.parts.progress.ended(&task.job, End::Finished);
        Ok(())
    }

    /// Whether the walk that is through covers every request of its task. One that an earlier run
    /// began does not cover whoever asked after its window had ended.
    fn covers_all(&self, going: &Going<'_>) -> bool {
        let asked = going.task.cover.ids.iter().chain(&going.task.cover.latest);
        let asked = asked.map(|id| id.parse::<JobId>().ok()?.asked_at());
        let skew_ms = self.parts.governor.policy().skew_ms;
        let Task { job, .. } = going.task;
        going.course.covers(job, asked, going.holder.lease().fence, skew_ms)
    }

    async fn walk_once(&self, going: &mut Going<'_>) -> Result<(), Broken> {
        let mut walk = match going.connector.walk(&going.course.plan) {
            Ok(walk) => walk,
            Err(PlanError::Resume { what }) => {
                let job = going.task.job.key();
                tracing::warn!(code = "RESUME_UNREADABLE", %job, what, "starting over");
                *going.course = going.course.clone().over_again();
                let walk = going.connector.walk(&going.course.plan);
                walk.map_err(|error| Broken::Unfit(error.to_string()))?
            }
            Err(error @ PlanError::Kind { .. }) => return Err(Broken::Unfit(error.to_string())),
        };
        let lane = going.holder.lane();
        if going.course.may_find_budget_spent(lane.held_count(), lane.slow) {
            walk.ask_budget();
        }
        match Box::pin(self.go(going, walk.as_mut())).await {
            Ok(()) => self.finish_walk(going).await,
            // A comparison goes on at its last stretch, of which nothing is left to keep.
            Err(broken) if matches!(going.course.plan.span, Span::Listing) => Err(broken),
            Err(broken) => Err(self.keep_part(going, walk.as_mut(), Part::OfCourse, broken).await),
        }
    }

    async fn go(&self, going: &mut Going<'_>, walk: &mut dyn Walk) -> Result<(), Broken> {
        loop {
            match walk.next() {
                Step::Call(call) => self.call(going, walk, &call).await?,
                Step::Page(page) => {
                    self.store(going, page.rows, Some(page.resume)).await?;
                    self.may_go_on(going).await?;
                }
                Step::Listed(listing) => {
                    Box::pin(self.compare(going, listing)).await?;
                    self.may_go_on(going).await?;
                }
                Step::Finished => return Ok(()),
            }
        }
    }

    pub(crate) async fn call(
        &self,
        going: &mut Going<'_>,
        walk: &mut dyn Walk,
        call: &Call,
    ) -> Result<(), Broken> {
        self.pace(walk, going.holder).await?;
        going.so_far.calls = going.so_far.calls.saturating_add(1);
        let tag = CallTag { lease: going.holder.call_name(), n: going.so_far.calls };
        let leave = self.leave(going.errand, going.holder).await?;
        let began = UnixMillis(self.parts.governor.now().0);
        walk.sent(began);
        going.errand.tab.put(Spent { calls: 1, ..Spent::default() });
        let failed = |failure| Broken::Failed { failure, began };
        let span = call_span(going.task, &tag);
        let sent =
            going.connector.send(call, &tag, leave.timeout_ms).instrument(span.clone()).await;
        let now = UnixMillis(self.parts.governor.now().0);
        let absorbed = sent.and_then(|reply| walk.absorb(reply, now));
        if let Err(failure) = &absorbed {
            Seen::of(failure).put_on(&span);
        }
        drop(span);
        self.parts.progress.called(&going.task.job.key(), absorbed.as_ref().err());
        absorbed.map_err(failed)?;
        Ok(going.holder.succeeded().await.map_err(HandleError::from)?)
    }

    /// At a checkpoint: whether time is left, and nobody goes first.
    pub(crate) async fn may_go_on(&self, going: &mut Going<'_>) -> Result<(), Broken> {
        if going.errand.is_over(UnixMillis(self.parts.governor.now().0)) {
            return Err(Broken::OutOfTime);
        }
        let Going { task, holder, so_far, .. } = going;
        match self.makes_room_for(task, holder, &mut so_far.marks_seen).await? {
            Some(kind) => Err(Broken::MakesRoom { kind }),
            None => Ok(()),
        }
    }

    /// Stores what is complete of a page that was broken off, so that the next run goes on behind
    /// it: a store that fails every seventh call would never give a page of long lists at once.
    pub(crate) async fn keep_part(
        &self,
        going: &mut Going<'_>,
        walk: &mut dyn Walk,
        of: Part,
        broken: Broken,
    ) -> Broken {
        if !broken.leaves_its_part() {
            return broken;
        }
        let Some(page) = walk.break_off() else { return broken };
        let resume = match of {
            Part::OfCourse => Some(page.resume),
            Part::OfStretch => None,
        };
        match self.store(going, page.rows, resume).await {
            Ok(()) => broken,
            Err(Broken::FencedOff) => Broken::FencedOff,
            Err(also) => {
                tracing::warn!(code = "PART_NOT_KEPT", job = %going.task.job.key(), ?also, "a page is asked for again");
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
        let (key, fence) = (task.job.key(), holder.lease().fence);
        let stored =
            self.parts.records.claim_checkpoint(&key, fence).await.map_err(no_checkpoint)?;
        let policy = &task.account.policy;
        let ceiling = policy
            .ceiling_percent
            .map_or(CEILING_PERCENT_DEFAULT, flyball_accounts::CeilingPercent::get);
        let now = UnixMillis(self.parts.governor.now().0);
        let course = Course::of(&task.job, stored, now, fence, ceiling);
        self.tell_overdue(&task.job, &task.account, course.watermark, now);
        Ok(course)
    }

    pub(crate) async fn leave(
        &self,
        errand: &Errand,
        holder: &mut Holder,
    ) -> Result<flyball_governor::CallLeave, Broken> {
        loop {
            let expires = holder.lease().expires;
            let leave = holder.leave().await.map_err(Broken::Halted)?;
            if holder.lease().expires <= expires {
                return Ok(leave);
            }
            // What the queue takes for it makes the look older, and the lease shorter.
            self.keep_hidden(errand, holder.lease().expires.0).await?;
        }
    }

    /// Waits until the next call fits the vendor's budget, keeping the lease alive and an eye on
    /// the switches; a long wait is parked instead.
    async fn pace(&self, walk: &dyn Walk, holder: &mut Holder) -> Result<(), Broken> {
        let governor = &self.parts.governor;
        let slice_ms = (governor.policy().lease_ms / 4).max(1);
        loop {
            let now = UnixMillis(governor.now().0);
            let callers = u64::from(holder.lane().held_count());
            let ready_at = walk.ready_at(now, callers);
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

    /// Stores rows, and the checkpoint after them; without a `resume` that stays where it is.
    pub(crate) async fn store(
        &self,
        going: &mut Going<'_>,
        rows: Vec<Row>,
        resume: Option<String>,
    ) -> Result<(), Broken> {
        let span = page_span(going.task, rows.len());
        self.store_rows(going, rows, resume).instrument(span).await
    }

    async fn store_rows(
        &self,
        going: &mut Going<'_>,
        rows: Vec<Row>,
        resume: Option<String>,
    ) -> Result<(), Broken> {
        let rows = prepare(rows, &going.task.account);
        let key = going.task.job.key();
        let run = self.run_of(going, &key);
        let first = going.course.walk.records;
        let written = self.parts.records.write_page(&run, first, &rows).await;
        let Written { summary, contested } = written.map_err(not_written)?;
        self.ask_again(going, &contested).await?;
        let rows = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        going.errand.tab.put(Spent { records: rows, ..Spent::default() });
        self.spend(going, Entry::Middle);
        let checkpoint = going.course.after_page(rows, resume);
        self.save(&key, run.fence, &checkpoint).await?;
        tracing::debug!(job = %key, rows, written = summary.written, "a page is stored");
        self.report(going, key, summary);
        Ok(())
    }

    pub(crate) fn report(&self, going: &Going<'_>, job: JobKey, written: WriteSummary) {
        let Told { records, pages, compared } = going.so_far.told.with(&going.course.walk);
        self.parts.progress.page(&ProgressReport { job, records, pages, compared, written });
    }

    fn run_of<'k>(&self, going: &Going<'_>, key: &'k JobKey) -> Run<'k> {
        let now = UnixMillis(self.parts.governor.now().0);
        let run = Run::new(key, going.holder.lease().fence, now);
        run.on_walk(going.course.walk.since, going.course.window())
    }

    pub(crate) async fn save(
        &self,
        key: &JobKey,
        fence: u64,
        checkpoint: &Checkpoint,
    ) -> Result<(), Broken> {
        // One record has no middle to go on from.
        if matches!(key.mode, Mode::Record { .. }) {
            return Ok(());
        }
        self.parts.records.save_checkpoint(key, fence, checkpoint).await.map_err(no_checkpoint)
    }

    /// Writes down what was used, with the checkpoint that comes next.
    pub(crate) fn spend(&self, going: &mut Going<'_>, entry: Entry) {
        let now = UnixMillis(self.parts.governor.now().0);
        let spent = going.errand.tab.take(now, self.metering.used(), entry);
        going.course.spent.spend(now, spent);
    }

    async fn finish_walk(&self, going: &mut Going<'_>) -> Result<(), Broken> {
        self.spend(going, Entry::Last);
        let key = going.task.job.key();
        let run = self.run_of(going, &key);
        self.save(&key, run.fence, &going.course.after_all(&going.task.job, run.now)).await?;
        self.parts.records.close_finished(&run).await.map_err(HandleError::other)?;
        Ok(self.forget_claim(&key, run.fence).await?)
    }

    /// Gives up the claim of a job of one record when it has come to its end: it has no checkpoint
    /// to keep.
    pub(crate) async fn forget_claim(&self, key: &JobKey, fence: u64) -> Result<(), HandleError> {
        if !matches!(key.mode, Mode::Record { .. }) {
            return Ok(());
        }
        self.parts.records.forget_checkpoint(key, fence).await.map_err(HandleError::other)
    }
}

fn not_written(error: RecordsError) -> Broken {
    match error {
        RecordsError::FencedOff { .. } => Broken::FencedOff,
        RecordsError::Store(_) | RecordsError::Item(_) | RecordsError::Contended { .. } => {
            HandleError::other(error).into()
        }
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
