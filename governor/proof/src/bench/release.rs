//! How long it takes from the end of a job to the start of the next one that waits.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::contenders::{Conditions, Contender};
use super::engine::{self, EngineProcess};
use super::figure::{Figure, percentile, ratio};
use super::spread::{Spread, spread};
use super::tables::make_tables;

/// Hand-overs of each contender, at least.
const HAND_OVERS_MIN: usize = 200;
/// As many pairs of a holder and a waiter go on at once where most of the time is waiting.
const PAIRS: u64 = 20;

/// What locks are told.
const LOCKS: &str = "hand over";

const TITLE: &str = "From the end of a job to the start of the next that waits";

const HEADS: [&str; 6] =
    ["who", "hand-overs", "p50, ms", "p99, ms", "longest, ms", "requests per hand-over"];

pub(crate) async fn release(rivals: &Path, out: &mut impl Write) -> anyhow::Result<Figure> {
    let governed = || Contender::governed();
    let lock = |settings: &[&str]| Contender::rival(rivals, "dynamodb-lock-client.mjs", settings);
    let python = |settings: &[&str]| Contender::rival(rivals, "python-dynamodb-lock.py", settings);
    let seconds = |lease_ms| Conditions { lanes: PAIRS, lease_ms, ..one() };
    let entrants = [
        (governed()?.named(", baton"), one(), "hand over by baton"),
        (governed()?.named(", another worker sent for"), one(), "hand over by message"),
        (lock(&[]).named(", lease of 10 s as in its README"), seconds(10_000), LOCKS),
        (lock(&[]).named(", lease of 2 s"), seconds(2_000), LOCKS),
        (python(&["defaults=yes"]).named(", its defaults"), seconds(10_000), LOCKS),
        (python(&["retry-ms=100"]).named(", a try every 100 ms"), seconds(2_000), LOCKS),
    ];
    let mut figure = Figure::of(&HEADS, &["who", "microseconds"]);
    let mut spreads = Vec::new();
    for (contender, conditions, command) in entrants {
        let mut engine = EngineProcess::start(&engine::Options::default()).await?;
        make_tables(&engine.endpoint).await?;
        let endpoint = engine.endpoint.clone();
        let (mut process, who) = contender.start(&Conditions { endpoint, ..conditions }).await?;
        engine.counts().await?;
        let mut micros: Vec<u64> = Vec::new();
        while micros.len() < HAND_OVERS_MIN {
            let answer = process.ask(command).await?;
            let measured = answer.get("micros").and_then(Value::as_array).context("no times")?;
            micros.extend(measured.iter().filter_map(Value::as_u64));
        }
        let asked = engine.counts().await?.all();
        let name = who.replace(',', ";");
        figure.raw.extend(micros.iter().map(|it| vec![name.clone(), it.to_string()]));
        micros.sort_unstable();
        let hand_overs = u64::try_from(micros.len())?;
        let ms = |percent| ratio(percentile(&micros, percent), 1_000);
        let cells = vec![
            who.clone(),
            hand_overs.to_string(),
            ms(50),
            ms(99),
            ms(100),
            ratio(asked, hand_overs),
        ];
        figure.line(cells, out)?;
        spreads.push(Spread { name: who, is_ours: command != LOCKS, micros });
    }
    figure.picture = Some(spread(TITLE, &spreads));
    Ok(figure)
}

/// One slot in one lane.
fn one() -> Conditions {
    Conditions { writers: 1, lanes: 1, limit: 1, lease_ms: 12_000, ..Conditions::default() }
}
