//! Walks as whoever imports would, without a governor.

use std::collections::BTreeMap;
use std::sync::Arc;

use flyball_domain::{Kind, Record, Row, VendorId};

use crate::{Call, CallTag, Class, Connector, Failure, Listing, Plan, Span, Step, Walk};

use super::Subject;

/// More calls than any walk of a few hundred records takes.
const CALLS_MAX: u64 = 5_000;

/// How long is waited at least where a slower pace is asked for, in milliseconds.
const THROTTLED_MS: u64 = 1_000;

/// How long a call may take, in milliseconds of real time.
const CALL_MS: u64 = 20_000;

/// Walks through a store.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "connectors hold secrets")]
pub struct Driver<'a> {
    subject: &'a dyn Subject,
    connector: Arc<dyn Connector>,
    kind: Kind,
    /// Calls sent.
    pub calls: u64,
}

/// What a walk came to.
#[derive(Clone, Debug, Default)]
pub struct Driven {
    /// The rows, in the order in which they came, some perhaps again.
    pub rows: Vec<Row>,
    /// The stretches of a listing.
    pub listed: Vec<Listing>,
    /// Where to go on after the last page.
    pub resume: Option<String>,
    /// Pages and stretches.
    pub pages: usize,
}

/// Where a walk is to be broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Nowhere.
    Never,
    /// Behind so many pages.
    AfterPages(usize),
    /// In so many calls, whatever they were for: as when the process is killed.
    AfterCalls(u64),
}

impl Driven {
    /// The records by their ids, each as it came last.
    ///
    /// # Panics
    /// A row that is no record.
    pub fn records(&self) -> BTreeMap<VendorId, Record> {
        let record = |row: &Row| match row {
            Row::Good(record) => (record.id.clone(), record.clone()),
            Row::Bad(_) | Row::Gone(_) => panic!("found {row:?}, a record was expected"),
        };
        self.rows.iter().map(record).collect()
    }

    fn take_in(&mut self, further: Self) {
        self.rows.extend(further.rows);
        self.listed.extend(further.listed);
        self.pages = self.pages.saturating_add(further.pages);
        self.resume = further.resume.or(self.resume.take());
    }
}

impl<'a> Driver<'a> {
    /// A driver through one kind of records.
    pub fn new(subject: &'a dyn Subject, kind: Kind) -> Self {
        Self { subject, connector: subject.connector(), kind, calls: 0 }
    }

    /// Begins a walk, or goes on with one.
    ///
    /// # Panics
    /// The connector does not take the plan.
    pub fn walk(&self, span: &Span, resume: Option<String>) -> Box<dyn Walk> {
        let plan = Plan { kind: self.kind, span: span.clone(), resume, ceiling_percent: 100 };
        self.connector.walk(&plan).unwrap_or_else(|error| panic!("a plan is refused: {error}"))
    }

    /// Walks to the end.
    ///
    /// # Panics
    /// A call fails.
    pub async fn all(&mut self, span: &Span) -> Driven {
        self.on(span, None, Broken::Never).await
    }

    /// Walks on from where an earlier walk came to, and breaks off where told.
    ///
    /// # Panics
    /// A call fails.
    pub async fn on(&mut self, span: &Span, resume: Option<String>, broken: Broken) -> Driven {
        let mut walk = self.walk(span, resume.clone());
        let mut driven = Driven { resume, ..Driven::default() };
        let begun = self.calls;
        loop {
            match walk.next() {
                Step::Call(call) => {
                    if broken == Broken::AfterCalls(self.calls.saturating_sub(begun)) {
                        return driven;
                    }
                    self.succeed(walk.as_mut(), &call).await;
                }
                Step::Page(page) => {
                    driven.rows.extend(page.rows);
                    driven.resume = Some(page.resume);
                    driven.pages = driven.pages.saturating_add(1);
                }
                Step::Listed(listing) => {
                    driven.resume = Some(listing.resume.clone());
                    driven.listed.push(listing);
                    driven.pages = driven.pages.saturating_add(1);
                }
                Step::Finished => return driven,
            }
            if broken == Broken::AfterPages(driven.pages) {
                return driven;
            }
        }
    }

    /// Walks to the end in pieces, each from where the one before came to.
    ///
    /// # Panics
    /// A call fails; the walk does not come to an end.
    pub async fn in_pieces(&mut self, span: &Span, piece: Broken) -> Driven {
        let mut all = Driven::default();
        loop {
            let further = self.on(span, all.resume.clone(), piece).await;
            let at = all.resume.clone();
            let ended = matches!(piece, Broken::AfterPages(pages) if further.pages < pages)
                || (further.pages == 0 && self.is_over(span, at.clone()));
            let came_on = further.resume != at;
            all.take_in(further);
            if ended || (!came_on && self.is_over(span, at)) {
                return all;
            }
        }
    }

    fn is_over(&self, span: &Span, resume: Option<String>) -> bool {
        matches!(self.walk(span, resume).next(), Step::Finished)
    }

    /// Lets the time pass that the walk wants to wait.
    pub fn wait(&self, walk: &dyn Walk) {
        let ready_at = walk.ready_at(self.subject.now(), 1);
        if ready_at > self.subject.now() {
            self.subject.pass_until(ready_at);
        }
    }

    /// Sends a call when it is time to, and again where the store asked for a slower pace: of what
    /// somebody else has used of its budget a new walk can't know.
    ///
    /// # Panics
    /// It fails.
    pub async fn succeed(&mut self, walk: &mut dyn Walk, call: &Call) {
        self.wait(walk);
        let mut call = call.clone();
        while let Err(failure) = self.exchange(walk, &call).await {
            let Class::Throttled { until } = failure.class else {
                panic!("a call fails: {failure}")
            };
            let now = self.subject.now();
            self.subject.pass_until(until.unwrap_or(now).max(now.plus(THROTTLED_MS)));
            let Step::Call(again) = walk.next() else { panic!("the call is not sent again") };
            call = again;
        }
    }

    /// Sends a call and lets the walk take in the answer.
    ///
    /// # Errors
    /// What the connector says of it.
    ///
    /// # Panics
    /// More calls than any walk takes.
    pub async fn exchange(&mut self, walk: &mut dyn Walk, call: &Call) -> Result<(), Failure> {
        self.calls = self.calls.saturating_add(1);
        assert!(self.calls < CALLS_MAX, "the walk does not come to an end");
        let tag = CallTag { lease: "conformance".to_owned(), n: self.calls };
        walk.sent(self.subject.now());
        let reply = self.connector.send(call, &tag, CALL_MS).await?;
        walk.absorb(reply, self.subject.now())
    }
}
