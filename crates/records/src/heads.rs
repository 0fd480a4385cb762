//! What is stored, without what it holds.

use flyball_domain::{AccountId, Kind, UnixMillis, VendorId};

use crate::Records;
use crate::attributes::s;
use crate::error::{ItemError, RecordsError};
use crate::head::{Form, HEAD, Head};
use crate::key::{SK, record_id, records_between, records_partition};
use crate::table::{Expression, Item, Range};

/// A stored record without what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordHead {
    /// The vendor's id.
    pub id: VendorId,
    /// When the vendor last changed it.
    pub version: UnixMillis,
    /// When the vendor was found to have it no more; `None` while it has it.
    pub gone: Option<UnixMillis>,
}

/// How many records there are, and of which versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many the vendor has, too.
    pub records: u64,
    /// The oldest version among them.
    pub oldest: Option<UnixMillis>,
    /// The newest version among them.
    pub newest: Option<UnixMillis>,
    /// Of how many a tombstone is left.
    pub gone: u64,
}

/// Items in the range of one page of a query, and the id after which the next one starts.
pub(crate) struct Page {
    pub(crate) items: Vec<(VendorId, Item)>,
    pub(crate) next: Option<VendorId>,
}

impl Records {
    /// Records behind the id `after` up to the id `through`, with those that are gone, in the order
    /// of numbers, as many as one page of `DynamoDB` holds (1 MB of records, their bodies
    /// included); and the id after which the next page starts. A page may be empty and still not be
    /// the last. Of what was found gone before anything was stored of it nothing is told.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn heads_between(
        &self,
        account: &AccountId,
        kind: Kind,
        after: Option<&VendorId>,
        through: Option<&VendorId>,
    ) -> Result<(Vec<RecordHead>, Option<VendorId>), RecordsError> {
        let page = self.items(account, kind, (after, through), Some(HEAD), None).await?;
        let mut heads = Vec::with_capacity(page.items.len());
        for (id, item) in page.items {
            let head = Head::read(&item)?;
            let gone = match head.form {
                Form::Gone { .. } if !head.was_stored() => continue,
                Form::Gone { at } => Some(at),
                Form::Whole { .. } => None,
            };
            heads.push(RecordHead { id, version: head.version, gone });
        }
        Ok((heads, page.next))
    }

    /// How many records there are, without those that are gone. Reads, and pays for, all of them.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn count(&self, account: &AccountId, kind: Kind) -> Result<u64, RecordsError> {
        self.summary(account, kind).await.map(|summary| summary.records)
    }

    /// How many records there are, and of which versions. Reads, and pays for, all of them.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn summary(&self, account: &AccountId, kind: Kind) -> Result<Summary, RecordsError> {
        let mut summary = Summary::default();
        let mut after = None;
        loop {
            let (heads, next) = self.heads_between(account, kind, after.as_ref(), None).await?;
            for RecordHead { version, gone, .. } in heads {
                if gone.is_some() {
                    summary.gone = summary.gone.saturating_add(1);
                    continue;
                }
                summary.records = summary.records.saturating_add(1);
                summary.oldest = Some(summary.oldest.map_or(version, |oldest| oldest.min(version)));
                summary.newest = summary.newest.max(Some(version));
            }
            if next.is_none() {
                return Ok(summary);
            }
            after = next;
        }
    }

    /// One page of the items behind the first id up to the second. What still lies under a key of
    /// the version before is passed over.
    pub(crate) async fn items(
        &self,
        account: &AccountId,
        kind: Kind,
        (after, through): (Option<&VendorId>, Option<&VendorId>),
        projection: Option<&str>,
        limit: Option<i32>,
    ) -> Result<Page, RecordsError> {
        let Some((from, to)) = records_between(after, through) else {
            return Ok(Page { items: vec![], next: None });
        };
        let sort = Some(Expression {
            text: "#sk BETWEEN :from AND :to",
            values: vec![(":from", s(&from)), (":to", s(&to))],
        });
        let partition = || records_partition(account, kind);
        let mut start = None;
        let mut items = Vec::new();
        loop {
            let range =
                Range { partition: partition(), sort: sort.clone(), projection, limit, start };
            let page = self.table.query(range).await?;
            for item in page.items {
                if let Some(id) = id_of(&item)? {
                    items.push((id, item));
                }
            }
            let Some(last) = page.last else { return Ok(Page { items, next: None }) };
            if let Some(next) = id_of(&last)? {
                return Ok(Page { items, next: Some(next) });
            }
            start = Some(last);
        }
    }
}

fn id_of(item: &Item) -> Result<Option<VendorId>, ItemError> {
    let found = |name| item.get(name).and_then(|value| value.as_s().ok());
    let sort = found(SK).map(String::as_str).unwrap_or_default();
    record_id(sort).transpose().map_err(|error| ItemError::Corrupt {
        key: format!("{} {sort}", found("pk").map_or("?", String::as_str)),
        what: error.to_string(),
    })
}
