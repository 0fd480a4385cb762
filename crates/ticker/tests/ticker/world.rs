//! What the tests share: a system whose clock they turn, and a worker that does as the importer
//! does, against a vendor that is up or down.

use core::pin::{Pin, pin};
use core::task::Poll;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flyball_accounts::{Account, AccountState, EveryMinutes, KeyFile, PolicyOverrides};
use flyball_domain::{AccountId, Drain, Integration, Kind, Message};
use flyball_governor::core::breaker::{Met, should_witness};
use flyball_governor::core::transitions as t;
use flyball_governor::core::{Ask, Failing, GroupName, Lease, Move, Reach, Seat, next_move};
use flyball_governor::{
    Board, Claim, Clock, Entropy, Governor, Lane, LaneId, LaneSpec, Parked, Policy, Tried,
    UnixMillis, Waiting, Witness,
};
use flyball_local::{ACCOUNTS_TABLE, Engine, GOVERNOR_TABLE, Stores};
use flyball_queue::{LocalQueues, QueueName, Queues, Receive};
use flyball_runtime::{Meter, Service};
use flyball_ticker::{Pass, Ticker};
use futures::future::poll_fn;

#[derive(Clone, Debug)]
pub(crate) struct HandClock(Arc<AtomicU64>);

impl Clock for HandClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::SeqCst))
    }
    fn monotonic_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Debug, Default)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// Whether the vendor answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vendor {
    Up,
    Down,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) governor: Governor,
    pub(crate) ticker: Ticker,
    pub(crate) accounts: flyball_accounts::Accounts,
    queues: Queues,
    clock: HandClock,
    meter: Meter,
    _engine: Engine,
}

pub(crate) fn group() -> GroupName {
    Integration::Shopify.as_str().parse().unwrap()
}

pub(crate) fn lane_id(name: &str) -> LaneId {
    name.parse().unwrap()
}

/// The time at which every test begins: in the middle of an hour.
pub(crate) const BEGIN: UnixMillis = UnixMillis(1_790_001_000_000);

impl World {
    pub(crate) async fn open(policy: Policy) -> Self {
        let engine = Engine::memory().await.unwrap();
        let meter = Meter::default();
        let client = engine.client(&meter).await;
        Stores::create_tables(&client).await.unwrap();
        let clock = HandClock(Arc::new(AtomicU64::new(BEGIN.0)));
        let entropy = Arc::new(Counting::default());
        let governor =
            Governor::new(client.clone(), GOVERNOR_TABLE, policy, Arc::new(clock.clone()), entropy);
        let keys = KeyFile::parse(&format!("test {}", "0".repeat(64))).unwrap();
        let accounts = flyball_accounts::Accounts::new(client, ACCOUNTS_TABLE, Arc::new(keys));
        let of_queue = clock.clone();
        let now = Arc::new(move || flyball_domain::UnixMillis(of_queue.now().0));
        let local = LocalQueues::memory(NonZeroU32::MIN, now).unwrap();
        let mut queues = Queues::default();
        for kind in Kind::ALL {
            let queue = local.queue(QueueName::of(Integration::Shopify, *kind));
            queues = queues.with(Integration::Shopify, *kind, Arc::new(queue));
        }
        let ticker = Ticker::new(governor.clone(), accounts.clone(), queues.clone());
        Self { governor, ticker, accounts, queues, clock, meter, _engine: engine }
    }

    /// Another ticker beside, or after, the first.
    pub(crate) fn another_ticker(&self) -> Ticker {
        Ticker::new(self.governor.clone(), self.accounts.clone(), self.queues.clone())
    }

    pub(crate) fn now(&self) -> UnixMillis {
        self.clock.now()
    }

    pub(crate) fn pass_time(&self, ms: u64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sets the clock back.
    pub(crate) fn turn_back(&self, ms: u64) {
        self.clock.0.fetch_sub(ms, Ordering::SeqCst);
    }

    pub(crate) async fn connect(&self, name: &str) {
        self.connect_as(name, AccountState::Connected).await;
    }

    pub(crate) async fn connect_as(&self, name: &str, state: AccountState) {
        self.put(name, PolicyOverrides::default(), state).await;
    }

    /// Connects an account that is imported from, and compared, so often.
    pub(crate) async fn connect_every(&self, name: &str, minutes: u64, reconciled: u64) {
        let every = |minutes| Some(EveryMinutes::try_from(minutes).unwrap());
        let policy = PolicyOverrides {
            every_minutes: every(minutes),
            reconcile_every_minutes: every(reconciled),
            ..PolicyOverrides::default()
        };
        self.put(name, policy, AccountState::Connected).await;
    }

    async fn put(&self, name: &str, policy: PolicyOverrides, state: AccountState) {
        let account = Account {
            id: name.parse().unwrap(),
            customer: "acme".parse().unwrap(),
            integration: Integration::Shopify,
            store: "https://example.com".to_owned(),
            zone: None,
            currency: None,
            kinds: [Kind::Products].into(),
            created_at: flyball_domain::UnixMillis(0),
            policy,
            state,
        };
        self.accounts.put(&account).await.unwrap();
    }

    /// Makes a lane of the group.
    pub(crate) async fn make_lane(&self, name: &str) {
        let spec = LaneSpec { group: Some(group()), cap: 2 };
        self.governor.create(&lane_id(name), &spec).await.unwrap();
    }

    /// Leaves a row behind, and no mark.
    pub(crate) async fn put_row(&self, name: &str, row: &str, work: &str) {
        let (id, kind) = (row.parse().unwrap(), "products".parse().unwrap());
        let waiting = Waiting { id, kind, class: 1, since: self.governor.now() };
        self.governor.park(&lane_id(name), &waiting, work, "a request").await.unwrap();
    }

    /// Parks a job in a lane of its own.
    pub(crate) async fn park(&self, name: &str) {
        self.make_lane(name).await;
        self.put_row(name, "row", "some work").await;
        self.governor.apply(&lane_id(name), &t::mark(self.now())).await.unwrap();
    }

    pub(crate) async fn lane(&self, name: &str) -> Lane {
        self.governor.look(&lane_id(name)).await.unwrap().unwrap()
    }

    pub(crate) async fn board(&self) -> Board {
        self.governor.read_board().await.unwrap()
    }

    /// How many calls to the tables a pass makes.
    pub(crate) async fn calls_of_a_pass(&self) -> u64 {
        let before = self.meter.snapshot();
        self.tick().await;
        (self.meter.snapshot() - &before).total(Service::DynamoDb).calls
    }

    pub(crate) async fn tick(&self) -> Pass {
        let pass = self.ticker.pass().await.unwrap();
        assert_eq!(pass.failed, 0, "{pass:?}");
        pass
    }

    pub(crate) async fn set_state(&self, name: &str, state: AccountState) {
        self.accounts.set_state(&name.parse().unwrap(), &state).await.unwrap();
    }

    pub(crate) async fn disconnect(&self, name: &str) {
        self.accounts.remove(&name.parse().unwrap()).await.unwrap();
    }

    /// An account, as it is kept.
    pub(crate) async fn account(&self, name: &str) -> Account {
        self.accounts.get(&name.parse().unwrap()).await.unwrap()
    }

    /// The accounts whose lots were sent for since the last time.
    pub(crate) async fn sent_for(&self) -> Vec<String> {
        let drain = |message| match message {
            Message::Drain(Drain { account, .. }) => Some(account.to_string()),
            Message::Import(_) => None,
        };
        self.received().await.into_iter().filter_map(drain).collect()
    }

    /// What was sent since the last time.
    pub(crate) async fn received(&self) -> Vec<Message> {
        let queue = self.queues.get(Integration::Shopify, Kind::Products).unwrap();
        let ask = Receive { messages_max: 10, visibility_ms: 60_000, wait_ms: 0 };
        let mut messages = Vec::new();
        loop {
            let received = queue.receive(ask).await.unwrap();
            if received.is_empty() {
                return messages;
            }
            for message in received {
                queue.delete(&message.receipt).await.unwrap();
                messages.push(Message::parse(&message.body).unwrap());
            }
        }
    }

    /// Ticks once a second until `end`, and returns who was sent for, second by second.
    pub(crate) async fn tick_until(&self, end: UnixMillis) -> BTreeMap<UnixMillis, Vec<String>> {
        let mut seconds = BTreeMap::new();
        while self.now() < end {
            self.pass_time(1_000);
            self.tick().await;
            seconds.insert(self.now(), self.sent_for().await);
        }
        seconds
    }

    /// Works on what is parked in a lane, as a worker that was sent for does. Whether it called the
    /// vendor.
    pub(crate) async fn work(&self, name: &str, vendor: Vendor) -> bool {
        let id = lane_id(name);
        let rows: Vec<Parked> = self.governor.parked(&id).await.unwrap();
        let Some(row) = rows.first() else { return false };
        let claim = self.governor.claim(row.id.clone(), row.kind.clone());
        let board = self.governor.board().await.unwrap();
        let ask = Ask { lane: name, group: Some(&group()), kind: &row.kind };
        if board.refuses(&ask, self.now()).is_some() {
            return false;
        }
        let Some((lease, lane)) = self.admitted(&id, &claim, &board).await else { return false };
        match vendor {
            Vendor::Down => self.fail(&id, &lease, &lane, &board).await,
            Vendor::Up => {
                self.succeed(&id, &lease, &lane, &board).await;
                self.governor.unpark(&id, &row.id, &row.requests).await.unwrap();
            }
        }
        true
    }

    async fn admitted(&self, id: &LaneId, claim: &Claim, board: &Board) -> Option<(Lease, Lane)> {
        let mut lane = self.governor.look(id).await.unwrap().unwrap();
        loop {
            let pardon = board.pardon(Some(&group()));
            match next_move(&lane, claim, pardon, self.now(), self.governor.policy()) {
                Move::Mine(lease) => return Some((lease, lane)),
                Move::Try(step) => match self.governor.apply(id, &step).await.unwrap() {
                    Tried::Done(after) | Tried::Refused(Some(after)) => lane = after,
                    Tried::Refused(None) => unreachable!("the lane is there"),
                },
                Move::MineButTripped(_) | Move::Wait(_) => return None,
            }
        }
    }

    async fn fail(&self, id: &LaneId, lease: &Lease, lane: &Lane, board: &Board) {
        let began = self.now();
        let failing = Failing {
            first_failed: began,
            now: began,
            shut: began.plus(5_000),
            reach: Reach::Group,
            class: "server",
            why: "HTTP 503",
            evidence: "",
        };
        let (step, met) = match lease.seat {
            Seat::Held => (t::trip(lease, lane, &failing), Met::Tripped),
            Seat::Probe => (t::trip_again(lease, lane, &failing), Met::TrippedAgain),
        };
        let tried = self.governor.apply(id, &step).await.unwrap();
        assert!(matches!(tried, Tried::Done(_)), "{tried:?}");
        if should_witness(board, &group(), id.as_str(), met) {
            self.governor.witness(&group(), id, Witness::Failed { began }).await;
        }
    }

    async fn succeed(&self, id: &LaneId, lease: &Lease, lane: &Lane, board: &Board) {
        let mut lease = lease.clone();
        if lease.seat == Seat::Probe {
            let recovered = self.governor.apply(id, &t::recover(&lease, lane, self.now())).await;
            let Tried::Done(after) = recovered.unwrap() else { unreachable!("the probe is mine") };
            lease = Lease::find(&lease.claim, &after).unwrap();
        }
        if should_witness(board, &group(), id.as_str(), Met::Succeeded) {
            self.governor.witness(&group(), id, Witness::Succeeded).await;
        }
        self.governor.apply(id, &t::finish(&lease, self.now())).await.unwrap();
    }

    /// Lets a lane's gate pass before its time.
    pub(crate) async fn open_gate(&self, name: &str) {
        let now = self.now();
        let opened = t::amnesty(&group(), now, now);
        let opened = self.governor.apply(&lane_id(name), &opened).await.unwrap();
        assert!(matches!(opened, Tried::Done(_)), "{opened:?}");
    }

    /// The row of a wide lane that makes a worker look at an account's lot.
    pub(crate) fn drain_of(account: &str) -> String {
        let account: AccountId = account.parse().unwrap();
        Message::Drain(Drain::new(account, Kind::Products)).to_text()
    }
}

/// Makes a pass that is dropped after it was polled so often, as a machine that dies drops it.
pub(crate) async fn die_after(ticker: &Ticker, polls: u32) {
    poll_times(pin!(ticker.pass()), polls).await;
}

/// Polls something so often, and no more; what it came to, if it came to an end.
pub(crate) async fn poll_times<F: Future>(mut of: Pin<&mut F>, polls: u32) -> Option<F::Output> {
    let mut polled = 0;
    poll_fn(|context| {
        polled += 1;
        if polled > polls {
            return Poll::Ready(None);
        }
        of.as_mut().poll(context).map(Some)
    })
    .await
}
