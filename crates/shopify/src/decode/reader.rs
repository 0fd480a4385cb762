use std::collections::BTreeMap;

use flyball_connector::decode::{CHILDREN_MAX, RowError};
use flyball_connector::json::from_str;
use flyball_domain::{Currency, Field};
use serde::{Deserialize, Serialize};

use super::connection::{Connection, Next, Nodes};
use crate::queries::{List, Paging, WHOLE_INLINE};

/// How many times as much of a list without pages is asked for, each time it came as long as asked.
const WHOLE_GROWTH: u32 = 10;

/// Reads one record: its nodes, and what was asked for of its longer lists since.
#[derive(Debug)]
pub(crate) struct Reader<'p> {
    /// The store's currency.
    pub(crate) currency: Option<Currency>,
    parts: &'p Parts,
    /// Lists that are to be asked for where a record does not have them at all.
    expected: &'static [List],
    gaps: Vec<Gap>,
    children: usize,
}

/// A list of a record that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Gap {
    pub(crate) list: List,
    /// The global id of what it belongs to.
    pub(crate) owner: String,
    /// After which cursor; `None` is from the start.
    pub(crate) after: Option<String>,
    /// How much of it to ask for, of a list without pages.
    pub(crate) first: Option<u32>,
}

impl Gap {
    pub(crate) fn from_start(list: List, owner: &str) -> Self {
        let first = match list.paging() {
            Paging::Whole => Some(WHOLE_INLINE.saturating_mul(WHOLE_GROWTH)),
            Paging::Pages => None,
        };
        Self { list, owner: owner.to_owned(), after: None, first }
    }

    /// The same list without pages, asked for more of; `None` where all of it has come.
    pub(crate) fn wider(&self, came: usize) -> Option<Self> {
        let first = self.first?;
        let is_cut = u32::try_from(came).is_ok_and(|came| came >= first);
        is_cut.then(|| Self { first: Some(first.saturating_mul(WHOLE_GROWTH)), ..self.clone() })
    }
}

/// What was asked for of a record's longer lists, as the vendor's own texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts(BTreeMap<(List, String), Part>);

/// What was asked for of one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    from: From,
    /// JSON arrays.
    pages: Vec<String>,
    nodes: usize,
}

/// Where what was asked for of a list begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum From {
    /// Behind what came with the record.
    Behind,
    /// At its start.
    Start,
    /// An error keeps it from us.
    Nowhere,
}

/// As a list of pairs, since a JSON key is a text.
impl Serialize for Parts {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter())
    }
}

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let pairs = Vec::<((List, String), Part)>::deserialize(from)?;
        Ok(Self(pairs.into_iter().collect()))
    }
}

impl Parts {
    /// Adds a page of a list: a JSON array of so many nodes.
    ///
    /// # Errors
    /// More nodes than are accepted.
    pub(crate) fn add(&mut self, gap: &Gap, page: &str, nodes: usize) -> Result<(), RowError> {
        let from = if gap.after.is_some() { From::Behind } else { From::Start };
        let part = self.0.entry((gap.list, gap.owner.clone())).or_insert_with(|| Part {
            from,
            pages: Vec::new(),
            nodes: 0,
        });
        if gap.first.is_some() {
            part.pages.clear();
            part.nodes = 0;
        }
        part.pages.push(page.to_owned());
        part.nodes = part.nodes.saturating_add(nodes);
        if part.nodes > CHILDREN_MAX {
            return Err(RowError::TooMany { at: gap.list.name().to_owned(), found: part.nodes });
        }
        Ok(())
    }

    /// Counts a list as not answered: a part of it would read as all of it.
    pub(crate) fn give_up(&mut self, gap: &Gap) {
        let part = Part { from: From::Nowhere, pages: Vec::new(), nodes: 0 };
        self.0.insert((gap.list, gap.owner.clone()), part);
    }

    /// Forgets what came of a list.
    pub(crate) fn forget(&mut self, gap: &Gap) {
        self.0.remove(&(gap.list, gap.owner.clone()));
    }

    fn of(&self, list: List, owner: &str) -> Option<&Part> {
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&(list, owner.to_owned()))
    }
}

/// What a reader found beside the record.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What is still to be asked for.
    pub(crate) gaps: Vec<Gap>,
    /// How many children were read.
    pub(crate) children: usize,
}

impl<'p> Reader<'p> {
    pub(crate) const fn new(
        currency: Option<Currency>,
        parts: &'p Parts,
        expected: &'static [List],
    ) -> Self {
        Self { currency, parts, expected, gaps: Vec::new(), children: 0 }
    }

    pub(crate) fn found(self) -> Found {
        Found { gaps: self.gaps, children: self.children }
    }

    /// All nodes of a list that are had, noting where it goes on.
    pub(crate) fn list<N: Deserialize<'p>>(
        &mut self,
        list: List,
        owner: &str,
        page: Field<Connection<N>>,
    ) -> Result<Field<Nodes<N>>, RowError> {
        let nodes = match self.parts.of(list, owner) {
            Some(part) => Self::with_part(part, page)?,
            None => self.inline(list, owner, page),
        };
        self.children = self.children.saturating_add(nodes.value().map_or(0, Vec::len));
        Ok(nodes)
    }

    /// A list that never comes with its record.
    pub(crate) fn elsewhere<N: Deserialize<'p>>(
        &mut self,
        list: List,
        owner: &str,
        page: Field<Connection<N>>,
    ) -> Result<Field<Nodes<N>>, RowError> {
        if page.is_absent() && self.parts.of(list, owner).is_none() {
            self.gaps.push(Gap::from_start(list, owner));
        }
        self.list(list, owner, page)
    }

    fn with_part<N: Deserialize<'p>>(
        part: &'p Part,
        page: Field<Connection<N>>,
    ) -> Result<Field<Nodes<N>>, RowError> {
        let mut all = match (part.from, page) {
            (From::Nowhere, _) => return Ok(Field::Absent),
            (From::Behind, Field::Value(Connection { nodes: Field::Value(nodes), .. })) => nodes,
            (From::Behind | From::Start, _) => Vec::new(),
        };
        for page in &part.pages {
            all.extend(from_str::<Nodes<N>>(page)?);
        }
        Ok(Field::Value(all))
    }

    fn inline<N>(
        &mut self,
        list: List,
        owner: &str,
        page: Field<Connection<N>>,
    ) -> Field<Nodes<N>> {
        let page = match page {
            Field::Value(page) => page,
            Field::Null => return Field::Null,
            Field::Absent => {
                if self.expected.contains(&list) {
                    self.gaps.push(Gap::from_start(list, owner));
                }
                return Field::Absent;
            }
        };
        match (page.next, page.nodes) {
            (Next::More(cursor), nodes @ Field::Value(_)) => {
                let from_start = Gap::from_start(list, owner);
                self.gaps.push(Gap { after: Some(cursor), ..from_start });
                nodes
            }
            (Next::Plain, Field::Value(nodes)) => {
                let is_cut = list.paging() == Paging::Whole
                    && u32::try_from(nodes.len()).is_ok_and(|came| came == WHOLE_INLINE);
                if is_cut {
                    self.gaps.push(Gap::from_start(list, owner));
                }
                Field::Value(nodes)
            }
            (Next::End, nodes @ Field::Value(_)) => nodes,
            // A list that does not say where it ends is asked for on its own, from the start.
            _ => {
                self.gaps.push(Gap::from_start(list, owner));
                Field::Absent
            }
        }
    }
}
