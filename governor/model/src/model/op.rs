//! What a step asks of a lane, small enough to be a key, and the transition of the core that it
//! stands for.

use flyball_governor_core::transition::Transition;
use flyball_governor_core::transitions::{self as t, Predecessor};
use flyball_governor_core::{
    Claim, Ending, Failing, GroupName, HELD_LOOK_MS, Lane, Lease, LeaseId, Nonce, Policy, Reach,
    Seat as CoreSeat, Stop, StopCause, StopMode, UnixMillis, Waiting, WorkKind, policy,
};

use super::bounds::{Bounds, Switch};
use super::bug::Bug;
use super::world::{LaneNo, Rows, Seat, Try, WORKS_MAX};

/// One tick, in milliseconds: every wait of a world is a small number of them, but for [`far`].
pub(crate) const TICK_MS: u64 = 3_600_000;
/// The moment that is always now.
pub(crate) const NOW: UnixMillis = UnixMillis(1_000 * TICK_MS);
/// Nonces there can be at once: each worker's and each slot's.
pub(crate) const NONCES_MAX: usize = 15;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Who {
    /// The work.
    pub(crate) work: u8,
    /// The delivery of it.
    pub(crate) nonce: u8,
    /// The slot.
    pub(crate) seat: Seat,
    /// By how many ticks the clock is wrong.
    pub(crate) clock: i8,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    Try(Who, Try),
    Renew(Who, i8),
    Release(Who),
    Finish(Who),
    /// The slot goes to this work, under this nonce.
    Baton(Who, u8, u8),
    ReleaseAndMark(Who),
    /// The same, with a look not before the next tick: somebody else will send sooner.
    ReleaseAndMarkLate(Who),
    Pause(Who),
    Mark(i8),
    Throttle(Who, LaneNo),
    /// A failing call: which trip fits is the holder's to say, from what it saw.
    Trip(Who, LaneNo, u8),
    InconclusiveProbe(Who),
    Recover(Who, LaneNo, i8),
    Settle(Who, LaneNo),
    Raise(Who, LaneNo),
    Clear {
        marks_same: bool,
    },
    Push {
        next: i8,
        just_after: bool,
        /// Whether the lane is as it was seen, where that is asked.
        untouched: Option<bool>,
    },
    Stop,
    Lift,
    NoteWritten(u8),
    Resize(LaneNo),
    Amnesty,
}

/// What lanes' transitions are made of, made once.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    ids: Vec<LeaseId>,
    nonces: Vec<Nonce>,
    kinds: Vec<WorkKind>,
    pub(crate) policy: Policy,
    skew_ticks: u64,
    one_trip: bool,
    switch: Switch,
    resized_to: u32,
    group: Option<GroupName>,
    reach: Reach,
}

/// The moment that lies this many ticks from now.
pub(crate) fn moment(ticks: i8) -> UnixMillis {
    let by = u64::from(ticks.unsigned_abs()) * TICK_MS;
    if ticks < 0 { NOW.minus(by) } else { NOW.plus(by) }
}

/// How many ticks from now a moment lies, rounded down.
pub(crate) fn ticks(moment: UnixMillis) -> i8 {
    let ticks = |ms: u64| i8::try_from(ms / TICK_MS).unwrap_or(i8::MAX);
    if moment >= NOW {
        ticks(moment.since(NOW))
    } else {
        -ticks(NOW.since(moment).saturating_add(TICK_MS - 1))
    }
}

/// How many ticks from now a lane is looked at that is held without a known end. Here that moment
/// never comes nearer, so that nothing may rely on it.
pub(crate) fn far() -> i8 {
    ticks(NOW.plus(HELD_LOOK_MS))
}

const IDS: [&str; WORKS_MAX] = ["job0", "job1", "job2"];
const GROUP: &str = "shopify";
const KINDS: [&str; 2] = ["orders", "products"];

impl Words {
    pub(crate) fn new(bounds: &Bounds, bug: Option<Bug>) -> Self {
        let mut policy = Policy::STANDARD;
        policy.lease_ms = bounds.lease_ticks() * TICK_MS;
        policy.probe_lease_ms = policy.lease_ms;
        let skew_ticks = match bug {
            Some(Bug::NoSkew) => 0,
            Some(_) | None => bounds.skew_ticks(),
        };
        policy.skew_ms = skew_ticks * TICK_MS;
        policy.gate_base_ms = TICK_MS;
        policy.gate_ceiling_ms = TICK_MS;
        policy.inconclusive_ms = TICK_MS;
        policy.wake_again_ms = TICK_MS;
        let kind = |kind: &u8| KINDS.get(usize::from(*kind)).and_then(|kind| kind.parse().ok());
        Self {
            ids: IDS.iter().filter_map(|id| id.parse().ok()).collect(),
            nonces: (0..NONCES_MAX).filter_map(|n| format!("n{n}").parse().ok()).collect(),
            kinds: bounds.kinds.iter().filter_map(kind).collect(),
            policy,
            skew_ticks,
            one_trip: bug == Some(Bug::OneTripForAll),
            switch: bounds.switch,
            resized_to: bounds.resized_to,
            group: GROUP.parse().ok(),
            reach: if bounds.faults.pardon > 0 { Reach::Group } else { Reach::Lane },
        }
    }

    pub(crate) fn id(&self, work: u8) -> Option<&LeaseId> {
        self.ids.get(usize::from(work))
    }

    pub(crate) fn work_of(&self, id: &LeaseId) -> Option<u8> {
        self.ids.iter().position(|known| known == id).and_then(|work| u8::try_from(work).ok())
    }

    pub(crate) fn nonce(&self, nonce: u8) -> Option<&Nonce> {
        self.nonces.get(usize::from(nonce))
    }

    pub(crate) fn nonce_of(&self, nonce: &Nonce) -> Option<u8> {
        self.nonces.iter().position(|known| known == nonce).and_then(|n| u8::try_from(n).ok())
    }

    pub(crate) fn kind(&self, work: u8) -> Option<&WorkKind> {
        self.kinds.get(usize::from(work))
    }

    pub(crate) fn kind_no(kind: &WorkKind) -> Option<u8> {
        let no = KINDS.iter().position(|known| *known == kind.as_str())?;
        u8::try_from(no).ok()
    }

    pub(crate) fn claim(&self, who: Who) -> Option<Claim> {
        Some(Claim {
            id: self.id(who.work)?.clone(),
            nonce: self.nonces.get(usize::from(who.nonce))?.clone(),
            kind: self.kind(who.work)?.clone(),
        })
    }

    pub(crate) fn lease(&self, who: Who, expires: UnixMillis) -> Option<Lease> {
        let seat = match who.seat {
            Seat::None => return None,
            Seat::Held => CoreSeat::Held,
            Seat::Probe => CoreSeat::Probe,
        };
        Some(Lease {
            claim: self.claim(who)?,
            seat,
            fence: 0,
            expires,
            admitted_in: 0,
            succeeded: None,
        })
    }

    /// The moment before which a lease is dead, for whoever has this clock.
    fn dead_before(&self, clock: i8) -> UnixMillis {
        moment(clock).minus(self.skew_ticks * TICK_MS)
    }

    fn admission(&self, who: Who, attempt: Try) -> Option<Transition> {
        let claim = self.claim(who)?;
        let now = moment(who.clock);
        let dead_before = self.dead_before(who.clock);
        let expires = now.plus(self.policy.lease_ms);
        let probe = |predecessor| {
            t::probe(
                &claim,
                predecessor,
                None,
                now,
                dead_before,
                now.plus(self.policy.probe_lease_ms),
            )
        };
        Some(match attempt {
            Try::Admit => t::admit(&claim, now, expires),
            Try::TakeOver => t::take_over(&claim, now, dead_before, expires),
            Try::ReapOne(dead) => {
                t::reap_one_and_admit(&claim, self.id(dead)?, now, dead_before, expires)
            }
            Try::Reap(dead) => {
                let is_dead = |work: &u8| dead & (1 << work) != 0;
                let ids = (0..3).filter(is_dead).filter_map(|work| self.id(work).cloned());
                t::reap(&ids.collect::<Vec<_>>(), dead_before)
            }
            Try::Probe => probe(Predecessor::None),
            Try::ProbeOverDead => probe(Predecessor::Dead),
        })
    }

    /// The transition that an operation stands for. `seen` finds a lane by its number. `None` for
    /// what makes no sense, such as the release of no slot.
    pub(crate) fn transition<'a>(
        &self,
        op: Op,
        lane: &Lane,
        seen: impl Fn(LaneNo) -> Option<&'a Lane>,
    ) -> Option<Transition> {
        // With half a tick at random, every wait of one tick is exactly one.
        let random = TICK_MS / 2;
        let lease = |who: Who| self.lease(who, moment(0));
        Some(match op {
            Op::Try(who, attempt) => self.admission(who, attempt)?,
            Op::Renew(who, expires) => t::renew(&lease(who)?, moment(expires)),
            Op::Release(who) => t::release(&lease(who)?),
            Op::Finish(who) => t::finish(&lease(who)?, moment(who.clock)),
            Op::Baton(who, work, nonce) => {
                let next = self.claim(Who { work, nonce, ..who })?;
                let now = moment(who.clock);
                let expires = now.plus(self.policy.lease_ms);
                t::baton(&lease(who)?, &next, Ending::Success, now, expires)
            }
            Op::ReleaseAndMark(who) => t::release_and_mark(&lease(who)?, moment(who.clock)),
            Op::ReleaseAndMarkLate(who) => {
                t::release_and_mark(&lease(who)?, moment(who.clock).plus(TICK_MS))
            }
            Op::Pause(who) => t::pause(&lease(who)?, moment(who.clock).plus(TICK_MS)),
            Op::Mark(clock) => t::mark(moment(clock)),
            Op::Throttle(who, view) => {
                let view = seen(view)?;
                let now = moment(who.clock);
                let shut = policy::throttle_gate(now, view.slow, None, random, &self.policy);
                t::throttle(&lease(who)?, view, now, shut, "429")
            }
            Op::Trip(who, view, call) => self.trip(who, seen(view)?, call, random)?,
            Op::InconclusiveProbe(who) => {
                let shut = moment(who.clock).plus(self.policy.inconclusive_ms);
                t::inconclusive_probe(&lease(who)?, shut)
            }
            Op::Recover(who, view, expires) => {
                let lease = self.lease(who, moment(expires))?;
                t::recover(&lease, seen(view)?, moment(who.clock))
            }
            Op::Settle(who, view) => t::settle(&lease(who)?, seen(view)?),
            Op::Raise(who, view) => t::raise(&lease(who)?, seen(view)?),
            // Marks that were seen and are others now: any number but the lane's.
            Op::Clear { marks_same: true } => t::clear(lane.marks),
            Op::Clear { marks_same: false } => t::clear(lane.marks.wrapping_sub(1)),
            Op::Push { next, just_after, untouched } => {
                let push = t::push(NOW, moment(next).plus(u64::from(just_after)));
                match untouched {
                    None => push,
                    Some(true) => push.and(t::untouched(lane)),
                    Some(false) => {
                        let marks = lane.marks.wrapping_sub(1);
                        push.and(t::untouched(&Lane { marks, ..lane.clone() }))
                    }
                }
            }
            Op::Stop => t::stop(&StopCause::Account, &self.stop(), NOW),
            Op::Lift => t::lift(&StopCause::Account, NOW),
            Op::NoteWritten(generation) => t::note_written(u64::from(generation)),
            Op::Resize(view) => t::resize(seen(view)?, self.resized_to, NOW),
            // `at` is always now, and the group is back a moment later.
            Op::Amnesty => t::amnesty(self.group.as_ref()?, NOW.plus(1), NOW),
        })
    }

    fn trip(&self, who: Who, seen: &Lane, call: u8, random: u64) -> Option<Transition> {
        let lease = self.lease(who, moment(0))?;
        let now = moment(who.clock);
        let shut = policy::gate(now, seen.level, None, random, &self.policy);
        let failing = Failing {
            first_failed: UnixMillis(u64::from(call)),
            now,
            shut,
            reach: self.reach,
            class: "down",
            why: "503",
            evidence: "",
        };
        let ramp = seen.ramp.filter(|_ramp| !self.one_trip);
        Some(match (who.seat, ramp) {
            (Seat::Probe, _) => t::trip_again(&lease, seen, &failing),
            (Seat::Held | Seat::None, None) => t::trip(&lease, seen, &failing),
            (Seat::Held | Seat::None, Some(_)) => t::trip_ramping(&lease, seen, &failing),
        })
    }

    /// The rows of a lot, as the core's order of work knows them: all wait since the same moment.
    pub(crate) fn waiting(&self, rows: Rows, kinds: &[u8]) -> Vec<Waiting> {
        let one = |work: u8| {
            let class = kinds.get(usize::from(work)).copied()?;
            let (id, kind) = (self.id(work)?.clone(), self.kind(work)?.clone());
            Some(Waiting { id, kind, class, since: NOW })
        };
        rows.works().filter_map(one).collect()
    }

    pub(crate) fn group(&self) -> Option<&GroupName> {
        self.group.as_ref()
    }

    fn stop(&self) -> Stop {
        let (mode, until) = match self.switch {
            Switch::UntilLifted => (StopMode::Stop, None),
            Switch::Expiring => (StopMode::Stop, Some(moment(2))),
            Switch::Hold => (StopMode::Hold, None),
        };
        Stop { mode, reason: "drill".to_owned(), author: "ops".to_owned(), until }
    }
}
