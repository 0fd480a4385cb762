//! The board: one item with every switch that is wider than a lane, and what is known of the groups.
//!
//! ```text
//!             set             its end comes, or it is lifted        all lanes are let go
//!  (nothing) ─────▶ it stands ──────────────────────────────▶ over ──────────────────────▶ (nothing)
//!                       ▲               set anew                │
//!                       └───────────────────────────────────────┘
//! ```
//!
//! While it stands it holds every lane of its scope; once it is over, each lane starts again when its
//! turn comes within the switch's ramp. What is known of a group: see [`crate::breaker`].

use std::collections::{BTreeMap, BTreeSet};

use core::fmt;
use core::str::FromStr;

use crate::UnixMillis;
use crate::decide::{Reason, Refusal};
use crate::item::{Item, Value};
use crate::lane::{LaneError, Stop};
use crate::read::{Entry, Reader, wrong_name};
use crate::transitions::Pardon;
use crate::words::{GroupName, StopMode, WordError, WorkKind, word_error};

/// What a switch of the board holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WideScope {
    /// Everything: `all`.
    All,
    /// A group of lanes: its name.
    Group(GroupName),
    /// One kind of work of a group: `group/kind`.
    Work(GroupName, WorkKind),
}

impl fmt::Display for WideScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Group(group) => write!(f, "{group}"),
            Self::Work(group, kind) => write!(f, "{group}/{kind}"),
        }
    }
}

impl FromStr for WideScope {
    type Err = WordError;
    fn from_str(text: &str) -> Result<Self, WordError> {
        let wrong = |_error: WordError| {
            word_error("a wide scope", "`all`, a group, or a group and a kind: `group/kind`", text)
        };
        match text.split_once('/') {
            None if text == "all" => Ok(Self::All),
            None => text.parse().map(Self::Group).map_err(wrong),
            Some((group, kind)) => {
                Ok(Self::Work(group.parse().map_err(wrong)?, kind.parse().map_err(wrong)?))
            }
        }
    }
}

/// A switch of the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// What it does, why, who set it, and when it ends. Lifting it makes its end now.
    pub stop: Stop,
    /// Since when it stands.
    pub since: UnixMillis,
    /// Over how long, after its end, lanes start again, in milliseconds.
    pub ramp_ms: u64,
}

/// What is known of a group of lanes, where something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Several of its lanes failed within a short time.
    Suspected(Suspicion),
    /// It is down.
    Down(Incident),
    /// It was down, and its lanes are let go.
    Back(Return),
}

/// The end of a time in which a whole group was down. It is remembered at least until every lane
/// that it held has been let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Return {
    /// Since when the group was down.
    pub since: UnixMillis,
    /// When it was declared back, or nobody could tell any more.
    pub back: UnixMillis,
    /// Whether it is known to be back. Only then gates are pardoned that it closed.
    pub known: bool,
    /// Whether every lane that it held has been let go.
    pub let_go: bool,
}

impl Return {
    /// A group that is known to be back.
    pub const fn known(since: UnixMillis, back: UnixMillis) -> Self {
        Self { since, back, known: true, let_go: false }
    }

    /// A group of which nobody can tell any more.
    pub const fn unknown(since: UnixMillis, back: UnixMillis) -> Self {
        Self { since, back, known: false, let_go: false }
    }
}

/// What several lanes of a group that failed within a short time are taken for. While it stands only
/// some of the group's lanes start, so that these ask the vendor and not a whole crowd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspicion {
    /// Since when it stands.
    pub since: UnixMillis,
    /// Of how many lanes one goes on; 1 where nobody is held.
    pub one_in: u32,
    /// From when on the others start again, whether or not anybody has decided upon it.
    pub until: UnixMillis,
    /// Over how long they do, in milliseconds.
    pub ramp_ms: u64,
    /// The return that it came over, where not every lane had been let go: it goes on when the
    /// suspicion is withdrawn.
    pub over: Option<Return>,
}

impl Suspicion {
    /// One that holds nobody.
    pub const fn of_nobody(since: UnixMillis) -> Self {
        Self { since, one_in: 1, until: since, ramp_ms: 0, over: None }
    }

    /// Whether this lane is one of those that go on: at each suspicion others are. Whoever goes on
    /// where one in twelve does, does so where one in six does.
    pub(crate) fn draws(&self, lane: &str) -> bool {
        let place = scatter(name_hash(lane).wrapping_add(self.since.0));
        place.checked_rem(self.one_in.into()).is_none_or(|rest| rest == 0)
    }

    /// When this lane may start, where it is held.
    fn lane_starts(&self, lane: &str) -> Option<UnixMillis> {
        (!self.draws(lane)).then(|| spread(lane, self.until, self.ramp_ms))
    }
}

/// A time in which a whole group is down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// When the first of the calls began by which it was noticed.
    pub since: UnixMillis,
    /// When it was declared down.
    pub detected: UnixMillis,
    /// When the canaries were chosen.
    pub chosen: UnixMillis,
    /// The lanes that probe for the group.
    pub canaries: BTreeSet<String>,
}

/// The board.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    /// Every switch, by what it holds; one that is over stays until it is dealt with.
    pub switches: BTreeMap<WideScope, Switch>,
    /// What is known of the groups.
    pub platforms: BTreeMap<GroupName, Platform>,
}

/// Who asks the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask<'a> {
    /// The lane's name.
    pub lane: &'a str,
    /// The group it belongs to.
    pub group: Option<&'a GroupName>,
    /// The kind of the work.
    pub kind: &'a WorkKind,
}

/// A wide limit that concerns whoever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimmer {
    /// What it limits.
    pub scope: WideScope,
    /// How many slots there are.
    pub slots: u32,
}

/// Where things stand in the board's item.
pub(crate) mod at {
    use super::WideScope;
    use crate::item::Path;
    use crate::words::GroupName;

    pub(crate) fn switches() -> Path {
        Path::attribute("switches")
    }
    pub(crate) fn switch(scope: &WideScope) -> Path {
        switches().entry("scope", &scope.to_string())
    }
    pub(crate) fn platforms() -> Path {
        Path::attribute("platforms")
    }
    pub(crate) fn platform(group: &GroupName) -> Path {
        platforms().entry("group", group.as_str())
    }
}

impl Ask<'_> {
    /// The scopes that concern whoever asks, the most specific first.
    fn scopes(&self) -> impl Iterator<Item = WideScope> {
        let of_group = self.group.map(|group| {
            [WideScope::Work(group.clone(), self.kind.clone()), WideScope::Group(group.clone())]
        });
        of_group.into_iter().flatten().chain([WideScope::All])
    }
}

/// A hash (FNV-1a) of a lane's name: by it lanes are spread in time and over parts.
pub fn name_hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A number in which every bit depends on every bit of another (`SplitMix64`): neighbors come to lie
/// anywhere.
pub(crate) const fn scatter(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The moment, from `from` on, at which a lane's turn comes when all are spread over `spread_ms`.
pub fn spread(name: &str, from: UnixMillis, spread_ms: u64) -> UnixMillis {
    from.plus(name_hash(name).checked_rem(spread_ms).unwrap_or(0))
}

impl Switch {
    /// When this lane may start again, where the switch has an end.
    fn lane_starts(&self, lane: &str) -> Option<UnixMillis> {
        self.stop.until.map(|end| spread(lane, end, self.ramp_ms))
    }

    /// When every lane may have started again, where the switch has an end.
    pub fn over_at(&self) -> Option<UnixMillis> {
        self.stop.until.map(|end| end.plus(self.ramp_ms))
    }
}

impl Board {
    /// The most switches on a board at once.
    pub const SWITCHES_MAX: u32 = 32;

    /// Why nothing of this work may start, if nothing may.
    pub fn refuses(&self, ask: &Ask<'_>, now: UnixMillis) -> Option<Refusal> {
        let concerning = || {
            ask.scopes().filter_map(|scope| {
                let switch = self.switches.get(&scope)?;
                (!matches!(switch.stop.mode, StopMode::Limit(_))).then_some((scope, switch))
            })
        };
        if let Some((scope, switch)) = concerning().find(|(_, switch)| switch.stop.is_on(now)) {
            let until = switch.lane_starts(ask.lane);
            let reason = Reason::Switched { scope, stop: switch.stop.clone() };
            return Some(Refusal { reason, until });
        }
        let resuming = concerning().find_map(|(scope, switch)| {
            Some((scope, switch.lane_starts(ask.lane).filter(|start| now < *start)?))
        });
        if let Some((scope, until)) = resuming {
            return Some(Refusal { reason: Reason::Resuming { scope }, until: Some(until) });
        }
        match ask.group.and_then(|group| Some((group, self.platforms.get(group)?))) {
            Some((group, Platform::Down(incident))) if !incident.canaries.contains(ask.lane) => {
                let reason = Reason::GroupDown { group: group.clone(), since: incident.since };
                Some(Refusal { reason, until: None })
            }
            Some((group, Platform::Suspected(suspicion))) => {
                let until = suspicion.lane_starts(ask.lane).filter(|until| now < *until)?;
                let reason =
                    Reason::GroupSuspected { group: group.clone(), since: suspicion.since };
                Some(Refusal { reason, until: Some(until) })
            }
            Some(_) | None => None,
        }
    }

    /// Why running work must end before its next call, if it must.
    pub fn stops(&self, ask: &Ask<'_>, now: UnixMillis) -> Option<Refusal> {
        ask.scopes().find_map(|scope| {
            let stop = &self.switches.get(&scope)?.stop;
            (stop.mode == StopMode::Stop && stop.is_on(now)).then(|| Refusal {
                reason: Reason::Switched { scope, stop: stop.clone() },
                until: stop.until,
            })
        })
    }

    /// The wide limits that concern whoever asks, the most specific first.
    pub fn dimmers(&self, ask: &Ask<'_>, now: UnixMillis) -> Vec<Dimmer> {
        let dimmer = |scope: WideScope| {
            let stop = &self.switches.get(&scope)?.stop;
            match stop.mode {
                StopMode::Limit(slots) if stop.is_on(now) => Some(Dimmer { scope, slots }),
                StopMode::Hold | StopMode::Drain | StopMode::Stop | StopMode::Limit(_) => None,
            }
        };
        ask.scopes().filter_map(dimmer).collect()
    }

    /// Whether a group's gates are pardoned, because it is back.
    pub fn pardon(&self, group: Option<&GroupName>) -> Option<Pardon> {
        match self.platforms.get(group?)? {
            Platform::Back(Return { back, known: true, .. }) => Some(Pardon { back: *back }),
            Platform::Back(_) | Platform::Suspected(_) | Platform::Down(_) => None,
        }
    }

    /// Reads the board from its item.
    ///
    /// # Errors
    /// The first attribute that is missing or not of its type.
    pub fn parse(item: &Item) -> Result<Self, LaneError> {
        let read = Reader { item };
        Ok(Self {
            switches: read.entries(&at::switches(), |entry, name| {
                Ok((entry.name(name)?, Switch::parse(entry)?))
            })?,
            platforms: read.entries(&at::platforms(), |entry, name| {
                Ok((entry.name(name)?, Platform::parse(entry)?))
            })?,
        })
    }

    /// The board as an item.
    pub fn to_item(&self) -> Item {
        let switches =
            self.switches.iter().map(|(scope, switch)| (scope.to_string(), switch.to_value()));
        let platforms =
            self.platforms.iter().map(|(group, platform)| (group.to_string(), platform.to_value()));
        Item::from([
            ("switches".to_owned(), Value::Map(switches.collect())),
            ("platforms".to_owned(), Value::Map(platforms.collect())),
        ])
    }
}

impl Switch {
    pub(crate) fn to_value(&self) -> Value {
        let Value::Map(mut entries) = self.stop.to_value() else { return Value::empty_map() };
        entries.insert("s".to_owned(), self.since.into());
        entries.insert("r".to_owned(), self.ramp_ms.into());
        Value::Map(entries)
    }

    fn parse(entry: &Entry<'_>) -> Result<Self, LaneError> {
        Ok(Self {
            stop: Stop::parse(entry)?,
            since: entry.millis("s")?,
            ramp_ms: entry.number("r")?,
        })
    }
}

const SUSPECTED: &str = "suspected";
const DOWN: &str = "down";
const BACK: &str = "back";

/// The field of a group that is back and whose lanes have all been let go.
pub(crate) const LET_GO: &str = "g";

impl Platform {
    /// The state in a word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Suspected(_) => SUSPECTED,
            Self::Down(_) => DOWN,
            Self::Back(_) => BACK,
        }
    }

    pub(crate) fn to_value(&self) -> Value {
        let mut entry = BTreeMap::from([("p".to_owned(), Value::from(self.as_str()))]);
        let mut put = |name: &str, value: Value| entry.insert(name.to_owned(), value);
        match self {
            Self::Suspected(suspicion) => {
                put("s", suspicion.since.into());
                put("n", suspicion.one_in.into());
                put("u", suspicion.until.into());
                put("r", suspicion.ramp_ms.into());
                if let Some(over) = suspicion.over {
                    put("os", over.since.into());
                    put("ob", over.back.into());
                    if !over.known {
                        put("ox", Value::Number(1));
                    }
                }
            }
            Self::Down(incident) => {
                put("s", incident.since.into());
                put("d", incident.detected.into());
                put("t", incident.chosen.into());
                put("k", canaries_value(&incident.canaries));
            }
            Self::Back(Return { since, back, known, let_go }) => {
                put("s", (*since).into());
                put("b", (*back).into());
                if !known {
                    put("x", Value::Number(1));
                }
                if *let_go {
                    put(LET_GO, Value::Number(1));
                }
            }
        }
        Value::Map(entry)
    }

    /// Whatever an earlier version does not write may be absent: its board may stand while the next
    /// is deployed. It leaves alone what it does not know, so that a group that nobody can tell of is
    /// back to it.
    fn parse(entry: &Entry<'_>) -> Result<Self, LaneError> {
        let since = entry.millis("s")?;
        let has = |name: &str| entry.entries.contains_key(name);
        match entry.text("p")? {
            SUSPECTED if !has("n") => Ok(Self::Suspected(Suspicion::of_nobody(since))),
            SUSPECTED => {
                let over = has("ob").then(|| {
                    let (since, back) = (entry.millis("os")?, entry.millis("ob")?);
                    Ok(Return { since, back, known: !has("ox"), let_go: false })
                });
                Ok(Self::Suspected(Suspicion {
                    since,
                    one_in: entry.count("n")?,
                    until: entry.millis("u")?,
                    ramp_ms: entry.number("r")?,
                    over: over.transpose()?,
                }))
            }
            DOWN => Ok(Self::Down(Incident {
                since,
                detected: entry.millis("d")?,
                chosen: entry.millis("t")?,
                canaries: entry.names("k")?,
            })),
            BACK => Ok(Self::Back(Return {
                since,
                back: entry.millis("b")?,
                known: !has("x"),
                let_go: has(LET_GO),
            })),
            _ => Err(wrong_name(&entry.path, "suspected, down or back")),
        }
    }
}

pub(crate) fn canaries_value(canaries: &BTreeSet<String>) -> Value {
    Value::Map(canaries.iter().map(|lane| (lane.clone(), Value::Number(1))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_scattered_as_published() {
        // The generator's published first outputs from seed 1234567.
        let mut seed = 1_234_567_u64;
        for expected in [6_457_827_717_110_365_317, 3_203_168_211_198_807_973] {
            assert_eq!(scatter(seed), expected);
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        }
    }
}
