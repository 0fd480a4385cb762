//! What could not be imported: seeing it, and asking for it once more.

use core::fmt;
use core::str::FromStr;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use flyball_domain::{AccountId, CustomerId, JobKey, Kind};
use flyball_queue::Queues;
use flyball_records::{Aside, AsideGroup, AsideName, groups, replays};
use futures::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::audit::{self, Change};
use crate::jobs::ask;
use crate::sync::Asked;
use crate::{InputError, Moment, Ops, OpsError, all_accounts, find_account};

/// The most entries in one page.
pub const PAGE_ENTRIES_MAX: u32 = 1_000;

/// The most accounts that are looked at for one page.
const PAGE_ACCOUNTS_MAX: u32 = 200;

/// How many of a group are named.
const NAMED_MAX: usize = 1_000;

/// A page of what is set aside, by what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InboxView {
    /// What has the same trouble, the most frequent first.
    pub groups: Vec<GroupView>,
    /// How many there are in all of them.
    pub count: u64,
    /// What to give as `after` for the next page; nothing: there is none.
    #[schema(value_type = Option<String>)]
    pub next: Option<InboxCursor>,
}

/// What has the same trouble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupView {
    /// What they share.
    pub fingerprint: String,
    /// What is wrong with them, such as `ROW_UNREADABLE`.
    pub code: String,
    /// How many they are.
    pub count: u64,
    /// The reason of the one that was met last.
    pub reason: String,
    /// When the first of them was first met.
    pub first_seen: Moment,
    /// When the last of them was last met.
    pub last_seen: Moment,
    /// Of which accounts they are.
    #[schema(value_type = Vec<String>)]
    pub accounts: BTreeSet<AccountId>,
    /// Their names, at most 1,000.
    pub ids: Vec<String>,
}

/// One of what is set aside, with its exact input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AsideView {
    /// Its name.
    pub id: String,
    /// Of which account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// What kind of record it was to become.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// The vendor's id, where it could be read.
    pub record: Option<String>,
    /// What is wrong with it, such as `ROW_UNREADABLE`.
    pub code: String,
    /// Equal for what has the same trouble.
    pub fingerprint: String,
    /// What was found and what was expected.
    pub reason: String,
    /// The job that met it last.
    pub job: String,
    /// When it was first met.
    pub first_seen: Moment,
    /// When it was last met.
    pub last_seen: Moment,
    /// How many runs have met it.
    pub times: u64,
    /// How long its input was.
    pub input_bytes: u64,
    /// How much of it is kept.
    pub kept_bytes: u64,
    /// The input, exactly.
    pub input: String,
}

/// Whose set-aside rows are meant; nothing said: everybody's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whose {
    /// One account's.
    pub account: Option<AccountId>,
    /// One customer's.
    pub customer: Option<CustomerId>,
}

/// Where a page of the inbox ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InboxCursor {
    account: AccountId,
    /// Within the account, after this entry; after all of it where there is none.
    entry: Option<String>,
}

impl fmt::Display for InboxCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.entry {
            None => write!(f, "{}", self.account),
            Some(entry) => write!(f, "{}.{}", self.account, HEXLOWER.encode(entry.as_bytes())),
        }
    }
}

impl FromStr for InboxCursor {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let parse = || {
            let (account, entry) = match text.split_once('.') {
                None => (text, None),
                Some((account, entry)) => (account, Some(entry)),
            };
            let bytes = entry.map(|entry| HEXLOWER.decode(entry.as_bytes())).transpose().ok()?;
            let entry = bytes.map(String::from_utf8).transpose().ok()?;
            Some(Self { account: account.parse().ok()?, entry })
        };
        parse().ok_or_else(|| InputError::new("a cursor", text, "the `next` of an earlier page"))
    }
}

impl TryFrom<String> for InboxCursor {
    type Error = InputError;
    fn try_from(text: String) -> Result<Self, InputError> {
        text.parse()
    }
}

impl From<InboxCursor> for String {
    fn from(cursor: InboxCursor) -> Self {
        cursor.to_string()
    }
}

impl Whose {
    /// The accounts of a page that begins after a cursor, and the cursor after all of them.
    async fn page(
        &self,
        ops: &Ops,
        after: Option<&InboxCursor>,
    ) -> Result<(Vec<AccountId>, Option<InboxCursor>), OpsError> {
        if let Some(id) = &self.account {
            let found = find_account(&ops.accounts, id).await?;
            return Ok((vec![found.id], None));
        }
        // One that was left off within an account begins with that account.
        let begun = after.filter(|after| after.entry.is_some()).map(|after| after.account.clone());
        let from = after.map(|after| &after.account);
        let (page, next) = ops.accounts.page(from, PAGE_ACCOUNTS_MAX).await?;
        let is_meant = |of: &CustomerId| self.customer.as_ref().is_none_or(|one| one == of);
        let page = page.into_iter().filter(|account| is_meant(&account.customer));
        let ids = begun.into_iter().chain(page.map(|account| account.id)).collect();
        Ok((ids, next.map(|account| InboxCursor { account, entry: None })))
    }

    async fn accounts(&self, ops: &Ops) -> Result<Vec<AccountId>, OpsError> {
        let found = match &self.account {
            Some(id) => vec![find_account(&ops.accounts, id).await?],
            None => all_accounts(&ops.accounts).await?,
        };
        let is_meant = |of: &CustomerId| self.customer.as_ref().is_none_or(|one| one == of);
        let found = found.into_iter().filter(|account| is_meant(&account.customer));
        Ok(found.map(|account| account.id).collect())
    }
}

/// Up to `limit` entries of what is set aside after `after`, by what is wrong with it. A page may hold
/// fewer and still not be the last.
///
/// # Errors
/// An account that is not there; the tables'.
pub async fn inbox(
    ops: &Ops,
    whose: &Whose,
    after: Option<&InboxCursor>,
    limit: u32,
) -> Result<InboxView, OpsError> {
    let (accounts, next) = whose.page(ops, after).await?;
    let limit = limit.clamp(1, PAGE_ENTRIES_MAX);
    let mut asides: Vec<Aside> = Vec::new();
    let mut at = after.cloned();
    for account in accounts {
        let within = after.filter(|after| after.account == account);
        let mut entry = within.and_then(|after| after.entry.clone());
        loop {
            let left = limit.saturating_sub(u32::try_from(asides.len()).unwrap_or(u32::MAX));
            if left == 0 {
                return Ok(view(&asides, at));
            }
            let (rows, more) = ops.records.asides(&account, entry.as_deref(), left).await?;
            asides.extend(rows);
            at = Some(InboxCursor { account: account.clone(), entry: more.clone() });
            match more {
                Some(last) => entry = Some(last),
                None => break,
            }
        }
    }
    Ok(view(&asides, next))
}

fn view(asides: &[Aside], next: Option<InboxCursor>) -> InboxView {
    let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for aside in asides {
        let names = names.entry(&aside.fingerprint).or_default();
        if names.len() < NAMED_MAX {
            names.push(aside.name.to_string());
        }
    }
    let of = |group: AsideGroup| {
        let ids = names.get(group.fingerprint.as_str()).cloned().unwrap_or_default();
        group_view(group, ids)
    };
    let count = u64::try_from(asides.len()).unwrap_or(u64::MAX);
    InboxView { groups: groups(asides).into_iter().map(of).collect(), count, next }
}

impl InboxView {
    /// This and the page after it as one.
    #[must_use]
    pub fn and(self, page: Self) -> Self {
        let mut groups: BTreeMap<String, GroupView> = BTreeMap::new();
        for group in self.groups.into_iter().chain(page.groups) {
            match groups.entry(group.fingerprint.clone()) {
                Entry::Vacant(free) => drop(free.insert(group)),
                Entry::Occupied(mut taken) => taken.get_mut().add(group),
            }
        }
        let mut groups: Vec<GroupView> = groups.into_values().collect();
        groups.sort_by_key(|group| core::cmp::Reverse(group.count));
        Self { groups, count: self.count.saturating_add(page.count), next: page.next }
    }
}

impl GroupView {
    fn add(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.first_seen = self.first_seen.min(other.first_seen);
        if self.last_seen <= other.last_seen {
            (self.last_seen, self.reason) = (other.last_seen, other.reason);
        }
        self.accounts.extend(other.accounts);
        self.ids.extend(other.ids);
        self.ids.truncate(NAMED_MAX);
    }
}

fn group_view(group: AsideGroup, ids: Vec<String>) -> GroupView {
    GroupView {
        fingerprint: group.fingerprint,
        code: group.code.to_string(),
        count: group.count,
        reason: group.reason,
        first_seen: group.first_seen.into(),
        last_seen: group.last_seen.into(),
        accounts: group.accounts,
        ids,
    }
}

async fn find(ops: &Ops, accounts: &[AccountId], name: &AsideName) -> Result<Aside, OpsError> {
    ops.records.find_aside(accounts, name).await?.ok_or_else(|| {
        OpsError::NotFound(format!(
            "found nothing under {name}: it was closed by a later import, or never was; \
             `flyball errors` lists what there is"
        ))
    })
}

/// One of what is set aside, with its exact input.
///
/// # Errors
/// Nothing of that name; the tables'.
pub async fn one(ops: &Ops, whose: &Whose, name: &AsideName) -> Result<AsideView, OpsError> {
    let aside = find(ops, &whose.accounts(ops).await?, name).await?;
    let input = ops.records.aside_input(&aside).await?.ok_or_else(|| {
        OpsError::Conflict(format!("{name} was closed, or met again, in this moment: look again"))
    })?;
    Ok(AsideView {
        id: aside.name.to_string(),
        account: aside.account,
        kind: aside.kind,
        record: aside.id.map(|id| id.to_string()),
        code: aside.code.to_string(),
        fingerprint: aside.fingerprint,
        reason: aside.reason,
        job: aside.job,
        first_seen: aside.first_seen.into(),
        last_seen: aside.last_seen.into(),
        times: aside.times,
        input_bytes: aside.input_bytes,
        kept_bytes: aside.kept_bytes,
        input,
    })
}

/// The jobs that try once more what could not be imported: one of it, or all of whose it is.
///
/// # Errors
/// Nothing of that name; the tables'.
pub async fn jobs(
    ops: &Ops,
    whose: &Whose,
    name: Option<&AsideName>,
) -> Result<BTreeSet<JobKey>, OpsError> {
    let accounts = whose.accounts(ops).await?;
    Ok(match name {
        Some(name) => BTreeSet::from([job_of(&find(ops, &accounts, name).await?)?]),
        None => replays(&ops.records.asides_of(&accounts).try_collect::<Vec<_>>().await?),
    })
}

/// Asks once more for what could not be imported: for one of it, or for all of whose it is. What
/// succeeds is closed by itself.
///
/// # Errors
/// Nothing of that name; the tables' and the queues'.
pub async fn replay(
    ops: &Ops,
    queues: &Queues,
    whose: &Whose,
    name: Option<&AsideName>,
    change: &Change<'_>,
) -> Result<Asked, OpsError> {
    let wanted = jobs(ops, whose, name).await?;
    let asked: Vec<String> = wanted.iter().map(JobKey::to_string).collect();
    if asked.is_empty() {
        return Ok(Asked { asked });
    }
    let subject = match (name, &whose.account, &whose.customer) {
        (Some(name), _, _) => format!("error:{name}"),
        (None, Some(account), _) => format!("account:{account}"),
        (None, None, Some(customer)) => format!("customer:{customer}"),
        (None, None, None) => "all".to_owned(),
    };
    audit::add(ops, change, "replay", &subject, &json!({ "jobs": asked.len() })).await?;
    for key in &wanted {
        let account = find_account(&ops.accounts, &key.account).await?;
        ask(&ops.governor, queues, &account, key).await?;
    }
    Ok(Asked { asked })
}

fn job_of(aside: &Aside) -> Result<JobKey, OpsError> {
    aside.replay().ok_or_else(|| {
        OpsError::Unfit(format!(
            "{} was set aside by an earlier version, which did not keep what to ask for: ask for \
             it with `flyball sync {} --reconcile`",
            aside.name, aside.account
        ))
    })
}
