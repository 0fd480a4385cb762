//! The ledger of outages. A lane's transitions leave notes in the lane, in the same write; whoever
//! comes by writes them here and only then clears them, so that a crash forgets nothing.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_governor_core::transitions::note_written;
use flyball_governor_core::{Lane, Note, UnixMillis};

use crate::error::GovernorError;
use crate::governor::{Governor, ITEM_VERSION};
use crate::key::{Key, LaneId};

/// A time in which a lane's vendor was unavailable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// When the first failed call began.
    pub down: UnixMillis,
    /// When the first call succeeded again; `None` while it lasts.
    pub up: Option<UnixMillis>,
    /// What it was about.
    pub why: String,
}

/// The most outages of one lane that are read at once, the newest first.
const OUTAGES_READ_MAX: i32 = 500;

impl Governor {
    /// Writes a lane's notes into the ledger, and clears them. Idempotent.
    ///
    /// # Errors
    /// No usable answer; the notes then stay for whoever comes by next.
    pub async fn write_notes(&self, lane_id: &LaneId, lane: &Lane) -> Result<(), GovernorError> {
        for (generation, note) in &lane.notes {
            self.write_note(lane_id, note).await?;
            self.apply(lane_id, &note_written(*generation)).await?;
        }
        Ok(())
    }

    async fn write_note(&self, lane: &LaneId, note: &Note) -> Result<(), GovernorError> {
        let mut write = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(Key::Outage(lane, note.down()).attributes()))
            .expression_attribute_names("#v", "v")
            .expression_attribute_values(":v", AttributeValue::N(ITEM_VERSION.to_string()));
        write = match note {
            Note::Opened { why, .. } => write
                .update_expression("SET #v = :v, #why = if_not_exists(#why, :why)")
                .expression_attribute_names("#why", "why")
                .expression_attribute_values(":why", AttributeValue::S(why.clone())),
            Note::Closed { up, .. } => write
                .update_expression("SET #v = :v, #up = if_not_exists(#up, :up)")
                .expression_attribute_names("#up", "up")
                .expression_attribute_values(":up", AttributeValue::N(up.0.to_string())),
        };
        write
            .send()
            .await
            .map(|_written| ())
            .map_err(|error| GovernorError::unanswered("an entry of the ledger", &error))
    }

    /// A lane's outages, the newest first.
    ///
    /// # Errors
    /// No usable answer, or an entry that can't be read.
    pub async fn outages(&self, lane: &LaneId) -> Result<Vec<Outage>, GovernorError> {
        let answer = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(format!("outages#{lane}")))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(OUTAGES_READ_MAX)
            .send()
            .await
            .map_err(|error| GovernorError::unanswered("a look at the ledger", &error))?;
        answer.items().iter().map(parse_outage).collect()
    }
}

fn parse_outage(item: &HashMap<String, AttributeValue>) -> Result<Outage, GovernorError> {
    let text_of = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let wrong = |attribute| GovernorError::CorruptItem {
        key: format!(
            "{}/{}",
            text_of("pk").map_or("?", String::as_str),
            text_of("sk").map_or("?", String::as_str)
        ),
        attribute,
    };
    let down = text_of("sk").and_then(|digits| digits.parse().ok()).ok_or_else(|| wrong("sk"))?;
    let up = match item.get("up") {
        None => None,
        Some(value) => Some(
            value.as_n().ok().and_then(|digits| digits.parse().ok()).ok_or_else(|| wrong("up"))?,
        ),
    };
    Ok(Outage {
        down: UnixMillis(down),
        up: up.map(UnixMillis),
        why: text_of("why").ok_or_else(|| wrong("why"))?.clone(),
    })
}
