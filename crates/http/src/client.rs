use core::time::Duration;

use crate::base_url::BaseUrl;
use crate::error::{AnswerPart, CallError};
use crate::guard::Reach;
use crate::resolve::GuardedResolver;

/// The largest body accepted, in bytes after decompression.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The most headers accepted in an answer.
pub const HEADERS_MAX: usize = 128;

/// The largest headers accepted in an answer, names and values together, in bytes.
pub const HEADER_BYTES_MAX: usize = 64 * 1024;

/// How long an idle connection is kept, in milliseconds. Shorter than any vendor's own limit
/// (60 s is usual), so that a call seldom meets a connection that is just being closed.
pub const IDLE_CONNECTION_MS: u64 = 20_000;

/// The most idle connections kept per host.
pub const IDLE_CONNECTIONS_MAX: usize = 8;

/// How a client behaves; fixed for its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How far it may reach. It calls only base URLs parsed for the same reach.
    pub reach: Reach,
}

/// A client can't be built, such as for want of root certificates on the system.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the HTTPS client can't be built ({reason}): see that root certificates are installed")]
pub struct ClientError {
    /// What the library says.
    pub reason: String,
}

/// The only way out: one attempt per call, no redirects, no proxy, and bounds on everything that
/// comes back. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct HttpClient {
    inner: reqwest::Client,
    reach: Reach,
}

impl core::fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("HttpClient").field("reach", &self.reach).finish_non_exhaustive()
    }
}

impl HttpClient {
    /// Builds a client.
    ///
    /// # Errors
    /// The TLS library can't be set up.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        let reach = settings.reach;
        let inner = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .https_only(reach == Reach::Public)
            .http1_max_headers(HEADERS_MAX)
            .pool_idle_timeout(Duration::from_millis(IDLE_CONNECTION_MS))
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .dns_resolver(GuardedResolver { reach })
            .build()
            .map_err(|error| ClientError {
                reason: crate::error::bounded(&error.without_url().to_string()),
            })?;
        Ok(Self { inner, reach })
    }

    /// Sends one request, once, and reads its whole answer. The request's URI is a path and query,
    /// put after `base`; `timeout_ms` covers everything from name lookup to the body's last byte.
    ///
    /// # Errors
    /// Only what kept a complete answer from arriving. An answer of any status, a redirect
    /// included, is a success.
    pub async fn send(
        &self,
        base: &BaseUrl,
        request: http::Request<Vec<u8>>,
        timeout_ms: u64,
    ) -> Result<http::Response<Vec<u8>>, CallError> {
        let request = self.address(base, request, timeout_ms)?;
        tracing::debug!(host = base.host(), path = request.url().path(), "vendor call begins");
        let answer = self
            .inner
            .execute(request)
            .await
            .map_err(|error| CallError::before_answer(&error, timeout_ms))?;
        let mut parts = http::Response::new(());
        *parts.status_mut() = answer.status();
        *parts.version_mut() = answer.version();
        *parts.headers_mut() = answer.headers().clone();
        check_headers(answer.headers())?;
        let body = read_body(answer, timeout_ms).await?;
        tracing::debug!(host = base.host(), status = parts.status().as_u16(), "vendor call ends");
        Ok(parts.map(|()| body))
    }

    fn address(
        &self,
        base: &BaseUrl,
        request: http::Request<Vec<u8>>,
        timeout_ms: u64,
    ) -> Result<reqwest::Request, CallError> {
        if base.reach() != self.reach {
            return Err(CallError::Request { reason: "its base URL is of another reach" });
        }
        let (parts, body) = request.into_parts();
        if parts.uri.authority().is_some() {
            return Err(CallError::Request { reason: "it names a host of its own" });
        }
        let path_and_query =
            parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let url = base
            .join(path_and_query)
            .ok_or(CallError::Request { reason: "its path does not begin with /" })?;
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        *request.body_mut() = Some(body.into());
        *request.timeout_mut() = Some(Duration::from_millis(timeout_ms));
        Ok(request)
    }
}

fn check_headers(headers: &http::HeaderMap) -> Result<(), CallError> {
    let bytes = headers
        .iter()
        .map(|(name, value)| name.as_str().len().saturating_add(value.len()))
        .fold(0, usize::saturating_add);
    if bytes > HEADER_BYTES_MAX {
        return Err(CallError::TooLarge { part: AnswerPart::Headers, bytes_max: HEADER_BYTES_MAX });
    }
    Ok(())
}

async fn read_body(mut answer: reqwest::Response, timeout_ms: u64) -> Result<Vec<u8>, CallError> {
    let too_large = CallError::TooLarge { part: AnswerPart::Body, bytes_max: BODY_BYTES_MAX };
    let announced = answer.content_length().and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > BODY_BYTES_MAX) {
        return Err(too_large);
    }
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if chunk.len() > BODY_BYTES_MAX.saturating_sub(body.len()) => {
                return Err(too_large);
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(CallError::within_body(&error, timeout_ms, body.len())),
        }
    }
}
