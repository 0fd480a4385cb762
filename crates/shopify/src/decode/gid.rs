use flyball_connector::decode::{RowError, Text};
use flyball_domain::{Field, VendorId};

/// The last part of a global id: `gid://shopify/Product/7` is `7`.
pub(super) fn id(field: &Field<Text<'_>>, at: &str) -> Result<VendorId, RowError> {
    let Some(gid) = field.value() else {
        return Err(RowError::Missing { at: at.to_owned(), expected: "an id" });
    };
    tail(&gid.0).parse().map_err(|error| RowError::value(at, error))
}

/// The last part of a global id, whether or not it can be an id.
pub(super) fn tail(gid: &str) -> &str {
    let path = gid.split_once('?').map_or(gid, |(path, _)| path);
    path.rsplit_once('/').map_or(path, |(_, tail)| tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Field<Text<'_>> {
        flyball_connector::json::from_str(json).unwrap()
    }

    #[test]
    fn an_id_is_the_tail_of_its_global_form() {
        for (json, tail) in [
            (r#""gid://shopify/Product/9007199254740993""#, "9007199254740993"),
            (r#""gid://shopify/InventoryLevel/7?inventory_item_id=8""#, "7"),
            (r#""7""#, "7"),
        ] {
            assert_eq!(id(&read(json), "id").unwrap().as_str(), tail);
        }
        for json in ["null", r#""""#, r#""gid://shopify/Product/""#, r#""a b""#] {
            assert!(id(&read(json), "id").is_err(), "{json}");
        }
    }
}
