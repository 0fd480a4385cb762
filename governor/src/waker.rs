//! Lanes that somebody must look at.

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_governor_core::transitions::{clear, push};
use flyball_governor_core::{Lane, UnixMillis};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::error::GovernorError;
use crate::governor::{Governor, Tried};
use crate::key::{Key, LaneId, WAKE_INDEX, WAKE_SHARDS};

/// How many parts of the index are asked at once.
const SHARDS_AT_ONCE: usize = 8;

impl Governor {
    /// Lanes whose wake-up is due, at most `per_shard` of each part of the index, the longest due
    /// first. The index lags behind: whoever acts on it looks at the lane itself first.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn due(&self, now: UnixMillis, per_shard: u16) -> Result<Vec<LaneId>, GovernorError> {
        stream::iter(0..WAKE_SHARDS)
            .map(|shard| self.due_in(shard, now, per_shard))
            .buffer_unordered(SHARDS_AT_ONCE)
            .try_concat()
            .await
    }

    async fn due_in(
        &self,
        shard: u64,
        now: UnixMillis,
        limit: u16,
    ) -> Result<Vec<LaneId>, GovernorError> {
        let answer = self
            .client
            .query()
            .table_name(&*self.table)
            .index_name(WAKE_INDEX)
            .key_condition_expression("#shard = :shard AND #wake <= :now")
            .expression_attribute_names("#shard", "shard")
            .expression_attribute_names("#wake", "wake")
            .expression_attribute_values(":shard", AttributeValue::N(shard.to_string()))
            .expression_attribute_values(":now", AttributeValue::N(now.0.to_string()))
            .limit(i32::from(limit))
            .send()
            .await
            .map_err(|error| GovernorError::unanswered("a look at the wake index", &error))?;
        let lane = |item: &std::collections::HashMap<String, AttributeValue>| {
            Key::lane_of(item.get("pk")?.as_s().ok()?)
        };
        Ok(answer.items().iter().filter_map(lane).collect())
    }

    /// Sets when a lane is looked at next; refused when somebody else has set it meanwhile.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn push(&self, lane: &LaneId, next: UnixMillis) -> Result<Tried, GovernorError> {
        self.apply(lane, &push(self.now(), next)).await
    }

    /// Stops waking a lane whose lot was found empty after the lane was read as `seen`; refused
    /// when somebody came meanwhile. Where an outage had left work behind, the ledger is told first
    /// that all of it is done.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn clear(&self, lane: &LaneId, seen: &Lane) -> Result<Tried, GovernorError> {
        if let Some(down) = seen.behind {
            self.write_caught_up(lane, down).await?;
        }
        self.apply(lane, &clear(seen.marks)).await
    }
}
