//! Tables, queues and a key, and the functions that are made of them as the deployed ones are, each
//! with clients whose requests are remembered.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use aws_sdk_kms::config::{BehaviorVersion, Credentials, Region};
use flyball_accounts::{Accounts, KmsKeys};
use flyball_domain::{AccountId, Drain, Integration, Job, Kind, Message, UnixMillis};
use flyball_governor::core::{Switch, WideScope};
use flyball_governor::{Clock as _, Governor, Stop, StopMode};
use flyball_importer::{Delivery, Handled, Importer, Parts, Silent};
use flyball_local::{ACCOUNTS_TABLE, Engine, GOVERNOR_TABLE, RECORDS_TABLE, SqsServer, Stores};
use flyball_ops::Ops;
use flyball_queue::{LocalQueues, Outgoing, Queue as _, QueueName, Queues, Receive, SqsQueue};
use flyball_records::Records;
use flyball_runtime::{
    AwsSource, Clients, LocalEndpoints, Meter, SystemClock, SystemEntropy, aws_clients,
};
use flyball_tests::world::{Setup, Shop, brisk, connectors_of};
use flyball_ticker::Ticker;
use serde_json::json;

use super::asks::{Ask, Witness};
use super::kms;

const RECEIVES_MAX: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// The key that seals credentials, by its name in the template.
const KEY: &str = "Key";

/// How many records of each kind a shop has.
const RECORDS: u64 = 12;

pub(super) struct Stage {
    /// What is kept, for whoever may do everything.
    pub(super) stores: Stores,
    engine: Engine,
    queues: LocalQueues,
    sqs: SqsServer,
    kms: String,
    pub(super) clock: SystemClock,
}

/// An importers' function.
pub(super) struct Importing<'a> {
    stage: &'a Stage,
    pub(super) integration: Integration,
    pub(super) kind: Kind,
    importer: Importer,
    witness: Witness,
}

/// The ops API's function.
pub(super) struct Operating {
    pub(super) ops: Ops,
    pub(super) queues: Queues,
    witness: Witness,
}

/// The ticker's function.
pub(super) struct Ticking {
    pub(super) ticker: Ticker,
    /// The ticker's own.
    pub(super) governor: Governor,
    witness: Witness,
}

impl Stage {
    pub(super) async fn open() -> Self {
        let clock = SystemClock::new();
        let engine = Engine::memory().await.unwrap();
        let client = engine.client(&Meter::default()).await;
        Stores::create_tables(&client).await.unwrap();
        let kms = kms::served().await;
        let keys = Arc::new(KmsKeys::new(kms_client(&kms, &Witness::default()), KEY));
        let stores = Stores::over(&client, brisk(), keys);
        let own = clock.clone();
        let now = Arc::new(move || UnixMillis(own.now().0));
        let queues = LocalQueues::memory(RECEIVES_MAX, now).unwrap();
        let sqs = SqsServer::start(queues.clone(), engine.token().clone()).await.unwrap();
        Self { stores, engine, queues, sqs, kms, clock }
    }

    /// Has a person let one job of all Shopify stores run at a time; returns the switch's scope.
    pub(super) async fn limit_shopify(&self) -> WideScope {
        let governor = &self.stores.governor;
        let stop = Stop {
            mode: StopMode::Limit(1),
            reason: "their quota".to_owned(),
            author: "mia".to_owned(),
            until: None,
        };
        let switch = Switch { stop, since: governor.now(), ramp_ms: 0 };
        let scope = "shopify".parse().unwrap();
        governor.switch_on(&scope, &switch).await.unwrap();
        scope
    }

    async fn clients(&self, witness: &Witness) -> Clients {
        let endpoints = LocalEndpoints {
            dynamodb: self.engine.endpoint(),
            sqs: self.sqs.endpoint(),
            token: self.engine.token().secret().clone(),
        };
        let mut clients = aws_clients(&AwsSource::Local(endpoints), &Meter::default()).await;
        let config = clients.dynamodb.config().to_builder().interceptor(witness.clone());
        clients.dynamodb = aws_sdk_dynamodb::Client::from_conf(config.build());
        let config = clients.sqs.config().to_builder().interceptor(witness.clone());
        clients.sqs = aws_sdk_sqs::Client::from_conf(config.build());
        clients.warm().await;
        clients
    }

    fn governor(&self, client: &aws_sdk_dynamodb::Client) -> Governor {
        let (clock, entropy) = (Arc::new(self.clock.clone()), Arc::new(SystemEntropy));
        Governor::new(client.clone(), GOVERNOR_TABLE, brisk(), clock, entropy)
    }

    fn sqs_queue(&self, clients: &Clients, integration: Integration, kind: Kind) -> SqsQueue {
        let url = self.sqs.queue_url(QueueName::of(integration, kind));
        SqsQueue::new(clients.sqs.clone(), url)
    }

    pub(super) async fn importing(&self, integration: Integration, kind: Kind) -> Importing<'_> {
        let witness = Witness::default();
        let clients = self.clients(&witness).await;
        let keys = Arc::new(KmsKeys::new(kms_client(&self.kms, &witness), KEY));
        let queue = Arc::new(self.sqs_queue(&clients, integration, kind));
        let clock = self.clock.clone();
        let db = &clients.dynamodb;
        let importer = Importer::new(Parts {
            governor: self.governor(db),
            records: Records::new(db.clone(), RECORDS_TABLE),
            accounts: Accounts::new(db.clone(), ACCOUNTS_TABLE, keys),
            queues: Queues::default().with(integration, kind, queue),
            connectors: connectors_of(integration, Arc::new(move || UnixMillis(clock.now().0))),
            progress: Arc::new(Silent),
        });
        Importing { stage: self, integration, kind, importer, witness }
    }

    fn all_queues(&self, clients: &Clients) -> Queues {
        Queues::of_all(|name| {
            let url = self.sqs.queue_url(name);
            Arc::new(SqsQueue::new(clients.sqs.clone(), url))
        })
    }

    pub(super) async fn operating(&self) -> Operating {
        let witness = Witness::default();
        let clients = self.clients(&witness).await;
        let db = &clients.dynamodb;
        let ops = Ops {
            governor: self.governor(db),
            records: Records::new(db.clone(), RECORDS_TABLE),
            accounts: Accounts::without_keys(db.clone(), ACCOUNTS_TABLE),
        };
        Operating { ops, queues: self.all_queues(&clients), witness }
    }

    pub(super) async fn ticking(&self) -> Ticking {
        let witness = Witness::default();
        let clients = self.clients(&witness).await;
        let accounts = Accounts::without_keys(clients.dynamodb.clone(), ACCOUNTS_TABLE);
        let queues = self.all_queues(&clients);
        let governor = self.governor(&clients.dynamodb);
        let ticker = Ticker::new(governor.clone(), accounts, queues);
        Ticking { ticker, governor, witness }
    }

    pub(super) async fn shop(&self, integration: Integration, name: &str) -> Shop {
        let (products, orders) = (RECORDS, RECORDS);
        let setup = Setup { integration, products, orders, slots: 1, ..Setup::default() };
        Shop::open(&self.stores.accounts, name, setup).await
    }
}

impl Importing<'_> {
    /// The function's name.
    pub(super) fn name(&self) -> String {
        format!("{}-{}", self.integration, self.kind)
    }

    pub(super) async fn shop(&self, name: &str) -> Shop {
        self.stage.shop(self.integration, name).await
    }

    /// Handles a job from its message.
    pub(super) async fn run(&self, job: &Job) {
        let message = Message::Import(Job { kind: self.kind, ..job.clone() });
        self.handle(&message.to_text(), &job.account).await;
    }

    /// Handles a message that only newer code understands.
    pub(super) async fn leave_for_newer(&self, account: &AccountId) {
        let text = json!({ "v": u32::MAX, "account": account }).to_string();
        self.handle(&text, account).await;
    }

    /// Looks at a shop's lot.
    pub(super) async fn drain(&self, shop: &Shop) {
        let drain = Message::Drain(Drain::new(shop.account.clone(), self.kind));
        self.handle(&drain.to_text(), &shop.account).await;
    }

    async fn handle(&self, text: &str, account: &AccountId) {
        let queue = self.stage.queues.queue(QueueName::of(self.integration, self.kind));
        queue.send(&Outgoing::new(text, account.clone()).unwrap()).await.unwrap();
        let ask = Receive { messages_max: 1, visibility_ms: 60_000, wait_ms: 0 };
        let received = queue.receive(ask).await.unwrap().pop().expect("a message in the queue");
        let delivery = Delivery {
            body: received.body,
            receipt: received.receipt,
            kind: self.kind,
            receives: Some(received.receives),
            end_by: None,
        };
        let handled = self.importer.handle(&delivery).await;
        assert_eq!(handled, Handled::Done, "{}", self.name());
    }

    pub(super) fn asked(&self) -> BTreeSet<Ask> {
        self.witness.asked()
    }
}

impl Operating {
    pub(super) fn asked(&self) -> BTreeSet<Ask> {
        self.witness.asked()
    }
}

impl Ticking {
    pub(super) async fn pass(&self) {
        let pass = self.ticker.pass().await.unwrap();
        assert_eq!(pass.failed, 0, "{pass:?}");
    }

    pub(super) fn asked(&self) -> BTreeSet<Ask> {
        self.witness.asked()
    }
}

fn kms_client(url: &str, witness: &Witness) -> aws_sdk_kms::Client {
    let config = aws_sdk_kms::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("local"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .endpoint_url(url)
        .interceptor(witness.clone());
    aws_sdk_kms::Client::from_conf(config.build())
}
