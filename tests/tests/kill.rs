//! Workers killed in mid-catalog.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails, fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use flyball_connector::{CallTag, Plan, Span, Step};
use flyball_domain::{Job, JobKey, Kind, Mode};
use flyball_importer::{End, Progress, ProgressReport};
use flyball_local::Killed;
use flyball_tests::world::{Draw, Setup, Shop, World, brisk, connectors, differences};
use tokio::sync::mpsc;
use tokio::task;

const JOBS: usize = 3;
/// A small share of the store's budget makes small pages, and many of them.
const CEILING_PERCENT: u8 = 1;
/// A message that was received ten times goes to the dead-letter queue.
const KILLS_PER_JOB: u64 = 4;
/// Fewer would show little.
const KILLS_MIN: u64 = 6;
/// How far a worker comes, at most, between a page and its death.
const STEPS_MAX: u64 = 200;

/// Tells of each page, and notes those that were stored more than once.
#[derive(Debug)]
struct Told {
    pages: mpsc::UnboundedSender<(JobKey, task::Id)>,
    /// How many records each job is about.
    totals: BTreeMap<JobKey, u64>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    walks: BTreeMap<JobKey, Pages>,
    /// Jobs that were run once more after they had been run to their end.
    again: u64,
    repeated: Vec<ProgressReport>,
}

/// The pages of one walk.
#[derive(Debug, Default)]
struct Pages {
    stored: BTreeSet<u64>,
    records: u64,
}

impl Progress for Told {
    fn page(&self, report: &ProgressReport) {
        let mut seen = self.seen.lock().unwrap();
        let walk = seen.walks.entry(report.job.clone()).or_default();
        let through = self.totals.get(&report.job).is_some_and(|total| walk.records >= *total);
        let again = through && report.pages == 1;
        if again {
            *walk = Pages::default();
        }
        walk.records = walk.records.max(report.records);
        let repeated = !walk.stored.insert(report.pages);
        seen.again += u64::from(again);
        if repeated {
            seen.repeated.push(report.clone());
        }
        drop(seen);
        if let Some(worker) = task::try_id() {
            // Nobody listens once enough were killed.
            drop(self.pages.send((report.job.clone(), worker)));
        }
    }

    fn ended(&self, _: &Job, _: End) {}
}

/// How many records a job is about.
fn total(shop: &Shop, job: &Job) -> u64 {
    let Mode::Backfill { from, to } = job.mode else { panic!("a range") };
    let within = shop.store.truth().filter(|product| (from..to).contains(&product.updated_at));
    u64::try_from(within.count()).unwrap()
}

/// What the jobs take when nobody is killed.
#[derive(Debug, Default)]
struct Undisturbed {
    calls: u64,
    /// The most calls for one page.
    page_calls_max: u64,
}

async fn undisturbed(world: &World, shop: &Shop) -> Undisturbed {
    let account = world.system.stores.accounts.get(&shop.account).await.unwrap();
    let token = shop.store.token().to_owned().into();
    let connector = connectors().connect(&account, &token).unwrap();
    let mut found = Undisturbed::default();
    for mode in shop.ranges(JOBS) {
        let Mode::Backfill { from, to: until } = mode else { panic!("a range") };
        let span = Span::Changed { from: Some(from), until };
        let plan =
            Plan { kind: Kind::Products, span, resume: None, ceiling_percent: CEILING_PERCENT };
        let mut walk = connector.walk(&plan).unwrap();
        let mut page_calls = 0;
        loop {
            match walk.next() {
                Step::Call(call) => {
                    page_calls += 1;
                    let tag = CallTag { lease: "alone".to_owned(), n: page_calls };
                    let reply = connector.send(&call, &tag, 30_000).await.unwrap();
                    walk.absorb(reply, world.now()).unwrap();
                }
                Step::Page(_) => {
                    found.calls += page_calls;
                    found.page_calls_max = found.page_calls_max.max(page_calls);
                    page_calls = 0;
                }
                Step::Listed(listing) => panic!("no listing was asked for: {listing:?}"),
                Step::Finished => break,
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_loss_a_worker_killed_at_any_moment_neither_loses_nor_repeats_a_record() {
    let mut draw = Draw::start(20_261_122);
    let seed = draw.below(1 << 32);
    let setup = Setup {
        products: 1_200,
        slots: 3,
        ceiling_percent: CEILING_PERCENT.into(),
        seed,
        ..Setup::default()
    };
    let mut policy = brisk();
    (policy.lease_ms, policy.probe_lease_ms) = (2_000, 2_000);
    let world = World::open(policy).await;
    let shop = world.shop("blue-mug", setup).await;
    let alone = undisturbed(&world, &shop).await;
    let calls_before = shop.store.counters().calls;

    let mut jobs: Vec<Job> = Vec::new();
    for range in shop.ranges(JOBS) {
        jobs.push(world.ask(&shop, range).await);
    }
    let (pages, mut stored) = mpsc::unbounded_channel();
    let totals = jobs.iter().map(|job| (job.key(), total(&shop, job))).collect();
    let told = Arc::new(Told { pages, totals, seen: Mutex::default() });
    let mut workers = world.told_workers(JOBS, Arc::clone(&told) as Arc<dyn Progress>);
    let _ticking = world.ticking();
    let mut kills: BTreeMap<JobKey, u64> = BTreeMap::new();
    let killing = async {
        while let Some((job, worker)) = stored.recv().await {
            let so_far = kills.entry(job).or_default();
            if *so_far < KILLS_PER_JOB && draw.below(4) > 0 {
                for _ in 0..draw.below(STEPS_MAX) {
                    task::yield_now().await;
                }
                if workers.kill(worker) == Killed::Yes {
                    *so_far += 1;
                }
            }
        }
    };
    tokio::select! {
        () = killing => {}
        () = world.all_settled(&shop, &jobs) => {}
    }

    let killed: u64 = kills.values().sum();
    assert!(killed >= KILLS_MIN, "{kills:?}");
    assert_eq!(differences(&world.system.stores.records, &shop).await, [""; 0]);
    let seen = told.seen.lock().unwrap();
    assert_eq!(seen.repeated, [], "no page is stored twice");
    // Killed between its last checkpoint and the end of its message, a job is run once more.
    let again = seen.again;
    let calls = shop.store.counters().calls - calls_before;
    let most = alone.calls * (1 + again) + killed * alone.page_calls_max;
    assert!(calls <= most, "{calls} calls, at most {most} expected: {alone:?}, {killed} killed");
}
