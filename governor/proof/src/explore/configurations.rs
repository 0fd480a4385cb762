//! The worlds that are explored, each with its own emphasis.

use crate::model::bounds::{Bounds, Faults, Habits, Switch};

const NONE: Faults = Faults::NONE;

/// All of them.
pub fn configurations() -> Vec<Bounds> {
    let c = Bounds::calm;
    vec![
        Bounds { faults: Faults { crash: 2, late: 1, ..NONE }, ..c("crash, expiry and takeover") },
        Bounds {
            faults: Faults { failure: 2, crash: 1, ..NONE },
            cap: 2,
            ..c("trip, probe, recover, ramp")
        },
        Bounds { faults: Faults { throttle: 2, ..NONE }, cap: 2, ..c("throttle and pause") },
        Bounds {
            faults: Faults { duplicate: 1, crash: 1, ..NONE },
            requests: &[0, 0, 1],
            ..c("joined requests")
        },
        Bounds { faults: Faults { stop: 1, crash: 1, ..NONE }, ..c("switch") },
        Bounds {
            faults: Faults { stop: 1, crash: 1, ..NONE },
            switch: Switch::Expiring,
            ..c("expiring switch")
        },
        Bounds { faults: Faults { resize: 1, crash: 1, ..NONE }, cap: 2, ..c("limit change") },
        Bounds { faults: Faults { lost: 2, ..NONE }, ..c("lost replies") },
        Bounds {
            faults: Faults { late: 1, crash: 1, ..NONE },
            skewed: Some(-1),
            ..c("slow clock")
        },
        Bounds { faults: Faults { late: 1, crash: 1, ..NONE }, skewed: Some(1), ..c("fast clock") },
        Bounds { faults: Faults { pardon: 1, failure: 2, ..NONE }, ..c("pardon") },
        Bounds {
            workers: 3,
            requests: &[0, 1, 2],
            kinds: &[0, 0, 1],
            cap: 2,
            faults: Faults { crash: 1, ..NONE },
            ..c("three workers")
        },
    ]
}
