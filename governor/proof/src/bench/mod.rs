//! What the governor costs, bounds and takes, beside what others use in its place: every row in one
//! run, on one machine, on the same engine. Prints Markdown tables, and keeps the raw numbers.

mod admissions;
mod bound;
pub(crate) mod contender;
mod contenders;
mod counts;
pub(crate) mod engine;
mod fairness;
mod figure;
mod flip;
mod limits;
mod outage;
mod outage_day;
mod parked;
mod probes;
mod process;
mod release;
mod script;
mod shared;
mod spread;
mod tables;
mod times;
mod witness;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use flyball_governor_model::report::{Report, Verdict};
use serde_json::json;

use figure::Figure;

/// What to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Only the rows of these names; all of them where none is named.
    pub rows: Vec<String>,
    /// The folder that `.ci/rivals.sh` installs the rivals into. Rows that the governor can be shown
    /// in alone do without.
    #[arg(long)]
    pub rivals: Option<PathBuf>,
    /// The folder that the raw numbers are kept in.
    #[arg(long, default_value = "docs/figures")]
    pub figures: PathBuf,
    /// How long the governor is tormented in `bound`.
    #[arg(long, default_value_t = 5)]
    pub minutes: u64,
    /// How long each of the others is.
    #[arg(long, default_value_t = 5)]
    pub rival_minutes: u64,
    /// Make only one in so many of a row's trials: enough to see that it runs, and no figure to keep.
    #[arg(long, default_value_t = 1)]
    pub one_in: u64,
}

impl Options {
    /// The rivals' folder, where a row can't do without.
    fn rivals(&self) -> anyhow::Result<&Path> {
        self.rivals.as_deref().context("found no --rivals, expected the folder that they are in")
    }
}

/// The rows, by name.
const ROWS: &[&str] = &[
    "admissions",
    "bound",
    "release",
    "probes",
    "outage",
    "outage-day",
    "fairness",
    "shared",
    "limits",
    "flip",
    "parked",
];

/// Measures the rows that were asked for. A figure that misses its goal is told as it is, and is no
/// failure of the measuring.
///
/// # Errors
/// A row that does not exist, a rival that is not installed, or a measurement that could not be made.
pub(crate) fn bench(options: &Options, out: &mut impl Write) -> anyhow::Result<Report> {
    if let Some(unknown) = options.rows.iter().find(|row| !ROWS.contains(&row.as_str())) {
        bail!("found no row {unknown}, expected one of {}", ROWS.join(", "));
    }
    let wanted = |row: &&&str| options.rows.is_empty() || options.rows.iter().any(|it| it == **row);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut told = Vec::new();
    for row in ROWS.iter().filter(wanted) {
        writeln!(out, "measuring {row}")?;
        let before = load();
        let figure = runtime
            .block_on(measure(row, options, out))
            .with_context(|| format!("{row} could not be measured"))?;
        figure.keep(&options.figures, row)?;
        let load = format!("{before} to {}", load());
        writeln!(out, "\n{}\nThe machine's load was {load}.\n", figure.markdown())?;
        told.push(
            json!({ "row": row, "load": load, "heads": figure.heads, "lines": figure.lines }),
        );
    }
    Ok(Report { json: json!({ "figures": told }), verdict: Verdict::Kept })
}

async fn measure(row: &str, options: &Options, out: &mut impl Write) -> anyhow::Result<Figure> {
    match row {
        "admissions" => admissions::admissions(options.rivals()?, out).await,
        "bound" => bound::bound(options, out).await,
        "release" => release::release(options.rivals()?, out).await,
        "probes" => probes::measure(options, out).await,
        "outage" => outage::measure(options, out).await,
        "outage-day" => outage_day::measure(options, out),
        "flip" => flip::measure(options, out).await,
        "parked" => parked::measure(options, out).await,
        "fairness" => fairness::measure(options, out).await,
        "shared" => shared::measure(options, out).await,
        "limits" => limits::measure(options, out).await,
        _ => bail!("found no row {row}"),
    }
}

/// How many processes wanted the machine over the last minute, as the kernel tells it.
fn load() -> String {
    let told = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown").to_owned()
}
