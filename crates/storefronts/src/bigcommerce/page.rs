//! Pages by number: a list that changes meanwhile drifts.

use serde_json::{Map, Value, json};

use super::problem::Problem;
use crate::query::Query;

/// The most rows on a page (`common-query-params` of both generations).
pub(super) const LIMIT_MAX: u64 = 250;
/// The rows on a page where none are asked for.
pub(super) const LIMIT: u64 = 50;
/// The parameters that pick a page.
pub(super) const PAGE_NAMES: [&str; 2] = ["page", "limit"];

/// One page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// From 1.
    pub(super) number: u64,
    pub(super) limit: u64,
}

impl Page {
    /// Reads `page` and `limit`.
    ///
    /// # Errors
    /// No number, 0, or a limit above [`LIMIT_MAX`].
    pub(super) fn parse(query: &Query) -> Result<Self, Problem> {
        let number = whole(query, "page")?.unwrap_or(1);
        let limit = whole(query, "limit")?.unwrap_or(LIMIT);
        if limit > LIMIT_MAX {
            return Err(Problem::Limit { found: limit, most: LIMIT_MAX });
        }
        for (name, value) in [("page", number), ("limit", limit)] {
            if value == 0 {
                return Err(wrong(name, "0", "at least 1"));
            }
        }
        Ok(Self { number, limit })
    }

    /// The same with so many rows at most.
    pub(super) fn capped(self, most: u64) -> Self {
        Self { limit: self.limit.min(most), ..self }
    }

    /// How many rows come before it.
    pub(super) const fn skip(self) -> u64 {
        self.number.saturating_sub(1).saturating_mul(self.limit)
    }

    /// The rows of it out of all.
    pub(super) fn of<T>(self, all: impl IntoIterator<Item = T>) -> Vec<T> {
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        all.into_iter().skip(size(self.skip())).take(size(self.limit)).collect()
    }

    /// What v3 says beside the rows: where the page is in a list of `total`, and how to get at those
    /// next to it.
    pub(super) fn pagination(self, total: u64, count: usize, query: &Query) -> Value {
        let pages = total.div_ceil(self.limit.max(1));
        let rest = query.without(&PAGE_NAMES);
        let link = |number: u64| format!("?page={number}&limit={}{rest}", self.limit);
        let mut links = Map::new();
        if self.number > 1 && total > 0 {
            links.insert("previous".to_owned(), link(self.number.min(pages + 1) - 1).into());
        }
        if self.number < pages {
            links.insert("next".to_owned(), link(self.number.saturating_add(1)).into());
        }
        links.insert("current".to_owned(), link(self.number).into());
        json!({
            "total": total,
            "count": count,
            "per_page": self.limit,
            "current_page": self.number,
            "total_pages": pages,
            "links": links,
        })
    }
}

/// A parameter that is a whole number.
///
/// # Errors
/// Anything else.
pub(super) fn whole(query: &Query, name: &str) -> Result<Option<u64>, Problem> {
    let read = |text: &str| text.parse().map_err(|_no_number| wrong(name, text, "integer"));
    query.get(name).map(read).transpose()
}

/// A value that can't be read.
pub(super) fn wrong(name: &str, found: &str, expected: &'static str) -> Problem {
    Problem::Value { name: name.to_owned(), found: found.to_owned(), expected }
}

/// Refuses parameters that there are not.
///
/// # Errors
/// Names them.
pub(super) fn known(query: &Query, names: &[&str]) -> Result<(), Problem> {
    let unknown: Vec<_> = query.names().filter(|name| !names.contains(name)).collect();
    if unknown.is_empty() { Ok(()) } else { Err(Problem::Filters(unknown.join(","))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Result<Page, Problem> {
        Page::parse(&Query::parse(text))
    }

    #[test]
    fn a_page_has_fifty_rows_unless_it_is_told_how_many() {
        assert_eq!(page("").unwrap(), Page { number: 1, limit: 50 });
        assert_eq!(page("page=3&limit=250").unwrap().skip(), 500);
        assert_eq!(page("page=2&limit=2").unwrap().of(0..5), [2, 3]);
        assert_eq!(page("limit=251"), Err(Problem::Limit { found: 251, most: 250 }));
        for text in ["page=0", "limit=0", "limit=a", "page=-1", "page="] {
            assert!(matches!(page(text), Err(Problem::Value { .. })), "{text}");
        }
    }

    #[test]
    fn links_lead_to_the_pages_next_to_it_and_keep_the_other_parameters() {
        let query = Query::parse("sort=id&page=2&limit=10&date_modified:min=2026-11-22T00:00:00Z");
        let meta = Page::parse(&query).unwrap().pagination(25, 10, &query);
        let rest = "&limit=10&sort=id&date_modified:min=2026-11-22T00:00:00Z";
        assert_eq!(meta["total_pages"], 3);
        assert_eq!(meta["links"]["previous"], format!("?page=1{rest}"));
        assert_eq!(meta["links"]["current"], format!("?page=2{rest}"));
        assert_eq!(meta["links"]["next"], format!("?page=3{rest}"));
        let meta = page("page=9&limit=10").unwrap().pagination(25, 0, &Query::default());
        assert_eq!(meta["links"]["previous"], "?page=3&limit=10");
        assert!(meta["links"].get("next").is_none());
    }
}
