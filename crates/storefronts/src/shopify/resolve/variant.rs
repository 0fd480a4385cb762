use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Map, Value, json};

use super::super::execute::{Held, Object};
use super::super::ids::{child_number, gid};
use super::super::money;
use super::super::page::Cursor;
use super::super::select::Picked;
use super::super::shop::Shop;
use super::location::{inventory_levels, one_inventory_level};
use super::product::{money_v2, option_value};
use super::{count, image, page, time};
use crate::stock::{InventoryPolicy, Shown, StockVariant};

/// A field of `ProductVariant`.
pub(in super::super) fn variant(
    shop: &Shop,
    shown: &Arc<Shown>,
    place: usize,
    picked: &Picked<'_>,
) -> Held {
    let Some(variant) = shown.item.variants.get(place) else { return Held::NULL };
    let number = child_number(shown.index, place);
    let price = |amount: Decimal| money::price(amount, shop.currency).to_string();
    match picked.name() {
        "availableForSale" => is_available(variant).into(),
        "barcode" => variant.barcode.clone().into(),
        "compareAtPrice" => variant.compare_at_price.map(price).into(),
        "createdAt" => time(shown.created_at).into(),
        "defaultCursor" => {
            Cursor { last_id: number, last_value: number.to_string(), offset: 0 }.encode().into()
        }
        "displayName" => format!("{} - {}", shown.item.title, variant.title()).into(),
        "id" => gid("ProductVariant", number).into(),
        "image" => variant.image.map_or(Held::NULL, |picture| image(shown, picture).into()),
        "inventoryItem" => Held::One(Object::InventoryItem(Arc::clone(shown), place)),
        "inventoryPolicy" => variant.policy.as_str().into(),
        "inventoryQuantity" => variant.quantity.into(),
        "legacyResourceId" => number.to_string().into(),
        "media" => {
            let picture = variant.image.map(|picture| {
                let object = Object::MediaImage(Arc::clone(shown), picture);
                (child_number(shown.index, picture), object)
            });
            page(picked.page.as_ref(), picture.into_iter().collect())
        }
        "metafields" => page(picked.page.as_ref(), Vec::new()),
        "position" => place.saturating_add(1).into(),
        "price" => price(variant.price).into(),
        "product" => Held::One(Object::Product(Arc::clone(shown))),
        "requiresComponents" => false.into(),
        "selectedOptions" => selected_options(shown, variant, picked).into(),
        "sellableOnlineQuantity" => variant.quantity.max(0).into(),
        "sku" => variant.sku.clone().into(),
        "taxable" => variant.taxable.into(),
        "title" => variant.title().into(),
        "updatedAt" => time(shown.updated_at).into(),
        _ => Held::NULL,
    }
}

/// A field of `InventoryItem`.
pub(in super::super) fn inventory_item(
    shop: &Shop,
    shown: &Arc<Shown>,
    place: usize,
    picked: &Picked<'_>,
) -> Held {
    let Some(variant) = shown.item.variants.get(place) else { return Held::NULL };
    let number = child_number(shown.index, place);
    match picked.name() {
        "createdAt" => time(shown.created_at).into(),
        "duplicateSkuCount" => 0.into(),
        "id" => gid("InventoryItem", number).into(),
        "inventoryLevel" => one_inventory_level(shown, place, picked),
        "inventoryLevels" => inventory_levels(shown, place, picked),
        "legacyResourceId" => number.to_string().into(),
        "locationsCount" => count(variant.stock_at.len()),
        "measurement" => {
            let mut fields = Map::new();
            fields.insert("id".to_owned(), gid("InventoryItemMeasurement", number).into());
            fields.insert("weight".to_owned(), weight(variant));
            Held::One(Object::Ready("InventoryItemMeasurement", fields))
        }
        "requiresShipping" => variant.requires_shipping.into(),
        "sku" => variant.sku.clone().into(),
        "tracked" => variant.tracked.into(),
        "unitCost" => variant.unit_cost.map_or(Held::NULL, |cost| money_v2(shop, cost).into()),
        "updatedAt" => time(shown.updated_at).into(),
        "variant" => Held::One(Object::Variant(Arc::clone(shown), place)),
        _ => Held::NULL,
    }
}

fn is_available(variant: &StockVariant) -> bool {
    !variant.tracked || variant.quantity > 0 || variant.policy == InventoryPolicy::Continue
}

fn weight(variant: &StockVariant) -> Value {
    let Some(weight) = &variant.weight else { return Value::Null };
    let value = money::weight(weight.value).to_f64().unwrap_or_default();
    json!({"unit": weight.unit.as_str(), "value": value})
}

fn selected_options(shown: &Shown, variant: &StockVariant, picked: &Picked<'_>) -> Value {
    let with_values = picked.asks_for("optionValue");
    shown
        .item
        .options
        .iter()
        .zip(&variant.option_values)
        .enumerate()
        .map(|(place, (option, value))| {
            let known =
                option.values.iter().position(|known| known == value).filter(|_| with_values);
            json!({
                "name": option.name,
                "optionValue": known.map(|known| option_value(shown, place, known)),
                "value": value,
            })
        })
        .collect()
}
