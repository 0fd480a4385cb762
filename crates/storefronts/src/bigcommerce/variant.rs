//! A variant as v3 writes it, and the list of all variants of a store.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::children;
use super::ids::{child_number, product_number};
use super::json::number;
use super::kept::{self, Prices};
use super::site::Site;
use crate::stock::{Shown, StockVariant};

/// All variants of a product.
pub(super) fn all(site: &Site, shown: &Shown) -> Vec<Value> {
    let variants = kept::variants(&shown.item).iter().enumerate();
    variants.map(|(place, variant)| render(site, shown, place, variant)).collect()
}

/// One variant. Where a product has options, what its variants have in common with the product is
/// `null`: they inherit it.
fn render(site: &Site, shown: &Shown, place: usize, variant: &StockVariant) -> Value {
    let is_complex = kept::is_complex(&shown.item);
    let base = kept::base(&shown.item).unwrap_or(variant);
    let (own, inherited) = (Prices::of(shown.index, variant), Prices::of(shown.index, base));
    let unless_inherited = |own: Decimal, inherited: Decimal| {
        if is_complex && own == inherited { Value::Null } else { number(own) }
    };
    let weight = kept::weight(Some(variant));
    json!({
        "id": child_number(shown.index, place),
        "product_id": product_number(shown.index),
        "sku": variant.sku.as_deref().unwrap_or_default(),
        "sku_id": is_complex.then(|| child_number(shown.index, place)),
        "price": unless_inherited(own.price, inherited.price),
        "calculated_price": number(own.calculated()),
        "sale_price": unless_inherited(
            own.sale.unwrap_or_default(),
            inherited.sale.unwrap_or_default(),
        ),
        "retail_price": unless_inherited(
            own.retail.unwrap_or_default(),
            inherited.retail.unwrap_or_default(),
        ),
        "map_price": unless_inherited(Decimal::ZERO, Decimal::ZERO),
        "fixed_cost_shipping_price": unless_inherited(Decimal::ZERO, Decimal::ZERO),
        "cost_price": own.cost.map_or(Value::Null, number),
        "weight": unless_inherited(weight, kept::weight(Some(base))),
        "width": unless_inherited(Decimal::ZERO, Decimal::ZERO),
        "height": unless_inherited(Decimal::ZERO, Decimal::ZERO),
        "depth": unless_inherited(Decimal::ZERO, Decimal::ZERO),
        "is_free_shipping": false,
        "calculated_weight": number(weight),
        "purchasing_disabled": false,
        "purchasing_disabled_message": "",
        "image_url": variant.image.map_or(Value::from(""), |at| children::url(site, shown, at)),
        "upc": variant.barcode.as_deref().unwrap_or_default(),
        "mpn": "",
        "gtin": "",
        "inventory_level": kept::level(variant),
        "inventory_warning_level": 0,
        "bin_picking_number": "",
        "option_values": children::option_values(shown, variant),
    })
}
