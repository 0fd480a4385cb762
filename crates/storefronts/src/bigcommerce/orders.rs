//! `/v2/orders`: filters, sorting, pages (`orders.v2.oas2.yml`). A list of v2 is bare, and an empty one
//! is status 204.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::ask::{Ask, Reply};
use super::dates::Moment;
use super::filter::{Test, Way, compare};
use super::ids::order_index;
use super::order::{Consignments, Folded, INCLUDES, render};
use super::page::{self, PAGE_NAMES, Page, whole, wrong};
use super::problem::Problem;
use super::rows::Bounds;
use super::status::{STATUSES, Status};
use crate::query::Query;
use crate::stock::{Direction, Order, Row};

/// The parameters that say which rows there are, without their content.
const BOUND_NAMES: [&str; 6] = [
    "min_id",
    "max_id",
    "min_date_created",
    "max_date_created",
    "min_date_modified",
    "max_date_modified",
];
/// The parameters that shape the answer.
const SHAPE_NAMES: [&str; 3] = ["sort", "include", "consignment_structure"];

const TESTS: [Test; 10] = [
    Test::new("min_total", "total_inc_tax", Way::Min),
    Test::new("max_total", "total_inc_tax", Way::Max),
    Test::new("customer_id", "customer_id", Way::Is),
    Test::new("email", "email", Way::Is),
    Test::new("status_id", "status_id", Way::Is),
    Test::new("cart_id", "cart_id", Way::Is),
    Test::new("payment_method", "payment_method", Way::Is),
    Test::new("channel_id", "channel_id", Way::Is),
    Test::new("external_order_id", "external_order_id", Way::Is),
    // Of older editions of the documents.
    Test::new("is_deleted", "is_deleted", Way::Is),
];

const SORTS: [&str; 4] = ["customer_id", "status_id", "channel_id", "external_id"];

/// Answers `/orders`.
///
/// # Errors
/// A parameter that there is not, or a value that can't be read.
pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let query = ask.query;
    let names: Vec<_> = filter_names().chain(SHAPE_NAMES).chain(PAGE_NAMES).collect();
    page::known(query, &names)?;
    let folded = folded(query)?;
    let page = Page::parse(query)?;
    let bounds = bounds(query)?;
    let (sort, direction) = sort(query)?;
    let shelf = &ask.stocked.orders;
    let rows = match sort {
        Sort::Rows(order) if !is_tested(query) => bounds.page(shelf, order, direction, page).1,
        Sort::Rows(_) | Sort::Field(_) => page.of(tested(ask, &bounds, sort, direction)),
    };
    ask.is_whole(rows.iter().map(|row| row.index))?;
    let shown = rows.iter().filter_map(|row| shelf.get(row.index));
    Ok(Reply::list(shown.map(|shown| render(ask.site, &shown, folded).into()).collect()))
}

/// Answers `/orders/count`.
///
/// # Errors
/// A parameter that there is not, or a value that can't be read.
pub(super) fn count(ask: &Ask<'_>) -> Result<Reply, Problem> {
    page::known(ask.query, &filter_names().collect::<Vec<_>>())?;
    let rows = tested(ask, &bounds(ask.query)?, Sort::Rows(Order::Made), Direction::Ascending);
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for shown in rows.iter().filter_map(|row| ask.stocked.orders.get(row.index)) {
        let count = counts.entry(Status::of(&shown.item).id).or_default();
        *count = count.saturating_add(1);
    }
    let statuses: Vec<_> = STATUSES
        .into_iter()
        .map(|status| status.render_counted(counts.get(&status.id).copied().unwrap_or(0)))
        .collect();
    Ok(Reply::Json(json!({"statuses": statuses, "count": rows.len()})))
}

/// Answers `/orders/{order_id}`.
///
/// # Errors
/// A parameter that there is not, or an order that there is not.
pub(super) fn one(ask: &Ask<'_>, number: u64) -> Result<Reply, Problem> {
    page::known(ask.query, &["include", "consignment_structure"])?;
    let folded = folded(ask.query)?;
    let shown = ask.order(number)?;
    Ok(Reply::Json(render(ask.site, &shown, folded).into()))
}

fn filter_names() -> impl Iterator<Item = &'static str> {
    BOUND_NAMES.into_iter().chain(TESTS.iter().map(|test| test.name))
}

/// Consignments are folded in where the object structure is asked for with them, as documented.
fn folded(query: &Query) -> Result<Folded, Problem> {
    let include = query.list("include");
    if let Some(unknown) = include.iter().find(|name| !INCLUDES.contains(name)) {
        return Err(wrong("include", unknown, "a part of an order"));
    }
    match query.get("consignment_structure") {
        None | Some("object") => {}
        Some(other) => return Err(wrong("consignment_structure", other, "object")),
    }
    let is_object = query.get("consignment_structure").is_some();
    let consignments = if !is_object {
        Consignments::Link
    } else if include.contains(&"consignments.line_items") {
        Consignments::WithLines
    } else if include.contains(&"consignments") {
        Consignments::Whole
    } else {
        Consignments::Link
    };
    Ok(Folded { consignments, fees: include.contains(&"fees") })
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug)]
enum Sort<'a> {
    Rows(Order),
    Field(&'a str),
}

fn sort(query: &Query) -> Result<(Sort<'_>, Direction), Problem> {
    let text = query.get("sort").unwrap_or("id");
    let (name, direction) = text.split_once(':').unwrap_or((text, "asc"));
    let direction = match direction {
        "asc" => Direction::Ascending,
        "desc" => Direction::Descending,
        _ => return Err(wrong("sort", text, "a direction")),
    };
    let sort = match name {
        // Orders are made in the order of their ids.
        "id" | "date_created" => Sort::Rows(Order::Made),
        "date_modified" => Sort::Rows(Order::Changed),
        name if SORTS.contains(&name) => Sort::Field(name),
        _ => return Err(wrong("sort", text, "a field to sort by")),
    };
    Ok((sort, direction))
}

fn bounds(query: &Query) -> Result<Bounds, Problem> {
    let mut bounds = Bounds::default();
    if let Some(number) = whole(query, "min_id")? {
        bounds.indexes.0 = order_index(number).unwrap_or(0);
    }
    if let Some(number) = whole(query, "max_id")? {
        bounds.indexes.1 = order_index(number.saturating_add(1)).unwrap_or(0);
    }
    bounds.created = between(query, "min_date_created", "max_date_created")?;
    bounds.changed = between(query, "min_date_modified", "max_date_modified")?;
    Ok(bounds)
}

/// Two moments, the end excluded, in Unix milliseconds.
fn between(query: &Query, min: &str, max: &str) -> Result<(u64, u64), Problem> {
    let moment = |name: &str| {
        let read = |text| Moment::parse(text).ok_or_else(|| wrong(name, text, "a date"));
        query.get(name).map(read).transpose()
    };
    let from = moment(min)?.map_or(0, |at| at.at_midnight().0);
    let to = moment(max)?.map_or(u64::MAX, |at| at.at_midnight().0.saturating_add(1));
    Ok((from, to))
}

/// Whether the content of orders must be looked at.
fn is_tested(query: &Query) -> bool {
    query.names().any(|name| TESTS.iter().any(|test| test.name == name))
}

/// All orders that pass, sorted.
fn tested(ask: &Ask<'_>, bounds: &Bounds, sort: Sort<'_>, direction: Direction) -> Vec<Row> {
    let order = match sort {
        Sort::Rows(order) => order,
        Sort::Field(_) => Order::Made,
    };
    let shelf = &ask.stocked.orders;
    let mut rows = bounds.all(shelf, order);
    if is_tested(ask.query) || matches!(sort, Sort::Field(_)) {
        let mut found: Vec<(Map<String, Value>, Row)> = rows
            .into_iter()
            .filter_map(|row| Some((record(ask, &row)?, row)))
            .filter(|(record, _)| passes(ask.query, record))
            .collect();
        if let Sort::Field(name) = sort {
            let field = |record: &Map<String, Value>| record.get(name).cloned().unwrap_or_default();
            found.sort_by(|(left, _), (right, _)| compare(&field(left), &field(right)));
        }
        rows = found.into_iter().map(|(_, row)| row).collect();
    }
    if direction == Direction::Descending {
        rows.reverse();
    }
    rows
}

/// An order as it is tested, with the buyer's address for mail beside the rest.
fn record(ask: &Ask<'_>, row: &Row) -> Option<Map<String, Value>> {
    let shown = ask.stocked.orders.get(row.index)?;
    let mut record = render(ask.site, &shown, Folded::default());
    record.insert("email".to_owned(), shown.item.email.clone().into());
    Some(record)
}

fn passes(query: &Query, record: &Map<String, Value>) -> bool {
    TESTS.iter().all(|test| query.get(test.name).is_none_or(|wanted| test.passes(record, wanted)))
}
