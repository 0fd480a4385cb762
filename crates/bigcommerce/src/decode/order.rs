use flyball_connector::decode::RowError;
use flyball_connector::json::At;
use flyball_domain::{
    Address, Currency, Discount, Field, Fulfillment, Order, Payment, Personal, Refund, Tax,
};
use serde_json::{Map, Value};

use super::consignments::Consignments;
use super::fields::{Fields, each};
use super::line::line;
use super::notes::Notes;
use super::own::Own;
use super::people::address;
use super::settlement::{discount, payment, refund, tax};
use super::shipment::shipment;
use super::totals::{financial_status, fulfillment_status, totals};

/// Where the addresses of further resources stand; only they are left out.
const LINKS: [&str; 5] = ["products", "shipping_addresses", "coupons", "consignments", "fees"];

/// What belongs to an order and was asked for on its own; `None` where it was not.
#[derive(Debug, Default)]
pub(crate) struct OrderParts {
    /// All lines, instead of those that came with the order.
    pub(crate) lines: Option<Vec<Box<str>>>,
    pub(crate) addresses: Option<Vec<Box<str>>>,
    pub(crate) coupons: Option<Vec<Box<str>>>,
    pub(crate) taxes: Option<Vec<Box<str>>>,
    pub(crate) shipments: Option<Vec<Box<str>>>,
    pub(crate) transactions: Option<Vec<Box<str>>>,
    pub(crate) refunds: Option<Vec<Box<str>>>,
}

/// How an order counts: in the currency that the buyer paid in, with or without taxes.
#[derive(Clone, Copy)]
pub(super) struct Counting {
    pub(super) currency: Option<Currency>,
    /// Whether prices include taxes.
    pub(super) inclusive: bool,
}

impl Counting {
    /// The one of two names that the order's prices go by.
    pub(super) const fn of(self, without: &'static str, with: &'static str) -> &'static str {
        if self.inclusive { with } else { without }
    }
}

/// Reads an order.
///
/// Its amounts are in its transactional currency (`default_currency_code`), which the buyer paid
/// in; the vendor converts none of them. What the buyer saw is `currency_code`; the store's own
/// currency and the rate to it stay in `extra`. An archived order is an order still, marked
/// `is_deleted` in `extra`: the vendor deletes none, and a retailer may take it back.
///
/// # Errors
/// No id, no time of change, or an amount that is none.
pub(crate) fn order(
    row: At<'_, '_>,
    parts: &OrderParts,
    notes: &mut Notes,
) -> Result<Order, RowError> {
    let mut fields = Fields::read(row)?;
    let id = fields.id("id")?;
    let updated_at = fields.version("date_modified")?;
    let mut extra = Map::new();
    let currency = currency(&mut fields);
    let presentment_currency = fields.currency("currency_code", notes);
    let taxes_included = fields.flag("is_tax_inclusive_pricing", notes);
    let inclusive = taxes_included == Field::Value(true);
    let counting = Counting { currency: currency.value().copied(), inclusive };
    let created_at = fields.time("date_created", notes);
    let mut personal = personal(&mut fields, notes)?;
    let mut consignments = Consignments::read(&mut fields, counting, &mut personal, notes)?;
    let addresses = Own::read(parts.addresses.as_deref())?;
    if let Field::Value(list) = addresses.instead_of(Field::Absent) {
        consignments.take_shipping(list, "shipping_addresses", counting, notes)?;
    }
    let lines = Own::read(parts.lines.as_deref())?;
    if let Field::Value(list) = lines.instead_of(Field::Absent) {
        let read = each(list, "products", notes, |row, notes| line(row, counting, notes))?;
        consignments.lines = Field::Value(read);
    }
    personal.shipping_addresses = consignments.addresses;
    let settled = Settled::read(parts, counting, &mut personal, notes)?;
    let totals = totals(&mut fields, counting, settled.refunds.value(), notes)?;
    let order = Order {
        number: Field::Value(id.as_str().to_owned()),
        id,
        updated_at,
        placed_at: created_at.clone(),
        created_at,
        canceled_at: Field::Absent,
        closed_at: Field::Absent,
        cancel_reason: Field::Absent,
        financial_status: financial_status(&mut fields),
        fulfillment_status: fulfillment_status(&mut fields),
        status: fields.text("status", notes),
        test: Field::Absent,
        channel: fields.text("order_source", notes),
        currency,
        presentment_currency,
        presentment_rate: fields.number("currency_exchange_rate", notes),
        taxes_included,
        totals: Field::Value(totals),
        customer_id: fields.reference("customer_id", notes),
        personal: Field::Value(personal),
        lines: consignments.lines,
        shipping_lines: consignments.shipping_lines,
        discounts: settled.discounts,
        taxes: settled.taxes,
        payments: settled.payments,
        refunds: settled.refunds,
        returns: Field::Absent,
        fulfillments: settled.fulfillments,
        tags: Field::Absent,
        risk: Field::Absent,
        history: Field::Absent,
        custom_fields: Field::Absent,
        mapped: Field::Absent,
        extra: Map::new(),
    };
    if !consignments.leftovers.is_empty() {
        extra.insert("consignments".to_owned(), Value::Array(consignments.leftovers));
    }
    for name in LINKS {
        drop_link(&mut fields, name);
    }
    fields.rest(&mut extra)?;
    Ok(Order { extra, ..order })
}

/// Leaves out the address of a further resource, `{url, resource}`.
pub(super) fn drop_link(fields: &mut Fields<'_>, name: &str) {
    let is_link = fields.peek(name).value().is_some_and(|found| found.get("resource").is_some());
    if is_link {
        _ = fields.take(name);
    }
}

/// The currency of an order's amounts. It stays in `extra` too where another is the store's own.
fn currency(fields: &mut Fields<'_>) -> Field<Currency> {
    let known = ["default_currency_code", "currency_code", "store_default_currency_code"]
        .into_iter()
        .find_map(|name| fields.peek_text(name)?.parse().ok());
    known.map_or(Field::Absent, Field::Value)
}

fn personal(fields: &mut Fields<'_>, notes: &mut Notes) -> Result<Personal, RowError> {
    let mut billing = fields.object("billing_address", notes);
    let address = match &mut billing {
        Field::Value(inner) => {
            Field::Value(notes.within("billing_address", None, |notes| address(inner, notes))?)
        }
        Field::Null => Field::Null,
        Field::Absent => Field::Absent,
    };
    let of = |read: fn(&Address) -> &Field<String>| {
        address.value().map_or(Field::Absent, |address| read(address).clone())
    };
    let mut extra = Map::new();
    let (v4, v6) = (fields.text("ip_address", notes), fields.text("ip_address_v6", notes));
    let ip = match (v4, v6) {
        (Field::Value(v4), Field::Value(v6)) => {
            extra.insert("ip_address_v6".to_owned(), v6.into());
            Field::Value(v4)
        }
        (Field::Value(ip), _) | (_, Field::Value(ip)) => Field::Value(ip),
        (v4, _) => v4,
    };
    for name in ["geoip_country", "geoip_country_iso2"] {
        fields.move_to(name, &mut extra)?;
    }
    let mut personal = Personal {
        name: of(|address| &address.name),
        email: of(|address| &address.email),
        phone: of(|address| &address.phone),
        note: fields.text("customer_message", notes),
        staff_note: fields.text("staff_notes", notes),
        ip,
        extra,
        billing_address: Field::Absent,
        shipping_addresses: Field::Absent,
    };
    if let (Field::Value(inner), Field::Value(mut address)) = (billing, address.clone()) {
        inner.rest(&mut address.extra)?;
        personal.billing_address = Field::Value(address);
    } else {
        personal.billing_address = address;
    }
    Ok(personal)
}

/// What was asked for on its own.
struct Settled {
    discounts: Field<Vec<Discount>>,
    taxes: Field<Vec<Tax>>,
    payments: Field<Vec<Payment>>,
    refunds: Field<Vec<Refund>>,
    fulfillments: Field<Vec<Fulfillment>>,
}

impl Settled {
    fn read(
        parts: &OrderParts,
        counting: Counting,
        personal: &mut Personal,
        notes: &mut Notes,
    ) -> Result<Self, RowError> {
        let currency = counting.currency;
        let mut cards = Vec::new();
        let mut places = Vec::new();
        let coupons = Own::read(parts.coupons.as_deref())?;
        let taxes = Own::read(parts.taxes.as_deref())?;
        let transactions = Own::read(parts.transactions.as_deref())?;
        let refunds = Own::read(parts.refunds.as_deref())?;
        let shipments = Own::read(parts.shipments.as_deref())?;
        let settled = Self {
            discounts: coupons.instead_of(Field::Absent).try_map(|list| {
                each(list, "coupons", notes, |row, notes| discount(row, currency, notes))
            })?,
            taxes: taxes.instead_of(Field::Absent).try_map(|list| {
                each(list, "taxes", notes, |row, notes| tax(row, currency, notes))
            })?,
            payments: transactions.instead_of(Field::Absent).try_map(|list| {
                each(list, "transactions", notes, |row, notes| {
                    payment(row, currency, &mut cards, notes)
                })
            })?,
            refunds: refunds.instead_of(Field::Absent).try_map(|list| {
                each(list, "refunds", notes, |row, notes| refund(row, currency, notes))
            })?,
            fulfillments: shipments.instead_of(Field::Absent).try_map(|list| {
                each(list, "shipments", notes, |row, notes| shipment(row, &mut places, notes))
            })?,
        };
        for (name, list) in [("payments", cards), ("shipments", places)] {
            if !list.is_empty() {
                personal.extra.insert(name.to_owned(), Value::Array(list));
            }
        }
        Ok(settled)
    }
}
