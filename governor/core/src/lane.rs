use std::collections::BTreeMap;

use crate::UnixMillis;
use crate::item::{Item, Value};
use crate::read::{Entry, Reader, wrong, wrong_name, wrong_word};
use crate::words::{GroupName, LeaseId, Nonce, StopCause, StopMode};

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
    /// Whether the last trip spoke of this lane alone or of its whole group.
    pub reach: Reach,
    /// The group that the lane belongs to, if it belongs to one.
    pub group: Option<GroupName>,
    /// When work last ended well.
    pub ok: Option<UnixMillis>,
    /// When the first call failed since work last ended well.
    pub failing: Option<UnixMillis>,
    /// The last outage that is over, by its `down`, until the lot has been found empty since.
    pub behind: Option<UnixMillis>,
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

/// What the ledger of outages has still to be told. `down`, the moment at which the first call to
/// fail began, is the outage's name within its lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// An outage began.
    Opened {
        /// When the first call to fail began.
        down: UnixMillis,
        /// When it was noticed.
        detected: UnixMillis,
        /// When work last ended well before.
        ok: Option<UnixMillis>,
        /// What kind of failure it was, in a word.
        class: String,
        /// What it was about, for people.
        why: String,
        /// A sample: what the vendor answered, and under which id.
        evidence: String,
    },
    /// It ended.
    Closed {
        /// When the first call to fail began.
        down: UnixMillis,
        /// When the first call succeeded again.
        up: UnixMillis,
    },
}

/// Of whom a failure speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Of one lane.
    #[default]
    Lane,
    /// Of every lane of its group.
    Group,
}

/// An item that is no lane, or no board.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("attribute {path} is {found}, expected {expected}")]
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
        why = "why", tripped = "at", reach = "plat", group = "group", ok = "ok",
        failing = "failing", behind = "behind", stops = "stops", fence = "fence", wake = "wake",
        marks = "marks", notes = "notes",
    }
    pub(crate) fn lease(id: &LeaseId) -> Path {
        held().entry("id", id.as_str())
    }
    pub(crate) fn next_lease(id: &LeaseId) -> Path {
        held().entry("next", id.as_str())
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

    /// The most causes that can stop a lane at once.
    pub const STOPS_MAX: u32 = 6;

    /// The most notes that a lane keeps for the ledger. A further change of state waits until they
    /// are written: the ledger is in the same table, so that it fails only with the lane itself.
    pub const NOTES_MAX: u32 = 4;

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
            reach: Reach::Lane,
            group: None,
            ok: None,
            failing: None,
            behind: None,
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
            ("plat", (self.reach == Reach::Group).then_some(Value::Number(1))),
            ("group", self.group.as_ref().map(|group| group.as_str().into())),
            ("ok", self.ok.map(Value::from)),
            ("failing", self.failing.map(Value::from)),
            ("behind", self.behind.map(Value::from)),
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
            reach: read
                .maybe(&at::reach(), Reader::number)?
                .map_or(Reach::Lane, |_flag| Reach::Group),
            group: read.maybe(&at::group(), Reader::word)?,
            ok: read.maybe(&at::ok(), Reader::number)?.map(UnixMillis),
            failing: read.maybe(&at::failing(), Reader::number)?.map(UnixMillis),
            behind: read.maybe(&at::behind(), Reader::number)?.map(UnixMillis),
            stops: read.entries(&at::stops(), |entry, path| {
                Ok((entry.name(path)?, Stop::parse(entry)?))
            })?,
            fence: read.number(&at::fence())?,
            wake: read.maybe(&at::wake(), Reader::number)?.map(UnixMillis),
            marks: read.number(&at::marks())?,
            notes: read.entries(&at::notes(), |entry, name| {
                let generation = name
                    .parse()
                    .map_err(|_not_a_number| wrong_name(&entry.path, "a generation's number"))?;
                Ok((generation, Note::parse(entry)?))
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

    /// The field that is there only where the stop ends by itself.
    pub(crate) const UNTIL: &str = "u";

    /// What its entry holds, by the names of the fields.
    pub(crate) fn fields(&self) -> Vec<(&'static str, Value)> {
        let bounded = |text: &str| Value::Text(text.chars().take(Self::TEXT_CHARS_MAX).collect());
        let mut fields = vec![
            ("m", self.mode.as_str().into()),
            ("n", self.mode.slots().into()),
            ("w", bounded(&self.reason)),
            ("b", bounded(&self.author)),
        ];
        fields.extend(self.until.map(|until| (Self::UNTIL, until.into())));
        fields
    }

    pub(crate) fn to_value(&self) -> Value {
        let fields = self.fields().into_iter();
        Value::Map(fields.map(|(name, value)| (name.to_owned(), value)).collect())
    }

    pub(crate) fn parse(entry: &Entry<'_>) -> Result<Self, LaneError> {
        let slots = entry.count("n")?;
        let mode = StopMode::parse(entry.text("m")?, slots)
            .map_err(|error| wrong_word(&entry.path, "m", &error))?;
        Ok(Self {
            mode,
            reason: entry.text("w")?.to_owned(),
            author: entry.text("b")?.to_owned(),
            until: entry.maybe_millis(Self::UNTIL)?,
        })
    }
}

impl Note {
    /// The outage's name within its lane: when the first call to fail began.
    pub const fn down(&self) -> UnixMillis {
        match self {
            Self::Opened { down, .. } | Self::Closed { down, .. } => *down,
        }
    }

    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Opened { down, detected, ok, class, why, evidence } => {
                let entries = [
                    ("d", (*down).into()),
                    ("a", (*detected).into()),
                    ("c", class.as_str().into()),
                    ("w", why.as_str().into()),
                    ("e", evidence.as_str().into()),
                ];
                with_optional(entries, "s", ok.map(Value::from))
            }
            Self::Closed { down, up } => Value::map([("d", (*down).into()), ("u", (*up).into())]),
        }
    }

    fn parse(entry: &Entry<'_>) -> Result<Self, LaneError> {
        let down = entry.millis("d")?;
        if let Some(up) = entry.maybe_millis("u")? {
            return Ok(Self::Closed { down, up });
        }
        Ok(Self::Opened {
            down,
            detected: entry.millis("a")?,
            ok: entry.maybe_millis("s")?,
            class: entry.text("c")?.to_owned(),
            why: entry.text("w")?.to_owned(),
            evidence: entry.text("e")?.to_owned(),
        })
    }
}
