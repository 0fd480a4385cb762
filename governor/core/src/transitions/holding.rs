use super::admission::{Claim, mine, open_for};
use super::{compare, held_against, mark_changes, no_outage, set, wake_at};
use crate::UnixMillis;
use crate::item::Path;
use crate::lane::{Lane, at};
use crate::transition::{Change, Comparison, Condition, Name, Transition, arg};

/// Which slot a holder sits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// One of the lane's slots.
    Held,
    /// The probe's own.
    Probe,
}

/// A slot held, as its holder knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it.
    pub claim: Claim,
    /// Which slot.
    pub seat: Seat,
    /// This lease's number; higher than that of every lease before it in the lane.
    pub fence: u64,
    /// When it ends unless it is renewed. Counted from before the admission was sent.
    pub expires: UnixMillis,
    /// The lane's generation when the lease was admitted.
    pub admitted_in: u64,
    /// When a call last succeeded under it. The lane learns of it with whatever is written anyway:
    /// a lease renewed, given back or pushed back.
    pub succeeded: Option<UnixMillis>,
}

impl Lease {
    /// Reads, in a lane that has just been changed by an admission or refused one, the lease that
    /// this claim holds there; `None` where it holds none.
    pub fn find(claim: &Claim, lane: &Lane) -> Option<Self> {
        let slot = lane.held.get(&claim.id).filter(|slot| slot.nonce == claim.nonce);
        let probe = lane.probe.as_ref().filter(|probe| probe.nonce == claim.nonce);
        let (seat, expires) = match (slot, probe) {
            (Some(slot), _) => (Seat::Held, slot.expires),
            (None, Some(probe)) => (Seat::Probe, probe.expires),
            (None, None) => return None,
        };
        Some(Self {
            claim: claim.clone(),
            seat,
            fence: lane.fence,
            expires,
            admitted_in: lane.generation,
            succeeded: None,
        })
    }

    /// Whether this lease is still in the lane as its holder's.
    pub fn is_in(&self, lane: &Lane) -> bool {
        Self::find(&self.claim, lane).is_some_and(|found| found.seat == self.seat)
    }

    pub(super) fn as_probe(&self) -> Self {
        Self { seat: Seat::Probe, ..self.clone() }
    }

    pub(super) fn slot(&self) -> Path {
        match self.seat {
            Seat::Held => at::lease(&self.claim.id),
            Seat::Probe => at::probe(),
        }
    }

    pub(super) fn mine(&self) -> Condition {
        mine(self.slot(), &self.claim.nonce)
    }

    pub(super) fn drop(&self) -> Change {
        Change::Remove(self.slot())
    }

    /// The slot given back, and what the lane learns of calls that succeeded under the lease.
    fn end(&self) -> Vec<Change> {
        let mut then = vec![self.drop()];
        then.extend(self.learnt());
        then
    }

    fn learnt(&self) -> impl Iterator<Item = Change> {
        self.succeeded.map(went_well).into_iter().flatten()
    }
}

/// Something succeeded: nothing has failed since.
fn went_well(when: UnixMillis) -> [Change; 2] {
    [set(at::ok(), "last success", when), Change::Remove(at::failing())]
}

/// Holds on until `expires`. Not refused by a stop, because the holder needs its lease to write its
/// checkpoint. A renewal that was sent earlier and arrives later is refused: it would shorten the
/// lease behind its holder's back.
pub fn renew(lease: &Lease, expires: UnixMillis) -> Transition {
    let end = lease.slot().field("e");
    let mut then = vec![set(end.clone(), "later e", expires)];
    then.extend(lease.learnt());
    Transition {
        name: Name::Renew,
        when: Condition::All(vec![
            lease.mine(),
            compare(end, Comparison::Less, arg("later e", expires)),
        ]),
        then,
    }
}

/// Gives the slot back after work that neither ended well nor left a row behind.
pub fn release(lease: &Lease) -> Transition {
    Transition { name: Name::Release, when: lease.mine(), then: lease.end() }
}

/// Gives the slot back after work that ended well.
pub fn finish(lease: &Lease, now: UnixMillis) -> Transition {
    let mut then = vec![lease.drop()];
    then.extend(went_well(now));
    Transition { name: Name::Finish, when: lease.mine(), then }
}

/// How the work ended whose slot is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Well.
    Success,
    /// Otherwise, such as set aside.
    Other,
}

/// Hands the slot on to `next`: one write where a release and an admission would be two. The slot
/// that is replaced makes room for the new one, so that a full lane stays full.
pub fn baton(
    lease: &Lease,
    next: &Claim,
    ended: Ending,
    now: UnixMillis,
    expires: UnixMillis,
) -> Transition {
    let old = at::lease(&lease.claim.id);
    let new = at::next_lease(&next.id);
    let mut when = vec![mine(old.clone(), &lease.claim.nonce)];
    when.extend(open_for(&next.kind, Comparison::LessOrEqual, now));
    when.push(held_against(Comparison::LessOrEqual, at::limit()));
    let mut then = vec![
        set(new.clone(), "{e, n}", next.slot(expires).to_value()),
        Change::Add(at::fence(), 1),
    ];
    // The same work again overwrites: one update may not remove and set the same place.
    if lease.claim.id != next.id {
        when.push(Condition::Absent(new));
        then.push(Change::Remove(old));
    }
    match ended {
        Ending::Success => then.extend(went_well(now)),
        Ending::Other => then.extend(lease.learnt()),
    }
    Transition { name: Name::Baton, when: Condition::All(when), then }
}

/// Gives the slot back and asks for somebody to look: for every end that leaves a row behind.
/// Refused, a bare [`super::mark`] does the rest.
pub fn release_and_mark(lease: &Lease, now: UnixMillis) -> Transition {
    let mut then = lease.end();
    then.extend(mark_changes(now));
    Transition { name: Name::ReleaseAndMark, when: lease.mine(), then }
}

/// Gives the slot back until the vendor's budget has refilled, which is cheaper than to wait
/// holding it. Nothing was learnt of the vendor, so generation, limit and level stay.
pub fn pause(lease: &Lease, until: UnixMillis) -> Transition {
    let mut then = lease.end();
    then.push(set(at::shut(), "refilled", until));
    then.extend(wake_at("refilled", until));
    Transition {
        name: Name::Pause,
        when: Condition::All(vec![
            lease.mine(),
            no_outage(),
            compare(at::shut(), Comparison::Less, arg("refilled", until)),
        ]),
        then,
    }
}
