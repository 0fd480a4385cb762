//! Records that the vendor has no more: a tombstone stays in the place of each.

use std::collections::BTreeMap;

use flyball_domain::{UnixMillis, VendorId};
use futures::{StreamExt, TryStreamExt, stream};

use crate::attributes::{b, n, with};
use crate::body::Hash;
use crate::error::RecordsError;
use crate::head::{Form, Head};
use crate::key::{Family, Key};
use crate::table::{Expression, Joint};
use crate::write::{ATTEMPTS_MAX, WRITES_AT_ONCE, still};
use crate::{Records, Run, WriteSummary};

/// What became of a record that is gone.
pub(crate) enum Buried {
    /// Its tombstone stands in the place of what was stored.
    Done,
    /// Nothing was stored, or a tombstone. The one that stands now has the run's fence.
    Noted,
    /// A tombstone of this fence, or a higher one, stood already.
    Nothing,
    /// A later run has stored something since.
    Outranked,
}

impl Records {
    /// Puts tombstones in the place of records that are gone, given with the number of their row.
    pub(crate) async fn bury(
        &self,
        run: &Run<'_>,
        gone: &BTreeMap<&VendorId, u64>,
    ) -> Result<WriteSummary, RecordsError> {
        let mut summary = WriteSummary::default();
        if gone.is_empty() {
            return Ok(summary);
        }
        let ids: Vec<VendorId> = gone.keys().copied().cloned().collect();
        let mut seen = self.heads(run, &ids).await?;
        let rows: Vec<(VendorId, u64, Option<Head>)> =
            gone.iter().map(|(id, number)| ((*id).clone(), *number, seen.remove(*id))).collect();
        let work = rows
            .into_iter()
            .map(|(id, number, head)| Box::pin(self.bury_one(run, id, number, head)));
        let mut outcomes = stream::iter(work).buffer_unordered(WRITES_AT_ONCE);
        while let Some(outcome) = outcomes.try_next().await? {
            let count = match outcome {
                Buried::Done => &mut summary.gone,
                Buried::Noted | Buried::Nothing => &mut summary.unchanged,
                Buried::Outranked => &mut summary.older,
            };
            *count = count.saturating_add(1);
        }
        let ids: Vec<&VendorId> = ids.iter().collect();
        summary.closed = Box::pin(self.close_asides(run, &ids)).await?;
        Ok(summary)
    }

    /// A zombie's news that a record is gone may be old: its successor may have found the record
    /// again, equal to what is stored, and so have written nothing that would refuse the zombie.
    /// Hence the tombstone is written on condition, too, that the run's claim on its checkpoint
    /// still stands at that very moment.
    ///
    /// One is put as well where nothing is stored, or a tombstone of a lower fence: somebody else
    /// may still be about to store what they read before.
    pub(crate) async fn bury_one(
        &self,
        run: &Run<'_>,
        id: VendorId,
        number: u64,
        mut seen: Option<Head>,
    ) -> Result<Buried, RecordsError> {
        let key = Key::Record { account: &run.job.account, kind: run.job.kind, id: &id };
        for _attempt in 0..ATTEMPTS_MAX {
            let (version, hash) = match &seen {
                None => (UnixMillis(0), Hash::NOTHING),
                Some(head) if matches!(head.form, Form::Gone { .. }) => {
                    if run.fence <= head.write.fence {
                        return Ok(Buried::Nothing);
                    }
                    (head.version, head.write.hash)
                }
                Some(head) if run.fence < head.write.fence => return Ok(Buried::Outranked),
                Some(head) => (head.version, head.write.hash),
            };
            let item = with(
                key.item(),
                [
                    ("version", n(version.0)),
                    ("fence", n(run.fence)),
                    ("n", n(number)),
                    ("hash", b(&hash.0)),
                    ("gone", n(run.now.0)),
                ],
            );
            let claim = Key::Checkpoint { job: run.job };
            let claimed =
                Expression { text: "#fence = :mine", values: vec![(":mine", n(run.fence))] };
            let condition = still(seen.as_ref());
            match self.table.put_if_both(item, condition, claim, claimed).await? {
                Joint::Done => return self.buried(run, &id, seen.as_ref()).await,
                Joint::Refused(there) => seen = there.as_ref().map(Head::read).transpose()?,
                Joint::OtherRefused => {
                    return Err(RecordsError::FencedOff {
                        job: run.job.to_string(),
                        mine: run.fence,
                    });
                }
            }
        }
        Err(RecordsError::Contended { key: key.to_string(), attempts: ATTEMPTS_MAX })
    }

    /// Cleans up what a tombstone has replaced.
    async fn buried(
        &self,
        run: &Run<'_>,
        id: &VendorId,
        replaced: Option<&Head>,
    ) -> Result<Buried, RecordsError> {
        let Some(Head { write, form: Form::Whole { parts, .. }, .. }) = replaced else {
            return Ok(Buried::Noted);
        };
        if *parts > 0 {
            let family = Family::of_record(&run.job.account, run.job.kind, id);
            self.table.sweep_parts(&family, None, Some(&write.name()), run.now).await?;
        }
        Ok(Buried::Done)
    }
}
