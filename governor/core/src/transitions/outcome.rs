use super::holding::Lease;
use super::{compare, equal, generation_is, no_outage, outage, set, wake_at};
use crate::UnixMillis;
use crate::lane::{Lane, Note, Reach, Slot, at};
use crate::policy::seven_tenths;
use crate::transition::{Change, Comparison, Condition, Name, Operand, Transition, arg};

/// The longest word of why kept in a lane, in bytes: with it and every slot but its own in use, a
/// lane stays below a kilobyte.
const WHY_BYTES_MAX: usize = 64;

/// The longest word of why kept in a note, in bytes: the ledger has room for it.
const NOTE_WHY_BYTES_MAX: usize = 120;

/// The longest word for a kind of failure kept in a note, in bytes.
const CLASS_BYTES_MAX: usize = 20;

/// The longest sample of a failure kept in a note, in bytes.
const EVIDENCE_BYTES_MAX: usize = 80;

fn bounded(text: &str, bytes_max: usize) -> String {
    text.split_at(text.floor_char_boundary(bytes_max)).0.to_owned()
}

/// A call that the vendor failed, and what is to be remembered of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing<'a> {
    /// When the call began.
    pub first_failed: UnixMillis,
    /// When it was found to have failed.
    pub now: UnixMillis,
    /// Until when nothing is to be admitted.
    pub shut: UnixMillis,
    /// Of whom it speaks.
    pub reach: Reach,
    /// What kind of failure it was, in a word.
    pub class: &'a str,
    /// What it was about, for people.
    pub why: &'a str,
    /// A sample: what the vendor answered, and under which id.
    pub evidence: &'a str,
}

impl Failing<'_> {
    fn note(&self, seen: &Lane) -> Note {
        Note::Opened {
            down: self.first_failed,
            detected: self.now,
            ok: seen.ok,
            class: bounded(self.class, CLASS_BYTES_MAX),
            why: bounded(self.why, NOTE_WHY_BYTES_MAX),
            evidence: bounded(self.evidence, EVIDENCE_BYTES_MAX),
        }
    }

    fn tripped(&self) -> [Change; 2] {
        let reach = match self.reach {
            Reach::Lane => Change::Remove(at::reach()),
            Reach::Group => set(at::reach(), "1", 1_u64),
        };
        [set(at::tripped(), "now", self.now), reach]
    }
}

/// There is room in the lane for what the ledger is to be told.
fn room_for_note() -> Condition {
    Condition::Compare(
        Operand::Size(at::notes()),
        Comparison::Less,
        Operand::Arg(arg("notes max", Lane::NOTES_MAX)),
    )
}

/// What every push-back does: drop the holder's lease, close the gate, say why and since when,
/// begin a new generation, ask to be woken.
fn push_back(lease: &Lease, failed: UnixMillis, shut: UnixMillis, why: &str) -> Vec<Change> {
    let mut then = vec![
        lease.drop(),
        set(at::shut(), "gate", shut),
        set(at::why(), "why", bounded(why, WHY_BYTES_MAX).as_str()),
        Change::Add(at::generation(), 1),
    ];
    match lease.succeeded {
        None => then.push(Change::SetIfAbsent(at::failing(), arg("failed", failed))),
        Some(ok) => {
            then.push(set(at::ok(), "last success", ok));
            then.push(set(at::failing(), "failed", failed));
        }
    }
    then.extend(wake_at("gate", shut));
    then
}

/// Slows the lane down, because the vendor asks for it. Never an outage.
///
/// `seen` is the lane as last seen before the failing call began.
pub fn throttle(
    lease: &Lease,
    seen: &Lane,
    now: UnixMillis,
    shut: UnixMillis,
    why: &str,
) -> Transition {
    let mut then = push_back(lease, now, shut, why);
    then.extend([
        set(at::limit(), "7/10 limit", seven_tenths(seen.limit)),
        Change::Add(at::slow(), 1),
    ]);
    Transition {
        name: Name::Throttle,
        when: Condition::All(vec![lease.mine(), generation_is(seen.generation), no_outage()]),
        then,
    }
}

fn open_outage(lease: &Lease, seen: &Lane, failing: &Failing<'_>) -> Vec<Change> {
    let mut then = push_back(lease, failing.first_failed, failing.shut, failing.why);
    then.extend(failing.tripped());
    then.extend([
        set(at::limit(), "1", 1_u64),
        Change::SetIfAbsent(at::down(), arg("first failed", failing.first_failed)),
        set(at::note(seen.generation), "outage begins", failing.note(seen).to_value()),
    ]);
    then
}

/// Closes the gate, because the vendor fails, from full speed.
///
/// `seen` is the lane as last seen before the failing call.
pub fn trip(lease: &Lease, seen: &Lane, failing: &Failing<'_>) -> Transition {
    let mut then = open_outage(lease, seen, failing);
    then.extend([Change::Copy(at::good(), at::limit()), set(at::level(), "1", 1_u64)]);
    Transition {
        name: Name::Trip,
        when: Condition::All(vec![
            lease.mine(),
            generation_is(seen.generation),
            no_outage(),
            Condition::Absent(at::ramp()),
            room_for_note(),
        ]),
        then,
    }
}

/// Closes the gate again before full speed was reached: what was good is halved, and backoff goes
/// on from the level that was left at recovery.
pub fn trip_ramping(lease: &Lease, seen: &Lane, failing: &Failing<'_>) -> Transition {
    let remembered = seen.ramp.unwrap_or(0);
    let mut then = open_outage(lease, seen, failing);
    then.extend([
        set(at::good(), "good / 2", (seen.good / 2).max(1)),
        set(at::level(), "ramp + 1", remembered.saturating_add(1)),
        Change::Remove(at::ramp()),
    ]);
    Transition {
        name: Name::TripRamping,
        when: Condition::All(vec![
            lease.mine(),
            generation_is(seen.generation),
            no_outage(),
            equal(at::ramp(), arg("ramp seen", remembered)),
            equal(at::good(), arg("good seen", seen.good)),
            room_for_note(),
        ]),
        then,
    }
}

/// Closes the gate again after a failed probe. What was good stays.
///
/// This and the two below speak of the probe's slot, whatever seat the lease names: an ordinary
/// holder of an older generation must not end or open an outage.
pub fn trip_again(lease: &Lease, seen: &Lane, failing: &Failing<'_>) -> Transition {
    let probe = lease.as_probe();
    let mut then = push_back(&probe, failing.first_failed, failing.shut, failing.why);
    then.extend(failing.tripped());
    then.push(Change::Add(at::level(), 1));
    Transition {
        name: Name::TripAgain,
        when: Condition::All(vec![probe.mine(), generation_is(seen.generation), outage()]),
        then,
    }
}

/// Gives the probe's slot back with nothing learnt. The gate closes for a moment, or a crash loop
/// would call the vendor at the full rate of leases; and a pardon, which would open it at once, is
/// used up.
pub fn inconclusive_probe(lease: &Lease, shut: UnixMillis) -> Transition {
    let probe = lease.as_probe();
    let mut then =
        vec![probe.drop(), set(at::shut(), "now + short", shut), Change::Remove(at::reach())];
    then.extend(wake_at("now + short", shut));
    Transition { name: Name::InconclusiveProbe, when: probe.mine(), then }
}

/// Opens the gate at the probe's first successful call. The probe's lease becomes an ordinary one
/// and its work goes on.
///
/// `seen` is the lane as last seen, in which this lease was the probe.
pub fn recover(lease: &Lease, seen: &Lane, now: UnixMillis) -> Transition {
    let probe = lease.as_probe();
    let down = seen.down.unwrap_or(now);
    let note = Note::Closed { down, up: now };
    let slot = Slot { expires: lease.expires, nonce: lease.claim.nonce.clone() };
    let mut then = vec![
        probe.drop(),
        set(at::lease(&lease.claim.id), "the same {e, n}", slot.to_value()),
        set(at::limit(), "7/10 good", seven_tenths(seen.good)),
        Change::Copy(at::ramp(), at::level()),
        set(at::level(), "0", 0_u64),
        Change::Remove(at::down()),
        Change::Remove(at::failing()),
        set(at::ok(), "now", now),
        Change::Add(at::generation(), 1),
        set(at::note(seen.generation), "outage ends", note.to_value()),
        set(at::behind(), "down", down),
    ];
    then.extend(wake_at("now", now));
    Transition {
        name: Name::Recover,
        when: Condition::All(vec![
            probe.mine(),
            generation_is(seen.generation),
            outage(),
            Condition::Absent(at::lease(&lease.claim.id)),
            room_for_note(),
        ]),
        then,
    }
}

/// Returns to full speed at the first success of a lease admitted after recovery.
pub fn settle(lease: &Lease, seen: &Lane) -> Transition {
    Transition {
        name: Name::Settle,
        when: Condition::All(vec![
            lease.mine(),
            generation_is(seen.generation),
            Condition::Exists(at::ramp()),
        ]),
        then: vec![
            Change::Copy(at::limit(), at::good()),
            Change::Remove(at::ramp()),
            // What is over is in the ledger; a lane with all its slots in use has no room for it.
            Change::Remove(at::why()),
            set(at::slow(), "0", 0_u64),
        ],
    }
}

/// Tries one slot more, up to the cap, after a clean end with every slot in use.
pub fn raise(lease: &Lease, seen: &Lane) -> Transition {
    let raised = seen.limit.saturating_add(1).min(seen.cap);
    Transition {
        name: Name::Raise,
        when: Condition::All(vec![
            lease.mine(),
            generation_is(seen.generation),
            no_outage(),
            Condition::Absent(at::ramp()),
            compare(at::limit(), Comparison::Equal, arg("limit seen", seen.limit)),
        ]),
        then: vec![
            set(at::limit(), "min(cap, limit + 1)", raised),
            set(at::slow(), "0", 0_u64),
            Change::Remove(at::why()),
        ],
    }
}
