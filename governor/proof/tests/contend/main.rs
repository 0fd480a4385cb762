//! 64 processes on one engine, killed at random with `kill -9`.
#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]
#![expect(clippy::print_stderr, reason = "a run says how to repeat it, and what it saw")]
#![expect(clippy::indexing_slicing, reason = "an index out of bounds fails the test")]

mod counted;
mod log;
#[cfg(feature = "engines")]
#[path = "../ministack/mod.rs"]
mod ministack;
mod proxy;
mod vendor;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::sync::Arc;

use flyball_governor::{Entropy as _, Governor, Lane, SystemClock, SystemEntropy, Waiting};
use flyball_governor_proof::conform::steps::every_form;
use flyball_governor_proof::contend::{lane, policy};
use flyball_governor_proof::dice::Dice;
use flyball_governor_proof::engine::Engine;
use flyball_governor_proof::history::{Forms, Ordered, check};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::Notify;

use crate::log::Log;

const TABLE: &str = "flyball-contended";
const PROCESSES: u64 = 64;
const LANES: u64 = 8;
const JOBS_PER_LANE: u64 = 16;
const KILLS: u64 = 48;
/// One kill comes after so many notices more, at most.
const KILL_AFTER_MAX: u64 = 60;
/// The kills begin when the first processes are at work.
const FIRST_KILL_AFTER: u64 = 200;

struct Processes {
    engine: String,
    vendor: String,
    seed: u64,
    /// One of each process: told to kill it.
    kill: Vec<Notify>,
}

impl Processes {
    /// Keeps one process at work: whenever it is killed, another takes its place. Returns how often.
    async fn keep(&self, number: u64) -> u64 {
        for killed in 0.. {
            let seed = Dice::part(self.seed, number * 1_000 + killed).next_u64();
            let mut process = Command::new(env!("CARGO_BIN_EXE_flyball-proof"))
                .args(["contend", "--endpoint", &self.engine, "--vendor", &self.vendor])
                .args(["--table", TABLE, "--lanes", &LANES.to_string()])
                .args(["--seed", &seed.to_string()])
                .stdin(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .unwrap();
            tokio::select! {
                exit = process.wait() => {
                    assert!(exit.unwrap().success(), "process {number} gave up");
                    return killed;
                }
                () = self.kill[usize::try_from(number).unwrap()].notified() => {
                    process.kill().await.unwrap();
                }
            }
        }
        unreachable!("killed for ever")
    }

    /// Kills one after the other, at random.
    async fn kill(&self, log: &Log) {
        let mut dice = Dice::part(self.seed, u64::MAX);
        let mut at = FIRST_KILL_AFTER;
        for _ in 0..KILLS {
            log.until(at).await;
            self.kill[usize::try_from(dice.below(PROCESSES)).unwrap()].notify_one();
            at += dice.below(KILL_AFTER_MAX);
        }
        std::future::pending::<()>().await;
    }
}

async fn park_jobs(engine: &Engine) -> Governor {
    engine.make_table(TABLE).await.unwrap();
    let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
    let governor = Governor::new(engine.client(), TABLE, policy(), clock, entropy);
    for n in 0..LANES {
        let (id, spec) = lane(n).unwrap();
        governor.create(&id, &spec).await.unwrap();
        for job in 0..JOBS_PER_LANE {
            let waiting = Waiting {
                id: format!("job{job}").parse().unwrap(),
                kind: "products".parse().unwrap(),
                class: 0,
                since: governor.now(),
            };
            governor.park(&id, &waiting, "work", "request").await.unwrap();
        }
    }
    governor
}

/// Lets the processes work and die on an engine.
async fn run(engine: Engine, seed: u64) -> Log {
    eprintln!("seed {seed}");
    let log = Log::new();
    let [proxy, vendor] =
        [TcpListener::bind("127.0.0.1:0").await, TcpListener::bind("127.0.0.1:0").await]
            .map(Result::unwrap);
    let processes = Arc::new(Processes {
        engine: format!("http://{}", proxy.local_addr().unwrap()),
        vendor: vendor.local_addr().unwrap().to_string(),
        seed,
        kill: (0..PROCESSES).map(|_| Notify::new()).collect(),
    });
    let host = engine.endpoint().strip_prefix("http://").unwrap().to_owned();
    tokio::spawn(proxy::serve(proxy, host, log.clone(), seed));
    tokio::spawn(vendor::serve(vendor, log.clone()));
    let governor = park_jobs(&Engine::at(&processes.engine).await).await;

    let mut kept = tokio::task::JoinSet::new();
    for number in 0..PROCESSES {
        let processes = Arc::clone(&processes);
        kept.spawn(async move { processes.keep(number).await });
    }
    let killed = tokio::select! {
        killed = kept.join_all() => killed.iter().sum::<u64>(),
        () = processes.kill(&log) => unreachable!("the kills have no end"),
    };
    for n in 0..LANES {
        let (id, _) = lane(n).unwrap();
        assert_eq!(governor.parked(&id).await.unwrap(), [], "seed {seed}");
    }
    eprintln!("{killed} of {PROCESSES} processes and their successors were killed");
    assert!(killed >= KILLS / 2, "{killed} kills, seed {seed}");
    log
}

/// The core allows every recorded step, and at no moment more was under way than it allows.
fn judge(log: &Log, seed: u64) {
    log.with(|state| {
        let ordered = check(&state.calls, &Forms::of(every_form()))
            .unwrap_or_else(|difference| unreachable!("{difference}, seed {seed}"));
        let lanes: BTreeMap<String, u32> = (0..LANES)
            .map(|n| lane(n).unwrap())
            .map(|(id, spec)| (format!("lane#{id}"), spec.cap))
            .collect();
        let mut done = BTreeSet::new();
        for Ordered { item, steps, answers } in &ordered {
            let Some(cap) = lanes.get(item) else { continue };
            eprintln!("{item}: {answers} answers, {} steps, cap {cap}", steps.len());
            for step in steps {
                let lane = Lane::parse(&step.after).unwrap();
                let in_use = lane.held_count() + u32::from(lane.probe.is_some());
                assert!(in_use <= *cap, "{item}: {in_use} slots of {cap}, seed {seed}");
                done.insert(step.name);
            }
            let most = state.most[item];
            assert!(most <= *cap, "{item}: {most} calls at once, cap {cap}, seed {seed}");
            check_leases(item, state, steps, seed);
        }
        let jobs: BTreeSet<_> =
            state.vendor.iter().map(|it| (&it.item, it.name.split('.').next())).collect();
        assert_eq!(jobs.len(), usize::try_from(LANES * JOBS_PER_LANE).unwrap(), "seed {seed}");
        eprintln!("{} calls of the vendor; transitions seen: {done:?}", state.vendor.len());
    });
}

/// Each call of the vendor was begun under a lease that the lane held: admitted by a step that was
/// sent before, and not removed by one that was answered before.
fn check_leases(
    item: &str,
    state: &log::State,
    steps: &[flyball_governor_proof::history::Step],
    seed: u64,
) {
    let held: Vec<_> = steps
        .iter()
        .map(|step| {
            let lane = Lane::parse(&step.after).unwrap();
            let slots = lane.held.iter().map(|(id, slot)| format!("{id}.{}", slot.nonce));
            let probe = lane.probe.iter().map(|probe| format!("{}.{}", probe.id, probe.nonce));
            (step, slots.chain(probe).collect::<BTreeSet<_>>())
        })
        .collect();
    for call in state.vendor.iter().filter(|call| call.item == item) {
        let leased = held.iter().enumerate().any(|(at, (step, names))| {
            let next_answered = held.get(at + 1).map_or(u64::MAX, |(next, _)| next.ended);
            names.contains(&call.name) && step.began < call.began && call.began < next_answered
        });
        assert!(leased, "{item}: a call of {} without a lease, seed {seed}", call.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_processes_killed_at_random_stay_within_the_bound_and_the_model() {
    let seed = SystemEntropy.next_u64() >> 32;
    let log = run(Engine::embedded().await.unwrap(), seed).await;
    judge(&log, seed);
}

#[cfg(feature = "engines")]
#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_processes_stay_within_the_bound_and_the_model_on_an_independent_engine() {
    let ministack = ministack::Ministack::start();
    let seed = SystemEntropy.next_u64() >> 32;
    let log = run(Engine::at(&ministack.endpoint()).await, seed).await;
    judge(&log, seed);
}
