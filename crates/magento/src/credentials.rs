//! What a store knows us by: a bearer token, or the four secrets of an integration.

use flyball_connector::decode::Text;
use flyball_connector::json::from_str;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::oauth::Keys;

/// The longest credentials accepted, in bytes. Adobe's tokens have about two thousand.
const CREDENTIALS_BYTES_MAX: usize = 16 * 1_024;

/// What a store knows us by.
#[derive(Debug)]
pub(crate) enum Credentials {
    /// The header `Authorization`, marked sensitive.
    Bearer(HeaderValue),
    /// Every request is signed.
    OAuth(Box<Keys>),
}

/// A text that is no credentials. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// Nothing.
    #[error(
        "found empty credentials: give the integration's four secrets as JSON \
         {{\"consumer_key\":…,\"consumer_secret\":…,\"access_token\":…,\"access_token_secret\":…}}, \
         or a bearer token"
    )]
    Empty,
    /// Longer than any token.
    #[error("found credentials of over {CREDENTIALS_BYTES_MAX} bytes: give the token alone")]
    Length,
    /// Characters that no token has.
    #[error(
        "found credentials with spaces, line breaks or characters beyond ASCII in them: copy each \
         without anything around it"
    )]
    Characters,
    /// JSON, but not the four.
    #[error(
        "found JSON without {missing}: all of consumer_key, consumer_secret, access_token and \
         access_token_secret are needed, from the page of the integration in the admin"
    )]
    Missing {
        /// The first that is missing.
        missing: &'static str,
    },
    /// Something that begins like JSON and isn't.
    #[error("found credentials that begin like JSON but are none: check quotes and commas")]
    Json,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Four<'a> {
    #[serde(borrow)]
    consumer_key: Option<Text<'a>>,
    consumer_secret: Option<Text<'a>>,
    access_token: Option<Text<'a>>,
    access_token_secret: Option<Text<'a>>,
}

impl Credentials {
    /// Reads credentials.
    ///
    /// # Errors
    /// A text that can't be either kind.
    pub(crate) fn parse(secret: &SecretString) -> Result<Self, CredentialsError> {
        let text = secret.expose_secret().trim();
        if text.is_empty() {
            return Err(CredentialsError::Empty);
        }
        if text.len() > CREDENTIALS_BYTES_MAX {
            return Err(CredentialsError::Length);
        }
        if text.starts_with('{') {
            // What the parser says of the text could repeat a part of it.
            let four: Four<'_> = from_str(text).map_err(|_secret| CredentialsError::Json)?;
            return Ok(Self::OAuth(Box::new(Keys {
                consumer_key: key(four.consumer_key, "consumer_key")?,
                consumer_secret: key(four.consumer_secret, "consumer_secret")?,
                access_token: key(four.access_token, "access_token")?,
                access_token_secret: key(four.access_token_secret, "access_token_secret")?,
            })));
        }
        check(text)?;
        let mut header = HeaderValue::from_str(&format!("Bearer {text}"))
            .map_err(|_invalid| CredentialsError::Characters)?;
        header.set_sensitive(true);
        Ok(Self::Bearer(header))
    }
}

fn key(text: Option<Text<'_>>, missing: &'static str) -> Result<SecretString, CredentialsError> {
    let text = text.filter(|text| !text.0.is_empty());
    let Text(text) = text.ok_or(CredentialsError::Missing { missing })?;
    check(&text)?;
    Ok(text.into_owned().into())
}

fn check(text: &str) -> Result<(), CredentialsError> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if plain { Ok(()) } else { Err(CredentialsError::Characters) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> CredentialsError {
        Credentials::parse(&text.into()).unwrap_err()
    }

    #[test]
    fn a_token_and_the_four_secrets_are_told_apart() {
        assert!(matches!(Credentials::parse(&" abc123\n".into()), Ok(Credentials::Bearer(_))));
        let four = r#"{"consumer_key":"a","consumer_secret":"b","access_token":"c","access_token_secret":"d"}"#;
        assert!(matches!(Credentials::parse(&four.into()), Ok(Credentials::OAuth(_))));
    }

    #[test]
    fn what_is_neither_is_refused_without_being_repeated() {
        assert_eq!(error("  "), CredentialsError::Empty);
        assert_eq!(error("sec ret"), CredentialsError::Characters);
        assert_eq!(error("{\"consumer_key\":\"secret\""), CredentialsError::Json);
        assert_eq!(
            error(r#"{"consumer_key":"secret","consumer_secret":"x"}"#),
            CredentialsError::Missing { missing: "access_token" }
        );
        assert_eq!(error(&"x".repeat(CREDENTIALS_BYTES_MAX + 1)), CredentialsError::Length);
        for text in ["sec ret", "{\"secret\"", r#"{"consumer_key":"secret"}"#] {
            assert!(!error(text).to_string().contains("secret\""), "{text}");
        }
    }

    #[test]
    fn credentials_are_not_printed() {
        for text in [
            "topsecret",
            r#"{"consumer_key":"topsecret","consumer_secret":"topsecret","access_token":"topsecret","access_token_secret":"topsecret"}"#,
        ] {
            let parsed = Credentials::parse(&text.into()).unwrap();
            assert!(!format!("{parsed:?}").contains("topsecret"));
        }
    }
}
