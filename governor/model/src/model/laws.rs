//! What must never happen: the promises of the design, asked of every step and every state.

use flyball_governor_core::{Lane, Nonce, Note, UnixMillis};

use super::moves::Model;
use super::op::{NOW, Op, moment};
use super::world::{ACCOUNT, LaneNo, Message, Phase, Seat, StopState, WORKERS_MAX, World};

/// A promise that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Broken {
    /// A transition left an item that is no lane.
    NoLane,
    /// A transition would be an error of `DynamoDB`'s.
    Fault,
    /// Promise 1: a job started while as many as the limit allows were calling.
    StartedAboveLimit,
    /// Promise 1: more calls at once than the lane's cap.
    AboveCap,
    /// Promise 1: the same work called twice at once.
    SameWorkTwice,
    /// Promise 1: more than the lane has slots are held.
    LimitOutOfBounds,
    /// Promise 2: a request is not finished and is nowhere.
    Lost,
    /// Promise 3: a row that nobody will ever look at.
    NoWaker,
    /// A note for the ledger that nobody will look at.
    NoteForgotten,
    /// Promise 4: two probes, or a call behind a closed gate that is no probe.
    SecondProbe,
    /// Promise 4: somebody was let in behind a closed gate.
    BehindGate,
    /// Promise 9: a run from a row put its row again after another had finished it.
    RowCameBack,
    /// Promise 5: backoff went more than one step, or without a new generation.
    TwoSteps,
    /// Promise 5: a failure of an older generation was counted.
    OldGeneration,
    /// Promise 5: what was good shrank, or was forgotten, by more than a step.
    GoodLost,
    /// The vendor failed again before full speed, and backoff began anew.
    NotBackedOff,
    /// Promise 6: a job was let in while a stop was on.
    StartedInStop,
    /// Promise 6: a call began after a stop was complete.
    CallAfterStop,
    /// Promise 9: a checkpoint went back to a run that had been overtaken.
    FenceMovedBack,
    /// A fence did not rise with an admission.
    FenceNotRisen,
    /// A throttle or a person's switch opened an outage.
    OutageWithoutFailure,
    /// An outage began or ended and left no note.
    NoNote,
    /// A job held its slot in the lane of another.
    ForeignLease,
}

impl Broken {
    /// The promise, and how it was broken.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NoLane => "a transition left an item that is no lane",
            Self::Fault => "a transition that DynamoDB would call an error, not a refusal",
            Self::StartedAboveLimit => "promise 1: a job started with every slot at work",
            Self::AboveCap => "promise 1: more calls at once than the cap allows",
            Self::SameWorkTwice => "promise 1: the same work calls the vendor twice at once",
            Self::LimitOutOfBounds => "promise 1: a limit of none, or above the cap",
            Self::Lost => "promise 2: a request is neither finished, parked nor in the queue",
            Self::NoWaker => "promise 3: a parked job that nobody will look at",
            Self::NoteForgotten => "a note for the ledger that nobody will look at",
            Self::SecondProbe => "promise 4: a call behind a closed gate that is not its probe",
            Self::BehindGate => "promise 4: somebody is let in behind a closed gate",
            Self::RowCameBack => "promise 9: a zombie brings a finished job's row back",
            Self::TwoSteps => "promise 5: more than one step of backoff in one generation",
            Self::OldGeneration => "promise 5: a failure of an older generation counts again",
            Self::GoodLost => "promise 5: the last good limit is forgotten during an outage",
            Self::NotBackedOff => "promise 5: failing again before full speed starts backoff anew",
            Self::StartedInStop => "promise 6: a job is let in after a stop",
            Self::CallAfterStop => "promise 6: a call begins after the stop was complete",
            Self::FenceMovedBack => "promise 9: a zombie moved a checkpoint",
            Self::FenceNotRisen => "promise 9: an admission without a higher fence",
            Self::OutageWithoutFailure => "an outage was opened by something that is no failure",
            Self::NoNote => "an outage began or ended without a note for the ledger",
            Self::ForeignLease => "a step of one holder took the living lease of another",
        }
    }
}

/// What one step may make of a lane.
pub(crate) fn lane_law<'a>(
    before: &Lane,
    after: &Lane,
    op: Op,
    seen: impl Fn(LaneNo) -> Option<&'a Lane>,
) -> Option<Broken> {
    let grew = after.held.keys().any(|id| !before.held.contains_key(id));
    let laws = [
        gate_law(before, after, op),
        foreign_law(before, after, op),
        (after.limit == 0 || after.limit > after.cap || after.good > after.cap)
            .then_some(Broken::LimitOutOfBounds),
        backoff_law(before, after),
        (after.generation < before.generation).then_some(Broken::TwoSteps),
        counted_law(before, op, seen),
        outage_law(before, after, op),
        (grew && !matches!(op, Op::Recover(..)) && after.fence <= before.fence)
            .then_some(Broken::FenceNotRisen),
        (after.fence < before.fence).then_some(Broken::FenceNotRisen),
    ];
    laws.into_iter().flatten().next()
}

/// Nobody is let in while the gate is closed, and in an outage nobody but the probe.
fn gate_law(before: &Lane, after: &Lane, op: Op) -> Option<Broken> {
    let (Op::Try(who, _) | Op::Baton(who, _, _)) = op else { return None };
    let lets_in = after.fence > before.fence;
    let probes = after.probe != before.probe;
    if lets_in && before.shut > moment(who.clock) {
        return Some(Broken::BehindGate);
    }
    let stopped =
        before.stops.values().any(|stop| stop.mode.slots() == 0 && stop.is_on(moment(who.clock)));
    if lets_in && stopped {
        return Some(Broken::StartedInStop);
    }
    (lets_in && before.level > 0 && !probes).then_some(Broken::SecondProbe)
}

/// Whose lease an operation may take away, living.
fn own_nonce(op: Op) -> Option<u8> {
    match op {
        Op::Try(who, _)
        | Op::Renew(who, _)
        | Op::Release(who)
        | Op::Finish(who)
        | Op::Baton(who, _, _)
        | Op::ReleaseAndMark(who)
        | Op::ReleaseAndMarkLate(who)
        | Op::Pause(who)
        | Op::Throttle(who, _)
        | Op::Trip(who, _, _)
        | Op::InconclusiveProbe(who)
        | Op::Recover(who, _, _)
        | Op::Settle(who, _)
        | Op::Raise(who, _) => Some(who.nonce),
        Op::Mark(_)
        | Op::Clear { .. }
        | Op::Push { .. }
        | Op::Stop
        | Op::Lift
        | Op::NoteWritten(_)
        | Op::Resize(_)
        | Op::Amnesty => None,
    }
}

fn foreign_law(before: &Lane, after: &Lane, op: Op) -> Option<Broken> {
    let own = own_nonce(op).map(|nonce| format!("n{nonce}"));
    let is_foreign = |nonce: &Nonce, expires: UnixMillis| {
        own.as_deref() != Some(nonce.as_str()) && expires > NOW
    };
    let taken = before.held.iter().any(|(id, slot)| {
        let kept = after.held.get(id).is_some_and(|now| now == slot);
        !kept && is_foreign(&slot.nonce, slot.expires)
    });
    let probe_taken = before.probe.as_ref().is_some_and(|probe| {
        after.probe.as_ref() != Some(probe) && is_foreign(&probe.nonce, probe.expires)
    });
    (taken || probe_taken).then_some(Broken::ForeignLease)
}

fn backoff_law(before: &Lane, after: &Lane) -> Option<Broken> {
    if after.level > before.level {
        let base = before.ramp.unwrap_or(before.level);
        if after.generation != before.generation + 1 || after.level > base + 1 {
            return Some(Broken::TwoSteps);
        }
        if after.level < base + 1 {
            return Some(Broken::NotBackedOff);
        }
        let good = match (before.level, before.ramp) {
            (0, None) => before.limit,
            (0, Some(_)) => (before.good / 2).max(1),
            _ => before.good,
        };
        return (after.good != good).then_some(Broken::GoodLost);
    }
    let resized = before.cap != after.cap;
    let in_outage = before.level > 0 || before.ramp.is_some();
    (in_outage && !resized && after.good != before.good).then_some(Broken::GoodLost)
}

fn counted_law<'a>(
    before: &Lane,
    op: Op,
    seen: impl Fn(LaneNo) -> Option<&'a Lane>,
) -> Option<Broken> {
    let (Op::Trip(_, view, _) | Op::Throttle(_, view) | Op::Recover(_, view, _)) = op else {
        return None;
    };
    let old = seen(view).is_some_and(|seen| seen.generation != before.generation);
    old.then_some(Broken::OldGeneration)
}

fn outage_law(before: &Lane, after: &Lane, op: Op) -> Option<Broken> {
    let begins = before.down.is_none() && after.down.is_some();
    let ends = before.down.is_some() && after.down.is_none();
    if begins && !matches!(op, Op::Trip(..)) {
        return Some(Broken::OutageWithoutFailure);
    }
    let noted = |ended: bool| {
        let note = after.notes.get(&before.generation);
        note.is_some_and(|note| matches!(note, Note::Closed { .. }) == ended)
    };
    ((begins && !noted(false)) || (ends && !noted(true))).then_some(Broken::NoNote)
}

impl Model {
    /// What must hold of every state.
    pub(crate) fn state_law(&self, world: &World) -> Option<Broken> {
        self.calls_law(world)
            .or_else(|| self.requests_law(world))
            .or_else(|| self.waker_law(world))
            .or_else(|| self.notes_law(world))
    }

    fn calls_law(&self, world: &World) -> Option<Broken> {
        let calling = || world.workers.iter().filter(|worker| worker.phase == Phase::Call);
        for (at, worker) in calling().enumerate() {
            if calling().skip(at + 1).any(|other| other.work == worker.work) {
                return Some(Broken::SameWorkTwice);
            }
        }
        let most = [Some(self.most_at_once), self.bounds.wide].into_iter().flatten().min();
        let count = u32::try_from(calling().count()).unwrap_or(u32::MAX);
        // The probe's slot is apart from the others in its own lane, but both lanes' caps hold.
        most.is_some_and(|most| count > most).then_some(Broken::AboveCap)
    }

    fn requests_law(&self, world: &World) -> Option<Broken> {
        let lost = self.bounds.requests.iter().zip(&world.messages).zip(0_u8..).any(
            |((work, message), request)| {
                let bit = 1 << request;
                let parked = world.rows.get(*work).is_some_and(|row| row & bit != 0);
                world.done & bit == 0 && *message == Message::Gone && !parked
            },
        );
        lost.then_some(Broken::Lost)
    }

    fn notes_law(&self, world: &World) -> Option<Broken> {
        let lane = self.account_lane(world);
        (lane.wake.is_none() && !lane.notes.is_empty()).then_some(Broken::NoteForgotten)
    }

    fn waker_law(&self, world: &World) -> Option<Broken> {
        if world.rows.is_empty() {
            return None;
        }
        let [account, _] = world.lane;
        if self.lanes.get(account).is_none_or(|lane| lane.wake.is_some()) {
            return None;
        }
        // Where a message came a second time while its first worker had it, the second may put its
        // row when all is done, and die before the mark. Nobody waits for that row, and only the
        // sweep finds it.
        let superfluous = self.bounds.faults.duplicate > 0;
        let messages = self.bounds.requests.iter().zip(&world.messages);
        let forgotten = world.rows.works().any(|work| {
            let mut own = messages.clone().filter(|(of, _)| **of == work);
            let waits = world.rows.get(work).is_some_and(|row| row & !world.done != 0);
            (waits || !superfluous) && own.all(|(_, message)| *message == Message::Gone)
        });
        forgotten.then_some(Broken::NoWaker)
    }

    /// What must hold when a call begins. `me` is the worker that begins it.
    pub(crate) fn call_law(&self, world: &World, me: usize) -> Option<Broken> {
        if world.stop == StopState::Complete {
            return Some(Broken::CallAfterStop);
        }
        let worker = world.workers.get(me)?;
        let lane = self.lanes.get(*world.lane.get(ACCOUNT)?)?;
        let probing = worker.seat == Seat::Probe;
        let behind_gate = probing && {
            let nonce =
                lane.probe.as_ref().and_then(|probe| self.lanes.words.nonce_of(&probe.nonce));
            nonce != Some(worker.nonce) || lane.level == 0
        };
        let other_probe = probing
            && world.workers.iter().enumerate().any(|(at, other)| {
                at != me && other.phase == Phase::Call && other.seat == Seat::Probe
            });
        let saw_outage = worker.seat == Seat::Held && self.lane(worker.view).level > 0;
        (behind_gate || other_probe || saw_outage).then_some(Broken::SecondProbe)
    }

    /// What must hold when a job starts in a lane of this limit: `limit` counts those of its slots
    /// that are at work, not those that somebody left behind.
    pub(crate) fn start_law(world: &World, me: usize, limit: u32) -> Option<Broken> {
        let others = (0..WORKERS_MAX).filter(|at| *at != me).filter_map(|at| world.workers.get(at));
        let calling = others.filter(|other| other.phase == Phase::Call).count();
        (u32::try_from(calling).unwrap_or(u32::MAX) >= limit).then_some(Broken::StartedAboveLimit)
    }
}
