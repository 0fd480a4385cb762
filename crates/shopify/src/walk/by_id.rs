//! The walk through records that are asked for by their ids.

use std::collections::VecDeque;

use flyball_connector::{Failure, Page, Plan, PlanError, Shrunk, Step, Walk};
use flyball_domain::{UnixMillis, VendorId};

use super::Reply;
use super::assembly::{Assembly, Completion};
use super::position::Position;
use super::session::{
    Heard, Session, call, data_failure, failed_at, is_misshapen, misshapen, parse,
};
use crate::decode::{Landmark, NodesData, currency, landmark, shows_all};
use crate::envelope::Envelope;
use crate::queries::{self, Shape};

/// Records asked for by their ids at once. The vendor charges each in full, unlike those of a list:
/// a product reserves about 90 points, an order about 110, and a call may not reserve more than a
/// thousand.
const RECORDS_AT_ONCE: u32 = 8;

/// The walk. Its ids are few: one that was broken off is begun anew.
#[derive(Debug)]
pub(crate) struct ById {
    session: Session,
    left: VecDeque<VendorId>,
    assembly: Option<Assembly>,
}

impl ById {
    pub(super) fn new(plan: &Plan, ids: &[VendorId]) -> Result<Self, PlanError> {
        let is_done = match &plan.resume {
            Some(text) => Position::parse(text)?.0 == Position::end(),
            None => false,
        };
        let left = if is_done { VecDeque::new() } else { ids.iter().cloned().collect() };
        let session = Session::new(plan.kind, RECORDS_AT_ONCE, plan.ceiling_percent);
        Ok(Self { session, left, assembly: None })
    }

    fn at_once(&self) -> usize {
        usize::try_from(self.session.records.first()).unwrap_or(usize::MAX).min(self.left.len())
    }

    fn around(&mut self, reply: &Reply, failure: Failure) -> Result<(), Failure> {
        if self.at_once() > 1 && self.session.unreadable(Shape::ById) == Shrunk::Smaller {
            return Ok(());
        }
        // The one record of which no answer can be read is set apart with what was answered.
        let Some(id) = self.left.pop_front() else { return Err(failure) };
        let mut assembly = Assembly::new(self.session.kind, self.session.currency, &[]);
        let input = String::from_utf8_lossy(reply.body()).into_owned();
        assembly.add_bad(input, of_id(&id), failure.evidence.message);
        self.assembly = Some(assembly);
        Ok(())
    }

    fn absorb_nodes(
        &mut self,
        reply: &Reply,
        envelope: &Envelope<'_>,
        now: UnixMillis,
    ) -> Result<(), Failure> {
        let data: NodesData = match parse(envelope) {
            Ok(data) => data,
            Err(error) => return self.around(reply, misshapen(reply, &error)),
        };
        let asked = self.at_once();
        let nodes = match data.nodes.value() {
            Some(nodes) if nodes.len() == asked => nodes,
            Some(_) => {
                let failure = misshapen(reply, "found another number of nodes than was asked for");
                return self.around(reply, failure);
            }
            None => {
                let failure = data_failure(reply, envelope, now);
                let goes_around = is_misshapen(&failure);
                return if goes_around { self.around(reply, failure) } else { Err(failure) };
            }
        };
        self.session.currency =
            currency(data.shop.map(|shop| envelope.at(shop))).or(self.session.currency);
        let all_are_shown =
            shows_all(self.session.kind, data.installation.map(|it| envelope.at(it)));
        let oldest = data.oldest.value().and_then(|list| list.nodes.value()?.first().copied()?);
        let oldest = oldest.and_then(|node| landmark(envelope.at(node)).id);
        let mut assembly = Assembly::new(self.session.kind, self.session.currency, &[]);
        for (index, (node, id)) in nodes.iter().zip(&self.left).enumerate() {
            let failed = failed_at(&envelope.errors, &["nodes"], Some(index));
            match node {
                Some(node) => {
                    let node = envelope.at(*node);
                    let of = landmark(node);
                    let of = Landmark { id: of.id.or_else(|| Some(id.clone())), ..of };
                    assembly.add(node, of, &failed, None);
                }
                // It may be there, and only not be shown.
                None if !failed.is_empty() => return Err(data_failure(reply, envelope, now)),
                None if is_shown(id, all_are_shown, oldest.as_ref()) => {
                    assembly.add_gone(id.clone());
                }
                None => assembly.add_bad("null".to_owned(), of_id(id), UNSEEN.to_owned()),
            }
        }
        if self.session.grow_levels(&assembly) {
            return Ok(());
        }
        self.session.records.readable();
        self.left.drain(..asked);
        self.assembly = Some(assembly);
        Ok(())
    }

    fn resume(&self) -> String {
        let at = if self.left.is_empty() { Position::end() } else { Position::start(None) };
        at.resume(None)
    }
}

const UNSEEN: &str = "found no such order among those of the last 60 days, which are all that is \
                      shown without the scope read_all_orders: grant it, and connect again";

/// Whether a record would be shown if it were there.
fn is_shown(id: &VendorId, all_are_shown: bool, oldest: Option<&VendorId>) -> bool {
    let place = |id: &VendorId| (id.as_str().len(), id.as_str().to_owned());
    all_are_shown || oldest.is_some_and(|oldest| place(id) > place(oldest))
}

fn of_id(id: &VendorId) -> Landmark {
    Landmark { id: Some(id.clone()), updated_at: None }
}

impl Walk for ById {
    fn next(&mut self) -> Step {
        let Some(assembly) = &mut self.assembly else {
            if self.left.is_empty() {
                return Step::Finished;
            }
            let ids = self.left.iter().take(self.at_once());
            return Step::Call(call(&queries::by_id(self.session.kind, ids, self.session.levels)));
        };
        match assembly.step() {
            Completion::Wants(gap) => Step::Call(self.session.more_call(&gap)),
            Completion::Part(rows, _) => {
                Step::Page(Page { rows, resume: Position::start(None).resume(None) })
            }
            Completion::Whole(rows) => {
                self.assembly = None;
                Step::Page(Page { rows, resume: self.resume() })
            }
        }
    }

    fn absorb(&mut self, reply: Reply, now: UnixMillis) -> Result<(), Failure> {
        if let Some(assembly) = &mut self.assembly {
            return self.session.absorb_more(assembly, &reply, now);
        }
        match self.session.hear(Shape::ById, &reply, now) {
            Heard::Data(envelope) => self.absorb_nodes(&reply, &envelope, now),
            Heard::Smaller => Ok(()),
            Heard::Failed(failure) if is_misshapen(&failure) => self.around(&reply, failure),
            Heard::Failed(failure) | Heard::LostCursor(failure) | Heard::TooCostly(failure) => {
                Err(failure)
            }
        }
    }

    fn ready_at(&self, now: UnixMillis, callers: u64) -> UnixMillis {
        let shape = match &self.assembly {
            None => Some(Shape::ById),
            Some(assembly) => assembly.wanted().map(|gap| Shape::More(gap.list)),
        };
        shape.map_or(now, |shape| self.session.budget.ready_at(shape, now, callers))
    }

    fn break_off(&mut self) -> Option<Page> {
        None
    }
}
