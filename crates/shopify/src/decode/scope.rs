use flyball_connector::json::At;
use flyball_domain::Kind;

const ALL_ORDERS: &str = "read_all_orders";

/// Whether the vendor shows this app all records of a kind that there are: without a scope of their
/// own, orders older than 60 days are left out without a word
/// (<https://shopify.dev/docs/api/admin-graphql/latest/objects/Order>).
pub(crate) fn shows_all(kind: Kind, installation: Option<At<'_, '_>>) -> bool {
    let is_all = |scope: At<'_, '_>| {
        scope.get("handle").and_then(At::text).is_some_and(|handle| handle == ALL_ORDERS)
    };
    let granted = |installation: At<'_, '_>| {
        installation.get("accessScopes").is_some_and(|scopes| scopes.elements().any(is_all))
    };
    match kind {
        Kind::Products => true,
        Kind::Orders => installation.is_some_and(granted),
    }
}
