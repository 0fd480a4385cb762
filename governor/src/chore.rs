//! Chores: work on many lanes that is done once, by whoever comes by, in pieces. A chore's item
//! says which turn of it is under way, by whom, and how far it has come; whoever dies in the middle
//! is followed by the next, and a piece that is done twice does no harm.

use core::fmt;
use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use flyball_governor_core::{GroupName, Nonce, UnixMillis, WideScope};

use crate::error::{GovernorError, was_done};
use crate::governor::{Governor, ITEM_VERSION};
use crate::key::Key;

/// Work on many lanes that is done once in each turn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chore {
    /// Being the ticker that makes the passes. It has one turn, which has no end.
    Duty,
    /// Looking for rows that nobody would come for. Its turns are hours.
    Sweep,
    /// Sending for the imports that are due by their schedule. Its turns are minutes.
    Schedule,
    /// Letting go the lanes of a group that is back. Its turns are the moments when it was.
    Return(GroupName, Round),
    /// Letting go the lanes that a switch held. Its turns are the moments when it ended.
    Lift(WideScope, Round),
}

/// Letting go goes twice over the lanes: whoever did not know yet, at the first time, that they are
/// to be let go, may have put one to sleep behind its back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Round {
    /// At once.
    First,
    /// When everybody knows.
    Second,
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "1",
            Self::Second => "2",
        })
    }
}

impl fmt::Display for Chore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duty => f.write_str("duty"),
            Self::Sweep => f.write_str("sweep"),
            Self::Schedule => f.write_str("schedule"),
            Self::Return(group, round) => write!(f, "return#{group}#{round}"),
            Self::Lift(scope, round) => write!(f, "lift#{scope}#{round}"),
        }
    }
}

/// One turn of a chore, as one of those sees it who may do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The chore.
    pub chore: Chore,
    /// Which turn of it.
    pub number: u64,
    /// Who would do it.
    pub by: Nonce,
}

/// What came of asking for a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is to be done.
    ToDo {
        /// From where the last one left off; `None` for the beginning.
        at: Option<String>,
        /// The last turn that was done to its end, where there was one.
        done: Option<u64>,
    },
    /// It is done, or a later one is under way.
    Done,
    /// Somebody else is at it, until then unless they go on.
    BySomebodyElse(UnixMillis),
}

/// How far a turn has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So far; in the words of whoever does it.
    To(String),
    /// To its end.
    Done,
    /// As far as was written down before; whoever comes next need not wait.
    GivenBack,
}

/// How long a turn stays with whoever took it and went silent, in milliseconds. A piece of it may
/// take seconds.
const TURN_KEPT_MS: u64 = 15_000;

/// How long the duty stays with a ticker that went silent, in milliseconds: nobody is woken
/// meanwhile. A ticker renews it while its pass goes on.
const DUTY_KEPT_MS: u64 = 6_000;

impl Chore {
    /// When a turn may be begun or gone on with. Whoever was away long must not take up a minute or
    /// an hour that is past: its successor's would be forgotten. Other turns are no sequence, because
    /// their moments are of several clocks.
    const fn may_be_begun(&self) -> &'static str {
        match self {
            Self::Duty | Self::Sweep | Self::Schedule => {
                "(attribute_not_exists(#done) OR #done < :turn) AND \
                 (attribute_not_exists(#turn) OR #turn < :turn \
                 OR (#turn = :turn AND (#by = :by OR #until <= :now)))"
            }
            Self::Return(..) | Self::Lift(..) => {
                "(attribute_not_exists(#done) OR #done <> :turn) AND \
                 (attribute_not_exists(#turn) OR #turn <> :turn OR #by = :by OR #until <= :now)"
            }
        }
    }

    const fn kept_ms(&self) -> u64 {
        match self {
            Self::Duty => DUTY_KEPT_MS,
            Self::Sweep | Self::Schedule | Self::Return(..) | Self::Lift(..) => TURN_KEPT_MS,
        }
    }
}

impl Governor {
    /// Asks to do a turn, or to go on with it.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn claim_turn(&self, turn: &Turn) -> Result<Claimed, GovernorError> {
        let now = self.now();
        let answer = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(Key::Chore(&turn.chore).attributes()))
            .update_expression("SET #v = :v, #turn = :turn, #by = :by, #until = :until")
            .condition_expression(turn.chore.may_be_begun())
            .set_expression_attribute_names(Some(names(&["v", "turn", "by", "until", "done"])))
            .expression_attribute_values(":v", number(ITEM_VERSION))
            .expression_attribute_values(":turn", number(turn.number))
            .expression_attribute_values(":by", AttributeValue::S(turn.by.to_string()))
            .expression_attribute_values(":until", number(now.plus(turn.chore.kept_ms()).0))
            .expression_attribute_values(":now", number(now.0))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let item = answer.attributes.unwrap_or_default();
                let (at, done) = (left_off(&item, turn.number), number_of(&item, "done"));
                Ok(Claimed::ToDo { at, done })
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    let item = refusal.item().cloned().unwrap_or_default();
                    let begun = number_of(&item, "turn");
                    let over = number_of(&item, "done") == Some(turn.number)
                        || begun.is_some_and(|begun| turn.number < begun);
                    Ok(if over {
                        Claimed::Done
                    } else {
                        let until = number_of(&item, "until").map_or(now, UnixMillis);
                        Claimed::BySomebodyElse(until)
                    })
                }
                _ => Err(GovernorError::unanswered("a turn of a chore", &error)),
            },
        }
    }

    /// The turn that somebody has begun and not done to its end.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn unfinished_turn(&self, chore: &Chore) -> Result<Option<u64>, GovernorError> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(Key::Chore(chore).attributes()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| GovernorError::unanswered("a look at a chore", &error))?;
        let item = answer.item.unwrap_or_default();
        let (turn, done) = (number_of(&item, "turn"), number_of(&item, "done"));
        Ok(turn.filter(|turn| done.is_none_or(|done| done < *turn)))
    }

    /// Writes down how far a turn has come. Nothing happens where somebody else has taken it over.
    ///
    /// # Errors
    /// No usable answer: what was done since the last time is then done again.
    pub async fn leave_off(&self, turn: &Turn, at: &Progress) -> Result<(), GovernorError> {
        let write = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(Key::Chore(&turn.chore).attributes()))
            .condition_expression("#turn = :turn AND #by = :by")
            .set_expression_attribute_names(Some(names(&["turn", "by"])))
            .expression_attribute_values(":turn", number(turn.number))
            .expression_attribute_values(":by", AttributeValue::S(turn.by.to_string()));
        let write = match at {
            Progress::To(at) => write
                .update_expression("SET #at = :at")
                .expression_attribute_names("#at", "at")
                .expression_attribute_values(
                    ":at",
                    AttributeValue::S(format!("{} {at}", turn.number)),
                ),
            Progress::Done => write
                .update_expression("SET #done = :turn REMOVE #at")
                .expression_attribute_names("#at", "at")
                .expression_attribute_names("#done", "done"),
            Progress::GivenBack => write
                .update_expression("SET #until = :over")
                .expression_attribute_names("#until", "until")
                .expression_attribute_values(":over", number(0)),
        };
        was_done(write.send().await, "the progress of a chore").map(drop)
    }
}

/// Where the turn was left off. An earlier turn's text may still be there.
fn left_off(item: &HashMap<String, AttributeValue>, turn: u64) -> Option<String> {
    let (of, at) = item.get("at")?.as_s().ok()?.split_once(' ')?;
    (of == turn.to_string()).then(|| at.to_owned())
}

fn number_of(item: &HashMap<String, AttributeValue>, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn names(names: &[&str]) -> HashMap<String, String> {
    names.iter().map(|name| (format!("#{name}"), (*name).to_owned())).collect()
}
