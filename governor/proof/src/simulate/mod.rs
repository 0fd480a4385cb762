//! The whole system in simulated worlds: the real importer, parking lot, ticker and board on a clock
//! that moves when nobody has anything to do, over an embedded engine, with simulated vendors and a
//! simulated queue. A seed decides everything that happens and goes wrong; the same seed, the same
//! trace.

mod crew;
mod ending;
mod hand;
mod life;
mod queue;
mod seed;
mod shop;
mod site;
pub mod steady;
mod table;
mod told;
mod trouble;
mod vendor;
mod walk;
mod watch;
mod world;

use core::time::Duration;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

use data_encoding::HEXLOWER;
use flyball_governor::Policy;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use flyball_governor_model::report::{Report, Verdict};
use world::Remains;
pub use world::Story;

/// Which seeds to run.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    pub seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    pub from: u64,
    /// Begin none after so many seconds.
    #[arg(long)]
    pub within: Option<u64>,
    /// Tell what happened in each, in words.
    #[arg(long)]
    pub story: bool,
    /// Make a bug of the system's, to see whether it is found.
    #[arg(long, value_enum, default_value_t = Slip::None, hide = true)]
    pub slip: Slip,
}

/// A bug of the system's that a test makes, to see whether it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Slip {
    /// None.
    None,
    /// A worker looks at lane and board once a minute, so that it misses stops.
    RareLooks,
    /// Leases are taken over as soon as the taker's clock says that they are over.
    NoAllowance,
    /// Of what a queue accepts, a quarter is lost.
    LossyQueue,
}

impl Slip {
    const fn policy(self, mut policy: Policy) -> Policy {
        match self {
            Self::None | Self::LossyQueue => {}
            Self::RareLooks => policy.look_age_ms = 60_000,
            Self::NoAllowance => policy.skew_ms = 0,
        }
        policy
    }
}

/// What came of one seed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// A digest of everything that happened in it.
    pub digest: [u8; 32],
    /// What was found broken.
    pub broken: Vec<String>,
    /// What happened, line by line, where that was to be told.
    pub story: Vec<String>,
    /// What went wrong, and how often.
    pub faults: BTreeMap<&'static str, u64>,
    /// How long it lasted by its own clock, in milliseconds.
    pub lasted_ms: u64,
}

/// Runs one seed with a bug, or without one.
///
/// # Errors
/// The world can't be built.
pub fn simulate_one(seed: u64, slip: Slip, story: Story) -> anyhow::Result<Outcome> {
    let Remains { digest, story, faults, broken, lasted_ms } = seed::run(seed, slip, story)?;
    Ok(Outcome { seed, digest, broken, story, faults, lasted_ms })
}

/// Runs seeds on all processors, and tells what was found.
///
/// # Errors
/// A world can't be built, or nothing can be told.
pub fn simulate(
    options: &Options,
    out: &mut impl Write,
    elapsed: &dyn Fn() -> Duration,
) -> anyhow::Result<Report> {
    let mut outcomes = run_all(options, out, elapsed)?;
    outcomes.sort_by_key(|outcome| outcome.seed);
    let mut faults: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut lasted_ms, mut violations) = (0_u64, 0_u64);
    let mut digest = Sha256::new();
    for outcome in &outcomes {
        digest.update(outcome.digest);
        lasted_ms = lasted_ms.saturating_add(outcome.lasted_ms);
        for (name, count) in &outcome.faults {
            let sum = faults.entry(name).or_default();
            *sum = sum.saturating_add(*count);
        }
        if !outcome.broken.is_empty() {
            violations = violations.saturating_add(1);
        }
        if options.story {
            tell_story(outcome, out)?;
        }
    }
    let hours = lasted_ms / 3_600_000;
    let digest = HEXLOWER.encode(&digest.finalize());
    let struck: u64 = faults.values().sum();
    writeln!(
        out,
        "{} seeds, {hours} simulated hours, {struck} faults, {violations} seeds with a broken promise, \
         in {:.1} s",
        outcomes.len(),
        elapsed().as_secs_f64()
    )?;
    let json = json!({
        "seeds": outcomes.len(), "from": options.from, "simulated_hours": hours, "faults": faults,
        "violations": violations, "digest": digest,
    });
    let verdict = if violations == 0 { Verdict::Kept } else { Verdict::Broken };
    Ok(Report { json, verdict })
}

/// Runs all seeds, and tells of each that breaks a promise as soon as it has.
fn run_all(
    options: &Options,
    out: &mut impl Write,
    elapsed: &dyn Fn() -> Duration,
) -> anyhow::Result<Vec<Outcome>> {
    let story = if options.story { Story::Told } else { Story::Untold };
    let (next, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    let (send, received) = mpsc::channel();
    let processors = std::thread::available_parallelism().map_or(1, core::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..processors {
            let (send, next, is_over) = (send.clone(), &next, &is_over);
            scope.spawn(move || {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if options.seeds <= n || is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    let seed = options.from.saturating_add(n);
                    if send.send(simulate_one(seed, options.slip, story)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        received
            .into_iter()
            .map(|outcome| {
                let outcome = outcome?;
                if options.within.is_some_and(|within| within <= elapsed().as_secs()) {
                    is_over.store(true, Ordering::Relaxed);
                }
                if !outcome.broken.is_empty() {
                    tell_broken(&outcome, options.slip, out)?;
                }
                Ok(outcome)
            })
            .collect()
    })
}

/// How many lines are told of what led to the first broken promise.
const LINES_BEFORE: usize = 60;

fn tell_broken(outcome: &Outcome, slip: Slip, out: &mut impl Write) -> anyhow::Result<()> {
    let Outcome { seed, broken, .. } = outcome;
    writeln!(out, "BROKEN: flyball-proof simulate --seeds 1 --from {seed} --story")?;
    for what in broken {
        writeln!(out, "  {what}")?;
    }
    // Once more, the same, for its story.
    let again = simulate_one(*seed, slip, Story::Told)?;
    let at = again.story.iter().position(|line| line.contains("BROKEN: ")).unwrap_or(0);
    let from = at.saturating_sub(LINES_BEFORE);
    for line in again.story.get(from..=at).unwrap_or_default() {
        writeln!(out, "    {line}")?;
    }
    Ok(())
}

fn tell_story(outcome: &Outcome, out: &mut impl Write) -> anyhow::Result<()> {
    for line in &outcome.story {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
