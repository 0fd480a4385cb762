//! A page's products while their longer lists are being asked for.

use std::collections::VecDeque;

use flyball_domain::{BadRow, Currency, Field, Record, Row, VendorId};

use super::begun::Begun;
use super::position::Position;
use crate::decode::{
    Connection, Draft, Landmark, Missing, Next, ProductLists, children, draft, without_failed,
};
use crate::envelope::PathPart;
use crate::queries::Child;

/// How many variants, pictures and metafields are held before what is complete is handed over,
/// though the page is not: a page of products with 2,000 variants each would not fit in memory.
const CHILDREN_HELD_MAX: usize = 5_000;

#[derive(Debug)]
pub(super) struct Assembly {
    currency: Option<Currency>,
    waiting: VecDeque<Work>,
    ready: Vec<(Row, Landmark)>,
    held: usize,
    /// Answers taken in since rows were last handed over.
    gained: usize,
    after: Position,
}

#[derive(Debug)]
enum Work {
    Done { row: Row, landmark: Landmark, children: usize },
    Open(Box<Open>),
}

#[derive(Debug)]
struct Open {
    draft: Draft,
    landmark: Landmark,
    input: String,
}

/// What is to be asked for next.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) child: Child,
    /// The product's id.
    pub(super) id: String,
    pub(super) after: Option<String>,
}

/// How far a page is.
#[derive(Debug)]
pub(super) enum Completion {
    /// Something must be asked for first.
    Wants(Wanted),
    /// Enough is complete to be handed over; the page will be asked for again after a stop.
    Part(Vec<Row>, Vec<Landmark>),
    /// All is complete; the walk goes on there.
    Whole(Vec<Row>, Position),
}

/// An answer for a longer list that is not of the shape we read.
#[derive(Debug)]
pub(super) struct Misshapen(pub(super) String);

impl Assembly {
    pub(super) const fn new(currency: Option<Currency>, after: Position) -> Self {
        Self { currency, waiting: VecDeque::new(), ready: Vec::new(), held: 0, gained: 0, after }
    }

    /// Adds a row of the page; `failed` are the paths in it that errors speak of. Of one that was
    /// begun earlier, the lists go on where they were.
    pub(super) fn add(
        &mut self,
        input: &str,
        landmark: Landmark,
        failed: &[&[PathPart]],
        begun: Option<Begun>,
    ) {
        let freed = without_failed(input, failed);
        let work = match draft(freed.as_deref().unwrap_or(input), self.currency) {
            Ok(fresh) => {
                let draft = begun.map_or(fresh, Begun::into_draft);
                Work::Open(Box::new(Open { draft, landmark, input: input.to_owned() })).settled()
            }
            Err(reason) => bad(input.to_owned(), landmark, reason.to_string()),
        };
        self.waiting.push_back(work);
    }

    /// Adds a record that was asked for and is no more.
    pub(super) fn add_gone(&mut self, id: VendorId) {
        let landmark = Landmark { id: Some(id.clone()), updated_at: None };
        self.waiting.push_back(Work::Done { row: Row::Gone(id), landmark, children: 0 });
    }

    /// What is to be asked for next, if anything.
    pub(super) fn wanted(&self) -> Option<Wanted> {
        let open = self.waiting.iter().find_map(|work| match work {
            Work::Open(open) => Some(open),
            Work::Done { .. } => None,
        })?;
        let missing = open.draft.missing.first()?;
        Some(Wanted {
            child: missing.child,
            id: open.draft.product.id.to_string(),
            after: missing.after.clone(),
        })
    }

    /// Hands over what can be handed over.
    pub(super) fn step(&mut self) -> Completion {
        while let Some(Work::Done { .. }) = self.waiting.front() {
            if let Some(Work::Done { row, landmark, children }) = self.waiting.pop_front() {
                self.held = self.held.saturating_add(children);
                self.ready.push((row, landmark));
            }
        }
        let wanted = self.wanted();
        let ready = core::mem::take(&mut self.ready);
        match wanted {
            None => {
                let rows = ready.into_iter().map(|(row, _)| row).collect();
                Completion::Whole(rows, self.after.clone())
            }
            Some(_) if self.held > CHILDREN_HELD_MAX => {
                (self.held, self.gained) = (0, 0);
                let (rows, landmarks) = ready.into_iter().unzip();
                Completion::Part(rows, landmarks)
            }
            Some(wanted) => {
                self.ready = ready;
                Completion::Wants(wanted)
            }
        }
    }

    /// Hands over what is complete, wherever it stands, and a copy of what has been begun; `None`
    /// where nothing has been gained since rows were last handed over.
    pub(super) fn break_off(&mut self) -> Option<(Vec<Row>, Vec<Landmark>, Option<Begun>)> {
        let mut ready = core::mem::take(&mut self.ready);
        let mut open = VecDeque::new();
        for work in core::mem::take(&mut self.waiting) {
            match work {
                Work::Done { row, landmark, .. } => ready.push((row, landmark)),
                Work::Open(row) => open.push_back(Work::Open(row)),
            }
        }
        self.waiting = open;
        let gained = core::mem::take(&mut self.gained);
        self.held = 0;
        if ready.is_empty() && gained == 0 {
            return None;
        }
        let begun = self.waiting.front().and_then(|work| match work {
            Work::Open(open) => Some(Begun::new(open.draft.clone())),
            Work::Done { .. } => None,
        });
        let (rows, landmarks) = ready.into_iter().unzip();
        Some((rows, landmarks, begun))
    }

    /// Reports the row that was asked about as gone: it was deleted in between.
    pub(super) fn drop_row(&mut self) {
        self.replace_open(|open| Work::Done {
            row: Row::Gone(open.draft.product.id),
            landmark: open.landmark,
            children: 0,
        });
    }

    /// Gives up the row that was asked about.
    pub(super) fn fail_row(&mut self, reason: &str) {
        self.replace_open(|open| bad(open.input, open.landmark, reason.to_owned()));
    }

    /// Takes in the next part of the list that was asked for.
    pub(super) fn take_more(
        &mut self,
        child: Child,
        product: &str,
        errors: usize,
    ) -> Result<(), Misshapen> {
        let lists: ProductLists<'_> =
            serde_json::from_str(product).map_err(|error| Misshapen(error.to_string()))?;
        let page = match lists.of(child) {
            Field::Value(page) => page,
            Field::Absent | Field::Null if errors > 0 => {
                self.replace_open(|mut open| {
                    open.draft.give_up(child);
                    Work::Open(open).settled()
                });
                return Ok(());
            }
            Field::Absent | Field::Null => {
                return Err(Misshapen("found no list where one was asked for".to_owned()));
            }
        };
        let next = page.next();
        if page.nodes.value().is_none() || next == Next::Unknown {
            return Err(Misshapen("found a list that does not say where it ends".to_owned()));
        }
        let currency = self.currency;
        self.replace_open(|open| open.with_more(child, page, next, currency));
        Ok(())
    }

    fn open_index(&self) -> Option<usize> {
        self.waiting.iter().position(|work| matches!(work, Work::Open(_)))
    }

    fn replace_open(&mut self, change: impl FnOnce(Box<Open>) -> Work) {
        let Some(at) = self.open_index() else { return };
        self.gained = self.gained.saturating_add(1);
        if let Some(Work::Open(open)) = self.waiting.remove(at) {
            self.waiting.insert(at, change(open));
        }
    }
}

impl Open {
    fn with_more(
        mut self: Box<Self>,
        child: Child,
        page: &Connection<'_>,
        next: Next,
        currency: Option<Currency>,
    ) -> Work {
        let appended =
            children(child, page, currency).and_then(|children| self.draft.append(children));
        if let Err(reason) = appended {
            return bad(self.input, self.landmark, reason.to_string());
        }
        let asked = self.draft.missing.first().and_then(|missing| missing.after.clone());
        match next {
            Next::More(cursor) if Some(&cursor) == asked.as_ref() => {
                let reason = "found a list whose cursor does not move on".to_owned();
                return bad(self.input, self.landmark, reason);
            }
            Next::More(cursor) => {
                if let Some(missing) = self.draft.missing.first_mut() {
                    *missing = Missing { child, after: Some(cursor) };
                }
            }
            Next::End | Next::Unknown => drop(self.draft.missing.remove(0)),
        }
        Work::Open(self).settled()
    }
}

impl Work {
    /// Done, if nothing is missing.
    fn settled(self) -> Self {
        match self {
            Self::Open(open) if open.draft.missing.is_empty() => Self::Done {
                children: open.draft.children(),
                row: Row::Good(Record::from(open.draft.product)),
                landmark: open.landmark,
            },
            Self::Open(_) | Self::Done { .. } => self,
        }
    }
}

fn bad(input: String, landmark: Landmark, reason: String) -> Work {
    let row = Row::Bad(BadRow { id: landmark.id.clone(), input, reason });
    Work::Done { row, landmark, children: 0 }
}
