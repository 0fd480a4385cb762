use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use flyball_domain::{Kind, UnixMillis};
use flyball_importer::{BatchOutcome, BatchRecord, Importer};
use lambda_runtime::{Error, LambdaEvent};

use super::tap::Tap;

/// How long before the invocation's deadline the last page must have begun: enough to finish a
/// call, store its page, and give the slot back.
const MARGIN_MS: u64 = 45_000;

/// Hands a batch to the importer, and names the messages that are to come again.
pub(super) async fn handle(
    importer: &Importer,
    kind: Kind,
    tap: &Tap,
    event: LambdaEvent<SqsEvent>,
) -> Result<SqsBatchResponse, Error> {
    let end_by = UnixMillis(event.context.deadline).minus(MARGIN_MS);
    let records_count = event.payload.records.len();
    let records = event.payload.records.into_iter().map(|record| BatchRecord {
        message_id: record.message_id,
        receipt: record.receipt_handle,
        body: record.body,
        receives: record
            .attributes
            .get("ApproximateReceiveCount")
            .and_then(|receives| receives.parse().ok()),
    });
    let outcome = importer.handle_batch(kind, records.collect(), end_by).await;
    tap.flush(match &outcome {
        BatchOutcome::Again(ids) => ids.len(),
        BatchOutcome::AllAgain => records_count,
    });
    match outcome {
        BatchOutcome::Again(ids) => {
            let failure = |id| {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = id;
                failure
            };
            let mut response = SqsBatchResponse::default();
            response.batch_item_failures = ids.into_iter().map(failure).collect();
            Ok(response)
        }
        BatchOutcome::AllAgain => {
            Err("found a message without an id that could not be handled".into())
        }
    }
}
