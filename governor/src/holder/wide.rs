//! The slots of wide lanes, where a wide limit is set: a job has one of each besides its own.

use flyball_governor_core::transitions as t;
use flyball_governor_core::{Ask, Board, Lane, Lease, Reason, Refusal, UnixMillis};

use super::{Halt, Holder, remaining_ms};
use crate::error::GovernorError;
use crate::governor::{Asked, LaneSpec, Tried, still};
use crate::key::{LaneId, LaneIdError};

/// A slot of a wide lane.
#[derive(Debug)]
pub(super) struct WideSlot {
    lane: LaneId,
    lease: Lease,
    /// When it ends by the monotonic clock.
    deadline_ms: u64,
}

/// The wide limits that concern some work now, as [`Holder::wide_limits`].
///
/// # Errors
/// The board has a scope of no name.
pub fn wide_limits(
    board: &Board,
    ask: &Ask<'_>,
    now: UnixMillis,
) -> Result<Vec<(LaneId, LaneSpec)>, GovernorError> {
    let kept = board.wide_lanes(ask, now).into_iter();
    let limits: Result<Vec<_>, LaneIdError> =
        kept.map(|(lane, slots)| Ok((lane.to_string().parse()?, LaneSpec::alone(slots)))).collect();
    limits.map_err(|error| GovernorError::Unanswered {
        what: "a look at the board",
        why: error.to_string(),
    })
}

/// What a wide lane said.
#[derive(Debug)]
pub enum WideAsked {
    /// The holder has a slot there; the lane as it is with it.
    Granted(Box<Lane>),
    /// Not now.
    Refused(Refusal),
}

impl Holder {
    /// The wide limits that concern this job now, and the lane in which each is kept: none, and no
    /// cost, where none is set.
    ///
    /// # Errors
    /// The board can't be read.
    pub async fn wide_limits(&self) -> Result<Vec<(LaneId, LaneSpec)>, GovernorError> {
        let board = self.governor.board().await?;
        wide_limits(&board, &self.ask(), self.governor.now())
    }

    /// Takes a slot of a wide lane besides. Asked again for one that it has, it still has it.
    ///
    /// # Errors
    /// No usable answer: the slot, if it was taken, ends by itself.
    pub async fn take_wide(
        &mut self,
        id: &LaneId,
        spec: &LaneSpec,
    ) -> Result<WideAsked, GovernorError> {
        if spec.cap == 0 {
            let reason = Reason::WideFull { lane: id.to_string(), limit: 0 };
            return Ok(WideAsked::Refused(Refusal { reason, until: None }));
        }
        Ok(match self.governor.ask_lane(id, &self.lease.claim, spec, None).await? {
            Asked::Granted(granted) => {
                let lease_ms = self.governor.policy().lease_ms;
                let deadline_ms = granted.sent_ms.saturating_add(lease_ms);
                self.wide.retain(|slot| slot.lane != *id);
                self.wide.push(WideSlot { lane: id.clone(), lease: granted.lease, deadline_ms });
                WideAsked::Granted(Box::new(granted.lane))
            }
            Asked::Refused(Refusal { until, .. }) => {
                let reason = Reason::WideFull { lane: id.to_string(), limit: spec.cap };
                WideAsked::Refused(Refusal { reason, until })
            }
        })
    }

    pub(super) fn wide_remaining_ms(&self) -> u64 {
        let left =
            |slot: &WideSlot| remaining_ms(&self.governor, slot.lease.expires, slot.deadline_ms);
        self.wide.iter().map(left).min().unwrap_or(u64::MAX)
    }

    /// Renews those of which half is gone.
    pub(super) async fn renew_wide(&mut self) -> Result<(), Halt> {
        let lease_ms = self.governor.policy().lease_ms;
        for slot in &mut self.wide {
            let left_ms = remaining_ms(&self.governor, slot.lease.expires, slot.deadline_ms);
            if left_ms >= lease_ms / 2 {
                continue;
            }
            let sent_ms = self.governor.clock.monotonic_ms();
            let expires: UnixMillis =
                self.governor.now().plus(lease_ms).max(slot.lease.expires.plus(1));
            let renewal = t::renew(&slot.lease, expires);
            let tried = self.governor.apply(&slot.lane, &renewal).await;
            let held = match tried.map_err(Halt::Unreachable)? {
                Tried::Done(_) => true,
                // A retry whose first attempt went through is refused with the lease renewed.
                Tried::Refused(Some(lane)) => {
                    still(&slot.lease, &lane).is_some_and(|mine| mine.expires >= expires)
                }
                Tried::Refused(None) => false,
            };
            if !held {
                let reason = Reason::WideFull { lane: slot.lane.to_string(), limit: 0 };
                return Err(Halt::Stopped(Box::new(Refusal { reason, until: None })));
            }
            slot.lease.expires = expires;
            slot.deadline_ms = sent_ms.saturating_add(lease_ms);
        }
        Ok(())
    }

    /// Gives them back; what can't be given back ends by itself.
    pub(super) async fn give_back_wide(self) -> Vec<(LaneId, Lane)> {
        let mut freed = Vec::new();
        for slot in self.wide {
            match self.governor.apply(&slot.lane, &t::release(&slot.lease)).await {
                Ok(Tried::Done(lane)) => freed.push((slot.lane, lane)),
                Ok(Tried::Refused(_)) => {}
                Err(error) => {
                    tracing::warn!(code = "LEASE_NOT_RETURNED", lane = %slot.lane, "{error}");
                }
            }
        }
        freed
    }
}
