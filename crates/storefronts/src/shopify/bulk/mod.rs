//! Bulk operations: a query without pages, whose result is a file of lines.
//!
//! (<https://shopify.dev/docs/api/usage/bulk-operations/queries>.) The file holds the shop as it was
//! when the operation began. How long one takes is invented; everything else is documented.

mod check;
mod lines;

use std::collections::BTreeMap;

use flyball_domain::UnixMillis;
use serde_json::json;

use super::execute::Object;
use super::ids::gid;
use super::request::{self, Request};
use super::resolve::fields;
use super::select::Paging;
use super::site::Site;
pub(super) use check::Refused;
pub(super) use lines::Children;
use lines::File;

/// The most that run at once in one shop, since API 2026-01.
pub(super) const RUNNING_MAX: usize = 5;
/// How long a result may be fetched: seven days, in milliseconds.
const RESULT_MS: u64 = 7 * 86_400_000;
/// The most whose results are kept; of more, the oldest are forgotten.
const KEPT_MAX: usize = 32;
/// How long one waits before it runs, in milliseconds.
const WAIT_MS: u64 = 200;
/// How many objects it finds in a second.
const OBJECTS_PER_S: u64 = 5_000;
const NUMBER_FROM: u64 = 3_100_000_000_000;
const FOLDER: &str = "/bulk/";
const SUFFIX: &str = ".jsonl";

/// The bulk operations of a shop.
#[derive(Debug, Default)]
pub(super) struct Bulk {
    operations: BTreeMap<u64, Operation>,
    begun: u64,
}

#[derive(Debug)]
struct Operation {
    query: String,
    begun_at: UnixMillis,
    file: File,
    /// Where it breaks off, in objects, where it does.
    fails_after: Option<u64>,
    canceled_at: Option<UnixMillis>,
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Created,
    Running,
    Completed,
    Failed,
    Canceled,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Canceled => "CANCELED",
        }
    }
}

/// Begins an operation and returns its number.
///
/// # Errors
/// A query that no operation can answer, or too many at once.
pub(super) fn begin(site: Site<'_>, query: &str, children: Children) -> Result<u64, Refused> {
    let request = Request::of(query.to_owned());
    let selection = request::prepare(site.schema, &request, Paging::Whole)
        .map_err(|problems| Refused::Invalid(check::first_message(problems)))?;
    check::connections(&selection)?;
    let lock = || site.bulk.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if lock().running(site.now) >= RUNNING_MAX {
        return Err(Refused::TooMany);
    }
    let file = lines::write(site, &selection, children)?;
    let fails_after = site.fails_bulk.then_some(file.objects / 2);
    let operation = Operation {
        query: query.to_owned(),
        begun_at: site.now,
        file,
        fails_after,
        canceled_at: None,
    };
    Ok(lock().add(operation))
}

impl Bulk {
    fn add(&mut self, operation: Operation) -> u64 {
        self.begun = self.begun.saturating_add(1);
        let number = NUMBER_FROM.saturating_add(self.begun);
        self.operations.insert(number, operation);
        if self.operations.len() > KEPT_MAX {
            self.operations.pop_first();
        }
        number
    }

    fn running(&self, now: UnixMillis) -> usize {
        let is_running = |operation: &&Operation| {
            matches!(operation.state(now), State::Created | State::Running)
        };
        self.operations.values().filter(is_running).count()
    }

    /// Ends an operation before its time. False when it is not there or has ended.
    pub(super) fn cancel(&mut self, number: u64, now: UnixMillis) -> bool {
        let Some(operation) = self.operations.get_mut(&number) else { return false };
        if !matches!(operation.state(now), State::Created | State::Running) {
            return false;
        }
        operation.canceled_at = Some(now);
        true
    }

    /// A `BulkOperation`.
    pub(super) fn get(&self, number: u64, site: &Site<'_>) -> Option<Object> {
        Some(self.operations.get(&number)?.object(number, site))
    }

    /// The one that was begun last.
    pub(super) fn latest(&self, site: &Site<'_>) -> Option<Object> {
        let (number, operation) = self.operations.last_key_value()?;
        Some(operation.object(*number, site))
    }

    /// All of them, by number.
    pub(super) fn all(&self, site: &Site<'_>) -> Vec<(u64, Object)> {
        let all = self.operations.iter();
        all.map(|(number, operation)| (*number, operation.object(*number, site))).collect()
    }

    /// The file at a path below the store, as far as it may be fetched.
    pub(super) fn file(&self, path: &str, now: UnixMillis) -> Option<Vec<u8>> {
        let number = path.strip_prefix(FOLDER)?.strip_suffix(SUFFIX)?.parse().ok()?;
        let operation: &Operation = self.operations.get(&number)?;
        if now.since(operation.begun_at) > RESULT_MS {
            return None;
        }
        match operation.state(now) {
            State::Completed => Some(operation.file.bytes.clone()),
            State::Failed | State::Canceled => {
                Some(operation.file.first(operation.found(now)).to_vec())
            }
            State::Created | State::Running => None,
        }
    }
}

impl Operation {
    fn takes_ms(&self) -> u64 {
        let objects = self.fails_after.unwrap_or(self.file.objects);
        WAIT_MS.saturating_add(objects.saturating_mul(1_000) / OBJECTS_PER_S)
    }

    fn state(&self, now: UnixMillis) -> State {
        let elapsed_ms = now.since(self.begun_at);
        if self.canceled_at.is_some() {
            State::Canceled
        } else if elapsed_ms < WAIT_MS {
            State::Created
        } else if elapsed_ms < self.takes_ms() {
            State::Running
        } else if self.fails_after.is_some() {
            State::Failed
        } else {
            State::Completed
        }
    }

    /// How many objects have been found.
    fn found(&self, now: UnixMillis) -> u64 {
        let until = self.canceled_at.unwrap_or(now).min(now);
        let ran_ms = until.since(self.begun_at).saturating_sub(WAIT_MS);
        let most = self.fails_after.unwrap_or(self.file.objects);
        (ran_ms.saturating_mul(OBJECTS_PER_S) / 1_000).min(most)
    }

    fn object(&self, number: u64, site: &Site<'_>) -> Object {
        let state = self.state(site.now);
        let found = self.found(site.now);
        // The vendor's storage is told the file's name in the address, where clients read it too.
        let name = format!("bulk-{number}{SUFFIX}");
        let url = format!(
            "{}{FOLDER}{number}{SUFFIX}?response-content-disposition=attachment%3B+filename%3D%22\
             {name}%22%3B+filename%2A%3DUTF-8%27%27{name}&response-content-type=application%2Fjsonl",
            site.url
        );
        // An empty result has no file.
        let whole = (state == State::Completed && self.file.objects > 0).then_some(&url);
        let is_broken_off = matches!(state, State::Failed | State::Canceled);
        let part = (is_broken_off && found > 0).then_some(&url);
        let ended_at = match state {
            State::Created | State::Running => None,
            State::Completed | State::Failed => Some(self.begun_at.plus(self.takes_ms())),
            State::Canceled => self.canceled_at,
        };
        let roots =
            if state == State::Completed { self.file.roots } else { found.min(self.file.roots) };
        Object::Ready(
            "BulkOperation",
            fields(json!({
                "completedAt": ended_at.map(UnixMillis::to_rfc3339),
                "createdAt": self.begun_at.to_rfc3339(),
                "errorCode": (state == State::Failed).then_some("INTERNAL_SERVER_ERROR"),
                "fileSize": whole.map(|_| self.file.bytes.len().to_string()),
                "id": gid("BulkOperation", number),
                "objectCount": found.to_string(),
                "partialDataUrl": part,
                "query": self.query,
                "rootObjectCount": roots.to_string(),
                "status": state.as_str(),
                "type": "QUERY",
                "url": whole,
            })),
        )
    }
}
