//! How long after the flip of a switch the last vendor call begins.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flyball_governor::core::{Switch, WideScope};
use flyball_governor::{
    Admission, Clock as _, Governor, LaneId, LaneSpec, Policy, Stop, StopCause, StopMode,
    SystemClock, SystemEntropy, create_table,
};
use flyball_governor_proof::dice::Dice;
use flyball_governor_proof::engine::Engine;
use tokio::task::JoinSet;

use super::Options;
use super::figure::{Figure, percentile};

const WORKERS: u64 = 64;
/// How often the switch of an account, and of an integration, is flipped.
const FLIPS_ACCOUNT: u64 = 100;
const FLIPS_INTEGRATION: u64 = 40;
/// How many accounts are flipped at once, each with its share of the workers, and how many there are
/// in the integration.
const AT_ONCE: u64 = 4;
const ACCOUNTS: u64 = 10_000;
const SLOTS: u32 = 24;
/// How long a call takes, how many a job makes, and how long a refused worker waits.
const CALL_MS: u64 = 20;
const CALLS_PER_JOB: u64 = 50;
const PAUSE_MS: u64 = 50;
/// How long calls go on before a flip, at least, and by how much longer at most: at any moment of
/// the second in which a worker looks once.
const RUNS_MS: u64 = 500;
const RUNS_MORE_MS: u64 = 1_000;
/// How long it is waited for a last call: as long as a call that nothing stops could take to come.
const QUIET_MS: u64 = 2_000;
const TABLE: &str = "flips";
const GROUP: &str = "shopify";
const MADE_AT_ONCE: u64 = 32;

/// What the vendors of a switch see.
#[derive(Debug, Default)]
struct Vendor {
    calls: AtomicU64,
    last_ms: AtomicU64,
}

/// Who works on what.
struct Scene {
    engine: Engine,
    clock: Arc<SystemClock>,
}

impl Scene {
    /// A governor as a process has it: nothing of it is shared with others.
    fn governor(&self) -> Governor {
        let entropy = Arc::new(SystemEntropy);
        Governor::new(self.engine.client(), TABLE, Policy::STANDARD, self.clock.clone(), entropy)
    }
}

/// Measures the row, with one in so many flips and accounts.
pub(crate) async fn measure(options: &Options, out: &mut impl Write) -> anyhow::Result<Figure> {
    let part = |of: u64| of.checked_div(options.one_in).unwrap_or(of).max(1);
    let scene = Scene { engine: Engine::embedded().await?, clock: Arc::new(SystemClock::new()) };
    create_table(&scene.engine.client(), TABLE).await?;
    let mut figure = Figure::of(
        &[
            "switch of",
            "workers",
            "flips",
            "from the flip to the last call's beginning, ms: p50",
            "p99",
            "most",
            "from its answer, ms: p50",
            "p99",
            "most",
        ],
        &["switch", "flip", "flip_took_ms", "to_last_call_ms", "calls_since"],
    );
    let accounts = accounts(&scene, part(FLIPS_ACCOUNT).div_ceil(AT_ONCE)).await?;
    tell(&mut figure, "an account", &accounts, out)?;
    let count = part(ACCOUNTS);
    let integration = integration(&scene, count, part(FLIPS_INTEGRATION)).await?;
    tell(&mut figure, &format!("an integration of {count} accounts"), &integration, out)?;
    Ok(figure)
}

/// One flip.
#[derive(Clone, Copy, Debug)]
struct Flip {
    took_ms: u64,
    to_last_call_ms: u64,
    calls_since: u64,
}

fn tell(
    figure: &mut Figure,
    switch: &str,
    flips: &[Flip],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let sorted = |of: fn(&Flip) -> u64| {
        let mut ms: Vec<u64> = flips.iter().map(of).collect();
        ms.sort_unstable();
        [50, 99, 100].map(|percent| percentile(&ms, percent).to_string())
    };
    figure.raw.extend((0_u64..).zip(flips).map(|(number, flip)| {
        let numbers = [number, flip.took_ms, flip.to_last_call_ms, flip.calls_since];
        core::iter::once(switch.to_owned()).chain(numbers.map(|it| it.to_string())).collect()
    }));
    let line = [switch.to_owned(), WORKERS.to_string(), flips.len().to_string()];
    let whole = sorted(|flip| flip.to_last_call_ms);
    let answered = sorted(|flip| flip.to_last_call_ms.saturating_sub(flip.took_ms));
    figure.line(line.into_iter().chain(whole).chain(answered).collect(), out)
}

#[expect(clippy::disallowed_methods, reason = "what is measured here takes real time")]
async fn rest(ms: u64) {
    tokio::time::sleep(core::time::Duration::from_millis(ms)).await;
}

fn stop() -> Stop {
    let (reason, author) = ("a drill".to_owned(), "bench".to_owned());
    Stop { mode: StopMode::Stop, reason, author, until: None }
}

fn spec() -> anyhow::Result<LaneSpec> {
    Ok(LaneSpec { group: Some(GROUP.parse()?), cap: SLOTS })
}

/// Works on one account after the other of some, call after call.
async fn work(
    governor: Governor,
    clock: Arc<SystemClock>,
    vendor: Arc<Vendor>,
    accounts: Vec<LaneId>,
    number: u64,
) -> anyhow::Result<()> {
    let mut dice = Dice::new(number);
    let spec = spec()?;
    loop {
        let Some(lane) = dice.pick(&accounts) else { return Ok(()) };
        let claim = governor.claim(format!("w{number}").parse()?, "products".parse()?);
        let Admission::Admitted(mut holder) = governor.admit(lane, &claim, &spec).await? else {
            rest(PAUSE_MS).await;
            continue;
        };
        let mut may_call = true;
        for _ in 0..CALLS_PER_JOB {
            may_call = holder.leave().await.is_ok();
            if !may_call {
                break;
            }
            vendor.last_ms.fetch_max(clock.monotonic_ms(), Ordering::SeqCst);
            vendor.calls.fetch_add(1, Ordering::SeqCst);
            rest(CALL_MS).await;
            holder.succeeded().await?;
        }
        if may_call {
            holder.finished().await?
        } else {
            holder.inconclusive().await?
        };
    }
}

/// Lets calls flow, flips, and waits until none begins any more.
async fn flip(
    clock: &SystemClock,
    vendor: &Vendor,
    dice: &mut Dice,
    on: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<Flip> {
    let before = vendor.calls.load(Ordering::SeqCst);
    while vendor.calls.load(Ordering::SeqCst).saturating_sub(before) < WORKERS {
        rest(PAUSE_MS).await;
    }
    rest(RUNS_MS.saturating_add(dice.below(RUNS_MORE_MS))).await;
    let (flipped_ms, calls) = (clock.monotonic_ms(), vendor.calls.load(Ordering::SeqCst));
    on.await?;
    let took_ms = clock.monotonic_ms().saturating_sub(flipped_ms);
    rest(QUIET_MS).await;
    Ok(Flip {
        took_ms,
        to_last_call_ms: vendor.last_ms.load(Ordering::SeqCst).saturating_sub(flipped_ms),
        calls_since: vendor.calls.load(Ordering::SeqCst).saturating_sub(calls),
    })
}

async fn accounts(scene: &Scene, flips: u64) -> anyhow::Result<Vec<Flip>> {
    let mut workers = JoinSet::new();
    let mut flippers = JoinSet::new();
    for account in 0..AT_ONCE {
        let lane: LaneId = format!("account-{account}").parse()?;
        let vendor = Arc::new(Vendor::default());
        for number in (0..WORKERS).filter(|number| number % AT_ONCE == account) {
            let (clock, vendor) = (scene.clock.clone(), vendor.clone());
            workers.spawn(work(scene.governor(), clock, vendor, vec![lane.clone()], number));
        }
        let (governor, clock) = (scene.governor(), scene.clock.clone());
        flippers.spawn(async move {
            let mut dice = Dice::part(1, account);
            let mut all = Vec::new();
            for _ in 0..flips {
                let on = async {
                    governor.stop(&lane, &StopCause::Account, &stop(), &spec()?).await?;
                    Ok(())
                };
                all.push(Box::pin(flip(&clock, &vendor, &mut dice, on)).await?);
                governor.lift(&lane, &StopCause::Account).await?;
            }
            Ok::<_, anyhow::Error>(all)
        });
    }
    let mut all = Vec::new();
    while let Some(flips) = flippers.join_next().await {
        all.extend(flips??);
    }
    workers.shutdown().await;
    Ok(all)
}

async fn integration(scene: &Scene, accounts: u64, flips: u64) -> anyhow::Result<Vec<Flip>> {
    let governor = scene.governor();
    let lanes: Result<Vec<LaneId>, _> =
        (0..accounts).map(|n| format!("of-many-{n}").parse()).collect();
    let lanes = lanes?;
    let spec = spec()?;
    let mut making = JoinSet::new();
    for lane in lanes.clone() {
        let (governor, spec) = (governor.clone(), spec.clone());
        making.spawn(async move { governor.create(&lane, &spec).await.map(drop) });
        if u64::try_from(making.len())? >= MADE_AT_ONCE
            && let Some(made) = making.join_next().await
        {
            made??;
        }
    }
    while let Some(made) = making.join_next().await {
        made??;
    }
    let vendor = Arc::new(Vendor::default());
    let mut workers = JoinSet::new();
    for number in 0..WORKERS {
        let (clock, vendor) = (scene.clock.clone(), vendor.clone());
        workers.spawn(work(scene.governor(), clock, vendor, lanes.clone(), number));
    }
    let scope: WideScope = GROUP.parse()?;
    let mut dice = Dice::new(2);
    let mut all = Vec::new();
    for _ in 0..flips {
        let on = async {
            let switch = Switch { stop: stop(), since: governor.now(), ramp_ms: 0 };
            governor.switch_on(&scope, &switch).await?;
            Ok(())
        };
        all.push(Box::pin(flip(&scene.clock, &vendor, &mut dice, on)).await?);
        governor.switch_off(&scope).await?;
    }
    workers.shutdown().await;
    Ok(all)
}
