//! When stops of lanes were on. A stop writes down its beginning before it takes hold, and a lift
//! its end before it lets go. The lane itself tells what stands, so that a crash between two writes
//! at worst leaves a stretch of which the end is unknown, and that is said. None of this holds up a
//! stop or a lift.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use flyball_governor_core::{Interval, Lane, Stop, StopCause, StopMode, UnixMillis};

use crate::error::GovernorError;
use crate::governor::{Governor, ITEM_VERSION};
use crate::key::{Key, LaneId};

/// The most stretches of one lane that are read, the newest first.
const STRETCHES_READ_MAX: i32 = 1_000;

/// A time in which a stop was on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its cause.
    pub cause: StopCause,
    /// What it did.
    pub mode: StopMode,
    /// Since when.
    pub since: UnixMillis,
    /// How it ended.
    pub end: StretchEnd,
}

/// How a stretch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StretchEnd {
    /// It has not: it stands until then, or until it is lifted.
    Standing(Option<UnixMillis>),
    /// It was lifted or replaced, or ended by itself.
    At(UnixMillis),
    /// It stands no more, and nobody has written since when, or whether it ever took hold; it would
    /// have ended then by itself.
    Unknown(Option<UnixMillis>),
}

impl Stretch {
    /// The time that it takes, has taken by `now`, or can have taken at most.
    pub fn interval(&self, now: UnixMillis) -> Interval {
        let to = match self.end {
            StretchEnd::At(at) => at,
            StretchEnd::Standing(until) | StretchEnd::Unknown(until) => {
                until.map_or(now, |until| until.min(now))
            }
        };
        Interval { from: self.since, to }
    }
}

/// A stretch as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Record {
    cause: StopCause,
    mode: StopMode,
    since: UnixMillis,
    until: Option<UnixMillis>,
    ended: Option<UnixMillis>,
}

impl Governor {
    fn update_of_stretch(
        &self,
        lane: &LaneId,
        since: UnixMillis,
        cause: &StopCause,
    ) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(Key::Stretch(lane, since, cause).attributes()))
    }

    /// Writes down that a stop is about to begin.
    pub(crate) async fn begin_stretch(&self, lane: &LaneId, cause: &StopCause, stop: &Stop) {
        let now = self.now();
        let mut request = self
            .update_of_stretch(lane, now, cause)
            .expression_attribute_names("#v", "v")
            .expression_attribute_names("#mode", "mode")
            .expression_attribute_values(":v", number(ITEM_VERSION))
            .expression_attribute_values(":mode", AttributeValue::S(stop.mode.as_str().to_owned()))
            .expression_attribute_values(":slots", number(stop.mode.slots().into()));
        let update = "SET #v = :v, #mode = :mode, slots = :slots";
        request = match stop.until {
            None => request.update_expression(update),
            Some(until) => request
                .update_expression(format!("{update}, #until = :until"))
                .expression_attribute_names("#until", "until")
                .expression_attribute_values(":until", number(until.0)),
        };
        if let Err(error) = request.send().await {
            let error = GovernorError::unanswered("the beginning of a stop", &error);
            tracing::warn!(code = "STOP_NOT_RECORDED", %lane, "{error}");
        }
    }

    /// Writes down that the stop of a cause is about to end.
    pub(crate) async fn end_stretch(&self, lane: &LaneId, cause: &StopCause) {
        let ended = async {
            let records = self.stretch_records(lane).await?;
            let Some(latest) = records.iter().rev().find(|record| record.cause == *cause) else {
                return Ok(());
            };
            // A lift whose lane was not reached is repeated: the later end is the true one.
            self.update_of_stretch(lane, latest.since, cause)
                .update_expression("SET ended = :now")
                .expression_attribute_values(":now", number(self.now().0))
                .send()
                .await
                .map(|_written| ())
                .map_err(|error| GovernorError::unanswered("the end of a stop", &error))
        };
        if let Err(error) = ended.await {
            tracing::warn!(code = "STOP_NOT_RECORDED", %lane, "{error}");
        }
    }

    /// The oldest first.
    async fn stretch_records(&self, lane: &LaneId) -> Result<Vec<Record>, GovernorError> {
        let answer = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(format!("stops#{lane}")))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(STRETCHES_READ_MAX)
            .send()
            .await
            .map_err(|error| GovernorError::unanswered("a look at past stops", &error))?;
        answer.items().iter().rev().map(parse_record).collect()
    }

    /// When stops of a lane were on, the oldest first, at most a thousand: those that were made
    /// through [`Governor::stop`]. `lane` is the lane as it is; switches of the board are none of
    /// its.
    ///
    /// # Errors
    /// No usable answer, or an item that can't be read.
    pub async fn stretches(
        &self,
        lane_id: &LaneId,
        lane: Option<&Lane>,
    ) -> Result<Vec<Stretch>, GovernorError> {
        Ok(stretches(self.stretch_records(lane_id).await?, lane))
    }
}

/// What was written down, the oldest first, held against what stands.
fn stretches(records: Vec<Record>, lane: Option<&Lane>) -> Vec<Stretch> {
    let mut next: BTreeMap<StopCause, UnixMillis> = BTreeMap::new();
    let mut stretches: Vec<Stretch> = Vec::with_capacity(records.len());
    for Record { cause, mode, since, until, ended } in records.into_iter().rev() {
        let replaced = next.insert(cause.clone(), since);
        let stands = lane.is_some_and(|lane| lane.stops.contains_key(&cause));
        let known_end = [until, ended, replaced].into_iter().flatten().min();
        let end = match (replaced, known_end) {
            (None, _) if stands => StretchEnd::Standing(until),
            (None, _) if ended.is_none() => StretchEnd::Unknown(until),
            (_, Some(at)) => StretchEnd::At(at.max(since)),
            (_, None) => StretchEnd::Unknown(None),
        };
        stretches.push(Stretch { cause, mode, since, end });
    }
    stretches.reverse();
    stretches
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn parse_record(item: &HashMap<String, AttributeValue>) -> Result<Record, GovernorError> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let wrong = |attribute| {
        let key = ["pk", "sk"].map(|name| text(name).map_or("?", String::as_str)).join("/");
        GovernorError::CorruptItem { key, attribute }
    };
    let moment = |name: &'static str| match item.get(name) {
        None => Ok(None),
        Some(value) => {
            let number = value.as_n().ok().and_then(|digits| digits.parse().ok());
            number.map(|ms| Some(UnixMillis(ms))).ok_or_else(|| wrong(name))
        }
    };
    let (since, cause) = text("sk").and_then(|sk| sk.split_once('#')).ok_or_else(|| wrong("sk"))?;
    let slots = item.get("slots").and_then(|value| value.as_n().ok());
    let slots = slots.and_then(|slots| slots.parse().ok()).ok_or_else(|| wrong("slots"))?;
    let mode = text("mode").and_then(|mode| StopMode::parse(mode, slots).ok());
    Ok(Record {
        cause: cause.parse().map_err(|_no_cause| wrong("sk"))?,
        mode: mode.ok_or_else(|| wrong("mode"))?,
        since: since.parse().map(UnixMillis).map_err(|_no_moment| wrong("sk"))?,
        until: moment("until")?,
        ended: moment("ended")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(since: u64, until: Option<u64>, ended: Option<u64>) -> Record {
        Record {
            cause: StopCause::Account,
            mode: StopMode::Stop,
            since: UnixMillis(since),
            until: until.map(UnixMillis),
            ended: ended.map(UnixMillis),
        }
    }

    fn lane(stops: bool) -> Lane {
        let mut lane = Lane::new(2);
        if stops {
            let (reason, author) = (String::new(), String::new());
            let stop = Stop { mode: StopMode::Stop, reason, author, until: None };
            lane.stops.insert(StopCause::Account, stop);
        }
        lane
    }

    #[test]
    fn what_was_written_is_held_against_what_stands() {
        let at = |at| StretchEnd::At(UnixMillis(at));
        let until = Some(UnixMillis(30));
        for (written, stands, ends) in [
            (vec![record(10, None, Some(20))], false, vec![at(20)]),
            (vec![record(10, Some(30), Some(40))], false, vec![at(30)]),
            (vec![record(10, None, None)], true, vec![StretchEnd::Standing(None)]),
            // The lift died half way.
            (vec![record(10, Some(30), Some(20))], true, vec![StretchEnd::Standing(until)]),
            // It never took hold, or was lifted by hand.
            (vec![record(10, Some(30), None)], false, vec![StretchEnd::Unknown(until)]),
            (
                vec![record(10, None, None), record(15, Some(18), Some(40))],
                false,
                vec![at(15), at(18)],
            ),
        ] {
            let found = stretches(written.clone(), Some(&lane(stands)));
            let found: Vec<StretchEnd> = found.iter().map(|stretch| stretch.end).collect();
            assert_eq!(found, ends, "{written:?} {stands}");
        }
    }

    #[test]
    fn the_stops_of_one_cause_do_not_end_those_of_another() {
        let orders = Record { cause: "orders".parse().unwrap(), ..record(20, None, Some(25)) };
        let found = stretches(vec![record(10, None, Some(30)), orders], None);
        let ends: Vec<StretchEnd> = found.iter().map(|stretch| stretch.end).collect();
        assert_eq!(ends, [StretchEnd::At(UnixMillis(30)), StretchEnd::At(UnixMillis(25))]);
    }
}
