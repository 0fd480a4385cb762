use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flyball_queue::{Queue, Receive, Received, SqsQueue};
use flyball_tests::deployment::{Answer, Environment, Killer, record};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

/// The longest that an importer may take, as deployed.
const IMPORTER_TIME: Duration = Duration::from_mins(5);

/// For how long one invocation of a ticker works here: often enough it is killed before that.
const TICKER_TIME: Duration = Duration::from_secs(20);

/// For how long a message stays with whoever received it. On AWS it is half an hour; here nobody has
/// that time.
const VISIBILITY_MS: u64 = 20_000;

/// The messages of one event.
const BATCH_MESSAGES_MAX: u8 = 5;

/// How long the event source waits for a message before it asks again.
const WAIT_MS: u64 = 1_000;

/// How long it stays away from a queue that doesn't answer.
const AWAY: Duration = Duration::from_millis(200);

/// Functions, and what feeds them. Dropped, all of them are killed.
#[derive(Debug, Default)]
pub(crate) struct Lambda {
    running: JoinSet<()>,
    killers: Vec<(Role, Killer)>,
    invocations: Arc<AtomicU64>,
    folder: PathBuf,
}

/// What a function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Importer,
    Ticker,
}

impl Lambda {
    /// One whose functions write their logs into this folder.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, ..Self::default() }
    }

    fn environment(
        &mut self,
        role: Role,
        program: PathBuf,
        told: Vec<(&'static str, String)>,
    ) -> Environment {
        let folder = self.folder.join(self.killers.len().to_string());
        let environment = Environment::new(program, told, folder);
        self.killers.push((role, environment.killer()));
        environment
    }

    /// One more environment of an importer, fed from its queue.
    pub(crate) fn add_importer(
        &mut self,
        program: PathBuf,
        told: Vec<(&'static str, String)>,
        queue: SqsQueue,
    ) {
        let mut environment = self.environment(Role::Importer, program, told);
        let invocations = Arc::clone(&self.invocations);
        self.running.spawn(async move {
            let mut away = interval(AWAY);
            away.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let ask = Receive {
                messages_max: BATCH_MESSAGES_MAX,
                visibility_ms: VISIBILITY_MS,
                wait_ms: WAIT_MS,
            };
            loop {
                let Ok(messages) = queue.receive(ask).await else {
                    away.tick().await;
                    continue;
                };
                if messages.is_empty() {
                    continue;
                }
                let records: Vec<Value> = messages.iter().map(record).collect();
                let event = json!({"Records": records});
                let answer = environment.invoke(event, IMPORTER_TIME).await;
                invocations.fetch_add(1, Ordering::Relaxed);
                for message in handled(&messages, answer.as_ref()) {
                    // One that stays comes again, and is found to be dealt with.
                    drop(queue.delete(&message.receipt).await);
                }
            }
        });
    }

    /// One more environment of the ticker, invoked again and again.
    pub(crate) fn add_ticker(&mut self, program: PathBuf, told: Vec<(&'static str, String)>) {
        let mut environment = self.environment(Role::Ticker, program, told);
        let invocations = Arc::clone(&self.invocations);
        self.running.spawn(async move {
            loop {
                environment.invoke(json!({}), TICKER_TIME).await;
                invocations.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    /// Those who can be killed of a role.
    pub(crate) fn killers(&self, role: Role) -> Vec<&Killer> {
        self.killers.iter().filter(|(of, _)| *of == role).map(|(_, killer)| killer).collect()
    }

    /// How many events were handed over, so far.
    pub(crate) fn invocations(&self) -> u64 {
        self.invocations.load(Ordering::Relaxed)
    }
}

/// The messages of an event that its answer does not name, which Lambda deletes.
fn handled<'a>(messages: &'a [Received], answer: Option<&Answer>) -> Vec<&'a Received> {
    let Some(Answer::Response(response)) = answer else { return Vec::new() };
    let failures = response.get("batchItemFailures").and_then(Value::as_array);
    let failed: Vec<&str> = failures
        .into_iter()
        .flatten()
        .filter_map(|failure| failure.get("itemIdentifier")?.as_str())
        .collect();
    messages.iter().filter(|message| !failed.contains(&message.message_id.0.as_str())).collect()
}
