use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_governor_core::board::name_hash;
use flyball_governor_core::{GroupName, LeaseId, StopCause, UnixMillis};

use crate::chore::Chore;

/// The name of a lane: 1 to 80 of `a-z`, `0-9`, `-` and `.`, such as an account's id. A dot is
/// only in the names of lanes that are no account's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId(Box<str>);

/// A text that is no lane's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where a lane's name was expected: 1 to 80 of a-z, 0-9, - and .")]
pub struct LaneIdError {
    /// The text as it came, cut to a bounded length.
    pub found: String,
}

impl LaneId {
    const CHARS_MAX: usize = 80;

    /// The name as text.
    pub const fn as_str(&self) -> &str {
        &self.0
    }

    /// Which part of the wake index the lane is in: by a hash of its name.
    pub(crate) fn wake_shard(&self) -> u64 {
        name_hash(&self.0) % WAKE_SHARDS
    }
}

impl core::str::FromStr for LaneId {
    type Err = LaneIdError;
    fn from_str(text: &str) -> Result<Self, LaneIdError> {
        let allowed =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
        if (1..=Self::CHARS_MAX).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(LaneIdError { found: text.chars().take(Self::CHARS_MAX).collect() })
        }
    }
}

impl core::fmt::Display for LaneId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(&self.0)
    }
}

const EVIDENCE_MS: u64 = 30_000;

/// The number of the half minute in which a moment lies, so that it sorts as text.
pub(crate) fn half_minute(when: UnixMillis) -> String {
    format!("{:012}", when.0 / EVIDENCE_MS)
}

/// How many parts the wake index has. An index that throttles pushes back on its table, and one
/// part takes about 1,000 writes a second: ten thousand lanes tripping at once must not meet one.
pub(crate) const WAKE_SHARDS: u64 = 16;

/// The keys-only index of lanes that somebody must look at: partition key `shard`, sort key `wake`.
pub(crate) const WAKE_INDEX: &str = "wake";

/// Every kind of item in the governor's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    /// A lane. `pk = lane#<lane>`, `sk = lane`. Its attributes are those of
    /// [`flyball_governor_core::Lane`]; besides them `v`, the item's version, and `shard`, its part
    /// of the wake index.
    Lane(&'a LaneId),
    /// A parked job. `pk = lot#<lane>`, `sk = <lease id>`: one row per key of work. Its attributes
    /// are those of [`crate::Parked`], with `parked_at` for `since` and `turn_until` for `called`.
    Parked(&'a LaneId, &'a LeaseId),
    /// An outage of a lane. `pk = outages#<lane>`, `sk` = the moment of the first failed call, in
    /// 15 digits. Attributes: `up`, `detected`, `last_ok`, `class`, `why`, `opened_in` and
    /// `closed_in` (the generations that its first failure and its end are of), `deferred`,
    /// `caught_up`, and the sets `evidence` and `kinds`; see [`crate::Outage`].
    Outage(&'a LaneId, UnixMillis),
    /// A time in which a stop of a lane was on. `pk = stops#<lane>`, `sk = <since, in 15
    /// digits>#<cause>`. Attributes: `mode`, `slots`, `until` (when it ends by itself) and `ended`
    /// (when it was lifted).
    Stretch(&'a LaneId, UnixMillis, &'a StopCause),
    /// What a lane met in half a minute that speaks of its group. `pk = evidence#<group>`, `sk =
    /// <that half minute's number since 1970, in 12 digits>#<lane>`. `failed` and `found`: when a
    /// call began that failed in a way that speaks of the group, and when that was found; `ok`:
    /// when a call succeeded; `ttl`: when nobody needs it any more, in seconds.
    Evidence(&'a GroupName, UnixMillis, &'a LaneId),
    /// A chore. `pk = chores`, `sk = <the chore>`. `turn`: the turn under way or done last; `by`
    /// and `until`: whose it is, and until when unless they go on; `at`: the turn, and how far it
    /// has come; `done`: the last turn that was done.
    Chore(&'a Chore),
    /// The board. `pk = board`, `sk = board`. Its attributes are those of
    /// [`flyball_governor_core::Board`]; besides them `v`, the item's version.
    Board,
}

impl Key<'_> {
    pub(crate) fn pk(&self) -> String {
        match self {
            Self::Lane(lane) => format!("lane#{lane}"),
            Self::Parked(lane, _) => format!("lot#{lane}"),
            Self::Outage(lane, _) => format!("outages#{lane}"),
            Self::Stretch(lane, ..) => format!("stops#{lane}"),
            Self::Evidence(group, ..) => format!("evidence#{group}"),
            Self::Chore(_) => "chores".to_owned(),
            Self::Board => "board".to_owned(),
        }
    }

    pub(crate) fn sk(&self) -> String {
        match self {
            Self::Lane(_) => "lane".to_owned(),
            Self::Parked(_, id) => id.to_string(),
            Self::Outage(_, down) => format!("{:015}", down.0),
            Self::Stretch(_, since, cause) => format!("{:015}#{}", since.0, cause.as_str()),
            Self::Chore(chore) => chore.to_string(),
            Self::Evidence(_, when, lane) => format!("{}#{lane}", half_minute(*when)),
            Self::Board => "board".to_owned(),
        }
    }

    pub(crate) fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.pk())),
            ("sk".to_owned(), AttributeValue::S(self.sk())),
        ])
    }

    /// The lane whose lot a row with this partition key is in, if it is a row.
    pub(crate) fn lot_of(pk: &str) -> Option<LaneId> {
        pk.strip_prefix("lot#")?.parse().ok()
    }

    /// The lane whose item has this partition key, if it is a lane's.
    pub(crate) fn lane_of(pk: &str) -> Option<LaneId> {
        pk.strip_prefix("lane#")?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_lanes_name_has_only_what_it_may() {
        for text in ["blue-mug", "wide.shopify", "a1", &"a".repeat(80)] {
            assert_eq!(text.parse::<LaneId>().unwrap().as_str(), text);
        }
        for text in ["", "Blue", "a b", "a#b", "a/b", "é", &"a".repeat(81)] {
            let error = text.parse::<LaneId>().unwrap_err();
            assert_eq!(error.found, text.chars().take(80).collect::<String>());
        }
    }

    #[test]
    fn lanes_are_spread_over_all_parts_of_the_wake_index() {
        let shard = |n: u32| format!("store-{n}").parse::<LaneId>().unwrap().wake_shard();
        let parts: BTreeSet<u64> = (0..400).map(shard).collect();
        assert_eq!(parts, (0..WAKE_SHARDS).collect());
    }
}
