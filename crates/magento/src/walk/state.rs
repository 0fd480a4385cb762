//! Where a walk is, and what it has learned of the store: what the resume text keeps.

use flyball_connector::{PageSize, Plan, PlanError, Shrunk, Span};
use flyball_domain::{Kind, UnixMillis, VendorId};
use serde::{Deserialize, Serialize};

use super::side::ROWS_MAX;
use super::trial::Trial;
use crate::decode::Related;
use crate::pace::Usual;
use crate::store::StoreFacts;

const RESUME_VERSION: u32 = 1;
const WHAT_CHARS_MAX: usize = 200;
const MS_PER_S: u64 = 1_000;
/// The longest id that is gone on from, in bytes: what a store would have to compare as a number.
const ID_BYTES_MAX: usize = 40;
/// How many times credentials must be refused, and over how long, in milliseconds, before that is
/// believed: stores refuse good ones now and then (<https://github.com/magento/magento2/issues/38426>),
/// and for as long as a clock is wrong.
pub(crate) const REFUSALS_MIN: u32 = 3;
/// See [`REFUSALS_MIN`].
pub(crate) const REFUSALS_SPAN_MS: u64 = 2 * 60 * 1_000;

/// What the resume text keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    v: u32,
    kind: Kind,
    pub(super) facts: Option<StoreFacts>,
    /// What this store has not, or does not show us.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) off: Vec<Optional>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refused: Option<Refused>,
    pub(super) cursor: Cursor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trial: Option<Trial>,
    size: u32,
    size_max: u32,
    /// The most rows asked for at once of what belongs to a page.
    #[serde(default = "rows_max")]
    pub(super) rows_max: u32,
    /// How long answers usually take.
    #[serde(default)]
    pub(super) usual_us: Usual,
    /// A page that was broken off: a [`super::begun`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) begun: Option<String>,
    /// Whether orders could not be looked through for the products that they sold.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) sold_doubted: bool,
}

const fn rows_max() -> u32 {
    ROWS_MAX
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// What a walk can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Optional {
    /// Stock by source: a store may be without the modules for it.
    Stock,
    /// Names of categories.
    Categories,
    /// Names of the values of attributes.
    Labels,
    /// Orders, for whoever walks through products.
    Sold,
    /// A list that belongs to orders.
    Related(Related),
}

/// Credentials that were refused, but not often enough to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refused {
    since: UnixMillis,
    times: u32,
}

impl Refused {
    /// One refusal more.
    pub(super) fn again(before: Option<Self>, now: UnixMillis) -> Self {
        let before = before.unwrap_or(Self { since: now, times: 0 });
        Self { times: before.times.saturating_add(1), ..before }
    }

    /// Whether it is to be believed.
    pub(super) fn is_believed(self, now: UnixMillis) -> bool {
        self.times >= REFUSALS_MIN && now.since(self.since) >= REFUSALS_SPAN_MS
    }
}

/// Where a walk is in its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cursor {
    /// By time of change and id: behind this point, or from the beginning of the span.
    Time { after: Option<Point> },
    /// By id: behind this one, or from the first.
    Id { after: Option<VendorId> },
    /// These, one by one.
    Ids { left: Vec<VendorId> },
    /// Products of orders that changed, whose stock did: those of `pending`, and then of the orders
    /// behind `after`, unless those were the last.
    Sold { after: Option<Point>, pending: Vec<VendorId>, last: bool },
    /// Through.
    End,
}

/// A place in a list by time of change and id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Point {
    /// Seconds since 1970: what a store shows of a time.
    pub(super) second: u64,
    pub(super) id: VendorId,
}

impl Point {
    pub(super) fn new(at: UnixMillis, id: VendorId) -> Self {
        Self { second: at.0.div_euclid(MS_PER_S), id }
    }

    /// What it is sorted by.
    pub(super) fn key(&self) -> (u64, usize, &str) {
        let (length, text) = id_key(&self.id);
        (self.second, length, text)
    }
}

/// Ids in the order of numbers: shorter ones first, equally long ones by their digits.
pub(super) fn id_key(id: &VendorId) -> (usize, &str) {
    (id.as_str().len(), id.as_str())
}

/// Whether a text is an id of Magento's, which the store would find under just this text: it reads a
/// number out of anything.
pub(super) fn is_id(id: &VendorId) -> bool {
    let text = id.as_str();
    let plain = text == "0" || !text.starts_with('0');
    plain && text.len() <= ID_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A time as a filter wants it, in UTC, with seconds rounded down.
pub(super) fn filter_time(second: u64) -> String {
    let text = UnixMillis(second.saturating_mul(MS_PER_S)).to_rfc3339();
    text.trim_end_matches('Z').split('.').next().unwrap_or_default().replacen('T', " ", 1)
}

/// The second in which a moment lies.
pub(super) const fn second(at: UnixMillis) -> u64 {
    at.0.div_euclid(MS_PER_S)
}

/// The first whole second that lies wholly after a span.
pub(super) const fn end_second(until: UnixMillis) -> u64 {
    until.0.div_ceil(MS_PER_S)
}

impl State {
    /// The start of a plan, or where an earlier walk of it stopped.
    ///
    /// # Errors
    /// A resume text that is not one of this plan's.
    pub(super) fn of(plan: &Plan, page_rows: u32) -> Result<Self, PlanError> {
        let Some(text) = &plan.resume else { return Ok(Self::start(plan, page_rows)) };
        let wrong =
            |what: &str| PlanError::Resume { what: what.chars().take(WHAT_CHARS_MAX).collect() };
        let state: Self = serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))?;
        if state.v != RESUME_VERSION {
            return Err(wrong(&format!("found version {}, expected {RESUME_VERSION}", state.v)));
        }
        if state.kind != plan.kind || !state.cursor.fits(&plan.span) {
            return Err(wrong("found a place in a list of another kind"));
        }
        if !state.cursor.ids().all(is_id) || state.trial.as_ref().is_some_and(Trial::is_beyond) {
            return Err(wrong("found ids or counts beyond their bounds"));
        }
        let rows_max = state.rows_max.clamp(1, ROWS_MAX);
        Ok(Self { rows_max, ..state })
    }

    fn start(plan: &Plan, page_rows: u32) -> Self {
        let cursor = match &plan.span {
            Span::Changed { from: Some(_), .. } => Cursor::Time { after: None },
            Span::Changed { from: None, .. } | Span::Listing => Cursor::Id { after: None },
            Span::Records { ids } => {
                Cursor::Ids { left: ids.iter().filter(|id| is_id(id)).cloned().collect() }
            }
        };
        Self {
            v: RESUME_VERSION,
            kind: plan.kind,
            facts: None,
            off: Vec::new(),
            refused: None,
            cursor,
            trial: None,
            size: page_rows,
            size_max: page_rows,
            rows_max: ROWS_MAX,
            usual_us: Usual::default(),
            begun: None,
            sold_doubted: false,
        }
    }

    /// How many rows to ask for; never more than `page_rows`.
    pub(super) fn size(&self, page_rows: u32) -> PageSize {
        let mut size = PageSize::new(self.size_max.clamp(1, page_rows));
        while size.first() > self.size.max(1) && size.unreadable() == Shrunk::Smaller {}
        size
    }

    /// Notes how many rows are asked for.
    pub(super) fn note_size(&mut self, size: PageSize) {
        self.size = size.first();
    }

    /// Notes the most rows that the store gives at once.
    pub(super) fn note_size_max(&mut self, size: PageSize) {
        self.size = size.first();
        self.size_max = size.first();
    }

    /// As a text; at most some 300 KB, with as many ids and as much of a page in it as are ever kept.
    pub(super) fn resume(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Cursor {
    fn fits(&self, span: &Span) -> bool {
        match (self, span) {
            (Self::Time { .. } | Self::Sold { .. }, Span::Changed { from: Some(_), .. })
            | (Self::Id { .. }, Span::Changed { from: None, .. } | Span::Listing)
            | (Self::Ids { .. }, Span::Records { .. })
            | (Self::End, _) => true,
            (Self::Time { .. } | Self::Sold { .. } | Self::Id { .. } | Self::Ids { .. }, _) => {
                false
            }
        }
    }

    fn ids(&self) -> impl Iterator<Item = &VendorId> {
        let (one, many) = match self {
            Self::Time { after } => (after.as_ref().map(|point| &point.id), [].as_slice()),
            Self::Id { after } => (after.as_ref(), [].as_slice()),
            Self::Sold { after, pending, .. } => {
                (after.as_ref().map(|point| &point.id), pending.as_slice())
            }
            Self::Ids { left } => (None, left.as_slice()),
            Self::End => (None, [].as_slice()),
        };
        one.into_iter().chain(many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_a_filter_wants_it() {
        let at = UnixMillis::parse_rfc3339("2026-11-22T09:30:00.500Z").unwrap();
        assert_eq!(filter_time(second(at)), "2026-11-22 09:30:00");
        assert_eq!(filter_time(end_second(at)), "2026-11-22 09:30:01");
        assert_eq!(filter_time(u64::MAX).get(..4), Some("9999"));
    }

    #[test]
    fn a_refusal_is_believed_only_after_some_of_them_over_some_time() {
        let at = |ms| UnixMillis(1_000_000 + ms);
        let once = Refused::again(None, at(0));
        let twice = Refused::again(Some(once), at(REFUSALS_SPAN_MS));
        assert!(!twice.is_believed(at(REFUSALS_SPAN_MS)));
        let thrice = Refused::again(Some(twice), at(10));
        assert!(!thrice.is_believed(at(10)));
        assert!(thrice.is_believed(at(REFUSALS_SPAN_MS)));
    }

    #[test]
    fn ids_are_in_the_order_of_numbers() {
        let mut ids: Vec<VendorId> = ["10", "9", "9007199254740993", "9007199254740992"]
            .map(|id| id.parse().unwrap())
            .into();
        ids.sort_by(|a, b| id_key(a).cmp(&id_key(b)));
        let sorted: Vec<&str> = ids.iter().map(VendorId::as_str).collect();
        assert_eq!(sorted, ["9", "10", "9007199254740992", "9007199254740993"]);
    }
}
