//! Imports on demand.

use std::collections::BTreeSet;

use flyball_accounts::Account;
use flyball_domain::{AccountId, JobKey, Kind, Mode, VendorId};
use flyball_queue::Queues;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::audit::{self, Change};
use crate::jobs::ask;
use crate::{Moment, Ops, OpsError, find_account};

/// Which import is asked for; nothing said: what changed, of everything the account imports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SyncRequest {
    /// `products` or `orders`; everything that the account imports by default.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// How much of it; what changed by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<SyncMode>,
}

/// How much is imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SyncMode {
    /// What changed since the last import.
    Incremental,
    /// Everything is compared with what was imported.
    Reconcile,
    /// What changed in a time.
    Backfill {
        /// The first moment.
        from: Moment,
        /// The first moment after it.
        to: Moment,
    },
    /// One record, by the vendor's id; needs a kind.
    Record {
        /// The vendor's id.
        #[schema(value_type = String)]
        id: VendorId,
    },
}

/// The jobs that were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Asked {
    /// Each of them.
    pub asked: Vec<String>,
}

impl SyncRequest {
    fn mode(&self) -> Result<Mode, OpsError> {
        Ok(match &self.mode {
            None | Some(SyncMode::Incremental) => Mode::Incremental,
            Some(SyncMode::Reconcile) => Mode::Reconcile,
            Some(SyncMode::Backfill { from, to }) if from < to => {
                Mode::Backfill { from: from.0, to: to.0 }
            }
            Some(SyncMode::Backfill { from, to }) => {
                return Err(OpsError::Unfit(format!(
                    "found a time from {from} to {to} to fill, one that ends after it begins was \
                     expected"
                )));
            }
            Some(SyncMode::Record { id }) if self.kind.is_some() => Mode::Record { id: id.clone() },
            Some(SyncMode::Record { .. }) => {
                return Err(OpsError::Unfit(
                    "found a record without its kind: say products or orders".to_owned(),
                ));
            }
        })
    }

    fn kinds(&self, account: &Account) -> Result<BTreeSet<Kind>, OpsError> {
        match self.kind {
            None => Ok(account.kinds.clone()),
            Some(kind) if account.kinds.contains(&kind) => Ok(BTreeSet::from([kind])),
            Some(kind) => Err(OpsError::Unfit(format!(
                "found {kind}, which account {} does not import: connect it again with --kinds",
                account.id
            ))),
        }
    }

    /// The jobs that this asks for, of an account.
    ///
    /// # Errors
    /// What the account does not import, or what is no job.
    pub fn jobs(&self, account: &Account) -> Result<Vec<JobKey>, OpsError> {
        let mode = self.mode()?;
        let key = |kind| JobKey { account: account.id.clone(), kind, mode: mode.clone() };
        Ok(self.kinds(account)?.into_iter().map(key).collect())
    }
}

/// Asks for imports of an account.
///
/// # Errors
/// An account or a kind that is not there; the queues'.
pub async fn sync(
    ops: &Ops,
    queues: &Queues,
    account: &AccountId,
    request: &SyncRequest,
    change: &Change<'_>,
) -> Result<Asked, OpsError> {
    let account = find_account(&ops.accounts, account).await?;
    let keys = request.jobs(&account)?;
    let asked: Vec<String> = keys.iter().map(JobKey::to_string).collect();
    let subject = format!("account:{}", account.id);
    audit::add(ops, change, "sync", &subject, &json!({ "asked": asked })).await?;
    for key in &keys {
        ask(&ops.governor, queues, &account, key).await?;
    }
    Ok(Asked { asked })
}
