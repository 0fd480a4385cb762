use super::{compare, equal, generation_is, mark_changes, outage, same_stop, set, wake_at};
use crate::UnixMillis;
use crate::item::Path;
use crate::lane::{Lane, Stop, at};
use crate::transition::{Change, Comparison, Condition, Name, Operand, Transition, arg};
use crate::words::{GroupName, StopCause};

type Attribute = (&'static str, fn() -> Path);

/// Makes a lane of `cap` slots with every attribute that a condition names: a missing operand
/// would make a comparison false, and the lane would refuse for ever.
pub fn create(cap: u32, group: Option<&GroupName>) -> Transition {
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
    let mut then: Vec<Change> = ATTRIBUTES.into_iter().filter_map(set_one).collect();
    then.extend(group.map(|group| set(at::group(), "group", group.as_str())));
    Transition { name: Name::Create, when: Condition::Absent(at::fence()), then }
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
/// the lot empty, both strongly consistent, and has told the ledger so where an outage had left
/// work behind.
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
        then: vec![Change::Remove(at::wake()), Change::Remove(at::behind())],
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

/// That nobody has left work behind, and nobody has set another look, since the lane was read as
/// `seen`: what was found then to let nobody start does so still. For whoever sets a look and sends
/// nobody.
pub fn untouched(seen: &Lane) -> Condition {
    let wake = match seen.wake {
        Some(wake) => equal(at::wake(), arg("wake seen", wake)),
        None => Condition::Absent(at::wake()),
    };
    Condition::All(vec![equal(at::marks(), arg("marks seen", seen.marks)), wake])
}

/// Stops the lane for one cause, replacing that cause's stop if there is one. Refused where
/// [`Lane::STOPS_MAX`] other causes stop it.
pub fn stop(cause: &StopCause, stop: &Stop, now: UnixMillis) -> Transition {
    let mut then = vec![set(at::stop(cause), "{mode, why, who, until}", stop.to_value())];
    then.extend(wake_at("now", now));
    let room = Condition::Compare(
        Operand::Size(at::stops()),
        Comparison::Less,
        Operand::Arg(arg("stops max", Lane::STOPS_MAX)),
    );
    let when = Condition::Any(vec![Condition::Exists(at::stop(cause)), room]);
    Transition { name: Name::Stop, when, then }
}

/// That the stop of a cause is the one that was seen: nobody has replaced or lifted it since.
pub fn stop_is(cause: &StopCause, seen: &Stop) -> Condition {
    same_stop(&at::stop(cause), seen)
}

/// Lifts the stop of one cause. While it stood nothing could succeed, so that the lane gets as long
/// again to do so before it stops itself.
pub fn lift(cause: &StopCause, now: UnixMillis) -> Transition {
    let mut then = vec![Change::Remove(at::stop(cause)), Change::Remove(at::failing())];
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

/// Changes how many slots there are, at most [`Lane::SLOTS_MAX`]. What runs goes on: after a shrink
/// more may be held than the limit allows, until they end. A limit that was at its ceiling follows
/// it; one that was lower stays, and grows by itself.
pub fn resize(seen: &Lane, cap: u32, now: UnixMillis) -> Transition {
    let cap = cap.clamp(1, Lane::SLOTS_MAX);
    let follow = |slots: u32| if slots >= seen.cap { cap } else { slots.min(cap) };
    let steady = seen.level == 0 && seen.ramp.is_none();
    let limit = if steady { follow(seen.limit) } else { seen.limit.min(cap) };
    // A lane settles without a new generation.
    let ramp = match seen.ramp {
        Some(level) => equal(at::ramp(), arg("ramp seen", level)),
        None => Condition::Absent(at::ramp()),
    };
    let mut then = vec![
        set(at::cap(), "new cap", cap),
        set(at::limit(), "new limit", limit),
        set(at::good(), "new good", follow(seen.good)),
    ];
    then.extend(wake_at("now", now));
    Transition {
        name: Name::Resize,
        when: Condition::All(vec![
            generation_is(seen.generation),
            equal(at::limit(), arg("limit seen", seen.limit)),
            equal(at::good(), arg("good seen", seen.good)),
            equal(at::cap(), arg("cap seen", seen.cap)),
            ramp,
        ]),
        then,
    }
}

fn of_group(group: &GroupName) -> Condition {
    equal(at::group(), arg("group", group.as_str()))
}

/// Brings a gate forward to `shut`, because the whole group that closed it was declared back at
/// `back`. The level stays: the lane still sends one probe.
pub fn amnesty(group: &GroupName, back: UnixMillis, shut: UnixMillis) -> Transition {
    let mut then = vec![set(at::shut(), "spread", shut)];
    then.extend(wake_at("spread", shut));
    Transition {
        name: Name::Amnesty,
        when: Condition::All(vec![
            of_group(group),
            outage(),
            Condition::Exists(at::reach()),
            compare(at::tripped(), Comparison::Less, arg("back", back)),
            compare(at::shut(), Comparison::Greater, arg("spread", shut)),
        ]),
        then,
    }
}

/// Brings a look forward to `look`, because what held the whole group, or every lane, is over.
pub fn rouse(group: Option<&GroupName>, look: UnixMillis) -> Transition {
    let later = compare(at::wake(), Comparison::Greater, arg("look", look));
    rouse_where(later, group, look)
}

/// The same for a lane that may be due already: whoever read it while it was still held, and has not
/// set its next look yet, must find it changed.
pub fn rouse_who_waits(group: Option<&GroupName>, look: UnixMillis) -> Transition {
    rouse_where(Condition::Exists(at::wake()), group, look)
}

fn rouse_where(waits: Condition, group: Option<&GroupName>, look: UnixMillis) -> Transition {
    let mut when = vec![waits];
    when.extend(group.map(of_group));
    Transition {
        name: Name::Rouse,
        when: Condition::All(when),
        then: vec![set(at::wake(), "look", look)],
    }
}
