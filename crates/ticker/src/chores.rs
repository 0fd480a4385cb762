//! Turns of chores, as one ticker remembers them, so that it does not ask for them every second.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use flyball_governor::{Chore, Claimed, GovernorError, Progress, Turn, UnixMillis};

use crate::Ticker;

/// What this ticker knows of turns: that they are not its own to do, or that it has begun them.
#[derive(Debug, Default)]
pub(crate) struct Quiet(Mutex<BTreeMap<Chore, Known>>);

#[derive(Clone, Debug)]
struct Known {
    turn: Turn,
    claimed: Claimed,
}

impl Quiet {
    pub(crate) fn recall(&self, turn: &Turn, now: UnixMillis) -> Option<Claimed> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get(&turn.chore).filter(|known| known.turn.number == turn.number)?;
        match &known.claimed {
            Claimed::BySomebodyElse(until) if *until <= now => None,
            Claimed::ToDo { .. } => None,
            claimed @ (Claimed::Done | Claimed::BySomebodyElse(_)) => Some(claimed.clone()),
        }
    }

    fn keep(&self, turn: &Turn, claimed: &Claimed) {
        let known = Known { turn: turn.clone(), claimed: claimed.clone() };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(turn.chore.clone(), known);
    }

    fn forget(&self, chore: &Chore) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(chore);
    }

    /// The turns that this ticker has begun, which it forgets.
    pub(crate) fn take_begun(&self) -> Vec<Turn> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let begun =
            all.extract_if(.., |_chore, known| matches!(known.claimed, Claimed::ToDo { .. }));
        begun.map(|(_chore, known)| known.turn).collect()
    }
}

impl Ticker {
    /// Asks for a turn, unless it is known to be done or another's.
    pub(crate) async fn claim(&self, turn: &Turn) -> Result<Claimed, GovernorError> {
        if let Some(claimed) = self.quiet.recall(turn, self.governor.now()) {
            return Ok(claimed);
        }
        let claimed = self.governor.claim_turn(turn).await?;
        self.quiet.keep(turn, &claimed);
        Ok(claimed)
    }

    /// Writes down how far a turn has come.
    pub(crate) async fn leave_off(&self, turn: &Turn, at: &Progress) -> Result<(), GovernorError> {
        self.governor.leave_off(turn, at).await?;
        if *at == Progress::Done {
            self.quiet.forget(&turn.chore);
        }
        Ok(())
    }

    /// A turn that this ticker would do.
    pub(crate) fn turn(&self, chore: Chore, number: u64) -> Turn {
        Turn { chore, number, by: self.me.clone() }
    }
}
