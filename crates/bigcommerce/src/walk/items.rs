//! The records of a page while what belongs to each of them is asked for, one list after the other.

use std::collections::VecDeque;

use flyball_connector::decode::CHILDREN_MAX;
use flyball_connector::json::At;
use serde_json::value::RawValue;

use super::begun::Begun;
use crate::decode::{OrderParts, ProductParts, kept_landmark, landmark};
use crate::envelope::{More, Rows};
use crate::requests::{Ask, LIMIT_DEFAULT, LIMIT_MAX, OrderChild, ProductChild};

/// What belongs to a record and can be asked for on its own.
pub(super) trait Parts: Default {
    /// A list of the record.
    type Child: Copy + PartialEq + 'static;
    /// Every list there is, by its name in a resume text.
    const LISTS: &'static [(&'static str, Self::Child)];
    /// How a page of the list is asked for.
    fn ask(child: Self::Child, id: u64, page: u32) -> Ask;
    /// Whether the list has pages.
    fn has_pages(child: Self::Child) -> bool;
    /// Where its rows go.
    fn slot(&mut self, child: Self::Child) -> &mut Option<Vec<Box<str>>>;
}

fn name<P: Parts>(child: P::Child) -> Option<&'static str> {
    P::LISTS.iter().find(|(_, known)| *known == child).map(|(name, _)| *name)
}

impl Parts for ProductParts {
    type Child = ProductChild;
    const LISTS: &'static [(&'static str, ProductChild)] = &[
        ("variants", ProductChild::Variants),
        ("images", ProductChild::Images),
        ("custom_fields", ProductChild::CustomFields),
    ];

    fn ask(child: ProductChild, product: u64, page: u32) -> Ask {
        Ask::ProductChildren { child, product, page }
    }

    fn has_pages(_child: ProductChild) -> bool {
        true
    }

    fn slot(&mut self, child: ProductChild) -> &mut Option<Vec<Box<str>>> {
        match child {
            ProductChild::Variants => &mut self.variants,
            ProductChild::Images => &mut self.images,
            ProductChild::CustomFields => &mut self.custom_fields,
        }
    }
}

impl Parts for OrderParts {
    type Child = OrderChild;
    const LISTS: &'static [(&'static str, OrderChild)] = &[
        ("lines", OrderChild::Lines),
        ("addresses", OrderChild::Addresses),
        ("coupons", OrderChild::Coupons),
        ("taxes", OrderChild::Taxes),
        ("shipments", OrderChild::Shipments),
        ("transactions", OrderChild::Transactions),
    ];

    fn ask(child: OrderChild, order: u64, page: u32) -> Ask {
        Ask::OrderChildren { child, order, page }
    }

    fn has_pages(child: OrderChild) -> bool {
        child != OrderChild::Transactions
    }

    fn slot(&mut self, child: OrderChild) -> &mut Option<Vec<Box<str>>> {
        match child {
            OrderChild::Lines => &mut self.lines,
            OrderChild::Addresses => &mut self.addresses,
            OrderChild::Coupons => &mut self.coupons,
            OrderChild::Taxes => &mut self.taxes,
            OrderChild::Shipments => &mut self.shipments,
            OrderChild::Transactions => &mut self.transactions,
        }
    }
}

/// A record of the page.
pub(super) struct Item<P: Parts> {
    pub(super) raw: Box<str>,
    pub(super) id: Option<u64>,
    pub(super) parts: P,
    wants: VecDeque<P::Child>,
    /// The list's page to be asked for next, from 1.
    page: u32,
    /// Whether anything of what belongs to it has come.
    gained: bool,
    /// Why it can't be had whole.
    pub(super) failed: Option<String>,
}

impl<P: Parts> Item<P> {
    pub(super) fn new(row: At<'_, '_>, wants: Vec<P::Child>) -> Self {
        let id = landmark(row).number();
        // Nothing can be asked for of a record whose id can't be read.
        let wants = if id.is_some() { wants.into() } else { VecDeque::new() };
        Self {
            raw: row.raw().into(),
            id,
            parts: P::default(),
            wants,
            page: 1,
            gained: false,
            failed: None,
        }
    }

    fn is_complete(&self) -> bool {
        self.wants.is_empty()
    }
}

/// The records of the page that have not been handed over.
pub(super) struct Items<P: Parts>(pub(super) VecDeque<Item<P>>);

impl<P: Parts> Items<P> {
    /// How many are complete, from the first on.
    pub(super) fn ready(&self) -> usize {
        self.0.iter().take_while(|item| item.is_complete()).count()
    }

    fn waiting(&mut self) -> Option<&mut Item<P>> {
        self.0.iter_mut().find(|item| !item.is_complete())
    }

    /// The next call for what belongs to a record.
    pub(super) fn wanted(&self) -> Option<Ask> {
        let item = self.0.iter().find(|item| !item.is_complete())?;
        Some(P::ask(*item.wants.front()?, item.id?, item.page))
    }

    /// Takes in the answer to it.
    pub(super) fn absorb(&mut self, answer: &Rows<'_>) {
        let Some(item) = self.waiting() else { return };
        let Some(child) = item.wants.front().copied() else { return };
        let list = item.parts.slot(child).get_or_insert_default();
        list.extend(answer.rows().map(|row| row.raw().into()));
        item.gained = true;
        let goes_on = P::has_pages(child) && goes_on(answer, LIMIT_MAX);
        if goes_on && list.len() > CHILDREN_MAX {
            self.fail(&format!("found a list that goes on after {CHILDREN_MAX} of its rows"));
        } else if goes_on {
            item.page = item.page.saturating_add(1);
        } else {
            item.wants.pop_front();
            item.page = 1;
        }
    }

    /// What has come of the first record that is not complete, to be gone on with by another run.
    pub(super) fn begun(&mut self) -> Option<Begun> {
        let item = self.waiting().filter(|item| item.gained)?;
        let wants = item.wants.iter().filter_map(|child| name::<P>(*child)).map(str::to_owned);
        let mut begun = Begun {
            id: item.id?,
            updated_at: kept_landmark(&item.raw).updated_at?,
            wants: wants.collect(),
            page: item.page,
            lists: Vec::new(),
        };
        for (name, child) in P::LISTS {
            if let Some(rows) = item.parts.slot(*child) {
                let values = rows.iter().map(|row| RawValue::from_string(String::from(&**row)));
                begun.lists.push(((*name).to_owned(), values.collect::<Result<_, _>>().ok()?));
            }
        }
        Some(begun)
    }

    /// Goes on with what another run has begun, if it is that very version of the record.
    pub(super) fn go_on_with(&mut self, begun: Begun) {
        let is_it = |item: &&mut Item<P>| {
            item.id == Some(begun.id)
                && kept_landmark(&item.raw).updated_at == Some(begun.updated_at)
        };
        let Some(item) = self.0.iter_mut().find(is_it) else { return };
        let child =
            |name: &str| P::LISTS.iter().find(|(known, _)| *known == name).map(|(_, child)| *child);
        item.wants = begun.wants.iter().filter_map(|name| child(name)).collect();
        item.page = begun.page.max(1);
        item.gained = true;
        for (name, rows) in begun.lists {
            if let Some(child) = child(&name) {
                let rows = rows.iter().map(|row| row.get().into());
                *item.parts.slot(child) = Some(rows.collect());
            }
        }
    }

    /// Counts the list asked for as not answered: a part of it would read as all of it.
    pub(super) fn skip(&mut self) {
        let Some(item) = self.waiting() else { return };
        if let Some(child) = item.wants.pop_front() {
            *item.parts.slot(child) = None;
        }
        item.page = 1;
    }

    /// Gives up the record whose list was asked for.
    pub(super) fn fail(&mut self, reason: &str) {
        if let Some(item) = self.waiting() {
            item.wants.clear();
            item.failed = Some(reason.to_owned());
        }
    }
}

/// Whether a list of which so many were asked for goes on. Where the vendor does not say, a page
/// shorter than it has by default is its last: one shorter than was asked for may have met a limit
/// lower than the documented one.
pub(super) fn goes_on(answer: &Rows<'_>, limit: u32) -> bool {
    match answer.more {
        More::Yes => !answer.is_empty(),
        More::No => false,
        More::Unknown => {
            let full = usize::try_from(limit.min(LIMIT_DEFAULT)).unwrap_or(usize::MAX);
            !answer.is_empty() && answer.len() >= full
        }
    }
}
