//! The AWS commands that do the same to a deployed system.

use flyball_governor::core::Switch;
use flyball_governor::core::transition::Transition;
use flyball_governor::core::transitions::{lift, stop as stop_transition, switch_off, switch_on};
use flyball_governor::{Stop, StopCause, UnixMillis, aws_command, aws_commands_for_board};
use flyball_local::GOVERNOR_TABLE;
use flyball_ops::switches::SetSwitch;
use flyball_ops::{Kept, Scope, customer_lane, lane_of};

use crate::desk::{Desk, Place};
use crate::error::CliError;
use crate::output;

/// Those that set a switch.
pub(super) async fn stop(
    request: &SetSwitch,
    wanted: &Stop,
    now: UnixMillis,
    at: Place<'_>,
) -> Result<(), CliError> {
    let of_lane = |cause: &StopCause| stop_transition(cause, wanted, now);
    match request.scope.kept()? {
        Kept::Board(scope) => {
            let switch = Switch { stop: wanted.clone(), since: now, ramp_ms: request.ramp_ms() };
            of_board(&switch_on(&scope, &switch))
        }
        Kept::Lane(_) | Kept::Lanes(_) => of_lanes(&request.scope, of_lane, at).await,
    }
}

/// Those that lift one.
pub(super) async fn resume(scope: &Scope, now: UnixMillis, at: Place<'_>) -> Result<(), CliError> {
    match scope.kept()? {
        Kept::Board(scope) => of_board(&switch_off(&scope, now)),
        Kept::Lane(_) | Kept::Lanes(_) => of_lanes(scope, |cause| lift(cause, now), at).await,
    }
}

fn of_board(transition: &Transition) -> Result<(), CliError> {
    for command in aws_commands_for_board(GOVERNOR_TABLE, transition) {
        output::line(&command)?;
    }
    Ok(())
}

async fn of_lanes(
    scope: &Scope,
    transition: impl Fn(&StopCause) -> Transition,
    at: Place<'_>,
) -> Result<(), CliError> {
    let lanes = match scope.kept()? {
        Kept::Lane(of) => {
            let command =
                aws_command(GOVERNOR_TABLE, &lane_of(&of.account)?, &transition(&of.cause));
            return output::line(&command);
        }
        Kept::Lanes(customer) => {
            let mut lanes = vec![customer_lane(&customer)?];
            // Which accounts a customer has only the accounts know.
            for lane in Desk::reach(at).await?.all_lanes(scope).await? {
                lanes.push(lane_of(&lane.account)?);
            }
            lanes
        }
        Kept::Board(_) => vec![],
    };
    let transition = transition(&StopCause::Customer);
    for lane in lanes {
        output::line(&aws_command(GOVERNOR_TABLE, &lane, &transition))?;
    }
    Ok(())
}
