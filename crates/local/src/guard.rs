use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use flyball_runtime::{NoEntropy, secret_bytes};
use secrecy::{ExposeSecret, SecretString};

pub(crate) const JSON_1_0: &str = "application/x-amz-json-1.0";

const TOKEN_BYTES: usize = 16;

/// What `DynamoDB` and SQS answer to an access key they don't know. Clients don't try again.
const STRANGER: &str = r#"{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"The access key is not this data folder's token."}"#;

/// What a caller has to know: the access key id of its signature. Signatures are not verified,
/// because whoever can read a loopback connection can read the folder too.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

impl Token {
    /// A new token, which nobody can guess.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn random() -> Result<Self, NoEntropy> {
        let bytes: [u8; TOKEN_BYTES] = secret_bytes()?;
        Ok(Self(HEXLOWER.encode(&bytes).into()))
    }

    /// The token as text, to be used as an access key's id.
    pub const fn secret(&self) -> &SecretString {
        &self.0
    }

    fn is_in(&self, headers: &HeaderMap) -> bool {
        headers
            .get(AUTHORIZATION)
            .and_then(|value| access_key_id(value.to_str().ok()?))
            .is_some_and(|id| is_equal(id, self.0.expose_secret()))
    }
}

impl From<SecretString> for Token {
    fn from(text: SecretString) -> Self {
        Self(text)
    }
}

/// The access key id in a header such as
/// `AWS4-HMAC-SHA256 Credential=ID/20261122/local/sqs/aws4_request, SignedHeaders=…, Signature=…`.
fn access_key_id(authorization: &str) -> Option<&str> {
    let (scheme, parts) = authorization.split_once(' ')?;
    let credential = parts.split(',').find_map(|part| part.trim().strip_prefix("Credential="))?;
    let (id, _scope) = credential.split_once('/')?;
    scheme.starts_with("AWS4-").then_some(id)
}

/// Takes as long for a wrong text as for the right one of the same length.
fn is_equal(found: &str, expected: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(found.as_bytes(), expected.as_bytes()).is_ok()
}

/// Lets those through who know the token.
pub(crate) async fn admit(State(token): State<Token>, request: Request, next: Next) -> Response {
    if token.is_in(request.headers()) {
        next.run(request).await
    } else {
        json(StatusCode::BAD_REQUEST, STRANGER)
    }
}

/// An answer in the protocol that both services speak.
pub(crate) fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(CONTENT_TYPE, JSON_1_0)], body.into()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(authorization: &str) -> bool {
        let token = Token::from(SecretString::from("right"));
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization.parse().unwrap());
        token.is_in(&headers)
    }

    #[test]
    fn only_the_right_access_key_id_is_admitted() {
        let rest = "/20261122/local/sqs/aws4_request, SignedHeaders=host, Signature=00";
        assert!(admits(&format!("AWS4-HMAC-SHA256 Credential=right{rest}")));
        assert!(admits(&format!("AWS4-HMAC-SHA256 SignedHeaders=host,Credential=right{rest}")));
        for wrong in [
            String::new(),
            "right".to_owned(),
            "Bearer right".to_owned(),
            "AWS4-HMAC-SHA256 Credential=right".to_owned(),
            format!("Basic Credential=right{rest}"),
            format!("AWS4-HMAC-SHA256 Credential={rest}"),
            format!("AWS4-HMAC-SHA256 Credential=wrong{rest}"),
            format!("AWS4-HMAC-SHA256 Credential=right1{rest}"),
        ] {
            assert!(!admits(&wrong), "{wrong}");
        }
        assert!(!Token::from(SecretString::from("right")).is_in(&HeaderMap::new()));
    }

    #[test]
    fn a_token_does_not_print() {
        let token = Token::random().unwrap();
        assert!(!format!("{token:?}").contains(token.secret().expose_secret()));
    }
}
