use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flyball_http::{BaseUrl, HttpClient};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::otlp::{Finished, body};

/// The most spans that wait to be sent; what comes beyond is lost.
const WAITING_MAX: usize = 4_096;

/// The most spans of one call.
const BATCH_MAX: usize = 512;

/// How long the collector has for one call, in milliseconds. It is on this machine.
const SEND_WITHIN_MS: u64 = 500;

/// How long an invocation waits for what it has to send.
const FLUSH_WITHIN: Duration = Duration::from_secs(1);

/// How long a collector that failed is left alone.
const LEFT_ALONE: Duration = Duration::from_secs(30);

/// Where spans go that are over. Its clones are one.
#[derive(Clone, Debug)]
pub(super) struct Outbox {
    letters: mpsc::Sender<Letter>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Letter {
    Span(Box<Finished>),
    /// Send what there is, and say when that is done.
    Flush(oneshot::Sender<()>),
}

/// The way to a collector.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) http: HttpClient,
    pub(super) collector: BaseUrl,
    /// The name of who sends.
    pub(super) service: String,
}

impl Outbox {
    /// Sends by a task of its own, on the runtime that this is called on.
    pub(super) fn open(way: Way) -> Self {
        let (letters, next) = mpsc::channel(WAITING_MAX);
        let lost = Arc::new(AtomicU64::new(0));
        tokio::spawn(carry(Carrier { way, lost: Arc::clone(&lost), failed_at: None }, next));
        Self { letters, lost }
    }

    /// Takes a span, or loses it: nobody waits.
    pub(super) fn put(&self, span: Finished) {
        if self.letters.try_send(Letter::Span(Box::new(span))).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends what was put in, within a bounded time.
    pub(super) async fn flush(&self) {
        let (done, sent) = oneshot::channel();
        let flush = async {
            if self.letters.send(Letter::Flush(done)).await.is_ok() {
                // An end of the task is as good as an answer: there is nobody to wait for.
                drop(sent.await);
            }
        };
        // What is late goes with the next invocation.
        drop(timeout(FLUSH_WITHIN, flush).await);
    }
}

/// Who carries spans to the collector.
struct Carrier {
    way: Way,
    lost: Arc<AtomicU64>,
    /// When a call failed, unless one has succeeded since.
    failed_at: Option<Instant>,
}

async fn carry(mut carrier: Carrier, mut letters: mpsc::Receiver<Letter>) {
    let mut batch = Vec::new();
    while let Some(letter) = letters.recv().await {
        let done = match letter {
            Letter::Span(span) => {
                batch.push(*span);
                None
            }
            Letter::Flush(done) => Some(done),
        };
        if batch.len() >= BATCH_MAX || (done.is_some() && !batch.is_empty()) {
            carrier.send(&core::mem::take(&mut batch)).await;
        }
        if let Some(done) = done {
            let (Ok(()) | Err(())) = done.send(());
        }
    }
}

impl Carrier {
    /// Sends spans once. One that did not arrive is lost: nothing waits for a collector.
    async fn send(&mut self, spans: &[Finished]) {
        if self.failed_at.is_some_and(|at| at.elapsed() < LEFT_ALONE) {
            return self.lose(spans);
        }
        match self.way.send(spans).await {
            Ok(()) => {
                self.failed_at = None;
                let lost = self.lost.swap(0, Ordering::Relaxed);
                if lost > 0 {
                    tracing::warn!(code = "TRACES_NOT_SENT", lost, "spans are missing");
                }
            }
            Err(why) => {
                if self.failed_at.is_none() {
                    tracing::warn!(code = "TRACES_NOT_SENT", why, "nothing else is harmed");
                }
                self.failed_at = Some(Instant::now());
                self.lose(spans);
            }
        }
    }
}

impl Carrier {
    fn lose(&self, spans: &[Finished]) {
        self.lost.fetch_add(u64::try_from(spans.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Way {
    async fn send(&self, spans: &[Finished]) -> Result<(), String> {
        let request = http::Request::post("/v1/traces")
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body(&self.service, spans))
            .map_err(|error| error.to_string())?;
        let sent = self.http.send(&self.collector, request, SEND_WITHIN_MS).await;
        let answer = sent.map_err(|error| error.to_string())?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("the collector answered with {}", answer.status()))
        }
    }
}
