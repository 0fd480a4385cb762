//! Whether more is ever in flight than allowed, while processes are killed, writes come twice, and
//! clocks are off.

use core::time::Duration;
use std::io::Write;
use std::time::Instant;

use flyball_governor::{Entropy as _, SystemEntropy};
use flyball_governor_proof::dice::Dice;

use super::Options;
use super::contenders::{Conditions, Contender};
use super::engine::{self, EngineProcess};
use super::figure::Figure;
use super::process::Process;
use super::tables::make_tables;
use super::witness::Witness;

/// The processes that run jobs, and how many each runs at once. More than there are slots.
const PROCESSES: u64 = 8;
const WRITERS: u64 = 16;
const LANES: u64 = 32;
const LIMIT: u64 = 3;
/// Longer than twice the governor's allowance for clocks, which it demands; the same for all.
const LEASE_MS: u64 = 12_000;
/// How far a clock is off, at most, to either side.
const OFF_MS: i64 = 4_000;
/// One write in so many is carried out once more.
const AGAIN_ONE_IN: u64 = 500;
/// A process is killed this long after the one before.
const KILL_EVERY: Duration = Duration::from_secs(4);

const HEADS: [&str; 8] = [
    "who",
    "minutes",
    "admissions",
    "processes killed",
    "writes carried out twice",
    "begun while as many as allowed were in flight",
    "one in so many admissions",
    "most in flight, of 3",
];

pub(crate) async fn bound(options: &Options, out: &mut impl Write) -> anyhow::Result<Figure> {
    let rivals = options.rivals()?;
    let others = [
        Contender::versions()?,
        Contender::rival(rivals, "rate-limiter-flexible.mjs", &[]),
        Contender::rival(rivals, "dynamodb-lock-client.mjs", &["start=any"]),
        Contender::rival(rivals, "python-dynamodb-lock.py", &["start=any"]),
    ];
    let mut figure = Figure::of(&HEADS, &["who", "minute", "admissions", "breaches", "killed"]);
    torment(&Contender::governed()?, options.minutes, &mut figure, out).await?;
    for contender in &others {
        torment(contender, options.rival_minutes, &mut figure, out).await?;
    }
    Ok(figure)
}

async fn torment(
    contender: &Contender,
    minutes: u64,
    figure: &mut Figure,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut dice = Dice::new(SystemEntropy.next_u64());
    let seed = dice.next_u64() >> 1;
    let options = engine::Options { again_one_in: AGAIN_ONE_IN, seed };
    let mut engine = EngineProcess::start(&options).await?;
    make_tables(&engine.endpoint).await?;
    engine.counts().await?;
    let witness = Witness::start(LIMIT).await?;
    let under = Conditions {
        endpoint: engine.endpoint.clone(),
        writers: WRITERS,
        lanes: LANES,
        limit: LIMIT,
        lease_ms: LEASE_MS,
        vendor: witness.at.clone(),
        ..Conditions::default()
    };
    let mut processes = Vec::new();
    let mut who = String::new();
    for number in 0..PROCESSES {
        let ahead_ms = ahead_ms(number, &mut dice);
        let started = start(contender, &under, ahead_ms, dice.next_u64() >> 1).await?;
        processes.push(started.0);
        who = started.1;
    }
    #[expect(clippy::disallowed_methods, reason = "a budget of time, for the measuring")]
    let began = Instant::now();
    let mut kills = tokio::time::interval(KILL_EVERY);
    kills.tick().await;
    let (mut killed, mut minute) = (0_u64, 0_u64);
    while minute < minutes {
        kills.tick().await;
        let number = dice.below(PROCESSES);
        if let Some(process) = usize::try_from(number).ok().and_then(|at| processes.get_mut(at)) {
            process.kill().await?;
            killed = killed.saturating_add(1);
            let ahead_ms = ahead_ms(number, &mut dice);
            *process = start(contender, &under, ahead_ms, dice.next_u64() >> 1).await?.0;
        }
        let passed = began.elapsed().as_secs() / 60;
        if passed > minute {
            minute = passed;
            let seen = witness.seen();
            let numbers = [minute, seen.admissions, seen.breaches, killed];
            let name = core::iter::once(who.replace(',', ";"));
            figure.raw.push(name.chain(numbers.map(|it| it.to_string())).collect());
        }
    }
    let (seen, counts) = (witness.seen(), engine.counts().await?);
    let one_in = seen.admissions.checked_div(seen.breaches);
    let cells = vec![
        who,
        minutes.to_string(),
        seen.admissions.to_string(),
        killed.to_string(),
        counts.again.to_string(),
        seen.breaches.to_string(),
        one_in.map_or_else(|| "none".to_owned(), |one_in| one_in.to_string()),
        seen.most.to_string(),
    ];
    figure.line(cells, out)
}

async fn start(
    contender: &Contender,
    under: &Conditions,
    ahead_ms: i64,
    seed: u64,
) -> anyhow::Result<(Process, String)> {
    let (mut process, who) =
        contender.start(&Conditions { ahead_ms, seed, ..under.clone() }).await?;
    process.ask("contend").await?;
    Ok((process, who))
}

/// The clocks of some processes are as far off as can be, to either side; those of others anywhere
/// in between.
fn ahead_ms(number: u64, dice: &mut Dice) -> i64 {
    match number % 3 {
        0 => -OFF_MS,
        1 => OFF_MS,
        _ => {
            let range = OFF_MS.unsigned_abs().saturating_mul(2);
            i64::try_from(dice.below(range)).unwrap_or_default().saturating_sub(OFF_MS)
        }
    }
}
