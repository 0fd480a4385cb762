use async_trait::async_trait;
use flyball_connector::{
    Call, CallTag, Class, Connector, Destination, Evidence, Failure, Plan, PlanError, Walk,
};
use flyball_domain::Integration;
use flyball_http::{BaseUrl, BaseUrlError, CallError, HttpClient};
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::classify::no_answer;

const USER_AGENT: &str = concat!("Flyball/", env!("CARGO_PKG_VERSION"));

/// One account's way to its Shopify store.
pub struct ShopifyConnector {
    http: HttpClient,
    base: BaseUrl,
    token: HeaderValue,
}

/// A text that is no access token. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing.
    #[error("found an empty access token: copy the app's Admin API access token (shpat_…)")]
    Empty,
    /// Characters that no token has.
    #[error(
        "found an access token with spaces, line breaks or characters beyond ASCII: copy the app's \
         Admin API access token (shpat_…) without anything around it"
    )]
    Characters,
}

impl ShopifyConnector {
    /// A connector to the store at `base`, by an Admin API access token.
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

/// A file at an address that may not be called: nobody goes there, whoever named it.
fn no_file(error: &BaseUrlError) -> Failure {
    let message = format!("the store names a file at an address that may not be called: {error}");
    Failure { class: Class::Ours, evidence: Evidence::new(None, None, &message) }
}

/// Stands in for an answer that is larger than is accepted.
fn too_large() -> http::Response<Vec<u8>> {
    let mut answer = http::Response::new(Vec::new());
    *answer.status_mut() = http::StatusCode::PAYLOAD_TOO_LARGE;
    answer
}

impl core::fmt::Debug for ShopifyConnector {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ShopifyConnector").field("base", &self.base).finish_non_exhaustive()
    }
}

#[async_trait]
impl Connector for ShopifyConnector {
    fn integration(&self) -> Integration {
        Integration::Shopify
    }

    fn walk(&self, plan: &Plan) -> Result<Box<dyn Walk>, PlanError> {
        crate::walk::walk(plan)
    }

    async fn send(
        &self,
        call: &Call,
        tag: &CallTag,
        timeout_ms: u64,
    ) -> Result<http::Response<Vec<u8>>, Failure> {
        let mut request = call.request.clone();
        let headers = request.headers_mut();
        headers.insert(http::header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        if let Destination::File { base } = &call.to {
            let base = BaseUrl::parse(base, self.base.reach()).map_err(|error| no_file(&error))?;
            return match self.http.send(&base, request, timeout_ms).await {
                // Whoever serves it knows no pieces. The walk can do without the file.
                Err(CallError::TooLarge { .. }) => Ok(too_large()),
                sent => sent.map_err(|error| no_answer(&error)),
            };
        }
        let tag = HeaderValue::from_str(&tag.to_string()).map_err(|_invalid| Failure {
            class: Class::Ours,
            evidence: Evidence::new(None, None, "found a call tag that fits no header"),
        })?;
        let headers = request.headers_mut();
        headers.insert("x-shopify-access-token", self.token.clone());
        headers.insert("x-request-id", tag);
        self.http.send(&self.base, request, timeout_ms).await.map_err(|error| no_answer(&error))
    }
}
