//! The walk through what has changed, page by page.

use flyball_connector::{Class, Failure, Page, Plan, PlanError, Shrunk, Step, Walk};
use flyball_domain::{Kind, UnixMillis};

use super::Reply;
use super::assembly::{Assembly, Completion};
use super::begun::Begun;
use super::position::Position;
use super::session::{
    Heard, Session, call, data_failure, failed_at, is_misshapen, misshapen, parse,
};
use crate::decode::{Landmark, PageData, currency, landmark};
use crate::envelope::Envelope;
use crate::queries::{self, Shape};

/// Products asked for at once. A larger page costs fewer points per product, because the vendor
/// charges a list by the logarithm of its length; but it reserves more of the bucket while it runs
/// (what is reserved at the end goes unused; over 1,000 it is refused), is answered more slowly, and
/// Shopify gives up after ten seconds. Measured with 3,000 generated products of the simulated store
/// on the Standard plan, at 300 ms per call, with ten variants, pictures and metafields of each, two
/// locations of each variant and five collections inline, the rest asked for where there is more:
///
/// | products | reserved per call | calls | points per product | time  |
/// |----------|-------------------|-------|--------------------|-------|
/// | 50       | 711               | 137   | 6.60               | 183 s |
/// | 100      | 836               | 107   | 4.44               | 119 s |
/// | 150      | 910               | 97    | 3.59               | 94 s  |
pub const PAGE_PRODUCTS: u32 = 150;

/// Orders asked for at once; measured as above, with ten lines, payments, fulfillments with ten
/// lines each and refunds with ten lines each inline:
///
/// | orders | reserved per call | calls | points per order | time  |
/// |--------|-------------------|-------|------------------|-------|
/// | 25     | 770               | 443   | 9.33             | 267 s |
/// | 50     | 935               | 383   | 6.00             | 169 s |
///
/// Of the calls, 236 are for the returns of those orders that have some. Inline, five of them would
/// cost 64 points of each order: half a page.
pub const PAGE_ORDERS: u32 = 50;

/// The walk.
#[derive(Debug)]
pub(crate) struct Pages {
    session: Session,
    until: UnixMillis,
    position: Position,
    /// A record that an earlier run had begun, until it comes again.
    begun: Option<Begun>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// A page is to be asked for.
    Asking,
    /// A page has come; its records are being completed, and the walk goes on there.
    Completing(Assembly, Position),
}

/// Records asked for at once.
pub(super) const fn page_records(kind: Kind) -> u32 {
    match kind {
        Kind::Products => PAGE_PRODUCTS,
        Kind::Orders => PAGE_ORDERS,
    }
}

impl Pages {
    pub(super) fn new(
        plan: &Plan,
        from: Option<UnixMillis>,
        until: UnixMillis,
    ) -> Result<Self, PlanError> {
        let (position, begun) = match &plan.resume {
            Some(text) => Position::parse(text)?,
            None => (Position::start(from), None),
        };
        let first = page_records(plan.kind);
        let session = Session::new(plan.kind, first, plan.ceiling_percent);
        Ok(Self { begun, ..Self::begin(session, position, until) })
    }

    pub(super) const fn begin(session: Session, position: Position, until: UnixMillis) -> Self {
        Self { session, until, position, begun: None, stage: Stage::Asking }
    }

    /// Whether nothing is left of it.
    pub(super) fn is_done(&self) -> bool {
        self.position.is_done(self.until)
    }

    /// Takes in the answer to a call that asks for nothing but what is left of the budget. Where it
    /// can't be told, the walk goes on without.
    pub(super) fn absorb_budget(&mut self, reply: &Reply, now: UnixMillis) -> Result<(), Failure> {
        match self.session.hear(Shape::Budget, reply, now) {
            Heard::Failed(failure) if !matches!(failure.class, Class::Poison(_) | Class::Ours) => {
                Err(failure)
            }
            Heard::Data(_)
            | Heard::Smaller
            | Heard::LostCursor(_)
            | Heard::Failed(_)
            | Heard::TooCostly(_) => Ok(()),
        }
    }

    /// The shape of the next call; `None` where a page comes first.
    fn asked(&self) -> Option<Shape> {
        match &self.stage {
            Stage::Completing(assembly, _) => assembly.wanted().map(|gap| Shape::More(gap.list)),
            Stage::Asking => Some(Shape::Page),
        }
    }

    /// Goes around an answer of another shape: asks for less, down to one row.
    fn around(&mut self, failure: Failure) -> Result<(), Failure> {
        match self.session.unreadable(Shape::Page) {
            Shrunk::Smaller => Ok(()),
            Shrunk::Smallest => Err(failure),
        }
    }

    fn absorb_page(
        &mut self,
        reply: &Reply,
        envelope: &Envelope<'_>,
        now: UnixMillis,
    ) -> Result<(), Failure> {
        let data: PageData = match parse(envelope) {
            Ok(data) => data,
            Err(error) => return self.around(misshapen(reply, &error)),
        };
        let Some(page) = data.list.value() else {
            let failure = data_failure(reply, envelope, now);
            return if is_misshapen(&failure) { self.around(failure) } else { Err(failure) };
        };
        let Some(nodes) = page.nodes.value() else {
            return self.around(misshapen(reply, "found a page without nodes"));
        };
        let rows: Vec<Landmark> = nodes
            .iter()
            .map(|node| node.map_or_else(Landmark::default, |node| landmark(envelope.at(node))))
            .collect();
        let listed = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let Ok(after) = self.position.advanced(&rows, listed, page.next.clone()) else {
            return self.around(misshapen(reply, "found a pageInfo that leads nowhere"));
        };
        self.session.currency =
            currency(data.shop.map(|shop| envelope.at(shop))).or(self.session.currency);
        let mut assembly = Assembly::new(self.session.kind, self.session.currency, &[]);
        let mut goes_on = false;
        for (index, (node, row)) in nodes.iter().zip(rows).enumerate() {
            if !self.position.has_delivered(&row) {
                let failed = failed_at(&envelope.errors, &["list", "nodes"], Some(index));
                let begun = self.begun.as_ref().filter(|begun| begun.is_at(&row)).cloned();
                goes_on |= begun.is_some();
                match node {
                    Some(node) => assembly.add(envelope.at(*node), row, &failed, begun),
                    None => assembly.add_null(row),
                }
            }
        }
        if self.session.grow_levels(&assembly) {
            return Ok(());
        }
        if goes_on {
            self.begun = None;
        }
        self.session.records.readable();
        self.stage = Stage::Completing(assembly, after);
        Ok(())
    }
}

impl Walk for Pages {
    fn next(&mut self) -> Step {
        let Stage::Completing(assembly, after) = &mut self.stage else {
            if self.position.is_done(self.until) {
                return Step::Finished;
            }
            let (filter, sort) = self.position.search(self.until);
            let (first, after) = (self.session.records.first(), self.position.after());
            let (kind, levels) = (self.session.kind, self.session.levels);
            return Step::Call(call(&queries::page(kind, first, after, &filter, sort, levels)));
        };
        match assembly.step() {
            Completion::Wants(gap) => Step::Call(self.session.more_call(&gap)),
            Completion::Part(rows, landmarks) => {
                self.position.deliver_part(landmarks.iter());
                Step::Page(Page { rows, resume: self.position.resume(None) })
            }
            Completion::Whole(rows) => {
                self.position = after.clone();
                // Whatever was begun has changed since, or is gone.
                self.begun = None;
                self.stage = Stage::Asking;
                Step::Page(Page { rows, resume: self.position.resume(None) })
            }
        }
    }

    fn absorb(&mut self, reply: Reply, now: UnixMillis) -> Result<(), Failure> {
        if let Stage::Completing(assembly, _) = &mut self.stage {
            return self.session.absorb_more(assembly, &reply, now);
        }
        match self.session.hear(Shape::Page, &reply, now) {
            Heard::Data(envelope) => self.absorb_page(&reply, &envelope, now),
            Heard::Smaller => Ok(()),
            Heard::LostCursor(failure) if self.position.after().is_none() => Err(failure),
            Heard::LostCursor(_) => {
                self.position = self.position.cursor_lost();
                Ok(())
            }
            Heard::Failed(failure) if is_misshapen(&failure) => self.around(failure),
            Heard::Failed(failure) | Heard::TooCostly(failure) => Err(failure),
        }
    }

    fn ready_at(&self, now: UnixMillis, callers: u64) -> UnixMillis {
        self.asked().map_or(now, |shape| self.session.budget.ready_at(shape, now, callers))
    }

    fn break_off(&mut self) -> Option<Page> {
        let Stage::Completing(assembly, _) = &mut self.stage else { return None };
        let (rows, landmarks, begun) = assembly.break_off()?;
        self.position.deliver_part(landmarks.iter());
        let begun = begun.as_ref().or(self.begun.as_ref());
        Some(Page { rows, resume: self.position.resume(begun) })
    }
}

#[cfg(test)]
impl Pages {
    /// Begins anew, with what it knows of the store.
    pub(super) fn restart(&mut self) {
        self.position = Position::start(None);
        self.stage = Stage::Asking;
    }
}
