//! The integration's lane, where there is one: a job takes a slot of it too, after the account's.
//! Refused there, it parks in the account's lot, puts the account's row into the integration's lot,
//! marks that lane, asks once more, and only then gives the account's slot back, with a late look:
//! whoever sees room in the integration's lane sends for it sooner.

use super::lanes::Next;
use super::op::{Op, Who};
use super::program::Step;
use super::world::{ACCOUNT, Phase, Seat, Try, WIDE, Worker};

impl Step<'_> {
    pub(crate) fn wide_on(&mut self) {
        match self.is().phase {
            Phase::AdmitWide => self.admit_wide(),
            Phase::WidePark => {
                self.what = "puts the row, because the integration is full";
                let Worker { work, cover, .. } = self.is();
                self.put_row(work, cover);
                self.worker().parked = true;
                self.go(Phase::WideRow);
            }
            Phase::WideRow => {
                self.what = "puts the account's row into the integration's lot";
                self.world.wide_row |= 1 << self.is().work;
                self.go(Phase::WideMark);
            }
            Phase::WideMark => {
                self.what = "marks the integration's lane";
                self.apply(WIDE, Op::Mark(self.clock()));
                let worker = self.worker();
                (worker.wide_asked, worker.attempt) = (true, Try::Admit);
                self.go(Phase::AdmitWide);
            }
            Phase::WideGiveUp => self.wide_give_up(),
            Phase::WideUnpark => {
                self.what = "takes its work out of the integration's lot";
                self.world.wide_row &= !(1 << self.is().work);
                self.go(Phase::Claim);
            }
            Phase::WideRenew => {
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
            Phase::ReleaseWide => {
                self.what = "gives the integration's slot back";
                self.apply(WIDE, Op::Release(self.wide_who()));
                self.worker().wide = Seat::None;
                self.after_wide();
            }
            _ => self.run_on(),
        }
    }

    fn admit_wide(&mut self) {
        self.what = "asks for a slot of the integration";
        let who = Who { seat: Seat::None, ..self.who() };
        let limit = self.lane(WIDE).limit;
        let applied = self.apply(WIDE, Op::Try(who, self.is().attempt));
        let next = self.model.lanes.next(self.lane_no(WIDE), who);
        match next {
            Next::Mine | Next::MineButTripped => {
                if applied.done {
                    let law = self.model.start_law(&self.world, self.me, limit);
                    self.break_promise(law);
                }
                let worker = self.worker();
                (worker.wide, worker.attempt, worker.wide_asked) = (Seat::Held, Try::Admit, false);
                let marked = self.lane(WIDE).wake.is_some();
                self.go(if marked { Phase::WideUnpark } else { Phase::Claim });
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

    fn wide_give_up(&mut self) {
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
