//! `/v3/catalog/products`: filters, sorting, pages (`products_catalog.v3.yml`).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::ask::{Ask, Reply};
use super::dates::Moment;
use super::filter::{Test, Way, compare};
use super::ids::product_index;
use super::page::{self, PAGE_NAMES, Page, whole, wrong};
use super::problem::Problem;
use super::product::{INCLUDES, TIMES, bare, render};
use super::rows::Bounds;
use crate::query::Query;
use crate::stock::{Direction, Order, Row};

/// The most products on a page where options or modifiers are asked for.
const LIMIT_WITH_OPTIONS: u64 = 10;

/// The parameters that say which rows there are, without their content.
const BOUND_NAMES: [&str; 10] = [
    "id",
    "id:in",
    "id:not_in",
    "id:min",
    "id:max",
    "id:greater",
    "id:less",
    "date_modified",
    "date_modified:min",
    "date_modified:max",
];

/// The parameters that shape the answer.
const SHAPE_NAMES: [&str; 5] = ["include", "include_fields", "exclude_fields", "sort", "direction"];

/// The parameters that test more than a field of its own.
const OTHER_NAMES: [&str; 9] = [
    "keyword",
    "keyword_context",
    "channel_id:in",
    "inventory_low",
    "out_of_stock",
    "date_last_imported",
    "date_last_imported:not",
    "date_last_imported:max",
    "date_last_imported:min",
];

const TESTS: [Test; 24] = [
    Test::new("name", "name", Way::Is),
    Test::new("sku", "sku", Way::Is),
    Test::new("sku:in", "sku", Way::In),
    Test::new("mpn", "mpn", Way::Is),
    Test::new("upc", "upc", Way::Is),
    Test::new("price", "price", Way::Is),
    Test::new("weight", "weight", Way::Is),
    Test::new("condition", "condition", Way::Is),
    Test::new("brand_id", "brand_id", Way::Is),
    Test::new("is_visible", "is_visible", Way::Is),
    Test::new("is_featured", "is_featured", Way::Is),
    Test::new("is_free_shipping", "is_free_shipping", Way::Is),
    Test::new("inventory_level", "inventory_level", Way::Is),
    Test::new("inventory_level:in", "inventory_level", Way::In),
    Test::new("inventory_level:not_in", "inventory_level", Way::NotIn),
    Test::new("inventory_level:min", "inventory_level", Way::Min),
    Test::new("inventory_level:max", "inventory_level", Way::Max),
    Test::new("inventory_level:greater", "inventory_level", Way::Greater),
    Test::new("inventory_level:less", "inventory_level", Way::Less),
    Test::new("total_sold", "total_sold", Way::Is),
    Test::new("type", "type", Way::Is),
    Test::new("categories", "categories", Way::Alone),
    Test::new("categories:in", "categories", Way::HoldsAll),
    Test::new("availability", "availability", Way::Is),
];

const SORTS: [&str; 10] = [
    "id",
    "name",
    "sku",
    "price",
    "date_modified",
    "date_last_imported",
    "inventory_level",
    "is_visible",
    "total_sold",
    "calculated_price",
];

/// Answers `/catalog/products`.
///
/// # Errors
/// A parameter that there is not, or a value that can't be read.
pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let query = ask.query;
    page::known(query, &names())?;
    let include = include(query)?;
    let shape = Shape::parse(query);
    let mut page = Page::parse(query)?;
    if include.iter().any(|name| ["options", "modifiers"].contains(name)) {
        page = page.capped(LIMIT_WITH_OPTIONS);
    }
    let bounds = bounds(ask)?;
    let direction = direction(query)?;
    let shelf = &ask.stocked.products;
    let (total, rows) = match (sort(query)?, is_tested(query)) {
        (Sort::Rows(order), false) => bounds.page(shelf, order, direction, page),
        (sort, _) => {
            let found = tested(ask, &bounds, sort, direction);
            (u64::try_from(found.len()).unwrap_or(u64::MAX), page.of(found))
        }
    };
    ask.is_whole(rows.iter().map(|row| row.index))?;
    let data: Vec<_> = rows
        .iter()
        .filter_map(|row| {
            if include.is_empty() && shape.is_of(&TIMES) {
                return Some(shape.of(bare(row), &[]));
            }
            Some(shape.of(render(ask.site, &shelf.get(row.index)?, &include), &include))
        })
        .collect();
    let mut meta = page.pagination(total, data.len(), query);
    if let Some(meta) = meta.as_object_mut() {
        meta.insert("too_many".to_owned(), false.into());
    }
    Ok(Reply::Json(json!({"data": data, "meta": {"pagination": meta}})))
}

/// Answers `/catalog/products/{product_id}`.
///
/// # Errors
/// A parameter that there is not, or a product that there is not.
pub(super) fn one(ask: &Ask<'_>, number: u64) -> Result<Reply, Problem> {
    page::known(ask.query, &["include", "include_fields", "exclude_fields"])?;
    let include = include(ask.query)?;
    let shown = ask.product(number)?;
    let data = Shape::parse(ask.query).of(render(ask.site, &shown, &include), &include);
    Ok(Reply::Json(json!({"data": data, "meta": {}})))
}

fn names() -> Vec<&'static str> {
    let tests = TESTS.iter().map(|test| test.name);
    tests.chain(BOUND_NAMES).chain(SHAPE_NAMES).chain(OTHER_NAMES).chain(PAGE_NAMES).collect()
}

fn include(query: &Query) -> Result<Vec<&str>, Problem> {
    let include = query.list("include");
    match include.iter().find(|name| !INCLUDES.contains(name)) {
        Some(unknown) => Err(wrong("include", unknown, "one of the sub-resources")),
        None => Ok(include),
    }
}

/// Which fields of a record are answered; the id always is.
#[derive(Debug)]
pub(super) struct Shape<'a> {
    only: Vec<&'a str>,
    without: Vec<&'a str>,
}

impl<'a> Shape<'a> {
    pub(super) fn parse(query: &'a Query) -> Self {
        Self { only: query.list("include_fields"), without: query.list("exclude_fields") }
    }

    /// Whether no other fields than these can be left of a record.
    fn is_of(&self, fields: &[&str]) -> bool {
        !self.only.is_empty() && self.only.iter().all(|name| fields.contains(name))
    }

    /// What is left of a record; what was asked for besides stays.
    pub(super) fn of(&self, record: Map<String, Value>, besides: &[&str]) -> Value {
        let is_kept = |name: &str| {
            name == "id"
                || besides.contains(&name)
                || ((self.only.is_empty() || self.only.contains(&name))
                    && !self.without.contains(&name))
        };
        record.into_iter().filter(|(name, _)| is_kept(name)).collect::<Map<_, _>>().into()
    }
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug)]
enum Sort<'a> {
    Rows(Order),
    Field(&'a str),
}

fn sort(query: &Query) -> Result<Sort<'_>, Problem> {
    match query.get("sort") {
        None | Some("id") => Ok(Sort::Rows(Order::Made)),
        Some("date_modified") => Ok(Sort::Rows(Order::Changed)),
        Some(field) if SORTS.contains(&field) => Ok(Sort::Field(field)),
        Some(other) => Err(wrong("sort", other, "a field to sort by")),
    }
}

fn direction(query: &Query) -> Result<Direction, Problem> {
    match query.get("direction") {
        None | Some("asc") => Ok(Direction::Ascending),
        Some("desc") => Ok(Direction::Descending),
        Some(other) => Err(wrong("direction", other, "asc or desc")),
    }
}

fn bounds(ask: &Ask<'_>) -> Result<Bounds, Problem> {
    let query = ask.query;
    let mut bounds = Bounds::default();
    let (from, to) = &mut bounds.indexes;
    let at = |number: u64| product_index(number).unwrap_or(0);
    for (name, is_end, step) in
        [("id:min", false, 0), ("id:greater", false, 1), ("id:less", true, 0), ("id:max", true, 1)]
    {
        let Some(number) = whole(query, name)? else { continue };
        let index = at(number.saturating_add(step));
        if is_end {
            *to = (*to).min(index);
        } else {
            *from = (*from).max(index);
        }
    }
    let listed = |name: &str| -> Result<Option<BTreeSet<u64>>, Problem> {
        let read = |text: &str| {
            let number = text.parse::<u64>().map_err(|_no_number| wrong(name, text, "integer"))?;
            Ok(product_index(number))
        };
        let indexes: Result<BTreeSet<_>, Problem> =
            query.list(name).into_iter().map(read).filter_map(Result::transpose).collect();
        query.get(name).map(|_| indexes).transpose()
    };
    bounds.only = match (listed("id")?, listed("id:in")?) {
        (Some(one), Some(some)) => Some(one.intersection(&some).copied().collect()),
        (one, some) => one.or(some),
    };
    bounds.except = listed("id:not_in")?.unwrap_or_default();
    bounds.changed = changed(ask)?;
    Ok(bounds)
}

/// The bounds of the last change, the end excluded, in Unix milliseconds.
fn changed(ask: &Ask<'_>) -> Result<(u64, u64), Problem> {
    let moment = |name: &str| {
        let read = |text| Moment::parse(text).ok_or_else(|| wrong(name, text, "a date"));
        ask.query.get(name).map(read).transpose()
    };
    let (mut from, mut to) = (0, u64::MAX);
    if let Some(moment) = moment("date_modified:min")? {
        from = moment.at_time_of(ask.now).0;
    }
    if let Some(moment) = moment("date_modified:max")? {
        to = moment.at_time_of(ask.now).0.saturating_add(1);
    }
    if let Some(moment) = moment("date_modified")? {
        from = from.max(moment.at_midnight().0);
        to = to.min(moment.end().0);
    }
    Ok((from, to))
}

/// Whether the content of products must be looked at.
fn is_tested(query: &Query) -> bool {
    query
        .names()
        .any(|name| OTHER_NAMES.contains(&name) || TESTS.iter().any(|test| test.name == name))
}

/// All products that pass, sorted.
fn tested(ask: &Ask<'_>, bounds: &Bounds, sort: Sort<'_>, direction: Direction) -> Vec<Row> {
    let order = match sort {
        Sort::Rows(order) => order,
        Sort::Field(_) => Order::Made,
    };
    let shelf = &ask.stocked.products;
    let mut found: Vec<(Map<String, Value>, Row)> = bounds
        .all(shelf, order)
        .into_iter()
        .filter_map(|row| Some((shelf.get(row.index)?, row)))
        .map(|(shown, row)| (render(ask.site, &shown, &[]), shown, row))
        .filter(|(record, shown, _)| passes(ask.query, record, &shown.item.vendor))
        .map(|(record, _, row)| (record, row))
        .collect();
    if let Sort::Field(name) = sort {
        let field = |record: &Map<String, Value>| record.get(name).cloned().unwrap_or_default();
        found.sort_by(|(left, _), (right, _)| compare(&field(left), &field(right)));
    }
    if direction == Direction::Descending {
        found.reverse();
    }
    found.into_iter().map(|(_, row)| row).collect()
}

fn passes(query: &Query, record: &Map<String, Value>, brand: &str) -> bool {
    let tests = TESTS
        .iter()
        .all(|test| query.get(test.name).is_none_or(|wanted| test.passes(record, wanted)));
    let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    let level = record.get("inventory_level").and_then(Value::as_i64).unwrap_or(0);
    let is_out = text("inventory_tracking") != "none" && level == 0;
    let others = OTHER_NAMES.iter().all(|name| {
        let Some(wanted) = query.get(name) else { return true };
        match *name {
            "keyword" => [text("name"), text("description"), text("sku"), brand]
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted.to_lowercase())),
            "channel_id:in" => query.list(name).contains(&"1"),
            "inventory_low" | "out_of_stock" => wanted != "1" || is_out,
            // No product was ever imported from a file.
            "date_last_imported" | "date_last_imported:min" | "date_last_imported:max" => false,
            _ => true,
        }
    });
    tests && others
}
