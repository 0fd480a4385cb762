//! An order as v2 writes it: the fields that a recorded answer has, in its order. Amounts are in the
//! store's currency; what the buyer saw is told by its rate alone.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::address;
use super::dates::mail;
use super::ids::order_number;
use super::json::{fields, rate, text};
use super::site::Site;
use super::status::{Status, payment_status};
use super::taxed::{Sums, Taxed};
use super::{consignments, payment};
use crate::stock::{Shown, StockOrder};

const MS_PER_S: u64 = 1_000;
/// The channel of the storefront.
const CHANNEL: u64 = 1;
/// The number of the store's own currency.
const CURRENCY: u64 = 1;

/// What can be folded into an order (`orders.v2.oas2.yml`, `order_includes`).
pub(super) const INCLUDES: [&str; 3] = ["consignments", "consignments.line_items", "fees"];

/// How much of the parts of an order is folded in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Folded {
    pub(super) consignments: Consignments,
    pub(super) fees: bool,
}

/// What of its consignments is folded into an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Consignments {
    /// A link to them.
    #[default]
    Link,
    /// They, with links to their lines.
    Whole,
    /// They, with their lines.
    WithLines,
}

/// An order with some of its parts.
pub(super) fn render(site: &Site, shown: &Shown<StockOrder>, folded: Folded) -> Map<String, Value> {
    let order = &shown.item;
    let sums = Sums::of(order);
    let mut all = Map::new();
    for part in [
        identity(shown),
        amounts(order, &sums),
        payments(order),
        currencies(site, order),
        remarks(order, &sums),
        origin(order),
        links(site, shown, folded),
        rest(site, order),
    ] {
        all.extend(fields(part));
    }
    all
}

fn identity(shown: &Shown<StockOrder>) -> Value {
    let order = &shown.item;
    let status = Status::of(order);
    json!({
        "id": order_number(shown.index),
        "customer_id": customer(order),
        "date_created": mail(shown.created_at),
        "is_tax_inclusive_pricing": order.taxes_included,
        "date_modified": mail(shown.updated_at),
        "date_shipped": shipped_at(shown).map(mail).unwrap_or_default(),
        "status_id": status.id,
        "status": status.name,
    })
}

/// A customer's id; 0 for a guest.
pub(super) fn customer(order: &StockOrder) -> u64 {
    order.customer.as_ref().map_or(0, |customer| customer.number)
}

/// When the last of an order that was sent whole was sent.
pub(super) fn shipped_at(shown: &Shown<StockOrder>) -> Option<u64> {
    let order = &shown.item;
    let is_whole = order.lines.iter().enumerate().all(|(place, line)| {
        !line.requires_shipping || order.quantity_fulfilled(place) >= line.quantity
    });
    let sent = order.fulfillments.iter().filter(|sent| !sent.canceled);
    let last_s = sent.map(|sent| sent.after_s).max().filter(|_| is_whole)?;
    Some(after(shown.created_at, last_s))
}

/// So many seconds after a moment in Unix milliseconds.
pub(super) const fn after(at_ms: u64, seconds: u64) -> u64 {
    at_ms.saturating_add(seconds.saturating_mul(MS_PER_S))
}

fn amounts(order: &StockOrder, sums: &Sums) -> Value {
    let mut all = Map::new();
    let mut put = |name: String, value: Decimal| {
        all.insert(name, text(value));
    };
    let Taxed { ex, inc, tax } = sums.subtotal;
    put("subtotal_ex_tax".to_owned(), ex);
    put("subtotal_inc_tax".to_owned(), inc);
    put("subtotal_tax".to_owned(), tax);
    for (name, base, cost) in [
        ("shipping", sums.base_shipping, sums.shipping),
        ("handling", Decimal::ZERO, Taxed::default()),
        ("wrapping", Decimal::ZERO, Taxed::default()),
    ] {
        put(format!("base_{name}_cost"), base);
        put(format!("{name}_cost_ex_tax"), cost.ex);
        put(format!("{name}_cost_inc_tax"), cost.inc);
        put(format!("{name}_cost_tax"), cost.tax);
    }
    put("total_ex_tax".to_owned(), sums.total.ex);
    put("total_inc_tax".to_owned(), sums.total.inc);
    put("total_tax".to_owned(), sums.total.tax);
    for name in ["shipping", "handling", "wrapping"] {
        all.insert(format!("{name}_cost_tax_class_id"), 0.into());
    }
    let items = order.lines.iter().fold(0_u32, |all, line| all.saturating_add(line.quantity));
    let sent = (0..order.lines.len())
        .fold(0_u32, |all, place| all.saturating_add(order.quantity_fulfilled(place)));
    all.insert("items_total".to_owned(), items.into());
    all.insert("items_shipped".to_owned(), sent.into());
    all.into()
}

fn payments(order: &StockOrder) -> Value {
    let zero = text(Decimal::ZERO);
    json!({
        "payment_method": payment::method_of(order),
        "payment_provider_id": payment::reference_of(order),
        "payment_status": payment_status(order),
        // As documented, always.
        "refunded_amount": zero,
        "order_is_digital": !order.lines.iter().any(|line| line.requires_shipping),
        "store_credit_amount": zero,
        "gift_certificate_amount": zero,
        "ip_address": order.ip.as_deref().unwrap_or_default(),
        "ip_address_v6": "",
        "geoip_country": "",
        "geoip_country_iso2": "",
    })
}

fn currencies(site: &Site, order: &StockOrder) -> Value {
    let own = site.currency;
    let seen = order.presentment.filter(|seen| seen.currency != own);
    json!({
        "currency_id": seen.map_or(CURRENCY, |_| CURRENCY + 1),
        "currency_code": seen.map_or(own, |seen| seen.currency).as_str(),
        "currency_exchange_rate": rate(seen.map_or(Decimal::ONE, |seen| seen.rate)),
        "default_currency_id": CURRENCY,
        "default_currency_code": own.as_str(),
    })
}

fn remarks(order: &StockOrder, sums: &Sums) -> Value {
    json!({
        "staff_notes": order.staff_note,
        "customer_message": order.note,
        "discount_amount": text(sums.discounts),
        "coupon_discount": text(sums.coupons),
        "shipping_address_count": u64::from(address::is_sent(order)),
        "is_deleted": false,
        "ebay_order_id": "0",
        "cart_id": null,
        "billing_address": address::billing(order),
    })
}

/// Where an order comes from, and from which system outside.
pub(super) fn source(order: &StockOrder) -> (&'static str, Option<&'static str>) {
    match order.channel.as_str() {
        "pos" => ("external", Some("POS")),
        "marketplace" => ("external", Some("Marketplace")),
        "phone" => ("manual", None),
        _ => ("www", None),
    }
}

fn origin(order: &StockOrder) -> Value {
    let (source, external) = source(order);
    json!({
        "is_email_opt_in": false,
        "credit_card_type": null,
        "order_source": source,
        "channel_id": CHANNEL,
        "external_source": external,
    })
}

fn links(site: &Site, shown: &Shown<StockOrder>, folded: Folded) -> Value {
    let number = order_number(shown.index);
    let link = |part: &str| site.link(&format!("/orders/{number}/{part}"));
    json!({
        "fees": if folded.fees { json!([]) } else { link("fees") },
        "consignments": match folded.consignments {
            Consignments::Link => link("consignments"),
            Consignments::Whole | Consignments::WithLines => {
                consignments::render(site, shown, folded.consignments)
            }
        },
        "products": link("products"),
        "shipping_addresses": link("shipping_addresses"),
        "coupons": link("coupons"),
    })
}

fn rest(site: &Site, order: &StockOrder) -> Value {
    json!({
        "external_id": null,
        "external_merchant_id": null,
        "tax_provider_id": if order.taxes().is_empty() { "" } else { "BasicTaxProvider" },
        "customer_locale": "en",
        "external_order_id": "",
        "store_default_currency_code": site.currency.as_str(),
        "store_default_to_transactional_exchange_rate": rate(Decimal::ONE),
        "custom_status": Status::of(order).name,
    })
}
