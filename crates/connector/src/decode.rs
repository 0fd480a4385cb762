//! Reading a vendor's JSON leniently: unknown words, new fields and nulls never fail, digits are
//! kept, and a row fails only where a record's identity or an amount can't be read.

use std::borrow::Cow;

use flyball_domain::{Currency, Field, Money, UnixMillis, VendorId};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::json::{JsonError, TEXT};

/// The most characters of a value repeated in an error.
const FOUND_CHARS_MAX: usize = 80;

/// The most children of one kind that are read of one record. Shopify's own limit is 2,048 variants.
pub const CHILDREN_MAX: usize = 10_000;

/// Why a row can't be a record.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// Nothing stands where a record can't do without.
    #[error("{at}: found nothing where {expected} was expected")]
    Missing {
        /// The path of the field.
        at: String,
        /// What was expected.
        expected: &'static str,
    },
    /// Something stands there that can't be read.
    #[error("{at}: {what}")]
    Value {
        /// The path of the field.
        at: String,
        /// What was found and what was expected.
        what: String,
    },
    /// More children than are accepted.
    #[error("{at}: found {found} where at most {CHILDREN_MAX} are accepted")]
    TooMany {
        /// The path of the list.
        at: String,
        /// How many there are.
        found: usize,
    },
    /// Not the JSON of a record.
    #[error("found a row of another shape: {0}")]
    Shape(#[from] JsonError),
}

impl RowError {
    /// A value that can't be read.
    pub fn value(at: &str, what: impl core::fmt::Display) -> Self {
        Self::Value { at: at.to_owned(), what: what.to_string() }
    }

    /// The same, seen from one level up.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        match self {
            Self::Missing { at, expected } => {
                Self::Missing { at: format!("{outer}.{at}"), expected }
            }
            Self::Value { at, what } => Self::Value { at: format!("{outer}.{at}"), what },
            Self::TooMany { at, found } => Self::TooMany { at: format!("{outer}.{at}"), found },
            Self::Shape(error) => Self::value(outer, error),
        }
    }
}

/// Reads each element of a list that is not `null`.
///
/// # Errors
/// The first element's that can't be read, with its place in the list.
pub fn each<N, T>(
    nodes: impl IntoIterator<Item = Option<N>>,
    at: &str,
    mut read: impl FnMut(N) -> Result<T, RowError>,
) -> Result<Vec<T>, RowError> {
    let present = nodes.into_iter().enumerate().filter_map(|(at, node)| Some((at, node?)));
    let all: Result<Vec<T>, RowError> = present
        .map(|(index, node)| read(node).map_err(|error| error.within(&format!("{at}[{index}]"))))
        .collect();
    let all = all?;
    if all.len() > CHILDREN_MAX {
        return Err(RowError::TooMany { at: at.to_owned(), found: all.len() });
    }
    Ok(all)
}

/// Keeps what has no place of its own: a missing key and an explicit `null` stay what they were.
pub fn keep(extra: &mut Map<String, Value>, name: &str, field: Field<Value>) {
    match field {
        Field::Absent => {}
        Field::Null => drop(extra.insert(name.to_owned(), Value::Null)),
        Field::Value(value) => drop(extra.insert(name.to_owned(), value)),
    }
}

/// A JSON text, number or boolean, as text: the vendor's own digits, which a float would lose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Characters;
        impl<'de> Visitor<'de> for Characters {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("a text or number of a JSON text")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                self.visit_string(text.to_owned())
            }
            fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text))
            }
        }
        from.deserialize_newtype_struct(TEXT, Characters).map(Self)
    }
}

fn cut(text: &str) -> String {
    text.chars().take(FOUND_CHARS_MAX).collect()
}

/// A text, number or boolean as text.
pub fn text(field: Field<Text<'_>>) -> Field<String> {
    field.map(|text| text.0.into_owned())
}

/// An RFC 3339 time.
///
/// # Errors
/// Anything else.
pub fn time(field: Field<Text<'_>>, at: &str) -> Result<Field<UnixMillis>, RowError> {
    field.try_map(|text| {
        UnixMillis::parse_rfc3339(&text.0).map_err(|error| RowError::value(at, error))
    })
}

/// A whole number, in any notation.
///
/// # Errors
/// Anything else.
pub fn whole(field: Field<Text<'_>>, at: &str) -> Result<Field<i64>, RowError> {
    field.try_map(|text| {
        decimal(&text.0)
            .filter(Decimal::is_integer)
            .and_then(|number| number.to_i64())
            .ok_or_else(|| wrong(&text, at, "a whole number"))
    })
}

/// `true` or `false`.
///
/// # Errors
/// Anything else.
pub fn flag(field: Field<Text<'_>>, at: &str) -> Result<Field<bool>, RowError> {
    field.try_map(|text| match text.0.as_ref() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong(&text, at, "true or false")),
    })
}

/// An amount in a currency; absent where the currency isn't known.
///
/// # Errors
/// A text that is no amount.
pub fn money(
    field: Field<Text<'_>>,
    currency: Option<Currency>,
    at: &str,
) -> Result<Field<Money>, RowError> {
    match (field, currency) {
        (Field::Value(amount), Some(currency)) => Money::parse(&amount.0, currency)
            .map(Field::Value)
            .map_err(|error| RowError::value(at, error)),
        (Field::Null, _) => Ok(Field::Null),
        (Field::Value(_) | Field::Absent, _) => Ok(Field::Absent),
    }
}

/// A vendor's id, which a record can't do without.
///
/// # Errors
/// None there, or a text that can't be one.
pub fn id(field: &Field<Text<'_>>, at: &str) -> Result<VendorId, RowError> {
    let Some(text) = field.value() else {
        return Err(RowError::Missing { at: at.to_owned(), expected: "an id" });
    };
    text.0.parse().map_err(|error| RowError::value(at, error))
}

/// A decimal number of any notation JSON has, exactly, or nothing.
pub fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

/// What to say of a text that is not what was expected.
pub fn wrong(text: &Text<'_>, at: &str, expected: &str) -> RowError {
    RowError::value(at, format_args!("found {:?} where {expected} was expected", cut(&text.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::from_str;

    fn read(json: &str) -> Field<Text<'_>> {
        from_str(json).unwrap()
    }

    #[test]
    fn digits_are_kept_whether_they_come_as_text_or_as_number() {
        let eur = "EUR".parse().unwrap();
        for json in [r#""19.90""#, "19.90"] {
            let price = money(read(json), Some(eur), "price").unwrap();
            assert_eq!(price.value().unwrap().to_string(), "19.90 EUR");
        }
        assert_eq!(id(&read("9007199254740993"), "id").unwrap().as_str(), "9007199254740993");
    }

    #[test]
    fn whole_numbers_are_read_in_any_notation_and_others_refused() {
        for (json, expected) in [("5", 5), ("-2", -2), ("5.0", 5), (r#""5""#, 5), ("5e2", 500)] {
            assert_eq!(whole(read(json), "stock").unwrap(), Field::Value(expected), "{json}");
        }
        for json in ["5.5", "true", r#""five""#, "1e300", "99999999999999999999"] {
            let error = whole(read(json), "stock").unwrap_err().to_string();
            assert!(error.starts_with("stock: found "), "{error}");
        }
    }

    #[test]
    fn an_amount_of_unknown_currency_is_absent_and_a_null_is_none() {
        assert_eq!(money(read("1"), None, "price").unwrap(), Field::Absent);
        assert_eq!(money(read("null"), None, "price").unwrap(), Field::Null);
        let eur = "EUR".parse().unwrap();
        assert!(money(read(r#""ten""#), Some(eur), "price").is_err());
    }

    #[test]
    fn an_object_is_no_text() {
        let error = from_str::<Text<'_>>(r#"{"a":1}"#).unwrap_err().to_string();
        assert!(error.contains(r#"found {"a":1} where a text or number was expected"#), "{error}");
    }
}
