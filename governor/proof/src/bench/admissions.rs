//! What an admission and a short job cost.

use core::time::Duration;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;

use super::contenders::{Conditions, Contender};
use super::counts::Counts;
use super::engine::{self, EngineProcess};
use super::figure::{Figure, ratio};
use super::process::Process;
use super::tables::make_tables;

const WRITERS: [u64; 3] = [1, 16, 64];
/// The most slots of one of the governor's lanes.
const LANE_SLOTS_MAX: u64 = 24;
/// Rounds in which every writer takes a slot and gives it back: so many, or as many as fit into
/// this time, and never fewer than the least.
const ROUNDS_MAX: u64 = 100;
const ROUNDS_MIN: u64 = 2;
const ROUNDS_WITHIN: Duration = Duration::from_secs(30);
/// The same as in `bound`; and of locks, which are waited for by the lease, one that is soon over.
const LEASE_MS: u64 = 12_000;
const LOCK_LEASE_MS: u64 = 2_000;

struct Entrant {
    contender: Contender,
    lanes: Lanes,
    lease_ms: u64,
    round: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Lanes {
    One,
    /// As many as the governor needs.
    AsNeeded,
}

/// In each round: what counts as the admission, and what ends the job.
const TAKEN: &[&str] = &["take", "give back"];
/// The slot goes on to the next job instead: that is its admission, and the end of the one before.
const HANDED_ON: &[&str] = &["take", "give back", "baton"];

pub(crate) async fn admissions(rivals: &Path, out: &mut impl Write) -> anyhow::Result<Figure> {
    let entrant =
        |contender| Entrant { contender, lanes: Lanes::One, lease_ms: LEASE_MS, round: TAKEN };
    let governed = |more| -> anyhow::Result<Entrant> {
        let contender = Contender::governed()?.named(more);
        Ok(Entrant { lanes: Lanes::AsNeeded, ..entrant(contender) })
    };
    let lock = |script, start, more| {
        let contender = Contender::rival(rivals, script, &[start]).named(more);
        Entrant { lease_ms: LOCK_LEASE_MS, ..entrant(contender) }
    };
    let (own, any) = (", a lock for each writer", ", any of as many locks");
    let entrants = [
        governed("")?,
        Entrant { round: HANDED_ON, ..governed(", slots handed on")? },
        entrant(Contender::versions()?),
        entrant(Contender::rival(rivals, "rate-limiter-flexible.mjs", &[])),
        lock("dynamodb-lock-client.mjs", "start=own", own),
        lock("dynamodb-lock-client.mjs", "start=any", any),
        lock("python-dynamodb-lock.py", "start=own", own),
        lock("python-dynamodb-lock.py", "start=any", any),
    ];
    let mut figure = Figure::of(&HEADS, &RAW_HEADS);
    for entrant in &entrants {
        for writers in WRITERS {
            entrant.measure(writers, &mut figure, out).await?;
        }
    }
    Ok(figure)
}

const HEADS: [&str; 9] = [
    "who",
    "writers",
    "admissions",
    "refused",
    "requests per admission",
    "unmet conditions per admission",
    "write units per admission",
    "read units per admission",
    "requests, write units per short job",
];

const RAW_HEADS: [&str; 9] = [
    "who",
    "writers",
    "round",
    "granted",
    "step",
    "requests",
    "unmet",
    "write_half_units",
    "read_half_units",
];

impl Entrant {
    async fn measure(
        &self,
        writers: u64,
        figure: &mut Figure,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let mut engine = EngineProcess::start(&engine::Options::default()).await?;
        make_tables(&engine.endpoint).await?;
        let lanes = match self.lanes {
            Lanes::One => 1,
            Lanes::AsNeeded => writers.div_ceil(LANE_SLOTS_MAX),
        };
        let endpoint = engine.endpoint.clone();
        let lease_ms = self.lease_ms;
        let of_whom =
            Conditions { endpoint, writers, lanes, limit: writers, lease_ms, ..Default::default() };
        let (mut process, who) = self.contender.start(&of_whom).await?;
        // Once unmeasured: connections are made, and items.
        take(&mut process).await?;
        process.ask("give back").await?;
        engine.counts().await?;
        let (mut admitting, mut ending) = (Counts::default(), Counts::default());
        let (mut granted, mut rounds) = (0_u64, 0_u64);
        #[expect(clippy::disallowed_methods, reason = "a budget of time, for the measuring")]
        let began = Instant::now();
        while rounds < ROUNDS_MAX && (rounds < ROUNDS_MIN || began.elapsed() < ROUNDS_WITHIN) {
            let held = take(&mut process).await?;
            granted = granted.saturating_add(held);
            let mut keep = |step: &str, counted: &Counts, sum: &mut Counts| {
                sum.add(counted);
                figure.raw.push(raw(&who, [writers, rounds, held], step, counted));
            };
            if self.round == HANDED_ON {
                engine.counts().await?;
                process.ask("baton").await?;
                keep("baton", &engine.counts().await?, &mut admitting);
                process.ask("give back").await?;
                engine.counts().await?;
            } else {
                keep("take", &engine.counts().await?, &mut admitting);
                process.ask("give back").await?;
                keep("give back", &engine.counts().await?, &mut ending);
            }
            rounds = rounds.saturating_add(1);
        }
        let of = |part: u64| ratio(part, granted);
        let mut job = admitting.clone();
        job.add(&ending);
        let cells = vec![
            who,
            writers.to_string(),
            granted.to_string(),
            writers.saturating_mul(rounds).saturating_sub(granted).to_string(),
            of(admitting.all()),
            of(admitting.unmet),
            of_halves(admitting.write_halves, granted),
            of_halves(admitting.read_halves, granted),
            format!("{}, {}", of(job.all()), of_halves(job.write_halves, granted)),
        ];
        figure.line(cells, out)
    }
}

async fn take(process: &mut Process) -> anyhow::Result<u64> {
    let answer = process.ask("take").await?;
    answer.get("granted").and_then(serde_json::Value::as_u64).context("no number of slots granted")
}

fn of_halves(halves: u64, whole: u64) -> String {
    ratio(halves, whole.saturating_mul(2))
}

fn raw(who: &str, numbers: [u64; 3], step: &str, counted: &Counts) -> Vec<String> {
    let [writers, round, granted] = numbers;
    let counted = [counted.all(), counted.unmet, counted.write_halves, counted.read_halves];
    [who.replace(',', ";"), writers.to_string(), round.to_string(), granted.to_string()]
        .into_iter()
        .chain([step.to_owned()])
        .chain(counted.map(|number| number.to_string()))
        .collect()
}
