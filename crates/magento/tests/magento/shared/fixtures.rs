//! Payloads that others published.

use flyball_connector::{Class, Connector, DecodeContext, Failure, Rejection, Span, Step};
use flyball_domain::{
    Field, FulfillmentStatus, Kind, Order, Product, ProductForm, RecordBody, Row,
};
use flyball_magento::decode;
use serde_json::Value;

use super::shared;
use crate::common::{NOW, connector, plan};

fn published(name: &str) -> String {
    shared(format!("fixtures/magento/{name}"))
}

fn decoded(kind: Kind, payload: &str) -> Vec<Row> {
    let context = DecodeContext { currency: "USD".parse().ok() };
    decode(kind, payload.as_bytes(), &context).unwrap().rows
}

fn product(payload: &str) -> Product {
    match decoded(Kind::Products, payload).remove(0) {
        Row::Good(record) => match record.body {
            RecordBody::Product(product) => *product,
            RecordBody::Order(_) => panic!("an order"),
        },
        row => panic!("{row:?}"),
    }
}

fn order(payload: &str) -> Order {
    match decoded(Kind::Orders, payload).remove(0) {
        Row::Good(record) => match record.body {
            RecordBody::Order(order) => *order,
            RecordBody::Product(_) => panic!("a product"),
        },
        row => panic!("{row:?}"),
    }
}

#[test]
fn products_as_published_become_records() {
    let simple = product(&published("product_simple_with_custom_attributes.json"));
    assert_eq!(simple.form, Field::Value(ProductForm::Simple));
    let variant = &simple.variants.value().unwrap()[0];
    assert_eq!(variant.sku, Field::Value("MS-Champ-S".to_owned()));
    assert_eq!(variant.price.value().unwrap().to_string(), "25 USD");
    assert_eq!((&variant.stock, &variant.taxable), (&Field::Value(10), &Field::Value(true)));
    assert_eq!(simple.categories.value().unwrap().len(), 3);
    assert_eq!(simple.handle, Field::Value("champ-tee-small".to_owned()));
    assert_eq!(simple.custom_fields.value().unwrap().len(), 9);

    let configurable = product(&published("product_configurable.json"));
    assert_eq!(configurable.form, Field::Value(ProductForm::Configurable));
    assert_eq!(configurable.components, Field::Value(vec![]));
}

#[test]
fn an_order_as_published_becomes_a_record() {
    let order = order(&published("order_two_items_configurable.json"));
    assert_eq!(order.number, Field::Value("000000003".to_owned()));
    let totals = order.totals.value().unwrap();
    assert_eq!(totals.total.value().unwrap().shop.to_string(), "165 USD");
    assert_eq!(order.customer_id.value().unwrap().as_str(), "3");
    let line = &order.lines.value().unwrap()[0];
    assert_eq!(line.unit_price.value().unwrap().shop.to_string(), "22 USD");
    assert_eq!(line.sku, Field::Value("WS12-M-Orange".to_owned()));
    assert_eq!(order.fulfillment_status, Field::Value(FulfillmentStatus::Unfulfilled));
    let personal = order.personal.value().unwrap();
    assert_eq!(personal.name, Field::Value("Jane Doe".to_owned()));
    assert_eq!(personal.shipping_addresses.value().unwrap().len(), 1);
    let shipping = &order.shipping_lines.value().unwrap()[0];
    assert_eq!(shipping.code, Field::Value("tablerate_bestway".to_owned()));
}

/// A trimmed page has neither times of change nor anything else that a record needs.
#[test]
fn a_trimmed_page_is_of_rows_that_say_what_they_lack() {
    let rows = decoded(Kind::Orders, &published("search_orders_fields_filtered.json"));
    assert_eq!(rows.len(), 3);
    for row in rows {
        let Row::Bad(bad) = row else { panic!("{row:?}") };
        assert_eq!(bad.reason, "updated_at: found nothing where a time was expected");
        assert!(bad.id.is_some());
    }
}

/// The document is of a search index, which wraps the product and adds to it; its end is a fragment.
#[test]
fn the_product_of_a_published_index_document_becomes_a_record() {
    let text = published("product_luma_es_document.json");
    let mut documents = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let document = documents.next().unwrap().unwrap();
    let product = product(&document["_source"].to_string());
    assert_eq!(product.title, Field::Value("Go-Get'r Pushup Grips".to_owned()));
    assert_eq!(product.custom_fields, Field::Null);
    assert!(product.extra.get("configurable_options").is_some());
}

fn refused(status: u16, name: &str) -> Failure {
    let mut walk = connector().walk(&plan(Kind::Orders, Span::Listing)).unwrap();
    for _ in 0..3 {
        let Step::Call(_) = walk.next() else { panic!("no call") };
        let body = published(name).into_bytes();
        let reply = http::Response::builder().status(status).body(body).unwrap();
        if let Err(failure) = walk.absorb(reply, NOW) {
            return failure;
        }
    }
    panic!("no failure");
}

#[test]
fn errors_as_published_are_told_in_whole_sentences() {
    let failure = refused(400, "error_400_with_parameters.json");
    assert_eq!(failure.evidence.message, "Invalid product data: Invalid attribute set entity type");
    let failure = refused(401, "error_401_consumer.json");
    assert_eq!(
        failure.evidence.message,
        "The consumer isn't authorized to access Magento_Catalog::products."
    );
    assert_ne!(failure.class, Class::Rejected(Rejection::Permission), "not by the first one");
}
