use flyball_connector::decode::RowError;
use flyball_connector::json::At;
use flyball_domain::{
    Amount, Currency, Discount, Field, Money, Payment, Refund, RefundLine, Tax, VendorId,
};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::fields::{Fields, each};
use super::notes::Notes;

/// What of a payment tells who paid, or with what: kept with what may have to be erased.
const PERSONAL_OF_PAYMENTS: [&str; 7] = [
    "credit_card",
    "gift_certificate",
    "avs_result",
    "cvv_result",
    "payment_instrument_token",
    "provider_instrument_token",
    "provider_customer_id",
];

/// Reads a coupon of an order.
///
/// # Errors
/// An amount that is none.
pub(super) fn discount(
    row: At<'_, '_>,
    currency: Option<Currency>,
    notes: &mut Notes,
) -> Result<Discount, RowError> {
    let mut fields = Fields::read(row)?;
    let mut extra = Map::new();
    let title = match fields.peek_text("type").as_deref() {
        Some("0") => "per_item_discount",
        Some("1") => "percentage_discount",
        Some("2") => "per_total_discount",
        Some("3") => "shipping_discount",
        Some("4") => "free_shipping",
        Some("5") => "promotion",
        Some(_) | None => "",
    };
    let discount = Discount {
        code: fields.text("code", notes),
        title: if title.is_empty() { Field::Absent } else { Field::Value(title.to_owned()) },
        amount: fields.amount("discount", currency, notes)?,
        extra: Map::new(),
    };
    fields.rest(&mut extra)?;
    Ok(Discount { extra, ..discount })
}

/// Reads a tax of an order.
///
/// # Errors
/// An amount that is none.
pub(super) fn tax(
    row: At<'_, '_>,
    currency: Option<Currency>,
    notes: &mut Notes,
) -> Result<Tax, RowError> {
    let mut fields = Fields::read(row)?;
    let mut extra = Map::new();
    let tax = Tax {
        title: fields.text("name", notes),
        percent: fields.number("rate", notes),
        amount: fields.amount("line_amount", currency, notes)?,
        extra: Map::new(),
    };
    fields.rest(&mut extra)?;
    Ok(Tax { extra, ..tax })
}

/// Reads a transaction of an order; what tells of the buyer goes to `personal`.
///
/// # Errors
/// An amount that is none.
pub(super) fn payment(
    row: At<'_, '_>,
    currency: Option<Currency>,
    personal: &mut Vec<Value>,
    notes: &mut Notes,
) -> Result<Payment, RowError> {
    let mut fields = Fields::read(row)?;
    let own = fields.currency("currency", notes).value().copied();
    let id = fields.reference("id", notes);
    let mut hidden = Map::new();
    for name in PERSONAL_OF_PAYMENTS {
        if fields.peek(name).value().is_some() {
            fields.move_to(name, &mut hidden)?;
        }
    }
    if !hidden.is_empty() {
        hidden.insert("id".to_owned(), id.value().map(VendorId::as_str).into());
        personal.push(Value::Object(hidden));
    }
    let mut extra = Map::new();
    let payment = Payment {
        id,
        action: fields.word("event", notes),
        status: fields.word("status", notes),
        gateway: fields.text("gateway", notes),
        method: fields.text("method", notes),
        amount: fields.amount("amount", own.or(currency), notes)?,
        at: fields.time("date_created", notes),
        parent_id: fields.reference("reference_transaction_id", notes),
        reference: fields.text("gateway_transaction_id", notes),
        extra: Map::new(),
    };
    fields.rest(&mut extra)?;
    Ok(Payment { extra, ..payment })
}

/// Reads a refund.
///
/// # Errors
/// No id, or an amount that is none.
pub(super) fn refund(
    row: At<'_, '_>,
    currency: Option<Currency>,
    notes: &mut Notes,
) -> Result<Refund, RowError> {
    let mut fields = Fields::read(row)?;
    let mut shipping = Vec::new();
    let lines = fields.list("items", notes).try_map(|list| {
        each(list, "items", notes, |row, notes| refund_line(row, currency, &mut shipping, notes))
    })?;
    let mut extra = Map::new();
    let refund = Refund {
        id: fields.id("id")?,
        created_at: fields.time("created", notes),
        note: fields.text("reason", notes),
        total: fields.amount("total_amount", currency, notes)?,
        shipping: sum(&shipping),
        adjustment: Field::Absent,
        lines,
        extra: Map::new(),
    };
    fields.rest(&mut extra)?;
    Ok(Refund { extra, ..refund })
}

/// Of a product it names the line; of shipping and the like, what it is stays in `extra`.
fn refund_line(
    row: At<'_, '_>,
    currency: Option<Currency>,
    shipping: &mut Vec<Money>,
    notes: &mut Notes,
) -> Result<RefundLine, RowError> {
    let mut fields = Fields::read(row)?;
    let kind = fields.peek_text("item_type");
    let of_a_line = matches!(kind.as_deref(), Some("PRODUCT" | "GIFT_WRAPPING"));
    let line_id = if of_a_line { fields.reference("item_id", notes) } else { Field::Null };
    let mut extra = Map::new();
    let line = RefundLine {
        id: Field::Absent,
        line_id,
        quantity: fields.number("quantity", notes),
        restock: Field::Absent,
        subtotal: fields.amount("requested_amount", currency, notes)?,
        tax: Field::Absent,
        extra: Map::new(),
    };
    if let (Some("SHIPPING"), Field::Value(amount)) = (kind.as_deref(), &line.subtotal) {
        shipping.push(amount.shop);
    }
    fields.rest(&mut extra)?;
    Ok(RefundLine { extra, ..line })
}

/// What amounts of one currency come to; absent where there are none.
pub(super) fn sum(amounts: &[Money]) -> Field<Amount> {
    let Some(first) = amounts.first() else { return Field::Absent };
    let sum = amounts.iter().try_fold(Decimal::ZERO, |sum, one| sum.checked_add(one.amount));
    sum.map_or(Field::Absent, |amount| {
        let shop = Money { amount, currency: first.currency };
        Field::Value(Amount { shop, presentment: None })
    })
}
