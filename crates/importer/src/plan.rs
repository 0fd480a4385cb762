//! From a job and its checkpoint to a walk, and from a finished walk to the next checkpoint. Pure.

use flyball_connector::{Plan, Span};
use flyball_domain::{Job, Mode, UnixMillis};
use flyball_records::{ActiveWalk, Checkpoint, Months, Window};

/// How far an incremental import looks back behind its watermark. Vendors' search indexes lag
/// behind by seconds, up to a minute (Estuary's connector keeps a horizon of one), and equal
/// content costs nothing to meet again.
pub(crate) const OVERLAP_MS: u64 = 120_000;

/// How long after the end of a walk the vendor's budget is still taken to be spent. Shopify's bucket,
/// which is the slowest, fills in twenty seconds
/// (<https://shopify.dev/docs/api/usage/limits>).
const SPENT_FOR_MS: u64 = 20_000;

/// What a run goes through, and how far it was when it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Course {
    pub(crate) plan: Plan,
    pub(crate) walk: ActiveWalk,
    pub(crate) watermark: Option<UnixMillis>,
    /// Whether this walk goes on with, or comes right after, one that may have spent the budget.
    follows: bool,
    /// What all runs of the job have used, until the checkpoint that comes next.
    pub(crate) spent: Months,
}

impl Course {
    /// The course of a job's run under `fence`: goes on where an earlier run stopped, or begins a
    /// walk whose window ends now.
    pub(crate) fn of(
        job: &Job,
        stored: Option<Checkpoint>,
        now: UnixMillis,
        fence: u64,
        ceiling_percent: u8,
    ) -> Self {
        let Checkpoint { watermark, walk, finished_at, spent } = stored.unwrap_or_default();
        let just_now = |at: UnixMillis| now.since(at) < SPENT_FOR_MS;
        let follows = walk.is_some() || finished_at.is_some_and(just_now);
        let fresh = |from, until| ActiveWalk {
            from,
            until,
            resume: None,
            records: 0,
            pages: 0,
            compared: 0,
            since: fence,
        };
        let walk = match &job.mode {
            Mode::Incremental => {
                walk.unwrap_or_else(|| fresh(watermark.map(|mark| mark.minus(OVERLAP_MS)), now))
            }
            Mode::Backfill { from, to } => walk.unwrap_or_else(|| fresh(Some(*from), *to)),
            Mode::Reconcile => walk.unwrap_or_else(|| fresh(None, now)),
            Mode::Record { .. } => fresh(None, now),
        };
        let span = match &job.mode {
            Mode::Record { id } => Span::Records { ids: vec![id.clone()] },
            Mode::Reconcile => Span::Listing,
            Mode::Incremental | Mode::Backfill { .. } => {
                Span::Changed { from: walk.from, until: walk.until }
            }
        };
        let plan = Plan { kind: job.kind, span, resume: walk.resume.clone(), ceiling_percent };
        Self { plan, walk, watermark, follows, spent }
    }

    /// Whether the vendor's budget may be spent, so that what is left is worth a call: in a lane with
    /// so many jobs at once, this one among them, and so many throttles since a clean end.
    pub(crate) const fn may_find_budget_spent(&self, callers: u32, throttles: u32) -> bool {
        self.follows || callers > 1 || throttles > 0
    }

    /// The same course from the start of its window: for a resume text that can't be used.
    pub(crate) fn over_again(mut self) -> Self {
        self.plan.resume = None;
        self.walk.resume = None;
        (self.walk.records, self.walk.pages, self.walk.compared) = (0, 0, 0);
        self
    }

    /// What the walk goes through, where that is a span of times.
    pub(crate) fn window(&self) -> Option<Window> {
        match self.plan.span {
            Span::Changed { from, until } => Some(Window { from, until }),
            Span::Records { .. } | Span::Listing => None,
        }
    }

    /// The checkpoint after a page; `None` for where to go on where that is not behind it.
    pub(crate) fn after_page(&mut self, rows: u64, resume: Option<String>) -> Checkpoint {
        self.walk.records = self.walk.records.saturating_add(rows);
        self.walk.pages = self.walk.pages.saturating_add(1);
        self.walk.resume = resume.or(self.walk.resume.take());
        self.checkpoint()
    }

    /// The checkpoint after a stretch of ids has been compared.
    pub(crate) fn after_stretch(&mut self, ids: u64, resume: String) -> Checkpoint {
        self.walk.compared = self.walk.compared.saturating_add(ids);
        self.walk.resume = Some(resume);
        self.checkpoint()
    }

    fn checkpoint(&self) -> Checkpoint {
        let (walk, spent) = (Some(self.walk.clone()), self.spent.clone());
        Checkpoint { watermark: self.watermark, walk, finished_at: None, spent }
    }

    /// The checkpoint after the last page.
    pub(crate) fn after_all(&self, job: &Job, now: UnixMillis) -> Checkpoint {
        let watermark = match job.mode {
            Mode::Incremental => Some(self.walk.until),
            Mode::Backfill { .. } | Mode::Record { .. } | Mode::Reconcile => self.watermark,
        };
        Checkpoint { watermark, walk: None, finished_at: Some(now), spent: self.spent.clone() }
    }

    /// Whether the walk that is through covers requests that were made at these moments, by clocks
    /// that differ from ours by up to `skew_ms`; `None` for one that can't be told. A walk that was
    /// begun under `fence` began after its requests had come. One that an earlier run began goes on
    /// with the window of that run, and knows nothing of what changed since.
    pub(crate) fn covers(
        &self,
        job: &Job,
        asked: impl IntoIterator<Item = Option<UnixMillis>>,
        fence: u64,
        skew_ms: u64,
    ) -> bool {
        let allowed_ms = match job.mode {
            // Their span is the request's own.
            Mode::Backfill { .. } | Mode::Record { .. } => return true,
            Mode::Incremental => skew_ms,
            // Nearly every request for a comparison comes right before it begins, and one more of
            // all records costs as much as the first.
            Mode::Reconcile => 0,
        };
        let in_window = |at: UnixMillis| at.plus(allowed_ms) <= self.walk.until;
        self.walk.since == fence || asked.into_iter().all(|at| at.is_some_and(in_window))
    }
}

#[cfg(test)]
mod tests {
    use flyball_domain::{JobId, Kind};

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

    fn job(mode: Mode) -> Job {
        Job {
            id: JobId::new(NOW, [7; 10]),
            account: "blue-mug".parse().unwrap(),
            kind: Kind::Products,
            mode,
        }
    }

    #[test]
    fn the_first_incremental_import_takes_everything_until_its_start() {
        let course = Course::of(&job(Mode::Incremental), None, NOW, 3, 100);
        assert_eq!(course.plan.span, Span::Changed { from: None, until: NOW });
    }

    #[test]
    fn the_next_one_starts_where_the_last_one_ended_with_an_overlap() {
        let job = job(Mode::Incremental);
        let done = Course::of(&job, None, NOW, 3, 100).after_all(&job, NOW.plus(60_000));
        let later = NOW.plus(900_000);
        let course = Course::of(&job, Some(done), later, 4, 100);
        let from = Some(NOW.minus(OVERLAP_MS));
        assert_eq!(course.plan.span, Span::Changed { from, until: later });
    }

    #[test]
    fn what_goes_on_and_what_comes_right_after_may_find_the_budget_spent() {
        let job = job(Mode::Incremental);
        let mut first = Course::of(&job, None, NOW, 3, 100);
        assert!(!first.may_find_budget_spent(1, 0));
        assert!(first.may_find_budget_spent(2, 0), "somebody calls at the same time");
        assert!(first.may_find_budget_spent(1, 1), "the last call was one too many");
        let broken_off = first.after_page(50, Some("here".to_owned()));
        assert!(
            Course::of(&job, Some(broken_off), NOW.plus(900_000), 4, 100)
                .may_find_budget_spent(1, 0)
        );
        let done = first.after_all(&job, NOW);
        let spent = |after_ms| {
            let course = Course::of(&job, Some(done.clone()), NOW.plus(after_ms), 4, 100);
            course.may_find_budget_spent(1, 0)
        };
        assert_eq!([0, 19_999, 20_000, 300_000].map(spent), [true, true, false, false]);
    }

    #[test]
    fn a_walk_that_was_broken_off_keeps_its_window_and_its_place() {
        let job = job(Mode::Incremental);
        let mut course = Course::of(&job, None, NOW, 3, 100);
        let checkpoint = course.after_page(50, Some("here".to_owned()));
        let resumed = Course::of(&job, Some(checkpoint), NOW.plus(60_000), 4, 100);
        assert_eq!(resumed.plan.span, Span::Changed { from: None, until: NOW });
        assert_eq!(resumed.plan.resume.as_deref(), Some("here"));
        assert_eq!((resumed.walk.records, resumed.walk.pages), (50, 1));
        assert_eq!(resumed.walk.since, 3, "it is the walk of the run that began it");
    }

    #[test]
    fn a_comparison_goes_on_behind_its_last_stretch_whatever_was_imported_since() {
        let job = job(Mode::Reconcile);
        let mut course = Course::of(&job, None, NOW, 3, 100);
        assert_eq!((&course.plan.span, course.window()), (&Span::Listing, None));
        course.after_stretch(250, "here".to_owned());
        let checkpoint = course.after_page(3, None);
        let mut resumed = Course::of(&job, Some(checkpoint), NOW.plus(60_000), 4, 100);
        assert_eq!(resumed.plan.resume.as_deref(), Some("here"));
        assert_eq!((resumed.walk.compared, resumed.walk.records), (250, 3));
        resumed.after_stretch(250, "there".to_owned());
        assert_eq!(resumed.walk.compared, 500);
        let done = resumed.after_all(&job, NOW);
        assert_eq!((done.watermark, done.walk), (None, None));
    }

    #[test]
    fn a_backfill_keeps_to_its_range_and_moves_no_watermark() {
        let (from, to) = (UnixMillis(5), UnixMillis(9));
        let job = job(Mode::Backfill { from, to });
        let course = Course::of(&job, None, NOW, 3, 100);
        assert_eq!(course.plan.span, Span::Changed { from: Some(from), until: to });
        assert_eq!(course.after_all(&job, NOW).watermark, None);
    }

    #[test]
    fn a_walk_that_goes_on_does_not_cover_who_asked_after_its_window() {
        let job = job(Mode::Incremental);
        let mut begun = Course::of(&job, None, NOW, 7, 100);
        let later = [Some(NOW), Some(NOW.plus(60_000))];
        assert!(begun.covers(&job, later, 7, 5_000));
        let stored = begun.after_page(1, Some("a".to_owned()));
        let mut goes_on = Course::of(&job, Some(stored), NOW.plus(90_000), 8, 100);
        assert_eq!(goes_on.walk.until, NOW);
        assert!(!goes_on.covers(&job, later, 8, 5_000));
        assert!(!goes_on.covers(&job, [None], 8, 5_000));
        assert!(!goes_on.covers(&job, [Some(NOW.minus(4_999))], 8, 5_000));
        assert!(goes_on.covers(&job, [Some(NOW.minus(5_000))], 8, 5_000));
        goes_on.walk.since = 8;
        assert!(goes_on.covers(&job, later, 8, 5_000));
    }

    #[test]
    fn a_comparison_that_goes_on_covers_who_asked_right_before_it_began_and_nobody_later() {
        let job = job(Mode::Reconcile);
        let begun = Course::of(&job, None, NOW, 7, 100).after_page(1, Some("a".to_owned()));
        let goes_on = Course::of(&job, Some(begun), NOW.plus(90_000), 8, 100);
        assert!(goes_on.covers(&job, [Some(NOW)], 8, 5_000));
        assert!(!goes_on.covers(&job, [Some(NOW.plus(1))], 8, 5_000));
    }
}
