//! One invocation of the ticker: passes for a minute, once a second, by whoever has the duty.

use core::panic::AssertUnwindSafe;
use core::time::Duration;

use flyball_domain::UnixMillis;
use flyball_governor::{Clock as _, GovernorError};
use flyball_ticker::{Duty, Pass, Ticker};
use futures::FutureExt as _;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at, timeout_at};

use super::heartbeat::{Passes, heartbeat};
use crate::SystemClock;

/// How long an invocation works. It is a little longer than a minute, so that its successor is
/// there, and has the duty within a second, also when it was invoked some seconds late.
const SHIFT: Duration = Duration::from_secs(65);

const PASS_EVERY: Duration = Duration::from_secs(1);

/// How often the duty is asked for by the one that has it: it ends by itself after six seconds.
const DUTY_EVERY: Duration = Duration::from_secs(2);

/// How long before the invocation's deadline the last pass must have begun.
const LAST_PASS: Duration = Duration::from_secs(8);

/// How long before the invocation's deadline a pass is broken off, so that there is time to hand
/// over.
const HAND_OVER: Duration = Duration::from_secs(4);

/// Works shifts.
#[derive(Debug)]
pub(super) struct Shift {
    ticker: Ticker,
    clock: SystemClock,
}

/// What came of a shift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    /// Passes that were made to their end, and what they did.
    passes: Passes,
    /// Seconds in which another ticker had the duty.
    waited: u64,
    /// Passes, and questions for the duty, that came to nothing.
    broken: u64,
}

impl Report {
    pub(super) fn to_json(self) -> Value {
        let Self { passes: Passes { made, late, did }, waited, broken } = self;
        let Pass { due, sent, cleared, roused, scheduled, missed, found, failed, .. } = did;
        json!({
            "passes": made, "late": late, "waited": waited, "broken": broken, "due": due, "sent": sent,
            "cleared": cleared, "roused": roused, "scheduled": scheduled, "missed": missed,
            "found": found, "failed": failed,
        })
    }
}

/// Tells whoever reads the log what was done.
fn tell(report: Report) {
    let Report { passes: Passes { made: passes, late, did }, waited, broken } = report;
    let Pass { due, sent, cleared, roused, scheduled, missed, found, failed, .. } = did;
    tracing::info!(
        passes,
        late,
        waited,
        broken,
        due,
        sent,
        cleared,
        roused,
        scheduled,
        missed,
        found,
        failed,
        "the shift is over"
    );
}

impl Shift {
    pub(super) fn new(ticker: Ticker) -> Self {
        Self { ticker, clock: SystemClock::new() }
    }

    /// Works until a little over a minute is over, or what Lambda allows.
    pub(super) async fn work(&self, deadline: UnixMillis) -> Report {
        let began = Instant::now();
        let left = deadline.0.saturating_sub(self.clock.now().0);
        let before_deadline = |margin| Duration::from_millis(left).saturating_sub(margin);
        let last_pass = began + before_deadline(LAST_PASS).min(SHIFT);
        let mut report = Report::default();
        let passes = Box::pin(self.make_passes(last_pass, &mut report));
        if timeout_at(began + before_deadline(HAND_OVER), passes).await.is_err() {
            report.broken = report.broken.saturating_add(1);
            tracing::warn!(code = "PASS_BROKEN_OFF", "the invocation ends");
        }
        if let Err(error) = self.ticker.hand_over().await {
            tracing::error!(code = "TICKER_BLIND", "the duty ends by itself: {error}");
        }
        tell(report);
        heartbeat(&report.passes, self.clock.now().0);
        report
    }

    async fn make_passes(&self, until: Instant, report: &mut Report) {
        let mut rhythm = interval(PASS_EVERY);
        rhythm.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut duty_until = Instant::now();
        while rhythm.tick().await < until {
            if duty_until <= Instant::now() {
                match self.ticker.take_duty().await {
                    Ok(Duty::Mine) => duty_until = Instant::now() + DUTY_EVERY,
                    Ok(Duty::SomebodyElses(_)) => {
                        report.waited = report.waited.saturating_add(1);
                        continue;
                    }
                    Err(error) => {
                        report.broken = report.broken.saturating_add(1);
                        tracing::error!(code = "TICKER_BLIND", "no lane is woken: {error}");
                        continue;
                    }
                }
            }
            let began = Instant::now();
            match AssertUnwindSafe(self.pass()).catch_unwind().await {
                Ok(Some(Ok(pass))) => {
                    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                    report.passes = report.passes.and(pass, took_ms);
                }
                Ok(Some(Err(error))) => {
                    report.broken = report.broken.saturating_add(1);
                    tracing::error!(code = "TICKER_BLIND", "no lane is woken: {error}");
                }
                Ok(None) => {
                    report.broken = report.broken.saturating_add(1);
                    tracing::warn!(code = "PASS_BROKEN_OFF", "another ticker has the duty");
                }
                Err(_panic) => {
                    report.broken = report.broken.saturating_add(1);
                    tracing::error!(code = "PASS_PANICKED", "the next pass begins anew");
                }
            }
        }
    }

    /// One pass, as long as the duty is this ticker's.
    async fn pass(&self) -> Option<Result<Pass, GovernorError>> {
        tokio::select! {
            pass = Box::pin(self.ticker.pass()) => Some(pass),
            () = self.keep_duty() => None,
        }
    }

    /// Asks for the duty again and again, until another has it.
    async fn keep_duty(&self) {
        let mut asks = interval_at(Instant::now() + DUTY_EVERY, DUTY_EVERY);
        loop {
            asks.tick().await;
            match self.ticker.take_duty().await {
                Ok(Duty::Mine) => {}
                Ok(Duty::SomebodyElses(_)) => return,
                Err(error) => tracing::error!(code = "TICKER_BLIND", "{error}"),
            }
        }
    }
}
