use super::{compare, equal, gate_open, held_against, no_outage, outage, set};
use crate::UnixMillis;
use crate::lane::{Probe, Slot, at};
use crate::transition::{Change, Comparison, Condition, Name, Transition, arg};
use crate::words::{LeaseId, Nonce, StopCause, WorkKind};

/// Who asks for a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The work.
    pub id: LeaseId,
    /// This delivery of it.
    pub nonce: Nonce,
    /// Its kind, which can be stopped apart.
    pub kind: WorkKind,
}

impl Claim {
    pub(super) fn slot(&self, expires: UnixMillis) -> Slot {
        Slot { expires, nonce: self.nonce.clone() }
    }
}

/// No stop holds this kind of work: each cause is absent, over, or a dimmer with room.
///
/// `room` compares the number of held slots with the dimmer's: `<` where one is to be added, `<=`
/// where one is replaced. A full stop's number is 0, which nothing is below, and a replaced slot
/// makes the number held at least 1.
pub(super) fn not_stopped(kind: &WorkKind, room: Comparison, now: UnixMillis) -> Vec<Condition> {
    let causes = StopCause::WHOLE_LANE.into_iter().chain([StopCause::Work(kind.clone())]);
    let lets_through = |cause: StopCause| {
        let stop = at::stop(&cause);
        Condition::Any(vec![
            Condition::Absent(stop.clone()),
            compare(stop.clone().field("u"), Comparison::LessOrEqual, arg("now", now)),
            held_against(room, stop.field("n")),
        ])
    };
    causes.map(lets_through).collect()
}

pub(super) fn open_for(kind: &WorkKind, room: Comparison, now: UnixMillis) -> Vec<Condition> {
    let mut all = not_stopped(kind, room, now);
    all.extend([no_outage(), gate_open(now)]);
    all
}

fn dead(lease: crate::item::Path, dead_before: UnixMillis) -> Condition {
    compare(lease.field("e"), Comparison::LessOrEqual, arg("now - skew", dead_before))
}

fn take_slot(claim: &Claim, expires: UnixMillis) -> Vec<Change> {
    vec![
        set(at::lease(&claim.id), "{e, n}", claim.slot(expires).to_value()),
        Change::Add(at::fence(), 1),
    ]
}

/// Takes a free slot.
pub fn admit(claim: &Claim, now: UnixMillis, expires: UnixMillis) -> Transition {
    let mut when = open_for(&claim.kind, Comparison::Less, now);
    when.push(Condition::Absent(at::lease(&claim.id)));
    when.push(held_against(Comparison::Less, at::limit()));
    Transition { name: Name::Admit, when: Condition::All(when), then: take_slot(claim, expires) }
}

/// Takes the slot that a dead holder of the same work left behind.
pub fn take_over(
    claim: &Claim,
    now: UnixMillis,
    dead_before: UnixMillis,
    expires: UnixMillis,
) -> Transition {
    let mut when = open_for(&claim.kind, Comparison::LessOrEqual, now);
    when.push(dead(at::lease(&claim.id), dead_before));
    when.push(held_against(Comparison::LessOrEqual, at::limit()));
    Transition { name: Name::TakeOver, when: Condition::All(when), then: take_slot(claim, expires) }
}

/// Removes one dead lease of other work and takes its place. `dead_id` must differ from the
/// claim's id; with equal ids this is [`take_over`].
pub fn reap_one_and_admit(
    claim: &Claim,
    dead_id: &LeaseId,
    now: UnixMillis,
    dead_before: UnixMillis,
    expires: UnixMillis,
) -> Transition {
    if *dead_id == claim.id {
        return take_over(claim, now, dead_before, expires);
    }
    let mut when = open_for(&claim.kind, Comparison::LessOrEqual, now);
    when.push(Condition::Absent(at::lease(&claim.id)));
    when.push(dead(at::dead_lease(dead_id), dead_before));
    when.push(held_against(Comparison::LessOrEqual, at::limit()));
    let mut then = take_slot(claim, expires);
    then.push(Change::Remove(at::dead_lease(dead_id)));
    Transition { name: Name::ReapOneAndAdmit, when: Condition::All(when), then }
}

/// The most leases that one [`reap`] removes, so that its expression stays small.
pub const REAPED_AT_ONCE_MAX: usize = 10;

/// Removes dead leases, the first [`REAPED_AT_ONCE_MAX`] of those given. Needed where more are held
/// than the limit allows, which one-for-one never mends.
pub fn reap(dead_ids: &[LeaseId], dead_before: UnixMillis) -> Transition {
    let reaped = || dead_ids.iter().take(REAPED_AT_ONCE_MAX);
    Transition {
        name: Name::Reap,
        when: Condition::All(reaped().map(|id| dead(at::dead_lease(id), dead_before)).collect()),
        then: reaped().map(|id| Change::Remove(at::dead_lease(id))).collect(),
    }
}

/// That a group of lanes is back: a gate that closed because of it, before it was back, holds
/// nobody any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pardon {
    /// When the group was declared back.
    pub back: UnixMillis,
}

/// The gate has passed, or what closed it is pardoned.
fn gate_passed(pardon: Option<Pardon>, now: UnixMillis) -> Condition {
    let Some(Pardon { back }) = pardon else { return gate_open(now) };
    let pardoned = Condition::All(vec![
        Condition::Exists(at::reach()),
        compare(at::tripped(), Comparison::Less, arg("back", back)),
    ]);
    Condition::Any(vec![gate_open(now), pardoned])
}

/// Takes the probe's slot once the gate has passed: one caller, however many ask.
pub fn probe(
    claim: &Claim,
    predecessor: Predecessor,
    pardon: Option<Pardon>,
    now: UnixMillis,
    dead_before: UnixMillis,
    expires: UnixMillis,
) -> Transition {
    let mut when = not_stopped(&claim.kind, Comparison::Less, now);
    when.extend([
        outage(),
        gate_passed(pardon, now),
        Condition::Any(vec![Condition::Absent(at::probe()), dead(at::probe(), dead_before)]),
        match predecessor {
            Predecessor::None => Condition::Absent(at::lease(&claim.id)),
            Predecessor::Dead => dead(at::lease(&claim.id), dead_before),
        },
        held_against(Comparison::Less, at::cap()),
    ]);
    let probe = Probe { id: claim.id.clone(), expires, nonce: claim.nonce.clone() };
    let mut then =
        vec![set(at::probe(), "{id, e, n}", probe.to_value()), Change::Add(at::fence(), 1)];
    if predecessor == Predecessor::Dead {
        then.push(Change::Remove(at::lease(&claim.id)));
    }
    Transition { name: Name::Probe, when: Condition::All(when), then }
}

/// Whether the same work left a lease behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predecessor {
    /// It holds none.
    None,
    /// It holds one that is dead.
    Dead,
}

/// The slot is this holder's.
pub(super) fn mine(slot: crate::item::Path, nonce: &Nonce) -> Condition {
    equal(slot.field("n"), arg("my nonce", nonce.as_str()))
}
