use flyball_domain::Kind;
use serde::Deserialize;
use serde_json::value::RawValue;

const ALL_ORDERS: &str = "read_all_orders";

/// Whether the vendor shows this app all records of a kind that there are: without a scope of their
/// own, orders older than 60 days are left out without a word
/// (<https://shopify.dev/docs/api/admin-graphql/latest/objects/Order>).
pub(crate) fn shows_all(kind: Kind, installation: Option<&RawValue>) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Installation {
        access_scopes: Vec<Scope>,
    }
    #[derive(Deserialize)]
    struct Scope {
        handle: String,
    }
    let granted = |installation: &RawValue| {
        let installation: Option<Installation> = serde_json::from_str(installation.get()).ok();
        installation.is_some_and(|it| it.access_scopes.iter().any(|it| it.handle == ALL_ORDERS))
    };
    match kind {
        Kind::Products => true,
        Kind::Orders => installation.is_some_and(granted),
    }
}
