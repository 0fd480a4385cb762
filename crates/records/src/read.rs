//! Reading records.

use std::borrow::Cow;

use flyball_domain::{AccountId, Kind, Record, UnixMillis, VendorId};
use futures::{Stream, StreamExt, TryStreamExt, stream};

use crate::Records;
use crate::attributes::{Attributes, s};
use crate::body::{self, Encoding};
use crate::error::{ItemError, RecordsError};
use crate::head::Head;
use crate::key::{Family, Key, SK, records_partition};
use crate::parts::parts_missing;
use crate::table::{Expression, Item, Range};

/// Attempts to read a record whose parts are being replaced meanwhile.
const ATTEMPTS_MAX: usize = 8;

/// Records of one page whose parts are read at once.
const READS_AT_ONCE: usize = 8;

/// The most records in one page.
pub const PAGE_RECORDS_MAX: u32 = 1_000;

/// How many records there are, and of which versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many.
    pub records: u64,
    /// The oldest version among them.
    pub oldest: Option<UnixMillis>,
    /// The newest version among them.
    pub newest: Option<UnixMillis>,
}

/// A stored record, not yet parsed.
pub(crate) struct Stored {
    pub(crate) head: Head,
    pub(crate) json: Vec<u8>,
}

impl Records {
    /// One record, strongly consistent.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn get(
        &self,
        account: &AccountId,
        kind: Kind,
        id: &VendorId,
    ) -> Result<Option<Record>, RecordsError> {
        let stored = self.stored(account, kind, id).await?;
        stored.map(|stored| record(account, kind, id.clone(), &stored)).transpose()
    }

    /// Up to `limit` records (at least 1, at most [`PAGE_RECORDS_MAX`]) after the id `after`, in
    /// the order of their ids as text, and the id after which the next page starts. A page may hold
    /// fewer, even none, and still not be the last.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn page(
        &self,
        account: &AccountId,
        kind: Kind,
        after: Option<&VendorId>,
        limit: u32,
    ) -> Result<(Vec<Record>, Option<VendorId>), RecordsError> {
        let limit = limit.clamp(1, PAGE_RECORDS_MAX);
        let (items, next) = self.items(account, kind, after, None, Some(limit)).await?;
        let records = stream::iter(items)
            .map(|item| Box::pin(self.read(account, kind, item)))
            .buffered(READS_AT_ONCE)
            .try_filter_map(async |record| Ok(record))
            .try_collect()
            .await?;
        Ok((records, next))
    }

    /// All records, in the order of their ids as text, read page by page as they are taken.
    ///
    /// # Errors
    /// Each item: the store's; a stored item that can't be used.
    pub fn stream<'a>(
        &'a self,
        account: &'a AccountId,
        kind: Kind,
    ) -> impl Stream<Item = Result<Record, RecordsError>> + Send + 'a {
        stream::try_unfold(Some(None::<VendorId>), move |at| async move {
            let Some(after) = at else { return Ok::<_, RecordsError>(None) };
            let page = Box::pin(self.page(account, kind, after.as_ref(), PAGE_RECORDS_MAX));
            let (records, next) = page.await?;
            Ok(Some((stream::iter(records.into_iter().map(Ok)), next.map(Some))))
        })
        .try_flatten()
    }

    /// The ids and versions of up to a page of 1 MB of records after the id `after`, and the id
    /// after which the next page starts.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn ids_with_versions(
        &self,
        account: &AccountId,
        kind: Kind,
        after: Option<&VendorId>,
    ) -> Result<(Vec<(VendorId, UnixMillis)>, Option<VendorId>), RecordsError> {
        let fetch = Some("#pk,#sk,#v,#version");
        let (items, next) = self.items(account, kind, after, fetch, None).await?;
        let of =
            |item: &Item| Ok((id_of(item)?, UnixMillis(Attributes::of(item)?.number("version")?)));
        let ids = items.iter().map(of).collect::<Result<_, ItemError>>()?;
        Ok((ids, next))
    }

    /// How many records there are. Reads, and pays for, all of them.
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
            let (ids, next) = self.ids_with_versions(account, kind, after.as_ref()).await?;
            for (_id, version) in ids {
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

    /// A stored record with its body, strongly consistent.
    pub(crate) async fn stored(
        &self,
        account: &AccountId,
        kind: Kind,
        id: &VendorId,
    ) -> Result<Option<Stored>, RecordsError> {
        let key = Key::Record { account, kind, id };
        let mut missed: Option<Head> = None;
        for _attempt in 0..ATTEMPTS_MAX {
            let Some(item) = self.table.get(key).await? else { return Ok(None) };
            let head = Head::read(&item)?;
            if let Some(stored) = self.assemble(account, kind, id, head.clone(), &item).await? {
                return Ok(Some(stored));
            }
            if missed.as_ref() == Some(&head) {
                return Err(parts_missing(key.to_string(), head.parts).into());
            }
            missed = Some(head);
        }
        Err(RecordsError::Contended { key: key.to_string(), attempts: ATTEMPTS_MAX })
    }

    pub(crate) async fn read(
        &self,
        account: &AccountId,
        kind: Kind,
        item: Item,
    ) -> Result<Option<Record>, RecordsError> {
        let (id, head) = (id_of(&item)?, Head::read(&item)?);
        let mut stored = self.assemble(account, kind, &id, head, &item).await?;
        if stored.is_none() {
            stored = self.stored(account, kind, &id).await?;
        }
        stored.map(|stored| record(account, kind, id, &stored)).transpose()
    }

    /// Puts an item's body together; `None` if parts are missing.
    async fn assemble(
        &self,
        account: &AccountId,
        kind: Kind,
        id: &VendorId,
        head: Head,
        item: &Item,
    ) -> Result<Option<Stored>, RecordsError> {
        let attributes = Attributes::of(item)?;
        let corrupt = |what| attributes.corrupt(what);
        let packed = if head.parts == 0 {
            Cow::Borrowed(attributes.bytes("body")?)
        } else {
            let family = Family::of_record(account, kind, id);
            match self.table.read_parts(&family, &head.write.name(), head.parts).await? {
                Some(packed) => Cow::Owned(packed),
                None => return Ok(None),
            }
        };
        let encoding = Encoding::parse(attributes.text("enc")?).map_err(corrupt)?;
        let json = body::unpack(&packed, encoding, head.write.hash).map_err(corrupt)?;
        Ok(Some(Stored { head, json }))
    }

    async fn items(
        &self,
        account: &AccountId,
        kind: Kind,
        after: Option<&VendorId>,
        projection: Option<&str>,
        limit: Option<u32>,
    ) -> Result<(Vec<Item>, Option<VendorId>), RecordsError> {
        let sort = after.map(|after| Expression {
            text: "#sk > :after",
            values: vec![(":after", s(after.as_str()))],
        });
        let limit = limit.and_then(|limit| i32::try_from(limit).ok());
        let partition = records_partition(account, kind);
        let range = Range { partition, sort, projection, limit, start: None };
        let page = self.table.query(range).await?;
        let next = page.last.as_ref().map(id_of).transpose()?;
        Ok((page.items, next))
    }
}

fn record(
    account: &AccountId,
    kind: Kind,
    id: VendorId,
    stored: &Stored,
) -> Result<Record, RecordsError> {
    match body::parse(kind, &stored.json) {
        Ok(body) => Ok(Record { id, version: stored.head.version, body }),
        Err(error) => {
            let key = Key::Record { account, kind, id: &id }.to_string();
            Err(ItemError::Corrupt { key, what: format!("its body is no {kind} ({error})") }.into())
        }
    }
}

fn id_of(item: &Item) -> Result<VendorId, ItemError> {
    let found = |name| item.get(name).and_then(|value| value.as_s().ok());
    let id = found(SK).map(String::as_str).unwrap_or_default();
    id.parse().map_err(|error: flyball_domain::IdError| ItemError::Corrupt {
        key: format!("{} {id}", found("pk").map_or("?", String::as_str)),
        what: error.to_string(),
    })
}
