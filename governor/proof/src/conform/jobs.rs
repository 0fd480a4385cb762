//! The governor's own flows, as workers use them, on an engine that fails them: nothing is admitted
//! twice, an unanswered call starts nothing, and what reached the engine is a history that the core
//! allows.

use std::collections::BTreeSet;
use std::sync::Arc;

use flyball_governor::{
    Admission, Claim, FailedCall, Governor, GovernorError, Halt, Holder, Lane, LaneId, LaneSpec,
    Nonce, Policy, PushBack, Reach, Stop, StopCause, StopMode, UnixMillis, WorkKind,
};

use super::fault::Plan;
use super::sequence::{Bench, Tally};
use super::steps::CAP;
use crate::dice::Dice;
use crate::history::{Forms, Recorded, check};
use crate::turned::{Counted, Turned};

/// The most steps of a sequence.
const STEPS_MAX: u64 = 60;
const WORKERS: usize = 5;
const LANES: u64 = 2;
const IDS: [&str; 4] = ["a", "b", "c", "d"];
/// The lanes have a slot fewer while one in so many slots is handed out.
const RESIZE_EVERY: usize = 5;
/// How far the clock goes on between two steps, at most; seldom, so far that leases end.
const TICK_MS: u64 = 2_000;
const LEAP_MS: u64 = 70_000;
const LEAP_ONE_IN: u64 = 20;
/// How often a worker repeats an admission without an answer before it gives up, like a delivery.
const ADMISSIONS_MAX: u32 = 20;

/// What a worker is at.
#[derive(Debug, Default)]
enum Worker {
    /// Nothing.
    #[default]
    Idle,
    /// It asked and got no answer.
    Unanswered { lane: usize, claim: Claim, asked: u32 },
    /// It holds a slot.
    Holding { lane: usize, holder: Box<Holder> },
}

struct World {
    governor: Governor,
    clock: Arc<Turned>,
    lanes: Vec<LaneId>,
    workers: Vec<Worker>,
    /// Nonces under which a slot was handed to a worker.
    handed: BTreeSet<Nonce>,
    tally: Tally,
}

/// Runs the jobs that `dice` decide in lanes named after `name`, with what goes wrong as planned.
///
/// # Errors
/// The first broken promise, in words.
pub async fn run(
    bench: &Bench<'_>,
    forms: &Forms,
    name: &str,
    plan: Plan,
    mut dice: Dice,
) -> Result<Tally, String> {
    bench.faulty.take();
    bench.faulty.plan(plan);
    let clock = Arc::new(Turned::at(UnixMillis(1_764_000_000_000)));
    let entropy = Arc::new(Counted::default());
    let client = bench.client.clone();
    let governor =
        Governor::new(client, bench.table, Policy::STANDARD, clock.clone(), entropy.clone());
    let lanes: Result<Vec<LaneId>, _> =
        (0..LANES).map(|n| format!("jobs-{name}-{n}").parse()).collect();
    let mut world = World {
        governor,
        clock,
        lanes: lanes.map_err(|error| error.to_string())?,
        workers: (0..WORKERS).map(|_| Worker::Idle).collect(),
        handed: BTreeSet::new(),
        tally: Tally::default(),
    };
    for _ in 0..dice.below(STEPS_MAX) {
        let leap = dice.one_in(LEAP_ONE_IN);
        world.turn(dice.below(if leap { LEAP_MS } else { TICK_MS }));
        world.step(&mut dice).await?;
        world.check_bound()?;
        world.tally.steps = world.tally.steps.saturating_add(1);
    }
    bench.faulty.plan(Plan::none());
    world.end().await?;
    let tape = bench.faulty.take();
    let injected = u64::try_from(tape.injected.len()).unwrap_or(u64::MAX);
    world.tally.injected = world.tally.injected.saturating_add(injected);
    world.check_history(&tape.calls, forms)?;
    Ok(world.tally)
}

impl World {
    fn turn(&self, ms: u64) {
        self.clock.turn(ms);
    }

    async fn step(&mut self, dice: &mut Dice) -> Result<(), String> {
        let workers = u64::try_from(self.workers.len()).unwrap_or(1);
        let place = usize::try_from(dice.below(workers)).unwrap_or(0);
        let Some(worker) = self.workers.get_mut(place).map(core::mem::take) else { return Ok(()) };
        let next = match worker {
            Worker::Idle if dice.one_in(4) => {
                // Without an answer there is nothing to undo: whoever comes by does it again.
                let _unanswered = self.look_after(dice).await;
                Worker::Idle
            }
            Worker::Idle => {
                let lane = usize::try_from(dice.below(LANES)).unwrap_or(0);
                let id = dice.pick(&IDS).and_then(|id| id.parse().ok());
                match id {
                    Some(id) => self.admit(lane, self.governor.claim(id, kind()?), 0).await?,
                    None => Worker::Idle,
                }
            }
            Worker::Unanswered { lane, claim, asked } => self.admit(lane, claim, asked).await?,
            Worker::Holding { lane, holder } => self.work(lane, holder, dice).await,
        };
        if let Some(worker) = self.workers.get_mut(place) {
            *worker = next;
        }
        Ok(())
    }

    /// Asks for a slot once; the claim is the same however often.
    async fn admit(&mut self, lane: usize, claim: Claim, asked: u32) -> Result<Worker, String> {
        let Some(id) = self.lanes.get(lane) else { return Ok(Worker::Idle) };
        let spec = self.spec(asked);
        match self.governor.admit(id, &claim, &spec).await {
            Ok(Admission::Admitted(holder)) => {
                if !self.handed.insert(claim.nonce.clone()) {
                    return Err(format!("{} was admitted twice under one nonce", claim.id));
                }
                if asked > 0 {
                    self.tally.recognized = self.tally.recognized.saturating_add(1);
                }
                Ok(Worker::Holding { lane, holder })
            }
            // An unanswered call starts nothing: there is no holder to work with.
            Err(GovernorError::Unanswered { .. }) if asked < ADMISSIONS_MAX => {
                Ok(Worker::Unanswered { lane, claim, asked: asked.saturating_add(1) })
            }
            Ok(Admission::Refused(_)) | Err(GovernorError::Unanswered { .. }) => Ok(Worker::Idle),
            Err(error) => Err(format!("an admission ends with an error: {error}")),
        }
    }

    /// What a lane should be: of a group, and with a slot fewer from time to time.
    fn spec(&self, asked: u32) -> LaneSpec {
        let fewer = u32::from(self.handed.len().is_multiple_of(RESIZE_EVERY) && asked == 0);
        LaneSpec { group: "shopify".parse().ok(), cap: CAP.saturating_sub(fewer) }
    }

    /// One step of a job: a call, a success, or one of its ends.
    async fn work(&self, lane: usize, mut holder: Box<Holder>, dice: &mut Dice) -> Worker {
        let now = self.governor.now();
        let until = dice.one_in(2).then_some(now.plus(dice.below(LEAP_MS)));
        let why = "HTTP 503".to_owned();
        // An end without an answer leaves the lease to end by itself.
        let _unanswered = match dice.below(9) {
            0..=2 => match holder.leave().await {
                Ok(_leave) => return Worker::Holding { lane, holder },
                Err(Halt::Stopped(_) | Halt::Tripped(_)) => holder.inconclusive().await,
                Err(_lost_or_unreachable) => return Worker::Idle,
            },
            3 | 4 => {
                let _unanswered = holder.succeeded().await;
                return Worker::Holding { lane, holder };
            }
            5 => holder.pushed_back(&PushBack::Throttled { until, why }).await,
            6 => {
                let reach = if dice.one_in(2) { Reach::Lane } else { Reach::Group };
                holder.pushed_back(&unavailable(now, until, why, reach)).await
            }
            7 if dice.one_in(2) => holder.paused(now.plus(dice.below(TICK_MS))).await,
            7 => holder.inconclusive().await,
            _ => holder.finished().await,
        };
        Worker::Idle
    }

    /// What others do to lanes: the ticker, operators, whoever parks.
    async fn look_after(&self, dice: &mut Dice) -> Result<(), GovernorError> {
        let Some(lane) = dice.pick(&self.lanes) else { return Ok(()) };
        let (governor, now) = (&self.governor, self.governor.now());
        let cause = if dice.one_in(2) { StopCause::Account } else { StopCause::DeadMan };
        match dice.below(6) {
            0 => governor.reap(lane).await.map(drop),
            1 => governor.mark(lane, &LaneSpec::alone(CAP)).await,
            2 => governor.push(lane, now.plus(dice.below(LEAP_MS))).await.map(drop),
            3 => match governor.look(lane).await? {
                Some(seen) => governor.clear(lane, &seen).await.map(drop),
                None => Ok(()),
            },
            4 => {
                let mode = if dice.one_in(2) { StopMode::Stop } else { StopMode::Limit(1) };
                let until = Some(now.plus(dice.below(TICK_MS)));
                let [reason, author] = ["stocktaking", "mia"].map(str::to_owned);
                let stop = Stop { mode, reason, author, until };
                governor.stop(lane, &cause, &stop, &LaneSpec::alone(CAP)).await.map(drop)
            }
            _ => governor.lift(lane, &cause).await.map(drop),
        }
    }

    /// No more than `cap` work in a lane at once, by what they themselves believe.
    fn check_bound(&self) -> Result<(), String> {
        let now = self.governor.now();
        for (place, id) in self.lanes.iter().enumerate() {
            let working = self.workers.iter().filter_map(|worker| match worker {
                Worker::Holding { lane, holder } if *lane == place => Some(holder.lease()),
                Worker::Idle | Worker::Unanswered { .. } | Worker::Holding { .. } => None,
            });
            let alive: Vec<_> = working.filter(|lease| now < lease.expires).collect();
            let ids: BTreeSet<_> = alive.iter().map(|lease| &lease.claim.id).collect();
            if alive.len() > usize::try_from(CAP).unwrap_or(usize::MAX) || ids.len() < alive.len() {
                return Err(format!("{} work in {id} at once: {alive:?}", alive.len()));
            }
        }
        Ok(())
    }

    /// Faults are over: whoever holds a slot gives it back, and the dead are removed.
    async fn end(&mut self) -> Result<(), String> {
        for worker in core::mem::take(&mut self.workers) {
            if let Worker::Holding { holder, .. } = worker {
                holder.finished().await.map_err(|error| error.to_string())?;
            }
        }
        self.turn(LEAP_MS);
        for lane in &self.lanes {
            let left = self.governor.reap(lane).await.map_err(|error| error.to_string())?;
            if let Some(Lane { held, .. }) = left.filter(|lane| !lane.held.is_empty()) {
                return Err(format!("{lane} is still held by {held:?}"));
            }
        }
        Ok(())
    }

    /// An order explains every answer, and in it no two leases bear one nonce.
    fn check_history(&mut self, calls: &[Recorded], forms: &Forms) -> Result<(), String> {
        for ordered in check(calls, forms).map_err(|error| error.to_string())? {
            for step in &ordered.steps {
                self.tally.names.insert(step.name);
                let Ok(lane) = Lane::parse(&step.after) else { continue };
                let held = lane.held.values().map(|slot| &slot.nonce);
                let all: Vec<_> = held.chain(lane.probe.as_ref().map(|it| &it.nonce)).collect();
                let distinct: BTreeSet<_> = all.iter().collect();
                if distinct.len() < all.len() {
                    return Err(format!("{} after {}: one nonce twice", ordered.item, step.name));
                }
            }
        }
        Ok(())
    }
}

fn kind() -> Result<WorkKind, String> {
    "products".parse().map_err(|error: flyball_governor_core::WordError| error.to_string())
}

fn unavailable(
    began: UnixMillis,
    until: Option<UnixMillis>,
    why: String,
    reach: Reach,
) -> PushBack {
    let (class, answer, request) = ("outage".to_owned(), None, None);
    PushBack::Unavailable { call: FailedCall { began, reach, class, why, answer, request }, until }
}
