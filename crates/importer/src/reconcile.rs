//! Comparing what a store lists with what is stored, and asking for what differs.

use std::collections::HashMap;

use flyball_connector::{Listed, Listing, Plan, Span, Step};
use flyball_domain::{UnixMillis, VendorId};
use flyball_records::{RecordHead, WriteSummary};

use crate::importer::{HandleError, Importer};
use crate::run::{Broken, Going, Part};
use crate::tab::Entry;

/// A stretch of ids, as far as it has been compared with what is stored.
///
/// Whatever differs is asked for by its id, so that nothing is taken for gone because a listing,
/// made of many answers while the store changes, lacks it.
struct Stretch<'a> {
    /// What was listed and has not been met yet.
    listed: HashMap<&'a VendorId, Option<UnixMillis>>,
}

impl<'a> Stretch<'a> {
    fn of(rows: &'a [Listed]) -> Self {
        Self { listed: rows.iter().map(|row| (&row.id, row.updated_at)).collect() }
    }

    /// Whether a stored record differs from what was listed: it is older, gone though it is there,
    /// or there though it was not listed. One that is newer was imported after the listing.
    fn differs(&mut self, stored: &RecordHead) -> bool {
        match (self.listed.remove(&stored.id), stored.gone) {
            (Some(_), Some(_)) | (None, None) => true,
            (Some(updated_at), None) => updated_at.is_some_and(|at| stored.version < at),
            (None, Some(_)) => false,
        }
    }

    /// What was listed, and is not stored, in the order of the listing.
    fn missing(self, rows: &[Listed]) -> impl Iterator<Item = &VendorId> {
        rows.iter().map(|row| &row.id).filter(move |id| self.listed.contains_key(id))
    }
}

impl Importer {
    /// Compares a stretch, asks for what differs, and saves how far that is. A run that ends in the
    /// middle begins the stretch anew: what it has asked for differs no more.
    pub(crate) async fn compare(
        &self,
        going: &mut Going<'_>,
        listing: Listing,
    ) -> Result<(), Broken> {
        let Listing { after, through, rows, resume } = listing;
        let (account, kind) = (&going.task.job.account, going.task.job.kind);
        let mut stretch = Stretch::of(&rows);
        let mut differing: Vec<VendorId> = Vec::new();
        let mut at = after;
        loop {
            // What is stored of a stretch may take a while to be read, and the lease goes on.
            self.leave(going.errand, going.holder).await?;
            let page =
                self.parts.records.heads_between(account, kind, at.as_ref(), through.as_ref());
            let (heads, next) = Box::pin(page).await.map_err(HandleError::other)?;
            differing.extend(heads.into_iter().filter(|head| stretch.differs(head)).map(|h| h.id));
            while differing.len() >= Span::RECORDS_MAX {
                let rest = differing.split_off(Span::RECORDS_MAX);
                self.fetch(going, core::mem::replace(&mut differing, rest)).await?;
            }
            at = next;
            if at.is_none() {
                break;
            }
        }
        differing.extend(stretch.missing(&rows).cloned());
        while !differing.is_empty() {
            let rest = differing.split_off(differing.len().min(Span::RECORDS_MAX));
            self.fetch(going, core::mem::replace(&mut differing, rest)).await?;
        }
        let compared = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        self.spend(going, Entry::Middle);
        let checkpoint = going.course.after_stretch(compared, resume);
        let key = going.task.job.key();
        self.save(&key, going.holder.lease().fence, &checkpoint).await?;
        tracing::debug!(job = %key, compared, "a stretch is compared");
        self.report(going, key, WriteSummary::default());
        Ok(())
    }

    /// Imports these records, at most [`Span::RECORDS_MAX`].
    async fn fetch(&self, going: &mut Going<'_>, ids: Vec<VendorId>) -> Result<(), Broken> {
        let plan = Plan { span: Span::Records { ids }, resume: None, ..going.course.plan.clone() };
        let walk = going.connector.walk(&plan);
        let mut walk = walk.map_err(|error| Broken::Unfit(error.to_string()))?;
        loop {
            let done = match walk.next() {
                Step::Call(call) => self.call(going, walk.as_mut(), &call).await,
                Step::Page(page) => match self.store(going, page.rows, None).await {
                    Ok(()) => self.may_go_on(going).await,
                    Err(broken) => Err(broken),
                },
                Step::Listed(_) => Err(Broken::Unfit(
                    "found a listing where records were asked for by their ids".to_owned(),
                )),
                Step::Finished => return Ok(()),
            };
            if let Err(broken) = done {
                return Err(self.keep_part(going, walk.as_mut(), Part::OfStretch, broken).await);
            }
        }
    }
}
