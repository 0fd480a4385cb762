//! Breadth first, so that the first counter-example is a shortest one, and exact: states are
//! compared whole, so no state is ever taken for another.

use std::hash::{Hash, Hasher};

use crate::model::fast::Fast;
use crate::model::world::World;
use crate::model::{Broken, Model, Move};

/// A state's number, in the order of discovery.
pub(crate) type StateNo = u32;

const NOBODY: StateNo = StateNo::MAX;

/// Every state that was reached, from where, and what fault-free steps lead from it.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    states: Vec<World>,
    parents: Vec<StateNo>,
    /// Fault-free steps of all states, one state after the other.
    steps: Vec<StateNo>,
    /// Where each state's steps begin in `steps`.
    begins: Vec<usize>,
    /// All steps that were tried.
    pub(crate) tried: u64,
    table: Table,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Every state that can be reached was reached.
    Everything,
    /// A promise was broken in this state, or by the last step to it.
    Broken(StateNo, Broken),
    /// There are more states than the search may hold.
    TooMany,
}

/// Open addressing over the numbers of states, with some bits of each hash to tell most apart.
#[derive(Debug)]
struct Table {
    slots: Vec<(u32, StateNo)>,
    used: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self { slots: vec![(0, NOBODY); 1 << 16], used: 0 }
    }
}

fn hash(world: &World) -> u64 {
    let mut hasher = Fast::default();
    world.hash(&mut hasher);
    hasher.finish()
}

impl Table {
    /// The place of a state: where it is, or where it belongs.
    fn place(&self, hash: u64, is: impl Fn(StateNo) -> bool) -> (usize, Option<StateNo>) {
        let mask = self.slots.len() - 1;
        let tag = tag(hash);
        let mut place = usize::try_from(hash & u64::from(u32::MAX)).unwrap_or(0) & mask;
        while let Some((other, state)) = self.slots.get(place).copied() {
            if state == NOBODY {
                return (place, None);
            }
            if other == tag && is(state) {
                return (place, Some(state));
            }
            place = (place + 1) & mask;
        }
        (0, None)
    }

    fn put(&mut self, place: usize, hash: u64, state: StateNo) {
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = (tag(hash), state);
            self.used += 1;
        }
    }

    fn is_crowded(&self) -> bool {
        self.used * 10 > self.slots.len() * 7
    }
}

fn tag(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(0)
}

impl Graph {
    /// How many states there are.
    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    /// A state by its number.
    pub(crate) fn state(&self, number: StateNo) -> Option<&World> {
        self.states.get(usize::try_from(number).ok()?)
    }

    /// The states on a shortest way to this one, the first state first.
    pub(crate) fn way_to(&self, mut number: StateNo) -> Vec<StateNo> {
        let mut way = vec![number];
        while let Some(parent) = usize::try_from(number).ok().and_then(|at| self.parents.get(at)) {
            if *parent == NOBODY {
                break;
            }
            number = *parent;
            way.push(number);
        }
        way.reverse();
        way
    }

    /// The fault-free steps from a state.
    pub(crate) fn steps_from(&self, number: usize) -> &[StateNo] {
        let begin = self.begins.get(number).copied().unwrap_or(0);
        let end = self.begins.get(number + 1).copied().unwrap_or(self.steps.len());
        self.steps.get(begin..end).unwrap_or(&[])
    }

    /// All fault-free steps.
    pub(crate) const fn steps(&self) -> usize {
        self.steps.len()
    }

    fn number_of(&mut self, world: World, parent: StateNo) -> (StateNo, bool) {
        if self.table.is_crowded() {
            self.grow();
        }
        let hash = hash(&world);
        let states = &self.states;
        let is = |number: StateNo| {
            usize::try_from(number).ok().and_then(|at| states.get(at)) == Some(&world)
        };
        let (place, known) = self.table.place(hash, is);
        if let Some(number) = known {
            return (number, false);
        }
        let number = StateNo::try_from(self.states.len()).unwrap_or(NOBODY);
        self.states.push(world);
        self.parents.push(parent);
        self.table.put(place, hash, number);
        (number, true)
    }

    fn grow(&mut self) {
        let mut table = Table { slots: vec![(0, NOBODY); self.table.slots.len() * 2], used: 0 };
        for (state, number) in self.states.iter().zip(0_u32..) {
            let hash = hash(state);
            let (place, _) = table.place(hash, |_other| false);
            table.put(place, hash, number);
        }
        self.table = table;
    }

    /// Explores everything that can be reached, up to `states_max` states.
    pub(crate) fn explore(&mut self, model: &mut Model, states_max: usize) -> Found {
        let first = model.first();
        self.number_of(first, NOBODY);
        if let Some(broken) = model.broken_in(&first) {
            return Found::Broken(0, broken);
        }
        let mut moves: Vec<Move> = Vec::new();
        let mut at = 0;
        while let Some(world) = self.states.get(at).copied() {
            self.begins.push(self.steps.len());
            let from = StateNo::try_from(at).unwrap_or(NOBODY);
            model.moves(&world, &mut moves);
            for step in &moves {
                self.tried += 1;
                let (number, is_new) = self.number_of(step.world, from);
                let broken = step
                    .broken
                    .or_else(|| if is_new { model.broken_in(&step.world) } else { None });
                if let Some(broken) = broken {
                    if !is_new {
                        // The way to the story's end must lead over the step that broke it.
                        self.states.push(step.world);
                        self.parents.push(from);
                        let last = self.states.len() - 1;
                        return Found::Broken(StateNo::try_from(last).unwrap_or(NOBODY), broken);
                    }
                    return Found::Broken(number, broken);
                }
                if !step.is_fault && number != from {
                    self.steps.push(number);
                }
            }
            if self.states.len() > states_max {
                return Found::TooMany;
            }
            at += 1;
        }
        Found::Everything
    }
}
