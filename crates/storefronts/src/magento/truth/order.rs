use flyball_domain::{
    Amount, Discount, Field, FinancialStatus, FulfillmentStatus, HistoryEntry, IdError, Order,
    OrderLine, Payment, ShippingLine, Tax, Totals, UnixMillis,
};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{belongings, id, money, people, rest};
use crate::magento::ids::{increment, number as id_of};
use crate::magento::json::rounded;
use crate::magento::order::{Item, ItemKind, Sale, ShippingAmounts, status, subtotal};
use crate::magento::product::Shelves;
use crate::stock::{PaymentAction, Shown, StockOrder, StockTax};

/// Members of an order that have a place of their own, beside its amounts.
const PLACED: &[&str] = &[
    "entity_id",
    "increment_id",
    "created_at",
    "updated_at",
    "state",
    "status",
    "store_name",
    "base_currency_code",
    "order_currency_code",
    "base_to_order_rate",
    "customer_id",
    "customer_is_guest",
    "customer_email",
    "customer_firstname",
    "customer_lastname",
    "customer_note",
    "customer_note_notify",
    "remote_ip",
    "coupon_code",
    "discount_description",
    "shipping_description",
    "items",
    "billing_address",
    "payment",
    "status_histories",
    "extension_attributes",
    "discount_amount",
    "base_discount_amount",
    "grand_total",
    "base_grand_total",
    "shipping_amount",
    "base_shipping_amount",
    "subtotal",
    "base_subtotal",
    "tax_amount",
    "base_tax_amount",
    "total_due",
    "base_total_due",
    "total_paid",
    "base_total_paid",
    "total_refunded",
    "base_total_refunded",
];
/// Members of its extension attributes that have.
const PLACED_EXTENSION: &[&str] =
    &["shipping_assignments", "payment_additional_info", "applied_taxes", "item_applied_taxes"];
/// Members of its items that have.
const PLACED_ITEM: &[&str] = &[
    "item_id",
    "parent_item_id",
    "parent_item",
    "product_id",
    "name",
    "sku",
    "product_type",
    "qty_ordered",
    "qty_canceled",
    "qty_refunded",
    "qty_shipped",
    "is_virtual",
    "price",
    "base_price",
    "discount_amount",
    "base_discount_amount",
    "tax_amount",
    "base_tax_amount",
    "row_total",
    "base_row_total",
];
/// Members of its payment that have.
const PLACED_PAYMENT: &[&str] = &[
    "entity_id",
    "method",
    "cc_type",
    "amount_ordered",
    "base_amount_ordered",
    "last_trans_id",
    "additional_information",
    "cc_last4",
];

/// The record that an import of an order must come to.
///
/// # Errors
/// Never, for ids made of digits.
pub(in crate::magento) fn order(
    shelves: Shelves<'_>,
    shown: &Shown<StockOrder>,
) -> Result<Order, IdError> {
    let sale = Sale::new(shelves, shown);
    let stock = sale.stock;
    let said = sale.order();
    let totals = totals(&sale);
    let mut payments = vec![payment(&sale, &said)?];
    payments.extend(belongings::invoices(&sale)?);
    payments.extend(belongings::transactions(&sale)?);
    Ok(Order {
        id: id(id_of(sale.index))?,
        updated_at: UnixMillis(sale.updated_at),
        number: Field::Value(increment(id_of(sale.index))),
        created_at: Field::Value(UnixMillis(sale.created_at)),
        placed_at: Field::Absent,
        canceled_at: Field::Absent,
        closed_at: Field::Absent,
        cancel_reason: Field::Absent,
        status: Field::Value(status(stock.stage()).to_owned()),
        financial_status: Field::Value(financial_status(&sale)),
        fulfillment_status: fulfillment_status(&sale),
        test: Field::Absent,
        channel: Field::Value(shelves.shop.store_name()),
        currency: Field::Value(sale.currency()),
        presentment_currency: Field::Value(sale.shown_currency()),
        presentment_rate: Field::Value(rounded(sale.rate())),
        taxes_included: Field::Absent,
        discounts: Field::Value(discounts(&sale, &totals)),
        totals: Field::Value(totals),
        customer_id: match &stock.customer {
            Some(customer) => Field::Value(id(customer.number)?),
            None => Field::Null,
        },
        personal: Field::Value(people::personal(&sale, &said)),
        lines: Field::Value(
            sale.items.iter().map(|item| line(&sale, item)).collect::<Result<_, IdError>>()?,
        ),
        shipping_lines: Field::Value(shipping_lines(&sale, &said)),
        taxes: Field::Value(
            stock.taxes().iter().map(|tax| self::tax(&sale, tax, Rates::Told)).collect(),
        ),
        payments: Field::Value(payments),
        refunds: Field::Value(belongings::refunds(&sale)?),
        returns: Field::Absent,
        fulfillments: Field::Value(belongings::fulfillments(&sale)?),
        tags: Field::Absent,
        risk: Field::Absent,
        history: Field::Value(history(&sale)),
        custom_fields: Field::Absent,
        mapped: Field::Absent,
        extra: extra(&sale, said),
    })
}

/// An amount in both currencies.
pub(super) fn amount(sale: &Sale<'_>, amount: Decimal) -> Amount {
    Amount {
        shop: money(amount, sale.currency()),
        presentment: Some(money(sale.shown(amount), sale.shown_currency())),
    }
}

fn told(sale: &Sale<'_>, sum: Decimal) -> Field<Amount> {
    if sum.is_zero() { Field::Absent } else { Field::Value(amount(sale, sum)) }
}

fn totals(sale: &Sale<'_>) -> Totals {
    let stock = sale.stock;
    let shipping = ShippingAmounts::of(stock);
    let canceled = if sale.is_canceled() { stock.total() } else { Decimal::ZERO };
    let due = stock.total().saturating_sub(stock.paid()).saturating_sub(canceled);
    Totals {
        subtotal: Field::Value(amount(sale, subtotal(stock))),
        discounts: Field::Value(amount(sale, stock.discount())),
        shipping: Field::Value(amount(sale, shipping.amount)),
        tax: Field::Value(amount(sale, stock.tax())),
        total: Field::Value(amount(sale, stock.total())),
        current: Field::Absent,
        paid: told(sale, stock.paid()),
        refunded: told(sale, stock.refunded()),
        due: Field::Value(amount(sale, due)),
    }
}

fn financial_status(sale: &Sale<'_>) -> FinancialStatus {
    let (paid, refunded) = (sale.stock.paid(), sale.stock.refunded());
    let is_authorized =
        sale.done().any(|(_, payment)| payment.action == PaymentAction::Authorization);
    if !refunded.is_zero() && refunded >= paid {
        FinancialStatus::Refunded
    } else if !refunded.is_zero() {
        FinancialStatus::PartiallyRefunded
    } else if !paid.is_zero() && paid >= sale.stock.total() {
        FinancialStatus::Paid
    } else if !paid.is_zero() {
        FinancialStatus::PartiallyPaid
    } else if sale.state() == "canceled" {
        FinancialStatus::Voided
    } else if is_authorized {
        FinancialStatus::Authorized
    } else {
        FinancialStatus::Pending
    }
}

/// By what is to be sent and was: of a line with parts, the parts.
fn fulfillment_status(sale: &Sale<'_>) -> Field<FulfillmentStatus> {
    let is_whole = |item: &Item<'_>| {
        let mut others = sale.items.iter();
        others.any(|other| matches!(other.kind, ItemKind::Part { of } if of == item.id))
    };
    let (mut to_send, mut some, mut all) = (false, false, true);
    for item in sale.items.iter().filter(|item| !is_whole(item)) {
        let sent = sale.stock.quantity_fulfilled(item.line);
        let sent = item.quantity(sent).max(sent.into());
        let left = current(sale, item);
        if item.is_virtual() || (left <= Decimal::ZERO && sent.is_zero()) {
            continue;
        }
        to_send = true;
        some |= !sent.is_zero();
        all &= sent >= left;
    }
    match (to_send, some, all) {
        (false, _, _) => Field::Absent,
        (true, false, _) => Field::Value(FulfillmentStatus::Unfulfilled),
        (true, true, true) => Field::Value(FulfillmentStatus::Fulfilled),
        (true, true, false) => Field::Value(FulfillmentStatus::PartiallyFulfilled),
    }
}

/// How many of an item are left of what was ordered.
fn current(sale: &Sale<'_>, item: &Item<'_>) -> Decimal {
    let canceled = if sale.is_canceled() { item.stock.quantity } else { 0 };
    let gone = canceled.saturating_add(sale.stock.quantity_refunded(item.line));
    item.quantity(item.stock.quantity).saturating_sub(item.quantity(gone))
}

/// The vendor tells of one discount, whatever there were.
fn discounts(sale: &Sale<'_>, totals: &Totals) -> Vec<Discount> {
    let all = &sale.stock.discounts;
    if all.is_empty() && sale.stock.discount().is_zero() {
        return Vec::new();
    }
    let titles: Vec<&str> = all.iter().map(|discount| discount.title.as_str()).collect();
    vec![Discount {
        code: all.iter().find_map(|discount| discount.code.clone()).into(),
        title: if titles.is_empty() { Field::Absent } else { Field::Value(titles.join(", ")) },
        amount: totals.discounts.clone(),
        extra: Map::new(),
    }]
}

/// Whether a tax comes with the rates that it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rates {
    Told,
    NotTold,
}

fn tax(sale: &Sale<'_>, tax: &StockTax, rates: Rates) -> Tax {
    let rate = json!({
        "code": tax.title,
        "title": tax.title,
        "percent": crate::magento::json::number(tax.percent),
    });
    let extra = match rates {
        Rates::Told => {
            json!({"code": tax.title, "extension_attributes": {"rates": [rate]}})
        }
        Rates::NotTold => json!({"code": tax.title}),
    };
    Tax {
        title: Field::Value(tax.title.clone()),
        percent: Field::Value(rounded(tax.percent)),
        amount: Field::Value(amount(sale, tax.amount)),
        extra: rest(extra, &[]),
    }
}

fn line(sale: &Sale<'_>, item: &Item<'_>) -> Result<OrderLine, IdError> {
    let amounts = sale.line_amounts(item);
    let stock = item.stock;
    let product_id = match item.product {
        Some(index) => Field::Value(id(id_of(index))?),
        None => Field::Absent,
    };
    let canceled = if sale.is_canceled() { stock.quantity } else { 0 };
    let refunded = sale.stock.quantity_refunded(item.line);
    let count = |of_line: u32| rounded(item.quantity(of_line));
    let mut extra = rest(sale.item_json(item), PLACED_ITEM);
    extra.insert("qty_canceled".to_owned(), count(canceled).to_string().into());
    let taxes: Vec<Tax> =
        stock.taxes.iter().map(|tax| self::tax(sale, tax, Rates::NotTold)).collect();
    Ok(OrderLine {
        id: id(item.id)?,
        parent_id: match item.kind {
            ItemKind::Line => Field::Absent,
            ItemKind::Part { of } => Field::Value(id(of)?),
        },
        variant_id: product_id.clone(),
        product_id,
        title: Field::Value(item.title.clone()),
        sku: Field::Value(item.sku.clone()),
        item_type: Field::Value(item.type_id.to_owned()),
        quantity: Field::Value(count(stock.quantity)),
        quantity_current: Field::Value(rounded(current(sale, item))),
        quantity_fulfilled: Field::Value(count(sale.stock.quantity_fulfilled(item.line))),
        quantity_refunded: Field::Value(count(refunded)),
        unit_price: Field::Value(amount(sale, amounts.price)),
        discount: Field::Value(amount(sale, amounts.discount)),
        tax: Field::Value(amount(sale, amounts.tax)),
        total: Field::Value(amount(sale, amounts.row_total)),
        discounts: Field::Absent,
        taxes: if item.is_line() && !taxes.is_empty() {
            Field::Value(taxes)
        } else {
            Field::Absent
        },
        taxable: Field::Absent,
        requires_shipping: Field::Value(!item.is_virtual()),
        selected_options: Field::Absent,
        custom_fields: Field::Absent,
        extra,
    })
}

fn shipping_lines(sale: &Sale<'_>, said: &Value) -> Vec<ShippingLine> {
    if sale.is_virtual() {
        return Vec::new();
    }
    let amounts = ShippingAmounts::of(sale.stock);
    let taxes = sale.stock.shipping_lines.iter().find(|line| !line.taxes.is_empty());
    let taxes = match taxes {
        Some(line) => line.taxes.iter().map(|tax| self::tax(sale, tax, Rates::NotTold)).collect(),
        None => vec![Tax { amount: Field::Value(amount(sale, amounts.tax)), ..Tax::default() }],
    };
    let total =
        said.pointer("/extension_attributes/shipping_assignments/0/shipping/total").cloned();
    let total = rest(
        total.unwrap_or_default(),
        &[
            "shipping_amount",
            "base_shipping_amount",
            "shipping_discount_amount",
            "base_shipping_discount_amount",
        ],
    );
    let ids: Vec<String> = sale.items.iter().map(|item| item.id.to_string()).collect();
    let given = |text: Option<String>| text.map_or(Field::Absent, Field::Value);
    vec![ShippingLine {
        id: Field::Absent,
        title: given(sale.shipping_description()),
        code: given(sale.shipping_method()),
        carrier: Field::Absent,
        price: Field::Value(amount(sale, amounts.amount)),
        discount: Field::Value(amount(sale, amounts.discount)),
        taxes: Field::Value(taxes),
        extra: rest(json!({"item_ids": ids, "total": total}), &[]),
    }]
}

/// What it was to be paid with.
fn payment(sale: &Sale<'_>, said: &Value) -> Result<Payment, IdError> {
    let stock = sale.stock;
    let method = stock.payments.first().and_then(|payment| payment.method.clone());
    let last = sale.done().last().and_then(|(place, _)| sale.reference(place));
    let said = said.get("payment").cloned().unwrap_or_default();
    Ok(Payment {
        id: Field::Value(id(id_of(sale.index))?),
        gateway: Field::Value(sale.method()),
        method: method.map_or(Field::Absent, Field::Value),
        amount: Field::Value(amount(sale, stock.total())),
        reference: last.map_or(Field::Absent, Field::Value),
        extra: rest(said, PLACED_PAYMENT),
        ..Payment::default()
    })
}

fn history(sale: &Sale<'_>) -> Vec<HistoryEntry> {
    let moments = sale.moments();
    let mut entries: Vec<HistoryEntry> = moments
        .iter()
        .zip(sale.comments())
        .map(|((after_s, status, comment), said)| HistoryEntry {
            at: UnixMillis(sale.moment(*after_s)),
            status: Field::Value((*status).to_owned()),
            comment: comment.map(ToOwned::to_owned).into(),
            extra: rest(said, &["created_at", "status", "comment"]),
        })
        .collect();
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn extra(sale: &Sale<'_>, said: Value) -> Map<String, Value> {
    let extension = said.get("extension_attributes").cloned().unwrap_or_default();
    let mut extra = rest(said, PLACED);
    extra.insert("state".to_owned(), sale.state().into());
    let extension = rest(extension, PLACED_EXTENSION);
    if !extension.is_empty() {
        extra.insert("extension_attributes".to_owned(), extension.into());
    }
    extra
}
