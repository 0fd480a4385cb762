//! What lists can be narrowed down by.

use serde_json::{Value, json};

use crate::common::{Shop, id};

async fn count(shop: &Shop, path: &str) -> usize {
    shop.rows(path).await.len()
}

#[tokio::test]
async fn ids_can_be_bounded_listed_and_left_out() {
    let shop = Shop::of(60, 0).await;
    for (query, expected) in [
        ("id=81", vec![81]),
        ("id:in=99,81,7", vec![81, 99]),
        ("id:greater=136", vec![137, 138, 139]),
        ("id:min=136&id:max=137", vec![136, 137]),
        ("id:less=82", vec![80, 81]),
        ("id:less=84&id:not_in=81,82", vec![80, 83]),
        ("id:greater=136&direction=desc", vec![139, 138, 137]),
        ("id:in=81,99&id:greater=90", vec![99]),
        ("id:in=7", vec![]),
    ] {
        assert_eq!(shop.ids(&format!("/v3/catalog/products?{query}")).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_window_of_changes_includes_both_of_its_ends() {
    let shop = Shop::of(60, 0).await;
    let all = shop.rows("/v3/catalog/products?limit=250&sort=date_modified").await;
    let at = |place: usize| all[place]["date_modified"].as_str().unwrap().replace('+', "%2B");
    let window = format!("date_modified:min={}&date_modified:max={}", at(10), at(20));
    let found = shop.ids(&format!("/v3/catalog/products?{window}&sort=date_modified")).await;
    let ends = (&all[10]["date_modified"], &all[20]["date_modified"]);
    let expected: Vec<_> = all
        .iter()
        .filter(|row| {
            let at = row["date_modified"].as_str();
            at >= ends.0.as_str() && at <= ends.1.as_str()
        })
        .map(id)
        .collect();
    assert_eq!(found, expected);
    assert!(found.len() >= 11);
    let mut by_id = expected;
    by_id.sort_unstable();
    assert_eq!(shop.ids(&format!("/v3/catalog/products?{window}")).await, by_id);
}

/// `products_catalog.v3.yml`: "If the `date modified:min` does not include hours, minutes and
/// seconds, the API automatically adds the current time of the request to the date."
#[tokio::test]
async fn a_date_without_a_time_gets_the_time_of_the_request() {
    let shop = Shop::of(10, 0).await;
    // The store's clock says 09:30:15; one product changes just before, one just after that time.
    shop.touch(83);
    shop.pass_ms(1_000);
    shop.touch(84);
    shop.pass_ms(60_000);
    let today = "/v3/catalog/products?date_modified:min=2026-11-22";
    assert_eq!(count(&shop, today).await, 0);
    assert_eq!(
        count(&shop, "/v3/catalog/products?date_modified:min=2026-11-22T00:00:00Z").await,
        2
    );
    assert_eq!(count(&shop, "/v3/catalog/products?date_modified:max=2026-11-22").await, 10);
    // The next day at 09:30:15 the same call finds what the trap hid.
    shop.pass_ms(86_400_000 - 60_000);
    assert_eq!(shop.ids(today).await, [84]);
    shop.pass_ms(86_400_000 - 1_000);
    assert_eq!(shop.ids(today).await, [83, 84]);
}

#[tokio::test]
async fn contents_can_be_tested_and_sorted_by() {
    let shop = Shop::of(60, 0).await;
    let all = shop.rows("/v3/catalog/products?limit=250").await;
    let one = &all[7];
    let brand = one["brand_id"].as_u64().unwrap();
    for (query, field, wanted) in [
        (format!("brand_id={brand}"), "brand_id", &one["brand_id"]),
        ("is_visible=true".to_owned(), "is_visible", &json!(true)),
        ("is_visible=false".to_owned(), "is_visible", &json!(false)),
        ("type=digital".to_owned(), "type", &json!("digital")),
        ("availability=disabled".to_owned(), "availability", &json!("disabled")),
        (
            format!("inventory_level={}", one["inventory_level"]),
            "inventory_level",
            &one["inventory_level"],
        ),
    ] {
        let expected: Vec<_> = all.iter().filter(|row| row[field] == *wanted).map(id).collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{query}");
        let found = shop.ids(&format!("/v3/catalog/products?limit=250&{query}")).await;
        assert_eq!(found, expected, "{query}");
    }
    let sorted = shop.rows("/v3/catalog/products?limit=250&sort=price&direction=desc").await;
    let prices: Vec<_> = sorted.iter().map(|row| row["price"].as_f64().unwrap()).collect();
    assert!(prices.is_sorted_by(|left, right| left >= right));
    assert_eq!(sorted.len(), 60);
}

#[tokio::test]
async fn only_the_fields_that_are_asked_for_are_answered_and_the_id() {
    let shop = Shop::of(10, 0).await;
    let path = "/v3/catalog/products?limit=1";
    let keys = |row: &Value| row.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let rows = shop.rows(&format!("{path}&include_fields=date_modified")).await;
    assert_eq!(keys(&rows[0]), ["id", "date_modified"]);
    let rows = shop.rows(&format!("{path}&include_fields=name,sku&include=variants")).await;
    assert_eq!(keys(&rows[0]), ["id", "name", "sku", "variants"]);
    let rows = shop.rows(&format!("{path}&exclude_fields=description,id")).await;
    assert!(rows[0].get("description").is_none() && rows[0].get("id").is_some());
}

#[tokio::test]
async fn what_comes_with_products_can_be_asked_for_on_its_own() {
    let shop = Shop::of(60, 0).await;
    let path =
        "/v3/catalog/products?limit=250&include=variants,images,custom_fields,bulk_pricing_rules";
    let mut variants = Vec::new();
    for product in shop.rows(path).await {
        let own = format!("/v3/catalog/products/{}", id(&product));
        for (part, name) in [
            ("variants", "variants"),
            ("images", "images"),
            ("custom-fields", "custom_fields"),
            ("bulk-pricing-rules", "bulk_pricing_rules"),
        ] {
            let mut rows = Vec::new();
            for page in 1.. {
                let found = shop.rows(&format!("{own}/{part}?limit=250&page={page}")).await;
                if found.is_empty() {
                    break;
                }
                rows.extend(found);
            }
            assert_eq!(Value::from(rows), product[name], "{own}/{part}");
        }
        variants.extend(product["variants"].as_array().unwrap().iter().map(id));
    }
    let mut all = Vec::new();
    for page in 1..=variants.len().div_ceil(250) {
        all.extend(shop.ids(&format!("/v3/catalog/variants?limit=250&page={page}")).await);
    }
    assert_eq!(all, variants);
}

#[tokio::test]
async fn brands_and_categories_have_the_names_behind_the_ids_of_products() {
    let shop = Shop::of(60, 0).await;
    for (list, field) in [("brands", "brand_id"), ("categories", "categories")] {
        let mut named = 0;
        for product in shop.rows("/v3/catalog/products?limit=250").await {
            let ids = match &product[field] {
                Value::Array(ids) => ids.clone(),
                id => vec![id.clone()],
            };
            for number in ids.iter().filter_map(Value::as_u64).filter(|number| *number > 0) {
                let path =
                    format!("/v3/catalog/{list}?id:in={number}&include_fields=name&limit=250");
                let rows = shop.rows(&path).await;
                assert_eq!((rows.len(), id(&rows[0])), (1, number));
                assert!(!rows[0]["name"].as_str().unwrap().is_empty());
                named += 1;
            }
        }
        assert!(named > 20, "{list}");
    }
}
