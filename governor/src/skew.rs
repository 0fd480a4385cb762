//! The watch on this machine's clock: every lease's end is told by it, so one that is surely wrong
//! must admit nothing. Every answer of the table bears a `Date`; comparing costs no call.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use flyball_governor_core::UnixMillis;

use crate::clock::Clock;
use crate::error::GovernorError;

/// How far this machine's clock is ahead of another one: at least and at most, in milliseconds;
/// below 0 is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ahead {
    min_ms: i64,
    max_ms: i64,
}

/// What a `Date` leaves out: it counts whole seconds.
const DATE_RESOLUTION_MS: i64 = 1_000;

fn signed(moment: UnixMillis) -> i64 {
    i64::try_from(moment.0).unwrap_or(i64::MAX)
}

impl Ahead {
    /// What an answer tells that was asked for and came at these moments of this machine's clock,
    /// and bears this date, written somewhere in between.
    fn told_by(asked: UnixMillis, answered: UnixMillis, date: UnixMillis) -> Self {
        let (first, last) = (asked.min(answered), asked.max(answered));
        let date_last = signed(date).saturating_add(DATE_RESOLUTION_MS - 1);
        Self {
            min_ms: signed(first).saturating_sub(date_last),
            max_ms: signed(last).saturating_sub(signed(date)),
        }
    }

    /// Both together; the later alone where they contradict each other, because a clock was set.
    fn and_then(self, later: Self) -> Self {
        let both =
            Self { min_ms: self.min_ms.max(later.min_ms), max_ms: self.max_ms.min(later.max_ms) };
        if both.min_ms <= both.max_ms { both } else { later }
    }

    /// By how much the clock is off at least, if that is surely more than allowed.
    fn surely_beyond(self, skew_ms: u64) -> Option<i64> {
        let skew_ms = i64::try_from(skew_ms).unwrap_or(i64::MAX);
        if self.min_ms > skew_ms {
            Some(self.min_ms)
        } else if self.max_ms < skew_ms.saturating_neg() {
            Some(self.max_ms)
        } else {
            None
        }
    }
}

/// What the answers so far tell of this machine's clock.
#[derive(Clone, Debug)]
pub(crate) struct ClockWatch {
    clock: Arc<dyn Clock>,
    ahead: Arc<Mutex<Option<Ahead>>>,
}

/// When an attempt was sent.
#[derive(Clone, Copy, Debug)]
struct SentAt(UnixMillis);

impl Storable for SentAt {
    type Storer = StoreReplace<Self>;
}

impl ClockWatch {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, ahead: Arc::default() }
    }

    /// # Errors
    /// [`GovernorError::ClockOff`].
    pub(crate) fn check(&self, skew_ms: u64) -> Result<(), GovernorError> {
        let ahead = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        match ahead.and_then(|ahead| ahead.surely_beyond(skew_ms)) {
            None => Ok(()),
            Some(by_ms) => Err(GovernorError::ClockOff { by_ms, skew_ms }),
        }
    }

    fn learn(&self, told: Ahead) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = Some(ahead.map_or(told, |known| known.and_then(told)));
    }
}

impl Intercept for ClockWatch {
    fn name(&self) -> &'static str {
        "clock watch"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(SentAt(self.clock.now()));
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answered = self.clock.now();
        let date = context.response().headers().get("date").and_then(parse_date);
        if let (Some(SentAt(asked)), Some(date)) = (config.load::<SentAt>().copied(), date) {
            self.learn(Ahead::told_by(asked, answered, date));
        }
        Ok(())
    }
}

fn parse_date(text: &str) -> Option<UnixMillis> {
    let date = DateTime::from_str(text, DateTimeFormat::HttpDate).ok()?;
    u64::try_from(date.to_millis().ok()?).ok().map(UnixMillis)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKEW_MS: u64 = 5_000;

    fn told_by(asked: u64, answered: u64, date: u64) -> Ahead {
        Ahead::told_by(UnixMillis(asked), UnixMillis(answered), UnixMillis(date))
    }

    #[test]
    fn a_clock_within_the_allowance_is_never_called_wrong() {
        for off in [-5_000_i64, -4_000, 0, 4_000, 5_000] {
            for into_second in [0, 1, 999] {
                let local = (100_000_u64 + into_second).saturating_add_signed(off);
                let told = told_by(local, local, 100_000);
                assert_eq!(told.surely_beyond(SKEW_MS), None, "{off} {into_second}");
            }
        }
    }

    #[test]
    fn a_clock_that_is_surely_beyond_the_allowance_is_told_by_how_much_at_least() {
        assert_eq!(told_by(706_000, 706_000, 100_000).surely_beyond(SKEW_MS), Some(605_001));
        assert_eq!(told_by(100_000, 100_000, 706_000).surely_beyond(SKEW_MS), Some(-606_000));
        assert_eq!(told_by(106_000, 106_000, 100_000).surely_beyond(SKEW_MS), Some(5_001));
        assert_eq!(told_by(105_999, 105_999, 100_000).surely_beyond(SKEW_MS), None);
        assert_eq!(told_by(94_999, 94_999, 100_000).surely_beyond(SKEW_MS), Some(-5_001));
        assert_eq!(told_by(95_000, 95_000, 100_000).surely_beyond(SKEW_MS), None);
    }

    #[test]
    fn a_slow_answer_proves_less_and_a_frozen_machine_nothing() {
        assert_eq!(told_by(100_000, 700_000, 100_000).surely_beyond(SKEW_MS), None);
        assert_eq!(told_by(700_000, 100_000, 100_000).surely_beyond(SKEW_MS), None);
    }

    #[test]
    fn answers_together_tell_more_and_the_latest_wins_when_a_clock_was_set() {
        let together =
            told_by(105_500, 105_500, 100_000).and_then(told_by(106_400, 106_900, 100_000));
        assert_eq!(together, Ahead { min_ms: 5_401, max_ms: 5_500 });
        assert_eq!(together.surely_beyond(SKEW_MS), Some(5_401));
        let set_right = told_by(100_200, 100_300, 100_000);
        assert_eq!(together.and_then(set_right), set_right);
    }

    #[test]
    fn a_date_of_http_is_read_and_anything_else_is_none() {
        let date = parse_date("Sun, 22 Nov 2026 13:07:00 GMT");
        assert_eq!(date, Some(UnixMillis(1_795_352_820_000)));
        assert_eq!(parse_date("yesterday"), None);
    }
}
