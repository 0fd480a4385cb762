use core::fmt;

use async_trait::async_trait;

use crate::{Counts, Hidden, MessageId, Outgoing, QueueError, Receipt, Receive, Received, Unsent};

/// One standard queue. A message is delivered at least once, in about the order of sending, and
/// accounts take turns.
#[async_trait]
pub trait Queue: Send + Sync + fmt::Debug {
    /// Sends one message.
    ///
    /// # Errors
    /// After an error the message may have been sent all the same.
    async fn send(&self, message: &Outgoing) -> Result<MessageId, QueueError>;

    /// Sends any number of messages, in as few calls as the queue allows, and returns those that
    /// were not accepted.
    #[must_use = "what was not accepted is lost if it is not sent again"]
    async fn send_batch(&self, messages: &[Outgoing]) -> Vec<Unsent>;

    /// Receives what is ready, waiting for the first message if there is none. Dropping the future
    /// may leave messages in flight until their visibility ends.
    ///
    /// # Errors
    /// No messages are lost by an error: they come again.
    async fn receive(&self, ask: Receive) -> Result<Vec<Received>, QueueError>;

    /// Removes a message for good. Nothing happens if that delivery is over.
    ///
    /// # Errors
    /// After an error the message may come again.
    async fn delete(&self, receipt: &Receipt) -> Result<(), QueueError>;

    /// Keeps a received message from others for `visibility_ms` milliseconds from now on; 0 gives
    /// it back at once. At most [`Receive::VISIBILITY_MS_MAX`]; rounded up to seconds on SQS.
    ///
    /// # Errors
    /// After an error the message may come sooner than asked for.
    async fn hide(&self, receipt: &Receipt, visibility_ms: u64) -> Result<Hidden, QueueError>;

    /// About how many messages there are.
    ///
    /// # Errors
    /// The queue's own.
    async fn counts(&self) -> Result<Counts, QueueError>;
}

/// [`Queue::send_batch`] of a queue that takes one message at a time.
#[must_use = "what was not accepted is lost if it is not sent again"]
pub async fn send_each(queue: &dyn Queue, messages: &[Outgoing]) -> Vec<Unsent> {
    let mut unsent = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        if let Err(error) = queue.send(message).await {
            unsent.push(Unsent { index, error });
        }
    }
    unsent
}
