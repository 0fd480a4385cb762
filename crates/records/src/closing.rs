//! Closing what was set aside: by a record that is good, or gone, and by a run that finishes.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use flyball_domain::VendorId;

use crate::aside::{job_subject, nameless, subject_of};
use crate::attributes::{Attributes, n, s};
use crate::error::{ItemError, RecordsError};
use crate::inbox::input;
use crate::key::{Family, Key, SK, asides_partition};
use crate::table::{Conditional, Expression, Item, Range};
use crate::{Records, Run};

/// Open ones of a kind that are looked through for each page. Where there are more, the page's own
/// ids are looked up instead, which costs a read for each.
const LOOKED_THROUGH_MAX: i32 = 200;

impl Records {
    /// Closes what a run that has gone through to its end proves to be settled, and says how many
    /// there were: its own job, if an earlier run of it was set aside; and rows without an id that
    /// were met in a part of what its walk went through, and not again.
    ///
    /// # Errors
    /// The store's; a stored item that can't be used.
    pub async fn close_finished(&self, run: &Run<'_>) -> Result<u64, RecordsError> {
        let mut closed = 0_u64;
        let prefix = nameless(run.job.kind);
        let own = job_subject(run.job);
        let mut start = None;
        loop {
            let range = Range {
                partition: asides_partition(&run.job.account),
                sort: Some(Expression {
                    text: "begins_with(#sk, :prefix)",
                    values: vec![(":prefix", s(&prefix))],
                }),
                projection: Some("#pk,#sk,#v,#fence,#job,#from,#until"),
                limit: None,
                start,
            };
            let page = self.table.query(range).await?;
            for item in &page.items {
                let subject = Attributes::of(item)?.text(SK)?;
                if subject == own || is_settled(run, item)? {
                    closed = closed.saturating_add(self.close(run, subject).await?);
                }
            }
            start = page.last;
            if start.is_none() {
                return Ok(closed);
            }
        }
    }

    /// Closes what is set aside under these ids (of one page, each once), unless a later run set it
    /// aside, and says how many there were.
    pub(crate) async fn close_asides(
        &self,
        run: &Run<'_>,
        ids: &[&VendorId],
    ) -> Result<u64, RecordsError> {
        let mut closed = 0_u64;
        for subject in self.open_asides(run, ids).await? {
            closed = closed.saturating_add(self.close(run, &subject).await?);
        }
        Ok(closed)
    }

    /// Which of these ids have something set aside.
    async fn open_asides(
        &self,
        run: &Run<'_>,
        ids: &[&VendorId],
    ) -> Result<Vec<String>, RecordsError> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let (account, kind) = (&run.job.account, run.job.kind);
        let wanted: BTreeSet<String> = ids.iter().map(|id| subject_of(kind, id)).collect();
        let prefix = format!("{kind}#");
        let range = Range {
            partition: asides_partition(account),
            sort: Some(Expression {
                text: "begins_with(#sk, :kind)",
                values: vec![(":kind", s(&prefix))],
            }),
            projection: Some("#sk"),
            limit: Some(LOOKED_THROUGH_MAX),
            start: None,
        };
        let page = self.table.query(range).await?;
        let open = if page.last.is_none() {
            page.items
        } else {
            let key = |subject: &String| Key::Aside { account, subject }.item();
            self.table.batch_get(wanted.iter().map(key).collect(), "#sk").await?
        };
        let subjects = open.into_iter().filter_map(|mut item| match item.remove(SK) {
            Some(AttributeValue::S(subject)) => Some(subject),
            _ => None,
        });
        Ok(subjects.filter(|subject| wanted.contains(subject)).collect())
    }

    /// Closes one, unless a later run set it aside, and says whether there was one: 1 or 0.
    async fn close(&self, run: &Run<'_>, subject: &str) -> Result<u64, RecordsError> {
        let account = &run.job.account;
        let key = Key::Aside { account, subject };
        let condition =
            Expression { text: "#fence <= :mine", values: vec![(":mine", n(run.fence))] };
        let Conditional::Done(Some(gone)) = self.table.delete_if(key, condition).await? else {
            return Ok(0);
        };
        let (family, gone) = (Family::of_aside(account, subject), input(&gone)?.name());
        self.table.sweep_parts(&family, None, Some(&gone), run.now).await?;
        Ok(1)
    }
}

/// Whether a finished run would have met a row without an id again, if it still were there: it was
/// met before the run's walk began, in a part of what that went through.
fn is_settled(run: &Run<'_>, item: &Item) -> Result<bool, ItemError> {
    let row = Attributes::of(item)?;
    let of_job = format!("{}#", nameless(run.job.kind));
    if row.text(SK)?.starts_with(&of_job) || row.number("fence")? >= run.since {
        return Ok(false);
    }
    let (from, until) = (row.number_if_any("from")?, row.number_if_any("until")?);
    Ok(match (run.window, from, until) {
        (Some(mine), Some(from), Some(until)) => {
            mine.from.unwrap_or_default().0 <= from && until <= mine.until.0
        }
        (None, None, None) => row.text("job")? == run.job.to_string(),
        _ => false,
    })
}
