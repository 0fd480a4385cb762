use flyball_ticker::Pass;

use crate::metrics::{Labels, Measured, Metric, emit};

/// Passes of a ticker, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passes {
    /// How many were made. Without one there is no heartbeat.
    pub(super) made: u64,
    /// How many of them took longer than the second that each has.
    pub(super) late: u64,
    /// What they did.
    pub(super) did: Pass,
}

impl Passes {
    /// These, and one more that took `took_ms`.
    #[must_use]
    pub(super) const fn and(self, pass: Pass, took_ms: u64) -> Self {
        let late = if took_ms > PASS_MS_MAX { 1 } else { 0 };
        Self {
            made: self.made.saturating_add(1),
            late: self.late.saturating_add(late),
            did: self.did.and(pass),
        }
    }

    fn measured(&self) -> Measured {
        let Pass { due, sent, scheduled, missed, found, failed, .. } = self.did;
        let mut measured = Measured::default();
        for (metric, value) in [
            (Metric::TickerPasses, self.made),
            (Metric::TickerPassesLate, self.late),
            (Metric::TickerFailures, failed),
            (Metric::LanesDue, due),
            (Metric::MessagesSent, sent),
            (Metric::ImportsScheduled, scheduled),
            (Metric::ImportsMissed, missed),
            (Metric::LotsForgotten, found),
            (Metric::GroupsDown, self.did.groups_down),
            (Metric::SwitchesOverdue, self.did.switches_overdue),
            (Metric::OldestParked, self.did.oldest_parked_ms),
        ] {
            measured.add(metric, &Labels::new(), value);
        }
        measured
    }
}

/// How long a pass may take, in milliseconds: one is made every second.
const PASS_MS_MAX: u64 = 1_000;

/// Writes down what a ticker did: its heartbeat. To be called at least once a minute; whoever has
/// not the duty says nothing, so that it is missed where nobody has.
pub(super) fn heartbeat(passes: &Passes, now_ms: u64) {
    if passes.made > 0 {
        emit(&passes.measured(), now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_adds_up_what_was_done_and_says_the_worst_of_what_stands() {
        let first = Pass { due: 3, groups_down: 2, ..Pass::default() };
        let second = Pass { due: 4, groups_down: 1, ..Pass::default() };
        let passes = Passes::default().and(first, 1_000).and(second, 1_001);
        let lines = passes.measured().lines(5).join("\n");
        for expected in [
            "\"TickerPasses\":2",
            "\"TickerPassesLate\":1",
            "\"LanesDue\":7",
            "\"GroupsDown\":2",
            "\"SwitchesOverdue\":0",
            "\"Dimensions\":[[]]",
        ] {
            assert!(lines.contains(expected), "{expected} in {lines}");
        }
    }
}
