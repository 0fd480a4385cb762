//! What belongs to a product: pictures, options, custom fields, prices for many, metafields.

use serde_json::{Value, json};

use super::dates::iso;
use super::ids::{child_number, named_number, product_number};
use super::json::number;
use super::kept;
use super::site::Site;
use crate::stock::{Shown, StockMetafield, StockVariant};

/// Where a picture is; nothing where the product has no such picture.
pub(super) fn url(site: &Site, shown: &Shown, place: usize) -> Value {
    match shown.item.images.get(place) {
        Some(_) => site.image(product_number(shown.index), child_number(shown.index, place), 1_280),
        None => "".into(),
    }
}

pub(super) fn images(site: &Site, shown: &Shown) -> Vec<Value> {
    let product = product_number(shown.index);
    let of = |(place, image): (usize, &crate::stock::StockImage)| {
        let id = child_number(shown.index, place);
        json!({
            "id": id,
            "product_id": product,
            "is_thumbnail": place == 0,
            "sort_order": place,
            "description": image.alt.as_deref().unwrap_or_default(),
            "image_file": format!("p/{id}/picture.jpg"),
            "url_zoom": site.image(product, id, 1_280),
            "url_standard": site.image(product, id, 386),
            "url_thumbnail": site.image(product, id, 220),
            "url_tiny": site.image(product, id, 44),
            "date_modified": iso(shown.created_at),
        })
    };
    shown.item.images.iter().enumerate().map(of).collect()
}

pub(super) fn options(shown: &Shown) -> Vec<Value> {
    let product = product_number(shown.index);
    kept::options(&shown.item)
        .iter()
        .enumerate()
        .map(|(place, option)| {
            let values: Vec<_> = option
                .values
                .iter()
                .enumerate()
                .map(|(at, label)| {
                    json!({
                        "id": value_number(shown.index, place, label),
                        "label": label,
                        "sort_order": at,
                        "value_data": null,
                        "is_default": false,
                    })
                })
                .collect();
            json!({
                "id": option_number(shown.index, place),
                "product_id": product,
                "display_name": option.name,
                "type": "rectangles",
                "config": {},
                "sort_order": place,
                "option_values": values,
            })
        })
        .collect()
}

/// A variant's value for each of its product's options.
pub(super) fn option_values(shown: &Shown, variant: &StockVariant) -> Vec<Value> {
    kept::options(&shown.item)
        .iter()
        .zip(&variant.option_values)
        .enumerate()
        .map(|(place, (option, label))| {
            json!({
                "id": value_number(shown.index, place, label),
                "label": label,
                "option_id": option_number(shown.index, place),
                "option_display_name": option.name,
            })
        })
        .collect()
}

/// The id of a product's option.
pub(super) fn option_number(index: u64, place: usize) -> u64 {
    child_number(index, place)
}

/// The id of a value of an option, which orders name it by too.
pub(super) fn value_number(index: u64, place: usize, label: &str) -> u64 {
    named_number(&format!("{index}/{place}/{label}"))
}

pub(super) fn custom_fields(shown: &Shown) -> Vec<Value> {
    let fields = shown.item.metafields.iter().enumerate();
    fields
        .filter(|(_, field)| kept::is_custom(field))
        .take(kept::CUSTOM_FIELDS_MAX)
        .map(|(place, field)| {
            json!({
                "id": child_number(shown.index, place),
                "name": field.key,
                "value": field.value,
            })
        })
        .collect()
}

pub(super) fn bulk_pricing_rules(shown: &Shown) -> Vec<Value> {
    kept::tiers(&shown.item)
        .into_iter()
        .enumerate()
        .map(|(place, (from, to, price))| {
            json!({
                "id": child_number(shown.index, place),
                "quantity_min": from,
                "quantity_max": to,
                "type": "fixed",
                "amount": number(price),
            })
        })
        .collect()
}

/// What is no custom field of a product.
pub(super) fn metafields(shown: &Shown) -> Vec<Value> {
    let fields = shown.item.metafields.iter().enumerate();
    fields
        .filter(|(_, field)| !kept::is_custom(field))
        .map(|(place, field)| {
            let id = child_number(shown.index, place);
            let at = (shown.created_at, shown.updated_at);
            metafield(id, field, "product", product_number(shown.index), at)
        })
        .collect()
}

/// A metafield of any record.
pub(super) fn metafield(
    id: u64,
    field: &StockMetafield,
    of: &str,
    number: u64,
    (created_at, updated_at): (u64, u64),
) -> Value {
    json!({
        "id": id,
        "key": field.key,
        "value": field.value,
        "namespace": field.namespace,
        "permission_set": "read",
        "resource_type": of,
        "resource_id": number,
        "description": field.value_type,
        "date_created": iso(created_at),
        "date_modified": iso(updated_at),
        "owner_client_id": "simulated-app",
    })
}
