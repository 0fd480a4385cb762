//! Who makes the passes, where several could: each asks for the duty, and one has it.

use flyball_governor::{Chore, Claimed, GovernorError, Progress, UnixMillis};

use crate::Ticker;

/// The duty's only turn.
const TURN: u64 = 1;

/// Who has the duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// This ticker has, for another six seconds.
    Mine,
    /// Another has, until then unless it goes on.
    SomebodyElses(UnixMillis),
}

impl Ticker {
    /// Asks for the duty to make passes, or to keep it. Whoever has it asks again every two seconds,
    /// during a pass too, and makes no pass without it.
    ///
    /// # Errors
    /// No usable answer. The duty is kept until it ends.
    pub async fn take_duty(&self) -> Result<Duty, GovernorError> {
        Ok(match self.governor.claim_turn(&self.turn(Chore::Duty, TURN)).await? {
            Claimed::ToDo { .. } => Duty::Mine,
            Claimed::BySomebodyElse(until) => Duty::SomebodyElses(until),
            Claimed::Done => Duty::SomebodyElses(self.governor.now()),
        })
    }

    /// Gives back the duty, and before it what this ticker has begun and not done to its end, so
    /// that the next one need not wait for anything.
    ///
    /// # Errors
    /// No usable answer. What was not given back ends by itself.
    pub async fn hand_over(&self) -> Result<(), GovernorError> {
        for turn in self.quiet.take_begun() {
            self.governor.leave_off(&turn, &Progress::GivenBack).await?;
        }
        self.governor.leave_off(&self.turn(Chore::Duty, TURN), &Progress::GivenBack).await
    }
}
