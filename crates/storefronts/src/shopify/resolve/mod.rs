//! What each field of each type holds.

mod location;
mod mutation;
mod order;
mod product;
mod root;
mod variant;

pub(super) use location::{QUANTITY_NAMES, inventory_level, location, location_number};
pub(super) use mutation::mutation;
pub(super) use order::{Part, order, order_words, refund_shipping};
pub(super) use product::{COLLECTION_FROM, media_image, product};
pub(super) use root::root;
pub(super) use variant::{inventory_item, variant};

use flyball_domain::UnixMillis;
use serde_json::{Map, Value, json};

use super::execute::{Held, Object};
use super::ids::{child_number, gid, order_child_number};
use super::page::{Page, PageArgs};
use super::select::Picked;
use crate::stock::{ImageStatus, Shown, StockMetafield, StockOrder};

fn time(ms: u64) -> Value {
    UnixMillis(ms).to_rfc3339().into()
}

fn count(count: usize) -> Held {
    json!({"count": count, "precision": "EXACT"}).into()
}

/// A page of a short list, whose items stand at places counted from 0.
fn short_list<T>(
    shown: &Shown,
    picked: &Picked<'_>,
    items: impl IntoIterator<Item = T>,
    object: impl Fn(usize, T) -> Object,
) -> Held {
    let items = items
        .into_iter()
        .enumerate()
        .map(|(place, item)| (child_number(shown.index, place), object(place, item)))
        .collect();
    page(picked.page.as_ref(), items)
}

fn page(args: Option<&PageArgs>, items: Vec<(u64, Object)>) -> Held {
    args.map_or(Held::NULL, |args| Held::Page(Page::of(items, args)))
}

/// The `Image` of a picture, which has none while it is being processed.
fn image(shown: &Shown, place: usize) -> Value {
    match shown.item.images.get(place) {
        Some(image) if image.status == ImageStatus::Ready => json!({
            "altText": image.alt,
            "height": image.height,
            "id": gid("ImageSource", child_number(shown.index, place)),
            "url": image.url,
            "width": image.width,
        }),
        _ => Value::Null,
    }
}

/// Whose metafields they are.
struct Owner<'a> {
    index: u64,
    number: fn(u64, usize) -> u64,
    created_at: u64,
    updated_at: u64,
    type_name: &'static str,
    metafields: &'a [StockMetafield],
}

impl<'a> Owner<'a> {
    fn of_product(shown: &'a Shown) -> Self {
        Self {
            index: shown.index,
            number: child_number,
            created_at: shown.created_at,
            updated_at: shown.updated_at,
            type_name: "PRODUCT",
            metafields: &shown.item.metafields,
        }
    }

    fn of_order(shown: &'a Shown<StockOrder>) -> Self {
        Self {
            index: shown.index,
            number: order_child_number,
            created_at: shown.created_at,
            updated_at: shown.updated_at,
            type_name: "ORDER",
            metafields: &shown.item.metafields,
        }
    }

    fn metafield(&self, place: usize, field: &StockMetafield) -> (u64, Object) {
        let number = (self.number)(self.index, place);
        let fields = fields(json!({
            "createdAt": time(self.created_at),
            "id": gid("Metafield", number),
            "key": field.key,
            "legacyResourceId": number.to_string(),
            "namespace": field.namespace,
            "ownerType": self.type_name,
            "sizeInBytes": field.value.len(),
            "type": field.value_type,
            "updatedAt": time(self.updated_at),
            "value": field.value,
        }));
        (number, Object::Ready("Metafield", fields))
    }
}

/// The metafields that a `metafields(namespace:, keys:)` asks for.
fn metafields_of(owner: &Owner<'_>, picked: &Picked<'_>) -> Held {
    let namespace = picked.args.get("namespace").and_then(Value::as_str);
    let keys = picked.args.get("keys").and_then(Value::as_array);
    let items = owner
        .metafields
        .iter()
        .enumerate()
        .filter(|(_, field)| namespace.is_none_or(|namespace| namespace == field.namespace))
        .filter(|(_, field)| {
            let qualified = format!("{}.{}", field.namespace, field.key);
            keys.is_none_or(|keys| {
                keys.iter().any(|key| *key == field.key.as_str() || *key == qualified.as_str())
            })
        })
        .map(|(place, field)| owner.metafield(place, field))
        .collect();
    page(picked.page.as_ref(), items)
}

/// The metafield that a `metafield(namespace:, key:)` asks for.
fn one_metafield_of(owner: &Owner<'_>, picked: &Picked<'_>) -> Held {
    let namespace = picked.args.get("namespace").and_then(Value::as_str).unwrap_or("custom");
    let key = picked.args.get("key").and_then(Value::as_str).unwrap_or_default();
    let mut metafields = owner.metafields.iter().enumerate();
    let found = metafields.find(|(_, field)| field.namespace == namespace && field.key == key);
    Held::maybe(found.map(|(place, field)| owner.metafield(place, field).1))
}

/// The fields of an object in JSON; none of anything else.
pub(super) fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}
