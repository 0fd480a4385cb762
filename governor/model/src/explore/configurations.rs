//! The worlds that are explored, each with its own emphasis.

use crate::model::bounds::{Bounds, Faults, Habits, Switch};

const NONE: Faults = Faults::NONE;

/// Two workers, two works, one slot.
fn two(name: &'static str, faults: Faults) -> Bounds {
    Bounds { faults, ..Bounds::calm(name) }
}

/// Two workers, one work, asked for once.
fn one(name: &'static str, faults: Faults) -> Bounds {
    Bounds { requests: &[0], kinds: &[0], ..two(name, faults) }
}

/// Three workers, three works of two kinds, two slots.
fn three(name: &'static str, faults: Faults) -> Bounds {
    let wide = Bounds { workers: 3, requests: &[0, 1, 2], kinds: &[0, 0, 1], ..Bounds::calm(name) };
    Bounds { cap: 2, faults, ..wide }
}

/// All of them, those that take longest first.
pub fn configurations() -> Vec<Bounds> {
    let mut all = crashes();
    all.extend(vendors());
    all.extend(people());
    all.extend(replies_and_clocks());
    all.extend(handing_on());
    all
}

fn crashes() -> Vec<Bounds> {
    vec![
        three("three workers", NONE),
        two("crash, expiry and takeover", Faults { crash: 2, ..NONE }),
        two("a renewal missed", Faults { late: 1, ..NONE }),
        one("a zombie and its successors", Faults { late: 1, duplicate: 1, crash: 1, ..NONE }),
        Bounds {
            requests: &[0, 0, 1],
            ..two("joined requests, delivered twice", Faults { duplicate: 1, ..NONE })
        },
    ]
}

fn vendors() -> Vec<Bounds> {
    let failing = Faults { failure: 2, ..NONE };
    let slowed = Faults { throttle: 1, pause: 1, inconclusive: 1, ..NONE };
    vec![
        Bounds { cap: 2, ..two("trip, probe, recover, ramp", failing) },
        two("a probe dies", Faults { failure: 1, crash: 1, ..NONE }),
        one("probes fail and die", Faults { crash: 1, ..failing }),
        Bounds {
            schedule: true,
            ..one("a probe is overtaken", Faults { failure: 1, late: 1, ..NONE })
        },
        Bounds { cap: 2, ..two("throttle, pause, inconclusive", slowed) },
        Bounds { cap: 2, ..two("throttle and trip", Faults { throttle: 1, failure: 1, ..NONE }) },
        two("the integration is back", Faults { pardon: 1, failure: 1, ..NONE }),
    ]
}

fn people() -> Vec<Bounds> {
    let stopped = Faults { stop: 1, ..NONE };
    vec![
        two("switch", Faults { crash: 1, ..stopped }),
        Bounds {
            switch: Switch::Expiring,
            ..two("a switch that ends by itself", Faults { inconclusive: 1, ..stopped })
        },
        Bounds { switch: Switch::Hold, ..two("hold", Faults { failure: 1, ..stopped }) },
        Bounds { cap: 2, ..two("limit change", Faults { resize: 1, crash: 1, ..NONE }) },
        Bounds {
            cap: 2,
            ..two("limit change in an outage", Faults { resize: 1, failure: 1, ..NONE })
        },
    ]
}

fn replies_and_clocks() -> Vec<Bounds> {
    vec![
        two("lost replies", Faults { lost: 1, ..NONE }),
        one("lost replies of a probe", Faults { lost: 2, failure: 1, ..NONE }),
        one("late and lost", Faults { lost: 1, late: 1, ..NONE }),
        Bounds { skewed: Some(-1), ..two("a slow clock", Faults { late: 1, ..NONE }) },
        Bounds { skewed: Some(1), ..two("a fast clock", Faults { crash: 1, ..NONE }) },
    ]
}

fn handing_on() -> Vec<Bounds> {
    let dies = Faults { crash: 1, ..NONE };
    let baton = |bounds| Bounds { habits: Habits::Baton, calls: 2, ..bounds };
    vec![
        baton(two("baton", Faults { crash: 1, stop: 1, ..NONE })),
        baton(Bounds {
            requests: &[0, 0],
            kinds: &[0],
            ..two("baton to the same work, replies lost", Faults { lost: 1, ..NONE })
        }),
        Bounds {
            habits: Habits::Yield,
            calls: 2,
            kinds: &[1, 0],
            ..two("yield at a checkpoint", dies)
        },
        Bounds { cap: 2, wide: Some(1), ..two("the integration's lane", NONE) },
        Bounds { cap: 2, wide: Some(1), ..two("the integration's lane, and death", dies) },
        Bounds {
            cap: 2,
            wide: Some(1),
            ..one("the integration's lane, overtaken", Faults { late: 1, ..NONE })
        },
        Bounds {
            cap: 2,
            wide: Some(1),
            ..two("the integration's lane in an outage", Faults { failure: 1, ..NONE })
        },
    ]
}
