//! Setting aside what can't be imported as it is, with its exact input.

use core::fmt;

use data_encoding::HEXLOWER;
use flyball_domain::{BadRow, JobKey, Kind, Mode, VendorId};
use sha2::{Digest, Sha256};

use crate::attributes::{VERSION, b, n, s};
use crate::body::Hash;
use crate::error::{ItemError, RecordsError};
use crate::inbox::{Input, input};
use crate::key::{Family, Key};
use crate::parts::parts_of;
use crate::table::{Conditional, Expression};
use crate::{Records, Run};

/// The longest input kept exactly, in bytes: more than a vendor's whole answer may have.
const INPUT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The longest reason kept, in characters.
const REASON_CHARS_MAX: usize = 500;

/// Bytes of a fingerprint, before it is made hexadecimal.
const FINGERPRINT_BYTES: usize = 6;

/// Why something was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AsideCode {
    /// A vendor's row can't be made a record.
    RowUnreadable,
    /// A record does not fit where records are kept.
    RowTooLarge,
    /// A job can't be run as it is, whoever runs it.
    JobUnfit,
    /// The vendor refuses what a job asks for, however often.
    VendorRefused,
    /// The vendor's answer to a job is of no shape that is read.
    AnswerUnreadable,
    /// A fault of ours.
    OurFault,
}

impl AsideCode {
    /// All there are.
    pub const ALL: [Self; 6] = [
        Self::RowUnreadable,
        Self::RowTooLarge,
        Self::JobUnfit,
        Self::VendorRefused,
        Self::AnswerUnreadable,
        Self::OurFault,
    ];

    /// The code as a word, which stays the same from version to version.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RowUnreadable => "ROW_UNREADABLE",
            Self::RowTooLarge => "ROW_TOO_LARGE",
            Self::JobUnfit => "JOB_UNFIT",
            Self::VendorRefused => "VENDOR_REFUSED",
            Self::AnswerUnreadable => "ANSWER_UNREADABLE",
            Self::OurFault => "OUR_FAULT",
        }
    }

    /// Whether a job was set aside, and not a row that one has met.
    pub const fn is_of_job(self) -> bool {
        match self {
            Self::RowUnreadable | Self::RowTooLarge => false,
            Self::JobUnfit | Self::VendorRefused | Self::AnswerUnreadable | Self::OurFault => true,
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let code = Self::ALL.into_iter().find(|code| code.as_str() == text);
        code.ok_or_else(|| format!("found code {text:?}, one of {:?} was expected", Self::ALL))
    }
}

impl fmt::Display for AsideCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Records {
    /// Sets a row aside, once per record and run, with its exact input. A good record under its id
    /// closes it.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn set_aside(
        &self,
        run: &Run<'_>,
        code: AsideCode,
        row: &BadRow,
    ) -> Result<(), RecordsError> {
        let subject = subject(run.job.kind, row);
        self.put_aside(run, code, &subject, &row.input, &row.reason).await
    }

    /// Sets the run's job aside, once per job key and run, with its message. A later run of the job
    /// that finishes closes it; where it is of one record, so does that record, whoever brings it.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn set_job_aside(
        &self,
        run: &Run<'_>,
        code: AsideCode,
        message: &str,
        reason: &str,
    ) -> Result<(), RecordsError> {
        self.put_aside(run, code, &job_subject(run.job), message, reason).await
    }

    async fn put_aside(
        &self,
        run: &Run<'_>,
        code: AsideCode,
        subject: &str,
        exact: &str,
        reason: &str,
    ) -> Result<(), RecordsError> {
        let account = &run.job.account;
        let family = Family::of_aside(account, subject);
        let key = Key::Aside { account, subject };
        let kept = cut(exact, INPUT_BYTES_MAX);
        let hash = Hash::of(kept.as_bytes());
        let mine = Input { fence: run.fence, hash };
        let (packed, encoding) = self.pack(kept.as_bytes());
        self.table.write_parts(&family, &mine.name(), &packed, run.now).await?;

        let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
        let mode = serde_json::to_string(&run.job.mode).map_err(|error| ItemError::Corrupt {
            key: key.to_string(),
            what: format!("the job's mode can't be written as JSON ({error})"),
        })?;
        let count = |number: usize| n(u64::try_from(number).unwrap_or(u64::MAX));
        let mut values = vec![
            (":v", n(VERSION)),
            (":code", s(code.as_str())),
            (":fingerprint", s(&fingerprint(code, &reason))),
            (":reason", s(&reason)),
            (":job", s(&run.job.to_string())),
            (":mode", s(&mode)),
            (":now", n(run.now.0)),
            (":mine", n(run.fence)),
            (":hash", b(&hash.0)),
            (":enc", s(encoding.as_str())),
            (":parts", count(parts_of(packed.len()))),
            (":size", count(exact.len())),
            (":kept", count(kept.len())),
            (":one", n(1)),
        ];
        let text = if let Some(window) = run.window {
            values.push((":from", n(window.from.unwrap_or_default().0)));
            values.push((":until", n(window.until.0)));
            format!("SET {SET}, #from = :from, #until = :until ADD #times :one")
        } else {
            format!("SET {SET} REMOVE #from, #until ADD #times :one")
        };
        let update = Expression { text: &text, values };
        let condition = "attribute_not_exists(#pk) OR #fence < :mine \
                         OR (#fence = :mine AND #hash <> :hash)";
        let (keep, replaced) = match self.table.update_if(key, update, condition).await? {
            Conditional::Done(before) => (Some(mine), before.as_ref().map(input).transpose()?),
            // Already done by this run, or a later one was here.
            Conditional::Refused(there) => (there.as_ref().map(input).transpose()?, Some(mine)),
        };
        let (keep, replaced) = (keep.map(Input::name), replaced.map(Input::name));
        self.table.sweep_parts(&family, keep.as_deref(), replaced.as_deref(), run.now).await
    }
}

/// What is set whenever something is set aside.
const SET: &str = "#v = :v, #code = :code, #fingerprint = :fingerprint, #reason = :reason, \
                   #job = :job, #mode = :mode, #first = if_not_exists(#first, :now), \
                   #last = :now, #fence = :mine, #hash = :hash, #enc = :enc, #parts = :parts, \
                   #size = :size, #kept = :kept";

/// What is set aside as one: a record, by its id; a row without one, by its content.
fn subject(kind: Kind, row: &BadRow) -> String {
    match &row.id {
        Some(id) => subject_of(kind, id),
        None => format!("{}{}", nameless(kind), Hash::of(row.input.as_bytes())),
    }
}

/// The subject of a record.
pub(crate) fn subject_of(kind: Kind, id: &VendorId) -> String {
    format!("{kind}#{id}")
}

/// The subject of a job: its record's where it is of one, by mode and range otherwise.
pub(crate) fn job_subject(job: &JobKey) -> String {
    if let Mode::Record { id } = &job.mode {
        return subject_of(job.kind, id);
    }
    let key = job.to_string();
    let range = key.splitn(3, '/').nth(2).unwrap_or_default();
    format!("{}#{range}", nameless(job.kind))
}

/// What the subjects begin with that bear no record's id.
pub(crate) fn nameless(kind: Kind) -> String {
    format!("{kind}##")
}

/// The beginning of `text`, at most `bytes_max` bytes long.
fn cut(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max)).unwrap_or(text)
}

/// Equal for the same code and reasons that differ only in what they quote and in words with a digit
/// in them, such as numbers and the ids of a vendor's reports.
fn fingerprint(code: AsideCode, reason: &str) -> String {
    let mut common = code.as_str().to_owned();
    for unquoted in reason.split('"').step_by(2) {
        for word in unquoted.split_inclusive(|c: char| !c.is_alphanumeric()) {
            if !word.contains(|c: char| c.is_ascii_digit()) {
                common.push_str(word);
            }
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
        let of = |text: &str| fingerprint(AsideCode::RowUnreadable, text);
        assert_eq!(of("found \"x\" in line 3"), of("found \"yy\" in line 42"));
        assert_ne!(of("found \"x\" in line 3"), of("found \"x\" in column 3"));
        assert_eq!(of("Report ID: webapi-001a2177"), of("Report ID: webapi-7f1b3c"));
        assert_ne!(of("found nothing"), fingerprint(AsideCode::JobUnfit, "found nothing"));
        assert_eq!(of("").len(), 12);
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("", 0), "");
    }
}
