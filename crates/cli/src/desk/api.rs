use core::fmt;
use core::str::FromStr;

use flyball_domain::{AccountId, CustomerId};
use flyball_http::{BaseUrl, CallError, HttpClient, Reach, Settings};
use flyball_ops::accounts::{PAGE_STATES_MAX, StatusView};
use flyball_ops::api::{OPERATOR_HEADER, Problem};
use flyball_ops::lanes::LanesPage;
use flyball_ops::outages::PastView;
use flyball_ops::set_aside::{AsideView, InboxCursor, InboxView, Whose};
use flyball_ops::switches::{LiftSwitch, Lifted, SetSwitch, SwitchSet};
use flyball_ops::sync::{Asked, SyncRequest};
use flyball_ops::why::WhyView;
use flyball_ops::{Author, InputError, Scope};
use flyball_records::AsideName;
use flyball_runtime::secret_bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{confirm_hint, user};
use crate::error::CliError;

/// The environment variable that holds the token: arguments are seen by everybody on a machine.
const TOKEN: &str = "FLYBALL_TOKEN";

/// How long an answer is waited for, in milliseconds: a little longer than API Gateway waits for it.
const ANSWER_WITHIN_MS: u64 = 35_000;

/// How often a request is sent where no answer comes. A change bears a key by which the second one
/// is known for the same.
const ATTEMPTS_MAX: u32 = 3;

/// How much is shown of an answer that is none of the API's, in characters.
const SHOWN_CHARS_MAX: usize = 200;

/// Where an ops API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiUrl(BaseUrl);

impl FromStr for ApiUrl {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let what = "the URL of an ops API";
        let base = BaseUrl::parse(text, Reach::Local)
            .map_err(|error| InputError::new(what, "another text", error.to_string()))?;
        if base.can_be_overheard() {
            let host = base.host();
            let expected = "https://, because whoever overhears the token can stop everything";
            return Err(InputError::new(what, &format!("http://{host}"), expected));
        }
        Ok(Self(base))
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An ops API.
#[derive(Debug)]
pub(crate) struct ApiDesk {
    http: HttpClient,
    url: ApiUrl,
    token: SecretString,
}

impl ApiDesk {
    pub(super) fn new(
        url: &ApiUrl,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, CliError> {
        let token = lookup(TOKEN).map(|token| token.trim().to_owned());
        let token = token.filter(|token| !token.is_empty()).ok_or_else(|| {
            CliError::new(format!(
                "found no token for {url}: put it into the environment variable {TOKEN}"
            ))
        })?;
        let http = HttpClient::new(Settings { reach: Reach::Local })?;
        Ok(Self { http, url: url.clone(), token: token.into() })
    }

    pub(super) fn name(&self) -> String {
        self.url.to_string()
    }

    /// Records are not counted: all of them would have to be read, and paid for.
    pub(super) async fn accounts(
        &self,
        customer: Option<&CustomerId>,
    ) -> Result<StatusView, CliError> {
        let of = customer.map(|customer| format!("&customer={customer}")).unwrap_or_default();
        let path = format!("/v1/accounts?limit={PAGE_STATES_MAX}{of}");
        let mut status: StatusView = self.get(&path).await?;
        while let Some(next) = status.next.take() {
            status = status.and(self.get(&format!("{path}&after={next}")).await?);
        }
        Ok(status)
    }

    pub(super) async fn why(&self, account: &AccountId) -> Result<WhyView, CliError> {
        self.get(&format!("/v1/accounts/{account}")).await
    }

    pub(super) async fn past(&self, account: &AccountId) -> Result<PastView, CliError> {
        self.get(&format!("/v1/accounts/{account}/outages")).await
    }

    pub(super) async fn lanes(
        &self,
        scope: &Scope,
        after: Option<&AccountId>,
    ) -> Result<LanesPage, CliError> {
        let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
        self.get(&format!("/v1/lanes?scope={scope}{after}")).await
    }

    pub(super) async fn inbox(
        &self,
        whose: &Whose,
        after: Option<&InboxCursor>,
    ) -> Result<InboxView, CliError> {
        let after = after.map(|after| format!("after={after}"));
        self.get(&format!("/v1/errors{}", query(whose, after))).await
    }

    pub(super) async fn aside(
        &self,
        whose: &Whose,
        name: &AsideName,
    ) -> Result<AsideView, CliError> {
        self.get(&format!("/v1/errors/{name}{}", query(whose, None))).await
    }

    pub(super) async fn replay(
        &self,
        whose: &Whose,
        name: Option<&AsideName>,
    ) -> Result<Asked, CliError> {
        let body = json!({
            "id": name.map(AsideName::as_str),
            "all": name.is_none(),
            "account": whose.account,
            "customer": whose.customer,
        });
        self.post("/v1/errors/replays", &body, &user()?).await
    }

    pub(super) async fn sync(
        &self,
        account: &AccountId,
        request: &SyncRequest,
    ) -> Result<Asked, CliError> {
        self.post(&format!("/v1/accounts/{account}/syncs"), request, &user()?).await
    }

    pub(super) async fn set(
        &self,
        request: &SetSwitch,
        by: &Author,
    ) -> Result<SwitchSet, CliError> {
        self.post("/v1/switches", request, by).await
    }

    pub(super) async fn lift(&self, scope: &Scope) -> Result<Lifted, CliError> {
        let body = LiftSwitch { scope: scope.clone() };
        self.post("/v1/switches/lift", &body, &user()?).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CliError> {
        self.call(|| self.request(Method::GET, path, vec![])).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        by: &Author,
    ) -> Result<T, CliError> {
        let body = serde_json::to_vec(body)?;
        let by = HeaderValue::from_bytes(by.as_str().as_bytes())?;
        let key = u128::from_be_bytes(secret_bytes()?);
        let key = HeaderValue::from_str(&format!("{key:032x}"))?;
        self.call(|| {
            let mut request = self.request(Method::POST, path, body.clone())?;
            let headers = request.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert("idempotency-key", key.clone());
            headers.insert(OPERATOR_HEADER, by.clone());
            Ok(request)
        })
        .await
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Request<Vec<u8>>, CliError> {
        let text = SecretString::from(format!("Bearer {}", self.token.expose_secret()));
        let mut bearer = HeaderValue::from_str(text.expose_secret()).map_err(|_no_header| {
            CliError::new(format!("found a token in {TOKEN} that can't be one: look it up again"))
        })?;
        bearer.set_sensitive(true);
        let request = Request::builder().method(method).uri(path).header(AUTHORIZATION, bearer);
        Ok(request.body(body)?)
    }

    /// Calls, and calls again where no answer came.
    async fn call<T: DeserializeOwned>(
        &self,
        request: impl Fn() -> Result<Request<Vec<u8>>, CliError>,
    ) -> Result<T, CliError> {
        let mut last = None;
        for _ in 0..ATTEMPTS_MAX {
            match self.http.send(&self.url.0, request()?, ANSWER_WITHIN_MS).await {
                Ok(answer) => return self.read(&answer),
                Err(error) => last = Some(error),
            }
        }
        let why = last.as_ref().map(CallError::to_string).unwrap_or_default();
        Err(CliError::new(format!("no answer from the ops API at {}: {why}", self.url)))
    }

    fn read<T: DeserializeOwned>(&self, answer: &Response<Vec<u8>>) -> Result<T, CliError> {
        let (status, body) = (answer.status(), answer.body());
        if status.is_success() {
            return serde_json::from_slice(body).map_err(|error| {
                CliError::new(format!(
                    "found an answer of {} that can't be read ({error}): is it an ops API of this \
                     version?",
                    self.url
                ))
            });
        }
        if let Ok(problem) = serde_json::from_slice::<Problem>(body) {
            return Err(told(&problem));
        }
        // What stands before the API answers in its own words.
        let url = &self.url;
        Err(CliError::new(match status.as_u16() {
            401 | 403 => format!("{url} refuses the token in {TOKEN}: sign in again"),
            429 => format!("{url} takes no more requests at the moment: try again in a second"),
            status => {
                let body = String::from_utf8_lossy(body);
                let shown: String = body.chars().take(SHOWN_CHARS_MAX).collect();
                format!("{url} answers {status}, which is none of the ops API's: {shown}")
            }
        }))
    }
}

fn told(problem: &Problem) -> CliError {
    let error = CliError::new(&problem.detail);
    match &problem.rule {
        Some(rule) => error.with_hint(confirm_hint(rule)),
        None => error,
    }
}

fn query(whose: &Whose, more: Option<String>) -> String {
    let account = whose.account.as_ref().map(|account| format!("account={account}"));
    let customer = whose.customer.as_ref().map(|customer| format!("customer={customer}"));
    let parts: Vec<String> = [account, customer, more].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_over_no_wire_that_can_be_overheard() {
        for good in
            ["https://ops.example.com", "http://127.0.0.1:8080", "http://localhost", "http://[::1]"]
        {
            assert!(good.parse::<ApiUrl>().is_ok(), "{good}");
        }
        for bad in ["http://ops.example.com", "http://10.0.0.1", "http://localhost.example.com"] {
            let error = bad.parse::<ApiUrl>().unwrap_err().to_string();
            assert!(error.contains("https://"), "{bad}: {error}");
        }
        let hidden = "https://mia:hunter2@example.com".parse::<ApiUrl>().unwrap_err().to_string();
        assert!(!hidden.contains("hunter2"), "{hidden}");
    }

    #[test]
    fn without_a_token_nobody_is_called() {
        let url: ApiUrl = "https://ops.example.com".parse().unwrap();
        for token in [None, Some("  ".to_owned())] {
            assert!(ApiDesk::new(&url, |_| token.clone()).is_err());
        }
        let desk = ApiDesk::new(&url, |_| Some("hunter2".to_owned())).unwrap();
        assert!(!format!("{desk:?}").contains("hunter2"));
    }
}
