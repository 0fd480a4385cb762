//! The worlds that are explored, each with its own emphasis.

use crate::model::bounds::{Bounds, Faults, Habits, Switch};

const NONE: Faults = Faults::NONE;

fn world(name: &'static str, faults: Faults) -> Bounds {
    Bounds { faults, ..Bounds::calm(name) }
}

/// All of them, the largest first.
pub fn configurations() -> Vec<Bounds> {
    vec![
        Bounds {
            workers: 3,
            requests: &[0, 1, 2],
            kinds: &[0, 0, 1],
            cap: 2,
            ..world("three workers", NONE)
        },
        world("crash, expiry and takeover", Faults { crash: 2, ..NONE }),
        world("renewal missed", Faults { crash: 1, late: 1, ..NONE }),
        Bounds { cap: 2, ..world("trip, probe, recover, ramp", Faults { failure: 2, ..NONE }) },
        Bounds { requests: &[0], ..world("a probe dies", Faults { failure: 2, crash: 2, ..NONE }) },
        Bounds {
            cap: 2,
            ..world(
                "throttle, pause, inconclusive",
                Faults { throttle: 1, pause: 1, inconclusive: 1, ..NONE },
            )
        },
        Bounds {
            requests: &[0, 0, 1],
            ..world("joined requests, delivered twice", Faults { duplicate: 1, ..NONE })
        },
        world("switch", Faults { stop: 1, crash: 1, ..NONE }),
        Bounds {
            switch: Switch::Expiring,
            ..world("a switch that ends by itself", Faults { stop: 1, inconclusive: 1, ..NONE })
        },
        Bounds { switch: Switch::Hold, ..world("hold", Faults { stop: 1, failure: 1, ..NONE }) },
        Bounds { cap: 2, ..world("limit change", Faults { resize: 1, crash: 1, ..NONE }) },
        world("lost replies", Faults { lost: 1, late: 1, ..NONE }),
        Bounds {
            requests: &[0],
            ..world("lost replies of a probe", Faults { lost: 2, failure: 1, ..NONE })
        },
        Bounds { skewed: Some(-1), ..world("a slow clock", Faults { late: 1, ..NONE }) },
        Bounds { skewed: Some(1), ..world("a fast clock", Faults { crash: 1, ..NONE }) },
        Bounds { ..world("pardon", Faults { pardon: 1, failure: 1, ..NONE }) },
        Bounds { habits: Habits::Baton, ..world("baton", Faults { crash: 1, ..NONE }) },
        Bounds {
            habits: Habits::Baton,
            requests: &[0, 0],
            ..world("baton to the same work", Faults { lost: 1, stop: 1, ..NONE })
        },
        Bounds {
            habits: Habits::Yield,
            calls: 2,
            kinds: &[1, 0],
            ..world("yield", Faults { crash: 1, ..NONE })
        },
    ]
}
