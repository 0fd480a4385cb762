use flyball_connector::decode::{RowError, Text, text, time};
use flyball_domain::{CustomField, Field};
use serde::Deserialize;

use super::words::{given, optional_id};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MetafieldNode<'a> {
    #[serde(borrow)]
    id: Field<Text<'a>>,
    namespace: Field<Text<'a>>,
    key: Field<Text<'a>>,
    r#type: Field<Text<'a>>,
    value: Field<Text<'a>>,
    updated_at: Field<Text<'a>>,
}

/// Reads a metafield.
pub(super) fn metafield(node: MetafieldNode<'_>) -> Result<CustomField, RowError> {
    let required = |field: Field<Text<'_>>, at: &str, expected| {
        given(field).ok_or_else(|| RowError::Missing { at: at.to_owned(), expected })
    };
    Ok(CustomField {
        id: optional_id(&node.id, "id")?,
        namespace: given(node.namespace).unwrap_or_default(),
        key: required(node.key, "key", "a metafield's key")?,
        value_type: text(node.r#type),
        value: required(node.value, "value", "a metafield's value")?,
        updated_at: time(node.updated_at, "updatedAt")?,
    })
}
