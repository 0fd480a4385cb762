use core::fmt;
use core::str::FromStr;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{AccountId, Kind, UnixMillis, VendorId};

/// The id of one request to import: a `UUIDv7`, so ids sort by the time of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(Uuid);

impl JobId {
    /// A new id for a request made at `now`; `random` makes it unique.
    pub fn new(now: UnixMillis, random: [u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(now.0, &random).into_uuid())
    }

    /// The id of the request made at `now` that bears this name: the same one, however often it is
    /// made.
    pub fn named(now: UnixMillis, name: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(name.as_bytes()).into();
        let mut random = [0; 10];
        random.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        Self::new(now, random)
    }

    /// When the request was made, as far as the id says so: of a scheduled import, when it was due.
    pub fn asked_at(&self) -> Option<UnixMillis> {
        if self.0.get_version_num() != 7 {
            return None;
        }
        u64::try_from(self.0.as_u128() >> 80).ok().map(UnixMillis)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for JobId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// How much of a kind a job imports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Everything that changed since the last import of this kind; the first time, everything.
    Incremental,
    /// Everything that changed from `from` (inclusive) until `to` (exclusive).
    Backfill {
        /// First moment of the range.
        from: UnixMillis,
        /// First moment after the range.
        to: UnixMillis,
    },
    /// One record.
    Record {
        /// The vendor's id of it.
        id: VendorId,
    },
    /// The ids and times of change of everything, compared with what was imported: what differs is
    /// imported again, and what is gone is marked so.
    Reconcile,
}

/// A request to import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// This request.
    pub id: JobId,
    /// The store to import from.
    pub account: AccountId,
    /// What to import.
    pub kind: Kind,
    /// How much of it.
    pub mode: Mode,
}

impl Job {
    /// What makes two requests the same work.
    pub fn key(&self) -> JobKey {
        JobKey { account: self.account.clone(), kind: self.kind, mode: self.mode.clone() }
    }
}

/// What makes two requests the same work: account, kind, mode and range.
///
/// As text, for example `blue-mug/products/backfill/0-1790000000000`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey {
    /// The store.
    pub account: AccountId,
    /// The kind.
    pub kind: Kind,
    /// Mode and range.
    pub mode: Mode,
}

impl JobKey {
    /// A short hash of the key, the id of its slot in the lane: 8 letters and digits (40 bits; a
    /// lane holds at most 24).
    pub fn short(&self) -> String {
        short(&self.to_string())
    }
}

/// A name of eight of `a-z2-7` for a longer one: forty bits of its SHA-256.
pub(crate) fn short(name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    let mut id = BASE32_NOPAD.encode(digest.get(..5).unwrap_or_default());
    id.make_ascii_lowercase();
    id
}

impl fmt::Display for JobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/", self.account, self.kind)?;
        match &self.mode {
            Mode::Incremental => f.write_str("incremental"),
            Mode::Backfill { from, to } => write!(f, "backfill/{}-{}", from.0, to.0),
            Mode::Record { id } => write!(f, "record/{id}"),
            Mode::Reconcile => f.write_str("reconcile"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(mode: Mode) -> Job {
        Job {
            id: JobId::new(UnixMillis(1_790_000_000_000), [7; 10]),
            account: "blue-mug".parse().unwrap(),
            kind: Kind::Products,
            mode,
        }
    }

    #[test]
    fn a_request_of_a_name_is_one_and_the_same_and_of_another_name_or_moment_is_not() {
        let id = JobId::named(UnixMillis(5), "a");
        assert_eq!(id, JobId::named(UnixMillis(5), "a"));
        assert_eq!(id.asked_at(), Some(UnixMillis(5)));
        for other in [JobId::named(UnixMillis(5), "b"), JobId::named(UnixMillis(6), "a")] {
            assert_ne!(id, other);
        }
    }

    #[test]
    fn two_requests_for_the_same_work_share_a_key_and_others_do_not() {
        let incremental = job(Mode::Incremental);
        let mut again = incremental.clone();
        again.id = JobId::new(UnixMillis(1_790_000_000_001), [8; 10]);
        assert_eq!(incremental.key(), again.key());
        assert_eq!(incremental.key().short(), again.key().short());

        let range = job(Mode::Backfill { from: UnixMillis(0), to: UnixMillis(9) });
        let record = job(Mode::Record { id: "42".parse().unwrap() });
        assert_ne!(range.key().short(), incremental.key().short());
        assert_ne!(range.key().short(), record.key().short());
        assert_eq!(record.key().to_string(), "blue-mug/products/record/42");
    }

    #[test]
    fn an_id_says_when_it_was_asked_for_and_one_of_another_kind_does_not() {
        let id = JobId::new(UnixMillis(1_790_000_000_123), [9; 10]);
        assert_eq!(id.asked_at(), Some(UnixMillis(1_790_000_000_123)));
        let random: JobId = "67e55044-10b1-426f-9247-bb680e5fe0c8".parse().unwrap();
        assert_eq!(random.asked_at(), None);
    }

    #[test]
    fn ids_sort_by_the_time_of_the_request() {
        let early = JobId::new(UnixMillis(1_790_000_000_000), [255; 10]);
        let late = JobId::new(UnixMillis(1_790_000_000_001), [0; 10]);
        assert!(early < late);
    }
}
