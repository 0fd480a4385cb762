use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;

use crate::ledger::Ended;
use crate::random::Random;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const LINES: HeaderValue = HeaderValue::from_static("application/jsonl");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// An answer that is still to be sent.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, headers: vec![(header::CONTENT_TYPE, JSON)], body }
    }

    /// An answer without a body.
    pub(crate) const fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A page for people.
    pub(crate) fn html(status: StatusCode, page: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![(header::CONTENT_TYPE, HTML)], body: page.into() }
    }

    /// Status 200 with a text that claims to be JSON.
    pub(crate) fn not_quite_json(text: &str) -> Self {
        Self {
            status: StatusCode::OK,
            headers: vec![(header::CONTENT_TYPE, JSON)],
            body: text.as_bytes().to_vec(),
        }
    }

    /// Status 200 with a value in JSON on each line.
    pub(crate) fn lines(body: Vec<u8>) -> Self {
        Self { status: StatusCode::OK, headers: vec![(header::CONTENT_TYPE, LINES)], body }
    }

    /// Status 200 with `bytes` bytes of padding in `wrapping`, an object with at least one field.
    pub(crate) fn oversized(wrapping: &Value, bytes: u64) -> Self {
        let mut answer = Self::json(StatusCode::OK, wrapping);
        answer.body.truncate(answer.body.len().saturating_sub(1));
        answer.body.extend_from_slice(b",\"padding\":\"");
        let padding = usize::try_from(bytes).unwrap_or(0);
        answer.body.resize(answer.body.len().saturating_add(padding), b'x');
        answer.body.extend_from_slice(b"\"}");
        answer
    }

    /// The same with one more header; one whose value can't be sent is left out.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }
}

/// An answer, and how the call counts.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    pub(crate) ended: Ended,
}

impl Outcome {
    pub(crate) const fn refused(answer: Answer) -> Self {
        Self { answer, ended: Ended::Refused }
    }

    pub(crate) const fn throttled(answer: Answer) -> Self {
        Self { answer, ended: Ended::Throttled }
    }

    /// Data, for so many thousandths of what the vendor counts.
    pub(crate) const fn answered(answer: Answer, cost_milli: u64) -> Self {
        Self { answer, ended: Ended::Answered { cost_milli } }
    }
}

/// What moves a vendor to answer otherwise than it should.
#[derive(Debug)]
pub(crate) enum Mood {
    /// Nothing.
    Good,
    /// Other apps of the shop have used up what the vendor allows.
    Drained,
    /// Good answers hold what no schema promised.
    Strange(Random),
    /// Cursors are forgotten.
    StaleCursor,
    /// Bulk operations that are begun fail in the middle.
    BulkFails,
    /// Searches are so many milliseconds behind.
    SearchLag(u64),
    /// Whatever would hold the record of this index fails.
    Poisoned(u64),
    /// The record of this index is shown with a word in the place of an amount.
    Unreadable(u64),
}
