//! `OAuth` 1.0a with HMAC-SHA256, which is what Magento asks of integrations; HMAC-SHA1 is refused
//! since 2.4.4 (<https://developer.adobe.com/commerce/webapi/get-started/authentication/gs-authentication-oauth/>).

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use flyball_domain::UnixMillis;
use secrecy::{ExposeSecret as _, SecretString};

use crate::query::encode;

const MS_PER_S: u64 = 1_000;

/// The four secrets of an integration.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) consumer_key: SecretString,
    pub(crate) consumer_secret: SecretString,
    pub(crate) access_token: SecretString,
    pub(crate) access_token_secret: SecretString,
}

/// What makes two signatures of one request differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// When it is signed.
    pub(crate) now: UnixMillis,
    /// A text never used before with the same keys.
    pub(crate) nonce: String,
}

/// The value of the header `Authorization` for a request.
///
/// `url` is the address without its query; `query` is encoded by RFC 3986 already, each name once.
pub(crate) fn authorization(
    keys: &Keys,
    moment: &Moment,
    method: &str,
    url: &str,
    query: &str,
) -> String {
    let timestamp = moment.now.0.div_euclid(MS_PER_S).to_string();
    let protocol = [
        ("oauth_consumer_key", keys.consumer_key.expose_secret()),
        ("oauth_nonce", &moment.nonce),
        ("oauth_signature_method", "HMAC-SHA256"),
        ("oauth_timestamp", &timestamp),
        ("oauth_token", keys.access_token.expose_secret()),
        ("oauth_version", "1.0"),
    ];
    let encoded = protocol.iter().map(|(name, value)| ((*name).to_owned(), encode(value)));
    let asked = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_owned(), value.to_owned())
    });
    let base = base_string(method, url, encoded.chain(asked).collect());
    let signature = sign(keys, &base);
    let header: Vec<String> = protocol
        .iter()
        .copied()
        .chain([("oauth_signature", signature.as_str())])
        .map(|(name, value)| format!("{name}=\"{}\"", encode(value)))
        .collect();
    format!("OAuth {}", header.join(","))
}

/// RFC 5849, section 3.4.1: method, address and parameters; names and values are encoded already.
fn base_string(method: &str, url: &str, mut parameters: Vec<(String, String)>) -> String {
    parameters.sort();
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let method = method.to_ascii_uppercase();
    format!("{method}&{}&{}", encode(url), encode(&pairs.join("&")))
}

/// RFC 5849, section 3.4.2, with SHA-256 in the place of SHA-1.
fn sign(keys: &Keys, base: &str) -> String {
    let key = format!(
        "{}&{}",
        encode(keys.consumer_secret.expose_secret()),
        encode(keys.access_token_secret.expose_secret())
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    BASE64.encode(hmac::sign(&key, base.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys {
            consumer_key: "ck 1".into(),
            consumer_secret: "cs&1".into(),
            access_token: "at".into(),
            access_token_secret: "ats".into(),
        }
    }

    /// The example of RFC 5849, section 3.4.1.
    #[test]
    fn the_base_string_is_that_of_the_standards_own_example() {
        let parameters = [
            ("b5", "=%3D"),
            ("a3", "a"),
            ("c@", ""),
            ("a2", "r b"),
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
            ("c2", ""),
            ("a3", "2 q"),
        ];
        let parameters =
            parameters.iter().map(|(name, value)| (encode(name), encode(value))).collect();
        assert_eq!(
            base_string("post", "http://example.com/request", parameters),
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q\
             %26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_\
             key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_m\
             ethod%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk\
             9d7dh3k39sjv7"
        );
    }

    /// Computed apart, with Python's `hmac` and `urllib.parse.quote`.
    #[test]
    fn brackets_and_spaces_of_a_search_are_signed_as_they_are_sent() {
        let moment = Moment { now: UnixMillis(1_795_000_000_999), nonce: "n0nce".to_owned() };
        let query = "searchCriteria%5BpageSize%5D=100&fields=items%5Bid%5D&x=2026-11-22%2009%3A30";
        let header =
            authorization(&keys(), &moment, "GET", "https://shop.example/m2/rest/V1/orders", query);
        assert_eq!(
            header,
            "OAuth oauth_consumer_key=\"ck%201\",oauth_nonce=\"n0nce\",\
             oauth_signature_method=\"HMAC-SHA256\",oauth_timestamp=\"1795000000\",\
             oauth_token=\"at\",oauth_version=\"1.0\",\
             oauth_signature=\"%2Fy2XTSZRgjTmj%2B0%2FWG5n4tz9tZsKnDK7aMxDcDx76U4%3D\""
        );
    }

    #[test]
    fn another_moment_gives_another_signature() {
        let at = |now: u64, nonce: &str| {
            let moment = Moment { now: UnixMillis(now), nonce: nonce.to_owned() };
            let header = authorization(&keys(), &moment, "GET", "https://shop.example/", "");
            header.rsplit_once("oauth_signature=").unwrap().1.to_owned()
        };
        assert_ne!(at(1_000, "a"), at(2_000, "a"));
        assert_ne!(at(1_000, "a"), at(1_000, "b"));
    }

    #[test]
    fn keys_are_not_printed() {
        assert!(!format!("{:?}", keys()).contains("cs&1"));
    }
}
