//! Parking, and starting what is parked.

use flyball_accounts::Account;
use flyball_domain::{Drain, Job, Kind, Message, Mode};
use flyball_governor::core::{Ask, Board, Policy, yields_to};
use flyball_governor::{
    Admission, GovernorError, Holder, Lane, LaneId, LaneSpec, Parked as Row, Reason, UnixMillis,
    Waiting, wide_limits,
};
use flyball_queue::Outgoing;

use crate::errand::Errand;
use crate::importer::{HandleError, Importer, Parked, Work, lane_spec, log_refusal};
use crate::line::ForLine;
use crate::run::Task;

/// One-record jobs of one kind that a lot holds; one more becomes an incremental import, which
/// covers all that has changed, so that a lot stays bounded however long an outage lasts. What was
/// deleted is left to the next comparison.
const RECORD_ROWS_MAX: usize = 32;

/// The most drains sent at once for one lane.
const DRAINS_MAX: usize = 24;

/// Who looks at a lot, and what they know of what holds its rows.
struct Lookout<'a> {
    lane_id: &'a LaneId,
    lane: &'a Lane,
    spec: LaneSpec,
    board: &'a Board,
    now: UnixMillis,
    policy: &'a Policy,
}

impl Lookout<'_> {
    /// The rows that nothing holds, the one that goes first in front.
    fn startable<'r>(&self, rows: &'r [Row]) -> Vec<&'r Row> {
        let mut startable: Vec<&Row> = rows.iter().filter(|row| self.can_start(row)).collect();
        startable.sort_by_key(|row| row.waiting().rank(self.policy));
        startable
    }

    fn can_start(&self, row: &Row) -> bool {
        let name = self.lane_id.as_str();
        row.waiting().can_start(self.lane, name, self.board, self.now, self.policy)
    }

    fn is_dimmed(&self, row: &Row) -> bool {
        !self.board.dimmers(&self.ask(row), self.now).is_empty()
    }

    /// Where the account is to stand in line for these rows: for each kind of which one waits for a
    /// wide slot, for the one that goes first.
    fn for_line(&self, rows: &[&Row]) -> Result<Vec<ForLine>, GovernorError> {
        let mut places: Vec<ForLine> = Vec::new();
        for row in rows {
            let Ok(kind) = row.kind.as_str().parse::<Kind>() else { continue };
            if places.iter().any(|place| place.kind == kind) {
                continue;
            }
            let limits = wide_limits(self.board, &self.ask(row), self.now)?;
            let place = |(lane, spec)| ForLine { lane, spec, kind, class: row.class };
            places.extend(limits.into_iter().next().map(place));
        }
        Ok(places)
    }

    fn ask<'s>(&'s self, row: &'s Row) -> Ask<'s> {
        Ask { lane: self.lane_id.as_str(), group: self.spec.group.as_ref(), kind: &row.kind }
    }

    /// How many more may start.
    fn room(&self) -> usize {
        let room = match self.lane.level {
            0 => self.lane.limit.saturating_sub(self.lane.held_count()),
            _ => u32::from(self.lane.probe.is_none()),
        };
        let open = self.lane.shut <= self.now || self.lane.is_pardoned(self.pardon());
        if open { usize::try_from(room).unwrap_or(usize::MAX) } else { 0 }
    }

    fn pardon(&self) -> Option<flyball_governor::core::Pardon> {
        self.board.pardon(self.spec.group.as_ref())
    }
}

impl Importer {
    /// Parks a job: the row first, then the lane's mark. Returns since when such a job waits.
    pub(crate) async fn park(
        &self,
        lane: &LaneId,
        job: &Job,
        spec: &LaneSpec,
    ) -> Result<UnixMillis, HandleError> {
        let governor = &self.parts.governor;
        let mut job = job.clone();
        if matches!(job.mode, Mode::Record { .. }) {
            let rows = governor.parked(lane).await?;
            let of_records = rows.iter().filter(|row| is_record(row, job.kind)).count();
            if of_records >= RECORD_ROWS_MAX {
                job.mode = Mode::Incremental;
            }
        }
        let Work { id, kind, class } = Work::of(&job)?;
        let request = job.id.to_string();
        let text = Message::Import(job).to_text();
        let waiting = Waiting { id, kind, class, since: governor.now() };
        let since = governor.park(lane, &waiting, &text, &request).await?;
        governor.mark(lane, spec).await?;
        Ok(since)
    }

    /// Starts the job of the errand's kind that goes first in a lane's lot, if one can start, and
    /// sends for others if there is room and work for more.
    pub(crate) async fn start_parked(
        &self,
        errand: &Errand,
        lane_id: &LaneId,
        account: &Account,
    ) -> Result<Option<(Task, Holder)>, HandleError> {
        let governor = &self.parts.governor;
        // The lane before the lot: only then does an empty lot prove that nobody came since.
        let Some(lane) = governor.look(lane_id).await? else { return Ok(None) };
        let rows = governor.parked(lane_id).await?;
        if rows.is_empty() {
            governor.clear(lane_id, &lane).await?;
            return Ok(None);
        }
        let board = governor.board().await?;
        let lookout = self.lookout(lane_id, &lane, account, &board);
        let startable = lookout.startable(&rows);
        let spec = lane_spec(account);
        let others_first = startable
            .iter()
            .take_while(|row| row.kind.as_str() != errand.kind.as_str())
            .filter(|row| !lookout.is_dimmed(row))
            .count();
        if others_first >= lookout.room().max(1)
            && self.send_for(errand, account, &startable, 1).await? == Sent::Yes
        {
            return Ok(None);
        }
        for row in startable.iter().filter(|row| row.kind.as_str() == errand.kind.as_str()) {
            let Some(mut task) = Self::task_of(row, &rows, lane_id, account, &lane) else {
                continue;
            };
            let claim = governor.claim(task.work.id.clone(), task.work.kind.clone());
            match governor.admit(lane_id, &claim, &spec).await? {
                Admission::Admitted(holder) => {
                    let Some(holder) = self.still_parked(errand, &mut task, *holder).await? else {
                        return Ok(None);
                    };
                    let seen = holder.lane().clone();
                    let room = self.lookout(lane_id, &seen, account, &board).room();
                    let mut others: Vec<&Row> =
                        startable.iter().copied().filter(|other| other.id != row.id).collect();
                    if room > 0 {
                        let mut places = lookout.for_line(&others)?.into_iter();
                        task.more = places.find(|place| place.kind == task.job.kind);
                    }
                    others.retain(|other| !lookout.is_dimmed(other));
                    self.send_for(errand, account, &others, room).await?;
                    return Ok(Some((task, holder)));
                }
                Admission::Refused(refusal) => {
                    log_refusal(&task.job, &refusal);
                    if !matches!(refusal.reason, Reason::Running) {
                        break;
                    }
                }
            }
        }
        Ok(None)
    }

    /// Sees whether the row of a job that has its slot now is still there: it was read before, and
    /// another may have finished the job in between. Where it is gone, so is the slot.
    pub(crate) async fn still_parked(
        &self,
        errand: &Errand,
        task: &mut Task,
        holder: Holder,
    ) -> Result<Option<Holder>, HandleError> {
        if task.parked != Parked::Yes {
            return Ok(Some(holder));
        }
        match self.parts.governor.parked_row(&task.lane, &task.work.id).await {
            Ok(Some(row)) => {
                task.cover = row.requests;
                Ok(Some(holder))
            }
            Ok(None) => {
                tracing::info!(job = %task.job.key(), "was finished by another");
                self.end_superfluous(errand, task, holder).await?;
                Ok(None)
            }
            Err(error) => {
                // Best effort: a lease that can't be given back ends by itself.
                if let Err(also) = self.freed(errand, holder.inconclusive().await).await {
                    tracing::warn!(code = "LEASE_NOT_RETURNED", "{also}");
                }
                Err(error.into())
            }
        }
    }

    fn lookout<'a>(
        &'a self,
        lane_id: &'a LaneId,
        lane: &'a Lane,
        account: &Account,
        board: &'a Board,
    ) -> Lookout<'a> {
        let governor = &self.parts.governor;
        let (spec, now, policy) = (lane_spec(account), governor.now(), governor.policy());
        Lookout { lane_id, lane, spec, board, now, policy }
    }

    /// The job of a row of a lot that was read after the lane.
    fn task_of(
        row: &Row,
        lot: &[Row],
        lane_id: &LaneId,
        account: &Account,
        seen: &Lane,
    ) -> Option<Task> {
        let Ok(Message::Import(job)) = Message::parse(&row.work) else {
            tracing::error!(code = "ROW_UNREADABLE", lane = %lane_id, row = %row.id, "left alone");
            return None;
        };
        Some(Task {
            account: account.clone(),
            lane: lane_id.clone(),
            job,
            work: Work { id: row.id.clone(), kind: row.kind.clone(), class: row.class },
            cover: row.requests.clone(),
            parked: Parked::Yes,
            since: row.since,
            marks_seen: Some(seen.marks),
            alone: (lot.len() == 1).then_some(seen.marks),
            more: None,
        })
    }

    /// The job of the same kind that goes first where this one has ended; `None` where nobody
    /// waits, or work of another kind goes first.
    pub(crate) async fn next_in_lot(
        &self,
        errand: &Errand,
        ended: &Task,
        holder: &Holder,
    ) -> Result<Option<Task>, HandleError> {
        let governor = &self.parts.governor;
        let lane = holder.lane();
        let now = flyball_domain::UnixMillis(governor.now().0);
        let nobody_waits = lane.wake.is_none() || ended.leaves_lot_empty(lane);
        if nobody_waits || !errand.may_take_baton(now) {
            return Ok(None);
        }
        let rows = governor.parked(&ended.lane).await?;
        // The slot that ends holds up nobody.
        let mut without = lane.clone();
        without.held.remove(&ended.work.id);
        let board = governor.board().await?;
        let lookout = self.lookout(&ended.lane, &without, &ended.account, &board);
        let first = lookout.startable(&rows).into_iter().find(|row| !lookout.is_dimmed(row));
        let first = first.filter(|row| row.kind.as_str() == errand.kind.as_str());
        Ok(first.and_then(|row| Self::task_of(row, &rows, &ended.lane, &ended.account, lane)))
    }

    /// After an end: sends for whoever waits, as far as there is room; a lot found empty is left in
    /// peace.
    pub(crate) async fn look_after(
        &self,
        errand: &Errand,
        task: &Task,
        lane: &Lane,
    ) -> Result<(), HandleError> {
        let governor = &self.parts.governor;
        if lane.wake.is_none() {
            return Ok(());
        }
        let rows = if task.leaves_lot_empty(lane) {
            Vec::new()
        } else {
            governor.parked(&task.lane).await?
        };
        if rows.is_empty() {
            governor.clear(&task.lane, lane).await?;
            return Ok(());
        }
        let board = governor.board().await?;
        let lookout = self.lookout(&task.lane, lane, &task.account, &board);
        let mut startable = lookout.startable(&rows);
        if lookout.room() > 0 {
            for place in lookout.for_line(&startable)? {
                self.stand_in_line_again(errand, &task.account.id, &place).await?;
            }
        }
        startable.retain(|row| !lookout.is_dimmed(row));
        self.send_for(errand, &task.account, &startable, lookout.room()).await?;
        Ok(())
    }

    /// The kind of the waiting work that this job makes room for at its checkpoint, if there is
    /// any. Looks only where somebody has left work behind since it last did.
    pub(crate) async fn makes_room_for(
        &self,
        task: &Task,
        holder: &Holder,
        marks_seen: &mut Option<u64>,
    ) -> Result<Option<Kind>, HandleError> {
        let lane = holder.lane();
        if marks_seen.replace(lane.marks) == Some(lane.marks) {
            return Ok(None);
        }
        let governor = &self.parts.governor;
        let rows = governor.parked(&task.lane).await?;
        let board = governor.board().await?;
        let lookout = self.lookout(&task.lane, lane, &task.account, &board);
        let waiting: Vec<Waiting> =
            rows.iter().filter(|row| !lookout.is_dimmed(row)).map(Row::waiting).collect();
        let rank = task.waiting().rank(lookout.policy);
        let (name, now, policy) = (task.lane.as_str(), lookout.now, lookout.policy);
        let first = yields_to(rank, lane, name, &board, &waiting, now, policy);
        Ok(first.and_then(|other| other.kind.as_str().parse().ok()))
    }

    /// Sends for the first `room` of these rows.
    async fn send_for(
        &self,
        errand: &Errand,
        account: &Account,
        rows: &[&Row],
        room: usize,
    ) -> Result<Sent, HandleError> {
        let mut sent = Sent::No;
        for row in rows.iter().take(room.min(DRAINS_MAX)) {
            if let Ok(kind) = row.kind.as_str().parse()
                && self.send_drain(errand, account, kind).await? == Sent::Yes
            {
                sent = Sent::Yes;
            }
        }
        Ok(sent)
    }

    /// Sends for somebody to look at an account's lot. Losing it loses nothing, and where this
    /// worker can't send, the ticker does.
    pub(crate) async fn send_drain(
        &self,
        errand: &Errand,
        account: &Account,
        kind: Kind,
    ) -> Result<Sent, HandleError> {
        let Some(drain) = errand.sends(Drain::new(account.id.clone(), kind)) else {
            return Ok(Sent::No);
        };
        let Ok(queue) = self.queue(kind) else { return Ok(Sent::No) };
        let drain = Outgoing::new(Message::Drain(drain).to_text(), account.id.clone());
        queue.send(&drain.map_err(HandleError::other)?).await?;
        Ok(Sent::Yes)
    }
}

/// Whether somebody was sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Yes,
    No,
}

fn is_record(row: &Row, kind: Kind) -> bool {
    matches!(
        Message::parse(&row.work),
        Ok(Message::Import(Job { mode: Mode::Record { .. }, kind: of, .. })) if of == kind
    )
}
