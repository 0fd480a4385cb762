use core::error::Error;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use flyball_governor_core::LaneError;
use flyball_governor_core::transition::Fault;

/// The governor could not be asked, or gave no usable answer. A refusal is none of these.
///
/// Whoever gets one starts nothing and calls no vendor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GovernorError {
    /// `DynamoDB` gave no answer to use: unreachable, throttled beyond the retries, or not allowed.
    #[error("the governor's table did not answer to {what}: {why}")]
    Unanswered {
        /// What was asked.
        what: &'static str,
        /// What came instead.
        why: String,
    },
    /// This machine's clock is wrong, and with it every moment that would be written or compared.
    #[error(
        "this machine's clock is off by at least {by_ms} ms (below 0: behind), more than the \
         {skew_ms} ms allowed: set it right"
    )]
    ClockOff {
        /// By how much it is ahead of the table's at least; below 0 is behind.
        by_ms: i64,
        /// How much is allowed.
        skew_ms: u64,
    },
    /// The item is no lane.
    #[error("lane {lane} can't be read: {error}")]
    Corrupt {
        /// Which lane.
        lane: String,
        /// What is wrong with it.
        error: LaneError,
    },
    /// The item is no board.
    #[error("the board can't be read: {error}")]
    CorruptBoard {
        /// What is wrong with it.
        error: LaneError,
    },
    /// A row of the lot, or an entry of the ledger, can't be read.
    #[error("item {key} can't be read: found no usable {attribute}")]
    CorruptItem {
        /// Its key.
        key: String,
        /// The attribute that is missing or not of its type.
        attribute: &'static str,
    },
    /// The lane's lot holds as many rows as it may.
    #[error(
        "the lot of lane {lane} holds {rows_max} pieces of work already, the most that may wait: \
         ask again when it has shrunk"
    )]
    LotFull {
        /// Which lane.
        lane: String,
        /// The most rows of one lot.
        rows_max: u32,
    },
    /// A transition that no lane like this may meet.
    #[error("lane {lane} is not whole: {fault}")]
    Fault {
        /// Which lane.
        lane: String,
        /// What is wrong.
        fault: Fault,
    },
}

impl GovernorError {
    pub(crate) fn unanswered<E, R>(what: &'static str, error: &SdkError<E, R>) -> Self
    where
        SdkError<E, R>: Error,
    {
        Self::Unanswered { what, why: in_words(error) }
    }
}

/// Whether a conditional write was carried out; `what` is what it was, for people.
pub(crate) fn was_done<T, R>(
    answer: Result<T, SdkError<UpdateItemError, R>>,
    what: &'static str,
) -> Result<bool, GovernorError>
where
    SdkError<UpdateItemError, R>: Error,
{
    match answer {
        Ok(_) => Ok(true),
        Err(SdkError::ServiceError(error))
            if matches!(error.err(), UpdateItemError::ConditionalCheckFailedException(_)) =>
        {
            Ok(false)
        }
        Err(error) => Err(GovernorError::unanswered(what, &error)),
    }
}

/// An error and its causes in one line, each cause once.
fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.ends_with(&text) {
            words.push_str(": ");
            words.push_str(&text);
        }
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the connection is closed")]
    struct Closed;

    #[derive(Debug, thiserror::Error)]
    #[error("no answer")]
    struct NoAnswer(#[source] Closed);

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Told(#[source] NoAnswer);

    #[test]
    fn an_error_is_told_with_its_causes_each_once() {
        assert_eq!(in_words(&Closed), "the connection is closed");
        assert_eq!(in_words(&NoAnswer(Closed)), "no answer: the connection is closed");
        assert_eq!(in_words(&Told(NoAnswer(Closed))), "no answer: the connection is closed");
    }
}
