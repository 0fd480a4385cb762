//! The lists of v3 besides products: what belongs to a product, all variants, categories, brands,
//! metafields, refunds.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::ask::{Ask, Reply};
use super::children;
use super::dates::Moment;
use super::filter::{Test, Way};
use super::ids::{
    brand_number, child_number, child_place, order_index, order_number, product_index,
};
use super::page::{self, PAGE_NAMES, Page, wrong};
use super::payment;
use super::problem::Problem;
use super::products::Shape;
use super::route::ProductPart;
use super::variant;
use crate::query::Query;
use crate::stock::{Direction, Order, Shown};

/// The products that are looked at for categories and brands, besides all that were changed since:
/// every name that products are made up with is among them.
const LOOKED_AT: u64 = 5_000;

const SHAPE_NAMES: [&str; 2] = ["include_fields", "exclude_fields"];
const ID_TESTS: [Test; 7] = [
    Test::new("id", "id", Way::Is),
    Test::new("id:in", "id", Way::In),
    Test::new("id:not_in", "id", Way::NotIn),
    Test::new("id:min", "id", Way::Min),
    Test::new("id:max", "id", Way::Max),
    Test::new("id:greater", "id", Way::Greater),
    Test::new("id:less", "id", Way::Less),
];
const NAME_TESTS: [Test; 3] = [
    Test::new("name", "name", Way::Is),
    Test::new("parent_id", "parent_id", Way::Is),
    Test::new("is_visible", "is_visible", Way::Is),
];
/// `resource_id:in` stands among the values of `include_fields` in the schema, and is one of the
/// parameters.
const METAFIELD_TESTS: [Test; 6] = [
    Test::new("key", "key", Way::Is),
    Test::new("key:in", "key", Way::In),
    Test::new("namespace", "namespace", Way::Is),
    Test::new("namespace:in", "namespace", Way::In),
    Test::new("resource_id", "resource_id", Way::Is),
    Test::new("resource_id:in", "resource_id", Way::In),
];
const METAFIELD_NAMES: [&str; 7] = [
    "direction",
    "before",
    "after",
    "date_modified:min",
    "date_modified:max",
    "date_created:min",
    "date_created:max",
];
const VARIANT_TESTS: [Test; 3] = [
    Test::new("id", "id", Way::Is),
    Test::new("sku", "sku", Way::Is),
    Test::new("upc", "upc", Way::Is),
];

/// Answers `/catalog/products/{product_id}/…`.
///
/// # Errors
/// A parameter that there is not, or a product that there is not.
pub(super) fn of_product(ask: &Ask<'_>, number: u64, part: ProductPart) -> Result<Reply, Problem> {
    if part == ProductPart::Metafields {
        let shown = ask.product(number)?;
        return metafields(ask, children::metafields(&shown));
    }
    let shown = ask.product(number)?;
    listed(
        ask,
        &[],
        match part {
            ProductPart::BulkPricingRules => children::bulk_pricing_rules(&shown),
            ProductPart::CustomFields => children::custom_fields(&shown),
            ProductPart::Images => children::images(ask.site, &shown),
            ProductPart::Options => children::options(&shown),
            ProductPart::Variants => variant::all(ask.site, &shown),
            ProductPart::Metafields
            | ProductPart::Modifiers
            | ProductPart::Reviews
            | ProductPart::Videos => Vec::new(),
        },
    )
}

/// Answers `/catalog/variants`.
///
/// # Errors
/// A parameter that there is not, or a value that can't be read.
pub(super) fn variants(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let names: Vec<_> = VARIANT_TESTS.iter().map(|test| test.name).collect();
    known(ask.query, &names, &["product_id:in"])?;
    let page = Page::parse(ask.query)?;
    let mut rows = Vec::new();
    let mut seen = 0_u64;
    let shelf = &ask.stocked.products;
    for index in indexes(ask, "product_id:in", product_index)? {
        let Some(shown) = shelf.get(index) else { continue };
        let all = variant::all(ask.site, &shown).into_iter();
        for variant in all.filter(|variant| passes(ask.query, variant, &VARIANT_TESTS)) {
            let is_on_page = (page.skip()..page.skip().saturating_add(page.limit)).contains(&seen);
            seen = seen.saturating_add(1);
            if is_on_page {
                ask.is_whole([index])?;
                rows.push(variant);
            }
        }
    }
    Ok(collection(ask.query, page, seen, rows))
}

/// Answers `/catalog/products/metafields`.
///
/// # Errors
/// A parameter that there is not, or a value that can't be read.
pub(super) fn product_metafields(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let shelf = &ask.stocked.products;
    let mut all = Vec::new();
    for index in indexes(ask, "resource_id:in", product_index)? {
        let Some(shown) = shelf.get(index) else { continue };
        ask.is_whole([index])?;
        all.extend(children::metafields(&shown));
    }
    metafields(ask, all)
}

/// Answers `/orders/metafields`, and for one order `/orders/{order_id}/metafields`.
///
/// # Errors
/// A parameter that there is not, or an order that there is not.
pub(super) fn order_metafields(ask: &Ask<'_>, only: Option<u64>) -> Result<Reply, Problem> {
    let indexes = match only {
        Some(number) => vec![ask.order(number)?.index],
        None => match listed_ids(ask.query, "resource_id:in")? {
            Some(numbers) => numbers.into_iter().filter_map(order_index).collect(),
            None => (0..ask.stocked.orders.end()).collect(),
        },
    };
    let mut all = Vec::new();
    for shown in indexes.into_iter().filter_map(|index| ask.stocked.orders.get(index)) {
        ask.is_whole([shown.index])?;
        let at = (shown.created_at, shown.updated_at);
        let number = order_number(shown.index);
        all.extend(shown.item.metafields.iter().enumerate().map(|(place, field)| {
            children::metafield(child_number(shown.index, place), field, "order", number, at)
        }));
    }
    metafields(ask, all)
}

/// Metafields, which can be paged by cursor too.
fn metafields(ask: &Ask<'_>, all: Vec<Value>) -> Result<Reply, Problem> {
    let query = ask.query;
    let names: Vec<_> = ID_TESTS.iter().chain(&METAFIELD_TESTS).map(|test| test.name).collect();
    known(query, &names, &METAFIELD_NAMES)?;
    let page = Page::parse(query)?;
    let mut all: Vec<_> = all
        .into_iter()
        .filter(|row| passes(query, row, &METAFIELD_TESTS) && passes(query, row, &ID_TESTS))
        .collect();
    for (name, field) in [("date_modified", "date_modified"), ("date_created", "date_created")] {
        retain_between(query, name, field, &mut all)?;
    }
    if query.get("direction") == Some("desc") {
        all.reverse();
    }
    let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let place = |name: &str| -> Result<Option<usize>, Problem> {
        let Some(text) = query.get(name) else { return Ok(None) };
        let id = id_of(text).ok_or_else(|| wrong(name, text, "a cursor"))?;
        Ok(all.iter().position(|row| row.get("id").and_then(Value::as_u64) == Some(id)))
    };
    let size = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let rows: Vec<Value> = if let Some(place) = place("after")? {
        all.into_iter().skip(place.saturating_add(1)).take(size).collect()
    } else if let Some(place) = place("before")? {
        all.into_iter().take(place).skip(place.saturating_sub(size)).collect()
    } else {
        page.of(all)
    };
    let cursor = |row: Option<&Value>| row.and_then(|row| row.get("id")).map(cursor_of);
    let (start, end) = (cursor(rows.first()), cursor(rows.last()));
    let next = end.as_ref().map(|end| format!("?limit={}&after={end}", page.limit));
    let cursors = json!({
        "count": rows.len(),
        "per_page": page.limit,
        "start_cursor": start.unwrap_or_default(),
        "end_cursor": end.unwrap_or_default(),
        "links": {"next": next.unwrap_or_default(), "current": format!("?limit={}", page.limit)},
    });
    let meta = json!({
        "pagination": page.pagination(total, rows.len(), query),
        "cursor_pagination": cursors,
    });
    Ok(Reply::Json(json!({"data": shaped(query, rows), "meta": meta})))
}

fn cursor_of(id: &Value) -> String {
    STANDARD.encode(format!("id:{id}"))
}

fn id_of(cursor: &str) -> Option<u64> {
    let bytes = STANDARD.decode(cursor).ok()?;
    core::str::from_utf8(&bytes).ok()?.strip_prefix("id:")?.parse().ok()
}

fn retain_between(
    query: &Query,
    name: &str,
    field: &str,
    rows: &mut Vec<Value>,
) -> Result<(), Problem> {
    let read = |text: &str| Moment::parse(text).map(Moment::at_midnight);
    let end = |end: &str| {
        let name = format!("{name}:{end}");
        let read = |text| read(text).ok_or_else(|| wrong(&name, text, "a date"));
        query.get(&name).map(read).transpose()
    };
    let (min, max) = (end("min")?, end("max")?);
    rows.retain(|row| {
        let at = row.get(field).and_then(Value::as_str).and_then(read);
        at.is_none_or(|at| min.is_none_or(|min| at >= min) && max.is_none_or(|max| at <= max))
    });
    Ok(())
}

/// Answers `/catalog/categories`.
///
/// # Errors
/// A parameter that there is not, or a value that can't be read.
pub(super) fn categories(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let mut found: BTreeMap<u64, String> = BTreeMap::new();
    for shown in looked_at(ask) {
        for category in &shown.item.collections {
            found.entry(category.number).or_insert_with(|| category.path.clone());
        }
    }
    let by_path: BTreeMap<&str, u64> =
        found.iter().map(|(number, path)| (path.as_str(), *number)).collect();
    let rows = found
        .iter()
        .map(|(number, path)| {
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            let name = path.rsplit('/').next().unwrap_or_default();
            json!({
                "id": number,
                "parent_id": by_path.get(parent).copied().unwrap_or(0),
                "name": name,
                "description": "",
                "views": 0,
                "sort_order": 0,
                "page_title": "",
                "search_keywords": "",
                "meta_keywords": [],
                "meta_description": "",
                "layout_file": "category.html",
                "is_visible": true,
                "default_product_sort": "use_store_settings",
                "image_url": "",
                "custom_url": {"url": format!("/category-{number}/"), "is_customized": false},
            })
        })
        .collect();
    listed(ask, &NAME_TESTS, rows)
}

/// Answers `/catalog/brands`.
///
/// # Errors
/// A parameter that there is not, or a value that can't be read.
pub(super) fn brands(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let names: BTreeSet<String> = looked_at(ask)
        .map(|shown| shown.item.vendor.clone())
        .filter(|name| !name.is_empty())
        .collect();
    let mut rows: Vec<_> = names.iter().map(|name| (brand_number(name), name)).collect();
    rows.sort_unstable();
    let rows = rows
        .into_iter()
        .map(|(number, name)| {
            json!({
                "id": number,
                "name": name,
                "page_title": "",
                "meta_keywords": [],
                "meta_description": "",
                "search_keywords": "",
                "image_url": "",
                "custom_url": {"url": format!("/brand-{number}/"), "is_customized": false},
            })
        })
        .collect();
    listed(ask, &NAME_TESTS, rows)
}

/// Answers `/orders/payment_actions/refunds`, and for one order the list below it, which has no
/// pages.
///
/// # Errors
/// A parameter that there is not, or an order that there is not.
pub(super) fn refunds(ask: &Ask<'_>, only: Option<u64>) -> Result<Reply, Problem> {
    let query = ask.query;
    if let Some(number) = only {
        page::known(query, &["transaction_id"])?;
        let refunds = payment::refunds(&ask.order(number)?);
        return Ok(Reply::Json(json!({"data": of_transaction(query, refunds), "meta": {}})));
    }
    let names = ["order_id:in", "id:in", "created:min", "created:max", "transaction_id"];
    known(query, &names, &[])?;
    let page = Page::parse(query)?;
    let mut indexes = match listed_ids(query, "order_id:in")? {
        Some(numbers) => numbers.into_iter().filter_map(order_index).collect(),
        None => (0..ask.stocked.orders.end()).collect::<Vec<_>>(),
    };
    if let Some(ids) = listed_ids(query, "id:in")? {
        let of: BTreeSet<_> = ids.iter().filter_map(|id| child_place(*id)).collect();
        indexes.retain(|index| of.iter().any(|(order, _)| order == index));
    }
    let mut all = Vec::new();
    for shown in indexes.into_iter().filter_map(|index| ask.stocked.orders.get(index)) {
        ask.is_whole([shown.index])?;
        all.extend(payment::refunds(&shown));
    }
    all.retain(|refund| {
        query
            .get("id:in")
            .is_none_or(|ids| Test::new("", "id", Way::In).passes(&object(refund), ids))
    });
    retain_between(query, "created", "created", &mut all)?;
    let all = of_transaction(query, all);
    let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
    Ok(collection(query, page, total, page.of(all)))
}

fn of_transaction(query: &Query, mut refunds: Vec<Value>) -> Vec<Value> {
    if let Some(wanted) = query.get("transaction_id") {
        refunds.retain(|refund| {
            let payments = refund.get("payments").and_then(Value::as_array);
            payments.into_iter().flatten().any(|payment| {
                payment.get("transaction_id").and_then(Value::as_str) == Some(wanted)
            })
        });
    }
    refunds
}

/// The products whose categories and brands are known.
fn looked_at<'a>(ask: &'a Ask<'_>) -> impl Iterator<Item = Shown> + 'a {
    let shelf = &ask.stocked.products;
    let first = shelf.rows(Order::Made, Direction::Ascending, None, None);
    let first = first.take_while(|row| row.index < LOOKED_AT).map(|row| row.index);
    let edited = shelf.edited().filter(|index| *index >= LOOKED_AT);
    first.chain(edited).filter_map(|index| shelf.get(index))
}

/// The indexes that a parameter lists; all products where it is absent.
fn indexes(ask: &Ask<'_>, name: &str, index: fn(u64) -> Option<u64>) -> Result<Vec<u64>, Problem> {
    Ok(match listed_ids(ask.query, name)? {
        Some(numbers) => numbers.into_iter().filter_map(index).collect(),
        None => (0..ask.stocked.products.end()).collect(),
    })
}

fn listed_ids(query: &Query, name: &str) -> Result<Option<Vec<u64>>, Problem> {
    if query.get(name).is_none() {
        return Ok(None);
    }
    let read = |text: &str| text.parse().map_err(|_no_number| wrong(name, text, "integer"));
    let mut ids: Vec<u64> = query.list(name).into_iter().map(read).collect::<Result<_, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(Some(ids))
}

/// A list that is made whole, narrowed down and cut to a page.
fn listed(ask: &Ask<'_>, tests: &[Test], rows: Vec<Value>) -> Result<Reply, Problem> {
    let query = ask.query;
    let names: Vec<_> = ID_TESTS.iter().chain(tests).map(|test| test.name).collect();
    known(query, &names, &["sort", "direction"])?;
    let page = Page::parse(query)?;
    let mut rows: Vec<_> = rows
        .into_iter()
        .filter(|row| passes(query, row, &ID_TESTS) && passes(query, row, tests))
        .collect();
    if query.get("direction") == Some("desc") {
        rows.reverse();
    }
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    Ok(collection(query, page, total, page.of(rows)))
}

fn collection(query: &Query, page: Page, total: u64, rows: Vec<Value>) -> Reply {
    let pagination = page.pagination(total, rows.len(), query);
    Reply::Json(json!({"data": shaped(query, rows), "meta": {"pagination": pagination}}))
}

fn shaped(query: &Query, rows: Vec<Value>) -> Vec<Value> {
    let shape = Shape::parse(query);
    rows.into_iter().map(|row| shape.of(super::json::fields(row), &[])).collect()
}

fn known(query: &Query, names: &[&str], more: &[&str]) -> Result<(), Problem> {
    page::known(query, &[names, more, &SHAPE_NAMES, &PAGE_NAMES].concat())
}

fn passes(query: &Query, row: &Value, tests: &[Test]) -> bool {
    let Some(row) = row.as_object() else { return false };
    tests.iter().all(|test| query.get(test.name).is_none_or(|wanted| test.passes(row, wanted)))
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
