//! The board on `DynamoDB`: read at most once a second by each process however many jobs it runs,
//! and changed like a lane, by one conditional update.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flyball_governor_core::item::{Item, Path, Value};
use flyball_governor_core::transition::{Arg, Change, Transition};
use flyball_governor_core::transitions::{self as t, create_board};
use flyball_governor_core::{Board, Stop, Switch, UnixMillis, WideScope};
use futures::lock::Mutex;

use crate::error::GovernorError;
use crate::governor::{Governor, ITEM_VERSION, Tried};
use crate::item::from_dynamodb;
use crate::key::Key;

/// The board as one process saw it last, shared by all clones of its governor.
#[derive(Debug, Default)]
pub(crate) struct BoardSeen {
    /// How many reads have ended: whoever waited while one did shares what came of it.
    reads: AtomicU64,
    last: Mutex<Option<Result<Look, GovernorError>>>,
}

/// The board, and when it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) board: Arc<Board>,
    /// By the monotonic clock, from before the read was sent.
    pub(crate) asked_ms: u64,
    /// The same by the wall clock. A frozen machine may stop the other one.
    pub(crate) asked_at: UnixMillis,
}

/// How often the board is read again whose answer came too late to be used.
const READS_MAX: usize = 3;

impl Governor {
    /// The board, as it was seen at most `look_age_ms` ago: one read for all who ask meanwhile. A
    /// board that nobody has made yet is empty.
    ///
    /// # Errors
    /// No usable answer within that time; never an older board.
    pub async fn board(&self) -> Result<Arc<Board>, GovernorError> {
        self.look_at_board().await.map(|look| look.board)
    }

    pub(crate) async fn look_at_board(&self) -> Result<Look, GovernorError> {
        let reads_before = self.board_seen.reads.load(Ordering::SeqCst);
        let mut last = self.board_seen.last.lock().await;
        let waited_for_one = reads_before < self.board_seen.reads.load(Ordering::SeqCst);
        match &*last {
            Some(Ok(look)) if self.is_fresh(look) => return Ok(look.clone()),
            Some(Err(error)) if waited_for_one => return Err(error.clone()),
            Some(_) | None => {}
        }
        let look = self.read_in_time().await;
        self.board_seen.reads.fetch_add(1, Ordering::SeqCst);
        *last = Some(look.clone());
        look
    }

    /// Whoever asks for the board next gets it as it is then.
    pub(crate) async fn forget_board(&self) {
        *self.board_seen.last.lock().await = None;
    }

    pub(crate) fn is_fresh(&self, look: &Look) -> bool {
        let monotonic_ms = self.clock.monotonic_ms().saturating_sub(look.asked_ms);
        let wall_ms = self.now().since(look.asked_at);
        monotonic_ms.max(wall_ms) < self.policy.look_age_ms
    }

    async fn read_in_time(&self) -> Result<Look, GovernorError> {
        for _ in 0..READS_MAX {
            let (asked_ms, asked_at) = (self.clock.monotonic_ms(), self.now());
            let board = Arc::new(Box::pin(self.read_board()).await?);
            let look = Look { board, asked_ms, asked_at };
            // The age counts from before the read was sent: a slow answer is an old one.
            if self.is_fresh(&look) {
                return Ok(look);
            }
        }
        let allowed_ms = self.policy.look_age_ms;
        Err(GovernorError::Unanswered {
            what: "a look at the board",
            why: format!("{READS_MAX} answers took longer than {allowed_ms} ms each"),
        })
    }

    /// Reads the board as it is now, strongly consistent.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn read_board(&self) -> Result<Board, GovernorError> {
        Ok(self.find_board().await?.unwrap_or_default())
    }

    /// The same, and makes the board where nobody has made it yet: workers may suspect a group on one
    /// that is there, and make none.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn read_or_make_board(&self) -> Result<Board, GovernorError> {
        if let Some(board) = self.find_board().await? {
            return Ok(board);
        }
        match self.update(&Key::Board, &create_item()).await? {
            Tried::Done(item) | Tried::Refused(Some(item)) => parse_board(&item),
            Tried::Refused(None) => Ok(Board::default()),
        }
    }

    async fn find_board(&self) -> Result<Option<Board>, GovernorError> {
        let answer = self
            .client
            .get_item()
            .table_name(&*self.table)
            .set_key(Some(Key::Board.attributes()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| GovernorError::unanswered("a look at the board", &error))?;
        answer.item.map(|item| parse_board(&from_dynamodb(&item))).transpose()
    }

    /// Tries one of the board's own transitions: one conditional update. A board that nobody has
    /// made yet is made first.
    ///
    /// # Errors
    /// No usable answer; the transition may then have happened or not.
    pub async fn apply_to_board(
        &self,
        transition: &Transition,
    ) -> Result<Tried<Board>, GovernorError> {
        let mut tried = self.update(&Key::Board, transition).await?;
        if matches!(tried, Tried::Refused(None)) {
            self.update(&Key::Board, &create_item()).await?;
            tried = self.update(&Key::Board, transition).await?;
        }
        let word = if matches!(tried, Tried::Done(_)) { "done" } else { "refused" };
        tracing::info!(transition = %transition.name, "board: {word}");
        tried.try_map(|item| parse_board(&item))
    }

    /// Sets a switch of the board, replacing the one of the same scope. Refused where
    /// [`Board::SWITCHES_MAX`] others stand.
    ///
    /// # Errors
    /// No usable answer; the switch may then stand or not.
    pub async fn switch_on(
        &self,
        scope: &WideScope,
        switch: &Switch,
    ) -> Result<Tried<Board>, GovernorError> {
        self.apply_to_board(&t::switch_on(scope, switch)).await
    }

    /// Ends a switch of the board now; its ramp begins. Refused where none stands.
    ///
    /// # Errors
    /// No usable answer; the switch may then stand or not.
    pub async fn switch_off(&self, scope: &WideScope) -> Result<Tried<Board>, GovernorError> {
        self.apply_to_board(&t::switch_off(scope, self.now())).await
    }

    /// Replaces the switch of a scope where that is still the one that was seen.
    ///
    /// # Errors
    /// No usable answer; the switch may then be replaced or not.
    pub async fn replace_switch(
        &self,
        scope: &WideScope,
        seen: &Stop,
        switch: &Switch,
    ) -> Result<Tried<Board>, GovernorError> {
        let on = t::switch_on(scope, switch).and(t::switch_is(scope, seen));
        Ok(match self.apply_to_board(&on).await? {
            // The client tries again where an answer was lost.
            Tried::Refused(Some(board)) if board.switches.get(scope) == Some(switch) => {
                Tried::Done(board)
            }
            tried @ (Tried::Done(_) | Tried::Refused(_)) => tried,
        })
    }

    /// Ends the switch of a scope where that is still the one that was seen.
    ///
    /// # Errors
    /// No usable answer; the switch may then stand or not.
    pub async fn switch_off_seen(
        &self,
        scope: &WideScope,
        seen: &Stop,
    ) -> Result<Tried<Board>, GovernorError> {
        let now = self.now();
        let off = t::switch_off(scope, now).and(t::switch_is(scope, seen));
        let ended = Stop { until: Some(now), ..seen.clone() };
        Ok(match self.apply_to_board(&off).await? {
            // The client tries again where an answer was lost.
            Tried::Refused(Some(board))
                if board.switches.get(scope).is_some_and(|there| there.stop == ended) =>
            {
                Tried::Done(board)
            }
            tried @ (Tried::Done(_) | Tried::Refused(_)) => tried,
        })
    }
}

/// The core's creation, and what only the table knows of: the item's version.
pub(crate) fn create_item() -> Transition {
    let mut create = create_board();
    let version = Arg { symbol: "v", value: Value::Number(ITEM_VERSION) };
    create.then.push(Change::Set(Path::attribute("v"), version));
    create
}

fn parse_board(item: &Item) -> Result<Board, GovernorError> {
    Board::parse(item).map_err(|error| GovernorError::CorruptBoard { error })
}
