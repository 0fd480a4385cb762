//! Invented payloads through the whole codec: what is sent, and what becomes of what comes back.

use flyball_bigcommerce::decode;
use flyball_connector::{Connector, DecodeContext, Plan, Span, Step};
use flyball_domain::Kind;
use serde_json::json;

use crate::common::{
    ORDER, PRODUCTS, all_shown, answer, changed, connector, plan, records, shown, walked,
};

const ORDERS_PAGE: &str = include_str!("../payloads/orders_page.json");
const ODD_PRODUCTS: &str = include_str!("../payloads/odd_products_page.json");

fn decoded(kind: Kind, payload: &str) -> serde_json::Value {
    let context = DecodeContext { currency: "EUR".parse().ok() };
    let decoded = decode(kind, payload.as_bytes(), &context).unwrap();
    let unused: Vec<_> =
        decoded.unused.iter().map(|unused| json!([unused.at, unused.what])).collect();
    json!({"rows": decoded.rows.iter().map(shown).collect::<Vec<_>>(), "unused": unused})
}

#[test]
fn a_page_of_products_and_what_belongs_to_them_becomes_records() {
    let (pages, paths) = walked(&plan(Kind::Products, changed()), |path| answer(path, PRODUCTS));
    insta::assert_json_snapshot!("products", all_shown(&pages));
    insta::assert_json_snapshot!("requests_of_products", paths);
}

#[test]
fn an_order_and_what_belongs_to_it_becomes_a_record() {
    let page = format!("[{ORDER}]");
    let (pages, paths) = walked(&plan(Kind::Orders, changed()), |path| answer(path, &page));
    insta::assert_json_snapshot!("orders", all_shown(&pages));
    insta::assert_json_snapshot!("requests_of_orders", paths);
}

#[test]
fn a_page_of_nulls_unknown_words_and_new_fields_becomes_records() {
    insta::assert_json_snapshot!("odd_products", decoded(Kind::Products, ODD_PRODUCTS));
    insta::assert_json_snapshot!("odd_orders", decoded(Kind::Orders, ORDERS_PAGE));
}

#[test]
fn one_record_is_read_like_a_page_of_it() {
    let of_page = decoded(Kind::Orders, &format!("[{ORDER}]"));
    assert_eq!(decoded(Kind::Orders, ORDER)["rows"], of_page["rows"]);
    let one = PRODUCTS.replacen("[{", "{", 1).replacen("}],\"meta\"", "},\"meta\"", 1);
    assert_eq!(decoded(Kind::Products, &one)["rows"], decoded(Kind::Products, PRODUCTS)["rows"]);
}

#[test]
fn a_payload_that_is_no_page_and_no_record_says_what_it_is() {
    let error = |kind, payload: &[u8]| {
        decode(kind, payload, &DecodeContext::default()).unwrap_err().to_string()
    };
    assert!(error(Kind::Orders, b"").starts_with("found nothing where a page of orders"));
    assert!(error(Kind::Products, b"17").starts_with("found 17 ("));
    assert!(error(Kind::Products, &[0xff]).contains("no text"));
    assert!(error(Kind::Products, b"<html>").contains("where a page of products"));
}

#[test]
fn amounts_of_a_currency_that_is_not_known_are_kept_as_they_came() {
    let context = DecodeContext::default();
    let decoded = decode(Kind::Products, PRODUCTS.as_bytes(), &context).unwrap();
    let product = shown(&decoded.rows[0]);
    assert_eq!(product["extra"]["price"], json!(19.9));
    assert_eq!(product["variants"][1]["extra"]["price"], json!(21.5));
    assert!(product["variants"][1].get("price").is_none());
    assert!(decoded.unused.iter().any(|unused| unused.at == "data.variants[1].price"));
}

#[test]
fn records_are_asked_for_by_their_ids_and_what_is_no_more_is_gone() {
    let products = plan(Kind::Products, records(&["7", "9007199254740993", "not-a-number"]));
    let (pages, paths) = walked(&products, |path| {
        let page = PRODUCTS.as_bytes().to_vec();
        if path.contains("id:in=7,") { http::Response::new(page) } else { answer(path, PRODUCTS) }
    });
    assert!(paths[0].starts_with("/v3/catalog/products?id:in=7,9007199254740993&"), "{paths:?}");
    let rows = all_shown(&pages);
    assert_eq!(rows[0]["id"], "9007199254740993");
    assert_eq!(rows[1..], [json!({"gone": "7"}), json!({"gone": "not-a-number"})]);

    let orders = plan(Kind::Orders, records(&["5", "218", "6"]));
    let (pages, paths) = walked(&orders, |path| {
        let absent = br#"[{"status":404,"message":"The requested resource was not found."}]"#;
        let gone = path.contains("/v2/orders/5?") || path.contains("/v2/orders/6?");
        if gone {
            http::Response::builder().status(404).body(absent.to_vec()).unwrap()
        } else {
            answer(path, ORDER)
        }
    });
    let rows = all_shown(&pages);
    assert_eq!(rows[0], json!({"gone": "5"}));
    assert_eq!(rows[1]["id"], "218");
    assert_eq!(rows[2], json!({"gone": "6"}));
    let of_the_store = paths.iter().filter(|path| *path == "/v2/store").count();
    assert_eq!(of_the_store, 1, "{paths:?}");
}

#[test]
fn a_resume_text_of_something_else_is_refused() {
    let walk = |resume: String, span: Span| {
        let plan = Plan { resume: Some(resume), ..plan(Kind::Products, span) };
        connector().walk(&plan).map(|mut walk| matches!(walk.next(), Step::Finished))
    };
    assert!(walk("{\"page\":7}".to_owned(), changed()).is_err());
    let (pages, _) = walked(&plan(Kind::Products, changed()), |path| answer(path, PRODUCTS));
    let resume = pages.last().unwrap().resume.clone();
    assert!(walk(resume.clone(), Span::Listing).is_err());
    assert_eq!(walk(resume, changed()), Ok(true));
}
