use std::collections::BTreeMap;

use crate::UnixMillis;
use crate::item::{Item, Path, Value};
use crate::words::{LeaseId, Nonce, StopCause, StopMode};

/// The governed state of an account or of a whole integration: one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Who holds a slot, and until when.
    pub held: BTreeMap<LeaseId, Slot>,
    /// The probe's own slot.
    pub probe: Option<Probe>,
    /// Slots for admissions outside an outage.
    pub limit: u32,
    /// The last limit known to be good.
    pub good: u32,
    /// The configured ceiling of `limit`.
    pub cap: u32,
    /// The gate: nothing is admitted before.
    pub shut: UnixMillis,
    /// The backoff level; above 0 only the probe's slot admits.
    pub level: u32,
    /// Throttles since the last clean run.
    pub slow: u32,
    /// Raised whenever what the lane knows of the vendor changes.
    pub generation: u64,
    /// While full speed has not been reached again: the level that was left at recovery.
    pub ramp: Option<u32>,
    /// Since when the vendor is down.
    pub down: Option<UnixMillis>,
    /// What the last trip or throttle was about.
    pub why: Option<String>,
    /// When the last trip was.
    pub at: Option<UnixMillis>,
    /// What holds this lane.
    pub stops: BTreeMap<StopCause, Stop>,
    /// Strictly rising; the value that an admission returns is that lease's fence.
    pub fence: u64,
    /// When somebody must look again.
    pub wake: Option<UnixMillis>,
    /// Raised by everyone who leaves work behind.
    pub marks: u64,
    /// What must still be written to the ledger of outages, by generation.
    pub notes: BTreeMap<u64, Note>,
}

/// A slot that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// When it ends unless it is renewed.
    pub expires: UnixMillis,
    /// Whose it is.
    pub nonce: Nonce,
}

/// The probe's slot, while it is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The work that probes.
    pub id: LeaseId,
    /// When the slot ends unless it is renewed.
    pub expires: UnixMillis,
    /// Whose it is.
    pub nonce: Nonce,
}

/// A human's, or a machine's, stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What it does.
    pub mode: StopMode,
    /// Why, in words.
    pub reason: String,
    /// Who did it.
    pub author: String,
    /// When it ends by itself; `None` for "until lifted".
    pub until: Option<UnixMillis>,
}

/// What the ledger of outages has still to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Since when the vendor was down: the outage's name within its lane.
    pub down: UnixMillis,
    /// When it came back; `None` in the note of its beginning.
    pub up: Option<UnixMillis>,
    /// What it was about.
    pub why: String,
}

/// An item that is no lane.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found no lane: attribute {path} is {found}, expected {expected}")]
pub struct LaneError {
    /// Where.
    pub path: String,
    /// What is there.
    pub found: String,
    /// What should be.
    pub expected: &'static str,
}

/// Where things stand in a lane's item. Entries of maps have names of one letter, because 24
/// leases must fit one kilobyte.
pub(crate) mod at {
    use crate::item::Path;
    use crate::words::{LeaseId, StopCause};

    macro_rules! attributes {
        ($($name:ident = $text:literal),+ $(,)?) => {
            $(pub(crate) fn $name() -> Path { Path::attribute($text) })+
        };
    }
    attributes! {
        held = "held", probe = "probe", limit = "limit", good = "good", cap = "cap", shut = "shut",
        level = "level", slow = "slow", generation = "gen", ramp = "ramp", down = "down",
        why = "why", tripped = "at", stops = "stops", fence = "fence", wake = "wake",
        marks = "marks", notes = "notes",
    }
    pub(crate) fn lease(id: &LeaseId) -> Path {
        held().entry("id", id.as_str())
    }
    pub(crate) fn dead_lease(id: &LeaseId) -> Path {
        held().entry("dead", id.as_str())
    }
    pub(crate) fn stop(cause: &StopCause) -> Path {
        match cause {
            StopCause::Customer => stops().field("customer"),
            StopCause::Account => stops().field("account"),
            StopCause::Rejected => stops().field("rejected"),
            StopCause::DeadMan => stops().field("dead_man"),
            StopCause::Work(kind) => stops().entry("kind", kind.as_str()),
        }
    }
    pub(crate) fn note(generation: u64) -> Path {
        notes().entry("gen", &generation.to_string())
    }
}

impl Lane {
    /// The most slots a lane can have; with them its item stays under one kilobyte.
    pub const SLOTS_MAX: u32 = 24;

    /// A new lane of `cap` slots, all of them free; at most [`Lane::SLOTS_MAX`].
    pub fn new(cap: u32) -> Self {
        let cap = cap.clamp(1, Self::SLOTS_MAX);
        Self {
            held: BTreeMap::new(),
            probe: None,
            limit: cap,
            good: cap,
            cap,
            shut: UnixMillis(0),
            level: 0,
            slow: 0,
            generation: 0,
            ramp: None,
            down: None,
            why: None,
            at: None,
            stops: BTreeMap::new(),
            fence: 0,
            wake: None,
            marks: 0,
            notes: BTreeMap::new(),
        }
    }

    /// The lane as an item. Attributes that have nothing to say are absent.
    pub fn to_item(&self) -> Item {
        let held = self.held.iter().map(|(id, slot)| (id.to_string(), slot.to_value()));
        let stops =
            self.stops.iter().map(|(cause, stop)| (cause.as_str().to_owned(), stop.to_value()));
        let notes = self.notes.iter().map(|(number, note)| (number.to_string(), note.to_value()));
        let always = [
            ("held", Value::Map(held.collect())),
            ("limit", self.limit.into()),
            ("good", self.good.into()),
            ("cap", self.cap.into()),
            ("shut", self.shut.into()),
            ("level", self.level.into()),
            ("slow", self.slow.into()),
            ("gen", self.generation.into()),
            ("stops", Value::Map(stops.collect())),
            ("fence", self.fence.into()),
            ("marks", self.marks.into()),
            ("notes", Value::Map(notes.collect())),
        ];
        let sometimes = [
            ("probe", self.probe.as_ref().map(Probe::to_value)),
            ("ramp", self.ramp.map(Value::from)),
            ("down", self.down.map(Value::from)),
            ("why", self.why.as_deref().map(Value::from)),
            ("at", self.at.map(Value::from)),
            ("wake", self.wake.map(Value::from)),
        ];
        always
            .into_iter()
            .chain(sometimes.into_iter().filter_map(|(name, value)| Some((name, value?))))
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Reads a lane from its item. Attributes that it doesn't know are left alone.
    ///
    /// # Errors
    /// The first attribute that is missing or not of its type.
    pub fn parse(item: &Item) -> Result<Self, LaneError> {
        let read = Reader { item };
        Ok(Self {
            held: read.entries(&at::held(), |entry, path| {
                Ok((
                    entry.name(path)?,
                    Slot { expires: entry.millis("e")?, nonce: entry.word("n")? },
                ))
            })?,
            probe: match at::probe().find(item) {
                None => None,
                Some(Value::Map(entries)) => {
                    let entry = Entry { path: "probe".to_owned(), entries };
                    Some(Probe {
                        id: entry.word("id")?,
                        expires: entry.millis("e")?,
                        nonce: entry.word("n")?,
                    })
                }
                Some(other) => return Err(wrong("probe", Some(other), "a map")),
            },
            limit: read.count(&at::limit())?,
            good: read.count(&at::good())?,
            cap: read.count(&at::cap())?,
            shut: UnixMillis(read.number(&at::shut())?),
            level: read.count(&at::level())?,
            slow: read.count(&at::slow())?,
            generation: read.number(&at::generation())?,
            ramp: read.maybe(&at::ramp(), Reader::count)?,
            down: read.maybe(&at::down(), Reader::number)?.map(UnixMillis),
            why: read.maybe(&at::why(), Reader::text)?,
            at: read.maybe(&at::tripped(), Reader::number)?.map(UnixMillis),
            stops: read.entries(&at::stops(), |entry, path| {
                let slots = entry.count("n")?;
                let mode = entry.text("m")?;
                let mode = StopMode::parse(mode, slots)
                    .map_err(|error| wrong_word(&entry.path, "m", &error))?;
                let stop = Stop {
                    mode,
                    reason: entry.text("w")?.to_owned(),
                    author: entry.text("b")?.to_owned(),
                    until: entry.maybe_millis("u")?,
                };
                Ok((entry.name(path)?, stop))
            })?,
            fence: read.number(&at::fence())?,
            wake: read.maybe(&at::wake(), Reader::number)?.map(UnixMillis),
            marks: read.number(&at::marks())?,
            notes: read.entries(&at::notes(), |entry, name| {
                let generation = name
                    .parse()
                    .map_err(|_not_a_number| wrong_name(&entry.path, "a generation's number"))?;
                let note = Note {
                    down: entry.millis("d")?,
                    up: entry.maybe_millis("u")?,
                    why: entry.text("w")?.to_owned(),
                };
                Ok((generation, note))
            })?,
        })
    }
}

impl Slot {
    pub(crate) fn to_value(&self) -> Value {
        Value::map([("e", self.expires.into()), ("n", self.nonce.as_str().into())])
    }
}

impl Probe {
    pub(crate) fn to_value(&self) -> Value {
        Value::map([
            ("id", self.id.as_str().into()),
            ("e", self.expires.into()),
            ("n", self.nonce.as_str().into()),
        ])
    }
}

fn with_optional<const N: usize>(
    entries: [(&str, Value); N],
    name: &str,
    last: Option<Value>,
) -> Value {
    let mut all: BTreeMap<String, Value> =
        entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if let Some(value) = last {
        all.insert(name.to_owned(), value);
    }
    Value::Map(all)
}

impl Stop {
    /// The longest reason or author kept, in characters: a lane is small.
    pub const TEXT_CHARS_MAX: usize = 120;

    pub(crate) fn to_value(&self) -> Value {
        let bounded = |text: &str| Value::Text(text.chars().take(Self::TEXT_CHARS_MAX).collect());
        let entries = [
            ("m", self.mode.as_str().into()),
            ("n", self.mode.slots().into()),
            ("w", bounded(&self.reason)),
            ("b", bounded(&self.author)),
        ];
        with_optional(entries, "u", self.until.map(Value::from))
    }
}

impl Note {
    pub(crate) fn to_value(&self) -> Value {
        let entries = [("d", self.down.into()), ("w", self.why.as_str().into())];
        with_optional(entries, "u", self.up.map(Value::from))
    }
}

fn wrong(path: &str, found: Option<&Value>, expected: &'static str) -> LaneError {
    let found = match found {
        None => "missing",
        Some(Value::Number(_)) => "a number",
        Some(Value::Text(_)) => "a text",
        Some(Value::Map(_)) => "a map",
    };
    LaneError { path: path.to_owned(), found: found.to_owned(), expected }
}

fn wrong_name(path: &str, expected: &'static str) -> LaneError {
    LaneError { path: path.to_owned(), found: "another name".to_owned(), expected }
}

fn wrong_word(path: &str, name: &str, error: &crate::words::WordError) -> LaneError {
    LaneError {
        path: format!("{path}.{name}"),
        found: error.found.clone(),
        expected: error.expected,
    }
}

struct Reader<'a> {
    item: &'a Item,
}

impl Reader<'_> {
    fn number(&self, path: &Path) -> Result<u64, LaneError> {
        match path.find(self.item) {
            Some(Value::Number(number)) => Ok(*number),
            found => Err(wrong(&path.to_string(), found, "a number")),
        }
    }

    fn count(&self, path: &Path) -> Result<u32, LaneError> {
        u32::try_from(self.number(path)?).map_err(|_too_large| LaneError {
            path: path.to_string(),
            found: "a number above 2^32".to_owned(),
            expected: "a count",
        })
    }

    fn text(&self, path: &Path) -> Result<String, LaneError> {
        match path.find(self.item) {
            Some(Value::Text(text)) => Ok(text.clone()),
            found => Err(wrong(&path.to_string(), found, "a text")),
        }
    }

    fn maybe<T>(
        &self,
        path: &Path,
        read: impl FnOnce(&Self, &Path) -> Result<T, LaneError>,
    ) -> Result<Option<T>, LaneError> {
        path.find(self.item).map(|_there| read(self, path)).transpose()
    }

    fn entries<K: Ord, V>(
        &self,
        path: &Path,
        read: impl Fn(&Entry<'_>, &str) -> Result<(K, V), LaneError>,
    ) -> Result<BTreeMap<K, V>, LaneError> {
        let Some(Value::Map(entries)) = path.find(self.item) else {
            return Err(wrong(&path.to_string(), path.find(self.item), "a map"));
        };
        let read_one = |(name, value): (&String, &Value)| match value {
            Value::Map(entries) => {
                read(&Entry { path: format!("{path}.{name}"), entries }, name.as_str())
            }
            Value::Number(_) | Value::Text(_) => {
                Err(wrong(&format!("{path}.{name}"), Some(value), "a map"))
            }
        };
        entries.iter().map(read_one).collect()
    }
}

struct Entry<'a> {
    path: String,
    entries: &'a BTreeMap<String, Value>,
}

impl Entry<'_> {
    fn wrong(&self, name: &str, expected: &'static str) -> LaneError {
        wrong(&format!("{}.{name}", self.path), self.entries.get(name), expected)
    }

    fn name<T: core::str::FromStr<Err = crate::words::WordError>>(
        &self,
        name: &str,
    ) -> Result<T, LaneError> {
        name.parse()
            .map_err(|error: crate::words::WordError| wrong_name(&self.path, error.expected))
    }

    fn number(&self, name: &str) -> Result<u64, LaneError> {
        match self.entries.get(name) {
            Some(Value::Number(number)) => Ok(*number),
            Some(_) | None => Err(self.wrong(name, "a number")),
        }
    }

    fn count(&self, name: &str) -> Result<u32, LaneError> {
        u32::try_from(self.number(name)?).map_err(|_too_large| self.wrong(name, "a count"))
    }

    fn millis(&self, name: &str) -> Result<UnixMillis, LaneError> {
        self.number(name).map(UnixMillis)
    }

    fn maybe_millis(&self, name: &str) -> Result<Option<UnixMillis>, LaneError> {
        self.entries.get(name).map(|_there| self.millis(name)).transpose()
    }

    fn text(&self, name: &str) -> Result<&str, LaneError> {
        match self.entries.get(name) {
            Some(Value::Text(text)) => Ok(text),
            Some(_) | None => Err(self.wrong(name, "a text")),
        }
    }

    fn word<T: core::str::FromStr<Err = crate::words::WordError>>(
        &self,
        name: &str,
    ) -> Result<T, LaneError> {
        self.text(name)?.parse().map_err(|error| wrong_word(&self.path, name, &error))
    }
}
