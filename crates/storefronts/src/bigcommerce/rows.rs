//! Which rows of a shelf a list holds, and those of one page of it. As far as a list is cut out of the
//! shelf by its own order, a page costs as much as the page, wherever it is.

use std::collections::BTreeSet;

use crate::stock::{Direction, Key, Order, Row, Shelf};

use super::page::Page;

/// What narrows a list down without looking at the content of its rows. Ends are excluded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) indexes: (u64, u64),
    /// In Unix milliseconds.
    pub(super) changed: (u64, u64),
    /// In Unix milliseconds.
    pub(super) created: (u64, u64),
    /// Only these indexes.
    pub(super) only: Option<BTreeSet<u64>>,
    /// None of these.
    pub(super) except: BTreeSet<u64>,
}

impl Default for Bounds {
    fn default() -> Self {
        let all = (0, u64::MAX);
        Self { indexes: all, changed: all, created: all, only: None, except: BTreeSet::new() }
    }
}

impl Bounds {
    pub(super) fn holds(&self, row: &Row) -> bool {
        let within = |value: u64, (from, to): (u64, u64)| from <= value && value < to;
        within(row.index, self.indexes)
            && within(row.updated_at, self.changed)
            && within(row.created_at, self.created)
            && self.only.as_ref().is_none_or(|only| only.contains(&row.index))
            && !self.except.contains(&row.index)
    }

    /// All rows, in an order.
    pub(super) fn all<T>(&self, shelf: &Shelf<T>, order: Order) -> Vec<Row> {
        let mut rows: Vec<_> = if let Some(only) = &self.only {
            only.iter().filter_map(|index| shelf.row(*index)).collect()
        } else {
            let [made, changed] = [Order::Made, Order::Changed].map(|order| {
                let (after, before) = self.ends(order);
                (shelf.count_between(order, after, before), order)
            });
            let (_, shortest) = if changed.0 < made.0 { changed } else { made };
            let (after, before) = self.ends(shortest);
            shelf.rows(shortest, Direction::Ascending, after, before).collect()
        };
        rows.retain(|row| self.holds(row));
        rows.sort_unstable_by_key(|row| order.key(row));
        rows
    }

    /// How many rows there are in all, and those of a page.
    pub(super) fn page<T>(
        &self,
        shelf: &Shelf<T>,
        order: Order,
        direction: Direction,
        page: Page,
    ) -> (u64, Vec<Row>) {
        let bounds = self.clone().without_needless(shelf);
        if bounds.is_cut_by(order) {
            return bounds.cut(shelf, order, direction, page);
        }
        let mut rows = bounds.all(shelf, order);
        if direction == Direction::Descending {
            rows.reverse();
        }
        (u64::try_from(rows.len()).unwrap_or(u64::MAX), page.of(rows))
    }

    /// The same rows, without bounds of the last change that all rows keep.
    fn without_needless<T>(mut self, shelf: &Shelf<T>) -> Self {
        let end = |direction| shelf.rows(Order::Changed, direction, None, None).next();
        if end(Direction::Ascending).is_none_or(|first| self.changed.0 <= first.updated_at) {
            self.changed.0 = 0;
        }
        if end(Direction::Descending).is_none_or(|last| last.updated_at < self.changed.1) {
            self.changed.1 = u64::MAX;
        }
        self
    }

    /// Whether nothing but the places in an order says which rows there are.
    fn is_cut_by(&self, order: Order) -> bool {
        let otherwise = match order {
            Order::Made => Self { indexes: self.indexes, ..Self::default() },
            Order::Changed => Self { changed: self.changed, ..Self::default() },
        };
        *self == otherwise
    }

    fn cut<T>(
        &self,
        shelf: &Shelf<T>,
        order: Order,
        direction: Direction,
        page: Page,
    ) -> (u64, Vec<Row>) {
        let (after, before) = self.ends(order);
        let total = shelf.count_between(order, after, before);
        let first = page.skip().min(total);
        let last = first.saturating_add(page.limit).min(total);
        let (skip, count) = match direction {
            Direction::Ascending => (first, last.saturating_sub(first)),
            Direction::Descending => (total.saturating_sub(last), last.saturating_sub(first)),
        };
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let (place, rest) = place_of(shelf, order, (after, before), skip);
        let rows = shelf.rows(order, Direction::Ascending, place, before);
        let mut rows: Vec<_> = rows.skip(size(rest)).take(size(count)).collect();
        if direction == Direction::Descending {
            rows.reverse();
        }
        (total, rows)
    }

    /// The places that the rows lie strictly between.
    fn ends(&self, order: Order) -> (Option<Key>, Option<Key>) {
        let (from, to) = match order {
            Order::Made => self.indexes,
            Order::Changed => self.changed,
        };
        (before(first_at(order, from)), (to < u64::MAX).then(|| first_at(order, to)))
    }
}

/// The first place at a value of an order.
const fn first_at(order: Order, value: u64) -> Key {
    match order {
        Order::Made => Key { value, index: value },
        Order::Changed => Key { value, index: 0 },
    }
}

/// The place just before another.
fn before(key: Key) -> Option<Key> {
    if let Some(index) = key.index.checked_sub(1) {
        // In the order of making both are the same number.
        let value = if key.value == key.index { index } else { key.value };
        return Some(Key { value, index });
    }
    Some(Key { value: key.value.checked_sub(1)?, index: u64::MAX })
}

/// A place with no more than `skip` rows between the first end and it, and how many are left to be
/// skipped behind it: those that share a value with where the skipping ends.
fn place_of<T>(
    shelf: &Shelf<T>,
    order: Order,
    (after, before_all): (Option<Key>, Option<Key>),
    skip: u64,
) -> (Option<Key>, u64) {
    let count = |value| {
        let place = first_at(order, value);
        let place = before_all.map_or(place, |end| end.min(place));
        shelf.count_between(order, after, Some(place))
    };
    let (mut low, mut high) = (0_u64, u64::MAX);
    while low < high {
        let middle = low.midpoint(high).saturating_add(1);
        if count(middle) <= skip {
            low = middle;
        } else {
            high = middle.saturating_sub(1);
        }
    }
    let place = first_at(order, low);
    if after.is_some_and(|after| place <= after) {
        return (after, skip);
    }
    (before(place).or(after), skip.saturating_sub(count(low)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stock::{Layout, Stock, Stocked};

    fn stocked(products: u64, edits: &[(u64, bool)]) -> Stocked {
        let stock = Stock::Generated { products };
        let mut stocked = Stocked::new(stock, 0, 5, Layout::Nested);
        for ((index, is_gone), second) in edits.iter().zip(0_u64..) {
            if *is_gone {
                stocked.products.delete(*index);
            } else {
                stocked.products.change(*index, None, 1_800_000_000_000 + second / 3 * 1_000);
            }
        }
        stocked
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_page_is_what_skipping_and_taking_make_of_the_list(
            products in 0_u64..150,
            edits in proptest::collection::vec((0_u64..150, any::<bool>()), 0..40),
            indexes in (0_u64..160, 0_u64..160),
            changed in (0_u64..2_100, 0_u64..2_100),
            number in 1_u64..6,
            limit in 1_u64..60,
            by_change: bool,
            with_other: bool,
            is_descending: bool,
        ) {
            let stocked = stocked(products, &edits);
            let order = if by_change { Order::Changed } else { Order::Made };
            // A day for each of the thousandths of the two years of changes, and those beyond.
            let day = |day: u64| 1_704_067_200_000 + day * 86_400_000;
            let mut bounds = Bounds::default();
            if by_change || with_other {
                bounds.changed = (day(changed.0), day(changed.1));
            }
            if !by_change || with_other {
                bounds.indexes = indexes;
            }
            let direction =
                if is_descending { Direction::Descending } else { Direction::Ascending };
            let mut expected: Vec<_> = stocked
                .products
                .rows(order, Direction::Ascending, None, None)
                .filter(|row| bounds.holds(row))
                .collect();
            if is_descending {
                expected.reverse();
            }
            let total = u64::try_from(expected.len()).unwrap();
            let page = Page { number, limit };
            let found = bounds.page(&stocked.products, order, direction, page);
            prop_assert_eq!(found, (total, page.of(expected)));
        }
    }

    #[test]
    fn a_page_in_the_middle_of_a_hundred_million_products_is_found_at_once() {
        let stocked = stocked(crate::stock::PRODUCTS_MAX, &[]);
        let page = Page { number: 200_000, limit: 250 };
        for order in [Order::Made, Order::Changed] {
            let (total, rows) =
                Bounds::default().page(&stocked.products, order, Direction::Ascending, page);
            assert_eq!((total, rows.len()), (crate::stock::PRODUCTS_MAX, 250));
        }
        let (_, rows) =
            Bounds::default().page(&stocked.products, Order::Made, Direction::Ascending, page);
        assert_eq!(rows[0].index, 199_999 * 250);
    }
}
