//! Searches that look into their rows: every row is made, and then looked at.

use core::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::Value;

use super::condition::Cell;
use super::criteria::Criteria;
use super::page::{CLUMP, PastTheEnd, Window};
use super::problem::Problem;

/// What a list is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    /// The columns that can be searched by.
    pub(super) columns: &'a [&'a str],
    /// Those by which no two rows are alike.
    pub(super) unique: &'a [&'a str],
    /// What is said to a search by another.
    pub(super) unknown: fn(&str) -> Problem,
    pub(super) past_the_end: PastTheEnd,
}

/// A page.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) items: Vec<Value>,
    pub(super) total: u64,
}

impl Table<'_> {
    /// Whether a search can be made.
    ///
    /// # Errors
    /// A column that is none.
    pub(super) fn check(&self, criteria: &Criteria) -> Result<(), Problem> {
        match criteria.columns().find(|column| !self.columns.contains(column)) {
            Some(column) => Err((self.unknown)(column)),
            None => Ok(()),
        }
    }

    /// The page of a search among rows, by what their columns hold.
    pub(super) fn search(
        &self,
        rows: Vec<Value>,
        criteria: &Criteria,
        cell: impl Fn(&Value, &str) -> Cell,
        seed: u64,
    ) -> Found {
        let mut found: Vec<(Value, Vec<Cell>)> = rows
            .into_iter()
            .filter(|row| criteria.finds(|column| cell(row, column)))
            .map(|row| {
                let keys = criteria.sort.iter().map(|sort| cell(&row, &sort.field)).collect();
                (row, keys)
            })
            .collect();
        found.sort_by(|(_, left), (_, right)| compare(left, right, criteria));
        let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let window = Window::of(criteria.page_size, criteria.page, total, self.past_the_end);
        let is_unique = criteria.sort.iter().any(|sort| self.unique.contains(&sort.field.as_str()));
        let keyed = (0_u64..).zip(found).map(|(place, (row, keys))| {
            let clump = if is_unique {
                place
            } else if criteria.sort.is_empty() {
                place / CLUMP
            } else {
                0
            };
            (row, (clump, keys))
        });
        Found { items: window.cut(keyed, seed), total }
    }
}

fn compare(left: &[Cell], right: &[Cell], criteria: &Criteria) -> Ordering {
    let pairs = left.iter().zip(right).zip(&criteria.sort);
    pairs.fold(Ordering::Equal, |order, ((left, right), sort)| {
        order.then_with(|| {
            let order = cell_order(left, right);
            if sort.descending { order.reverse() } else { order }
        })
    })
}

fn cell_order(left: &Cell, right: &Cell) -> Ordering {
    match (left, right) {
        (Cell::Number(left), Cell::Number(right)) => left.cmp(right),
        (Cell::Text(left), Cell::Text(right)) => left.to_lowercase().cmp(&right.to_lowercase()),
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) | (Cell::Number(_), Cell::Text(_)) => Ordering::Less,
        (_, Cell::Null) | (Cell::Text(_), Cell::Number(_)) => Ordering::Greater,
    }
}

/// What a row's member holds.
pub(super) fn member(row: &Value, name: &str) -> Cell {
    row.get(name).map_or(Cell::Null, cell)
}

/// A value as a column holds it: lists with commas between their parts.
pub(super) fn cell(value: &Value) -> Cell {
    match value {
        Value::Null | Value::Object(_) => Cell::Null,
        Value::Bool(is_set) => Cell::Number(Decimal::from(u8::from(*is_set))),
        Value::Number(number) => {
            let text = number.to_string();
            let number = text.parse().or_else(|_| Decimal::from_scientific(&text));
            number.map_or(Cell::Null, Cell::Number)
        }
        Value::String(text) => Cell::Text(text.clone()),
        Value::Array(items) => {
            let text = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            Cell::Text(items.iter().map(text).collect::<Vec<_>>().join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::magento::params::Params;

    const TABLE: Table<'_> = Table {
        columns: &["id", "name", "size"],
        unique: &["id"],
        unknown: Problem::no_attribute,
        past_the_end: PastTheEnd::LastPage,
    };

    fn rows() -> Vec<Value> {
        let names = ["pear", "Apple", "fig", "apple"];
        let row = |(id, name): (usize, &str)| json!({"id": id, "name": name, "size": id % 2});
        names.into_iter().enumerate().map(row).collect()
    }

    fn ids(query: &str) -> Vec<u64> {
        let criteria = Criteria::parse(&Params::parse(query), None).unwrap().unwrap();
        let found = TABLE.search(rows(), &criteria, member, 7);
        found.items.iter().map(|row| row["id"].as_u64().unwrap()).collect()
    }

    #[test]
    fn rows_are_found_sorted_and_cut() {
        let sort = |at: u32, field: &str, direction: &str| {
            format!(
                "searchCriteria[sortOrders][{at}][field]={field}\
                 &searchCriteria[sortOrders][{at}][direction]={direction}&"
            )
        };
        let by_name = sort(0, "name", "ASC") + &sort(1, "id", "DESC");
        assert_eq!(ids(&by_name), [3, 1, 2, 0]);
        assert_eq!(
            ids(&(by_name + "searchCriteria[pageSize]=3&searchCriteria[currentPage]=2")),
            [0]
        );
        let filter = "searchCriteria[filterGroups][0][filters][0]";
        assert_eq!(ids(&format!("{filter}[field]=name&{filter}[value]=APPLE")).len(), 2);
    }

    #[test]
    fn a_column_that_is_none_is_refused() {
        let query = "searchCriteria[sortOrders][0][field]=color";
        let criteria = Criteria::parse(&Params::parse(query), None).unwrap().unwrap();
        assert_eq!(TABLE.check(&criteria), Err(Problem::no_attribute("color")));
    }
}
