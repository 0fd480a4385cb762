use flyball_domain::{JobKey, UnixMillis, VendorId};

/// On whose behalf something is written.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The work.
    pub job: &'a JobKey,
    /// The fence of the admission it runs under.
    pub fence: u64,
    /// The time of writing, to within minutes.
    pub now: UnixMillis,
    /// The fence of the run that began its walk: its own, or that of an earlier run which it goes
    /// on for.
    pub since: u64,
    /// What its walk goes through, where that is a span of times.
    pub window: Option<Window>,
}

/// The span of times of change that a walk goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First moment; from the beginning, if `None`.
    pub from: Option<UnixMillis>,
    /// First moment after it.
    pub until: UnixMillis,
}

impl<'a> Run<'a> {
    /// A run that begins its walk, which is not through a span of times.
    pub const fn new(job: &'a JobKey, fence: u64, now: UnixMillis) -> Self {
        Self { job, fence, now, since: fence, window: None }
    }

    /// The same, on a walk through `window` that a run of fence `since` began.
    #[must_use]
    pub const fn on_walk(self, since: u64, window: Option<Window>) -> Self {
        Self { since, window, ..self }
    }
}

/// What became of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// What became of its rows.
    pub summary: WriteSummary,
    /// Records of it that were not stored because a later run found them gone. Whether that was
    /// before this run read them or after, only the vendor can tell.
    pub contested: Vec<VendorId>,
}

/// What became of the rows of a page. Each row counts once, except under `closed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteSummary {
    /// New or changed records.
    pub written: u64,
    /// Records stored already with equal content, neither rewritten nor announced; and gone ones of
    /// which nothing was stored, or their tombstone.
    pub unchanged: u64,
    /// Records that lost to a newer one, stored or in the same page, or to a later run's word that
    /// they are gone; and gone ones of which a later run has stored something since.
    pub older: u64,
    /// Stored records that the vendor has no more: a tombstone stays of each.
    pub gone: u64,
    /// Rows that could not be made a record.
    pub set_aside: u64,
    /// What was set aside earlier under the id of a record that is good now, or gone.
    pub closed: u64,
}

impl WriteSummary {
    /// This and `other` together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            written: self.written.saturating_add(other.written),
            unchanged: self.unchanged.saturating_add(other.unchanged),
            older: self.older.saturating_add(other.older),
            gone: self.gone.saturating_add(other.gone),
            set_aside: self.set_aside.saturating_add(other.set_aside),
            closed: self.closed.saturating_add(other.closed),
        }
    }
}
