//! The figures of `docs/BENCHMARKS.md` on how functions start: from a program's start until it asks for
//! work, and until its first answer, for each of ours, for a function that says hello, and for one that
//! makes two calls of AWS, in Rust, Python and JavaScript. All of them meet the same Runtime API and the
//! same services on loopback. Prints Markdown, and keeps each run in `docs/figures/starts.csv`.
//!
//! `just starts [FUNCTION…] [--once]`, of ours all or those that are named; the variables
//! `FLYBALL_FUNCTIONS` (the folder of the programs, built as they are deployed) and `FLYBALL_STARTS`
//! (that of the peers) say where the programs are.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints its figures")]

mod contender;
mod figures;
mod run;
mod scene;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use flyball_tests::root;

use contender::{CONTENDERS, Contender, Programs};
use figures::Figures;
use scene::{Scene, Way};

/// How often each is started, unless once is asked for.
const RUNS: usize = 15;

/// Has each started once.
const ONCE: &str = "--once";

/// Where the raw numbers are, below the root.
const NUMBERS: &str = "docs/figures/starts.csv";

#[tokio::main]
async fn main() -> Result<()> {
    let programs = Programs {
        functions: folder("FLYBALL_FUNCTIONS", "the folder of the functions")?,
        peers: folder("FLYBALL_STARTS", "the folder of the peers")?,
    };
    let words: Vec<String> = std::env::args().skip(1).collect();
    let once = words.iter().any(|word| word == ONCE);
    let named: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |contender: &&Contender| {
        !contender.is_ours() || named.is_empty() || named.contains(&&contender.name())
    };
    let contenders: Vec<Contender> = CONTENDERS.iter().filter(is_wanted).copied().collect();
    let mut scenes = Vec::new();
    for way in Way::ALL {
        scenes.push(Scene::open(way).await?);
    }
    let mut figures = Figures::default();
    // In turns, so that what else the machine does meets all of them alike.
    for round in 0..if once { 1 } else { RUNS } {
        for contender in &contenders {
            for scene in &scenes {
                let run = run::run(*contender, &programs, scene).await;
                let run =
                    run.with_context(|| format!("{} by {}", contender.name(), scene.way.name()));
                figures.add(*contender, scene.way, run?);
            }
        }
        eprintln!("round {round} is over");
    }
    figures.print(&contenders, &programs)?;
    if !once {
        std::fs::write(root().join(NUMBERS), figures.csv())?;
    }
    Ok(())
}

fn folder(variable: &str, what: &str) -> Result<PathBuf> {
    let path = std::env::var_os(variable);
    path.map(PathBuf::from)
        .with_context(|| format!("{variable} names no {what}: use `just starts`"))
}
