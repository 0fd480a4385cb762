//! `flyball-proof`: proves the governor by exhaustion, by seeded bugs, and by one suite for every
//! engine, and measures it beside others. What it does is told on the standard error as it goes; the
//! standard output gets nothing but the one JSON object of `--json`.

mod bench;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use flyball_governor_model::report::{Report, Verdict};
use flyball_governor_model::{explore, mutants};
use flyball_governor_proof::{conform, contend, simulate};

/// Proves the governor.
#[derive(Debug, Parser)]
#[command(name = "flyball-proof", version)]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// End with one JSON object on the standard output.
    #[arg(long, global = true)]
    json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Walk every interleaving of bounded worlds.
    Explore {
        /// Only worlds whose name contains this.
        #[arg(default_value = "")]
        only: String,
    },
    /// Seed bugs, and demand that the exploration finds each.
    Mutants,
    /// Put an engine of DynamoDB to one suite: random sequences, equal to those in memory after
    /// every step.
    Conform(conform::Options),
    /// Run the whole system in simulated worlds, in which everything goes wrong that can.
    Simulate(simulate::Options),
    /// Measure the governor beside what others use in its place.
    Bench(bench::Options),
    /// The engine that the contenders of `bench` share.
    #[command(hide = true)]
    Engine(bench::engine::Options),
    /// One of the contenders of `bench`.
    #[command(hide = true)]
    Contender(bench::contender::Options),
    /// One of many workers on the same lanes, for the test that kills them.
    #[command(hide = true)]
    Contend(contend::Options),
}

fn run(command: &Command) -> anyhow::Result<Report> {
    let mut out = io::stderr();
    #[expect(clippy::disallowed_methods, reason = "the one place that asks how long it took")]
    let began = std::time::Instant::now();
    let elapsed = || began.elapsed();
    match command {
        Command::Explore { only } => Ok(explore::explore(only, &mut out, &elapsed)?),
        Command::Mutants => Ok(mutants::mutants(&mut out, &elapsed)?),
        Command::Conform(options) => conform::conform(options, &mut out),
        Command::Simulate(options) => simulate::simulate(options, &mut out, &elapsed),
        Command::Bench(options) => bench::bench(options, &mut out),
        Command::Engine(options) => bench::engine::serve(options).map(|()| nothing_told()),
        Command::Contender(options) => bench::contender::contend(options).map(|()| nothing_told()),
        Command::Contend(options) => contend::contend(options).map(|()| nothing_told()),
    }
}

const fn nothing_told() -> Report {
    Report { json: serde_json::Value::Null, verdict: Verdict::Kept }
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let report = run(&args.command)?;
    if args.json {
        writeln!(io::stdout(), "{}", report.json)?;
    }
    Ok(report.verdict.into())
}
