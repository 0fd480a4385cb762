//! Bytes that do not fit their item, in further items.
//!
//! Parts are written first, then the item that points at them, then the parts of what it replaced
//! are removed. A crash in between leaves parts that nothing points at, or points at no longer:
//! they harm nobody, and the next time parts of the same owner are written or replaced, those older
//! than [`LEFTOVER_MS`] go too. A reader who finds parts missing was overtaken by a writer, and
//! reads the pointing item again.

use flyball_domain::UnixMillis;
use futures::{StreamExt, TryStreamExt, stream};

use crate::attributes::{Attributes, b, n, s, with};
use crate::error::{ItemError, RecordsError};
use crate::key::{Family, Key, SK};
use crate::table::{Expression, Items, Range, StoreError, Table, key_of};

/// Bytes in an item or a part: an item's bound is 400 KB, keys and other attributes included.
pub(crate) const PART_BYTES: usize = 350 * 1024;

/// The most parts of one body, together 35 MB as stored.
pub(crate) const PARTS_MAX: usize = 100;

/// Parts written or removed at once, per owner.
const PARTS_AT_ONCE: usize = 4;

/// From when on a part that nothing points at is a leftover and not a write in progress: a day,
/// which no run comes near.
const LEFTOVER_MS: u64 = 24 * 60 * 60 * 1000;

/// How many parts `bytes` of these many need.
pub(crate) const fn parts_of(bytes: usize) -> usize {
    bytes.div_ceil(PART_BYTES)
}

impl Table {
    /// Writes `bytes` as the parts of `write`.
    pub(crate) async fn write_parts(
        &self,
        family: &Family<'_>,
        write: &str,
        bytes: &[u8],
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let items: Vec<_> = (0_u16..)
            .zip(bytes.chunks(PART_BYTES))
            .map(|(number, chunk)| {
                let key = Key::Part { family, write, number };
                with(key.item(), [("at", n(now.0)), ("body", b(chunk))])
            })
            .collect();
        stream::iter(items)
            .map(|item| self.put(item))
            .buffer_unordered(PARTS_AT_ONCE)
            .try_collect()
            .await
    }

    /// Reads the parts of `write`; `None` if there are not `count` of them.
    pub(crate) async fn read_parts(
        &self,
        family: &Family<'_>,
        write: &str,
        count: u16,
    ) -> Result<Option<Vec<u8>>, RecordsError> {
        let (mut bytes, mut found) = (Vec::new(), 0_usize);
        let mut start = None;
        loop {
            let page =
                self.parts(family.partition(), &family.prefix_of(write), None, start).await?;
            found = found.saturating_add(page.items.len());
            for item in &page.items {
                bytes.extend_from_slice(Attributes::of(item)?.bytes("body")?);
            }
            start = page.last;
            if start.is_none() {
                return Ok((found == usize::from(count)).then_some(bytes));
            }
        }
    }

    /// Removes the parts of `replaced`, and all leftovers, except the parts of `keep`.
    pub(crate) async fn sweep_parts(
        &self,
        family: &Family<'_>,
        keep: Option<&str>,
        replaced: Option<&str>,
        now: UnixMillis,
    ) -> Result<(), RecordsError> {
        let prefix = family.prefix();
        let mut start = None;
        loop {
            let page =
                self.parts(family.partition(), &prefix, Some("#pk,#sk,#v,#at"), start).await?;
            let mut gone = Vec::new();
            for item in &page.items {
                let part = Attributes::of(item)?;
                let write =
                    part.text(SK)?.strip_prefix(&prefix).and_then(|rest| rest.split('#').next());
                let leftover = now.since(UnixMillis(part.number("at")?)) >= LEFTOVER_MS;
                if write != keep && (leftover || write == replaced) {
                    gone.push(key_of(item));
                }
            }
            stream::iter(gone)
                .map(|key| self.delete(key))
                .buffer_unordered(PARTS_AT_ONCE)
                .try_collect::<()>()
                .await?;
            start = page.last;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    async fn parts(
        &self,
        partition: String,
        prefix: &str,
        projection: Option<&str>,
        start: Option<crate::table::Item>,
    ) -> Result<Items, StoreError> {
        let sort =
            Expression { text: "begins_with(#sk, :prefix)", values: vec![(":prefix", s(prefix))] };
        self.query(Range { partition, sort: Some(sort), projection, limit: None, start }).await
    }
}

/// What to say of an item whose parts are missing though nobody changed it.
pub(crate) fn parts_missing(key: String, count: u16) -> ItemError {
    ItemError::Corrupt { key, what: format!("not all of its {count} parts are there") }
}
