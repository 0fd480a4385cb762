//! Stopping and resuming, at every scope.

mod completion;
mod print;

use std::process::ExitCode;

use flyball_accounts::Account;
use flyball_governor::{Clock as _, StopMode};
use flyball_ops::switches::{Lifted, SetSwitch, SwitchSet, stop_of};
use flyball_ops::{Mode, Scope};
use flyball_runtime::SystemClock;

use crate::args::{ResumeArgs, StopArgs};
use crate::desk::{Desk, Place, Workers, user};
use crate::error::CliError;
use crate::output::{self, Format};
use completion::{Completion, Stopping};

/// Stops a scope.
pub(crate) async fn stop(
    args: &StopArgs,
    at: Place<'_>,
    format: Format,
) -> Result<ExitCode, CliError> {
    let request = request(args);
    let by = match &args.by {
        Some(by) => by.clone(),
        None => user()?,
    };
    let now = SystemClock::new().now();
    let wanted = stop_of(&request, &by, now)?;
    if args.print {
        print::stop(&request, &wanted, now, at).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let desk = Desk::reach(at).await?;
    let mut set = desk.set(&request, &by).await?;
    let is_wide = set.running.is_none();
    if is_wide && !args.no_wait {
        count(&desk, &mut set).await?;
    }
    let complete = match known_without_waiting(args, &desk) {
        Some(known) => known,
        None => Stopping { desk: &desk, at, scope: &set.scope }.completion(is_wide).await?,
    };
    set.complete = complete == Completion::Complete;
    match format {
        Format::Json => output::json(&set)?,
        Format::Text => {
            if set.accounts == Some(0) && set.customer.is_some() {
                output::note(&format!("{} has no account yet", set.scope));
            }
            output::line(&complete.sentence(&set.scope.to_string()))?;
        }
    }
    Ok(match complete {
        Completion::Complete | Completion::NotAwaited => ExitCode::SUCCESS,
        Completion::Running(_) => ExitCode::FAILURE,
    })
}

/// Looks up what a switch holds of many accounts.
async fn count(desk: &Desk, set: &mut SwitchSet) -> Result<(), CliError> {
    let lanes = desk.all_lanes(&set.scope).await?;
    let jobs: usize = lanes.iter().map(|lane| lane.jobs.len()).sum();
    set.accounts = u64::try_from(lanes.len()).ok();
    set.running = u32::try_from(jobs).ok();
    Ok(())
}

/// What is known of a stop without waiting; `None` where it ends what runs, and somebody may be
/// running something.
fn known_without_waiting(args: &StopArgs, desk: &Desk) -> Option<Completion> {
    let ends_all = match args.mode.0 {
        StopMode::Stop | StopMode::Drain => true,
        StopMode::Hold | StopMode::Limit(_) => false,
    };
    if args.no_wait || !ends_all {
        return Some(Completion::NotAwaited);
    }
    (desk.workers() == Workers::None).then_some(Completion::Complete)
}

fn request(args: &StopArgs) -> SetSwitch {
    SetSwitch {
        scope: args.scope.clone(),
        mode: args.mode,
        reason: args.reason.clone(),
        for_seconds: args.r#for.map(|lasting| lasting.ms / 1_000),
        until_lifted: args.until_lifted,
        ramp_seconds: args.ramp.map(|ramp| ramp.ms / 1_000),
        confirm: args.confirm.clone(),
    }
}

/// Lifts a stop.
pub(crate) async fn resume(
    args: &ResumeArgs,
    at: Place<'_>,
    format: Format,
) -> Result<ExitCode, CliError> {
    if args.print {
        print::resume(&args.scope, SystemClock::new().now(), at).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let lifted = Desk::reach(at).await?.lift(&args.scope).await?;
    match format {
        Format::Json => output::json(&lifted)?,
        Format::Text => {
            output::line(&resumed(&lifted))?;
            for sentence in &lifted.still {
                output::line(&format!("still: {sentence}"))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn resumed(lifted: &Lifted) -> String {
    let scope = &lifted.scope;
    match (lifted.lifted, lifted.all_by, lifted.woken) {
        (false, _, _) => format!("there is no stop of {scope} to lift"),
        (true, Some(all_by), _) => {
            format!("{scope} is resumed; accounts start again one after the other until {all_by}")
        }
        (true, None, None | Some(0)) => format!("{scope} is resumed; no job waits"),
        (true, None, Some(1)) => format!("{scope} is resumed; the parked job is woken"),
        (true, None, Some(jobs)) => format!("{scope} is resumed; {jobs} parked jobs are woken"),
    }
}

/// Stops an account until lifted and waits until no call to its store begins any more; returns how
/// many jobs still hold their slots when waiting ends.
pub(crate) async fn stop_for_good(
    desk: &Desk,
    at: Place<'_>,
    account: &Account,
    reason: &str,
) -> Result<usize, CliError> {
    let request = SetSwitch {
        scope: Scope::Account(account.id.clone()),
        mode: Mode(StopMode::Stop),
        reason: reason.parse()?,
        for_seconds: None,
        until_lifted: true,
        ramp_seconds: None,
        confirm: vec![],
    };
    let set = desk.set(&request, &user()?).await?;
    if desk.workers() == Workers::None {
        return Ok(0);
    }
    Ok(match (Stopping { desk, at, scope: &set.scope }).completion(false).await? {
        Completion::Complete | Completion::NotAwaited => 0,
        Completion::Running(jobs) => jobs,
    })
}
