//! A payload that was taken out of its walk.

mod unasked;

use std::borrow::Cow;

use flyball_connector::decode::RowError;
use flyball_connector::json::{At, Form, Json, Place};
use flyball_connector::{DecodeContext, DecodeError, Decoded, Unused};
use flyball_domain::{BadRow, Currency, Kind, Record, RecordBody, Row};
use serde_json::{Map, Value};

use super::connection::{Connection, Next};
use super::{Landmark, Parts, Reader, currency, landmark, record, without_failed};
use crate::envelope::{self, ApiError, PathPart};

/// The most characters of a payload repeated in an error.
const FOUND_CHARS_MAX: usize = 80;
/// Stands in for a time of change that can't be read.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

/// What this codec makes of a payload: an answer of the Admin API with a page of records, with some
/// of them by their ids or with one, a list of records without the answer around it, or a single
/// record, its longer lists as connections or as plain arrays. What was not asked for is kept in
/// `extra`, or named where it lies deeper.
///
/// # Errors
/// Neither a page nor a record of the kind.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "what is told may grow")]
pub fn decode(kind: Kind, payload: &[u8], context: &DecodeContext) -> Result<Decoded, DecodeError> {
    let refused = |found: String| DecodeError { found, expected: expected(kind) };
    let text = core::str::from_utf8(payload)
        .map_err(|error| refused(format!("bytes that are no UTF-8 ({error})")))?;
    let text = text.trim_start_matches('\u{feff}');
    let json = Json::parse(text).map_err(|error| refused(format!("no JSON ({error})")))?;
    let payload = read(kind, json.root()).map_err(refused)?;
    let mut decoded = Decoded::default();
    let shop = payload.currency.or(context.currency);
    for (at, node, failed) in &payload.nodes {
        match node {
            Some(node) => one(kind, *node, at, shop, failed, &mut decoded),
            None => unused(&mut decoded, at, "found null where a record was expected"),
        }
    }
    for error in &payload.errors {
        unused(&mut decoded, &path(&error.path), &format!("the store's error: {}", error.message));
    }
    if payload.goes_on {
        unused(&mut decoded, &payload.at, "found a list that goes on: the next page is not here");
    }
    Ok(decoded)
}

/// A record's place in the payload, itself, and the paths in it that errors speak of.
type Placed<'j, 'a> = (String, Option<At<'j, 'a>>, Vec<Vec<PathPart>>);

/// The records of a payload, each with its place and the errors that speak of it.
#[derive(Default)]
struct Payload<'j, 'a> {
    nodes: Vec<Placed<'j, 'a>>,
    errors: Vec<ApiError>,
    currency: Option<Currency>,
    at: String,
    goes_on: bool,
}

fn expected(kind: Kind) -> String {
    let one = one_of(kind);
    format!("an answer of Shopify's GraphQL Admin API with {kind}, a list of them, or one {one}")
}

const fn one_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Products => "product",
        Kind::Orders => "order",
    }
}

fn read<'j, 'a>(kind: Kind, at: At<'j, 'a>) -> Result<Payload<'j, 'a>, String> {
    let has = |name| at.get(name).is_some_and(|value| !value.is_null());
    match at.form() {
        Form::List => return list(at, ""),
        Form::Object => {}
        Form::Null | Form::Flag | Form::Number | Form::Text => {
            return Err(format!(
                "{:?}",
                at.raw().chars().take(FOUND_CHARS_MAX).collect::<String>()
            ));
        }
    }
    if has("data") || has("errors") {
        return answer(kind, at);
    }
    if has("nodes") || has("edges") {
        return list(at, "");
    }
    match at.get("id").filter(|id| !id.is_null()) {
        Some(id) => single(kind, at, id),
        None => Err("an object without an id".to_owned()),
    }
}

/// A record of the kind, by its global id.
fn single<'j, 'a>(kind: Kind, at: At<'j, 'a>, id: At<'_, '_>) -> Result<Payload<'j, 'a>, String> {
    let id = id.raw().trim_matches('"');
    let wanted = match kind {
        Kind::Products => "Product",
        Kind::Orders => "Order",
    };
    let Some(rest) = id.replace("\\/", "/").strip_prefix("gid://shopify/").map(str::to_owned)
    else {
        let id: String = id.chars().take(FOUND_CHARS_MAX).collect();
        return Err(format!("a record of id {id}, which is none of the GraphQL API's"));
    };
    let of = rest.split('/').next().unwrap_or_default();
    if of != wanted {
        return Err(format!("a record of type {of}"));
    }
    Ok(Payload { nodes: vec![(String::new(), Some(at), Vec::new())], ..Payload::default() })
}

fn list<'j, 'a>(found: At<'j, 'a>, at: &str) -> Result<Payload<'j, 'a>, String> {
    let list: Connection<Place> = found.read().map_err(|error| error.to_string())?;
    let goes_on = matches!(list.next, Next::More(_));
    let nodes = list.nodes.value().cloned().unwrap_or_default();
    let place =
        |index: usize| if at.is_empty() { format!("[{index}]") } else { format!("{at}[{index}]") };
    let nodes = nodes
        .into_iter()
        .enumerate()
        .map(|(index, node)| (place(index), node.map(|node| found.at(node)), Vec::new()))
        .collect();
    Ok(Payload { nodes, goes_on, at: at.to_owned(), ..Payload::default() })
}

fn answer<'j, 'a>(kind: Kind, at: At<'j, 'a>) -> Result<Payload<'j, 'a>, String> {
    let told = envelope::told(at).map_err(|error| error.to_string())?;
    let data = at.get("data").filter(|data| !data.is_null());
    if let Some(data) = data.filter(|data| data.form() != Form::Object) {
        let found: String = data.raw().chars().take(FOUND_CHARS_MAX).collect();
        return Err(format!("data of another shape ({found})"));
    }
    let fields: Vec<(Cow<'a, str>, At<'j, 'a>)> = data.into_iter().flat_map(At::fields).collect();
    let find = |names: &[&str]| {
        fields.iter().find(|(name, _)| names.contains(&name.as_ref())).map(|(name, at)| (name, *at))
    };
    let (many, one) = match kind {
        Kind::Products => ("products", "product"),
        Kind::Orders => ("orders", "order"),
    };
    let shop = find(&["shop"]).and_then(|(_, shop)| currency(Some(shop)));
    let mut payload = if let Some((name, raw)) = find(&[many, "list", "nodes"]) {
        if raw.is_null() { Payload::default() } else { list(raw, name)? }
    } else if let Some((name, raw)) = find(&[one, "node"]) {
        let node = Some(raw).filter(|node| !node.is_null());
        Payload { nodes: vec![(name.clone().into_owned(), node, Vec::new())], ..Payload::default() }
    } else if told.errors.is_empty() {
        return Err("an answer without them".to_owned());
    } else {
        Payload::default()
    };
    payload.currency = shop;
    for (at, _, failed) in &mut payload.nodes {
        let of = |error: &ApiError| {
            let depth = error.path.iter().position(|part| matches!(part, PathPart::Index(_)));
            let depth = depth.filter(|_| at.ends_with(']')).unwrap_or(0).saturating_add(1);
            let (outer, inner) = error.path.split_at_checked(depth)?;
            // A page's nodes lie one level deeper in a path than here.
            (path(outer).replace(".nodes[", "[") == *at).then(|| inner.to_vec())
        };
        failed.extend(told.errors.iter().filter_map(of));
    }
    payload.errors.clone_from(&told.errors);
    Ok(payload)
}

fn one(
    kind: Kind,
    whole: At<'_, '_>,
    at: &str,
    currency: Option<Currency>,
    failed: &[Vec<PathPart>],
    decoded: &mut Decoded,
) {
    let node = whole.raw();
    let failed: Vec<&[PathPart]> = failed.iter().map(Vec::as_slice).collect();
    let freed = without_failed(node, &failed);
    let input = freed.as_deref().unwrap_or(node);
    let of = match &freed {
        Some(freed) => Json::parse(freed).map(|json| landmark(json.root())).unwrap_or_default(),
        None => landmark(whole),
    };
    let timed = if of.updated_at.is_none() { with_time(input) } else { None };
    let parts = Parts::default();
    let mut reader = Reader::new(currency, &parts, &[]);
    let read = Json::parse(timed.as_deref().unwrap_or(input))
        .map_err(RowError::from)
        .and_then(|json| record(kind, json.root(), &mut reader));
    match read {
        Ok(mut record) => {
            if timed.is_some() {
                let what =
                    "found no time of change that can be read: taken to be the oldest there is";
                unused(decoded, &below(at, "updatedAt"), what);
            }
            for gap in reader.found().gaps {
                let what = format!("found a part of what {} has: the rest is not here", gap.owner);
                unused(decoded, &below(at, gap.list.name()), &what);
            }
            unasked::keep_unasked(kind, node, at, extra_of(&mut record), &mut decoded.unused);
            decoded.rows.push(Row::Good(record));
        }
        Err(reason) => {
            let Landmark { id, .. } = of;
            let (input, reason) = (node.to_owned(), reason.to_string());
            decoded.rows.push(Row::Bad(BadRow { id, input, reason }));
        }
    }
}

/// The same record with a time of change.
fn with_time(node: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(node).ok()?;
    value.as_object_mut()?.insert("updatedAt".to_owned(), NO_TIME.into());
    Some(value.to_string())
}

fn extra_of(record: &mut Record) -> &mut Map<String, Value> {
    match &mut record.body {
        RecordBody::Product(product) => &mut product.extra,
        RecordBody::Order(order) => &mut order.extra,
    }
}

fn unused(decoded: &mut Decoded, at: &str, what: &str) {
    decoded.unused.push(Unused { at: at.to_owned(), what: what.to_owned() });
}

fn below(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn path(parts: &[PathPart]) -> String {
    parts.iter().fold(String::new(), |at, part| match part {
        PathPart::Key(key) => below(&at, key),
        PathPart::Index(index) => format!("{at}[{index}]"),
    })
}
