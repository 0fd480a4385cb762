//! What is known of a stored record without its body, and which of two versions stays.

use flyball_domain::UnixMillis;

use crate::attributes::Attributes;
use crate::body::Hash;
use crate::candidate::Candidate;
use crate::error::ItemError;
use crate::shape::Shape;
use crate::table::Item;

/// What to fetch for a [`Head`].
pub(crate) const HEAD: &str =
    "#pk,#sk,#v,#version,#fence,#n,#hash,#personal_hash,#shape,#parts,#gone";

/// A stored record without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) version: UnixMillis,
    pub(crate) write: Write,
    pub(crate) form: Form,
}

/// What there is of a stored record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// All of it.
    Whole {
        shape: Shape,
        /// How many parts the body has; 0 where it lies in the item itself.
        parts: u16,
    },
    /// Its tombstone: the vendor had it no more at this moment.
    Gone { at: UnixMillis },
}

/// One write of a record: who, as which of its rows, and what. No two writes of one record that
/// differ in content share it, so it serves as the name of the parts and as what a conditional
/// write compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Write {
    pub(crate) fence: u64,
    pub(crate) n: u64,
    pub(crate) hash: Hash,
    /// Of what says who the buyer is, where that was written.
    pub(crate) personal: Option<Hash>,
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
        let form = match item.number_if_any("gone")? {
            Some(at) => Form::Gone { at: UnixMillis(at) },
            None => Form::Whole { shape: Shape(item.array("shape")?), parts: item.count("parts")? },
        };
        Ok(Self {
            version: UnixMillis(item.number("version")?),
            write: Write {
                fence: item.number("fence")?,
                n: item.number("n")?,
                hash: Hash(item.array("hash")?),
                personal: item.array_if_any("personal_hash")?.map(Hash),
            },
            form,
        })
    }

    /// Whether anything was ever stored of it. Of what was not, a tombstone refuses those who read
    /// it before.
    pub(crate) fn was_stored(&self) -> bool {
        self.write.hash != Hash::NOTHING
    }

    /// How many parts its body has.
    pub(crate) const fn parts(&self) -> u16 {
        match self.form {
            Form::Whole { parts, .. } => parts,
            Form::Gone { .. } => 0,
        }
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
    /// A higher fence found the record gone. Which of the two was read later nobody knows.
    Contested,
}

/// A newer version wins whoever brings it: it is true, even from a zombie. Among equal versions the
/// higher fence wins, because it read later. Equal content is not written again, so it does not
/// raise the stored fence either: a run between that fence and the one that found nothing to do may
/// still bring different content of the same version.
///
/// Over a tombstone a lower fence never wins: it may have read the record before that was gone.
pub(crate) fn standing(stored: &Head, mine: &Candidate, fence: u64) -> Standing {
    use core::cmp::Ordering::{Equal, Greater, Less};
    let outranked = fence < stored.write.fence;
    match (mine.version.cmp(&stored.version), &stored.form) {
        (Less, _) => Standing::Loses,
        (Equal, Form::Whole { .. }) if mine.has_content_of(&stored.write) => Standing::Same,
        (_, Form::Gone { .. }) if outranked => Standing::Contested,
        (Equal, Form::Whole { .. }) if outranked => Standing::Loses,
        (Equal | Greater, _) => Standing::Wins,
    }
}
