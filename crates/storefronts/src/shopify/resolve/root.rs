use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::execute::{Executor, Held, Object};
use super::super::ids::{
    child_place, gid, order_child_place, order_index, parse_gid, product_index,
};
use super::super::listing::{counted, list};
use super::super::page::PageArgs;
use super::super::rest;
use super::super::select::Picked;
use super::location::{location_place, locations};
use super::order::place_in;
use super::product::{OptionValues, option};
use super::{Owner, fields, page};
use crate::stock::{StockOrder, StockProduct};

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
        "bulkOperation" => by_id(executor, picked, text("id"), Some("BulkOperation")),
        "bulkOperations" => {
            let all = executor.bulk().all(&executor.site);
            page(picked.page.as_ref(), all)
        }
        "currentAppInstallation" => {
            let fields = installation(executor.site.orders_from_ms);
            Held::One(Object::Ready("AppInstallation", fields))
        }
        "currentBulkOperation" => {
            let latest = executor.bulk().latest(&executor.site);
            Held::maybe(latest)
        }
        "location" if text("id").is_empty() => Held::One(Object::Location(0)),
        "location" => by_id(executor, picked, text("id"), Some("Location")),
        "locations" => locations(picked),
        "order" => by_id(executor, picked, text("id"), Some("Order")),
        "orders" => paged(executor, picked, list::<StockOrder>),
        "ordersCount" => counted::<StockOrder>(executor, picked),
        "product" => by_id(executor, picked, text("id"), Some("Product")),
        "productVariant" => by_id(executor, picked, text("id"), Some("ProductVariant")),
        "products" => paged(executor, picked, list::<StockProduct>),
        "productsCount" => counted::<StockProduct>(executor, picked),
        "shop" => Held::One(Object::Ready("Shop", executor.site.shop.fields())),
        _ => Held::NULL,
    }
}

/// The app as it is installed, with the scopes it was granted.
fn installation(orders_from_ms: u64) -> Map<String, Value> {
    let scope = |handle: &str| json!({"description": handle.replace('_', " "), "handle": handle});
    let scopes: Vec<Value> = rest::scopes(orders_from_ms).map(scope).collect();
    fields(json!({"accessScopes": scopes, "id": gid("AppInstallation", 1)}))
}

fn paged(
    executor: &mut Executor<'_>,
    picked: &Picked<'_>,
    list: fn(&mut Executor<'_>, &Picked<'_>, &PageArgs) -> Held,
) -> Held {
    picked.page.as_ref().map_or(Held::NULL, |args| list(executor, picked, args))
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
    match type_name {
        "BulkOperation" => executor.bulk().get(number, &executor.site),
        "Location" => location_place(number).map(Object::Location),
        "Order" => executor.order(order_index(number)?),
        "Product" => executor.product(product_index(number)?),
        "Shop" => Some(Object::Ready("Shop", executor.site.shop.fields())),
        _ => of_product(executor, type_name, number)
            .or_else(|| of_order(executor, type_name, number)),
    }
}

/// A part of an order.
fn of_order(executor: &Executor<'_>, type_name: &str, number: u64) -> Option<Object> {
    let (index, place) = order_child_place(number)?;
    let Object::Order(shown, _) = executor.order(index)? else { return None };
    if type_name == "Metafield" {
        let owner = Owner::of_order(&shown);
        return Some(owner.metafield(place, shown.item.metafields.get(place)?).1);
    }
    let part = place_in(&shown.item, type_name, place)?;
    Some(Object::Order(shown, part))
}

/// A part of a product.
fn of_product(executor: &Executor<'_>, type_name: &str, number: u64) -> Option<Object> {
    let (index, place) = child_place(number)?;
    let Object::Product(shown) = executor.product(index)? else { return None };
    let product = Arc::clone(&shown.item);
    match type_name {
        "ProductVariant" => product.variants.get(place).map(|_| Object::Variant(shown, place)),
        "InventoryItem" => product.variants.get(place).map(|_| Object::InventoryItem(shown, place)),
        "MediaImage" => product.images.get(place).map(|_| Object::MediaImage(shown, place)),
        "Metafield" => {
            let owner = Owner::of_product(&shown);
            product.metafields.get(place).map(|field| owner.metafield(place, field).1)
        }
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
