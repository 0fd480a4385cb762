use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an account's mapping made of a record's custom fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mapped {
    /// Under the retailer's names, in the retailer's types.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Value>,
    /// What did not fit. The record is imported all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unfit: Vec<Unfit>,
}

/// A value that does not fit the type that the retailer gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{name}: found {found} where {expected} was expected")]
pub struct Unfit {
    /// The retailer's name for it.
    pub name: String,
    /// What was found, cut to a bounded length.
    pub found: String,
    /// What was expected.
    pub expected: String,
}
