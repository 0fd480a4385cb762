//! What a step can do: the calls of a process, one of which makes a step.

use flyball_governor_core::Lane;

use super::bug::Bug;
use super::lanes::Applied;
use super::laws::Broken;
use super::moves::{Actor, Model, Reply};
use super::op::{Op, Who};
use super::world::{
    ACCOUNT, DRAINS_MAX, Delivery, LaneNo, Message, NO_NONCE, Phase, Seat, StopState, WIDE, Worker,
    World,
};

/// One step under way.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    pub(crate) model: &'a mut Model,
    /// The world, as far as the step has come.
    pub(crate) world: World,
    /// Which worker makes it; of no account where it is not a worker's.
    pub(crate) me: usize,
    /// What it is called in a story.
    pub(crate) what: &'static str,
    /// The transition that it tried, and whether its condition held.
    pub(crate) tried: Option<(&'static str, bool)>,
    /// The promise that it broke.
    pub(crate) broken: Option<Broken>,
    /// Other ends that the same step can have, instead of its own.
    pub(crate) others: Vec<(&'static str, World)>,
    /// The world if its maker dies between two calls that are one step.
    pub(crate) died: Vec<World>,
}

impl<'a> Step<'a> {
    pub(crate) const fn new(model: &'a mut Model, world: World, me: usize) -> Self {
        Self {
            model,
            world,
            me,
            what: "",
            tried: None,
            broken: None,
            others: Vec::new(),
            died: Vec::new(),
        }
    }

    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.model.bug == Some(bug)
    }

    /// The worker that makes the step.
    pub(crate) fn worker(&mut self) -> &mut Worker {
        let me = self.me.min(self.world.workers.len() - 1);
        #[expect(clippy::indexing_slicing, reason = "there is at least one worker")]
        &mut self.world.workers[me]
    }

    pub(crate) fn is(&self) -> Worker {
        self.world.workers.get(self.me).copied().unwrap_or(Worker::IDLE)
    }

    pub(crate) fn clock(&self) -> i8 {
        self.model.bounds.clock_of(self.me)
    }

    pub(crate) fn who(&self) -> Who {
        let Worker { work, nonce, seat, .. } = self.is();
        Who { work, nonce, seat, clock: self.clock() }
    }

    /// The same in the integration's lane.
    pub(crate) fn wide_who(&self) -> Who {
        Who { seat: self.is().wide, ..self.who() }
    }

    pub(crate) fn break_promise(&mut self, broken: Option<Broken>) {
        self.broken = self.broken.or(broken);
    }

    /// A lane's number.
    pub(crate) fn lane_no(&self, lane: usize) -> LaneNo {
        self.world.lane.get(lane).copied().unwrap_or(LaneNo::MAX)
    }

    /// A lane as it is.
    pub(crate) fn lane(&self, lane: usize) -> &Lane {
        self.model.lane(self.lane_no(lane))
    }

    /// Tries an operation on a lane.
    pub(crate) fn apply(&mut self, lane: usize, op: Op) -> Applied {
        let before = self.lane_no(lane);
        let applied = self.model.lanes.apply(before, op);
        self.tried = Some((applied.name, applied.done));
        self.break_promise(applied.broken);
        if applied.done && applied.lane != before {
            self.note_truth(lane, before, applied.lane);
            let marked = self.model.lane(applied.lane).marks != self.model.lane(before).marks;
            if marked && lane == ACCOUNT {
                for worker in &mut self.world.workers {
                    worker.marks_same = false;
                }
            }
            if marked && usize::from(self.world.ticker.lane) == lane {
                self.world.ticker.marks_same = false;
            }
            if let Some(number) = self.world.lane.get_mut(lane) {
                *number = applied.lane;
            }
        }
        applied
    }

    /// Remembers which outages there really were.
    fn note_truth(&mut self, lane: usize, before: LaneNo, after: LaneNo) {
        if lane != ACCOUNT {
            return;
        }
        let (before, after) = (self.model.lane(before), self.model.lane(after));
        if let (None, Some(down)) = (before.down, after.down) {
            self.world.outages.begun |= outage_bit(down.0);
        }
    }

    pub(crate) fn go(&mut self, phase: Phase) {
        self.worker().phase = phase;
    }

    /// Sees a lane: what the holder keeps of it.
    pub(crate) fn see(&mut self) {
        let number = self.lane_no(ACCOUNT);
        let lane = self.lane(ACCOUNT);
        // Only a lane that can be below its cap can be raised.
        let full = lane.limit < lane.cap && lane.held_count() >= lane.limit;
        let view = self.model.lanes.view(number);
        let worker = self.worker();
        worker.view = view;
        worker.fresh = true;
        worker.seen_full |= full;
    }

    /// Whether calls that nobody else can come between are one step: no holder ever loses its lease
    /// alive, and every answer arrives. What a death between them leaves is [`Step::died`].
    pub(crate) const fn is_brief(&self) -> bool {
        let faults = &self.model.bounds.faults;
        faults.late == 0 && faults.lost == 0
    }

    /// Notes what is left if the worker dies here, in the middle of its step.
    pub(crate) fn may_die_here(&mut self) {
        let alive = self.world;
        self.again();
        self.died.push(self.world);
        self.world = alive;
    }

    /// A receipt that is not the latest may delete the message, or may not: what is left if not.
    pub(crate) fn may_be_in_vain(&mut self, before: &World) {
        let Some(worker) = before.workers.get(self.me) else { return };
        let Delivery::Request(request) = worker.delivery else { return };
        let at = usize::from(request);
        let Some(message) = before.messages.get(at).copied() else { return };
        if message != Message::Gone && !self.is_latest(message) {
            let mut kept = self.world;
            if let Some(place) = kept.messages.get_mut(at) {
                *place = message;
            }
            self.others.push(("deletes its message by an old receipt, in vain", kept));
        }
    }

    /// Deletes the message that the worker was sent.
    pub(crate) fn delete(&mut self) {
        self.what = "deletes its message";
        if let Delivery::Request(request) = self.is().delivery {
            self.set_message(request, Message::Gone);
        }
    }

    fn is_latest(&self, message: Message) -> bool {
        matches!(message, Message::Hidden(by) if usize::from(by) == self.me)
    }

    pub(crate) fn set_message(&mut self, request: u8, to: Message) {
        if let Some(message) = self.world.messages.get_mut(usize::from(request)) {
            *message = to;
        }
    }

    /// The worker is done with its message, and waits for the next.
    pub(crate) fn rest(&mut self) {
        *self.worker() = Worker::IDLE;
    }

    /// The worker gives up, and its message comes again.
    pub(crate) fn again(&mut self) {
        let delivery = self.is().delivery;
        self.return_message(delivery);
        self.rest();
    }

    fn return_message(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::None => {}
            Delivery::Request(request) => {
                let message = self.world.messages.get(usize::from(request)).copied();
                if message.is_some_and(|message| self.is_latest(message)) {
                    self.set_message(request, Message::Again);
                }
            }
            Delivery::Drain(kind) => self.send_drain(kind),
        }
    }

    /// Puts a drain into the queue of a kind.
    pub(crate) fn send_drain(&mut self, kind: u8) {
        if let Some(drains) = self.world.drains.get_mut(usize::from(kind)) {
            *drains = (*drains + 1).min(DRAINS_MAX);
        }
    }

    /// Lets a request join the row of its work, or puts the row.
    pub(crate) fn put_row(&mut self, work: u8, requests: u8) {
        let row = self.world.rows.get(work).unwrap_or(0);
        self.world.rows.set(work, Some(row | requests));
    }

    pub(crate) fn kind_of(&self, work: u8) -> u8 {
        self.model.bounds.kinds.get(usize::from(work)).copied().unwrap_or(0)
    }

    /// A nonce that nobody bears: not a worker, not a lane, not what a stop remembers.
    pub(crate) fn new_nonce(&self) -> u8 {
        let mut used = 0_u32;
        for worker in self.world.workers.iter().filter(|worker| worker.nonce != NO_NONCE) {
            used |= 1 << worker.nonce;
            if worker.next_nonce != NO_NONCE {
                used |= 1 << worker.next_nonce;
            }
        }
        let written = match self.world.stop {
            StopState::Written(lane) => Some(lane),
            StopState::None | StopState::Complete => None,
        };
        for number in [self.lane_no(ACCOUNT), self.lane_no(WIDE)].into_iter().chain(written) {
            let Some(lane) = self.model.lanes.get(number) else { continue };
            let held = lane.held.values().map(|slot| &slot.nonce);
            for nonce in held.chain(lane.probe.as_ref().map(|probe| &probe.nonce)) {
                if let Some(nonce) = self.model.lanes.words.nonce_of(nonce) {
                    used |= 1 << nonce;
                }
            }
        }
        u8::try_from(used.trailing_ones()).unwrap_or(0)
    }

    /// The seat under which the lane has this worker's lease.
    pub(crate) fn seat_in(&self, lane: usize) -> (Seat, i8) {
        let Worker { work, nonce, .. } = self.is();
        let lane = self.lane(lane);
        let words = &self.model.lanes.words;
        let held = words.id(work).and_then(|id| lane.held.get(id));
        if let Some(slot) = held.filter(|slot| words.nonce_of(&slot.nonce) == Some(nonce)) {
            return (Seat::Held, super::op::ticks(slot.expires));
        }
        match lane.probe.as_ref().filter(|probe| words.nonce_of(&probe.nonce) == Some(nonce)) {
            Some(probe) => (Seat::Probe, super::op::ticks(probe.expires)),
            None => (Seat::None, 0),
        }
    }
}

/// The bit of an outage, by the number of the failing call that began it.
pub(crate) fn outage_bit(down: u64) -> u8 {
    u32::try_from(down).ok().and_then(|down| 1_u8.checked_shl(down)).unwrap_or(0)
}

/// What a step is in a story.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// Who makes it.
    pub actor: Actor,
    /// What it is.
    pub what: &'static str,
    /// The transition that it tried, and whether its condition held.
    pub tried: Option<(&'static str, bool)>,
    /// What became of the answer.
    pub reply: Reply,
}
