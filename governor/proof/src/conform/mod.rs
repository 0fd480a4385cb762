//! One suite for every engine of `DynamoDB`: random sequences of all transitions, step by step on
//! the engine and in memory, and the governor's jobs; both again with faults injected that no
//! local engine shows. Every choice follows from one seed.

pub mod fault;
pub mod jobs;
pub mod sequence;
pub mod steps;

use std::io::{self, Write};

use aws_sdk_dynamodb::Client;
use flyball_governor::{Entropy as _, SystemEntropy};
use flyball_governor_core::transition::Name;
use serde_json::json;

use self::fault::{Faulty, Plan};
use self::sequence::{Bench, Tally};
use crate::dice::Dice;
use crate::engine::Engine;
use crate::history::Forms;
use flyball_governor_model::report::{Report, Verdict};

/// What to put to the suite.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The engine: any endpoint of DynamoDB, a region's own among them. Region and credentials come
    /// from where AWS's tools look for them. Without it, an embedded engine is started.
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Repeats the run that printed this seed.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How many sequences of each of the four sorts.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub sequences: u64,
    /// The name of the table to work in: made for this, and removed afterwards.
    #[arg(long)]
    pub table: Option<String>,
}

/// A seed drawn has 32 bits: short to type, and a number that every reader of JSON keeps whole.
const SEED_SHIFT: u32 = 32;
/// How many differences are told before the suite gives up.
const DIFFERENCES_MAX: usize = 10;
/// How many further sequences are foreseen, at most, until every transition has happened.
const FORESEEN_MAX: u64 = 10_000;
/// In sequences with faults, one request in so many goes wrong.
const FAULT_ONE_IN: u64 = 6;

/// Sequences of one sort.
#[derive(Clone, Copy, Debug)]
struct Sort {
    title: &'static str,
    of: Of,
    fault_one_in: u64,
}

#[derive(Clone, Copy, Debug)]
enum Of {
    Transitions,
    Jobs,
}

impl Sort {
    const TRANSITIONS: Self = Self { title: "transitions", of: Of::Transitions, fault_one_in: 0 };
    const JOBS: Self = Self { title: "jobs", of: Of::Jobs, fault_one_in: 0 };
    const ALL: [Self; 4] = [
        Self::TRANSITIONS,
        Self { title: "transitions, with faults", fault_one_in: FAULT_ONE_IN, ..Self::TRANSITIONS },
        Self::JOBS,
        Self { title: "jobs, with faults", fault_one_in: FAULT_ONE_IN, ..Self::JOBS },
    ];
}

/// Runs the suite, telling `out` as it goes.
///
/// # Errors
/// The engine could not be put to the suite at all.
pub fn conform(options: &Options, out: &mut dyn Write) -> anyhow::Result<Report> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(on_engine(options, out))
}

async fn on_engine(options: &Options, out: &mut dyn Write) -> anyhow::Result<Report> {
    let engine = match &options.endpoint {
        None => Engine::embedded().await?,
        Some(endpoint) => Engine::at(endpoint).await,
    };
    let seed = options.seed.unwrap_or_else(|| SystemEntropy.next_u64() >> SEED_SHIFT);
    let table = options.table.clone().unwrap_or_else(|| format!("flyball-conform-{seed}"));
    writeln!(
        out,
        "engine {}, table {table}; repeat with --seed {seed} --sequences {}",
        engine.name, options.sequences
    )?;
    engine.make_table(&table).await?;
    let done = Box::pin(suite(&engine, &table, seed, options.sequences, out)).await;
    // Whatever came of the suite, nothing is left behind.
    let removed = engine.remove_table(&table).await;
    let report = done?;
    removed.map(|()| report)
}

async fn suite(
    engine: &Engine,
    table: &str,
    seed: u64,
    sequences: u64,
    out: &mut dyn Write,
) -> anyhow::Result<Report> {
    let faulty = Faulty::of_its_own(Plan::none());
    let client = Client::from_conf(engine.client_settings().http_client(faulty.clone()).build());
    let bench = Bench { client: &client, faulty: &faulty, table };
    let mut run = Run {
        bench,
        forms: Forms::of(steps::every_form()),
        seed,
        numbered: 0,
        ran: 0,
        total: Tally::default(),
        differences: Vec::new(),
        out,
    };
    for sort in Sort::ALL {
        run.sort(sort, sequences).await?;
    }
    run.what_is_left_out().await?;
    Ok(run.report(engine))
}

struct Run<'a> {
    bench: Bench<'a>,
    forms: Forms,
    seed: u64,
    numbered: u64,
    ran: u64,
    total: Tally,
    differences: Vec<String>,
    out: &'a mut dyn Write,
}

impl Run<'_> {
    async fn sort(&mut self, sort: Sort, sequences: u64) -> io::Result<()> {
        let mut tally = Tally::default();
        for _ in 0..sequences {
            if self.differences.len() >= DIFFERENCES_MAX {
                return Ok(());
            }
            let n = self.next();
            tally.add(&self.one(sort, n).await?);
        }
        writeln!(
            self.out,
            "{}: {sequences} sequences, {} steps, {} faults injected, {} admissions known again \
             after their reply was lost",
            sort.title, tally.steps, tally.injected, tally.recognized
        )
    }

    /// Chance leaves transitions out: further sequences in which one of them is foreseen.
    async fn what_is_left_out(&mut self) -> io::Result<()> {
        for _ in 0..FORESEEN_MAX {
            let never = self.never();
            if never.is_empty() || !self.differences.is_empty() {
                break;
            }
            let n = self.next();
            let foreseen = sequence::foresee(self.dice(n)).unwrap_or_default();
            if foreseen.iter().any(|name| never.contains(&name.as_str())) {
                self.one(Sort::TRANSITIONS, n).await?;
            }
        }
        Ok(())
    }

    /// The number of the next sequence.
    const fn next(&mut self) -> u64 {
        self.numbered = self.numbered.saturating_add(1);
        self.numbered
    }

    /// What decides the steps of a sequence.
    fn dice(&self, n: u64) -> Dice {
        Dice::part(self.seed, n.wrapping_mul(2))
    }

    /// What decides its faults.
    fn faults(&self, n: u64) -> Dice {
        Dice::part(self.seed, n.wrapping_mul(2).wrapping_add(1))
    }

    /// Runs a sequence.
    async fn one(&mut self, sort: Sort, n: u64) -> io::Result<Tally> {
        self.ran = self.ran.saturating_add(1);
        let (dice, faults) = (self.dice(n), self.faults(n));
        let plan = Plan::new(faults, sort.fault_one_in);
        let name = n.to_string();
        let came = match sort.of {
            Of::Transitions => sequence::run(&self.bench, &name, plan, dice).await,
            Of::Jobs => jobs::run(&self.bench, &self.forms, &name, plan, dice).await,
        };
        match came {
            Ok(tally) => {
                self.total.add(&tally);
                Ok(tally)
            }
            Err(difference) => {
                let difference = format!("sequence {n}, {}: {difference}", sort.title);
                writeln!(self.out, "DIFFERENCE in {difference}")?;
                self.differences.push(difference);
                Ok(Tally::default())
            }
        }
    }

    /// The transitions that never happened.
    fn never(&self) -> Vec<&'static str> {
        let never = Name::ALL.iter().filter(|name| !self.total.names.contains(name));
        never.map(|name| name.as_str()).collect()
    }

    fn report(&self, engine: &Engine) -> Report {
        let (never, differences) = (self.never(), &self.differences);
        let kept = differences.is_empty() && never.is_empty();
        let json = json!({
            "engine": engine.name,
            "seed": self.seed,
            "sequences": self.ran,
            "steps": self.total.steps,
            "injected": self.total.injected,
            "recognized": self.total.recognized,
            "transitions": self.total.names.len(),
            "never_done": never,
            "differences": differences.len(),
            "details": differences,
        });
        Report { json, verdict: if kept { Verdict::Kept } else { Verdict::Broken } }
    }
}
