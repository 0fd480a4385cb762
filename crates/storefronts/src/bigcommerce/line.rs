//! `/orders/{order_id}/products`: what was bought.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::address;
use super::children::{option_number, value_number};
use super::ids::{child_number, order_number, product_number};
use super::json::{fields, text};
use super::taxed::{of_line, of_one};
use crate::stock::{Shown, StockLine, StockOrder};

/// Ids of lines that a line's options share out.
const OPTIONS: u64 = 16;

/// Which of the vendor's consignments a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Physical,
    Digital,
    GiftCertificate,
}

impl Sort {
    pub(super) const fn of(line: &StockLine) -> Self {
        match (line.is_gift_card, line.requires_shipping) {
            (true, _) => Self::GiftCertificate,
            (false, true) => Self::Physical,
            (false, false) => Self::Digital,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Physical => "physical",
            Self::Digital => "digital",
            Self::GiftCertificate => "giftcertificate",
        }
    }
}

/// All lines of an order.
pub(super) fn all(shown: &Shown<StockOrder>) -> Vec<Value> {
    let lines = shown.item.lines.iter().enumerate();
    lines.map(|(place, line)| render(shown, place, line)).collect()
}

/// One line.
pub(super) fn render(shown: &Shown<StockOrder>, place: usize, line: &StockLine) -> Value {
    let mut all = Map::new();
    for part in
        [identity(shown, place, line), prices(shown, line), after(shown, place, line), rest(line)]
    {
        all.extend(fields(part));
    }
    all.insert("applied_discounts".to_owned(), discounts(&shown.item, line).into());
    all.insert("product_options".to_owned(), options(shown, place, line).into());
    all.insert("configurable_fields".to_owned(), json!([]));
    let inc = of_line(line, shown.item.taxes_included).inc;
    let discounted = inc.saturating_sub(line.discount());
    all.insert("discounted_total_inc_tax".to_owned(), text(discounted));
    all.into()
}

fn identity(shown: &Shown<StockOrder>, place: usize, line: &StockLine) -> Value {
    let sort = Sort::of(line);
    let is_sent = sort == Sort::Physical && address::is_sent(&shown.item);
    let is_picked_up =
        sort == Sort::Physical && address::way(&shown.item) == address::Way::PickedUp;
    json!({
        "id": child_number(shown.index, place),
        "order_id": order_number(shown.index),
        "product_id": line.product.map_or(0, product_number),
        "variant_id": line.product.map_or(0, |index| child_number(index, line.variant)),
        "order_pickup_method_id": u64::from(is_picked_up),
        "order_address_id": if is_sent { address::number(shown.index) } else { 0 },
        "name": line.title,
        "name_customer": line.title,
        "name_merchant": line.title,
        "sku": line.sku.as_deref().unwrap_or_default(),
        "upc": "",
        "type": sort.as_str(),
    })
}

fn prices(shown: &Shown<StockOrder>, line: &StockLine) -> Value {
    let included = shown.item.taxes_included;
    let (one, all) = (of_one(line, included), of_line(line, included));
    json!({
        "base_price": text(line.unit_price),
        "price_ex_tax": text(one.ex),
        "price_inc_tax": text(one.inc),
        "price_tax": text(one.tax),
        "base_total": text(line.subtotal()),
        "total_ex_tax": text(all.ex),
        "total_inc_tax": text(all.inc),
        "total_tax": text(all.tax),
        "weight": text(Decimal::ZERO),
        "width": text(Decimal::ZERO),
        "height": text(Decimal::ZERO),
        "depth": text(Decimal::ZERO),
        "quantity": line.quantity,
        "base_cost_price": text(Decimal::ZERO),
        "cost_price_inc_tax": text(Decimal::ZERO),
        "cost_price_ex_tax": text(Decimal::ZERO),
        "cost_price_tax": text(Decimal::ZERO),
    })
}

/// What became of it.
fn after(shown: &Shown<StockOrder>, place: usize, line: &StockLine) -> Value {
    let refunded = shown.item.quantity_refunded(place);
    json!({
        "is_refunded": refunded > 0 && refunded >= line.quantity,
        "quantity_refunded": refunded,
        // As documented, always.
        "refund_amount": text(Decimal::ZERO),
        "return_id": 0,
        "wrapping_id": 0,
        "wrapping_name": "",
        "base_wrapping_cost": text(Decimal::ZERO),
        "wrapping_cost_ex_tax": text(Decimal::ZERO),
        "wrapping_cost_inc_tax": text(Decimal::ZERO),
        "wrapping_cost_tax": text(Decimal::ZERO),
        "wrapping_message": "",
        "quantity_shipped": shown.item.quantity_fulfilled(place),
    })
}

fn rest(line: &StockLine) -> Value {
    json!({
        "event_name": null,
        "event_date": null,
        "fixed_shipping_cost": text(Decimal::ZERO),
        "ebay_item_id": "",
        "ebay_transaction_id": "",
        "option_set_id": null,
        "parent_order_product_id": null,
        "is_bundled_product": false,
        "bin_picking_number": "",
        "external_id": "",
        "fulfillment_source": "",
        "brand": line.vendor,
        "gift_certificate_id": null,
    })
}

/// What is taken off a line.
pub(super) fn discounts(order: &StockOrder, line: &StockLine) -> Vec<Value> {
    let of = |(place, amount): &(usize, Decimal)| {
        let discount = order.discounts.get(*place)?;
        Some(json!({
            "id": if discount.code.is_some() { "coupon" } else { "cart-discount" },
            "amount": text(*amount),
            "name": discount.title,
            "code": discount.code,
            "target": "product",
        }))
    };
    line.discounts.iter().filter_map(of).collect()
}

/// What was chosen, and what the buyer typed.
pub(super) fn chosen(line: &StockLine) -> impl Iterator<Item = &(String, String)> {
    let is_default =
        |(name, value): &&(String, String)| name == "Title" && value == "Default Title";
    line.options.iter().filter(move |option| !is_default(option)).chain(&line.attributes)
}

fn options(shown: &Shown<StockOrder>, place: usize, line: &StockLine) -> Vec<Value> {
    let product = line.product.unwrap_or(0);
    let typed = chosen(line).count().saturating_sub(line.attributes.len());
    chosen(line)
        .enumerate()
        .map(|(at, (name, value))| {
            let is_typed = at >= typed;
            let chosen = || value_number(product, at, value).to_string();
            let sent = if is_typed { value.clone() } else { chosen() };
            let id = child_number(shown.index, place).saturating_mul(OPTIONS);
            json!({
                "id": id.saturating_add(u64::try_from(at).unwrap_or(0)),
                "option_id": option_number(product, at),
                "order_product_id": child_number(shown.index, place),
                "product_option_id": option_number(product, at),
                "display_name": name,
                "display_name_customer": name,
                "display_name_merchant": name,
                "display_value": value,
                "display_value_customer": value,
                "display_value_merchant": value,
                "value": sent,
                "type": if is_typed { "Text field" } else { "Multiple choice" },
                "name": name,
                "display_style": if is_typed { "" } else { "Rectangle" },
            })
        })
        .collect()
}
