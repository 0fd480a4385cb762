//! `flyball demo`: several simulated stores are imported under the governor while things go wrong,
//! and at the end everything is checked against the stores.

mod board;
mod check;
mod events;
mod progress;
mod report;
mod script;
pub(crate) mod vendor;
pub(crate) mod world;

use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use flyball_domain::{Job, Mode, UnixMillis};
use flyball_governor::Clock as _;
use flyball_local::{DataFolder, System, Ticking, Workers};
use flyball_runtime::SystemClock;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::args::DemoArgs;
use crate::connect::Ways;
use events::Stage;
use progress::Screen;
use report::Report;
use script::{Event, Script};

/// The most stores of one demo.
pub(crate) const ACCOUNTS_MAX: u32 = 1_000;

/// How many workers there are for each account and kind, and at most for each integration and kind.
const WORKERS_PER_ACCOUNT: usize = 2;
const WORKERS_MAX: usize = 12;

/// How often the ticker looks, and how often progress is shown.
const TICK: Duration = Duration::from_millis(200);
const SHOW_BARS: Duration = Duration::from_millis(100);
const SHOW_LINES: Duration = Duration::from_secs(2);

/// How often it is looked whether all is quiet.
const QUIET: Duration = Duration::from_millis(250);

/// Runs a demo; `data` keeps it, without one it ends with the process.
pub(crate) async fn run(args: &DemoArgs, data: Option<PathBuf>) -> Result<Report> {
    let began = Instant::now();
    let temporary = match &data {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("no temporary folder can be made")?),
    };
    let dir = data
        .or_else(|| temporary.as_ref().map(|dir| dir.path().join("demo")))
        .context("there is no folder to keep the demo in")?;
    let folder = DataFolder::open(&dir)?;
    if folder.dynamodb_file().exists() && !dir.join("demo.json").exists() {
        bail!(
            "found data that is no demo's in {}: name another folder, or leave --data out",
            dir.display()
        );
    }
    let script = Script::open(&dir, args, UnixMillis(SystemClock::new().now().0))?;
    let system = System::open(&folder, world::policy()?).await?;
    let _door = system.let_others_in(&folder).await?;
    let shops = world::open_shops(&script, &system).await?;
    let board = world::board(&system, &shops).await?;
    let resumed = board_total(&board, &shops);

    let stage = raise_curtain(script, system, shops, board).await?;
    let ticking = Ticking::start(stage.system.ticker(), TICK);
    play_to_the_end(&stage).await?;
    drop(ticking);
    stage.screen.end();
    let mut report = Report::new(&stage, resumed).await?;
    report.seconds = check::seconds(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
    Ok(report)
}

fn board_total(board: &board::Board, shops: &[world::Shop]) -> u64 {
    shops.iter().map(|shop| board.arrived(&shop.account)).sum()
}

async fn raise_curtain(
    mut script: Script,
    system: System,
    shops: Vec<world::Shop>,
    board: board::Board,
) -> Result<Arc<Stage>> {
    if !script.asked {
        world::ask_for_jobs(&system, &shops).await?;
        script.asked = true;
        script.save()?;
    }
    let screen = Screen::new(&shops);
    let board = Arc::new(board);
    let ways = Ways::open()?;
    let policy = world::policy()?;
    let mut workers = Vec::new();
    for (integration, kind, queue) in system.queues.iter() {
        let shops = shops.iter().filter(|shop| shop.integration == integration).count();
        let count = shops.saturating_mul(WORKERS_PER_ACCOUNT).min(WORKERS_MAX);
        let importer = system.importer(ways.of(integration), Arc::clone(&board) as _);
        workers.push(Workers::start(importer, Arc::clone(queue), kind, &policy, count));
    }
    Ok(Arc::new(Stage {
        system,
        shops,
        board,
        workers: Mutex::new(workers),
        screen,
        script: Mutex::new(script),
    }))
}

async fn play_to_the_end(stage: &Arc<Stage>) -> Result<()> {
    let mut events = JoinSet::new();
    for event in Event::ALL {
        events.spawn(events::play(Arc::clone(stage), event));
    }
    // Single records keep no checkpoint: an earlier process may have finished them.
    let ranges = |job: &&Job| matches!(job.mode, Mode::Backfill { .. });
    let jobs: Vec<_> =
        stage.shops.iter().flat_map(|shop| shop.jobs.iter().filter(ranges)).map(Job::key).collect();
    let every = if stage.screen.has_bars() { SHOW_BARS } else { SHOW_LINES };
    let mut shows = interval(every);
    shows.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looks = interval(QUIET);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = shows.tick() => stage.screen.show(&stage.board, &stage.shops),
            _ = looks.tick() => {
                if stage.board.all_finished(&jobs) && events.is_empty() && is_quiet(stage).await? {
                    return Ok(());
                }
            }
            Some(played) = events.join_next() => played.context("an event of the demo broke off")??,
        }
    }
}

/// Whether nothing runs, waits or is on its way.
async fn is_quiet(stage: &Stage) -> Result<bool> {
    for (_, _, queue) in stage.system.queues.iter() {
        let counts = queue.counts().await?;
        if counts.visible + counts.in_flight + counts.delayed > 0 {
            return Ok(false);
        }
    }
    let governor = &stage.system.stores.governor;
    for shop in &stage.shops {
        // A worker that died after its last write leaves a lease that nobody needs the room of.
        let lane = governor.reap(&shop.lane).await?;
        let held = lane.is_some_and(|lane| lane.held_count() > 0 || lane.probe.is_some());
        if held || !governor.parked(&shop.lane).await?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

#[expect(clippy::disallowed_methods, reason = "a demo is watched by people, who need time")]
async fn pause(length: Duration) {
    tokio::time::sleep(length).await;
}
