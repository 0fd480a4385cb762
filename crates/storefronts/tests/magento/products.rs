//! What products look like, and what belongs to them.

use std::collections::BTreeMap;

use flyball_storefronts::ProductKind;
use serde_json::{Value, json};

use crate::common::{Search, Shop, attribute, encoded, id, vendor_id};

async fn all(shop: &Shop) -> Vec<Value> {
    shop.items("products", &Search::all().sort("entity_id", "ASC")).await
}

fn of_type<'a>(products: &'a [Value], type_id: &str) -> Vec<&'a Value> {
    products.iter().filter(|product| product["type_id"] == type_id).collect()
}

#[tokio::test]
async fn values_of_attributes_are_texts_lists_here_and_there_and_never_numbers() {
    let shop = Shop::of(200, 0).await;
    let (mut texts, mut lists) = (0, 0);
    for product in all(&shop).await {
        for known in product["custom_attributes"].as_array().unwrap() {
            match &known["value"] {
                Value::String(_) => texts += 1,
                Value::Array(_) => {
                    assert_eq!(known["attribute_code"], "category_ids");
                    lists += 1;
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                    panic!("{known}")
                }
            }
        }
        assert!(product["status"] == 1 || product["status"] == 2);
        let (price, weight) = (product.get("price"), product.get("weight"));
        assert!(price.is_none_or(Value::is_number) && weight.is_none_or(Value::is_number));
        assert_ne!(price, Some(&Value::Null));
        if let Some(special) = attribute(&product, "special_price") {
            let digits = special.as_str().unwrap().split_once('.').unwrap().1;
            assert_eq!(digits.len(), 6);
        }
    }
    assert!(texts > 1_000 && lists > 50, "{texts} {lists}");
}

#[tokio::test]
async fn a_configurable_product_and_its_choices_name_each_other() {
    let shop = Shop::of(200, 0).await;
    let products = all(&shop).await;
    let by_id: BTreeMap<u64, &Value> = products.iter().map(|one| (id(one), one)).collect();
    let configurable = of_type(&products, "configurable");
    assert!(configurable.len() > 5);
    for product in configurable {
        let extension = &product["extension_attributes"];
        let option = &extension["configurable_product_options"][0];
        let label = option["label"].as_str().unwrap();
        let attributes =
            Search::all().filter("attribute_id", "eq", option["attribute_id"].as_str().unwrap());
        let attributes = shop.items("products/attributes", &attributes).await;
        let code = attributes[0]["attribute_code"].as_str().unwrap();
        assert_eq!(attributes[0]["default_frontend_label"], label);
        let labels: BTreeMap<&str, &Value> = attributes[0]["options"]
            .as_array()
            .unwrap()
            .iter()
            .map(|choice| (choice["value"].as_str().unwrap(), &choice["label"]))
            .collect();
        let sku = encoded(product["sku"].as_str().unwrap());
        let children = shop.get(&format!("configurable-products/{sku}/children")).await;
        let ids: Vec<u64> = children.as_array().unwrap().iter().map(id).collect();
        assert_eq!(json!(ids), extension["configurable_product_links"]);
        let values = option["values"].as_array().unwrap();
        assert_eq!(values.len(), ids.len());
        for (child, value) in ids.iter().zip(values) {
            let child = by_id[child];
            let chosen = attribute(child, code).unwrap().as_str().unwrap();
            assert_eq!(value["value_index"].to_string(), chosen);
            let name = child["name"].as_str().unwrap();
            assert!(name.ends_with(labels[chosen].as_str().unwrap()), "{name}");
            assert_eq!(child["visibility"], 1);
        }
        assert_eq!(product["price"], 0);
    }
}

#[tokio::test]
async fn bundles_groups_and_files_name_what_they_are_made_of() {
    let shop = Shop::of(400, 0).await;
    let products = all(&shop).await;
    let skus: Vec<&str> = products.iter().map(|one| one["sku"].as_str().unwrap()).collect();
    for product in of_type(&products, "bundle") {
        let sku = encoded(product["sku"].as_str().unwrap());
        let options = shop.get(&format!("bundle-products/{sku}/options/all")).await;
        assert_eq!(options, product["extension_attributes"]["bundle_product_options"]);
        for link in options[0]["product_links"].as_array().unwrap() {
            assert!(skus.contains(&link["sku"].as_str().unwrap()));
        }
        let refused = shop.call(&format!("configurable-products/{sku}/options/all")).await;
        assert_eq!(refused.status, 400);
    }
    for product in of_type(&products, "grouped") {
        assert!(product.get("price").is_none());
        for link in product["product_links"].as_array().unwrap() {
            assert_eq!(link["link_type"], "associated");
            assert!(skus.contains(&link["linked_product_sku"].as_str().unwrap()));
        }
    }
    let files = of_type(&products, "downloadable");
    assert!(!files.is_empty());
    let links = &files[0]["extension_attributes"]["downloadable_product_links"];
    assert!(links[0]["link_url"].as_str().unwrap().starts_with("https://files."));
    for type_id in ["bundle", "grouped", "virtual"] {
        assert!(!of_type(&products, type_id).is_empty(), "{type_id}");
    }
}

#[tokio::test]
async fn stock_stands_beside_the_product_and_its_change_moves_no_time() {
    let shop = Shop::of(60, 0).await;
    let products = all(&shop).await;
    let simple = of_type(&products, "simple");
    let product = simple[3];
    assert!(product["extension_attributes"].get("stock_item").is_none());
    let sku = product["sku"].as_str().unwrap();
    let alone = shop.get(&format!("products/{}", encoded(sku))).await;
    let item = shop.get(&format!("stockItems/{}", encoded(sku))).await;
    assert_eq!(alone["extension_attributes"]["stock_item"], item);
    let status = shop.get(&format!("stockStatuses/{}", encoded(sku))).await;
    assert_eq!((&status["stock_item"], &status["qty"]), (&item, &item["qty"]));
    let sources =
        shop.items("inventory/source-items", &Search::all().filter("sku", "in", sku)).await;
    let total: i64 = sources.iter().map(|source| source["quantity"].as_i64().unwrap()).sum();
    assert_eq!(json!(total), item["qty"]);
    let known = shop.get("inventory/sources").await;
    let codes: Vec<&Value> =
        known["items"].as_array().unwrap().iter().map(|one| &one["source_code"]).collect();
    assert!(sources.iter().all(|source| codes.contains(&&source["source_code"])));

    shop.pass_ms(3_600_000);
    let changed = vendor_id(id(product));
    shop.store.restock(&changed, 0, 4_321).unwrap();
    let after = shop.get(&format!("products/{}", encoded(sku))).await;
    assert_eq!(after["updated_at"], product["updated_at"]);
    assert_eq!(after["extension_attributes"]["stock_item"]["qty"], 4_321);
}

#[tokio::test]
async fn categories_form_a_tree_that_products_stand_in() {
    let shop = Shop::of(100, 0).await;
    let list = shop.items("categories/list", &Search::all().sort("entity_id", "ASC")).await;
    let by_id: BTreeMap<u64, &Value> = list.iter().map(|one| (id(one), one)).collect();
    assert_eq!(by_id[&1]["level"], 0);
    for category in &list[1..] {
        let parent = by_id[&category["parent_id"].as_u64().unwrap()];
        let path = format!("{}/{}", parent["path"].as_str().unwrap(), category["id"]);
        assert_eq!(category["path"], json!(path));
    }
    let tableware = list.iter().find(|one| one["name"] == "Tableware").unwrap();
    assert_eq!(tableware["level"], 4);
    let tree = shop.get("categories").await;
    assert_eq!(tree["id"], 2);
    assert!(tree.to_string().contains("Tableware"));
    let shallow = shop.get("categories?depth=1").await;
    assert!(!shallow.to_string().contains("Tableware"));
    let id = tableware["id"].to_string();
    let members = shop.get(&format!("categories/{id}/products")).await;
    let found = shop.items("products", &Search::all().filter("category_id", "eq", &id)).await;
    assert_eq!(members.as_array().unwrap().len(), found.len());
    for product in &found {
        let categories = attribute(product, "category_ids").unwrap().as_array().unwrap();
        assert!(categories.contains(&json!(id)));
    }
}

#[tokio::test]
async fn a_store_says_what_it_is() {
    let shop = Shop::of(5, 5).await;
    let configs = shop.get("store/storeConfigs").await;
    let config = &configs[0];
    assert_eq!(config["base_currency_code"], "EUR");
    assert_eq!(config["timezone"], "Europe/Berlin");
    assert_eq!(config["weight_unit"], "lbs");
    assert_eq!(config["secure_base_media_url"], "https://hearth---co.example.com/media/");
    assert_eq!(shop.get("store/websites").await[1]["code"], "base");
    assert_eq!(shop.get("store/storeViews").await[1]["code"], "default");
    assert_eq!(shop.get("store/storeGroups").await[1]["root_category_id"], 2);
    assert!(shop.get("modules").await.as_array().unwrap().contains(&json!("Magento_Catalog")));
}

#[tokio::test]
async fn a_product_that_is_added_brings_its_words_along() {
    let shop = Shop::of(40, 0).await;
    let configurable = |index: &u64| {
        let product = shop.store.get(&vendor_id(*index)).unwrap();
        matches!(product.kind, ProductKind::Configurable { .. }).then_some(product)
    };
    let mut product = (1..=40).find_map(|index| configurable(&index)).unwrap();
    product.kind = ProductKind::Simple;
    product.options[0].name = "Länge".to_owned();
    product.options[0].values[0] = "2½ m".to_owned();
    product.variants[0].option_values[0] = "2½ m".to_owned();
    for (place, variant) in product.variants.iter_mut().enumerate() {
        variant.sku = Some(format!("ROPE-{place}"));
    }
    product.sku = Some("ROPE".to_owned());
    shop.store.add(product).unwrap();
    let child = shop.get("products/ROPE-0").await;
    let chosen = attribute(&child, "l_nge").unwrap();
    let options = shop.get("products/attributes/l_nge/options").await;
    let label = options.as_array().unwrap().iter().find(|one| one["value"] == *chosen).unwrap();
    assert_eq!(label["label"], "2½ m");
    let whole = shop.get("products/ROPE").await;
    assert_eq!(whole["type_id"], "configurable");
    let label = &whole["extension_attributes"]["configurable_product_options"][0]["label"];
    assert_eq!(label, "Länge");
}
