//! The suite of every queue on a second SQS engine, ministack. `FLYBALL_MINISTACK` names its
//! executable.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_sdk_sqs::{Client, Config};
use flyball_domain::{Integration, Kind};
use flyball_queue::conformance::{Bench, RECEIVES_MAX};
use flyball_queue::{Queue, QueueName, SqsQueue};

const EXECUTABLE_VARIABLE: &str = "FLYBALL_MINISTACK";
const NAME: QueueName = QueueName::of(Integration::Shopify, Kind::Products);
const START_TRIES_MAX: u32 = 600;
const START_PAUSE_MS: u64 = 50;

/// Ends the engine with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[derive(Default)]
struct Ministack(Mutex<Option<Running>>);

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn client(port: u16) -> Client {
    Client::from_conf(
        Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(format!("http://127.0.0.1:{port}"))
            .build(),
    )
}

async fn wait_until_it_answers(client: &Client) {
    let mut pauses = tokio::time::interval(core::time::Duration::from_millis(START_PAUSE_MS));
    for _ in 0..START_TRIES_MAX {
        pauses.tick().await;
        if client.list_queues().send().await.is_ok() {
            return;
        }
    }
    unreachable!("ministack does not answer");
}

async fn create(client: &Client, name: QueueName, redrive: Option<String>) -> String {
    let created = client
        .create_queue()
        .queue_name(name.to_string())
        .set_attributes(redrive.map(|policy| [(QueueAttributeName::RedrivePolicy, policy)].into()))
        .send()
        .await;
    created.unwrap().queue_url.unwrap()
}

#[async_trait]
impl Bench for Ministack {
    async fn fresh(&self) -> (Arc<dyn Queue>, Arc<dyn Queue>) {
        let executable = std::env::var_os(EXECUTABLE_VARIABLE).unwrap();
        let port = free_port();
        let child = Command::new(executable)
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        *self.0.lock().unwrap() = Some(Running(child));
        let client = client(port);
        wait_until_it_answers(&client).await;
        let dead = create(&client, NAME.dead_letter(), None).await;
        let arn = format!("arn:aws:sqs:us-east-1:000000000000:{}", NAME.dead_letter());
        let redrive =
            format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"{RECEIVES_MAX}"}}"#);
        let queue = create(&client, NAME, Some(redrive)).await;
        let at = |url| Arc::new(SqsQueue::new(client.clone(), url));
        (at(queue), at(dead))
    }
}

mod on_ministack {
    use super::Ministack;
    flyball_queue::queue_conformance!(Ministack::default());
}
