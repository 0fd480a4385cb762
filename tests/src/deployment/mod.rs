//! A deployment in one process, but for the function, which has its own: its real program, as Lambda
//! would run it, fed by a Runtime API of ours with what was received from a local queue.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper that fails, fails the test that it helps"
)]
#![expect(clippy::missing_panics_doc, reason = "a helper panics where its test fails")]

mod api;
mod collector;
mod environment;
mod front;
mod process;
mod runtime_api;
mod services;
mod start;
mod tickers;
mod told;

use flyball_domain::{AccountId, Drain, Integration, Job, Kind, Message};
use flyball_governor::{Clock as _, Lane, Parked};
use flyball_local::Stores;
use flyball_queue::{Counts, LocalQueue, Outgoing, Queue as _, Receive, Received};
use serde_json::{Value, json};

use crate::world::{PATIENCE, Setup, Shop, differences_of};

pub use api::{ApiProcess, request_context};
pub use collector::{Arrived, Collector};
pub use environment::{Environment, Killer};
pub use front::{Front, Wire};
pub use process::Function;
use process::RUNTIME_API;
pub use runtime_api::Answer;
use runtime_api::{Invocation, RuntimeApi};
pub use services::Services;
pub use start::{Answered, Start, Used};
pub use tickers::TickerProcess;
pub use told::Told;

/// The longest that Lambda lets the function run.
const INVOCATION_MS: u64 = 300_000;
/// As the deployed queue has it: several times the function's time.
const VISIBILITY_MS: u64 = 900_000;

/// How many orders a store has.
const ORDERS: u64 = 30;

/// The function, and everything it talks to.
#[derive(Debug)]
pub struct Deployment {
    /// What is kept in its tables.
    pub stores: Stores,
    queue: LocalQueue,
    function: Function,
    api: RuntimeApi,
    integration: Integration,
    kind: Kind,
    services: Services,
}

impl Deployment {
    /// Starts a function's program, and everything that it talks to.
    pub async fn start(program: &str, integration: Integration, kind: Kind) -> Self {
        Self::start_told(program, integration, kind, &[]).await
    }

    /// The same, with a collector of its spans.
    pub async fn traced(
        program: &str,
        integration: Integration,
        kind: Kind,
        collector: &str,
    ) -> Self {
        let told = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector)];
        Self::start_told(program, integration, kind, &told).await
    }

    async fn start_told(
        program: &str,
        integration: Integration,
        kind: Kind,
        told: &[(&str, &str)],
    ) -> Self {
        let services = Services::start().await;
        let api = RuntimeApi::start().await;
        let own = services.told().importer(integration, kind);
        let mut environment: Vec<(&str, &str)> =
            own.iter().map(|(name, value)| (*name, value.as_str())).collect();
        environment.push((RUNTIME_API, &api.address));
        environment.extend(told);
        let function = Function::start(program, services.folder.path(), &environment);
        let (stores, queue) = (services.stores.clone(), services.queue(integration, kind));
        Self { stores, queue, function, api, integration, kind, services }
    }

    /// Opens a store and connects it.
    pub async fn shop(&self, name: &str) -> Shop {
        let (integration, orders) = (self.integration, ORDERS);
        let setup = Setup { integration, orders, ..Setup::default() };
        Shop::open(&self.stores.accounts, name, setup).await
    }

    /// Sends a text and receives it, so that the receipt is a real one.
    pub async fn deliver(&self, group: &AccountId, text: &str) -> Received {
        self.queue.send(&Outgoing::new(text, group.clone()).unwrap()).await.unwrap();
        self.receive().await
    }

    /// Sends a job and receives it.
    pub async fn deliver_job(&self, job: &Job) -> Received {
        self.deliver(&job.account, &Message::Import(job.clone()).to_text()).await
    }

    /// Sends for an account's lot and receives that.
    pub async fn deliver_drain(&self, shop: &Shop) -> Received {
        let drain = Message::Drain(Drain::new(shop.account.clone(), self.kind));
        self.deliver(&shop.account, &drain.to_text()).await
    }

    /// What a ticker sends for that comes back after a day, as the function's queue hands it over:
    /// the shop is imported by schedule from now on.
    pub async fn scheduled(&self, shop: &Shop) -> Received {
        let accounts = &self.stores.accounts;
        let mut account = accounts.get(&shop.account).await.unwrap();
        account.kinds.insert(self.kind);
        accounts.put(&account).await.unwrap();
        self.services.tick_after_a_day().await;
        self.receive().await
    }

    /// Receives the next message, which must be there.
    pub async fn receive(&self) -> Received {
        let ask = Receive { messages_max: 1, visibility_ms: VISIBILITY_MS, wait_ms: 0 };
        self.queue.receive(ask).await.unwrap().pop().expect("a message in the queue")
    }

    /// Hands a batch to the function, and returns its answer.
    pub async fn invoke(&mut self, records: &[Value]) -> Answer {
        let deadline_ms = self.services.clock.now().0 + INVOCATION_MS;
        self.api.hand_over(Invocation { event: json!({"Records": records}), deadline_ms });
        let answer = tokio::time::timeout(PATIENCE, self.api.answer()).await;
        answer.unwrap_or_else(|tokio::time::error::Elapsed { .. }| {
            panic!("no answer; ended: {:?}; log:\n{}", self.function.ended(), self.log())
        })
    }

    /// Hands a batch to the function, and returns the ids of the messages that are to come again.
    pub async fn failures_of(&mut self, deliveries: &[&Received]) -> Vec<String> {
        let records: Vec<Value> = deliveries.iter().map(|delivery| record(delivery)).collect();
        let answer = self.invoke(&records).await;
        let Answer::Response(response) = &answer else {
            panic!("{answer:?}; log:\n{}", self.log());
        };
        let failures = response["batchItemFailures"].as_array().expect("a partial batch response");
        let id = |failure: &Value| failure["itemIdentifier"].as_str().unwrap().to_owned();
        failures.iter().map(id).collect()
    }

    /// What the function has written.
    pub fn log(&self) -> String {
        self.function.log()
    }

    /// How many messages the queue holds.
    pub async fn counts(&self) -> Counts {
        self.queue.counts().await.unwrap()
    }

    /// A shop's lane.
    pub async fn lane(&self, shop: &Shop) -> Lane {
        self.stores.governor.look(&shop.lane).await.unwrap().expect("a lane")
    }

    /// A shop's lot.
    pub async fn parked(&self, shop: &Shop) -> Vec<Parked> {
        self.stores.governor.parked(&shop.lane).await.unwrap()
    }

    /// All records of the function's kind are there, and nothing else.
    pub async fn assert_imported(&self, shop: &Shop) {
        let found = differences_of(&self.stores.records, shop, self.kind).await;
        assert_eq!(found, [""; 0], "{}", self.log());
    }
}

/// A message as the event source of SQS hands it over.
pub fn record(delivery: &Received) -> Value {
    json!({
        "messageId": delivery.message_id.0,
        "receiptHandle": delivery.receipt.0,
        "body": delivery.body,
        "attributes": {"ApproximateReceiveCount": delivery.receives.to_string()},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:local:000000000000:flyball-shopify-products",
        "awsRegion": "local",
    })
}
