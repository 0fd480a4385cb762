//! The truth that a store tells of its stock is what its answers say.

use flyball_storefronts::{Catalog, Stock};
use serde_json::Value;

use crate::common::{Shop, config, id, vendor_id};
use crate::reading::{self, Below, Names};

const PRODUCTS: &str = "/v3/catalog/products?limit=50&include=variants,images,custom_fields,\
                        bulk_pricing_rules,videos,channels,parent_relations";
const ORDERS: &str = "/v2/orders?limit=50&include=consignments.line_items,fees&\
                      consignment_structure=object";

/// The first place where two values differ.
fn difference(at: &str, left: &Value, right: &Value) -> Option<String> {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            let names = a.keys().chain(b.keys());
            let mut inner = names.map(|name| {
                let none = Value::from("(nothing)");
                let (a, b) = (a.get(name).unwrap_or(&none), b.get(name).unwrap_or(&none));
                difference(&format!("{at}.{name}"), a, b)
            });
            inner.find_map(|found| found)
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut inner = a.iter().zip(b).enumerate();
            inner.find_map(|(place, (a, b))| difference(&format!("{at}[{place}]"), a, b))
        }
        _ => (left != right).then(|| format!("{at}: {left} is not {right}")),
    }
}

async fn names(shop: &Shop) -> Names {
    let mut names = Names::default();
    for row in shop.rows("/v3/catalog/brands?limit=250").await {
        names.brands.insert(id(&row), row["name"].as_str().unwrap().to_owned());
    }
    for row in shop.rows("/v3/catalog/categories?limit=250").await {
        names.categories.insert(id(&row), row["name"].as_str().unwrap().to_owned());
    }
    names
}

async fn products_are_told_truly(shop: &Shop) {
    let names = names(shop).await;
    let mut truth = shop.store.truth();
    for page in 1.. {
        let rows = shop.rows(&format!("{PRODUCTS}&page={page}")).await;
        if rows.is_empty() {
            break;
        }
        for said in rows {
            let path = format!("/v3/catalog/products/{}/metafields?limit=250", id(&said));
            let answered = reading::product(&said, &shop.rows(&path).await, &names);
            let expected = serde_json::to_value(truth.next().unwrap()).unwrap();
            assert_eq!(difference("", &answered, &expected), None, "{}", said["id"]);
        }
    }
    assert_eq!(truth.next(), None);
}

#[tokio::test]
async fn of_generated_products() {
    products_are_told_truly(&Shop::of(150, 0).await).await;
}

#[tokio::test]
async fn of_products_from_a_file() {
    let catalog = Catalog::read(&include_bytes!("../data/catalog.csv")[..]).unwrap();
    products_are_told_truly(&Shop::open(config(Stock::Catalog(catalog), 0)).await).await;
}

/// The three catalogs in Shopify's own format that are not part of this repository.
#[cfg(feature = "shared")]
#[tokio::test]
async fn of_real_catalogs() {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the shared folder is, is told to the test"
    )]
    let shared = std::env::var("FLYBALL_SHARED").expect("the variable FLYBALL_SHARED");
    for name in ["shopify-apparel.csv", "shopify-home-and-garden.csv", "shopify-jewelery.csv"] {
        let file = std::fs::File::open(format!("{shared}/data/{name}")).unwrap();
        let catalog = Catalog::read(file).unwrap();
        products_are_told_truly(&Shop::open(config(Stock::Catalog(catalog), 0)).await).await;
    }
}

#[tokio::test]
async fn of_orders() {
    let shop = Shop::of(150, 200).await;
    let mut truth = shop.store.true_orders();
    for page in 1.. {
        let rows = shop.rows(&format!("{ORDERS}&page={page}")).await;
        if rows.is_empty() {
            break;
        }
        for said in rows {
            let number = id(&said);
            let below = Below {
                coupons: shop.rows(&format!("/v2/orders/{number}/coupons")).await,
                taxes: all(&shop, &format!("/v2/orders/{number}/taxes?details=true")).await,
                transactions: shop.rows(&format!("/v3/orders/{number}/transactions")).await,
                refunds: shop.rows(&format!("/v3/orders/{number}/payment_actions/refunds")).await,
                shipments: shop.rows(&format!("/v2/orders/{number}/shipments")).await,
            };
            let answered = reading::order(&said, &below);
            let expected = serde_json::to_value(truth.next().unwrap()).unwrap();
            assert_eq!(difference("", &answered, &expected), None, "{number}");
        }
    }
    assert_eq!(truth.next(), None);
}

/// All pages of a list.
async fn all(shop: &Shop, path: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for page in 1.. {
        let rows = shop.rows(&format!("{path}&limit=250&page={page}")).await;
        if rows.is_empty() {
            break;
        }
        all.extend(rows);
    }
    all
}

/// What of a product has no place in a record is kept as the API says it; that is the stock's too.
#[tokio::test]
async fn of_what_a_record_keeps_under_the_vendors_names() {
    let shop = Shop::of(150, 0).await;
    let text = |value: &Value| value.to_string().trim_matches('"').to_owned();
    let amount = |value: &Value| text(value).parse::<rust_decimal::Decimal>().unwrap();
    for page in 1..=3 {
        for said in shop.rows(&format!("{PRODUCTS}&page={page}")).await {
            let stock = shop.store.get(&vendor_id(id(&said))).unwrap();
            let variants = said["variants"].as_array().unwrap();
            for (said, stock) in variants.iter().zip(&stock.variants) {
                assert_eq!(amount(&said["calculated_price"]), stock.price);
                assert_eq!(text(&said["inventory_level"]), stock.quantity.max(0).to_string());
            }
            assert_eq!(variants.len(), stock.variants.len().min(600));
            assert_eq!(amount(&said["calculated_price"]), stock.variants[0].price);
            assert_eq!(text(&said["search_keywords"]), stock.tags.join(","));
            let numbers: Vec<_> = stock.collections.iter().map(|of| of.number).collect();
            assert_eq!(said["categories"], Value::from(numbers));
            assert_eq!(said["page_title"], stock.seo_title.as_deref().unwrap_or_default());
            assert_eq!(said["meta_description"], stock.seo_description.unwrap_or_default());
        }
    }
}

#[tokio::test]
async fn a_change_and_a_deletion_are_part_of_the_truth() {
    let shop = Shop::of(20, 0).await;
    shop.touch(83);
    shop.delete(84);
    products_are_told_truly(&shop).await;
    assert_eq!(shop.store.truth().count(), 19);
}
