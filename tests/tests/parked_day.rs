//! A hundred thousand jobs wait for a day behind switches, and then all lanes may start at once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails, fails its test")]

use std::collections::BTreeSet;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, Select, WriteRequest};
use flyball_accounts::{Account, AccountState, PolicyOverrides};
use flyball_domain::{AccountId, Drain, Integration, Job, Kind, Message, Mode, UnixMillis};
use flyball_governor::core::item::item_bytes;
use flyball_governor::{
    Admission, Clock as _, FailedCall, Governor, LaneId, LaneSpec, Policy, PushBack, Stop,
    StopCause, StopMode, UnixMillis as Millis, Waiting,
};
use flyball_local::GOVERNOR_TABLE;
use flyball_queue::Receive;
use flyball_tests::world::{Counting, HandClock, World, new_job};
use flyball_ticker::Ticker;
use futures::{StreamExt as _, stream};

const LANES: usize = 1_000;
const ROWS_PER_LANE: usize = 100;
/// Lanes under a stop that a person lifts; under a stop that ends by itself are the rest.
const LIFTED: usize = 100;
/// The lanes after them that meet a vendor that is down, shortly before the end of the day.
const GATED_TO: usize = LIFTED + 100;

const DAY_MS: u64 = 86_400_000;
/// How long before the end of the day a vendor goes down, and says when it will be back.
const DOWN_MS: u64 = 1_800_000;
/// How often the ticker passes.
const TICK_MS: u64 = 1_000;
/// How soon a lane wakes.
const WOKEN_WITHIN_MS: u64 = 2_000;

const LANE_BYTES_MAX: u64 = 1_024;
const ROW_BYTES_MAX: usize = 512;
/// How much the process may grow over the day, which writes nothing but what it replaces.
const GROWTH_KB_MAX: u64 = 64 * 1_024;

const SLOTS: LaneSpec = LaneSpec::alone(2);
const AT_ONCE: usize = 16;
/// The most items of one batch write.
const BATCH_ITEMS: usize = 25;
/// Parts of the wake index.
const SHARDS: usize = 16;

type Item = HashMap<String, AttributeValue>;

/// Why a lane waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    Lifted,
    Ends,
    Gate,
}

struct Day {
    world: World,
    clock: HandClock,
    governor: Governor,
    ticker: Ticker,
    client: Client,
    lanes: Vec<(LaneId, Wait)>,
    /// The end of the day: when stops end, are lifted, and vendors are back.
    end: Millis,
}

impl Day {
    async fn begin() -> Self {
        let world = World::open(Policy::STANDARD).await;
        let clock = HandClock::at(world.now().0);
        let entropy = Arc::new(Counting::from(0));
        let governor = world.governor_of(Arc::new(clock.clone()), entropy).await;
        let ticker = world.ticker_of(governor.clone());
        let client = world.system.engine.client(&world.system.meter).await;
        let wait = |number| match number {
            0..LIFTED => Wait::Lifted,
            LIFTED..GATED_TO => Wait::Gate,
            _ => Wait::Ends,
        };
        let lanes = (0..LANES).map(|n| (format!("account-{n:03}").parse().unwrap(), wait(n)));
        // Just after a tick, so that it is the longest until the next.
        let end = clock.now().plus(DAY_MS + 1);
        Self { world, lanes: lanes.collect(), end, clock, governor, ticker, client }
    }

    async fn each(&self, waits: &[Wait], what: impl AsyncFn(&LaneId, Wait)) {
        let those = self.lanes.iter().filter(|(_, wait)| waits.contains(wait));
        stream::iter(those).for_each_concurrent(AT_ONCE, |(lane, wait)| what(lane, *wait)).await;
    }

    /// Connects an account, stops it and parks its jobs: one as an importer does, the others as
    /// copies of its row.
    async fn park(&self, lane: &LaneId, wait: Wait) {
        self.world.system.stores.accounts.put(&account(lane)).await.unwrap();
        let until = (wait == Wait::Ends).then_some(self.end);
        let (reason, author) = ("stocktaking".to_owned(), "mia".to_owned());
        let stop = Stop { mode: StopMode::Stop, reason, author, until };
        self.governor.stop(lane, &StopCause::Account, &stop, &SLOTS).await.unwrap();

        let jobs: Vec<Job> = (0..ROWS_PER_LANE).map(|number| job(lane, number)).collect();
        let [first, others @ ..] = &jobs[..] else { panic!("jobs") };
        let waiting = Waiting {
            id: first.key().short().parse().unwrap(),
            kind: "products".parse().unwrap(),
            class: 1,
            since: self.governor.now(),
        };
        let (text, request) = (Message::Import(first.clone()).to_text(), first.id.to_string());
        self.governor.park(lane, &waiting, &text, &request).await.unwrap();
        self.governor.mark(lane, &SLOTS).await.unwrap();
        let row = self.rows(lane).send().await.unwrap().items().first().unwrap().clone();
        for batch in others.chunks(BATCH_ITEMS) {
            let puts = batch.iter().map(|job| {
                let put = PutRequest::builder().set_item(Some(copy(&row, job))).build().unwrap();
                WriteRequest::builder().put_request(put).build()
            });
            let batch = self.client.batch_write_item();
            let written = batch.request_items(GOVERNOR_TABLE, puts.collect()).send().await.unwrap();
            assert!(written.unprocessed_items().is_none_or(HashMap::is_empty));
        }
    }

    fn rows(
        &self,
        lane: &LaneId,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        let lot = AttributeValue::S(format!("lot#{lane}"));
        let rows = self.client.query().table_name(GOVERNOR_TABLE);
        rows.key_condition_expression("pk = :pk").expression_attribute_values(":pk", lot)
    }

    /// When the next lane is due.
    async fn next_wake(&self) -> Option<Millis> {
        let first = async |shard: usize| {
            let shard = AttributeValue::N(shard.to_string());
            let query = self.client.query().table_name(GOVERNOR_TABLE).index_name("wake");
            let query = query.key_condition_expression("#shard = :shard").limit(1);
            let query = query.expression_attribute_names("#shard", "shard");
            let found = query.expression_attribute_values(":shard", shard).send().await.unwrap();
            let wake = found.items().first()?.get("wake")?.as_n().unwrap().parse().unwrap();
            Some(Millis(wake))
        };
        let firsts = stream::iter(0..SHARDS).then(first).collect::<Vec<_>>().await;
        firsts.into_iter().flatten().min()
    }

    /// Makes a pass of the ticker at the first tick at which a lane is due, if that is before
    /// `until`.
    async fn pass_before(&self, until: Millis) -> bool {
        let now = self.clock.now();
        let due = self.next_wake().await.unwrap();
        let ticks = due.since(now).div_ceil(TICK_MS).max(1);
        if now.plus(ticks * TICK_MS) >= until {
            return false;
        }
        self.clock.pass(ticks * TICK_MS);
        self.pass().await;
        true
    }

    async fn pass(&self) {
        let pass = self.ticker.pass().await.unwrap();
        assert_eq!((pass.failed, pass.cleared), (0, 0), "{pass:?}");
    }

    /// The accounts for which somebody was sent since the last time this was asked.
    async fn sent_for(&self) -> Vec<AccountId> {
        let ask = Receive { messages_max: 10, visibility_ms: DAY_MS / 2, wait_ms: 0 };
        let mut accounts = Vec::new();
        loop {
            let messages = self.world.queue().receive(ask).await.unwrap();
            if messages.is_empty() {
                return accounts;
            }
            accounts.extend(messages.iter().map(|message| match Message::parse(&message.body) {
                Ok(Message::Drain(Drain { account, kind: Kind::Products, .. })) => account,
                other => panic!("{other:?}"),
            }));
        }
    }

    /// How many jobs are parked in all.
    async fn parked(&self) -> i32 {
        let count = async |(lane, _): &(LaneId, Wait)| {
            let rows = self.rows(lane).select(Select::Count).send().await.unwrap();
            assert!(rows.last_evaluated_key.is_none());
            rows.count
        };
        let counts = stream::iter(&self.lanes).map(count).buffer_unordered(AT_ONCE);
        counts.collect::<Vec<_>>().await.iter().sum()
    }

    /// Meets a vendor that is down until the end of the day.
    async fn trip(&self, lane: &LaneId) {
        self.governor.lift(lane, &StopCause::Account).await.unwrap();
        let claim = self.governor.claim("probing".parse().unwrap(), "products".parse().unwrap());
        let holder = match self.governor.admit(lane, &claim, &SLOTS).await.unwrap() {
            Admission::Admitted(holder) => holder,
            Admission::Refused(refusal) => panic!("{}", refusal.sentence().why),
        };
        let why = "the store's server fails (HTTP 503)";
        let call = FailedCall::new(self.clock.now(), "server_error", why);
        let down = PushBack::Unavailable { call, until: Some(self.end) };
        holder.pushed_back(&down).await.unwrap();
    }
}

fn account(lane: &LaneId) -> Account {
    Account {
        id: lane.as_str().parse().unwrap(),
        customer: "hearth-ltd".parse().unwrap(),
        integration: Integration::Shopify,
        store: "https://hearth.example".to_owned(),
        zone: None,
        currency: None,
        // Nothing by schedule: what is parked is all that there is.
        kinds: BTreeSet::new(),
        created_at: UnixMillis(0),
        policy: PolicyOverrides::default(),
        state: AccountState::Connected,
    }
}

fn job(lane: &LaneId, number: usize) -> Job {
    let from = UnixMillis(1_700_000_000_000 + u64::try_from(number).unwrap() * DAY_MS);
    new_job(&lane.as_str().parse().unwrap(), Mode::Backfill { from, to: from.plus(DAY_MS) })
}

/// A row as it would be for another job.
fn copy(row: &Item, job: &Job) -> Item {
    let mut row = row.clone();
    let text = |text: String| AttributeValue::S(text);
    row.insert("sk".to_owned(), text(job.key().short()));
    row.insert("work".to_owned(), text(Message::Import(job.clone()).to_text()));
    row.insert("ids".to_owned(), AttributeValue::Ss(vec![job.id.to_string()]));
    row
}

/// About how large an item is: its names and its texts.
fn bytes(item: &Item) -> usize {
    let of = |value: &AttributeValue| {
        let text = value.as_s().or_else(|_| value.as_n()).map(String::len);
        let texts = |texts: &Vec<String>| texts.iter().map(String::len).sum();
        text.or_else(|_| value.as_ss().map(texts)).unwrap()
    };
    item.iter().map(|(name, value)| name.len() + of(value)).sum()
}

/// How large this process is, where the system tells.
fn resident_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_parked_jobs_cost_no_message_for_a_day_and_wake_within_two_seconds() {
    let day = Day::begin().await;
    day.each(&[Wait::Lifted, Wait::Ends, Wait::Gate], async |lane, wait| {
        day.park(lane, wait).await;
    })
    .await;
    let jobs = i32::try_from(LANES * ROWS_PER_LANE).unwrap();
    let began_kb = resident_kb();

    while day.pass_before(day.end.minus(DOWN_MS)).await {}
    day.clock.pass(day.end.minus(DOWN_MS).since(day.clock.now()));
    day.each(&[Wait::Gate], async |lane, _| day.trip(lane).await).await;
    while day.pass_before(day.end).await {}
    assert_eq!(day.world.system.queue_calls.count(), 0, "no message for anybody");
    if let (Some(began_kb), Some(now_kb)) = (began_kb, resident_kb()) {
        let grown_kb = now_kb.saturating_sub(began_kb);
        assert!(grown_kb <= GROWTH_KB_MAX, "from {began_kb} kB to {now_kb} kB");
    }

    day.clock.pass(day.end.since(day.clock.now()));
    day.each(&[Wait::Lifted], async |lane, _| {
        day.governor.lift(lane, &StopCause::Account).await.unwrap();
    })
    .await;
    let mut startable: BTreeMap<AccountId, Millis> = BTreeMap::new();
    for (lane, wait) in &day.lanes {
        let state = day.governor.look(lane).await.unwrap().unwrap();
        assert!(item_bytes(&state.to_item()) <= LANE_BYTES_MAX, "{state:?}");
        let from = if *wait == Wait::Gate { state.shut } else { day.end };
        startable.insert(lane.as_str().parse().unwrap(), from);
    }
    let mut woken: BTreeMap<AccountId, Millis> = BTreeMap::new();
    let last = startable.values().max().unwrap().plus(WOKEN_WITHIN_MS);
    while day.clock.now() < last {
        day.clock.pass(TICK_MS);
        day.pass().await;
        for account in day.sent_for().await {
            assert_eq!(woken.insert(account.clone(), day.clock.now()), None, "{account} twice");
        }
    }
    for (account, from) in &startable {
        let at = woken.get(account).unwrap_or_else(|| panic!("{account} was not woken"));
        assert!(at >= from && at.since(*from) <= WOKEN_WITHIN_MS, "{account}: {from:?}, {at:?}");
    }
    assert_eq!((woken.len(), day.parked().await), (LANES, jobs));
    let row = day.rows(&day.lanes[0].0).send().await.unwrap();
    assert!(row.items().iter().all(|row| bytes(row) <= ROW_BYTES_MAX));
}
