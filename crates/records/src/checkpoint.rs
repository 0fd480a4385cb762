//! How far an import has come.

use flyball_domain::{JobKey, UnixMillis};
use serde::{Deserialize, Serialize};

use crate::Records;
use crate::attributes::{Attributes, VERSION, n, s, with};
use crate::error::{ItemError, RecordsError, SaveError};
use crate::key::Key;
use crate::table::{Conditional, Expression};

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
}

/// A checkpoint as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The fence of the run that saved it.
    pub fence: u64,
}

impl Records {
    /// A job's checkpoint, strongly consistent; `None` before the first was saved.
    ///
    /// # Errors
    /// The store's; a stored checkpoint that can't be used.
    pub async fn load_checkpoint(&self, job: &JobKey) -> Result<Option<Stored>, RecordsError> {
        let Some(item) = self.table.get(Key::Checkpoint { job }).await? else { return Ok(None) };
        let item = Attributes::of(&item)?;
        let checkpoint = serde_json::from_str(item.text("body")?)
            .map_err(|error| item.corrupt(format!("its body is no checkpoint ({error})")))?;
        Ok(Some(Stored { checkpoint, fence: item.number("fence")? }))
    }

    /// Saves a job's checkpoint, unless a run with a higher fence has saved one.
    ///
    /// # Errors
    /// [`SaveError::FencedOff`] for a run that was overtaken; the store's otherwise.
    pub async fn save_checkpoint(
        &self,
        job: &JobKey,
        fence: u64,
        checkpoint: &Checkpoint,
    ) -> Result<(), SaveError> {
        let key = Key::Checkpoint { job };
        let body = serde_json::to_string(checkpoint).map_err(|error| ItemError::Corrupt {
            key: key.to_string(),
            what: format!("the new body can't be written as JSON ({error})"),
        })?;
        let item = with(key.item(), [("fence", n(fence)), ("body", s(&body))]);
        let condition = Expression {
            text: "attribute_not_exists(#pk) OR (#fence <= :mine AND #v <= :known)",
            values: vec![(":mine", n(fence)), (":known", n(VERSION))],
        };
        match self.table.put_if(item, condition).await? {
            Conditional::Done(_) => Ok(()),
            Conditional::Refused(there) => {
                let there = there.unwrap_or_default();
                let current = Attributes::of(&there)?.number("fence")?;
                Err(SaveError::FencedOff { job: job.to_string(), mine: fence, current })
            }
        }
    }
}
