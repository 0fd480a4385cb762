use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphql_parser::Pos;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::problem::Problem;

/// The most objects on a page (<https://shopify.dev/docs/api/usage/limits>).
pub(super) const PAGE_OBJECTS_MAX: u64 = 250;
/// The most variants on a page of a query for one product, since API 2025-01.
pub(super) const SINGLE_PRODUCT_VARIANTS_MAX: u64 = 2_000;
/// Where the pages of one list end, however many objects there are
/// (<https://shopify.dev/docs/api/usage/limits>).
pub const LIST_OBJECTS_MAX: u64 = 25_000;

const CURSOR_BYTES_MAX: usize = 1_024;

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageArgs {
    pub(super) end: End,
    pub(super) count: u64,
    pub(super) after: Option<Cursor>,
    pub(super) before: Option<Cursor>,
    pub(super) sorted: Sorted,
}

/// From which end of the list a page is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    First,
    Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sorted {
    Forward,
    Reverse,
}

/// A place in a list: what stands there, and how many come before it and with it.
///
/// It holds what the vendor's holds and `offset` besides, which lets the store end a list without
/// counting it again at each page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    pub(super) last_id: u64,
    pub(super) last_value: String,
    #[serde(default)]
    pub(super) offset: u64,
}

impl Cursor {
    pub(super) fn encode(&self) -> String {
        STANDARD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    pub(super) fn decode(text: &str) -> Option<Self> {
        let bytes =
            (text.len() <= CURSOR_BYTES_MAX).then(|| STANDARD.decode(text).ok()).flatten()?;
        serde_json::from_slice(&bytes).ok()
    }
}

impl PageArgs {
    /// Reads the arguments of a connection.
    ///
    /// # Errors
    /// As the vendor words them: neither or both of `first` and `last`, a number out of bounds, a
    /// cursor that is none.
    pub(super) fn parse(
        args: &Map<String, Value>,
        count_max: u64,
        at: Pos,
        path: &[String],
    ) -> Result<Self, Problem> {
        let wrong =
            |message: String| Problem::new(message).at(at).path(path).code("BAD_REQUEST", &[]);
        let number = |name: &str| args.get(name).and_then(Value::as_i64);
        let (end, name, count) = match (number("first"), number("last")) {
            (Some(count), None) => (End::First, "first", count),
            (None, Some(count)) => (End::Last, "last", count),
            (None, None) => return Err(wrong("you must provide one of first or last".to_owned())),
            (Some(_), Some(_)) => {
                return Err(wrong("providing both first and last is not supported".to_owned()));
            }
        };
        let Some(count) = u64::try_from(count).ok().filter(|count| *count > 0) else {
            return Err(wrong(format!("{name} must be greater than zero")));
        };
        if count > count_max {
            return Err(wrong(format!("{name} cannot exceed {count_max}")));
        }
        let cursor = |name: &str| match args.get(name).and_then(Value::as_str) {
            None => Ok(None),
            Some(text) => Cursor::decode(text).map(Some).ok_or_else(|| wrong(invalid_cursor(name))),
        };
        let (after, before) = (cursor("after")?, cursor("before")?);
        Ok(Self { end, count, after, before, sorted: sorted(args) })
    }
}

impl PageArgs {
    /// All of a list, whatever part of it is asked for.
    pub(super) fn whole(args: &Map<String, Value>) -> Self {
        let count = u64::MAX;
        Self { end: End::First, count, after: None, before: None, sorted: sorted(args) }
    }
}

fn sorted(args: &Map<String, Value>) -> Sorted {
    if args.get("reverse").and_then(Value::as_bool).unwrap_or_default() {
        Sorted::Reverse
    } else {
        Sorted::Forward
    }
}

pub(super) fn invalid_cursor(argument: &str) -> String {
    format!("Invalid cursor for current pagination sort: {argument}")
}

/// One page of a list.
#[derive(Clone, Debug)]
pub(super) struct Page<T> {
    /// Each with its cursor, in the order of the list.
    pub(super) rows: Vec<(Cursor, T)>,
    pub(super) has_next: bool,
    pub(super) has_previous: bool,
}

impl<T> Page<T> {
    /// A page of a short list, whose `items` come with ascending ids.
    pub(super) fn of(mut items: Vec<(u64, T)>, args: &PageArgs) -> Self {
        let all = items.len();
        let reverse = args.sorted == Sorted::Reverse;
        if reverse {
            items.reverse();
        }
        let comes_before = |id: u64, than: u64| if reverse { id > than } else { id < than };
        let start = args.after.as_ref().map_or(0, |after| {
            items
                .partition_point(|(id, _)| *id == after.last_id || comes_before(*id, after.last_id))
        });
        let end = args.before.as_ref().map_or(all, |before| {
            items.partition_point(|(id, _)| comes_before(*id, before.last_id))
        });
        let end = end.max(start);
        let count = usize::try_from(args.count).unwrap_or(usize::MAX);
        let (start, end) = match args.end {
            End::First => (start, end.min(start.saturating_add(count))),
            End::Last => (start.max(end.saturating_sub(count)), end),
        };
        let rows = items
            .into_iter()
            .enumerate()
            .take(end)
            .skip(start)
            .map(|(place, (last_id, item))| {
                let offset = u64::try_from(place).unwrap_or(u64::MAX).saturating_add(1);
                (Cursor { last_id, last_value: offset.to_string(), offset }, item)
            })
            .collect();
        Self { rows, has_next: end < all, has_previous: start > 0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn args(value: Value) -> Result<PageArgs, Problem> {
        let Value::Object(args) = value else { panic!("no arguments: {value}") };
        PageArgs::parse(
            &args,
            PAGE_OBJECTS_MAX,
            Pos { line: 1, column: 3 },
            &["products".to_owned()],
        )
    }

    #[test]
    fn arguments_that_ask_for_no_page_are_refused_as_the_vendor_words_it() {
        for (value, message) in [
            (json!({}), "you must provide one of first or last"),
            (json!({"first": 1, "last": 1}), "providing both first and last is not supported"),
            (json!({"first": 0}), "first must be greater than zero"),
            (json!({"last": -1}), "last must be greater than zero"),
            (json!({"first": 251}), "first cannot exceed 250"),
            (
                json!({"first": 1, "after": "x"}),
                "Invalid cursor for current pagination sort: after",
            ),
        ] {
            let problem = args(value).unwrap_err().into_json();
            assert_eq!(problem["message"], message);
            assert_eq!(problem["path"], json!(["products"]));
            assert_eq!(problem["extensions"]["code"], "BAD_REQUEST");
        }
    }

    proptest! {
        #[test]
        fn pages_of_a_short_list_hold_every_item_once(
            len in 0_u64..40,
            count in 1_u64..12,
            reverse: bool,
            from_the_end: bool,
        ) {
            let items: Vec<_> = (0..len).map(|id| (id + 7, id)).collect();
            let mut expected: Vec<_> = (0..len).collect();
            if reverse {
                expected.reverse();
            }
            let mut found = Vec::new();
            let mut cursor: Option<Cursor> = None;
            loop {
                let (side, at) = if from_the_end { ("last", "before") } else { ("first", "after") };
                let text = cursor.as_ref().map(Cursor::encode);
                let args = args(json!({side: count, at: text, "reverse": reverse})).unwrap();
                let page = Page::of(items.clone(), &args);
                let more = if from_the_end { page.has_previous } else { page.has_next };
                let rows: Vec<_> = page.rows.iter().map(|(_, item)| *item).collect();
                if from_the_end {
                    found.splice(0..0, rows);
                    cursor = page.rows.first().map(|(cursor, _)| cursor.clone());
                } else {
                    found.extend(rows);
                    cursor = page.rows.last().map(|(cursor, _)| cursor.clone());
                }
                prop_assert!(u64::try_from(found.len()).unwrap() <= len);
                if !more {
                    break;
                }
            }
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn no_text_makes_a_cursor_panic(text in "\\PC{0,60}") {
            drop(Cursor::decode(&text));
        }
    }
}
