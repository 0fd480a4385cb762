//! Lanes that somebody must look at.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_governor_core::transitions::{clear, push, untouched};
use flyball_governor_core::{Lane, UnixMillis};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::error::GovernorError;
use crate::governor::{Governor, Tried};
use crate::key::{Key, LaneId, WAKE_INDEX, WAKE_SHARDS};

type Attributes = HashMap<String, AttributeValue>;

/// A place in the walk over the lanes that wait. As text, for example `3 1790000000000 blue-mug`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WakeCursor {
    shard: u64,
    after: Option<(UnixMillis, LaneId)>,
}

/// Some of the lanes that wait, and when each of them is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingPage {
    /// The lanes of one part of the index, the soonest first.
    pub lanes: Vec<(LaneId, UnixMillis)>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<WakeCursor>,
}

impl core::fmt::Display for WakeCursor {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.shard)?;
        self.after.as_ref().map_or(Ok(()), |(wake, lane)| write!(f, " {} {lane}", wake.0))
    }
}

impl WakeCursor {
    /// The place that a text names; the beginning where it names none, because a walk that is made
    /// twice does no harm.
    pub fn parse(text: &str) -> Self {
        let place = || {
            let mut words = text.split(' ');
            let shard = words.next()?.parse().ok().filter(|shard| *shard < WAKE_SHARDS)?;
            let after = match (words.next(), words.next()) {
                (None, _) => None,
                (Some(wake), lane) => Some((UnixMillis(wake.parse().ok()?), lane?.parse().ok()?)),
            };
            Some(Self { shard, after })
        };
        place().unwrap_or_default()
    }

    fn next_shard(&self) -> Option<Self> {
        let shard = self.shard.saturating_add(1);
        (shard < WAKE_SHARDS).then_some(Self { shard, after: None })
    }
}

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
        let lane = |item: &Attributes| Key::lane_of(item.get("pk")?.as_s().ok()?);
        Ok(answer.items().iter().filter_map(lane).collect())
    }

    /// Lanes that are to be looked at after `from`, at most `limit` of them, from a place in the
    /// index on. The index lags behind, and so may this.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn waiting_lanes(
        &self,
        from: UnixMillis,
        at: &WakeCursor,
        limit: u16,
    ) -> Result<WaitingPage, GovernorError> {
        let start = at.after.as_ref().map(|(wake, lane)| {
            let mut key = Key::Lane(lane).attributes();
            key.insert("shard".to_owned(), AttributeValue::N(at.shard.to_string()));
            key.insert("wake".to_owned(), AttributeValue::N(wake.0.to_string()));
            key
        });
        let answer = self
            .client
            .query()
            .table_name(&*self.table)
            .index_name(WAKE_INDEX)
            .key_condition_expression("#shard = :shard AND #wake > :from")
            .expression_attribute_names("#shard", "shard")
            .expression_attribute_names("#wake", "wake")
            .expression_attribute_values(":shard", AttributeValue::N(at.shard.to_string()))
            .expression_attribute_values(":from", AttributeValue::N(from.0.to_string()))
            .set_exclusive_start_key(start)
            .limit(i32::from(limit))
            .send()
            .await
            .map_err(|error| GovernorError::unanswered("a look at the wake index", &error))?;
        let waiting = |item: &Attributes| {
            let wake = item.get("wake")?.as_n().ok()?.parse().ok()?;
            Some((Key::lane_of(item.get("pk")?.as_s().ok()?)?, UnixMillis(wake)))
        };
        let next = match answer.last_evaluated_key() {
            None => at.next_shard(),
            // Only a lane's key can be there: the index holds nothing else.
            Some(key) => match waiting(key) {
                Some((lane, wake)) => {
                    Some(WakeCursor { shard: at.shard, after: Some((wake, lane)) })
                }
                None => at.next_shard(),
            },
        };
        Ok(WaitingPage { lanes: answer.items().iter().filter_map(waiting).collect(), next })
    }

    /// Sets when a lane is looked at next; refused when somebody else has set it meanwhile.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn push(&self, lane: &LaneId, next: UnixMillis) -> Result<Tried, GovernorError> {
        self.apply(lane, &push(self.now(), next)).await
    }

    /// Sets when a lane is looked at next of which nothing can start before, as far as can be told from
    /// the lane as it was `seen` and a lot and a board that were read later; refused when anybody has
    /// left work behind, or set another look, since.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn leave_alone(
        &self,
        lane: &LaneId,
        seen: &Lane,
        next: UnixMillis,
    ) -> Result<Tried, GovernorError> {
        self.apply(lane, &push(self.now(), next).and(untouched(seen))).await
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
