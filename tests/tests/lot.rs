//! Requests that wait: joined where they ask for the same, bounded however many they are, and run
//! when what holds them is lifted. And messages that can't be handled at all.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails, fails its test")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

use flyball_domain::{Integration, Job, Kind, Message, Mode};
use flyball_governor::{
    Entropy, LaneSpec, Parked, Standing, Stop, StopCause, StopMode, SystemClock, SystemEntropy,
    Waiting, standing,
};
use flyball_importer::{Handled, Silent};
use flyball_queue::{Outgoing, Queue as _, QueueName, Receive};
use flyball_runtime::Service;
use flyball_tests::world::{Setup, Shop, World, brisk, connectors, differences, eventually};

/// One-record jobs that a lot holds, and the incremental import that further ones become.
const RECORD_ROWS_MAX: usize = 32;

async fn stopped_world(products: u64) -> (World, Shop) {
    let world = World::open(brisk()).await;
    let shop = world.shop("blue-mug", Setup { products, ..Setup::default() }).await;
    let stop = Stop {
        mode: StopMode::Stop,
        reason: "stocktaking".to_owned(),
        author: "mia".to_owned(),
        until: None,
    };
    let governor = &world.system.stores.governor;
    governor.stop(&shop.lane, &StopCause::Account, &stop, &LaneSpec::alone(2)).await.unwrap();
    (world, shop)
}

async fn rows(world: &World, shop: &Shop) -> Vec<Parked> {
    world.system.stores.governor.parked(&shop.lane).await.unwrap()
}

fn mode_of(row: &Parked) -> Mode {
    match Message::parse(&row.work).unwrap() {
        Message::Import(job) => job.mode,
        Message::Drain(drain) => panic!("a job, not {drain:?}"),
    }
}

async fn lift(world: &World, shop: &Shop) {
    world.system.stores.governor.lift(&shop.lane, &StopCause::Account).await.unwrap();
}

#[tokio::test]
async fn requests_for_the_same_work_join_one_row_and_one_run_covers_them() {
    let (world, shop) = stopped_world(20).await;
    let mut requests = Vec::new();
    for _ in 0..3 {
        requests.push(world.ask(&shop, Mode::Incremental).await);
        assert_eq!(world.handle_next().await, Handled::Done);
    }
    let mut asked: Vec<String> = requests.iter().map(|job| job.id.to_string()).collect();
    asked.sort();
    let [row] = &rows(&world, &shop).await[..] else { panic!("one row") };
    assert!(row.requests.ids.iter().eq(&asked), "{:?} of {asked:?}", row.requests);

    lift(&world, &shop).await;
    assert_eq!(world.system.ticker().pass().await.unwrap().sent, 1);
    assert_eq!(world.handle_next().await, Handled::Done);
    assert_eq!(rows(&world, &shop).await, []);
    assert_eq!(shop.store.counters().leases, 1, "one run for all three");
    assert_eq!(differences(&world.system.stores.records, &shop).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_one_record_jobs_behind_a_stop_are_a_bounded_lot_that_runs_when_it_is_lifted() {
    let (world, shop) = stopped_world(40).await;
    let mut jobs: Vec<Job> = Vec::new();
    for product in shop.store.truth() {
        jobs.push(world.ask(&shop, Mode::Record { id: product.id }).await);
        assert_eq!(world.handle_next().await, Handled::Done);
    }
    assert_eq!(jobs.len(), 40);
    let parked = rows(&world, &shop).await;
    let of_records = parked.iter().filter(|row| matches!(mode_of(row), Mode::Record { .. }));
    assert_eq!(of_records.count(), RECORD_ROWS_MAX);
    let incremental: Vec<&Parked> =
        parked.iter().filter(|row| mode_of(row) == Mode::Incremental).collect();
    assert_eq!((parked.len(), incremental.len()), (RECORD_ROWS_MAX + 1, 1));
    assert_eq!(incremental[0].requests.ids.len(), 40 - RECORD_ROWS_MAX, "none is lost");
    assert_eq!(shop.store.counters().calls, 0);

    lift(&world, &shop).await;
    let _workers = world.workers(4);
    let _ticking = world.ticking();
    let (of_rows, rest) = jobs.split_at(RECORD_ROWS_MAX);
    let covering = Job { mode: Mode::Incremental, ..rest[0].clone() };
    world.all_settled(&shop, &[of_rows, &[covering]].concat()).await;
    assert_eq!(differences(&world.system.stores.records, &shop).await, [""; 0]);
    assert!(shop.store.counters().jobs_at_once_max <= 2);
}

#[tokio::test]
async fn a_lane_under_a_stop_sends_nothing_to_the_queue() {
    let (world, shop) = stopped_world(20).await;
    world.ask(&shop, Mode::Incremental).await;
    assert_eq!(world.handle_next().await, Handled::Done);
    let ticker = world.system.ticker();
    let first = ticker.pass().await.unwrap();
    assert_eq!((first.due, first.sent, first.failed), (1, 0, 0));
    let then = ticker.pass().await.unwrap();
    assert_eq!((then.due, then.sent), (0, 0), "it is not even looked at for a while");
    let counts = world.queue().counts().await.unwrap();
    assert_eq!((counts.visible, counts.in_flight, counts.delayed), (0, 0, 0));

    let lane = world.lane(&shop).await;
    let (found, sentences) = standing(&lane, world.system.stores.governor.now());
    assert_eq!(found, Standing::Stopped);
    assert_eq!(sentences[0].why, "the account is stopped by mia: stocktaking, until lifted");
    lift(&world, &shop).await;
    assert_eq!(ticker.pass().await.unwrap().sent, 1, "lifting wakes it at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_message_goes_to_the_dead_letter_queue_with_its_exact_text() {
    const TEXT: &str = "{\"v\":1, \"id\":\"\u{1f3fa} no job\"}  ";
    let mut policy = brisk();
    (policy.lease_ms, policy.probe_lease_ms, policy.skew_ms) = (2_000, 2_000, 10);
    let world = World::open(policy).await;
    let shop = world.shop("blue-mug", Setup::default()).await;
    let message = Outgoing::new(TEXT, shop.account.clone()).unwrap();
    world.queue().send(&message).await.unwrap();
    let job = world.ask(&shop, Mode::Incremental).await;

    let _workers = world.workers(2);
    let name = QueueName::of(Integration::Shopify, Kind::Products).dead_letter();
    let dead = world.system.local_queues.queue(name);
    let ask = Receive { messages_max: 1, visibility_ms: 60_000, wait_ms: 0 };
    let found = eventually("the message in the dead-letter queue", async || {
        dead.receive(ask).await.unwrap().pop()
    })
    .await;
    assert_eq!(found.body, TEXT);
    assert_eq!(found.group.as_deref(), Some("blue-mug"));
    world.all_settled(&shop, &[job]).await;
    assert_eq!(dead.receive(ask).await.unwrap(), [], "nothing else was given up");
}

#[tokio::test]
async fn a_redelivered_run_takes_the_row_away_that_whoever_died_left_without_a_mark() {
    let world = World::open(brisk()).await;
    let shop = world.shop("blue-mug", Setup::default()).await;
    let job = world.ask(&shop, Mode::Incremental).await;
    let first = world.delivery().await;
    // As a worker that was refused does, and then dies before it marks the lane.
    let governor = &world.system.stores.governor;
    let waiting = Waiting {
        id: job.key().short().parse().unwrap(),
        kind: job.kind.as_str().parse().unwrap(),
        class: 1,
        since: governor.now(),
    };
    governor.park(&shop.lane, &waiting, &first.body, &job.id.to_string()).await.unwrap();
    world.queue().hide(&first.receipt, 0).await.unwrap();

    assert_eq!(world.handle_next().await, Handled::Done);
    assert!(world.is_finished(&job).await);
    assert_eq!(rows(&world, &shop).await, []);
}

/// Entropy whose first number waits until it has been met, and then until it is let go.
#[derive(Debug)]
struct Halting {
    gate: Barrier,
    halted: AtomicBool,
}

impl Entropy for Halting {
    fn next_u64(&self) -> u64 {
        if !self.halted.swap(true, Ordering::SeqCst) {
            self.gate.wait();
            self.gate.wait();
        }
        SystemEntropy.next_u64()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_parked_job_that_another_finishes_before_its_slot_is_there_is_not_run_again() {
    let (world, shop) = stopped_world(20).await;
    world.ask(&shop, Mode::Incremental).await;
    assert_eq!(world.handle_next().await, Handled::Done);
    let [row] = &rows(&world, &shop).await[..] else { panic!("one row") };
    lift(&world, &shop).await;
    assert_eq!(world.system.ticker().pass().await.unwrap().sent, 1);

    // It halts where it has seen the row and is about to ask for the slot.
    let halting = Arc::new(Halting { gate: Barrier::new(2), halted: AtomicBool::new(false) });
    let entropy: Arc<dyn Entropy> = Arc::clone(&halting) as Arc<dyn Entropy>;
    let governor = world.governor_of(Arc::new(SystemClock::new()), entropy).await;
    let importer = world.importer_of(governor, connectors(), Arc::new(Silent));
    let delivery = world.delivery().await;
    let late = tokio::spawn(async move { importer.handle(&delivery).await });
    let met = Arc::clone(&halting);
    tokio::task::spawn_blocking(move || met.gate.wait()).await.unwrap();
    let other = &world.system.stores.governor;
    other.unpark(&shop.lane, &row.id, &row.requests).await.unwrap();
    tokio::task::spawn_blocking(move || halting.gate.wait()).await.unwrap();

    assert_eq!(late.await.unwrap(), Handled::Done);
    assert_eq!(shop.store.counters().calls, 0, "nothing is left to import");
    let lane = world.lane(&shop).await;
    assert_eq!((lane.held_count(), lane.wake), (0, None));
}

/// Whoever parks leaves a mark, and there is none: nobody has come since the lot was read.
#[tokio::test]
async fn a_lot_that_held_one_job_alone_is_read_once_for_it() {
    let queries =
        |world: &World| world.system.meter.snapshot().operation(Service::DynamoDb, "Query").calls;
    let (world, shop) = stopped_world(5).await;
    world.ask(&shop, Mode::Incremental).await;
    assert_eq!(world.handle_next().await, Handled::Done);
    lift(&world, &shop).await;
    assert_eq!(world.system.ticker().pass().await.unwrap().sent, 1);
    let before = queries(&world);
    assert_eq!(world.handle_next().await, Handled::Done);
    let of_parked = queries(&world) - before;
    assert_eq!((rows(&world, &shop).await.len(), world.lane(&shop).await.wake), (0, None));

    let other = world.shop("red-mug", Setup { products: 5, ..Setup::default() }).await;
    world.ask(&other, Mode::Incremental).await;
    let before = queries(&world);
    assert_eq!(world.handle_next().await, Handled::Done);
    assert_eq!(of_parked - (queries(&world) - before), 1);
}
