use core::fmt;
use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_domain::{AccountId, JobKey, Kind, VendorId};

use crate::table::Item;

/// Partition key attribute.
pub(crate) const PK: &str = "pk";
/// Sort key attribute.
pub(crate) const SK: &str = "sk";

/// The digits of a part's number, so that parts sort.
const PART_DIGITS: usize = 4;

/// The key of every kind of item in the table. Each item has `v`, the version of its shape.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key<'a> {
    /// A record: `pk = <account>#<kind>`, `sk = <vendor id>`.
    ///
    /// `version` (ms), `fence` and `n` (who wrote it, and as which of its rows: the change feed's
    /// cursor), `hash` (16 bytes), `shape` (8 bytes: a hash of which top-level fields it has),
    /// `enc` and `body`; or, where the body is too large for one item, `parts` instead of `body`.
    Record { account: &'a AccountId, kind: Kind, id: &'a VendorId },
    /// How far an import has come: `pk = <account>#checkpoint`, `sk = <job key>`.
    ///
    /// `fence` (of the latest run that claimed it) and, once one was saved, `body` (JSON).
    Checkpoint { job: &'a JobKey },
    /// A row that could not be made a record: `pk = <account>#aside`, `sk = <kind>#<vendor id>`,
    /// or `sk = <kind>##<hash of the row>` where it had no readable id.
    ///
    /// `fingerprint` (equal for rows with the same trouble), `reason`, `job`, `first` and `last`
    /// (ms), `times`, `fence`, and of its exact input `hash`, `enc`, `parts`, `size` (bytes of the
    /// whole) and `kept` (bytes of what is stored). The input lies in parts, never here, so that
    /// looking for open ones stays cheap.
    Aside { account: &'a AccountId, subject: &'a str },
    /// A piece of a body that is too large for its item, or of an input that was set aside:
    /// `pk = <account>#<owner>#parts`, `sk = <subject>#<write>#<number>`.
    ///
    /// `at` (ms) and `body`. Named by who wrote it (fence and row) and by its content's hash, so no
    /// two writes share a part, and removing the parts of a replaced write can't hurt another.
    Part { family: &'a Family<'a>, write: &'a str, number: u16 },
}

/// All parts that belong to one record, or to one row that was set aside.
#[derive(Clone, Debug)]
pub(crate) struct Family<'a> {
    account: &'a AccountId,
    owner: &'static str,
    subject: &'a str,
}

impl<'a> Family<'a> {
    /// The parts of a record.
    pub(crate) const fn of_record(account: &'a AccountId, kind: Kind, id: &'a VendorId) -> Self {
        Self { account, owner: kind.as_str(), subject: id.as_str() }
    }

    /// The parts of an input that was set aside.
    pub(crate) const fn of_aside(account: &'a AccountId, subject: &'a str) -> Self {
        Self { account, owner: "aside", subject }
    }

    /// The partition they lie in.
    pub(crate) fn partition(&self) -> String {
        format!("{}#{}#parts", self.account, self.owner)
    }

    /// What the sort keys of all of them begin with. No vendor id has a `#`.
    pub(crate) fn prefix(&self) -> String {
        format!("{}#", self.subject)
    }

    /// What the sort keys of one write's parts begin with.
    pub(crate) fn prefix_of(&self, write: &str) -> String {
        format!("{}#{write}#", self.subject)
    }
}

impl Key<'_> {
    /// The partition key.
    pub(crate) fn partition(&self) -> String {
        match self {
            Self::Record { account, kind, .. } => records_partition(account, *kind),
            Self::Checkpoint { job } => format!("{}#checkpoint", job.account),
            Self::Aside { account, .. } => asides_partition(account),
            Self::Part { family, .. } => family.partition(),
        }
    }

    /// The sort key.
    pub(crate) fn sort(&self) -> String {
        match self {
            Self::Record { id, .. } => id.as_str().to_owned(),
            Self::Checkpoint { job } => job.to_string(),
            Self::Aside { subject, .. } => (*subject).to_owned(),
            Self::Part { family, write, number } => {
                format!("{}{number:0PART_DIGITS$}", family.prefix_of(write))
            }
        }
    }

    /// The two key attributes.
    pub(crate) fn item(&self) -> Item {
        HashMap::from([
            (PK.to_owned(), AttributeValue::S(self.partition())),
            (SK.to_owned(), AttributeValue::S(self.sort())),
        ])
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.partition(), self.sort())
    }
}

/// The partition of an account's records of a kind.
pub(crate) fn records_partition(account: &AccountId, kind: Kind) -> String {
    format!("{account}#{kind}")
}

/// The partition of what was set aside of an account.
pub(crate) fn asides_partition(account: &AccountId) -> String {
    format!("{account}#aside")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_is_the_beginning_of_another_ids_parts() {
        let account: AccountId = "blue-mug".parse().unwrap();
        let (short, long): (VendorId, VendorId) = ("4".parse().unwrap(), "42".parse().unwrap());
        let short = Family::of_record(&account, Kind::Products, &short);
        let long = Family::of_record(&account, Kind::Products, &long);
        let part = Key::Part { family: &long, write: "1-0-ab", number: 3 };
        assert_eq!(part.to_string(), "blue-mug#products#parts 42#1-0-ab#0003");
        assert!(part.sort().starts_with(&long.prefix()));
        assert!(!part.sort().starts_with(&short.prefix()));
    }

    #[test]
    fn parts_never_lie_among_the_records() {
        let account: AccountId = "blue-mug".parse().unwrap();
        let id: VendorId = "42".parse().unwrap();
        let family = Family::of_record(&account, Kind::Products, &id);
        assert_ne!(family.partition(), records_partition(&account, Kind::Products));
        assert_ne!(family.partition(), asides_partition(&account));
    }
}
