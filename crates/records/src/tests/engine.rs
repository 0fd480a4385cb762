//! An engine in memory, and a client that can be watched and made to fail.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
};
use aws_sdk_dynamodb::error::BoxError;

use crate::table::Item;
use crate::{Records, create_table};

pub(super) const TABLE: &str = "flyball-records";

/// An engine in memory, with the table.
pub(super) struct Engine {
    endpoint: String,
    pub(super) client: Client,
}

/// What a client has sent, and when it is to fail.
#[derive(Clone, Debug, Default)]
pub(super) struct Probe(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    sent: BTreeMap<String, u64>,
    /// Writes until the process is dead; `None`: it lives.
    left: Option<Left>,
    answers: VecDeque<Answer>,
}

#[derive(Clone, Copy, Debug)]
struct Left {
    writes: u64,
    end: End,
}

/// How the last write ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is never sent.
    Unsent,
    /// It is done, and nobody hears of it.
    Unheard,
}

/// An answer put in the place of the engine's.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) operation: &'static str,
    pub(super) status: u16,
    pub(super) body: String,
}

impl Engine {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory().unwrap()));
        let client = client(&endpoint, Probe::default());
        create_table(&client, TABLE).await.unwrap();
        create_table(&client, TABLE).await.unwrap();
        Self { endpoint, client }
    }

    pub(super) fn records(&self) -> Records {
        Records::new(self.client.clone(), TABLE)
    }

    /// A process of its own.
    pub(super) fn watched(&self) -> (Records, Probe) {
        let probe = Probe::default();
        (Records::new(client(&self.endpoint, probe.clone()), TABLE), probe)
    }

    /// Everything in the table.
    pub(super) async fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let request = self.client.scan().table_name(TABLE).set_exclusive_start_key(start);
            let page = request.send().await.unwrap();
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return items;
            }
        }
    }

    /// Everything in the partitions whose key ends so.
    pub(super) async fn items_in(&self, partition_end: &str) -> Vec<Item> {
        let mut items = self.items().await;
        items.retain(|item| item["pk"].as_s().unwrap().ends_with(partition_end));
        items
    }

    pub(super) async fn put(&self, item: Item) {
        self.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }
}

fn client(endpoint: &str, probe: Probe) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(endpoint)
        .retry_config(RetryConfig::disabled())
        .interceptor(probe)
        .build();
    Client::from_conf(config)
}

impl Probe {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The requests since the last call, by operation.
    pub(super) fn take(&self) -> BTreeMap<String, u64> {
        core::mem::take(&mut self.state().sent)
    }

    /// The process dies at the write after this many.
    pub(super) fn die_after(&self, writes: u64, end: End) {
        self.state().left = Some(Left { writes, end });
    }

    pub(super) fn answer(&self, answer: Answer) {
        self.state().answers.push_back(answer);
    }
}

impl Intercept for Probe {
    fn name(&self) -> &'static str {
        "probe"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let target = context.request().headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let mut state = self.state();
        let is_write = matches!(
            operation.as_str(),
            "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems"
        );
        let mut unheard = false;
        if let Some(left) = &mut state.left {
            match (left.writes, left.end) {
                (0, _) => return Err("dead".into()),
                (1, End::Unheard) if is_write => {
                    left.writes = 0;
                    unheard = true;
                }
                _ if is_write => left.writes -= 1,
                _ => {}
            }
        }
        *state.sent.entry(operation.clone()).or_default() += 1;
        let mut layer = aws_sdk_dynamodb::config::Layer::new("probe");
        layer.store_put(Sent { operation, unheard });
        config.push_layer(layer);
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let sent = config.load::<Sent>().cloned().unwrap_or_default();
        if sent.unheard {
            return Err("dead".into());
        }
        let mut state = self.state();
        if state.answers.front().is_some_and(|answer| answer.operation == sent.operation) {
            let answer = state.answers.pop_front().unwrap();
            let response = context.response_mut();
            *response.status_mut() = answer.status.try_into()?;
            response.headers_mut().remove("x-amz-crc32");
            *response.body_mut() = answer.body.into();
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default)]
struct Sent {
    operation: String,
    unheard: bool,
}

impl aws_smithy_types::config_bag::Storable for Sent {
    type Storer = aws_smithy_types::config_bag::StoreReplace<Self>;
}
