//! The walk through what has changed: by pages or by a file, whichever brings it sooner.

use flyball_connector::{Class, Failure, Page, Plan, PlanError, Step, Walk};
use flyball_domain::{Kind, UnixMillis};
use serde::Deserialize;

use super::Reply;
use super::bulk::choice::{is_sooner_by_file, may_be_large};
use super::bulk::{Bulk, Flow};
use super::pages::{Pages, page_records};
use super::position::Position;
use super::session::{Heard, Session, call, data_failure, parse};
use crate::queries::{self, Shape};

/// The walk.
#[derive(Debug)]
pub(super) struct Changed {
    kind: Kind,
    from: Option<UnixMillis>,
    until: UnixMillis,
    ceiling_percent: u8,
    way: Way,
    /// Whether what is left of the budget is to be asked for before the first page: one that does not
    /// fit is a throttled answer.
    asks_budget: bool,
}

#[derive(Debug)]
enum Way {
    /// How much it is, is to be asked for.
    Counting(Session),
    ByFile(Box<Bulk>),
    ByPages(Box<Pages>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CountData {
    count: Option<Count>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Count {
    count: Option<u64>,
}

impl Changed {
    pub(super) fn new(
        plan: &Plan,
        from: Option<UnixMillis>,
        until: UnixMillis,
    ) -> Result<Self, PlanError> {
        let start = Position::start(from);
        let session = Session::new(plan.kind, page_records(plan.kind), plan.ceiling_percent);
        let filter = start.search(until).0;
        let way = match &plan.resume {
            Some(text) => match Bulk::resume(session, filter, text) {
                Some(bulk) => Way::ByFile(Box::new(bulk?)),
                None => Way::ByPages(Box::new(Pages::new(plan, from, until)?)),
            },
            None if may_be_large(from, until) && !start.is_done(until) => Way::Counting(session),
            None => Way::ByPages(Box::new(Pages::new(plan, from, until)?)),
        };
        let (kind, ceiling_percent) = (plan.kind, plan.ceiling_percent);
        Ok(Self { kind, from, until, ceiling_percent, way, asks_budget: false })
    }

    fn filter(&self) -> String {
        Position::start(self.from).search(self.until).0
    }

    fn by_pages(&mut self, budget: Option<crate::pace::Budget>) {
        let mut session = Session::new(self.kind, page_records(self.kind), self.ceiling_percent);
        if let Some(budget) = budget {
            session.budget = budget;
        }
        let pages = Pages::begin(session, Position::start(self.from), self.until);
        self.way = Way::ByPages(Box::new(pages));
    }

    fn absorb_count(&mut self, reply: &Reply, now: UnixMillis) -> Result<(), Failure> {
        let Way::Counting(session) = &mut self.way else { return Ok(()) };
        let count = match session.hear(Shape::Count, reply, now) {
            Heard::Data(envelope) => {
                let data: CountData = parse(&envelope).unwrap_or_default();
                let count = data.count.and_then(|count| count.count);
                if count.is_none() && !envelope.errors.is_empty() {
                    let failure = data_failure(reply, &envelope, now);
                    if !matches!(failure.class, Class::Poison(_) | Class::Ours) {
                        return Err(failure);
                    }
                }
                count
            }
            // Whatever can't be counted can be paged through.
            Heard::Failed(failure) if matches!(failure.class, Class::Poison(_) | Class::Ours) => {
                None
            }
            Heard::Failed(failure) | Heard::LostCursor(failure) | Heard::TooCostly(failure) => {
                return Err(failure);
            }
            Heard::Smaller => return Ok(()),
        };
        let budget = session.budget.clone();
        let by_file = count.zip(budget.bucket()).is_some_and(|(count, bucket)| {
            is_sooner_by_file(self.kind, count, &bucket, self.ceiling_percent)
        });
        if by_file {
            let mut session = Session::new(self.kind, 1, self.ceiling_percent);
            session.budget = budget;
            self.way = Way::ByFile(Box::new(Bulk::begin(session, self.filter())));
        } else {
            self.by_pages(Some(budget));
        }
        Ok(())
    }
}

impl Walk for Changed {
    fn next(&mut self) -> Step {
        let filter = self.filter();
        match &mut self.way {
            Way::Counting(_) => Step::Call(call(&queries::count(self.kind, &filter))),
            Way::ByFile(bulk) => bulk.next(),
            Way::ByPages(_) if self.asks_budget => Step::Call(call(&queries::budget())),
            Way::ByPages(pages) => pages.next(),
        }
    }

    fn absorb(&mut self, reply: Reply, now: UnixMillis) -> Result<(), Failure> {
        match &mut self.way {
            Way::Counting(_) => self.absorb_count(&reply, now),
            Way::ByFile(bulk) => match bulk.absorb(&reply, now)? {
                Flow::On => Ok(()),
                Flow::ByPages => {
                    let budget = bulk.budget().clone();
                    self.by_pages(Some(budget));
                    Ok(())
                }
            },
            Way::ByPages(pages) if self.asks_budget => {
                pages.absorb_budget(&reply, now)?;
                self.asks_budget = false;
                Ok(())
            }
            Way::ByPages(pages) => pages.absorb(reply, now),
        }
    }

    fn ready_at(&self, now: UnixMillis, callers: u64) -> UnixMillis {
        match &self.way {
            Way::Counting(session) => session.budget.ready_at(Shape::Count, now, callers),
            Way::ByFile(bulk) => bulk.ready_at(now, callers),
            Way::ByPages(_) if self.asks_budget => now,
            Way::ByPages(pages) => pages.ready_at(now, callers),
        }
    }

    fn ask_budget(&mut self) {
        self.asks_budget = match &self.way {
            Way::ByPages(pages) => !pages.is_done(),
            // These begin with calls that cost next to nothing.
            Way::Counting(_) | Way::ByFile(_) => false,
        };
    }

    fn break_off(&mut self) -> Option<Page> {
        match &mut self.way {
            // A file is gone on with at the first record that was not handed over.
            Way::Counting(_) | Way::ByFile(_) => None,
            Way::ByPages(pages) => pages.break_off(),
        }
    }
}
