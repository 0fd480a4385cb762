//! Handing a slot straight to work that waits.

use flyball_governor_core::transitions as t;
use flyball_governor_core::{Claim, Ending, Lease};

use super::{Holder, Place};
use crate::error::GovernorError;
use crate::governor::{Granted, Tried};

/// What came of handing a slot on.
#[derive(Debug)]
pub enum Passed {
    /// The next work has it.
    On(Box<Holder>),
    /// It could not be handed on: the holder that has it still, or has lost it.
    Kept(Box<Holder>),
}

impl Holder {
    /// Hands the slot on to `next`, which waits in the same lane's lot and is of the same kind: one
    /// write where a release and an admission would be two. Who holds a slot of a wide lane besides
    /// keeps it: others wait for that one.
    ///
    /// # Errors
    /// No usable answer: the slot may then be either's. A lease that nobody works under ends by
    /// itself.
    pub async fn baton(mut self, next: &Claim, ended: Ending) -> Result<Passed, GovernorError> {
        if !self.wide.is_empty() {
            return Ok(Passed::Kept(Box::new(self)));
        }
        let board = self.governor.board().await?;
        self.governor.check_clock()?;
        if board.refuses(&self.ask(), self.governor.now()).is_some()
            || !board.dimmers(&self.ask(), self.governor.now()).is_empty()
        {
            return Ok(Passed::Kept(Box::new(self)));
        }
        if ended == Ending::Success {
            self.raise_if_due().await?;
        }
        let sent_ms = self.governor.clock.monotonic_ms();
        let now = self.governor.now();
        let expires = now.plus(self.governor.policy().lease_ms);
        let baton = t::baton(&self.lease, next, ended, now, expires);
        let tried = self.governor.apply(&self.lane_id, &baton).await?;
        let (Tried::Done(lane) | Tried::Refused(Some(lane))) = tried else {
            return Ok(Passed::Kept(Box::new(self)));
        };
        match Lease::find(next, &lane) {
            // Refused with the next lease in place, the reply of an earlier attempt was lost.
            Some(lease) if lane.level == 0 => {
                let place = Place { lane: self.lane_id, group: self.group };
                let granted = Granted { lease, lane, sent_ms };
                Ok(Passed::On(Box::new(Self::new(self.governor, place, granted))))
            }
            // The lane has tripped since: a lease of an older generation, under which nothing runs.
            Some(lease) => {
                let release = t::release_and_mark(&lease, self.governor.now());
                self.governor.apply(&self.lane_id, &release).await?;
                Ok(Passed::Kept(Box::new(self)))
            }
            None => Ok(Passed::Kept(Box::new(self))),
        }
    }
}
