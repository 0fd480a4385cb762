//! Parking, and starting what is parked.

use flyball_accounts::Account;
use flyball_domain::{Drain, Job, Kind, Message, Mode};
use flyball_governor::{Admission, Holder, Lane, LaneId, LaneSpec, Parked as Row};
use flyball_queue::Outgoing;

use crate::importer::{HandleError, Importer, Parked, Work, lane_spec, log_refusal};
use crate::run::Task;

/// One-record jobs of one kind that a lot holds; one more becomes an incremental import, which
/// covers them all, so that a lot stays bounded however long an outage lasts.
const RECORD_ROWS_MAX: usize = 32;

/// The most drains sent at once for one lane.
const DRAINS_MAX: u32 = 24;

impl Importer {
    /// Parks a job: the row first, then the lane's mark.
    pub(crate) async fn park(
        &self,
        lane: &LaneId,
        job: &Job,
        spec: &LaneSpec,
    ) -> Result<(), HandleError> {
        let governor = &self.parts.governor;
        let mut job = job.clone();
        if matches!(job.mode, Mode::Record { .. }) {
            let rows = governor.parked(lane).await?;
            let of_records = rows.iter().filter(|row| is_record(row, job.kind)).count();
            if of_records >= RECORD_ROWS_MAX {
                job.mode = Mode::Incremental;
            }
        }
        let work = Work::of(&job)?;
        let request = job.id.to_string();
        let text = Message::Import(job).to_text();
        governor.park(lane, &work.id, &work.kind, &text, &request).await?;
        governor.mark(lane, spec).await?;
        Ok(())
    }

    /// Starts one of a lane's parked jobs of a kind, if one can start, and sends further drains if
    /// there is room and work for more.
    pub(crate) async fn start_parked(
        &self,
        lane_id: &LaneId,
        account: &Account,
        kind: Kind,
    ) -> Result<Option<(Task, Holder)>, HandleError> {
        let governor = &self.parts.governor;
        // The lane before the lot: only then does an empty lot prove that nobody came since.
        let Some(lane) = governor.look(lane_id).await? else { return Ok(None) };
        let rows = governor.parked(lane_id).await?;
        if rows.is_empty() {
            governor.clear(lane_id, &lane).await?;
            return Ok(None);
        }
        let own: Vec<&Row> = rows.iter().filter(|row| row.kind.as_str() == kind.as_str()).collect();
        for row in &own {
            let Ok(Message::Import(job)) = Message::parse(&row.work) else {
                tracing::error!(code = "ROW_UNREADABLE", lane = %lane_id, row = %row.id, "left alone");
                continue;
            };
            let work = Work { id: row.id.clone(), kind: row.kind.clone() };
            let claim = governor.claim(work.id.clone(), work.kind.clone());
            match governor.admit(lane_id, &claim, &lane_spec(account)).await? {
                Admission::Admitted(holder) => {
                    let others = rows.len().saturating_sub(1);
                    self.send_drains(holder.lane(), account, kind, others).await?;
                    let task = Task {
                        account: account.clone(),
                        lane: lane_id.clone(),
                        job,
                        work,
                        cover: row.requests.clone(),
                        parked: Parked::Yes,
                    };
                    return Ok(Some((task, *holder)));
                }
                Admission::Refused(refusal) => {
                    log_refusal(&job, &refusal);
                    if !matches!(refusal.reason, flyball_governor::Reason::Running) {
                        break;
                    }
                }
            }
        }
        Ok(None)
    }

    async fn send_drains(
        &self,
        lane: &Lane,
        account: &Account,
        kind: Kind,
        waiting: usize,
    ) -> Result<(), HandleError> {
        let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
        let room = lane.limit.saturating_sub(lane.held_count());
        for _ in 0..room.min(waiting).min(DRAINS_MAX) {
            self.send_drain(account, kind).await?;
        }
        Ok(())
    }

    /// Sends for somebody to look at an account's lot. Losing it loses nothing.
    pub(crate) async fn send_drain(
        &self,
        account: &Account,
        kind: Kind,
    ) -> Result<(), HandleError> {
        let drain = Message::Drain(Drain { account: account.id.clone(), kind });
        let drain =
            Outgoing::new(drain.to_text(), account.id.clone()).map_err(HandleError::other)?;
        self.queue(kind)?.send(&drain).await?;
        Ok(())
    }
}

fn is_record(row: &Row, kind: Kind) -> bool {
    matches!(
        Message::parse(&row.work),
        Ok(Message::Import(Job { mode: Mode::Record { .. }, kind: of, .. })) if of == kind
    )
}
