use super::{Json, JsonError, Node, TEXT_BYTES_MAX};

/// How many bytes of dense JSON a value takes, for the first guess of how many there are.
const BYTES_PER_NODE: usize = 12;

/// Reads a text, one value after the other, without recursion.
pub(super) fn parse(text: &str) -> Result<Json<'_>, JsonError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(JsonError::Syntax { at: TEXT_BYTES_MAX, expected: "the end" });
    }
    let nodes = Vec::with_capacity(text.len().div_euclid(BYTES_PER_NODE).saturating_add(1));
    let mut parser = Parser { bytes: text.as_bytes(), at: 0, nodes, open: Vec::new() };
    parser.run()?;
    Ok(Json { text, nodes: parser.nodes })
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    /// The lists and objects around this place, the outermost first.
    open: Vec<Open>,
}

#[derive(Clone, Copy)]
struct Open {
    node: usize,
    is_object: bool,
}

/// What comes after something.
enum Then {
    Value,
    Behind,
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), JsonError> {
        let mut then = Then::Value;
        loop {
            then = match then {
                Then::Value => self.value()?,
                Then::Behind => match self.open.last().copied() {
                    Some(open) => self.behind(open)?,
                    None => break,
                },
            };
        }
        self.skip_space();
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.wrong("the end")) }
    }

    fn value(&mut self) -> Result<Then, JsonError> {
        self.skip_space();
        let start = self.at;
        match self.bytes.get(start).copied() {
            Some(b'"') => self.text()?,
            Some(b'{') => return self.begin(true),
            Some(b'[') => return self.begin(false),
            Some(b't') => self.word(b"true")?,
            Some(b'f') => self.word(b"false")?,
            Some(b'n') => self.word(b"null")?,
            Some(b'-' | b'0'..=b'9') => {
                self.number()?;
                self.push(start, false);
            }
            Some(_) | None => return Err(self.wrong("a value")),
        }
        Ok(Then::Behind)
    }

    fn begin(&mut self, is_object: bool) -> Result<Then, JsonError> {
        let node = self.nodes.len();
        self.push(self.at, false);
        self.at += 1;
        self.open.push(Open { node, is_object });
        self.skip_space();
        match (is_object, self.bytes.get(self.at)) {
            (true, Some(b'}')) | (false, Some(b']')) => Ok(self.close(node)),
            (true, _) => self.name(),
            (false, _) => Ok(Then::Value),
        }
    }

    /// What stands behind a value within a list or an object.
    fn behind(&mut self, Open { node, is_object }: Open) -> Result<Then, JsonError> {
        self.skip_space();
        match (is_object, self.bytes.get(self.at)) {
            (true, Some(b',')) => {
                self.at += 1;
                self.skip_space();
                self.name()
            }
            (false, Some(b',')) => {
                self.at += 1;
                Ok(Then::Value)
            }
            (true, Some(b'}')) | (false, Some(b']')) => Ok(self.close(node)),
            (true, _) => Err(self.wrong("`,` or `}`")),
            (false, _) => Err(self.wrong("`,` or `]`")),
        }
    }

    fn close(&mut self, node: usize) -> Then {
        self.at += 1;
        self.open.pop();
        let (end, next) = (place(self.at), place(self.nodes.len()));
        if let Some(node) = self.nodes.get_mut(node) {
            (node.end, node.next) = (end, next);
        }
        Then::Behind
    }

    fn name(&mut self) -> Result<Then, JsonError> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(self.wrong("a name in quotes"));
        }
        self.text()?;
        self.skip_space();
        if self.bytes.get(self.at) != Some(&b':') {
            return Err(self.wrong("`:`"));
        }
        self.at += 1;
        Ok(Then::Value)
    }

    fn push(&mut self, start: usize, escaped: bool) {
        let next = place(self.nodes.len().saturating_add(1));
        self.nodes.push(Node { start: place(start), end: place(self.at), next, escaped });
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), JsonError> {
        let start = self.at;
        let left = self.bytes.get(start..).unwrap_or_default();
        if !left.starts_with(word) {
            let is_cut = word.starts_with(left);
            return Err(if is_cut { END } else { self.wrong("a value") });
        }
        self.at = start.saturating_add(word.len());
        self.push(start, false);
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonError> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let from = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at == from { Err(self.wrong("a digit")) } else { Ok(()) }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(is_there);
        is_there
    }

    /// Reads a text from its first quote to its last.
    fn text(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            self.skip_plain();
            match self.bytes.get(self.at).copied() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 1;
                    self.escape()?;
                }
                Some(0..0x20) => return Err(self.wrong("a character that needs no escape")),
                // The last bytes, too few for a look at several of them.
                Some(_) => self.at += 1,
                None => return Err(END),
            }
        }
        self.at += 1;
        self.push(start, escaped);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        match self.bytes.get(self.at) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.bytes.get(self.at).is_some_and(u8::is_ascii_hexdigit) {
                        return Err(self.wrong("a hexadecimal digit"));
                    }
                    self.at += 1;
                }
            }
            Some(_) | None => return Err(self.wrong("an escape")),
        }
        Ok(())
    }

    /// Skips what needs no look, eight bytes at a time: at most up to the next quote, backslash or
    /// control character.
    fn skip_plain(&mut self) {
        while let Some(word) =
            self.bytes.get(self.at..).and_then(|left| left.first_chunk::<WORD_BYTES>())
        {
            let special = special(u64::from_le_bytes(*word));
            if special != 0 {
                let before = special.trailing_zeros().div_euclid(u8::BITS);
                self.at += usize::try_from(before).unwrap_or(0);
                return;
            }
            self.at += WORD_BYTES;
        }
    }

    fn wrong(&self, expected: &'static str) -> JsonError {
        if self.at >= self.bytes.len() {
            return JsonError::End { expected };
        }
        JsonError::Syntax { at: self.at, expected }
    }
}

const END: JsonError = JsonError::End { expected: "more of it" };
const WORD_BYTES: usize = 8;
const ONES: u64 = u64::from_le_bytes([0x01; WORD_BYTES]);
const HIGHS: u64 = u64::from_le_bytes([0x80; WORD_BYTES]);
const QUOTES: u64 = u64::from_le_bytes([b'"'; WORD_BYTES]);
const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; WORD_BYTES]);
const SPACES: u64 = u64::from_le_bytes([b' '; WORD_BYTES]);

/// Sets the high bit of each byte that is a quote, a backslash or a control character. What lies
/// above the lowest of them may be set in error, since a subtraction borrows upwards; the lowest
/// never is.
const fn special(word: u64) -> u64 {
    let (quote, backslash) = (word ^ QUOTES, word ^ BACKSLASHES);
    let is_quote = quote.wrapping_sub(ONES) & !quote;
    let is_backslash = backslash.wrapping_sub(ONES) & !backslash;
    let is_control = word.wrapping_sub(SPACES) & !word;
    (is_quote | is_backslash | is_control) & HIGHS
}

/// A place, which a text of at most [`TEXT_BYTES_MAX`] keeps within 32 bits.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
