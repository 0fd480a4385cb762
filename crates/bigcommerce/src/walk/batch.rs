//! A page of records while what belongs to them is asked for.

use std::collections::BTreeMap;

use flyball_connector::json::At;
use flyball_domain::{Kind, Row};

use super::begun::Begun;
use super::items::{Item, Items, Parts, goes_on};
use crate::decode::{
    NameOf, Names, Notes, OrderHead, OrderParts, ProductHead, ProductParts, StoreFacts, bad,
    kept_row, order, peek_number, product,
};
use crate::envelope::Rows;
use crate::requests::{Ask, LIMIT_MAX};

/// The most pages asked for of what belongs to all records of a page together.
const SHARED_PAGES_MAX: u32 = 1_000;

/// Something that belongs to the records of a page and is asked for of all of them at once.
#[derive(Debug, Default)]
struct Shared {
    /// The records' ids; none where nothing is to be asked for.
    of: Vec<u64>,
    /// The page to be asked for next, from 1; `None` once all have come.
    page: Option<u32>,
    rows: BTreeMap<u64, Vec<Box<str>>>,
    answered: bool,
}

/// Whether a store gives what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    /// It does.
    Yes,
    /// It does not know the way it was asked, and is asked no more.
    No,
}

impl Shared {
    fn of(of: Vec<u64>) -> Self {
        let page = if of.is_empty() { None } else { Some(1) };
        Self { of, page, rows: BTreeMap::new(), answered: page.is_some() }
    }

    /// Takes in a page whose rows name their record by `key`. One that names another record shows
    /// that the store did not mind which were asked for.
    fn absorb(&mut self, answer: &Rows<'_>, key: &str) -> Gives {
        for row in answer.rows() {
            match peek_number(row, key) {
                Some(id) if self.of.contains(&id) => {
                    self.rows.entry(id).or_default().push(row.raw().into());
                }
                Some(_) | None => {
                    self.give_up();
                    return Gives::No;
                }
            }
        }
        let next = self.page.unwrap_or(1).saturating_add(1);
        self.page =
            if goes_on(answer, LIMIT_MAX) && next <= SHARED_PAGES_MAX { Some(next) } else { None };
        Gives::Yes
    }

    fn give_up(&mut self) {
        *self = Self::default();
    }

    /// What belongs to a record; `None` where it was not answered.
    fn take(&mut self, id: Option<u64>) -> Option<Vec<Box<str>>> {
        let id = id.filter(|id| self.answered && self.of.contains(id))?;
        Some(self.rows.remove(&id).unwrap_or_default())
    }
}

/// The page.
pub(super) struct Batch {
    records: Records,
    shared: Shared,
    /// Names of these are still to be asked for.
    categories: Vec<u64>,
    brands: Vec<u64>,
    /// Whether the list ends with this page.
    pub(super) ends: bool,
    /// Of records asked for by their ids: those that are no more, and how many this is the answer
    /// to.
    pub(super) gone: Vec<Row>,
    pub(super) covers: usize,
    /// Calls made for it since rows of it were last handed over.
    pub(super) calls: u32,
}

enum Records {
    Products(Items<ProductParts>),
    Orders(Items<OrderParts>),
}

/// What a walk knows of its store from page to page.
pub(super) struct Told<'w> {
    pub(super) names: &'w mut Names,
    /// Whether the store gives what is asked for of many records at once.
    pub(super) gives: &'w mut Gives,
}

impl Batch {
    /// The page of these rows.
    pub(super) fn new(kind: Kind, answer: &Rows<'_>, ends: bool, gives: Gives) -> Self {
        let (mut of, mut categories, mut brands) = (Vec::new(), Vec::new(), Vec::new());
        let records = match kind {
            Kind::Products => Records::Products(Items(
                answer
                    .rows()
                    .map(|row| {
                        let head = ProductHead::of(row);
                        of.extend(head.id);
                        categories.extend(head.categories);
                        brands.extend(head.brand);
                        Item::new(row, head.wants)
                    })
                    .collect(),
            )),
            Kind::Orders => Records::Orders(Items(
                answer
                    .rows()
                    .map(|row| {
                        let head = OrderHead::of(row);
                        of.extend(head.id.filter(|_| head.may_be_refunded));
                        order_item(row, head)
                    })
                    .collect(),
            )),
        };
        let shared = if gives == Gives::Yes { Shared::of(of) } else { Shared::default() };
        for ids in [&mut categories, &mut brands] {
            ids.sort_unstable();
            ids.dedup();
        }
        Self { records, shared, categories, brands, ends, gone: Vec::new(), covers: 0, calls: 0 }
    }

    /// What is to be asked for next; `None` once every record is complete.
    pub(super) fn wanted(&self, facts: Option<&StoreFacts>, names: &Names) -> Option<Ask> {
        if matches!(self.records, Records::Products(_)) && facts.is_none() && !self.is_empty() {
            return Some(Ask::Store);
        }
        if let Some(page) = self.shared.page {
            let ids = self.shared.of.clone();
            return Some(match self.records {
                Records::Products(_) => Ask::Metafields { products: ids, page },
                Records::Orders(_) => Ask::Refunds { orders: ids, page },
            });
        }
        let lacking = |what, ids: &[u64]| -> Vec<u64> {
            let most = usize::try_from(LIMIT_MAX).unwrap_or(usize::MAX);
            ids.iter().copied().filter(|id| names.lacks(what, *id)).take(most).collect()
        };
        let ids = lacking(NameOf::Category, &self.categories);
        if !ids.is_empty() {
            return Some(Ask::Categories { ids });
        }
        let ids = lacking(NameOf::Brand, &self.brands);
        if !ids.is_empty() {
            return Some(Ask::Brands { ids });
        }
        match &self.records {
            Records::Products(items) => items.wanted(),
            Records::Orders(items) => items.wanted(),
        }
    }

    /// Takes in the answer to what was asked for, other than for the store.
    pub(super) fn absorb(&mut self, ask: &Ask, answer: &Rows<'_>, told: &mut Told<'_>) {
        self.calls = self.calls.saturating_add(1);
        match ask {
            Ask::Metafields { .. } => *told.gives = self.shared.absorb(answer, "resource_id"),
            Ask::Refunds { .. } => *told.gives = self.shared.absorb(answer, "order_id"),
            Ask::Categories { ids } => told.names.learn(NameOf::Category, ids, answer.rows()),
            Ask::Brands { ids } => told.names.learn(NameOf::Brand, ids, answer.rows()),
            Ask::ProductChildren { .. } | Ask::OrderChildren { .. } => match &mut self.records {
                Records::Products(items) => items.absorb(answer),
                Records::Orders(items) => items.absorb(answer),
            },
            Ask::Store
            | Ask::Products { .. }
            | Ask::ProductsById { .. }
            | Ask::Orders { .. }
            | Ask::Order { .. } => {}
        }
    }

    /// Goes on without what was asked for: names stay ids, and what is not answered is not touched.
    pub(super) fn go_without(&mut self, ask: &Ask, told: &mut Told<'_>) {
        match ask {
            Ask::Metafields { .. } | Ask::Refunds { .. } => self.shared.give_up(),
            Ask::Categories { ids } => told.names.learn(NameOf::Category, ids, []),
            Ask::Brands { ids } => told.names.learn(NameOf::Brand, ids, []),
            Ask::ProductChildren { .. } | Ask::OrderChildren { .. } => match &mut self.records {
                Records::Products(items) => items.skip(),
                Records::Orders(items) => items.skip(),
            },
            Ask::Store
            | Ask::Products { .. }
            | Ask::ProductsById { .. }
            | Ask::Orders { .. }
            | Ask::Order { .. } => {}
        }
    }

    /// Gives up the record whose list was asked for.
    pub(super) fn fail_record(&mut self, reason: &str) {
        match &mut self.records {
            Records::Products(items) => items.fail(reason),
            Records::Orders(items) => items.fail(reason),
        }
    }

    /// What has come of the first record that is not complete.
    pub(super) fn begun(&mut self) -> Option<Begun> {
        match &mut self.records {
            Records::Products(items) => items.begun(),
            Records::Orders(items) => items.begun(),
        }
    }

    /// Goes on with a record that another run has begun.
    pub(super) fn go_on_with(&mut self, begun: Begun) {
        match &mut self.records {
            Records::Products(items) => items.go_on_with(begun),
            Records::Orders(items) => items.go_on_with(begun),
        }
    }

    fn is_empty(&self) -> bool {
        match &self.records {
            Records::Products(items) => items.0.is_empty(),
            Records::Orders(items) => items.0.is_empty(),
        }
    }

    /// How many records are complete, from the first on.
    pub(super) fn ready(&self, facts: Option<&StoreFacts>, names: &Names) -> usize {
        let of_a_record =
            |ask| matches!(ask, Ask::ProductChildren { .. } | Ask::OrderChildren { .. });
        if !self.wanted(facts, names).is_none_or(of_a_record) {
            return 0;
        }
        match &self.records {
            Records::Products(items) => items.ready(),
            Records::Orders(items) => items.ready(),
        }
    }

    /// Takes out the first `count` records, and the last id among them.
    pub(super) fn take(
        &mut self,
        count: usize,
        facts: Option<&StoreFacts>,
        names: &Names,
    ) -> (Vec<Row>, Option<u64>) {
        self.calls = 0;
        let shared = &mut self.shared;
        match &mut self.records {
            Records::Products(items) => {
                let unknown = StoreFacts::default();
                let facts = facts.unwrap_or(&unknown);
                taken(items, count, |item| {
                    item.parts.metafields = shared.take(item.id);
                    let parts = &item.parts;
                    kept_row(&item.raw, |row| {
                        product(row, parts, facts, names, &mut Notes::default())
                    })
                })
            }
            Records::Orders(items) => taken(items, count, |item| {
                item.parts.refunds = item.parts.refunds.take().or_else(|| shared.take(item.id));
                kept_row(&item.raw, |row| order(row, &item.parts, &mut Notes::default()))
            }),
        }
    }
}

fn order_item(row: At<'_, '_>, head: OrderHead) -> Item<OrderParts> {
    let mut item: Item<OrderParts> = Item::new(row, head.wants);
    for child in head.empty {
        *item.parts.slot(child) = Some(Vec::new());
    }
    if !head.may_be_refunded {
        item.parts.refunds = Some(Vec::new());
    }
    item
}

fn taken<P: Parts>(
    items: &mut Items<P>,
    count: usize,
    mut read: impl FnMut(&mut Item<P>) -> Row,
) -> (Vec<Row>, Option<u64>) {
    let mut last = None;
    let count = count.min(items.0.len());
    let rows = items
        .0
        .drain(..count)
        .map(|mut item| {
            last = last.max(item.id);
            match item.failed.take() {
                Some(reason) => bad(&item.raw, &reason),
                None => read(&mut item),
            }
        })
        .collect();
    (rows, last)
}
