use axum::http::{StatusCode, header};
use flyball_domain::UnixMillis;
use serde_json::{Value, json};

use super::super::page::PAGE_OBJECTS_MAX;
use super::super::shop::Shop;
use super::order;
use crate::answer::Answer;
use crate::query::Query;
use crate::stock::{Direction, Key, Order, Shelf, StockOrder};

/// How many are on a page where nothing is said.
const PAGE_OBJECTS: u64 = 50;
const PAGE: &str = "page_info";
/// What only the first page may be asked with: a page's own place holds all of it.
const FILTERS: [&str; 4] = ["order", "status", "updated_at_max", "updated_at_min"];

/// Which orders are asked for, and where they are.
#[derive(Debug)]
pub(in super::super) struct Listing<'a> {
    pub(in super::super) shop: &'a Shop,
    pub(in super::super) orders: &'a Shelf<StockOrder>,
    /// Orders made before this moment are absent, in Unix milliseconds.
    pub(in super::super) from_ms: u64,
    /// Where the list is, such as `https://blue-mug.myshopify.com/admin/api/2026-10/orders.json`.
    pub(in super::super) address: &'a str,
    /// What stands behind its question mark.
    pub(in super::super) query: &'a str,
}

impl Listing<'_> {
    /// A page of orders, and in its head the address of the next one
    /// (<https://shopify.dev/docs/api/usage/pagination-rest>).
    pub(in super::super) fn answer(&self) -> Answer {
        match self.page() {
            Ok((orders, next)) => {
                let answer = Answer::json(StatusCode::OK, &json!({"orders": orders}));
                match next {
                    Some(place) => answer.with(header::LINK, &self.link(place)),
                    None => answer,
                }
            }
            Err(message) => Answer::json(StatusCode::BAD_REQUEST, &json!({"errors": message})),
        }
    }

    fn page(&self) -> Result<(Vec<Value>, Option<Place>), &'static str> {
        let query = Query::parse(self.query);
        let place = match query.get(PAGE) {
            Some(_) if FILTERS.iter().any(|name| query.get(name).is_some()) => {
                return Err("page_info cannot be used with filters");
            }
            Some(text) => Place::decode(text).ok_or("Invalid value for page_info")?,
            None => Place::first(&query)?,
        };
        let count = usize::try_from(limit(&query)?).unwrap_or(usize::MAX);
        let after = Some(Key { value: place.changed_at, index: place.index });
        let mut rows = self
            .orders
            .rows(Order::Changed, Direction::Ascending, after, place.before())
            .filter(|row| row.created_at >= self.from_ms)
            .filter_map(|row| self.orders.get(row.index))
            .filter(|shown| place.is_any || is_open(&shown.item));
        let shown: Vec<_> = rows.by_ref().take(count).collect();
        let next = rows.next().and(shown.last());
        let next =
            next.map(|last| Place { changed_at: last.updated_at, index: last.index, ..place });
        Ok((shown.iter().map(|shown| order::render(self.shop, shown)).collect(), next))
    }

    fn link(&self, place: Place) -> String {
        let limit = limit(&Query::parse(self.query)).unwrap_or(PAGE_OBJECTS);
        let address = self.address;
        format!("<{address}?limit={limit}&{PAGE}={}>; rel=\"next\"", place.encode())
    }
}

fn limit(query: &Query) -> Result<u64, &'static str> {
    match query.get("limit").map(str::parse) {
        None => Ok(PAGE_OBJECTS),
        Some(Ok(limit @ 1..=PAGE_OBJECTS_MAX)) => Ok(limit),
        Some(_) => Err("limit must be a number from 1 to 250"),
    }
}

fn is_open(order: &StockOrder) -> bool {
    order.closed_after_s.is_none() && order.canceled.is_none()
}

/// A place in the list of orders in the order of their last changes, and what the list was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// The last change and the index of the one before it.
    changed_at: u64,
    index: u64,
    /// Where the list ends, in Unix milliseconds.
    until_ms: u64,
    is_any: bool,
}

impl Place {
    /// The one that a list begins at.
    fn first(query: &Query) -> Result<Self, &'static str> {
        if query.get("order").is_some_and(|order| order != "updated_at asc") {
            return Err("only the order \"updated_at asc\" is simulated");
        }
        let is_any = match query.get("status").unwrap_or("open") {
            "any" => true,
            "open" => false,
            _ => return Err("only the statuses any and open are simulated"),
        };
        let time = |name: &str| match query.get(name) {
            None | Some("") => Ok(None),
            Some(text) => time(text).map(Some).ok_or("a time must be a date or in RFC 3339"),
        };
        let from_ms = time("updated_at_min")?.unwrap_or(0);
        let until_ms = time("updated_at_max")?.unwrap_or(u64::MAX);
        // Of all that were changed before, none can come after this.
        let changed_at = from_ms.saturating_sub(1);
        Ok(Self { changed_at, index: u64::MAX, until_ms, is_any })
    }

    fn before(self) -> Option<Key> {
        let value = self.until_ms.checked_add(1)?;
        Some(Key { value, index: 0 })
    }

    fn encode(self) -> String {
        let Self { changed_at, index, until_ms, is_any } = self;
        format!("{changed_at}-{index}-{until_ms}-{}", u8::from(is_any))
    }

    fn decode(text: &str) -> Option<Self> {
        let mut numbers = text.splitn(4, '-').map(|number| number.parse::<u64>().ok());
        let mut next = || numbers.next().flatten();
        let (changed_at, index, until_ms) = (next()?, next()?, next()?);
        let is_any = next()? == 1;
        Some(Self { changed_at, index, until_ms, is_any })
    }
}

/// A day counts from its beginning in UTC.
fn time(text: &str) -> Option<u64> {
    let whole = UnixMillis::parse_rfc3339(text);
    let day = || UnixMillis::parse_rfc3339(&format!("{text}T00:00:00Z"));
    whole.or_else(|_no_time| day()).ok().map(|at| at.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_place_survives_being_written_and_read(
            changed_at: u64, index: u64, until_ms: u64, is_any: bool,
        ) {
            let place = Place { changed_at, index, until_ms, is_any };
            prop_assert_eq!(Place::decode(&place.encode()), Some(place));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}") {
            let _read = (Place::decode(&text), time(&text));
        }
    }
}
