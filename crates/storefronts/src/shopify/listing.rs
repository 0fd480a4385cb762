//! The list of all products: sorted, filtered and cut into pages.

use std::sync::Arc;

use flyball_domain::UnixMillis;
use serde_json::Value;

use super::execute::{Executor, Held, Object};
use super::ids::{product_index, product_number};
use super::page::{Cursor, End, LIST_OBJECTS_MAX, Page, PageArgs, Sorted, invalid_cursor};
use super::search::Search;
use super::select::Picked;
use crate::stock::{Direction, Key, Order, Row, Shelf};

/// The field `products`.
pub(super) fn products(executor: &mut Executor<'_>, picked: &Picked<'_>) -> Held {
    let Some(args) = &picked.page else { return Held::NULL };
    let query = picked.args.get("query").and_then(Value::as_str).unwrap_or_default();
    let search = match Search::parse(query, executor.shop.zone.offset_minutes) {
        Ok(search) => search,
        Err(error) => return executor.refuse(picked, error.to_string()),
    };
    executor.warn(search.warnings(&picked.key, query));
    let sort_key = picked.args.get("sortKey").and_then(Value::as_str).unwrap_or("ID");
    let order = match sort_key {
        // Products are numbered as they are made.
        "ID" | "RELEVANCE" | "CREATED_AT" => Order::Made,
        "UPDATED_AT" => Order::Changed,
        other => {
            let message = format!("sortKey {other} is not simulated; use ID or UPDATED_AT");
            return executor.refuse(picked, message);
        }
    };
    let Ok(after) = place(args.after.as_ref(), order) else {
        return executor.refuse(picked, invalid_cursor("after"));
    };
    let Ok(before) = place(args.before.as_ref(), order) else {
        return executor.refuse(picked, invalid_cursor("before"));
    };
    Held::Page(page(&executor.stocked.products, &search, order, args, after, before))
}

/// The places that a search lies between, in an order.
pub(super) fn bounds(order: Order, search: &Search) -> (Option<Key>, Option<Key>) {
    let (span, value_of): (_, fn(u64) -> Option<u64>) = match order {
        Order::Made => (search.ids, product_index),
        Order::Changed => (search.updated, Some),
    };
    let from = span.from.checked_sub(1).and_then(value_of);
    let after = from.map(|value| Key { value, index: last_index(order, value) });
    let before = (span.until != u64::MAX).then(|| {
        let value = value_of(span.until).unwrap_or(0);
        Key { value, index: if order == Order::Made { value } else { 0 } }
    });
    (after, before)
}

const fn last_index(order: Order, value: u64) -> u64 {
    match order {
        Order::Made => value,
        Order::Changed => u64::MAX,
    }
}

/// Whether a row fits a search.
pub(super) fn fits(shelf: &Shelf, search: &Search, row: &Row) -> bool {
    search.fits_row(row)
        && (!search.needs_content()
            || shelf.get(row.index).is_some_and(|shown| search.fits_content(&shown)))
}

/// A cursor of another order, or of nothing.
struct WrongCursor;

/// The place of a cursor in an order.
fn place(cursor: Option<&Cursor>, order: Order) -> Result<Option<Key>, WrongCursor> {
    let Some(cursor) = cursor else { return Ok(None) };
    let index = product_index(cursor.last_id).ok_or(WrongCursor)?;
    let value = match order {
        Order::Made => index,
        Order::Changed => {
            UnixMillis::parse_rfc3339(&cursor.last_value).map_err(|_no_time| WrongCursor)?.0
        }
    };
    Ok(Some(Key { value, index }))
}

fn cursor(row: &Row, order: Order, offset: u64) -> Cursor {
    let last_id = product_number(row.index);
    let last_value = match order {
        Order::Made => last_id.to_string(),
        Order::Changed => UnixMillis(row.updated_at).to_rfc3339(),
    };
    Cursor { last_id, last_value, offset }
}

fn page(
    shelf: &Shelf,
    search: &Search,
    order: Order,
    args: &PageArgs,
    after: Option<Key>,
    before: Option<Key>,
) -> Page<Object> {
    let listed = match args.sorted {
        Sorted::Forward => Direction::Ascending,
        Sorted::Reverse => Direction::Descending,
    };
    // Cursors speak of the list's own direction.
    let (low, high) = match args.sorted {
        Sorted::Forward => (after, before),
        Sorted::Reverse => (before, after),
    };
    let (from, until) = bounds(order, search);
    let low = low.max(from);
    let high = match (high, until) {
        (Some(high), Some(until)) => Some(high.min(until)),
        (high, until) => high.or(until),
    };
    let read = |direction, count: u64| {
        let most = usize::try_from(count).unwrap_or(usize::MAX).saturating_add(1);
        let mut rows: Vec<_> = shelf
            .rows(order, direction, low, high)
            .filter(|row| fits(shelf, search, row))
            .take(most)
            .collect();
        let more = rows.len() == most;
        rows.truncate(most.saturating_sub(1));
        (rows, more)
    };
    let seen = args.after.as_ref().map_or(0, |after| after.offset);
    let (rows, has_next, has_previous) = match args.end {
        End::First => {
            let left = LIST_OBJECTS_MAX.saturating_sub(seen);
            let (rows, more) = read(listed, args.count.min(left));
            (rows, more && args.count < left, args.after.is_some())
        }
        End::Last => {
            let (mut rows, more) = read(listed.turned(), args.count);
            rows.reverse();
            (rows, args.before.is_some(), more)
        }
    };
    let rows = rows
        .iter()
        .zip(seen.saturating_add(1)..)
        .filter_map(|(row, offset)| {
            let shown = Arc::new(shelf.get(row.index)?);
            Some((cursor(row, order, offset), Object::Product(shown)))
        })
        .collect();
    Page { rows, has_next, has_previous }
}
