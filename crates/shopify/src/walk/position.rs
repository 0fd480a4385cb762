//! Where a walk is: which list it pages through, after which cursor, and what of the list's edge
//! has been delivered already.

use flyball_connector::PlanError;
use flyball_domain::{UnixMillis, VendorId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::begun::Begun;
use crate::decode::{Landmark, Next};
use crate::queries::SortKey;

/// After how many objects a list is begun anew from where it has come to. Shopify ends the paging
/// of one list at 25,000 objects (<https://shopify.dev/docs/api/usage/limits>), without a word.
pub const LIST_OBJECTS_RESTART: u32 = 20_000;

/// The most delivered ids remembered. More than a page has, so that a page delivered in parts is
/// remembered whole; beyond that a row may come twice, which harms nobody.
const SEEN_MAX: usize = 200;
/// The longest id remembered, in bytes; Shopify's have at most 20 digits.
const SEEN_ID_BYTES_MAX: usize = 20;
/// The longest cursor kept, in bytes; Shopify's have about a hundred.
const CURSOR_BYTES_MAX: usize = 1_024;
/// The first version had no [`Begun`], the second one of another form.
const RESUME_VERSION: u32 = 3;
const BEGUN_VERSION: u32 = 3;
const WHAT_CHARS_MAX: usize = 200;
const MS_PER_S: u64 = 1_000;

/// Where a walk is. What [`Position::resume`] writes, [`Position::parse`] reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    list: List,
    after: Option<String>,
    /// Objects that the list has given so far.
    listed: u32,
    /// The latest time of change delivered.
    last: Option<UnixMillis>,
    /// Rows delivered that may come again: those of the second of `last`, and those of a page
    /// delivered in part.
    seen: Vec<VendorId>,
    done: bool,
}

/// A list that can be paged through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum List {
    /// Records by time of change, from a second on, or from the beginning.
    Changed { from_s: Option<u64> },
    /// Records changed in one second, by id: so many that the list of the changed ends within it.
    Second { at_s: u64, from_id: Option<VendorId> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resume {
    v: u32,
    list: List,
    after: Option<String>,
    listed: u32,
    last: Option<UnixMillis>,
    seen: Vec<VendorId>,
    done: bool,
    #[serde(default)]
    begun: Option<String>,
}

/// A cursor that can't be gone on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadCursor;

impl Position {
    /// The start of a walk through what changed from `from` on.
    pub(crate) fn start(from: Option<UnixMillis>) -> Self {
        Self::at(List::Changed { from_s: from.map(second) })
    }

    /// The end of a walk.
    pub(crate) fn end() -> Self {
        Self { done: true, ..Self::start(None) }
    }

    fn at(list: List) -> Self {
        Self { list, after: None, listed: 0, last: None, seen: Vec::new(), done: false }
    }

    /// Reads a resume text: where to go on, and what had been begun there.
    pub(crate) fn parse(text: &str) -> Result<(Self, Option<Begun>), PlanError> {
        let wrong =
            |what: &str| PlanError::Resume { what: what.chars().take(WHAT_CHARS_MAX).collect() };
        let Resume { v, list, after, listed, last, seen, done, begun } =
            serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        if !(1..=RESUME_VERSION).contains(&v) {
            return Err(wrong(&format!("found version {v}, expected up to {RESUME_VERSION}")));
        }
        if after.as_deref().is_some_and(|cursor| !is_cursor(cursor)) || seen.len() > SEEN_MAX {
            return Err(wrong("found a cursor or a list of ids beyond their bounds"));
        }
        let begun = begun.filter(|_| v >= BEGUN_VERSION);
        let begun = begun.map(|text| Begun::parse(&text)).transpose();
        let begun = begun.map_err(|error| wrong(&error))?;
        Ok((Self { list, after, listed, last, seen, done }, begun))
    }

    /// This position as a text under 8 KB, with the record that was begun there.
    pub(crate) fn resume(&self, begun: Option<&Begun>) -> String {
        json!({
            "v": RESUME_VERSION,
            "list": self.list,
            "after": self.after,
            "listed": self.listed,
            "last": self.last,
            "seen": self.seen,
            "done": self.done,
            "begun": begun.and_then(Begun::to_text),
        })
        .to_string()
    }

    /// Whether there is nothing left to ask for of what changed before `until`.
    pub(crate) fn is_done(&self, until: UnixMillis) -> bool {
        let begins_s = match &self.list {
            List::Changed { from_s } => from_s.unwrap_or(0),
            List::Second { at_s, .. } => *at_s,
        };
        self.done || begins_s >= end_second(until)
    }

    /// After which cursor to go on.
    pub(crate) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// What to search for, and in which order.
    ///
    /// Times are quoted, because unquoted ones are cut to the date and read in the store's zone;
    /// they are whole seconds, because that is what the vendor shows: the span is widened to them,
    /// since a row too many harms nobody and a row too few is lost.
    pub(crate) fn search(&self, until: UnixMillis) -> (String, SortKey) {
        match &self.list {
            List::Changed { from_s: None } => {
                (format!("updated_at:<'{}'", time(end_second(until))), SortKey::UpdatedAt)
            }
            List::Changed { from_s: Some(from_s) } => (
                format!(
                    "updated_at:>='{}' updated_at:<'{}'",
                    time(*from_s),
                    time(end_second(until))
                ),
                SortKey::UpdatedAt,
            ),
            List::Second { at_s, from_id } => {
                let next_s = at_s.saturating_add(1);
                let span = format!("updated_at:>='{}' updated_at:<'{}'", time(*at_s), time(next_s));
                let from = from_id.as_ref().map(|id| format!(" id:>={id}")).unwrap_or_default();
                (span + &from, SortKey::Id)
            }
        }
    }

    /// Whether a row was delivered before, in this very version.
    pub(crate) fn has_delivered(&self, row: &Landmark) -> bool {
        let (Some(id), Some(at)) = (&row.id, row.updated_at) else { return false };
        self.last.is_some_and(|last| at <= last) && self.seen.contains(id)
    }

    /// Notes rows of a page that will be asked for again as delivered.
    pub(crate) fn deliver_part<'a>(&mut self, rows: impl Iterator<Item = &'a Landmark>) {
        for row in rows {
            self.last = self.last.max(row.updated_at);
            self.remember(row);
        }
    }

    /// The position after a whole page.
    pub(crate) fn advanced(
        &self,
        rows: &[Landmark],
        listed: u32,
        next: Next,
    ) -> Result<Self, BadCursor> {
        let mut to = self.clone();
        for row in rows {
            if row.updated_at.map(second) > to.last.map(second) {
                to.seen.clear();
            }
            to.last = to.last.max(row.updated_at);
            if row.updated_at.map(second) == to.last.map(second) {
                to.remember(row);
            }
        }
        to.listed = to.listed.saturating_add(listed);
        match next {
            Next::End => Ok(to.list_ended()),
            Next::More(cursor) if is_cursor(&cursor) && self.after.as_ref() != Some(&cursor) => {
                to.after = Some(cursor);
                Ok(if to.listed < LIST_OBJECTS_RESTART { to } else { to.list_restarted(rows) })
            }
            Next::More(_) | Next::Plain | Next::Unknown => Err(BadCursor),
        }
    }

    /// The same walk in a list begun anew, since its cursor is no longer known. What was delivered
    /// of the second it has come to is still told from what was not.
    pub(crate) fn cursor_lost(&self) -> Self {
        let list = match (&self.list, self.last) {
            (List::Changed { .. }, Some(last)) => List::Changed { from_s: Some(second(last)) },
            (list, _) => list.clone(),
        };
        Self { list, after: None, listed: 0, ..self.clone() }
    }

    fn remember(&mut self, row: &Landmark) {
        let Some(id) = &row.id else { return };
        if id.as_str().len() > SEEN_ID_BYTES_MAX || self.seen.contains(id) {
            return;
        }
        if self.seen.len() >= SEEN_MAX {
            self.seen.remove(0);
        }
        self.seen.push(id.clone());
    }

    fn list_ended(self) -> Self {
        match self.list {
            List::Changed { .. } => Self { done: true, after: None, seen: Vec::new(), ..self },
            List::Second { at_s, .. } => {
                Self::at(List::Changed { from_s: Some(at_s.saturating_add(1)) })
            }
        }
    }

    /// The same walk in a list begun anew where this one has come to; this very list where it has
    /// not come on.
    fn list_restarted(self, rows: &[Landmark]) -> Self {
        let list = match &self.list {
            List::Changed { from_s } => match (*from_s, self.last.map(second)) {
                (_, None) => return self,
                (Some(from_s), Some(last_s)) if last_s <= from_s => {
                    return Self::at(List::Second { at_s: from_s, from_id: None });
                }
                (_, last_s) => List::Changed { from_s: last_s },
            },
            List::Second { at_s, from_id } => {
                let reached = rows.iter().rev().find_map(|row| row.id.clone());
                if reached.is_none() || reached == *from_id {
                    return self;
                }
                List::Second { at_s: *at_s, from_id: reached }
            }
        };
        Self { list, after: None, listed: 0, ..self }
    }
}

const fn second(at: UnixMillis) -> u64 {
    at.0.div_euclid(MS_PER_S)
}

/// The first whole second that lies wholly after a span.
const fn end_second(until: UnixMillis) -> u64 {
    until.0.div_ceil(MS_PER_S)
}

fn time(second: u64) -> String {
    UnixMillis(second.saturating_mul(MS_PER_S)).to_rfc3339()
}

fn is_cursor(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    !text.is_empty() && text.len() <= CURSOR_BYTES_MAX && text.bytes().all(plain)
}

#[cfg(test)]
mod tests;
