//! An order, before what belongs to it has been asked for.

use flyball_connector::decode::{RowError, each};
use flyball_connector::json::Raw;
use flyball_domain::{
    Discount, Field, FinancialStatus, FulfillmentStatus, HistoryEntry, Order, OrderLine, Payment,
    Totals, VendorId,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::amounts::{Currencies, Sign};
use super::attributes::custom_fields;
use super::line::{is_some_money, line};
use super::object::{Object, ValueOrDefault as _, value};
use super::people::personal;
use super::shipping::{line_taxes, shipping, taxes};
use super::{Reader, Related};

/// An order, and what may belong to it that has resources of its own: what it can't have is not
/// asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OrderDraft {
    pub(crate) order: Box<Order>,
    pub(crate) wants: Vec<Related>,
}

/// Reads an order.
pub(crate) fn order(mut row: Object<'_>, reader: &mut Reader<'_>) -> Result<OrderDraft, RowError> {
    let mut order = begin(&mut row, reader)?;
    let base = order.currency.value().copied().or(reader.facts.currency);
    if base.is_none() {
        reader.unused("base_currency_code", "found none: amounts stay in extra");
    }
    let shown = order.presentment_currency.value().copied();
    let currencies = Currencies { base, shown };
    let mut extension = row.object("extension_attributes").value_or_default();
    let mut payment = row.object("payment");
    let mut personal = match &mut payment {
        Field::Value(payment) => personal(&mut row, &mut extension, payment),
        Field::Absent | Field::Null => personal(&mut row, &mut extension, &mut Object::default()),
    };
    let mut lines = row.list("items").try_map(|rows| {
        each(rows.into_iter().map(Some), "items", |row| line(row.get(), currencies))
    })?;
    let mut extra = Map::new();
    let title = row.text("shipping_description");
    let mut shipping = shipping(&mut extension, &title, currencies)?;
    if let (Field::Value(title), true) = (title, shipping.lines.value().is_none_or(Vec::is_empty)) {
        extra.insert("shipping_description".to_owned(), Value::String(title));
    }
    order.taxes = taxes(&mut extension, currencies)?;
    if let Field::Value(lines) = &mut lines {
        line_taxes(&mut extension, lines, &mut shipping, currencies, &mut extra)?;
    }
    personal.shipping_addresses = shipping.addresses;
    order.shipping_lines = shipping.lines;
    order.personal = Field::Value(personal);
    let totals = totals(&mut row, currencies)?;
    order.discounts = discounts(&mut row, &totals);
    let payment = payment.try_map(|payment| pay(payment, currencies))?;
    let state = row.text("state");
    let wants = wants(&totals, lines.value(), payment.value());
    order.financial_status = financial_status(&state, &totals, payment.value());
    order.fulfillment_status = fulfillment_status(&state, lines.value());
    order.totals = Field::Value(totals);
    order.lines = lines;
    order.payments = payment.map(|payment| {
        // PHP writes an empty object as an empty array.
        if payment == Payment::default() { Vec::new() } else { vec![payment] }
    });
    order.history = history(&mut row, &mut extra);
    order.custom_fields = custom_fields(&mut row);
    extra.extend(row.rest());
    if let Field::Value(state) = state {
        extra.insert("state".to_owned(), Value::String(state));
    }
    extension.rest_into(&mut extra, "extension_attributes");
    order.extra = extra;
    Ok(OrderDraft { order: Box::new(order), wants })
}

/// What can be read without anything else.
fn begin(row: &mut Object<'_>, reader: &mut Reader<'_>) -> Result<Order, RowError> {
    let id = row.id("entity_id")?;
    let Field::Value(updated_at) = row.time("updated_at") else {
        return Err(RowError::Missing { at: "updated_at".to_owned(), expected: "a time" });
    };
    let created_at = row.time("created_at");
    if row.peek("created_at").value().is_some() {
        reader.unused("created_at", "found something that is no time");
    }
    Ok(Order {
        id,
        updated_at,
        number: row.text("increment_id"),
        created_at,
        placed_at: Field::Absent,
        canceled_at: Field::Absent,
        closed_at: Field::Absent,
        cancel_reason: Field::Absent,
        status: row.text("status"),
        financial_status: Field::Absent,
        fulfillment_status: Field::Absent,
        test: Field::Absent,
        channel: row.text("store_name"),
        currency: row.parsed("base_currency_code", |code| code.parse().ok()),
        presentment_currency: row.parsed("order_currency_code", |code| code.parse().ok()),
        presentment_rate: row.number("base_to_order_rate"),
        taxes_included: Field::Absent,
        totals: Field::Absent,
        customer_id: customer_id(row),
        personal: Field::Absent,
        lines: Field::Absent,
        discounts: Field::Absent,
        shipping_lines: Field::Absent,
        taxes: Field::Absent,
        payments: Field::Absent,
        refunds: Field::Absent,
        returns: Field::Absent,
        fulfillments: Field::Absent,
        tags: Field::Absent,
        risk: Field::Absent,
        history: Field::Absent,
        custom_fields: Field::Absent,
        mapped: Field::Absent,
        extra: Map::new(),
    })
}

/// `Null` for a guest, whom older versions show by an id that is missing or 0.
fn customer_id(row: &mut Object<'_>) -> Field<VendorId> {
    match (row.flag("customer_is_guest"), row.vendor_id("customer_id")) {
        (Field::Value(true), _) => Field::Null,
        (_, Field::Value(id)) if id.as_str() == "0" => Field::Null,
        (_, id) => id,
    }
}

fn totals(row: &mut Object<'_>, currencies: Currencies) -> Result<Totals, RowError> {
    let mut pair = |base, shown, sign| currencies.pair(row, (base, shown), sign);
    Ok(Totals {
        discounts: pair("base_discount_amount", "discount_amount", Sign::Dropped)?,
        total: pair("base_grand_total", "grand_total", Sign::Kept)?,
        shipping: pair("base_shipping_amount", "shipping_amount", Sign::Kept)?,
        subtotal: pair("base_subtotal", "subtotal", Sign::Kept)?,
        tax: pair("base_tax_amount", "tax_amount", Sign::Kept)?,
        current: Field::Absent,
        due: pair("base_total_due", "total_due", Sign::Kept)?,
        paid: pair("base_total_paid", "total_paid", Sign::Kept)?,
        refunded: pair("base_total_refunded", "total_refunded", Sign::Kept)?,
    })
}

/// The one discount that an order tells of: its coupon's, or that of rules without one.
fn discounts(row: &mut Object<'_>, totals: &Totals) -> Field<Vec<Discount>> {
    let code = row.text("coupon_code");
    let title = row.text("discount_description");
    if totals.discounts.is_absent() {
        return Field::Absent;
    }
    if code.value().is_none() && title.value().is_none() && !is_some_money(&totals.discounts) {
        return Field::Value(Vec::new());
    }
    let amount = totals.discounts.clone();
    let code = if code.value().is_some() { code } else { Field::Null };
    Field::Value(vec![Discount { code, title, amount, extra: Map::new() }])
}

/// The payment as the order tells it: what it was to be paid with.
fn pay(mut payment: Object<'_>, currencies: Currencies) -> Result<Payment, RowError> {
    let names = ("base_amount_ordered", "amount_ordered");
    let amount = currencies.pair(&mut payment, names, Sign::Kept);
    Ok(Payment {
        id: payment.vendor_id("entity_id"),
        action: Field::Absent,
        status: Field::Absent,
        gateway: payment.text("method"),
        method: payment.text("cc_type"),
        amount: amount.map_err(|error| error.within("payment"))?,
        at: Field::Absent,
        parent_id: Field::Absent,
        reference: payment.text("last_trans_id"),
        extra: payment.rest(),
    })
}

/// What became of it, oldest first; what has no time stays in `extra`.
fn history(row: &mut Object<'_>, extra: &mut Map<String, Value>) -> Field<Vec<HistoryEntry>> {
    const NAME: &str = "status_histories";
    let mut timeless = Vec::new();
    let mut entry = |raw: Raw<'_>| {
        let mut entry = Object::of(raw).unwrap_or_default();
        let Field::Value(at) = entry.time("created_at") else {
            timeless.push(value(raw));
            return None;
        };
        let (status, comment) = (entry.text("status"), entry.text("comment"));
        Some(HistoryEntry { at, status, comment, extra: entry.rest() })
    };
    let mut all =
        row.list(NAME).map(|rows| rows.into_iter().filter_map(&mut entry).collect::<Vec<_>>());
    if let Field::Value(all) = &mut all {
        all.sort_by_key(|entry| entry.at);
    }
    if !timeless.is_empty() {
        extra.insert(NAME.to_owned(), Value::Array(timeless));
    }
    all
}

fn wants(
    totals: &Totals,
    lines: Option<&Vec<OrderLine>>,
    payment: Option<&Payment>,
) -> Vec<Related> {
    let some = |quantity: &Field<Decimal>| quantity.value().is_some_and(|n| *n > Decimal::ZERO);
    let lines = || lines.into_iter().flatten();
    let sent = lines().any(|line| some(&line.quantity_fulfilled));
    let given_back = lines().any(|line| some(&line.quantity_refunded));
    let can = |related: &Related| match related {
        Related::CreditMemos => given_back || is_some_money(&totals.refunded),
        Related::Shipments | Related::Returns => sent,
        Related::Invoices => is_some_money(&totals.paid),
        Related::Transactions => payment.is_some_and(|pay| pay.reference.value().is_some()),
    };
    Related::ALL.into_iter().filter(can).collect()
}

/// Magento has no word for it: told from what was paid and given back. Fields that are null are
/// left out, so what is not there counts as nothing.
fn financial_status(
    state: &Field<String>,
    totals: &Totals,
    payment: Option<&Payment>,
) -> Field<FinancialStatus> {
    let (Some(state), Some(total)) = (state.value(), totals.total.value()) else {
        return Field::Absent;
    };
    let of = |amount: &Field<flyball_domain::Amount>| {
        amount.value().map_or(Decimal::ZERO, |amount| amount.shop.amount)
    };
    let (paid, refunded) = (of(&totals.paid), of(&totals.refunded));
    let authorized = payment.is_some_and(|payment| {
        payment.extra.get("base_amount_authorized").is_some_and(super::object::positive)
    });
    Field::Value(if refunded > Decimal::ZERO && refunded >= paid {
        FinancialStatus::Refunded
    } else if refunded > Decimal::ZERO {
        FinancialStatus::PartiallyRefunded
    } else if paid > Decimal::ZERO && paid >= total.shop.amount {
        FinancialStatus::Paid
    } else if paid > Decimal::ZERO {
        FinancialStatus::PartiallyPaid
    } else if state == "canceled" {
        FinancialStatus::Voided
    } else if authorized {
        FinancialStatus::Authorized
    } else {
        FinancialStatus::Pending
    })
}

/// Magento has no word for it: told from the lines that are things to be sent, and of them the
/// children, whose parents are sent in their stead or they in theirs.
fn fulfillment_status(
    state: &Field<String>,
    lines: Option<&Vec<OrderLine>>,
) -> Field<FulfillmentStatus> {
    let Some(lines) = lines else { return Field::Absent };
    if state.value().is_some_and(|state| state == "holded") {
        return Field::Value(FulfillmentStatus::OnHold);
    }
    let sent = |line: &OrderLine| line.quantity_fulfilled.value().copied().unwrap_or_default();
    let is_parent =
        |line: &OrderLine| lines.iter().any(|other| other.parent_id.value() == Some(&line.id));
    let (mut to_send, mut some, mut all) = (false, false, true);
    for line in lines.iter().filter(|line| !is_parent(line)) {
        let parent = line.parent_id.value();
        let parent = parent.and_then(|id| lines.iter().find(|other| other.id == *id));
        let shipped = sent(line).max(parent.map(sent).unwrap_or_default());
        let left = line.quantity_current.value().copied().unwrap_or_default();
        if line.requires_shipping == Field::Value(false)
            || (left <= Decimal::ZERO && shipped <= Decimal::ZERO)
        {
            continue;
        }
        to_send = true;
        some |= shipped > Decimal::ZERO;
        all &= shipped >= left;
    }
    match (to_send, some, all) {
        (false, _, _) => Field::Absent,
        (true, false, _) => Field::Value(FulfillmentStatus::Unfulfilled),
        (true, true, true) => Field::Value(FulfillmentStatus::Fulfilled),
        (true, true, false) => Field::Value(FulfillmentStatus::PartiallyFulfilled),
    }
}
