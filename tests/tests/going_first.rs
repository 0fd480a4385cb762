//! Who goes first among the jobs of one account and of several: orders before a running backfill
//! of the catalog, but not for ever; the account that has waited longest for a wide limit.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails, fails its test")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use flyball_connector::{Call, CallTag, Connector, Failure, Page, Plan, PlanError, Step, Walk};
use flyball_domain::{Drain, Integration, Job, Kind, Message, Mode, UnixMillis, WaitsIn};
use flyball_governor::core::Switch;
use flyball_governor::{Admission, LaneId, LaneSpec, Policy, Stop, StopCause, StopMode, Waiting};
use flyball_importer::{Connectors, Delivery, Handled, Importer, Silent, connect_with, lane_spec};
use flyball_queue::{Outgoing, Receive, Received};
use flyball_tests::world::{Setup, Shop, World, brisk, new_job};
use tokio::sync::Barrier;

/// A vendor whose walks have a number of empty pages. Its second call waits until it has been met,
/// and then until it is let go.
#[derive(Clone)]
struct Vendor {
    pages: u64,
    calls: Arc<AtomicU64>,
    /// Whose walks began, in that order.
    walked: Arc<Mutex<Vec<String>>>,
    gate: Arc<Barrier>,
}

impl Vendor {
    fn of(pages: u64) -> Self {
        let gate = Arc::new(Barrier::new(2));
        Self { pages, calls: Arc::default(), walked: Arc::default(), gate }
    }

    fn order(&self) -> Vec<String> {
        self.walked.lock().unwrap().clone()
    }
}

/// The call that waits.
const WAITS: u64 = 2;

struct Pages {
    left: u64,
    state: Next,
}

#[derive(Clone, Copy)]
enum Next {
    Call,
    Page,
}

impl Walk for Pages {
    fn next(&mut self) -> Step {
        match self.state {
            Next::Call if self.left == 0 => Step::Finished,
            Next::Call => Step::Call(Call::to_store(http::Request::new(Vec::new()))),
            Next::Page => {
                self.left -= 1;
                self.state = Next::Call;
                Step::Page(Page { rows: Vec::new(), resume: self.left.to_string() })
            }
        }
    }

    fn absorb(&mut self, _: http::Response<Vec<u8>>, _: UnixMillis) -> Result<(), Failure> {
        self.state = Next::Page;
        Ok(())
    }

    fn ready_at(&self, now: UnixMillis, _: u64) -> UnixMillis {
        now
    }

    fn break_off(&mut self) -> Option<Page> {
        None
    }
}

#[async_trait]
impl Connector for Vendor {
    fn integration(&self) -> Integration {
        Integration::Shopify
    }

    fn walk(&self, plan: &Plan) -> Result<Box<dyn Walk>, PlanError> {
        let left = plan.resume.as_ref().map_or(self.pages, |left| left.parse().unwrap_or(0));
        Ok(Box::new(Pages { left, state: Next::Call }))
    }

    async fn send(
        &self,
        _: &Call,
        _: &CallTag,
        _: u64,
    ) -> Result<http::Response<Vec<u8>>, Failure> {
        if self.calls.fetch_add(1, Ordering::SeqCst) + 1 == WAITS {
            self.gate.wait().await;
            self.gate.wait().await;
        }
        Ok(http::Response::new(Vec::new()))
    }
}

fn connectors(vendor: &Vendor) -> Arc<dyn Connectors> {
    let vendor = vendor.clone();
    connect_with(Integration::Shopify, move |account, _| {
        vendor.walked.lock().unwrap().push(account.id.to_string());
        Ok(Arc::new(vendor.clone()))
    })
}

/// A world whose stores have that vendor.
struct Stage {
    world: World,
    vendor: Vendor,
    importer: Importer,
}

impl Stage {
    async fn open(policy: Policy, pages: u64) -> Self {
        let world = World::open(policy).await;
        let vendor = Vendor::of(pages);
        let importer = world.system.importer(connectors(&vendor), Arc::new(Silent));
        Self { world, vendor, importer }
    }

    async fn shop(&self, name: &str) -> Shop {
        self.world.shop(name, Setup { products: 1, slots: 1, ..Setup::default() }).await
    }

    async fn send(&self, job: &Job) {
        let message = Message::Import(job.clone()).to_text();
        let message = Outgoing::new(message, job.account.clone()).unwrap();
        self.queue(job.kind).send(&message).await.unwrap();
    }

    fn queue(&self, kind: Kind) -> Arc<dyn flyball_queue::Queue> {
        Arc::clone(self.world.system.queues.get(Integration::Shopify, kind).unwrap())
    }

    async fn receive(&self, kind: Kind) -> Option<Received> {
        let visibility_ms = self.world.policy.lease_ms;
        let ask = Receive { messages_max: 1, visibility_ms, wait_ms: 0 };
        self.queue(kind).receive(ask).await.unwrap().pop()
    }

    async fn handle(&self, kind: Kind) -> Handled {
        let Received { body, receipt, receives, .. } = self.receive(kind).await.unwrap();
        let receives = Some(receives);
        self.importer.handle(&Delivery { body, receipt, kind, receives, end_by: None }).await
    }

    /// Handles the next message of products; while its second call waits, does the rest.
    async fn handle_meanwhile(&self, meanwhile: impl AsyncFnOnce()) {
        let others = async {
            self.vendor.gate.wait().await;
            meanwhile().await;
            self.vendor.gate.wait().await;
        };
        let (handled, ()) = tokio::join!(self.handle(Kind::Products), others);
        assert_eq!(handled, Handled::Done);
    }

    async fn parked(&self, lane: &LaneId) -> Vec<String> {
        let rows = self.world.system.stores.governor.parked(lane).await.unwrap();
        rows.iter().map(|row| row.kind.to_string()).collect()
    }

    async fn drained(&self, kind: Kind) -> Option<Drain> {
        let Received { body, receipt, .. } = self.receive(kind).await?;
        self.queue(kind).hide(&receipt, 0).await.unwrap();
        match Message::parse(&body).unwrap() {
            Message::Drain(drain) => Some(drain),
            Message::Import(job) => panic!("a call, not {job:?}"),
        }
    }
}

/// A policy by which a look is soon too old to call by, though not before a busy machine has
/// answered: what takes longer to answer than this counts as a governor that can't be asked.
const fn wide_awake() -> Policy {
    let mut policy = brisk();
    policy.look_age_ms = 200;
    policy
}

/// So many pages that looks happen on the way.
const MANY_PAGES: u64 = 300;

fn backfill(shop: &Shop) -> Job {
    new_job(&shop.account, Mode::Backfill { from: UnixMillis(0), to: UnixMillis(9) })
}

fn orders(shop: &Shop) -> Job {
    Job { kind: Kind::Orders, ..new_job(&shop.account, Mode::Incremental) }
}

#[tokio::test]
async fn orders_overtake_a_running_catalog_backfill_at_its_next_checkpoint() {
    let stage = Stage::open(wide_awake(), MANY_PAGES).await;
    let shop = stage.shop("blue-mug").await;
    let (backfill, orders) = (backfill(&shop), orders(&shop));
    stage.send(&backfill).await;
    stage.send(&orders).await;
    stage
        .handle_meanwhile(async || {
            assert_eq!(stage.handle(Kind::Orders).await, Handled::Done);
            assert_eq!(stage.parked(&shop.lane).await, ["orders"], "its slot is taken");
        })
        .await;
    let calls = stage.vendor.calls.load(Ordering::SeqCst);
    assert!(calls < MANY_PAGES, "it ended before its end: {calls}");
    assert_eq!(stage.parked(&shop.lane).await.len(), 2, "it waits with its place kept");

    assert_eq!(stage.handle(Kind::Orders).await, Handled::Done);
    assert!(stage.world.is_finished(&orders).await, "the other was sent for");
    assert_eq!(stage.handle(Kind::Products).await, Handled::Done);
    assert!(stage.world.is_finished(&backfill).await, "and sent for this one in turn");
    let all = stage.vendor.calls.load(Ordering::SeqCst);
    assert_eq!(all, 2 * MANY_PAGES, "no page came twice");
    assert_eq!(stage.parked(&shop.lane).await, [""; 0]);
}

#[tokio::test]
async fn products_are_not_starved_by_orders_for_ever() {
    let mut policy = wide_awake();
    // As if the backfill had waited for as long as its class may be put off.
    policy.ageing_ms = 0;
    let stage = Stage::open(policy, MANY_PAGES).await;
    let shop = stage.shop("blue-mug").await;
    let (backfill, orders) = (backfill(&shop), orders(&shop));
    stage.send(&backfill).await;
    stage.send(&orders).await;
    stage
        .handle_meanwhile(async || {
            assert_eq!(stage.handle(Kind::Orders).await, Handled::Done);
        })
        .await;
    assert!(stage.world.is_finished(&backfill).await, "it keeps its slot to its end");
    assert_eq!(stage.handle(Kind::Orders).await, Handled::Done);
    assert!(stage.world.is_finished(&orders).await);
}

#[tokio::test]
async fn one_invocation_takes_the_next_jobs_of_its_kind_from_the_lot() {
    let stage = Stage::open(brisk(), 0).await;
    let shop = stage.shop("blue-mug").await;
    let governor = &stage.world.system.stores.governor;
    let stop = Stop {
        mode: StopMode::Stop,
        reason: "stocktaking".to_owned(),
        author: "mia".to_owned(),
        until: None,
    };
    let account = stage.world.system.stores.accounts.get(&shop.account).await.unwrap();
    governor.stop(&shop.lane, &StopCause::Account, &stop, &lane_spec(&account)).await.unwrap();
    let jobs: Vec<Job> = (1..=5)
        .map(|to| {
            new_job(&shop.account, Mode::Backfill { from: UnixMillis(0), to: UnixMillis(to) })
        })
        .collect();
    for job in &jobs {
        stage.send(job).await;
        assert_eq!(stage.handle(Kind::Products).await, Handled::Done);
    }
    governor.lift(&shop.lane, &StopCause::Account).await.unwrap();
    assert_eq!(stage.world.system.ticker().pass().await.unwrap().sent, 1);
    assert_eq!(stage.handle(Kind::Products).await, Handled::Done);
    for job in &jobs {
        assert!(stage.world.is_finished(job).await, "{}", job.key());
    }
    assert_eq!(stage.receive(Kind::Products).await, None, "nothing more was sent");
    let lane = stage.world.lane(&shop).await;
    assert_eq!((lane.held_count(), lane.wake), (0, None), "and nobody is to look again");
}

/// Limits the whole integration to so many jobs at once.
async fn limited(stage: &Stage, slots: u32) -> LaneId {
    let stop = Stop {
        mode: StopMode::Limit(slots),
        reason: "a quota".to_owned(),
        author: "mia".to_owned(),
        until: None,
    };
    let governor = &stage.world.system.stores.governor;
    let switch = Switch { stop, since: governor.now(), ramp_ms: 0 };
    governor.switch_on(&"shopify".parse().unwrap(), &switch).await.unwrap();
    "wide.shopify".parse().unwrap()
}

#[tokio::test]
async fn of_those_who_stand_in_line_the_first_goes_first_and_no_slot_is_idle_meanwhile() {
    let stage = Stage::open(brisk(), 3).await;
    let governor = &stage.world.system.stores.governor;
    let wide = limited(&stage, 1).await;
    let mut shops = Vec::new();
    for name in ["first", "second", "third"] {
        let shop = stage.shop(name).await;
        stage.send(&backfill(&shop)).await;
        shops.push(shop);
    }
    stage
        .handle_meanwhile(async || {
            for waiting in 1..=2 {
                assert_eq!(stage.handle(Kind::Products).await, Handled::Done);
                assert_eq!(stage.parked(&wide).await.len(), waiting);
            }
            let lane = governor.look(&wide).await.unwrap().unwrap();
            assert_eq!((lane.held_count(), lane.limit), (1, 1));
            let second = stage.world.lane(&shops[1]).await;
            assert_eq!(second.held_count(), 0, "it does not wait with its own slot in hand");
        })
        .await;
    assert_eq!(stage.vendor.order(), ["first", "second", "third"], "one invocation ran all three");
    assert_eq!(stage.parked(&wide).await.len(), 0);
    assert_eq!(stage.drained(Kind::Products).await, None, "nobody had to be sent for");
    for shop in &shops {
        assert!(stage.world.is_finished(&backfill(shop)).await);
    }
}

#[tokio::test]
async fn accounts_take_turns_before_a_wide_limit_however_much_one_of_them_wants() {
    let stage = Stage::open(brisk(), 3).await;
    let wide = limited(&stage, 1).await;
    let [first, busy, quiet] =
        [stage.shop("first").await, stage.shop("busy").await, stage.shop("quiet").await];
    stage.send(&backfill(&first)).await;
    stage
        .handle_meanwhile(async || {
            for to in 1..=3 {
                let mode = Mode::Backfill { from: UnixMillis(0), to: UnixMillis(to) };
                stage.send(&new_job(&busy.account, mode)).await;
                assert_eq!(stage.handle(Kind::Products).await, Handled::Done);
            }
            assert_eq!(stage.parked(&wide).await.len(), 1, "three jobs, one place");
            stage.send(&backfill(&quiet)).await;
            assert_eq!(stage.handle(Kind::Products).await, Handled::Done);
        })
        .await;
    assert_eq!(stage.vendor.order(), ["first", "busy", "quiet", "busy", "busy"]);
    assert_eq!(stage.parked(&wide).await.len() + stage.parked(&busy.lane).await.len(), 0);
}

#[tokio::test]
async fn whoever_comes_while_others_stand_in_line_goes_to_its_end_though_a_slot_is_free() {
    let stage = Stage::open(brisk(), 0).await;
    let governor = &stage.world.system.stores.governor;
    let wide = limited(&stage, 1).await;
    let [called, comes] = [stage.shop("called").await, stage.shop("comes").await];
    // As if whoever ran before had called it, and the call were under way.
    let mut call = Drain::new(called.account.clone(), Kind::Products);
    let row = call.short();
    call.waits = Some(WaitsIn { lane: wide.to_string(), row: row.clone() });
    let (id, kind) = (row.parse().unwrap(), "products".parse().unwrap());
    let place = Waiting { id, kind, class: 1, since: governor.now() };
    let text = Message::Drain(call).to_text();
    governor.stand_in_line(&wide, &place, &text).await.unwrap();
    governor.mark(&wide, &LaneSpec::alone(1)).await.unwrap();
    assert!(governor.call(&wide, &place.id).await.unwrap());

    let job = backfill(&comes);
    stage.send(&job).await;
    assert_eq!(stage.handle(Kind::Products).await, Handled::Done);
    assert!(!stage.world.is_finished(&job).await, "the slot is kept for the other");
    assert_eq!(stage.parked(&wide).await.len(), 2);

    // The other has nothing to do any more: the slot goes to whoever is next, at once.
    let message = Outgoing::new(text, called.account.clone()).unwrap();
    stage.queue(Kind::Products).send(&message).await.unwrap();
    assert_eq!(stage.handle(Kind::Products).await, Handled::Done);
    assert!(stage.world.is_finished(&job).await);
    assert_eq!(stage.parked(&wide).await.len(), 0);
}

#[tokio::test]
async fn whoever_takes_its_turn_calls_who_is_next_while_there_is_room() {
    let stage = Stage::open(brisk(), 3).await;
    let governor = &stage.world.system.stores.governor;
    let wide = limited(&stage, 2).await;
    let first = stage.shop("first").await;
    let setup = Setup { products: 1, slots: 2, ..Setup::default() };
    let busy = stage.world.shop("busy", setup).await;
    let claim = governor.claim("another".parse().unwrap(), "products".parse().unwrap());
    let another = governor.admit(&wide, &claim, &LaneSpec::alone(2)).await.unwrap();
    let Admission::Admitted(another) = another else { panic!("there is room") };
    let jobs = [1, 2].map(|to| {
        new_job(&busy.account, Mode::Backfill { from: UnixMillis(0), to: UnixMillis(to) })
    });
    stage.send(&backfill(&first)).await;
    stage
        .handle_meanwhile(async || {
            for job in &jobs {
                stage.send(job).await;
                assert_eq!(stage.handle(Kind::Products).await, Handled::Done);
            }
            // As whoever may call nobody.
            another.released().await.unwrap();
        })
        .await;
    assert_eq!(stage.vendor.order(), ["first", "busy"]);
    let drain = stage.drained(Kind::Products).await.expect("its other job is called meanwhile");
    assert_eq!(drain.account, busy.account);
    assert_eq!(stage.handle(Kind::Products).await, Handled::Done);
    for job in &jobs {
        assert!(stage.world.is_finished(job).await);
    }
}

#[tokio::test]
async fn a_line_in_which_nobody_stands_holds_up_nobody_and_is_left_in_peace() {
    let stage = Stage::open(brisk(), 0).await;
    let governor = &stage.world.system.stores.governor;
    let wide = limited(&stage, 1).await;
    governor.mark(&wide, &LaneSpec::alone(1)).await.unwrap();
    let comes = stage.shop("comes").await;
    stage.send(&backfill(&comes)).await;
    assert_eq!(stage.handle(Kind::Products).await, Handled::Done);
    assert!(stage.world.is_finished(&backfill(&comes)).await);
    let lane = governor.look(&wide).await.unwrap().unwrap();
    assert_eq!((lane.wake, lane.held_count()), (None, 0));
    assert_eq!(lane.marks, 1, "it did not stand in line itself");
}

#[tokio::test]
async fn an_account_that_is_connected_no_more_holds_up_nobody_behind_it_in_line() {
    let stage = Stage::open(brisk(), 3).await;
    let wide = limited(&stage, 1).await;
    let [first, gone, last] =
        [stage.shop("first").await, stage.shop("gone").await, stage.shop("last").await];
    stage.send(&backfill(&first)).await;
    stage
        .handle_meanwhile(async || {
            for shop in [&gone, &last] {
                stage.send(&backfill(shop)).await;
                assert_eq!(stage.handle(Kind::Products).await, Handled::Done);
            }
            stage.world.system.stores.accounts.remove(&gone.account).await.unwrap();
        })
        .await;
    assert_eq!(stage.vendor.order(), ["first", "last"]);
    assert_eq!(stage.parked(&wide).await.len(), 0);
}
