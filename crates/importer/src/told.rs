//! What log lines say of the work they belong to: each can be read alone.

use flyball_connector::{CallTag, Failure};
use flyball_domain::{Drain, Kind, Message, MessageError};
use flyball_governor::{Holder, UnixMillis};
use tracing::{Span, field};

use crate::run::Task;

/// The lines of one message.
pub(crate) fn message_span(message: &Result<Message, MessageError>, kind: Kind) -> Span {
    match message {
        Ok(Message::Import(job)) => tracing::info_span!(
            "import", account = %job.account, kind = %job.kind, job = %job.key(), request = %job.id
        ),
        Ok(Message::Drain(drain)) => drain_span(drain),
        Err(_) => tracing::info_span!("message", kind = %kind),
    }
}

/// The lines of one look at an account's lot.
pub(crate) fn drain_span(drain: &Drain) -> Span {
    tracing::info_span!("drain", account = %drain.account, kind = %drain.kind)
}

/// The lines of one run: whose, of which request, under which lease and fence. A store's log knows
/// its calls by the lease.
pub(crate) fn run_span(task: &Task, holder: &Holder) -> Span {
    tracing::info_span!(
        "run",
        account = %task.account.id,
        kind = %task.job.kind,
        job = %task.job.key(),
        request = %task.job.id,
        lease = holder.call_name(),
        fence = holder.lease().fence,
    )
}

/// The lines of one call to the store, the run's `n`-th. It bears what came of it if it failed.
pub(crate) fn call_span(task: &Task, tag: &CallTag) -> Span {
    tracing::info_span!(
        "call",
        account = %task.account.id,
        kind = %task.job.kind,
        job = %task.job.key(),
        request = %task.job.id,
        lease = %tag.lease,
        n = tag.n,
        class = field::Empty,
        status = field::Empty,
    )
}

/// The lines of storing what calls brought.
pub(crate) fn page_span(task: &Task, rows: usize) -> Span {
    tracing::info_span!(
        "store",
        account = %task.account.id,
        kind = %task.job.kind,
        job = %task.job.key(),
        request = %task.job.id,
        rows,
    )
}

/// What was seen of a failure that ends a run.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) class: &'static str,
    pub(crate) status: Option<u16>,
    /// The vendor's id of the call.
    pub(crate) request_id: Option<String>,
}

impl Seen {
    pub(crate) fn of(failure: &Failure) -> Self {
        let evidence = &failure.evidence;
        let (class, request_id) = (failure.class.as_str(), evidence.request_id.clone());
        Self { class, status: evidence.status, request_id }
    }

    /// Has the span of the call bear it.
    pub(crate) fn put_on(&self, span: &Span) {
        span.record("class", self.class);
        if let Some(status) = self.status {
            span.record("status", status);
        }
    }

    /// Not of a call: the job can't be run by anybody.
    pub(crate) const UNFIT: Self = Self { class: "unfit", status: None, request_id: None };
}

/// A vendor's failure after which the job waits, told once the lane knows until when.
pub(crate) fn pushed_back<E: core::fmt::Display>(
    task: &Task,
    seen: &Seen,
    why: &str,
    until: &Result<Option<UnixMillis>, E>,
) {
    let Seen { class, status, request_id } = seen;
    let job = task.job.key();
    match until {
        Ok(until) => {
            let until = until.map(|until| until.0);
            tracing::warn!(
                code = "VENDOR_CALL_FAILED",
                %job,
                class,
                status,
                request_id,
                until,
                "{why}"
            );
        }
        Err(error) => tracing::warn!(
            code = "VENDOR_CALL_FAILED",
            %job,
            class,
            status,
            request_id,
            "{why}; its lane could not be told: {error}"
        ),
    }
}
