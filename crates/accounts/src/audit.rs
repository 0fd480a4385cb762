//! Who changed what, and when: a trail that is only ever added to.

use core::fmt;
use core::str::FromStr;

use flyball_domain::UnixMillis;
use serde::{Deserialize, Serialize};

use crate::accounts::{json, parse};
use crate::key::{Key, SK, audit_partition, audit_prefix};
use crate::table::{Attributes, PutIf, s, with};
use crate::{Accounts, AccountsError};

/// The most entries in one page.
pub const PAGE_ENTRIES_MAX: u32 = 200;

/// How many months in a row without an entry end a page: what lies before a longer silence is not
/// looked for.
const SILENT_MONTHS_MAX: u32 = 24;

const DAY_MS: u64 = 86_400_000;

/// One change that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Which entry: unique within its millisecond. Letters, digits and `-`.
    pub id: String,
    /// When it was asked for.
    pub at: UnixMillis,
    /// Who asked.
    pub author: String,
    /// What was asked, such as `switch.set`.
    pub action: String,
    /// Of what, such as `account:blue-mug`.
    pub subject: String,
    /// Everything else that was asked, without secrets.
    pub detail: serde_json::Value,
}

/// Where a page of the trail ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCursor {
    at: UnixMillis,
    rest: String,
}

/// A text that no page of the trail has ended with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?} where the `next` of an earlier page was expected")]
pub struct AuditCursorError {
    /// The text as it came, cut to a bounded length.
    pub found: String,
}

const CURSOR_CHARS_MAX: usize = 80;
const MOMENT_DIGITS: usize = 15;

impl AuditCursor {
    /// Before everything from `at` on.
    pub fn before(at: UnixMillis) -> Self {
        Self { at, rest: String::new() }
    }

    fn of(entry: &AuditEntry) -> Self {
        Self { at: entry.at, rest: entry.id.clone() }
    }

    fn sort(&self) -> String {
        format!("{}{}", audit_prefix(self.at), self.rest)
    }
}

impl fmt::Display for AuditCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:015}-{}", self.at.0, self.rest)
    }
}

impl FromStr for AuditCursor {
    type Err = AuditCursorError;
    fn from_str(text: &str) -> Result<Self, AuditCursorError> {
        let wrong = || AuditCursorError { found: text.chars().take(CURSOR_CHARS_MAX).collect() };
        let (digits, rest) = text.split_once('-').ok_or_else(wrong)?;
        let is_one = digits.len() == MOMENT_DIGITS
            && text.len() <= CURSOR_CHARS_MAX
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let at = digits.parse().ok().filter(|_| is_one).map(UnixMillis).ok_or_else(wrong)?;
        Ok(Self { at, rest: rest.to_owned() })
    }
}

impl Accounts {
    /// Adds an entry to the trail. The same entry again changes nothing.
    ///
    /// # Errors
    /// The store's.
    pub async fn add_to_audit(&self, entry: &AuditEntry) -> Result<(), AccountsError> {
        let key = Key::Audit { at: entry.at, id: &entry.id };
        let item = with(key.item(), [("body", s(&json(key, entry)?))]);
        match self.table.put_if(item, "attribute_not_exists(pk)", vec![]).await? {
            PutIf::Done | PutIf::Refused(_) => Ok(()),
        }
    }

    /// Up to `limit` entries (at least 1, at most [`PAGE_ENTRIES_MAX`]) before `before`, the newest
    /// first, and where the next page begins.
    ///
    /// # Errors
    /// A stored item that can't be used; the store's.
    pub async fn audit(
        &self,
        before: &AuditCursor,
        limit: u32,
    ) -> Result<(Vec<AuditEntry>, Option<AuditCursor>), AccountsError> {
        let limit = usize::try_from(limit.clamp(1, PAGE_ENTRIES_MAX)).unwrap_or(1);
        let (mut entries, mut silent) = (Vec::new(), 0_u32);
        let (mut month, mut sort) = (before.at, before.sort());
        while entries.len() < limit && silent < SILENT_MONTHS_MAX {
            let left = i32::try_from(limit.saturating_sub(entries.len())).unwrap_or(1);
            let items = self.table.page_back(&audit_partition(month), &sort, left).await?;
            let last = items.last().and_then(|item| item.get(SK)?.as_s().ok().cloned());
            for item in &items {
                entries.push(parse(Attributes::of(item)?, "body")?);
            }
            if let Some(last) = last {
                (sort, silent) = (last, 0);
            } else {
                let Some(earlier) = month_before(month) else { break };
                (month, silent) = (earlier, silent.saturating_add(1));
                sort = audit_prefix(earlier.plus(1));
            }
        }
        let next = entries.last().filter(|_| entries.len() >= limit).map(AuditCursor::of);
        Ok((entries, next))
    }
}

/// The last moment of the month before; `None` in the first one.
fn month_before(at: UnixMillis) -> Option<UnixMillis> {
    let day_of_month: u64 = at.to_rfc3339().get(8..10)?.parse().ok()?;
    let midnight = at.0 - at.0.checked_rem(DAY_MS)?;
    let first = midnight.checked_sub(day_of_month.saturating_sub(1).checked_mul(DAY_MS)?)?;
    first.checked_sub(1).map(UnixMillis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixMillis {
        UnixMillis::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_month_is_preceded_by_the_one_before_it() {
        for (now, before) in [
            ("2026-11-26T11:30:00Z", "2026-10-31T23:59:59.999Z"),
            ("2026-11-01T00:00:00Z", "2026-10-31T23:59:59.999Z"),
            ("2026-03-31T23:59:59.999Z", "2026-02-28T23:59:59.999Z"),
            ("2026-01-15T00:00:00Z", "2025-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(month_before(at(now)), Some(at(before)), "{now}");
        }
        assert_eq!(month_before(UnixMillis(5)), None);
    }

    #[test]
    fn a_cursor_survives_its_text_and_nothing_else_is_one() {
        let cursor = AuditCursor { at: UnixMillis(1_790_000_000_000), rest: "abc-1".to_owned() };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "1-a", "00179000000000x-a", "001790000000000-a#b", "001790000000000"] {
            assert!(text.parse::<AuditCursor>().is_err(), "{text}");
        }
    }
}
