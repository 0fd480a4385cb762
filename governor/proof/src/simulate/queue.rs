//! A queue that delivers at least once, in about the order of sending.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use flyball_queue::{
    Counts, Hidden, MessageId, Outgoing, Queue, QueueError, Receipt, Receive, Received, Unsent,
    send_each,
};
use tokio::sync::Notify;

use super::Slip;
use super::life::Life;
use super::trouble::Trouble;
use super::world::World;

/// How often a message is received before it goes to the dead-letter queue, as on AWS.
const RECEIVES_MAX: u32 = 10;
/// How long a call takes, at most; and where the queue is slow: what its client waits for at most.
const CALL_MS_MAX: u64 = 8;
const SLOW_MS_MAX: u64 = 8_000;

/// The messages of one queue.
#[derive(Debug)]
pub(super) struct Messages {
    name: &'static str,
    world: Arc<World>,
    state: Mutex<State>,
    sent: Notify,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    waiting: BTreeMap<u64, Message>,
    dead: Vec<Message>,
}

#[derive(Clone, Debug)]
struct Message {
    text: String,
    group: String,
    /// From when on it can be received, in milliseconds of the world.
    visible_at: u64,
    receives: u32,
    /// Deliveries that ended without the system's doing: its process died, or a reply was lost.
    excused: u32,
    receipts: u64,
}

impl Messages {
    pub(super) fn new(name: &'static str, world: &Arc<World>) -> Arc<Self> {
        let world = Arc::clone(world);
        Arc::new(Self { name, world, state: Mutex::default(), sent: Notify::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, message: &Outgoing) -> MessageId {
        let mut state = self.state();
        state.last = state.last.saturating_add(1);
        let number = state.last;
        let delay_ms = u64::from(message.delay_s()).saturating_mul(1_000);
        let kept = Message {
            text: message.text().to_owned(),
            group: message.group().to_string(),
            visible_at: self.world.elapsed_ms().saturating_add(delay_ms),
            receives: 0,
            excused: 0,
            receipts: 0,
        };
        if self.world.slip != Slip::LossyQueue || self.world.below(4) > 0 {
            state.waiting.insert(number, kept);
        }
        drop(state);
        self.sent.notify_waiters();
        MessageId(number.to_string())
    }

    /// Takes one message that is ready.
    fn take(&self, visibility_ms: u64) -> Option<(u64, Received)> {
        let now = self.world.elapsed_ms();
        let mut state = self.state();
        let ready: Vec<u64> = state
            .waiting
            .iter()
            .filter(|(_, message)| message.visible_at <= now)
            .map(|(number, _)| *number)
            .collect();
        let first = ready.first().copied()?;
        let number = if self.world.strikes(Trouble::Reorder) {
            self.world.pick(&ready).copied().unwrap_or(first)
        } else {
            first
        };
        let message = state.waiting.get_mut(&number)?;
        if message.receives >= RECEIVES_MAX {
            let message = state.waiting.remove(&number)?;
            drop(state);
            self.world.tell(self.name, format_args!("{number} goes to the dead letters"));
            if message.excused < RECEIVES_MAX / 2 {
                self.world.broken(format_args!(
                    "{}: message {number} is a dead letter, of whose {} deliveries only {} met a fault: {}",
                    self.name, message.receives, message.excused, message.text
                ));
            }
            self.state().dead.push(message);
            return None;
        }
        message.receives = message.receives.saturating_add(1);
        message.receipts = message.receipts.saturating_add(1);
        message.visible_at = if self.world.strikes(Trouble::Duplicate) {
            message.excused = message.excused.saturating_add(1);
            now.saturating_add(self.world.below(visibility_ms))
        } else {
            now.saturating_add(visibility_ms)
        };
        let received = Received {
            message_id: MessageId(number.to_string()),
            receipt: Receipt(format!("{number}.{}", message.receipts)),
            body: message.text.clone(),
            receives: message.receives,
            sent_at: None,
            group: Some(message.group.clone()),
        };
        Some((number, received))
    }

    /// When the next message is ready.
    fn next_ready(&self) -> Option<u64> {
        self.state().waiting.values().map(|message| message.visible_at).min()
    }

    /// The message of a receipt, while that delivery is the last.
    fn of<T>(&self, receipt: &Receipt, then: impl FnOnce(&mut State, u64) -> T) -> Option<T> {
        let (number, delivery) = receipt.0.split_once('.')?;
        let (number, delivery): (u64, u64) = (number.parse().ok()?, delivery.parse().ok()?);
        let mut state = self.state();
        let current = state.waiting.get(&number).is_some_and(|it| it.receipts == delivery);
        current.then(|| then(&mut state, number))
    }

    /// Says that a delivery came to nothing through no fault of the system's.
    pub(super) fn excuse(&self, receipt: &Receipt) {
        self.of(receipt, |state, number| {
            if let Some(message) = state.waiting.get_mut(&number) {
                message.excused = message.excused.saturating_add(1);
            }
        });
    }

    /// What is still there, for whoever asks at the end.
    pub(super) fn left(&self) -> Vec<String> {
        self.state().waiting.values().map(|message| message.text.clone()).collect()
    }

    /// The texts of the dead letters, sent once more, as a person does who has read them.
    pub(super) fn redrive(&self) {
        let mut state = self.state();
        let now = self.world.elapsed_ms();
        for mut message in core::mem::take(&mut state.dead) {
            state.last = state.last.saturating_add(1);
            let number = state.last;
            (message.receives, message.visible_at) = (0, now);
            state.waiting.insert(number, message);
        }
        drop(state);
        self.sent.notify_waiters();
    }
}

/// A process's way to a queue.
#[derive(Clone, Debug)]
pub(super) struct SimulatedQueue {
    pub(super) messages: Arc<Messages>,
    pub(super) life: Arc<Life>,
}

/// What goes wrong with a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Well,
    NotDone,
    ReplyLost,
}

fn unanswered(queue: &str) -> QueueError {
    QueueError::Unavailable { queue: queue.to_owned(), source: "injected".into() }
}

impl SimulatedQueue {
    async fn way(&self) -> Fate {
        let world = &self.life.world;
        self.life.step().await;
        let ms_max = if world.strikes(Trouble::QueueSlow) { SLOW_MS_MAX } else { CALL_MS_MAX };
        world.rest(world.below(ms_max).saturating_add(1)).await;
        if world.strikes(Trouble::QueueRefuses) {
            Fate::NotDone
        } else if world.strikes(Trouble::QueueReplyLost) {
            Fate::ReplyLost
        } else {
            Fate::Well
        }
    }

    /// Goes there, has it done unless fate says otherwise, and comes back.
    async fn ask<T>(
        &self,
        what: String,
        act: impl FnOnce(&Messages) -> T + Send,
    ) -> Result<T, QueueError> {
        let fate = self.way().await;
        let lost = || unanswered(self.messages.name);
        if fate == Fate::NotDone {
            self.life.tell(format_args!("{} {what}: not done", self.messages.name));
            return Err(lost());
        }
        let done = act(&self.messages);
        let word = if fate == Fate::ReplyLost { ", the reply is lost" } else { "" };
        self.life.tell(format_args!("{} {what}{word}", self.messages.name));
        self.life.step().await;
        if fate == Fate::ReplyLost { Err(lost()) } else { Ok(done) }
    }
}

#[async_trait]
impl Queue for SimulatedQueue {
    async fn send(&self, message: &Outgoing) -> Result<MessageId, QueueError> {
        self.ask(format!("send {}", message.text()), |messages| messages.put(message)).await
    }

    async fn send_batch(&self, messages: &[Outgoing]) -> Vec<Unsent> {
        send_each(self, messages).await
    }

    async fn receive(&self, ask: Receive) -> Result<Vec<Received>, QueueError> {
        let world = &self.life.world;
        let until = world.elapsed_ms().saturating_add(ask.wait_ms);
        self.life.step().await;
        loop {
            let sent = self.messages.sent.notified();
            if let Some((number, received)) = self.messages.take(ask.visibility_ms) {
                let receives = received.receives;
                let lost = world.strikes(Trouble::QueueReplyLost);
                let word = if lost { ", the reply is lost" } else { "" };
                let name = self.messages.name;
                self.life.tell(format_args!("{name} receive {number}, time {receives}{word}"));
                if lost {
                    self.messages.excuse(&received.receipt);
                    return Err(unanswered(name));
                }
                return Ok(vec![received]);
            }
            let now = world.elapsed_ms();
            if until <= now {
                return Ok(Vec::new());
            }
            let next =
                self.messages.next_ready().unwrap_or(until).clamp(now.saturating_add(1), until);
            tokio::select! {
                biased;
                () = sent => {}
                () = world.rest(next.saturating_sub(now)) => {}
            }
        }
    }

    async fn delete(&self, receipt: &Receipt) -> Result<(), QueueError> {
        let act = |messages: &Messages| {
            messages.of(receipt, |state, number| state.waiting.remove(&number));
        };
        self.ask(format!("delete {}", receipt.0), act).await
    }

    async fn hide(&self, receipt: &Receipt, visibility_ms: u64) -> Result<Hidden, QueueError> {
        let act = |messages: &Messages| {
            let now = messages.world.elapsed_ms();
            let hidden = messages.of(receipt, |state, number| {
                if let Some(message) = state.waiting.get_mut(&number) {
                    message.visible_at = now.saturating_add(visibility_ms);
                }
            });
            if hidden.is_some() { Hidden::Until } else { Hidden::NotInFlight }
        };
        self.ask(format!("hide {} for {visibility_ms}", receipt.0), act).await
    }

    async fn counts(&self) -> Result<Counts, QueueError> {
        let visible = u64::try_from(self.messages.state().waiting.len()).unwrap_or(u64::MAX);
        Ok(Counts { visible, ..Counts::default() })
    }
}
