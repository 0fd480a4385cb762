//! What is asked for below an order: coupons, taxes, payments, refunds, parcels.

use flyball_domain::{
    Discount, Field, Fulfillment, FulfillmentLine, IdError, Payment, Refund, RefundLine, Tax,
    Tracking, UnixMillis,
};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::super::ids::child_number;
use super::super::json::fields;
use super::super::order::after;
use super::super::parts::{self, Details};
use super::super::payment;
use super::super::site::Site;
use super::{amount, beyond, id, told, v2, v3};
use crate::stock::{Shown, StockFulfillment, StockOrder, StockPayment, StockRefund};

/// What of a payment tells who paid, or with what.
const PERSONAL_OF_PAYMENTS: [&str; 3] = ["credit_card", "avs_result", "cvv_result"];
const PLACED_OF_PAYMENT: [&str; 10] = [
    "id",
    "event",
    "status",
    "gateway",
    "method",
    "amount",
    "currency",
    "date_created",
    "reference_transaction_id",
    "gateway_transaction_id",
];

/// What the buyer typed.
pub(super) fn coupons(site: &Site, shown: &Shown<StockOrder>) -> Vec<Discount> {
    let of = |said: Value| {
        let place = said.get("coupon_id").and_then(Value::as_u64).unwrap_or(0);
        let place = usize::try_from(place.saturating_sub(1)).ok()?;
        let stock = shown.item.discounts.get(place)?;
        let title =
            if stock.percent.is_some() { "percentage_discount" } else { "per_item_discount" };
        Some(Discount {
            code: stock.code.clone().into(),
            title: told(title),
            amount: amount(v3(parts::off(&shown.item, place), site.currency)),
            extra: beyond(fields(said), &["code", "discount"]),
        })
    };
    parts::coupons(shown).into_iter().filter_map(of).collect()
}

/// Each tax on each line, and on shipping.
pub(super) fn taxes(site: &Site, shown: &Shown<StockOrder>) -> Vec<Tax> {
    let order = &shown.item;
    let of_lines = order.lines.iter().flat_map(|line| &line.taxes).cloned();
    let of_shipping = order.shipping_lines.iter().flat_map(|line| &line.taxes).cloned().collect();
    let stock = of_lines.chain(parts::summed(of_shipping));
    stock
        .filter(|tax| !tax.amount.is_zero())
        .zip(parts::taxes(shown, Details::Each))
        .map(|(stock, said)| Tax {
            title: told(&stock.title),
            percent: Field::Value(v2(stock.percent, site.currency).amount),
            amount: amount(v2(stock.amount, site.currency)),
            extra: beyond(fields(said), &["name", "rate", "line_amount"]),
        })
        .collect()
}

/// Payments; what tells of the buyer goes to `personal`.
pub(super) fn payments(
    site: &Site,
    shown: &Shown<StockOrder>,
    personal: &mut Map<String, Value>,
) -> Result<Vec<Payment>, IdError> {
    let mut hidden = Vec::new();
    let said = payment::transactions(site, shown).into_iter();
    let stock = shown.item.payments.iter().enumerate();
    let all = stock
        .zip(said)
        .map(|((place, stock), said)| {
            let (own, extra) = apart(fields(said), &PERSONAL_OF_PAYMENTS);
            hidden.push(own);
            one_payment(site, shown, (place, stock), extra)
        })
        .collect();
    if !hidden.is_empty() {
        personal.insert("payments".to_owned(), hidden.into());
    }
    all
}

fn one_payment(
    site: &Site,
    shown: &Shown<StockOrder>,
    (place, stock): (usize, &StockPayment),
    said: Map<String, Value>,
) -> Result<Payment, IdError> {
    let word = |name: &str| told(said.get(name).and_then(Value::as_str).unwrap_or_default());
    let parent = |place| id(child_number(shown.index, place));
    Ok(Payment {
        id: Field::Value(id(child_number(shown.index, place))?),
        action: word("event"),
        status: word("status"),
        gateway: word("gateway"),
        method: word("method"),
        amount: amount(v3(stock.amount, site.currency)),
        at: Field::Value(UnixMillis(after(shown.created_at, stock.after_s))),
        parent_id: match stock.parent {
            Some(place) => Field::Value(parent(place)?),
            None => Field::Absent,
        },
        reference: told(stock.reference.as_deref().unwrap_or_default()),
        extra: beyond(said, &PLACED_OF_PAYMENT),
    })
}

pub(super) fn refunds(site: &Site, shown: &Shown<StockOrder>) -> Result<Vec<Refund>, IdError> {
    let stock = shown.item.refunds.iter().enumerate();
    let said = payment::refunds(shown).into_iter();
    stock.zip(said).map(|((place, stock), said)| refund(site, shown, place, stock, said)).collect()
}

fn refund(
    site: &Site,
    shown: &Shown<StockOrder>,
    place: usize,
    stock: &StockRefund,
    said: Value,
) -> Result<Refund, IdError> {
    let included = shown.item.taxes_included;
    let money = |value| amount(v3(value, site.currency));
    let items = said.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let of_lines = stock.lines.iter().map(|line| {
        let tax = if included { Decimal::ZERO } else { line.tax };
        let number = child_number(shown.index, line.line);
        (Some(number), line.quantity, line.subtotal.saturating_add(tax))
    });
    let besides = [stock.shipping, stock.adjustment];
    let besides =
        besides.into_iter().filter(|value| !value.is_zero()).map(|value| (None, 1, value));
    let lines: Result<Vec<_>, IdError> = of_lines
        .chain(besides)
        .zip(items)
        .map(|((line, quantity, value), said)| {
            let mut extra = beyond(fields(said), &["quantity", "requested_amount"]);
            if line.is_some() {
                extra.remove("item_id");
            }
            Ok(RefundLine {
                id: Field::Absent,
                line_id: line.map(id).transpose()?.into(),
                quantity: Field::Value(quantity.into()),
                restock: Field::Absent,
                subtotal: money(value),
                tax: Field::Absent,
                extra,
            })
        })
        .collect();
    let is_shipping = !stock.shipping.is_zero();
    Ok(Refund {
        id: id(child_number(shown.index, place))?,
        created_at: Field::Value(UnixMillis(after(shown.created_at, stock.after_s))),
        note: told(stock.note.as_deref().unwrap_or_default()),
        total: money(stock.total(included)),
        shipping: if is_shipping { money(stock.shipping) } else { Field::Absent },
        adjustment: Field::Absent,
        lines: Field::Value(lines?),
        extra: beyond(fields(said), &["id", "created", "reason", "total_amount", "items"]),
    })
}

/// Parcels; the addresses on them go to `personal`.
pub(super) fn fulfillments(
    shown: &Shown<StockOrder>,
    personal: &mut Map<String, Value>,
) -> Result<Vec<Fulfillment>, IdError> {
    let order = &shown.item;
    let mut hidden = Vec::new();
    let stock = order.fulfillments.iter().enumerate().filter(|(_, sent)| !sent.canceled);
    let service = order.shipping_lines.first().map_or("None", |line| &line.title);
    let all = stock
        .zip(parts::shipments(shown))
        .map(|((place, stock), said)| {
            let (own, said) = apart(fields(said), &["billing_address", "shipping_address"]);
            hidden.push(own);
            let placed = ["id", "date_created", "shipping_method", "items"];
            let tracking = tracking(stock);
            let extra = beyond_parcel(beyond(said, &placed), tracking.as_ref());
            let line = |(line, quantity): &(usize, u32)| {
                Ok(FulfillmentLine {
                    line_id: Field::Value(id(child_number(shown.index, *line))?),
                    quantity: Field::Value((*quantity).into()),
                })
            };
            Ok(Fulfillment {
                id: id(child_number(shown.index, place))?,
                status: Field::Absent,
                created_at: Field::Value(UnixMillis(after(shown.created_at, stock.after_s))),
                updated_at: Field::Absent,
                location_id: Field::Absent,
                service: told(service),
                tracking: Field::Value(tracking.into_iter().collect()),
                lines: Field::Value(stock.lines.iter().map(line).collect::<Result<_, IdError>>()?),
                extra,
            })
        })
        .collect();
    if !hidden.is_empty() {
        personal.insert("shipments".to_owned(), hidden.into());
    }
    all
}

/// The one parcel of a shipment, where it has a number or a link. The vendor knows one carrier and one
/// link of all its parcels, and their numbers as one text; UPS is one of its own providers.
fn tracking(sent: &StockFulfillment) -> Option<Tracking> {
    let found = |text: Option<String>| text.map_or(Field::Absent, Field::Value);
    let numbers: Vec<_> = sent.tracking.iter().filter_map(|parcel| parcel.number.clone()).collect();
    let first = sent.tracking.first();
    let url = first.and_then(|parcel| parcel.url.clone());
    if numbers.is_empty() && url.is_none() {
        return None;
    }
    Some(Tracking {
        carrier: found(first.and_then(|parcel| parcel.carrier.as_deref()).map(str::to_lowercase)),
        number: found((!numbers.is_empty()).then(|| numbers.join(", "))),
        url: found(url),
    })
}

/// What of a shipment's parcel has its place, where there is one: what is told of it.
fn beyond_parcel(said: Map<String, Value>, parcel: Option<&Tracking>) -> Map<String, Value> {
    if parcel.is_none() {
        return said;
    }
    let is_told = |said: &Map<String, Value>, name: &str| {
        said.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
    };
    let carrier =
        if is_told(&said, "tracking_carrier") { "tracking_carrier" } else { "shipping_provider" };
    let placed = [carrier, "tracking_number", "tracking_link"];
    let told: Vec<_> = placed.into_iter().filter(|name| is_told(&said, name)).collect();
    beyond(said, &told)
}

/// Some fields of a record with its id, and the others.
fn apart(said: Map<String, Value>, names: &[&str]) -> (Value, Map<String, Value>) {
    let (mut own, others): (Map<_, _>, Map<_, _>) =
        said.into_iter().partition(|(name, _)| names.contains(&name.as_str()));
    own.insert("id".to_owned(), others.get("id").map(Value::to_string).into());
    (own.into(), others)
}
