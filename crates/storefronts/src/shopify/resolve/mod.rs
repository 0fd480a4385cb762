//! What each field of each type holds.

mod product;
mod root;
mod variant;

pub(super) use product::{media_image, product};
pub(super) use root::root;
pub(super) use variant::{inventory_item, variant};

use flyball_domain::UnixMillis;
use serde_json::{Map, Value, json};

use super::execute::{Held, Object};
use super::ids::{child_number, gid};
use super::page::{Page, PageArgs};
use super::select::Picked;
use crate::stock::{ImageStatus, Shown, StockMetafield};

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

fn metafield(shown: &Shown, place: usize, field: &StockMetafield) -> Object {
    let number = child_number(shown.index, place);
    let mut fields = Map::new();
    for (name, value) in [
        ("createdAt", time(shown.created_at)),
        ("id", gid("Metafield", number).into()),
        ("key", field.key.as_str().into()),
        ("legacyResourceId", number.to_string().into()),
        ("namespace", field.namespace.as_str().into()),
        ("ownerType", "PRODUCT".into()),
        ("sizeInBytes", field.value.len().into()),
        ("type", field.value_type.as_str().into()),
        ("updatedAt", time(shown.updated_at)),
        ("value", field.value.as_str().into()),
    ] {
        fields.insert(name.to_owned(), value);
    }
    Object::Ready("Metafield", fields)
}

/// The metafields that a `metafields(namespace:, keys:)` asks for.
fn metafields(shown: &Shown, picked: &Picked<'_>) -> Held {
    let namespace = picked.args.get("namespace").and_then(Value::as_str);
    let keys = picked.args.get("keys").and_then(Value::as_array);
    let items = shown
        .item
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
        .map(|(place, field)| (child_number(shown.index, place), metafield(shown, place, field)))
        .collect();
    page(picked.page.as_ref(), items)
}
