use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::sync::Arc;

use flyball_domain::Kind;
use flyball_governor::Policy;
use flyball_importer::{Delivery, Handled, Importer};
use flyball_queue::{Queue, Receive, Received};
use flyball_ticker::Ticker;
use futures::FutureExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// Workers on one queue, and perhaps a ticker: what Lambda would run. Dropped, they are killed.
#[derive(Debug)]
pub struct Workers {
    crew: Crew,
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<Stopping>,
}

#[derive(Clone, Debug)]
struct Crew {
    importer: Importer,
    queue: Arc<dyn Queue>,
    kind: Kind,
    visibility_ms: u64,
    stopped: watch::Receiver<Stopping>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopping {
    No,
    Yes,
}

/// How long a worker waits for a message before it asks again.
const WAIT_MS: u64 = 10_000;

/// How long a worker leaves a queue alone that does not answer.
const QUEUE_PAUSE: Duration = Duration::from_secs(1);

impl Workers {
    /// Starts `count` workers on the queue of one integration and kind. Each handles one message at
    /// a time.
    pub fn start(
        importer: Importer,
        queue: Arc<dyn Queue>,
        kind: Kind,
        policy: &Policy,
        count: usize,
    ) -> Self {
        let (stop, stopped) = watch::channel(Stopping::No);
        let visibility_ms = policy.lease_ms.saturating_add(policy.skew_ms.saturating_mul(2));
        let crew = Crew { importer, queue, kind, visibility_ms, stopped };
        let tasks = (0..count).map(|_| tokio::spawn(crew.clone().work())).collect();
        Self { crew, tasks, stop }
    }

    /// How many workers there are.
    pub fn count(&self) -> usize {
        self.tasks.len()
    }

    /// Kills a worker wherever it is, as `kill -9` would, and starts another in its place. What it
    /// held stays held until its lease ends.
    pub fn kill(&mut self, worker: usize) {
        if let Some(task) = self.tasks.get_mut(worker) {
            task.abort();
            *task = tokio::spawn(self.crew.clone().work());
        }
    }

    /// Lets every worker end what it has begun, and waits for that.
    pub async fn stop(mut self) {
        self.stop.send_replace(Stopping::Yes);
        for task in core::mem::take(&mut self.tasks) {
            if let Err(ended) = task.await {
                tracing::error!(code = "WORKER_ENDED", "a worker did not end by itself: {ended}");
            }
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Crew {
    async fn work(mut self) {
        loop {
            let ask =
                Receive { messages_max: 1, visibility_ms: self.visibility_ms, wait_ms: WAIT_MS };
            let received = tokio::select! {
                biased;
                _ = self.stopped.wait_for(|stopping| *stopping == Stopping::Yes) => return,
                received = self.queue.receive(ask) => received,
            };
            match received {
                Ok(messages) => {
                    for message in messages {
                        self.handle(message).await;
                    }
                }
                Err(error) => {
                    tracing::error!(code = "QUEUE_UNAVAILABLE", "{error}");
                    rest(QUEUE_PAUSE).await;
                }
            }
        }
    }

    async fn handle(&self, message: Received) {
        let delivery = Delivery {
            body: message.body,
            receipt: message.receipt,
            kind: self.kind,
            end_by: None,
        };
        let handled = AssertUnwindSafe(self.importer.handle(&delivery)).catch_unwind().await;
        match handled {
            Ok(Handled::Done) => {}
            Ok(Handled::Again(why)) => {
                tracing::info!(message = %message.message_id, "comes again: {why}");
            }
            Err(_panic) => {
                tracing::error!(code = "IMPORT_PANICKED", message = %message.message_id, "comes again");
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a process of one's own is not billed for waiting")]
async fn rest(pause: Duration) {
    tokio::time::sleep(pause).await;
}

/// A ticker that makes a pass at every interval. Dropped, it is killed.
#[derive(Debug)]
pub struct Ticking(JoinHandle<()>);

impl Ticking {
    /// Starts a ticker.
    pub fn start(ticker: Ticker, every: Duration) -> Self {
        Self(tokio::spawn(async move {
            let mut interval = interval(every);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                interval.tick().await;
                if let Err(error) = ticker.pass().await {
                    tracing::error!(code = "TICKER_BLIND", "no lane is woken: {error}");
                }
            }
        }))
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.abort();
    }
}
