//! The outer form of every GraphQL answer: `data`, `errors`, `extensions.cost`.

use flyball_connector::json::{At, Json, JsonError, Place};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Deserialize;
use serde_json::Value;

/// An answer, its data not yet read.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    json: Json<'a>,
    data: Option<Place>,
    /// What went wrong, in the vendor's order.
    pub(crate) errors: Vec<ApiError>,
    /// What the call cost.
    pub(crate) cost: Option<Cost>,
}

/// One entry of `errors`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// The vendor's words.
    pub(crate) message: String,
    /// Such as `THROTTLED`; empty where there is none.
    pub(crate) code: String,
    /// Where in `data` something is missing because of it; empty where it speaks of the whole.
    pub(crate) path: Vec<PathPart>,
}

/// A step of an error's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PathPart {
    Key(String),
    Index(usize),
}

/// What a call cost and what is left, in thousandths of a point. The vendor writes its numbers as
/// integers or as floats (`1000.0`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// What is reserved before the call is run.
    pub(crate) requested_milli: Option<u64>,
    /// The state of the budget right after it.
    pub(crate) bucket: Option<Bucket>,
}

/// The vendor's budget for this app in this store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// What it holds when full.
    pub(crate) max_milli: u64,
    /// What it holds now.
    pub(crate) available_milli: u64,
    /// What flows in per second.
    pub(crate) restore_milli_per_s: u64,
}

#[derive(Deserialize)]
struct Outer {
    #[serde(default)]
    data: Option<Place>,
    #[serde(default)]
    errors: Value,
    #[serde(default)]
    extensions: Value,
}

/// Reads the outer form, leniently: only a text that is no JSON object fails.
pub(crate) fn read(body: &str) -> Result<Envelope<'_>, JsonError> {
    let json = Json::parse(body)?;
    let Told { data, errors, cost } = told(json.root())?;
    Ok(Envelope { json, data, errors, cost })
}

/// What an answer holds beside its data, and where that lies.
pub(crate) struct Told {
    data: Option<Place>,
    pub(crate) errors: Vec<ApiError>,
    cost: Option<Cost>,
}

/// Reads the outer form of what may be an answer.
pub(crate) fn told(answer: At<'_, '_>) -> Result<Told, JsonError> {
    let Outer { data, errors: all, extensions } = answer.read()?;
    Ok(Told { data, errors: errors(&all), cost: extensions.get("cost").map(cost) })
}

impl<'a> Envelope<'a> {
    /// The data; `None` where there is none, or `null`.
    pub(crate) fn data(&self) -> Option<At<'_, 'a>> {
        self.data.map(|place| self.at(place))
    }

    /// What lies at a place in the answer.
    pub(crate) const fn at(&self, place: Place) -> At<'_, 'a> {
        self.json.root().at(place)
    }
}

/// `errors` is an array in GraphQL, a text on refused credentials, an object in REST.
fn errors(errors: &Value) -> Vec<ApiError> {
    match errors {
        Value::Null => Vec::new(),
        Value::String(message) => vec![ApiError { message: message.clone(), ..Default::default() }],
        Value::Array(errors) => errors.iter().map(error).collect(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            vec![ApiError { message: errors.to_string(), ..Default::default() }]
        }
    }
}

fn error(error: &Value) -> ApiError {
    let message = error.get("message").unwrap_or(error);
    let code = error.get("extensions").and_then(|extensions| extensions.get("code"));
    let path = error.get("path").and_then(Value::as_array);
    ApiError {
        message: message.as_str().map_or_else(|| message.to_string(), str::to_owned),
        code: code.and_then(Value::as_str).unwrap_or_default().to_owned(),
        path: path.into_iter().flatten().filter_map(path_part).collect(),
    }
}

fn path_part(part: &Value) -> Option<PathPart> {
    match part {
        Value::String(key) => Some(PathPart::Key(key.clone())),
        Value::Number(index) => {
            index.as_u64().and_then(|index| usize::try_from(index).ok()).map(PathPart::Index)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn cost(cost: &Value) -> Cost {
    let status = cost.get("throttleStatus");
    let part = |name: &str| status.and_then(|status| status.get(name)).and_then(milli);
    let bucket = match (part("maximumAvailable"), part("currentlyAvailable"), part("restoreRate")) {
        (Some(max_milli), Some(available_milli), Some(restore_milli_per_s)) => {
            Some(Bucket { max_milli, available_milli, restore_milli_per_s })
        }
        _ => None,
    };
    Cost { requested_milli: cost.get("requestedQueryCost").and_then(milli), bucket }
}

/// Thousandths of a number of points; what is below 0 counts as 0.
fn milli(points: &Value) -> Option<u64> {
    let text = match points {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let points =
        Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok()?;
    if points.is_sign_negative() {
        return Some(0);
    }
    points.checked_mul(Decimal::ONE_THOUSAND)?.trunc().to_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_read_from_integers_floats_and_texts() {
        let body = r#"{"extensions":{"cost":{"requestedQueryCost":752,"actualQueryCost":null,
            "throttleStatus":{"maximumAvailable":1000.0,"currentlyAvailable":"666.25","restoreRate":5e1}}}}"#;
        assert_eq!(
            read(body).unwrap().cost,
            Some(Cost {
                requested_milli: Some(752_000),
                bucket: Some(Bucket {
                    max_milli: 1_000_000,
                    available_milli: 666_250,
                    restore_milli_per_s: 50_000
                })
            })
        );
    }

    #[test]
    fn an_overdrawn_budget_counts_as_empty_and_an_unreadable_one_as_unknown() {
        assert_eq!(milli(&serde_json::json!(-3.5)), Some(0));
        assert_eq!(milli(&serde_json::json!("many")), None);
        assert_eq!(milli(&serde_json::json!(1e300)), None);
        let body = r#"{"extensions":{"cost":{"throttleStatus":{"maximumAvailable":1}}}}"#;
        assert_eq!(read(body).unwrap().cost, Some(Cost { requested_milli: None, bucket: None }));
    }

    #[test]
    fn errors_are_read_in_each_of_their_forms() {
        let one = |body| read(body).unwrap().errors.remove(0);
        assert_eq!(one(r#"{"errors":"[API] Invalid"}"#).message, "[API] Invalid");
        assert_eq!(one(r#"{"errors":{"base":["no"]}}"#).message, r#"{"base":["no"]}"#);
        assert_eq!(
            one(
                r#"{"errors":[{"message":"M","path":["products","nodes",3],"extensions":{"code":"C"}}]}"#
            ),
            ApiError {
                message: "M".to_owned(),
                code: "C".to_owned(),
                path: vec![
                    PathPart::Key("products".to_owned()),
                    PathPart::Key("nodes".to_owned()),
                    PathPart::Index(3)
                ],
            }
        );
        assert!(read(r#"{"errors":null,"data":null}"#).unwrap().errors.is_empty());
    }
}
