//! The worlds that are explored, each with its own emphasis.

use crate::model::bounds::{Bounds, Faults, Habits, Switch};

const NONE: Faults = Faults {
    crash: 0,
    duplicate: 0,
    lost: 0,
    late: 0,
    failure: 0,
    throttle: 0,
    inconclusive: 0,
    pause: 0,
    stop: 0,
    resize: 0,
};

/// All of them.
pub fn configurations() -> Vec<Bounds> {
    vec![
        Bounds {
            faults: Faults { crash: 2, late: 1, ..NONE },
            ..Bounds::calm("crash, expiry and takeover")
        },
    ]
}
