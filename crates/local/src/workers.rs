use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flyball_domain::Kind;
use flyball_governor::Policy;
use flyball_importer::{Delivery, Handled, Importer, Stopping};
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
    stop: watch::Sender<Ends>,
    stopping: Stopping,
}

#[derive(Clone, Debug)]
struct Crew {
    importer: Importer,
    queue: Arc<dyn Queue>,
    kind: Kind,
    visibility_ms: u64,
    stopped: watch::Receiver<Ends>,
    worked: Arc<Working>,
}

/// Whether there was such a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Killed {
    /// There was.
    Yes,
    /// There was not.
    No,
}

/// How much was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// Time spent handling messages, in milliseconds, all workers together.
    pub ms: u64,
    /// Messages handled.
    pub messages: u64,
}

#[derive(Debug, Default)]
struct Working {
    ms: AtomicU64,
    messages: AtomicU64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
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
        let (stop, stopped) = watch::channel(Ends::No);
        let stopping = Stopping::default();
        let importer = importer.heeding(stopping.clone());
        let visibility_ms = policy.lease_ms.saturating_add(policy.skew_ms.saturating_mul(2));
        let worked = Arc::default();
        let crew = Crew { importer, queue, kind, visibility_ms, stopped, worked };
        let tasks = (0..count).map(|_| tokio::spawn(crew.clone().work())).collect();
        Self { crew, tasks, stop, stopping }
    }

    /// Kills the worker that runs as this task wherever it is, as `kill -9` would, and starts
    /// another in its place. What it held stays held until its lease ends.
    pub fn kill(&mut self, worker: tokio::task::Id) -> Killed {
        match self.tasks.iter_mut().find(|task| task.id() == worker) {
            Some(task) => {
                task.abort();
                *task = tokio::spawn(self.crew.clone().work());
                Killed::Yes
            }
            None => Killed::No,
        }
    }

    /// For how long messages were being handled, all workers together, in milliseconds, and how
    /// many of them.
    pub fn worked(&self) -> Worked {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Worked { ms: load(&self.crew.worked.ms), messages: load(&self.crew.worked.messages) }
    }

    /// Has every worker take no further message, and end what it has begun at the next checkpoint.
    pub fn begin_to_stop(&self) {
        self.stopping.stop();
        self.stop.send_replace(Ends::Yes);
    }

    /// The same, and waits until all have ended.
    pub async fn stop(mut self) {
        self.begin_to_stop();
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
                _ = self.stopped.wait_for(|ends| *ends == Ends::Yes) => return,
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
            receives: Some(message.receives),
            end_by: None,
        };
        let began = tokio::time::Instant::now();
        let handled = AssertUnwindSafe(self.importer.handle(&delivery)).catch_unwind().await;
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.worked.ms.fetch_add(ms, Ordering::Relaxed);
        self.worked.messages.fetch_add(1, Ordering::Relaxed);
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
