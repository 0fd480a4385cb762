use async_trait::async_trait;
use flyball_domain::AccountId;
use flyball_queue::{
    Counts, Hidden, LocalQueue, MessageId, Outgoing, Queue, QueueError, Receipt, Receive, Received,
    Unsent, send_each,
};

/// A queue that takes messages about one account only. A ticker wakes whatever lane is due; this
/// command has no business with the stores of other accounts, and a call that is lost loses
/// nothing: their lanes stay due.
#[derive(Clone, Debug)]
pub(super) struct OwnQueue {
    queue: LocalQueue,
    account: AccountId,
}

impl OwnQueue {
    pub(super) const fn new(queue: LocalQueue, account: AccountId) -> Self {
        Self { queue, account }
    }
}

#[async_trait]
impl Queue for OwnQueue {
    async fn send(&self, message: &Outgoing) -> Result<MessageId, QueueError> {
        if message.group() == &self.account {
            self.queue.send(message).await
        } else {
            Ok(MessageId(String::new()))
        }
    }

    async fn send_batch(&self, messages: &[Outgoing]) -> Vec<Unsent> {
        send_each(self, messages).await
    }

    async fn receive(&self, ask: Receive) -> Result<Vec<Received>, QueueError> {
        self.queue.receive(ask).await
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), QueueError> {
        self.queue.delete(receipt).await
    }

    async fn hide(&self, receipt: &Receipt, visibility_ms: u64) -> Result<Hidden, QueueError> {
        self.queue.hide(receipt, visibility_ms).await
    }

    async fn counts(&self) -> Result<Counts, QueueError> {
        self.queue.counts().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use flyball_domain::{Integration, Kind, UnixMillis};
    use flyball_queue::{LocalQueues, QueueName};

    use super::*;

    #[tokio::test]
    async fn only_messages_about_the_own_account_are_taken() {
        let now = Arc::new(|| UnixMillis(1_790_000_000_000));
        let queues = LocalQueues::memory(core::num::NonZeroU32::MIN, now).unwrap();
        let queue = queues.queue(QueueName::of(Integration::Shopify, Kind::Products));
        let queue = OwnQueue::new(queue, "blue-mug".parse().unwrap());
        let about = |account: &str| Outgoing::new("x", account.parse().unwrap()).unwrap();
        queue.send(&about("red-mug")).await.unwrap();
        assert_eq!(queue.counts().await.unwrap().visible, 0);
        let unsent = queue.send_batch(&[about("red-mug"), about("blue-mug")]).await;
        assert!(unsent.is_empty());
        assert_eq!(queue.counts().await.unwrap().visible, 1);
    }
}
