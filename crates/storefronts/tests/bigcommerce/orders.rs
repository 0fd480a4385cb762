//! The lists of orders and what is below them.

use serde_json::{Value, json};

use crate::common::{Shop, id};

#[tokio::test]
async fn a_window_of_changes_is_read_in_both_notations_and_sorted_as_asked() {
    let shop = Shop::of(20, 120).await;
    let by_change = shop.rows("/v2/orders?limit=250&sort=date_modified:asc").await;
    assert_eq!(by_change.len(), 120);
    let mail = by_change[60]["date_modified"].as_str().unwrap();
    let moment = jiff::fmt::rfc2822::parse(mail).unwrap().timestamp();
    let encoded = mail.replace(' ', "%20").replace('+', "%2B");
    let from: Vec<_> = by_change
        .iter()
        .filter(|row| {
            let at = jiff::fmt::rfc2822::parse(row["date_modified"].as_str().unwrap());
            at.unwrap().timestamp() >= moment
        })
        .map(id)
        .collect();
    for min in [encoded, moment.to_string(), moment.to_string().replace('Z', "%2B00:00")] {
        let path = format!("/v2/orders?limit=250&sort=date_modified:asc&min_date_modified={min}");
        assert_eq!(shop.ids(&path).await, from, "{min}");
        let path = format!("/v2/orders?limit=250&sort=date_modified:desc&min_date_modified={min}");
        let backwards: Vec<_> = from.iter().rev().copied().collect();
        assert_eq!(shop.ids(&path).await, backwards, "{min}");
    }
}

#[tokio::test]
async fn orders_can_be_narrowed_down_by_what_they_are() {
    let shop = Shop::of(20, 120).await;
    let all = shop.rows("/v2/orders?limit=250").await;
    for (query, field, wanted) in [
        ("status_id=10", "status_id", json!(10)),
        ("customer_id=0", "customer_id", json!(0)),
        ("payment_method=PayPal", "payment_method", json!("PayPal")),
        ("is_deleted=false", "is_deleted", json!(false)),
    ] {
        let is = |row: &&Value| row[field] == wanted;
        let expected: Vec<_> = all.iter().filter(is).map(id).collect();
        assert!(!expected.is_empty(), "{query}");
        assert_eq!(shop.ids(&format!("/v2/orders?limit=250&{query}")).await, expected, "{query}");
    }
    assert_eq!(shop.ids("/v2/orders?min_id=110&max_id=112&sort=id:desc").await, [112, 111, 110]);
    let total = |row: &Value| row["total_inc_tax"].as_str().unwrap().parse::<f64>().unwrap();
    let expected: Vec<_> = all.iter().filter(|row| total(row) >= 100.0).map(id).collect();
    assert_eq!(shop.ids("/v2/orders?limit=250&min_total=100").await, expected);
}

#[tokio::test]
async fn orders_are_counted_by_their_statuses() {
    let shop = Shop::of(20, 120).await;
    let body = shop.get("/v2/orders/count").await;
    assert_eq!(body["count"], 120);
    let statuses = body["statuses"].as_array().unwrap();
    let sum: u64 = statuses.iter().map(|status| status["count"].as_u64().unwrap()).sum();
    assert_eq!((statuses.len(), sum), (15, 120));
    for status in statuses {
        let path = format!("/v2/orders?limit=250&status_id={}", id(status));
        let found = shop.rows(&path).await.len();
        assert_eq!(status["count"], found, "{}", status["name"]);
    }
    assert!(statuses.iter().filter(|status| status["count"] != 0).count() > 6);
}

#[tokio::test]
async fn consignments_are_folded_in_as_objects_only_where_the_structure_is_asked_for() {
    let shop = Shop::of(600, 120).await;
    let link = shop.rows("/v2/orders?include=consignments.line_items").await;
    assert!(link[0]["consignments"]["resource"].is_string());
    let object = "consignment_structure=object&limit=250";
    let mut kinds = std::collections::BTreeSet::new();
    let whole = shop.rows(&format!("/v2/orders?include=consignments&{object}")).await;
    let with_lines =
        shop.rows(&format!("/v2/orders?include=consignments.line_items,fees&{object}")).await;
    for (whole, with_lines) in whole.iter().zip(&with_lines) {
        let own = shop.get(&format!("/v2/orders/{}/consignments", id(whole))).await;
        assert_eq!(own, whole["consignments"]);
        let mut lines = shop.rows(&format!("/v2/orders/{}/products?limit=250", id(whole))).await;
        let consignments = &with_lines["consignments"];
        let mut found = Vec::new();
        for (kind, list) in [
            ("shipping", &consignments["shipping"]),
            ("pickups", &consignments["pickups"]),
            ("downloads", &consignments["downloads"]),
            ("email", &consignments["email"]["gift_certificates"]),
        ] {
            for consignment in list.as_array().unwrap() {
                kinds.insert(kind);
                found.extend(consignment["line_items"].as_array().unwrap().iter().cloned());
            }
        }
        lines.sort_by_key(id);
        found.sort_by_key(id);
        assert_eq!(found, lines);
        assert_eq!(with_lines["fees"], json!([]));
    }
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}

/// The addresses of all links, however deep.
fn links(value: &Value, found: &mut Vec<(String, String)>) {
    if let (Some(url), Some(resource)) = (value["url"].as_str(), value["resource"].as_str()) {
        found.push((url.to_owned(), resource.to_owned()));
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|value| links(value, found)),
        Value::Array(items) => items.iter().for_each(|item| links(item, found)),
        _ => {}
    }
}

/// They lead to the vendor's own host, at the path that answers.
#[tokio::test]
async fn every_link_leads_to_something() {
    let shop = Shop::of(20, 10).await;
    let mut found = Vec::new();
    for call in ["/v2/orders", "/v2/orders?include=consignments&consignment_structure=object"] {
        for order in shop.rows(call).await {
            links(&order, &mut found);
            let path = format!("/v2/orders/{}/shipping_addresses", id(&order));
            links(&shop.rows(&path).await.into(), &mut found);
        }
    }
    assert!(found.len() > 100, "{}", found.len());
    for (url, resource) in found {
        let path = url.strip_prefix("https://api.bigcommerce.com/stores/a1b2c3").unwrap();
        assert_eq!(path, format!("/v2{resource}"));
        let status = shop.call(path).await.status;
        assert!([200, 204].contains(&status), "{path}: {status}");
    }
}

#[tokio::test]
async fn amounts_add_up() {
    let shop = Shop::of(40, 120).await;
    let amount = |row: &Value, name: &str| -> rust_decimal::Decimal {
        row[name].as_str().unwrap_or_else(|| panic!("{name}")).parse().unwrap()
    };
    for order in shop.rows("/v2/orders?limit=250").await {
        let of = |name: &str| amount(&order, name);
        let off = of("coupon_discount") + of("discount_amount");
        assert_eq!(
            of("total_inc_tax"),
            of("subtotal_inc_tax") + of("shipping_cost_inc_tax") - off,
            "{order}"
        );
        assert_eq!(of("total_tax"), of("subtotal_tax") + of("shipping_cost_tax"));
        assert_eq!(of("total_inc_tax") - of("total_ex_tax"), of("total_tax"));
        let number = id(&order);
        let lines = shop.rows(&format!("/v2/orders/{number}/products?limit=250")).await;
        let sum: rust_decimal::Decimal =
            lines.iter().map(|line| amount(line, "total_inc_tax")).sum();
        assert_eq!(of("subtotal_inc_tax"), sum);
        let taxes = shop.rows(&format!("/v2/orders/{number}/taxes?limit=250&details=true")).await;
        let each: rust_decimal::Decimal = taxes.iter().map(|tax| amount(tax, "line_amount")).sum();
        let taxes = shop.rows(&format!("/v2/orders/{number}/taxes")).await;
        let all: rust_decimal::Decimal = taxes.iter().map(|tax| amount(tax, "line_amount")).sum();
        assert_eq!((each, all), (of("total_tax"), of("total_tax")));
        for text in [&order["total_tax"], &lines[0]["base_price"]] {
            assert_eq!(text.as_str().unwrap().split('.').nth(1).unwrap().len(), 4);
        }
    }
}

#[tokio::test]
async fn refunds_come_for_many_orders_at_once() {
    let shop = Shop::of(40, 120).await;
    let all = shop.rows("/v3/orders/payment_actions/refunds?limit=250").await;
    assert!(all.len() > 10);
    let orders: std::collections::BTreeSet<u64> =
        all.iter().map(|refund| refund["order_id"].as_u64().unwrap()).collect();
    let some: Vec<_> = orders.iter().take(3).map(u64::to_string).collect();
    let path = format!("/v3/orders/payment_actions/refunds?order_id:in={}", some.join(","));
    let found = shop.ids(&path).await;
    let mut expected = Vec::new();
    for order in &some {
        expected.extend(shop.ids(&format!("/v3/orders/{order}/payment_actions/refunds")).await);
    }
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_was_chosen_leads_to_the_options_of_the_product() {
    let shop = Shop::of(200, 60).await;
    let mut chosen = 0;
    for order in shop.rows("/v2/orders?limit=60").await {
        for line in shop.rows(&format!("/v2/orders/{}/products?limit=250", id(&order))).await {
            let options = line["product_options"].as_array().unwrap();
            for option in options.iter().filter(|option| option["type"] == "Multiple choice") {
                let path = format!("/v3/catalog/products/{}/options", line["product_id"]);
                let rows = shop.rows(&path).await;
                let of = rows.iter().find(|row| row["id"] == option["option_id"]).unwrap();
                let values = of["option_values"].as_array().unwrap();
                let number: u64 = option["value"].as_str().unwrap().parse().unwrap();
                let value = values.iter().find(|value| id(value) == number);
                assert_eq!(value.unwrap()["label"], option["display_value"]);
                chosen += 1;
            }
        }
    }
    assert!(chosen > 20, "{chosen}");
}
