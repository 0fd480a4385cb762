//! What orders look like, and what belongs to them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::common::{Search, Shop, id, vendor_id};

async fn all(shop: &Shop) -> Vec<Value> {
    shop.items("orders", &Search::all().sort("entity_id", "ASC")).await
}

fn amount(of: &Value, name: &str) -> Decimal {
    of[name].to_string().parse().expect(name)
}

#[tokio::test]
async fn a_whole_orders_discount_is_negative_and_that_of_a_line_positive() {
    let shop = Shop::of(60, 140).await;
    let mut discounted = 0;
    for order in all(&shop).await {
        let whole = amount(&order, "base_discount_amount");
        assert!(whole <= Decimal::ZERO);
        let lines = order["items"].as_array().unwrap();
        let lines: Decimal = lines.iter().map(|line| amount(line, "base_discount_amount")).sum();
        let shipping = amount(&order, "base_shipping_discount_amount");
        assert_eq!(whole, -(lines + shipping));
        discounted += usize::from(whole < Decimal::ZERO);
    }
    assert!(discounted > 20, "{discounted}");
}

#[tokio::test]
async fn the_amounts_of_an_order_add_up_in_the_shops_currency() {
    let shop = Shop::of(60, 180).await;
    for order in all(&shop).await {
        let sum = amount(&order, "base_subtotal")
            + amount(&order, "base_discount_amount")
            + amount(&order, "base_tax_amount")
            + amount(&order, "base_shipping_amount");
        assert_eq!(sum, amount(&order, "base_grand_total"), "{}", order["entity_id"]);
        let lines = order["items"].as_array().unwrap();
        let rows: Decimal = lines.iter().map(|line| amount(line, "base_row_total")).sum();
        assert_eq!(rows, amount(&order, "base_subtotal"));
        let rate = amount(&order, "base_to_order_rate");
        let shown = (amount(&order, "base_grand_total") * rate).round_dp(2).normalize();
        assert_eq!(shown, amount(&order, "grand_total"));
        assert_eq!(order["base_currency_code"], "EUR");
    }
}

#[tokio::test]
async fn a_choice_is_a_line_with_its_price_and_one_without_that_names_it() {
    let shop = Shop::of(200, 120).await;
    let mut children = 0;
    for order in all(&shop).await {
        let items = order["items"].as_array().unwrap();
        let by_id: BTreeMap<u64, &Value> =
            items.iter().map(|item| (item["item_id"].as_u64().unwrap(), item)).collect();
        for item in items {
            let Some(parent) = item.get("parent_item_id").and_then(Value::as_u64) else { continue };
            children += 1;
            let parent = by_id[&parent];
            assert!(["configurable", "bundle"].contains(&parent["product_type"].as_str().unwrap()));
            assert_eq!((&item["price"], &item["row_total"]), (&json!(0), &json!(0)));
            assert_eq!(item["parent_item"]["item_id"], parent["item_id"]);
            if parent["product_type"] == "configurable" {
                assert_eq!(parent["sku"], item["sku"]);
                assert_eq!(parent["qty_ordered"], item["qty_ordered"]);
                let chosen = &parent["product_option"]["extension_attributes"];
                assert!(chosen["configurable_item_options"][0]["option_value"].is_u64());
            }
        }
        let assigned = &order["extension_attributes"]["shipping_assignments"][0]["items"];
        assert_eq!(assigned, &order["items"]);
    }
    assert!(children > 15, "{children}");
}

#[tokio::test]
async fn who_is_a_guest_is_told_by_a_number_or_not_at_all() {
    let shop = Shop::of(30, 140).await;
    let mut seen = [0; 3];
    for order in all(&shop).await {
        match order.get("customer_is_guest") {
            Some(guest) if *guest == 1 => {
                assert!(order.get("customer_id").is_none());
                assert!(order.get("customer_firstname").is_none());
                seen[0] += 1;
            }
            Some(guest) => {
                assert_eq!((guest, order["customer_id"].is_u64()), (&json!(0), true));
                seen[1] += 1;
            }
            None => {
                assert!(order["customer_id"].is_u64());
                seen[2] += 1;
            }
        }
        assert!(order["updated_at"].as_str().unwrap().len() == 19);
    }
    assert!(seen.iter().all(|count| *count > 5), "{seen:?}");
}

#[tokio::test]
async fn nothing_to_say_is_an_empty_array_and_what_is_null_is_left_out() {
    let shop = Shop::of(30, 60).await;
    for order in all(&shop).await {
        assert_eq!(order["payment"]["extension_attributes"], json!([]));
        assert!(order["extension_attributes"].is_object());
        assert_eq!(order["payment"].get("cc_last4"), Some(&Value::Null));
        let empty = order.as_object().unwrap().iter().filter(|(_, value)| value.is_null());
        assert!(empty.into_iter().all(|(name, _)| name == "customer_email"));
        assert!(order.get("total_paid").is_none_or(|paid| *paid != json!(0)));
    }
}

#[tokio::test]
async fn what_belongs_to_orders_is_found_by_their_ids() {
    let shop = Shop::of(60, 180).await;
    let orders = all(&shop).await;
    for (resource, own) in [
        ("creditmemos", "entity_id"),
        ("shipments", "entity_id"),
        ("invoices", "entity_id"),
        ("transactions", "transaction_id"),
        ("orders/items", "item_id"),
    ] {
        let everything = shop.items(resource, &Search::all().sort(own, "ASC")).await;
        assert!(everything.len() > 20, "{resource}");
        let ids = orders[50..90].iter().map(|order| id(order).to_string());
        let ids = ids.collect::<Vec<_>>().join(",");
        let search = Search::all().filter("order_id", "in", &ids).sort(own, "ASC");
        let found = shop.items(resource, &search).await;
        let wanted =
            everything.iter().filter(|one| (51..=90).contains(&one["order_id"].as_u64().unwrap()));
        assert!(found.iter().eq(wanted), "{resource}");
        let after = found[2][own].to_string();
        let rest = shop.items(resource, &search.filter(own, "gt", &after)).await;
        assert_eq!(rest, found[3..], "{resource}");
        let path = match resource {
            "creditmemos" => "creditmemo",
            "shipments" => "shipment",
            other => other,
        };
        assert_eq!(shop.get(&format!("{path}/{after}")).await, found[2], "{resource}");
    }
}

#[tokio::test]
async fn what_was_paid_sent_and_given_back_agrees_with_the_order() {
    let shop = Shop::of(60, 180).await;
    let by_order = |rows: Vec<Value>| {
        let mut found: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
        for row in rows {
            found.entry(row["order_id"].as_u64().unwrap()).or_default().push(row);
        }
        found
    };
    let memos = by_order(shop.items("creditmemos", &Search::all()).await);
    let invoices = by_order(shop.items("invoices", &Search::all()).await);
    let shipments = by_order(shop.items("shipments", &Search::all()).await);
    let sum = |rows: Option<&Vec<Value>>, name: &str| -> Decimal {
        rows.into_iter().flatten().map(|row| amount(row, name)).sum()
    };
    for order in all(&shop).await {
        let told = |name: &str| {
            if order.get(name).is_some() { amount(&order, name) } else { Decimal::ZERO }
        };
        assert_eq!(sum(memos.get(&id(&order)), "base_grand_total"), told("base_total_refunded"));
        assert_eq!(sum(invoices.get(&id(&order)), "base_grand_total"), told("base_total_paid"));
        let sent: Decimal = shipments
            .get(&id(&order))
            .into_iter()
            .flatten()
            .flat_map(|shipment| shipment["items"].as_array().unwrap())
            .map(|item| amount(item, "qty"))
            .sum();
        let lines = order["items"].as_array().unwrap().iter();
        let lines = lines.filter(|item| item.get("parent_item_id").is_none());
        assert_eq!(sent, lines.map(|item| amount(item, "qty_shipped")).sum());
    }
}

#[tokio::test]
async fn the_history_comes_latest_first_and_is_a_list_of_its_own() {
    let shop = Shop::of(30, 120).await;
    let orders = all(&shop).await;
    for order in &orders {
        let history = order["status_histories"].as_array().unwrap();
        let times: Vec<&str> =
            history.iter().map(|entry| entry["created_at"].as_str().unwrap()).collect();
        assert!(times.is_sorted_by(|later, earlier| later >= earlier), "{times:?}");
        assert_eq!(history[0]["status"], order["status"]);
    }
    let comments = shop.get("orders/7/comments").await;
    assert_eq!(comments["items"], orders[6]["status_histories"]);
}

#[tokio::test]
async fn an_order_that_was_touched_moves_to_the_end_of_the_list() {
    let shop = Shop::of(30, 50).await;
    shop.pass_ms(5_000);
    shop.store.touch_order(&vendor_id(9)).unwrap();
    let by_time = Search::all().sort("updated_at", "ASC").sort("entity_id", "ASC");
    assert_eq!(shop.ids("orders", &by_time).await.last(), Some(&9));
    let order = shop.get("orders/9").await;
    assert_eq!(order["updated_at"], "2026-11-22 09:30:20");
    let found = Search::all().filter("increment_id", "eq", "000000009");
    assert_eq!(shop.items("orders", &found).await, [order]);
}
