//! The integration's lane, where there is one: a job takes a slot of it too, after the account's.
//! Refused there, it parks in the account's lot, puts the account's row into the integration's lot,
//! marks that lane, asks once more, and only then gives the account's slot back, with a late look:
//! whoever sees room in the integration's lane sends for it sooner.

use super::lanes::Next;
use super::moves::Model;
use super::op::{Op, Who};
use super::program::Step;
use super::world::{ACCOUNT, Phase, Seat, Try, WIDE, Worker};

impl Step<'_> {
    /// The account's row comes first.
    pub(crate) fn wide_park(&mut self) {
        self.what = "puts the row, because the integration is full";
        let Worker { work, cover, .. } = self.is();
        self.put_row(work, cover);
        // Its row has no waker yet: until it waits here, its message is its insurance.
        self.worker().again = true;
        self.go(Phase::WideRow);
    }

    /// Then that in the integration's lot.
    pub(crate) fn wide_row(&mut self) {
        self.what = "puts the account's row into the integration's lot";
        self.world.wide_row |= 1 << self.is().work;
        self.go(Phase::WideMark);
    }

    /// Then the mark; then it asks once more.
    pub(crate) fn wide_mark(&mut self) {
        self.what = "marks the integration's lane";
        self.apply(WIDE, Op::Mark(self.clock()));
        let worker = self.worker();
        (worker.wide_asked, worker.attempt) = (true, Try::Admit);
        self.go(Phase::AdmitWide);
    }

    /// It has its slot: it waits in the integration's lot no more.
    pub(crate) fn wide_unpark(&mut self) {
        self.what = "takes its work out of the integration's lot";
        self.world.wide_row &= !(1 << self.is().work);
        self.go(Phase::Claim);
    }

    /// The account's lot is empty, so nothing of it waits in the integration's either: a drain that
    /// came too late may have put a row for work that was finished. Whoever parks meanwhile gives
    /// its slot back with a late look, which then finds it.
    pub(crate) fn wide_forget(&mut self) {
        self.what = "takes the account's row out of the integration's lot";
        self.world.wide_row = 0;
        self.go(Phase::DrainClear);
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

    /// No call is left to make: the integration's slot goes first.
    pub(crate) fn wide_release(&mut self) {
        self.what = "gives the integration's slot back";
        self.apply(WIDE, Op::Release(self.wide_who()));
        self.worker().wide = Seat::None;
        self.after_wide();
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
                (worker.wide, worker.attempt, worker.wide_asked) = (Seat::Held, Try::Admit, false);
                let marked = self.lane(WIDE).wake.is_some();
                let left = marked || self.is().again;
                self.go(if left { Phase::WideUnpark } else { Phase::Claim });
            }
            Next::Try(attempt) => self.worker().attempt = attempt,
            Next::Running | Next::Wait => {
                let Worker { wide_asked, parked, .. } = self.is();
                self.worker().attempt = Try::Admit;
                self.go(match (wide_asked, parked) {
                    (true, _) => Phase::WideGiveUp,
                    (false, true) => Phase::WideRow,
                    (false, false) => Phase::WidePark,
                });
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
