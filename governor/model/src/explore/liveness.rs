//! Promise 8: from every reachable state, once faults stop, every job finishes.
//!
//! A state is *over* when every request is done, the lot is empty, no wake-up is set, every note is
//! in the ledger and every outage closed. From every state some fault-free way must lead to such a
//! state. There are finitely many states, so under strong fairness (a step that is possible again
//! and again is taken at last) every fault-free continuation then gets there: a run that never did
//! would meet some states for ever, and at one of them always decline the step that leads nearer.

use super::search::{Graph, StateNo};
use crate::model::Model;

/// The first state from which no fault-free way leads to the end, if there is one.
pub(crate) fn first_stuck(graph: &Graph, model: &Model) -> Option<StateNo> {
    let backwards = Backwards::of(graph);
    let mut reaches = vec![false; graph.len()];
    let mut open = Vec::new();
    for (number, reached) in (0_u32..).zip(&mut reaches) {
        if graph.state(number).is_some_and(|state| model.is_over(state)) {
            *reached = true;
            open.push(number);
        }
    }
    while let Some(number) = open.pop() {
        for before in backwards.of_state(number) {
            let before_at = usize::try_from(*before).unwrap_or(usize::MAX);
            if let Some(reached) = reaches.get_mut(before_at)
                && !*reached
            {
                *reached = true;
                open.push(*before);
            }
        }
    }
    reaches.iter().position(|reached| !reached).and_then(|at| StateNo::try_from(at).ok())
}

/// The steps of a graph, from where they lead to where they come from.
struct Backwards {
    begins: Vec<u32>,
    from: Vec<StateNo>,
}

impl Backwards {
    fn of(graph: &Graph) -> Self {
        let mut begins = vec![0_u32; graph.len() + 1];
        for at in 0..graph.len() {
            for to in graph.steps_from(at) {
                if let Some(count) = usize::try_from(*to).ok().and_then(|to| begins.get_mut(to)) {
                    *count += 1;
                }
            }
        }
        let mut sum = 0;
        for begin in &mut begins {
            sum += *begin;
            *begin = sum;
        }
        // Each begin is now the end of its part, and moves to its begin as the part fills.
        let mut from = vec![0; graph.steps()];
        for (at, number) in (0..graph.len()).zip(0_u32..) {
            for to in graph.steps_from(at) {
                let Some(begin) = usize::try_from(*to).ok().and_then(|to| begins.get_mut(to))
                else {
                    continue;
                };
                *begin -= 1;
                if let Some(slot) = usize::try_from(*begin).ok().and_then(|at| from.get_mut(at)) {
                    *slot = number;
                }
            }
        }
        Self { begins, from }
    }

    fn of_state(&self, number: StateNo) -> &[StateNo] {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        let bound = |at: usize| self.begins.get(at).and_then(|at| usize::try_from(*at).ok());
        let begin = bound(at).unwrap_or(0);
        let end = bound(at.saturating_add(1)).unwrap_or(self.from.len());
        self.from.get(begin..end).unwrap_or(&[])
    }
}
