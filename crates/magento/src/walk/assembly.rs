//! A page's records while what belongs to them is being asked for.

use std::collections::VecDeque;

use flyball_connector::decode::RowError;
use flyball_connector::json::Raw;
use flyball_domain::{BadRow, Kind, Order, Record, Row, VendorId};
use serde::{Deserialize, Serialize};

use super::names::Names;
use super::side::{Doubt, Side, sku_groups};
use super::state::{Cursor, Optional, State};
use super::trial::Trial;
use crate::classify::Answer;
use crate::decode::{
    Landmark, OrderDraft, ProductDraft, Reader, Related, SourceItem, Stock, add_related,
    attributes, bad, in_order, items, landmark, object::Object, order, place, product, source_item,
    total_count,
};
use crate::store::StoreFacts;

/// The most pages of source items that one group of SKUs is followed through.
const STOCK_PAGES_MAX: u32 = 100;

/// A page that is not complete yet.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Assembly {
    entries: Vec<Entry>,
    queue: VecDeque<Side>,
    stock: Vec<SourceItem>,
    /// The first source item of the last page, to tell a page that is repeated.
    stock_first: Option<SourceItem>,
    /// Where the walk stands once the page has been handed over.
    pub(super) cursor: Cursor,
    pub(super) trial: Option<Trial>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entry {
    Bad { id: Option<VendorId>, input: String, reason: String },
    Gone(VendorId),
    Product(ProductDraft),
    Order { draft: OrderDraft, input: String, spoiled: Option<String> },
}

impl Entry {
    fn bad(row: BadRow) -> Self {
        let BadRow { id, input, reason } = row;
        Self::Bad { id, input, reason }
    }
}

/// How a failure was dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// Something else is asked first.
    Around,
    /// It is to be done without.
    Without(Optional),
}

/// An answer that is not of the shape we read.
#[derive(Debug)]
pub(super) struct Misshapen(pub(super) String);

impl Assembly {
    pub(super) const fn new(cursor: Cursor, trial: Option<Trial>) -> Self {
        Self {
            entries: Vec::new(),
            queue: VecDeque::new(),
            stock: Vec::new(),
            stock_first: None,
            cursor,
            trial,
        }
    }

    /// Adds a row that can't be a record.
    pub(super) fn add_bad(&mut self, row: BadRow) {
        self.entries.push(Entry::bad(row));
    }

    /// Adds a record that is no more.
    pub(super) fn add_gone(&mut self, id: VendorId) {
        self.entries.push(Entry::Gone(id));
    }

    /// The names that its products need.
    pub(super) fn names(&self, names: &Names) -> Names {
        names.of(self.products())
    }

    /// Reads and adds a row.
    pub(super) fn read(&mut self, kind: Kind, found: Found<'_>, facts: &StoreFacts) {
        let Found { raw, object, .. } = found;
        let input = raw.get();
        let mut reader = Reader::new(facts);
        let entry = object.map_err(RowError::from).and_then(|row| match kind {
            Kind::Products => product(row, &mut reader).map(Entry::Product),
            Kind::Orders => order(row, &mut reader).map(|draft| Entry::Order {
                draft,
                input: input.to_owned(),
                spoiled: None,
            }),
        });
        let bad = |error| Entry::bad(bad(kind, input, &error));
        self.entries.push(entry.unwrap_or_else(bad));
    }

    /// Decides what is to be asked for.
    pub(super) fn plan(&mut self, names: &mut Names, state: &State) {
        let is_on = |optional| !state.off.contains(&optional);
        names.make_room();
        if is_on(Optional::Categories) {
            let ids = names.unknown_categories(self.products());
            self.ask_in_groups(&ids, state.rows_max, |ids| Side::Categories { ids });
        }
        if is_on(Optional::Labels) {
            let ids = names.unknown_labels(self.products());
            self.ask_in_groups(&ids, state.rows_max, |ids| Side::Labels { ids });
        }
        if is_on(Optional::Stock) {
            let skus = self.products().filter_map(ProductDraft::sku).map(str::to_owned).collect();
            let groups = sku_groups(skus).into_iter();
            self.queue.extend(groups.map(|skus| Side::Stock { skus, page: 1, doubt: Doubt::None }));
        }
        for related in Related::ALL {
            if is_on(Optional::Related(related)) {
                self.plan_related(related);
            }
        }
    }

    /// Orders that can't have any are known to have none; of returns, which only some editions have,
    /// nothing is known where nobody asks, whatever page an order comes on.
    fn plan_related(&mut self, related: Related) {
        let mut ids = Vec::new();
        for entry in &mut self.entries {
            if let Entry::Order { draft, .. } = entry {
                let wants = draft.wants.contains(&related);
                if wants || related != Related::Returns {
                    related.begin(&mut draft.order);
                }
                if wants {
                    ids.push(draft.order.id.clone());
                }
            }
        }
        if !ids.is_empty() {
            self.queue.push_back(Side::Related { related, ids, after: None, doubt: Doubt::None });
        }
    }

    fn ask_in_groups(&mut self, ids: &[String], rows_max: u32, side: impl Fn(Vec<String>) -> Side) {
        let group = usize::try_from(rows_max).unwrap_or(usize::MAX).max(1);
        self.queue.extend(ids.chunks(group).map(|ids| side(ids.to_vec())));
    }

    /// Asks for names in smaller groups: the store gives fewer at once.
    pub(super) fn ask_for_fewer(&mut self, rows_max: u32) {
        for side in core::mem::take(&mut self.queue) {
            match side {
                Side::Categories { ids } => {
                    self.ask_in_groups(&ids, rows_max, |ids| Side::Categories { ids });
                }
                Side::Labels { ids } => {
                    self.ask_in_groups(&ids, rows_max, |ids| Side::Labels { ids });
                }
                // By pages of another size, a page of a certain number is another one.
                Side::Stock { skus, page: _, doubt } => {
                    self.queue.push_back(Side::Stock { skus, page: 1, doubt });
                }
                other @ (Side::Related { .. } | Side::Alive) => self.queue.push_back(other),
            }
        }
    }

    fn products(&self) -> impl Iterator<Item = &ProductDraft> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Product(draft) => Some(draft),
            Entry::Order { .. } | Entry::Bad { .. } | Entry::Gone(_) => None,
        })
    }

    /// What is to be asked for next.
    pub(super) fn wanted(&self) -> Option<&Side> {
        self.queue.front()
    }

    /// Does without something, of which orders tell nothing then.
    pub(super) fn give_up(&mut self, optional: Optional) {
        self.queue.retain(|side| side.optional() != Some(optional));
        if let Optional::Related(related) = optional {
            for entry in &mut self.entries {
                if let Entry::Order { draft, .. } = entry {
                    related.forget(&mut draft.order);
                }
            }
        }
    }

    /// Goes around a failure of stock, which is asked for once more after the store was seen alive and
    /// then done without; or around one that one of the orders asked about may be to blame for: asks about the
    /// first of them alone, which shows whether the store is alive, then about each half of the
    /// others; what fails alone is asked once more after everything else.
    pub(super) fn split(&mut self, successes: u64, why: &str) -> Gone {
        let (related, ids, after, doubt) = match self.queue.pop_front() {
            Some(Side::Related { related, ids, after, doubt }) => (related, ids, after, doubt),
            Some(Side::Stock { skus, page, doubt }) => {
                if doubt.is_sure(successes) {
                    return Gone::Without(Optional::Stock);
                }
                let doubt = Doubt::Failed { successes };
                self.queue.push_front(Side::Stock { skus, page, doubt });
                self.queue.push_front(Side::Alive);
                return Gone::Around;
            }
            _ => return Gone::Around,
        };
        let ask = |ids: &[VendorId], after: Option<VendorId>, doubt| Side::Related {
            related,
            ids: ids.to_vec(),
            after,
            doubt,
        };
        if let [_, rest @ ..] = ids.as_slice()
            && let Some((first, _)) = ids.split_at_checked(1)
            && !rest.is_empty()
        {
            let (one, other) = rest.split_at(rest.len().div_ceil(2));
            for part in [other, one, first].into_iter().filter(|part| !part.is_empty()) {
                self.queue.push_front(ask(part, after.clone(), Doubt::None));
            }
            return Gone::Around;
        }
        if doubt.is_sure(successes) {
            for id in &ids {
                self.spoil(id, why);
            }
        } else {
            if self.queue.is_empty() {
                self.queue.push_back(Side::Alive);
            }
            self.queue.push_back(ask(&ids, after, Doubt::Failed { successes }));
        }
        Gone::Around
    }

    fn spoil(&mut self, id: &VendorId, why: &str) {
        for entry in &mut self.entries {
            if let Entry::Order { draft, spoiled, .. } = entry
                && draft.order.id == *id
            {
                *spoiled = Some(why.to_owned());
            }
        }
    }

    fn order(&mut self, id: &VendorId) -> Option<&mut Order> {
        self.entries.iter_mut().find_map(|entry| match entry {
            Entry::Order { draft, .. } if draft.order.id == *id => Some(&mut *draft.order),
            Entry::Order { .. } | Entry::Product(_) | Entry::Bad { .. } | Entry::Gone(_) => None,
        })
    }

    /// Takes in the answer to the question that was wanted.
    pub(super) fn take(
        &mut self,
        answer: Answer<'_>,
        names: &mut Names,
        rows_max: u32,
    ) -> Result<(), Misshapen> {
        let Some(side) = self.queue.front() else { return Ok(()) };
        if *side == Side::Alive {
            self.queue.pop_front();
            return Ok(());
        }
        let (rows, total) = rows(answer)?;
        match self.queue.pop_front() {
            Some(Side::Categories { ids }) => {
                let found = rows.into_iter().filter_map(attributes::category_name).collect();
                names.add_categories(ids, found);
            }
            Some(Side::Labels { ids }) => {
                names.add_labels(ids, rows.into_iter().filter_map(attributes::labels).collect());
            }
            Some(Side::Stock { skus, page, doubt: _ }) => {
                let seen = u64::from(page).saturating_mul(rows_max.into());
                let more = !rows.is_empty() && total.is_some_and(|total| total > seen);
                self.take_stock(skus, page, &rows, more);
            }
            Some(Side::Related { related, ids, after, doubt: _ }) => {
                self.take_related(related, ids, after.as_ref(), &rows, total);
            }
            Some(Side::Alive) | None => {}
        }
        Ok(())
    }

    /// Goes on to the next page until all are counted, and ends where one is repeated, as old
    /// versions repeat their last for ever (<https://github.com/magento/magento2/issues/26986>).
    fn take_stock(&mut self, skus: Vec<String>, page: u32, rows: &[Raw<'_>], more: bool) {
        let found: Vec<SourceItem> = rows.iter().filter_map(|raw| source_item(*raw)).collect();
        let first = found.first().cloned();
        if page > 1 && first == self.stock_first {
            return;
        }
        self.stock_first = first;
        self.stock.extend(found);
        if more && page < STOCK_PAGES_MAX {
            let page = page.saturating_add(1);
            self.queue.push_front(Side::Stock { skus, page, doubt: Doubt::None });
        }
    }

    fn take_related(
        &mut self,
        related: Related,
        ids: Vec<VendorId>,
        after: Option<&VendorId>,
        rows: &[Raw<'_>],
        total: Option<u64>,
    ) {
        let mut last = after.cloned();
        for raw in rows {
            let Some((order_id, id)) = place(related, *raw) else {
                // Nobody knows whose it is, so nobody is complete.
                for id in &ids {
                    self.spoil(id, &format!("found one of {} without ids", related.resource()));
                }
                continue;
            };
            if let Some(order) = self.order(&order_id)
                && let Err(error) = add_related(related, raw.get(), order)
            {
                let why = error.within(related.resource()).to_string();
                self.spoil(&order_id, &why);
            }
            last = Some(id);
        }
        let counted = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let more =
            total.is_none_or(|total| total > counted) && !rows.is_empty() && last.as_ref() != after;
        if more {
            self.queue.push_front(Side::Related { related, ids, after: last, doubt: Doubt::None });
        }
    }

    /// The rows, once nothing is to be asked for.
    pub(super) fn finish(self, names: &Names) -> Vec<Row> {
        let Self { entries, stock, .. } = self;
        let stock = Stock::new(stock);
        let row = |entry| match entry {
            Entry::Bad { id, input, reason } => Row::Bad(BadRow { id, input, reason }),
            Entry::Gone(id) => Row::Gone(id),
            Entry::Product(mut draft) => {
                names.put(&mut draft);
                stock.put(&mut draft);
                Row::Good(Record::from(*draft.product))
            }
            Entry::Order { mut draft, spoiled: None, .. } => {
                in_order(&mut draft.order);
                Row::Good(Record::from(*draft.order))
            }
            Entry::Order { draft, input, spoiled: Some(reason) } => {
                Row::Bad(BadRow { id: Some(draft.order.id), input, reason })
            }
        };
        entries.into_iter().map(row).collect()
    }
}

/// The rows of a page, and how many there are in all, where the answer says so.
pub(super) fn rows(answer: Answer<'_>) -> Result<(Vec<Raw<'_>>, Option<u64>), Misshapen> {
    if let Answer::Object(mut page) = answer
        && let Some(rows) = items(&mut page)
    {
        return Ok((rows, total_count(&mut page)));
    }
    Err(Misshapen("found no items where a list was expected".to_owned()))
}

/// A row as it was found.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) raw: Raw<'a>,
    object: Result<Object<'a>, flyball_connector::json::JsonError>,
    pub(super) place: Landmark,
}

impl<'a> Found<'a> {
    pub(super) fn new(kind: Kind, raw: Raw<'a>) -> Self {
        let mut object = Object::parse(raw.get());
        let place = object.as_mut().map_or_else(|_| Landmark::default(), |row| landmark(kind, row));
        Self { raw, object, place }
    }
}
