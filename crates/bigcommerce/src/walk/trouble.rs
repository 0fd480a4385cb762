//! What a walk does about a failure before it reports it, and how it comes past a record that the
//! server can't give.
//!
//! A failing server is asked for less at once, and then it is told of: the vendor's advice on 500
//! is to try again some minutes later, three to five times. How often what comes next has failed is
//! kept in the resume text from run to run. When it has failed in [`TRIES_MAX`] runs and in the last
//! of them twice in a row, while the server answers what is asked beside it, the record is given up
//! by its id and the walk goes on.

use flyball_connector::{Failure, Shrunk};
use flyball_domain::{BadRow, Row};

use super::batch::{Gives, Told};
use super::{Reply, Stage, StoreWalk, Strike, Want};
use crate::classify::{Around, around, misshapen};
use crate::decode::{bad, landmark};
use crate::envelope::Rows;
use crate::requests::{Ask, Depth, Window};

/// In how many runs a record has to make the server fail before it is given up.
const TRIES_MAX: u8 = 5;

/// A record that can't be had alone, and how it is being found out which one it is.
pub(super) struct Suspicion {
    failure: Failure,
    by: By,
}

#[derive(Clone, Copy)]
enum By {
    /// Its id alone.
    Itself,
    /// The record behind it.
    Neighbor,
}

/// How often what comes next has made the server fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tried {
    /// In too few runs to be sure that it is to blame.
    TooSeldom,
    /// In enough runs, in this one for the first time.
    OnceInThisRun,
    /// In enough runs, in this one twice.
    Enough,
}

impl StoreWalk {
    /// Goes around a failure, or reports it.
    pub(super) fn trouble(&mut self, ask: &Ask, failure: Failure) -> Result<(), Failure> {
        match &self.stage {
            Stage::Asking => self.page_trouble(ask, failure),
            Stage::Completing(_) => self.part_trouble(ask, failure),
            Stage::Suspecting(_) => self.suspicion_trouble(failure),
            Stage::Vouching => {
                self.stage = Stage::Asking;
                Err(failure)
            }
            Stage::Holding(_) => Err(failure),
        }
    }

    fn page_trouble(&mut self, ask: &Ask, failure: Failure) -> Result<(), Failure> {
        let way = around(&failure);
        if let (Ask::Order { .. }, Some(404)) = (ask, failure.evidence.status) {
            self.vouch();
            return Ok(());
        }
        let smaller = match way {
            Around::No => return Err(failure),
            // One order is asked for at a time.
            _ if matches!(ask, Ask::Order { .. }) => Shrunk::Smallest,
            Around::LessAtOnce => self.sizing.too_much(),
            Around::OneByOne | Around::Unreadable => self.sizing.failing(),
        };
        match (smaller, way) {
            (Shrunk::Smaller, _) => Ok(()),
            (Shrunk::Smallest, Around::LessAtOnce | Around::No) => Err(failure),
            (Shrunk::Smallest, Around::Unreadable) => self.suspect(ask, failure),
            (Shrunk::Smallest, Around::OneByOne) => match self.tried() {
                Tried::TooSeldom => Err(failure),
                Tried::OnceInThisRun => Ok(()),
                Tried::Enough => self.suspect(ask, failure),
            },
        }
    }

    /// Counts one more try at what comes next. In the last run it is tried twice: a server that
    /// fails at every so manieth call may meet the same record in every run.
    fn tried(&mut self) -> Tried {
        if self.strike == Strike::Again {
            return Tried::Enough;
        }
        let ready = match &self.stage {
            Stage::Completing(batch) => batch.ready(self.position.store.as_ref(), &self.names),
            Stage::Asking | Stage::Suspecting(_) | Stage::Vouching | Stage::Holding(_) => 0,
        };
        // What is complete is handed over before it is tried again.
        let before = if ready > 0 && self.strike == Strike::No { 0 } else { self.position.tries };
        self.position.tries = before.saturating_add(1);
        if self.position.tries < TRIES_MAX {
            self.strike = Strike::Told;
            return Tried::TooSeldom;
        }
        self.strike = Strike::Again;
        Tried::OnceInThisRun
    }

    fn suspect(&mut self, ask: &Ask, failure: Failure) -> Result<(), Failure> {
        match &self.want {
            // A record left out of a listing would count as deleted.
            Want::Listing => Err(failure),
            Want::Records(ids) => {
                let id = self.chunk(ids).first().cloned();
                let reason = failure.to_string();
                self.position.at = self.position.at.saturating_add(1);
                self.position.tries = 0;
                self.hold(vec![Row::Bad(BadRow { id, input: ask.path(), reason })]);
                Ok(())
            }
            Want::Changed(_) => {
                self.stage = Stage::Suspecting(Suspicion { failure, by: By::Itself });
                Ok(())
            }
        }
    }

    /// What is asked to find out which record it is.
    pub(super) fn suspicion_ask(&self, suspicion: &Suspicion) -> Ask {
        let window = match &self.want {
            Want::Changed(window) => *window,
            Want::Records(_) | Want::Listing => Window::default(),
        };
        match suspicion.by {
            By::Itself => self.list_ask(window, 1, 1, Depth::Bare),
            By::Neighbor => self.list_ask(window, 1, 2, Depth::Whole),
        }
    }

    fn suspicion_trouble(&mut self, failure: Failure) -> Result<(), Failure> {
        let way = around(&failure);
        match core::mem::replace(&mut self.stage, Stage::Asking) {
            Stage::Suspecting(Suspicion { failure, by: By::Itself }) if way != Around::No => {
                self.stage = Stage::Suspecting(Suspicion { failure, by: By::Neighbor });
                Ok(())
            }
            // The server fails at what is beside it too: it is no fault of that record.
            Stage::Suspecting(_)
            | Stage::Asking
            | Stage::Completing(_)
            | Stage::Vouching
            | Stage::Holding(_) => {
                self.position.tries = 0;
                Err(failure)
            }
        }
    }

    pub(super) fn take_in_suspected(
        &mut self,
        answer: &Rows<'_>,
        reply: &Reply,
    ) -> Result<(), Failure> {
        let Stage::Suspecting(Suspicion { failure, by }) =
            core::mem::replace(&mut self.stage, Stage::Asking)
        else {
            return Ok(());
        };
        let found = answer.rows().next();
        let number = found.and_then(|row| landmark(row).number());
        let reason = failure.to_string();
        let whole = || {
            let window =
                if let Want::Changed(window) = &self.want { *window } else { Window::default() };
            self.list_ask(window, 1, 1, Depth::Whole).path()
        };
        match (by, found, number) {
            (By::Itself, Some(raw), Some(number)) => {
                self.pass(bad(raw.raw(), &reason), Some(number));
            }
            // It is no more, or no longer in the window.
            (By::Itself, None, _) => self.position.tries = 0,
            (By::Itself, Some(_), None) => {
                self.stage = Stage::Suspecting(Suspicion { failure, by: By::Neighbor });
            }
            (By::Neighbor, None, _) => {
                let row = Row::Bad(BadRow { id: None, input: whole(), reason });
                self.pass(row, None);
                self.position.done = true;
            }
            (By::Neighbor, Some(_), Some(number)) => {
                let row = Row::Bad(BadRow { id: None, input: whole(), reason });
                self.pass(row, number.checked_sub(1));
            }
            (By::Neighbor, Some(_), None) => {
                return Err(misshapen(
                    reply,
                    "found a row without an id where a record was expected",
                ));
            }
        }
        Ok(())
    }

    /// Gives up what comes next and goes on behind it.
    fn pass(&mut self, row: Row, last: Option<u64>) {
        self.position.advance(last);
        self.position.tries = 0;
        self.hold(vec![row]);
    }

    /// A failure at what belongs to a record, or to all records of a page.
    fn part_trouble(&mut self, ask: &Ask, failure: Failure) -> Result<(), Failure> {
        let of_a_record = matches!(ask, Ask::ProductChildren { .. } | Ask::OrderChildren { .. });
        let way = around(&failure);
        let absent = failure.evidence.status == Some(404);
        let of_the_store = *ask == Ask::Store;
        let give_up = match way {
            Around::No => absent && !of_the_store,
            Around::LessAtOnce => !of_a_record && !of_the_store,
            Around::Unreadable => !of_the_store,
            Around::OneByOne => match self.tried() {
                Tried::TooSeldom => false,
                Tried::OnceInThisRun => return Ok(()),
                // Without what the store tells no product can be read.
                Tried::Enough => !of_the_store,
            },
        };
        let Stage::Completing(batch) = &mut self.stage else { return Err(failure) };
        if !give_up {
            return Err(failure);
        }
        // What comes next now is something else.
        (self.strike, self.position.tries) = (Strike::No, 0);
        if of_a_record && !absent {
            batch.fail_record(&failure.to_string());
            return Ok(());
        }
        let told = &mut Told { names: &mut self.names, gives: &mut self.gives };
        batch.go_without(ask, told);
        let of_all = matches!(ask, Ask::Metafields { .. } | Ask::Refunds { .. });
        if of_all && way != Around::OneByOne {
            *told.gives = Gives::No;
        }
        Ok(())
    }
}
