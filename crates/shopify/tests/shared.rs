//! Against the vendor's official schema and recorded answers, read in place from the folder that
//! `FLYBALL_SHARED` names.
#![cfg(feature = "shared")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may panic")]

use std::path::{Path, PathBuf};

use apollo_compiler::{ExecutableDocument, Schema};
use flyball_connector::{Class, Connector, Failure, Page, Plan, Rejection, Span, Step, Walk};
use flyball_domain::{Field, Kind, Row, UnixMillis};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use flyball_shopify::{ShopifyConnector, queries};

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
    let span = Span::Changed { from: None, until: NOW };
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
        let flyball_domain::RecordBody::Product(product) = &record.body else {
            panic!("{record:?}")
        };
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
