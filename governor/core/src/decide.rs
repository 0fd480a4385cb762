use crate::UnixMillis;
use crate::board::WideScope;
use crate::explain::Span;
use crate::lane::{Lane, Reach, Stop};
use crate::policy::Policy;
use crate::transition::Transition;
use crate::transitions::{
    Claim, Lease, Pardon, Predecessor, Seat, admit, probe, reap, reap_one_and_admit, take_over,
};
use crate::words::{GroupName, LeaseId, StopCause, StopMode, WorkKind};

/// What to do after an admission was refused, decided from the lane that came back with the
/// refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// The claim holds a lease already: the reply of an earlier attempt was lost.
    Mine(Lease),
    /// The same, but the lane has tripped since, and this lease is not the probe. No call may be
    /// made under it: give it back and park.
    MineButTripped(Lease),
    /// This transition fits the lane as it was.
    Try(Transition),
    /// Not now.
    Wait(Refusal),
}

/// The governor's "not now": why, and until when. A value, never an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The earliest moment at which asking again can help, where it is known.
    pub until: Option<UnixMillis>,
}

/// Why the governor refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A stop holds this kind of work.
    Stopped {
        /// Whose stop.
        cause: StopCause,
        /// What it says.
        stop: Stop,
    },
    /// The vendor fails; the gate is closed.
    BackingOff {
        /// What the last trip was about.
        why: Option<String>,
        /// How often in a row it has tripped.
        level: u32,
    },
    /// The vendor asked for a slower pace; the gate is closed.
    Paused {
        /// What the throttle was about.
        why: Option<String>,
    },
    /// The vendor fails, and a probe is under way to see whether it is back.
    Probing,
    /// The same work is running.
    Running,
    /// Every slot is in use.
    Full {
        /// How many are held.
        held: u32,
        /// How many there are.
        limit: u32,
    },
    /// Others changed the lane at every attempt.
    Contended,
    /// A switch of the board holds this work.
    Switched {
        /// The most specific scope that holds it.
        scope: WideScope,
        /// What the switch says.
        stop: Stop,
    },
    /// A switch of the board has ended, and lanes start again one after the other.
    Resuming {
        /// The scope whose switch has ended.
        scope: WideScope,
    },
    /// The whole group is suspected to be down, and other lanes find out.
    GroupSuspected {
        /// The group.
        group: GroupName,
        /// Since when it is suspected.
        since: UnixMillis,
    },
    /// The whole group is down, and other lanes probe for it.
    GroupDown {
        /// The group.
        group: GroupName,
        /// Since when it is down.
        since: UnixMillis,
    },
    /// Every slot of a wide limit is in use.
    WideFull {
        /// The lane that the limit is kept in.
        lane: String,
        /// How many slots it has.
        limit: u32,
    },
}

impl StopCause {
    fn concerns(&self, kind: &WorkKind) -> bool {
        match self {
            Self::Work(stopped) => stopped == kind,
            Self::Customer | Self::Account | Self::Rejected | Self::DeadMan => true,
        }
    }
}

impl Lane {
    /// The stop that holds this kind of work, if any. A dimmer holds it when as many run as it
    /// allows.
    pub fn stop_for(&self, kind: &WorkKind, now: UnixMillis) -> Option<(&StopCause, &Stop)> {
        self.stop_with(self.held_count(), kind, now)
    }

    /// The stop that would hold this kind of work if `held` slots were held.
    pub(crate) fn stop_with(
        &self,
        held: u32,
        kind: &WorkKind,
        now: UnixMillis,
    ) -> Option<(&StopCause, &Stop)> {
        self.stops.iter().find(|(cause, stop)| {
            cause.concerns(kind) && stop.is_on(now) && held >= stop.mode.slots()
        })
    }

    /// How many slots are held, by the living and the dead.
    pub fn held_count(&self) -> u32 {
        u32::try_from(self.held.len()).unwrap_or(u32::MAX)
    }

    /// Whether what closed this lane's gate is pardoned.
    pub fn is_pardoned(&self, pardon: Option<Pardon>) -> bool {
        let before = |back: UnixMillis| self.at.is_some_and(|tripped| tripped < back);
        self.level > 0
            && self.reach == Reach::Group
            && pardon.is_some_and(|pardon| before(pardon.back))
    }

    /// How many slots are held by the living, and when the first of those ends.
    pub(crate) fn living(&self, dead_before: UnixMillis) -> (u32, Option<UnixMillis>) {
        let ends = || self.held.values().map(|slot| slot.expires).filter(|end| *end > dead_before);
        (u32::try_from(ends().count()).unwrap_or(u32::MAX), ends().min())
    }

    /// When the first of the slots that are held ends.
    pub fn first_expiry(&self) -> Option<UnixMillis> {
        self.held.values().map(|slot| slot.expires).min()
    }

    /// The leases whose holders let them end before `dead_before`: nobody works under them.
    pub fn dead_ids(&self, dead_before: UnixMillis) -> Vec<LeaseId> {
        let dead = self.held.iter().filter(|(_, slot)| slot.expires <= dead_before);
        dead.map(|(id, _)| id.clone()).collect()
    }
}

impl Stop {
    /// Whether the stop has not ended by itself.
    pub fn is_on(&self, now: UnixMillis) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// Decides what fits after a refusal that came back with `lane`.
pub fn next_move(
    lane: &Lane,
    claim: &Claim,
    pardon: Option<Pardon>,
    now: UnixMillis,
    policy: &Policy,
) -> Move {
    if let Some(lease) = Lease::find(claim, lane) {
        return match (lease.seat, lane.level) {
            (Seat::Probe, _) | (Seat::Held, 0) => Move::Mine(lease),
            (Seat::Held, _) => Move::MineButTripped(lease),
        };
    }
    let refuse = |reason, until| Move::Wait(Refusal { reason, until });
    let dead_before = now.minus(policy.skew_ms);
    let dead_ids = lane.dead_ids(dead_before);
    if let Some((cause, stop)) = lane.stop_for(&claim.kind, now) {
        if stop.mode.slots() > 0 && !dead_ids.is_empty() {
            return Move::Try(reap(&dead_ids, dead_before));
        }
        let (cause, stop) = (cause.clone(), stop.clone());
        let until = stop.until;
        return refuse(Reason::Stopped { cause, stop }, until);
    }
    if now < lane.shut && !lane.is_pardoned(pardon) {
        let why = lane.why.clone();
        let reason = match lane.level {
            0 => Reason::Paused { why },
            level => Reason::BackingOff { why, level },
        };
        return refuse(reason, Some(lane.shut));
    }
    if let Some(slot) = lane.held.get(&claim.id).filter(|slot| slot.expires > dead_before) {
        return refuse(Reason::Running, Some(slot.expires.plus(policy.skew_ms)));
    }
    if lane.level > 0 {
        return probe_or_wait(lane, claim, pardon, now, policy);
    }
    slot_or_wait(lane, claim, now, &dead_ids, policy)
}

fn probe_or_wait(
    lane: &Lane,
    claim: &Claim,
    pardon: Option<Pardon>,
    now: UnixMillis,
    policy: &Policy,
) -> Move {
    let dead_before = now.minus(policy.skew_ms);
    let dead_ids = lane.dead_ids(dead_before);
    if let Some(probe) = lane.probe.as_ref().filter(|probe| probe.expires > dead_before) {
        let until = Some(probe.expires.plus(policy.skew_ms));
        return Move::Wait(Refusal { reason: Reason::Probing, until });
    }
    if lane.held_count() >= lane.cap {
        return if dead_ids.is_empty() {
            Move::Wait(full(lane, policy))
        } else {
            Move::Try(reap(&dead_ids, dead_before))
        };
    }
    let predecessor =
        if lane.held.contains_key(&claim.id) { Predecessor::Dead } else { Predecessor::None };
    let expires = now.plus(policy.probe_lease_ms);
    Move::Try(probe(claim, predecessor, pardon, now, dead_before, expires))
}

fn slot_or_wait(
    lane: &Lane,
    claim: &Claim,
    now: UnixMillis,
    dead_ids: &[LeaseId],
    policy: &Policy,
) -> Move {
    let dead_before = now.minus(policy.skew_ms);
    let expires = now.plus(policy.lease_ms);
    if lane.held_count() > lane.limit {
        return if dead_ids.is_empty() {
            Move::Wait(full(lane, policy))
        } else {
            Move::Try(reap(dead_ids, dead_before))
        };
    }
    if lane.held.contains_key(&claim.id) {
        return Move::Try(take_over(claim, now, dead_before, expires));
    }
    if lane.held_count() < lane.limit {
        return Move::Try(admit(claim, now, expires));
    }
    match dead_ids.first() {
        Some(dead) => Move::Try(reap_one_and_admit(claim, dead, now, dead_before, expires)),
        None => Move::Wait(full(lane, policy)),
    }
}

fn full(lane: &Lane, policy: &Policy) -> Refusal {
    Refusal {
        reason: Reason::Full { held: lane.held_count(), limit: lane.limit },
        until: lane.first_expiry().map(|end| end.plus(policy.skew_ms)),
    }
}

/// Why a holder begins no further call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halted {
    /// The lane has another lease for this work, or none.
    Lost,
    /// A stop tells running work to end at its checkpoint.
    Stopped(Box<Refusal>),
    /// The lane has tripped since this lease was admitted.
    Tripped(Box<Refusal>),
}

/// Whether a holder may begin a call, from the lane as it last saw it.
///
/// # Errors
/// Why not.
pub fn may_call(lane: &Lane, lease: &Lease, now: UnixMillis) -> Result<(), Halted> {
    if !lease.is_in(lane) {
        return Err(Halted::Lost);
    }
    // Beside a milder one that also holds: each stop counts for itself.
    let stopping = lane.stops.iter().find(|(cause, stop)| {
        cause.concerns(&lease.claim.kind) && stop.is_on(now) && stop.mode == StopMode::Stop
    });
    if let Some((cause, stop)) = stopping {
        let reason = Reason::Stopped { cause: cause.clone(), stop: stop.clone() };
        return Err(Halted::Stopped(Box::new(Refusal { reason, until: stop.until })));
    }
    if lane.level > 0 && lease.seat == Seat::Held {
        let reason = Reason::BackingOff { why: lane.why.clone(), level: lane.level };
        return Err(Halted::Tripped(Box::new(Refusal { reason, until: Some(lane.shut) })));
    }
    Ok(())
}

/// Whether a stop is complete: each lease that the stop's own write returned is gone, or is past
/// its end by more than clocks may differ. A call begun just before may outlast it by its time-out.
pub fn stop_is_complete(written: &Lane, current: &Lane, now: UnixMillis, policy: &Policy) -> bool {
    let over = |expires: UnixMillis| expires.plus(policy.skew_ms) < now;
    let held = written.held.iter().all(|(id, before)| match current.held.get(id) {
        Some(slot) => slot.nonce != before.nonce || over(slot.expires),
        None => true,
    });
    let probe = written.probe.as_ref().is_none_or(|before| {
        let still = |nonce: &crate::words::Nonce| *nonce == before.nonce;
        let probing =
            current.probe.as_ref().is_some_and(|now| still(&now.nonce) && !over(now.expires));
        let recovered = current.held.values().any(|slot| still(&slot.nonce) && !over(slot.expires));
        !probing && !recovered
    });
    held && probe
}

/// How long a lane is left alone, in milliseconds, of which everything is held without a known end:
/// whatever lets it go wakes it, and nothing of it can start before.
pub const HELD_LOOK_MS: u64 = 86_400_000;

/// How long a lane is left alone, in milliseconds, of which one kind is held without a known end. The
/// other starts meanwhile, and may leave work behind.
pub const KIND_HELD_LOOK_MS: u64 = 3_600_000;

/// How much of a lane something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Every kind of work.
    Everything,
    /// Perhaps one kind only.
    OneKind,
}

/// When to look again at work that is held until `end`.
pub(crate) fn look_when_let_go(
    end: Option<UnixMillis>,
    holds: Holds,
    now: UnixMillis,
) -> UnixMillis {
    end.unwrap_or(now.plus(match holds {
        Holds::Everything => HELD_LOOK_MS,
        Holds::OneKind => KIND_HELD_LOOK_MS,
    }))
}

impl StopCause {
    pub(crate) const fn holds(&self) -> Holds {
        match self {
            Self::Work(_) => Holds::OneKind,
            Self::Customer | Self::Account | Self::Rejected | Self::DeadMan => Holds::Everything,
        }
    }
}

impl Reason {
    pub(crate) const fn holds(&self) -> Holds {
        match self {
            Self::Stopped { cause, .. } => cause.holds(),
            Self::Switched { scope: WideScope::All | WideScope::Group(_), .. }
            | Self::GroupDown { .. } => Holds::Everything,
            Self::Switched { scope: WideScope::Work(..), .. }
            | Self::BackingOff { .. }
            | Self::Paused { .. }
            | Self::Probing
            | Self::Running
            | Self::Full { .. }
            | Self::Contended
            | Self::Resuming { .. }
            | Self::GroupSuspected { .. }
            | Self::WideFull { .. } => Holds::OneKind,
        }
    }
}

/// When to look at a lane again, and whether somebody can start now: what the ticker does with a
/// lane whose wake-up is due.
pub fn next_look(
    lane: &Lane,
    pardon: Option<Pardon>,
    now: UnixMillis,
    policy: &Policy,
) -> (UnixMillis, Startable) {
    let whole_stop = StopCause::WHOLE_LANE.iter().find_map(|cause| {
        lane.stops.get(cause).filter(|stop| stop.is_on(now) && stop.mode.slots() == 0)
    });
    if let Some(stop) = whole_stop {
        return (look_when_let_go(stop.until, Holds::Everything, now), Startable::No);
    }
    if now < lane.shut && !lane.is_pardoned(pardon) {
        return (lane.shut, Startable::No);
    }
    let dead_before = now.minus(policy.skew_ms);
    let again = now.plus(policy.wake_again_ms);
    let (alive, first_end) = lane.living(dead_before);
    let first_end = first_end.map(|end| end.plus(policy.skew_ms));
    let slots = if lane.level > 0 { lane.cap } else { lane.limit };
    let probe = lane.probe.as_ref().filter(|probe| probe.expires > dead_before);
    if let Some(probe) = probe.filter(|_| lane.level > 0) {
        return (probe.expires.plus(policy.skew_ms), Startable::No);
    }
    match first_end {
        Some(end) if alive >= slots => (end, Startable::No),
        Some(end) => (end.min(again), Startable::Yes),
        None => (again, Startable::Yes),
    }
}

/// How often in a row a lane must at least have been pushed back before it stops itself: it is no
/// failing that nothing was tried, because a switch held it for days.
const DEAD_MAN_TRIES_MIN: u32 = 10;

/// The stop with which a lane ends its own trying, because it has failed so long and so often
/// without one success that nobody may be there any more; `None` where it has not, or is stopped
/// already. Tripping and throttling count alike.
pub fn dead_man(lane: &Lane, now: UnixMillis, policy: &Policy) -> Option<Stop> {
    let failed_for = Span { ms: now.since(lane.failing?) };
    let tries = lane.level.max(lane.slow);
    if failed_for.ms < policy.dead_man_ms
        || tries < DEAD_MAN_TRIES_MIN
        || lane.stops.contains_key(&StopCause::DeadMan)
    {
        return None;
    }
    let why = lane.why.as_deref().unwrap_or("no reason is known");
    Some(Stop {
        mode: StopMode::Stop,
        reason: format!("no success for {failed_for}: {why}"),
        author: DEAD_MAN.to_owned(),
        until: None,
    })
}

/// Who signs the stop of [`dead_man`].
const DEAD_MAN: &str = "dead man";

/// Whether a lane has room for a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Startable {
    /// It has.
    Yes,
    /// Not before the next look.
    No,
}
