use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What contenders asked of the engine, counted at the wire.
///
/// Units are kept in halves, because a read that need not be the latest costs half a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Requests by the operation's name.
    pub(crate) requests: BTreeMap<String, u64>,
    /// Writes whose condition did not hold.
    pub(crate) unmet: u64,
    /// Writes that were carried out once more.
    pub(crate) again: u64,
    /// Half write units.
    pub(crate) write_halves: u64,
    /// Half read units.
    pub(crate) read_halves: u64,
}

/// What a write costs whose condition did not hold, at least: it goes by the size of the item, which
/// is seldom over the 1 KB of the first unit here. The engine, like `DynamoDB`, tells nothing of it in the answer.
const UNMET_HALVES: u64 = 2;

/// Operations that say what they consumed when they are asked to.
const METERED: &[(&str, Kind)] = &[
    ("GetItem", Kind::Read),
    ("BatchGetItem", Kind::Read),
    ("Query", Kind::Read),
    ("Scan", Kind::Read),
    ("PutItem", Kind::Write),
    ("UpdateItem", Kind::Write),
    ("DeleteItem", Kind::Write),
    ("BatchWriteItem", Kind::Write),
    ("TransactWriteItems", Kind::Write),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
}

fn kind(operation: &str) -> Option<Kind> {
    METERED.iter().find(|(name, _)| *name == operation).map(|(_, kind)| *kind)
}

/// Whether an operation writes items.
pub(crate) fn writes(operation: &str) -> bool {
    kind(operation) == Some(Kind::Write)
}

/// A request's body, with the wish to be told what it consumed.
pub(crate) fn metered(operation: &str, body: &[u8]) -> Vec<u8> {
    let mut request: Value = serde_json::from_slice(body).unwrap_or_default();
    match request.as_object_mut() {
        Some(fields) if kind(operation).is_some() => {
            fields.insert("ReturnConsumedCapacity".to_owned(), json!("TOTAL"));
            request.to_string().into_bytes()
        }
        _ => body.to_vec(),
    }
}

impl Counts {
    /// Counts a request and its answer.
    pub(crate) fn count(&mut self, operation: &str, answer: &str) {
        let requests = self.requests.entry(operation.to_owned()).or_default();
        *requests = requests.saturating_add(1);
        let Some(kind) = kind(operation) else { return };
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let error = answer.get("__type").and_then(Value::as_str).unwrap_or_default();
        if error.ends_with("ConditionalCheckFailedException") {
            self.unmet = self.unmet.saturating_add(1);
            self.write_halves = self.write_halves.saturating_add(UNMET_HALVES);
        }
        let consumed = match answer.get("ConsumedCapacity") {
            Some(Value::Array(tables)) => tables.iter().map(halves).sum(),
            Some(table) => halves(table),
            None => 0,
        };
        let units = match kind {
            Kind::Read => &mut self.read_halves,
            Kind::Write => &mut self.write_halves,
        };
        *units = units.saturating_add(consumed);
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn add(&mut self, other: &Self) {
        for (operation, count) in &other.requests {
            let sum = self.requests.entry(operation.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
        self.unmet = self.unmet.saturating_add(other.unmet);
        self.again = self.again.saturating_add(other.again);
        self.write_halves = self.write_halves.saturating_add(other.write_halves);
        self.read_halves = self.read_halves.saturating_add(other.read_halves);
    }

    /// All requests together.
    pub(crate) fn all(&self) -> u64 {
        self.requests.values().sum()
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "requests": self.requests,
            "unmet": self.unmet,
            "again": self.again,
            "write_halves": self.write_halves,
            "read_halves": self.read_halves,
        })
    }

    pub(crate) fn from_json(value: &Value) -> Self {
        let number = |name: &str| value.get(name).and_then(Value::as_u64).unwrap_or_default();
        let requests = value.get("requests").and_then(Value::as_object).into_iter().flatten();
        Self {
            requests: requests
                .map(|(name, count)| (name.clone(), count.as_u64().unwrap_or_default()))
                .collect(),
            unmet: number("unmet"),
            again: number("again"),
            write_halves: number("write_halves"),
            read_halves: number("read_halves"),
        }
    }
}

/// Of `{"CapacityUnits": 1.0}`, in halves.
fn halves(consumed: &Value) -> u64 {
    let units = consumed.get("CapacityUnits").and_then(Value::as_f64).unwrap_or_default();
    format!("{:.0}", units * 2.0).parse().unwrap_or_default()
}
