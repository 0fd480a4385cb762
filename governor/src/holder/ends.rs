//! The ends of a job. Each gives back the lane's slot first, and then those of wide lanes.

use flyball_governor_core::breaker::Met;
use flyball_governor_core::policy::{gate, throttle_gate, tries_more};
use flyball_governor_core::transition::Transition;
use flyball_governor_core::transitions as t;
use flyball_governor_core::{
    Lane, Outage, Platform, Policy, Reach, Seat, Stop, StopCause, UnixMillis, dead_man,
};

use super::{Holder, PushBack, SeenFull};
use crate::error::GovernorError;
use crate::governor::Tried;
use crate::key::LaneId;

/// What the writes returned by which a job gave back its slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Freed {
    /// The lane, as far as it was returned.
    pub lane: Option<Lane>,
    /// The wide lanes in which slots were given back.
    pub wide: Vec<(LaneId, Lane)>,
    /// The stop by which the lane ended its own trying, if it just has: see
    /// [`flyball_governor_core::dead_man`].
    pub dead_man: Option<Stop>,
}

impl Holder {
    /// The job ended well: raises the limit where that is due, by chance, and gives the slot back.
    ///
    /// # Errors
    /// No usable answer: the lease then ends by itself.
    pub async fn finished(mut self) -> Result<Freed, GovernorError> {
        self.raise_if_due().await?;
        let finish = t::finish(&self.lease, self.governor.now());
        self.give_back(&finish).await
    }

    /// The job ended neither well nor leaves a row behind, such as one that was set aside.
    ///
    /// # Errors
    /// No usable answer: the lease then ends by itself.
    pub async fn released(self) -> Result<Freed, GovernorError> {
        let release = t::release(&self.lease);
        self.give_back(&release).await
    }

    async fn give_back(self, step: &Transition) -> Result<Freed, GovernorError> {
        let lane = match self.governor.apply(&self.lane_id, step).await? {
            Tried::Done(lane) => Some(lane),
            Tried::Refused(lane) => lane,
        };
        Ok(Freed { lane, wide: self.give_back_wide().await, dead_man: None })
    }

    pub(super) async fn raise_if_due(&mut self) -> Result<(), GovernorError> {
        let below_cap = self.lane.limit < self.lane.cap && self.seen_full == SeenFull::Yes;
        let steady = self.lane.level == 0 && self.lane.ramp.is_none();
        let random = self.governor.random();
        let (_, calls) = self.succeeded_in;
        let tries = tries_more(calls, self.lane.limit, random, self.governor.policy());
        if steady && ((below_cap && tries) || self.lane.slow > 0) {
            let raise = t::raise(&self.lease, &self.lane);
            if let Tried::Done(lane) = self.governor.apply(&self.lane_id, &raise).await? {
                self.lane = lane;
            }
        }
        Ok(())
    }

    /// The job ends with nothing learnt of the vendor, or halts at its checkpoint, and leaves a row
    /// behind.
    ///
    /// # Errors
    /// No usable answer: the lease then ends by itself, but the row may lack its mark.
    pub async fn inconclusive(self) -> Result<Freed, GovernorError> {
        let now = self.governor.now();
        self.inconclusive_until(now).await
    }

    /// The same, where asking again can't help before `look`: whoever leaves room sends for the row
    /// earlier.
    ///
    /// # Errors
    /// No usable answer: the lease then ends by itself, but the row may lack its mark.
    pub async fn inconclusive_until(self, look: UnixMillis) -> Result<Freed, GovernorError> {
        match self.lease.seat {
            Seat::Probe => {
                let shut = self.governor.now().plus(self.governor.policy().inconclusive_ms);
                let step = t::inconclusive_probe(&self.lease, shut);
                self.end_with(&step).await
            }
            Seat::Held => self.leave_mark(look).await,
        }
    }

    /// Gives the slot back until the vendor's budget has refilled.
    ///
    /// # Errors
    /// No usable answer: the lease then ends by itself, but the row may lack its mark.
    pub async fn paused(self, until: UnixMillis) -> Result<Freed, GovernorError> {
        let step = match self.lease.seat {
            Seat::Probe => t::inconclusive_probe(&self.lease, until),
            Seat::Held => t::pause(&self.lease, until),
        };
        self.end_with(&step).await
    }

    /// The vendor pushed the job back.
    ///
    /// # Errors
    /// No usable answer: the lease then ends by itself, but the row may lack its mark.
    pub async fn pushed_back(self, how: &PushBack) -> Result<Freed, GovernorError> {
        let (governor, lane_id) = (self.governor.clone(), self.lane_id.clone());
        let mut freed = Box::pin(self.push_back(how)).await?;
        let now = governor.now();
        let stop = freed.lane.as_ref().and_then(|lane| dead_man(lane, now, governor.policy()));
        if let Some(stop) = stop {
            let step = t::stop(&StopCause::DeadMan, &stop, now);
            if let Tried::Done(lane) = governor.apply(&lane_id, &step).await? {
                freed.lane = Some(lane);
                freed.dead_man = Some(stop);
            }
        }
        Ok(freed)
    }

    async fn push_back(self, how: &PushBack) -> Result<Freed, GovernorError> {
        let now = self.governor.now();
        let random = self.governor.random();
        let policy = self.gate_policy().await;
        let (call, until) = match how {
            PushBack::Throttled { until, why } => {
                let shut = throttle_gate(now, self.lane.slow, *until, random, &policy);
                let step = match self.lease.seat {
                    Seat::Held => t::throttle(&self.lease, &self.lane, now, shut, why),
                    Seat::Probe => t::inconclusive_probe(
                        &self.lease,
                        shut.max(now.plus(policy.inconclusive_ms)),
                    ),
                };
                return self.end_with(&step).await;
            }
            PushBack::Unavailable { call, until } => (call, *until),
            PushBack::Suspended { call } => (call, None),
        };
        let level = self.lane.ramp.unwrap_or(self.lane.level);
        let mut shut = gate(now, level, until, random, &policy);
        if matches!(how, PushBack::Suspended { .. }) {
            shut = shut.max(now.plus(policy.suspended_probe_ms));
        }
        let (answer, request) = (call.answer.as_deref(), call.request.as_deref());
        let evidence = Outage::sample(self.lane.generation, answer, request);
        let failing = t::Failing {
            first_failed: call.began,
            now,
            shut,
            reach: call.reach,
            class: &call.class,
            why: &call.why,
            evidence: &evidence,
        };
        let (governor, lane_id) = (self.governor.clone(), self.lane_id.clone());
        let of_group = self.group.clone().filter(|_| call.reach == Reach::Group);
        let (met, freed) = match (self.lease.seat, self.lane.ramp) {
            (Seat::Probe, _) => {
                let step = t::trip_again(&self.lease, &self.lane, &failing);
                (Met::TrippedAgain, self.probe_failed(&step, &evidence).await?)
            }
            (Seat::Held, None) => {
                let step = t::trip(&self.lease, &self.lane, &failing);
                (Met::Tripped, self.end_with(&step).await?)
            }
            (Seat::Held, Some(_)) => {
                let step = t::trip_ramping(&self.lease, &self.lane, &failing);
                (Met::Tripped, self.end_with(&step).await?)
            }
        };
        // Who came late to a trip leaves it to whoever tripped to speak of it.
        let tripped = freed.lane.as_ref().is_some_and(|lane| lane.at == Some(now));
        if let Some(group) = of_group.filter(|_| tripped) {
            governor.witness_failure(&group, &lane_id, met, call.began).await;
        }
        Ok(freed)
    }

    /// The policy that this lane's gates follow: one that probes for its whole group comes back
    /// sooner. A board that can't be read changes nothing of a job's end.
    async fn gate_policy(&self) -> Policy {
        let mut policy = *self.governor.policy();
        let board = self.governor.board().await;
        let known = board.as_ref().ok().zip(self.group.as_ref());
        if let Some(Platform::Down(incident)) =
            known.and_then(|(board, group)| board.platforms.get(group))
            && incident.canaries.contains(self.lane_id.as_str())
        {
            policy.gate_ceiling_ms = policy.gate_ceiling_ms.min(policy.canary_ceiling_ms);
        }
        policy
    }

    async fn probe_failed(self, step: &Transition, sample: &str) -> Result<Freed, GovernorError> {
        let (governor, lane_id, down) =
            (self.governor.clone(), self.lane_id.clone(), self.lane.down);
        let freed = self.end_with(step).await?;
        // The lane knows all that it must: a sample is not worth a failed end.
        if let Some(down) = down
            && let Err(error) = Box::pin(governor.keep_sample(&lane_id, down, sample)).await
        {
            tracing::warn!(code = "SAMPLE_NOT_KEPT", lane = %lane_id, "{error}");
        }
        Ok(freed)
    }

    async fn end_with(self, step: &Transition) -> Result<Freed, GovernorError> {
        match self.governor.apply_with_notes(&self.lane_id, step).await? {
            Tried::Done(lane) => {
                Box::pin(self.governor.write_notes(&self.lane_id, &lane)).await?;
                let wide = self.give_back_wide().await;
                Ok(Freed { lane: Some(lane), wide, dead_man: None })
            }
            Tried::Refused(_) => {
                let now = self.governor.now();
                self.leave_mark(now).await
            }
        }
    }

    async fn leave_mark(self, look: UnixMillis) -> Result<Freed, GovernorError> {
        let release = t::release_and_mark(&self.lease, look);
        let mut tried = self.governor.apply(&self.lane_id, &release).await?;
        if let Tried::Refused(_) = tried {
            tried = self.governor.apply(&self.lane_id, &t::mark(look)).await?;
        }
        let lane = match tried {
            Tried::Done(lane) => Some(lane),
            Tried::Refused(lane) => lane,
        };
        Ok(Freed { lane, wide: self.give_back_wide().await, dead_man: None })
    }
}
