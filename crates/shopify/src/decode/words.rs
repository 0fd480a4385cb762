//! What both kinds of records are made of.

use flyball_connector::decode::{RowError, Text, decimal, wrong};
use flyball_connector::json::from_str;
use flyball_domain::{CustomField, Field, VendorId};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::gid::id;

/// A word of the vendor's, in lower case.
pub(super) fn word(field: Field<Text<'_>>) -> Field<String> {
    field.map(|word| word.0.to_ascii_lowercase())
}

/// Texts without the `null`s among them.
pub(super) fn words(texts: Vec<Option<Text<'_>>>) -> Vec<String> {
    texts.into_iter().flatten().map(|text| text.0.into_owned()).collect()
}

/// A text, where there is one.
pub(super) fn given(field: Field<Text<'_>>) -> Option<String> {
    match field {
        Field::Value(text) => Some(text.0.into_owned()),
        Field::Null | Field::Absent => None,
    }
}

/// A number that may have a fraction.
pub(super) fn number(field: Field<Text<'_>>, at: &str) -> Result<Field<Decimal>, RowError> {
    field.try_map(|text| decimal(&text.0).ok_or_else(|| wrong(&text, at, "a number")))
}

/// An id that may be missing.
pub(super) fn optional_id(field: &Field<Text<'_>>, at: &str) -> Result<Field<VendorId>, RowError> {
    Ok(match field {
        Field::Value(_) => Field::Value(id(field, at)?),
        Field::Null => Field::Null,
        Field::Absent => Field::Absent,
    })
}

/// An object of which only the id is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reference<'a> {
    #[serde(borrow)]
    id: Field<Text<'a>>,
}

/// The id of something that a record refers to; `Null` where it refers to nothing.
pub(super) fn reference(
    field: Field<Reference<'_>>,
    at: &str,
) -> Result<Field<VendorId>, RowError> {
    match field {
        Field::Value(it) => optional_id(&it.id, at),
        Field::Null => Ok(Field::Null),
        Field::Absent => Ok(Field::Absent),
    }
}

/// The value within an object: what is asked of nothing is nothing.
pub(super) fn within<T, U>(field: Field<T>, take: impl FnOnce(T) -> Field<U>) -> Field<U> {
    match field {
        Field::Value(value) => take(value),
        Field::Null => Field::Null,
        Field::Absent => Field::Absent,
    }
}

/// A raw value, as it is kept in `extra`.
pub(super) fn raw(text: &str) -> Result<Value, RowError> {
    Ok(from_str(text)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Attribute<'a> {
    #[serde(borrow)]
    key: Field<Text<'a>>,
    value: Field<Text<'a>>,
}

/// What the theme or the buyer added, as (name, value).
pub(super) fn attributes(nodes: Vec<Option<Attribute<'_>>>) -> Vec<CustomField> {
    let field = |attribute: Attribute<'_>| CustomField {
        id: Field::Absent,
        namespace: String::new(),
        key: given(attribute.key).unwrap_or_default(),
        value_type: Field::Absent,
        value: given(attribute.value).unwrap_or_default(),
        updated_at: Field::Absent,
    };
    nodes.into_iter().flatten().map(field).collect()
}
