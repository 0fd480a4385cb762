use core::time::Duration;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flyball_accounts::KeyFile;
use flyball_domain::{Integration, Kind, Message, Mode};
use flyball_governor::Policy;
use flyball_local::Stores;
use flyball_queue::{Outgoing, Queue as _, QueueName, SqsQueue};
use flyball_runtime::{AwsSource, Clients, LocalEndpoints, Meter, aws_clients};
use flyball_tests::deployment::Told;
use flyball_tests::torment::{Service, What};
use flyball_tests::world::{Draw, Setup, Shop, differences_of};
use futures::TryStreamExt as _;
use secrecy::SecretString;
use tempfile::TempDir;

use crate::lambda::Lambda;

/// The shops of each platform, and what each has.
const SHOPS: u64 = 2;
const PRODUCTS: u64 = 60;
const ORDERS: u64 = 30;

/// The jobs that may run at once in each shop.
const SLOTS: u64 = 2;

/// Into how many ranges a catalog is divided of which a part is asked for.
const RANGES: usize = 3;

/// The environments of each importer: more than one may run of a shop's jobs.
const ENVIRONMENTS: usize = 2;
const TICKERS: usize = 2;

/// A small share of a store's budget makes small pages, and many calls between which to be killed.
const CEILING_PERCENT: u64 = 5;

/// What tables and queues know their clients by.
const PASSWORD: &str = "0123456789abcdef0123456789abcdef";

/// The program of the tables and the queues.
const SERVICE: &str = env!("CARGO_BIN_EXE_flyball-tests-service");

/// How long a call of the test's own is tried again, and how long after.
const TRIES_MAX: usize = 600;
const TRY_EVERY: Duration = Duration::from_millis(100);

/// Everything that there is.
pub(crate) struct Place {
    pub(crate) tables: Service,
    pub(crate) queues: Service,
    pub(crate) lambda: Lambda,
    pub(crate) shops: Vec<(Integration, Shop)>,
    told: Told,
    clients: Clients,
    stores: Stores,
    asked: u64,
    _folder: TempDir,
}

fn programs() -> PathBuf {
    let folder = flyball_runtime::environment("FLYBALL_FUNCTIONS");
    PathBuf::from(folder.expect("FLYBALL_FUNCTIONS names the folder of the functions' programs"))
}

impl Place {
    /// Builds everything, before anything goes wrong.
    pub(crate) async fn open(draw: &mut Draw) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tables = Service::start(SERVICE, What::Tables, folder.path(), PASSWORD).await;
        let queues = Service::start(SERVICE, What::Queues, folder.path(), PASSWORD).await;
        let key_path = folder.path().join("keys");
        let keys = Arc::new(KeyFile::create(&key_path).unwrap());
        let (tables_url, queues_url) = (tables.line().url(), queues.line().url());
        let endpoints = LocalEndpoints {
            dynamodb: tables_url.clone(),
            sqs: queues_url.clone(),
            token: SecretString::from(PASSWORD.to_owned()),
        };
        let clients = aws_clients(&AwsSource::Local(endpoints), &Meter::default()).await;
        Stores::create_tables(&clients.dynamodb).await.unwrap();
        let stores = Stores::over(&clients.dynamodb, Policy::STANDARD, keys);
        let token = PASSWORD.to_owned();
        let told = Told { tables: tables_url, queues: queues_url, token, key_path };
        let mut shops = Vec::new();
        for integration in Integration::ALL {
            for number in 0..SHOPS {
                let setup = Setup {
                    integration: *integration,
                    products: PRODUCTS,
                    orders: ORDERS,
                    slots: SLOTS,
                    ceiling_percent: CEILING_PERCENT,
                    seed: draw.below(1 << 32),
                };
                let name = format!("{integration}-{number}");
                shops.push((*integration, Shop::open(&stores.accounts, &name, setup).await));
            }
        }
        let lambda = functions(folder.path(), &told, &clients);
        Self { tables, queues, lambda, shops, told, clients, stores, asked: 0, _folder: folder }
    }

    fn queue(&self, integration: Integration, kind: Kind) -> SqsQueue {
        SqsQueue::new(self.clients.sqs.clone(), self.told.queue_url(integration, kind))
    }

    /// Asks for all that each shop has.
    pub(crate) async fn ask_for_all(&mut self) {
        for shop in 0..self.shops.len() {
            for kind in Kind::ALL {
                self.ask(shop, *kind, Mode::Incremental).await;
            }
        }
    }

    /// Asks for something of a shop.
    pub(crate) async fn ask_for_more(&mut self, draw: &mut Draw) {
        let shop = draw.place(&self.shops);
        let kind = Kind::ALL[draw.place(Kind::ALL)];
        let (_, of) = &self.shops[shop];
        let mode = match (kind, draw.below(2)) {
            (Kind::Products, 0) => {
                let ranges = of.ranges(RANGES);
                ranges[draw.place(&ranges)].clone()
            }
            (Kind::Products | Kind::Orders, _) => Mode::Incremental,
        };
        self.ask(shop, kind, mode).await;
    }

    /// Asks until it is accepted.
    async fn ask(&mut self, shop: usize, kind: Kind, mode: Mode) {
        let (integration, shop) = &self.shops[shop];
        let job = shop.job_of(kind, mode);
        let text = Message::Import(job.clone()).to_text();
        let message = Outgoing::new(text, job.account).unwrap();
        let queue = self.queue(*integration, kind);
        until_answered(async || queue.send(&message).await.is_ok()).await;
        self.asked += 1;
    }

    /// How many imports were asked for and accepted.
    pub(crate) const fn asked(&self) -> u64 {
        self.asked
    }

    /// What is not at rest.
    pub(crate) async fn unrest(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (integration, shop) in &self.shops {
            let governor = &self.stores.governor;
            let (Ok(Some(lane)), Ok(parked)) =
                (governor.look(&shop.lane).await, governor.parked(&shop.lane).await)
            else {
                found.push(format!("the tables don't answer about {}", shop.account));
                continue;
            };
            let idle = lane.probe.is_none()
                && lane.held.values().all(|slot| slot.expires <= governor.now());
            if !idle || !parked.is_empty() {
                found.push(format!("{}: {parked:?} wait in {lane:?}", shop.account));
            }
            for kind in Kind::ALL {
                match self.queue(*integration, *kind).counts().await {
                    Ok(counts) if counts.visible == 0 && counts.in_flight == 0 => {}
                    other => {
                        found.push(format!("{}: {other:?}", QueueName::of(*integration, *kind)));
                    }
                }
            }
        }
        found
    }

    pub(crate) async fn is_at_rest(&self) -> bool {
        self.unrest().await.is_empty()
    }

    /// In what the records differ from what the shops have.
    pub(crate) async fn differences(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (_, shop) in &self.shops {
            for kind in Kind::ALL {
                let records = &self.stores.records;
                let of = differences_of(records, shop, *kind).await;
                found.extend(of.into_iter().map(|what| format!("{}: {what}", shop.account)));
            }
        }
        found
    }

    /// What the stores saw that they should not have seen.
    pub(crate) fn broken_bounds(&self) -> Vec<String> {
        let broken = |shop: &Shop| {
            let counted = shop.store.counters();
            let kept = counted.jobs_at_once_max <= SLOTS && counted.untagged == 0;
            (!kept).then(|| format!("{}: {counted:?}", shop.account))
        };
        self.shops.iter().filter_map(|(_, shop)| broken(shop)).collect()
    }

    /// Messages among the dead letters, and what was set aside: nothing here deserves it.
    pub(crate) async fn given_up(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (integration, shop) in &self.shops {
            for kind in Kind::ALL {
                let name = QueueName::of(*integration, *kind).dead_letter();
                let dead = SqsQueue::new(self.clients.sqs.clone(), self.told.url_of(name));
                let dead = dead.counts().await.unwrap();
                if dead.visible + dead.in_flight > 0 {
                    found.push(format!("{name}: {dead:?}"));
                }
            }
            let account = [shop.account.clone()];
            let aside: Vec<_> =
                self.stores.records.asides_of(&account).try_collect().await.unwrap();
            found.extend(aside.into_iter().map(|one| format!("{}: {one:?}", shop.account)));
        }
        found
    }
}

/// All functions, and what feeds them.
fn functions(folder: &Path, told: &Told, clients: &Clients) -> Lambda {
    let programs = programs();
    let mut lambda = Lambda::new(folder.join("functions"));
    for integration in Integration::ALL {
        for kind in Kind::ALL {
            for _ in 0..ENVIRONMENTS {
                let program = programs.join(format!("{integration}-{kind}"));
                let url = told.queue_url(*integration, *kind);
                let queue = SqsQueue::new(clients.sqs.clone(), url);
                lambda.add_importer(program, told.importer(*integration, *kind), queue);
            }
        }
    }
    for _ in 0..TICKERS {
        lambda.add_ticker(programs.join("ticker"), told.sender());
    }
    lambda
}

/// Tries again and again until somebody answers.
async fn until_answered(mut ask: impl AsyncFnMut() -> bool) {
    let mut tries = tokio::time::interval(TRY_EVERY);
    for _ in 0..TRIES_MAX {
        tries.tick().await;
        if ask().await {
            return;
        }
    }
    panic!("nobody answers");
}
