//! The worker's program at the end of a run: row, lane, message, in the order that loses nothing.

use super::bounds::Habits;
use super::bug::Bug;
use super::lanes::Next;
use super::laws::Broken;
use super::moves::Model;
use super::op::{Op, Who};
use super::program::Step;
use super::world::{ACCOUNT, Delivery, End, NO_LANE, NO_NONCE, Phase, Seat, Worker};

impl Step<'_> {
    /// The last checkpoint is saved. Whoever parked marked the lane: without a mark, no row.
    pub(crate) fn finish(&mut self) {
        self.worker().end = End::Finished;
        let worker = self.is();
        let view = self.model.lane(worker.view);
        let marked = view.wake.is_some();
        let baton = self.model.bounds.habits == Habits::Baton && worker.seat == Seat::Held;
        let below_cap = view.limit < view.cap && worker.seen_full;
        let steady = view.level == 0 && view.ramp.is_none();
        let raises = steady && (below_cap || view.slow > 0);
        let worker = self.worker();
        if !raises {
            worker.view = NO_LANE;
        }
        (worker.fence, worker.admitted_in, worker.calls) = (0, 0, 0);
        (worker.fresh, worker.seen_full) = (false, false);
        worker.hands_on = marked && baton;
        worker.marked = marked;
        if self.is().wide == Seat::None {
            self.after_wide();
        } else {
            self.go(Phase::ReleaseWide);
        }
    }

    /// The job was finished by another: this run ends before it begins.
    pub(crate) fn superfluous(&mut self) {
        let marked = self.model.lane(self.is().view).wake.is_some();
        let baton = self.model.bounds.habits == Habits::Baton;
        self.end_as(End::Finished);
        let worker = self.worker();
        (worker.hands_on, worker.marked, worker.drains) = (marked && baton, marked, 0);
        self.after_wide();
    }

    /// The integration's slot is given back, if there was one: the account's next.
    pub(crate) fn after_wide(&mut self) {
        let worker = self.is();
        match worker.end {
            End::Finished => {
                self.worker().marked = false;
                if worker.parked || worker.again || worker.marked {
                    self.go(Phase::Unpark);
                } else {
                    self.go_delete();
                }
            }
            End::GiveBack => self.go_to_end(),
            End::None
            | End::StepBack
            | End::Yield
            | End::Failed(_)
            | End::Throttled
            | End::Paused => self.go_leave_row(),
        }
    }

    /// Deletes the message next, if there was one.
    pub(crate) fn go_delete(&mut self) {
        self.go(Phase::Delete);
        if self.is().delivery == Delivery::None {
            self.after_delete();
        }
    }

    /// The run ends early: the row first, unless it is there.
    pub(crate) fn end(&mut self, end: End) {
        self.end_as(end);
        if self.is().wide == Seat::None {
            self.go_leave_row();
        } else {
            self.go(Phase::ReleaseWide);
        }
    }

    fn go_leave_row(&mut self) {
        if self.is().parked && !self.has(Bug::RowPutAgain) {
            self.go_to_end();
            return;
        }
        self.go(Phase::LeaveRow);
        if self.is_brief() && self.model.bounds.wide.is_none() {
            self.leave_row();
        }
    }

    fn end_as(&mut self, end: End) {
        let worker = self.worker();
        worker.end = end;
        (worker.fence, worker.admitted_in, worker.calls) = (0, 0, 0);
        (worker.fresh, worker.seen_full) = (false, false);
        if !matches!(end, End::Failed(_) | End::Throttled) {
            worker.view = NO_LANE;
        }
    }

    /// The slot is given back as well as it can be, and the message comes again.
    pub(crate) fn give_back(&mut self) {
        self.end_as(End::GiveBack);
        if self.is().wide == Seat::None {
            self.go_to_end();
        } else {
            self.go(Phase::ReleaseWide);
        }
    }

    /// Somebody else has taken over: nothing of this run is touched. The row, if there is one, has
    /// its waker, so the message may go.
    pub(crate) fn untouched(&mut self) {
        if self.is().parked || self.has(Bug::OvertakenDeletes) {
            self.worker().end = End::None;
            self.forget_but_message();
            self.go_delete();
        } else {
            self.again();
        }
    }

    fn go_to_end(&mut self) {
        let Worker { end, seat, .. } = self.is();
        let steps_back = matches!(end, End::StepBack | End::Yield | End::GiveBack);
        self.go(if steps_back && seat == Seat::Held { Phase::ReleaseAndMark } else { Phase::End });
    }

    /// What is left once the lane has heard the end.
    pub(crate) fn go_after_end(&mut self, end: End) {
        if end.comes_again() {
            self.again();
        } else if end == End::Yield {
            let drains = self.is().drains;
            self.forget_but_message();
            self.worker().drains = drains;
            self.go(Phase::SendDrain);
            if self.is_brief() {
                self.may_die_here();
                self.worker().end = End::Yield;
                self.send_for_first();
            }
        } else {
            self.forget_but_message();
            self.go_delete();
        }
    }

    /// Parks a job that ran from its message.
    pub(crate) fn leave_row(&mut self) {
        self.what = "puts its row back";
        let Worker { work, cover, parked, .. } = self.is();
        let finished = parked && cover & !self.world.done == 0;
        self.break_promise(finished.then_some(Broken::RowCameBack));
        self.put_row(work, cover);
        self.go_to_end();
    }

    /// The slot goes, and somebody is to look.
    pub(crate) fn release_and_mark(&mut self) {
        self.what = "gives its slot back and marks";
        let released = self.apply(ACCOUNT, Op::ReleaseAndMark(self.who()));
        if released.done {
            self.go_after_end(self.is().end);
        } else {
            self.go(Phase::BareMark);
        }
    }

    /// The slot was gone: the mark is still owed.
    pub(crate) fn bare_mark(&mut self) {
        self.what = "marks the lane";
        self.apply(ACCOUNT, Op::Mark(self.clock()));
        self.go_after_end(self.is().end);
    }

    /// The message goes last but for the slot.
    pub(crate) fn delete_last(&mut self) {
        let before = self.world;
        self.delete();
        if self.is_brief() {
            self.may_die_here();
        }
        self.after_delete();
        if self.is_brief() && self.is().phase == Phase::Release {
            self.release();
            self.what = "deletes its message and gives its slot back";
        }
        self.may_be_in_vain(&before);
    }

    pub(crate) fn tell_end(&mut self) {
        self.what = "tells the lane how it ended";
        let who = self.who();
        let Worker { end, seat, view, .. } = self.is();
        let op = match (end, seat) {
            (End::Failed(call), _) => Op::Trip(who, view, call),
            (End::Throttled, Seat::Held) => Op::Throttle(who, view),
            (End::Paused, Seat::Held) => Op::Pause(who),
            _ => Op::InconclusiveProbe(who),
        };
        if !self.apply(ACCOUNT, op).done {
            self.go(Phase::ReleaseAndMark);
        } else if !self.begin_notes() {
            self.go_after_end(end);
        }
    }

    /// The row goes if nobody joined.
    pub(crate) fn unpark(&mut self) {
        let Worker { work, cover, .. } = self.is();
        self.what = "removes its row if it holds nothing but what was covered";
        if self.has(Bug::RowNeverRemoved) {
            self.go_delete();
            return;
        }
        match self.world.rows.get(work) {
            Some(row) if row == cover || self.has(Bug::WholeRowCovered) => {
                self.world.rows.set(work, None);
                self.go_delete();
            }
            Some(_) => self.go(Phase::TakeOut),
            None => self.go_delete(),
        }
    }

    /// What was covered goes out of a row that somebody joined.
    pub(crate) fn take_out(&mut self) {
        let Worker { work, cover, .. } = self.is();
        self.what = "takes what was covered out of the row";
        if let Some(row) = self.world.rows.get(work) {
            self.world.rows.set(work, Some(row & !cover));
        }
        self.go(Phase::RemoveEmpty);
    }

    /// The row goes if nothing is left in it.
    pub(crate) fn remove_empty(&mut self) {
        let work = self.is().work;
        self.what = "removes the row if nothing is left in it";
        if self.world.rows.get(work) == Some(0) {
            self.world.rows.set(work, None);
        }
        self.go_delete();
    }

    /// A clean end with every slot in use.
    pub(crate) fn raise(&mut self) {
        self.what = "tries one slot more";
        let (before, view) = (self.world, self.is().view);
        let by_chance = self.model.lane(view).slow == 0;
        self.after_raise();
        let unraised = core::mem::replace(&mut self.world, before);
        self.apply(ACCOUNT, Op::Raise(self.who(), view));
        self.after_raise();
        if by_chance {
            self.others.push(("tries no slot more this time", unraised));
        }
    }

    fn after_raise(&mut self) {
        self.worker().view = NO_LANE;
        self.go(if self.is().hands_on { Phase::BatonQuery } else { Phase::Release });
        self.worker().hands_on = false;
    }

    /// Who goes first is sent for.
    pub(crate) fn send_for_first(&mut self) {
        self.what = "sends for who goes first";
        self.send_drain(self.is().drains);
        (self.worker().drains, self.worker().end) = (0, End::None);
        self.go_delete();
    }

    /// Somebody waits and there is room.
    pub(crate) fn send_one(&mut self) {
        self.what = "sends a drain";
        self.send_drain(self.kind_of(self.is().work));
        self.rest();
    }

    fn after_delete(&mut self) {
        let worker = self.is();
        if worker.end != End::Finished || !worker.holds() {
            self.rest();
            return;
        }
        let raises = worker.view != NO_LANE;
        let worker = self.worker();
        (worker.delivery, worker.cover) = (Delivery::None, 0);
        (worker.parked, worker.again) = (false, false);
        let hands_on = worker.hands_on;
        worker.hands_on &= raises;
        self.go(match (raises, hands_on) {
            (true, _) => Phase::Raise,
            (false, true) => Phase::BatonQuery,
            (false, false) => Phase::Release,
        });
    }

    /// Looks into the lot for a row of the same kind that can have the slot.
    pub(crate) fn baton_query(&mut self) {
        self.what = "looks for somebody to hand its slot to";
        let rows = self.world.rows;
        let kind = self.kind_of(self.is().work);
        let Some(next) = rows.works().find(|work| self.kind_of(*work) == kind) else {
            self.go(Phase::Release);
            return;
        };
        let nonce = self.new_nonce();
        let worker = self.worker();
        worker.next_work = next;
        worker.next_nonce = nonce;
        worker.cover = rows.get(next).unwrap_or(0);
        self.go(Phase::Baton);
    }

    /// Hands the slot on and goes on with the next run. A lost reply shows in the lane.
    pub(crate) fn baton(&mut self) {
        self.what = "hands its slot on";
        let Worker { next_work, next_nonce, cover, .. } = self.is();
        let who = self.who();
        let applied = self.apply(ACCOUNT, Op::Baton(who, next_work, next_nonce));
        let next = Who { work: next_work, nonce: next_nonce, ..who };
        let decided =
            self.model.lanes.next(self.lane_no(ACCOUNT), Who { seat: Seat::None, ..next });
        match decided {
            Next::Mine | Next::MineButTripped => {
                if applied.done {
                    let limit = self.lane(ACCOUNT).limit;
                    let law = Model::start_law(&self.world, self.me, limit);
                    self.break_promise(law);
                }
                *self.worker() = Worker {
                    phase: Phase::Admit,
                    work: next_work,
                    nonce: next_nonce,
                    cover,
                    parked: true,
                    ..Worker::IDLE
                };
                if decided == Next::Mine {
                    self.admitted();
                } else {
                    self.worker().seat = Seat::Held;
                    self.go(Phase::ReleaseOld);
                }
            }
            Next::Try(_) | Next::Running | Next::Wait => {
                let worker = self.worker();
                (worker.next_work, worker.next_nonce, worker.cover) = (0, NO_NONCE, 0);
                self.go(Phase::Release);
            }
        }
    }

    pub(crate) fn release(&mut self) {
        self.what = "gives its slot back";
        self.apply(ACCOUNT, Op::Finish(self.who()));
        let now = super::op::moment(self.clock());
        let lane = self.lane(ACCOUNT);
        let look_again = lane.wake.is_some()
            && lane.level == 0
            && lane.shut <= now
            && lane.held_count() < lane.limit;
        if look_again {
            let Worker { work, end, .. } = self.is();
            if self.is_brief() {
                self.may_die_here();
                self.send_drain(self.kind_of(work));
                self.rest();
                return;
            }
            *self.worker() = Worker { phase: Phase::SendDrain, work, end, ..Worker::IDLE };
        } else {
            self.rest();
        }
    }
}
