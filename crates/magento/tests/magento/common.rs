//! A store of canned answers, one a resource, and what a walk makes of them.

use std::sync::OnceLock;

use flyball_connector::{Call, Connector, Failure, Plan, Span, Step, Walk};
use flyball_domain::{Kind, RecordBody, Row, UnixMillis};
use flyball_http::{BaseUrl, HttpClient, Reach, Settings};
use flyball_magento::MagentoConnector;
use serde_json::{Value, json};

pub(crate) const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

pub(crate) fn connector() -> &'static MagentoConnector {
    static CONNECTOR: OnceLock<MagentoConnector> = OnceLock::new();
    CONNECTOR.get_or_init(|| {
        let http = HttpClient::new(Settings { reach: Reach::Public }).unwrap();
        let base = BaseUrl::parse("https://shop.example", Reach::Public).unwrap();
        MagentoConnector::new(http, &base, &"token".into(), || NOW, || 7).unwrap()
    })
}

pub(crate) fn plan(kind: Kind, span: Span) -> Plan {
    Plan { kind, span, resume: None, ceiling_percent: 100 }
}

/// What changed in the days before now.
pub(crate) fn changed() -> Span {
    Span::Changed { from: Some(NOW.minus(20 * 24 * 60 * 60 * 1_000)), until: NOW }
}

/// What a request asks for, after `/V1/`.
pub(crate) fn resource(call: &Call) -> String {
    call.request.uri().path().rsplit_once("/V1/").unwrap().1.to_owned()
}

pub(crate) fn canned(resource: &str) -> &'static str {
    match resource {
        "store/storeConfigs" => include_str!("../payloads/store.json"),
        "products" => include_str!("../payloads/products.json"),
        "orders" => include_str!("../payloads/orders.json"),
        "inventory/source-items" => include_str!("../payloads/source_items.json"),
        "categories/list" => include_str!("../payloads/categories.json"),
        "products/attributes" => include_str!("../payloads/attributes.json"),
        "creditmemos" => include_str!("../payloads/creditmemos.json"),
        "shipments" => include_str!("../payloads/shipments.json"),
        "invoices" => include_str!("../payloads/invoices.json"),
        "transactions" => include_str!("../payloads/transactions.json"),
        "returns" => include_str!("../payloads/returns.json"),
        other => unreachable!("{other}"),
    }
}

/// Walks on until a page, answering by `answer`; nothing where the walk ends first.
pub(crate) fn page(
    walk: &mut dyn Walk,
    calls: &mut Vec<Call>,
    answer: &dyn Fn(&str) -> String,
) -> Result<Option<Vec<Row>>, Failure> {
    const CALLS_MAX: usize = 100;
    for _ in 0..CALLS_MAX {
        match walk.next() {
            Step::Call(call) => {
                let body = answer(&resource(&call)).into_bytes();
                calls.push(call);
                walk.absorb(http::Response::new(body), NOW)?;
            }
            Step::Page(page) => return Ok(Some(page.rows)),
            Step::Listed(_) | Step::Finished => return Ok(None),
        }
    }
    Ok(None)
}

/// The first page of a walk through what changed.
pub(crate) fn first_page(kind: Kind, answer: &dyn Fn(&str) -> String) -> Vec<Row> {
    let mut walk = connector().walk(&plan(kind, changed())).unwrap();
    page(&mut *walk, &mut Vec::new(), answer).unwrap().unwrap_or_default()
}

/// Rows as JSON.
pub(crate) fn shown(rows: &[Row]) -> Value {
    rows.iter()
        .map(|row| match row {
            Row::Good(record) => match &record.body {
                RecordBody::Product(product) => serde_json::to_value(product).unwrap(),
                RecordBody::Order(order) => serde_json::to_value(order).unwrap(),
            },
            Row::Bad(bad) => json!({"bad": bad.reason, "id": bad.id, "input": bad.input}),
            Row::Gone(id) => json!({"gone": id}),
        })
        .collect()
}
