//! A payload that was taken out of its walk.

mod unasked;

use flyball_connector::{DecodeContext, DecodeError, Decoded, Unused};
use flyball_domain::{BadRow, Currency, Kind, Record, RecordBody, Row};
use serde::Deserialize;
use serde_json::value::RawValue;
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
    let payload: Payload<'_> = match serde_json::from_str::<&RawValue>(text) {
        Ok(raw) => read(kind, raw).map_err(refused)?,
        Err(error) => return Err(refused(format!("no JSON ({error})"))),
    };
    let mut decoded = Decoded::default();
    let shop = payload.currency.or(context.currency);
    for (at, node, failed) in &payload.nodes {
        match node {
            Some(node) => one(kind, node.get(), at, shop, failed, &mut decoded),
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
type Placed<'a> = (String, Option<&'a RawValue>, Vec<Vec<PathPart>>);

/// The records of a payload, each with its place and the errors that speak of it.
#[derive(Default)]
struct Payload<'a> {
    nodes: Vec<Placed<'a>>,
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

#[derive(Deserialize)]
struct Probe<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    errors: Option<&'a RawValue>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    nodes: Option<&'a RawValue>,
    #[serde(borrow, default)]
    edges: Option<&'a RawValue>,
}

fn read(kind: Kind, raw: &RawValue) -> Result<Payload<'_>, String> {
    let text = raw.get();
    if text.starts_with('[') {
        return list(text, "");
    }
    let Ok(probe) = serde_json::from_str::<Probe<'_>>(text) else {
        return Err(format!("{:?}", text.chars().take(FOUND_CHARS_MAX).collect::<String>()));
    };
    if probe.data.is_some() || probe.errors.is_some() {
        let envelope = envelope::read(text).map_err(|error| error.to_string())?;
        return answer(kind, &envelope);
    }
    if probe.nodes.is_some() || probe.edges.is_some() {
        return list(text, "");
    }
    match probe.id {
        Some(id) => single(kind, raw, id),
        None => Err("an object without an id".to_owned()),
    }
}

/// A record of the kind, by its global id.
fn single<'a>(kind: Kind, raw: &'a RawValue, id: &RawValue) -> Result<Payload<'a>, String> {
    let id = id.get().trim_matches('"');
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
    Ok(Payload { nodes: vec![(String::new(), Some(raw), Vec::new())], ..Payload::default() })
}

fn list<'a>(text: &'a str, at: &str) -> Result<Payload<'a>, String> {
    let list: Connection<'a> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let goes_on = matches!(list.next, Next::More(_));
    let nodes = list.nodes.value().cloned().unwrap_or_default();
    let place =
        |index: usize| if at.is_empty() { format!("[{index}]") } else { format!("{at}[{index}]") };
    let nodes = nodes
        .into_iter()
        .enumerate()
        .map(|(index, node)| (place(index), node, Vec::new()))
        .collect();
    Ok(Payload { nodes, goes_on, at: at.to_owned(), ..Payload::default() })
}

fn answer<'a>(kind: Kind, envelope: &envelope::Envelope<'a>) -> Result<Payload<'a>, String> {
    let data = envelope.data.map_or("{}", RawValue::get);
    let fields: Vec<(String, &'a RawValue)> = match serde_json::from_str::<Fields<'a>>(data) {
        Ok(Fields(fields)) => fields,
        Err(error) => return Err(format!("data of another shape ({error})")),
    };
    let find = |names: &[&str]| {
        fields
            .iter()
            .find(|(name, _)| names.contains(&name.as_str()))
            .map(|(name, raw)| (name, *raw))
    };
    let (many, one) = match kind {
        Kind::Products => ("products", "product"),
        Kind::Orders => ("orders", "order"),
    };
    let shop = find(&["shop"]).and_then(|(_, shop)| currency(Some(shop)));
    let mut payload = if let Some((name, raw)) = find(&[many, "list", "nodes"]) {
        if raw.get() == "null" { Payload::default() } else { list(raw.get(), name)? }
    } else if let Some((name, raw)) = find(&[one, "node"]) {
        let node = (raw.get() != "null").then_some(raw);
        Payload { nodes: vec![(name.clone(), node, Vec::new())], ..Payload::default() }
    } else if envelope.errors.is_empty() {
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
        failed.extend(envelope.errors.iter().filter_map(of));
    }
    payload.errors.clone_from(&envelope.errors);
    Ok(payload)
}

/// The fields of an object, in their order.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(fields)
            }
        }
        from.deserialize_map(Visitor).map(Self)
    }
}

fn one(
    kind: Kind,
    node: &str,
    at: &str,
    currency: Option<Currency>,
    failed: &[Vec<PathPart>],
    decoded: &mut Decoded,
) {
    let failed: Vec<&[PathPart]> = failed.iter().map(Vec::as_slice).collect();
    let freed = without_failed(node, &failed);
    let input = freed.as_deref().unwrap_or(node);
    let of = landmark(input);
    let timed = if of.updated_at.is_none() { with_time(input) } else { None };
    let parts = Parts::default();
    let mut reader = Reader::new(currency, &parts, &[]);
    match record(kind, timed.as_deref().unwrap_or(input), &mut reader) {
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
