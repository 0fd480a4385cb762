//! The protocol of SQS on local queues, under the unchanged AWS client.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::DeleteMessageBatchRequestEntry;
use flyball_domain::{Integration, Kind, UnixMillis};
use flyball_local::{SqsServer, Token};
use flyball_queue::conformance::{Bench, RECEIVES_MAX};
use flyball_queue::{
    Counts, LocalQueues, Outgoing, Queue, QueueError, QueueName, Receive, SqsQueue,
};
use flyball_runtime::{AwsSource, Clients, LocalEndpoints, Meter, aws_clients};

const NAME: QueueName = QueueName::of(Integration::Shopify, Kind::Products);

fn queues() -> LocalQueues {
    let start = tokio::time::Instant::now();
    let now = move || {
        let passed = u64::try_from(start.elapsed().as_millis()).unwrap();
        UnixMillis(1_790_000_000_000).plus(passed)
    };
    LocalQueues::memory(NonZeroU32::new(RECEIVES_MAX).unwrap(), Arc::new(now)).unwrap()
}

async fn clients(server: &SqsServer, token: &Token) -> Clients {
    let endpoints = LocalEndpoints {
        dynamodb: server.endpoint(),
        sqs: server.endpoint(),
        token: token.secret().clone(),
    };
    aws_clients(&AwsSource::Local(endpoints), &Meter::default()).await
}

async fn start() -> (SqsServer, aws_sdk_sqs::Client) {
    let token = Token::random().unwrap();
    let server = SqsServer::start(queues(), token.clone()).await.unwrap();
    let client = clients(&server, &token).await.sqs;
    (server, client)
}

/// Keeps the server while a test talks to it.
#[derive(Default)]
struct Wire(Mutex<Option<SqsServer>>);

#[async_trait]
impl Bench for Wire {
    async fn fresh(&self) -> (Arc<dyn Queue>, Arc<dyn Queue>) {
        let (server, client) = start().await;
        let at = |name| Arc::new(SqsQueue::new(client.clone(), server.queue_url(name)));
        let fresh = (at(NAME), at(NAME.dead_letter()));
        *self.0.lock().unwrap() = Some(server);
        (fresh.0, fresh.1)
    }
}

mod over_the_wire {
    use super::Wire;
    flyball_queue::queue_conformance!(Wire::default());
}

fn message(text: &str) -> Outgoing {
    Outgoing::new(text, "blue-mug".parse().unwrap()).unwrap()
}

#[tokio::test]
async fn who_does_not_know_the_token_is_refused() {
    let (server, _) = start().await;
    let stranger = clients(&server, &Token::random().unwrap()).await.sqs;
    let queue = SqsQueue::new(stranger, server.queue_url(NAME));
    let error = queue.send(&message("one")).await.unwrap_err();
    assert!(
        matches!(&error, QueueError::Refused { code, .. } if code == "UnrecognizedClientException"),
        "{error:?}"
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_queue_that_is_none_of_ours_is_missing() {
    let (server, client) = start().await;
    let queue = SqsQueue::new(client, format!("{}/1/somebody-elses", server.endpoint()));
    let error = queue.send(&message("one")).await.unwrap_err();
    assert!(matches!(error, QueueError::Missing { .. }), "{error:?}");
    assert_eq!(queue.send_batch(&[message("one"), message("two")]).await.len(), 2);
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable_and_may_be_asked_again() {
    let (server, client) = start().await;
    let queue = SqsQueue::new(client, server.queue_url(NAME));
    queue.send(&message("one")).await.unwrap();
    drop(server);
    let error = queue.send(&message("two")).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    let unsent = queue.send_batch(&[message("two"), message("three")]).await;
    assert_eq!(unsent.iter().map(|unsent| unsent.index).collect::<Vec<_>>(), [0, 1]);
}

#[tokio::test]
async fn what_a_function_asks_besides_is_served() {
    let (server, client) = start().await;
    let url = client.get_queue_url().queue_name(NAME.to_string()).send().await.unwrap();
    assert_eq!(url.queue_url(), Some(server.queue_url(NAME).as_str()));

    let queue = SqsQueue::new(client.clone(), server.queue_url(NAME));
    assert!(queue.send_batch(&[message("one"), message("two")]).await.is_empty());
    let ask = Receive { messages_max: 10, visibility_ms: 60_000, wait_ms: 0 };
    let entries = queue.receive(ask).await.unwrap().into_iter().map(|received| {
        DeleteMessageBatchRequestEntry::builder()
            .id(received.message_id.0)
            .receipt_handle(received.receipt.0)
            .build()
            .unwrap()
    });
    let deleted = client
        .delete_message_batch()
        .queue_url(queue.url())
        .set_entries(Some(entries.collect()))
        .send()
        .await
        .unwrap();
    assert_eq!((deleted.successful().len(), deleted.failed().len()), (2, 0));
    assert_eq!(queue.counts().await.unwrap(), Counts::default());

    let unserved = client.purge_queue().queue_url(queue.url()).send().await.unwrap_err();
    assert!(unserved.code().unwrap().contains("UnsupportedOperation"), "{unserved:?}");
}
