//! Random accounts, intervals, clock steps and deaths of tickers: of whatever is due in a stretch,
//! exactly one import is asked for.

use std::collections::{BTreeMap, BTreeSet};

use flyball_accounts::{Schedule, Stretch, minute_of};
use flyball_domain::{JobId, Message, Mode, UnixMillis};
use flyball_governor::Policy;
use flyball_ticker::Ticker;
use proptest::prelude::*;

use crate::world::World;

const MINUTE_MS: u64 = 60_000;

/// After so long a turn is anybody's.
const FORGOTTEN_MS: u64 = 15_000;

const SET_BACK_MS: u64 = 5 * MINUTE_MS;
const STEPS: usize = 24;

/// After so long a turn is anybody's, however often the clock was set back since it was taken.
const LONGEST_MS: u64 = FORGOTTEN_MS + 24 * SET_BACK_MS;

/// Few enough that a minute takes several passes.
const IMPORTS_PER_PASS: usize = 3;

/// Enough for whatever is due in two stretches.
const PASSES: usize = 12;

/// It is due at every minute, and so tells which stretches there were.
const EVERY_MINUTE: &str = "every-minute";

#[derive(Clone, Debug)]
enum Step {
    Pass,
    /// So many passes, and nobody interferes.
    Passes(usize),
    TimeGoesBy(u64),
    ClockSetBack(u64),
    /// The ticker is killed between two passes, and another is there so long after.
    Dies(u64),
    /// The ticker hands over to another.
    HandsOver,
    /// It is killed in the middle of a pass, that far in.
    DiesInAPass(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Pass),
        1 => (1..PASSES).prop_map(Step::Passes),
        4 => (0..3 * MINUTE_MS).prop_map(Step::TimeGoesBy),
        1 => (0..200 * MINUTE_MS).prop_map(Step::TimeGoesBy),
        1 => (0..SET_BACK_MS).prop_map(Step::ClockSetBack),
        4 => (FORGOTTEN_MS..3 * MINUTE_MS).prop_map(Step::Dies),
        1 => Just(Step::HandsOver),
        2 => (0_u32..400).prop_map(Step::DiesInAPass),
    ]
}

type Asked = BTreeMap<(String, Mode), Vec<JobId>>;

#[derive(Default)]
struct Told {
    asked: Asked,
    due: u64,
    killed_in_a_pass: bool,
}

impl Told {
    async fn hear(&mut self, world: &World) {
        for message in world.received().await {
            let Message::Import(job) = message else { unreachable!("nothing is parked") };
            self.asked.entry((job.account.to_string(), job.mode)).or_default().push(job.id);
        }
    }

    async fn pass(&mut self, ticker: &Ticker) {
        let pass = ticker.pass().await.unwrap();
        assert_eq!(pass.failed, 0);
        self.due += pass.scheduled + pass.missed;
    }
}

fn fresh(world: &World) -> Ticker {
    world.another_ticker().with_imports_per_pass(IMPORTS_PER_PASS)
}

async fn killed_after(ticker: &Ticker, polls: u32) {
    let patience = async {
        for _ in 0..polls {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = patience => {}
        done = ticker.pass() => drop(done.unwrap()),
    }
}

async fn run(accounts: &[(u64, u64)], steps: &[Step]) -> (World, Told) {
    let world = World::open(Policy::STANDARD).await;
    world.connect_every(EVERY_MINUTE, 1, 10_080).await;
    for (number, (every, reconciled)) in accounts.iter().enumerate() {
        world.connect_every(&format!("store-{number}"), *every, *reconciled).await;
    }
    let (mut ticker, mut told) = (fresh(&world), Told::default());
    let end = [
        Step::Dies(LONGEST_MS),
        Step::Passes(PASSES),
        Step::TimeGoesBy(MINUTE_MS),
        Step::Passes(PASSES),
    ];
    for step in steps.iter().chain(&end) {
        match step {
            Step::Pass => told.pass(&ticker).await,
            Step::Passes(passes) => {
                for _ in 0..*passes {
                    told.pass(&ticker).await;
                }
            }
            Step::TimeGoesBy(ms) => world.pass_time(*ms),
            Step::ClockSetBack(ms) => world.turn_back(*ms),
            Step::HandsOver => {
                ticker.hand_over().await.unwrap();
                ticker = fresh(&world);
            }
            Step::Dies(ms) => {
                ticker = fresh(&world);
                world.pass_time(*ms);
            }
            Step::DiesInAPass(polls) => {
                told.killed_in_a_pass = true;
                killed_after(&ticker, *polls).await;
                ticker = fresh(&world);
                world.pass_time(FORGOTTEN_MS);
            }
        }
        told.hear(&world).await;
    }
    (world, told)
}

/// The minutes of the stretches in which imports were asked for, in order. Asked for again under the
/// same id, an import joins itself.
fn minutes_of(ids: &[JobId]) -> Vec<u64> {
    let ids: BTreeSet<&JobId> = ids.iter().collect();
    let minute = |id: &JobId| {
        let uuid: uuid::Uuid = id.to_string().parse().unwrap();
        let (seconds, _) = uuid.get_timestamp().unwrap().to_unix();
        minute_of(UnixMillis(seconds * 1_000))
    };
    ids.into_iter().map(minute).collect()
}

async fn each_is_asked_for_once_per_stretch(accounts: &[(u64, u64)], steps: &[Step]) {
    let (world, told) = run(accounts, steps).await;
    let ends = minutes_of(
        told.asked
            .get(&(EVERY_MINUTE.to_owned(), Mode::Incremental))
            .map_or(&[][..], Vec::as_slice),
    );
    assert!(ends.is_sorted_by(|a, b| a < b), "no stretch is dealt with twice: {ends:?}");
    let first = *ends.first().unwrap();
    let froms = core::iter::once(first - 1).chain(ends.iter().copied());
    let stretches: Vec<Stretch> =
        froms.zip(&ends).map(|(from, to)| Stretch { from, to: *to }).collect();
    let mut due_in_all = 0;
    let names = (0..accounts.len()).map(|number| format!("store-{number}"));
    for name in names.chain([EVERY_MINUTE.to_owned()]) {
        for schedule in Schedule::of(&world.account(&name).await) {
            let due: Vec<u64> = stretches
                .iter()
                .filter(|stretch| schedule.due_in(**stretch) > 0)
                .map(|stretch| stretch.to)
                .collect();
            due_in_all += stretches.iter().map(|stretch| schedule.due_in(*stretch)).sum::<u64>();
            let ids = told.asked.get(&(name.clone(), schedule.mode.clone()));
            let asked = ids.map(|ids| minutes_of(ids)).unwrap_or_default();
            assert_eq!(asked, due, "{name} {schedule:?}");
            let messages = ids.map_or(0, Vec::len);
            assert!(messages == due.len() || told.killed_in_a_pass, "{name}: {messages} messages");
        }
    }
    if !told.killed_in_a_pass {
        assert_eq!(told.due, due_in_all, "late runs are counted");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 20, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_to_tickers_each_import_is_asked_for_once_per_stretch_in_which_it_is_due(
        accounts in prop::collection::vec((1_u64..20, 1_u64..10_080), 2..6),
        steps in prop::collection::vec(step(), 4..STEPS),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(each_is_asked_for_once_per_stretch(&accounts, &steps));
    }
}
