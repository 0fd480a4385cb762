//! `flyball up`: schedules, workers and ticker of all connected stores in one process, for as long
//! as it is let.

mod look;
mod tally;

use core::time::Duration;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use flyball_governor::Policy;
use flyball_local::{System, Ticking, Workers};
use flyball_ops::api::{Api, Served};
use tokio::time::Instant;

use crate::access;
use crate::args::UpArgs;
use crate::connect::Ways;
use crate::error::CliError;
use crate::output::{self, Format, Progress};
use crate::predecessor::free_all_slots;
use crate::signals::asked_to_end;
use look::{Look, look};
use tally::Tally;

/// How many jobs of each integration and kind run at once.
const WORKERS_DEFAULT: usize = 4;

/// How often the ticker looks.
const TICK: Duration = Duration::from_secs(1);

/// How often it is looked what goes on, at most.
const LOOK_EACH: Duration = Duration::from_secs(1);

/// A look at ten thousand accounts takes a while: no more than this share of the time is spent on
/// looking.
const LOOK_SHARE: u32 = 20;

/// How often a line is written where lines can't be drawn over.
const LINE_EACH: Duration = Duration::from_secs(10);

/// Imports all connected stores until it is asked to end.
pub(crate) async fn run(args: &UpArgs, data: &Path, format: Format) -> Result<ExitCode, CliError> {
    let ended = asked_to_end()?;
    let folder = access::own(data)?;
    let system = System::open(&folder, Policy::STANDARD).await?;
    let _door = system.let_others_in(&folder).await?;
    let api = serve(&system, args.api_port).await?;
    free_all_slots(&system.stores).await?;
    let tally = Arc::new(Tally::new(Instant::now()));
    let crews = start(&system, &tally, args.workers.unwrap_or(WORKERS_DEFAULT))?;
    let ticking = Ticking::start(system.ticker(), TICK);
    output::note(&format!(
        "importing what is connected in {}, until Ctrl-C; to connect a store: flyball account add",
        data.display()
    ));
    output::note(&format!(
        "ops API: {}/v1/switches and others, for whoever bears the token in {}",
        api.url(),
        folder.endpoint_file().display()
    ));

    let progress = output::progress();
    let shown = tokio::select! {
        () = ended => Ok(()),
        // It ends only with an error.
        shown = show(&system, &tally, &progress, format) => shown,
    };
    progress.end();
    drop(ticking);
    let jobs = end(crews).await?;
    let told = tally.told();
    output::note(&match jobs {
        Ended::AtCheckpoints => {
            format!("ended: {told}; what was running goes on at the next start")
        }
        Ended::AtOnce => format!("ended at once: {told}"),
    });
    // Whoever read the lines wants no more of them.
    if !matches!(shown, Err(CliError::OutputClosed)) {
        shown?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The ops API, for whoever can read this folder.
async fn serve(system: &System, port: u16) -> Result<Served, CliError> {
    let api = Api { ops: access::ops(&system.stores), queues: system.queues.clone() };
    let token = system.engine.token().secret().clone();
    Served::start(api, token, port).await.map_err(|error| {
        CliError::new(format!(
            "the ops API can't be served on port {port}: {error}; name another with --api-port"
        ))
    })
}

fn start(system: &System, tally: &Arc<Tally>, count: usize) -> Result<Vec<Workers>, CliError> {
    let ways = Ways::open()?;
    let policy = system.stores.governor.policy();
    let crew = |(integration, kind, queue): (_, _, &Arc<dyn flyball_queue::Queue>)| {
        let importer = system.importer(ways.of(integration), Arc::clone(tally) as _);
        Workers::start(importer, Arc::clone(queue), kind, policy, count)
    };
    Ok(system.queues.iter().map(crew).collect())
}

/// How everything ended.
enum Ended {
    /// Whatever ran has come to a checkpoint.
    AtCheckpoints,
    /// Somebody would not wait for that.
    AtOnce,
}

/// Ends all workers: those that run a job at its next checkpoint, or at once when asked again.
async fn end(crews: Vec<Workers>) -> Result<Ended, CliError> {
    let again = asked_to_end()?;
    for crew in &crews {
        crew.begin_to_stop();
    }
    let stopped = async {
        for crew in crews {
            crew.stop().await;
        }
    };
    Ok(tokio::select! {
        () = stopped => Ended::AtCheckpoints,
        () = again => Ended::AtOnce,
    })
}

/// Shows what goes on, until that can't be shown any more.
async fn show(
    system: &System,
    tally: &Tally,
    progress: &Progress,
    format: Format,
) -> Result<(), CliError> {
    let mut line_due = Instant::now();
    loop {
        let began = Instant::now();
        let look = look(&system.stores, tally, began).await?;
        let due = began >= line_due;
        if due {
            line_due = began + LINE_EACH;
        }
        tell(&look, progress, format, due)?;
        pause(LOOK_EACH.max(began.elapsed() * LOOK_SHARE)).await;
    }
}

fn tell(look: &Look, progress: &Progress, format: Format, due: bool) -> Result<(), CliError> {
    match (format, progress) {
        (Format::Json, _) => output::json(&look.to_json()),
        (Format::Text, Progress::Lines) if due => {
            output::note(&look.to_line());
            Ok(())
        }
        (Format::Text, Progress::Lines) => Ok(()),
        (Format::Text, Progress::Bar(_)) => {
            progress.step(1, &look.to_line());
            Ok(())
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a process of one's own is not billed for waiting")]
async fn pause(length: Duration) {
    tokio::time::sleep(length).await;
}
