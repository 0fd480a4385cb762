//! The truth that a store tells of its stock is what its answers say.

use flyball_domain::{Field, Product};
#[cfg(feature = "shared")]
use flyball_storefronts::ProductKind;
use flyball_storefronts::{Catalog, Plan, Stock};
use serde_json::{Value, json};

use crate::common::{Shop, config};

const EVERYTHING: &str = "query ($n: Int!, $after: String) { products(first: $n, after: $after) {
  pageInfo { hasNextPage endCursor }
  nodes {
    legacyResourceId title handle vendor productType status tags descriptionHtml createdAt updatedAt
    publishedAt totalInventory tracksInventory isGiftCard giftCardTemplateSuffix onlineStoreUrl
    hasVariantsThatRequiresComponents requiresSellingPlan templateSuffix
    category { id fullName } seo { title description }
    collections(first: 250) { nodes { legacyResourceId title } }
    options { id name values }
    variants(first: 250) { pageInfo { hasNextPage } nodes {
      legacyResourceId title sku barcode position price compareAtPrice inventoryQuantity
      inventoryPolicy taxable createdAt updatedAt image { id url } selectedOptions { name value }
      inventoryItem { id tracked requiresShipping measurement { weight { value unit } }
        unitCost { amount currencyCode }
        inventoryLevels(first: 3) { nodes { location { legacyResourceId name }
          quantities(names: [\"available\", \"on_hand\", \"committed\", \"incoming\", \"reserved\"]) {
            name quantity } } } } } }
    media(first: 250) { nodes { id alt status ... on MediaImage { image { url width height } } } }
    metafields(first: 250) { nodes { id namespace key type value updatedAt } }
  } } }";

fn tail(value: &Value) -> Value {
    value.as_str().unwrap().rsplit('/').next().unwrap().into()
}

fn lower(value: &Value) -> Value {
    value.as_str().unwrap().to_lowercase().into()
}

fn ms(value: &Value) -> Value {
    match value.as_str() {
        Some(text) => flyball_domain::UnixMillis::parse_rfc3339(text).unwrap().0.into(),
        None => Value::Null,
    }
}

fn money(amount: &Value) -> Value {
    if amount.is_null() { Value::Null } else { json!({"amount": amount, "currency": "EUR"}) }
}

fn each(list: &Value, make: impl Fn(&Value) -> Value) -> Value {
    list.as_array().unwrap().iter().map(make).collect()
}

/// A product as it was answered, in the shape of the domain's JSON.
fn answered(node: &Value) -> Value {
    json!({
        "id": node["legacyResourceId"],
        "updated_at": ms(&node["updatedAt"]),
        "created_at": ms(&node["createdAt"]),
        "published_at": ms(&node["publishedAt"]),
        "title": node["title"],
        "handle": node["handle"],
        "description_html": node["descriptionHtml"],
        "vendor": node["vendor"],
        "product_type": node["productType"],
        "status": lower(&node["status"]),
        "form": form(node),
        "tags": node["tags"],
        "categories": each(&node["collections"]["nodes"], |collection| json!({
            "id": collection["legacyResourceId"], "name": collection["title"],
        })),
        "options": each(&node["options"], |option| json!({
            "id": tail(&option["id"]), "name": option["name"], "values": option["values"],
        })),
        "variants": each(&node["variants"]["nodes"], variant),
        "images": each(&node["media"]["nodes"], |image| json!({
            "id": tail(&image["id"]),
            "url": image["image"]["url"],
            "alt": image["alt"],
            "width": image["image"]["width"],
            "height": image["image"]["height"],
            "extra": {"status": image["status"]},
        })),
        "custom_fields": each(&node["metafields"]["nodes"], |field| json!({
            "id": tail(&field["id"]),
            "namespace": field["namespace"],
            "key": field["key"],
            "value_type": field["type"],
            "value": field["value"],
            "updated_at": ms(&field["updatedAt"]),
        })),
        "extra": {
            "totalInventory": node["totalInventory"],
            "tracksInventory": node["tracksInventory"],
            "giftCardTemplateSuffix": node["giftCardTemplateSuffix"],
            "hasVariantsThatRequiresComponents": node["hasVariantsThatRequiresComponents"],
            "onlineStoreUrl": node["onlineStoreUrl"],
            "requiresSellingPlan": node["requiresSellingPlan"],
            "templateSuffix": node["templateSuffix"],
            "category": node["category"],
            "seo": node["seo"],
        },
    })
}

fn form(node: &Value) -> Value {
    let variants = node["variants"]["nodes"].as_array().unwrap();
    if node["isGiftCard"] == true {
        "gift_card".into()
    } else if variants.iter().all(|variant| variant["inventoryItem"]["requiresShipping"] == false) {
        "virtual".into()
    } else {
        "simple".into()
    }
}

fn level(node: &Value) -> Value {
    let quantities = node["quantities"].as_array().unwrap().iter();
    let mut extra: serde_json::Map<_, _> = quantities
        .map(|quantity| {
            (quantity["name"].as_str().unwrap().to_owned(), quantity["quantity"].clone())
        })
        .collect();
    json!({
        "location_id": node["location"]["legacyResourceId"],
        "location": node["location"]["name"],
        "available": extra.remove("available"),
        "extra": extra,
    })
}

fn variant(node: &Value) -> Value {
    let item = &node["inventoryItem"];
    let weight = &item["measurement"]["weight"];
    json!({
        "id": node["legacyResourceId"],
        "title": node["title"],
        "sku": node["sku"],
        "barcode": node["barcode"],
        "position": node["position"],
        "price": money(&node["price"]),
        "compare_at_price": money(&node["compareAtPrice"]),
        "unit_cost": money(&item["unitCost"]["amount"]),
        "stock": node["inventoryQuantity"],
        "stock_tracked": item["tracked"],
        "stock_levels": each(&item["inventoryLevels"]["nodes"], level),
        "taxable": node["taxable"],
        "requires_shipping": item["requiresShipping"],
        "weight": if weight.is_null() { Value::Null } else { json!({
            "value": weight["value"].to_string(), "unit": lower(&weight["unit"]),
        }) },
        "selected_options": each(&node["selectedOptions"], |option| {
            json!([option["name"], option["value"]])
        }),
        "created_at": ms(&node["createdAt"]),
        "updated_at": ms(&node["updatedAt"]),
        "extra": {
            "image": node["image"],
            "inventoryPolicy": node["inventoryPolicy"],
            "inventoryItemId": item["id"],
        },
    })
}

async fn is_told_truly(shop: &Shop) {
    let mut truth = shop.store.truth();
    let mut after = Value::Null;
    loop {
        shop.pass_ms(60_000);
        let data = shop.data(EVERYTHING, json!({"n": 2, "after": after})).await;
        for node in data["products"]["nodes"].as_array().unwrap() {
            let mut expected: Product = truth.next().unwrap();
            if node["variants"]["pageInfo"]["hasNextPage"] == true
                && let Field::Value(variants) = &mut expected.variants
            {
                variants.truncate(250);
            }
            assert_eq!(answered(node), serde_json::to_value(&expected).unwrap());
        }
        if data["products"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = data["products"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(truth.next(), None);
}

#[tokio::test]
async fn of_generated_products() {
    is_told_truly(&Shop::of(150).await).await;
}

#[tokio::test]
async fn of_products_from_a_file() {
    let catalog = Catalog::read(&include_bytes!("../data/catalog.csv")[..]).unwrap();
    is_told_truly(&Shop::open(config(Stock::Catalog(catalog), Plan::Enterprise)).await).await;
}

#[cfg(feature = "shared")]
fn shared_catalog(name: &str) -> Catalog {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the shared folder is, is told to the test"
    )]
    let shared = std::env::var("FLYBALL_SHARED").expect("the variable FLYBALL_SHARED");
    let file = std::fs::File::open(format!("{shared}/data/{name}")).unwrap();
    Catalog::read(file).unwrap()
}

/// The catalog of a sample store in Magento's own format.
#[cfg(feature = "shared")]
#[tokio::test]
async fn of_a_real_catalog_in_magentos_format() {
    let catalog = shared_catalog("magento-luma-products.csv");
    let of_kind = |holds: fn(&ProductKind) -> bool| {
        catalog.products().iter().filter(|product| holds(&product.kind)).count()
    };
    assert_eq!(catalog.len(), 1_994);
    assert_eq!(of_kind(|kind| *kind == ProductKind::Simple), 1_847);
    assert_eq!(of_kind(|kind| matches!(kind, ProductKind::Configurable { .. })), 147);
    let children = catalog.products().iter().filter(|product| product.parent.is_some()).count();
    assert_eq!(children, 1_847);
    for (name, products) in [("bags", 14), ("fitness_equipment", 9), ("watches", 9)] {
        let gear = shared_catalog(&format!("magento-luma-products_gear_{name}.csv"));
        assert_eq!(gear.len(), products, "{name}");
    }
    // Where variants are inside their product, the choices are not products besides.
    let shop = Shop::open(config(Stock::Catalog(catalog), Plan::Enterprise)).await;
    assert_eq!(shop.store.len(), 147);
    is_told_truly(&shop).await;
}

/// The three catalogs in Shopify's own format that are not part of this repository.
#[cfg(feature = "shared")]
#[tokio::test]
async fn of_real_catalogs() {
    for (name, products) in [
        ("shopify-apparel.csv", 20),
        ("shopify-home-and-garden.csv", 20),
        ("shopify-jewelery.csv", 20),
    ] {
        let catalog = shared_catalog(name);
        assert_eq!(catalog.len(), products, "{name}");
        is_told_truly(&Shop::open(config(Stock::Catalog(catalog), Plan::Enterprise)).await).await;
    }
}
