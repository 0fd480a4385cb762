//! What lanes met that speaks of their whole group: rows that workers write and the ticker reads.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_governor_core::breaker::{
    Evidence, FailedCall, Met, Range, recent, should_witness, step,
};
use flyball_governor_core::transition::Name;
use flyball_governor_core::{GroupName, UnixMillis};

use crate::error::GovernorError;
use crate::governor::{Governor, ITEM_VERSION, Tried};
use crate::key::{Key, LaneId, half_minute};

/// What a lane met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// A call failed in a way that speaks of the whole group.
    Failed {
        /// When it began.
        began: UnixMillis,
    },
    /// A call succeeded.
    Succeeded,
}

/// How long evidence is kept, in seconds: a day, so that an outage can be looked into.
const KEPT_S: u64 = 86_400;

/// The most rows of one group that are read at once, the newest first: as many as ten thousand
/// lanes leave in half a minute in which all of them fail.
const ROWS_READ_MAX: usize = 20_000;

impl Governor {
    /// Writes down what a lane met, now. A repetition within half a minute changes nothing but the
    /// moment. A write that fails is logged and no more: evidence is of use in numbers, and a job
    /// does not depend on it.
    pub async fn witness(&self, group: &GroupName, lane: &LaneId, met: Witness) {
        let now = self.now();
        let number = |number: u64| AttributeValue::N(number.to_string());
        let ttl = (now.0 / 1_000).saturating_add(KEPT_S);
        let write = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(Key::Evidence(group, now, lane).attributes()))
            .expression_attribute_names("#v", "v")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":v", number(ITEM_VERSION))
            .expression_attribute_values(":ttl", number(ttl))
            .expression_attribute_values(":now", number(now.0));
        let write = match met {
            Witness::Failed { began } => write
                .update_expression("SET #v = :v, #ttl = :ttl, #failed = :began, #found = :now")
                .expression_attribute_names("#failed", "failed")
                .expression_attribute_names("#found", "found")
                .expression_attribute_values(":began", number(began.0)),
            Witness::Succeeded => write.update_expression("SET #v = :v, #ttl = :ttl, ok = :now"),
        };
        if let Err(error) = write.send().await {
            let error = GovernorError::unanswered("a row of evidence", &error);
            tracing::warn!(code = "EVIDENCE_LOST", %group, %lane, "{error}");
        }
    }

    /// Writes a failure down that speaks of a whole group, where that is of use now. A board that
    /// can't be read is no reason to keep silent. Whoever has tripped also counts who else has: the
    /// ticker looks once a second, and in that time a crowd can ask a vendor that is down.
    pub(crate) async fn witness_failure(
        &self,
        group: &GroupName,
        lane: &LaneId,
        met: Met,
        began: UnixMillis,
    ) {
        let of_use = match self.board().await {
            Ok(board) => should_witness(&board, group, lane.as_str(), met),
            Err(_unreadable) => true,
        };
        if !of_use {
            return;
        }
        self.witness(group, lane, Witness::Failed { began }).await;
        if met == Met::Tripped {
            if let Err(error) = Box::pin(self.suspect_if_enough(group)).await {
                tracing::warn!(code = "EVIDENCE_LOST", %group, %lane, "left to the ticker: {error}");
            }
            // Whoever it was that suspects the group, this process is to know before its next job.
            self.forget_board().await;
        }
    }

    /// Suspects a group of which enough lanes have failed lately, or holds more of one that is suspected
    /// already. Whatever else is decided about it is the ticker's.
    async fn suspect_if_enough(&self, group: &GroupName) -> Result<(), GovernorError> {
        let board = self.board().await?;
        let state = board.platforms.get(group);
        let now = self.now();
        let evidence = self.evidence(group, recent(state, now, &self.policy)).await?;
        let step = step(group, state, &evidence, now, &self.policy);
        let Some(suspect) = step.filter(|step| step.name == Name::Suspect) else { return Ok(()) };
        // Refused, somebody else was faster. A board that nobody has made yet is made by the ticker.
        if let Tried::Done(_) = self.update(&Key::Board, &suspect).await? {
            tracing::info!(%group, rows = evidence.len(), "the group is suspected");
        }
        Ok(())
    }

    /// What the lanes of a group met in a time, row by row; the newest 20,000 rows where there are
    /// more.
    ///
    /// # Errors
    /// No usable answer, or a row that can't be read.
    pub async fn evidence(
        &self,
        group: &GroupName,
        time: Range,
    ) -> Result<Vec<Evidence>, GovernorError> {
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&*self.table)
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":pk", text(format!("evidence#{group}")))
                .expression_attribute_values(":from", text(half_minute(time.from)))
                // Every row of the last half minute has its number and `#` before the lane's name.
                .expression_attribute_values(":to", text(format!("{}$", half_minute(time.to))))
                .scan_index_forward(false)
                .consistent_read(true)
                .set_exclusive_start_key(after)
                .send()
                .await
                .map_err(|error| GovernorError::unanswered("a look at the evidence", &error))?;
            for item in answer.items() {
                rows.push(parse(item)?);
            }
            after = answer.last_evaluated_key;
            if after.is_none() || rows.len() >= ROWS_READ_MAX {
                return Ok(rows);
            }
        }
    }
}

fn text(text: String) -> AttributeValue {
    AttributeValue::S(text)
}

fn parse(item: &HashMap<String, AttributeValue>) -> Result<Evidence, GovernorError> {
    let key = item.get("sk").and_then(|value| value.as_s().ok()).map_or("", String::as_str);
    let wrong = |attribute| GovernorError::CorruptItem { key: key.to_owned(), attribute };
    let (_, lane) = key.split_once('#').ok_or_else(|| wrong("sk"))?;
    let moment = |attribute: &'static str| {
        let digits = item.get(attribute).map(|value| value.as_n().ok());
        digits
            .map(|digits| digits.and_then(|digits| digits.parse().ok()).map(UnixMillis))
            .map(|moment| moment.ok_or_else(|| wrong(attribute)))
            .transpose()
    };
    let failed = match (moment("failed")?, moment("found")?) {
        (Some(began), Some(found)) => Some(FailedCall { began, found }),
        (None, None) => None,
        (Some(_), None) => return Err(wrong("found")),
        (None, Some(_)) => return Err(wrong("failed")),
    };
    Ok(Evidence { lane: lane.to_owned(), failed, ok: moment("ok")? })
}
