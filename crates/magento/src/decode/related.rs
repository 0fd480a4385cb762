//! What belongs to an order and has resources of its own: credit memos, shipments, invoices,
//! transactions and, in Adobe Commerce only, returns.

use flyball_connector::decode::{RowError, each};
use flyball_connector::json::Raw;
use flyball_domain::{
    Field, Fulfillment, FulfillmentLine, Order, Payment, Refund, RefundLine, Return, ReturnLine,
    Tracking, VendorId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::amounts::{Currencies, Sign};
use super::object::{Object, ValueOrDefault as _};
use super::people::move_fields;

/// What an invoice is among payments.
const INVOICE: &str = "invoice";

/// A list that belongs to orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Related {
    CreditMemos,
    Shipments,
    Invoices,
    Transactions,
    Returns,
}

impl Related {
    /// Every one there is.
    pub(crate) const ALL: [Self; 5] =
        [Self::CreditMemos, Self::Shipments, Self::Invoices, Self::Transactions, Self::Returns];

    /// Its path after `/V1/`.
    pub(crate) const fn resource(self) -> &'static str {
        match self {
            Self::CreditMemos => "creditmemos",
            Self::Shipments => "shipments",
            Self::Invoices => "invoices",
            Self::Transactions => "transactions",
            Self::Returns => "returns",
        }
    }

    /// Its own id, by which it is sorted.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Transactions => "transaction_id",
            Self::CreditMemos | Self::Shipments | Self::Invoices | Self::Returns => "entity_id",
        }
    }

    /// Says nothing of whether an order has any.
    pub(crate) fn forget(self, order: &mut Order) {
        match self {
            Self::CreditMemos => order.refunds = Field::Absent,
            Self::Shipments => order.fulfillments = Field::Absent,
            Self::Returns => order.returns = Field::Absent,
            Self::Invoices | Self::Transactions => {}
        }
    }

    /// Says that an order has none of them so far: whoever asked and found none found an answer.
    pub(crate) fn begin(self, order: &mut Order) {
        match self {
            Self::CreditMemos => order.refunds = Field::Value(Vec::new()),
            Self::Shipments => order.fulfillments = Field::Value(Vec::new()),
            Self::Returns => order.returns = Field::Value(Vec::new()),
            Self::Invoices | Self::Transactions => {}
        }
    }
}

/// The order that a row belongs to, and the row's own id.
pub(crate) fn place(related: Related, row: Raw<'_>) -> Option<(VendorId, VendorId)> {
    let mut row = Object::of(row)?;
    let order = row.vendor_id("order_id").value()?.clone();
    Some((order, row.vendor_id(related.id()).value()?.clone()))
}

/// Adds a row to its order.
pub(crate) fn add_related(related: Related, row: &str, order: &mut Order) -> Result<(), RowError> {
    let row = Object::parse(row)?;
    let base = order.currency.value().copied();
    let currencies = Currencies { base, shown: order.presentment_currency.value().copied() };
    match related {
        Related::CreditMemos => push(&mut order.refunds, refund(row, currencies)?),
        Related::Shipments => push(&mut order.fulfillments, shipment(row)?),
        Related::Invoices => push(&mut order.payments, invoice(row, currencies)?),
        Related::Transactions => push(&mut order.payments, transaction(row)),
        Related::Returns => {
            let returned = goods_back(row, order)?;
            push(&mut order.returns, returned);
        }
    }
    Ok(())
}

/// Puts payments in the order that they have whichever list came first: what the order tells, then
/// invoices, then transactions.
pub(crate) fn in_order(order: &mut Order) {
    if let Field::Value(payments) = &mut order.payments {
        payments.sort_by_key(|payment| match payment.action.value().map(String::as_str) {
            None => 0,
            Some(INVOICE) => 1,
            Some(_) => 2,
        });
    }
}

fn push<T>(list: &mut Field<Vec<T>>, row: T) {
    match list {
        Field::Value(all) => all.push(row),
        Field::Absent | Field::Null => *list = Field::Value(vec![row]),
    }
}

fn refund(mut row: Object<'_>, currencies: Currencies) -> Result<Refund, RowError> {
    let id = row.id("entity_id")?;
    row.drop_field("order_id");
    let mut pair = |base, shown| currencies.pair(&mut row, (base, shown), Sign::Kept);
    let total = pair("base_grand_total", "grand_total")?;
    let shipping = pair("base_shipping_amount", "shipping_amount")?;
    let adjustment = pair("base_adjustment", "adjustment")?;
    let lines = row.list("items").try_map(|rows| {
        each(rows.into_iter().map(Some), "items", |row| refund_line(row.get(), currencies))
    })?;
    let created_at = row.time("created_at");
    // What was written to it stays whole: when, by whom, and whether the buyer was told.
    let note = row.peek("comments");
    let note = match note.value().and_then(|raw| super::object::list(*raw)) {
        Some(comments) => first_comment(&comments),
        None => Field::Absent,
    };
    Ok(Refund { id, created_at, note, total, shipping, adjustment, lines, extra: row.rest() })
}

fn first_comment(comments: &[Raw<'_>]) -> Field<String> {
    let text = |raw: &Raw<'_>| Object::of(*raw)?.text("comment").value().cloned();
    comments.iter().find_map(text).map_or(Field::Absent, Field::Value)
}

fn refund_line(row: &str, currencies: Currencies) -> Result<RefundLine, RowError> {
    let mut row = Object::parse(row)?;
    let mut pair = |base, shown| currencies.pair(&mut row, (base, shown), Sign::Kept);
    let subtotal = pair("base_row_total", "row_total")?;
    let tax = pair("base_tax_amount", "tax_amount")?;
    Ok(RefundLine {
        id: row.vendor_id("entity_id"),
        line_id: row.vendor_id("order_item_id"),
        quantity: row.number("qty"),
        restock: Field::Absent,
        subtotal,
        tax,
        extra: row.rest(),
    })
}

/// A [`Tracking`] and a [`FulfillmentLine`] have no place for all that Magento tells of them: what is
/// left of each is kept under its name.
fn shipment(mut row: Object<'_>) -> Result<Fulfillment, RowError> {
    let id = row.id("entity_id")?;
    row.drop_field("order_id");
    let mut extension = row.object("extension_attributes").value_or_default();
    let mut line_rests = Vec::new();
    let lines = row.list("items").map(|rows| {
        let line = |raw| {
            let mut line = Object::of(raw).unwrap_or_default();
            let (line_id, quantity) = (line.vendor_id("order_item_id"), line.number("qty"));
            line_rests.push(Value::Object(line.rest()));
            FulfillmentLine { line_id, quantity }
        };
        rows.into_iter().map(line).collect()
    });
    let mut track_rests = Vec::new();
    let tracking = row.list("tracks").map(|rows| {
        let track = |raw| {
            let mut track = Object::of(raw).unwrap_or_default();
            let (carrier, number) = (track.text("title"), track.text("track_number"));
            track_rests.push(Value::Object(track.rest()));
            Tracking { carrier, number, url: Field::Absent }
        };
        rows.into_iter().map(track).collect()
    });
    let fulfillment = Fulfillment {
        id,
        status: row.text("shipment_status"),
        created_at: row.time("created_at"),
        updated_at: row.time("updated_at"),
        location_id: extension.vendor_id("source_code"),
        service: Field::Absent,
        tracking,
        lines,
        extra: serde_json::Map::new(),
    };
    let mut extra = row.rest();
    for (name, rests) in [("items", line_rests), ("tracks", track_rests)] {
        if !rests.is_empty() {
            extra.insert(name.to_owned(), Value::Array(rests));
        }
    }
    extension.rest_into(&mut extra, "extension_attributes");
    Ok(Fulfillment { extra, ..fulfillment })
}

/// What an invoice says was paid. Its states: 1 open, 2 paid, 3 canceled
/// (`Magento\Sales\Model\Order\Invoice`).
fn invoice(mut row: Object<'_>, currencies: Currencies) -> Result<Payment, RowError> {
    row.drop_field("order_id");
    let names = ("base_grand_total", "grand_total");
    let amount = currencies.pair(&mut row, names, Sign::Kept)?;
    Ok(Payment {
        id: row.vendor_id("entity_id"),
        action: Field::Value(INVOICE.to_owned()),
        status: row.text("state").map(|state| match state.as_str() {
            "1" => "open".to_owned(),
            "2" => "paid".to_owned(),
            "3" => "canceled".to_owned(),
            _ => state,
        }),
        gateway: Field::Absent,
        method: Field::Absent,
        amount,
        at: row.time("created_at"),
        parent_id: Field::Absent,
        reference: row.text("transaction_id"),
        extra: row.rest(),
    })
}

/// What a gateway did. Magento does not say how much it moved.
fn transaction(mut row: Object<'_>) -> Payment {
    row.drop_field("order_id");
    Payment {
        id: row.vendor_id("transaction_id"),
        action: row.text("txn_type"),
        status: row
            .flag("is_closed")
            .map(|closed| if closed { "closed".to_owned() } else { "open".to_owned() }),
        gateway: Field::Absent,
        method: Field::Absent,
        amount: Field::Absent,
        at: row.time("created_at"),
        parent_id: row.vendor_id("parent_id"),
        reference: row.text("txn_id"),
        extra: row.rest(),
    }
}

/// Goods that came back. The address that the buyer gave for it says who they are.
fn goods_back(mut row: Object<'_>, order: &mut Order) -> Result<Return, RowError> {
    let id = row.id("entity_id")?;
    row.drop_field("order_id");
    if let Field::Value(personal) = &mut order.personal {
        let mut mine = serde_json::Map::new();
        move_fields(&mut row, &["customer_custom_email"], &mut mine);
        if mine.values().any(|value| !value.is_null()) {
            personal.extra.insert(format!("return_{id}"), Value::Object(mine));
        }
    }
    let lines = row.list("items").map(|rows| rows.into_iter().map(return_line).collect());
    Ok(Return {
        id,
        name: row.text("increment_id"),
        status: row.text("status"),
        created_at: row.time("date_requested"),
        lines,
        extra: row.rest(),
    })
}

fn return_line(raw: Raw<'_>) -> ReturnLine {
    let mut line = Object::of(raw).unwrap_or_default();
    ReturnLine {
        line_id: line.vendor_id("order_item_id"),
        quantity: line.number("qty_requested"),
        reason: line.text("reason"),
        extra: line.rest(),
    }
}

/// The products of an order's lines.
pub(crate) fn product_ids(row: Raw<'_>) -> Vec<VendorId> {
    let mut row = Object::of(row).unwrap_or_default();
    let items = row.list("items").value().cloned().unwrap_or_default();
    let id = |raw: &Raw<'_>| {
        let id = Object::of(*raw)?.take("product_id").value()?.text()?;
        id.parse().ok()
    };
    items.iter().filter_map(id).collect()
}
