use flyball_connector::decode::Text;
use flyball_domain::{Field, UnixMillis, VendorId};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::gid::id;

/// Where a row lies in the list, as far as it can be told even of a row that can't be a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Landmark {
    pub(crate) id: Option<VendorId>,
    pub(crate) updated_at: Option<UnixMillis>,
}

/// Finds a row's place, whatever else is wrong with it.
pub(crate) fn landmark(node: &str) -> Landmark {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Node<'a> {
        #[serde(borrow)]
        id: Option<&'a RawValue>,
        #[serde(borrow)]
        updated_at: Option<&'a RawValue>,
    }
    let read = |raw: Option<&RawValue>| -> Field<Text> {
        raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    };
    let node: Node<'_> = serde_json::from_str(node).unwrap_or_default();
    let updated_at = read(node.updated_at);
    Landmark {
        id: id(&read(node.id), "id").ok(),
        updated_at: updated_at.value().and_then(|at| UnixMillis::parse_rfc3339(&at.0).ok()),
    }
}
