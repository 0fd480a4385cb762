use flyball_connector::decode::{RowError, Text, text, time};
use flyball_domain::{CustomField, Field};
use serde::Deserialize;

use super::words::optional_id;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MetafieldNode {
    id: Field<Text>,
    namespace: Field<Text>,
    key: Field<Text>,
    r#type: Field<Text>,
    value: Field<Text>,
    updated_at: Field<Text>,
}

/// Reads a metafield.
pub(super) fn metafield(node: &str) -> Result<CustomField, RowError> {
    let node: MetafieldNode = serde_json::from_str(node)?;
    let required = |field: Field<Text>, at: &str, expected| {
        text(field)
            .value()
            .cloned()
            .ok_or_else(|| RowError::Missing { at: at.to_owned(), expected })
    };
    Ok(CustomField {
        id: optional_id(&node.id, "id")?,
        namespace: text(node.namespace).value().cloned().unwrap_or_default(),
        key: required(node.key, "key", "a metafield's key")?,
        value_type: text(node.r#type),
        value: required(node.value, "value", "a metafield's value")?,
        updated_at: time(node.updated_at, "updatedAt")?,
    })
}
