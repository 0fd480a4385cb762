//! What all walks of an account's store share: the budget, the sizes of pages, and how an answer is
//! heard.

use flyball_connector::json::from_str;
use flyball_connector::{Call, Class, Failure, PageSize, PoisonReason, Shrunk};
use flyball_domain::{Currency, Kind, UnixMillis};
use serde_json::Value;

use super::Reply;
use super::assembly::{Assembly, Misshapen};
use crate::classify::{Reading, failure, failure_of_errors, read};
use crate::decode::{Gap, ListOf, NodeData, without_failed};
use crate::envelope::{ApiError, Cost, Envelope, PathPart};
use crate::pace::{Budget, Fit};
use crate::queries::{self, List, PATH, Paging, Shape};

/// Nodes of a longer list asked for at once, once a record has more of them than came with it: the
/// most that is allowed in every kind of query.
pub(super) const PAGE_CHILDREN: u32 = 250;

/// Locations whose stock is asked for with a variant, until a variant has more.
pub(super) const LEVELS_INLINE: u32 = 2;
/// How many times as many are asked for then.
const LEVELS_GROWTH: u32 = 3;
/// The most asked for with a variant; whoever has more costs one more call per variant.
const LEVELS_INLINE_MAX: u32 = 50;

#[derive(Debug)]
pub(super) struct Session {
    pub(super) kind: Kind,
    pub(super) records: PageSize,
    pub(super) children: PageSize,
    pub(super) budget: Budget,
    pub(super) levels: u32,
    /// The store's currency as last read: a page that fails to name it is of the same store.
    pub(super) currency: Option<Currency>,
}

/// What an answer comes to.
pub(super) enum Heard<'a> {
    Data(Envelope<'a>),
    /// It asked for too much: what is asked next is less.
    Smaller,
    /// The same, and less can't be asked for.
    TooCostly(Failure),
    /// The cursor that it went on from is no longer known.
    LostCursor(Failure),
    Failed(Failure),
}

impl Session {
    pub(super) fn new(kind: Kind, first: u32, ceiling_percent: u8) -> Self {
        Self {
            kind,
            records: PageSize::new(first),
            children: PageSize::new(PAGE_CHILDREN),
            budget: Budget::new(ceiling_percent),
            levels: LEVELS_INLINE,
            currency: None,
        }
    }

    /// The page size that a call of this shape goes by, where it has one.
    const fn size(&mut self, shape: Shape) -> Option<&mut PageSize> {
        match shape {
            Shape::Page | Shape::ById | Shape::Listed | Shape::BesideBulk => {
                Some(&mut self.records)
            }
            Shape::More(list) => match list.paging() {
                Paging::Pages => Some(&mut self.children),
                Paging::Whole => None,
            },
            Shape::Count | Shape::Budget | Shape::BulkRun | Shape::BulkPoll => None,
        }
    }

    /// Halves the page of this shape for as long as something in it can't be read.
    pub(super) fn unreadable(&mut self, shape: Shape) -> Shrunk {
        self.size(shape).map_or(Shrunk::Smallest, PageSize::unreadable)
    }

    /// Takes in an answer to a call of this shape.
    pub(super) fn hear<'r>(
        &mut self,
        shape: Shape,
        reply: &'r Reply,
        now: UnixMillis,
    ) -> Heard<'r> {
        match read(reply, now) {
            Reading::Data { envelope } => {
                self.note_cost(shape, envelope.cost.as_ref(), now);
                if envelope.errors.iter().any(|error| speaks_of_a_cursor(&error.message)) {
                    return Heard::LostCursor(data_failure(reply, &envelope, now));
                }
                Heard::Data(envelope)
            }
            Reading::TooCostly { failure } => match self.size(shape).map(PageSize::too_costly) {
                Some(Shrunk::Smaller) => Heard::Smaller,
                Some(Shrunk::Smallest) | None => Heard::TooCostly(failure),
            },
            Reading::Failed { failure, cost } => {
                self.note_cost(shape, cost.as_ref(), now);
                if reply.status().is_success() && speaks_of_a_cursor(&failure.evidence.message) {
                    return Heard::LostCursor(failure);
                }
                Heard::Failed(failure)
            }
        }
    }

    fn note_cost(&mut self, shape: Shape, cost: Option<&Cost>, now: UnixMillis) {
        if let Some(cost) = cost
            && self.budget.note(shape, cost, now) == Fit::TooCostly
            && let Some(size) = self.size(shape)
        {
            size.too_costly();
        }
    }

    /// Asks for more locations with every variant from now on, if that is what a page lacks: one
    /// page asked for twice costs less than a call for each variant.
    pub(super) fn grow_levels(&mut self, assembly: &Assembly) -> bool {
        let grows = self.levels < LEVELS_INLINE_MAX && assembly.lacks(List::Levels);
        if grows {
            self.levels = self.levels.saturating_mul(LEVELS_GROWTH).min(LEVELS_INLINE_MAX);
        }
        grows
    }

    /// The call for more of a list within a record.
    pub(super) fn more_call(&self, gap: &Gap) -> Call {
        let first = gap.first.unwrap_or(self.children.first());
        call(&queries::more(gap.list, &gap.owner, first, gap.after.as_deref(), self.levels))
    }

    /// Takes in an answer to [`Session::more_call`].
    pub(super) fn absorb_more(
        &mut self,
        assembly: &mut Assembly,
        reply: &Reply,
        now: UnixMillis,
    ) -> Result<(), Failure> {
        let Some(gap) = assembly.wanted().cloned() else { return Ok(()) };
        let shape = Shape::More(gap.list);
        let envelope = match self.hear(shape, reply, now) {
            Heard::Data(envelope) => envelope,
            Heard::Smaller => return Ok(()),
            Heard::TooCostly(failure) => {
                assembly.fail_row(&failure.evidence.message);
                return Ok(());
            }
            Heard::LostCursor(failure) if gap.after.is_none() => return Err(failure),
            Heard::LostCursor(_) => {
                assembly.ask_from_start();
                return Ok(());
            }
            Heard::Failed(failure) if is_misshapen(&failure) => {
                self.around_more(assembly, &gap, &failure.evidence.message);
                return Ok(());
            }
            Heard::Failed(failure) => return Err(failure),
        };
        let data: NodeData = match parse(&envelope) {
            Ok(data) => data,
            Err(what) => {
                self.around_more(assembly, &gap, &what);
                return Ok(());
            }
        };
        let Some(node) = data.node.value().map(|node| envelope.at(*node)) else {
            if data.node.is_absent() || !envelope.errors.is_empty() {
                return Err(data_failure(reply, &envelope, now));
            }
            assembly.owner_is_gone(self.kind);
            return Ok(());
        };
        let failed = failed_at(&envelope.errors, &["node"], None);
        let freed = without_failed(node.raw(), &failed);
        let list: Result<ListOf<'_>, _> = match &freed {
            Some(freed) => from_str(freed),
            None => node.read(),
        };
        let list = match list {
            Ok(list) => list,
            Err(error) => {
                self.around_more(assembly, &gap, &error.to_string());
                return Ok(());
            }
        };
        match assembly.take_more(list.list, failed.len()) {
            Ok(()) if gap.first.is_none() => self.children.readable(),
            Ok(()) => {}
            Err(Misshapen(what)) => self.around_more(assembly, &gap, &what),
        }
        Ok(())
    }

    /// Goes around a part of a list that can't be read: asks for less, down to one node. A row whose
    /// longer lists can't be read is given up.
    fn around_more(&mut self, assembly: &mut Assembly, gap: &Gap, what: &str) {
        if self.unreadable(Shape::More(gap.list)) == Shrunk::Smallest {
            assembly.fail_row(what);
        }
    }
}

fn speaks_of_a_cursor(message: &str) -> bool {
    message.to_ascii_lowercase().contains("invalid cursor")
}

/// Whether an answer was only of another shape than is read.
pub(super) fn is_misshapen(failure: &Failure) -> bool {
    failure.class == Class::Poison(PoisonReason::Shape)
}

pub(super) fn call(body: &Value) -> Call {
    let mut request = http::Request::new(body.to_string().into_bytes());
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = http::Uri::from_static(PATH);
    let json = http::HeaderValue::from_static("application/json");
    request.headers_mut().insert(http::header::CONTENT_TYPE, json.clone());
    request.headers_mut().insert(http::header::ACCEPT, json);
    Call::to_store(request)
}

pub(super) fn parse<'a, T: serde::Deserialize<'a>>(envelope: &Envelope<'a>) -> Result<T, String> {
    let Some(data) = envelope.data() else {
        return Err("found no data where a page was expected".to_owned());
    };
    data.read()
        .map_err(|error| format!("found data of another shape ({error}) where a page was expected"))
}

pub(super) fn misshapen(reply: &Reply, message: &str) -> Failure {
    failure(reply, Class::Poison(PoisonReason::Shape), message)
}

/// What it means that the data lacks what was asked for.
pub(super) fn data_failure(reply: &Reply, envelope: &Envelope<'_>, now: UnixMillis) -> Failure {
    failure_of_errors(reply, &envelope.errors, envelope.cost.as_ref(), now)
}

/// The paths of errors that lie within one node, from the node on.
pub(super) fn failed_at<'e>(
    errors: &'e [ApiError],
    keys: &[&str],
    index: Option<usize>,
) -> Vec<&'e [PathPart]> {
    let mut at: Vec<PathPart> = keys.iter().map(|key| PathPart::Key((*key).to_owned())).collect();
    at.extend(index.map(PathPart::Index));
    errors.iter().filter_map(|error| error.path.strip_prefix(at.as_slice())).collect()
}
