//! From the keys of version 1, under which records lay in the order of texts, to those of today.

use flyball_domain::{AccountId, Kind, VendorId};

use crate::Records;
use crate::attributes::{Attributes, VERSION, n};
use crate::error::{ItemError, RecordsError};
use crate::key::{Key, SK, record_id, records_partition};
use crate::table::{Conditional, Item, Range, key_of};
use crate::write::still;

impl Records {
    /// Moves an account's records of a kind from the keys of the version before to today's, and says
    /// how many it has moved. May be broken off and begun anew at any time, and costs nothing but
    /// the reading where all have been moved. What has been imported meanwhile stays. No code of the
    /// version before may write at the same time.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn rekey(&self, account: &AccountId, kind: Kind) -> Result<u64, RecordsError> {
        let mut moved = 0_u64;
        let mut start = None;
        loop {
            let partition = records_partition(account, kind);
            let range = Range { partition, sort: None, projection: None, limit: None, start };
            let page = self.table.query(range).await?;
            for item in page.items {
                if let Some(id) = id_before(&item)? {
                    self.move_one(Key::Record { account, kind, id: &id }, item).await?;
                    moved = moved.saturating_add(1);
                }
            }
            start = page.last;
            if start.is_none() {
                return Ok(moved);
            }
        }
    }

    /// To its new key first: a crash in between leaves it under both, where the next attempt finds
    /// it.
    async fn move_one(&self, to: Key<'_>, item: Item) -> Result<(), RecordsError> {
        let old = key_of(&item);
        let mut new = item;
        new.extend(to.item());
        new.insert("v".to_owned(), n(VERSION));
        match self.table.put_if(new, still(None)).await? {
            Conditional::Done(_) | Conditional::Refused(_) => Ok(self.table.delete(old).await?),
        }
    }
}

/// The id of an item that lies under a key of version 1.
fn id_before(item: &Item) -> Result<Option<VendorId>, ItemError> {
    let sort = item.get(SK).and_then(|sort| sort.as_s().ok());
    let sort = sort.map(String::as_str).unwrap_or_default();
    if record_id(sort).is_some() {
        return Ok(None);
    }
    let parsed = sort.parse().map(Some);
    let attributes = Attributes::of(item)?;
    parsed.map_err(|error: flyball_domain::IdError| attributes.corrupt(error.to_string()))
}
