//! The lines before wide lanes. A place in line is a call to look at an account's own lot: each
//! account has one for each kind, however many of its jobs wait, and goes to the end of the line
//! when it has had its turn.

use flyball_accounts::{Account, AccountsError};
use flyball_domain::{AccountId, Drain, Kind, Message, UnixMillis, WaitsIn};
use flyball_governor::core::Turns;
use flyball_governor::{Lane, LaneId, LaneSpec, Parked as Row, Stood, Waiting};
use flyball_queue::Outgoing;

use crate::errand::Errand;
use crate::importer::{HandleError, Importer};
use crate::run::Task;

/// A place in line that has been called: a slot is kept for it.
#[derive(Clone, Debug)]
pub(crate) struct Called {
    pub(crate) lane: LaneId,
    pub(crate) row: Row,
}

/// Work that waits for a wide slot: its account is to stand in line before this lane.
#[derive(Clone, Debug)]
pub(crate) struct ForLine {
    pub(crate) lane: LaneId,
    pub(crate) spec: LaneSpec,
    pub(crate) kind: Kind,
    pub(crate) class: u8,
}

/// Whether somebody stands in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Yes,
    No,
}

impl Importer {
    /// Whether whoever comes takes nothing from those who stand in line. A line that is found empty
    /// is left in peace.
    pub(crate) async fn is_open(&self, id: &LaneId) -> Result<bool, HandleError> {
        let governor = &self.parts.governor;
        let Some(lane) = governor.look(id).await?.filter(|lane| lane.wake.is_some()) else {
            return Ok(true);
        };
        let has_room = |line: &[Row]| governor.turns(&lane, lane.limit, line).has_room_besides();
        if !has_room(&[]) {
            return Ok(false);
        }
        let line = governor.parked(id).await?;
        if line.is_empty() {
            governor.clear(id, &lane).await?;
        }
        Ok(has_room(&line))
    }

    /// Lets an account stand in line.
    pub(crate) async fn stand_in_line(
        &self,
        account: &AccountId,
        place: &ForLine,
    ) -> Result<Stood, HandleError> {
        let (waiting, call) = self.place_of(account, place)?;
        let governor = &self.parts.governor;
        let stood = governor.stand_in_line(&place.lane, &waiting, &call).await?;
        // A lane is marked for as long as anybody stands before it.
        if stood == Stood::AtTheEnd {
            governor.mark(&place.lane, &place.spec).await?;
        }
        Ok(stood)
    }

    /// The same after a run, whose slot may have been free before anybody stood here.
    pub(crate) async fn stand_in_line_again(
        &self,
        errand: &Errand,
        account: &AccountId,
        place: &ForLine,
    ) -> Result<(), HandleError> {
        if self.stand_in_line(account, place).await? == Stood::WhereItWas {
            return Ok(());
        }
        match self.parts.governor.look(&place.lane).await? {
            Some(lane) => self.call_next(errand, &place.lane, &lane).await,
            None => Ok(()),
        }
    }

    fn place_of(
        &self,
        account: &AccountId,
        ForLine { lane, kind, class, .. }: &ForLine,
    ) -> Result<(Waiting, String), HandleError> {
        let mut call = Drain::new(account.clone(), *kind);
        let row = call.short();
        let id = row.parse().map_err(HandleError::other)?;
        call.waits = Some(WaitsIn { lane: lane.to_string(), row });
        let kind = kind.as_str().parse().map_err(HandleError::other)?;
        let since = self.parts.governor.now();
        Ok((Waiting { id, kind, class: *class, since }, Message::Drain(call).to_text()))
    }

    /// Whether it is the turn of a task's account, which stands in line: it is called then. Where it
    /// is the turn of others whom nobody has called, they are.
    pub(crate) async fn is_next(
        &self,
        errand: &Errand,
        task: &Task,
        id: &LaneId,
    ) -> Result<Option<Called>, HandleError> {
        let governor = &self.parts.governor;
        let Some(lane) = governor.look(id).await? else { return Ok(None) };
        let own = Drain::new(task.account.id.clone(), task.job.kind).short();
        let rows = governor.parked(id).await?;
        let turns = governor.turns(&lane, lane.limit, &rows);
        if let Some(row) = turns.next().iter().find(|row| row.id.as_str() == own) {
            let called = governor.call(id, &row.id).await?;
            return Ok(called.then(|| Called { lane: id.clone(), row: (*row).clone() }));
        }
        self.call_all(errand, id, &turns).await?;
        Ok(None)
    }

    /// Has had its turn: leaves the line, or goes to its end where more of its work waits.
    pub(crate) async fn had_its_turn(&self, task: &Task, turn: &Called) -> Result<(), HandleError> {
        let governor = &self.parts.governor;
        match &task.more {
            Some(more) if more.lane == turn.lane => {
                let (waiting, call) = self.place_of(&task.account.id, more)?;
                if !governor.go_to_the_end(&turn.lane, &waiting, &call).await? {
                    self.stand_in_line(&task.account.id, more).await?;
                }
            }
            Some(more) => {
                governor.leave_line(&turn.lane, &turn.row).await?;
                self.stand_in_line(&task.account.id, more).await?;
            }
            None => governor.leave_line(&turn.lane, &turn.row).await?,
        }
        Ok(())
    }

    /// The place in line that a call is about. One that has been moved or has left since was called
    /// before, and has had its turn.
    pub(crate) async fn called(&self, drain: &Drain) -> Result<Option<Called>, HandleError> {
        let Some(waited) = &drain.waits else { return Ok(None) };
        let (Ok(lane), Ok(id)) = (waited.lane.parse::<LaneId>(), waited.row.parse()) else {
            tracing::warn!(code = "ROW_UNREADABLE", ?waited, "left to the ticker");
            return Ok(None);
        };
        let row = self.parts.governor.parked_row(&lane, &id).await?;
        let now = self.parts.governor.now();
        let row = row.filter(|row| row.called.is_some_and(|until| now < until));
        Ok(row.map(|row| Called { lane, row }))
    }

    /// Whoever was called has nothing that can start: it leaves the line, and the slot that was kept
    /// for it is the next one's.
    pub(crate) async fn misses_its_turn(
        &self,
        errand: &Errand,
        called: &Called,
    ) -> Result<(), HandleError> {
        let governor = &self.parts.governor;
        governor.leave_line(&called.lane, &called.row).await?;
        match governor.look(&called.lane).await? {
            Some(lane) => self.call_next(errand, &called.lane, &lane).await,
            None => Ok(()),
        }
    }

    pub(crate) async fn call_next(
        &self,
        errand: &Errand,
        id: &LaneId,
        lane: &Lane,
    ) -> Result<(), HandleError> {
        if lane.wake.is_none() || lane.held_count() >= lane.limit {
            return Ok(());
        }
        let governor = &self.parts.governor;
        let rows = governor.parked(id).await?;
        if rows.is_empty() {
            governor.clear(id, lane).await?;
            return Ok(());
        }
        self.call_all(errand, id, &governor.turns(lane, lane.limit, &rows)).await
    }

    /// Calls those whose turn it is, as far as this worker may: one it looks after itself when it is
    /// done.
    async fn call_all(
        &self,
        errand: &Errand,
        id: &LaneId,
        turns: &Turns<'_, Row>,
    ) -> Result<(), HandleError> {
        let mut room = turns.room;
        for row in &turns.uncalled {
            if room == 0 {
                break;
            }
            if self.call_from_line(errand, id, row).await? == Stands::Yes {
                room = room.saturating_sub(1);
            }
        }
        Ok(())
    }

    /// Calls one. Says whether it stands in line still: by whomever it has been called, a slot is
    /// kept for it.
    async fn call_from_line(
        &self,
        errand: &Errand,
        id: &LaneId,
        row: &Row,
    ) -> Result<Stands, HandleError> {
        let governor = &self.parts.governor;
        let Ok(Message::Drain(drain)) = Message::parse(&row.work) else {
            tracing::warn!(code = "ROW_UNREADABLE", lane = %id, row = %row.id, "taken out of the line");
            governor.leave_line(id, row).await?;
            return Ok(Stands::No);
        };
        let Some(account) = self.standing(id, row, &drain).await? else { return Ok(Stands::No) };
        let here = account.integration == self.integration && drain.kind == errand.kind;
        let takes_on = here && errand.may_take_on(UnixMillis(governor.now().0));
        let queue = self.parts.queues.get(account.integration, drain.kind).ok();
        let sends = errand.sends(drain.clone()).zip(queue);
        if !takes_on && sends.is_none() {
            return Ok(Stands::Yes);
        }
        if !governor.call(id, &row.id).await? {
            return Ok(Stands::Yes);
        }
        if takes_on {
            errand.take_on(drain, Called { lane: id.clone(), row: row.clone() });
        } else if let Some((drain, queue)) = sends {
            let message = Outgoing::new(Message::Drain(drain).to_text(), account.id);
            queue.send(&message.map_err(HandleError::other)?).await?;
        }
        Ok(Stands::Yes)
    }

    /// The account of a place in line. That of one that is connected no more is taken away.
    async fn standing(
        &self,
        id: &LaneId,
        row: &Row,
        drain: &Drain,
    ) -> Result<Option<Account>, HandleError> {
        match self.parts.accounts.get(&drain.account).await {
            Ok(account) => Ok(Some(account)),
            Err(AccountsError::Unknown { .. }) => {
                self.parts.governor.leave_line(id, row).await?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
