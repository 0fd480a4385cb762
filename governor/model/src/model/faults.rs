//! What is nobody's program: time, the queue, a person with a switch, death.

use super::bounds::Faults;
use super::moves::{Actor, IN_PLACE, Model, Move, Reply};
use super::op::{Op, far};
use super::program::{Step, Told};
use super::world::{
    ACCOUNT, End, LaneNo, Message, NO_LANE, Phase, StopState, WIDE, WORKERS_MAX, Watch, World,
};

/// The longest past that a worker's own deadline is told apart from.
const LONG_OVER: i8 = -2;

impl Model {
    fn tell(actor: Actor, what: &'static str) -> Told {
        Told { actor, what, tried: None, reply: Reply::Came }
    }

    /// A worker may die at any moment; its message comes again.
    pub(crate) fn death(&mut self, world: &World, me: usize, moves: &mut Vec<Move>) {
        if world.left.crash == 0 {
            return;
        }
        let mut step = Step::new(self, *world, me);
        step.world.left.crash -= 1;
        step.again();
        let actor = Actor::Worker(u8::try_from(me).unwrap_or(0));
        let told = Told { reply: Reply::Died, ..Self::tell(actor, "dies") };
        moves.push(Move { told, is_fault: true, world: step.world, broken: None, order: IN_PLACE });
    }

    /// A message may be delivered again while somebody works on it.
    pub(crate) fn queue_moves(world: &World, moves: &mut Vec<Move>) {
        if world.left.duplicate == 0 {
            return;
        }
        for (request, message) in world.messages.iter().enumerate() {
            if !matches!(message, Message::Hidden(_)) {
                continue;
            }
            let mut after = *world;
            after.left.duplicate -= 1;
            if let Some(message) = after.messages.get_mut(request) {
                *message = Message::Again;
            }
            let told = Self::tell(Actor::Queue, "delivers a message a second time");
            moves.push(Move { told, is_fault: true, world: after, broken: None, order: IN_PLACE });
        }
    }

    /// Once in a while somebody walks through all lots and marks a lane with rows and no wake-up.
    pub(crate) fn sweep_moves(&mut self, world: &World, moves: &mut Vec<Move>) {
        let [account, integration] = world.lane;
        let asleep = |lane: LaneNo| lane != NO_LANE && self.lane(lane).wake.is_none();
        let forgotten = [
            (ACCOUNT, !world.rows.is_empty() && asleep(account)),
            (WIDE, world.line != [false; 2] && asleep(integration)),
        ];
        for (which, _) in forgotten.into_iter().filter(|(_, forgotten)| *forgotten) {
            let mut step = Step::new(self, *world, WORKERS_MAX);
            step.apply(which, Op::Mark(0));
            let told =
                Told { tried: step.tried, ..Self::tell(Actor::Sweep, "marks a forgotten lot") };
            moves.push(Move {
                told,
                is_fault: false,
                world: step.world,
                broken: step.broken,
                order: IN_PLACE,
            });
        }
    }

    /// An outage of which nobody is left who could find its end: the schedule's next request will.
    pub(crate) fn schedule_moves(&mut self, world: &World, moves: &mut Vec<Move>) {
        let [account, _] = world.lane;
        let is_open = self.lane(account).level > 0 || world.outages.closed != world.outages.begun;
        if !self.bounds.schedule || !is_open || !Self::is_at_rest(world) || !world.rows.is_empty() {
            return;
        }
        let mut after = *world;
        after.messages = world.messages;
        if let Some(message) = after.messages.first_mut() {
            *message = Message::Visible;
        }
        let told = Self::tell(Actor::Schedule, "asks for the first work again");
        moves.push(Move { told, is_fault: false, world: after, broken: None, order: IN_PLACE });
    }

    /// A person changes the number of slots, or an incident of the whole integration ends.
    pub(crate) fn other_moves(&mut self, world: &World, moves: &mut Vec<Move>) {
        let [account, _] = world.lane;
        let view = self.lanes.view(account);
        let left = world.left;
        let resized = Faults { resize: left.resize.saturating_sub(1), ..left };
        let pardoned = Faults { pardon: left.pardon.saturating_sub(1), ..left };
        let ways = [
            (resized, "changes the number of slots", Op::Resize(view)),
            (pardoned, "declares the integration back", Op::Amnesty),
        ];
        for (then, what, op) in ways.into_iter().filter(|(then, ..)| *then != left) {
            let mut step = Step::new(self, *world, WORKERS_MAX);
            step.world.left = then;
            step.apply(ACCOUNT, op);
            let told = Told { tried: step.tried, ..Self::tell(Actor::Person, what) };
            moves.push(Move {
                told,
                is_fault: true,
                world: step.world,
                broken: step.broken,
                order: IN_PLACE,
            });
        }
    }

    /// A person stops the lane, or lifts the stop. Lifting is no fault: it happens in the end.
    pub(crate) fn person_moves(&mut self, world: &World, moves: &mut Vec<Move>) {
        let mut step = Step::new(self, *world, WORKERS_MAX);
        let is_fault = world.stop == StopState::None;
        if is_fault {
            if world.left.stop == 0 {
                return;
            }
            step.world.left.stop -= 1;
            step.what = "stops the lane";
            step.apply(ACCOUNT, Op::Stop);
            let number = step.lane_no(ACCOUNT);
            step.world.stop = StopState::Written(step.model.lanes.holders(number));
        } else {
            if step.model.bounds.switch == super::bounds::Switch::Expiring {
                return;
            }
            step.what = "lifts the stop";
            step.apply(ACCOUNT, Op::Lift);
            step.world.stop = StopState::None;
        }
        let told = Told { tried: step.tried, ..Self::tell(Actor::Person, step.what) };
        moves.push(Move {
            told,
            is_fault,
            world: step.world,
            broken: step.broken,
            order: IN_PLACE,
        });
    }

    /// One tick passes. A call ends in time; a lease whose holder sleeps through its end is a
    /// fault.
    pub(crate) fn time_moves(&mut self, world: &World, moves: &mut Vec<Move>) {
        let skew = i8::try_from(self.bounds.skew_ticks()).unwrap_or(0);
        let remaining = |at: usize| {
            let worker = world.workers.get(at).filter(|worker| worker.holds())?;
            Some((worker.phase, worker.expires - self.bounds.clock_of(at)))
        };
        let holders = || (0..WORKERS_MAX).filter_map(remaining);
        if holders().any(|(phase, left)| phase == Phase::Call && left - skew <= 1) {
            return;
        }
        // Between its two renewals a holder has one lease that is as old as before.
        let misses =
            holders().any(|(phase, left)| left == 1 || (phase == Phase::WideRenew && left > 0));
        if misses && world.left.late == 0 {
            return;
        }
        let left = Faults { late: world.left.late - u8::from(misses), ..world.left };
        let mut after = World { left, ..*world };
        for number in &mut after.lane {
            *number = if *number == NO_LANE { NO_LANE } else { self.lanes.later(*number) };
        }
        for worker in after.workers.iter_mut().filter(|worker| worker.phase != Phase::Idle) {
            worker.fresh = false;
            if worker.holds() {
                // Whoever has nothing left to do but to give the slot back looks at no clock.
                let floor = if worker.end == End::None { LONG_OVER } else { 0 };
                worker.expires = (worker.expires - 1).max(floor.min(worker.expires));
            }
        }
        if after.ticker.view != NO_LANE {
            after.ticker.view = self.lanes.later(after.ticker.view);
        }
        if after.ticker.watch == Watch::Push && after.ticker.next < far() {
            after.ticker.next = (after.ticker.next - 1).max(LONG_OVER);
        }
        if after == *world {
            return;
        }
        let told = Self::tell(Actor::Time, "passes");
        moves.push(Move { told, is_fault: misses, world: after, broken: None, order: IN_PLACE });
    }
}

impl super::lanes::Lanes {
    /// Who holds what in a lane, and nothing else of it: what a stop remembers.
    pub(crate) fn holders(&mut self, number: LaneNo) -> LaneNo {
        let Some(lane) = self.get(number) else { return number };
        let mut holders = flyball_governor_core::Lane::new(1);
        holders.held.clone_from(&lane.held);
        holders.probe.clone_from(&lane.probe);
        for slot in holders.held.values_mut() {
            slot.expires = super::op::NOW;
        }
        if let Some(probe) = &mut holders.probe {
            probe.expires = super::op::NOW;
        }
        self.intern(holders)
    }
}
