use async_trait::async_trait;
use flyball_connector::{
    Call, CallTag, Class, Connector, Destination, Evidence, Failure, Plan, PlanError, Walk,
};
use flyball_domain::{Integration, Kind, UnixMillis};
use flyball_http::{BaseUrl, BaseUrlError, HttpClient};
use http::HeaderValue;
use secrecy::SecretString;

use crate::classify::no_answer;
use crate::credentials::{Credentials, CredentialsError};
use crate::oauth::{self, Moment};
use crate::site::Paths;
use crate::walk::MagentoWalk;

const USER_AGENT: &str = concat!("Flyball/", env!("CARGO_PKG_VERSION"));

type Clock = dyn Fn() -> UnixMillis + Send + Sync;
type Entropy = dyn Fn() -> u64 + Send + Sync;

/// One account's way to its Magento store.
pub struct MagentoConnector {
    http: HttpClient,
    root: BaseUrl,
    paths: Paths,
    credentials: Credentials,
    clock: Box<Clock>,
    entropy: Box<Entropy>,
}

/// Why there is no way to a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The address, once what belongs to the API was taken off.
    #[error(transparent)]
    Address(#[from] BaseUrlError),
}

impl MagentoConnector {
    /// A connector to the store at `base`, as the retailer typed it, by a bearer token or by the
    /// four secrets of an integration.
    ///
    /// Signatures bear the time, in UTC by `clock`, and 128 random bits, by two calls of `entropy`.
    ///
    /// # Errors
    /// Credentials that can't be any, and an address that is none without its `/rest`.
    pub fn new(
        http: HttpClient,
        base: &BaseUrl,
        credentials: &SecretString,
        clock: impl Fn() -> UnixMillis + Send + Sync + 'static,
        entropy: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Result<Self, ConnectError> {
        let (paths, root) = Paths::of(base)?;
        let credentials = Credentials::parse(credentials)?;
        Ok(Self {
            http,
            root,
            paths,
            credentials,
            clock: Box::new(clock),
            entropy: Box::new(entropy),
        })
    }

    fn authorization(&self, request: &http::Request<Vec<u8>>) -> Result<HeaderValue, Failure> {
        let keys = match &self.credentials {
            Credentials::Bearer(header) => return Ok(header.clone()),
            Credentials::OAuth(keys) => keys,
        };
        let nonce = format!("{:016x}{:016x}", (self.entropy)(), (self.entropy)());
        let moment = Moment { now: (self.clock)(), nonce };
        let uri = request.uri();
        let url = format!("{}{}", self.root, uri.path());
        let query = uri.query().unwrap_or_default();
        let header = oauth::authorization(keys, &moment, request.method().as_str(), &url, query);
        let mut header = HeaderValue::from_str(&header)
            .map_err(|_invalid| ours("found a signature that fits no header"))?;
        header.set_sensitive(true);
        Ok(header)
    }
}

fn ours(message: &str) -> Failure {
    Failure { class: Class::Ours, evidence: Evidence::new(None, None, message) }
}

impl core::fmt::Debug for MagentoConnector {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MagentoConnector").field("root", &self.root).finish_non_exhaustive()
    }
}

#[async_trait]
impl Connector for MagentoConnector {
    fn integration(&self) -> Integration {
        Integration::Magento
    }

    fn walk(&self, plan: &Plan) -> Result<Box<dyn Walk>, PlanError> {
        match plan.kind {
            Kind::Products | Kind::Orders => {
                Ok(Box::new(MagentoWalk::new(plan, self.paths.clone())?))
            }
        }
    }

    async fn send(
        &self,
        call: &Call,
        tag: &CallTag,
        timeout_ms: u64,
    ) -> Result<http::Response<Vec<u8>>, Failure> {
        if call.to != Destination::Store {
            return Err(ours("found a call to a file, which no Magento store gives"));
        }
        let mut request = call.request.clone();
        let tag = HeaderValue::from_str(&tag.to_string())
            .map_err(|_invalid| ours("found a call tag that fits no header"))?;
        let authorization = self.authorization(&request)?;
        let headers = request.headers_mut();
        headers.insert(http::header::AUTHORIZATION, authorization);
        headers.insert("x-request-id", tag);
        headers.insert(http::header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        self.http.send(&self.root, request, timeout_ms).await.map_err(|error| no_answer(&error))
    }
}
