use core::panic::AssertUnwindSafe;

use flyball_domain::{Kind, UnixMillis};
use flyball_queue::Receipt;
use futures::{FutureExt as _, StreamExt as _, stream};

use crate::importer::{Delivery, Handled, Importer};

/// One record of a batch, as an event source hands it over: any part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchRecord {
    /// The queue's name for the message.
    pub message_id: Option<String>,
    /// The queue's name for this delivery.
    pub receipt: Option<String>,
    /// The message's text.
    pub body: Option<String>,
    /// How often the message has been delivered, with this time.
    pub receives: Option<u32>,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchOutcome {
    /// These messages are to be delivered again; none of the ids is empty. All others are dealt
    /// with.
    Again(Vec<String>),
    /// A message without an id is to be delivered again, which can be said only of the whole batch.
    /// What is dealt with is gone from the queue already and does not come again.
    AllAgain,
}

/// How many records of a batch are handled at once. Most of a job is waiting for the vendor.
const RECORDS_AT_ONCE: usize = 4;

impl Importer {
    /// Handles a batch. A record that fails, or panics, harms no other; none is begun after
    /// `end_by`.
    pub async fn handle_batch(
        &self,
        kind: Kind,
        records: Vec<BatchRecord>,
        end_by: UnixMillis,
    ) -> BatchOutcome {
        let outcomes: Vec<(Option<String>, Handled)> = stream::iter(records)
            .map(|record| Box::pin(self.handle_record(kind, record, end_by)))
            .buffer_unordered(RECORDS_AT_ONCE)
            .collect()
            .await;
        let mut again = Vec::new();
        for (id, handled) in outcomes {
            match (handled, id.filter(|id| !id.is_empty())) {
                (Handled::Done, _) => {}
                (Handled::Again(_), Some(id)) => again.push(id),
                (Handled::Again(_), None) => return BatchOutcome::AllAgain,
            }
        }
        BatchOutcome::Again(again)
    }

    async fn handle_record(
        &self,
        kind: Kind,
        record: BatchRecord,
        end_by: UnixMillis,
    ) -> (Option<String>, Handled) {
        let BatchRecord { message_id, receipt, body, receives } = record;
        let again = |why: &str| Handled::Again(why.to_owned());
        let (Some(receipt), Some(body)) = (receipt, body) else {
            tracing::error!(code = "RECORD_INCOMPLETE", message = message_id, "comes again");
            return (message_id, again("found a record without a receipt or a body"));
        };
        if end_by.0 <= self.parts.governor.now().0 {
            return (message_id, again("no time is left to begin it"));
        }
        let (receipt, end_by) = (Receipt(receipt), Some(end_by));
        let delivery = Delivery { body, receipt, kind, receives, end_by };
        let handled = AssertUnwindSafe(self.handle(&delivery)).catch_unwind().await;
        let handled = handled.unwrap_or_else(|_panic| {
            tracing::error!(code = "IMPORT_PANICKED", message = message_id, "comes again");
            again("it made the importer panic")
        });
        (message_id, handled)
    }
}
