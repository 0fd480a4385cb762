//! From one state to the next ones.

use flyball_governor_core::{Lane, stop_is_complete};

use super::bounds::{Bounds, Faults};
use super::bug::Bug;
use super::lanes::{Lanes, Names};
use super::laws::Broken;
use super::op::NOW;
use super::program::{Step, Told};
use super::world::{
    ACCOUNT, End, LaneNo, Message, NO_LANE, NO_NONCE, Phase, StopState, WIDE, WORKERS_MAX, Watch,
    Worker, World,
};

/// A world of given bounds, with or without a bug in it.
#[derive(Debug)]
pub struct Model {
    pub(crate) bounds: Bounds,
    pub(crate) bug: Option<Bug>,
    pub(crate) lanes: Lanes,
    /// The most calls there may be at once.
    pub(crate) most_at_once: u32,
    nothing: Lane,
    first: World,
}

/// Who makes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A worker.
    Worker(u8),
    /// The ticker.
    Ticker,
    /// A person.
    Person,
    /// The queue.
    Queue,
    /// The sweep of the lots.
    Sweep,
    /// The account's schedule.
    Schedule,
    /// Time itself.
    Time,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It came.
    Came,
    /// It was lost; the same is asked again.
    LostThenRetried,
    /// It was lost, and its asker gave up.
    LostThenGivenUp,
    /// The request itself was lost, and its asker gave up.
    NeverSent,
    /// The asker died.
    Died,
}

/// One step from a state.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// What it is in a story.
    pub told: Told,
    /// Whether it is a fault, out of a budget.
    pub is_fault: bool,
    /// The state it leads to.
    pub world: World,
    /// The promise that it breaks.
    pub broken: Option<Broken>,
    /// Which worker, by its place before the step, stands at each place after it.
    pub order: Order,
}

/// Places of workers.
pub type Order = [u8; WORKERS_MAX];

/// Every worker in its place.
pub(crate) const IN_PLACE: Order = [0, 1, 2];

impl Model {
    /// A model of these bounds.
    pub fn new(bounds: Bounds, bug: Option<Bug>) -> Self {
        let mut lanes = Lanes::new(&bounds, bug);
        let account = lanes.create(bounds.cap);
        let wide = bounds.wide.map_or(NO_LANE, |slots| lanes.create(slots));
        let mut model = Self {
            first: World::first(&bounds, [account, wide]),
            most_at_once: bounds.cap.max(if bounds.faults.resize > 0 {
                bounds.resized_to
            } else {
                0
            }),
            nothing: Lane::new(1),
            lanes,
            bug,
            bounds,
        };
        let mut first = model.first;
        model.rename_nonces(&mut first);
        model.first = first;
        model
    }

    /// The state before anything has happened.
    pub const fn first(&self) -> World {
        self.first
    }

    /// How many different lanes were met.
    pub fn lanes_met(&self) -> usize {
        self.lanes.len()
    }

    /// A lane by its number.
    pub(crate) fn lane(&self, number: LaneNo) -> &Lane {
        self.lanes.get(number).unwrap_or(&self.nothing)
    }

    /// The account's lane in a state.
    pub fn account_lane(&self, world: &World) -> &Lane {
        let [account, _] = world.lane;
        self.lane(account)
    }

    /// The promise that a state breaks.
    pub fn broken_in(&self, world: &World) -> Option<Broken> {
        self.state_law(world)
    }

    /// Whether nothing is left to be done, now or later.
    pub fn is_over(&self, world: &World) -> bool {
        let requests = u32::try_from(self.bounds.requests.len()).unwrap_or(0);
        let lane_at_rest = |number: LaneNo| {
            let lane = self.lane(number);
            number == NO_LANE || (lane.wake.is_none() && lane.notes.is_empty())
        };
        let outages = world.outages;
        Self::is_at_rest(world)
            && world.done.count_ones() == requests
            && world.rows.is_empty()
            && world.line == [false; 2]
            && world.stop == StopState::None
            && world.lane.iter().all(|number| lane_at_rest(*number))
            && outages.begun == outages.entered
            && outages.begun == outages.closed
    }

    /// Whether nobody is at work and nothing waits in the queue.
    pub(crate) fn is_at_rest(world: &World) -> bool {
        world.workers.iter().all(|worker| worker.phase == Phase::Idle)
            && world.ticker.watch == Watch::Idle
            && world.drains == [0; 2]
            && world.messages.iter().all(|message| *message == Message::Gone)
    }

    /// Every step that can be made from a state.
    pub fn moves(&mut self, world: &World, moves: &mut Vec<Move>) {
        moves.clear();
        for worker in 0..usize::from(self.bounds.workers).min(WORKERS_MAX) {
            self.worker_moves(world, worker, moves);
        }
        self.ticker_moves(world, moves);
        self.person_moves(world, moves);
        self.schedule_moves(world, moves);
        self.other_moves(world, moves);
        self.sweep_moves(world, moves);
        Self::queue_moves(world, moves);
        self.time_moves(world, moves);
        for step in moves.iter_mut() {
            self.notice_stop(&mut step.world);
            Self::rename_fences(&mut step.world);
            step.order = self.sort(&mut step.world);
            self.rename_nonces(&mut step.world);
        }
    }

    /// Adds what came of a step: the step itself, its other ends, and, where the answer can be
    /// lost, what then happens. `gives_up` is what the asker does then.
    pub(crate) fn add(
        moves: &mut Vec<Move>,
        before: &World,
        actor: Actor,
        step: Step<'_>,
        gives_up: Option<fn(&mut Step<'_>)>,
    ) {
        let Step { model, world, me, what, tried, broken, others, died } = step;
        let told = |what, reply| Told { actor, what, tried, reply };
        let push = |moves: &mut Vec<Move>, what, reply, is_fault, world| {
            moves.push(Move { told: told(what, reply), is_fault, world, broken, order: IN_PLACE });
        };
        push(moves, what, Reply::Came, false, world);
        for (what, world) in others {
            push(moves, what, Reply::Came, false, world);
        }
        for mut world in died.into_iter().filter(|_world| before.left.crash > 0) {
            world.left.crash = before.left.crash - 1;
            push(moves, "dies in the middle of its step", Reply::Died, true, world);
        }
        let (Some(gives_up), 1..) = (gives_up, before.left.lost) else { return };
        let left = Faults { lost: before.left.lost - 1, ..before.left };
        let mut retried = world;
        restore(&mut retried, before, me, model);
        retried.left = left;
        push(moves, what, Reply::LostThenRetried, true, retried);
        let mut given_up = Step::new(model, retried, me);
        gives_up(&mut given_up);
        push(moves, what, Reply::LostThenGivenUp, true, given_up.world);
        let mut never = *before;
        never.left = left;
        let mut never = Step::new(model, never, me);
        gives_up(&mut never);
        push(moves, what, Reply::NeverSent, true, never.world);
    }

    /// Notices when a stop is complete or over.
    fn notice_stop(&self, world: &mut World) {
        let account = self.lane(world.lane.get(ACCOUNT).copied().unwrap_or(NO_LANE));
        let stopped = account.stops.values().any(|stop| stop.is_on(NOW));
        world.stop = match world.stop {
            StopState::None => StopState::None,
            StopState::Written(_) | StopState::Complete if !stopped => StopState::None,
            StopState::Complete => StopState::Complete,
            StopState::Written(written) => {
                let written_lane = self.lane(written);
                let at_once = self.bug == Some(Bug::StopCompleteAtOnce);
                if at_once || stop_is_complete(written_lane, account, NOW, &self.lanes.words.policy)
                {
                    StopState::Complete
                } else {
                    StopState::Written(written)
                }
            }
        };
    }

    /// Workers whose clocks agree can't be told apart, so they stand in a fixed order. Returns who
    /// stood where.
    fn sort(&self, world: &mut World) -> Order {
        let mut order = IN_PLACE;
        let workers = world.workers;
        let key = |place: &u8| {
            let place = usize::from(*place);
            let blank = |worker: &Worker| Worker { nonce: 0, next_nonce: 0, ..*worker };
            (self.bounds.clock_of(place) == 0, workers.get(place).map(blank))
        };
        let count = usize::from(self.bounds.workers);
        if let Some(order) = order.get_mut(..count) {
            order.sort_by_key(key);
        }
        if order == IN_PLACE {
            return order;
        }
        for (place, from) in world.workers.iter_mut().zip(order) {
            *place = workers.get(usize::from(from)).copied().unwrap_or(*place);
        }
        for message in &mut world.messages {
            if let Message::Hidden(by) = message {
                let now = order.iter().position(|from| from == by);
                *by = now.and_then(|now| u8::try_from(now).ok()).unwrap_or(*by);
            }
        }
        order
    }

    /// A fence is compared with the checkpoint of its own work and with nothing else, and every
    /// later one is higher: so only the order within each work is kept.
    fn rename_fences(world: &mut World) {
        for work in 0_u8..3 {
            let at = usize::from(work);
            let (Some(saved), Some(read)) =
                (world.checkpoints.get_mut(at), world.read_by.get_mut(at))
            else {
                continue;
            };
            let mut known = [0; WORKERS_MAX + 2];
            let own = world.workers.iter().filter(|worker| worker.work == work);
            let all = own.map(|worker| worker.fence).chain([*saved, *read]);
            for (place, fence) in known.iter_mut().zip(all) {
                *place = fence;
            }
            known.sort_unstable();
            let rank = |fence: u8| {
                let below = known.iter().filter(|one| **one < fence);
                let mut last = 0;
                below.fold(u8::from(fence > 0), |rank, one| {
                    let is_new = *one != last;
                    last = *one;
                    rank + u8::from(is_new)
                })
            };
            (*saved, *read) = (rank(*saved), rank(*read));
            for worker in world.workers.iter_mut().filter(|worker| worker.work == work) {
                worker.fence = rank(worker.fence);
            }
        }
    }

    /// Nonces are compared for equality and with nothing else: they are numbered in the order in
    /// which workers, then lanes, bear them.
    fn rename_nonces(&mut self, world: &mut World) {
        let mut names = Names::NONE;
        let mut next = 0;
        for worker in world.workers.iter().filter(|worker| worker.nonce != NO_NONCE) {
            names.give(worker.nonce, &mut next);
            if worker.next_nonce != NO_NONCE {
                names.give(worker.next_nonce, &mut next);
            }
        }
        let written = match &mut world.stop {
            StopState::Written(lane) => Some(lane),
            StopState::None | StopState::Complete => None,
        };
        for number in world.lane.iter().chain(written.as_deref()) {
            let Some(lane) = self.lanes.get(*number) else { continue };
            let held = lane.held.values().map(|slot| &slot.nonce);
            for nonce in held.chain(lane.probe.as_ref().map(|probe| &probe.nonce)) {
                if let Some(nonce) = self.lanes.words.nonce_of(nonce) {
                    names.give(nonce, &mut next);
                }
            }
        }
        for worker in world.workers.iter_mut().filter(|worker| worker.nonce != NO_NONCE) {
            worker.nonce = names.of(worker.nonce);
            if worker.next_nonce != NO_NONCE {
                worker.next_nonce = names.of(worker.next_nonce);
            }
        }
        for number in world.lane.iter_mut().chain(written) {
            if *number != NO_LANE {
                *number = self.lanes.renamed(*number, names);
            }
        }
    }
}

/// The asker is as it was, but what it asked for has happened.
fn restore(world: &mut World, before: &World, me: usize, model: &Model) {
    let marks =
        |world: &World, lane: usize| world.lane.get(lane).map(|number| model.lane(*number).marks);
    let marked = [ACCOUNT, WIDE].map(|lane| marks(world, lane) != marks(before, lane));
    let [marked_account, _] = marked;
    if let (Some(now), Some(then)) = (world.workers.get_mut(me), before.workers.get(me)) {
        *now = *then;
        now.marks_same &= !marked_account;
    }
    // A worker's step leaves the ticker alone but for its marks, and the other way round.
    if me >= WORKERS_MAX {
        world.ticker = before.ticker;
        let marked_here = marked.get(usize::from(before.ticker.lane)).copied().unwrap_or(false);
        world.ticker.marks_same &= !marked_here;
    }
}

impl End {
    /// Whether the message comes again after it.
    pub(crate) const fn comes_again(self) -> bool {
        matches!(self, Self::GiveBack)
    }
}
