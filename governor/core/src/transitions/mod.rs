//! The transitions of a lane, each a value that becomes one conditional update.

mod admission;
mod board;
mod holding;
mod outcome;
mod upkeep;

pub use admission::{
    Claim, Pardon, Predecessor, REAPED_AT_ONCE_MAX, admit, probe, reap, reap_one_and_admit,
    take_over,
};
pub use board::{
    all_let_go, choose_canaries, create_board, declare_back, declare_down, forget_platform,
    forget_switch, suspect, switch_is, switch_off, switch_on, unsuspect,
};
pub use holding::{Ending, Lease, Seat, baton, finish, pause, release, release_and_mark, renew};
pub use outcome::{
    Failing, inconclusive_probe, raise, recover, settle, throttle, trip, trip_again, trip_ramping,
};
pub use upkeep::{
    amnesty, clear, create, lift, mark, note_written, push, resize, rouse, rouse_who_waits, stop,
    stop_is, untouched,
};

use crate::UnixMillis;
use crate::item::{Path, Value};
use crate::lane::{Stop, at};
use crate::transition::{Arg, Change, Comparison, Condition, Operand, arg};

fn compare(path: Path, how: Comparison, with: Arg) -> Condition {
    Condition::Compare(Operand::Path(path), how, Operand::Arg(with))
}

fn equal(path: Path, with: Arg) -> Condition {
    compare(path, Comparison::Equal, with)
}

/// That the entry of a stop says what `seen` says, in every part.
fn same_stop(entry: &Path, seen: &Stop) -> Condition {
    let part = |(name, value)| equal(entry.clone().field(name), arg("seen", value));
    let mut parts: Vec<Condition> = seen.fields().into_iter().map(part).collect();
    if seen.until.is_none() {
        parts.push(Condition::Absent(entry.clone().field(Stop::UNTIL)));
    }
    Condition::All(parts)
}

/// Held slots against a number that stands in the lane.
fn held_against(how: Comparison, path: Path) -> Condition {
    Condition::Compare(Operand::Size(at::held()), how, Operand::Path(path))
}

fn gate_open(now: UnixMillis) -> Condition {
    compare(at::shut(), Comparison::LessOrEqual, arg("now", now))
}

fn no_outage() -> Condition {
    equal(at::level(), arg("0", 0_u64))
}

fn outage() -> Condition {
    compare(at::level(), Comparison::Greater, arg("0", 0_u64))
}

fn generation_is(generation: u64) -> Condition {
    equal(at::generation(), arg("g", generation))
}

/// Asks for somebody to look at `when`, whoever else asked for what.
fn wake_at(symbol: &'static str, when: UnixMillis) -> [Change; 2] {
    [Change::Set(at::wake(), arg(symbol, when)), Change::Add(at::marks(), 1)]
}

/// Asks for somebody to look, at the latest now. Counted even when a wake-up is set already:
/// whoever clears it must notice that somebody came meanwhile.
fn mark_changes(now: UnixMillis) -> [Change; 2] {
    [Change::SetIfAbsent(at::wake(), arg("now", now)), Change::Add(at::marks(), 1)]
}

fn set(path: Path, symbol: &'static str, value: impl Into<Value>) -> Change {
    Change::Set(path, arg(symbol, value))
}
