//! What no local engine shows, injected by a wrapper around the client's connections: the client's
//! own retries and its reading of errors are put to the test as well.

use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::dice::Dice;
use crate::history::Recorded;
use crate::history::wire::{Call, answer, call};

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// `ProvisionedThroughputExceededException`; nothing was done.
    Throughput,
    /// `ThrottlingException`; nothing was done.
    Throttling,
    /// `TransactionConflictException`; nothing was done.
    Conflict,
    /// `InternalServerError`; nothing was done.
    Internal,
    /// The engine can't be reached; nothing was done.
    Unreachable,
    /// The engine did it, and its reply was lost.
    ReplyLost,
    /// The engine did it, and answered `InternalServerError`, which says nothing either way.
    DoneButInternal,
}

impl Fault {
    /// Every fault there is.
    pub const ALL: [Self; 7] = [
        Self::Throughput,
        Self::Throttling,
        Self::Conflict,
        Self::Internal,
        Self::Unreachable,
        Self::ReplyLost,
        Self::DoneButInternal,
    ];

    /// The error's name and HTTP status; `None` where no answer comes.
    const fn error(self) -> Option<(&'static str, u16)> {
        match self {
            Self::Throughput => Some(("ProvisionedThroughputExceededException", 400)),
            Self::Throttling => Some(("ThrottlingException", 400)),
            Self::Conflict => Some(("TransactionConflictException", 400)),
            Self::Internal | Self::DoneButInternal => Some(("InternalServerError", 500)),
            Self::Unreachable | Self::ReplyLost => None,
        }
    }

    const fn is_done(self) -> bool {
        matches!(self, Self::ReplyLost | Self::DoneButInternal)
    }

    pub(crate) fn reply(self) -> Result<HttpResponse, ConnectorError> {
        let lost = |what: &str| ConnectorError::io(what.into());
        let Some((name, status)) = self.error() else {
            return Err(lost("injected: no reply"));
        };
        let status = StatusCode::try_from(status).map_err(|_no_status| lost("no such status"))?;
        let body = format!(
            r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{name}","message":"injected"}}"#
        );
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        Ok(response)
    }
}

/// When faults come. Repeats with its seed.
#[derive(Clone, Debug)]
pub struct Plan {
    dice: Dice,
    /// One request in so many goes wrong; 0 for none.
    one_in: u64,
    /// How many requests more go wrong at once, so that a call uses up its attempts.
    burst: u64,
}

/// The longest run of requests that all go wrong: two calls' attempts and one more.
const BURST_MAX: u64 = 7;
/// One fault in so many begins such a run.
const BURST_ONE_IN: u64 = 4;

impl Plan {
    /// A plan in which one request in `one_in` goes wrong, and sometimes several in a row.
    pub const fn new(dice: Dice, one_in: u64) -> Self {
        Self { dice, one_in, burst: 0 }
    }

    /// A plan in which nothing goes wrong.
    pub const fn none() -> Self {
        Self { dice: Dice::new(0), one_in: 0, burst: 0 }
    }

    fn next(&mut self) -> Option<Fault> {
        if self.one_in == 0 {
            return None;
        }
        if self.burst > 0 {
            self.burst = self.burst.saturating_sub(1);
        } else if !self.dice.one_in(self.one_in) {
            return None;
        } else if self.dice.one_in(BURST_ONE_IN) {
            self.burst = self.dice.below(BURST_MAX);
        }
        self.dice.pick(&Fault::ALL).copied()
    }
}

/// What a [`Faulty`] client has seen and done.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// The calls about governed items that reached the engine.
    pub calls: Vec<Recorded>,
    /// What was injected.
    pub injected: Vec<Fault>,
    noticed: u64,
}

impl Tape {
    const fn notice(&mut self) -> u64 {
        self.noticed = self.noticed.saturating_add(1);
        self.noticed
    }
}

struct State {
    plan: Plan,
    tape: Tape,
}

/// A client's connections, with faults injected and everything recorded.
#[derive(Clone)]
pub struct Faulty {
    inner: SharedHttpClient,
    state: Arc<Mutex<State>>,
}

impl Faulty {
    /// Wraps connections.
    pub fn new(inner: SharedHttpClient, plan: Plan) -> Self {
        Self { inner, state: Arc::new(Mutex::new(State { plan, tape: Tape::default() })) }
    }

    /// Wraps connections of its own.
    pub fn of_its_own(plan: Plan) -> Self {
        use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
        let connections = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .build_https();
        Self::new(connections, plan)
    }

    /// Goes on with another plan.
    pub fn plan(&self, plan: Plan) {
        self.with(|state| state.plan = plan);
    }

    /// Hands out the tape since the last time this was asked.
    pub fn take(&self) -> Tape {
        self.with(|state| {
            let fresh = Tape { noticed: state.tape.noticed, ..Tape::default() };
            core::mem::replace(&mut state.tape, fresh)
        })
    }

    fn with<T>(&self, read: impl FnOnce(&mut State) -> T) -> T {
        // What another thread left half done when it panicked is a tape too short: still a tape.
        read(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").finish_non_exhaustive()
    }
}

impl HttpClient for Faulty {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(FaultyConnector { inner, client: self.clone() })
    }
}

#[derive(Debug)]
struct FaultyConnector {
    inner: SharedHttpConnector,
    client: Faulty,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let fault = self.client.with(|state| {
            let fault = state.plan.next();
            state.tape.injected.extend(fault);
            fault
        });
        if let Some(fault) = fault.filter(|fault| !fault.is_done()) {
            return HttpConnectorFuture::ready(fault.reply());
        }
        let asked = asked(&request);
        let began = self.client.with(|state| state.tape.notice());
        let (inner, client) = (self.inner.clone(), self.client.clone());
        HttpConnectorFuture::new(async move {
            let mut response = inner.call(request).await?;
            let status = response.status().as_u16();
            let body = core::mem::replace(response.body_mut(), SdkBody::empty());
            let body = ByteStream::new(body).collect().await;
            let body = body.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
            if let Some(call) = asked {
                let answer = answer(&call.what, status, &body);
                client.with(|state| {
                    let ended = state.tape.notice();
                    state.tape.calls.push(Recorded { began, ended, call, answer });
                });
            }
            if let Some(fault) = fault {
                return fault.reply();
            }
            *response.body_mut() = SdkBody::from(body);
            Ok(response)
        })
    }
}

fn asked(request: &HttpRequest) -> Option<Call> {
    call(request.headers().get("x-amz-target")?, request.body().bytes()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_repeats_with_its_seed_and_has_every_fault_in_it() {
        let faults = |mut plan: Plan| -> Vec<_> { (0..1_000).map(|_| plan.next()).collect() };
        let first = faults(Plan::new(Dice::new(7), 5));
        assert_eq!(first, faults(Plan::new(Dice::new(7), 5)));
        assert!(Fault::ALL.iter().all(|fault| first.contains(&Some(*fault))));
        assert!(first.contains(&None));
        assert!(faults(Plan::none()).iter().all(Option::is_none));
    }
}
