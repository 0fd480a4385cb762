use flyball_domain::AccountId;
use flyball_http::BaseUrl;

use crate::error::CliError;

/// The domain that all Shopify stores share.
const SHOPIFY_DOMAIN: &str = ".myshopify.com";

/// The host that all `BigCommerce` stores share, and the part of the path before the store's name.
const BIGCOMMERCE_HOST: &str = "api.bigcommerce.com/stores/";

/// The longest account id, and the shortest, in characters.
const ID_CHARS_MAX: usize = 40;
const ID_CHARS_MIN: usize = 3;

/// An account's id from its store's address: host and path without what all stores of a platform
/// share, and the port where it is not the usual one.
pub(crate) fn account_id(base: &BaseUrl) -> Result<AccountId, CliError> {
    let text = base.to_string();
    let address = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let address = address.trim_end_matches('/').to_ascii_lowercase();
    let name = address.strip_prefix(BIGCOMMERCE_HOST).unwrap_or(&address);
    let name = name.strip_suffix(SHOPIFY_DOMAIN).unwrap_or(name);
    let id: String =
        name.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '-' }).collect();
    let id = id.trim_matches('-');
    let id = if id.len() < ID_CHARS_MIN {
        format!("store-{id}")
    } else if id.len() > ID_CHARS_MAX {
        // The beginnings of two long names may be alike.
        let digest = format!("-{:08x}", fnv1a(&address));
        let kept = ID_CHARS_MAX.saturating_sub(digest.len());
        format!("{}{digest}", id.get(..kept).unwrap_or(id))
    } else {
        id.to_owned()
    };
    Ok(id.parse()?)
}

fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use flyball_http::Reach;

    use super::*;

    fn id(url: &str) -> String {
        account_id(&BaseUrl::parse(url, Reach::Local).unwrap()).unwrap().to_string()
    }

    #[test]
    fn an_account_is_called_like_its_store() {
        for (url, expected) in [
            ("https://Blue-Mug.myshopify.com", "blue-mug"),
            ("https://shop.blue-mug.example/", "shop-blue-mug-example"),
            ("http://127.0.0.1:40213", "127-0-0-1-40213"),
            ("https://a.myshopify.com", "store-a"),
            ("http://[::1]:80", "store-1"),
            ("https://blue-mug.example/below", "blue-mug-example-below"),
            ("https://api.bigcommerce.com/stores/a1b2c3", "a1b2c3"),
            ("https://api.bigcommerce.com/stores/a1b2c3/", "a1b2c3"),
        ] {
            assert_eq!(id(url), expected, "{url}");
        }
    }

    #[test]
    fn two_stores_of_one_host_keep_apart() {
        assert_ne!(id("https://mugs.example/de"), id("https://mugs.example/fr"));
    }

    #[test]
    fn long_names_keep_apart() {
        let name = "a-very-long-name-of-a-store-that-goes-on-and-on";
        let (one, other) =
            (id(&format!("https://{name}1.example")), id(&format!("https://{name}2.example")));
        assert_ne!(one, other);
        assert!(one.len() <= ID_CHARS_MAX && one.starts_with("a-very-long-name"));
    }
}
