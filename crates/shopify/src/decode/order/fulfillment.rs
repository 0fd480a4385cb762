use flyball_connector::decode::{RowError, Text, each, keep, text, time};
use flyball_domain::{Field, Fulfillment, FulfillmentLine, Tracking};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::decode::connection::Connection;
use crate::decode::gid::id;
use crate::decode::reader::Reader;
use crate::decode::words::{Reference, number, reference, within, word};
use crate::queries::List;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FulfillmentNode<'a> {
    id: Field<Text<'a>>,
    name: Field<Value>,
    status: Field<Text<'a>>,
    display_status: Field<Value>,
    created_at: Field<Text<'a>>,
    updated_at: Field<Text<'a>>,
    delivered_at: Field<Value>,
    location: Field<Reference<'a>>,
    service: Field<Service<'a>>,
    tracking_info: Field<Vec<Option<TrackingNode<'a>>>>,
    #[serde(borrow)]
    fulfillment_line_items: Field<Connection<LineNode<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Service<'a> {
    #[serde(borrow)]
    service_name: Field<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TrackingNode<'a> {
    #[serde(borrow)]
    company: Field<Text<'a>>,
    number: Field<Text<'a>>,
    url: Field<Text<'a>>,
}

/// Reads what was sent.
pub(super) fn fulfillment<'n, 'p: 'n>(
    node: FulfillmentNode<'n>,
    reader: &mut Reader<'p>,
) -> Result<Fulfillment, RowError> {
    let owner = node.id.value().map_or("", |id| id.0.as_ref());
    let lines = reader
        .list(List::FulfillmentLines, owner, node.fulfillment_line_items)?
        .try_map(|nodes| each(nodes, "fulfillmentLineItems", line))?;
    let mut extra = Map::new();
    keep(&mut extra, "name", node.name);
    keep(&mut extra, "displayStatus", node.display_status);
    keep(&mut extra, "deliveredAt", node.delivered_at);
    Ok(Fulfillment {
        id: id(&node.id, "id")?,
        status: word(node.status),
        created_at: time(node.created_at, "createdAt")?,
        updated_at: time(node.updated_at, "updatedAt")?,
        location_id: reference(node.location, "location.id")?,
        service: within(node.service, |service| text(service.service_name)),
        tracking: node.tracking_info.map(tracking),
        lines,
        extra,
    })
}

fn tracking(nodes: Vec<Option<TrackingNode<'_>>>) -> Vec<Tracking> {
    let read = |node: TrackingNode<'_>| Tracking {
        carrier: text(node.company),
        number: text(node.number),
        url: text(node.url),
    };
    nodes.into_iter().flatten().map(read).collect()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LineNode<'a> {
    #[serde(borrow)]
    quantity: Field<Text<'a>>,
    line_item: Field<Reference<'a>>,
}

fn line(node: LineNode<'_>) -> Result<FulfillmentLine, RowError> {
    Ok(FulfillmentLine {
        line_id: reference(node.line_item, "lineItem.id")?,
        quantity: number(node.quantity, "quantity")?,
    })
}
