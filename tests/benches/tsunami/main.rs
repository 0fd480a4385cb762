//! The figures and the picture of a vendor that dies under ten thousand jobs and comes back: the same
//! import with the governor, and under a queue's own retries alone. Prints Markdown, draws
//! `docs/tsunami.svg`, and keeps what it saw, moment by moment, in `docs/figures/tsunami.csv`.
//!
//! `cargo bench -p flyball-tests --bench tsunami [-- JOBS [MILLISECONDS]]`: so many jobs, of a vendor
//! that takes so long to answer.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod figures;
mod governed;
mod scene;
mod ungoverned;
mod watch;

use anyhow::{Context as _, Result};
use flyball_tests::picture::{Course, tsunami};
use flyball_tests::root;

use figures::Figures;
use scene::Scene;
use watch::Seen;

/// How many jobs there are, each of an account of its own, unless told otherwise.
const JOBS: u32 = 10_000;

/// How long the vendor takes for an answer, in milliseconds, unless told otherwise. Where it answers at
/// once, the pace is that of this machine's processors, which all parts share here, and not that of jobs
/// which wait for their vendor.
const ANSWERS_MS: u32 = 250;

/// Where the picture is, below the root.
const PICTURE: &str = "docs/tsunami.svg";

/// Where the raw numbers are, below the root.
const NUMBERS: &str = "docs/figures/tsunami.csv";

#[tokio::main]
async fn main() -> Result<()> {
    let mut told = std::env::args().skip(1).filter(|word| !word.starts_with('-'));
    let mut number = |what, usual| match told.next() {
        Some(word) => word.parse().with_context(|| format!("{what} was expected, not {word}")),
        None => Ok(usual),
    };
    let jobs = number("a number of jobs", JOBS)?;
    let answers_ms = number("a number of milliseconds", ANSWERS_MS)?;
    let alone = ungoverned::run(&Scene::open(jobs, answers_ms).await?).await?;
    let governed = governed::run(&Scene::open(jobs, answers_ms).await?).await?;
    Figures::print(&[("the queue's own retries", &alone), ("governed", &governed)]);
    let course = |seen: &Seen| Course {
        outage_s: (seen.fell_s, seen.rose_s),
        moments: seen.moments.iter().map(|at| (at.s, at.vendor_calls, at.finished)).collect(),
    };
    let numbers = root().join(NUMBERS);
    if let Some(folder) = numbers.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(numbers, watch::csv(&[("retries", &alone.seen), ("governed", &governed.seen)]))?;
    let picture = tsunami(&course(&alone.seen), &course(&governed.seen), jobs);
    std::fs::write(root().join(PICTURE), picture)?;
    Ok(())
}
