use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use flyball_connector::Failure;
use flyball_domain::{Integration, Job, JobKey, Kind};
use flyball_governor::{Clock as _, SystemClock};
use flyball_importer::{End, Progress, ProgressReport};

use crate::meter::whole;
use crate::metrics::{Dimension, Labels, Measured, Metric, emit};
use crate::{Meter, MeterReading, Service};

/// Measures what an importer does, and writes it down once for each batch.
#[derive(Debug)]
pub(super) struct Tap {
    labels: Labels,
    meter: Meter,
    clock: SystemClock,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    measured: Measured,
    /// What the meter said when it was last written down.
    written: MeterReading,
}

impl Tap {
    pub(super) fn new(integration: Integration, kind: Kind, meter: Meter) -> Self {
        let labels = BTreeMap::from([
            (Dimension::Integration, integration.as_str().to_owned()),
            (Dimension::Kind, kind.as_str().to_owned()),
            (Dimension::Function, format!("{integration}-{kind}")),
        ]);
        Self { labels, meter, clock: SystemClock::new(), state: Mutex::default() }
    }

    /// What counts the calls of the function's clients.
    pub(super) const fn meter(&self) -> &Meter {
        &self.meter
    }

    fn add(&self, metric: Metric, value: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.measured.add(metric, &self.labels, value);
    }

    /// Writes down what was measured since the last time.
    pub(super) fn flush(&self, messages_again: usize) {
        emit(&self.taken(messages_again), self.clock.now().0);
    }

    fn taken(&self, messages_again: usize) -> Measured {
        self.add(Metric::MessagesAgain, u64::try_from(messages_again).unwrap_or(u64::MAX));
        let reading = self.meter.snapshot();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let since = (reading.clone() - &state.written).total(Service::DynamoDb);
        state.written = reading;
        let mut measured = core::mem::take(&mut state.measured);
        measured.add(Metric::DynamoDbCalls, &self.labels, since.calls);
        measured.add(Metric::DynamoDbReadUnits, &self.labels, whole(since.read_units));
        measured.add(Metric::DynamoDbWriteUnits, &self.labels, whole(since.write_units));
        measured
    }
}

impl Progress for Tap {
    fn page(&self, report: &ProgressReport) {
        let written = &report.written;
        self.add(Metric::RecordsImported, written.written);
        self.add(Metric::RecordsUnchanged, written.unchanged);
        self.add(Metric::RecordsSetAside, written.set_aside);
    }

    fn ended(&self, job: &Job, end: End) {
        match end {
            End::Finished => {
                self.add(Metric::JobsFinished, 1);
                if let Some(asked_at) = job.id.asked_at() {
                    self.add(Metric::DueToDone, self.clock.now().0.saturating_sub(asked_at.0));
                }
            }
            End::Parked => self.add(Metric::JobsParked, 1),
            End::SetAside => self.add(Metric::JobsSetAside, 1),
        }
    }

    fn overdue(&self, _: &Job, by_ms: u64) {
        self.add(Metric::OverdueBy, by_ms);
    }

    fn called(&self, _: &JobKey, failed: Option<&Failure>) {
        self.add(Metric::VendorCalls, 1);
        if let Some(failure) = failed {
            let mut labels = self.labels.clone();
            labels.insert(Dimension::Class, failure.class.as_str().to_owned());
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.measured.add(Metric::VendorCallsFailed, &labels, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use flyball_connector::{Class, Evidence};
    use flyball_domain::{JobId, Mode, UnixMillis};

    use super::*;

    #[test]
    fn a_batch_is_written_down_once_and_names_no_account() {
        let tap = Tap::new(Integration::Shopify, Kind::Orders, Meter::default());
        let now = UnixMillis(SystemClock::new().now().0);
        let job = Job {
            id: JobId::new(now, [7; 10]),
            account: "blue-mug".parse().unwrap(),
            kind: Kind::Orders,
            mode: Mode::Incremental,
        };
        let failure = Failure { class: Class::Ours, evidence: Evidence::default() };
        tap.called(&job.key(), None);
        tap.called(&job.key(), Some(&failure));
        tap.overdue(&job, 90_000);
        tap.overdue(&job, 0);
        tap.ended(&job, End::SetAside);
        tap.ended(&job, End::Finished);
        let lines = tap.taken(2).lines(5).join("\n");
        for expected in [
            "\"VendorCalls\":2",
            "\"VendorCallsFailed\":1",
            "\"Class\":\"ours\"",
            "\"JobsSetAside\":1",
            "\"JobsFinished\":1",
            "\"MessagesAgain\":2",
            "\"DueToDone\":",
            "\"OverdueBy\":[90000,0]",
            "\"Function\":\"shopify-orders\"",
        ] {
            assert!(lines.contains(expected), "{expected} in {lines}");
        }
        assert!(!lines.contains("blue-mug"), "{lines}");
        let again = tap.taken(0).lines(6).join("\n");
        assert!(!again.contains("VendorCalls"), "{again}");
    }
}
