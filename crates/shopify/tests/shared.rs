//! Against the vendor's official schema and recorded answers, read in place from the folder that
//! `FLYBALL_SHARED` names.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic"
)]

use std::path::{Path, PathBuf};

use apollo_compiler::{ExecutableDocument, Schema};
use flyball_connector::{
    Class, Connector, DecodeContext, DecodeError, Decoded, Failure, Page, Plan, Rejection, Span,
    Step, Walk,
};
use flyball_domain::{Field, Kind, Product, ProductForm, Record, RecordBody, Row, UnixMillis};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use flyball_shopify::{ShopifyConnector, decode, queries};

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

fn shared(path: impl AsRef<Path>) -> String {
    let root = std::env::var_os("FLYBALL_SHARED")
        .unwrap_or_else(|| panic!("set FLYBALL_SHARED to the folder with specs/ and fixtures/"));
    std::fs::read_to_string(PathBuf::from(root).join(path)).unwrap()
}

/// A walk that waits for the answer to its first call.
fn waiting_walk() -> Box<dyn Walk> {
    let http = HttpClient::new(Settings { reach: Reach::Public }).unwrap();
    let base = BaseUrl::parse("https://example.myshopify.com", Reach::Public).unwrap();
    let connector = ShopifyConnector::new(http, base, &"shpat_invented".into()).unwrap();
    let from = Some(UnixMillis(NOW.0 - 60_000));
    let span = Span::Changed { from, until: NOW };
    let plan = Plan { kind: Kind::Products, span, resume: None, ceiling_percent: 100 };
    let mut walk = connector.walk(&plan).unwrap();
    assert!(matches!(walk.next(), Step::Call(_)));
    walk
}

fn recorded(status: u16, fixture: &str) -> http::Response<Vec<u8>> {
    let body = shared(format!("fixtures/shopify/{fixture}")).into_bytes();
    http::Response::builder().status(status).body(body).unwrap()
}

/// What a walk makes of one recorded answer to its first call.
fn absorbed(status: u16, fixture: &str) -> Result<Page, Failure> {
    let mut walk = waiting_walk();
    walk.absorb(recorded(status, fixture), NOW)?;
    match walk.next() {
        Step::Page(page) => Ok(page),
        step @ (Step::Call(_) | Step::Listed(_) | Step::Finished) => panic!("{step:?}"),
    }
}

#[test]
fn every_query_is_valid_against_the_official_schema() {
    // The published SDL uses a directive that it does not declare.
    let sdl = format!(
        "directive @oneOf on INPUT_OBJECT\n{}",
        shared("specs/shopify/admin_2026-10.graphql")
    );
    let schema = Schema::parse_and_validate(sdl, "admin_2026-10.graphql").unwrap();
    for (name, query) in queries() {
        if let Err(errors) = ExecutableDocument::parse_and_validate(&schema, &query, &name) {
            panic!("{name}: {}", errors.errors);
        }
    }
    let wrong = "query Wrong { products(first: 1) { nodes { noSuchField } } }";
    assert!(ExecutableDocument::parse_and_validate(&schema, wrong, "wrong").is_err());
}

#[test]
fn a_recorded_page_becomes_records() {
    let page = absorbed(200, "graphql_products_page_2026-04.json").unwrap();
    assert!(page.rows.len() > 10, "{}", page.rows.len());
    for row in &page.rows {
        let Row::Good(record) = row else { panic!("{row:?}") };
        let RecordBody::Product(product) = &record.body else { panic!("{record:?}") };
        assert!(product.title.value().is_some());
        assert_eq!(product.variants, Field::Absent);
        assert!(record.id.as_str().bytes().all(|byte| byte.is_ascii_digit()));
    }
}

#[test]
fn a_recorded_throttled_answer_says_how_long_to_wait() {
    let failure = absorbed(200, "error_throttled_http200.json").unwrap_err();
    assert_eq!(failure.class, Class::Throttled { until: Some(NOW.plus(1_720)) });
}

#[test]
fn a_recorded_refusal_of_credentials_rejects_the_account() {
    let failure = absorbed(401, "error_auth_http401.json").unwrap_err();
    assert_eq!(failure.class, Class::Rejected(Rejection::Credentials));
    assert!(failure.evidence.message.starts_with("[API] Invalid API key"));
}

fn decoded(kind: Kind, fixture: &str) -> Result<Decoded, DecodeError> {
    let text = shared(format!("fixtures/shopify/{fixture}"));
    decode(kind, text.as_bytes(), &DecodeContext::default())
}

fn one_product(fixture: &str) -> Product {
    let decoded = decoded(Kind::Products, fixture).unwrap();
    // Their times of change were taken out of these.
    assert_eq!(decoded.unused[0].at, "updatedAt", "{fixture}");
    match &decoded.rows[..] {
        [Row::Good(Record { body: RecordBody::Product(product), .. })] => (**product).clone(),
        rows => panic!("{fixture}: {rows:?}"),
    }
}

#[test]
fn payloads_of_others_with_the_fields_of_this_api_become_records() {
    let page = decoded(Kind::Products, "graphql_products_page_2026-04.json").unwrap();
    assert!(page.rows.len() > 10 && page.rows.iter().all(|row| matches!(row, Row::Good(_))));
    assert!(page.unused.iter().all(|unused| unused.at == "products"), "{:?}", page.unused);

    let product = one_product("estuary_products.json");
    assert_eq!(product.form, Field::Value(ProductForm::GiftCard));
    assert_eq!(product.options.value().unwrap()[0].values.len(), 4);
    assert!(product.extra.contains_key("bodyHtml"), "what is not asked for is kept");
    assert_eq!(product.variants, Field::Absent, "what is not there was not asked for");

    let media = one_product("estuary_product_media.json");
    assert_eq!(media.images.value().unwrap()[0].width, Field::Value(2881));
    let variants = one_product("estuary_product_variants.json");
    let variants = variants.variants.value().unwrap();
    assert_eq!(variants.len(), 4);
    assert_eq!(variants[1].stock, Field::Value(-1));
    assert_eq!(variants[0].stock_levels, Field::Absent);
}

#[test]
fn an_order_that_is_not_there_is_named() {
    let none = decoded(Kind::Orders, "graphql_order_single_2025-01.json").unwrap();
    assert_eq!(none.rows, []);
    assert_eq!(none.unused[0].at, "order");
}

#[test]
fn payloads_of_another_shape_are_refused_and_named() {
    for (kind, fixture, found) in [
        (Kind::Products, "estuary_inventory_items.json", "a record of type InventoryItem"),
        (Kind::Products, "estuary_inventory_levels.json", "a record of type InventoryLevel"),
        (
            Kind::Products,
            "estuary_product_variant_metafields.json",
            "a record of type ProductVariant",
        ),
        (Kind::Orders, "estuary_products.json", "a record of type Product"),
    ] {
        assert_eq!(decoded(kind, fixture).unwrap_err().found, found, "{fixture}");
    }
    for fixture in ["rest_orders_2026-07.json", "rest_products_2026-07.json"] {
        for kind in [Kind::Products, Kind::Orders] {
            let read = decoded(kind, fixture);
            let is_refused = read.is_err();
            let is_bad =
                read.is_ok_and(|read| !read.rows.iter().any(|row| matches!(row, Row::Good(_))));
            assert!(is_refused || is_bad, "{fixture} is of the REST API");
        }
    }
    let throttled = decoded(Kind::Products, "error_throttled_http200.json").unwrap();
    assert_eq!(throttled.rows, []);
    assert_eq!(throttled.unused[0].what, "the store's error: Throttled");
}
