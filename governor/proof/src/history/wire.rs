//! The governor's calls as they go over the wire.

use std::collections::BTreeMap;

use flyball_governor_core::item::{Item, Value};
use serde_json::Value as Json;

/// A call about one governed item: a lane, or the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The item's partition key.
    pub item: String,
    /// What is asked.
    pub what: Asked,
}

/// What a call asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A conditional update.
    Update(Sent),
    /// A strongly consistent look.
    Look,
}

/// The expressions of an update, as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// `UpdateExpression`.
    pub update: String,
    /// `ConditionExpression`.
    pub condition: String,
    /// `ExpressionAttributeNames`.
    pub names: BTreeMap<String, String>,
    /// `ExpressionAttributeValues`.
    pub values: BTreeMap<String, Value>,
}

/// The engine's answer, without the item's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The update happened; the item as it is now.
    Done(Item),
    /// Its condition did not hold; the item as it is, `None` where there is none.
    Refused(Option<Item>),
    /// The item that was looked at, `None` where there is none.
    Seen(Option<Item>),
    /// Anything else: an error, which no step of the governor may meet.
    Failed(String),
}

const UPDATE: &str = "DynamoDB_20120810.UpdateItem";
const GET: &str = "DynamoDB_20120810.GetItem";

/// The partition keys of governed items: lanes, and the board.
const GOVERNED: [&str; 2] = ["lane#", "board"];

/// Reads a request; `None` where it is about no governed item.
pub fn call(target: &str, body: &[u8]) -> Option<Call> {
    let request: Json = serde_json::from_slice(body).ok()?;
    let item = request.pointer("/Key/pk/S")?.as_str()?.to_owned();
    if !GOVERNED.iter().any(|prefix| item.starts_with(prefix)) {
        return None;
    }
    let text = |name: &str| request.get(name).and_then(Json::as_str).unwrap_or("").to_owned();
    let what = match target {
        GET => Asked::Look,
        UPDATE => Asked::Update(Sent {
            update: text("UpdateExpression"),
            condition: text("ConditionExpression"),
            names: entries(request.get("ExpressionAttributeNames"), |name| {
                name.as_str().map(str::to_owned)
            }),
            values: entries(request.get("ExpressionAttributeValues"), value),
        }),
        _ => return None,
    };
    Some(Call { item, what })
}

/// Reads the answer to a call.
pub fn answer(what: &Asked, status: u16, body: &[u8]) -> Answer {
    let failed = || Answer::Failed(format!("HTTP {status}: {}", String::from_utf8_lossy(body)));
    let Ok(answer) = serde_json::from_slice::<Json>(body) else { return failed() };
    let refused = answer
        .get("__type")
        .and_then(Json::as_str)
        .is_some_and(|name| name.ends_with("ConditionalCheckFailedException"));
    match (what, status) {
        (Asked::Update(_), 200) => {
            answer.get("Attributes").map_or_else(failed, |image| Answer::Done(item(image)))
        }
        (Asked::Update(_), 400) if refused => Answer::Refused(answer.get("Item").map(item)),
        (Asked::Look, 200) => Answer::Seen(answer.get("Item").map(item)),
        (Asked::Update(_) | Asked::Look, _) => failed(),
    }
}

/// An image of an item, without its keys.
fn item(image: &Json) -> Item {
    let mut item = entries(Some(image), value);
    item.retain(|name, _| name != "pk" && name != "sk");
    item
}

fn entries<T>(json: Option<&Json>, read: impl Fn(&Json) -> Option<T>) -> BTreeMap<String, T> {
    let entries = json.and_then(Json::as_object).into_iter().flatten();
    entries.filter_map(|(name, value)| Some((name.clone(), read(value)?))).collect()
}

/// A value in the types that a governed item has; others are left out, as the governor does.
fn value(json: &Json) -> Option<Value> {
    let (of, value) = json.as_object()?.iter().next()?;
    match &**of {
        "N" => value.as_str()?.parse().ok().map(Value::Number),
        "S" => value.as_str().map(|text| Value::Text(text.to_owned())),
        "M" => Some(Value::Map(entries(Some(value), self::value))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_no_governed_item_is_left_out() {
        let lot = br#"{"Key":{"pk":{"S":"lot#a"},"sk":{"S":"b"}}}"#;
        assert_eq!(call(UPDATE, lot), None);
        let lane = br#"{"Key":{"pk":{"S":"lane#a"},"sk":{"S":"lane"}}}"#;
        assert_eq!(call(GET, lane).unwrap().what, Asked::Look);
        assert_eq!(call("DynamoDB_20120810.DeleteItem", lane), None);
    }

    #[test]
    fn an_answer_is_a_deed_a_refusal_or_a_failure() {
        let update = Asked::Update(Sent::default());
        let lane = Item::from([("fence".to_owned(), Value::Number(3))]);
        let done = br#"{"Attributes":{"pk":{"S":"lane#a"},"fence":{"N":"3"}}}"#;
        assert_eq!(answer(&update, 200, done), Answer::Done(lane));
        let refused =
            br#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#;
        assert_eq!(answer(&update, 400, refused), Answer::Refused(None));
        assert!(matches!(answer(&update, 400, b"{}"), Answer::Failed(_)));
        assert!(matches!(answer(&update, 500, b"oh"), Answer::Failed(_)));
    }
}
