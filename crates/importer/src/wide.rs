//! Slots of wide lanes, where a wide limit is set, and the accounts that wait for them. What waits
//! in a wide lane's lot is a call to look at an account's own.

use flyball_domain::{Drain, Message, WaitsIn};
use flyball_governor::{
    Freed, GovernorError, Holder, Lane, LaneId, LaneSpec, LeaseId, Refusal, Requests, Waiting,
    WideAsked,
};
use flyball_queue::Outgoing;

use crate::errand::Errand;
use crate::importer::{HandleError, Importer, Parked, log_refusal};
use crate::run::Task;

/// What came of taking the wide slots that a job needs besides its own.
pub(crate) enum Entered {
    /// It has them all: none, where no wide limit is set.
    Yes(Box<Holder>),
    /// One was refused: the job waits, in its account's lot and in the wide lane's.
    Waits(WaitsIn),
}

impl Importer {
    pub(crate) async fn enter_wide(
        &self,
        errand: &Errand,
        task: &mut Task,
        mut holder: Holder,
    ) -> Result<Entered, HandleError> {
        for (lane, spec) in holder.wide_limits().await? {
            let mut asked = holder.take_wide(&lane, &spec).await?;
            if matches!(asked, WideAsked::Refused(_)) {
                self.leave_row(task).await?;
                // Its row has no waker yet: until it waits here, its message is its insurance.
                if task.parked == Parked::No {
                    task.parked = Parked::Perhaps;
                }
                self.wait_in(&lane, &spec, task).await?;
                // Whoever left between the refusal and the mark did not see it.
                asked = holder.take_wide(&lane, &spec).await?;
            }
            match asked {
                WideAsked::Granted(seen) => {
                    if task.parked == Parked::Perhaps {
                        self.waits_no_more(&waits_in(&lane, &task.work.id), None).await?;
                    }
                    self.call_waiter(errand, &lane, &seen).await?;
                }
                WideAsked::Refused(refusal) => {
                    self.leave_wide(errand, task, holder, &refusal).await?;
                    return Ok(Entered::Waits(waits_in(&lane, &task.work.id)));
                }
            }
        }
        Ok(Entered::Yes(Box::new(holder)))
    }

    async fn wait_in(
        &self,
        lane: &LaneId,
        spec: &LaneSpec,
        task: &Task,
    ) -> Result<(), HandleError> {
        let governor = &self.parts.governor;
        let waits = Some(waits_in(lane, &task.work.id));
        let drain = Drain { waits, ..Drain::new(task.account.id.clone(), task.job.kind) };
        let text = Message::Drain(drain).to_text();
        governor.park_admitted(lane, &task.waiting(), &text, task.work.id.as_str()).await?;
        Ok(governor.mark(lane, spec).await?)
    }

    /// Frees the account's slot. Whoever frees a wide one sends for the account; looking earlier is
    /// of no use.
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

    /// Takes the row away by which an account waited for a wide slot, unless it waits there anew.
    pub(crate) async fn waits_no_more(
        &self,
        waited: &WaitsIn,
        waits: Option<&WaitsIn>,
    ) -> Result<(), HandleError> {
        if waits == Some(waited) {
            return Ok(());
        }
        let (Ok(lane), Ok(row)) = (waited.lane.parse::<LaneId>(), waited.row.parse::<LeaseId>())
        else {
            tracing::warn!(code = "ROW_UNREADABLE", ?waited, "left to the ticker");
            return Ok(());
        };
        Ok(self.parts.governor.unpark(&lane, &row, &Requests::one(row.as_str())).await?)
    }

    /// After the end of a hold: sends for the accounts that wait longest, one for each wide lane in
    /// which there is room now. What fails of that is made good by the ticker.
    pub(crate) async fn freed(
        &self,
        errand: &Errand,
        ended: Result<Freed, GovernorError>,
    ) -> Result<Freed, GovernorError> {
        let freed = ended?;
        for (id, lane) in &freed.wide {
            if let Err(error) = self.call_waiter(errand, id, lane).await {
                tracing::warn!(code = "WAITER_NOT_CALLED", lane = %id, %error, "left to the ticker");
            }
        }
        Ok(freed)
    }

    async fn call_waiter(
        &self,
        errand: &Errand,
        id: &LaneId,
        lane: &Lane,
    ) -> Result<(), HandleError> {
        if lane.wake.is_none() || lane.held_count() >= lane.limit {
            return Ok(());
        }
        let governor = &self.parts.governor;
        let policy = governor.policy();
        let rows = governor.parked(id).await?;
        if rows.is_empty() {
            governor.clear(id, lane).await?;
            return Ok(());
        }
        let first = rows
            .iter()
            .filter(|row| !lane.held.contains_key(&row.id))
            .min_by_key(|row| row.waiting().rank(policy));
        let Some(Ok(Message::Drain(drain))) = first.map(|row| Message::parse(&row.work)) else {
            return Ok(());
        };
        let account = self.parts.accounts.get(&drain.account).await?;
        let Some(drain) = errand.sends(drain) else { return Ok(()) };
        let Ok(queue) = self.parts.queues.get(account.integration, drain.kind) else {
            return Ok(());
        };
        let message = Outgoing::new(Message::Drain(drain).to_text(), account.id);
        queue.send(&message.map_err(HandleError::other)?).await?;
        Ok(())
    }
}

fn waits_in(lane: &LaneId, row: &LeaseId) -> WaitsIn {
    WaitsIn { lane: lane.to_string(), row: row.to_string() }
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
