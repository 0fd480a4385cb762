//! A page's records while their longer lists are being asked for.

use std::collections::VecDeque;

use flyball_connector::decode::RowError;
use flyball_connector::json::{At, Json, Raw};
use flyball_domain::{BadRow, Currency, Field, Kind, Record, Row, VendorId};

use super::begun::Begun;
use crate::decode::{
    Connection, Found, Gap, Landmark, Next, Nodes, Parts, Reader, record, without_failed,
};
use crate::envelope::PathPart;
use crate::queries::{self, List};

/// How many children of records are held before what is complete is handed over, though the page is
/// not: a page of products with 2,000 variants each would not fit in memory.
const CHILDREN_HELD_MAX: usize = 5_000;

/// The records of a page.
#[derive(Debug)]
pub(super) struct Assembly {
    kind: Kind,
    currency: Option<Currency>,
    /// Lists that are to be asked for where a record comes without them.
    expected: &'static [List],
    waiting: VecDeque<Work>,
    ready: Vec<(Row, Landmark)>,
    held: usize,
    /// Answers taken in since rows were last handed over.
    gained: usize,
}

#[derive(Debug)]
enum Work {
    Done { row: Row, landmark: Landmark, children: usize },
    Open(Box<Open>),
}

#[derive(Debug)]
struct Open {
    /// The row as the vendor wrote it.
    input: String,
    /// The same without what errors put there.
    freed: Option<String>,
    landmark: Landmark,
    parts: Parts,
    gaps: VecDeque<Gap>,
}

/// How far a page is.
#[derive(Debug)]
pub(super) enum Completion {
    /// Something must be asked for first.
    Wants(Gap),
    /// Enough is complete to be handed over; the page will be asked for again after a stop.
    Part(Vec<Row>, Vec<Landmark>),
    /// All is complete.
    Whole(Vec<Row>),
}

/// An answer for a longer list that is not of the shape we read.
#[derive(Debug)]
pub(super) struct Misshapen(pub(super) String);

impl Assembly {
    pub(super) const fn new(
        kind: Kind,
        currency: Option<Currency>,
        expected: &'static [List],
    ) -> Self {
        Self {
            kind,
            currency,
            expected,
            waiting: VecDeque::new(),
            ready: Vec::new(),
            held: 0,
            gained: 0,
        }
    }

    /// Adds a row of the page; `failed` are the paths in it that errors speak of. Of one that was
    /// begun earlier, the lists go on where they were.
    pub(super) fn add(
        &mut self,
        row: At<'_, '_>,
        landmark: Landmark,
        failed: &[&[PathPart]],
        begun: Option<Begun>,
    ) {
        let freed = without_failed(row.raw(), failed);
        if freed.is_none() && begun.is_none() {
            self.add_as_it_came(row, landmark);
            return;
        }
        let (parts, gaps) = begun.map_or_else(Default::default, Begun::into_lists);
        self.open(Open { input: row.raw().to_owned(), freed, landmark, parts, gaps });
    }

    /// Adds a row that nothing is known of beside itself. Nearly all are complete as they came, and
    /// their text is not copied.
    fn add_as_it_came(&mut self, row: At<'_, '_>, landmark: Landmark) {
        let parts = Parts::default();
        let mut reader = Reader::new(self.currency, &parts, self.expected);
        let read = record(self.kind, row, &mut reader).map(|record| (record, reader.found()));
        let open = |landmark| {
            let (input, gaps) = (row.raw().to_owned(), VecDeque::new());
            Box::new(Open { input, freed: None, landmark, parts: Parts::default(), gaps })
        };
        self.waiting.push_back(Work::of(read, landmark, open));
    }

    /// Adds a `null` in the place of a row.
    pub(super) fn add_null(&mut self, landmark: Landmark) {
        let reason = "found null where a record was expected".to_owned();
        self.add_bad("null".to_owned(), landmark, reason);
    }

    /// Adds a record put together from lines of a file, with lists that lie deeper than its own.
    pub(super) fn add_from_file(
        &mut self,
        input: String,
        node: String,
        landmark: Landmark,
        parts: Parts,
    ) {
        self.open(Open { input, freed: Some(node), landmark, parts, gaps: VecDeque::new() });
    }

    fn open(&mut self, open: Open) {
        let work = Work::Open(Box::new(open)).settled(self.kind, self.currency, self.expected);
        self.waiting.push_back(work);
    }

    /// Adds a record that was asked for and is no more.
    pub(super) fn add_gone(&mut self, id: VendorId) {
        let landmark = Landmark { id: Some(id.clone()), updated_at: None };
        self.waiting.push_back(Work::Done { row: Row::Gone(id), landmark, children: 0 });
    }

    /// Adds a row that can't be read.
    pub(super) fn add_bad(&mut self, input: String, landmark: Landmark, reason: String) {
        self.waiting.push_back(bad(input, landmark, reason));
    }

    /// What is to be asked for next, if anything.
    pub(super) fn wanted(&self) -> Option<&Gap> {
        self.waiting.iter().find_map(|work| match work {
            Work::Open(open) => open.gaps.front(),
            Work::Done { .. } => None,
        })
    }

    /// Whether a list of this kind has to be asked for.
    pub(super) fn lacks(&self, list: List) -> bool {
        self.waiting.iter().any(|work| match work {
            Work::Open(open) => open.gaps.iter().any(|gap| gap.list == list),
            Work::Done { .. } => false,
        })
    }

    /// Hands over what can be handed over.
    pub(super) fn step(&mut self) -> Completion {
        while let Some(Work::Done { .. }) = self.waiting.front() {
            if let Some(Work::Done { row, landmark, children }) = self.waiting.pop_front() {
                self.held = self.held.saturating_add(children);
                self.ready.push((row, landmark));
            }
            if self.held >= CHILDREN_HELD_MAX && !self.waiting.is_empty() {
                break;
            }
        }
        let is_full = self.held >= CHILDREN_HELD_MAX && !self.waiting.is_empty();
        match self.wanted() {
            Some(gap) if !is_full => Completion::Wants(gap.clone()),
            _ => {
                let (rows, landmarks) = core::mem::take(&mut self.ready).into_iter().unzip();
                self.held = 0;
                self.gained = 0;
                if is_full { Completion::Part(rows, landmarks) } else { Completion::Whole(rows) }
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
            Work::Open(open) => Begun::new(&open.landmark, &open.parts, &open.gaps),
            Work::Done { .. } => None,
        });
        let (rows, landmarks) = ready.into_iter().unzip();
        Some((rows, landmarks, begun))
    }

    /// What the list that was asked for belongs to is no more: the record, or a part of it that was
    /// taken out in between.
    pub(super) fn owner_is_gone(&mut self, kind: Kind) {
        self.change_open(|mut open| {
            let Some(gap) = open.gaps.pop_front() else { return Work::Open(open) };
            let record = open.landmark.id.clone();
            match record {
                Some(id) if queries::gid(kind, id.as_str()) == gap.owner => {
                    Work::Done { row: Row::Gone(id), landmark: open.landmark, children: 0 }
                }
                Some(_) | None => {
                    open.parts.give_up(&gap);
                    Work::Open(open)
                }
            }
        });
    }

    /// Gives up the row that was asked about.
    pub(super) fn fail_row(&mut self, reason: &str) {
        self.change_open(|open| bad(open.input, open.landmark, reason.to_owned()));
    }

    /// Asks for the list that was asked for from its start: its cursor is no longer known.
    pub(super) fn ask_from_start(&mut self) {
        self.change_open(|mut open| {
            if let Some(gap) = open.gaps.front_mut() {
                *gap = Gap::from_start(gap.list, &gap.owner);
                open.parts.forget(gap);
            }
            Work::Open(open)
        });
    }

    /// Takes in the next part of the list that was asked for; `errors` speak of it.
    pub(super) fn take_more(
        &mut self,
        list: Field<Connection<Raw<'_>>>,
        errors: usize,
    ) -> Result<(), Misshapen> {
        let page = match list {
            Field::Value(page) => page,
            Field::Absent | Field::Null if errors > 0 => {
                self.change_open(|mut open| {
                    if let Some(gap) = open.gaps.pop_front() {
                        open.parts.give_up(&gap);
                    }
                    Work::Open(open)
                });
                return Ok(());
            }
            Field::Absent | Field::Null => {
                return Err(Misshapen("found no list where one was asked for".to_owned()));
            }
        };
        match (page.nodes, page.next) {
            (Field::Value(nodes), next @ (Next::End | Next::More(_) | Next::Plain)) => {
                self.change_open(|open| open.with_more(&nodes, next));
                Ok(())
            }
            _ => Err(Misshapen("found a list that does not say where it ends".to_owned())),
        }
    }

    fn change_open(&mut self, change: impl FnOnce(Box<Open>) -> Work) {
        let at = self.waiting.iter().position(|work| matches!(work, Work::Open(_)));
        let Some(at) = at else { return };
        self.gained = self.gained.saturating_add(1);
        if let Some(Work::Open(open)) = self.waiting.remove(at) {
            let work = change(open).settled(self.kind, self.currency, self.expected);
            self.waiting.insert(at, work);
        }
    }
}

impl Open {
    fn with_more(mut self: Box<Self>, nodes: &Nodes<Raw<'_>>, next: Next) -> Work {
        let Some(gap) = self.gaps.pop_front() else { return Work::Open(self) };
        let texts: Vec<&str> =
            nodes.iter().map(|node| node.map_or("null", |node| node.get())).collect();
        let page = format!("[{}]", texts.join(","));
        if let Err(reason) = self.parts.add(&gap, &page, nodes.len()) {
            return bad(self.input, self.landmark, reason.to_string());
        }
        match next {
            Next::More(cursor) if Some(&cursor) == gap.after.as_ref() => {
                let reason = "found a list whose cursor does not move on".to_owned();
                return bad(self.input, self.landmark, reason);
            }
            Next::More(cursor) => self.gaps.push_front(Gap { after: Some(cursor), ..gap }),
            Next::Plain => self.gaps.extend(gap.wider(nodes.len())),
            Next::End | Next::Unknown => {}
        }
        Work::Open(self)
    }

    fn read(
        &self,
        kind: Kind,
        currency: Option<Currency>,
        expected: &'static [List],
    ) -> Result<(Record, Found), RowError> {
        let json = Json::parse(self.freed.as_deref().unwrap_or(&self.input))?;
        let mut reader = Reader::new(currency, &self.parts, expected);
        let record = record(kind, json.root(), &mut reader)?;
        Ok((record, reader.found()))
    }
}

impl Work {
    /// Done, if nothing is missing. A list that came late may have longer lists of its own.
    fn settled(self, kind: Kind, currency: Option<Currency>, expected: &'static [List]) -> Self {
        let mut open = match self {
            Self::Open(open) if open.gaps.is_empty() => open,
            Self::Open(_) | Self::Done { .. } => return self,
        };
        let read = open.read(kind, currency, expected);
        let landmark = core::mem::take(&mut open.landmark);
        Self::of(read, landmark, |landmark| {
            open.landmark = landmark;
            open
        })
    }

    /// What a row comes to that was read; `open` makes one of it that can be gone on with.
    fn of(
        read: Result<(Record, Found), RowError>,
        landmark: Landmark,
        open: impl FnOnce(Landmark) -> Box<Open>,
    ) -> Self {
        match read {
            Ok((record, found)) if found.gaps.is_empty() => {
                Self::Done { row: Row::Good(record), landmark, children: found.children }
            }
            Ok((_, found)) => {
                let mut open = open(landmark);
                open.gaps = found.gaps.into();
                Self::Open(open)
            }
            Err(reason) => {
                let open = open(landmark);
                bad(open.input, open.landmark, reason.to_string())
            }
        }
    }
}

fn bad(input: String, landmark: Landmark, reason: String) -> Work {
    let row = Row::Bad(BadRow { id: landmark.id.clone(), input, reason });
    Work::Done { row, landmark, children: 0 }
}
