//! How an order gets to the buyer, in the object structure (`orders.v2.oas2.yml`,
//! `orderConsignment_Get`). Amounts are numbers here, as in the vendor's own examples.

use serde_json::{Map, Value, json};

use super::address::{self, Way};
use super::ids::{child_number, order_number};
use super::json::{fields, number};
use super::line::{self, Sort};
use super::order::Consignments;
use super::site::Site;
use crate::stock::{LOCATIONS, Shown, StockOrder};

/// All consignments of an order.
pub(super) fn render(site: &Site, shown: &Shown<StockOrder>, how: Consignments) -> Value {
    let order = &shown.item;
    let physical = lines(site, shown, how, Sort::Physical);
    let digital = lines(site, shown, how, Sort::Digital);
    let certificates = lines(site, shown, how, Sort::GiftCertificate);
    let recipient = order.email.as_deref().unwrap_or_default();
    let mailed = |lines: Vec<Value>| -> Vec<Value> {
        let has_lines = !lines.is_empty();
        let one = json!({"recipient_email": recipient, "line_items": lines});
        has_lines.then_some(one).into_iter().collect()
    };
    let (pickups, shipping) = match address::way(order) {
        _ if physical.is_empty() => (Vec::new(), Vec::new()),
        Way::PickedUp => (vec![picked_up(shown, &physical)], Vec::new()),
        Way::Sent => (Vec::new(), vec![sent(site, shown, physical)]),
    };
    json!({
        "pickups": pickups,
        "shipping": shipping,
        "downloads": mailed(digital),
        "email": {"gift_certificates": mailed(certificates)},
    })
}

fn lines(site: &Site, shown: &Shown<StockOrder>, how: Consignments, sort: Sort) -> Vec<Value> {
    let order = order_number(shown.index);
    let lines = shown.item.lines.iter().enumerate();
    lines
        .filter(|(_, line)| Sort::of(line) == sort)
        .map(|(place, line)| match how {
            Consignments::WithLines => line::render(shown, place, line),
            Consignments::Whole | Consignments::Link => {
                let id = child_number(shown.index, place);
                site.link(&format!("/orders/{order}/products/{id}"))
            }
        })
        .collect()
}

fn sent(site: &Site, shown: &Shown<StockOrder>, lines: Vec<Value>) -> Value {
    let order = &shown.item;
    let (number_of, id) = (order_number(shown.index), address::number(shown.index));
    let mut all = Map::new();
    all.insert("id".to_owned(), id.into());
    all.extend(address::person(order, order.shipping.as_ref()));
    all.insert("form_fields".to_owned(), json!([]));
    all.insert("line_items".to_owned(), lines.into());
    all.extend(address::counts(order));
    all.extend(address::costs(order, number));
    all.extend(fields(json!({
        "shipping_zone_id": 1,
        "shipping_zone_name": address::zone(order),
        "shipping_quotes": site.link(&format!(
            "/orders/{number_of}/consignments/shipping/{id}/shipping_quotes"
        )),
    })));
    all.into()
}

fn picked_up(shown: &Shown<StockOrder>, lines: &[Value]) -> Value {
    let [_, shop, _] = LOCATIONS;
    json!({
        "id": address::number(shown.index),
        "pickup_method_id": 1,
        "pickup_method_display_name": "Pick up in store",
        "collection_instructions": "Bring your order number.",
        "collection_time_description": "9am - 6pm",
        "location": {
            "id": 2,
            "name": shop,
            "code": "SHOP",
            "address_line_1": "High Street 1",
            "address_line_2": "",
            "city": "York",
            "state": "England",
            "postal_code": "YO1 7HH",
            "country_alpha2": "GB",
            "email": "shop@example.com",
            "phone": "",
        },
        "line_items": lines,
    })
}
