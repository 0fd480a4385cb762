//! A store of a few lines that answers the walk's own questions, to test it without I/O: filters,
//! sorts and pages as the vendor does, and fails where it is told to.

use std::collections::BTreeMap;

use super::*;

/// What makes the server fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fails {
    Never,
    /// Whenever more than its id is asked for.
    Whole,
    /// Whenever it is asked for.
    Ever,
    /// Whenever what belongs to it is asked for.
    Inside,
}

#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: u64,
    pub(super) changed_s: u64,
    pub(super) fails: Fails,
    /// Lines or variants.
    pub(super) children: usize,
    /// Further fields, as JSON.
    pub(super) fields: &'static str,
}

impl Item {
    pub(super) const fn new(id: u64) -> Self {
        Self { id, changed_s: T0_S, fails: Fails::Never, children: 0, fields: "" }
    }
}

/// The most children that come with a record.
const INLINE_MAX: usize = 50;

#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) items: BTreeMap<u64, Item>,
    pub(super) calls: Vec<String>,
    /// Answered to everything, where it is not 0.
    pub(super) status: u16,
    /// Every so manieth call fails.
    pub(super) fails_every: Option<usize>,
    pub(super) fails_with: u16,
    /// Whether metafields of other products are among those asked for.
    pub(super) minds_no_filter: bool,
    /// The most rows of a page before it is refused as too large.
    pub(super) rows_max: Option<usize>,
}

impl Store {
    pub(super) fn new(items: impl IntoIterator<Item = Item>) -> Self {
        let items = items.into_iter().map(|item| (item.id, item)).collect();
        Self { items, fails_with: 500, ..Self::default() }
    }

    pub(super) fn of(count: u64) -> Self {
        Self::new((1..=count).map(Item::new))
    }

    pub(super) fn answer(&mut self, call: &Call) -> Reply {
        let uri = call.request.uri().to_string();
        self.calls.push(uri.clone());
        if self.status != 0 {
            return reply(self.status, r#"{"title":"failing"}"#);
        }
        if self.fails_every.is_some_and(|every| self.calls.len().is_multiple_of(every)) {
            return reply(self.fails_with, r#"{"title":"failing"}"#);
        }
        let (path, query) = uri.split_once('?').unwrap_or((&uri, ""));
        let query: BTreeMap<&str, &str> =
            query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts.as_slice() {
            ["v2", "store"] => reply(200, r#"{"currency":"EUR","weight_units":"KGS"}"#),
            ["v3", "catalog", "products"] | ["v2", "orders"] => self.list(parts[0] == "v3", &query),
            ["v3", "catalog", "products", "metafields"] if self.minds_no_filter => {
                reply(200, r#"{"data":[{"id":1,"key":"k","value":"v","resource_id":999999999}]}"#)
            }
            ["v2", "orders", id] => match self.items.get(&id.parse().unwrap()) {
                Some(item) if item.fails != Fails::Ever => reply(200, &order(item, INLINE_MAX)),
                Some(_) => reply(500, r#"{"title":"failing"}"#),
                None => reply(404, r#"[{"status":404,"message":"not found"}]"#),
            },
            ["v2", "orders", id, "products"] | ["v3", "catalog", "products", id, "variants"] => {
                self.children(parts[0] == "v3", id.parse().unwrap(), &query)
            }
            [_, "orders", id, _] if self.fails_inside(id) => reply(500, r#"{"title":"failing"}"#),
            ["v2", ..] => reply(204, ""),
            _ => reply(200, r#"{"data":[],"meta":{}}"#),
        }
    }

    fn fails_inside(&self, id: &str) -> bool {
        let item = id.parse().ok().and_then(|id: u64| self.items.get(&id));
        item.is_some_and(|item| item.fails == Fails::Inside)
    }

    fn list(&self, v3: bool, query: &BTreeMap<&str, &str>) -> Reply {
        let number = |name: &str| query.get(name).map(|text| text.parse::<u64>().unwrap());
        let second = |names: [&str; 2]| {
            let text = names.iter().find_map(|name| query.get(name))?;
            Some(UnixMillis::parse_rfc3339(text).unwrap().0.div_euclid(1_000))
        };
        let from_id = number("id:greater").map(|id| id + 1).or(number("min_id")).unwrap_or(0);
        let from_s = second(["date_modified:min", "min_date_modified"]).unwrap_or(0);
        let to_s = second(["date_modified:max", "max_date_modified"]).unwrap_or(u64::MAX);
        let only: Option<Vec<u64>> =
            query.get("id:in").map(|ids| ids.split(',').map(|id| id.parse().unwrap()).collect());
        let found: Vec<&Item> = self
            .items
            .range(from_id..)
            .map(|(_, item)| item)
            .filter(|item| (from_s..=to_s).contains(&item.changed_s))
            .filter(|item| only.as_ref().is_none_or(|only| only.contains(&item.id)))
            .collect();
        let limit = usize::try_from(number("limit").unwrap()).unwrap();
        let page = usize::try_from(number("page").unwrap_or(1)).unwrap();
        if self.rows_max.is_some_and(|max| limit > max) {
            return reply(413, r#"{"title":"too large"}"#);
        }
        let shown: Vec<&Item> =
            found.iter().copied().skip((page - 1) * limit).take(limit).collect();
        let whole = query.contains_key("include");
        let failing =
            |item: &&Item| item.fails == Fails::Ever || (whole && item.fails == Fails::Whole);
        if shown.iter().any(failing) {
            return reply(500, r#"{"title":"failing"}"#);
        }
        let show = |item: &&Item| match (v3, whole) {
            (true, true) => product(item),
            (true, false) => bare(item),
            (false, _) => order(item, INLINE_MAX),
        };
        let rows: Vec<String> = shown.iter().map(show).collect();
        match (v3, rows.is_empty()) {
            (true, _) => {
                let pages = found.len().div_ceil(limit);
                reply(
                    200,
                    &format!(
                        r#"{{"data":[{}],"meta":{{"pagination":{{"current_page":{page},"total_pages":{pages}}}}}}}"#,
                        rows.join(",")
                    ),
                )
            }
            (false, true) => reply(204, ""),
            (false, false) => reply(200, &format!("[{}]", rows.join(","))),
        }
    }

    fn children(&self, v3: bool, id: u64, query: &BTreeMap<&str, &str>) -> Reply {
        let item = &self.items[&id];
        if item.fails == Fails::Inside {
            return reply(500, r#"{"title":"failing"}"#);
        }
        let number = |name: &str| query[name].parse::<usize>().unwrap();
        let (limit, page) = (number("limit"), number("page"));
        let rows: Vec<String> =
            (1..=item.children).skip((page - 1) * limit).take(limit).map(child).collect();
        match (v3, rows.is_empty()) {
            (true, _) => reply(200, &format!(r#"{{"data":[{}],"meta":{{}}}}"#, rows.join(","))),
            (false, true) => reply(204, ""),
            (false, false) => reply(200, &format!("[{}]", rows.join(","))),
        }
    }
}

pub(super) fn reply(status: u16, body: &str) -> Reply {
    http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap()
}

fn bare(item: &Item) -> String {
    let at = UnixMillis(item.changed_s * 1_000).to_rfc3339();
    format!(r#"{{"id":{},"date_modified":"{at}"}}"#, item.id)
}

fn child(n: usize) -> String {
    format!(r#"{{"id":{n},"quantity":1,"option_values":[]}}"#)
}

fn inline(item: &Item, max: usize) -> String {
    (1..=item.children.min(max)).map(child).collect::<Vec<_>>().join(",")
}

fn product(item: &Item) -> String {
    let inner = bare(item);
    let inner = inner.trim_end_matches('}');
    format!(r#"{inner},"variants":[{}]{}}}"#, inline(item, INLINE_MAX), item.fields)
}

fn order(item: &Item, max: usize) -> String {
    let at = UnixMillis(item.changed_s * 1_000).to_rfc3339();
    format!(
        r#"{{"id":{},"date_modified":"{at}","default_currency_code":"EUR","items_total":{},"consignments":{{"shipping":[{{"id":1,"line_items":[{}]}}]}}{}}}"#,
        item.id,
        item.children,
        inline(item, max),
        item.fields
    )
}
