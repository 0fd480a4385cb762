//! The local queue: the suite of every queue, and what only it promises.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use flyball_domain::{Integration, Kind, UnixMillis};
use flyball_queue::conformance::{Bench, RECEIVES_MAX};
use flyball_queue::{
    Counts, Hidden, LocalQueue, LocalQueues, Now, Outgoing, Queue, QueueName, Receive, Received,
};

const NAME: QueueName = QueueName::of(Integration::Shopify, Kind::Products);
const MINUTE_MS: u64 = 60_000;

fn receives_max() -> NonZeroU32 {
    NonZeroU32::new(RECEIVES_MAX).unwrap()
}

/// The runtime's clock, counted from the first look.
fn real_time() -> Now {
    let start = tokio::time::Instant::now();
    Arc::new(move || {
        let passed = u64::try_from(start.elapsed().as_millis()).unwrap();
        UnixMillis(1_790_000_000_000).plus(passed)
    })
}

struct Memory;

#[async_trait]
impl Bench for Memory {
    async fn fresh(&self) -> (Arc<dyn Queue>, Arc<dyn Queue>) {
        let queues = LocalQueues::memory(receives_max(), real_time()).unwrap();
        (Arc::new(queues.queue(NAME)), Arc::new(queues.queue(NAME.dead_letter())))
    }
}

mod in_memory {
    use super::Memory;
    flyball_queue::queue_conformance!(Memory);
}

/// A clock that a test sets.
#[derive(Clone)]
struct Hand(Arc<AtomicU64>);

impl Hand {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_790_000_000_000)))
    }

    fn now(&self) -> Now {
        let Self(at) = self.clone();
        Arc::new(move || UnixMillis(at.load(Ordering::SeqCst)))
    }

    fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

fn open(path: &Path, hand: &Hand) -> LocalQueue {
    LocalQueues::open(path, receives_max(), hand.now()).unwrap().queue(NAME)
}

fn message(account: &str, text: &str) -> Outgoing {
    Outgoing::new(text, account.parse().unwrap()).unwrap()
}

async fn take(queue: &LocalQueue, messages_max: u8) -> Vec<Received> {
    let ask = Receive { messages_max, visibility_ms: MINUTE_MS, wait_ms: 0 };
    queue.receive(ask).await.unwrap()
}

async fn send_flood(queue: &LocalQueue) {
    let flood: Vec<Outgoing> = (0..100).map(|n| message("noisy", &n.to_string())).collect();
    assert!(queue.send_batch(&flood).await.is_empty());
    for quiet in ["quiet-1", "quiet-2"] {
        queue.send(&message(quiet, quiet)).await.unwrap();
    }
}

#[tokio::test]
async fn an_account_with_one_message_waits_for_one_message_of_each_other_account() {
    let queue = LocalQueues::memory(receives_max(), real_time()).unwrap().queue(NAME);
    send_flood(&queue).await;
    let mut order = Vec::new();
    for _ in 0..4 {
        order.extend(take(&queue, 1).await.into_iter().map(|received| received.body));
    }
    assert_eq!(order, ["0", "quiet-1", "quiet-2", "1"]);
}

#[tokio::test]
async fn accounts_take_turns_within_one_call() {
    let queue = LocalQueues::memory(receives_max(), real_time()).unwrap().queue(NAME);
    send_flood(&queue).await;
    let order: Vec<String> =
        take(&queue, 5).await.into_iter().map(|received| received.body).collect();
    assert_eq!(order, ["0", "quiet-1", "quiet-2", "1", "2"]);
}

#[tokio::test]
async fn an_account_that_sends_whenever_it_has_run_dry_is_not_served_first() {
    let queue = LocalQueues::memory(receives_max(), real_time()).unwrap().queue(NAME);
    for account in ["eager", "calm-1", "calm-2"] {
        queue.send(&message(account, account)).await.unwrap();
    }
    let mut order = Vec::new();
    for _ in 0..4 {
        let received = take(&queue, 1).await.remove(0);
        queue.delete(&received.receipt).await.unwrap();
        if received.body == "eager" {
            queue.send(&message("eager", "eager")).await.unwrap();
        }
        order.push(received.body);
    }
    assert_eq!(order, ["eager", "calm-1", "calm-2", "eager"]);
}

#[tokio::test]
async fn what_was_sent_or_received_and_not_deleted_is_there_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queues.sqlite");
    let hand = Hand::new();
    let queue = open(&path, &hand);
    for text in ["deleted", "in flight", "waiting"] {
        queue.send(&message("blue-mug", text)).await.unwrap();
    }
    queue.send(&message("blue-mug", "delayed").after(60).unwrap()).await.unwrap();
    let deleted = take(&queue, 1).await.remove(0);
    queue.delete(&deleted.receipt).await.unwrap();
    let in_flight = take(&queue, 1).await.remove(0);
    drop(queue);

    let queue = open(&path, &hand);
    assert_eq!(queue.counts().await.unwrap(), Counts { visible: 2, in_flight: 0, delayed: 1 });
    let again = take(&queue, 10).await;
    let mut bodies: Vec<&str> = again.iter().map(|received| received.body.as_str()).collect();
    bodies.sort_unstable();
    assert_eq!(bodies, ["in flight", "waiting"]);
    let mine = again.iter().find(|received| received.body == "in flight").unwrap();
    assert_eq!(mine.receives, 1, "a process that ended is no fault of its messages");
    queue.delete(&in_flight.receipt).await.unwrap();
    assert_eq!(queue.counts().await.unwrap().in_flight, 2, "a receipt of an earlier process");
}

#[tokio::test]
async fn an_older_delivery_can_neither_delete_nor_hide_what_somebody_else_received() {
    let hand = Hand::new();
    let queue = LocalQueues::memory(receives_max(), hand.now()).unwrap().queue(NAME);
    queue.send(&message("blue-mug", "one")).await.unwrap();
    let first = take(&queue, 1).await.remove(0);
    hand.advance(MINUTE_MS);
    assert_eq!(queue.hide(&first.receipt, MINUTE_MS).await.unwrap(), Hidden::NotInFlight);
    let second = take(&queue, 1).await.remove(0);
    queue.delete(&first.receipt).await.unwrap();
    assert_eq!(queue.hide(&first.receipt, 0).await.unwrap(), Hidden::NotInFlight);
    assert_eq!(queue.hide(&second.receipt, MINUTE_MS).await.unwrap(), Hidden::Until);
}

/// How long, in seconds of the runtime's own time, a wait of 20 s lasts when `happen` ends it.
async fn waited_s(queue: &LocalQueue, happen: impl AsyncFnOnce()) -> u64 {
    let start = tokio::time::Instant::now();
    let ask = Receive { messages_max: 1, visibility_ms: MINUTE_MS, wait_ms: Receive::WAIT_MS_MAX };
    let mut received = std::pin::pin!(queue.receive(ask));
    let early = tokio::time::timeout(Duration::from_secs(5), &mut received).await;
    assert!(early.is_err(), "nothing was to be received yet");
    happen().await;
    assert_eq!(received.await.unwrap().len(), 1);
    start.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn a_waiting_receiver_is_woken_by_what_is_sent_or_given_back() {
    let queue = LocalQueues::memory(receives_max(), real_time()).unwrap().queue(NAME);
    let one = message("blue-mug", "one");
    assert_eq!(waited_s(&queue, async || drop(queue.send(&one).await.unwrap())).await, 5);

    queue.send(&message("red-pot", "two")).await.unwrap();
    let two = take(&queue, 1).await.remove(0);
    let give_back = async || assert_eq!(queue.hide(&two.receipt, 0).await.unwrap(), Hidden::Until);
    assert_eq!(waited_s(&queue, give_back).await, 5);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_receiver_is_woken_when_a_visibility_ends() {
    let queue = LocalQueues::memory(receives_max(), real_time()).unwrap().queue(NAME);
    queue.send(&message("blue-mug", "one")).await.unwrap();
    let ask = Receive { messages_max: 1, visibility_ms: 7_000, wait_ms: 0 };
    assert_eq!(queue.receive(ask).await.unwrap().len(), 1);
    assert_eq!(waited_s(&queue, async || ()).await, 7);
}

#[tokio::test]
async fn queues_of_one_file_are_apart() {
    let queues = LocalQueues::memory(receives_max(), real_time()).unwrap();
    let products = queues.queue(NAME);
    let orders = queues.queue(QueueName::of(Integration::Shopify, Kind::Orders));
    products.send(&message("blue-mug", "one")).await.unwrap();
    assert_eq!(take(&orders, 1).await, []);
    let received = take(&products, 1).await.remove(0);
    orders.delete(&received.receipt).await.unwrap();
    assert_eq!(products.counts().await.unwrap().in_flight, 1);
}

#[test]
fn a_file_that_holds_no_queues_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queues.sqlite");
    std::fs::write(&path, "this is no database, and long enough to be seen not to be one").unwrap();
    let error = LocalQueues::open(&path, receives_max(), Hand::new().now()).unwrap_err();
    assert!(error.to_string().contains("queues.sqlite"), "{error}");
}
