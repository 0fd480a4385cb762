//! Signed calls, checked as the vendor checks them: `OAuth` 1.0a with HMAC-SHA256
//! (<https://developer.adobe.com/commerce/webapi/get-started/authentication/gs-authentication-oauth/>).

use core::cmp::Ordering;
use core::fmt::Write as _;
use core::iter::Peekable;
use core::str::Bytes;
use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flyball_domain::UnixMillis;
use serde_json::json;

use super::params::decoded;
use super::problem::Problem;
use crate::vendor::OAuthSecrets;

/// How far a caller's clock may be ahead, in seconds. One that is behind is not refused
/// (`Magento\Integration\Model\Oauth\Nonce\Generator::TIME_DEVIATION`).
const AHEAD_S_MAX: u64 = 600;
/// How many nonces are remembered; the vendor forgets them by their age.
const NONCES_MAX: usize = 100_000;
const METHOD: &str = "HMAC-SHA256";
const REQUIRED: [&str; 6] = [
    "oauth_consumer_key",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_nonce",
    "oauth_timestamp",
    "oauth_token",
];

/// A call as it is signed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// The `Host` header.
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    /// The `Authorization` header.
    pub(super) authorization: &'a str,
}

/// The nonces that were used.
#[derive(Debug, Default)]
pub(super) struct Nonces(Mutex<(HashSet<String>, VecDeque<String>)>);

impl Nonces {
    fn take(&self, nonce: &str) -> bool {
        let mut nonces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (used, order) = &mut *nonces;
        if !used.insert(nonce.to_owned()) {
            return false;
        }
        order.push_back(nonce.to_owned());
        if order.len() > NONCES_MAX
            && let Some(oldest) = order.pop_front()
        {
            used.remove(&oldest);
        }
        true
    }
}

/// Whether a header is a signature at all.
pub(super) fn is_signature(authorization: &str) -> bool {
    authorization.to_ascii_lowercase().contains("oauth ")
}

/// Checks a signed call.
///
/// # Errors
/// What the vendor says of it.
pub(super) fn check(
    call: &Signed<'_>,
    secrets: &OAuthSecrets,
    token: &str,
    nonces: &Nonces,
    now: UnixMillis,
) -> Result<(), Problem> {
    let protocol = protocol(call.authorization);
    let get = |name: &str| {
        protocol.iter().rev().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    };
    if let Some(version) = get("oauth_version").filter(|version| *version != "1.0") {
        let message = "The \"%1\" Oauth version isn't supported.";
        return Err(Problem::oauth_input(message, Some(json!([version]))));
    }
    let missing: Vec<&str> = REQUIRED.into_iter().filter(|name| get(name).is_none()).collect();
    if !missing.is_empty() {
        return Err(Problem::required(&missing));
    }
    let value = |name: &str| get(name).unwrap_or_default();
    let method = value("oauth_signature_method");
    if method != METHOD {
        let message = "Signature method %1 is not supported";
        return Err(Problem::oauth_input(message, Some(json!([method]))));
    }
    let refused = |message: &str| Err(Problem::authentication(message, None));
    if value("oauth_consumer_key") != secrets.consumer_key {
        return refused("A consumer having the specified key does not exist");
    }
    let timestamp: u64 = value("oauth_timestamp").parse().unwrap_or(0);
    if timestamp == 0 || timestamp > (now.0 / 1_000).saturating_add(AHEAD_S_MAX) {
        return refused(
            "The timestamp value in the oauth_timestamp parameter is incorrect. Verify the value and \
             try again.",
        );
    }
    if !nonces.take(value("oauth_nonce")) {
        return Err(Problem::authentication(
            "The nonce is already being used by the consumer with ID %1.",
            Some(json!([1])),
        ));
    }
    if value("oauth_token") != token {
        return refused("Specified token does not exist");
    }
    // The store can't see whether its callers came by way of something that ends TLS.
    let signed = ["https", "http"].iter().any(|scheme| {
        let base = base_string(call, scheme, &protocol);
        is_signed(&base, secrets, value("oauth_signature"))
    });
    if signed { Ok(()) } else { refused("The signature is invalid. Verify and try again.") }
}

fn is_signed(base: &str, secrets: &OAuthSecrets, signature: &str) -> bool {
    let key = format!("{}&{}", encoded(&secrets.consumer_secret), encoded(&secrets.token_secret));
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    STANDARD
        .decode(signature)
        .is_ok_and(|signature| hmac::verify(&key, base.as_bytes(), &signature).is_ok())
}

/// The parameters in the header, as the vendor takes it apart.
fn protocol(authorization: &str) -> Vec<(String, String)> {
    let begins = authorization.to_ascii_lowercase().find("oauth ").unwrap_or(0);
    let rest = authorization.get(begins..).and_then(|rest| rest.get("oauth ".len()..));
    rest.unwrap_or_default()
        .split(',')
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| name.contains("oauth_"))
        .map(|(name, value)| (decoded(name), decoded(value.trim_matches('"'))))
        .collect()
}

/// What is signed: method, address and parameters (RFC 5849, section 3.4.1), the parameters sorted
/// by `strnatcmp`, and those of the query that are no pairs left out, as the vendor does
/// (`Magento\Framework\Oauth\Helper\Request`, `Magento\Framework\Oauth\Helper\Signature\Hmac256`).
fn base_string(call: &Signed<'_>, scheme: &str, protocol: &[(String, String)]) -> String {
    let asked =
        call.query.split('&').filter_map(|pair| match pair.split('=').collect::<Vec<_>>()[..] {
            [name, value] if !name.contains("oauth_") => {
                let plain = |text: &str| decoded(&text.replace('+', " "));
                Some((plain(name), plain(value)))
            }
            _ => None,
        });
    let mut parameters: Vec<(String, String)> = Vec::new();
    for (name, value) in protocol.iter().cloned().chain(asked) {
        match parameters.iter_mut().find(|(found, _)| *found == name) {
            _ if name == "oauth_signature" => {}
            Some(before) => before.1 = value,
            None => parameters.push((name, value)),
        }
    }
    let mut pairs: Vec<(String, String)> =
        parameters.iter().map(|(name, value)| (encoded(name), encoded(value))).collect();
    pairs.sort_by(|(left, _), (right, _)| natural(left, right));
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let host = call.host.to_ascii_lowercase();
    let port = if scheme == "https" { ":443" } else { ":80" };
    let host = host.strip_suffix(port).unwrap_or(&host);
    let url = format!("{scheme}://{host}{}", call.path);
    format!("{}&{}&{}", call.method.to_ascii_uppercase(), encoded(&url), encoded(&pairs.join("&")))
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text never fails.
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// PHP's `strnatcmp`: numbers within texts count as numbers.
fn natural(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.bytes().peekable(), right.bytes().peekable());
    loop {
        let is_digit =
            |bytes: &mut Peekable<Bytes<'_>>| bytes.peek().is_some_and(u8::is_ascii_digit);
        if is_digit(&mut left) && is_digit(&mut right) {
            let (one, other) = (digits(&mut left), digits(&mut right));
            // With a zero in front they are compared from the left, otherwise as numbers.
            let order = if one.first() == Some(&b'0') || other.first() == Some(&b'0') {
                one.cmp(&other)
            } else {
                one.len().cmp(&other.len()).then_with(|| one.cmp(&other))
            };
            if order != Ordering::Equal {
                return order;
            }
            continue;
        }
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (one, other) if one == other => {}
            (one, other) => return one.cmp(&other),
        }
    }
}

fn digits(bytes: &mut Peekable<Bytes<'_>>) -> Vec<u8> {
    core::iter::from_fn(|| bytes.next_if(u8::is_ascii_digit)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_338_000_000);

    fn secrets() -> OAuthSecrets {
        OAuthSecrets {
            consumer_key: "ck 1".to_owned(),
            consumer_secret: "cs&1".to_owned(),
            token_secret: "ats".to_owned(),
        }
    }

    /// Signed apart, with Python's `hmac` and `urllib.parse.quote`.
    const HEADER: &str = "OAuth oauth_consumer_key=\"ck%201\",oauth_nonce=\"n0nce\",\
        oauth_signature_method=\"HMAC-SHA256\",oauth_timestamp=\"1795000000\",oauth_token=\"at\",\
        oauth_version=\"1.0\",oauth_signature=\"%2Fy2XTSZRgjTmj%2B0%2FWG5n4tz9tZsKnDK7aMxDcDx76U4%3D\"";

    const CALL: Signed<'_> = Signed {
        method: "GET",
        host: "Shop.example:443",
        path: "/m2/rest/V1/orders",
        query: "searchCriteria%5BpageSize%5D=100&fields=items%5Bid%5D&x=2026-11-22%2009%3A30",
        authorization: HEADER,
    };

    fn verdict(call: &Signed<'_>) -> Result<(), Problem> {
        check(call, &secrets(), "at", &Nonces::default(), NOW)
    }

    #[test]
    fn a_call_that_was_signed_with_the_four_secrets_is_let_in() {
        assert_eq!(verdict(&CALL), Ok(()));
        assert_eq!(verdict(&Signed { query: &CALL.query.replace("%20", "+"), ..CALL }), Ok(()));
    }

    #[test]
    fn a_call_that_differs_from_what_was_signed_is_not() {
        let invalid = || {
            Err(Problem::authentication("The signature is invalid. Verify and try again.", None))
        };
        assert_eq!(verdict(&Signed { method: "POST", ..CALL }), invalid());
        assert_eq!(verdict(&Signed { host: "shop.example:8443", ..CALL }), invalid());
        assert_eq!(verdict(&Signed { path: "/rest/V1/orders", ..CALL }), invalid());
        assert_eq!(
            verdict(&Signed { query: &CALL.query.replace("100", "101"), ..CALL }),
            invalid()
        );
        let other = OAuthSecrets { token_secret: "other".to_owned(), ..secrets() };
        assert_eq!(check(&CALL, &other, "at", &Nonces::default(), NOW), invalid());
    }

    #[test]
    fn each_thing_that_can_be_wrong_with_a_header_has_its_own_words() {
        let with = |from: &str, to: &str| {
            let header = HEADER.replace(from, to);
            verdict(&Signed { authorization: &header, ..CALL }).unwrap_err()
        };
        let text = |problem: Problem| {
            let answer = problem.answer(crate::magento::settings::MagentoMode::Production, 0);
            (answer.status.as_u16(), String::from_utf8(answer.body).unwrap())
        };
        for (from, to, status, words) in [
            ("HMAC-SHA256", "HMAC-SHA1", 400, "Signature method %1 is not supported"),
            (
                "oauth_version=\"1.0\"",
                "oauth_version=\"2.0\"",
                400,
                "Oauth version isn't supported",
            ),
            ("oauth_nonce=\"n0nce\",", "", 400, "\"fieldName\":\"oauth_nonce\""),
            ("ck%201", "other", 401, "A consumer having the specified key does not exist"),
            ("oauth_token=\"at\"", "oauth_token=\"no\"", 401, "Specified token does not exist"),
            ("1795000000", "1795338601", 401, "timestamp value"),
            ("1795000000", "soon", 401, "timestamp value"),
        ] {
            let (found, body) = text(with(from, to));
            assert_eq!(found, status, "{body}");
            assert!(body.contains(words), "{body}");
        }
    }

    #[test]
    fn a_nonce_is_good_for_one_call_and_a_clock_behind_is_no_reason_to_refuse() {
        let nonces = Nonces::default();
        assert_eq!(check(&CALL, &secrets(), "at", &nonces, NOW), Ok(()));
        assert_eq!(
            check(&CALL, &secrets(), "at", &nonces, NOW),
            Err(Problem::authentication(
                "The nonce is already being used by the consumer with ID %1.",
                Some(json!([1]))
            ))
        );
        let late = UnixMillis(NOW.0 + 30 * 86_400_000);
        assert_eq!(check(&CALL, &secrets(), "at", &Nonces::default(), late), Ok(()));
    }

    #[test]
    fn numbers_within_names_sort_as_numbers_as_the_vendor_sorts_them() {
        assert_eq!(natural("a%5B2%5D", "a%5B10%5D"), Ordering::Less);
        assert_eq!(natural("a10", "a10b"), Ordering::Less);
        assert_eq!(natural("oauth_nonce", "fields"), Ordering::Greater);
        assert_eq!(natural("a01", "a1"), Ordering::Less);
    }

    proptest! {
        #[test]
        fn no_header_makes_the_check_panic(header in "(OAuth )?[a-z_=\",%0-9A-Z ]{0,80}", query in "\\PC{0,30}") {
            drop(verdict(&Signed { authorization: &header, query: &query, ..CALL }));
        }
    }
}
