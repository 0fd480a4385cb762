//! The lists of all products and all orders: sorted, filtered and cut into pages.

use std::sync::Arc;

use flyball_domain::UnixMillis;
use serde_json::{Map, Value, json};

use super::execute::{Executor, Held, Object};
use super::ids::{order_index, order_number, product_index, product_number};
use super::page::{Cursor, End, LIST_OBJECTS_MAX, Page, PageArgs, Sorted, invalid_cursor};
use super::resolve::Part;
use super::search::{Search, Subject};
use super::select::Picked;
use crate::stock::{Direction, Key, Order, Row, Shelf, Shown, StockOrder, StockProduct, Stocked};

/// Where a count stops when it is not told otherwise.
const COUNT_LIMIT: u64 = 10_000;

/// What is listed at the root.
pub(super) trait Listed: Sized {
    const SUBJECT: Subject;
    /// What lists are sorted by where nothing is said.
    const SORT_KEY: &'static str;

    fn shelf(stocked: &Stocked) -> &Shelf<Self>;
    fn number(index: u64) -> u64;
    fn index(number: u64) -> Option<u64>;
    fn fits(search: &Search, shown: &Shown<Self>) -> bool;
    fn object(shown: Arc<Shown<Self>>) -> Object;
}

impl Listed for StockProduct {
    const SUBJECT: Subject = Subject::Products;
    const SORT_KEY: &'static str = "ID";

    fn shelf(stocked: &Stocked) -> &Shelf<Self> {
        &stocked.products
    }

    fn number(index: u64) -> u64 {
        product_number(index)
    }

    fn index(number: u64) -> Option<u64> {
        product_index(number)
    }

    fn fits(search: &Search, shown: &Shown<Self>) -> bool {
        search.fits_product(shown)
    }

    fn object(shown: Arc<Shown<Self>>) -> Object {
        Object::Product(shown)
    }
}

impl Listed for StockOrder {
    const SUBJECT: Subject = Subject::Orders;
    const SORT_KEY: &'static str = "PROCESSED_AT";

    fn shelf(stocked: &Stocked) -> &Shelf<Self> {
        &stocked.orders
    }

    fn number(index: u64) -> u64 {
        order_number(index)
    }

    fn index(number: u64) -> Option<u64> {
        order_index(number)
    }

    fn fits(search: &Search, shown: &Shown<Self>) -> bool {
        search.fits_order(shown)
    }

    fn object(shown: Arc<Shown<Self>>) -> Object {
        Object::Order(shown, Part::Whole)
    }
}

/// One page of a list at the root; `args` say which.
pub(super) fn list<T: Listed>(
    executor: &mut Executor<'_>,
    picked: &Picked<'_>,
    args: &PageArgs,
) -> Held {
    let Some(search) = search::<T>(executor, picked) else { return Held::NULL };
    let sort_key = picked.args.get("sortKey").and_then(Value::as_str).unwrap_or(T::SORT_KEY);
    let order = match sort_key {
        // Products and orders are numbered as they are made, and orders processed at once.
        "ID" | "RELEVANCE" | "CREATED_AT" | "PROCESSED_AT" | "ORDER_NUMBER" => Order::Made,
        "UPDATED_AT" => Order::Changed,
        other => {
            let message = format!("sortKey {other} is not simulated; use ID or UPDATED_AT");
            return executor.refuse(picked, message);
        }
    };
    for (cursor, name) in [(&args.after, "after"), (&args.before, "before")] {
        if cursor.is_some() && executor.site.forgets_cursors {
            return executor.refuse(picked, invalid_cursor(name));
        }
    }
    let Ok(after) = place::<T>(args.after.as_ref(), order) else {
        return executor.refuse(picked, invalid_cursor("after"));
    };
    let Ok(before) = place::<T>(args.before.as_ref(), order) else {
        return executor.refuse(picked, invalid_cursor("before"));
    };
    Held::Page(page(T::shelf(executor.site.stocked), &search, order, args, after, before))
}

/// How many there are of what a list would hold.
pub(super) fn counted<T: Listed>(executor: &mut Executor<'_>, picked: &Picked<'_>) -> Held {
    let Some(search) = search::<T>(executor, picked) else { return Held::NULL };
    let limit = match picked.args.get("limit") {
        Some(Value::Null) => u64::MAX,
        Some(limit) => limit.as_u64().unwrap_or(COUNT_LIMIT),
        None => COUNT_LIMIT,
    };
    let shelf = T::shelf(executor.site.stocked);
    let found = if search.is_everything() {
        shelf.len()
    } else {
        let (after, before) = bounds::<T>(Order::Changed, &search);
        let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
        let rows = shelf.rows(Order::Changed, Direction::Ascending, after, before);
        let found = rows.filter(|row| fits(shelf, &search, row)).take(most).count();
        u64::try_from(found).unwrap_or(u64::MAX)
    };
    let precision = if found > limit { "AT_LEAST" } else { "EXACT" };
    let mut fields = Map::new();
    fields.insert("count".to_owned(), found.min(limit).into());
    fields.insert("precision".to_owned(), json!(precision));
    Held::One(Object::Ready("Count", fields))
}

/// What the argument `query` asks for, as far as the token may see it; `None` when it can't be read,
/// which is told.
fn search<T: Listed>(executor: &mut Executor<'_>, picked: &Picked<'_>) -> Option<Search> {
    let query = picked.args.get("query").and_then(Value::as_str).unwrap_or_default();
    match Search::parse(T::SUBJECT, query, executor.site.shop.zone.offset_minutes) {
        Ok(search) => {
            executor.warn(search.warnings(&picked.key, query));
            let search = search.indexed_until(executor.site.indexed_until_ms);
            Some(match T::SUBJECT {
                Subject::Products => search,
                Subject::Orders => search.made_from(executor.site.orders_from_ms),
            })
        }
        Err(error) => {
            executor.refuse(picked, error.to_string());
            None
        }
    }
}

/// The places that a search lies between, in an order.
fn bounds<T: Listed>(order: Order, search: &Search) -> (Option<Key>, Option<Key>) {
    let (span, value_of): (_, fn(u64) -> Option<u64>) = match order {
        Order::Made => (search.ids, T::index),
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
fn fits<T: Listed>(shelf: &Shelf<T>, search: &Search, row: &Row) -> bool {
    search.fits_row(row)
        && (!search.needs_content()
            || shelf.get(row.index).is_some_and(|shown| T::fits(search, &shown)))
}

/// A cursor of another order, or of nothing.
struct WrongCursor;

/// The place of a cursor in an order.
fn place<T: Listed>(cursor: Option<&Cursor>, order: Order) -> Result<Option<Key>, WrongCursor> {
    let Some(cursor) = cursor else { return Ok(None) };
    let index = T::index(cursor.last_id).ok_or(WrongCursor)?;
    let value = match order {
        Order::Made => index,
        Order::Changed => {
            UnixMillis::parse_rfc3339(&cursor.last_value).map_err(|_no_time| WrongCursor)?.0
        }
    };
    Ok(Some(Key { value, index }))
}

fn cursor<T: Listed>(row: &Row, order: Order, offset: u64) -> Cursor {
    let last_id = T::number(row.index);
    let last_value = match order {
        Order::Made => last_id.to_string(),
        Order::Changed => UnixMillis(row.updated_at).to_rfc3339(),
    };
    Cursor { last_id, last_value, offset }
}

fn page<T: Listed>(
    shelf: &Shelf<T>,
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
    let (from, until) = bounds::<T>(order, search);
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
            Some((cursor::<T>(row, order, offset), T::object(shown)))
        })
        .collect();
    Page { rows, has_next, has_previous }
}
