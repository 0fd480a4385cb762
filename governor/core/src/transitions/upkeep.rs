use super::{compare, equal, mark_changes, set, wake_at};
use crate::UnixMillis;
use crate::item::Path;
use crate::lane::{Lane, Stop, at};
use crate::transition::{Change, Comparison, Condition, Name, Operand, Transition, arg};
use crate::words::StopCause;

type Attribute = (&'static str, fn() -> Path);

/// Makes a lane of `cap` slots with every attribute that a condition names: a missing operand
/// would make a comparison false, and the lane would refuse for ever.
pub fn create(cap: u32) -> Transition {
    // A lane's own list of attributes is the one place that knows them all.
    const ATTRIBUTES: [Attribute; 12] = [
        ("held", at::held),
        ("limit", at::limit),
        ("good", at::good),
        ("cap", at::cap),
        ("shut", at::shut),
        ("level", at::level),
        ("slow", at::slow),
        ("gen", at::generation),
        ("stops", at::stops),
        ("fence", at::fence),
        ("marks", at::marks),
        ("notes", at::notes),
    ];
    let mut item = Lane::new(cap).to_item();
    let set_one = |(name, path): Attribute| {
        item.remove(name).map(|value| Change::Set(path(), arg(name, value)))
    };
    Transition {
        name: Name::Create,
        when: Condition::Absent(at::fence()),
        then: ATTRIBUTES.into_iter().filter_map(set_one).collect(),
    }
}

/// Asks for somebody to look, at the latest now.
pub fn mark(now: UnixMillis) -> Transition {
    Transition {
        name: Name::Mark,
        when: Condition::Exists(at::fence()),
        then: mark_changes(now).to_vec(),
    }
}

/// Stops asking for somebody to look, if nobody left work behind since `marks_seen` was read and
/// nothing waits to be written to the ledger. Only for whoever read the lane first and then found
/// the lot empty, both strongly consistent.
pub fn clear(marks_seen: u64) -> Transition {
    Transition {
        name: Name::Clear,
        when: Condition::All(vec![
            equal(at::marks(), arg("seen", marks_seen)),
            Condition::Compare(
                Operand::Size(at::notes()),
                Comparison::Equal,
                Operand::Arg(arg("0", 0_u64)),
            ),
        ]),
        then: vec![Change::Remove(at::wake())],
    }
}

/// Sets when to look next, before anybody is sent to look: whoever is sent may die on the way.
pub fn push(now: UnixMillis, next: UnixMillis) -> Transition {
    Transition {
        name: Name::Push,
        when: compare(at::wake(), Comparison::LessOrEqual, arg("now", now)),
        then: vec![set(at::wake(), "next look", next)],
    }
}

/// Stops the lane for one cause, replacing that cause's stop if there is one.
pub fn stop(cause: &StopCause, stop: &Stop, now: UnixMillis) -> Transition {
    let mut then = vec![set(at::stop(cause), "{mode, why, who, until}", stop.to_value())];
    then.extend(wake_at("now", now));
    Transition { name: Name::Stop, when: Condition::Exists(at::fence()), then }
}

/// Lifts the stop of one cause.
pub fn lift(cause: &StopCause, now: UnixMillis) -> Transition {
    let mut then = vec![Change::Remove(at::stop(cause))];
    then.extend(wake_at("now", now));
    Transition { name: Name::Lift, when: Condition::Exists(at::fence()), then }
}

/// Forgets the note of a generation, once it is in the ledger.
pub fn note_written(generation: u64) -> Transition {
    Transition {
        name: Name::NoteWritten,
        when: Condition::Exists(at::note(generation)),
        then: vec![Change::Remove(at::note(generation))],
    }
}
