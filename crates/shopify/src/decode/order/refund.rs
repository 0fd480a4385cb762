use flyball_connector::decode::{RowError, Text, each, keep, text, time};
use flyball_connector::json::{Raw, from_str};
use flyball_domain::{Amount, Field, Refund, RefundLine};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::money::{Bag, amount, sum};
use crate::decode::connection::{Connection, Nodes};
use crate::decode::gid::id;
use crate::decode::reader::Reader;
use crate::decode::words::{Reference, number, optional_id, raw, reference, word};
use crate::queries::List;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RefundNode<'a> {
    id: Field<Text<'a>>,
    created_at: Field<Text<'a>>,
    note: Field<Text<'a>>,
    total_refunded_set: Field<Bag<'a>>,
    #[serde(borrow)]
    refund_line_items: Field<Connection<LineNode<'a>>>,
    #[serde(borrow)]
    refund_shipping_lines: Field<Connection<Raw<'a>>>,
    #[serde(borrow)]
    order_adjustments: Field<Connection<Raw<'a>>>,
}

/// Reads what was given back.
pub(super) fn refund<'n, 'p: 'n>(
    node: RefundNode<'n>,
    reader: &mut Reader<'p>,
) -> Result<Refund, RowError> {
    let owner = node.id.value().map_or("", |id| id.0.as_ref());
    let lines = reader
        .list(List::RefundLines, owner, node.refund_line_items)?
        .try_map(|nodes| each(nodes, "refundLineItems", line))?;
    let shipping = reader.list(List::RefundShipping, owner, node.refund_shipping_lines)?;
    let adjustments = reader.list(List::Adjustments, owner, node.order_adjustments)?;
    let mut extra = Map::new();
    keep(&mut extra, "refundShippingLines", kept(&shipping)?);
    keep(&mut extra, "orderAdjustments", kept(&adjustments)?);
    Ok(Refund {
        id: id(&node.id, "id")?,
        created_at: time(node.created_at, "createdAt")?,
        note: text(node.note),
        total: amount(node.total_refunded_set, "totalRefundedSet")?,
        shipping: total(shipping, "refundShippingLines")?,
        adjustment: total(adjustments, "orderAdjustments")?,
        lines,
        extra,
    })
}

fn kept(nodes: &Field<Nodes<Raw<'_>>>) -> Result<Field<Value>, RowError> {
    let read = |nodes: &Nodes<Raw<'_>>| {
        let values: Result<Vec<Value>, RowError> =
            nodes.iter().flatten().map(|node| raw(node.get())).collect();
        values.map(Value::from)
    };
    match nodes {
        Field::Value(nodes) if nodes.is_empty() => Ok(Field::Absent),
        Field::Value(nodes) => read(nodes).map(Field::Value),
        Field::Null | Field::Absent => Ok(Field::Absent),
    }
}

/// What amounts without their taxes come to.
fn total(nodes: Field<Nodes<Raw<'_>>>, at: &str) -> Result<Field<Amount>, RowError> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Node<'a> {
        #[serde(borrow)]
        subtotal_amount_set: Field<Bag<'a>>,
        amount_set: Field<Bag<'a>>,
    }
    let read = |node: Raw<'_>| {
        let node: Node<'_> = from_str(node.get())?;
        match node.subtotal_amount_set {
            Field::Absent => amount(node.amount_set, "amountSet"),
            subtotal @ (Field::Null | Field::Value(_)) => amount(subtotal, "subtotalAmountSet"),
        }
    };
    Ok(match nodes {
        Field::Value(nodes) => sum(each(nodes, at, read)?.iter()),
        Field::Null => Field::Null,
        Field::Absent => Field::Absent,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LineNode<'a> {
    #[serde(borrow)]
    id: Field<Text<'a>>,
    quantity: Field<Text<'a>>,
    restock_type: Field<Text<'a>>,
    restocked: Field<Value>,
    line_item: Field<Reference<'a>>,
    location: Field<Value>,
    price_set: Field<Value>,
    subtotal_set: Field<Bag<'a>>,
    total_tax_set: Field<Bag<'a>>,
}

fn line(node: LineNode<'_>) -> Result<RefundLine, RowError> {
    let mut extra = Map::new();
    keep(&mut extra, "restocked", node.restocked);
    keep(&mut extra, "location", node.location);
    keep(&mut extra, "priceSet", node.price_set);
    Ok(RefundLine {
        id: optional_id(&node.id, "id")?,
        line_id: reference(node.line_item, "lineItem.id")?,
        quantity: number(node.quantity, "quantity")?,
        restock: word(node.restock_type),
        subtotal: amount(node.subtotal_set, "subtotalSet")?,
        tax: amount(node.total_tax_set, "totalTaxSet")?,
        extra,
    })
}
