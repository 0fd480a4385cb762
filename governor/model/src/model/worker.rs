//! The worker's program up to a run, as in the importer: take a message; ask; refused, put the row,
//! mark, ask again, and only then delete the message. A drain claims nothing: it reads the lane,
//! then the lot, and asks for one row after the other.

use super::bug::Bug;
use super::lanes::Next;
use super::moves::{Actor, Model, Move};
use super::op::Op;
use super::program::Step;
use super::world::{ACCOUNT, Delivery, End, Message, Phase, Rows, Seat, Try, Worker, World};

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method is of one lifetime, the closure of all"
)]
impl Model {
    /// The next steps of one worker, with what may go wrong in them.
    pub(crate) fn worker_moves(&mut self, world: &World, me: usize, moves: &mut Vec<Move>) {
        let Some(worker) = world.workers.get(me) else { return };
        let actor = Actor::Worker(u8::try_from(me).unwrap_or(0));
        if worker.phase == Phase::Idle {
            self.receive_moves(world, me, actor, moves);
            return;
        }
        if worker.phase == Phase::Call {
            self.call_moves(world, me, actor, moves);
        } else {
            let mut step = Step::new(self, *world, me);
            step.work_on(step.is().phase);
            Self::add(moves, world, actor, step, Some(|step| step.give_up()));
        }
        self.death(world, me, moves);
    }

    /// An idle worker takes any message that waits. Of idle workers whose clocks agree the first
    /// takes it: they can't be told apart.
    fn receive_moves(&mut self, world: &World, me: usize, actor: Actor, moves: &mut Vec<Move>) {
        let clock = self.bounds.clock_of(me);
        let earlier = world.workers.iter().take(me).enumerate();
        for (at, other) in earlier {
            if other.phase == Phase::Idle && self.bounds.clock_of(at) == clock {
                return;
            }
        }
        for (message, request) in world.messages.into_iter().zip(0_u8..) {
            if matches!(message, Message::Visible | Message::Again) {
                // Nobody can tell a message that was taken from one that waits, until its worker
                // asks: the two are one step, but the answer can be lost for itself.
                let mut step = Step::new(self, *world, me);
                step.take_request(request);
                let taken = step.world;
                step.admit();
                step.what = "takes a request's message and asks for a slot";
                Self::add(moves, &taken, actor, step, Some(|step| step.give_up()));
            }
        }
        for (drains, kind) in world.drains.into_iter().zip(0_u8..) {
            if drains > 0 {
                let mut step = Step::new(self, *world, me);
                step.take_drain(kind);
                Self::add(moves, world, actor, step, None);
            }
        }
    }
}

impl Step<'_> {
    fn take_request(&mut self, request: u8) {
        self.what = "takes a request's message";
        let by = u8::try_from(self.me).unwrap_or(0);
        let before = self.world.messages.get(usize::from(request));
        let again = before == Some(&Message::Again) && !self.has(Bug::LeftRowNotSought);
        self.set_message(request, Message::Hidden(by));
        let work = self.model.bounds.requests.get(usize::from(request)).copied().unwrap_or(0);
        let nonce = self.new_nonce();
        *self.worker() = Worker {
            phase: Phase::Admit,
            delivery: Delivery::Request(request),
            work,
            nonce,
            cover: 1 << request,
            again,
            ..Worker::IDLE
        };
    }

    fn take_drain(&mut self, kind: u8) {
        self.what = "takes a drain message";
        if let Some(drains) = self.world.drains.get_mut(usize::from(kind)) {
            *drains -= 1;
        }
        // The place in line is read before the lot.
        let called = self.world.line.get(usize::from(kind)) == Some(&true);
        let delivery = Delivery::Drain(kind);
        *self.worker() = Worker { delivery, called, place_same: called, ..Worker::IDLE };
        self.drain_look();
        self.what = "takes a drain message and looks at the lane";
    }

    pub(crate) fn drain_look(&mut self) {
        self.what = "looks at the lane";
        if self.has(Bug::LotBeforeLane) && self.world.rows.is_empty() {
            self.go(Phase::LateLook);
            return;
        }
        self.worker().marks_same = true;
        self.go(Phase::DrainQuery);
    }

    /// A slot of before a trip is given back: no call is made under it.
    pub(crate) fn release_old(&mut self) {
        self.what = "gives back a slot of before the trip";
        self.apply(ACCOUNT, Op::ReleaseAndMark(self.who()));
        self.worker().seat = Seat::None;
        self.refused(Next::Wait);
    }

    /// The row comes first.
    pub(crate) fn park(&mut self) {
        self.what = "puts the row";
        let Worker { work, cover, .. } = self.is();
        self.put_row(work, cover);
        (self.worker().parked, self.worker().again) = (true, false);
        if self.has(Bug::DeleteBeforeMark) {
            self.delete();
            self.worker().delivery = Delivery::None;
        }
        self.go(Phase::Mark);
    }

    /// Then the mark; then it asks once more.
    pub(crate) fn mark(&mut self) {
        self.what = "marks the lane";
        if !self.has(Bug::NoMark) {
            self.apply(ACCOUNT, Op::Mark(self.clock()));
        }
        self.worker().asked_again = true;
        self.worker().attempt = Try::Admit;
        self.go(Phase::Admit);
    }

    /// The look that a bug has too late.
    pub(crate) fn late_look(&mut self) {
        self.what = "looks at the lane";
        self.worker().marks_same = true;
        self.go(Phase::DrainClear);
    }

    /// Nothing waits: the wake-up goes, unless somebody came since.
    pub(crate) fn drain_clear(&mut self) {
        self.what = "finds an empty lot and clears the wake-up";
        self.apply(ACCOUNT, Op::Clear { marks_same: self.is().marks_same });
        if self.is().called {
            self.starts_nothing();
            return;
        }
        self.forget_but_message();
        self.go_delete();
    }

    /// As many are sent as there is room and work for.
    pub(crate) fn send_further(&mut self) {
        self.what = "sends further drains";
        self.send_drains();
        self.go_claim();
    }

    /// The slots are there, but for that of the integration: what comes before the first call.
    fn go_claim(&mut self) {
        if self.model.bounds.wide.is_some() {
            let called = self.is().called;
            self.go(if called { Phase::AdmitWide } else { Phase::WideLook });
            return;
        }
        self.go(Phase::Claim);
        if self.is_brief() {
            self.claim();
        }
    }

    fn send_drains(&mut self) {
        if let Delivery::Drain(kind) = self.is().delivery {
            for _ in 0..self.is().drains {
                self.send_drain(kind);
            }
        }
        self.worker().drains = 0;
    }

    pub(crate) fn admit(&mut self) {
        self.what = "asks for a slot";
        let who = self.who();
        let limit = self.lane(ACCOUNT).limit.max(1);
        let cap = self.lane(ACCOUNT).cap;
        let applied = self.apply(ACCOUNT, Op::Try(who, self.is().attempt));
        let next = self.model.lanes.next(self.lane_no(ACCOUNT), who);
        match next {
            Next::Mine => {
                let limit = if self.seat_in(ACCOUNT).0 == Seat::Probe { cap } else { limit };
                if applied.done {
                    let law = Model::start_law(&self.world, self.me, limit);
                    self.break_promise(law);
                }
                self.admitted();
            }
            Next::MineButTripped if self.has(Bug::OldLeaseGoesOn) => self.admitted(),
            Next::MineButTripped => {
                self.worker().seat = Seat::Held;
                self.go(Phase::ReleaseOld);
            }
            Next::Try(attempt) => self.worker().attempt = attempt,
            Next::Running | Next::Wait => self.refused(next),
        }
    }

    /// The slot is there. Whoever is stopped or tripped already begins nothing.
    pub(crate) fn admitted(&mut self) {
        let (seat, expires) = self.seat_in(ACCOUNT);
        let lane = self.lane(ACCOUNT);
        let fence = u8::try_from(lane.fence).unwrap_or(u8::MAX);
        let admitted_in = u8::try_from(lane.generation).unwrap_or(u8::MAX);
        let room = lane.limit.saturating_sub(lane.held_count());
        let calls = self.model.bounds.calls;
        let drains = match self.is().delivery {
            Delivery::Drain(_) => {
                let others = self.is().drains;
                others.min(u8::try_from(room).unwrap_or(u8::MAX))
            }
            Delivery::None | Delivery::Request(_) => 0,
        };
        self.see();
        let worker = self.worker();
        worker.seat = seat;
        worker.expires = expires;
        worker.fence = fence;
        worker.admitted_in = admitted_in;
        worker.calls = calls;
        worker.rows = Rows(0);
        worker.attempt = Try::Admit;
        worker.asked_again = false;
        worker.marks_same = false;
        worker.drains = drains;
        if self.has(Bug::RowRemovedAtStart) && self.is().parked {
            let work = self.is().work;
            self.world.rows.set(work, None);
        }
        if !self.is().parked || self.has(Bug::RowNotReadAgain) {
            self.begin();
            return;
        }
        self.go(Phase::RowAgain);
        if self.is_brief() {
            self.may_die_here();
            self.row_again();
        }
    }

    /// Whoever asked for this slot saw the row before it had it: another may have finished the job
    /// in between.
    pub(crate) fn row_again(&mut self) {
        self.what = "sees whether its row is still there";
        let Worker { work, seat, .. } = self.is();
        match self.world.rows.get(work) {
            Some(row) => {
                self.worker().cover = row;
                self.begin();
            }
            None if seat == Seat::Held => self.superfluous(),
            None => self.give_back(),
        }
    }

    /// Begins the run, unless something forbids it already.
    fn begin(&mut self) {
        let drains = self.is().drains;
        if self.halted() == Some(End::StepBack) {
            self.end(End::StepBack);
        } else if drains > 0 && !self.is_brief() {
            self.go(Phase::SendDrains);
        } else {
            if self.is_brief() {
                self.may_die_here();
                self.send_drains();
            }
            self.go_claim();
        }
    }

    fn refused(&mut self, next: Next) {
        let worker = self.is();
        match worker.delivery {
            Delivery::Request(_) if next == Next::Running && self.has(Bug::DuplicateDeleted) => {
                self.forget_but_message();
                self.go_delete();
            }
            Delivery::Request(_) if !worker.asked_again => {
                self.worker().attempt = Try::Admit;
                if self.has(Bug::DeleteBeforePark) {
                    self.delete();
                    self.worker().delivery = Delivery::None;
                }
                self.go(Phase::Park);
            }
            Delivery::Drain(_) if next == Next::Running => self.ask_for_next_row(),
            Delivery::None | Delivery::Request(_) | Delivery::Drain(_) => self.starts_nothing(),
        }
    }

    /// Nothing starts; whoever was called has missed its turn.
    pub(crate) fn starts_nothing(&mut self) {
        if self.is().called && !self.has(Bug::LineNeverLeft) {
            self.go(Phase::WideMiss);
            if self.is_brief() {
                self.may_die_here();
                self.wide_miss();
            }
            return;
        }
        self.forget_but_message();
        self.go_delete();
    }

    /// Nothing but the message is left to deal with.
    pub(crate) fn forget_but_message(&mut self) {
        let Worker { phase, delivery, end, .. } = self.is();
        *self.worker() = Worker { phase, delivery, end, ..Worker::IDLE };
    }

    pub(crate) fn drain_query(&mut self) {
        self.what = "looks into the lot";
        let rows = self.world.rows;
        if rows.is_empty() || (self.has(Bug::RunningRowsAreNone) && self.all_running(rows)) {
            self.go(Phase::DrainClear);
            return;
        }
        let others = u8::try_from(rows.works().count()).unwrap_or(1) - 1;
        let more = self.model.bounds.wide.is_some() && others > 0;
        let worker = self.worker();
        worker.rows = rows;
        worker.more = more;
        worker.drains = others;
        worker.marks_same = false;
        self.ask_for_next_row();
    }

    /// Whether every row's work is held by a living lease.
    fn all_running(&self, rows: Rows) -> bool {
        let lane = self.lane(ACCOUNT);
        let words = &self.model.lanes.words;
        let mut held = rows.works().map(|work| words.id(work).and_then(|id| lane.held.get(id)));
        held.all(|slot| slot.is_some_and(|slot| slot.expires > super::op::NOW))
    }

    /// Asks for the first row of the drain's kind that has not been tried.
    fn ask_for_next_row(&mut self) {
        let Delivery::Drain(kind) = self.is().delivery else { return };
        let rows = self.is().rows;
        let next = rows.works().find(|work| self.kind_of(*work) == kind);
        let Some(work) = next else {
            self.starts_nothing();
            return;
        };
        let nonce = self.new_nonce();
        let worker = self.worker();
        worker.cover = rows.get(work).unwrap_or(0);
        worker.rows.set(work, None);
        worker.work = work;
        worker.nonce = nonce;
        worker.parked = true;
        worker.attempt = Try::Admit;
        self.go(Phase::Admit);
    }
}
