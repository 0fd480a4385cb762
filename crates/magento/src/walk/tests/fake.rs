//! A store in a page of code: it understands searches and has rows that spoil a page.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use flyball_connector::{Call, Listing, Page, Plan, Span, Step, Walk};
use flyball_domain::{Kind, Row, UnixMillis};
use serde_json::{Value, json};

use super::super::MagentoWalk;
use super::super::state::filter_time;
use crate::classify::Reply;
use crate::site::Paths;

pub(super) const NOW: UnixMillis = UnixMillis(1_791_000_000_000);

/// The second `n` of all times here.
pub(super) fn at(n: u64) -> String {
    filter_time(1_790_000_000 + n)
}

pub(super) fn moment(n: u64) -> UnixMillis {
    UnixMillis((1_790_000_000 + n) * 1_000)
}

pub(super) fn product(id: u64, second: u64) -> Value {
    json!({"id": id, "sku": format!("sku-{id}"), "updated_at": at(second), "price": 10.5,
        "type_id": "simple"})
}

pub(super) fn order(id: u64, second: u64) -> Value {
    json!({"entity_id": id, "increment_id": format!("{id:09}"), "updated_at": at(second),
        "base_currency_code": "EUR", "order_currency_code": "EUR", "base_grand_total": 5, "items": []})
}

#[derive(Default)]
pub(super) struct Fake {
    /// By resource.
    pub(super) rows: BTreeMap<&'static str, Vec<Value>>,
    /// Resources that are not there, with the answer in their place.
    pub(super) missing: BTreeMap<&'static str, (u16, &'static str)>,
    /// Rows that spoil every page that they are on.
    pub(super) poison: BTreeSet<(&'static str, u64)>,
    /// Whether the ids of those can be had.
    pub(super) names_poison: bool,
    /// The most rows given at once, whatever is asked for.
    pub(super) cap: Option<usize>,
    /// Counts so many more source items than there are, and repeats its last page of them for ever.
    pub(super) phantoms: usize,
    /// Rows that it refuses to give more of at once.
    pub(super) limit: Option<usize>,
    /// Statuses of the next answers.
    pub(super) fails: VecDeque<u16>,
    /// After so many calls the store is down for so many.
    pub(super) fails_after: Option<(usize, usize)>,
    /// One call in so many is answered 503.
    pub(super) fails_every: Option<usize>,
    /// Resources and decoded queries, one a call.
    pub(super) calls: Vec<(String, String)>,
}

impl Fake {
    pub(super) fn with(kind: Kind, rows: Vec<Value>) -> Self {
        let resource = if kind == Kind::Products { "products" } else { "orders" };
        let mut fake = Self::default();
        for empty in [
            "products",
            "orders",
            "inventory/source-items",
            "categories/list",
            "products/attributes",
            "creditmemos",
            "shipments",
            "invoices",
            "transactions",
            "returns",
        ] {
            fake.rows.insert(empty, Vec::new());
        }
        fake.rows.insert(resource, rows);
        fake
    }

    pub(super) fn count(&self, resource: &str) -> usize {
        self.calls.iter().filter(|(asked, _)| asked == resource).count()
    }

    pub(super) fn answer(&mut self, call: &Call) -> Reply {
        let uri = call.request.uri();
        let resource = uri.path().rsplit_once("/V1/").unwrap().1.to_owned();
        let query = decoded(uri.query().unwrap_or_default());
        self.calls.push((resource.clone(), query.clone()));
        let n = self.calls.len();
        if self.fails_after.is_some_and(|(after, fails)| n > after && n <= after + fails) {
            return reply(500, "{\"message\":\"Internal Error\"}");
        }
        if self.fails_every.is_some_and(|every| n.is_multiple_of(every)) {
            return reply(503, "{\"message\":\"busy\"}");
        }
        if let Some(status) = self.fails.pop_front() {
            return reply(status, "{\"message\":\"Internal Error\"}");
        }
        if let Some((status, body)) = self.missing.get(&*resource) {
            return reply(*status, body);
        }
        if resource == "store/storeConfigs" {
            return reply(200, "[{\"base_currency_code\":\"EUR\",\"weight_unit\":\"kgs\"}]");
        }
        self.page(&resource, &query)
    }

    fn page(&self, resource: &str, query: &str) -> Reply {
        let parameters: BTreeMap<&str, &str> =
            query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let get = |name: &str| parameters.get(format!("searchCriteria{name}").as_str()).copied();
        let group = |group: usize| -> Vec<(&str, &str, &str)> {
            let filter = |filter: usize| {
                let at = format!("[filterGroups][{group}][filters][{filter}]");
                let field = get(&format!("{at}[field]"))?;
                let value = get(&format!("{at}[value]"))?;
                Some((field, value, get(&format!("{at}[conditionType]"))?))
            };
            (0..10).filter_map(filter).collect()
        };
        let groups: Vec<_> = (0..10).map(group).filter(|group| !group.is_empty()).collect();
        let holds = |row: &Keyed<'_>| {
            groups.iter().all(|group| group.iter().any(|filter| row.holds(*filter)))
        };
        let mut rows: Vec<Keyed<'_>> =
            self.rows[resource].iter().map(Keyed::new).filter(|row| holds(row)).collect();
        let by_time = get("[sortOrders][0][field]") == Some("updated_at");
        rows.sort_by_key(|row| (if by_time { row.at } else { "" }, row.id));
        let mut total = rows.len();
        let size: usize = get("[pageSize]").unwrap().parse().unwrap();
        let page: usize = get("[currentPage]").unwrap().parse().unwrap();
        if let Some(limit) = self.limit.filter(|limit| size > *limit) {
            let message = "Maximum SearchCriteria pageSize is %max";
            let refusal = json!({"message": message, "parameters": {"max": limit}});
            return reply(400, &refusal.to_string());
        }
        let size = size.min(self.cap.unwrap_or(usize::MAX));
        let mut page = page;
        if resource == "inventory/source-items" && self.phantoms > 0 {
            page = page.min(total.div_ceil(size).max(1));
            total += self.phantoms;
        }
        let rows: Vec<&Value> =
            rows.into_iter().map(|row| row.row).skip((page - 1) * size).take(size).collect();
        let only_ids = parameters
            .get("fields")
            .is_some_and(|fields| !fields.contains("items[entity_id,updated_at,items"));
        let spoiled = |row: &&Value| {
            self.poison.iter().any(|(of, id)| *of == resource && number(row, "entity_id") == *id)
        };
        if rows.iter().any(spoiled) && !(only_ids && self.names_poison) {
            return reply(
                500,
                "{\"message\":\"Internal Error. Report ID: webapi-%1\",\"parameters\":[7]}",
            );
        }
        reply(200, &json!({"items": rows, "search_criteria": {}, "total_count": total}).to_string())
    }
}

fn found<'a>(row: &'a Value, field: &str) -> &'a Value {
    let id = row.get("id").filter(|_| field == "entity_id");
    id.unwrap_or_else(|| &row[field])
}

fn number(row: &Value, field: &str) -> u64 {
    found(row, field).as_u64().unwrap_or(0)
}

/// A row and what it is found and sorted by.
struct Keyed<'a> {
    row: &'a Value,
    id: u64,
    at: &'a str,
}

impl<'a> Keyed<'a> {
    fn new(row: &'a Value) -> Self {
        let at = row["updated_at"].as_str().unwrap_or_default();
        Self { row, id: number(row, "entity_id"), at }
    }

    fn holds(&self, (field, value, condition): (&str, &str, &str)) -> bool {
        let order = |value: &str| match field {
            "entity_id" => Some(self.id).cmp(&value.parse().ok()),
            "updated_at" => self.at.cmp(value),
            _ => match &self.row[field] {
                Value::Number(number) => number.as_u64().cmp(&value.parse().ok()),
                Value::String(text) => text.as_str().cmp(value),
                other => panic!("{other}"),
            },
        };
        match condition {
            "in" => value.split(',').any(|one| order(one).is_eq()),
            "eq" => order(value).is_eq(),
            "gt" => order(value).is_gt(),
            "gteq" => order(value).is_ge(),
            "lt" => order(value).is_lt(),
            other => panic!("{other}"),
        }
    }
}

fn decoded(query: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = query.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let hex = std::str::from_utf8(&tail[..2]).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}

pub(super) fn reply(status: u16, body: &str) -> Reply {
    http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap()
}

pub(super) fn plan(kind: Kind, span: Span) -> Plan {
    Plan { kind, span, resume: None, ceiling_percent: 100 }
}

/// Everything.
pub(super) fn all() -> Span {
    Span::Changed { from: None, until: NOW }
}

/// What changed from a second on.
pub(super) fn since(second: u64) -> Span {
    Span::Changed { from: Some(moment(second)), until: NOW }
}

pub(super) fn walk(plan: &Plan) -> MagentoWalk {
    let base = flyball_http::BaseUrl::parse("https://shop.example", flyball_http::Reach::Public);
    let (paths, _) = Paths::of(&base.unwrap()).unwrap();
    MagentoWalk::new(plan, paths).unwrap()
}

/// What a walk came to.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) rows: Vec<Row>,
    pub(super) listings: Vec<Listing>,
    pub(super) failures: Vec<flyball_connector::Failure>,
}

impl Outcome {
    /// The ids of the records, in the order in which they came.
    pub(super) fn good(&self) -> Vec<u64> {
        let id = |row: &Row| match row {
            Row::Good(record) => record.id.as_str().parse().ok(),
            Row::Bad(_) | Row::Gone(_) => None,
        };
        self.rows.iter().filter_map(id).collect()
    }

    pub(super) fn bad(&self) -> Vec<Option<String>> {
        let id = |row: &Row| match row {
            Row::Bad(bad) => Some(bad.id.as_ref().map(ToString::to_string)),
            Row::Good(_) | Row::Gone(_) => None,
        };
        self.rows.iter().filter_map(id).collect()
    }

    pub(super) fn gone(&self) -> Vec<String> {
        let id = |row: &Row| match row {
            Row::Gone(id) => Some(id.to_string()),
            Row::Good(_) | Row::Bad(_) => None,
        };
        self.rows.iter().filter_map(id).collect()
    }
}

/// The most steps of any walk here.
const STEPS_MAX: usize = 5_000;

/// Walks to the end; after each failure as the importer does, from what was kept.
pub(super) fn run(fake: &mut Fake, plan: &Plan) -> Outcome {
    let mut plan = plan.clone();
    let mut outcome = Outcome::default();
    let mut current = walk(&plan);
    for _ in 0..STEPS_MAX {
        match current.next() {
            Step::Call(call) => {
                current.sent(NOW);
                let reply = fake.answer(&call);
                if let Err(failure) = current.absorb(reply, NOW) {
                    outcome.failures.push(failure);
                    if let Some(Page { rows, resume }) = current.break_off() {
                        assert!(resume.len() < Page::RESUME_BYTES_MAX);
                        outcome.rows.extend(rows);
                        plan.resume = Some(resume);
                    }
                    current = walk(&plan);
                }
            }
            Step::Page(page) => {
                assert!(page.resume.len() < Page::RESUME_BYTES_MAX);
                outcome.rows.extend(page.rows);
                plan.resume = Some(page.resume);
            }
            Step::Listed(listing) => {
                plan.resume = Some(listing.resume.clone());
                outcome.listings.push(listing);
            }
            Step::Finished => return outcome,
        }
    }
    panic!("no end: {:?}", fake.calls.iter().rev().take(10).collect::<Vec<_>>());
}
