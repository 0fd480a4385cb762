//! Search criteria as a query string, percent-encoded by RFC 3986: the signature is made over the
//! query exactly as it is sent.
//!
//! The parameters' names are those of the published Swagger; the shape is explained at
//! <https://developer.adobe.com/commerce/webapi/rest/use-rest/performing-searches/>.

use core::fmt::Write as _;

/// The most filters in a group, and the most groups: the store sorts the parameters it signs by
/// `strnatcmp` and RFC 5849 sorts them by bytes, which is the same only while no index has two
/// digits.
pub(crate) const INDEX_MAX: usize = 9;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Equal.
    Eq,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gteq,
    /// Less.
    Lt,
    /// One of several, separated by commas.
    In,
}

impl Condition {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Gt => "gt",
            Self::Gteq => "gteq",
            Self::Lt => "lt",
            Self::In => "in",
        }
    }
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) field: &'static str,
    pub(crate) condition: Condition,
    pub(crate) value: String,
}

impl Filter {
    pub(crate) fn new(field: &'static str, condition: Condition, value: impl Into<String>) -> Self {
        Self { field, condition, value: value.into() }
    }
}

/// What to search for: all groups must hold, and of each group one filter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    pub(crate) groups: Vec<Vec<Filter>>,
    /// Ascending by these fields.
    pub(crate) sort: &'static [&'static str],
    pub(crate) page_size: u32,
    /// From 1.
    pub(crate) page: u32,
    /// What of the answer is wanted; all of it, if `None`.
    pub(crate) fields: Option<&'static str>,
}

impl Search {
    /// The query, without its question mark.
    pub(crate) fn query(&self) -> String {
        let mut query = Query::default();
        for (g, group) in self.groups.iter().enumerate() {
            for (f, filter) in group.iter().enumerate() {
                let at = format!("searchCriteria[filterGroups][{g}][filters][{f}]");
                query.add(&format!("{at}[field]"), filter.field);
                query.add(&format!("{at}[value]"), &filter.value);
                query.add(&format!("{at}[conditionType]"), filter.condition.as_str());
            }
        }
        for (s, field) in self.sort.iter().enumerate() {
            query.add(&format!("searchCriteria[sortOrders][{s}][field]"), field);
            query.add(&format!("searchCriteria[sortOrders][{s}][direction]"), "ASC");
        }
        query.add("searchCriteria[pageSize]", &self.page_size.to_string());
        query.add("searchCriteria[currentPage]", &self.page.to_string());
        if let Some(fields) = self.fields {
            query.add("fields", fields);
        }
        query.text
    }
}

#[derive(Default)]
struct Query {
    text: String,
}

impl Query {
    fn add(&mut self, name: &str, value: &str) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        encode_into(&mut self.text, name);
        self.text.push('=');
        encode_into(&mut self.text, value);
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    encode_into(&mut encoded, text);
    encoded
}

fn encode_into(to: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            to.push(char::from(byte));
        } else {
            // Writing to a text never fails.
            let _infallible = write!(to, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_the_unreserved_is_encoded() {
        assert_eq!(encode("a-Z_0.~"), "a-Z_0.~");
        assert_eq!(encode("2026-11-22 09:30:00"), "2026-11-22%2009%3A30%3A00");
        assert_eq!(encode("[0]=é&+"), "%5B0%5D%3D%C3%A9%26%2B");
    }

    #[test]
    fn groups_filters_order_and_page_have_the_names_of_the_published_schema() {
        let search = Search {
            groups: vec![vec![
                Filter::new("updated_at", Condition::Gt, "2026-11-22 09:30:00"),
                Filter::new("entity_id", Condition::Gt, "7"),
            ]],
            sort: &["updated_at"],
            page_size: 100,
            page: 1,
            fields: Some("items[id]"),
        };
        let decoded = search.query().replace("%5B", "[").replace("%5D", "]");
        assert_eq!(
            decoded.split('&').collect::<Vec<_>>(),
            [
                "searchCriteria[filterGroups][0][filters][0][field]=updated_at",
                "searchCriteria[filterGroups][0][filters][0][value]=2026-11-22%2009%3A30%3A00",
                "searchCriteria[filterGroups][0][filters][0][conditionType]=gt",
                "searchCriteria[filterGroups][0][filters][1][field]=entity_id",
                "searchCriteria[filterGroups][0][filters][1][value]=7",
                "searchCriteria[filterGroups][0][filters][1][conditionType]=gt",
                "searchCriteria[sortOrders][0][field]=updated_at",
                "searchCriteria[sortOrders][0][direction]=ASC",
                "searchCriteria[pageSize]=100",
                "searchCriteria[currentPage]=1",
                "fields=items[id]",
            ]
        );
    }
}
