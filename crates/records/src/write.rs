//! Writing a page of records.

use std::collections::{BTreeMap, HashMap};

use flyball_domain::{BadRow, Record, Row, VendorId};
use futures::{StreamExt, TryStreamExt, stream};

use crate::attributes::{b, n, s, with};
use crate::candidate::Candidate;
use crate::error::RecordsError;
use crate::head::{Form, HEAD, Head, Standing, standing};
use crate::key::{Family, Key, SK, record_id};
use crate::parts::{PART_BYTES, PARTS_MAX, parts_of};
use crate::table::{BATCH_KEYS_MAX, Conditional, Expression};
use crate::{AsideCode, ItemError, Records, Run, Written};

/// Records of one page written at once.
pub(crate) const WRITES_AT_ONCE: usize = 16;

/// Attempts to write one record. One fails only when another writer has succeeded in between.
pub(crate) const ATTEMPTS_MAX: usize = 8;

/// The most of what says who a buyer is, in bytes as stored: it lies in the item itself.
const PERSONAL_BYTES_MAX: usize = 250 * 1024;

pub(crate) enum Outcome {
    Written,
    Unchanged,
    Older,
    Contested(VendorId),
    TooLarge { candidate: Candidate, why: String },
}

/// Rows of a page that are to be set aside.
type ToSetAside = Vec<(AsideCode, BadRow)>;

impl Records {
    /// Writes a page of rows; `first` is the number of its first row among all of its run's, which
    /// together with the fence orders the change feed.
    ///
    /// A record never goes back to an older version; among equal versions a lower fence loses to a
    /// higher one. What was not asked for keeps its stored value: top-level fields, and the fields
    /// of an order's totals and of what says who its buyer is. Of a record that is gone a tombstone
    /// stays, which no run with a lower fence replaces: it is told what it did not. Bad rows are set aside; a record that is
    /// good, or gone, closes what was set aside under its id. A page may be written again, in part
    /// or whole: what is there already counts as unchanged.
    ///
    /// # Errors
    /// [`RecordsError::FencedOff`] for a tombstone of a run whose claim on its checkpoint does not
    /// stand; the store's; a stored item that can't be used; others changing the same record all
    /// the time. Some rows may have been written.
    pub async fn write_page(
        &self,
        run: &Run<'_>,
        first: u64,
        rows: &[Row],
    ) -> Result<Written, RecordsError> {
        let mut written = Written::default();
        let mut number = first;
        for chunk in rows.chunks(BATCH_KEYS_MAX) {
            let mut good = Vec::with_capacity(chunk.len());
            let (mut bad, mut gone) = (ToSetAside::new(), BTreeMap::new());
            for row in chunk {
                match row {
                    Row::Good(record) => {
                        gone.remove(&record.id);
                        good.push((number, record));
                    }
                    Row::Bad(row) => bad.push((AsideCode::RowUnreadable, row.clone())),
                    Row::Gone(id) => drop(gone.insert(id, number)),
                }
                number = number.saturating_add(1);
            }
            let stored = Box::pin(self.write_records(run, &good, &mut bad)).await?;
            written.contested.extend(stored.contested);
            let buried = Box::pin(self.bury(run, &gone)).await?;
            let summary = &mut written.summary;
            *summary = summary.plus(stored.summary).plus(buried);
            for (code, row) in &bad {
                Box::pin(self.set_aside(run, *code, row)).await?;
                summary.set_aside = summary.set_aside.saturating_add(1);
            }
        }
        Ok(written)
    }

    /// Writes at most [`BATCH_KEYS_MAX`] records and adds those that can't be stored to `bad`.
    async fn write_records(
        &self,
        run: &Run<'_>,
        good: &[(u64, &Record)],
        bad: &mut ToSetAside,
    ) -> Result<Written, RecordsError> {
        let Written { mut summary, mut contested } = Written::default();
        let mut candidates: BTreeMap<&VendorId, Candidate> = BTreeMap::new();
        for (number, record) in good {
            match Candidate::new(record, *number) {
                Ok(candidate) => {
                    let rival = candidates.get(&record.id);
                    if rival.is_none_or(|rival| rival.version <= candidate.version) {
                        let lost = candidates.insert(&record.id, candidate);
                        summary.older = summary.older.saturating_add(u64::from(lost.is_some()));
                    } else {
                        summary.older = summary.older.saturating_add(1);
                    }
                }
                Err(error) => bad.push((AsideCode::RowUnreadable, unwritable_row(record, &error))),
            }
        }
        let ids: Vec<VendorId> = candidates.keys().copied().cloned().collect();
        let mut seen = self.heads(run, &ids).await?;
        let work = candidates.into_values().map(|candidate| {
            let head = seen.remove(&candidate.id);
            Box::pin(self.settle(run, candidate, head))
        });
        let mut outcomes = stream::iter(work).buffer_unordered(WRITES_AT_ONCE);
        let mut too_large: Vec<VendorId> = Vec::new();
        while let Some(outcome) = outcomes.try_next().await? {
            let count = match outcome {
                Outcome::Written => &mut summary.written,
                Outcome::Unchanged => &mut summary.unchanged,
                Outcome::Older => &mut summary.older,
                Outcome::Contested(id) => {
                    contested.push(id);
                    &mut summary.older
                }
                Outcome::TooLarge { candidate, why } => {
                    bad.push((AsideCode::RowTooLarge, too_large_row(&candidate, why)));
                    too_large.push(candidate.id);
                    continue;
                }
            };
            *count = count.saturating_add(1);
        }
        let good: Vec<_> = ids.iter().filter(|id| !too_large.contains(id)).collect();
        summary.closed = Box::pin(self.close_asides(run, &good)).await?;
        Ok(Written { summary, contested })
    }

    /// What is stored under at most [`BATCH_KEYS_MAX`] ids, none of which comes twice, without the
    /// bodies.
    pub(crate) async fn heads(
        &self,
        run: &Run<'_>,
        ids: &[VendorId],
    ) -> Result<HashMap<VendorId, Head>, RecordsError> {
        let (account, kind) = (&run.job.account, run.job.kind);
        let keys = ids.iter().map(|id| Key::Record { account, kind, id }.item()).collect();
        let mut heads = HashMap::new();
        for item in self.table.batch_get(keys, HEAD).await? {
            let sort = item.get(SK).and_then(|sort| sort.as_s().ok());
            if let Some(Ok(id)) = sort.and_then(|sort| record_id(sort)) {
                heads.insert(id, Head::read(&item)?);
            }
        }
        Ok(heads)
    }

    /// Brings one record to where it is written, or lost. Each attempt is decided on the very state
    /// that its conditional write then demands, so neither a late reader nor a late writer can
    /// undo what another has done.
    pub(crate) async fn settle(
        &self,
        run: &Run<'_>,
        mine: Candidate,
        mut seen: Option<Head>,
    ) -> Result<Outcome, RecordsError> {
        for _attempt in 0..ATTEMPTS_MAX {
            let mut merged = None;
            if let Some(head) = &seen {
                match standing(head, &mine, run.fence) {
                    Standing::Same => return Ok(Outcome::Unchanged),
                    Standing::Loses => return Ok(Outcome::Older),
                    Standing::Contested => return Ok(Outcome::Contested(mine.id)),
                    Standing::Wins if !may_lack(&mine, head) => {}
                    Standing::Wins => {
                        let stored = self.stored(&run.job.account, mine.kind, &mine.id).await?;
                        let Some(stored) = stored.filter(|stored| stored.head == *head) else {
                            seen = self.head(run, &mine.id).await?;
                            continue;
                        };
                        let whole = mine.keeping(&stored.content).map_err(|error| {
                            ItemError::Corrupt { key: key(run, &mine), what: error.to_string() }
                        })?;
                        if standing(head, &whole, run.fence) == Standing::Same {
                            return Ok(Outcome::Unchanged);
                        }
                        merged = Some(whole);
                    }
                }
            }
            match self.replace(run, merged.as_ref().unwrap_or(&mine), seen.as_ref()).await? {
                Replaced::Done => return Ok(Outcome::Written),
                Replaced::TooLarge { why } => {
                    return Ok(Outcome::TooLarge { candidate: mine, why });
                }
                Replaced::Overtaken(now) => seen = now,
            }
        }
        Err(RecordsError::Contended { key: key(run, &mine), attempts: ATTEMPTS_MAX })
    }

    pub(crate) async fn head(
        &self,
        run: &Run<'_>,
        id: &VendorId,
    ) -> Result<Option<Head>, RecordsError> {
        let heads = self.heads(run, core::slice::from_ref(id)).await?;
        Ok(heads.into_values().next())
    }

    /// Writes one record in the place of `seen`, if that is still what is there: parts first, then
    /// the item, then what it replaced is cleaned up.
    pub(crate) async fn replace(
        &self,
        run: &Run<'_>,
        mine: &Candidate,
        seen: Option<&Head>,
    ) -> Result<Replaced, RecordsError> {
        let family = Family::of_record(&run.job.account, mine.kind, &mine.id);
        let write = mine.write(run.fence);
        let mut item = with(
            Key::Record { account: &run.job.account, kind: mine.kind, id: &mine.id }.item(),
            [
                ("version", n(mine.version.0)),
                ("fence", n(run.fence)),
                ("n", n(mine.n)),
                ("hash", b(&mine.body.hash.0)),
                ("shape", b(&mine.shape.0)),
            ],
        );
        let mut room = PART_BYTES;
        if let Some(personal) = &mine.personal {
            let (packed, encoding) = self.pack(&personal.json);
            if packed.len() > PERSONAL_BYTES_MAX {
                return Ok(Replaced::TooLarge { why: too_personal(packed.len()) });
            }
            room = room.saturating_sub(packed.len());
            item.insert("personal".to_owned(), b(&packed));
            item.insert("personal_enc".to_owned(), s(encoding.as_str()));
            item.insert("personal_hash".to_owned(), b(&personal.hash.0));
        }
        let (packed, encoding) = self.pack(&mine.body.json);
        item.insert("enc".to_owned(), s(encoding.as_str()));
        let mut parts = 0;
        if packed.len() <= room {
            item.insert("body".to_owned(), b(&packed));
        } else {
            parts = parts_of(packed.len());
            if parts > PARTS_MAX {
                return Ok(Replaced::TooLarge { why: too_large(mine.body.json.len()) });
            }
            item.insert("parts".to_owned(), n(u64::try_from(parts).unwrap_or(u64::MAX)));
            self.table.write_parts(&family, &write.name(), &packed, run.now).await?;
        }
        if let Conditional::Refused(there) = self.table.put_if(item, still(seen)).await? {
            let there = there.as_ref().map(Head::read).transpose()?;
            // A lost reply: the SDK sent the write again, and met its own.
            if there.as_ref().is_none_or(|there| there.write != write) {
                return Ok(Replaced::Overtaken(there));
            }
        }
        let replaced = seen.filter(|seen| seen.parts() > 0).map(|seen| seen.write.name());
        if parts > 0 || replaced.is_some() {
            let (keep, replaced) = (write.name(), replaced.as_deref());
            self.table.sweep_parts(&family, Some(&keep), replaced, run.now).await?;
        }
        Ok(Replaced::Done)
    }
}

pub(crate) enum Replaced {
    Done,
    TooLarge {
        why: String,
    },
    /// Nothing was written; this is there.
    Overtaken(Option<Head>),
}

/// Whether the stored record may have fields that this one has not. A tombstone has none.
fn may_lack(mine: &Candidate, stored: &Head) -> bool {
    match stored.form {
        Form::Whole { shape, .. } => shape != mine.shape,
        Form::Gone { .. } => false,
    }
}

/// Demands that the stored record is still the one that was decided on.
pub(crate) fn still(seen: Option<&Head>) -> Expression<'static> {
    let Some(Head { write, form, .. }) = seen else {
        return Expression { text: "attribute_not_exists(#pk)", values: vec![] };
    };
    let mut values =
        vec![(":fence", n(write.fence)), (":n", n(write.n)), (":hash", b(&write.hash.0))];
    let text = match (form, write.personal) {
        (Form::Gone { .. }, _) => {
            "#fence = :fence AND #n = :n AND #hash = :hash AND attribute_exists(#gone)"
        }
        (Form::Whole { .. }, None) => {
            "#fence = :fence AND #n = :n AND #hash = :hash AND attribute_not_exists(#gone) \
             AND attribute_not_exists(#personal_hash)"
        }
        (Form::Whole { .. }, Some(personal)) => {
            values.push((":personal", b(&personal.0)));
            "#fence = :fence AND #n = :n AND #hash = :hash AND #personal_hash = :personal"
        }
    };
    Expression { text, values }
}

fn key(run: &Run<'_>, mine: &Candidate) -> String {
    Key::Record { account: &run.job.account, kind: mine.kind, id: &mine.id }.to_string()
}

fn unwritable_row(record: &Record, error: &serde_json::Error) -> BadRow {
    BadRow {
        id: Some(record.id.clone()),
        input: format!("{record:?}"),
        reason: format!("found a record that can't be written as JSON ({error})"),
    }
}

fn too_large_row(candidate: &Candidate, reason: String) -> BadRow {
    let input = candidate.whole_json().unwrap_or_default();
    BadRow { id: Some(candidate.id.clone()), input, reason }
}

fn too_large(bytes: usize) -> String {
    format!(
        "found a record of {bytes} bytes, more than {PARTS_MAX} items of {PART_BYTES} bytes hold"
    )
}

fn too_personal(bytes: usize) -> String {
    format!(
        "found {bytes} packed bytes that say who the buyer is, at most {PERSONAL_BYTES_MAX} fit \
         an item"
    )
}
