use flyball_connector::decode::{RowError, Text, each, keep, text, time};
use flyball_domain::{Field, Return, ReturnLine};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::decode::connection::Connection;
use crate::decode::gid::id;
use crate::decode::reader::Reader;
use crate::decode::words::{Reference, number, reference, within, word};
use crate::queries::List;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ReturnNode<'a> {
    id: Field<Text<'a>>,
    name: Field<Text<'a>>,
    status: Field<Text<'a>>,
    created_at: Field<Text<'a>>,
    closed_at: Field<Value>,
    total_quantity: Field<Value>,
    #[serde(borrow)]
    return_line_items: Field<Connection<LineNode<'a>>>,
}

/// Reads what came back, or is to.
pub(super) fn returned<'n, 'p: 'n>(
    node: ReturnNode<'n>,
    reader: &mut Reader<'p>,
) -> Result<Return, RowError> {
    let owner = node.id.value().map_or("", |id| id.0.as_ref());
    let lines = reader
        .list(List::ReturnLines, owner, node.return_line_items)?
        .try_map(|nodes| each(nodes, "returnLineItems", line))?;
    let mut extra = Map::new();
    keep(&mut extra, "closedAt", node.closed_at);
    keep(&mut extra, "totalQuantity", node.total_quantity);
    Ok(Return {
        id: id(&node.id, "id")?,
        name: text(node.name),
        status: word(node.status),
        created_at: time(node.created_at, "createdAt")?,
        lines,
        extra,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LineNode<'a> {
    id: Field<Value>,
    #[serde(borrow)]
    quantity: Field<Text<'a>>,
    processed_quantity: Field<Value>,
    refunded_quantity: Field<Value>,
    return_reason: Field<Text<'a>>,
    return_reason_note: Field<Value>,
    fulfillment_line_item: Field<Sent<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Sent<'a> {
    #[serde(borrow)]
    line_item: Field<Reference<'a>>,
}

fn line(node: LineNode<'_>) -> Result<ReturnLine, RowError> {
    let mut extra = Map::new();
    keep(&mut extra, "id", node.id);
    keep(&mut extra, "processedQuantity", node.processed_quantity);
    keep(&mut extra, "refundedQuantity", node.refunded_quantity);
    keep(&mut extra, "returnReasonNote", node.return_reason_note);
    let of = within(node.fulfillment_line_item, |sent| sent.line_item);
    Ok(ReturnLine {
        line_id: reference(of, "fulfillmentLineItem.lineItem.id")?,
        quantity: number(node.quantity, "quantity")?,
        reason: word(node.return_reason),
        extra,
    })
}
