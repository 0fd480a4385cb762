use flyball_connector::json::At;
use flyball_domain::{UnixMillis, VendorId};

use super::gid::tail;

/// Where a row lies in the list, as far as it can be told even of a row that can't be a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Landmark {
    pub(crate) id: Option<VendorId>,
    pub(crate) updated_at: Option<UnixMillis>,
}

/// Finds a row's place, whatever else is wrong with it.
pub(crate) fn landmark(node: At<'_, '_>) -> Landmark {
    let text = |name| node.get(name).filter(|value| !value.is_null()).and_then(At::text);
    Landmark {
        id: text("id").and_then(|gid| tail(&gid).parse().ok()),
        updated_at: text("updatedAt").and_then(|at| UnixMillis::parse_rfc3339(&at).ok()),
    }
}
