//! The integration's lane, where there is one: a job takes a slot of it too, after the account's,
//! but only where nobody stands in line before it, or when its account has been called. Others park
//! in the account's lot, let the account stand in line, see whether it is its turn, and only then
//! give the account's slot back, with a late look: whoever sees room in the integration's lane calls
//! whoever is next.

use super::lanes::Next;
use super::moves::Model;
use super::op::{Op, Who};
use super::program::Step;
use super::world::{ACCOUNT, Delivery, Phase, Seat, Try, WIDE, Worker};

impl Step<'_> {
    fn stands(&self, kind: u8) -> bool {
        self.world.line.get(usize::from(kind)).copied().unwrap_or(false)
    }

    fn set_place(&mut self, kind: u8, stands: bool) {
        if let Some(place) = self.world.line.get_mut(usize::from(kind)) {
            *place = stands;
        }
    }

    /// Whoever has read the place of a kind no longer knows it.
    fn stamp(&mut self, kind: u8) {
        let kinds = self.model.bounds.kinds;
        for (at, worker) in self.world.workers.iter_mut().enumerate() {
            let of = match worker.delivery {
                Delivery::Drain(of) => Some(of),
                Delivery::None | Delivery::Request(_) => {
                    kinds.get(usize::from(worker.work)).copied()
                }
            };
            worker.place_same &= at == self.me || of != Some(kind);
        }
    }

    /// The kind whose turn it is, where there is room. Of those that wait equally long, the first.
    pub(crate) fn next_in_line(&self) -> Option<u8> {
        let lane = self.lane(WIDE);
        let room = lane.held_count() < lane.limit;
        (0_u8..2).find(|kind| room && self.stands(*kind))
    }

    /// Whoever has not been called takes a slot only where there is room besides a line.
    pub(crate) fn wide_look(&mut self) {
        self.what = "sees whether anybody stands in line";
        let lane = self.lane(WIDE);
        let is_open = self.world.line == [false; 2] && lane.held_count() < lane.limit;
        if lane.wake.is_some() && !is_open {
            self.go_stand();
            return;
        }
        self.go(Phase::AdmitWide);
        // Whoever comes to stand there in between might as well have come after.
        if self.is_brief() {
            self.admit_wide();
        }
    }

    fn go_stand(&mut self) {
        let parked = self.is().parked;
        self.go(if parked { Phase::WideStand } else { Phase::WidePark });
    }

    /// The account's row comes first.
    pub(crate) fn wide_park(&mut self) {
        self.what = "puts the row, because it has to stand in line";
        let Worker { work, cover, .. } = self.is();
        self.put_row(work, cover);
        // Its row has no waker yet: until it stands in line, its message is its insurance.
        self.worker().again = true;
        self.go(Phase::WideStand);
        // It has the slot of this work: nobody starts the row in between.
        if self.is_brief() {
            self.may_die_here();
            self.wide_stand();
        }
    }

    /// Then the place in line.
    pub(crate) fn wide_stand(&mut self) {
        self.what = "stands in line";
        let kind = self.kind_of(self.is().work);
        let stood = self.stands(kind);
        self.set_place(kind, true);
        self.stamp(kind);
        self.worker().more |= stood;
        self.go(if stood { Phase::WideNext } else { Phase::WideMark });
        // Nobody looks at the line before the mark.
        if !stood && self.is_brief() {
            self.may_die_here();
            self.wide_mark();
            self.what = "stands in line and marks the integration's lane";
        }
    }

    /// Then the mark, where nobody stood there before.
    pub(crate) fn wide_mark(&mut self) {
        self.what = "marks the integration's lane";
        self.apply(WIDE, Op::Mark(self.clock()));
        let has_it = self.is().wide != Seat::None;
        self.go(if has_it { Phase::Claim } else { Phase::WideNext });
    }

    /// Then it sees whether it is its turn: whoever left before the mark saw nobody in line.
    pub(crate) fn wide_next(&mut self) {
        self.what = "sees whether it is its turn";
        let kind = self.kind_of(self.is().work);
        if self.next_in_line() == Some(kind) {
            let worker = self.worker();
            (worker.called, worker.place_same, worker.attempt) = (true, true, Try::Admit);
            self.go(Phase::AdmitWide);
        } else {
            self.go(Phase::WideGiveUp);
        }
    }

    /// It has its slot: it goes to the end of the line where more of its work waits, and leaves it
    /// otherwise.
    pub(crate) fn wide_turn(&mut self) {
        self.what = "has had its turn in line";
        let kind = self.kind_of(self.is().work);
        let (more, stood) = (self.is().more, self.stands(kind));
        if more {
            self.set_place(kind, true);
            self.stamp(kind);
        } else {
            self.leave_line(kind);
        }
        let worker = self.worker();
        (worker.called, worker.place_same, worker.more) = (false, false, false);
        self.go(if more && !stood { Phase::WideMark } else { Phase::Claim });
        if self.is_brief() {
            self.may_die_here();
            if more && !stood {
                self.wide_mark();
            } else {
                self.claim();
            }
        }
    }

    fn leave_line(&mut self, kind: u8) {
        if self.is().place_same {
            self.set_place(kind, false);
        }
    }

    /// It was called, and nothing of its account can start: it leaves the line.
    pub(crate) fn wide_miss(&mut self) {
        self.what = "leaves the line, for nothing of its can start";
        if let Delivery::Drain(kind) = self.is().delivery {
            self.leave_line(kind);
        }
        self.forget_but_message();
        self.go_delete();
    }

    /// Both leases are renewed, one after the other.
    pub(crate) fn wide_renew(&mut self) {
        self.what = "renews its lease in the integration's lane";
        let expires = self.is().expires;
        let renewed = self.apply(WIDE, Op::Renew(self.wide_who(), expires));
        let (seat, end) = self.seat_in(WIDE);
        if renewed.done || (seat != Seat::None && end >= expires) {
            self.look_and_call();
        } else {
            self.untouched();
        }
    }

    /// No call is left to make: the integration's slot goes first. Whoever is next in line is called,
    /// by this worker or, where it may not, by the ticker.
    pub(crate) fn wide_release(&mut self) {
        self.what = "gives the integration's slot back";
        self.apply(WIDE, Op::Release(self.wide_who()));
        self.worker().wide = Seat::None;
        self.after_wide();
        if let Some(kind) = self.next_in_line().filter(|_kind| self.lane(WIDE).wake.is_some()) {
            // Whoever dies before the call has called nobody, as whoever may not call.
            if self.model.bounds.faults.crash > 0 {
                self.may_die_here();
            } else {
                let unsaid = "gives the integration's slot back, and calls nobody";
                self.others.push((unsaid, self.world));
            }
            self.what = "gives the integration's slot back, and calls who is next in line";
            self.send_drain(kind);
        }
    }

    pub(crate) fn admit_wide(&mut self) {
        self.what = "asks for a slot of the integration";
        let who = Who { seat: Seat::None, ..self.who() };
        let limit = self.lane(WIDE).limit;
        let applied = self.apply(WIDE, Op::Try(who, self.is().attempt));
        let next = self.model.lanes.next(self.lane_no(WIDE), who);
        match next {
            Next::Mine | Next::MineButTripped => {
                if applied.done {
                    let law = Model::start_law(&self.world, self.me, limit);
                    self.break_promise(law);
                }
                let worker = self.worker();
                (worker.wide, worker.attempt) = (Seat::Held, Try::Admit);
                let called = worker.called;
                worker.more &= called;
                self.go(if called { Phase::WideTurn } else { Phase::Claim });
                if self.is_brief() {
                    self.may_die_here();
                    if called {
                        self.wide_turn();
                    } else {
                        self.claim();
                    }
                }
            }
            Next::Try(attempt) => self.worker().attempt = attempt,
            Next::Running | Next::Wait => {
                self.worker().attempt = Try::Admit;
                if self.is().called {
                    // It keeps its place.
                    self.go(Phase::WideGiveUp);
                } else {
                    self.go_stand();
                }
            }
        }
    }

    pub(crate) fn wide_give_up(&mut self) {
        self.what = "gives the account's slot back, for somebody to come later";
        let who = self.who();
        let op = match who.seat {
            Seat::Probe => Op::InconclusiveProbe(who),
            Seat::Held | Seat::None => Op::ReleaseAndMarkLate(who),
        };
        if self.apply(ACCOUNT, op).done {
            self.forget_but_message();
            self.go_delete();
        } else {
            self.go(Phase::BareMark);
        }
    }
}
