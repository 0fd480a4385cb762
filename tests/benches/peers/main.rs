//! The figures of `docs/BENCHMARKS.md` that stand beside those of peers: what an import takes of a
//! machine. Each program imports from the same simulated store, which has a process of its own.
//! Prints Markdown, and what goes on to the standard error.
//!
//! `just peers [ROW…] [--once]`; the variables `FLYBALL` (a release build), `FLYBALL_TAPS` and
//! `FLYBALL_PEERS` say where the programs are.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its figures")]

mod contender;
mod measured;
mod rows;
mod storefront;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use contender::{Contender, Import, Programs};
use rows::{ROWS, Row};
use storefront::{Counted, Storefront};

/// How often each is measured, unless once is asked for; the median is told.
const RUNS: usize = 3;

/// Has each measured once.
const ONCE: &str = "--once";

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((word, rest)) if word == measured::WORD => measured::measure(rest),
        _ => tokio::runtime::Runtime::new()?.block_on(compare(&arguments)),
    }
}

async fn compare(arguments: &[String]) -> Result<ExitCode> {
    let wanted: Vec<&String> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    let known = |name: &str| ROWS.iter().any(|row| row.name == name);
    if let Some(unknown) = wanted.iter().find(|name| !known(name)) {
        let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        bail!("found the row {unknown}, expected one of {}", names.join(", "));
    }
    let programs = Programs {
        flyball: folder("FLYBALL", "a release build of flyball")?,
        taps: folder("FLYBALL_TAPS", "the folder of the taps")?,
        peers: folder("FLYBALL_PEERS", "the folder of the peers")?,
    };
    let runs = if arguments.iter().any(|word| word == ONCE) { 1 } else { RUNS };
    println!(
        "| row | who | records | records per CPU second | CPU s | wall s | least s | peak MB | calls \
         | throttled | points |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for row in ROWS {
        if wanted.is_empty() || wanted.iter().any(|name| *name == row.name) {
            for contender in row.contenders {
                measure(&programs, row, *contender, runs).await?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn folder(variable: &str, what: &str) -> Result<PathBuf> {
    let path = std::env::var_os(variable);
    path.map(PathBuf::from).with_context(|| format!("{variable} names no {what}: use `just peers`"))
}

/// Measures one contender's imports, each from a store of its own, and prints the median one.
async fn measure(programs: &Programs, row: &Row, contender: Contender, count: usize) -> Result<()> {
    let mut runs = Vec::new();
    for _ in 0..count {
        let words: Vec<String> = row.store.split(' ').map(str::to_owned).collect();
        let store = Storefront::serve(&programs.flyball, &words).await?;
        let vendor = words.first().map_or("", String::as_str);
        let import = contender.import(programs, &store, vendor, row.stream).await?;
        let counted = store.stop().await?;
        eprintln!("{} {}: {import:?}, {counted:?}", row.name, contender.name());
        runs.push((import, counted));
    }
    runs.sort_by_key(|(import, _)| import.took.cpu_ms);
    let (import, Counted { calls, throttled, spent_points }) =
        runs.get(count / 2).context("nothing was measured")?;
    let Import { took, records, distinct, why } = import;
    let told = match why {
        None if *records == row.records && u64::try_from(*distinct)? == row.records => "",
        None => " (said that it was complete)",
        Some(_) => " (failed)",
    };
    let least = row.drained.map(|drained| drained.least_ms(*calls, *spent_points));
    let least = least.map_or_else(String::new, |least_ms| tenths(least_ms, 1_000));
    println!(
        "| {} | {} | {records}{told} | {} | {} | {} | {least} | {} | {calls} | {throttled} | {spent_points} |",
        row.name,
        contender.name(),
        records.saturating_mul(1_000) / took.cpu_ms.max(1),
        tenths(took.cpu_ms, 1_000),
        tenths(took.wall_ms, 1_000),
        tenths(took.peak_kib, 1_024),
    );
    Ok(())
}

/// A quotient with two digits after the point.
fn tenths(part: u64, whole: u64) -> String {
    let hundredths = part.saturating_mul(100) / whole;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
