use std::sync::Arc;

use serde_json::{Value, json};

use super::super::execute::{Held, Object};
use super::super::ids::{child_number, gid};
use super::super::select::Picked;
use super::{page, time};
use crate::stock::{LOCATIONS, Shown};

const LOCATION_FROM: u64 = 70_000_000_001;
/// 2022-01-01T00:00:00Z, when the shop was opened.
const OPENED_MS: u64 = 1_640_995_200_000;
/// The states that goods can be in at a location
/// (<https://shopify.dev/docs/apps/build/orders-fulfillment/inventory-management-apps>).
pub(in super::super) const QUANTITY_NAMES: [&str; 5] =
    ["available", "on_hand", "committed", "incoming", "reserved"];
/// Those of them that goods are in here.
const ON_THE_SHELF: [&str; 2] = ["available", "on_hand"];

/// The id of a location as a number.
pub(in super::super) fn location_number(place: usize) -> u64 {
    LOCATION_FROM.saturating_add(u64::try_from(place).unwrap_or(0))
}

/// The place of the location with an id.
pub(super) fn location_place(number: u64) -> Option<usize> {
    let place = usize::try_from(number.checked_sub(LOCATION_FROM)?).ok()?;
    (place < LOCATIONS.len()).then_some(place)
}

/// All locations, by id.
pub(super) fn locations(picked: &Picked<'_>) -> Held {
    let all = (0..LOCATIONS.len()).map(|place| (location_number(place), Object::Location(place)));
    page(picked.page.as_ref(), all.collect())
}

/// A field of `Location`.
pub(in super::super) fn location(place: usize, picked: &Picked<'_>) -> Held {
    let number = location_number(place);
    match picked.name() {
        "createdAt" | "updatedAt" => time(OPENED_MS).into(),
        "fulfillsOnlineOrders" | "hasActiveInventory" | "isActive" | "shipsInventory" => {
            true.into()
        }
        "id" => gid("Location", number).into(),
        "legacyResourceId" => number.to_string().into(),
        "name" => LOCATIONS.get(place).copied().unwrap_or_default().into(),
        _ => Held::NULL,
    }
}

/// Where a variant is in stock, in the order of locations.
pub(super) fn inventory_levels(shown: &Arc<Shown>, place: usize, picked: &Picked<'_>) -> Held {
    let at = shown.item.variants.get(place).map_or(&[][..], |variant| &variant.stock_at);
    let levels = (0..at.len())
        .filter_map(|level| {
            let number = location_number(at.get(level)?.location);
            Some((number, Object::InventoryLevel(Arc::clone(shown), place, level)))
        })
        .collect();
    page(picked.page.as_ref(), levels)
}

/// The `inventoryLevel(locationId:)` of a variant.
pub(super) fn one_inventory_level(shown: &Arc<Shown>, place: usize, picked: &Picked<'_>) -> Held {
    let id = picked.args.get("locationId").and_then(Value::as_str).unwrap_or_default();
    let at = shown.item.variants.get(place).map_or(&[][..], |variant| &variant.stock_at);
    let found = at.iter().position(|at| gid("Location", location_number(at.location)) == id);
    Held::maybe(found.map(|level| Object::InventoryLevel(Arc::clone(shown), place, level)))
}

/// A field of `InventoryLevel`.
pub(in super::super) fn inventory_level(
    shown: &Arc<Shown>,
    place: usize,
    level: usize,
    picked: &Picked<'_>,
) -> Held {
    let variant = shown.item.variants.get(place);
    let Some(at) = variant.and_then(|variant| variant.stock_at.get(level)) else {
        return Held::NULL;
    };
    let number = child_number(shown.index, place);
    let location = location_number(at.location);
    match picked.name() {
        "canDeactivate" => false.into(),
        "createdAt" => time(shown.created_at).into(),
        "id" => format!("{}?inventory_item_id={number}", gid("InventoryLevel", location)).into(),
        "isActive" => true.into(),
        "item" => Held::One(Object::InventoryItem(Arc::clone(shown), place)),
        "location" => Held::One(Object::Location(at.location)),
        "quantities" => {
            let names = picked.args.get("names").and_then(Value::as_array);
            let quantities: Value = names
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .filter(|name| QUANTITY_NAMES.contains(name))
                .map(|name| {
                    json!({
                        "id": format!("{}?name={name}&item={number}", gid("InventoryQuantity", location)),
                        "name": name,
                        "quantity": if ON_THE_SHELF.contains(&name) { at.available } else { 0 },
                        "updatedAt": time(shown.updated_at),
                    })
                })
                .collect();
            quantities.into()
        }
        "updatedAt" => time(shown.updated_at).into(),
        _ => Held::NULL,
    }
}
