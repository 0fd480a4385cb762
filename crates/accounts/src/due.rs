//! What is due, found by an index in the order of intervals and offsets: what is not due is not read.
//! The index holds an item for each schedule of each account that can be imported from. It is
//! written in one transaction with the account.

use core::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_domain::{AccountId, Integration, Mode};

use crate::key::{SCHEDULES, SK, key_item};
use crate::schedule::word_of;
use crate::table::{Attributes, Item, ItemError, s, with};
use crate::{Account, AccountState, Accounts, AccountsError, Schedule, Stretch};

/// The most queries that one page of what is due takes: an interval that nobody is due at costs two.
const QUERIES_PER_PAGE_MAX: u32 = 64;

/// Digits of an interval and of an offset, both in minutes: at most a week.
const DIGITS: usize = 5;

/// An import that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Of which account.
    pub account: AccountId,
    /// On which platform.
    pub integration: Integration,
    /// By which schedule.
    pub schedule: Schedule,
}

/// A place in the walk over what is due, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DueCursor(String);

impl DueCursor {
    /// The place that a text from [`DueCursor`]'s `Display` names.
    pub fn parse(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for DueCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Some of what is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuePage {
    /// Which imports.
    pub due: Vec<Due>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<DueCursor>,
}

impl Accounts {
    /// Up to `limit` imports that are due in a stretch, from a place on. A page may hold fewer and
    /// still not be the last. Strongly consistent.
    ///
    /// # Errors
    /// A stored item that can't be used; the store's.
    pub async fn due(
        &self,
        stretch: Stretch,
        at: &DueCursor,
        limit: usize,
    ) -> Result<DuePage, AccountsError> {
        let (mut after, mut due) = (at.0.clone(), Vec::new());
        for _ in 0..QUERIES_PER_PAGE_MAX {
            let left = limit.saturating_sub(due.len());
            if left == 0 {
                break;
            }
            if let Some((first, last)) = next_range(stretch, &after) {
                let most = i32::try_from(left).ok();
                let (items, more) = self.table.between(SCHEDULES, &first, &last, most).await?;
                for item in &items {
                    due.push(read(item)?);
                }
                after = more.unwrap_or(last);
                continue;
            }
            // Past this interval, whatever it is: the next one in use is found by asking.
            let past = every_of(&after).map(|_every| format!("{}$", head(&after)));
            let (items, _) = self.table.page(SCHEDULES, past.as_deref(), Some(1)).await?;
            let Some(next) = items.first() else { return Ok(DuePage { due, next: None }) };
            let place = sort_of(next)?;
            after = format!("{}#", head(place));
            if every_of(&after).is_none() {
                return Err(Attributes::of(next)?.expected(SK, "a place in the index").into());
            }
        }
        Ok(DuePage { due, next: Some(DueCursor(after)) })
    }
}

/// The interval that a place begins with.
fn every_of(place: &str) -> Option<u64> {
    let (every, _) = place.split_once('#')?;
    (every.len() == DIGITS).then(|| every.parse().ok())?
}

fn head(place: &str) -> &str {
    place.get(..DIGITS).unwrap_or_default()
}

/// The first run of places behind `after` at which its own interval is due: the least and the
/// greatest that there may be.
fn next_range(stretch: Stretch, after: &str) -> Option<(String, String)> {
    let every = every_of(after)?;
    let range = |(first, last)| {
        let first = format!("{every:0DIGITS$}#{first:0DIGITS$}#");
        // `$` comes next after `#`, and `!` before every letter that follows in a place.
        let last = format!("{every:0DIGITS$}#{last:0DIGITS$}$");
        (if *after > *first { format!("{after}!") } else { first }, last)
    };
    stretch.offsets(every).into_iter().map(range).find(|(_, last)| after < last.as_str())
}

/// The places of an account in the index, each without the account: none where it can't be imported
/// from, because whoever has to connect it again is told so, and nothing would come of it.
pub(crate) fn places(account: &Account) -> Vec<String> {
    if account.state != AccountState::Connected {
        return Vec::new();
    }
    let place = |Schedule { kind, mode, every, offset }| {
        format!("{every:0DIGITS$}#{offset:0DIGITS$}#{kind}#{}", word_of(&mode))
    };
    Schedule::of(account).into_iter().map(place).collect()
}

/// The keys of an account's item at one of its places.
pub(crate) fn key_at(account: &AccountId, place: &str) -> Item {
    let digits = DIGITS.saturating_mul(2).saturating_add(1);
    let (when, what) = place.split_at_checked(digits).unwrap_or((place, ""));
    key_item(SCHEDULES.to_owned(), format!("{when}#{account}{what}"))
}

/// An account's item at one of its places.
pub(crate) fn item_at(account: &Account, place: &str) -> Item {
    let integration: AttributeValue = s(account.integration.as_str());
    with(key_at(&account.id, place), [("integration", integration)])
}

fn sort_of(item: &Item) -> Result<&str, ItemError> {
    Attributes::of(item)?.text(SK)
}

fn read(item: &Item) -> Result<Due, ItemError> {
    let attributes = Attributes::of(item)?;
    let place = sort_of(item)?;
    let due = || {
        let parts: Vec<&str> = place.split('#').collect();
        let [every, offset, account, kind, mode] = parts[..] else { return None };
        let mode = match mode {
            "incremental" => Mode::Incremental,
            "reconcile" => Mode::Reconcile,
            _ => return None,
        };
        let (every, offset) = (every.parse().ok()?, offset.parse().ok()?);
        Some(Due {
            account: account.parse().ok()?,
            integration: attributes.text("integration").ok()?.parse().ok()?,
            schedule: Schedule { kind: kind.parse().ok()?, mode, every, offset },
        })
    };
    due().ok_or_else(|| attributes.corrupt(format!("found no schedule in {place:?}")))
}
