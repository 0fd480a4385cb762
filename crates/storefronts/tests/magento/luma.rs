//! The Luma catalog, served.

use std::collections::BTreeSet;
use std::fs::File;

use flyball_storefronts::{Catalog, Stock};
use serde_json::{Value, json};

use crate::common::{Search, Shop, attribute, config, settings, shared};

async fn luma() -> Shop {
    let file = File::open(format!("{}/data/magento-luma-products.csv", shared())).unwrap();
    let stock = Stock::Catalog(Catalog::read(file).unwrap());
    Shop::open(config(stock, 200, settings())).await
}

#[tokio::test]
async fn every_product_of_the_file_is_served_once() {
    let shop = luma().await;
    let simple = Search::all().filter("type_id", "eq", "simple").fields("items[sku],total_count");
    assert_eq!(shop.get(&simple.of("products")).await["total_count"], 1_847);
    let all = shop.items("products", &Search::all().fields("items[sku]")).await;
    let skus: BTreeSet<String> = all.iter().map(|one| one["sku"].to_string()).collect();
    assert_eq!(skus.len(), 1_994);
    assert_eq!(shop.store.truth().count(), 1_994);
}

#[tokio::test]
async fn a_configurable_product_of_the_file_has_its_choices_and_attributes() {
    let shop = luma().await;
    let product = shop.get("products/MH01").await;
    assert_eq!(product["type_id"], "configurable");
    let children = shop.get("configurable-products/MH01/children").await;
    let children = children.as_array().unwrap();
    assert_eq!(children.len(), 15);
    let ids: Vec<&Value> = children.iter().map(|child| &child["id"]).collect();
    assert_eq!(json!(ids), product["extension_attributes"]["configurable_product_links"]);
    let labels: BTreeSet<&str> = product["extension_attributes"]["configurable_product_options"]
        .as_array()
        .unwrap()
        .iter()
        .map(|option| option["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, BTreeSet::from(["color", "size"]));

    let climate = attribute(&product, "climate").unwrap().as_str().unwrap();
    let options = shop.get("products/attributes/climate/options").await;
    let name = |value: &str| {
        let options = options.as_array().unwrap();
        options.iter().find(|one| one["value"] == value).unwrap()["label"].as_str().unwrap()
    };
    let names: BTreeSet<&str> = climate.split(',').map(name).collect();
    assert!(names.len() > 1 && names.contains("Cool"), "{names:?}");
    let definition = shop.get("products/attributes/climate").await;
    assert_eq!(definition["frontend_input"], "multiselect");
    let kinds = [("eco_collection", "boolean"), ("color", "select"), ("material", "multiselect")];
    for (code, input) in kinds {
        let definition = shop.get(&format!("products/attributes/{code}")).await;
        assert_eq!(definition["frontend_input"], input, "{code}");
    }
    assert!(["0", "1"].contains(&attribute(&product, "eco_collection").unwrap().as_str().unwrap()));
}

#[tokio::test]
async fn orders_are_drawn_from_the_file() {
    let shop = luma().await;
    let orders = shop.items("orders", &Search::all()).await;
    let skus: Vec<&str> = orders
        .iter()
        .flat_map(|order| order["items"].as_array().unwrap())
        .map(|item| item["sku"].as_str().unwrap())
        .collect();
    assert!(skus.iter().any(|sku| sku.starts_with("MH") || sku.starts_with("WS")), "{skus:?}");
}
