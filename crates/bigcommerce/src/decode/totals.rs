use flyball_connector::decode::{RowError, decimal};
use flyball_domain::{Amount, Field, FinancialStatus, FulfillmentStatus, Money, Refund, Totals};
use rust_decimal::Decimal;

use super::fields::{Fields, whole};
use super::notes::Notes;
use super::order::Counting;

/// What an order comes to. What each figure is made of stays in `extra`, and so does what the
/// vendor calls the refunded amount, which it documents to be always 0: what was refunded is the
/// sum of the refunds, where those are known.
///
/// # Errors
/// An amount that is none.
pub(super) fn totals(
    fields: &mut Fields<'_>,
    counting: Counting,
    refunds: Option<&Vec<Refund>>,
    notes: &mut Notes,
) -> Result<Totals, RowError> {
    let currency = counting.currency;
    let subtotal = counting.of("subtotal_ex_tax", "subtotal_inc_tax");
    let shipping = counting.of("shipping_cost_ex_tax", "shipping_cost_inc_tax");
    let sum = |amounts: &[Decimal]| {
        let amount = amounts.iter().try_fold(Decimal::ZERO, |sum, one| sum.checked_add(*one))?;
        let shop = Money { amount, currency: currency? };
        Some(Amount { shop, presentment: None })
    };
    let off = ["discount_amount", "coupon_discount"]
        .map(|name| fields.peek_text(name).and_then(|text| decimal(&text)));
    let known: Vec<Decimal> = off.into_iter().flatten().collect();
    let given_back: Option<Vec<Decimal>> = refunds.map(|refunds| {
        refunds.iter().filter_map(|refund| Some(refund.total.value()?.shop.amount)).collect()
    });
    let or_absent = |amount: Option<Amount>| amount.map_or(Field::Absent, Field::Value);
    Ok(Totals {
        discounts: if known.is_empty() { Field::Absent } else { or_absent(sum(&known)) },
        refunded: or_absent(given_back.and_then(|amounts| sum(&amounts))),
        subtotal: fields.amount(subtotal, currency, notes)?,
        shipping: fields.amount(shipping, currency, notes)?,
        tax: fields.amount("total_tax", currency, notes)?,
        total: fields.amount("total_inc_tax", currency, notes)?,
        current: Field::Absent,
        paid: Field::Absent,
        due: Field::Absent,
    })
}

/// The vendor's word for it stays in `extra`.
pub(super) fn financial_status(fields: &mut Fields<'_>) -> Field<FinancialStatus> {
    let Some(word) = fields.peek_text("payment_status") else {
        return if fields.peek("payment_status").is_absent() { Field::Absent } else { Field::Null };
    };
    Field::Value(match word.to_lowercase().as_str() {
        "pending" => FinancialStatus::Pending,
        "authorized" | "capture pending" => FinancialStatus::Authorized,
        "captured" | "paid" => FinancialStatus::Paid,
        "void" | "void pending" => FinancialStatus::Voided,
        other => FinancialStatus::from(other.replace(' ', "_")),
    })
}

/// By the vendor's status where that tells, and else by how many items were sent. Both stay in
/// `extra`.
pub(super) fn fulfillment_status(fields: &mut Fields<'_>) -> Field<FulfillmentStatus> {
    let mut read = |name: &str| fields.peek_text(name).and_then(|text| whole(&text));
    let (status, total, shipped) = (read("status_id"), read("items_total"), read("items_shipped"));
    let told = match status {
        Some(2 | 10) => Some(FulfillmentStatus::Fulfilled),
        Some(3) => Some(FulfillmentStatus::PartiallyFulfilled),
        Some(12) => Some(FulfillmentStatus::OnHold),
        Some(_) | None => None,
    };
    let counted = shipped.map(|shipped| match total {
        _ if shipped <= 0 => FulfillmentStatus::Unfulfilled,
        Some(total) if shipped < total => FulfillmentStatus::PartiallyFulfilled,
        Some(_) | None => FulfillmentStatus::Fulfilled,
    });
    told.or(counted).map_or(Field::Absent, Field::Value)
}
