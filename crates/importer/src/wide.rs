//! Slots of wide lanes, where a wide limit is set.

use flyball_governor::{
    Freed, GovernorError, Holder, LaneId, LaneSpec, Reason, Refusal, Stood, Waiting, WideAsked,
};

use crate::errand::Errand;
use crate::importer::{HandleError, Importer, Parked, log_refusal};
use crate::line::{Called, ForLine};
use crate::run::Task;

/// What came of taking the wide slots that a job needs besides its own.
pub(crate) enum Entered {
    /// It has them all: none, where no wide limit is set.
    Yes(Box<Holder>),
    /// One was refused: the job waits in its account's lot, and its account in line.
    Waits,
}

impl Importer {
    pub(crate) async fn enter_wide(
        &self,
        errand: &Errand,
        task: &mut Task,
        mut holder: Holder,
        called: Option<&Called>,
    ) -> Result<Entered, HandleError> {
        let limits = holder.wide_limits().await?;
        for (lane, spec) in &limits {
            let turn = called.filter(|called| called.lane == *lane);
            let refusal = match self.take(errand, task, &mut holder, (lane, spec), turn).await? {
                WideAsked::Granted(_) => continue,
                WideAsked::Refused(refusal) => refusal,
            };
            if let Some(called) = called.filter(|called| called.lane != *lane) {
                self.parts.governor.leave_line(&called.lane, &called.row).await?;
            }
            self.leave_wide(errand, task, holder, &refusal).await?;
            return Ok(Entered::Waits);
        }
        if let Some(called) = called
            && !limits.iter().any(|(lane, _)| called.lane == *lane)
        {
            self.parts.governor.leave_line(&called.lane, &called.row).await?;
        }
        Ok(Entered::Yes(Box::new(holder)))
    }

    /// Takes a slot of one wide lane: at once for whoever has been called, or where there is room
    /// besides those who stand in line. Others stand in line first.
    async fn take(
        &self,
        errand: &Errand,
        task: &mut Task,
        holder: &mut Holder,
        (lane, spec): (&LaneId, &LaneSpec),
        turn: Option<&Called>,
    ) -> Result<WideAsked, HandleError> {
        let governor = &self.parts.governor;
        let mut asked = if turn.is_some() || self.is_open(lane).await? {
            holder.take_wide(lane, spec).await?
        } else {
            full(lane, spec)
        };
        if let Some(turn) = turn {
            match &asked {
                WideAsked::Granted(_) => self.had_its_turn(task, turn).await?,
                WideAsked::Refused(_) => governor.end_call(lane, &turn.row.id).await?,
            }
            return Ok(asked);
        }
        if matches!(asked, WideAsked::Refused(_)) {
            self.leave_row(task).await?;
            // Its row has no waker yet: until it stands in line, its message is its insurance.
            if task.parked == Parked::No {
                task.parked = Parked::Perhaps;
            }
            let (kind, class) = (task.job.kind, task.work.class);
            let place = ForLine { lane: lane.clone(), spec: spec.clone(), kind, class };
            // Other work of its waits there.
            if self.stand_in_line(&task.account.id, &place).await? == Stood::WhereItWas {
                task.more.get_or_insert(place);
            }
            // Whoever left between the refusal and the mark saw nobody in line.
            if let Some(turn) = self.is_next(errand, task, lane).await? {
                asked = holder.take_wide(lane, spec).await?;
                match &asked {
                    WideAsked::Granted(_) => self.had_its_turn(task, &turn).await?,
                    WideAsked::Refused(_) => governor.end_call(lane, &turn.row.id).await?,
                }
            }
        }
        Ok(asked)
    }

    /// Frees the account's slot. Whoever frees a wide one calls the account; looking earlier is of
    /// no use.
    async fn leave_wide(
        &self,
        errand: &Errand,
        task: &Task,
        holder: Holder,
        refusal: &Refusal,
    ) -> Result<(), HandleError> {
        log_refusal(&task.job, refusal);
        let governor = &self.parts.governor;
        let look = governor.now().plus(governor.policy().wide_again_ms);
        self.freed(errand, holder.inconclusive_until(look).await).await?;
        self.delete(errand).await
    }

    /// After the end of a hold: calls those whose turn it is in each wide lane in which there is
    /// room now. What fails of that is made good by the ticker.
    pub(crate) async fn freed(
        &self,
        errand: &Errand,
        ended: Result<Freed, GovernorError>,
    ) -> Result<Freed, GovernorError> {
        let freed = ended?;
        for (id, lane) in &freed.wide {
            if let Err(error) = self.call_next(errand, id, lane).await {
                tracing::warn!(code = "WAITER_NOT_CALLED", lane = %id, %error, "left to the ticker");
            }
        }
        Ok(freed)
    }
}

fn full(lane: &LaneId, spec: &LaneSpec) -> WideAsked {
    let reason = Reason::WideFull { lane: lane.to_string(), limit: spec.cap };
    WideAsked::Refused(Refusal { reason, until: None })
}

impl Task {
    /// The job as what waits.
    pub(crate) fn waiting(&self) -> Waiting {
        Waiting {
            id: self.work.id.clone(),
            kind: self.work.kind.clone(),
            class: self.work.class,
            since: self.since,
        }
    }
}
