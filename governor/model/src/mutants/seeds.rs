//! The bugs that are seeded: every row of the protocol's table of what must stay found, and what
//! one easily gets wrong besides.

use super::Seed;
use crate::model::bounds::{Bounds, Faults, Habits};
use crate::model::bug::Bug;

const NONE: Faults = Faults::NONE;
/// One work, asked for by one request.
const ONE: &[u8] = &[0];
/// One work, asked for by two requests.
const JOINED: &[u8] = &[0, 0];
/// Three works.
const THREE: &[u8] = &[0, 1, 2];

fn world(faults: Faults) -> Bounds {
    Bounds { faults, ..Bounds::calm("mutant") }
}

fn of(requests: &'static [u8], faults: Faults) -> Bounds {
    let kinds = if requests.len() > 2 { &[0_u8, 0, 0][..] } else { &[0, 0] };
    Bounds { requests, kinds, ..world(faults) }
}

fn wider(faults: Faults) -> Bounds {
    Bounds { cap: 2, ..world(faults) }
}

fn overtaken_probe() -> Bounds {
    Bounds { schedule: true, ..of(ONE, Faults { failure: 1, late: 1, ..NONE }) }
}

/// All of them.
pub fn seeds() -> Vec<Seed> {
    let mut all = protocol_table();
    all.extend(conditions());
    all.extend(order_of_writes());
    all.into_iter().map(|(name, bug, bounds)| Seed { name, bug, bounds }).collect()
}

type Row = (&'static str, Bug, Bounds);

/// The rows of PROTOCOL.md's last table.
fn protocol_table() -> Vec<Row> {
    let overtaken = || of(ONE, Faults { late: 1, duplicate: 1, ..NONE });
    vec![
        ("renew without nonce", Bug::RenewWithoutNonce, overtaken()),
        ("release without nonce", Bug::ReleaseWithoutNonce, overtaken()),
        ("no take over", Bug::NoTakeOver, of(ONE, Faults { crash: 1, ..NONE })),
        (
            "a recognised lease of before the trip goes on",
            Bug::OldLeaseGoesOn,
            Bounds { schedule: true, ..wider(Faults { late: 1, failure: 1, ..NONE }) },
        ),
        ("no mark", Bug::NoMark, world(NONE)),
        (
            "a row left by the dead is not sought",
            Bug::LeftRowNotSought,
            world(Faults { crash: 1, ..NONE }),
        ),
        (
            "a row is not read again",
            Bug::RowNotReadAgain,
            of(ONE, Faults { failure: 1, inconclusive: 1, ..NONE }),
        ),
        ("a mark on a marked lane is not counted", Bug::MarksNotRaised, of(THREE, NONE)),
        ("clear without marks", Bug::ClearWithoutMarks, of(THREE, NONE)),
        ("lot read before lane", Bug::LotBeforeLane, of(THREE, NONE)),
        (
            "rows that run taken for none",
            Bug::RunningRowsAreNone,
            of(ONE, Faults { crash: 1, inconclusive: 1, ..NONE }),
        ),
        ("remove instead of push", Bug::RemoveInsteadOfPush, world(NONE)),
        (
            "release, not release and mark, at an inconclusive end",
            Bug::ReleaseWithoutMark,
            of(ONE, Faults { inconclusive: 1, ..NONE }),
        ),
        ("inexact cover", Bug::WholeRowCovered, Bounds { calls: 2, ..of(JOINED, NONE) }),
        (
            "a run from a row puts the row again",
            Bug::RowPutAgain,
            of(ONE, Faults { inconclusive: 2, late: 1, ..NONE }),
        ),
        (
            "row removed at the start",
            Bug::RowRemovedAtStart,
            of(ONE, Faults { inconclusive: 1, ..NONE }),
        ),
        (
            "take over through a stop",
            Bug::TakeOverThroughStop,
            of(ONE, Faults { crash: 1, stop: 1, ..NONE }),
        ),
        (
            "probe through a stop",
            Bug::ProbeThroughStop,
            of(ONE, Faults { failure: 1, stop: 1, ..NONE }),
        ),
        (
            "baton through a stop",
            Bug::BatonThroughStop,
            Bounds { habits: Habits::Baton, calls: 2, ..world(Faults { stop: 1, ..NONE }) },
        ),
        (
            "one trip for steady and ramping",
            Bug::OneTripForAll,
            wider(Faults { failure: 2, ..NONE }),
        ),
    ]
}

/// Conditions of transitions left out or changed.
fn conditions() -> Vec<Row> {
    let shrinks = Bounds {
        workers: 3,
        requests: THREE,
        kinds: &[0, 0, 0],
        ..wider(Faults { resize: 1, ..NONE })
    };
    vec![
        (
            "a lane is left alone over a mark",
            Bug::LeftAloneOverMarks,
            of(ONE, Faults { stop: 1, ..NONE }),
        ),
        ("<> instead of <", Bug::NotEqualForLess, shrinks),
        ("<= instead of <", Bug::AtMostForLess, world(NONE)),
        (
            "trip without generation",
            Bug::TripWithoutGeneration,
            wider(Faults { throttle: 1, failure: 1, ..NONE }),
        ),
        (
            "throttle without generation",
            Bug::ThrottleWithoutGeneration,
            wider(Faults { throttle: 2, ..NONE }),
        ),
        (
            "a second trip overwrites good",
            Bug::GoodOverwritten,
            wider(Faults { failure: 2, ..NONE }),
        ),
        ("an admission raises no fence", Bug::FenceNotRaised, of(ONE, NONE)),
        ("clear over notes", Bug::ClearOverNotes, overtaken_probe()),
        ("trip without note", Bug::TripWithoutNote, of(ONE, Faults { failure: 1, ..NONE })),
        ("recover leaves down", Bug::DownNeverRemoved, of(JOINED, Faults { failure: 2, ..NONE })),
        (
            "throttle opens an outage",
            Bug::ThrottleOpensOutage,
            of(ONE, Faults { throttle: 1, ..NONE }),
        ),
        ("reap takes the living", Bug::ReapTheLiving, world(Faults { late: 1, ..NONE })),
        ("dead without regard to skew", Bug::NoSkew, Bounds { skewed: Some(1), ..world(NONE) }),
        ("two probes", Bug::TwoProbes, wider(Faults { failure: 1, ..NONE })),
        ("probe behind the gate", Bug::ProbeBehindGate, wider(Faults { failure: 2, ..NONE })),
        ("admit behind the gate", Bug::AdmitBehindGate, world(Faults { throttle: 1, ..NONE })),
        ("admit in an outage", Bug::AdmitInOutage, of(ONE, Faults { failure: 1, ..NONE })),
        (
            "a baton to what is running",
            Bug::BatonToTheRunning,
            Bounds { habits: Habits::Baton, cap: 2, ..of(&[0, 1, 1], NONE) },
        ),
        (
            "a stop is complete at once",
            Bug::StopCompleteAtOnce,
            Bounds { calls: 2, ..of(ONE, Faults { stop: 1, ..NONE }) },
        ),
    ]
}

/// Programs that write in another order, or not at all.
fn order_of_writes() -> Vec<Row> {
    let overtaken = || of(ONE, Faults { late: 1, duplicate: 1, ..NONE });
    vec![
        ("fence not compared", Bug::FenceNotCompared, overtaken()),
        ("checkpoint not claimed", Bug::CheckpointNotClaimed, overtaken()),
        ("a zombie ends its job", Bug::ZombieEndsJob, overtaken()),
        (
            "a duplicate of what runs is deleted",
            Bug::DuplicateDeleted,
            of(ONE, Faults { duplicate: 1, ..NONE }),
        ),
        (
            "a note is cleared before the ledger has it",
            Bug::NoteClearedFirst,
            of(ONE, Faults { failure: 1, crash: 1, ..NONE }),
        ),
        ("the row is never removed", Bug::RowNeverRemoved, world(NONE)),
        ("the message is deleted before the row is put", Bug::DeleteBeforePark, world(NONE)),
        ("the message is deleted before the mark", Bug::DeleteBeforeMark, world(NONE)),
        ("an overtaken run deletes its message", Bug::OvertakenDeletes, overtaken()),
        (
            "whoever misses its turn stays in line",
            Bug::LineNeverLeft,
            Bounds { cap: 2, wide: Some(1), ..of(ONE, Faults { crash: 2, ..NONE }) },
        ),
        ("calls go on without renewal", Bug::CallPastLease, world(Faults { late: 1, ..NONE })),
    ]
}
