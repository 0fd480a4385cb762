use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use flyball_queue::{
    Counts, Hidden, MessageId, Outgoing, Queue, QueueError, Receipt, Receive, Received, Unsent,
};

/// How many calls were made to queues: what SQS would bill.
#[derive(Clone, Debug, Default)]
pub struct QueueCalls(Arc<AtomicU64>);

impl QueueCalls {
    /// How many so far. A receive that brought nothing is not counted: on AWS the event source
    /// polls, a few times a minute however much there is to do.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A queue whose calls are counted.
#[derive(Clone, Debug)]
pub struct CountedQueue {
    queue: Arc<dyn Queue>,
    calls: QueueCalls,
}

impl CountedQueue {
    /// Counts the calls to `queue` in `calls`.
    pub fn new(queue: Arc<dyn Queue>, calls: QueueCalls) -> Self {
        Self { queue, calls }
    }
}

#[async_trait]
impl Queue for CountedQueue {
    async fn send(&self, message: &Outgoing) -> Result<MessageId, QueueError> {
        self.calls.one();
        self.queue.send(message).await
    }

    async fn send_batch(&self, messages: &[Outgoing]) -> Vec<Unsent> {
        self.calls.one();
        self.queue.send_batch(messages).await
    }

    async fn receive(&self, ask: Receive) -> Result<Vec<Received>, QueueError> {
        let received = self.queue.receive(ask).await;
        if received.as_ref().is_ok_and(|messages| !messages.is_empty()) {
            self.calls.one();
        }
        received
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), QueueError> {
        self.calls.one();
        self.queue.delete(receipt).await
    }

    async fn hide(&self, receipt: &Receipt, visibility_ms: u64) -> Result<Hidden, QueueError> {
        self.calls.one();
        self.queue.hide(receipt, visibility_ms).await
    }

    async fn counts(&self) -> Result<Counts, QueueError> {
        self.queue.counts().await
    }
}
