//! What a walk asks next, and how.

use flyball_domain::{Kind, VendorId};

use super::side::{ROWS_MAX, Side};
use super::state::{Cursor, Optional, Point, end_second, filter_time, second};
use super::trial::Trial;
use super::{MagentoWalk, Stage, Want};
use crate::pace::Shape;
use crate::query::{Condition, Filter, Search};
use crate::site::Scope;

/// Orders looked through at once for the products that they sold.
const SOLD_ORDERS: u32 = 100;
/// How far back, in milliseconds, a walk looks for orders whose products' stock has changed: what is
/// longer ago is a backfill, for which the stock of today is nobody's question.
const SOLD_SPAN_MS_MAX: u64 = 31 * 24 * 60 * 60 * 1_000;

const PRODUCT_IDS: &str = "items[id,updated_at],total_count";
const ORDER_IDS: &str = "items[entity_id,updated_at],total_count";
const ORDER_PRODUCTS: &str = "items[entity_id,updated_at,items[product_id]],total_count";

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// What the store says of itself.
    Facts,
    /// The next rows of the list, or those with the next ids.
    Page,
    /// Orders, for their products.
    Sold,
    /// What belongs to the rows of a page.
    Side(Side),
    /// Whether the store is there, when there is no further row that could show it.
    Alive,
}

impl Question {
    /// What the walk can do without, of which this is a part.
    pub(super) const fn optional(&self) -> Option<Optional> {
        match self {
            Self::Side(side) => side.optional(),
            Self::Sold => Some(Optional::Sold),
            Self::Facts | Self::Page | Self::Alive => None,
        }
    }

    pub(super) const fn is_page(&self) -> bool {
        matches!(self, Self::Page)
    }
}

impl MagentoWalk {
    /// What is to be asked next; nothing where something is to be handed over first, or all is done.
    pub(super) fn question(&self) -> Option<Question> {
        match &self.stage {
            Stage::Completing(assembly) => {
                return assembly.wanted().cloned().map(Question::Side);
            }
            Stage::Listed { .. } => return None,
            Stage::Asking => {}
        }
        // Orders name their own currencies, and a listing has no amounts.
        let needs_facts = self.kind == Kind::Products && !matches!(self.want, Want::Listing);
        let page = match &self.state.cursor {
            Cursor::End => return None,
            Cursor::Ids { left } if left.is_empty() => return None,
            Cursor::Sold { pending, last: true, .. } if pending.is_empty() => return None,
            Cursor::Sold { pending, .. } if pending.is_empty() => {
                let doubted = self.state.sold_doubted && !self.seen_alive;
                if doubted { Question::Alive } else { Question::Sold }
            }
            Cursor::Ids { left } | Cursor::Sold { pending: left, .. } => self.page_of_ids(left),
            Cursor::Time { .. } | Cursor::Id { .. } => Question::Page,
        };
        if needs_facts && self.state.facts.is_none() { Some(Question::Facts) } else { Some(page) }
    }

    fn page_of_ids(&self, left: &[VendorId]) -> Question {
        let row = self.state.trial.as_ref().map_or(1, Trial::row);
        let is_there = usize::try_from(row).is_ok_and(|row| row <= left.len());
        if is_there { Question::Page } else { Question::Alive }
    }

    /// The ids that the next page is asked for by.
    pub(super) fn asked_ids<'a>(&self, left: &'a [VendorId]) -> &'a [VendorId] {
        let (from, count) = match &self.state.trial {
            None => (0, self.size.first()),
            Some(trial) => (trial.row().saturating_sub(1), 1),
        };
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(left.len());
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let behind = left.get(from..).unwrap_or_default();
        behind.get(..count).unwrap_or(behind)
    }

    pub(super) fn shape(&self, asked: &Question) -> Shape {
        match (asked, &self.want) {
            (Question::Facts | Question::Alive, _) => Shape::Facts,
            (Question::Page, Want::Listing) | (Question::Sold, _) => Shape::Ids,
            (Question::Page, Want::Changed { .. } | Want::Records) => Shape::Records,
            (Question::Side(side), _) => side.shape(),
        }
    }

    /// How many rows a question asks for.
    pub(super) fn rows(&self, asked: &Question) -> u32 {
        match asked {
            Question::Facts | Question::Alive => 0,
            Question::Page if self.state.trial.is_some() => 1,
            Question::Page => self.size.first(),
            Question::Sold => SOLD_ORDERS,
            Question::Side(side) => side.rows(),
        }
    }

    pub(super) fn request(&self, question: &Question) -> http::Request<Vec<u8>> {
        let (scope, resource, search) = match question {
            Question::Facts | Question::Alive | Question::Side(Side::Alive) => {
                return self.paths.get(Scope::Default, "store/storeConfigs", "");
            }
            Question::Page => self.page_search(),
            Question::Sold => self.sold_search(),
            Question::Side(side) => side.search(self.state.rows_max),
        };
        self.paths.get(scope, resource, &search.query())
    }

    fn page_search(&self) -> (Scope, &'static str, Search) {
        let (scope, resource, ids) = match self.kind {
            Kind::Products => (Scope::Admin, "products", PRODUCT_IDS),
            Kind::Orders => (Scope::Default, "orders", ORDER_IDS),
        };
        let trial = self.state.trial.as_ref();
        let only_ids = matches!(self.want, Want::Listing) || trial.is_some_and(Trial::is_naming);
        let mut search = Search {
            page_size: self.rows(&Question::Page),
            page: trial.map_or(1, Trial::row),
            fields: only_ids.then_some(ids),
            ..Search::default()
        };
        match &self.state.cursor {
            Cursor::Time { after } => {
                search.groups = self.time_groups(after.as_ref());
                search.sort = &["updated_at", "entity_id"];
            }
            Cursor::Id { after } => {
                let behind = after
                    .as_ref()
                    .map(|id| vec![Filter::new("entity_id", Condition::Gt, id.as_str())]);
                search.groups = behind.into_iter().chain(self.until_group()).collect();
                search.sort = &["entity_id"];
            }
            Cursor::Ids { left } | Cursor::Sold { pending: left, .. } => {
                let ids = self.asked_ids(left);
                let values: Vec<&str> = ids.iter().map(VendorId::as_str).collect();
                search.groups =
                    vec![vec![Filter::new("entity_id", Condition::In, values.join(","))]];
                search.sort = &["entity_id"];
                search.page_size = u32::try_from(ids.len()).unwrap_or(ROWS_MAX);
                search.page = 1;
            }
            Cursor::End => {}
        }
        (scope, resource, search)
    }

    fn sold_search(&self) -> (Scope, &'static str, Search) {
        let after = match &self.state.cursor {
            Cursor::Sold { after, .. } => after.as_ref(),
            Cursor::Time { .. } | Cursor::Id { .. } | Cursor::Ids { .. } | Cursor::End => None,
        };
        let search = Search {
            groups: self.time_groups(after),
            sort: &["updated_at", "entity_id"],
            page_size: SOLD_ORDERS.min(self.state.rows_max),
            page: 1,
            fields: Some(ORDER_PRODUCTS),
        };
        (Scope::Default, "orders", search)
    }

    /// Behind a point in the order of (time, id), as groups that must all hold: not before its
    /// second, and later than that or with a greater id.
    fn time_groups(&self, after: Option<&Point>) -> Vec<Vec<Filter>> {
        let from = match &self.want {
            Want::Changed { from, .. } => from.map_or(0, second),
            Want::Records | Want::Listing => 0,
        };
        let begin = match after {
            None => vec![vec![Filter::new("updated_at", Condition::Gteq, filter_time(from))]],
            Some(point) => {
                let at = filter_time(point.second);
                vec![
                    vec![Filter::new("updated_at", Condition::Gteq, at.clone())],
                    vec![
                        Filter::new("updated_at", Condition::Gt, at),
                        Filter::new("entity_id", Condition::Gt, point.id.as_str()),
                    ],
                ]
            }
        };
        begin.into_iter().chain(self.until_group()).collect()
    }

    /// The end of the span. Times are whole seconds, because that is what a store shows: the span is
    /// widened to them, since a row too many harms nobody and a row too few is lost.
    fn until_group(&self) -> Option<Vec<Filter>> {
        match &self.want {
            Want::Changed { until, .. } => {
                let until = filter_time(end_second(*until));
                Some(vec![Filter::new("updated_at", Condition::Lt, until)])
            }
            Want::Records | Want::Listing => None,
        }
    }

    /// Where a walk goes on once it is through with its list.
    pub(super) fn after_list(&self) -> Cursor {
        match (&self.want, &self.state.cursor) {
            (Want::Changed { from: Some(from), until }, Cursor::Time { .. })
                if self.kind == Kind::Products
                    && until.since(*from) <= SOLD_SPAN_MS_MAX
                    && !self.state.off.contains(&Optional::Sold) =>
            {
                Cursor::Sold { after: None, pending: Vec::new(), last: false }
            }
            _ => Cursor::End,
        }
    }
}
