use core::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cut;
use crate::{UnixMillis, UnknownWord};

/// What a mapped value has to be.
///
/// As text the scalar's word, with `list of ` before it for several: `list of integer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ValueType {
    /// One.
    One(Scalar),
    /// Several: of a JSON array, or of a text in which they stand with commas between.
    List(Scalar),
}

/// One value's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Any text, number or truth, as text.
    Text,
    /// A whole number; a JSON number.
    Integer,
    /// A decimal number, exactly; a JSON text.
    Decimal,
    /// `true`, `yes`, `1`, or their opposites.
    Boolean,
    /// A day, such as `2026-11-22`.
    Date,
    /// A moment, as RFC 3339; milliseconds since 1970.
    Time,
    /// Any JSON, of a text that holds it or as it is.
    Json,
}

const LIST: &str = "list of ";
const EXPECTED: &str = "text, integer, decimal, boolean, date, time, json, and each of them behind \
                        `list of `";

/// The most values of a list.
const VALUES_MAX: usize = 1_000;

impl Scalar {
    const ALL: [Self; 7] = [
        Self::Text,
        Self::Integer,
        Self::Decimal,
        Self::Boolean,
        Self::Date,
        Self::Time,
        Self::Json,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Time => "time",
            Self::Json => "json",
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer => "a whole number",
            Self::Decimal => "a decimal number",
            Self::Boolean => "true or false",
            Self::Date => "a day such as 2026-11-22",
            Self::Time => "a time such as 2026-11-22T09:30:00Z",
            Self::Json => "JSON",
        }
    }

    fn read(self, found: &Value) -> Option<Value> {
        if self == Self::Json {
            return match found {
                Value::String(text) => serde_json::from_str(text).ok(),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_) => Some(found.clone()),
            };
        }
        let text = scalar_text(found)?;
        let text = text.trim();
        match self {
            Self::Text => scalar_text(found).map(Value::String),
            Self::Integer => {
                let number = decimal(text).filter(Decimal::is_integer)?;
                number.to_i64().map(Value::from)
            }
            Self::Decimal => decimal(text).map(|number| Value::String(number.to_string())),
            Self::Boolean => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Some(true.into()),
                "false" | "no" | "0" => Some(false.into()),
                _ => None,
            },
            Self::Date => {
                let day: jiff::civil::Date = text.parse().ok()?;
                Some(Value::String(day.to_string()))
            }
            Self::Time => UnixMillis::parse_rfc3339(text).ok().map(|at| at.0.into()),
            Self::Json => None,
        }
    }
}

fn scalar_text(found: &Value) -> Option<String> {
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

impl ValueType {
    /// A found value in this type, or what was found and what was expected.
    pub(super) fn read(self, found: &Value) -> Result<Value, (String, String)> {
        match self {
            Self::One(scalar) => {
                scalar.read(found).ok_or_else(|| (shown(found), scalar.expected().to_owned()))
            }
            Self::List(scalar) => {
                let values = elements(found).ok_or_else(|| {
                    let found = "a list of more values".to_owned();
                    (found, format!("at most {VALUES_MAX}"))
                })?;
                let read = |value: &Value| {
                    scalar.read(value).ok_or_else(|| (shown(value), scalar.expected().to_owned()))
                };
                values.iter().map(read).collect::<Result<Vec<_>, _>>().map(Value::Array)
            }
        }
    }
}

/// What is found, as a bounded text for a person.
fn shown(found: &Value) -> String {
    cut(&found.to_string())
}

fn elements(found: &Value) -> Option<Vec<Value>> {
    let values = match found {
        Value::Array(values) => values.clone(),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Array(values)) => values,
            Ok(_) | Err(_) if text.trim().is_empty() => Vec::new(),
            Ok(_) | Err(_) => {
                let parts = text.split(',').take(VALUES_MAX.saturating_add(1));
                parts.map(|part| Value::String(part.trim().to_owned())).collect()
            }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![found.clone()],
    };
    (values.len() <= VALUES_MAX).then_some(values)
}

impl FromStr for ValueType {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let scalar = |word: &str| Scalar::ALL.into_iter().find(|scalar| scalar.as_str() == word);
        let found = match text.strip_prefix(LIST) {
            Some(word) => scalar(word).map(Self::List),
            None => scalar(text).map(Self::One),
        };
        found.ok_or_else(|| UnknownWord { what: "a type", found: cut(text), expected: EXPECTED })
    }
}

impl TryFrom<String> for ValueType {
    type Error = UnknownWord;
    fn try_from(text: String) -> Result<Self, UnknownWord> {
        text.parse()
    }
}

impl From<ValueType> for String {
    fn from(value_type: ValueType) -> Self {
        match value_type {
            ValueType::One(scalar) => scalar.as_str().to_owned(),
            ValueType::List(scalar) => format!("{LIST}{}", scalar.as_str()),
        }
    }
}
