//! Who changed what: each change leaves one entry before it is done.

use flyball_accounts::{AuditCursor, AuditEntry};
use flyball_domain::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Author, Moment, Ops, OpsError};

/// Who changes something, and by which request.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Who, as a lane has room for it.
    pub author: &'a Author,
    /// Who, in full.
    pub caller: &'a str,
    /// The request, where its sender may repeat it: the entry is the same then.
    pub request: Option<Request<'a>>,
}

/// A request that its sender may repeat.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Letters and digits that are the same for the same request.
    pub name: &'a str,
    /// When it was first made.
    pub began: UnixMillis,
}

impl Change<'_> {
    /// When it was asked for; the same in each repetition.
    pub fn asked_at(&self, ops: &Ops) -> UnixMillis {
        self.request.map_or_else(|| UnixMillis(ops.governor.now().0), |request| request.began)
    }
}

/// One change that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditView {
    /// When it was asked for.
    pub at: Moment,
    /// Which entry, within its millisecond.
    pub id: String,
    /// Who asked.
    pub author: String,
    /// What was asked: `switch.set`, `switch.lift`, `sync` or `replay`.
    pub action: String,
    /// Of what, such as `account:blue-mug`.
    pub subject: String,
    /// Everything else that was asked.
    #[schema(value_type = Object)]
    pub detail: Value,
}

/// A page of the trail, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditView>,
    /// What to give as `before` for the next page; nothing: there is none.
    pub next: Option<String>,
}

/// Adds what is asked for to the trail.
///
/// # Errors
/// The accounts' table.
pub(crate) async fn add(
    ops: &Ops,
    change: &Change<'_>,
    action: &str,
    subject: &str,
    detail: &Value,
) -> Result<(), OpsError> {
    let id = match change.request {
        Some(request) => request.name.to_owned(),
        None => format!("{:016x}", ops.governor.random()),
    };
    let entry = AuditEntry {
        id,
        at: change.asked_at(ops),
        author: change.caller.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail: detail.clone(),
    };
    Ok(ops.accounts.add_to_audit(&entry).await?)
}

/// The same for what nothing may hold up. Whether there is an entry.
pub(crate) async fn add_if_possible(
    ops: &Ops,
    change: &Change<'_>,
    action: &str,
    subject: &str,
    detail: &Value,
) -> bool {
    match add(ops, change, action, subject, detail).await {
        Ok(()) => true,
        Err(error) => {
            let author = change.caller;
            tracing::error!(code = "AUDIT_NOT_WRITTEN", %author, action, subject, %detail, "{error}");
            false
        }
    }
}

/// Up to `limit` entries before `before` (by default before this moment), the newest first.
///
/// # Errors
/// The accounts' table.
pub async fn page(
    ops: &Ops,
    before: Option<&AuditCursor>,
    limit: u32,
) -> Result<AuditPage, OpsError> {
    let end = || AuditCursor::before(UnixMillis(ops.governor.now().0.saturating_add(CLOCK_MS)));
    let before = before.cloned().unwrap_or_else(end);
    let (entries, next) = ops.accounts.audit(&before, limit).await?;
    let entries = entries.into_iter().map(|entry| AuditView {
        at: entry.at.into(),
        id: entry.id,
        author: entry.author,
        action: entry.action,
        subject: entry.subject,
        detail: entry.detail,
    });
    Ok(AuditPage { entries: entries.collect(), next: next.map(|next| next.to_string()) })
}

/// How far the clock of whoever wrote an entry may be ahead of this one, in milliseconds.
const CLOCK_MS: u64 = 60_000;
