use core::error::Error;
use core::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{
    Message, MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
};
use flyball_domain::UnixMillis;

use crate::{
    Counts, Hidden, MessageId, Outgoing, Queue, QueueError, Receipt, Receive, Received, Unsent,
};

/// The most messages that SQS takes in one call.
const BATCH_MESSAGES_MAX: usize = 10;

/// The most bytes of text in one call: what every SQS endpoint takes.
const BATCH_BYTES_MAX: usize = Outgoing::BYTES_MAX;

/// What an answer may take beyond the wait that was asked for, in milliseconds.
const ANSWER_MS_MAX: u64 = 5_000;

const HTTP_TOO_MANY_REQUESTS: u16 = 429;
const HTTP_SERVER_ERROR: u16 = 500;

/// A queue on SQS.
///
/// The account becomes the `MessageGroupId`, which makes a standard queue a [fair queue][fair].
/// What becomes of a message that was received too often is the queue's own redrive policy.
///
/// [fair]: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// The queue at this URL. No call is made.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// The queue of this name, in the client's account and region.
    ///
    /// # Errors
    /// There is none, or the service does not say.
    pub async fn find(client: Client, name: &str) -> Result<Self, QueueError> {
        let found = client.get_queue_url().queue_name(name).send().await;
        let named = Self::new(client, name);
        match found.map(|found| found.queue_url) {
            Ok(Some(url)) => Ok(Self { url, ..named }),
            Ok(None) => Err(QueueError::Missing { queue: name.to_owned() }),
            Err(error) => Err(named.error(error)),
        }
    }

    /// The queue's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    async fn send_chunk(&self, first: usize, chunk: &[Outgoing]) -> Vec<Unsent> {
        let all_unsent = |error: &dyn Fn() -> QueueError| {
            (first..).zip(chunk).map(|(index, _)| Unsent { index, error: error() }).collect()
        };
        let entries = chunk
            .iter()
            .enumerate()
            .map(|(id, message)| {
                SendMessageBatchRequestEntry::builder()
                    .id(id.to_string())
                    .message_body(message.text())
                    .message_group_id(message.group().as_str())
                    .set_delay_seconds(delay(message))
                    .build()
            })
            .collect::<Result<Vec<_>, _>>();
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => return all_unsent(&|| self.refused("incomplete", error.to_string())),
        };
        let sent = self
            .client
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send()
            .await;
        match sent {
            Ok(sent) => sent
                .failed()
                .iter()
                .map(|failed| Unsent {
                    index: first + failed.id().parse().unwrap_or(0),
                    error: self.entry_error(failed.code(), failed.message(), failed.sender_fault()),
                })
                .collect(),
            Err(error) => {
                let error = self.error(error);
                all_unsent(&|| duplicate(&error))
            }
        }
    }

    fn refused(&self, code: &str, what: String) -> QueueError {
        QueueError::Refused { queue: self.url.clone(), code: code.to_owned(), source: what.into() }
    }

    fn entry_error(&self, code: &str, message: Option<&str>, sender_fault: bool) -> QueueError {
        let what = message.unwrap_or(code).to_owned();
        if sender_fault {
            self.refused(code, what)
        } else {
            QueueError::Unavailable { queue: self.url.clone(), source: what.into() }
        }
    }

    fn error<E>(&self, error: SdkError<E, HttpResponse>) -> QueueError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let queue = self.url.clone();
        let code = error.code().unwrap_or_default().to_owned();
        let status = error.raw_response().map(|response| response.status().as_u16());
        let is_told = matches!(error, SdkError::ServiceError(_));
        let is_transient = status
            .is_none_or(|status| status == HTTP_TOO_MANY_REQUESTS || status >= HTTP_SERVER_ERROR)
            || code.contains("Throttl");
        if matches!(error, SdkError::ConstructionFailure(_)) {
            QueueError::Refused { queue, code: "incomplete".to_owned(), source: error.into() }
        } else if is_told
            && (code.contains("QueueDoesNotExist") || code.contains("NonExistentQueue"))
        {
            QueueError::Missing { queue }
        } else if is_told && !is_transient {
            QueueError::Refused { queue, code, source: error.into() }
        } else {
            QueueError::Unavailable { queue, source: error.into() }
        }
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, message: &Outgoing) -> Result<MessageId, QueueError> {
        let sent = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(message.text())
            .message_group_id(message.group().as_str())
            .set_delay_seconds(delay(message))
            .send()
            .await
            .map_err(|error| self.error(error))?;
        Ok(MessageId(sent.message_id.unwrap_or_default()))
    }

    async fn send_batch(&self, messages: &[Outgoing]) -> Vec<Unsent> {
        let mut unsent = Vec::new();
        let mut first = 0;
        for chunk in chunks(messages) {
            unsent.extend(self.send_chunk(first, chunk).await);
            first += chunk.len();
        }
        unsent
    }

    async fn receive(&self, ask: Receive) -> Result<Vec<Received>, QueueError> {
        let ask = ask.bounded();
        let answer_within = Duration::from_millis(ask.wait_ms.saturating_add(ANSWER_MS_MAX));
        let patience = TimeoutConfig::builder()
            .read_timeout(answer_within)
            .operation_attempt_timeout(answer_within)
            .operation_timeout(answer_within)
            .build();
        let received = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::from(ask.messages_max))
            .visibility_timeout(seconds(ask.visibility_ms))
            .wait_time_seconds(seconds(ask.wait_ms))
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .customize()
            .config_override(aws_sdk_sqs::Config::builder().timeout_config(patience))
            .send()
            .await
            .map_err(|error| self.error(error))?;
        Ok(received.messages.unwrap_or_default().into_iter().map(read).collect())
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), QueueError> {
        let deleted = self
            .client
            .delete_message()
            .queue_url(&self.url)
            .receipt_handle(&receipt.0)
            .send()
            .await;
        match deleted {
            Ok(_) => Ok(()),
            Err(error) if is_over(error.code()) => Ok(()),
            Err(error) => Err(self.error(error)),
        }
    }

    async fn hide(&self, receipt: &Receipt, visibility_ms: u64) -> Result<Hidden, QueueError> {
        let changed = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(&receipt.0)
            .visibility_timeout(seconds(visibility_ms.min(Receive::VISIBILITY_MS_MAX)))
            .send()
            .await;
        match changed {
            Ok(_) => Ok(Hidden::Until),
            Err(error) if is_over(error.code()) => Ok(Hidden::NotInFlight),
            Err(error) => Err(self.error(error)),
        }
    }

    async fn counts(&self) -> Result<Counts, QueueError> {
        use QueueAttributeName as Name;
        let visible = Name::ApproximateNumberOfMessages;
        let in_flight = Name::ApproximateNumberOfMessagesNotVisible;
        let delayed = Name::ApproximateNumberOfMessagesDelayed;
        let told = self
            .client
            .get_queue_attributes()
            .queue_url(&self.url)
            .set_attribute_names(Some(vec![visible.clone(), in_flight.clone(), delayed.clone()]))
            .send()
            .await
            .map_err(|error| self.error(error))?
            .attributes
            .unwrap_or_default();
        let count = |name| told.get(&name).and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Counts { visible: count(visible), in_flight: count(in_flight), delayed: count(delayed) })
    }
}

/// A zero would override a delay that the queue itself may have.
fn delay(message: &Outgoing) -> Option<i32> {
    (message.delay_s() > 0).then(|| i32::from(message.delay_s()))
}

fn seconds(ms: u64) -> i32 {
    i32::try_from(ms.div_ceil(1_000)).unwrap_or(i32::MAX)
}

/// SQS has several words for a delivery that is over: its message is back in the queue, or gone.
fn is_over(code: Option<&str>) -> bool {
    code.is_some_and(|code| {
        code.contains("MessageNotInflight")
            || code.contains("ReceiptHandleIsInvalid")
            || code.contains("InvalidParameterValue")
    })
}

fn read(message: Message) -> Received {
    let attribute = |name| message.attributes.as_ref().and_then(|all| all.get(&name));
    Received {
        receives: attribute(MessageSystemAttributeName::ApproximateReceiveCount)
            .and_then(|text| text.parse().ok())
            .unwrap_or(1),
        sent_at: attribute(MessageSystemAttributeName::SentTimestamp)
            .and_then(|text| text.parse().ok())
            .map(UnixMillis),
        group: attribute(MessageSystemAttributeName::MessageGroupId).cloned(),
        message_id: MessageId(message.message_id.unwrap_or_default()),
        receipt: Receipt(message.receipt_handle.unwrap_or_default()),
        body: message.body.unwrap_or_default(),
    }
}

/// One call's failure is the failure of each of its messages.
fn duplicate(error: &QueueError) -> QueueError {
    match error {
        QueueError::Unavailable { queue, source } => {
            QueueError::Unavailable { queue: queue.clone(), source: source.to_string().into() }
        }
        QueueError::Missing { queue } => QueueError::Missing { queue: queue.clone() },
        QueueError::Refused { queue, code, source } => QueueError::Refused {
            queue: queue.clone(),
            code: code.clone(),
            source: source.to_string().into(),
        },
    }
}

/// Cuts `messages` into runs that fit one call each.
fn chunks(messages: &[Outgoing]) -> impl Iterator<Item = &[Outgoing]> {
    let mut rest = messages;
    core::iter::from_fn(move || {
        let mut bytes = 0_usize;
        let fitting = rest
            .iter()
            .take(BATCH_MESSAGES_MAX)
            .take_while(|message| {
                bytes = bytes.saturating_add(message.text().len());
                bytes <= BATCH_BYTES_MAX
            })
            .count();
        let (chunk, later) = rest.split_at_checked(fitting).filter(|_| fitting > 0)?;
        rest = later;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(lengths: &[usize]) -> Vec<Outgoing> {
        let group = || "blue-mug".parse().unwrap();
        lengths.iter().map(|&length| Outgoing::new("x".repeat(length), group()).unwrap()).collect()
    }

    fn runs(lengths: &[usize]) -> Vec<usize> {
        chunks(&messages(lengths)).map(<[Outgoing]>::len).collect()
    }

    #[test]
    fn no_call_holds_more_than_sqs_takes_and_no_message_is_left_out() {
        assert_eq!(runs(&[]), [] as [usize; 0]);
        assert_eq!(runs(&[1; 25]), [10, 10, 5]);
        assert_eq!(runs(&[BATCH_BYTES_MAX, 1, BATCH_BYTES_MAX]), [1, 1, 1]);
        assert_eq!(runs(&[BATCH_BYTES_MAX - 1, 1, 1]), [2, 1]);
    }

    #[test]
    fn a_part_of_a_second_is_a_second() {
        assert_eq!([0, 1, 999, 1_000, 1_001].map(seconds), [0, 1, 1, 1, 2]);
    }
}
