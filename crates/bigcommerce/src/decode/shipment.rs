use flyball_connector::decode::RowError;
use flyball_connector::json::At;
use flyball_domain::{Field, Fulfillment, FulfillmentLine, Tracking};
use serde_json::{Map, Value};

use super::fields::{Fields, each};
use super::notes::Notes;

/// Reads a shipment of an order; the addresses in it go to `personal`.
///
/// # Errors
/// No id.
pub(super) fn shipment(
    row: At<'_, '_>,
    personal: &mut Vec<Value>,
    notes: &mut Notes,
) -> Result<Fulfillment, RowError> {
    let mut fields = Fields::read(row)?;
    let id = fields.id("id")?;
    let mut hidden = Map::new();
    for name in ["billing_address", "shipping_address"] {
        if fields.peek(name).value().is_some() {
            fields.move_to(name, &mut hidden)?;
        }
    }
    if !hidden.is_empty() {
        hidden.insert("id".to_owned(), id.as_str().into());
        personal.push(Value::Object(hidden));
    }
    let lines = fields.list("items", notes).try_map(|list| each(list, "items", notes, item))?;
    let tracking = tracking(&mut fields, notes);
    let mut extra = Map::new();
    let shipment = Fulfillment {
        id,
        status: Field::Absent,
        created_at: fields.time("date_created", notes),
        updated_at: Field::Absent,
        location_id: Field::Absent,
        service: fields.text("shipping_method", notes),
        tracking: Field::Value(tracking),
        lines,
        extra: Map::new(),
    };
    fields.rest(&mut extra)?;
    Ok(Fulfillment { extra, ..shipment })
}

fn item(row: At<'_, '_>, notes: &mut Notes) -> Result<FulfillmentLine, RowError> {
    let mut fields = Fields::read(row)?;
    Ok(FulfillmentLine {
        line_id: fields.reference("order_product_id", notes),
        quantity: fields.number("quantity", notes),
    })
}

/// A shipment has one number. The retailer's own link goes before the vendor's, the carrier's name
/// before that of whoever quoted; whatever is not taken stays in `extra`.
fn tracking(fields: &mut Fields<'_>, notes: &mut Notes) -> Vec<Tracking> {
    let mut first = |names: &[&str]| {
        let name = names.iter().find(|name| fields.peek_text(name).is_some());
        name.map_or(Field::Absent, |name| fields.text(name, notes))
    };
    let url = first(&["tracking_link", "generated_tracking_link"]);
    let number = first(&["tracking_number"]);
    if url.is_absent() && number.is_absent() {
        return Vec::new();
    }
    vec![Tracking { carrier: first(&["tracking_carrier", "shipping_provider"]), number, url }]
}
