use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::execute::{Executor, Held, Object};
use super::super::ids::{child_place, parse_gid, product_index};
use super::super::listing;
use super::super::search::Search;
use super::super::select::Picked;
use super::metafield;
use super::product::{OptionValues, option};
use crate::stock::{Direction, Order};

/// Where `productsCount` stops counting when it is not told otherwise.
const COUNT_LIMIT: u64 = 10_000;

/// A field of `QueryRoot`.
pub(in super::super) fn root(executor: &mut Executor<'_>, picked: &Picked<'_>) -> Held {
    let text = |name: &str| picked.args.get(name).and_then(Value::as_str).unwrap_or_default();
    match picked.name() {
        "node" => by_id(executor, picked, text("id"), None),
        "nodes" => {
            let ids = picked.args.get("ids").and_then(Value::as_array).cloned().unwrap_or_default();
            Held::Many(
                ids.iter().map(|id| node(executor, id.as_str().unwrap_or_default())).collect(),
            )
        }
        "product" => by_id(executor, picked, text("id"), Some("Product")),
        "productVariant" => by_id(executor, picked, text("id"), Some("ProductVariant")),
        "products" => listing::products(executor, picked),
        "productsCount" => products_count(executor, picked),
        "shop" => Held::One(Object::Ready("Shop", executor.shop.fields())),
        _ => Held::NULL,
    }
}

fn by_id(
    executor: &mut Executor<'_>,
    picked: &Picked<'_>,
    id: &str,
    type_name: Option<&str>,
) -> Held {
    let fits = parse_gid(id)
        .is_some_and(|(found, _)| type_name.is_none_or(|type_name| type_name == found));
    if fits {
        Held::maybe(node(executor, id))
    } else {
        executor.refuse(picked, format!("Invalid global id '{id}'"))
    }
}

/// The object of a global id, where there is one.
fn node(executor: &Executor<'_>, id: &str) -> Option<Object> {
    let (type_name, number) = parse_gid(id)?;
    if type_name == "Product" {
        let shown = executor.stocked.products.get(product_index(number)?)?;
        return Some(Object::Product(Arc::new(shown)));
    }
    if type_name == "Shop" {
        return Some(Object::Ready("Shop", executor.shop.fields()));
    }
    let (index, place) = child_place(number)?;
    let shown = Arc::new(executor.stocked.products.get(index)?);
    let product = Arc::clone(&shown.item);
    match type_name {
        "ProductVariant" => product.variants.get(place).map(|_| Object::Variant(shown, place)),
        "InventoryItem" => product.variants.get(place).map(|_| Object::InventoryItem(shown, place)),
        "MediaImage" => product.images.get(place).map(|_| Object::MediaImage(shown, place)),
        "Metafield" => product.metafields.get(place).map(|field| metafield(&shown, place, field)),
        "ProductOption" => match option(&shown, place, OptionValues::Asked) {
            Value::Object(fields) => Some(Object::Ready("ProductOption", fields)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => None,
        },
        _ => None,
    }
}

fn products_count(executor: &mut Executor<'_>, picked: &Picked<'_>) -> Held {
    let query = picked.args.get("query").and_then(Value::as_str).unwrap_or_default();
    let search = match Search::parse(query, executor.shop.zone.offset_minutes) {
        Ok(search) => search,
        Err(error) => return executor.refuse(picked, error.to_string()),
    };
    executor.warn(search.warnings(&picked.key, query));
    let limit = match picked.args.get("limit") {
        Some(Value::Null) => u64::MAX,
        Some(limit) => limit.as_u64().unwrap_or(COUNT_LIMIT),
        None => COUNT_LIMIT,
    };
    let (after, before) = listing::bounds(Order::Changed, &search);
    let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    let found = if query.is_empty() {
        executor.stocked.products.len()
    } else {
        let rows =
            executor.stocked.products.rows(Order::Changed, Direction::Ascending, after, before);
        let found = rows
            .filter(|row| listing::fits(&executor.stocked.products, &search, row))
            .take(most)
            .count();
        u64::try_from(found).unwrap_or(u64::MAX)
    };
    let precision = if found > limit { "AT_LEAST" } else { "EXACT" };
    let mut fields = Map::new();
    fields.insert("count".to_owned(), found.min(limit).into());
    fields.insert("precision".to_owned(), json!(precision));
    Held::One(Object::Ready("Count", fields))
}
