//! What is known of a stored record without its body, and which of two versions stays.

use flyball_domain::UnixMillis;

use crate::attributes::Attributes;
use crate::body::{Candidate, Hash, Shape};
use crate::error::ItemError;
use crate::table::Item;

/// What to fetch for a [`Head`].
pub(crate) const HEAD: &str = "#pk,#sk,#v,#version,#fence,#n,#hash,#shape,#parts";

/// A stored record without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) version: UnixMillis,
    pub(crate) write: Write,
    pub(crate) shape: Shape,
    /// How many parts the body has; 0 where it lies in the item itself.
    pub(crate) parts: u16,
}

/// One write of a record: who, as which of its rows, and what. No two writes of one record that
/// differ in content share it, so it serves as the name of the parts and as what a conditional
/// write compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Write {
    pub(crate) fence: u64,
    pub(crate) n: u64,
    pub(crate) hash: Hash,
}

impl Write {
    /// Its name in the keys of its parts.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}-{}", self.fence, self.n, self.hash)
    }
}

impl Head {
    pub(crate) fn read(item: &Item) -> Result<Self, ItemError> {
        let item = Attributes::of(item)?;
        Ok(Self {
            version: UnixMillis(item.number("version")?),
            write: Write {
                fence: item.number("fence")?,
                n: item.number("n")?,
                hash: Hash(item.array("hash")?),
            },
            shape: Shape(item.array("shape")?),
            parts: item.count("parts")?,
        })
    }
}

/// How a record stands to the stored one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It replaces it.
    Wins,
    /// It is the same: not to be written, nor announced.
    Same,
    /// It is older, or of the same version from a lower fence.
    Loses,
}

/// A newer version wins whoever brings it: it is true, even from a zombie. Among equal versions the
/// higher fence wins, because it read later. Equal content is not written again, so it does not
/// raise the stored fence either: a run between that fence and the one that found nothing to do may
/// still bring different content of the same version.
pub(crate) fn standing(stored: &Head, mine: &Candidate, fence: u64) -> Standing {
    use core::cmp::Ordering::{Equal, Greater, Less};
    match mine.version.cmp(&stored.version) {
        Less => Standing::Loses,
        Equal if mine.hash == stored.write.hash => Standing::Same,
        Equal if fence < stored.write.fence => Standing::Loses,
        Equal | Greater => Standing::Wins,
    }
}
