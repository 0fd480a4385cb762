//! A walk through a store's products or orders: asks for a page behind the last row it has, asks for
//! what belongs to the page's records, hands the page over, goes on.
//!
//! Every page is the first one behind a place in the list, never the hundredth of a search: deep
//! pages time out, rows that move to the end while a list is being paged shift those behind them,
//! and old versions repeat their last page for ever. The place is the last row's time of change and
//! id, or its id alone.

mod assembly;
mod begun;
mod names;
mod page;
mod question;
mod side;
mod state;
mod trial;

use flyball_connector::{
    Call, Cause, Class, Failure, Listing, Page, PageSize, Plan, PlanError, PoisonReason, Rejection,
    Scope, Span, Step, Suspension, Walk,
};
use flyball_domain::{Kind, UnixMillis};

use crate::classify::{Answer, Reply, failure, json_of};
use crate::pace::{Pace, Shape, is_of_size};
use crate::site::Paths;
use crate::store::StoreFacts;
use crate::words::page_size_max;
use assembly::{Assembly, Gone, Misshapen};
use names::Names;
use question::Question;
use state::{Cursor, Optional, Refused, State, is_id};
use trial::{FAILURES_MAX, Trial};

/// Products asked for at once. A store loads a list's products one by one, at some 5 to 20 ms each,
/// so a larger page saves little of its time and holds one of its workers for longer; what a page
/// needs beside itself (stock by source; names of categories and of attributes' values, mostly once
/// a walk) is one call each:
///
/// | products | calls per 1,000 products, names known | one page of 10 KB products |
/// |----------|---------------------------------------|----------------------------|
/// | 20       | 100                                   | 0.2 MB                     |
/// | 100      | 20                                    | 1 MB                       |
/// | 300      | 7 (more where SKUs are long)          | 3 MB, over 3 s             |
pub const PAGE_PRODUCTS: u32 = 100;

/// Orders asked for at once. An order of ten lines is about 40 KB, its lines twice in it; what a
/// page needs beside itself is at most one call for each of the five lists that belong to orders,
/// for those orders alone that can have any:
///
/// | orders | calls per 1,000 orders, all lists | one page  |
/// |--------|-----------------------------------|-----------|
/// | 20     | 300                               | 0.8 MB    |
/// | 50     | 120                               | 2 MB      |
/// | 100    | 60                                | 4 MB      |
pub const PAGE_ORDERS: u32 = 50;

/// How soon after a refusal of credentials, in milliseconds, they are worth trying again.
const REFUSED_RETRY_MS: u64 = 60_000;

/// The walk.
#[derive(Debug)]
pub(crate) struct MagentoWalk {
    paths: Paths,
    kind: Kind,
    want: Want,
    state: State,
    /// Whether the state has learned something since it was last handed over.
    learned: bool,
    size: PageSize,
    pace: Pace,
    stage: Stage,
    names: Names,
    no_facts: StoreFacts,
    /// Failures in a row that a row may be to blame for.
    failures: u32,
    /// The store's words for the last of them.
    blame: String,
    /// Refusals in a row of what the walk can do without.
    refusals: u32,
    /// Whether the store was seen alive after orders could not be looked through.
    seen_alive: bool,
    /// Answers taken in so far.
    successes: u64,
}

#[derive(Debug)]
enum Want {
    Changed { from: Option<UnixMillis>, until: UnixMillis },
    Records,
    Listing,
}

#[derive(Debug)]
enum Stage {
    /// Something is to be asked for that is no part of a page.
    Asking,
    /// A page has come; its records are being completed.
    Completing(Box<Assembly>),
    /// A stretch of a listing is to be handed over; the walk goes on there.
    Listed { listing: Listing, cursor: Cursor, trial: Option<Trial> },
}

impl MagentoWalk {
    /// Begins, or goes on with, a walk.
    pub(crate) fn new(plan: &Plan, paths: Paths) -> Result<Self, PlanError> {
        let want = match &plan.span {
            Span::Changed { from, until } => Want::Changed { from: *from, until: *until },
            Span::Records { .. } => Want::Records,
            Span::Listing => Want::Listing,
        };
        let rows = match (plan.kind, &want) {
            (_, Want::Listing) => side::ROWS_MAX,
            (Kind::Products, _) => PAGE_PRODUCTS,
            (Kind::Orders, _) => PAGE_ORDERS,
        };
        let mut state = State::of(plan, rows)?;
        let (stage, names, successes) = begin(plan, &mut state);
        let reported = state.trial.as_ref().is_some_and(Trial::is_reported);
        Ok(Self {
            paths,
            kind: plan.kind,
            want,
            learned: false,
            pace: Pace::new(plan.ceiling_percent, state.usual_us),
            stage,
            size: state.size(rows),
            state,
            names,
            no_facts: StoreFacts::default(),
            failures: if reported { FAILURES_MAX } else { 0 },
            blame: String::new(),
            refusals: 0,
            seen_alive: false,
            successes,
        })
    }

    /// What the last call got no answer for was perhaps too much.
    fn unanswered(&mut self) {
        if !self.pace.waits() {
            return;
        }
        self.pace.forget();
        if matches!(self.stage, Stage::Asking) {
            self.too_large();
        }
    }

    fn too_large(&mut self) {
        self.size.unreadable();
        self.state.note_size(self.size);
        self.learned = true;
    }

    /// Takes in a failure that may mean something else than it says.
    fn failed(
        &mut self,
        asked: &Question,
        reply: &Reply,
        failure: Failure,
        now: UnixMillis,
    ) -> Result<(), Failure> {
        if failure.class == Class::Poison(PoisonReason::Request) && self.is_too_many(asked, reply) {
            return Ok(());
        }
        if let Some(optional) = asked.optional()
            && is_no_use(optional, &failure.class)
        {
            self.do_without(optional, &failure.class);
            return Ok(());
        }
        if may_be_a_row(&failure) {
            return self.suspect(asked, failure);
        }
        match &failure.class {
            Class::Rejected(rejection) => Err(self.refused(*rejection, failure, now)),
            Class::Unavailable { cause, .. } => {
                if is_of_size(*cause) && asked.is_page() {
                    self.too_large();
                }
                Err(failure)
            }
            Class::Throttled { .. } | Class::Suspended(_) | Class::Poison(_) | Class::Ours => {
                Err(failure)
            }
        }
    }

    /// A refusal of credentials, as far as it is to be believed.
    fn refused(&mut self, rejection: Rejection, failure: Failure, now: UnixMillis) -> Failure {
        let refused = Refused::again(self.state.refused, now);
        self.state.refused = Some(refused);
        self.learned = true;
        let class = if refused.is_believed(now) {
            Class::Rejected(rejection)
        } else {
            let until = Some(now.plus(REFUSED_RETRY_MS));
            Class::Unavailable { scope: Scope::Account, cause: Cause::Refused, until }
        };
        Failure { class, ..failure }
    }

    /// Whether the store refuses so many rows at once, and fewer can be asked for.
    fn is_too_many(&mut self, asked: &Question, reply: &Reply) -> bool {
        let Some(max) = page_size_max(reply.body()) else { return false };
        let before = (self.size.first(), self.state.rows_max);
        let fewer = |than: u32| max.min(than.saturating_sub(1)).max(1);
        if asked.is_page() {
            while self.size.first() > fewer(before.0) {
                self.size.too_costly();
            }
            self.state.note_size_max(self.size);
            self.state.rows_max = self.state.rows_max.min(max);
        } else {
            self.state.rows_max = fewer(before.1);
        }
        if let Stage::Completing(assembly) = &mut self.stage {
            assembly.ask_for_fewer(self.state.rows_max);
        }
        self.learned = true;
        (self.size.first(), self.state.rows_max) != before
    }

    /// A failure that one row may be to blame for: goes around it, or looks for the row.
    fn suspect(&mut self, asked: &Question, failure: Failure) -> Result<(), Failure> {
        self.failures = self.failures.saturating_add(1);
        self.blame.clone_from(&failure.evidence.message);
        self.learned = true;
        match asked {
            Question::Alive if self.state.trial.is_none() => return Err(failure),
            Question::Page | Question::Alive => self.search(),
            Question::Side(side::Side::Related { .. } | side::Side::Stock { .. }) => {
                if let Stage::Completing(assembly) = &mut self.stage
                    && let Gone::Without(optional) =
                        assembly.split(self.successes, &failure.evidence.message)
                {
                    self.do_without(optional, &failure.class);
                }
            }
            // Orders are looked through once more after the store was seen alive.
            Question::Sold if self.seen_alive => self.do_without(Optional::Sold, &failure.class),
            Question::Sold => self.state.sold_doubted = true,
            Question::Facts | Question::Side(_) => return Err(self.verdict(failure)),
        }
        if self.failures < FAILURES_MAX { Ok(()) } else { Err(self.verdict(failure)) }
    }

    /// A refusal of the very first page is one of how we ask.
    fn verdict(&self, failure: Failure) -> Failure {
        let first = self.successes == 0 || self.state.cursor.is_at_start();
        if first && failure.class == Class::Poison(PoisonReason::Request) {
            return Failure { class: Class::Ours, ..failure };
        }
        failure
    }

    /// Does without what the store has not. A refusal is asked for once more first: stores refuse
    /// now and then what they don't mean to.
    fn do_without(&mut self, optional: Optional, class: &Class) {
        self.refusals = self.refusals.saturating_add(1);
        if self.refusals < 2 && matches!(class, Class::Rejected(_)) {
            return;
        }
        self.refusals = 0;
        self.state.off.push(optional);
        self.learned = true;
        match &mut self.stage {
            Stage::Completing(assembly) => assembly.give_up(optional),
            Stage::Asking | Stage::Listed { .. } => {
                if optional == Optional::Sold {
                    self.state.cursor = Cursor::End;
                }
            }
        }
    }

    fn succeeded(&mut self) {
        self.failures = 0;
        self.refusals = 0;
        self.successes = self.successes.saturating_add(1);
        if self.state.refused.take().is_some() {
            self.learned = true;
        }
    }

    fn take(&mut self, asked: &Question, reply: &Reply, answer: Answer<'_>) -> Result<(), Failure> {
        let misshapen = |what: &str| failure(reply, Class::Poison(PoisonReason::Shape), what);
        match asked {
            Question::Facts => {
                let facts = match answer {
                    Answer::Other(raw) => StoreFacts::read(raw),
                    Answer::Object(_) => None,
                };
                let facts = facts
                    .ok_or_else(|| misshapen("found no store view where a list was expected"))?;
                self.state.facts = Some(facts);
                self.learned = true;
                Ok(())
            }
            Question::Alive => {
                self.alive();
                Ok(())
            }
            Question::Page => self.take_page(answer).map_err(|Misshapen(what)| misshapen(&what)),
            Question::Sold => self.take_sold(answer).map_err(|Misshapen(what)| misshapen(&what)),
            Question::Side(_) => {
                let Stage::Completing(assembly) = &mut self.stage else { return Ok(()) };
                let taken = assembly.take(answer, &mut self.names, self.state.rows_max);
                taken.map_err(|Misshapen(what)| misshapen(&what))
            }
        }
    }

    /// What is handed over, with where the walk stands after it.
    fn hand_over(&mut self, cursor: Cursor, trial: Option<Trial>) -> String {
        self.state.cursor = cursor;
        self.state.trial = trial;
        if self.state.trial.is_none() {
            self.size.readable();
        }
        self.state.note_size(self.size);
        self.learned = false;
        self.state.usual_us = self.pace.usual();
        self.state.resume()
    }
}

/// A page that was broken off goes on; and what can't be an id of Magento's is gone without being
/// asked for.
fn begin(plan: &Plan, state: &mut State) -> (Stage, Names, u64) {
    if let Some((assembly, names, successes)) =
        state.begun.take().and_then(|text| begun::parse(&text))
    {
        return (Stage::Completing(Box::new(assembly)), names, successes);
    }
    let nothing = (Stage::Asking, Names::default(), 0);
    let Span::Records { ids } = &plan.span else { return nothing };
    let mut strange = ids.iter().filter(|id| !is_id(id)).peekable();
    if plan.resume.is_some() || strange.peek().is_none() {
        return nothing;
    }
    let mut assembly = Assembly::new(state.cursor.clone(), None);
    strange.for_each(|id| assembly.add_gone(id.clone()));
    (Stage::Completing(Box::new(assembly)), Names::default(), 0)
}

/// Whether it is no use to ask for this again: the store has it not, or does not show it to us. Names
/// are no reason to import nothing, whatever is wrong with them.
const fn is_no_use(optional: Optional, class: &Class) -> bool {
    let is_name = matches!(optional, Optional::Categories | Optional::Labels);
    match class {
        Class::Rejected(Rejection::Permission)
        | Class::Suspended(Suspension::Closed | Suspension::Locked)
        | Class::Ours => true,
        Class::Poison(_) => !matches!(optional, Optional::Related(_)),
        Class::Unavailable { cause: Cause::ServerError, .. } => is_name,
        Class::Throttled { .. }
        | Class::Unavailable { .. }
        | Class::Rejected(Rejection::Credentials)
        | Class::Suspended(Suspension::Frozen | Suspension::Domain) => false,
    }
}

/// Whether one row may be to blame: a store that can't show it answers 500, or refuses.
fn may_be_a_row(failure: &Failure) -> bool {
    let status = failure.evidence.status;
    failure.class == Class::Poison(PoisonReason::Request)
        || (status == Some(500) && matches!(failure.class, Class::Unavailable { .. }))
}

impl Walk for MagentoWalk {
    fn next(&mut self) -> Step {
        self.unanswered();
        if let Some(question) = self.question() {
            return Step::Call(Call::to_store(self.request(&question)));
        }
        match core::mem::replace(&mut self.stage, Stage::Asking) {
            Stage::Completing(assembly) => {
                let resume = self.hand_over(assembly.cursor.clone(), assembly.trial.clone());
                Step::Page(Page { rows: assembly.finish(&self.names), resume })
            }
            Stage::Listed { listing, cursor, trial } => {
                let resume = self.hand_over(cursor, trial);
                Step::Listed(Listing { resume, ..listing })
            }
            Stage::Asking => Step::Finished,
        }
    }

    fn sent(&mut self, now: UnixMillis) {
        self.pace.sent(now);
    }

    fn absorb(&mut self, reply: Reply, now: UnixMillis) -> Result<(), Failure> {
        let Some(asked) = self.question() else { return Ok(()) };
        let (shape, rows): (Shape, u32) = (self.shape(&asked), self.rows(&asked));
        self.pace.answered(shape, rows, now);
        match json_of(&reply, now) {
            Ok(answer) => {
                self.succeeded();
                self.take(&asked, &reply, answer)
            }
            Err(failure) => self.failed(&asked, &reply, failure, now),
        }
    }

    fn ready_at(&self, now: UnixMillis, _: u64) -> UnixMillis {
        self.pace.ready_at(now)
    }

    /// No rows, since a page's records are complete all at once or not at all. But a page that has
    /// begun is kept, so that the next run goes on in its middle: a store that fails every fourth
    /// call would never give one of five calls. So is what was learned of the store: refusals, rows
    /// that did not come, how much it can give at once.
    fn break_off(&mut self) -> Option<Page> {
        self.unanswered();
        if let Stage::Completing(assembly) = &self.stage {
            let begun = begun::text(assembly, &assembly.names(&self.names), self.successes);
            if begun.is_none() {
                // The next one is smaller, and fits.
                self.too_large();
            }
            self.learned |= begun.is_some();
            self.state.begun = begun;
        }
        if !self.learned {
            return None;
        }
        self.learned = false;
        self.state.usual_us = self.pace.usual();
        let resume = self.state.resume();
        self.state.begun = None;
        Some(Page { rows: Vec::new(), resume })
    }
}

#[cfg(test)]
mod tests;
