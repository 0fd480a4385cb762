use core::fmt;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Range};
use std::sync::Arc;

use super::StockProduct;
use super::calendar::Calendar;

const MS_PER_S: u64 = 1_000;

/// Makes the item of an index of the starting stock; `None` beyond its end.
pub(crate) type Draw<T> = Arc<dyn Fn(u64) -> Option<Arc<T>> + Send + Sync>;

/// What a store has now of one sort: its starting stock, and over it what was changed since.
pub(crate) struct Shelf<T = StockProduct> {
    draw: Draw<T>,
    calendar: Calendar,
    edits: BTreeMap<u64, Edit<T>>,
    /// The edited items that are there, by (last change, index).
    moved: BTreeSet<Key>,
    next_index: u64,
    len: u64,
}

impl<T> fmt::Debug for Shelf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").field("len", &self.len).finish_non_exhaustive()
    }
}

#[derive(Debug)]
enum Edit<T> {
    Deleted,
    Live { created_at: u64, updated_at: u64, item: Option<Arc<T>> },
}

/// An item as it stands on the shelf; times in Unix milliseconds, whole seconds.
#[derive(Debug)]
pub(crate) struct Shown<T = StockProduct> {
    pub(crate) index: u64,
    pub(crate) created_at: u64,
    pub(crate) updated_at: u64,
    pub(crate) item: Arc<T>,
}

/// Where an item stands in a list, without its content; times in Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) index: u64,
    pub(crate) created_at: u64,
    pub(crate) updated_at: u64,
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The order of making, which is the order of ids.
    Made,
    /// The order of last change, equal ones by id.
    Changed,
}

impl Order {
    /// Where a row stands in this order.
    pub(crate) const fn key(self, row: &Row) -> Key {
        match self {
            Self::Made => Key { value: row.index, index: row.index },
            Self::Changed => Key { value: row.updated_at, index: row.index },
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    pub(crate) const fn turned(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// A place in an [`Order`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) value: u64,
    pub(crate) index: u64,
}

impl<T> Shelf<T> {
    pub(crate) fn new(calendar: Calendar, draw: Draw<T>) -> Self {
        let count = calendar.count();
        Self {
            draw,
            calendar,
            edits: BTreeMap::new(),
            moved: BTreeSet::new(),
            next_index: count,
            len: count,
        }
    }

    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// One more than the highest index there ever was.
    pub(crate) const fn end(&self) -> u64 {
        self.next_index
    }

    /// The item of an index, unless it is deleted or was never there.
    pub(crate) fn get(&self, index: u64) -> Option<Shown<T>> {
        let row = self.row(index)?;
        let item = match self.edits.get(&index) {
            Some(Edit::Live { item: Some(item), .. }) => Arc::clone(item),
            Some(Edit::Live { item: None, .. } | Edit::Deleted) | None => (self.draw)(index)?,
        };
        let Row { index, created_at, updated_at } = row;
        Some(Shown { index, created_at, updated_at, item })
    }

    /// When the item of an index was made and changed, unless it is not there.
    pub(crate) fn row(&self, index: u64) -> Option<Row> {
        match self.edits.get(&index) {
            Some(Edit::Live { created_at, updated_at, .. }) => {
                Some(Row { index, created_at: *created_at, updated_at: *updated_at })
            }
            None if index < self.calendar.count() => Some(Row {
                index,
                created_at: self.calendar.created_at(index),
                updated_at: self.calendar.updated_at_rank(self.calendar.rank_of(index)),
            }),
            Some(Edit::Deleted) | None => None,
        }
    }

    /// The indexes of the items that were added or changed and are there.
    pub(crate) fn edited(&self) -> impl Iterator<Item = u64> + '_ {
        self.moved.iter().map(|key| key.index)
    }

    /// Adds an item and returns its index.
    pub(crate) fn add(&mut self, item: T, now_ms: u64) -> u64 {
        let index = self.next_index;
        self.next_index = self.next_index.saturating_add(1);
        self.len = self.len.saturating_add(1);
        let at = whole_second(now_ms);
        self.lay(index, at, at, Some(Arc::new(item)));
        index
    }

    /// Changes an item's content, or only the time of its last change. False when it is not there.
    pub(crate) fn change(&mut self, index: u64, item: Option<T>, now_ms: u64) -> bool {
        let Some(row) = self.row(index) else { return false };
        let kept = match self.edits.get(&index) {
            Some(Edit::Live { item, .. }) => item.clone(),
            Some(Edit::Deleted) | None => None,
        };
        self.moved.remove(&Order::Changed.key(&row));
        let updated_at = whole_second(now_ms).max(row.updated_at);
        self.lay(index, row.created_at, updated_at, item.map(Arc::new).or(kept));
        true
    }

    /// Deletes an item. False when it is not there.
    pub(crate) fn delete(&mut self, index: u64) -> bool {
        let Some(row) = self.row(index) else { return false };
        self.moved.remove(&Order::Changed.key(&row));
        self.edits.insert(index, Edit::Deleted);
        self.len = self.len.saturating_sub(1);
        true
    }

    /// The rows strictly between two places of an order, in a direction.
    pub(crate) fn rows(
        &self,
        order: Order,
        direction: Direction,
        after: Option<Key>,
        before: Option<Key>,
    ) -> Box<dyn Iterator<Item = Row> + '_> {
        match order {
            Order::Made => self.rows_made(direction, after, before),
            Order::Changed => self.rows_changed(direction, after, before),
        }
    }

    /// How many rows lie strictly between two places of an order, without looking at each.
    pub(crate) fn count_between(
        &self,
        order: Order,
        after: Option<Key>,
        before: Option<Key>,
    ) -> u64 {
        if after.zip(before).is_some_and(|(after, before)| after >= before) {
            return 0;
        }
        match order {
            Order::Made => {
                let (start, end) = self.places_made(after, before);
                let deleted = self.edits.range(start..end.max(start));
                let deleted = deleted.filter(|(_, edit)| matches!(edit, Edit::Deleted)).count();
                less(end.saturating_sub(start), deleted)
            }
            Order::Changed => {
                let ranks = self.places_changed(after, before);
                let edited = self
                    .edits
                    .keys()
                    .filter(|index| **index < self.calendar.count())
                    .filter(|index| ranks.contains(&self.calendar.rank_of(**index)))
                    .count();
                let moved = self.moved.range(bounds(after, before)).count();
                less(ranks.end.saturating_sub(ranks.start), edited)
                    .saturating_add(u64::try_from(moved).unwrap_or(u64::MAX))
            }
        }
    }

    fn places_made(&self, after: Option<Key>, before: Option<Key>) -> (u64, u64) {
        let start = after.map_or(0, |key| key.index.saturating_add(1));
        let end = before.map_or(self.next_index, |key| key.index.min(self.next_index));
        (start, end)
    }

    /// The ranks of the starting stock between two places.
    fn places_changed(&self, after: Option<Key>, before: Option<Key>) -> Range<u64> {
        let start = after.map_or(0, |key| self.ranks_up_to(|at| at <= key));
        let end = before.map_or(self.calendar.count(), |key| self.ranks_up_to(|at| at < key));
        start..end.max(start)
    }

    fn rows_made(
        &self,
        direction: Direction,
        after: Option<Key>,
        before: Option<Key>,
    ) -> Box<dyn Iterator<Item = Row> + '_> {
        let (start, end) = self.places_made(after, before);
        let row = move |index| self.row(index);
        match direction {
            Direction::Ascending => Box::new((start..end).filter_map(row)),
            Direction::Descending => Box::new((start..end).rev().filter_map(row)),
        }
    }

    fn rows_changed(
        &self,
        direction: Direction,
        after: Option<Key>,
        before: Option<Key>,
    ) -> Box<dyn Iterator<Item = Row> + '_> {
        let ranks = self.places_changed(after, before);
        let untouched = move |rank: u64| {
            let index = self.calendar.index_at(rank);
            (!self.edits.contains_key(&index)).then(|| self.row(index)).flatten()
        };
        if after.zip(before).is_some_and(|(after, before)| after >= before) {
            return Box::new(std::iter::empty());
        }
        let moved = self.moved.range(bounds(after, before)).filter_map(|key| self.row(key.index));
        match direction {
            Direction::Ascending => {
                Box::new(merged(ranks.filter_map(untouched), moved, |left, right| left <= right))
            }
            Direction::Descending => {
                Box::new(merged(ranks.rev().filter_map(untouched), moved.rev(), |left, right| {
                    left >= right
                }))
            }
        }
    }

    /// How many ranks at the start of the order of last change satisfy `is_before`.
    fn ranks_up_to(&self, is_before: impl Fn(Key) -> bool) -> u64 {
        let (mut low, mut high) = (0, self.calendar.count());
        while low < high {
            let middle = low.midpoint(high);
            let key = Key {
                value: self.calendar.updated_at_rank(middle),
                index: self.calendar.index_at(middle),
            };
            if is_before(key) {
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        low
    }

    fn lay(&mut self, index: u64, created_at: u64, updated_at: u64, item: Option<Arc<T>>) {
        self.edits.insert(index, Edit::Live { created_at, updated_at, item });
        self.moved.insert(Key { value: updated_at, index });
    }
}

/// The vendors' times are whole seconds.
const fn whole_second(ms: u64) -> u64 {
    ms - ms % MS_PER_S
}

fn bounds(after: Option<Key>, before: Option<Key>) -> (Bound<Key>, Bound<Key>) {
    (
        after.map_or(Bound::Unbounded, Bound::Excluded),
        before.map_or(Bound::Unbounded, Bound::Excluded),
    )
}

fn less(from: u64, count: usize) -> u64 {
    from.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Two iterators in the order of last change, as one; `first` says which of two keys comes first.
fn merged<'a>(
    left: impl Iterator<Item = Row> + 'a,
    right: impl Iterator<Item = Row> + 'a,
    left_is_first: impl Fn(Key, Key) -> bool + 'a,
) -> impl Iterator<Item = Row> + 'a {
    let mut left = left.peekable();
    let mut right = right.peekable();
    std::iter::from_fn(move || {
        let take_left = match (left.peek(), right.peek()) {
            (Some(left), Some(right)) => {
                left_is_first(Order::Changed.key(left), Order::Changed.key(right))
            }
            (first, _) => first.is_some(),
        };
        if take_left { left.next() } else { right.next() }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stock::generate;

    fn generated(count: u64) -> Shelf {
        let draw = |index| Some(Arc::new(generate::product(5, index)));
        Shelf::new(Calendar::of_products(5, count), Arc::new(draw))
    }

    #[derive(Clone, Debug)]
    enum Step {
        Touch(u64),
        Put(u64),
        Delete(u64),
        Add,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0_u64..150).prop_map(Step::Touch),
            (0_u64..150).prop_map(Step::Put),
            (0_u64..150).prop_map(Step::Delete),
            Just(Step::Add),
        ];
        proptest::collection::vec(step, 0..60)
    }

    fn edited(count: u64, steps: &[Step]) -> Shelf {
        let mut shelf = generated(count);
        for (number, step) in (0_u64..).zip(steps) {
            let now = 1_800_000_000_000 + number / 3 * 1_000;
            match step {
                Step::Touch(index) => {
                    shelf.change(*index, None, now);
                }
                Step::Put(index) => {
                    shelf.change(*index, Some(generate::product(6, *index)), now);
                }
                Step::Delete(index) => {
                    shelf.delete(*index);
                }
                Step::Add => {
                    shelf.add(generate::product(6, 0), now);
                }
            }
        }
        shelf
    }

    proptest! {
        #[test]
        fn both_orders_hold_every_product_that_is_there_once_and_sorted(
            count in 0_u64..150,
            steps in steps(),
        ) {
            let shelf = edited(count, &steps);
            for order in [Order::Made, Order::Changed] {
                let keys: Vec<_> = shelf
                    .rows(order, Direction::Ascending, None, None)
                    .map(|row| order.key(&row))
                    .collect();
                prop_assert!(keys.is_sorted_by(|left, right| left < right));
                prop_assert_eq!(u64::try_from(keys.len()).unwrap(), shelf.len());
                let mut backwards: Vec<_> = shelf
                    .rows(order, Direction::Descending, None, None)
                    .map(|row| order.key(&row))
                    .collect();
                backwards.reverse();
                prop_assert_eq!(&keys, &backwards);
            }
        }

        #[test]
        fn between_two_places_lie_exactly_the_rows_between_them(
            count in 0_u64..150,
            steps in steps(),
            after in 0_usize..150,
            before in 0_usize..150,
        ) {
            let shelf = edited(count, &steps);
            for order in [Order::Made, Order::Changed] {
                let all: Vec<_> =
                    shelf.rows(order, Direction::Ascending, None, None).collect();
                let key = |at: usize| all.get(at).map(|row| order.key(row));
                let (after, before) = (key(after), key(before));
                let expected: Vec<_> = all
                    .iter()
                    .filter(|row| after.is_none_or(|after| order.key(row) > after))
                    .filter(|row| before.is_none_or(|before| order.key(row) < before))
                    .copied()
                    .collect();
                let found: Vec<_> =
                    shelf.rows(order, Direction::Ascending, after, before).collect();
                let count = shelf.count_between(order, after, before);
                prop_assert_eq!(count, u64::try_from(expected.len()).unwrap());
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn a_change_moves_a_product_to_the_end_and_keeps_its_content_unless_given() {
        let mut shelf = generated(10);
        let before = shelf.get(3).unwrap();
        assert!(shelf.change(3, None, 1_800_000_000_999));
        let after = shelf.get(3).unwrap();
        assert_eq!(after.item, before.item);
        assert_eq!(after.updated_at, 1_800_000_000_000);
        let last = shelf.rows(Order::Changed, Direction::Descending, None, None).next().unwrap();
        assert_eq!(last.index, 3);
    }

    #[test]
    fn what_is_deleted_stays_deleted() {
        let mut shelf = generated(10);
        assert!(shelf.delete(3));
        assert!(!shelf.delete(3));
        assert!(!shelf.change(3, None, 1_800_000_000_000));
        assert!(shelf.get(3).is_none());
        assert_eq!(shelf.len(), 9);
    }

    #[test]
    fn a_page_at_the_end_of_a_hundred_million_products_is_found_at_once() {
        let shelf = generated(crate::stock::PRODUCTS_MAX);
        let mut rows = shelf.rows(Order::Changed, Direction::Descending, None, None);
        let last = rows.next().unwrap();
        let place = Order::Changed.key(&last);
        assert!(
            shelf.rows(Order::Changed, Direction::Ascending, Some(place), None).next().is_none()
        );
        assert!(shelf.get(last.index).is_some());
    }
}
