//! Walks by a file, with a store of a few lines that answers them.

use flyball_connector::{Destination, Plan, Span, Walk};
use flyball_domain::{Field, Product, RecordBody, Row};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::changed::Changed;
use super::file::PIECE_BYTES;
use super::*;

const NOW: UnixMillis = UnixMillis(1_900_000_000_000);
const UNTIL: UnixMillis = UnixMillis(1_800_000_000_000);
const COUNT: u64 = 9_000;

fn walk(resume: Option<String>) -> Changed {
    let span = Span::Changed { from: None, until: UNTIL };
    let plan = Plan { kind: Kind::Products, span, resume, ceiling_percent: 100 };
    Changed::new(&plan, None, UNTIL).unwrap()
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    None,
    LimitReached,
    Status(&'static str),
    Unknown,
    /// The file is gone for so many calls.
    Gone(u32),
    BesideFails,
    /// A line that is none of ours.
    Garbage,
    /// The store knows no such mutation.
    NoSuchField,
}

struct Store {
    now: UnixMillis,
    file: Vec<u8>,
    trouble: Trouble,
    polls: u32,
    begun: u32,
    pieces: u32,
    pages: u32,
    more: u32,
    piece_bytes_max: u64,
}

fn id(number: u64) -> String {
    format!("gid://shopify/Product/{number}")
}

impl Store {
    fn new(products: u64, trouble: Trouble) -> Self {
        let mut file = String::new();
        let mut push = |line: &Value| {
            file.push_str(&line.to_string());
            file.push('\n');
        };
        for number in 1..=products {
            let line =
                json!({"id": id(number), "updatedAt": "2026-01-01T00:00:00Z", "title": "Mug ☕"});
            push(&line);
            for variant in 0..number % 4 {
                let item = format!("gid://shopify/InventoryItem/{number}0{variant}");
                let gid = format!("gid://shopify/ProductVariant/{number}0{variant}");
                let line = json!({"id": gid, "price": "1.50", "inventoryItem": {"id": item},
                    "__parentId": id(number)});
                push(&line);
                let line = json!({"id": format!("gid://shopify/InventoryLevel/1?inventory_item_id={number}"),
                    "location": {"id": "gid://shopify/Location/1", "name": "Shop"},
                    "quantities": [{"name": "available", "quantity": 3}], "__parentId": gid});
                push(&line);
            }
        }
        if trouble == Trouble::Garbage {
            file.push_str("<html>");
        }
        let file = file.into_bytes();
        let (polls, begun, pieces, pages, more) = (0, 0, 0, 0, 0);
        let piece_bytes_max = PIECE_BYTES;
        Self { now: NOW, file, trouble, polls, begun, pieces, pages, more, piece_bytes_max }
    }

    fn answer(&mut self, call: &Call) -> Reply {
        if let Destination::File { base } = &call.to {
            assert_eq!(base, "https://files.example:8443");
            return self.piece(call);
        }
        let body: Value = serde_json::from_slice(call.request.body()).unwrap();
        let query = body["query"].as_str().unwrap();
        let variables = &body["variables"];
        let mut errors = Value::Null;
        if self.trouble == Trouble::NoSuchField && query.starts_with("mutation") {
            let error = json!({"message": "no", "extensions": {"code": "undefinedField"}});
            return http::Response::new(json!({"errors": [error]}).to_string().into_bytes());
        }
        let data = if query.starts_with("query ProductsCount") {
            json!({"count": {"count": COUNT, "precision": "EXACT"}})
        } else if query.starts_with("mutation BulkRun") {
            self.run(variables)
        } else if query.starts_with("query BulkPoll") {
            assert_eq!(variables["id"], "gid://shopify/BulkOperation/77");
            self.poll()
        } else if query.starts_with("query ProductsBesideBulk") {
            if self.trouble == Trouble::BesideFails {
                errors = json!([{"message": "timed out", "path": ["list"]}]);
            }
            Self::beside(variables)
        } else if query.starts_with("query ProductsPage") {
            self.pages += 1;
            let node = json!({"id": id(1), "updatedAt": "2026-01-01T00:00:00Z"});
            json!({"list": {"pageInfo": {"hasNextPage": false}, "nodes": [node]}})
        } else {
            assert!(query.contains("list: collections(first: $first"), "{query}");
            self.more += 1;
            let collection = json!({"id": "gid://shopify/Collection/9"});
            json!({"node": {"list": {"pageInfo": {"hasNextPage": false}, "nodes": [collection]}}})
        };
        let cost = json!({"cost": {"requestedQueryCost": 10, "throttleStatus":
            {"maximumAvailable": 2_000, "currentlyAvailable": 2_000, "restoreRate": 100}}});
        let mut answer = json!({"data": data, "extensions": cost});
        if !errors.is_null() {
            answer["errors"] = errors;
        }
        http::Response::new(answer.to_string().into_bytes())
    }

    fn run(&mut self, variables: &Value) -> Value {
        assert!(
            variables["query"].as_str().unwrap().contains("updated_at:<'2027-01-15T08:00:00Z'")
        );
        self.begun += 1;
        let refused = json!([{"code": "LIMIT_REACHED", "message": "no"}]);
        match self.trouble {
            Trouble::LimitReached => json!({"bulkOperationRunQuery":
                {"bulkOperation": null, "userErrors": refused}}),
            Trouble::None
            | Trouble::Status(_)
            | Trouble::Unknown
            | Trouble::Gone(_)
            | Trouble::BesideFails
            | Trouble::Garbage
            | Trouble::NoSuchField => json!({"bulkOperationRunQuery": {"bulkOperation":
                {"id": "gid://shopify/BulkOperation/77", "status": "CREATED"}, "userErrors": []}}),
        }
    }

    fn poll(&mut self) -> Value {
        self.polls += 1;
        let url = "https://files.example:8443/bulk/77.jsonl?sign=a%2Bb";
        let (status, url) = match (self.trouble, self.now < NOW.plus(100_000)) {
            (Trouble::Unknown, _) => return json!({"bulkOperation": null}),
            (Trouble::Status(status), _) => (status, Value::Null),
            (_, true) => ("RUNNING", Value::Null),
            (_, false) => ("COMPLETED", url.into()),
        };
        json!({"bulkOperation": {"id": "gid://shopify/BulkOperation/77", "status": status,
            "objectCount": "7", "url": url}})
    }

    fn piece(&mut self, call: &Call) -> Reply {
        assert_eq!(call.request.uri(), "/bulk/77.jsonl?sign=a%2Bb");
        let status = |status: u16| http::Response::builder().status(status);
        if let Trouble::Gone(times) = self.trouble
            && times > 0
        {
            self.trouble = Trouble::Gone(times - 1);
            return status(403).body(b"<Error>ExpiredToken</Error>".to_vec()).unwrap();
        }
        self.pieces += 1;
        let range = call.request.headers()["range"].to_str().unwrap();
        let (from, to) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        let (from, to): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap());
        assert_eq!(to - from + 1, PIECE_BYTES);
        let total = u64::try_from(self.file.len()).unwrap();
        if from >= total {
            return status(416).body(Vec::new()).unwrap();
        }
        let end = total.min(from + PIECE_BYTES.min(self.piece_bytes_max));
        let range = format!("bytes {from}-{}/{total}", end - 1);
        let bytes = &self.file[usize::try_from(from).unwrap()..usize::try_from(end).unwrap()];
        status(206).header("content-range", range).body(bytes.to_vec()).unwrap()
    }

    fn beside(variables: &Value) -> Value {
        let filter = variables["query"].as_str().unwrap();
        let bound = |sign: &str| -> u64 {
            let term = filter.split(' ').find_map(|term| term.strip_prefix(sign)).unwrap();
            term.parse().unwrap()
        };
        // Every seventh is not found, as if it had changed since.
        let found = (bound("id:>=")..=bound("id:<=")).filter(|number| number % 7 != 0);
        let nodes: Vec<Value> = found
            .map(|number| {
                json!({"id": id(number), "collections": {"pageInfo": {"hasNextPage": false},
                    "nodes": [{"id": "gid://shopify/Collection/9"}]}})
            })
            .collect();
        assert!(nodes.len() as u64 <= variables["first"].as_u64().unwrap());
        json!({"shop": {"currencyCode": "EUR"},
            "list": {"pageInfo": {"hasNextPage": false}, "nodes": nodes}})
    }
}

/// Walks on; `after` says after how many calls to break off.
fn run(walk: &mut Changed, store: &mut Store, after: Option<u32>) -> (Vec<Page>, bool) {
    let (mut pages, mut calls) = (Vec::new(), 0);
    loop {
        match walk.next() {
            Step::Call(call) => {
                if after == Some(calls) {
                    return (pages, false);
                }
                calls += 1;
                store.now = store.now.max(walk.ready_at(store.now, 1));
                walk.absorb(store.answer(&call), store.now).unwrap();
            }
            Step::Page(page) => {
                assert!(page.resume.len() <= Page::RESUME_BYTES_MAX);
                pages.push(page);
            }
            Step::Listed(listing) => panic!("{listing:?}"),
            Step::Finished => return (pages, true),
        }
    }
}

fn products(pages: &[Page]) -> Vec<Product> {
    let rows = pages.iter().flat_map(|page| &page.rows);
    rows.map(|row| match row {
        Row::Good(record) => match &record.body {
            RecordBody::Product(product) => (**product).clone(),
            RecordBody::Order(order) => panic!("{order:?}"),
        },
        Row::Bad(_) | Row::Gone(_) => panic!("{row:?}"),
    })
    .collect()
}

fn assert_whole(products: &[Product], count: u64) {
    let mut all: Vec<&Product> = products.iter().collect();
    all.sort_by_key(|product| product.id.as_str().parse::<u64>().unwrap());
    all.dedup_by_key(|product| &product.id);
    let numbers: Vec<u64> = all.iter().map(|it| it.id.as_str().parse().unwrap()).collect();
    assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
    for (product, number) in all.iter().zip(1_u64..) {
        let variants = product.variants.value().unwrap();
        assert_eq!(variants.len() as u64, number % 4);
        for variant in variants {
            assert_eq!(variant.price.value().unwrap().to_string(), "1.50 EUR");
            assert_eq!(variant.stock_levels.value().unwrap()[0].available, Field::Value(3));
        }
        assert_eq!(product.categories.value().unwrap().len(), 1);
        assert_eq!(product.images, Field::Value(Vec::new()));
    }
}

#[test]
fn a_file_brings_every_record_whole_with_what_it_can_not_hold_asked_for_beside_it() {
    let mut store = Store::new(2_600, Trouble::None);
    let (pages, finished) = run(&mut walk(None), &mut store, None);
    assert!(finished);
    let found = products(&pages);
    assert_eq!(found.len(), 2_600, "each once");
    assert_whole(&found, 2_600);
    assert!(store.pieces > 1 && store.pages == 0, "{} pieces", store.pieces);
    assert_eq!(u64::from(store.more), 2_600 / 7, "only those not found beside the file");
    assert!(matches!(walk(pages.last().map(|page| page.resume.clone())).next(), Step::Finished));
}

#[test]
fn the_vendor_is_asked_how_far_it_is_in_growing_pauses() {
    let mut store = Store::new(3, Trouble::None);
    run(&mut walk(None), &mut store, None);
    assert!((10..=20).contains(&store.polls), "{}", store.polls);
    assert_eq!(store.begun, 1);
}

#[test]
fn a_walk_that_dies_at_any_call_goes_on_with_its_operation_at_its_place() {
    const PRODUCTS: u64 = 90;
    for after in 1.. {
        let mut store = Store::new(PRODUCTS, Trouble::None);
        store.piece_bytes_max = 6_000;
        let (mut pages, finished) = run(&mut walk(None), &mut store, Some(after));
        if finished {
            assert!(after > 20, "{after}");
            break;
        }
        let resume = pages.last().map(|page| page.resume.clone());
        let (rest, finished) = run(&mut walk(resume), &mut store, None);
        assert!(finished);
        pages.extend(rest);
        assert_whole(&products(&pages), PRODUCTS);
        assert!(store.begun <= 2, "one that was not known to have begun is begun anew");
    }
}

#[test]
fn whatever_becomes_of_the_operation_the_span_is_paged_through() {
    for trouble in [
        Trouble::LimitReached,
        Trouble::Status("FAILED"),
        Trouble::Status("CANCELED"),
        Trouble::Status("EXPIRED"),
        Trouble::Status("COMPLETED"),
        Trouble::Unknown,
        Trouble::Gone(5),
        Trouble::Garbage,
        Trouble::NoSuchField,
    ] {
        let mut store = Store::new(3, trouble);
        let (pages, finished) = run(&mut walk(None), &mut store, None);
        assert!(finished);
        assert_eq!(store.pages, 1, "{trouble:?}");
        assert!(products(&pages).iter().any(|product| product.id.as_str() == "1"), "{trouble:?}");
    }
}

#[test]
fn an_address_that_has_expired_is_asked_for_anew() {
    let mut store = Store::new(3, Trouble::Gone(1));
    let (pages, _) = run(&mut walk(None), &mut store, None);
    assert_eq!(store.pages, 0);
    assert_whole(&products(&pages), 3);
}

#[test]
fn what_an_error_keeps_from_us_beside_the_file_is_asked_for_record_by_record() {
    let mut store = Store::new(30, Trouble::BesideFails);
    let (pages, _) = run(&mut walk(None), &mut store, None);
    assert_whole(&products(&pages), 30);
    assert_eq!(store.more, 30);
}

#[test]
fn a_server_of_files_in_trouble_is_no_evidence_against_the_platform() {
    let mut store = Store::new(3, Trouble::None);
    let mut walk = walk(None);
    loop {
        let call = match walk.next() {
            Step::Call(call) => call,
            Step::Page(_) => continue,
            step @ (Step::Listed(_) | Step::Finished) => panic!("{step:?}"),
        };
        if call.to != Destination::Store {
            break;
        }
        store.now = store.now.max(walk.ready_at(store.now, 1));
        walk.absorb(store.answer(&call), store.now).unwrap();
    }
    let down = http::Response::builder().status(503).body(Vec::new()).unwrap();
    let failure = walk.absorb(down, NOW).unwrap_err();
    let (scope, cause) = (Scope::Account, Cause::ServerError);
    assert_eq!(failure.class, Class::Unavailable { scope, cause, until: None });
    let busy = http::Response::builder().status(429).header("retry-after", "2");
    let failure = walk.absorb(busy.body(Vec::new()).unwrap(), NOW).unwrap_err();
    assert_eq!(failure.class, Class::Throttled { until: Some(NOW.plus(2_000)) });
}

#[test]
fn a_server_that_knows_no_ranges_gives_the_whole_file() {
    let whole = b"0123456789".to_vec();
    let reply = http::Response::new(whole);
    let piece = piece(&reply, 4).unwrap();
    assert_eq!((piece.bytes, piece.is_last), (&b"456789"[..], true));
}

#[test]
fn a_range_that_was_not_asked_for_is_none() {
    for (status, range, body) in [
        (206, "bytes 0-4/9", "12345"),
        (206, "bytes 4-4/9", ""),
        (206, "lines 4-5/9", "12"),
        (206, "", "12"),
        (302, "", ""),
        (404, "", ""),
    ] {
        let reply = http::Response::builder().status(status).header("content-range", range);
        let reply = reply.body(body.as_bytes().to_vec()).unwrap();
        assert!(piece(&reply, 4).is_none(), "{status} {range}");
    }
}

#[test]
fn a_resume_text_that_is_not_ours_is_refused_and_named() {
    let span = Span::Changed { from: None, until: UNTIL };
    for (text, expected) in [
        (r#"{"bulk":2,"operation":null,"since":0,"offset":0,"done":false}"#, "version 2"),
        (r#"{"bulk":1}"#, "missing field"),
        (
            r#"{"bulk":1,"operation":"gid://shopify/Product/1","since":0,"offset":0,"done":false}"#,
            "beyond its bounds",
        ),
    ] {
        let (kind, resume) = (Kind::Products, Some(text.to_owned()));
        let plan = Plan { kind, span: span.clone(), resume, ceiling_percent: 100 };
        let error = Changed::new(&plan, None, UNTIL).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn an_address_is_split_into_host_and_path_and_one_with_a_user_is_refused() {
    let file = File::parse("https://files.example/a/b.jsonl?x=1%2F2&y").unwrap();
    assert_eq!(
        (file.base.as_str(), file.path.as_str()),
        ("https://files.example", "/a/b.jsonl?x=1%2F2&y")
    );
    for url in ["", "/bulk/7", "https://me:secret@files.example/a", "not a url"] {
        assert!(File::parse(url).is_none(), "{url}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_answer_to_any_call_makes_it_panic(
        at in 0_u32..24, status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut store = Store::new(20, Trouble::None);
        store.piece_bytes_max = 1_000;
        let mut walk = walk(None);
        run(&mut walk, &mut store, Some(at));
        let odd = http::Response::builder().status(status).body(body).unwrap();
        drop(walk.absorb(odd, store.now));
        drop(walk.next());
        walk.ready_at(store.now, 1);
    }
}
