//! What belongs to an order and has lists of its own.

use flyball_domain::{
    Amount, Field, Fulfillment, FulfillmentLine, IdError, Payment, Refund, RefundLine, Tracking,
    UnixMillis,
};
use rust_decimal::Decimal;
use serde_json::Value;

use super::order::amount;
use super::{id, rest};
use crate::magento::ids::child;
use crate::magento::json::rounded;
use crate::magento::order::{Item, Sale, action, part_id};
use crate::magento::shop::source_code;
use crate::stock::{PaymentAction, StockFulfillment, StockRefund, StockRefundLine};

const PLACED_MEMO: &[&str] = &[
    "entity_id",
    "order_id",
    "grand_total",
    "base_grand_total",
    "shipping_amount",
    "base_shipping_amount",
    "adjustment",
    "base_adjustment",
    "items",
    "created_at",
];
const PLACED_MEMO_ITEM: &[&str] = &[
    "entity_id",
    "order_item_id",
    "qty",
    "row_total",
    "base_row_total",
    "tax_amount",
    "base_tax_amount",
];

/// What was given back.
pub(super) fn refunds(sale: &Sale<'_>) -> Result<Vec<Refund>, IdError> {
    let refunds = sale.stock.refunds.iter().zip(sale.creditmemos()).enumerate();
    refunds.map(|(place, (stock, said))| refund(sale, place, stock, said)).collect()
}

fn refund(
    sale: &Sale<'_>,
    place: usize,
    stock: &StockRefund,
    said: Value,
) -> Result<Refund, IdError> {
    let items = said.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let lines = stock.lines.iter().flat_map(|line| {
        sale.items.iter().filter(|item| item.line == line.line).map(move |item| (line, item))
    });
    let memo = child(sale.index, place);
    let lines = lines.zip(items).enumerate();
    let both = |sum: Decimal| Field::Value(amount(sale, sum));
    Ok(Refund {
        id: id(memo)?,
        created_at: Field::Value(UnixMillis(sale.moment(stock.after_s))),
        note: stock.note.clone().map_or(Field::Absent, Field::Value),
        total: both(stock.total(sale.stock.taxes_included)),
        shipping: both(stock.shipping),
        adjustment: both(stock.adjustment),
        lines: Field::Value(
            lines
                .map(|(at, ((line, item), said))| refund_line(sale, memo, at, line, item, said))
                .collect::<Result<_, IdError>>()?,
        ),
        extra: rest(said, PLACED_MEMO),
    })
}

fn refund_line(
    sale: &Sale<'_>,
    memo: u64,
    at: usize,
    line: &StockRefundLine,
    item: &Item<'_>,
    said: Value,
) -> Result<RefundLine, IdError> {
    let (subtotal, tax) =
        if item.is_line() { (line.subtotal, line.tax) } else { (Decimal::ZERO, Decimal::ZERO) };
    let subtotal = if sale.stock.taxes_included { subtotal.saturating_sub(tax) } else { subtotal };
    Ok(RefundLine {
        id: Field::Value(id(part_id(memo, at))?),
        line_id: Field::Value(id(item.id)?),
        quantity: Field::Value(rounded(item.quantity(line.quantity))),
        restock: Field::Absent,
        subtotal: Field::Value(amount(sale, subtotal)),
        tax: Field::Value(amount(sale, tax)),
        extra: rest(said, PLACED_MEMO_ITEM),
    })
}

/// What was sent.
pub(super) fn fulfillments(sale: &Sale<'_>) -> Result<Vec<Fulfillment>, IdError> {
    let sent = sale.stock.fulfillments.iter().enumerate().filter(|(_, sent)| !sent.canceled);
    sent.zip(sale.shipments())
        .map(|((place, stock), said)| fulfillment(sale, place, stock, &said))
        .collect()
}

fn fulfillment(
    sale: &Sale<'_>,
    place: usize,
    stock: &StockFulfillment,
    said: &Value,
) -> Result<Fulfillment, IdError> {
    let at = UnixMillis(sale.moment(stock.after_s));
    let lines = stock.lines.iter().filter_map(|(line, quantity)| {
        let item = sale.items.iter().find(|item| item.line == *line && item.is_line())?;
        Some((item, *quantity))
    });
    let lines = lines.map(|(item, quantity)| {
        Ok(FulfillmentLine {
            line_id: Field::Value(id(item.id)?),
            quantity: Field::Value(quantity.into()),
        })
    });
    let tracking = stock.tracking.iter().map(|track| Tracking {
        carrier: Field::Value(track.carrier.clone().unwrap_or_else(|| "Custom".to_owned())),
        number: track.number.clone().into(),
        url: Field::Absent,
    });
    let mut extra = rest(
        said.clone(),
        &[
            "entity_id",
            "order_id",
            "created_at",
            "updated_at",
            "items",
            "tracks",
            "extension_attributes",
        ],
    );
    for (name, placed) in
        [("items", &["order_item_id", "qty"][..]), ("tracks", &["title", "track_number"][..])]
    {
        let rests = said.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        if !rests.is_empty() {
            let rests = rests.into_iter().map(|one| Value::Object(rest(one, placed)));
            extra.insert(name.to_owned(), rests.collect());
        }
    }
    Ok(Fulfillment {
        id: id(child(sale.index, place))?,
        status: Field::Absent,
        created_at: Field::Value(at),
        updated_at: Field::Value(at),
        location_id: Field::Value(source_code(stock.location).parse()?),
        service: Field::Absent,
        tracking: Field::Value(tracking.collect()),
        lines: Field::Value(lines.collect::<Result<_, IdError>>()?),
        extra,
    })
}

/// What was billed.
pub(super) fn invoices(sale: &Sale<'_>) -> Result<Vec<Payment>, IdError> {
    let both = |sum: Decimal| -> Field<Amount> { Field::Value(amount(sale, sum)) };
    sale.takings()
        .zip(sale.invoices())
        .map(|((place, payment), said)| {
            Ok(Payment {
                id: Field::Value(id(child(sale.index, place))?),
                action: Field::Value("invoice".to_owned()),
                status: Field::Value("paid".to_owned()),
                amount: both(payment.amount),
                at: Field::Value(UnixMillis(sale.moment(payment.after_s))),
                reference: sale.reference(place).map_or(Field::Absent, Field::Value),
                extra: rest(
                    said,
                    &[
                        "order_id",
                        "entity_id",
                        "state",
                        "grand_total",
                        "base_grand_total",
                        "created_at",
                        "transaction_id",
                    ],
                ),
                ..Payment::default()
            })
        })
        .collect()
}

/// What a gateway did.
pub(super) fn transactions(sale: &Sale<'_>) -> Result<Vec<Payment>, IdError> {
    sale.done()
        .zip(sale.transactions())
        .map(|((place, payment), said)| {
            let has_children = sale.done().any(|(_, other)| other.parent == Some(place));
            let is_open = payment.action == PaymentAction::Authorization && !has_children;
            let parent_id = match payment.parent {
                Some(parent) => Field::Value(id(child(sale.index, parent))?),
                None => Field::Null,
            };
            Ok(Payment {
                id: Field::Value(id(child(sale.index, place))?),
                action: Field::Value(action(payment.action).to_owned()),
                status: Field::Value(if is_open { "open" } else { "closed" }.to_owned()),
                at: Field::Value(UnixMillis(sale.moment(payment.after_s))),
                parent_id,
                reference: sale.reference(place).map_or(Field::Absent, Field::Value),
                extra: rest(
                    said,
                    &[
                        "order_id",
                        "transaction_id",
                        "txn_type",
                        "is_closed",
                        "created_at",
                        "parent_id",
                        "txn_id",
                    ],
                ),
                ..Payment::default()
            })
        })
        .collect()
}
