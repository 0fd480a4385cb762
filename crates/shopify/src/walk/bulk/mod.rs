//! The walk through what has changed, by a file that the vendor writes: begun, waited for, and read
//! piece by piece, with what it can't hold asked for beside it. Where it does not come to that, the
//! span is walked page by page.

pub(super) mod choice;
mod file;
mod lines;
mod operation;

use std::collections::{HashMap, VecDeque};

use flyball_connector::json;
use flyball_connector::{Call, Cause, Class, Failure, Page, PageSize, PlanError, Scope, Step};
use flyball_domain::{Kind, UnixMillis, VendorId};
use serde::{Deserialize, Serialize};

use super::Reply;
use super::assembly::{Assembly, Completion};
use super::session::{Heard, Session, call, parse};
use crate::classify::failure;
use crate::decode::{PageData, currency, landmark};
use crate::pace::Budget;
use crate::queries::{self, List, Shape};
pub use file::PIECE_BYTES;
use file::{File, piece};
use lines::{Group, Lines};
use operation::{PollData, Progress, RunData};

/// How long to wait before the vendor is asked again how far it is: a quarter of the time that it
/// has taken so far, within these bounds, in milliseconds.
const POLL_MS_MIN: u64 = 1_000;
const POLL_MS_MAX: u64 = 60_000;
const POLL_PART: u64 = 4;

/// How often a file may be gone, one time after the other, before the span is paged through.
const FILE_LOST_MAX: u32 = 2;

const RESUME_VERSION: u32 = 1;
/// The longest operation id kept, in bytes; Shopify's have about fifty.
const ID_BYTES_MAX: usize = 200;

/// Records asked about at once beside a file.
pub(super) const fn beside_records(kind: Kind) -> u32 {
    match kind {
        Kind::Products => 250,
        Kind::Orders => 100,
    }
}

/// The walk.
#[derive(Debug)]
pub(super) struct Bulk {
    session: Session,
    /// What is searched for.
    filter: String,
    at: At,
    stage: Stage,
    /// Records read of the file and not yet handed over.
    groups: VecDeque<Group>,
    lines: Lines,
    is_read: bool,
    file_lost: u32,
}

/// Where the walk is: what its resume text holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    bulk: u32,
    operation: Option<String>,
    since: UnixMillis,
    /// Where in the file the first record begins that was not handed over.
    offset: u64,
    done: bool,
}

#[derive(Debug)]
enum Stage {
    Beginning,
    /// An operation was begun, and this is to be kept before anything else.
    Begun,
    Waiting {
        until: UnixMillis,
    },
    /// The file lies there.
    Reading(File),
    /// Records have come; what the file can't hold of them is to be asked for.
    Beside(File),
    /// Those records are being completed; the first further one begins there.
    Completing(File, Assembly, u64),
}

/// Whether a walk goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    On,
    /// Not by a file: the span is to be paged through.
    ByPages,
}

impl Bulk {
    pub(super) fn begin(mut session: Session, filter: String) -> Self {
        let since = UnixMillis(0);
        let at = At { bulk: RESUME_VERSION, operation: None, since, offset: 0, done: false };
        session.records = PageSize::new(beside_records(session.kind));
        Self::at(session, filter, at)
    }

    /// Goes on; `None` where the text is of another walk.
    pub(super) fn resume(
        session: Session,
        filter: String,
        text: &str,
    ) -> Option<Result<Self, PlanError>> {
        #[derive(Deserialize)]
        struct Probe {
            #[serde(default)]
            bulk: Option<serde_json::Value>,
        }
        let probe: Probe = serde_json::from_str(text).ok()?;
        probe.bulk?;
        let wrong = |what: String| PlanError::Resume { what };
        Some(match serde_json::from_str::<At>(text) {
            Ok(at) if at.bulk != RESUME_VERSION => {
                Err(wrong(format!("found version {}, expected {RESUME_VERSION}", at.bulk)))
            }
            Ok(at) if at.operation.as_ref().is_some_and(|id| !is_id(id)) => {
                Err(wrong("found an operation's id beyond its bounds".to_owned()))
            }
            Ok(at) => {
                let mut walk = Self::begin(session, filter);
                walk.lines = Lines::from(walk.session.kind, at.offset);
                if at.operation.is_some() {
                    walk.stage = Stage::Waiting { until: UnixMillis(0) };
                }
                walk.at = at;
                Ok(walk)
            }
            Err(error) => Err(wrong(error.to_string())),
        })
    }

    fn at(session: Session, filter: String, at: At) -> Self {
        let lines = Lines::from(session.kind, at.offset);
        let stage = Stage::Beginning;
        let groups = VecDeque::new();
        Self { session, filter, at, stage, groups, lines, is_read: false, file_lost: 0 }
    }

    pub(super) const fn budget(&self) -> &Budget {
        &self.session.budget
    }

    fn resume_text(&self) -> String {
        serde_json::to_string(&self.at).unwrap_or_default()
    }

    fn page(&self, rows: Vec<flyball_domain::Row>) -> Step {
        Step::Page(Page { rows, resume: self.resume_text() })
    }

    /// How many of the records read are asked about at once.
    fn batch(&self) -> usize {
        let first = usize::try_from(self.session.records.first()).unwrap_or(usize::MAX);
        first.min(self.groups.len())
    }

    pub(super) fn next(&mut self) -> Step {
        if self.at.done {
            return Step::Finished;
        }
        match &mut self.stage {
            Stage::Beginning => {
                Step::Call(call(&queries::bulk_run(self.session.kind, &self.filter)))
            }
            Stage::Begun => {
                self.stage = Stage::Waiting { until: self.at.since.plus(POLL_MS_MIN) };
                self.page(Vec::new())
            }
            Stage::Waiting { .. } => {
                let operation = self.at.operation.as_deref().unwrap_or_default();
                Step::Call(call(&queries::bulk_poll(operation)))
            }
            Stage::Reading(file) => Step::Call(file.piece_call(self.lines.offset())),
            Stage::Beside(_) => Step::Call(self.beside_call()),
            Stage::Completing(file, assembly, end) => match assembly.step() {
                Completion::Wants(gap) => Step::Call(self.session.more_call(&gap)),
                Completion::Part(rows, _) => self.page(rows),
                Completion::Whole(rows) => {
                    self.at.offset = *end;
                    self.stage = Stage::Reading(file.clone());
                    self.settle();
                    self.page(rows)
                }
            },
        }
    }

    /// Goes on to what is to be done next with what has been read.
    fn settle(&mut self) {
        let Stage::Reading(file) = &self.stage else { return };
        let is_full = u32::try_from(self.groups.len())
            .is_ok_and(|groups| groups >= self.session.records.first());
        match (self.groups.is_empty(), self.is_read || is_full) {
            (false, true) => self.stage = Stage::Beside(file.clone()),
            (true, true) => self.at.done = true,
            (_, false) => {}
        }
    }

    fn beside_call(&self) -> Call {
        let batch = self.groups.iter().take(self.batch());
        let mut ids: Vec<&VendorId> =
            batch.filter_map(|group| group.landmark.id.as_ref()).collect();
        ids.sort_by_key(|id| (id.as_str().len(), id.as_str()));
        let filter = match (ids.first(), ids.last()) {
            (Some(first), Some(last)) => format!("{} id:>={first} id:<={last}", self.filter),
            _ => self.filter.clone(),
        };
        let first = self.session.records.first();
        call(&queries::beside_bulk(self.session.kind, first, &filter))
    }

    pub(super) fn absorb(&mut self, reply: &Reply, now: UnixMillis) -> Result<Flow, Failure> {
        match &mut self.stage {
            Stage::Beginning => self.absorb_begun(reply, now),
            Stage::Waiting { .. } => self.absorb_poll(reply, now),
            Stage::Reading(_) => self.absorb_piece(reply, now),
            Stage::Beside(_) => self.absorb_beside(reply, now),
            Stage::Completing(_, assembly, _) => {
                self.session.absorb_more(assembly, reply, now).map(|()| Flow::On)
            }
            Stage::Begun => Ok(Flow::On),
        }
    }

    fn absorb_begun(&mut self, reply: &Reply, now: UnixMillis) -> Result<Flow, Failure> {
        let envelope = match self.session.hear(Shape::BulkRun, reply, now) {
            Heard::Data(envelope) => envelope,
            Heard::Smaller => return Ok(Flow::On),
            Heard::LostCursor(failure) | Heard::Failed(failure) | Heard::TooCostly(failure) => {
                return if is_of_this_way(&failure) { Ok(Flow::ByPages) } else { Err(failure) };
            }
        };
        let data: RunData<'_> = parse(&envelope).unwrap_or_default();
        // Too many at once, a query that is not liked: pages are always answered.
        let Some(id) = data.begun().filter(|id| is_id(id)) else { return Ok(Flow::ByPages) };
        self.at.operation = Some(id.to_owned());
        self.at.since = now;
        self.stage = Stage::Begun;
        Ok(Flow::On)
    }

    fn absorb_poll(&mut self, reply: &Reply, now: UnixMillis) -> Result<Flow, Failure> {
        let envelope = match self.session.hear(Shape::BulkPoll, reply, now) {
            Heard::Data(envelope) => envelope,
            Heard::Smaller => return Ok(Flow::On),
            Heard::LostCursor(failure) | Heard::Failed(failure) | Heard::TooCostly(failure) => {
                return if is_of_this_way(&failure) { Ok(Flow::ByPages) } else { Err(failure) };
            }
        };
        let data: PollData<'_> = parse(&envelope).unwrap_or_default();
        match data.progress() {
            Progress::Running => {
                let taken_ms = now.since(self.at.since);
                let pause_ms = taken_ms.div_euclid(POLL_PART).clamp(POLL_MS_MIN, POLL_MS_MAX);
                self.stage = Stage::Waiting { until: now.plus(pause_ms) };
            }
            Progress::Done(None) => self.at.done = true,
            Progress::Done(Some(url)) => match File::parse(&url) {
                Some(file) => {
                    self.stage = Stage::Reading(file);
                    self.settle();
                }
                None => return Ok(Flow::ByPages),
            },
            Progress::Lost => return Ok(Flow::ByPages),
        }
        Ok(Flow::On)
    }

    fn absorb_piece(&mut self, reply: &Reply, now: UnixMillis) -> Result<Flow, Failure> {
        let Some(piece) = piece(reply, self.lines.offset()) else {
            return self.absorb_no_piece(reply, now);
        };
        self.file_lost = 0;
        let read = self.lines.take(piece.bytes).and_then(|mut groups| {
            if piece.is_last {
                groups.extend(self.lines.end()?);
            }
            Ok(groups)
        });
        let Ok(groups) = read else { return Ok(Flow::ByPages) };
        self.groups.extend(groups);
        self.is_read = piece.is_last;
        self.settle();
        Ok(Flow::On)
    }

    /// A file that is not there is asked for anew, since its address expires; a server in trouble is
    /// somebody else's than the store's.
    fn absorb_no_piece(&mut self, reply: &Reply, now: UnixMillis) -> Result<Flow, Failure> {
        let status = reply.status().as_u16();
        let told = |class| Err(failure(reply, class, "the file of a bulk operation can't be read"));
        let until = flyball_connector::retry_after(reply.headers(), now);
        match status {
            429 => told(Class::Throttled { until }),
            500.. => {
                let (scope, cause) = (Scope::Account, Cause::ServerError);
                told(Class::Unavailable { scope, cause, until })
            }
            _ => {
                self.file_lost = self.file_lost.saturating_add(1);
                if self.file_lost >= FILE_LOST_MAX {
                    return Ok(Flow::ByPages);
                }
                self.stage = Stage::Waiting { until: now };
                Ok(Flow::On)
            }
        }
    }

    fn absorb_beside(&mut self, reply: &Reply, now: UnixMillis) -> Result<Flow, Failure> {
        match self.session.hear(Shape::BesideBulk, reply, now) {
            Heard::Data(envelope) => {
                let data: PageData = parse(&envelope).unwrap_or_default();
                self.session.currency =
                    currency(data.shop.map(|shop| envelope.at(shop))).or(self.session.currency);
                let nodes = data.list.value().and_then(|list| list.nodes.value());
                // What an error spoils is asked for record by record, as what is not found.
                let is_whole = envelope.errors.is_empty();
                let nodes = nodes.filter(|_| is_whole).into_iter().flatten().flatten();
                self.complete(&nodes.map(|node| envelope.at(*node)).collect::<Vec<_>>());
            }
            Heard::Smaller => {}
            Heard::Failed(failure) if is_of_this_way(&failure) => self.complete(&[]),
            Heard::LostCursor(failure) | Heard::Failed(failure) | Heard::TooCostly(failure) => {
                return Err(failure);
            }
        }
        Ok(Flow::On)
    }

    /// Goes on to completing the records that were asked about; `beside` is what has come of them.
    fn complete(&mut self, beside: &[json::At<'_, '_>]) {
        let Stage::Beside(file) = &self.stage else { return };
        let kind = self.session.kind;
        let beside: HashMap<VendorId, json::At<'_, '_>> =
            beside.iter().filter_map(|node| Some((landmark(*node).id?, *node))).collect();
        let mut assembly = Assembly::new(kind, self.session.currency, beside_lists(kind));
        let batch = self.batch();
        let mut end = self.at.offset;
        for group in self.groups.drain(..batch) {
            let found = group.landmark.id.as_ref().and_then(|id| beside.get(id));
            let fields = found.map(|node| beside_fields(kind, *node)).unwrap_or_default();
            let node = group.node(&fields);
            end = group.end;
            assembly.add_from_file(group.input, node, group.landmark, group.parts);
        }
        self.session.records.readable();
        self.stage = Stage::Completing(file.clone(), assembly, end);
    }

    /// The shape of the next call; `None` where a page comes first.
    fn asked(&self) -> Option<Shape> {
        match &self.stage {
            Stage::Beginning => Some(Shape::BulkRun),
            Stage::Waiting { .. } => Some(Shape::BulkPoll),
            Stage::Beside(_) => Some(Shape::BesideBulk),
            Stage::Completing(_, assembly, _) => assembly.wanted().map(|gap| Shape::More(gap.list)),
            Stage::Begun | Stage::Reading(_) => None,
        }
    }

    pub(super) fn ready_at(&self, now: UnixMillis, callers: u64) -> UnixMillis {
        let fits =
            self.asked().map_or(now, |shape| self.session.budget.ready_at(shape, now, callers));
        match &self.stage {
            Stage::Waiting { until } => fits.max(*until),
            Stage::Beginning
            | Stage::Begun
            | Stage::Reading(_)
            | Stage::Beside(_)
            | Stage::Completing(..) => fits,
        }
    }
}

/// The lists that a file can't hold, since they are lists within lists, or one too many.
const fn beside_lists(kind: Kind) -> &'static [List] {
    match kind {
        Kind::Products => &[List::Collections],
        Kind::Orders => &[List::Fulfillments, List::Refunds],
    }
}

fn beside_fields<'a>(kind: Kind, node: json::At<'_, 'a>) -> Vec<(&'static str, &'a str)> {
    let field = |list: &List| Some((list.name(), node.get(list.name())?.raw()));
    beside_lists(kind).iter().filter_map(field).collect()
}

/// Whether a failure speaks of a query of this way, or of its answer: others may fare better.
const fn is_of_this_way(failure: &Failure) -> bool {
    matches!(failure.class, Class::Poison(_) | Class::Ours)
}

fn is_id(id: &str) -> bool {
    id.len() <= ID_BYTES_MAX && id.starts_with("gid://shopify/BulkOperation/")
}

#[cfg(test)]
mod tests;
