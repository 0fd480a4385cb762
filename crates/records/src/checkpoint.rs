//! How far an import has come.

use flyball_domain::{JobKey, UnixMillis};
use serde::{Deserialize, Serialize};

use crate::attributes::{Attributes, VERSION, n, s, with};
use crate::error::{CheckpointError, ItemError, RecordsError};
use crate::key::Key;
use crate::table::{Conditional, Expression, Item, StoreError};
use crate::{Months, Records};

/// How far an import has come. An incremental import has one per account and kind, a backfill one
/// per range.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Everything changed before this moment has been imported: where the next incremental import
    /// starts. `None` before the first one has finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watermark: Option<UnixMillis>,
    /// The walk in progress, or broken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub walk: Option<ActiveWalk>,
    /// When a walk last finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<UnixMillis>,
    /// What its runs have used, this month and the two before.
    #[serde(default, skip_serializing_if = "Months::is_empty")]
    pub spent: Months,
}

/// A walk in progress. Its window is fixed when it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveWalk {
    /// First moment of its window; from the beginning, if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<UnixMillis>,
    /// First moment after its window.
    pub until: UnixMillis,
    /// Where to go on, as the connector has it; from the start, if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    /// Rows seen so far.
    pub records: u64,
    /// Pages stored so far.
    pub pages: u64,
    /// Ids compared so far with what is stored, where the walk goes through them.
    #[serde(default, skip_serializing_if = "is_none")]
    pub compared: u64,
    /// The fence of the run that began it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub since: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

/// What a run must meet to claim or save a checkpoint: no run with a higher fence has, and no newer
/// code.
const NOT_OVERTAKEN: &str = "attribute_not_exists(#pk) OR (#fence <= :mine AND #v <= :known)";

impl Records {
    /// A job's checkpoint, strongly consistent, for whoever only looks; `None` before the first was
    /// saved.
    ///
    /// # Errors
    /// The store's; a stored checkpoint that can't be used.
    pub async fn load_checkpoint(&self, job: &JobKey) -> Result<Option<Checkpoint>, RecordsError> {
        let Some(item) = self.table.get(Key::Checkpoint { job }).await? else { return Ok(None) };
        Ok(body(Attributes::of(&item)?)?)
    }

    /// Claims a job's checkpoint for the run that bears `fence`, and returns it as it stands;
    /// `None` before the first was saved. From here on no run with a lower fence moves it, so that
    /// what was returned stays true until this run saves, or is overtaken itself.
    ///
    /// # Errors
    /// [`CheckpointError::FencedOff`] for a run that was overtaken; the store's otherwise; a stored
    /// checkpoint that can't be used.
    pub async fn claim_checkpoint(
        &self,
        job: &JobKey,
        fence: u64,
    ) -> Result<Option<Checkpoint>, CheckpointError> {
        let update = Expression {
            text: "SET #v = :known, #fence = :mine",
            values: vec![(":mine", n(fence)), (":known", n(VERSION))],
        };
        match self.table.update_if(Key::Checkpoint { job }, update, NOT_OVERTAKEN).await? {
            Conditional::Done(None) => Ok(None),
            Conditional::Done(Some(before)) => Ok(body(Attributes::of(&before)?)?),
            Conditional::Refused(there) => Err(fenced_off(job, fence, there)),
        }
    }

    /// Saves a job's checkpoint, unless a run with a higher fence has claimed or saved it.
    ///
    /// # Errors
    /// [`CheckpointError::FencedOff`] for a run that was overtaken; the store's otherwise.
    pub async fn save_checkpoint(
        &self,
        job: &JobKey,
        fence: u64,
        checkpoint: &Checkpoint,
    ) -> Result<(), CheckpointError> {
        let key = Key::Checkpoint { job };
        let body = serde_json::to_string(checkpoint).map_err(|error| ItemError::Corrupt {
            key: key.to_string(),
            what: format!("the new body can't be written as JSON ({error})"),
        })?;
        let item = with(key.item(), [("fence", n(fence)), ("body", s(&body))]);
        let condition = Expression {
            text: NOT_OVERTAKEN,
            values: vec![(":mine", n(fence)), (":known", n(VERSION))],
        };
        match self.table.put_if(item, condition).await? {
            Conditional::Done(_) => Ok(()),
            Conditional::Refused(there) => Err(fenced_off(job, fence, there)),
        }
    }

    /// Gives up the claim of the run that bears `fence`, with the checkpoint, if it still stands: for
    /// a job that has no middle to go on from, whose checkpoints would pile up.
    ///
    /// # Errors
    /// The store's.
    pub async fn forget_checkpoint(&self, job: &JobKey, fence: u64) -> Result<(), StoreError> {
        let mine = Expression { text: "#fence = :mine", values: vec![(":mine", n(fence))] };
        match self.table.delete_if(Key::Checkpoint { job }, mine).await? {
            Conditional::Done(_) | Conditional::Refused(_) => Ok(()),
        }
    }
}

/// What a checkpoint's item holds; `None` where it was claimed and nothing saved yet.
pub(crate) fn body(item: Attributes<'_>) -> Result<Option<Checkpoint>, ItemError> {
    let Some(text) = item.text_if_any("body")? else { return Ok(None) };
    serde_json::from_str(text)
        .map(Some)
        .map_err(|error| item.corrupt(format!("its body is no checkpoint ({error})")))
}

fn fenced_off(job: &JobKey, mine: u64, there: Option<Item>) -> CheckpointError {
    let there = there.unwrap_or_default();
    match Attributes::of(&there).and_then(|item| item.number("fence")) {
        Ok(current) => CheckpointError::FencedOff { job: job.to_string(), mine, current },
        Err(error) => error.into(),
    }
}
