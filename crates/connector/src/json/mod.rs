//! A JSON text read once: where each value begins and ends, without a copy of any of them.
//!
//! What is read from it again (a row, a list within it, a text) is looked up and not scanned again,
//! numbers keep their digits, and each value's own text is at hand, so that what can't be used can
//! be kept exactly as it came. Nesting has no bound here, since nothing recurses; what recurses has
//! one of its own.

mod de;
mod error;
mod parse;
mod taken;

pub use de::from_str;
pub use error::JsonError;
pub use taken::{Place, Raw};

pub(crate) use de::TEXT;

use std::borrow::Cow;

/// The longest text read, in bytes: places are kept in 32 bits.
pub const TEXT_BYTES_MAX: usize = 1 << 30;

/// A JSON text and the places of its values.
#[derive(Debug)]
pub struct Json<'a> {
    text: &'a str,
    /// The values in the order of the text; a key is a value before its own. Never empty.
    nodes: Vec<Node>,
}

/// Where a value lies.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Its first byte.
    start: u32,
    /// The byte behind its last.
    end: u32,
    /// The node behind its last descendant.
    next: u32,
    /// Whether it is a text that holds escapes.
    escaped: bool,
}

impl<'a> Json<'a> {
    /// Reads a text.
    ///
    /// # Errors
    /// Anything but one JSON value.
    pub fn parse(text: &'a str) -> Result<Self, JsonError> {
        parse::parse(text)
    }

    /// The value that the text is.
    pub const fn root(&self) -> At<'_, 'a> {
        At { json: self, index: 0, depth: 0 }
    }
}

/// A value in a text that was read.
#[derive(Clone, Copy, Debug)]
pub struct At<'j, 'a> {
    json: &'j Json<'a>,
    index: u32,
    /// How many values it was reached through.
    depth: u8,
}

/// What kind of value stands somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list.
    List,
    /// An object.
    Object,
}

impl<'j, 'a> At<'j, 'a> {
    fn node(self) -> Node {
        const NOWHERE: Node = Node { start: 0, end: 0, next: u32::MAX, escaped: false };
        let index = usize::try_from(self.index).unwrap_or(usize::MAX);
        self.json.nodes.get(index).copied().unwrap_or(NOWHERE)
    }

    /// Its text, exactly as it came.
    pub fn raw(self) -> &'a str {
        let Node { start, end, .. } = self.node();
        let place = |at| usize::try_from(at).unwrap_or(usize::MAX);
        self.json.text.get(place(start)..place(end)).unwrap_or_default()
    }

    /// What kind of value it is.
    pub fn form(self) -> Form {
        match self.raw().as_bytes().first() {
            Some(b'{') => Form::Object,
            Some(b'[') => Form::List,
            Some(b'"') => Form::Text,
            Some(b't' | b'f') => Form::Flag,
            Some(b'-' | b'0'..=b'9') => Form::Number,
            Some(_) | None => Form::Null,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.form() == Form::Null
    }

    /// A text without its quotes and escapes, or the digits of a number, or a word as it stands;
    /// `None` of a list, an object, or a text with an escape that stands for no character.
    pub fn text(self) -> Option<Cow<'a, str>> {
        text(self.raw(), || self.node().escaped)
    }

    /// The values within a list, one after the other; none of anything else.
    pub fn elements(self) -> Elements<'j, 'a> {
        match self.form() {
            Form::List => self.within(),
            Form::Null | Form::Flag | Form::Number | Form::Text | Form::Object => {
                Elements { json: self.json, at: 0, end: 0, depth: 0 }
            }
        }
    }

    /// The fields of an object, one after the other; none of anything else. A name whose escapes
    /// stand for no characters is left as it came.
    pub fn fields(self) -> Fields<'j, 'a> {
        match self.form() {
            Form::Object => Fields(self.within()),
            Form::Null | Form::Flag | Form::Number | Form::Text | Form::List => {
                Fields(Elements { json: self.json, at: 0, end: 0, depth: 0 })
            }
        }
    }

    /// The value at a place in the same text.
    #[must_use]
    pub const fn at(self, place: Place) -> Self {
        At { json: self.json, index: place.0, depth: 0 }
    }

    /// The first field of this name.
    pub fn get(self, name: &str) -> Option<Self> {
        self.fields().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// What is within, names and values alike.
    fn within(self) -> Elements<'j, 'a> {
        let (at, end) = (self.index.saturating_add(1), self.node().next);
        Elements { json: self.json, at, end, depth: self.depth.saturating_add(1) }
    }
}

/// As [`At::text`] says; `escaped` says whether there is an escape in it.
fn text(raw: &str, escaped: impl FnOnce() -> bool) -> Option<Cow<'_, str>> {
    match raw.as_bytes().first() {
        Some(b'"') if escaped() => serde_json::from_str(raw).ok().map(Cow::Owned),
        Some(b'"') => raw.get(1..raw.len().saturating_sub(1)).map(Cow::Borrowed),
        Some(b'{' | b'[') => None,
        Some(_) | None => Some(Cow::Borrowed(raw)),
    }
}

/// Values one after the other.
#[derive(Clone, Debug)]
pub struct Elements<'j, 'a> {
    json: &'j Json<'a>,
    at: u32,
    end: u32,
    depth: u8,
}

impl<'j, 'a> Iterator for Elements<'j, 'a> {
    type Item = At<'j, 'a>;

    fn next(&mut self) -> Option<At<'j, 'a>> {
        if self.at >= self.end {
            return None;
        }
        let value = At { json: self.json, index: self.at, depth: self.depth };
        self.at = value.node().next;
        Some(value)
    }
}

/// Fields one after the other.
#[derive(Clone, Debug)]
pub struct Fields<'j, 'a>(Elements<'j, 'a>);

impl<'j, 'a> Iterator for Fields<'j, 'a> {
    type Item = (Cow<'a, str>, At<'j, 'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let name = self.0.next()?;
        let value = self.0.next()?;
        Some((name.text().unwrap_or_else(|| Cow::Borrowed(name.raw())), value))
    }
}

#[cfg(test)]
mod tests;
