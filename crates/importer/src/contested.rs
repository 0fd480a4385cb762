//! Asking once more for what one run found and another found gone.

use flyball_domain::{Job, JobId, Message, Mode, UnixMillis, VendorId};
use flyball_queue::Outgoing;

use crate::importer::{HandleError, Importer};
use crate::run::Going;

/// The most records of one page that are asked for once more. What is beyond is left to the next
/// comparison.
const ASKED_AGAIN_MAX: usize = 32;

impl Importer {
    /// Asks for each of these records by its id. Whoever does that is admitted after both runs that
    /// contradict each other, so that what the vendor says to them is the last word.
    ///
    /// Before the page's checkpoint is saved: whoever dies in between leaves the page to another,
    /// who is admitted later and stores what they read.
    pub(crate) async fn ask_again(
        &self,
        going: &Going<'_>,
        contested: &[VendorId],
    ) -> Result<(), HandleError> {
        if contested.is_empty() {
            return Ok(());
        }
        let Job { account, kind, .. } = &going.task.job;
        tracing::info!(contested = contested.len(), "found gone by a later run: asked for again");
        let (lease, now) = (going.holder.call_name(), UnixMillis(self.parts.governor.now().0));
        let again = contested.iter().take(ASKED_AGAIN_MAX).map(|id| {
            let (account, mode) = (account.clone(), Mode::Record { id: id.clone() });
            let id = JobId::named(now, &format!("{lease}/{id}"));
            let job = Job { id, account: account.clone(), kind: *kind, mode };
            Outgoing::new(Message::Import(job).to_text(), account)
        });
        let again: Vec<Outgoing> = again.collect::<Result<_, _>>().map_err(HandleError::other)?;
        match self.queue(*kind)?.send_batch(&again).await.pop() {
            Some(unsent) => Err(unsent.error.into()),
            None => Ok(()),
        }
    }
}
