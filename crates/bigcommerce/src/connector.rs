use async_trait::async_trait;
use flyball_connector::{
    Call, CallTag, Class, Connector, Evidence, Failure, Plan, PlanError, Walk,
};
use flyball_domain::Integration;
use flyball_http::{BaseUrl, HttpClient};
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::classify::no_answer;
use crate::walk::StoreWalk;

const USER_AGENT: &str = concat!("Flyball/", env!("CARGO_PKG_VERSION"));

/// One account's way to its BigCommerce store.
pub struct BigCommerceConnector {
    http: HttpClient,
    base: BaseUrl,
    token: HeaderValue,
}

/// A text that is no access token. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing.
    #[error("found an empty access token: copy the API account's access token")]
    Empty,
    /// Characters that no token has.
    #[error(
        "found an access token with spaces, line breaks or characters beyond ASCII: copy the API \
         account's access token without anything around it"
    )]
    Characters,
}

impl BigCommerceConnector {
    /// A connector to the store at `base`, `https://api.bigcommerce.com/stores/<hash>`, by an API
    /// account's access token.
    ///
    /// # Errors
    /// A token that can't be one.
    pub fn new(http: HttpClient, base: BaseUrl, token: &SecretString) -> Result<Self, TokenError> {
        let token = token.expose_secret();
        if token.is_empty() {
            return Err(TokenError::Empty);
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Characters);
        }
        let mut token = HeaderValue::from_str(token).map_err(|_invalid| TokenError::Characters)?;
        token.set_sensitive(true);
        Ok(Self { http, base, token })
    }
}

impl core::fmt::Debug for BigCommerceConnector {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BigCommerceConnector").field("base", &self.base).finish_non_exhaustive()
    }
}

#[async_trait]
impl Connector for BigCommerceConnector {
    fn integration(&self) -> Integration {
        Integration::Bigcommerce
    }

    fn walk(&self, plan: &Plan) -> Result<Box<dyn Walk>, PlanError> {
        Ok(Box::new(StoreWalk::new(plan)?))
    }

    async fn send(
        &self,
        call: &Call,
        tag: &CallTag,
        timeout_ms: u64,
    ) -> Result<http::Response<Vec<u8>>, Failure> {
        let mut request = call.request.clone();
        let tag = HeaderValue::from_str(&tag.to_string()).map_err(|_invalid| Failure {
            class: Class::Ours,
            evidence: Evidence::new(None, None, "found a call tag that fits no header"),
        })?;
        let headers = request.headers_mut();
        headers.insert("x-auth-token", self.token.clone());
        headers.insert("x-request-id", tag);
        headers.insert(http::header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        self.http.send(&self.base, request, timeout_ms).await.map_err(|error| no_answer(&error))
    }
}
