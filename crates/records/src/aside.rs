//! Setting rows aside that could not be made a record, and closing them again.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use data_encoding::HEXLOWER;
use flyball_domain::{BadRow, Kind, VendorId};
use sha2::{Digest, Sha256};

use crate::attributes::{VERSION, b, n, s};
use crate::body::Hash;
use crate::error::RecordsError;
use crate::inbox::{Input, input};
use crate::key::{Family, Key, SK, asides_partition};
use crate::parts::parts_of;
use crate::table::{Conditional, Expression, Range};
use crate::{Records, Run};

/// The longest input kept exactly, in bytes: more than a vendor's whole answer may have.
const INPUT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The longest reason kept, in characters.
const REASON_CHARS_MAX: usize = 500;

/// Open ones of a kind that are looked through for each page. Where there are more, the page's own
/// ids are looked up instead, which costs a read for each.
const LOOKED_THROUGH_MAX: i32 = 200;

/// Bytes of a fingerprint, before it is made hexadecimal.
const FINGERPRINT_BYTES: usize = 6;

impl Records {
    /// Sets a row aside, once per record and run, with its exact input.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn set_aside(&self, run: &Run<'_>, row: &BadRow) -> Result<(), RecordsError> {
        let account = &run.job.account;
        let subject = subject(run.job.kind, row);
        let family = Family::of_aside(account, &subject);
        let kept = cut(&row.input, INPUT_BYTES_MAX);
        let hash = Hash::of(kept.as_bytes());
        let mine = Input { fence: run.fence, hash };
        let (packed, encoding) = self.pack(kept.as_bytes());
        self.table.write_parts(&family, &mine.name(), &packed, run.now).await?;

        let reason: String = row.reason.chars().take(REASON_CHARS_MAX).collect();
        let count = |number: usize| n(u64::try_from(number).unwrap_or(u64::MAX));
        let update = Expression {
            text: "SET #v = :v, #fingerprint = :fingerprint, #reason = :reason, #job = :job, \
                   #first = if_not_exists(#first, :now), #last = :now, #fence = :mine, \
                   #hash = :hash, #enc = :enc, #parts = :parts, #size = :size, #kept = :kept \
                   ADD #times :one",
            values: vec![
                (":v", n(VERSION)),
                (":fingerprint", s(&fingerprint(&reason))),
                (":reason", s(&reason)),
                (":job", s(&run.job.to_string())),
                (":now", n(run.now.0)),
                (":mine", n(run.fence)),
                (":hash", b(&hash.0)),
                (":enc", s(encoding.as_str())),
                (":parts", count(parts_of(packed.len()))),
                (":size", count(row.input.len())),
                (":kept", count(kept.len())),
                (":one", n(1)),
            ],
        };
        let condition = "attribute_not_exists(#pk) OR #fence < :mine \
                         OR (#fence = :mine AND #hash <> :hash)";
        let key = Key::Aside { account, subject: &subject };
        let (keep, replaced) = match self.table.update_if(key, update, condition).await? {
            Conditional::Done(before) => (Some(mine), before.as_ref().map(input).transpose()?),
            // Already done by this run, or a later one was here.
            Conditional::Refused(there) => (there.as_ref().map(input).transpose()?, Some(mine)),
        };
        let (keep, replaced) = (keep.map(Input::name), replaced.map(Input::name));
        self.table.sweep_parts(&family, keep.as_deref(), replaced.as_deref(), run.now).await
    }

    /// Closes what is set aside under these ids (of one page, each once), unless a later run set it
    /// aside, and says how many there were.
    pub(crate) async fn close_asides(
        &self,
        run: &Run<'_>,
        ids: &[&VendorId],
    ) -> Result<u64, RecordsError> {
        let account = &run.job.account;
        let mut closed = 0_u64;
        for subject in self.open_asides(run, ids).await? {
            let condition =
                Expression { text: "#fence <= :mine", values: vec![(":mine", n(run.fence))] };
            let key = Key::Aside { account, subject: &subject };
            if let Conditional::Done(Some(gone)) = self.table.delete_if(key, condition).await? {
                closed = closed.saturating_add(1);
                let (family, gone) = (Family::of_aside(account, &subject), input(&gone)?.name());
                self.table.sweep_parts(&family, None, Some(&gone), run.now).await?;
            }
        }
        Ok(closed)
    }

    /// Which of these ids have something set aside.
    async fn open_asides(
        &self,
        run: &Run<'_>,
        ids: &[&VendorId],
    ) -> Result<Vec<String>, RecordsError> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let (account, kind) = (&run.job.account, run.job.kind);
        let wanted: BTreeSet<String> = ids.iter().map(|id| subject_of(kind, id)).collect();
        let prefix = format!("{kind}#");
        let range = Range {
            partition: asides_partition(account),
            sort: Some(Expression {
                text: "begins_with(#sk, :kind)",
                values: vec![(":kind", s(&prefix))],
            }),
            projection: Some("#sk"),
            limit: Some(LOOKED_THROUGH_MAX),
            start: None,
        };
        let page = self.table.query(range).await?;
        let open = if page.last.is_none() {
            page.items
        } else {
            let key = |subject: &String| Key::Aside { account, subject }.item();
            self.table.batch_get(wanted.iter().map(key).collect(), "#sk").await?
        };
        let subjects = open.into_iter().filter_map(|mut item| match item.remove(SK) {
            Some(AttributeValue::S(subject)) => Some(subject),
            _ => None,
        });
        Ok(subjects.filter(|subject| wanted.contains(subject)).collect())
    }
}

/// What is set aside as one: a record, by its id; a row without one, by its content.
fn subject(kind: Kind, row: &BadRow) -> String {
    match &row.id {
        Some(id) => subject_of(kind, id),
        None => format!("{kind}##{}", Hash::of(row.input.as_bytes())),
    }
}

fn subject_of(kind: Kind, id: &VendorId) -> String {
    format!("{kind}#{id}")
}

/// The beginning of `text`, at most `bytes_max` bytes long.
fn cut(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max)).unwrap_or(text)
}

/// Equal for reasons that differ only in numbers and in what they quote.
fn fingerprint(reason: &str) -> String {
    let mut common = String::with_capacity(reason.len());
    let mut quoted = false;
    for c in reason.chars() {
        if c == '"' {
            quoted = !quoted;
        } else if !quoted && !c.is_ascii_digit() {
            common.push(c);
        }
    }
    let digest = Sha256::digest(common.as_bytes());
    HEXLOWER.encode(digest.get(..FINGERPRINT_BYTES).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_with_the_same_trouble_share_a_fingerprint() {
        let of = |text: &str| fingerprint(text);
        assert_eq!(of("found \"x\" in line 3"), of("found \"yy\" in line 42"));
        assert_ne!(of("found \"x\" in line 3"), of("found \"x\" in column 3"));
        assert_eq!(of("").len(), 12);
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("", 0), "");
    }
}
