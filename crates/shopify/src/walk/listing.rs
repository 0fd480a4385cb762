//! The walk through the ids and times of change of all records there are.

use flyball_connector::json;
use flyball_connector::{Failure, Listed, Listing, Page, Plan, PlanError, Shrunk, Step, Walk};
use flyball_domain::{UnixMillis, VendorId};
use serde::{Deserialize, Serialize};

use super::Reply;
use super::session::{Heard, Session, call, data_failure, is_misshapen, misshapen, parse};
use crate::decode::{Landmark, Next, PageData, landmark, shows_all};
use crate::envelope::Envelope;
use crate::queries::{self, Shape};

/// Records listed at once: the most that is allowed. A page reserves 13 points (15, of orders) and is
/// charged as many, a twentieth of a point per record.
const PAGE_LISTED: u32 = 250;

const RESUME_VERSION: u32 = 1;

/// The walk. Each page is a list of its own, behind the last id of the one before: no list comes
/// near the 25,000 objects at which the vendor ends it, and no cursor can expire. Where the vendor
/// shows only the orders of the last 60 days, the listing begins with the first of them, and is none
/// where there is none.
#[derive(Debug)]
pub(crate) struct ListingWalk {
    session: Session,
    at: At,
    ready: Option<Listing>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    v: u32,
    after: Option<VendorId>,
    done: bool,
}

impl ListingWalk {
    pub(super) fn new(plan: &Plan) -> Result<Self, PlanError> {
        let at = match &plan.resume {
            None => At { v: RESUME_VERSION, after: None, done: false },
            Some(text) => match serde_json::from_str::<At>(text) {
                Ok(at) if at.v == RESUME_VERSION => at,
                Ok(at) => {
                    let what = format!("found version {}, expected {RESUME_VERSION}", at.v);
                    return Err(PlanError::Resume { what });
                }
                Err(error) => return Err(PlanError::Resume { what: error.to_string() }),
            },
        };
        let session = Session::new(plan.kind, PAGE_LISTED, plan.ceiling_percent);
        Ok(Self { session, at, ready: None })
    }

    fn around(&mut self, failure: Failure) -> Result<(), Failure> {
        match self.session.unreadable(Shape::Listed) {
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
        let is_last = match page.next {
            Next::End => true,
            Next::More(_) => false,
            Next::Plain | Next::Unknown => {
                return self.around(misshapen(reply, "found a list that does not say if it ends"));
            }
        };
        let nodes = page.nodes.value().map_or(&[] as &[_], Vec::as_slice);
        let nodes = nodes.iter().map(|node| node.map(|node| envelope.at(node)));
        let Some(rows) = rows(nodes, self.at.after.as_ref()) else {
            let what = "found a list whose ids are missing, or do not rise";
            return self.around(misshapen(reply, what));
        };
        let is_first = self.at.after.is_none();
        if is_first && !shows_all(self.session.kind, data.installation.map(|it| envelope.at(it))) {
            let Some(oldest) = rows.first() else {
                self.at.done = true;
                return Ok(());
            };
            // What is older is not shown, which says nothing about whether it is there.
            self.at.after = id_before(&oldest.id);
            if self.at.after.is_none() {
                return self.around(misshapen(reply, "found an order without a number for its id"));
            }
        }
        let through = if is_last { None } else { rows.last().map(|row| row.id.clone()) };
        if !is_last && through.is_none() {
            return self.around(misshapen(reply, "found nothing where a list goes on"));
        }
        let after = self.at.after.clone();
        self.at = At { after: through.clone(), done: is_last, ..self.at };
        let resume = serde_json::to_string(&self.at).unwrap_or_default();
        self.session.records.readable();
        self.ready = Some(Listing { after, through, rows, resume });
        Ok(())
    }
}

/// The id next below a number.
fn id_before(id: &VendorId) -> Option<VendorId> {
    let number: u128 = id.as_str().parse().ok()?;
    number.checked_sub(1)?.to_string().parse().ok()
}

/// The rows of a page behind an id; `None` where one lacks its id, or they are not in the order of
/// their ids. The vendor answers `>` as it does `>=` in some searches, so that the row at the edge
/// may come again.
fn rows<'j, 'a: 'j>(
    nodes: impl Iterator<Item = Option<json::At<'j, 'a>>>,
    after: Option<&VendorId>,
) -> Option<Vec<Listed>> {
    let row = |node: Option<json::At<'_, '_>>| {
        let Landmark { id, updated_at } = landmark(node?);
        Some(Listed { id: id?, updated_at })
    };
    let mut rows: Vec<Listed> = nodes.map(row).collect::<Option<_>>()?;
    if rows.first().map(|row| &row.id) == after {
        rows.drain(..rows.len().min(1));
    }
    let place = |id: &VendorId| (id.as_str().len(), id.as_str().to_owned());
    let places = after.into_iter().chain(rows.iter().map(|row| &row.id)).map(place);
    places.is_sorted_by(|a, b| a < b).then_some(rows)
}

impl Walk for ListingWalk {
    fn next(&mut self) -> Step {
        if let Some(listing) = self.ready.take() {
            return Step::Listed(listing);
        }
        if self.at.done {
            return Step::Finished;
        }
        let filter = self.at.after.as_ref().map(|id| format!("id:>{id}"));
        let (kind, first) = (self.session.kind, self.session.records.first());
        Step::Call(call(&queries::listed(kind, first, filter.as_deref())))
    }

    fn absorb(&mut self, reply: Reply, now: UnixMillis) -> Result<(), Failure> {
        match self.session.hear(Shape::Listed, &reply, now) {
            Heard::Data(envelope) => self.absorb_page(&reply, &envelope, now),
            Heard::Smaller => Ok(()),
            Heard::Failed(failure) if is_misshapen(&failure) => self.around(failure),
            Heard::Failed(failure) | Heard::LostCursor(failure) | Heard::TooCostly(failure) => {
                Err(failure)
            }
        }
    }

    fn ready_at(&self, now: UnixMillis, callers: u64) -> UnixMillis {
        match &self.ready {
            Some(_) => now,
            None => self.session.budget.ready_at(Shape::Listed, now, callers),
        }
    }

    fn break_off(&mut self) -> Option<Page> {
        None
    }
}
