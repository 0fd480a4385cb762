//! The worker's program during a run: claim the checkpoint, look or renew, call, tell the lane,
//! save the checkpoint.

use flyball_governor_core::{Board, Halted, may_call, rank, yields_to};

use super::bounds::Habits;
use super::bug::Bug;
use super::laws::Broken;
use super::moves::{Actor, IN_PLACE, Model, Move, Reply};
use super::op::{NOW, Op, Who, Words};
use super::program::{Step, Told};
use super::world::{ACCOUNT, End, Phase, Seat, Worker, World};

impl Model {
    /// Every way in which a call can end.
    pub(crate) fn call_moves(
        &mut self,
        world: &World,
        me: usize,
        actor: Actor,
        moves: &mut Vec<Move>,
    ) {
        let left = world.left;
        let failing = self.bounds.faults.failure - left.failure;
        let ends = [
            ("its call succeeds", 1, End::None),
            ("its call fails", left.failure, End::Failed(failing)),
            ("its call is told to slow down", left.throttle, End::Throttled),
            ("its call tells nothing of the vendor", left.inconclusive, End::StepBack),
            ("the vendor's budget is used up", left.pause, End::Paused),
        ];
        for (what, budget, end) in ends {
            if budget == 0 {
                continue;
            }
            if end == End::None {
                self.believed(world, me, actor, moves);
            }
            let mut step = Step::new(self, *world, me);
            match end {
                End::Failed(_) => step.world.left.failure -= 1,
                End::Throttled => step.world.left.throttle -= 1,
                End::StepBack => step.world.left.inconclusive -= 1,
                End::Paused => step.world.left.pause -= 1,
                End::None | End::Finished | End::Yield | End::GiveBack => {}
            }
            if end == End::None {
                step.succeeded(false);
            } else {
                step.end(end);
            }
            let told = Told { actor, what, tried: None, reply: Reply::Came };
            let (world, broken) = (step.world, step.broken);
            moves.push(Move { told, is_fault: end != End::None, world, broken, order: IN_PLACE });
        }
    }

    /// A call that succeeds as the last of so many in one generation that its worker ends the ramp,
    /// though it was admitted before. A model of the few calls that one run makes can't count them:
    /// any call may be that one.
    fn believed(&mut self, world: &World, me: usize, actor: Actor, moves: &mut Vec<Move>) {
        let mut step = Step::new(self, *world, me);
        if step.settles_by_itself() {
            step.succeeded(true);
            let what = "its call succeeds, one of many in a row";
            let told = Told { actor, what, tried: None, reply: Reply::Came };
            let (world, broken) = (step.world, step.broken);
            moves.push(Move { told, is_fault: false, world, broken, order: IN_PLACE });
        }
    }
}

impl Step<'_> {
    /// Whether enough successes in a row would end the ramp, which one alone does not.
    fn settles_by_itself(&self) -> bool {
        let worker = self.is();
        let view = self.model.lane(worker.view);
        worker.seat == Seat::Held
            && view.ramp.is_some()
            && view.generation != u64::from(worker.admitted_in)
    }

    /// The call succeeded, maybe as one of `many` in a row: what the lane must hear of it, if
    /// anything.
    fn succeeded(&mut self, many: bool) {
        let worker = self.is();
        let view = self.model.lane(worker.view);
        let is_later = view.generation == u64::from(worker.admitted_in);
        let tells = match worker.seat {
            Seat::Probe => true,
            Seat::Held => view.ramp.is_some() && (is_later || many),
            Seat::None => false,
        };
        if tells { self.go(Phase::Tell) } else { self.go_save() }
    }

    /// Saves the checkpoint next, or at once: whoever dies before it is as if it died in its call.
    fn go_save(&mut self) {
        self.go(Phase::Save);
        if self.is_brief() {
            self.save();
        }
    }

    /// A step of its own where somebody else can come between.
    pub(crate) fn claim_first(&mut self) {
        self.what = "claims the checkpoint";
        self.claim();
    }

    /// The ledger first, then the lane, note by note.
    pub(crate) fn write_notes(&mut self) {
        let writes = (self.is().phase == Phase::WriteNote) != self.has(Bug::NoteClearedFirst);
        let notes = self.is().notes;
        if writes {
            self.what = "writes a note into the ledger";
            self.write_note(notes);
        } else {
            self.what = "forgets the note";
            self.clear_note(ACCOUNT, notes);
        }
        if self.is().phase == Phase::WriteNote {
            self.go(Phase::ClearNote);
            return;
        }
        let rest = self.model.lanes.without_first_note(notes);
        self.worker().notes = rest.unwrap_or(super::world::NO_LANE);
        match rest {
            Some(_) => self.go(Phase::WriteNote),
            None => self.after_notes(),
        }
    }

    /// Claims the checkpoint: whoever was here before moves it no more.
    pub(crate) fn claim(&mut self) {
        let Worker { work, fence, .. } = self.is();
        if let Some(read) = self.world.read_by.get_mut(usize::from(work)) {
            *read = fence.max(*read);
        }
        if self.has(Bug::CheckpointNotClaimed) || self.write_checkpoint() {
            self.go_to_call();
        } else {
            self.untouched();
        }
    }

    /// Writes the checkpoint unless a later run has; says whether it did.
    fn write_checkpoint(&mut self) -> bool {
        let Worker { work, fence, .. } = self.is();
        let Some(checkpoint) = self.world.checkpoints.get_mut(usize::from(work)) else {
            return false;
        };
        if *checkpoint > fence && self.model.bug != Some(Bug::FenceNotCompared) {
            return false;
        }
        *checkpoint = fence;
        let overtaken = self.world.read_by.get(usize::from(work)).is_some_and(|read| *read > fence);
        self.break_promise(overtaken.then_some(Broken::FenceMovedBack));
        true
    }

    /// Begins the next call if the last look is fresh, looks first if it isn't.
    fn go_to_call(&mut self) {
        if self.is().fresh && self.fits() {
            self.begin_call();
        } else {
            self.go(Phase::Leave);
        }
    }

    /// Whether a call begun now ends before the lease does, for every clock.
    fn fits(&self) -> bool {
        if self.has(Bug::CallPastLease) {
            return true;
        }
        let skew = i8::try_from(self.model.bounds.skew_ticks()).unwrap_or(0);
        self.is().expires - self.clock() - skew >= 1
    }

    fn begin_call(&mut self) {
        let law = self.model.call_law(&self.world, self.me);
        self.break_promise(law);
        self.go(Phase::Call);
    }

    /// Looks at the lane, or renews if half of the lease is gone; then calls, or halts.
    pub(crate) fn leave(&mut self) {
        let lease = i8::try_from(self.model.bounds.lease_ticks()).unwrap_or(i8::MAX);
        let left = self.is().expires - self.clock();
        if left * 2 <= lease && !self.has(Bug::CallPastLease) {
            self.what = "renews its lease";
            let expires = (self.clock() + lease).max(self.is().expires + 1);
            let renewed = self.apply(ACCOUNT, Op::Renew(self.who(), expires));
            let (seat, end) = self.seat_in(ACCOUNT);
            if !renewed.done && (seat == Seat::None || end < expires) {
                self.untouched();
                return;
            }
            self.worker().expires = expires;
            if self.is().wide != Seat::None {
                self.go(Phase::WideRenew);
                return;
            }
        } else {
            self.what = "looks at the lane";
        }
        self.look_and_call();
    }

    /// Sees the lane as it is, and begins a call unless something forbids it.
    pub(crate) fn look_and_call(&mut self) {
        self.see();
        match self.halted() {
            Some(End::None) => self.untouched(),
            Some(end) => self.end(end),
            None if self.fits() => self.begin_call(),
            None => self.untouched(),
        }
    }

    /// Why no call may begin, from the lane as it was just seen: [`End::None`] when the lease is
    /// gone.
    pub(crate) fn halted(&self) -> Option<End> {
        let lease = self.model.lanes.words.lease(self.who(), NOW)?;
        match may_call(self.lane(ACCOUNT), &lease, super::op::moment(self.clock())) {
            Ok(()) => None,
            Err(Halted::Lost) => Some(End::None),
            Err(Halted::Tripped(_)) if self.has(Bug::OldLeaseGoesOn) => None,
            Err(Halted::Stopped(_) | Halted::Tripped(_)) => Some(End::StepBack),
        }
    }

    /// Tells the lane of a success: at a probe's first, and at the first at full speed.
    pub(crate) fn tell_success(&mut self) {
        self.what = "tells the lane of its success";
        let Worker { seat, view, expires, .. } = self.is();
        let who: Who = self.who();
        let op = match seat {
            Seat::Probe => Op::Recover(who, view, expires),
            Seat::Held | Seat::None => Op::Settle(who, view),
        };
        self.apply(ACCOUNT, op);
        let (seat, expires) = self.seat_in(ACCOUNT);
        self.see();
        if seat != Seat::None {
            let worker = self.worker();
            worker.seat = seat;
            worker.expires = expires;
        }
        // Whoever is stopped by now must look again before it calls.
        if self.halted().is_some() {
            self.worker().fresh = false;
        }
        if !self.begin_notes() {
            self.may_die_here();
            self.go_save();
        }
    }

    /// Goes on to write the lane's notes, if it has any.
    pub(crate) fn begin_notes(&mut self) -> bool {
        let number = self.lane_no(ACCOUNT);
        let Some(notes) = self.model.lanes.notes(number) else { return false };
        self.worker().notes = notes;
        self.go(Phase::WriteNote);
        true
    }

    fn after_notes(&mut self) {
        match self.is().end {
            End::None => {
                self.may_die_here();
                self.go_save();
            }
            end @ (End::Finished
            | End::StepBack
            | End::Yield
            | End::Failed(_)
            | End::Throttled
            | End::Paused
            | End::GiveBack) => self.go_after_end(end),
        }
    }

    /// Looks whether somebody of higher priority waits, and makes room.
    pub(crate) fn yield_query(&mut self) {
        self.what = "looks whether anybody goes first";
        let bounds = &self.model.bounds;
        let words = &self.model.lanes.words;
        let waiting = words.waiting(self.world.rows, bounds.kinds);
        let now = super::op::moment(self.clock());
        let own = rank(self.kind_of(self.is().work), NOW, &words.policy);
        let board = Board::default();
        let lane = self.lane(ACCOUNT);
        let other = yields_to(own, lane, "account", &board, &waiting, now, &words.policy);
        let kind = other.and_then(|other| Words::kind_no(&other.kind));
        match kind {
            Some(kind) => {
                self.worker().drains = kind;
                self.end(End::Yield);
            }
            None => self.go_to_call(),
        }
    }

    pub(crate) fn save(&mut self) {
        self.what = "saves the checkpoint";
        if !self.write_checkpoint() {
            if self.has(Bug::ZombieEndsJob) {
                self.finish();
            } else {
                self.untouched();
            }
            return;
        }
        let worker = self.worker();
        worker.calls = worker.calls.saturating_sub(1);
        if worker.calls == 0 {
            self.world.done |= self.is().cover;
            self.finish();
        } else if self.model.bounds.habits == Habits::Yield {
            self.go(Phase::YieldQuery);
        } else {
            self.go_to_call();
        }
    }
}
