//! Answers that are cut to what was asked for.

use serde_json::json;

use crate::common::{Search, Shop};

#[tokio::test]
async fn only_what_was_asked_for_is_told() {
    let shop = Shop::of(10, 10).await;
    let search = Search::all().sort("entity_id", "ASC").page(2, 1);
    let ids = search.clone().fields("items[id,updated_at],total_count").of("products");
    let ids = shop.get(&ids).await;
    assert_eq!(ids.as_object().unwrap().len(), 2);
    assert_eq!(ids["total_count"], 10);
    for row in ids["items"].as_array().unwrap() {
        assert_eq!(row.as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "updated_at"]);
    }
    let below = "items[entity_id,items[sku],payment[method]]";
    let below = shop.get(&search.clone().fields(below).of("orders")).await;
    let order = &below["items"][0];
    assert_eq!(order.as_object().unwrap().len(), 3);
    assert_eq!(order["payment"].as_object().unwrap().keys().collect::<Vec<_>>(), ["method"]);
    assert!(order["items"][0].as_object().unwrap().contains_key("sku"));
    let attributes = "items[custom_attributes[url_key]]";
    let attributes = shop.get(&search.fields(attributes).of("products")).await;
    assert_eq!(
        attributes["items"][0]["custom_attributes"],
        json!([{"attribute_code": "url_key", "value": "product-0"}])
    );
}

#[tokio::test]
async fn a_single_record_is_cut_alike() {
    let shop = Shop::of(10, 10).await;
    assert_eq!(
        shop.get("orders/7?fields=entity_id,increment_id").await,
        json!({"entity_id": 7, "increment_id": "000000007"})
    );
}

#[tokio::test]
async fn what_can_not_be_read_leaves_nothing_as_php_writes_nothing() {
    let shop = Shop::of(10, 10).await;
    for fields in ["items[sku", "items(sku)", "unheard_of"] {
        assert_eq!(
            shop.get(&Search::all().fields(fields).of("products")).await,
            json!([]),
            "{fields}"
        );
    }
    let none = Search::all().filter("entity_id", "gt", "99").fields("items[id],total_count");
    assert_eq!(shop.get(&none.of("products")).await, json!({"items": null, "total_count": 0}));
}

#[tokio::test]
async fn ids_and_times_alone_are_those_of_the_whole_rows() {
    let shop = Shop::of(40, 40).await;
    let search = Search::all().filter("entity_id", "gt", "5").sort("updated_at", "DESC");
    for (resource, id) in [("products", "id"), ("orders", "entity_id")] {
        let whole = shop.items(resource, &search).await;
        let fields = format!("items[{id},updated_at,created_at]");
        let alone = shop.items(resource, &search.clone().fields(&fields)).await;
        assert_eq!(whole.len(), 35);
        for (whole, alone) in whole.iter().zip(&alone) {
            assert_eq!(alone.as_object().unwrap().len(), 3);
            for name in [id, "updated_at", "created_at"] {
                assert_eq!(whole[name], alone[name]);
            }
        }
    }
}
