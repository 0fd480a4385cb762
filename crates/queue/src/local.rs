mod receive;
mod schema;
mod store;

use core::fmt;
use core::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use flyball_domain::UnixMillis;
use tokio::time::Instant;

use crate::{
    Counts, Hidden, MessageId, Outgoing, Queue, QueueError, QueueName, Receipt, Receive, Received,
    Unsent,
};
use store::Store;

/// What the time is.
pub type Now = Arc<dyn Fn() -> UnixMillis + Send + Sync>;

/// Why the file of queues can't be used.
#[derive(Debug, thiserror::Error)]
#[error("the queues in {path} can't be opened: check that it is a file of Flyball's and writable")]
pub struct OpenError {
    path: String,
    #[source]
    source: rusqlite::Error,
}

/// The queues of one machine, in one `SQLite` file or in memory.
///
/// A message that was sent is there after the process was killed, and after a power cut. Whoever
/// opens the file is its only user (the data folder's lock sees to that), so what an earlier
/// process had received and not deleted is to be received again at once.
#[derive(Clone)]
pub struct LocalQueues {
    store: Arc<Store>,
}

impl LocalQueues {
    /// Opens the file of queues, creating it if there is none.
    ///
    /// A message that was received `receives_max` times without being deleted goes to the
    /// dead-letter queue instead of being received once more.
    ///
    /// # Errors
    /// The file can't be opened, written, or is no file of queues.
    pub fn open(path: &Path, receives_max: NonZeroU32, now: Now) -> Result<Self, OpenError> {
        let at = |source| OpenError { path: path.display().to_string(), source };
        let connection = rusqlite::Connection::open(path).map_err(at)?;
        Store::new(connection, receives_max, now).map(Self::from).map_err(at)
    }

    /// Queues that end with the process.
    ///
    /// # Errors
    /// `SQLite` fails to start.
    pub fn memory(receives_max: NonZeroU32, now: Now) -> Result<Self, OpenError> {
        let at = |source| OpenError { path: ":memory:".to_owned(), source };
        let connection = rusqlite::Connection::open_in_memory().map_err(at)?;
        Store::new(connection, receives_max, now).map(Self::from).map_err(at)
    }

    /// One of the queues. Every name has one; it need not be created.
    pub fn queue(&self, name: QueueName) -> LocalQueue {
        LocalQueue { store: Arc::clone(&self.store), name }
    }
}

impl From<Store> for LocalQueues {
    fn from(store: Store) -> Self {
        Self { store: Arc::new(store) }
    }
}

impl fmt::Debug for LocalQueues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalQueues").finish_non_exhaustive()
    }
}

/// One queue of [`LocalQueues`]. Accounts take turns, whatever the number of their messages.
#[derive(Clone)]
pub struct LocalQueue {
    store: Arc<Store>,
    name: QueueName,
}

impl fmt::Debug for LocalQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalQueue").field(&self.name.to_string()).finish()
    }
}

impl LocalQueue {
    /// The queue's name.
    pub const fn name(&self) -> QueueName {
        self.name
    }

    /// Sends all of these messages or, on an error, none.
    ///
    /// # Errors
    /// The file can't be written.
    pub async fn send_all(&self, messages: Vec<Outgoing>) -> Result<Vec<MessageId>, QueueError> {
        self.call(move |store, name| store.send(name, &messages)).await
    }

    /// Runs `work` where waiting for the disk holds up no other task.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store, QueueName) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, QueueError> {
        let (store, name) = (Arc::clone(&self.store), self.name);
        let unavailable = |source| QueueError::Unavailable { queue: self.name.to_string(), source };
        match tokio::task::spawn_blocking(move || work(&store, name)).await {
            Ok(done) => done.map_err(|error| unavailable(error.into())),
            Err(ended) => Err(unavailable(ended.into())),
        }
    }
}

#[async_trait]
impl Queue for LocalQueue {
    async fn send(&self, message: &Outgoing) -> Result<MessageId, QueueError> {
        let sent = self.send_all(vec![message.clone()]).await?;
        Ok(sent.into_iter().next().unwrap_or_else(|| MessageId(String::new())))
    }

    async fn send_batch(&self, messages: &[Outgoing]) -> Vec<Unsent> {
        let Err(error) = self.send_all(messages.to_vec()).await else { return Vec::new() };
        let what = error.to_string();
        let unavailable = || QueueError::Unavailable {
            queue: self.name.to_string(),
            source: what.clone().into(),
        };
        (0..messages.len()).map(|index| Unsent { index, error: unavailable() }).collect()
    }

    async fn receive(&self, ask: Receive) -> Result<Vec<Received>, QueueError> {
        let ask = ask.bounded();
        let deadline = Instant::now() + core::time::Duration::from_millis(ask.wait_ms);
        loop {
            // Listening begins before looking: what is sent in between is not missed.
            let mut changed = core::pin::pin!(self.store.changed());
            changed.as_mut().enable();
            let taken = self.call(move |store, name| store.take(name, ask)).await?;
            let now = Instant::now();
            if !taken.messages.is_empty() || now >= deadline {
                return Ok(taken.messages);
            }
            let due = taken.next_in_ms.map(core::time::Duration::from_millis);
            let until = due.map_or(deadline, |due| deadline.min(now + due));
            // Woken or timed out, the next look decides.
            drop(tokio::time::timeout_at(until, changed).await);
        }
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), QueueError> {
        let receipt = receipt.clone();
        self.call(move |store, name| store.delete(name, &receipt)).await
    }

    async fn hide(&self, receipt: &Receipt, visibility_ms: u64) -> Result<Hidden, QueueError> {
        let receipt = receipt.clone();
        let visibility_ms = visibility_ms.min(Receive::VISIBILITY_MS_MAX);
        self.call(move |store, name| store.hide(name, &receipt, visibility_ms)).await
    }

    async fn counts(&self) -> Result<Counts, QueueError> {
        self.call(Store::counts).await
    }
}
