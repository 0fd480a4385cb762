//! Every lane that was ever met, once each, and what each operation makes of each, worked out once
//! by the interpreter of `flyball-governor-core`.

use flyball_governor_core::item::Item;
use flyball_governor_core::transition::Outcome;
use flyball_governor_core::{Lane, Move as CoreMove, Note, Reason, UnixMillis, next_move};

use super::bounds::Bounds;
use super::bug::Bug;
use super::fast::FastMap;
use super::laws::{Broken, lane_law};
use super::op::{NOW, Op, TICK_MS, Who, Words, far, ticks};
use super::world::{LaneNo, Try};

/// What an operation made of a lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Applied {
    /// Whether its condition held.
    pub(crate) done: bool,
    /// The lane afterwards.
    pub(crate) lane: LaneNo,
    /// Its transition's name.
    pub(crate) name: &'static str,
    /// The promise that it broke.
    pub(crate) broken: Option<Broken>,
}

/// What an admission does after an answer: the core's decision, small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It has the slot.
    Mine,
    /// It has a slot of before the trip.
    MineButTripped,
    /// It tries this.
    Try(Try),
    /// It is refused because the same work runs.
    Running,
    /// It is refused.
    Wait,
}

/// The store.
#[derive(Debug)]
pub(crate) struct Lanes {
    pub(crate) words: Words,
    bug: Option<Bug>,
    items: Vec<Item>,
    parsed: Vec<Lane>,
    numbers: FastMap<Item, LaneNo>,
    applied: FastMap<(LaneNo, Op), Applied>,
    nexts: FastMap<(LaneNo, Who), Next>,
    later: FastMap<LaneNo, LaneNo>,
    views: FastMap<LaneNo, LaneNo>,
    renamed: FastMap<(LaneNo, Names), LaneNo>,
    watched: FastMap<LaneNo, LaneNo>,
    /// What lies longer past than these no condition can tell from what lies longer past still.
    past: UnixMillis,
    lease_past: UnixMillis,
}

impl Lanes {
    pub(crate) fn new(bounds: &Bounds, bug: Option<Bug>) -> Self {
        let slow_clock = bounds.skewed.map_or(0, |by| u64::from(by.unsigned_abs()));
        // A stop is complete once a lease is *over*, which is later than *dead*.
        let over = u64::from(bounds.faults.stop > 0);
        let past = NOW.minus(slow_clock * TICK_MS);
        Self {
            words: Words::new(bounds, bug),
            bug,
            items: Vec::new(),
            parsed: Vec::new(),
            numbers: FastMap::default(),
            applied: FastMap::default(),
            nexts: FastMap::default(),
            later: FastMap::default(),
            views: FastMap::default(),
            renamed: FastMap::default(),
            watched: FastMap::default(),
            past,
            lease_past: past.minus((bounds.skew_ticks() + over) * TICK_MS),
        }
    }

    /// A new lane, as the core creates it.
    pub(crate) fn create(&mut self, cap: u32) -> LaneNo {
        let lane = Lane { group: self.words.group().cloned(), ..Lane::new(cap) };
        self.number_of(lane)
    }

    /// How many different lanes there are.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn get(&self, number: LaneNo) -> Option<&Lane> {
        self.parsed.get(usize::try_from(number).ok()?)
    }

    fn item(&self, number: LaneNo) -> Option<&Item> {
        self.items.get(usize::try_from(number).ok()?)
    }

    /// The number of a lane, after what only rises, or lies long past, was renamed.
    pub(crate) fn number_of(&mut self, mut lane: Lane) -> LaneNo {
        lane.shut = lane.shut.max(self.past);
        lane.wake = lane.wake.map(|wake| wake.max(self.past));
        for slot in lane.held.values_mut() {
            slot.expires = slot.expires.max(self.lease_past);
        }
        if let Some(probe) = &mut lane.probe {
            probe.expires = probe.expires.max(self.lease_past);
        }
        for stop in lane.stops.values_mut() {
            stop.until = stop.until.map(|until| until.max(self.past));
        }
        // Told to people, and compared by nobody.
        lane.at = lane.at.map(|_at| NOW);
        lane.ok = lane.ok.map(|_ok| NOW);
        lane.failing = None;
        for note in lane.notes.values_mut() {
            match note {
                Note::Opened { detected, ok, .. } => (*detected, *ok) = (NOW, None),
                Note::Closed { up, .. } => *up = NOW,
            }
        }
        self.intern(lane)
    }

    pub(crate) fn intern(&mut self, lane: Lane) -> LaneNo {
        let item = lane.to_item();
        if let Some(number) = self.numbers.get(&item) {
            return *number;
        }
        let number = LaneNo::try_from(self.items.len()).unwrap_or(LaneNo::MAX);
        self.numbers.insert(item.clone(), number);
        self.items.push(item);
        self.parsed.push(lane);
        number
    }

    /// Tries an operation on a lane.
    pub(crate) fn apply(&mut self, number: LaneNo, op: Op) -> Applied {
        if let Some(applied) = self.applied.get(&(number, op)) {
            return *applied;
        }
        let applied = self.work_out(number, op).unwrap_or(Applied {
            done: false,
            lane: number,
            name: "nothing",
            broken: None,
        });
        self.applied.insert((number, op), applied);
        applied
    }

    /// Every operation that was tried, and on which lane.
    #[cfg(test)]
    pub(crate) fn met(&self) -> impl Iterator<Item = (LaneNo, Op)> {
        self.applied.keys().copied()
    }

    /// The transition that an operation on a lane stands for.
    #[cfg(test)]
    pub(crate) fn transition(
        &self,
        number: LaneNo,
        op: Op,
    ) -> Option<flyball_governor_core::transition::Transition> {
        self.words.transition(op, self.get(number)?, |seen| self.get(seen))
    }

    /// Where moments, and ends of leases, stop moving down.
    #[cfg(test)]
    pub(crate) const fn floors(&self) -> (UnixMillis, UnixMillis) {
        (self.past, self.lease_past)
    }

    fn work_out(&mut self, number: LaneNo, op: Op) -> Option<Applied> {
        let before = self.get(number)?;
        let mut transition = self.words.transition(op, before, |seen| self.get(seen))?;
        if let Some(bug) = self.bug {
            transition = bug.seeded(transition);
        }
        let name = transition.name.as_str();
        let applied = |done, lane, broken| Some(Applied { done, lane, name, broken });
        match transition.apply(self.item(number)?) {
            Ok(Outcome::Refused) => applied(false, number, None),
            Ok(Outcome::Done(item)) => match Lane::parse(&item) {
                Ok(after) => {
                    let broken = lane_law(before, &after, op, |seen| self.get(seen));
                    let after = self.number_of(after);
                    applied(true, after, broken)
                }
                Err(_no_lane) => applied(true, number, Some(Broken::NoLane)),
            },
            Err(_fault) => applied(false, number, Some(Broken::Fault)),
        }
    }

    /// What the core decides after an answer that brought this lane.
    pub(crate) fn next(&mut self, number: LaneNo, who: Who) -> Next {
        if let Some(next) = self.nexts.get(&(number, who)) {
            return *next;
        }
        let mut next = self.decide(number, who).unwrap_or(Next::Wait);
        let takes_over = matches!(next, Next::Try(Try::TakeOver | Try::ProbeOverDead));
        if self.bug == Some(Bug::NoTakeOver) && takes_over {
            next = Next::Running;
        }
        self.nexts.insert((number, who), next);
        next
    }

    fn decide(&self, number: LaneNo, who: Who) -> Option<Next> {
        let lane = self.get(number)?;
        let claim = self.words.claim(who)?;
        let now = super::op::moment(who.clock);
        let policy = &self.words.policy;
        Some(match next_move(lane, &claim, None, now, policy) {
            CoreMove::Mine(_) => Next::Mine,
            CoreMove::MineButTripped(_) => Next::MineButTripped,
            CoreMove::Wait(refusal) => match refusal.reason {
                Reason::Running => Next::Running,
                Reason::Stopped { .. }
                | Reason::BackingOff { .. }
                | Reason::Paused { .. }
                | Reason::Probing
                | Reason::Full { .. }
                | Reason::Contended
                | Reason::Switched { .. }
                | Reason::Resuming { .. }
                | Reason::GroupSuspected { .. }
                | Reason::GroupDown { .. }
                | Reason::WideFull { .. } => Next::Wait,
            },
            CoreMove::Try(fitting) => {
                let dead = lane.dead_ids(now.minus(policy.skew_ms));
                let dead = dead.iter().filter_map(|id| self.words.work_of(id));
                let all = dead.clone().fold(0, |all, work| all | (1 << work));
                let mut ways = vec![Try::Admit, Try::TakeOver, Try::Probe, Try::ProbeOverDead];
                ways.push(Try::Reap(all));
                ways.extend(dead.map(Try::ReapOne));
                let same = |way: &Try| {
                    let op = Op::Try(who, *way);
                    self.words.transition(op, lane, |_none| None).as_ref() == Some(&fitting)
                };
                Next::Try(ways.into_iter().find(same)?)
            }
        })
    }

    /// The lane after one tick: every moment is one tick less far ahead.
    pub(crate) fn later(&mut self, number: LaneNo) -> LaneNo {
        if let Some(later) = self.later.get(&number) {
            return *later;
        }
        let Some(lane) = self.get(number) else { return number };
        let mut lane = lane.clone();
        lane.shut = lane.shut.minus(TICK_MS);
        lane.wake = lane.wake.map(|wake| match ticks(wake) {
            ahead if ahead >= far() => wake,
            _ => wake.minus(TICK_MS),
        });
        for slot in lane.held.values_mut() {
            slot.expires = slot.expires.minus(TICK_MS);
        }
        if let Some(probe) = &mut lane.probe {
            probe.expires = probe.expires.minus(TICK_MS);
        }
        for stop in lane.stops.values_mut() {
            stop.until = stop.until.map(|until| until.minus(TICK_MS));
        }
        let later = self.number_of(lane);
        self.later.insert(number, later);
        later
    }

    /// What a holder or the ticker keeps in mind of a lane: all that transitions and decisions ask
    /// of the lane last seen, and whether it is marked, but not who held what until when.
    pub(crate) fn view(&mut self, number: LaneNo) -> LaneNo {
        if let Some(view) = self.views.get(&number) {
            return *view;
        }
        let Some(lane) = self.get(number) else { return number };
        let view = Lane {
            held: std::collections::BTreeMap::new(),
            probe: None,
            shut: UnixMillis(0),
            stops: std::collections::BTreeMap::new(),
            fence: 0,
            wake: lane.wake.map(|_wake| UnixMillis(0)),
            marks: 0,
            notes: std::collections::BTreeMap::new(),
            at: None,
            ok: None,
            group: None,
            ..lane.clone()
        };
        let view = self.intern(view);
        self.views.insert(number, view);
        view
    }

    /// The notes of a lane and nothing else of it; `None` where there are none.
    pub(crate) fn notes(&mut self, number: LaneNo) -> Option<LaneNo> {
        let notes = self.get(number)?.notes.clone();
        (!notes.is_empty()).then(|| self.intern(Lane { notes, ..Lane::new(1) }))
    }

    /// The same without the first; `None` where that was all.
    pub(crate) fn without_first_note(&mut self, notes: LaneNo) -> Option<LaneNo> {
        let mut notes = self.get(notes)?.notes.clone();
        notes.pop_first();
        (!notes.is_empty()).then(|| self.intern(Lane { notes, ..Lane::new(1) }))
    }

    /// What the ticker decides from: all of the lane that decisions ask for, but not whose leases
    /// those are.
    pub(crate) fn watched(&mut self, number: LaneNo) -> LaneNo {
        if let Some(watched) = self.watched.get(&number) {
            return *watched;
        }
        let Some(lane) = self.get(number) else { return number };
        let Some(nobody) = self.words.nonce(0).cloned() else { return number };
        let mut lane = Lane {
            fence: 0,
            marks: 0,
            generation: 0,
            wake: None,
            down: None,
            why: None,
            notes: std::collections::BTreeMap::new(),
            ..lane.clone()
        };
        for slot in lane.held.values_mut() {
            slot.nonce = nobody.clone();
        }
        if let Some(probe) = &mut lane.probe {
            probe.nonce = nobody;
        }
        let watched = self.intern(lane);
        self.watched.insert(number, watched);
        watched
    }

    /// The same lane with its fence and marks at where they always are, and its nonces renamed.
    pub(crate) fn renamed(&mut self, number: LaneNo, names: Names) -> LaneNo {
        if let Some(renamed) = self.renamed.get(&(number, names)) {
            return *renamed;
        }
        let Some(lane) = self.get(number) else { return number };
        let mut lane = Lane { fence: FENCE, marks: 1, ..lane.clone() };
        let slots = lane.held.values_mut().map(|slot| &mut slot.nonce);
        for nonce in slots.chain(lane.probe.as_mut().map(|probe| &mut probe.nonce)) {
            let new = self.words.nonce_of(nonce).map(|old| names.of(old));
            if let Some(new) = new.and_then(|new| self.words.nonce(new)) {
                nonce.clone_from(new);
            }
        }
        let renamed = self.intern(lane);
        self.renamed.insert((number, names), renamed);
        renamed
    }
}

/// The fence that a lane always has between two steps: above that of all who hold a lease.
pub(crate) const FENCE: u64 = 100;

/// New names for nonces, four bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Names(u64);

impl Names {
    /// None given yet.
    pub(crate) const NONE: Self = Self(u64::MAX);

    /// The new name.
    pub(crate) const fn of(self, old: u8) -> u8 {
        ((self.0 >> (old * 4)) & 15) as u8
    }

    /// Gives the next free name to a nonce that has none yet.
    pub(crate) const fn give(&mut self, old: u8, next: &mut u8) {
        if self.of(old) == 15 {
            self.0 = (self.0 & !(15 << (old * 4))) | ((*next as u64) << (old * 4));
            *next += 1;
        }
    }
}
