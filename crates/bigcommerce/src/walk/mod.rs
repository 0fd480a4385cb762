//! A walk through a store's products or orders: asks for a page, completes its records, hands them
//! over, goes on behind the last one.

mod batch;
mod begun;
mod items;
mod page;
mod position;
mod sizing;
mod trouble;

pub use sizing::{PAGE_ROWS_FIRST, PAGE_ROWS_MAX};

use flyball_connector::{Failure, Listing, Page, Plan, PlanError, Span, Step, Walk};
use flyball_domain::{Kind, Row, UnixMillis, VendorId};

use crate::classify::read;
use crate::decode::{Names, number_of};
use crate::pace::Budget;
use crate::requests::{Ask, Depth, Stretch, Window};
use batch::{Batch, Gives};
use begun::Begun;
use position::{Position, Through};
use sizing::Sizing;
use trouble::Suspicion;

/// After how many calls for what belongs to the records of one page those that are complete are
/// handed over: a page of 250 orders may take some 750 calls, and whoever dies in the middle should
/// not have to make them all again.
const PART_CALLS: u32 = 40;

type Reply = http::Response<Vec<u8>>;

/// The walk.
pub(crate) struct StoreWalk {
    kind: Kind,
    want: Want,
    position: Position,
    sizing: Sizing,
    budget: Budget,
    stage: Stage,
    names: Names,
    /// A record that an earlier run had begun, until it comes again.
    begun: Option<Begun>,
    /// Whether the store gives what is asked for of many records at once.
    gives: Gives,
    /// Whether the store has told of itself since something was last handed over.
    learned: bool,
    /// Whether a record's absence has been told from the store's in this walk.
    store_is_there: bool,
    strike: Strike,
}

/// Whether the server failed at what comes next, since something was last handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strike {
    No,
    /// It did, and that was told.
    Told,
    /// It did in enough runs, and is asked a second time in this one.
    Again,
}

/// What to go through.
enum Want {
    Changed(Window),
    Records(Vec<VendorId>),
    Listing,
}

enum Stage {
    /// A page is to be asked for.
    Asking,
    /// A page has come; its records are being completed.
    Completing(Box<Batch>),
    /// The record that comes next can't be had alone; it is being found out which one it is.
    Suspecting(Suspicion),
    /// A record is said not to be there; the store is asked whether it is there itself.
    Vouching,
    /// Something to be handed over.
    Holding(Handover),
}

enum Handover {
    Rows { rows: Vec<Row>, then: Option<Box<Batch>> },
    Listed(Listing),
}

impl StoreWalk {
    /// Begins, or goes on with, a walk.
    pub(crate) fn new(plan: &Plan) -> Result<Self, PlanError> {
        let (want, through) = match &plan.span {
            Span::Changed { from, until } => {
                (Want::Changed(Window { from: *from, until: Some(*until) }), Through::Changed)
            }
            Span::Records { ids } => (Want::Records(ids.clone()), Through::Records),
            Span::Listing => (Want::Listing, Through::Listing),
        };
        let mut position = match &plan.resume {
            Some(text) => Position::parse(text, through)?,
            None => Position::start(through),
        };
        let begun = position.begun.take().map(|text| Begun::parse(&text)).transpose();
        let begun = begun.map_err(|what| PlanError::Resume { what })?;
        let rows = match (&want, position.tries) {
            // A listing has nothing inside its rows that could weigh.
            (Want::Listing, 0) => PAGE_ROWS_MAX,
            (_, 0) => PAGE_ROWS_FIRST,
            _ => 1,
        };
        Ok(Self {
            kind: plan.kind,
            want,
            position,
            sizing: Sizing::new(rows),
            budget: Budget::new(plan.ceiling_percent),
            stage: Stage::Asking,
            names: Names::default(),
            begun,
            gives: Gives::Yes,
            learned: false,
            store_is_there: false,
            strike: Strike::No,
        })
    }

    /// The next call, whatever is held to be handed over.
    fn asked(&self) -> Option<Ask> {
        match &self.stage {
            Stage::Asking if self.position.done => None,
            Stage::Asking => self.page_ask(),
            Stage::Completing(batch) => batch.wanted(self.position.store.as_ref(), &self.names),
            Stage::Suspecting(suspicion) => Some(self.suspicion_ask(suspicion)),
            Stage::Vouching => Some(Ask::Store),
            Stage::Holding(_) => None,
        }
    }

    fn page_ask(&self) -> Option<Ask> {
        let limit = self.sizing.rows();
        match &self.want {
            Want::Changed(window) => Some(self.list_ask(*window, limit, 1, Depth::Whole)),
            Want::Listing => Some(self.list_ask(Window::default(), limit, 1, Depth::Bare)),
            Want::Records(ids) => match self.kind {
                Kind::Products => {
                    let chunk = self.chunk(ids);
                    let ids: Vec<u64> = chunk.iter().filter_map(number_of).collect();
                    if ids.is_empty() { None } else { Some(Ask::ProductsById { ids }) }
                }
                Kind::Orders => {
                    let id = self.chunk(ids).first().and_then(number_of)?;
                    Some(Ask::Order { id })
                }
            },
        }
    }

    /// The records of a plan's that are asked for next.
    fn chunk<'i>(&self, ids: &'i [VendorId]) -> &'i [VendorId] {
        let count = match self.kind {
            Kind::Products => usize::try_from(self.sizing.rows()).unwrap_or(1),
            Kind::Orders => 1,
        };
        let rest = ids.get(self.position.at..).unwrap_or_default();
        rest.get(..count).unwrap_or(rest)
    }

    fn list_ask(&self, window: Window, limit: u32, page: u32, depth: Depth) -> Ask {
        let stretch = Stretch { window, after: self.position.after, limit, page };
        match self.kind {
            Kind::Products => Ask::Products { stretch, depth },
            Kind::Orders => Ask::Orders { stretch, depth },
        }
    }

    /// What of a page is handed over now: all of it once it is complete, what is complete of it
    /// after so many calls.
    fn settle(&mut self) {
        if let (Stage::Asking, Want::Records(ids)) = (&self.stage, &self.want) {
            if self.position.at >= ids.len() {
                self.position.done = true;
            } else if self.page_ask().is_none() {
                self.no_such_ids();
            }
        }
        let Stage::Completing(batch) = &self.stage else { return };
        let store = self.position.store.as_ref();
        let complete = batch.wanted(store, &self.names).is_none();
        let ready = batch.ready(store, &self.names);
        if complete || (ready > 0 && batch.calls >= PART_CALLS) {
            self.hand_over(ready);
        }
    }

    fn hand_over(&mut self, count: usize) {
        let Stage::Completing(mut batch) = core::mem::replace(&mut self.stage, Stage::Asking)
        else {
            return;
        };
        let store = self.position.store.as_ref();
        let complete = batch.wanted(store, &self.names).is_none();
        let (mut rows, last) = batch.take(count, store, &self.names);
        self.strike = Strike::No;
        match &self.want {
            Want::Records(_) => self.position.tries = 0,
            Want::Changed(_) | Want::Listing => self.position.advance(last),
        }
        if !complete {
            self.stage = Stage::Holding(Handover::Rows { rows, then: Some(batch) });
            return;
        }
        rows.append(&mut batch.gone);
        self.position.at = self.position.at.saturating_add(batch.covers);
        self.position.done |= batch.ends;
        self.hold(rows);
    }

    fn hold(&mut self, rows: Vec<Row>) {
        (self.strike, self.learned) = (Strike::No, false);
        self.stage = Stage::Holding(Handover::Rows { rows, then: None });
    }
}

impl Walk for StoreWalk {
    fn next(&mut self) -> Step {
        self.settle();
        if let Some(ask) = self.asked() {
            return Step::Call(ask.call());
        }
        match core::mem::replace(&mut self.stage, Stage::Asking) {
            Stage::Holding(Handover::Rows { rows, then }) => {
                if let Some(batch) = then {
                    self.stage = Stage::Completing(batch);
                }
                Step::Page(Page { rows, resume: self.position.resume() })
            }
            Stage::Holding(Handover::Listed(listing)) => Step::Listed(listing),
            Stage::Asking | Stage::Completing(_) | Stage::Suspecting(_) | Stage::Vouching => {
                Step::Finished
            }
        }
    }

    fn absorb(&mut self, reply: Reply, now: UnixMillis) -> Result<(), Failure> {
        self.budget.note(reply.headers(), now);
        let Some(ask) = self.asked() else { return Ok(()) };
        match read(&reply, ask.level(), now) {
            Ok(answer) => {
                self.strike = Strike::No;
                self.take_in(&ask, &answer, &reply)
            }
            Err(failure) => self.trouble(&ask, failure),
        }
    }

    fn ready_at(&self, now: UnixMillis, callers: u64) -> UnixMillis {
        self.budget.ready_at(now, callers)
    }

    fn break_off(&mut self) -> Option<Page> {
        let (struck, tries) = (self.strike != Strike::No, self.position.tries);
        let store = self.position.store.as_ref();
        let (ready, calls) = match &self.stage {
            Stage::Completing(batch) => (batch.ready(store, &self.names), batch.calls),
            Stage::Asking | Stage::Suspecting(_) | Stage::Vouching | Stage::Holding(_) => (0, 0),
        };
        if ready > 0 {
            self.hand_over(ready);
            if struck {
                self.position.tries = tries;
            }
        }
        self.strike = Strike::No;
        let (rows, then) = match core::mem::replace(&mut self.stage, Stage::Asking) {
            Stage::Holding(Handover::Rows { rows, then }) => (rows, then),
            Stage::Completing(batch) => (Vec::new(), Some(batch)),
            stage @ (Stage::Asking
            | Stage::Suspecting(_)
            | Stage::Vouching
            | Stage::Holding(Handover::Listed(_))) => {
                self.stage = stage;
                (Vec::new(), None)
            }
        };
        let mut begun = self.begun.as_ref().and_then(Begun::to_text);
        let learned = core::mem::take(&mut self.learned);
        let mut gained = struck || learned || !rows.is_empty();
        if let Some(mut batch) = then {
            begun = batch.begun().as_ref().and_then(Begun::to_text);
            gained |= calls > 0 && begun.is_some();
            batch.calls = 0;
            self.stage = Stage::Completing(batch);
        }
        if !gained {
            return None;
        }
        let mut position = self.position.clone();
        position.begun = begun;
        Some(Page { rows, resume: position.resume() })
    }
}

#[cfg(test)]
mod tests;
