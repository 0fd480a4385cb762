//! Writing a page of records.

use std::collections::{BTreeMap, HashMap};

use flyball_domain::{BadRow, JobKey, Record, Row, UnixMillis, VendorId};
use futures::{StreamExt, TryStreamExt, stream};

use crate::attributes::{b, n, s, with};
use crate::body::Candidate;
use crate::error::RecordsError;
use crate::head::{HEAD, Head, Standing, Write, standing};
use crate::key::{Family, Key, SK};
use crate::parts::{PART_BYTES, PARTS_MAX, parts_of};
use crate::table::{BATCH_KEYS_MAX, Conditional, Expression};
use crate::{ItemError, Records};

/// Records of one page written at once.
const WRITES_AT_ONCE: usize = 16;

/// Attempts to write one record. One fails only when another writer has succeeded in between.
const ATTEMPTS_MAX: usize = 8;

/// On whose behalf something is written.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The work.
    pub job: &'a JobKey,
    /// The fence of the admission it runs under.
    pub fence: u64,
    /// The time of writing, to within minutes.
    pub now: UnixMillis,
}

/// What became of the rows of a page. Each row counts once, except under `closed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteSummary {
    /// New or changed records.
    pub written: u64,
    /// Records stored already with equal content; neither rewritten nor announced.
    pub unchanged: u64,
    /// Records that lost to a newer one, stored or in the same page.
    pub older: u64,
    /// Rows that could not be made a record.
    pub set_aside: u64,
    /// Rows set aside earlier that a good record has now closed.
    pub closed: u64,
}

impl WriteSummary {
    /// This and `other` together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            written: self.written.saturating_add(other.written),
            unchanged: self.unchanged.saturating_add(other.unchanged),
            older: self.older.saturating_add(other.older),
            set_aside: self.set_aside.saturating_add(other.set_aside),
            closed: self.closed.saturating_add(other.closed),
        }
    }
}

pub(crate) enum Outcome {
    Written,
    Unchanged,
    Older,
    TooLarge { candidate: Candidate },
}

impl Records {
    /// Writes a page of rows; `first` is the number of its first row among all of its run's, which
    /// together with the fence orders the change feed.
    ///
    /// A record never goes back to an older version; among equal versions a lower fence loses to a
    /// higher one; top-level fields that a record has not keep their stored value; bad rows are set
    /// aside, and a good record closes what was set aside under its id. A page may be written
    /// again, in part or whole: what is there already counts as unchanged.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used; others changing the same record all the time.
    /// Some rows may have been written.
    pub async fn write_page(
        &self,
        run: &Run<'_>,
        first: u64,
        rows: &[Row],
    ) -> Result<WriteSummary, RecordsError> {
        let mut summary = WriteSummary::default();
        let mut number = first;
        for chunk in rows.chunks(BATCH_KEYS_MAX) {
            let (mut good, mut bad) = (Vec::with_capacity(chunk.len()), Vec::new());
            for row in chunk {
                match row {
                    Row::Good(record) => good.push((number, record)),
                    Row::Bad(row) => bad.push(row.clone()),
                    Row::Gone(_) => {}
                }
                number = number.saturating_add(1);
            }
            let written = Box::pin(self.write_records(run, &good, &mut bad)).await?;
            summary = summary.plus(written);
            for row in &bad {
                Box::pin(self.set_aside(run, row)).await?;
                summary.set_aside = summary.set_aside.saturating_add(1);
            }
        }
        Ok(summary)
    }

    /// Writes at most [`BATCH_KEYS_MAX`] records and adds those that can't be stored to `bad`.
    async fn write_records(
        &self,
        run: &Run<'_>,
        good: &[(u64, &Record)],
        bad: &mut Vec<BadRow>,
    ) -> Result<WriteSummary, RecordsError> {
        let mut summary = WriteSummary::default();
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
                Err(error) => bad.push(BadRow {
                    id: Some(record.id.clone()),
                    input: format!("{record:?}"),
                    reason: format!("found a record that can't be written as JSON ({error})"),
                }),
            }
        }
        let seen = self.heads(run, candidates.values()).await?;
        let ids: Vec<VendorId> = candidates.keys().copied().cloned().collect();
        let work = candidates.into_values().map(|candidate| {
            let head = seen.get(candidate.id.as_str()).cloned();
            Box::pin(self.settle(run, candidate, head))
        });
        let mut outcomes = stream::iter(work).buffer_unordered(WRITES_AT_ONCE);
        let mut too_large: Vec<VendorId> = Vec::new();
        while let Some(outcome) = outcomes.try_next().await? {
            let count = match outcome {
                Outcome::Written => &mut summary.written,
                Outcome::Unchanged => &mut summary.unchanged,
                Outcome::Older => &mut summary.older,
                Outcome::TooLarge { candidate } => {
                    bad.push(too_large_row(&candidate));
                    too_large.push(candidate.id);
                    continue;
                }
            };
            *count = count.saturating_add(1);
        }
        let good: Vec<_> = ids.iter().filter(|id| !too_large.contains(id)).collect();
        summary.closed = Box::pin(self.close_asides(run, &good)).await?;
        Ok(summary)
    }

    /// What is stored under the candidates' ids, without the bodies.
    async fn heads(
        &self,
        run: &Run<'_>,
        candidates: impl Iterator<Item = &Candidate>,
    ) -> Result<HashMap<String, Head>, RecordsError> {
        let keys = candidates
            .map(|mine| {
                Key::Record { account: &run.job.account, kind: mine.kind, id: &mine.id }.item()
            })
            .collect();
        let mut heads = HashMap::new();
        for item in self.table.batch_get(keys, HEAD).await? {
            let id = item.get(SK).and_then(|id| id.as_s().ok()).cloned().unwrap_or_default();
            heads.insert(id, Head::read(&item)?);
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
                    Standing::Wins if head.shape == mine.shape => {}
                    Standing::Wins => {
                        let stored = self.stored(&run.job.account, mine.kind, &mine.id).await?;
                        let Some(stored) = stored.filter(|stored| stored.head == *head) else {
                            seen = self.head(run, &mine).await?;
                            continue;
                        };
                        let whole = mine.keeping(&stored.json).map_err(|error| {
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
                Replaced::TooLarge => return Ok(Outcome::TooLarge { candidate: mine }),
                Replaced::Overtaken(now) => seen = now,
            }
        }
        Err(RecordsError::Contended { key: key(run, &mine), attempts: ATTEMPTS_MAX })
    }

    async fn head(&self, run: &Run<'_>, mine: &Candidate) -> Result<Option<Head>, RecordsError> {
        let heads = self.heads(run, core::iter::once(mine)).await?;
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
        let write = Write { fence: run.fence, n: mine.n, hash: mine.hash };
        let (packed, encoding) = self.pack(&mine.json);
        let mut item = with(
            Key::Record { account: &run.job.account, kind: mine.kind, id: &mine.id }.item(),
            [
                ("version", n(mine.version.0)),
                ("fence", n(run.fence)),
                ("n", n(mine.n)),
                ("hash", b(&mine.hash.0)),
                ("shape", b(&mine.shape.0)),
                ("enc", s(encoding.as_str())),
            ],
        );
        let mut parts = 0;
        if packed.len() <= PART_BYTES {
            item.insert("body".to_owned(), b(&packed));
        } else {
            parts = parts_of(packed.len());
            if parts > PARTS_MAX {
                return Ok(Replaced::TooLarge);
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
        let replaced = seen.filter(|seen| seen.parts > 0).map(|seen| seen.write.name());
        if parts > 0 || replaced.is_some() {
            let (keep, replaced) = (write.name(), replaced.as_deref());
            self.table.sweep_parts(&family, Some(&keep), replaced, run.now).await?;
        }
        Ok(Replaced::Done)
    }
}

pub(crate) enum Replaced {
    Done,
    TooLarge,
    /// Nothing was written; this is there.
    Overtaken(Option<Head>),
}

/// Demands that the stored record is still the one that was decided on.
fn still(seen: Option<&Head>) -> Expression<'static> {
    match seen {
        None => Expression { text: "attribute_not_exists(#pk)", values: vec![] },
        Some(Head { write, .. }) => Expression {
            text: "#fence = :fence AND #n = :n AND #hash = :hash",
            values: vec![
                (":fence", n(write.fence)),
                (":n", n(write.n)),
                (":hash", b(&write.hash.0)),
            ],
        },
    }
}

fn key(run: &Run<'_>, mine: &Candidate) -> String {
    Key::Record { account: &run.job.account, kind: mine.kind, id: &mine.id }.to_string()
}

fn too_large_row(candidate: &Candidate) -> BadRow {
    BadRow {
        id: Some(candidate.id.clone()),
        input: String::from_utf8_lossy(&candidate.json).into_owned(),
        reason: format!(
            "found a record of {} bytes, more than {PARTS_MAX} items of {PART_BYTES} bytes hold",
            candidate.json.len()
        ),
    }
}
