//! Stops that are kept on the board: of everything, of an integration, of one kind of its jobs.

use core::time::Duration;
use std::process::ExitCode;

use flyball_governor::core::transitions::{switch_off, switch_on};
use flyball_governor::core::{Board, Switch, WideScope};
use flyball_governor::{
    Clock as _, Governor, Policy, Stop, Tried, UnixMillis, aws_commands_for_board,
};
use flyball_local::GOVERNOR_TABLE;
use flyball_runtime::SystemClock;
use serde_json::json;
use tokio::time::{Instant, interval_at};

use super::completion::{Stopping, known_without_waiting};
use super::{Where, tell};
use crate::access::{self, ops};
use crate::args::{ResumeArgs, StopArgs};
use crate::error::CliError;
use crate::output::{self, Format};
use crate::table::moment;
use flyball_ops::switches::{lanes as lanes_of, running};

/// Sets a switch of the board.
pub(super) async fn stop(
    args: &StopArgs,
    scope: &WideScope,
    wanted: &Stop,
    now: UnixMillis,
    at: Where<'_>,
) -> Result<ExitCode, CliError> {
    let ramp_ms = args.ramp.map_or(Policy::STANDARD.lift_ramp_ms, |ramp| ramp.ms);
    let switch = Switch { stop: wanted.clone(), since: now, ramp_ms };
    if args.print {
        return print(&switch_on(scope, &switch));
    }
    let access = access::reach(at.data).await?;
    let governor = &access.stores.governor;
    if let Tried::Refused(_) = governor.switch_on(scope, &switch).await? {
        return Err(CliError::new(format!(
            "found {} other switches on the board, which is as many as it holds: resume one of them",
            Board::SWITCHES_MAX
        )));
    }
    let ops = ops(&access.stores);
    let lanes = lanes_of(&ops, &args.scope).await?;
    let jobs = lanes.iter().map(|one| running(&one.written)).fold(0, u32::saturating_add);
    let count = lanes.len();
    let complete = if let Some(known) = known_without_waiting(args, &access) {
        known
    } else {
        everybody_knows(governor).await;
        let stopping = Stopping { access: &access, data: at.data };
        match lanes_of(&ops, &args.scope).await {
            Ok(lanes) => stopping.completion(lanes).await?,
            Err(error) => stopping.unless_gone(error.into()).await?,
        }
    };
    let more = json!({ "accounts": count, "ramp_seconds": ramp_ms / 1_000 });
    tell(args, wanted, jobs, complete, &more, at.format)
}

fn print(
    transition: &flyball_governor::core::transition::Transition,
) -> Result<ExitCode, CliError> {
    for command in aws_commands_for_board(GOVERNOR_TABLE, transition) {
        output::line(&command)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits until whoever works has looked at the board again: nobody works by an older look.
async fn everybody_knows(governor: &Governor) {
    let look_age = Duration::from_millis(governor.policy().look_age_ms);
    interval_at(Instant::now() + look_age, look_age).tick().await;
}

/// Ends a switch of the board.
pub(super) async fn resume(
    args: &ResumeArgs,
    scope: &WideScope,
    at: Where<'_>,
) -> Result<ExitCode, CliError> {
    if args.print {
        return print(&switch_off(scope, SystemClock::new().now()));
    }
    let access = access::reach(at.data).await?;
    let governor = &access.stores.governor;
    let lifted = match governor.switch_off(scope).await? {
        Tried::Done(board) => board.switches.get(scope).and_then(Switch::over_at),
        Tried::Refused(_) => None,
    };
    match at.format {
        Format::Json => output::json(&json!({
            "scope": args.scope.to_string(),
            "lifted": lifted.is_some(),
            "all_by": lifted.map(moment),
        }))?,
        Format::Text => output::line(&match lifted {
            None => format!("there is no stop of {} to lift", args.scope),
            Some(all_by) => format!(
                "{} is resumed; accounts start again one after the other until {}",
                args.scope,
                moment(all_by)
            ),
        })?,
    }
    Ok(ExitCode::SUCCESS)
}
