//! A store of a few lines that answers the walk's own queries, to test it without I/O: searches,
//! sorts, pages and stops a list at 25,000 objects as the vendor does.

use super::*;

const LIST_OBJECTS_MAX: usize = 25_000;
/// How many children come with a product.
pub(super) const INLINE: u64 = 10;

#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: u64,
    pub(super) updated_at: UnixMillis,
    pub(super) variants: usize,
    pub(super) media: usize,
    pub(super) metafields: usize,
    /// Served instead of the product.
    pub(super) raw: Option<String>,
}

impl Item {
    pub(super) const fn new(id: u64, updated_at: UnixMillis) -> Self {
        Self { id, updated_at, variants: 1, media: 0, metafields: 0, raw: None }
    }

    /// A product with nothing but its id and time, to go quickly through long lists.
    pub(super) fn bare(id: u64, updated_at: UnixMillis) -> Self {
        let shown = UnixMillis(updated_at.0.div_euclid(1_000) * 1_000).to_rfc3339();
        let raw = format!(r#"{{"id":"gid://shopify/Product/{id}","updatedAt":"{shown}"}}"#);
        Self { raw: Some(raw), ..Self::new(id, updated_at) }
    }

    /// To the second, as the vendor shows it.
    fn second(&self) -> u64 {
        self.updated_at.0.div_euclid(1_000)
    }
}

#[derive(Debug)]
pub(super) struct Store {
    items: Vec<Item>,
    /// The last list found, by its search and order: finding it anew for each page takes long.
    found: Option<(String, Vec<usize>)>,
    pub(super) lists_begun: usize,
    pub(super) requested_cost: u64,
    pub(super) available: u64,
}

impl Store {
    pub(super) const fn new(items: Vec<Item>) -> Self {
        Self { items, found: None, lists_begun: 0, requested_cost: 100, available: 2_000 }
    }

    pub(super) fn change(&mut self) -> &mut Vec<Item> {
        self.found = None;
        &mut self.items
    }

    pub(super) fn answer(&mut self, call: &Call) -> Reply {
        assert_eq!(call.request.uri().path(), PATH);
        let body: Value = serde_json::from_slice(call.request.body()).unwrap();
        let query = body["query"].as_str().unwrap();
        let variables = &body["variables"];
        let data = if query.starts_with("query ProductsPage") {
            self.page(variables)
        } else if query.starts_with("query ProductsListed") {
            let mut variables = variables.clone();
            variables["sortKey"] = "ID".into();
            self.page(&variables)
        } else if query.starts_with("query ProductsById") {
            self.nodes(variables)
        } else {
            self.product(query, variables)
        };
        let cost = json!({"cost": {"requestedQueryCost": self.requested_cost, "throttleStatus":
            {"maximumAvailable": 2_000.0, "currentlyAvailable": self.available, "restoreRate": 100.0}}});
        http::Response::new(format!(r#"{{"data":{data},"extensions":{cost}}}"#).into_bytes())
    }

    fn page(&mut self, variables: &Value) -> String {
        let by_id = variables["sortKey"] == "ID";
        let key = |item: &Item| if by_id { (item.id, 0) } else { (item.updated_at.0, item.id) };
        let wanted = format!("{} {by_id}", variables["query"]);
        if self.found.as_ref().is_none_or(|(found, _)| *found != wanted) {
            let search = Search::parse(variables["query"].as_str().unwrap_or_default());
            let all = 0..self.items.len();
            let mut list: Vec<usize> = all.filter(|at| search.finds(&self.items[*at])).collect();
            list.sort_by_key(|at| key(&self.items[*at]));
            self.found = Some((wanted, list));
        }
        let list = &self.found.as_ref().unwrap().1;
        let item = |at: &usize| &self.items[*at];
        let after = variables["after"].as_str().map(|cursor| {
            let mut parts = cursor.split('-').map(|part| part.parse::<u64>().unwrap());
            ((parts.next().unwrap(), parts.next().unwrap()), parts.next().unwrap())
        });
        self.lists_begun += usize::from(after.is_none());
        let (start, given) = after.map_or((0, 0), |(last, given)| {
            (list.partition_point(|at| key(item(at)) <= last), usize::try_from(given).unwrap())
        });
        let first = usize::try_from(variables["first"].as_u64().unwrap()).unwrap();
        let room = LIST_OBJECTS_MAX.saturating_sub(given);
        let page: Vec<&Item> = list[start..].iter().take(first.min(room)).map(item).collect();
        let given = given + page.len();
        let more = start + page.len() < list.len() && given < LIST_OBJECTS_MAX;
        let end = page.last().map(|item| format!("{}-{}-{given}", key(item).0, key(item).1));
        let info = json!({"hasNextPage": more, "endCursor": end});
        let nodes: Vec<String> = page.iter().copied().map(node).collect();
        format!(
            r#"{{"shop":{{"currencyCode":"EUR"}},"list":{{"pageInfo":{info},"nodes":[{}]}}}}"#,
            nodes.join(",")
        )
    }

    fn nodes(&self, variables: &Value) -> String {
        let found = |id: &Value| {
            let id = id.as_str().unwrap().rsplit('/').next().unwrap();
            let item = self.items.iter().find(|item| item.id.to_string() == id);
            item.map_or("null".to_owned(), node)
        };
        let nodes: Vec<String> = variables["ids"].as_array().unwrap().iter().map(found).collect();
        format!(r#"{{"shop":{{"currencyCode":"EUR"}},"nodes":[{}]}}"#, nodes.join(","))
    }

    fn product(&self, query: &str, variables: &Value) -> String {
        let id = variables["id"].as_str().unwrap().rsplit('/').next().unwrap();
        let Some(item) = self.items.iter().find(|item| item.id.to_string() == id) else {
            return r#"{"node":null}"#.to_owned();
        };
        let list = ["variants", "media", "metafields"]
            .into_iter()
            .find(|name| query.contains(&format!("list: {name}(first: $first")))
            .unwrap();
        json!({"node": {"list": children(item, list, &variables["first"], &variables["after"])}})
            .to_string()
    }
}

/// What a search asks for; the same terms that the walks use.
struct Search {
    from_s: u64,
    until_s: u64,
    from_id: u64,
}

impl Search {
    fn parse(text: &str) -> Self {
        let second = |quoted: &str| {
            UnixMillis::parse_rfc3339(quoted.trim_matches('\'')).unwrap().0.div_euclid(1_000)
        };
        let mut search = Self { from_s: 0, until_s: u64::MAX, from_id: 0 };
        for term in text.split(' ').filter(|term| !term.is_empty()) {
            if let Some(from) = term.strip_prefix("updated_at:>=") {
                search.from_s = second(from);
            } else if let Some(until) = term.strip_prefix("updated_at:<") {
                search.until_s = second(until);
            } else if let Some(from) = term.strip_prefix("id:>=") {
                search.from_id = from.parse().unwrap();
            } else {
                search.from_id = term.strip_prefix("id:>").unwrap().parse::<u64>().unwrap() + 1;
            }
        }
        search
    }

    fn finds(&self, item: &Item) -> bool {
        (self.from_s..self.until_s).contains(&item.second()) && item.id >= self.from_id
    }
}

fn node(item: &Item) -> String {
    if let Some(raw) = &item.raw {
        return raw.clone();
    }
    let list = |name: &str| children(item, name, &INLINE.into(), &Value::Null);
    json!({
        "id": format!("gid://shopify/Product/{}", item.id),
        "updatedAt": UnixMillis(item.second() * 1_000).to_rfc3339(),
        "variants": list("variants"),
        "media": list("media"),
        "metafields": list("metafields"),
    })
    .to_string()
}

fn children(item: &Item, name: &str, first: &Value, after: &Value) -> Value {
    let total = match name {
        "variants" => item.variants,
        "media" => item.media,
        _ => item.metafields,
    };
    let start = after.as_str().map_or(0, |cursor| cursor.parse().unwrap());
    let end = total.min(start + usize::try_from(first.as_u64().unwrap()).unwrap());
    let nodes: Vec<Value> = (start..end)
        .map(|n| match name {
            "variants" => {
                json!({"id": format!("gid://shopify/ProductVariant/{n}"), "price": "1.50"})
            }
            "media" => json!({"id": format!("gid://shopify/MediaImage/{n}"), "image": null}),
            _ => json!({"id": format!("gid://shopify/Metafield/{n}"), "key": "k", "value": "v"}),
        })
        .collect();
    let end_cursor = (end > start).then(|| end.to_string());
    json!({"pageInfo": {"hasNextPage": end < total, "endCursor": end_cursor}, "nodes": nodes})
}
