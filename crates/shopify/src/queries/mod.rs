//! What is asked, and how much of it at once.

mod inline;
mod list;
mod selection;
mod text;

pub(crate) use list::{List, Paging, WHOLE_INLINE};
pub(crate) use selection::{Selection, of_record};

use flyball_domain::{Kind, VendorId};
use serde_json::{Value, json};

macro_rules! api_version {
    () => {
        "2026-10"
    };
}

/// The API version that the queries are written for.
pub const API_VERSION: &str = api_version!();

/// Where queries are sent.
pub(crate) const PATH: &str = concat!("/admin/api/", api_version!(), "/graphql.json");

/// One kind of query; calls of one shape cost about the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A page of records.
    Page,
    /// Some records by their ids.
    ById,
    /// A page of ids and times of change.
    Listed,
    /// More of a list within a record.
    More(List),
    /// How many records there are.
    Count,
    /// Next to nothing, for what the answer says of the budget.
    Budget,
    /// Having records written to a file.
    BulkRun,
    /// How far that is.
    BulkPoll,
    /// A page of what that file can't hold.
    BesideBulk,
}

/// The order in which records are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SortKey {
    UpdatedAt,
    Id,
}

impl SortKey {
    const fn as_str(self) -> &'static str {
        match self {
            Self::UpdatedAt => "UPDATED_AT",
            Self::Id => "ID",
        }
    }
}

/// Every query this connector sends, by a name for people.
pub fn queries() -> Vec<(String, String)> {
    let mut all = vec![
        ("budget".to_owned(), text::BUDGET.to_owned()),
        ("bulk run".to_owned(), text::BULK_RUN.to_owned()),
        ("bulk poll".to_owned(), text::BULK_POLL.to_owned()),
    ];
    for kind in [Kind::Products, Kind::Orders] {
        let texts = text::texts(kind);
        let named = [
            ("page", texts.page),
            ("by id", texts.by_id),
            ("listed", texts.listed),
            ("count", texts.count),
            ("beside bulk", texts.beside_bulk),
        ];
        all.extend(named.map(|(name, query)| (format!("{kind}, {name}"), query.to_owned())));
        all.push((format!("{kind}, bulk"), bulk(kind, "updated_at:<'2026-01-01T00:00:00Z'")));
    }
    all.extend(List::ALL.map(|list| (format!("more {list:?}"), text::more(list).to_owned())));
    all
}

/// The body that asks for a page of records.
pub(crate) fn page(
    kind: Kind,
    first: u32,
    after: Option<&str>,
    filter: &str,
    sort: SortKey,
    levels: u32,
) -> Value {
    let variables = json!({
        "first": first,
        "after": after,
        "query": filter,
        "sortKey": sort.as_str(),
    });
    body(text::texts(kind).page, with_levels(kind, variables, levels))
}

/// The body that asks for some records by their ids.
pub(crate) fn by_id<'a>(kind: Kind, ids: impl Iterator<Item = &'a VendorId>, levels: u32) -> Value {
    let ids: Vec<String> = ids.map(|id| gid(kind, id.as_str())).collect();
    body(text::texts(kind).by_id, with_levels(kind, json!({ "ids": ids }), levels))
}

/// The body that asks for a page of ids and times of change.
pub(crate) fn listed(kind: Kind, first: u32, filter: Option<&str>) -> Value {
    body(text::texts(kind).listed, json!({ "first": first, "query": filter }))
}

/// The body that asks how many records there are.
pub(crate) fn count(kind: Kind, filter: &str) -> Value {
    body(text::texts(kind).count, json!({ "query": filter }))
}

/// The body of the cheapest call there is.
pub(crate) fn budget() -> Value {
    body(text::BUDGET, json!({}))
}

/// The body that asks for more of a list within a record.
pub(crate) fn more(list: List, owner: &str, first: u32, after: Option<&str>, levels: u32) -> Value {
    let mut variables = json!({ "id": owner, "first": first });
    if list.paging() == Paging::Pages {
        set(&mut variables, "after", after.into());
    }
    if list == List::Variants {
        set(&mut variables, "levels", levels.into());
    }
    body(text::more(list), variables)
}

/// The body that has records written to a file.
pub(crate) fn bulk_run(kind: Kind, filter: &str) -> Value {
    body(text::BULK_RUN, json!({ "query": bulk(kind, filter) }))
}

/// The body that asks how far that is.
pub(crate) fn bulk_poll(operation: &str) -> Value {
    body(text::BULK_POLL, json!({ "id": operation }))
}

/// The body that asks for a page of what a file can't hold.
pub(crate) fn beside_bulk(kind: Kind, first: u32, filter: &str) -> Value {
    body(text::texts(kind).beside_bulk, json!({ "first": first, "query": filter }))
}

/// What is to be written to a file. It may hold five connections in two levels at most, none within
/// a list (<https://shopify.dev/docs/api/usage/bulk-operations/queries>); what that leaves out is
/// asked for beside it. Takes no variables, and no fragments by name, to be on the safe side.
fn bulk(kind: Kind, filter: &str) -> String {
    let texts = text::texts(kind);
    inline::inline(texts.bulk, texts.bulk_fragments).replace("$query", filter)
}

/// The global id of a record.
pub(crate) fn gid(kind: Kind, id: &str) -> String {
    match kind {
        Kind::Products => format!("gid://shopify/Product/{id}"),
        Kind::Orders => format!("gid://shopify/Order/{id}"),
    }
}

fn with_levels(kind: Kind, mut variables: Value, levels: u32) -> Value {
    if kind == Kind::Products {
        set(&mut variables, "levels", levels.into());
    }
    variables
}

fn set(variables: &mut Value, name: &str, to: Value) {
    if let Some(variables) = variables.as_object_mut() {
        variables.insert(name.to_owned(), to);
    }
}

fn body(query: &str, variables: Value) -> Value {
    let mut body = json!({ "query": query });
    set(&mut body, "variables", variables);
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_pages_is_cut_where_the_code_expects_it() {
        let order = text::texts(Kind::Orders).page;
        for list in List::ALL.into_iter().filter(|list| list.paging() == Paging::Whole) {
            let expected = format!("{}(first: {WHOLE_INLINE})", list.name());
            assert!(order.contains(&expected), "{expected}");
        }
    }

    #[test]
    fn a_query_for_a_file_has_no_variables_no_named_fragments_and_five_connections_at_most() {
        for kind in [Kind::Products, Kind::Orders] {
            let query = bulk(kind, "updated_at:<'2026-01-01T00:00:00Z'");
            assert!(!query.contains('$') && !query.contains("fragment"), "{query}");
            assert!(query.matches("edges").count() <= 5, "{query}");
            assert!(!query.contains("first:") || kind == Kind::Orders, "{query}");
        }
    }

    #[test]
    fn what_is_sent_for_a_file_names_its_search_in_quotes_of_its_own() {
        let body = bulk_run(Kind::Products, "updated_at:>='2026-11-01T00:00:00Z'").to_string();
        assert!(
            body.contains(r#"products(query: \\\"updated_at:>='2026-11-01T00:00:00Z'\\\""#)
                || body.contains(r#"products(query: \"updated_at:>='2026-11-01T00:00:00Z'\""#),
            "{body}"
        );
    }
}
