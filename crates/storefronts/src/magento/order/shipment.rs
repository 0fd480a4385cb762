use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::invoice::part_id;
use super::{STORE_ID, Sale};
use crate::magento::ids::{billing_address, child, increment, number as id_of, shipping_address};
use crate::magento::json::{number, without_nulls};
use crate::magento::shop::source_code;
use crate::stock::{StockFulfillment, StockTracking};

impl Sale<'_> {
    /// What was sent. The vendor can't call a parcel back, so one that was is not there.
    pub(in crate::magento) fn shipments(&self) -> Vec<Value> {
        let sent = self.stock.fulfillments.iter().enumerate();
        let sent = sent.filter(|(_, sent)| !sent.canceled);
        sent.map(|(place, sent)| self.shipment(place, sent)).collect()
    }

    fn shipment(&self, place: usize, sent: &StockFulfillment) -> Value {
        let id = child(self.index, place);
        let time = self.time(sent.after_s);
        let quantity = sent.lines.iter().map(|(_, quantity)| Decimal::from(*quantity));
        let items = sent.lines.iter().enumerate().filter_map(|(at, (line, quantity))| {
            let item = self.items.iter().find(|item| item.line == *line && item.is_line())?;
            Some(json!({
                "entity_id": part_id(id, at),
                "name": item.title,
                "parent_id": id,
                "price": number(self.line_amounts(item).price),
                "product_id": item.product.map(id_of),
                "sku": item.sku,
                "weight": item.weight.map(number),
                "order_item_id": item.id,
                "qty": quantity,
            }))
        });
        let tracks = sent.tracking.iter().enumerate();
        let tracks = tracks.map(|(at, track)| self.track(id, at, track, &time));
        without_nulls(json!({
            "billing_address_id": billing_address(self.index),
            "created_at": time,
            "customer_id": self.stock.customer.as_ref().map(|customer| customer.number),
            "email_sent": 1,
            "entity_id": id,
            "increment_id": increment(id),
            "order_id": id_of(self.index),
            "packages": [],
            "shipping_address_id": shipping_address(self.index),
            "store_id": STORE_ID,
            "total_qty": number(quantity.fold(Decimal::ZERO, Decimal::saturating_add)),
            "updated_at": time,
            "items": items.collect::<Value>(),
            "tracks": tracks.collect::<Value>(),
            "comments": [],
            "extension_attributes": {"source_code": source_code(sent.location)},
        }))
    }

    fn track(&self, shipment: u64, at: usize, track: &StockTracking, time: &str) -> Value {
        let title = track.carrier.as_deref().unwrap_or("Custom");
        let carrier =
            if track.carrier.is_some() { title.to_lowercase() } else { "custom".to_owned() };
        json!({
            "order_id": id_of(self.index),
            "created_at": time,
            "entity_id": part_id(shipment, at),
            "parent_id": shipment,
            "updated_at": time,
            "weight": 0,
            "qty": 1,
            "description": null,
            "track_number": track.number,
            "title": title,
            "carrier_code": carrier,
        })
    }
}
