//! The vendor's published descriptions, and what of requests and answers does not fit them.
//!
//! It stands on its own: tests of other crates can take it in with `#[path]`.
#![expect(
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a description that can't be read ends the test"
)]

mod answers;
mod document;
mod requests;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use document::Document;

/// Every description that is known, each for what lies behind an address such as `/v3`.
pub(crate) struct Api(Vec<(&'static str, Document)>);

/// What can be asked at an address, and how it is described.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a> {
    pub(crate) document: &'a Document,
    /// The address with the names of its parameters, such as `/v2/orders/{order_id}`.
    pub(crate) prefix: &'static str,
    pub(crate) template: &'a str,
    item: &'a Value,
    verb: &'a Value,
}

/// Something that does not fit, and how often it was found.
pub(crate) type Findings = BTreeMap<String, u64>;

const DOCUMENTS: [(&str, &str); 8] = [
    ("/v2", "orders.v2.oas2.yml"),
    ("/v3", "orders.v3.yml"),
    ("/v3", "products_catalog.v3.yml"),
    ("/v3", "product-variants_catalog.v3.yml"),
    ("/v3", "product-variant-options_catalog.v3.yml"),
    ("/v3", "product-modifiers_catalog.v3.yml"),
    ("/v3", "categories_catalog.v3.yml"),
    ("/v3", "brands_catalog.v3.yml"),
];

impl Api {
    /// Reads the descriptions in a folder.
    pub(crate) fn load(folder: &str) -> Self {
        Self::read(folder, &DOCUMENTS)
    }

    /// Reads these descriptions in a folder, each for what lies behind a part of the address.
    pub(crate) fn read(folder: &str, documents: &[(&'static str, &str)]) -> Self {
        let read = |(prefix, name): &(&'static str, &str)| {
            let text = std::fs::read_to_string(format!("{folder}/{name}"));
            let text = text.unwrap_or_else(|error| panic!("{folder}/{name}: {error}"));
            (*prefix, Document::parse(name, &text))
        };
        Self(documents.iter().map(read).collect())
    }

    /// The operation that answers an address such as `/v2/orders/100`; the one with the most words
    /// of its own where several do.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let mut found: Vec<_> = self
            .0
            .iter()
            .filter_map(|(prefix, document)| Some((*prefix, document, path.strip_prefix(prefix)?)))
            .flat_map(|(prefix, document, rest)| {
                document.paths().filter_map(move |(template, item)| {
                    let words = matched(template, rest)?;
                    let verb = item.get(method.to_lowercase())?;
                    Some((words, Operation { document, prefix, template, item, verb }))
                })
            })
            .collect();
        found.sort_by_key(|(words, _)| *words);
        found.pop().map(|(_, operation)| operation)
    }

    /// What of a request does not fit; `query` as it stands behind the question mark.
    pub(crate) fn check_request(&self, method: &str, path: &str, query: &str) -> Vec<String> {
        let Some(operation) = self.operation(method, path) else {
            return vec![format!("{method} {path}: there is no such operation")];
        };
        requests::check(&operation, query)
    }

    /// Adds what of an answer does not fit.
    pub(crate) fn check_answer(
        &self,
        (method, path): (&str, &str),
        status: u16,
        body: Option<&Value>,
        findings: &mut Findings,
    ) {
        let Some(operation) = self.operation(method, path) else {
            *findings.entry(format!("{method} {path}: there is no such operation")).or_default() +=
                1;
            return;
        };
        for finding in answers::check(&operation, status, body) {
            *findings.entry(finding).or_default() += 1;
        }
    }
}

impl Operation<'_> {
    /// Such as `/v2/orders/{order_id}`.
    pub(crate) fn name(&self) -> String {
        format!("{}{}", self.prefix, self.template)
    }
}

/// How many words of an address are the template's own; `None` where it is another address.
fn matched(template: &str, path: &str) -> Option<usize> {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    if template.len() != path.len() {
        return None;
    }
    let mut own = 0;
    for (expected, found) in template.iter().zip(&path) {
        if expected == found {
            own += 1;
        } else if !expected.starts_with('{') || found.is_empty() {
            return None;
        }
    }
    Some(own)
}
