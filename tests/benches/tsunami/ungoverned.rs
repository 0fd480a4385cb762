//! The same import without the governor: what fails is left to the queue, which shows it again.

use core::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use flyball_accounts::Purpose;
use flyball_connector::{CallTag, Plan, Span, Step};
use flyball_domain::{Job, Message};
use flyball_importer::{CEILING_PERCENT_DEFAULT, Connectors, End, Progress as _};
use flyball_local::System;
use flyball_queue::{LocalQueues, Outgoing, Queue as _, QueueName, Receive, Received};
use flyball_records::Run;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::figures::Figures;
use crate::scene::{FUNCTIONS, INTEGRATION, KIND, Scene, now};
use crate::watch::{Finished, Tallied, watch};

/// For how long a message that failed is hidden: six times a function's time-out of five seconds, as
/// AWS recommends.
const VISIBILITY_MS: u64 = 30_000;

/// After how many receives a message goes to the dead-letter queue: the least that AWS recommends.
const RECEIVES_MAX: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);

/// The bound of one vendor call.
const CALL_TIMEOUT_MS: u64 = 5_000;

/// How long a function waits for a message before it asks again.
const WAIT_MS: u64 = 10_000;

#[derive(Clone)]
struct Function {
    system: Arc<Parts>,
    queue: Tallied,
    finished: Finished,
    billed_ms: Arc<AtomicU64>,
}

struct Parts {
    accounts: flyball_accounts::Accounts,
    records: flyball_records::Records,
    connectors: Arc<dyn Connectors>,
}

pub(crate) async fn run(scene: &Scene) -> Result<Figures> {
    let System { stores, .. } = &scene.system;
    let queues = LocalQueues::memory(RECEIVES_MAX, Arc::new(now))?;
    let queue = queues.queue(QueueName::of(INTEGRATION, KIND));
    let messages: Result<Vec<Outgoing>, _> = scene
        .jobs
        .iter()
        .map(|job| Outgoing::new(Message::Import(job.clone()).to_text(), job.account.clone()))
        .collect();
    queue.send_all(messages?).await?;
    let function = Function {
        system: Arc::new(Parts {
            accounts: stores.accounts.clone(),
            records: stores.records.clone(),
            connectors: Scene::connectors(),
        }),
        queue: Tallied::new(Arc::new(queue)),
        finished: Finished::default(),
        billed_ms: Arc::default(),
    };
    let began = Instant::now();
    let mut functions = JoinSet::new();
    for _ in 0..FUNCTIONS {
        functions.spawn(function.clone().work());
    }
    let seen = watch(scene, &function.finished, began).await?;
    functions.shutdown().await;
    let dead = queues.queue(QueueName::of(INTEGRATION, KIND).dead_letter());
    let billed_ms = function.billed_ms.load(Ordering::Relaxed);
    Figures::of(scene, seen, &function.finished, function.queue.burnt(), billed_ms, &dead).await
}

impl Function {
    async fn work(self) -> Result<()> {
        loop {
            let ask = Receive { messages_max: 1, visibility_ms: VISIBILITY_MS, wait_ms: WAIT_MS };
            for message in self.queue.receive(ask).await? {
                let began = Instant::now();
                // What failed comes again by itself, once it is no longer hidden.
                drop(self.handle(&message).await);
                let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.billed_ms.fetch_add(ms, Ordering::Relaxed);
            }
        }
    }

    async fn handle(&self, message: &Received) -> Result<()> {
        let Message::Import(job) = Message::parse(&message.body)? else { return Ok(()) };
        self.import(&job).await?;
        self.queue.delete(&message.receipt).await?;
        self.finished.ended(&job, End::Finished);
        Ok(())
    }

    async fn import(&self, job: &Job) -> Result<()> {
        let Parts { accounts, records, connectors } = &*self.system;
        let account = accounts.get(&job.account).await?;
        let token =
            accounts.open_credentials(&job.account, INTEGRATION, Purpose::AccessToken).await?;
        let connector = connectors.connect(&account, &token)?;
        let plan = Plan {
            kind: KIND,
            span: Span::Changed { from: None, until: now() },
            resume: None,
            ceiling_percent: CEILING_PERCENT_DEFAULT,
        };
        let mut walk = connector.walk(&plan).context("a walk that can't begin")?;
        let key = job.key();
        let (mut calls, mut first) = (0, 0);
        loop {
            match walk.next() {
                Step::Call(call) => {
                    calls += 1;
                    let tag = CallTag { lease: job.id.to_string(), n: calls };
                    walk.sent(now());
                    let reply = connector.send(&call, &tag, CALL_TIMEOUT_MS).await?;
                    walk.absorb(reply, now())?;
                }
                Step::Page(page) => {
                    records.write_page(&Run::new(&key, 1, now()), first, &page.rows).await?;
                    first += u64::try_from(page.rows.len())?;
                }
                Step::Listed(_) => {}
                Step::Finished => return Ok(()),
            }
        }
    }
}
