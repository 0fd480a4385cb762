use async_trait::async_trait;
use flyball_domain::{Integration, Kind, Row, UnixMillis, VendorId};

use crate::Failure;

/// What a walk is to go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The kind of records.
    pub kind: Kind,
    /// Which of them.
    pub span: Span,
    /// Where an earlier walk of the same span stopped: a [`Page::resume`] of the same connector.
    pub resume: Option<String>,
    /// How much of the vendor's budget may be used, in percent (1 to 100); the rest is left to the
    /// retailer's other apps.
    pub ceiling_percent: u8,
}

/// Which records to go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Those changed from `from` (inclusive; all there are, if `None`) until `until` (exclusive).
    Changed {
        /// First moment.
        from: Option<UnixMillis>,
        /// First moment after the span. Bounds the walk, so that records changed while it goes on
        /// are left to the next one.
        until: UnixMillis,
    },
    /// These records, at most [`Span::RECORDS_MAX`]; each comes as a record, as a bad row, or as
    /// gone. What has changed since then comes in the version it has now.
    Records {
        /// The vendor's ids, each once.
        ids: Vec<VendorId>,
    },
    /// The ids and times of change of all records there are, cheaply, as [`Step::Listed`].
    Listing,
}

impl Span {
    /// The most records asked for by their ids in one walk: the most that one call of any vendor
    /// takes.
    pub const RECORDS_MAX: usize = 250;
}

/// Why a plan can't be walked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// This connector doesn't import this kind.
    #[error("found kind {kind}, which the {integration} connector does not import")]
    Kind {
        /// The connector.
        integration: Integration,
        /// The kind asked for.
        kind: Kind,
    },
    /// The resume text is not one of this connector's. Start the walk over.
    #[error("found a resume text that is not one of ours ({what}): start the walk over")]
    Resume {
        /// What was found and what was expected.
        what: String,
    },
}

/// A walk through a vendor's records: a pure state machine.
///
/// Call [`Walk::next`]; do what it says; give the answer of a call to [`Walk::absorb`]; repeat
/// until [`Step::Finished`]. A failed call may be sent again: `next` returns the same call until an
/// answer has been absorbed.
pub trait Walk: Send + Sync {
    /// What to do next.
    fn next(&mut self) -> Step;

    /// Notes that the last [`Step::Call`] is about to be sent, for walks that mind how long an
    /// answer takes.
    fn sent(&mut self, _now: UnixMillis) {}

    /// Takes in the vendor's answer to the last [`Step::Call`].
    ///
    /// # Errors
    /// The failure that the answer reports. The walk is where it was before the call, unless the
    /// failure was one it can go around by itself (such as a query that costs too much), in which
    /// case this succeeds and the next call differs.
    fn absorb(&mut self, reply: http::Response<Vec<u8>>, now: UnixMillis) -> Result<(), Failure>;

    /// The moment from which on the next call fits the vendor's budget, by the vendor's own last
    /// word; `now` or earlier when it fits at once. So many `callers` share that budget at this
    /// moment, this walk's among them, and may have called since.
    fn ready_at(&self, now: UnixMillis, callers: u64) -> UnixMillis;

    /// Has the walk ask what is left of the vendor's budget before anything that costs more, where
    /// that can be asked for next to nothing. For whoever begins right after others have called, and
    /// knows nothing of what they have spent.
    fn ask_budget(&mut self) {}

    /// What can be stored already of a page that is not complete, for whoever ends here, so that
    /// the next run goes on behind it and not at the page's start; `None` where nothing has been
    /// gained since the last page. Its rows are complete.
    fn break_off(&mut self) -> Option<Page>;
}

/// What a walk wants done.
#[derive(Debug)]
pub enum Step {
    /// Send this and absorb the answer.
    Call(Call),
    /// Store this; then go on.
    Page(Page),
    /// Compare this with what is stored; then go on. Only of a [`Span::Listing`].
    Listed(Listing),
    /// The walk is through.
    Finished,
}

/// One vendor call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Method, path and query, headers and body.
    pub request: http::Request<Vec<u8>>,
    /// Where it goes.
    pub to: Destination,
}

impl Call {
    /// A call to the store's API.
    pub const fn to_store(request: http::Request<Vec<u8>>) -> Self {
        Self { request, to: Destination::Store }
    }
}

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The store's API: the client adds host and credentials.
    Store,
    /// A file that the vendor has laid at an address of its own, such as the result of a bulk
    /// operation: no credentials go there.
    File {
        /// Scheme and host, as the vendor gave them.
        base: String,
    },
}

/// A page of records, and where to go on after it has been stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// What the page holds, in the vendor's order.
    pub rows: Vec<Row>,
    /// To be put into [`Plan::resume`] by whoever goes on after this page; an opaque text of the
    /// connector's, at most [`Page::RESUME_BYTES_MAX`].
    pub resume: String,
}

/// A stretch of a vendor's records in the order of their ids: shorter ids first, equally long ones
/// by their digits, which is the order of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The stretch begins behind this id; at the first there is, if `None`.
    pub after: Option<VendorId>,
    /// The stretch ends with this id, whether or not such a record exists; with the last there is,
    /// if `None`.
    pub through: Option<VendorId>,
    /// Every record that the vendor has in the stretch, in that order.
    pub rows: Vec<Listed>,
    /// As [`Page::resume`].
    pub resume: String,
}

/// A record of a vendor's, as far as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The vendor's id.
    pub id: VendorId,
    /// When it was last changed, where the listing shows that.
    pub updated_at: Option<UnixMillis>,
}

impl Page {
    /// The longest resume text, in bytes: it is kept in one item of `DynamoDB`, which holds 400 KB.
    pub const RESUME_BYTES_MAX: usize = 300 * 1024;
}

/// What a call is known by in the store's log: `X-Request-Id: <lease>-<n>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallTag {
    /// The lease under which the call is made; unique per admission.
    pub lease: String,
    /// The number of the call under this lease, from 1.
    pub n: u64,
}

impl core::fmt::Display for CallTag {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}-{}", self.lease, self.n)
    }
}

/// One account's way to its store.
#[async_trait]
pub trait Connector: Send + Sync {
    /// The vendor platform.
    fn integration(&self) -> Integration;

    /// Begins, or goes on with, a walk.
    ///
    /// # Errors
    /// A kind that this connector doesn't import, or a resume text that isn't its own.
    fn walk(&self, plan: &Plan) -> Result<Box<dyn Walk>, PlanError>;

    /// Sends one call, exactly once: no retry, no redirect, and within `timeout_ms`.
    ///
    /// # Errors
    /// Only what kept an answer from arriving. An answer of any status is a success here; the walk
    /// says what it means.
    async fn send(
        &self,
        call: &Call,
        tag: &CallTag,
        timeout_ms: u64,
    ) -> Result<http::Response<Vec<u8>>, Failure>;
}
