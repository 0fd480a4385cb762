use core::fmt;
use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_domain::{AccountId, IdError, JobKey, Kind, VendorId};

use crate::table::Item;

/// Partition key attribute.
pub(crate) const PK: &str = "pk";
/// Sort key attribute.
pub(crate) const SK: &str = "sk";

/// The digits of a part's number, so that parts sort.
const PART_DIGITS: usize = 4;

/// The digits of an id's length, so that records sort as numbers do: shorter ids first.
const LENGTH_DIGITS: usize = 3;

/// Before each sort key of a record, and behind each.
const RECORDS_BEGIN: &str = "0";
const RECORDS_END: &str = ":";

/// The key of every kind of item in the table. Each item has `v`, the version of its shape.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key<'a> {
    /// A record: `pk = <account>#<kind>`, `sk = <length of the vendor id>#<vendor id>`, which is
    /// the order of numbers.
    ///
    /// `version` (ms), `fence` and `n` (who wrote it, and as which of its rows: the change feed's
    /// cursor), `hash` (16 bytes), `shape` (8 bytes: a hash of which fields it has), `enc` and
    /// `body`; or, where the body is too large for one item, `parts` instead of `body`. Of an order,
    /// whatever says who the buyer is lies apart from the body, in `personal`, `personal_enc` and
    /// `personal_hash`, so that it can be taken away and the amounts stay.
    ///
    /// A tombstone, which is what stays of a record that the vendor has no more: `version` and
    /// `hash` (of the record that was; nothing but zeros where none was ever stored), `fence` and
    /// `n` (who found it gone last), and `gone` (ms).
    ///
    /// Version 1 had `sk = <vendor id>`, and neither orders nor tombstones: nobody finds such an
    /// item until `Records::rekey` has moved it.
    Record { account: &'a AccountId, kind: Kind, id: &'a VendorId },
    /// How far an import has come: `pk = <account>#checkpoint`, `sk = <job key>`.
    ///
    /// `fence` (of the latest run that claimed it) and, once one was saved, `body` (JSON).
    Checkpoint { job: &'a JobKey },
    /// What was set aside: `pk = <account>#aside`, `sk = <kind>#<vendor id>` for a row or a job of
    /// one record, `sk = <kind>##<hash of the row>` for a row without a readable id, and
    /// `sk = <kind>###<mode and range>` for any other job.
    ///
    /// `code`, `fingerprint` (equal for what has the same trouble), `reason`, `job` (its key), `mode`
    /// (of the job, as JSON), `from` and `until` (ms: the window of the walk that met it, where it
    /// had one), `first` and `last` (ms), `times`, `fence`, and of its exact input `hash`, `enc`,
    /// `parts`, `size` (bytes of the whole) and `kept` (bytes of what is stored). The input lies in
    /// parts, never here, so that looking for open ones stays cheap. Version 1 had no `code`,
    /// `mode`, `from` and `until`.
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
            Self::Checkpoint { job } => checkpoints_partition(&job.account),
            Self::Aside { account, .. } => asides_partition(account),
            Self::Part { family, .. } => family.partition(),
        }
    }

    /// The sort key.
    pub(crate) fn sort(&self) -> String {
        match self {
            Self::Record { id, .. } => record_sort(id),
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

/// The sort key of a record.
pub(crate) fn record_sort(id: &VendorId) -> String {
    format!("{:0LENGTH_DIGITS$}#{id}", id.as_str().len())
}

/// The id of the record of a sort key; `None` for a key of version 1.
pub(crate) fn record_id(sort: &str) -> Option<Result<VendorId, IdError>> {
    sort.split_once('#').map(|(_length, id)| id.parse())
}

/// The first and the last sort key that a record behind `after`, up to `through`, may have; `None`
/// where there can't be one.
pub(crate) fn records_between(
    after: Option<&VendorId>,
    through: Option<&VendorId>,
) -> Option<(String, String)> {
    // No id goes on with less than a `!`.
    let from = after.map_or_else(|| RECORDS_BEGIN.to_owned(), |id| record_sort(id) + "!");
    let to = through.map_or_else(|| RECORDS_END.to_owned(), record_sort);
    (from <= to).then_some((from, to))
}

/// The partition of an account's checkpoints.
pub(crate) fn checkpoints_partition(account: &AccountId) -> String {
    format!("{account}#checkpoint")
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
    fn records_sort_as_numbers_do_whatever_their_length() {
        let longest = "9".repeat(VendorId::BYTES_MAX);
        let ids = ["1", "9", "10", "42", "99", "100", "9007199254740993", &longest];
        let sorts = ids.map(|id| record_sort(&id.parse().unwrap()));
        assert!(sorts.is_sorted(), "{sorts:?}");
        for (id, sort) in ids.into_iter().zip(&sorts) {
            assert_eq!(record_id(sort).unwrap().unwrap().as_str(), id);
            assert!(RECORDS_BEGIN < sort.as_str() && sort.as_str() < RECORDS_END);
        }
        assert_eq!(record_id("42"), None);
    }

    #[test]
    fn a_range_of_records_begins_behind_its_first_id_and_ends_with_its_last() {
        let id = |text: &str| text.parse::<VendorId>().unwrap();
        let (from, to) = records_between(Some(&id("42")), Some(&id("100"))).unwrap();
        let is_in = |text: &str| (from.clone()..=to.clone()).contains(&record_sort(&id(text)));
        assert_eq!(
            ["9", "41", "42", "43", "99", "100", "101", "1000"].map(is_in),
            [false, false, false, true, true, true, false, false]
        );
        assert_eq!(records_between(Some(&id("42")), Some(&id("42"))), None);
        assert_eq!(records_between(Some(&id("100")), Some(&id("99"))), None);
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
