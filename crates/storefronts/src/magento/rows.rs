//! Searches by what a shelf tells of its rows without a look into them: ids and times. They cost as
//! much as the page they ask for, however many rows there are.

use core::ops::Range;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::condition::{Condition, moment_of, number_of};
use super::criteria::{Criteria, Filter};
use super::ids::number;
use super::page::{CLUMP, Window};
use crate::stock::{Direction, Key, Order, Row, Shelf};

/// A search that needs no look into its rows.
#[derive(Debug)]
pub(super) struct RowSearch {
    groups: Vec<Vec<Test>>,
    order: Order,
    direction: Direction,
    tie: Tie,
    /// What of the order's column is looked at.
    span: Range<u64>,
    /// From here on, up to the end of the span, every row is found.
    certain_from: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Id,
    Created,
    Updated,
}

/// A filter as stretches of a column's numbers.
#[derive(Clone, Debug)]
struct Test {
    column: Column,
    stretches: Vec<Range<u64>>,
    outside: bool,
}

/// What neighbors have in common that an order can't tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tie {
    None,
    Created,
    Updated,
    Clump,
}

impl RowSearch {
    /// `None` where the search looks into its rows.
    pub(super) fn of(criteria: &Criteria) -> Option<Self> {
        let (order, direction, tie) = order(criteria)?;
        let groups: Vec<Vec<Test>> = criteria
            .groups
            .iter()
            .filter(|group| !group.is_empty())
            .map(|group| group.iter().map(test).collect())
            .collect::<Option<_>>()?;
        let column = match order {
            Order::Made => Column::Id,
            Order::Changed => Column::Updated,
        };
        let mut span = 0..u64::MAX;
        let mut certain_from = 0;
        for group in &groups {
            match group.as_slice() {
                [Test { column: found, stretches, outside: false }] if *found == column => {
                    let stretch = hull(stretches);
                    span = span.start.max(stretch.start)..span.end.min(stretch.end);
                    if stretches.len() > 1 {
                        certain_from = u64::MAX;
                    }
                }
                tests => certain_from = certain_from.max(always_from(tests, column)),
            }
        }
        Some(Self { groups, order, direction, tie, span, certain_from })
    }

    /// How many rows are found.
    pub(super) fn count<T>(&self, shelf: &Shelf<T>) -> u64 {
        let border = self.certain_from.clamp(self.span.start, self.span.end.max(self.span.start));
        let looked_at = self.found(shelf, self.span.start..border).count();
        let (after, before) = self.places(&(border..self.span.end));
        let certain =
            if border < self.span.end { shelf.count_between(self.order, after, before) } else { 0 };
        certain.saturating_add(u64::try_from(looked_at).unwrap_or(u64::MAX))
    }

    /// The rows of a page.
    pub(super) fn page<T>(&self, shelf: &Shelf<T>, window: &Window, seed: u64) -> Vec<Row> {
        let rows = self.found(shelf, self.span.clone());
        window.cut(rows.map(|row| (row, self.key(&row))), seed)
    }

    fn found<'a, T>(
        &'a self,
        shelf: &'a Shelf<T>,
        span: Range<u64>,
    ) -> impl Iterator<Item = Row> + 'a {
        let (after, before) = self.places(&span);
        let rows = (span.start < span.end)
            .then(|| shelf.rows(self.order, self.direction, after, before))
            .into_iter()
            .flatten();
        rows.filter(|row| self.groups.iter().all(|group| group.iter().any(|test| test.holds(row))))
    }

    /// The places around a stretch of the order's column.
    fn places(&self, span: &Range<u64>) -> (Option<Key>, Option<Key>) {
        let is_open = span.end == u64::MAX;
        match self.order {
            Order::Made => {
                // The column holds ids, of which the first is that of index 0.
                let index = |id: u64| id.saturating_sub(number(0));
                let at = |index: u64| Key { value: index, index };
                let after = index(span.start).checked_sub(1).map(at);
                (after, (!is_open).then(|| at(index(span.end))))
            }
            Order::Changed => {
                let after = span.start.checked_sub(1);
                (
                    after.map(|value| Key { value, index: u64::MAX }),
                    (!is_open).then_some(Key { value: span.end, index: 0 }),
                )
            }
        }
    }

    const fn key(&self, row: &Row) -> u64 {
        match self.tie {
            Tie::None => row.index,
            Tie::Created => row.created_at,
            Tie::Updated => row.updated_at,
            Tie::Clump => row.index / CLUMP,
        }
    }
}

impl Test {
    fn holds(&self, row: &Row) -> bool {
        let value = match self.column {
            Column::Id => number(row.index),
            Column::Created => row.created_at,
            Column::Updated => row.updated_at,
        };
        self.stretches.iter().any(|stretch| stretch.contains(&value)) != self.outside
    }
}

/// From which value of a column on a group holds whatever else a row has.
fn always_from(tests: &[Test], column: Column) -> u64 {
    let open = |test: &Test| match test.stretches.as_slice() {
        [stretch] if test.column == column && !test.outside && stretch.end == u64::MAX => {
            Some(stretch.start)
        }
        _ => None,
    };
    tests.iter().filter_map(open).min().unwrap_or(u64::MAX)
}

fn hull(stretches: &[Range<u64>]) -> Range<u64> {
    let start = stretches.iter().map(|stretch| stretch.start).min().unwrap_or(0);
    let end = stretches.iter().map(|stretch| stretch.end).max().unwrap_or(0);
    start..end
}

fn column(name: &str) -> Option<Column> {
    match name {
        "entity_id" => Some(Column::Id),
        "created_at" => Some(Column::Created),
        "updated_at" => Some(Column::Updated),
        _ => None,
    }
}

fn order(criteria: &Criteria) -> Option<(Order, Direction, Tie)> {
    let sort = criteria.sort.as_slice();
    let direction = match sort.first() {
        Some(first) if first.descending => Direction::Descending,
        Some(_) | None => Direction::Ascending,
    };
    let columns: Vec<Column> =
        sort.iter().map(|sort| column(&sort.field)).collect::<Option<_>>()?;
    let same =
        sort.iter().all(|other| Some(other.descending) == sort.first().map(|one| one.descending));
    Some(match columns.as_slice() {
        [] => (Order::Made, direction, Tie::Clump),
        [Column::Id, ..] => (Order::Made, direction, Tie::None),
        [Column::Updated] => (Order::Changed, direction, Tie::Updated),
        [Column::Updated, Column::Id, ..] if same => (Order::Changed, direction, Tie::None),
        // What was made later has the higher id.
        [Column::Created] => (Order::Made, direction, Tie::Created),
        [Column::Created, Column::Id, ..] if same => (Order::Made, direction, Tie::None),
        [Column::Created | Column::Updated, ..] => return None,
    })
}

fn test(filter: &Filter) -> Option<Test> {
    let column = column(&filter.field)?;
    let read = |text: &str| -> Option<Decimal> {
        match column {
            Column::Id => Some(number_of(text)),
            Column::Created | Column::Updated => moment_of(text).map(Decimal::from),
        }
    };
    let value = || read(&filter.value);
    let test = |stretches| Test { column, stretches, outside: false };
    let one = |stretch: Range<u64>| test(Vec::from([stretch]));
    let not = |test: Test| Test { outside: true, ..test };
    let listed = || -> Option<Vec<_>> {
        filter.value.split(',').map(|one| read(one).map(exactly)).collect()
    };
    Some(match filter.condition {
        Condition::Eq => one(exactly(value()?)),
        Condition::Neq => not(one(exactly(value()?))),
        Condition::Gt => one(above(value()?)..u64::MAX),
        Condition::Gteq => one(from(value()?)..u64::MAX),
        Condition::Lt => one(0..from(value()?)),
        Condition::Lteq => one(0..above(value()?)),
        Condition::In => test(listed()?),
        Condition::Nin => not(test(listed()?)),
        Condition::Null => test(Vec::new()),
        Condition::Notnull => not(test(Vec::new())),
        Condition::Like | Condition::Nlike | Condition::Finset => return None,
    })
}

/// The least number that is not below a value.
fn from(value: Decimal) -> u64 {
    limit(value.ceil())
}

/// The least number above a value.
fn above(value: Decimal) -> u64 {
    limit(value.floor().saturating_add(Decimal::ONE))
}

fn exactly(value: Decimal) -> Range<u64> {
    if value.is_integer() { from(value)..above(value) } else { 0..0 }
}

fn limit(value: Decimal) -> u64 {
    if value.is_sign_negative() { 0 } else { value.to_u64().unwrap_or(u64::MAX) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::magento::condition::{Cell, time_text};
    use crate::magento::page::PastTheEnd;
    use crate::magento::params::Params;
    use crate::stock::{Layout, Stock, StockProduct, Stocked};

    const COUNT: u64 = 300;

    fn generated(products: u64) -> Shelf<StockProduct> {
        Stocked::new(Stock::Generated { products }, 0, 5, Layout::Flat).products
    }

    fn shelf() -> Shelf<StockProduct> {
        let mut shelf = generated(COUNT);
        for index in [3, 50, 120] {
            shelf.delete(index);
        }
        for index in [7, 8, 200] {
            shelf.change(index, None, 1_795_338_000_000);
        }
        shelf
    }

    fn criteria(filters: &[(usize, &str, &str, String)], sort: &[(&str, &str)]) -> Criteria {
        let mut query = "searchCriteria".to_owned();
        for (at, (group, field, word, value)) in filters.iter().enumerate() {
            let to = format!("&searchCriteria[filterGroups][{group}][filters][{at}]");
            query.extend([&to, "[field]=", field, &to, "[conditionType]=", word]);
            query.extend([&to, "[value]=", value]);
        }
        for (at, (field, direction)) in sort.iter().enumerate() {
            let to = format!("&searchCriteria[sortOrders][{at}]");
            query.extend([&to, "[field]=", field, &to, "[direction]=", direction]);
        }
        Criteria::parse(&Params::parse(&query), None).unwrap().unwrap()
    }

    fn cell(row: &Row, field: &str) -> Cell {
        match field {
            "entity_id" => Cell::Number(number(row.index).into()),
            "created_at" => Cell::Text(time_text(row.created_at)),
            _ => Cell::Text(time_text(row.updated_at)),
        }
    }

    fn filter() -> impl Strategy<Value = (usize, &'static str, &'static str, String)> {
        let field = prop_oneof![Just("entity_id"), Just("created_at"), Just("updated_at")];
        let word = prop_oneof![
            Just("eq"),
            Just("neq"),
            Just("gt"),
            Just("gteq"),
            Just("lt"),
            Just("lteq"),
            Just("in"),
            Just("nin"),
            Just("null"),
            Just("notnull"),
        ];
        (0_usize..3, field, word, 0..COUNT).prop_map(|(group, field, word, at)| {
            let row = shelf().row(at).or_else(|| shelf().row(at + 1)).unwrap();
            let value = match field {
                "entity_id" => number(row.index).to_string(),
                "created_at" => time_text(row.created_at),
                _ => time_text(row.updated_at),
            };
            (group, field, word, value)
        })
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_a_look_at_every_row_finds(
            filters in proptest::collection::vec(filter(), 0..5),
            by in 0_usize..6,
        ) {
            let sort: &[(&str, &str)] = match by {
                0 => &[],
                1 => &[("entity_id", "ASC")],
                2 => &[("updated_at", "ASC")],
                3 => &[("updated_at", "DESC"), ("entity_id", "DESC")],
                4 => &[("created_at", "DESC")],
                _ => &[("updated_at", "ASC"), ("entity_id", "ASC")],
            };
            let criteria = criteria(&filters, sort);
            let shelf = shelf();
            let search = RowSearch::of(&criteria).unwrap();
            let expected: Vec<u64> = shelf
                .rows(Order::Made, Direction::Ascending, None, None)
                .filter(|row| criteria.finds(|field| cell(row, field)))
                .map(|row| row.index)
                .collect();
            let total = u64::try_from(expected.len()).unwrap();
            prop_assert_eq!(search.count(&shelf), total);
            let window = Window::of(None, 1, total, PastTheEnd::LastPage);
            let page = search.page(&shelf, &window, 7);
            let mut found: Vec<u64> = page.iter().map(|row| row.index).collect();
            if by == 2 || by == 5 {
                prop_assert!(page.is_sorted_by_key(|row| row.updated_at));
            }
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_search_that_looks_into_its_rows_is_somebody_elses() {
        for (filters, sort) in [
            (vec![(0, "sku", "eq", "a".to_owned())], vec![]),
            (vec![(0, "updated_at", "like", "2026%".to_owned())], vec![]),
            (vec![], vec![("name", "ASC")]),
            (vec![], vec![("updated_at", "ASC"), ("entity_id", "DESC")]),
        ] {
            assert!(RowSearch::of(&criteria(&filters, &sort)).is_none(), "{filters:?} {sort:?}");
        }
    }

    #[test]
    fn the_end_of_a_hundred_million_rows_is_found_and_counted_at_once() {
        let count = crate::stock::PRODUCTS_MAX;
        let shelf = generated(count);
        let late = time_text(shelf.row(count - 500).unwrap().updated_at);
        let criteria = criteria(
            &[
                (0, "updated_at", "gteq", "2024-01-01 00:00:00".to_owned()),
                (1, "updated_at", "gt", "2024-01-01 00:00:00".to_owned()),
                (1, "entity_id", "gt", "17".to_owned()),
                (2, "updated_at", "lt", late),
            ],
            &[("updated_at", "ASC"), ("entity_id", "ASC")],
        );
        let search = RowSearch::of(&criteria).unwrap();
        let total = search.count(&shelf);
        assert!(total > count - 1_000 && total < count, "{total}");
        let window = Window::of(Some(100), 1, total, PastTheEnd::LastPage);
        assert_eq!(search.page(&shelf, &window, 7).len(), 100);
    }
}
