//! The record that each answer must become, read from the answers by other means.

use std::collections::BTreeMap;

use flyball_domain::{Field, Order, Product, UnixMillis};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::common::{Search, Shop, attribute, id};

/// Times as both sides can be compared.
fn moment(text: &Value) -> UnixMillis {
    let text = text.as_str().unwrap().replacen(' ', "T", 1);
    UnixMillis::parse_rfc3339(&format!("{text}Z")).unwrap()
}

fn decimal(number: &Value) -> Decimal {
    number.to_string().trim_matches('"').parse().unwrap()
}

/// Every value in an answer that is no object and no list.
fn leaves<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| leaves(value, found)),
        Value::Array(items) => items.iter().for_each(|value| leaves(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => found.push(value),
    }
}

/// Words that only say where something is to be put.
const PLACES: [&str; 5] = ["url_key", "description", "associated", "product", "shipping"];

/// Nothing that was said is missing from what must come of it.
fn nothing_is_lost(said: &Value, record: &Value) {
    let mut kept = Vec::new();
    leaves(record, &mut kept);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let texts: std::collections::BTreeSet<String> = kept.iter().map(|value| text(value)).collect();
    let numbers: std::collections::BTreeSet<Decimal> =
        texts.iter().filter_map(|text| text.parse().ok()).collect();
    let all = texts.iter().cloned().collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    leaves(said, &mut found);
    for value in found {
        let said = text(value);
        let is_kept = match value {
            Value::Number(_) => {
                let number = decimal(value);
                // A whole order's discount is kept without its sign.
                numbers.contains(&number) || numbers.contains(&-number)
            }
            Value::String(_) if said.len() == 19 && said.as_bytes()[10] == b' ' => {
                texts.contains(&said) || texts.contains(&moment(value).0.to_string())
            }
            Value::String(_) if PLACES.contains(&said.as_str()) => true,
            // Pictures are kept by their whole address, and what was chosen by its name.
            Value::String(_) => texts.contains(&said) || all.contains(&said),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => true,
        };
        assert!(is_kept, "{value} is not in {record}");
    }
}

async fn names(shop: &Shop, resource: &str, key: &str) -> BTreeMap<String, Value> {
    let rows = shop.items(resource, &Search::all()).await;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    rows.into_iter().map(|row| (text(&row[key]), row)).collect()
}

#[tokio::test]
async fn products_are_what_the_truth_says() {
    let shop = Shop::of(320, 0).await;
    let categories = names(&shop, "categories/list", "id").await;
    let attributes = names(&shop, "products/attributes", "attribute_id").await;
    let sources = shop.items("inventory/source-items", &Search::all()).await;
    let products = shop.items("products", &Search::all().sort("entity_id", "ASC")).await;
    let truth: Vec<Product> = shop.store.truth().collect();
    assert_eq!(products.len(), truth.len());
    for (said, product) in products.iter().zip(&truth) {
        let mut said_without_choices = said.clone();
        // Said otherwise, and compared below.
        said_without_choices["status"].take();
        // Numbers of choices are replaced by their names.
        if let Some(options) =
            said_without_choices.pointer_mut("/extension_attributes/configurable_product_options")
        {
            options.take();
        }
        nothing_is_lost(&said_without_choices, &serde_json::to_value(product).unwrap());
        assert_eq!(product.id.as_str(), id(said).to_string());
        assert_eq!(product.updated_at, moment(&said["updated_at"]));
        assert_eq!(product.created_at, Field::Value(moment(&said["created_at"])));
        assert_eq!(product.title.value().map(String::as_str), said["name"].as_str());
        assert_eq!(json!(product.form.value().unwrap().as_str()), said["type_id"]);
        assert_eq!(
            product.status.value().unwrap().as_str(),
            if said["status"] == 1 { "active" } else { "disabled" }
        );
        assert_eq!(
            product.handle.value().map(String::as_str),
            attribute(said, "url_key").and_then(Value::as_str)
        );
        let variant = &product.variants.value().unwrap()[0];
        assert_eq!(variant.sku.value().map(String::as_str), said["sku"].as_str());
        assert_eq!(variant.price.value().map(|price| price.amount), said.get("price").map(decimal));
        assert_eq!(
            variant.weight.value().map(|weight| weight.value),
            said.get("weight").map(decimal)
        );
        let mine: Vec<&Value> = sources.iter().filter(|one| one["sku"] == said["sku"]).collect();
        let total: i64 = mine.iter().map(|one| one["quantity"].as_i64().unwrap()).sum();
        assert_eq!(variant.stock.value(), (!mine.is_empty()).then_some(&total));
        let extension = &said["extension_attributes"];
        let links = extension["category_links"].as_array();
        let told: Vec<(&str, &Value)> = links
            .into_iter()
            .flatten()
            .map(|link| link["category_id"].as_str().unwrap())
            .map(|id| (id, &categories[id]["name"]))
            .collect();
        let known = product.categories.value().into_iter().flatten();
        let known: Vec<(&str, Value)> =
            known.map(|one| (one.id.as_str(), json!(one.name.value().unwrap()))).collect();
        assert!(told.iter().map(|(id, name)| (*id, (*name).clone())).eq(known.into_iter()));
        options_agree(extension, product, &attributes);
    }
}

fn options_agree(extension: &Value, product: &Product, attributes: &BTreeMap<String, Value>) {
    let said = extension["configurable_product_options"].as_array();
    let known = product.options.value();
    assert_eq!(said.map(Vec::len), known.map(Vec::len));
    for (said, known) in said.into_iter().flatten().zip(known.into_iter().flatten()) {
        assert_eq!(said["label"], json!(known.name));
        let choices = &attributes[said["attribute_id"].as_str().unwrap()]["options"];
        let label = |value: &Value| {
            let index = value["value_index"].to_string();
            let choice =
                choices.as_array().unwrap().iter().find(|one| one["value"] == json!(index));
            choice.unwrap()["label"].as_str().unwrap().to_owned()
        };
        let labels: Vec<String> = said["values"].as_array().unwrap().iter().map(label).collect();
        assert_eq!(labels, known.values);
    }
}

#[tokio::test]
async fn orders_are_what_the_truth_says() {
    let shop = Shop::of(100, 240).await;
    let orders = shop.items("orders", &Search::all().sort("entity_id", "ASC")).await;
    let truth: Vec<Order> = shop.store.true_orders().collect();
    assert_eq!(orders.len(), truth.len());
    for (said, order) in orders.iter().zip(&truth) {
        nothing_is_lost(said, &serde_json::to_value(order).unwrap());
        assert_eq!(order.id.as_str(), id(said).to_string());
        assert_eq!(order.updated_at, moment(&said["updated_at"]));
        assert_eq!(order.number.value().map(String::as_str), said["increment_id"].as_str());
        assert_eq!(order.status.value().map(String::as_str), said["status"].as_str());
        let totals = order.totals.value().unwrap();
        for (known, name) in [
            (&totals.total, "grand_total"),
            (&totals.subtotal, "subtotal"),
            (&totals.shipping, "shipping_amount"),
            (&totals.tax, "tax_amount"),
            (&totals.paid, "total_paid"),
            (&totals.refunded, "total_refunded"),
            (&totals.due, "total_due"),
        ] {
            let base = said.get(format!("base_{name}")).map(decimal);
            assert_eq!(known.value().map(|known| known.shop.amount), base, "{name}");
            let shown = known.value().and_then(|known| known.presentment);
            assert_eq!(shown.map(|shown| shown.amount), said.get(name).map(decimal), "{name}");
        }
        let lines = order.lines.value().unwrap();
        let items = said["items"].as_array().unwrap();
        assert_eq!(lines.len(), items.len());
        for (line, item) in lines.iter().zip(items) {
            assert_eq!(json!(line.id.as_str()), json!(item["item_id"].to_string()));
            let parent = item.get("parent_item_id").map(ToString::to_string);
            assert_eq!(line.parent_id.value().map(|id| id.as_str().to_owned()), parent);
            assert_eq!(line.sku.value().map(String::as_str), item["sku"].as_str());
            assert_eq!(*line.quantity.value().unwrap(), decimal(&item["qty_ordered"]));
            assert_eq!(line.unit_price.value().unwrap().shop.amount, decimal(&item["base_price"]));
        }
        let history = order.history.value().unwrap();
        assert!(history.is_sorted_by_key(|entry| entry.at));
        let personal = order.personal.value().unwrap();
        assert_eq!(personal.email.value().map(String::as_str), said["customer_email"].as_str());
    }
}

#[tokio::test]
async fn what_belongs_to_an_order_is_what_the_truth_says() {
    let shop = Shop::of(100, 240).await;
    let truth: BTreeMap<String, Order> =
        shop.store.true_orders().map(|order| (order.id.as_str().to_owned(), order)).collect();
    let mut seen = [0; 4];
    for (place, resource) in
        ["creditmemos", "shipments", "invoices", "transactions"].into_iter().enumerate()
    {
        for said in shop.items(resource, &Search::all()).await {
            let order = &truth[&said["order_id"].to_string()];
            let own = if resource == "transactions" { "transaction_id" } else { "entity_id" };
            let own = said[own].to_string();
            let found = match resource {
                "creditmemos" => {
                    let refunds = order.refunds.value().unwrap();
                    let refund = refunds.iter().find(|one| one.id.as_str() == own).unwrap();
                    let total = refund.total.value().unwrap().shop.amount;
                    assert_eq!(total, decimal(&said["base_grand_total"]));
                    serde_json::to_value(refund)
                }
                "shipments" => {
                    let sent = order.fulfillments.value().unwrap();
                    serde_json::to_value(sent.iter().find(|one| one.id.as_str() == own).unwrap())
                }
                _ => {
                    let action = if resource == "invoices" { "invoice" } else { "" };
                    let payments = order.payments.value().unwrap().iter();
                    let mut payments = payments.skip(1).filter(|one| {
                        let is_invoice = one.action.value().is_some_and(|word| word == "invoice");
                        is_invoice == (action == "invoice")
                    });
                    let is_it = |one: &&flyball_domain::Payment| {
                        one.id.value().is_some_and(|id| id.as_str() == own)
                    };
                    serde_json::to_value(payments.find(is_it).unwrap())
                }
            };
            let mut said = said;
            let said = said.as_object_mut().unwrap();
            for placed in ["order_id", "state", "is_closed"] {
                said.remove(placed);
            }
            nothing_is_lost(&Value::Object(said.clone()), &found.unwrap());
            seen[place] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 20), "{seen:?}");
}
