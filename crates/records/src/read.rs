//! Reading records.

use std::borrow::Cow;

use flyball_domain::{AccountId, Kind, Record, VendorId};
use futures::{Stream, StreamExt, TryStreamExt, stream};

use crate::Records;
use crate::attributes::Attributes;
use crate::body::{Encoding, Hash, unpack};
use crate::candidate::Content;
use crate::error::{ItemError, RecordsError};
use crate::head::{Form, Head};
use crate::key::{Family, Key};
use crate::parts::parts_missing;
use crate::table::Item;

/// Attempts to read a record whose parts are being replaced meanwhile.
const ATTEMPTS_MAX: usize = 8;

/// Records of one page whose parts are read at once.
const READS_AT_ONCE: usize = 8;

/// The most records in one page.
pub const PAGE_RECORDS_MAX: u32 = 1_000;

/// A stored record, not yet parsed.
pub(crate) struct Stored {
    pub(crate) head: Head,
    pub(crate) content: Content,
}

impl Records {
    /// One record, strongly consistent; `None`, too, where only its tombstone is left.
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

    /// Up to `limit` records (at least 1, at most [`PAGE_RECORDS_MAX`]) behind the id `after`, in
    /// the order of numbers, and the id after which the next page starts. Those of which only a
    /// tombstone is left are passed over: a page may hold fewer, even none, and still not be the
    /// last.
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
        let limit = i32::try_from(limit).ok();
        let page = self.items(account, kind, (after, None), None, limit).await?;
        let records = stream::iter(page.items)
            .map(|(id, item)| Box::pin(self.read(account, kind, id, item)))
            .buffered(READS_AT_ONCE)
            .try_filter_map(async |record| Ok(record))
            .try_collect()
            .await?;
        Ok((records, page.next))
    }

    /// All records, in the order of numbers, read page by page as they are taken.
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

    /// A stored record with its body, strongly consistent; `None`, too, where only its tombstone is
    /// left.
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
            if matches!(head.form, Form::Gone { .. }) {
                return Ok(None);
            }
            if let Some(stored) = self.assemble(account, kind, id, head.clone(), &item).await? {
                return Ok(Some(stored));
            }
            if missed.as_ref() == Some(&head) {
                return Err(parts_missing(key.to_string(), head.parts()).into());
            }
            missed = Some(head);
        }
        Err(RecordsError::Contended { key: key.to_string(), attempts: ATTEMPTS_MAX })
    }

    pub(crate) async fn read(
        &self,
        account: &AccountId,
        kind: Kind,
        id: VendorId,
        item: Item,
    ) -> Result<Option<Record>, RecordsError> {
        let head = Head::read(&item)?;
        if matches!(head.form, Form::Gone { .. }) {
            return Ok(None);
        }
        let mut stored = self.assemble(account, kind, &id, head, &item).await?;
        if stored.is_none() {
            stored = self.stored(account, kind, &id).await?;
        }
        stored.map(|stored| record(account, kind, id, &stored)).transpose()
    }

    /// Puts together what an item holds; `None` if parts are missing.
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
        let packed = if head.parts() == 0 {
            Cow::Borrowed(attributes.bytes("body")?)
        } else {
            let family = Family::of_record(account, kind, id);
            match self.table.read_parts(&family, &head.write.name(), head.parts()).await? {
                Some(packed) => Cow::Owned(packed),
                None => return Ok(None),
            }
        };
        let open = |packed: &[u8], enc: &str, hash: Hash| {
            let encoding = Encoding::parse(attributes.text(enc)?).map_err(corrupt)?;
            unpack(packed, encoding, hash).map_err(corrupt)
        };
        let json = open(&packed, "enc", head.write.hash)?;
        let personal = match head.write.personal {
            Some(hash) => Some(open(attributes.bytes("personal")?, "personal_enc", hash)?),
            None => None,
        };
        Ok(Some(Stored { head, content: Content { json, personal } }))
    }
}

fn record(
    account: &AccountId,
    kind: Kind,
    id: VendorId,
    stored: &Stored,
) -> Result<Record, RecordsError> {
    match stored.content.parse(kind) {
        Ok(body) => Ok(Record { id, version: stored.head.version, body }),
        Err(error) => {
            let key = Key::Record { account, kind, id: &id }.to_string();
            Err(ItemError::Corrupt { key, what: format!("its body is no {kind} ({error})") }.into())
        }
    }
}
