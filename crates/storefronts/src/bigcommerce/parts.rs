//! The smaller lists below an order of v2: coupons, taxes, parcels, messages.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::address;
use super::dates::mail;
use super::ids::{child_number, order_number, product_number};
use super::json::{number, text};
use super::order::{after, customer};
use super::taxed::sum;
use crate::stock::{Shown, StockFulfillment, StockOrder, StockTax};

/// The ids of taxes that one line or shipping shares out.
const TAXES: usize = 16;

/// `/orders/{order_id}/coupons`: what the buyer typed, where it took something off.
pub(super) fn coupons(shown: &Shown<StockOrder>) -> Vec<Value> {
    /// `orderCoupons_Base`, `type`.
    const PER_ITEM: u64 = 0;
    const PERCENTAGE: u64 = 1;
    let order = &shown.item;
    order
        .discounts
        .iter()
        .enumerate()
        .map(|(place, discount)| (place, discount, off(order, place)))
        .filter(|(_, _, off)| !off.is_zero())
        .filter_map(|(place, discount, off)| {
            let code = discount.code.as_deref()?;
            let amount = discount.percent.unwrap_or(off);
            Some(json!({
                "id": child_number(shown.index, place),
                "coupon_id": place.saturating_add(1),
                "order_id": order_number(shown.index),
                "code": code,
                "amount": text(amount),
                "type": if discount.percent.is_some() { PERCENTAGE } else { PER_ITEM },
                "discount": number(off),
            }))
        })
        .collect()
}

/// What a discount takes off all lines.
pub(super) fn off(order: &StockOrder, place: usize) -> Decimal {
    let of_lines = order.lines.iter().flat_map(|line| &line.discounts);
    sum(of_lines.filter(|(of, _)| *of == place).map(|(_, amount)| *amount))
}

/// How much is said of taxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Details {
    /// One row for each tax on all lines, and on shipping.
    Summed,
    /// One row for each tax on each line, and on shipping.
    Each,
}

/// `/orders/{order_id}/taxes`, as far as there is something to pay.
pub(super) fn taxes(shown: &Shown<StockOrder>, details: Details) -> Vec<Value> {
    let order = &shown.item;
    let of_shipping = order.shipping_lines.iter().flat_map(|line| &line.taxes).cloned().collect();
    let shipping = (order.lines.len(), None, summed(of_shipping));
    let mut groups: Vec<(usize, Option<usize>, Vec<StockTax>)> = match details {
        Details::Summed => {
            let of_lines = order.lines.iter().flat_map(|line| &line.taxes).cloned().collect();
            vec![(0, None, summed(of_lines))]
        }
        Details::Each => {
            let lines = order.lines.iter().enumerate();
            lines.map(|(place, line)| (place, Some(place), line.taxes.clone())).collect()
        }
    };
    let items = groups.len();
    groups.push(shipping);
    let rows = groups.iter().enumerate().flat_map(|(at, (place, line, taxes))| {
        let class = if at < items { "Default Tax Class" } else { "Shipping" };
        let some = taxes.iter().enumerate().filter(|(_, tax)| !tax.amount.is_zero());
        some.map(move |(priority, tax)| {
            let mut row = tax_row(shown, place * TAXES + priority, tax, class, priority);
            if details == Details::Each {
                let line = line.map(|place| child_number(shown.index, place).to_string());
                let kind = if line.is_some() { "item" } else { "shipping" };
                row.insert("order_product_id".to_owned(), line.into());
                row.insert("line_item_type".to_owned(), kind.into());
            }
            row.into()
        })
    });
    rows.collect()
}

fn tax_row(
    shown: &Shown<StockOrder>,
    place: usize,
    tax: &StockTax,
    class: &str,
    priority: usize,
) -> Map<String, Value> {
    let address = address_number(shown);
    super::json::fields(json!({
        "id": child_number(shown.index, place),
        "order_id": order_number(shown.index),
        "order_address_id": address,
        "tax_rate_id": priority.saturating_add(1),
        "sales_tax_id": format!("tax-{}", priority.saturating_add(1)),
        "tax_class_id": 0,
        "name": tax.title,
        "class": class,
        "rate": text(tax.percent),
        "priority": priority,
        "priority_amount": text(tax.amount),
        "line_amount": text(tax.amount),
        "order_pickup_method_id": u64::from(address::way(&shown.item) == address::Way::PickedUp),
    }))
}

/// The id of where an order is sent; 0 where it is not.
fn address_number(shown: &Shown<StockOrder>) -> u64 {
    if address::is_sent(&shown.item) { address::number(shown.index) } else { 0 }
}

/// Taxes of one name and rate as one.
pub(super) fn summed(taxes: Vec<StockTax>) -> Vec<StockTax> {
    let mut found: Vec<StockTax> = Vec::new();
    for tax in taxes {
        let alike =
            |other: &&mut StockTax| other.title == tax.title && other.percent == tax.percent;
        match found.iter_mut().find(alike) {
            Some(before) => before.amount = before.amount.saturating_add(tax.amount),
            None => found.push(tax),
        }
    }
    found
}

/// `/orders/{order_id}/shipments`: what was sent and not called back. The vendor knows one number of
/// a parcel for each.
pub(super) fn shipments(shown: &Shown<StockOrder>) -> Vec<Value> {
    let sent = shown.item.fulfillments.iter().enumerate();
    let sent = sent.filter(|(_, sent)| !sent.canceled);
    sent.map(|(place, sent)| shipment(shown, place, sent)).collect()
}

fn shipment(shown: &Shown<StockOrder>, place: usize, sent: &StockFulfillment) -> Value {
    let order = &shown.item;
    let first = sent.tracking.first();
    let carrier = first.and_then(|parcel| parcel.carrier.as_deref()).unwrap_or_default();
    let provider = if carrier == "UPS" { "ups" } else { "" };
    let numbers: Vec<_> =
        sent.tracking.iter().filter_map(|parcel| parcel.number.as_deref()).collect();
    let items: Vec<_> = sent
        .lines
        .iter()
        .map(|(line, quantity)| {
            let product = order.lines.get(*line).and_then(|line| line.product);
            json!({
                "order_product_id": child_number(shown.index, *line),
                "product_id": product.map_or(0, product_number),
                "quantity": quantity,
            })
        })
        .collect();
    json!({
        "id": child_number(shown.index, place),
        "order_id": order_number(shown.index),
        "customer_id": customer(order),
        "order_address_id": address_number(shown),
        "date_created": mail(after(shown.created_at, sent.after_s)),
        "tracking_number": numbers.join(", "),
        "merchant_shipping_cost": text(Decimal::ZERO),
        "shipping_method": order.shipping_lines.first().map_or("None", |line| &line.title),
        "comments": "",
        "shipping_provider": provider,
        "tracking_carrier": if provider.is_empty() { carrier.to_lowercase() } else { String::new() },
        "tracking_link": first.and_then(|parcel| parcel.url.as_deref()).unwrap_or_default(),
        "billing_address": address::person(order, order.billing.as_ref()),
        "shipping_address": address::person(order, order.shipping.as_ref()),
        "items": items,
        "shipping_provider_display_name": carrier,
        "generated_tracking_link": "",
    })
}

/// `/orders/{order_id}/messages`: what was said of it since.
pub(super) fn messages(shown: &Shown<StockOrder>) -> Vec<Value> {
    let number = order_number(shown.index);
    let said = shown.item.history.iter().enumerate();
    said.filter_map(|(place, said)| Some((place, said.after_s, said.comment.as_deref()?)))
        .map(|(place, after_s, comment)| {
            json!({
                "id": child_number(shown.index, place),
                "order_id": number,
                "staff_id": 1,
                "customer_id": customer(&shown.item),
                "type": "admin",
                "subject": format!("Re: Order #{number}"),
                "message": comment,
                "status": "read",
                "is_flagged": false,
                "date_created": mail(after(shown.created_at, after_s)),
                "customer": {},
            })
        })
        .collect()
}
