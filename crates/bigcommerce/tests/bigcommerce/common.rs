//! A connector, walks of it, and a store that answers from the invented payloads.

use std::sync::LazyLock;

use flyball_bigcommerce::BigCommerceConnector;
use flyball_connector::{Call, Connector, Page, Plan, Span, Step};
use flyball_domain::{Kind, RecordBody, Row, UnixMillis};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use serde_json::{Value, json};

pub(crate) const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

pub(crate) const PRODUCTS: &str = include_str!("../payloads/products_page.json");
pub(crate) const ORDER: &str = include_str!("../payloads/order.json");

/// What belongs to the invented records, by a part of the address it is at.
const PARTS: [(&str, &str); 9] = [
    ("/v2/store", include_str!("../payloads/store.json")),
    ("/products/metafields?", include_str!("../payloads/metafields.json")),
    ("/catalog/categories?", include_str!("../payloads/categories.json")),
    ("/catalog/brands?", include_str!("../payloads/brands.json")),
    ("/payment_actions/refunds?", include_str!("../payloads/refunds.json")),
    ("/coupons?", include_str!("../payloads/coupons.json")),
    ("/taxes?", include_str!("../payloads/taxes.json")),
    ("/shipments?", include_str!("../payloads/shipments.json")),
    ("/transactions", include_str!("../payloads/transactions.json")),
];

pub(crate) fn http(reach: Reach) -> HttpClient {
    HttpClient::new(Settings { reach }).unwrap()
}

/// One for all tests: its client takes longer to make than most walks.
pub(crate) fn connector() -> &'static BigCommerceConnector {
    static ONE: LazyLock<BigCommerceConnector> = LazyLock::new(|| {
        let text = "https://api.bigcommerce.com/stores/abc123";
        let base = BaseUrl::parse(text, Reach::Public).unwrap();
        BigCommerceConnector::new(http(Reach::Public), base, &"secret".into()).unwrap()
    });
    &ONE
}

pub(crate) fn plan(kind: Kind, span: Span) -> Plan {
    Plan { kind, span, resume: None, ceiling_percent: 80 }
}

pub(crate) fn changed() -> Span {
    let time = |text| UnixMillis::parse_rfc3339(text).unwrap();
    Span::Changed {
        from: Some(time("2026-11-01T00:00:00Z")),
        until: time("2026-11-22T09:30:00.500Z"),
    }
}

pub(crate) fn records(ids: &[&str]) -> Span {
    Span::Records { ids: ids.iter().map(|id| id.parse().unwrap()).collect() }
}

pub(crate) fn path(call: &Call) -> String {
    call.request.uri().to_string()
}

/// The answer to a call: `page` for the first page of records, and what belongs to the invented
/// records.
pub(crate) fn answer(path: &str, page: &str) -> http::Response<Vec<u8>> {
    let part = PARTS.iter().find(|(at, _)| path.contains(at)).map(|(_, body)| *body);
    let body = match part {
        Some(body) => body,
        None if path.contains("page=1") || path.contains("/v2/orders/218?") => page,
        None => return http::Response::builder().status(204).body(Vec::new()).unwrap(),
    };
    http::Response::new(body.as_bytes().to_vec())
}

/// Walks to the end; the pages and the addresses that were called.
pub(crate) fn walked(
    plan: &Plan,
    mut answer: impl FnMut(&str) -> http::Response<Vec<u8>>,
) -> (Vec<Page>, Vec<String>) {
    let mut walk = connector().walk(plan).unwrap();
    let (mut pages, mut paths) = (Vec::new(), Vec::new());
    loop {
        match walk.next() {
            Step::Call(call) => {
                let path = path(&call);
                walk.absorb(answer(&path), NOW).unwrap();
                paths.push(path);
            }
            Step::Page(page) => pages.push(page),
            Step::Finished => return (pages, paths),
            step @ Step::Listed(_) => panic!("{step:?}"),
        }
    }
}

pub(crate) fn shown(row: &Row) -> Value {
    match row {
        Row::Good(record) => match &record.body {
            RecordBody::Product(product) => serde_json::to_value(product).unwrap(),
            RecordBody::Order(order) => serde_json::to_value(order).unwrap(),
        },
        Row::Bad(bad) => json!({"bad": bad.reason, "id": bad.id, "input": bad.input}),
        Row::Gone(id) => json!({"gone": id}),
    }
}

pub(crate) fn all_shown(pages: &[Page]) -> Vec<Value> {
    pages.iter().flat_map(|page| &page.rows).map(shown).collect()
}
