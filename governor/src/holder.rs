mod baton;
mod ends;
mod wide;

use flyball_governor_core::transitions as t;
use flyball_governor_core::{
    Ask, Board, GroupName, Halted, Lane, Lease, Platform, Reach, Refusal, Seat, UnixMillis,
    may_call,
};

use crate::error::GovernorError;
use crate::evidence::Witness;
use crate::governor::{Governor, Granted, Tried, still};
use crate::key::LaneId;

pub use baton::Passed;
pub use ends::Freed;
use wide::WideSlot;
pub use wide::{WideAsked, wide_limits};

/// A job's hold on its slot: the lease, the lane as last seen, and how long the lease still lasts
/// by both clocks.
///
/// The ends take the holder by value: after one of them there is no lease to work under.
#[derive(Debug)]
pub struct Holder {
    governor: Governor,
    lane_id: LaneId,
    group: Option<GroupName>,
    lease: Lease,
    lane: Lane,
    /// When the lane was last looked at, by the monotonic clock, counted from before the look.
    looked_ms: u64,
    /// When the lease ends by the monotonic clock, counted from before it was asked for.
    deadline_ms: u64,
    /// Whether every slot was ever seen in use.
    seen_full: SeenFull,
    /// The slots of wide lanes that it has besides.
    wide: Vec<WideSlot>,
    /// When it last said of its group that a call succeeded.
    spoke_at: Option<UnixMillis>,
    /// The lane's generation at the last call that succeeded, and how many did in it.
    succeeded_in: (u64, u32),
}

/// After how many calls in a row the job that let a lane recover is believed that the vendor is
/// back, without a success of anybody who was admitted later. Fewer would tell a vendor that answers
/// now and then from one that is back too early; without it a job of a thousand calls that fails
/// once in forty would be backed off from as if it had never succeeded.
const SETTLED_AFTER: u32 = 20;

/// Where a slot is held.
pub(crate) struct Place {
    pub(crate) lane: LaneId,
    pub(crate) group: Option<GroupName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SeenFull {
    Yes,
    No,
}

/// Leave to begin one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLeave {
    /// The longest that the call may take, in milliseconds.
    pub timeout_ms: u64,
}

/// Why no further call may begin.
#[derive(Debug)]
pub enum Halt {
    /// A stop: end at the checkpoint and park.
    Stopped(Box<Refusal>),
    /// The vendor was found to be down by somebody else: end at the checkpoint and park.
    Tripped(Box<Refusal>),
    /// The lease is no longer this job's: somebody else has taken over. End and touch nothing.
    Lost,
    /// The governor can't be asked, and the last look is too old. End and touch nothing: the lease
    /// ends by itself.
    Unreachable(GovernorError),
    /// This machine's clock is surely wrong. End and touch nothing: what would be written would be
    /// wrong too, and the lease ends by itself.
    ClockOff(GovernorError),
}

/// How a job was pushed back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushBack {
    /// The vendor asks for a slower pace.
    Throttled {
        /// When it will answer again, where it said so.
        until: Option<UnixMillis>,
        /// What it was about, for people.
        why: String,
    },
    /// The vendor fails.
    Unavailable {
        /// The call that it failed.
        call: FailedCall,
        /// When it asked to be tried again, where it said so; followed up to the policy's cap.
        until: Option<UnixMillis>,
    },
    /// The vendor has suspended the store: it is probed every few hours.
    Suspended {
        /// The call that it refused.
        call: FailedCall,
    },
}

/// A call that the vendor failed, and what is to be remembered of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCall {
    /// When it began.
    pub began: UnixMillis,
    /// Of whom the failure speaks.
    pub reach: Reach,
    /// What kind of failure it was, in a word.
    pub class: String,
    /// What it was about, for people.
    pub why: String,
    /// What the vendor answered, such as an HTTP status; `None` where it gave no answer.
    pub answer: Option<String>,
    /// The vendor's id of the call, where it gave one.
    pub request: Option<String>,
}

impl FailedCall {
    /// A call, begun at `began`, whose failure speaks of its lane alone and that got no answer.
    pub fn new(began: UnixMillis, class: &str, why: &str) -> Self {
        let (class, why) = (class.to_owned(), why.to_owned());
        Self { began, reach: Reach::Lane, class, why, answer: None, request: None }
    }
}

/// How often a lane is looked at again whose answer came too late to be used.
const LOOKS_MAX: usize = 3;

/// The least time a call is begun with, in milliseconds.
const CALL_MS_MIN: u64 = 50;

impl Holder {
    pub(crate) fn new(governor: Governor, place: Place, granted: Granted) -> Self {
        let Granted { lease, lane, sent_ms } = granted;
        let lease_ms = lease_ms(&governor, lease.seat);
        let mut holder = Self {
            governor,
            lane_id: place.lane,
            group: place.group,
            lease,
            looked_ms: sent_ms,
            deadline_ms: sent_ms.saturating_add(lease_ms),
            seen_full: SeenFull::No,
            wide: Vec::new(),
            spoke_at: None,
            succeeded_in: (0, 0),
            lane: lane.clone(),
        };
        holder.see(lane, sent_ms);
        holder
    }

    /// The lease.
    pub const fn lease(&self) -> &Lease {
        &self.lease
    }

    /// The lane as last seen.
    pub const fn lane(&self) -> &Lane {
        &self.lane
    }

    /// The name under which this lease's calls are known: unique per admission.
    pub fn call_name(&self) -> String {
        format!("{}.{}", self.lease.claim.id, self.lease.claim.nonce)
    }

    fn see(&mut self, lane: Lane, looked_ms: u64) {
        if lane.held_count() >= lane.limit {
            self.seen_full = SeenFull::Yes;
        }
        self.lane = lane;
        self.looked_ms = looked_ms;
    }

    /// How long the lease still lasts, in milliseconds, by the clock that says less.
    fn remaining_ms(&self) -> u64 {
        remaining_ms(&self.governor, self.lease.expires, self.deadline_ms)
    }

    fn ask(&self) -> Ask<'_> {
        Ask {
            lane: self.lane_id.as_str(),
            group: self.group.as_ref(),
            kind: &self.lease.claim.kind,
        }
    }

    /// Asks for leave to begin a call now. Looks at lane and board if the last look is too old,
    /// and renews the lease if half of it is gone.
    ///
    /// # Errors
    /// Why no call may begin.
    pub async fn leave(&mut self) -> Result<CallLeave, Halt> {
        let policy = *self.governor.policy();
        for _ in 0..LOOKS_MAX {
            let half_ms = lease_ms(&self.governor, self.lease.seat) / 2;
            if self.remaining_ms() < half_ms {
                self.renew().await?;
            } else if self.look_age_ms() >= policy.look_age_ms {
                self.look().await?;
            }
            self.renew_wide().await?;
            let board = self.governor.board().await.map_err(Halt::Unreachable)?;
            self.governor.check_clock().map_err(Halt::ClockOff)?;
            self.check(&board)?;
            // The age counts from before the look was sent: a slow answer is an old one.
            if self.look_age_ms() < policy.look_age_ms {
                let left_ms = self.remaining_ms().min(self.wide_remaining_ms());
                let left_ms = left_ms.saturating_sub(policy.skew_ms);
                let timeout_ms = left_ms.min(policy.call_timeout_ms);
                return if timeout_ms < CALL_MS_MIN {
                    Err(Halt::Lost)
                } else {
                    Ok(CallLeave { timeout_ms })
                };
            }
        }
        Err(Halt::Unreachable(GovernorError::Unanswered {
            what: "a look at a lane",
            why: format!("{LOOKS_MAX} answers took longer than {} ms each", policy.look_age_ms),
        }))
    }

    fn look_age_ms(&self) -> u64 {
        self.governor.clock.monotonic_ms().saturating_sub(self.looked_ms)
    }

    async fn look(&mut self) -> Result<(), Halt> {
        let sent_ms = self.governor.clock.monotonic_ms();
        match self.governor.look(&self.lane_id).await {
            Ok(Some(lane)) => {
                self.see(lane, sent_ms);
                Ok(())
            }
            Ok(None) => Err(Halt::Lost),
            Err(error) => Err(Halt::Unreachable(error)),
        }
    }

    async fn renew(&mut self) -> Result<(), Halt> {
        let sent_ms = self.governor.clock.monotonic_ms();
        let lease_ms = lease_ms(&self.governor, self.lease.seat);
        let expires = self.governor.now().plus(lease_ms).max(self.lease.expires.plus(1));
        let renewal = t::renew(&self.lease, expires);
        match self.governor.apply(&self.lane_id, &renewal).await.map_err(Halt::Unreachable)? {
            Tried::Done(lane) => {
                self.lease.expires = expires;
                self.deadline_ms = sent_ms.saturating_add(lease_ms);
                self.see(lane, sent_ms);
                Ok(())
            }
            // A retry whose first attempt went through is refused with the lease already renewed.
            Tried::Refused(Some(lane)) => match still(&self.lease, &lane) {
                Some(mine) if mine.expires >= expires => {
                    self.lease.expires = expires;
                    self.deadline_ms = sent_ms.saturating_add(lease_ms);
                    self.see(lane, sent_ms);
                    Ok(())
                }
                Some(_) | None => Err(Halt::Lost),
            },
            Tried::Refused(None) => Err(Halt::Lost),
        }
    }

    fn check(&self, board: &Board) -> Result<(), Halt> {
        let now = self.governor.now();
        may_call(&self.lane, &self.lease, now).map_err(|halted| match halted {
            Halted::Lost => Halt::Lost,
            Halted::Stopped(refusal) => Halt::Stopped(refusal),
            Halted::Tripped(refusal) => Halt::Tripped(refusal),
        })?;
        match board.stops(&self.ask(), now) {
            None => Ok(()),
            Some(refusal) => Err(Halt::Stopped(Box::new(refusal))),
        }
    }

    /// Tells the governor that a call succeeded. Costs a write only where it changes something: at
    /// a probe's first success, at the first success at full speed after an outage, and at one that
    /// speaks for a group under suspicion.
    ///
    /// # Errors
    /// No usable answer. The job may go on; its next look will tell.
    pub async fn succeeded(&mut self) -> Result<(), GovernorError> {
        self.speak_for_group().await?;
        let now = self.governor.now();
        self.lease.succeeded = Some(now);
        let is_later = self.lane.generation == self.lease.admitted_in;
        let succeeded_in = match self.succeeded_in {
            (generation, calls) if generation == self.lane.generation => calls.saturating_add(1),
            _ => 1,
        };
        self.succeeded_in = (self.lane.generation, succeeded_in);
        let settles = self.lane.ramp.is_some() && (is_later || succeeded_in >= SETTLED_AFTER);
        let step = match self.lease.seat {
            Seat::Probe => t::recover(&self.lease, &self.lane, now),
            Seat::Held if settles => t::settle(&self.lease, &self.lane),
            Seat::Held => return Ok(()),
        };
        let sent_ms = self.governor.clock.monotonic_ms();
        let tried = self.governor.apply_with_notes(&self.lane_id, &step).await?;
        if let Tried::Done(lane) | Tried::Refused(Some(lane)) = tried {
            if let Some(mine) = still(&self.lease, &lane) {
                self.lease = mine;
            }
            Box::pin(self.governor.write_notes(&self.lane_id, &lane)).await?;
            self.see(lane, sent_ms);
        }
        Ok(())
    }

    /// While the lane's group is suspected or down, whoever succeeds says so, once.
    async fn speak_for_group(&mut self) -> Result<(), GovernorError> {
        let Some(group) = &self.group else { return Ok(()) };
        let board = self.governor.board().await?;
        let since = match board.platforms.get(group) {
            Some(Platform::Suspected(suspicion)) => suspicion.since,
            Some(Platform::Down(incident)) => incident.detected,
            Some(Platform::Back(_)) | None => return Ok(()),
        };
        if self.spoke_at.is_none_or(|spoke_at| spoke_at < since) {
            self.spoke_at = Some(self.governor.now());
            self.governor.witness(group, &self.lane_id, Witness::Succeeded).await;
        }
        Ok(())
    }
}

fn remaining_ms(governor: &Governor, expires: UnixMillis, deadline_ms: u64) -> u64 {
    let wall_ms = expires.since(governor.now());
    wall_ms.min(deadline_ms.saturating_sub(governor.clock.monotonic_ms()))
}

fn lease_ms(governor: &Governor, seat: Seat) -> u64 {
    match seat {
        Seat::Held => governor.policy().lease_ms,
        Seat::Probe => governor.policy().probe_lease_ms,
    }
}
