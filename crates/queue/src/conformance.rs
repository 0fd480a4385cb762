//! What every implementation of [`Queue`] must do, as functions over the trait.
//!
//! [`queue_conformance!`](crate::queue_conformance) makes a test of each.

#![expect(clippy::missing_panics_doc, reason = "a check panics when the queue fails it")]
#![expect(clippy::missing_errors_doc, reason = "a check's error is the queue's own")]

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use flyball_domain::AccountId;

use crate::{Counts, Hidden, Outgoing, Queue, QueueError, Receipt, Receive, Received};

/// How often the queues of the suite let a message be received before they move it away.
pub const RECEIVES_MAX: u32 = 2;

const HIDDEN_FOR_LONG_MS: u64 = 600_000;
const HIDDEN_BRIEFLY_MS: u64 = 1_000;

/// Makes the queues to be checked.
#[async_trait]
pub trait Bench: Send + Sync {
    /// A new, empty queue, and its dead-letter queue, which gets what was received
    /// [`RECEIVES_MAX`] times.
    async fn fresh(&self) -> (Arc<dyn Queue>, Arc<dyn Queue>);
}

/// Makes a test of each check. The argument is an expression in an `async` context that makes a
/// [`Bench`]: one per test.
#[macro_export]
macro_rules! queue_conformance {
    ($bench:expr) => {
        $crate::queue_conformance! { @each $bench;
            a_message_is_received_once_and_gone_when_deleted
            a_message_tells_its_group_and_when_it_was_sent
            a_message_given_back_is_received_again
            a_message_whose_receiver_died_is_received_again
            a_hidden_message_is_received_by_nobody_else
            a_delivery_that_is_over_changes_nothing
            a_message_received_too_often_goes_to_the_dead_letter_queue
            a_batch_of_any_size_arrives_whole
            odd_text_arrives_as_it_was_sent
            a_delayed_message_comes_when_its_delay_ends
            a_waiting_receiver_gets_what_is_sent_meanwhile
        }
    };
    (@each $bench:expr; $($check:ident)+) => {
        $(
            #[tokio::test]
            async fn $check() {
                let bench = $bench;
                let (queue, dead) = $crate::conformance::Bench::fresh(&bench).await;
                $crate::conformance::$check(&*queue, &*dead).await.expect(stringify!($check));
            }
        )+
    };
}

fn account(id: &str) -> AccountId {
    id.parse().unwrap_or_else(|error| unreachable!("the suite's own account: {error}"))
}

fn message(text: &str) -> Outgoing {
    Outgoing::new(text, account("blue-mug"))
        .unwrap_or_else(|error| unreachable!("the suite's own message: {error}"))
}

const fn at_once(visibility_ms: u64) -> Receive {
    Receive { messages_max: 1, visibility_ms, wait_ms: 0 }
}

const fn patiently(visibility_ms: u64) -> Receive {
    Receive { messages_max: 1, visibility_ms, wait_ms: Receive::WAIT_MS_MAX }
}

async fn receive_one(queue: &dyn Queue, ask: Receive) -> Result<Received, QueueError> {
    let mut received = queue.receive(ask).await?;
    assert_eq!(received.len(), 1, "messages received");
    Ok(received.remove(0))
}

async fn assert_nothing_to_receive(queue: &dyn Queue) -> Result<(), QueueError> {
    assert_eq!(queue.receive(at_once(HIDDEN_FOR_LONG_MS)).await?, []);
    Ok(())
}

/// The plain way.
pub async fn a_message_is_received_once_and_gone_when_deleted(
    queue: &dyn Queue,
    _dead: &dyn Queue,
) -> Result<(), QueueError> {
    let sent = queue.send(&message("one")).await?;
    assert_eq!(queue.counts().await?, Counts { visible: 1, in_flight: 0, delayed: 0 });
    let received = receive_one(queue, patiently(HIDDEN_FOR_LONG_MS)).await?;
    assert_eq!(received.message_id, sent);
    assert_eq!(received.body, "one");
    assert_eq!(received.receives, 1);
    assert_nothing_to_receive(queue).await?;
    assert_eq!(queue.counts().await?, Counts { visible: 0, in_flight: 1, delayed: 0 });
    queue.delete(&received.receipt).await?;
    assert_eq!(queue.counts().await?, Counts::default());
    queue.delete(&received.receipt).await
}

/// What the importer learns besides the text.
pub async fn a_message_tells_its_group_and_when_it_was_sent(
    queue: &dyn Queue,
    _dead: &dyn Queue,
) -> Result<(), QueueError> {
    queue.send(&message("one")).await?;
    let received = receive_one(queue, patiently(HIDDEN_FOR_LONG_MS)).await?;
    assert_eq!(received.group.as_deref(), Some("blue-mug"));
    assert!(received.sent_at.is_some(), "no time of sending");
    Ok(())
}

/// Visibility 0 ends a delivery.
pub async fn a_message_given_back_is_received_again(
    queue: &dyn Queue,
    _dead: &dyn Queue,
) -> Result<(), QueueError> {
    queue.send(&message("one")).await?;
    let first = receive_one(queue, patiently(HIDDEN_FOR_LONG_MS)).await?;
    assert_eq!(queue.hide(&first.receipt, 0).await?, Hidden::Until);
    let second = receive_one(queue, patiently(HIDDEN_FOR_LONG_MS)).await?;
    assert_eq!((second.message_id, second.receives), (first.message_id, 2));
    Ok(())
}

/// The visibility time-out ends a delivery.
pub async fn a_message_whose_receiver_died_is_received_again(
    queue: &dyn Queue,
    _dead: &dyn Queue,
) -> Result<(), QueueError> {
    queue.send(&message("one")).await?;
    let first = receive_one(queue, patiently(HIDDEN_BRIEFLY_MS)).await?;
    let second = receive_one(queue, patiently(HIDDEN_FOR_LONG_MS)).await?;
    assert_eq!((second.message_id, second.receives), (first.message_id, 2));
    Ok(())
}

/// A worker that needs longer keeps its message.
pub async fn a_hidden_message_is_received_by_nobody_else(
    queue: &dyn Queue,
    _dead: &dyn Queue,
) -> Result<(), QueueError> {
    queue.send(&message("kept")).await?;
    let kept = receive_one(queue, patiently(HIDDEN_BRIEFLY_MS)).await?;
    assert_eq!(queue.hide(&kept.receipt, HIDDEN_FOR_LONG_MS).await?, Hidden::Until);
    // By the time this one's visibility has ended, the first would have been back before it.
    queue.send(&message("dropped")).await?;
    let dropped = receive_one(queue, patiently(HIDDEN_BRIEFLY_MS)).await?;
    assert_eq!(dropped.body, "dropped");
    let next = receive_one(queue, patiently(HIDDEN_FOR_LONG_MS)).await?;
    assert_eq!(next.body, "dropped");
    assert_nothing_to_receive(queue).await
}

/// A worker that comes late does no harm.
pub async fn a_delivery_that_is_over_changes_nothing(
    queue: &dyn Queue,
    _dead: &dyn Queue,
) -> Result<(), QueueError> {
    queue.send(&message("one")).await?;
    let received = receive_one(queue, patiently(HIDDEN_FOR_LONG_MS)).await?;
    queue.delete(&received.receipt).await?;
    assert_eq!(queue.hide(&received.receipt, 0).await?, Hidden::NotInFlight);
    let nobodys = Receipt("no receipt at all".to_owned());
    assert_eq!(queue.hide(&nobodys, 0).await?, Hidden::NotInFlight);
    assert_eq!(queue.counts().await?, Counts::default());
    Ok(())
}

/// What nobody gets done is put where somebody looks.
pub async fn a_message_received_too_often_goes_to_the_dead_letter_queue(
    queue: &dyn Queue,
    dead: &dyn Queue,
) -> Result<(), QueueError> {
    let sent = queue.send(&message("poison")).await?;
    for receives in 1..=RECEIVES_MAX {
        let received = receive_one(queue, patiently(HIDDEN_FOR_LONG_MS)).await?;
        assert_eq!((&received.message_id, received.receives), (&sent, receives));
        assert_eq!(queue.hide(&received.receipt, 0).await?, Hidden::Until);
    }
    assert_nothing_to_receive(queue).await?;
    let buried = receive_one(dead, patiently(HIDDEN_FOR_LONG_MS)).await?;
    assert_eq!((buried.message_id, buried.body.as_str()), (sent, "poison"));
    assert_eq!(queue.counts().await?, Counts::default());
    Ok(())
}

/// More than fit one call of SQS, in number and in bytes.
pub async fn a_batch_of_any_size_arrives_whole(
    queue: &dyn Queue,
    _dead: &dyn Queue,
) -> Result<(), QueueError> {
    let filler = "x".repeat(Outgoing::BYTES_MAX / 4);
    let batch: Vec<Outgoing> = (0..25)
        .map(|n| message(&if n % 5 == 0 { format!("{n} {filler}") } else { n.to_string() }))
        .collect();
    let unsent = queue.send_batch(&batch).await;
    assert!(unsent.is_empty(), "{unsent:?}");
    let mut arrived = BTreeSet::new();
    while arrived.len() < batch.len() {
        let ask = Receive { messages_max: Receive::MESSAGES_MAX, ..patiently(HIDDEN_FOR_LONG_MS) };
        let received = queue.receive(ask).await?;
        assert!(!received.is_empty(), "only {} arrived", arrived.len());
        for message in received {
            assert!(arrived.insert(message.body), "a message came twice");
        }
    }
    assert_eq!(arrived, batch.iter().map(|message| message.text().to_owned()).collect());
    assert!(queue.send_batch(&[]).await.is_empty());
    Ok(())
}

/// No character that may be sent is changed on the way.
pub async fn odd_text_arrives_as_it_was_sent(
    queue: &dyn Queue,
    _dead: &dyn Queue,
) -> Result<(), QueueError> {
    let odd = "{\"a\":\"\\u0000 \\\"\"}\t\r\n <&amp;> \u{1f3fa}\u{200f}\u{5d0}\u{2028}\u{fffd}";
    queue.send(&message(odd)).await?;
    assert_eq!(receive_one(queue, patiently(HIDDEN_FOR_LONG_MS)).await?.body, odd);
    Ok(())
}

/// A delay holds a message back and then lets it go.
pub async fn a_delayed_message_comes_when_its_delay_ends(
    queue: &dyn Queue,
    _dead: &dyn Queue,
) -> Result<(), QueueError> {
    let delayed = |text, delay_s| {
        message(text).after(delay_s).unwrap_or_else(|error| unreachable!("a short delay: {error}"))
    };
    queue.send(&delayed("much later", Outgoing::DELAY_S_MAX)).await?;
    assert_nothing_to_receive(queue).await?;
    assert_eq!(queue.counts().await?, Counts { visible: 0, in_flight: 0, delayed: 1 });
    queue.send(&delayed("soon", 1)).await?;
    assert_eq!(receive_one(queue, patiently(HIDDEN_FOR_LONG_MS)).await?.body, "soon");
    Ok(())
}

/// Waiting ends with the first message, whichever came first.
pub async fn a_waiting_receiver_gets_what_is_sent_meanwhile(
    queue: &dyn Queue,
    _dead: &dyn Queue,
) -> Result<(), QueueError> {
    let text = message("one");
    let (received, sent) =
        tokio::join!(receive_one(queue, patiently(HIDDEN_FOR_LONG_MS)), queue.send(&text));
    assert_eq!(received?.message_id, sent?);
    Ok(())
}
