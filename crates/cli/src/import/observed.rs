//! A connector that is watched: how often the vendor was called, and whether it said something that
//! waiting does not heal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use flyball_connector::{
    Call, CallTag, Class, Connector, Failure, Page, Plan, PlanError, Rejection, Step, Walk,
};
use flyball_domain::{Integration, UnixMillis};

/// What was seen of a vendor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Calls begun.
    pub(super) calls: u64,
    /// Answers that asked for a slower pace.
    pub(super) throttled: u64,
    /// The last refusal of the account itself, in words.
    pub(super) refused: Option<String>,
}

/// What is seen of a vendor, by all who share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen(Arc<Mutex<Tally>>);

impl Seen {
    /// What was seen so far.
    pub(super) fn tally(&self) -> Tally {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn called(&self) {
        let mut tally = self.lock();
        tally.calls = tally.calls.saturating_add(1);
    }

    fn failed(&self, failure: &Failure) {
        let mut tally = self.lock();
        match &failure.class {
            Class::Throttled { .. } => tally.throttled = tally.throttled.saturating_add(1),
            Class::Rejected(Rejection::Permission) => {
                let hint = "to import no more than it may read, name that with --kinds";
                tally.refused = Some(format!("{failure}; {hint}"));
            }
            Class::Rejected(Rejection::Credentials) | Class::Suspended(_) => {
                tally.refused = Some(failure.to_string());
            }
            Class::Unavailable { .. } | Class::Poison(_) | Class::Ours => {}
        }
    }
}

/// A connector that is watched.
pub(super) struct Observed {
    pub(super) connector: Arc<dyn Connector>,
    pub(super) seen: Seen,
}

struct ObservedWalk {
    walk: Box<dyn Walk>,
    seen: Seen,
}

#[async_trait]
impl Connector for Observed {
    fn integration(&self) -> Integration {
        self.connector.integration()
    }

    fn walk(&self, plan: &Plan) -> Result<Box<dyn Walk>, PlanError> {
        let walk = self.connector.walk(plan)?;
        Ok(Box::new(ObservedWalk { walk, seen: self.seen.clone() }))
    }

    async fn send(
        &self,
        call: &Call,
        tag: &CallTag,
        timeout_ms: u64,
    ) -> Result<http::Response<Vec<u8>>, Failure> {
        self.seen.called();
        let answer = self.connector.send(call, tag, timeout_ms).await;
        answer.inspect_err(|failure| self.seen.failed(failure))
    }
}

impl Walk for ObservedWalk {
    fn next(&mut self) -> Step {
        self.walk.next()
    }

    fn absorb(&mut self, reply: http::Response<Vec<u8>>, now: UnixMillis) -> Result<(), Failure> {
        self.walk.absorb(reply, now).inspect_err(|failure| self.seen.failed(failure))
    }

    fn sent(&mut self, now: UnixMillis) {
        self.walk.sent(now);
    }

    fn ready_at(&self, now: UnixMillis, callers: u64) -> UnixMillis {
        self.walk.ready_at(now, callers)
    }

    fn ask_budget(&mut self) {
        self.walk.ask_budget();
    }

    fn break_off(&mut self) -> Option<Page> {
        self.walk.break_off()
    }
}
