mod completion;

use std::path::Path;
use std::process::ExitCode;

use flyball_governor::core::transitions::{lift, stop as stop_transition};
use flyball_governor::{Clock as _, Stop, StopCause, StopMode, UnixMillis, aws_command, standing};
use flyball_importer::lane_spec;
use flyball_local::GOVERNOR_TABLE;
use flyball_runtime::{SystemClock, environment};
use serde_json::json;

use crate::access;
use crate::args::{AUTHOR_CHARS_MAX, ResumeArgs, StopArgs};
use crate::error::CliError;
use crate::facts::{find_account, lane_of, moment};
use crate::input::Lasting;
use crate::output::{self, Format};
use crate::scope::LaneScope;
use completion::{Completion, Stopping, running};

/// How long a stop lasts that says nothing else, in milliseconds: a day.
const LASTS_MS: u64 = 86_400_000;

/// Stops an account, or one kind of its jobs.
pub(crate) async fn stop(
    args: &StopArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let scope = args.scope.in_lane()?;
    if matches!(args.mode.0, StopMode::Limit(_)) && scope.cause != StopCause::Account {
        return Err(CliError::new(format!(
            "found mode limit for {}, which is for a whole account: say account:{}, or another mode",
            args.scope, scope.account
        )));
    }
    let now = SystemClock::new().now();
    let wanted = wanted(args, now);
    let lane_id = lane_of(&scope.account)?;
    if args.print {
        let transition = stop_transition(&scope.cause, &wanted, now);
        output::line(&aws_command(GOVERNOR_TABLE, &lane_id, &transition))?;
        return Ok(ExitCode::SUCCESS);
    }
    let access = access::reach(data).await?;
    let account = find_account(&access.stores.accounts, &scope.account).await?;
    let governor = &access.stores.governor;
    let written = governor
        .stop(&lane_id, &scope.cause, &wanted, &lane_spec(&account))
        .await?
        .ok_or_else(|| CliError::new("the lane went away while it was stopped: try again"))?;
    let stopping = Stopping { scope: &scope, lane_id: &lane_id, written: &written };
    let complete = stopping.completion(args, &access, data).await?;
    match format {
        Format::Json => output::json(&json!({
            "account": scope.account,
            "scope": args.scope.to_string(),
            "mode": mode_in_words(wanted.mode),
            "reason": wanted.reason,
            "by": wanted.author,
            "until": wanted.until.map(moment),
            "running": running(&written),
            "complete": complete == Completion::Complete,
        }))?,
        Format::Text => output::line(&complete.sentence(&args.scope.to_string()))?,
    }
    Ok(match complete {
        Completion::Complete | Completion::NotAwaited => ExitCode::SUCCESS,
        Completion::Running(_) => ExitCode::FAILURE,
    })
}

/// Lifts a stop.
pub(crate) async fn resume(
    args: &ResumeArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let LaneScope { account, cause } = args.scope.in_lane()?;
    let lane_id = lane_of(&account)?;
    if args.print {
        let transition = lift(&cause, SystemClock::new().now());
        output::line(&aws_command(GOVERNOR_TABLE, &lane_id, &transition))?;
        return Ok(ExitCode::SUCCESS);
    }
    let access = access::reach(data).await?;
    find_account(&access.stores.accounts, &account).await?;
    let governor = &access.stores.governor;
    let before = governor.look(&lane_id).await?;
    let stood = before.is_some_and(|lane| lane.stops.contains_key(&cause));
    let lane = if stood { governor.lift(&lane_id, &cause).await? } else { None };
    let parked = governor.parked(&lane_id).await?.len();
    let now = governor.now();
    let still: Vec<String> = lane
        .iter()
        .flat_map(|lane| standing(lane, now).1)
        .map(|sentence| sentence.as_of(now))
        .collect();
    if format == Format::Json {
        output::json(&json!({
            "account": account,
            "scope": args.scope.to_string(),
            "lifted": stood,
            "woken": if stood { parked } else { 0 },
            "still": still,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    if !stood {
        output::line(&format!("there is no stop of {} to lift", args.scope))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(&match parked {
        0 => format!("{} is resumed; no job waits", args.scope),
        1 => format!("{} is resumed; the parked job is woken", args.scope),
        jobs => format!("{} is resumed; {jobs} parked jobs are woken", args.scope),
    })?;
    for sentence in still {
        output::line(&format!("still: {sentence}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn wanted(args: &StopArgs, now: UnixMillis) -> Stop {
    let lasts = args.r#for.unwrap_or(Lasting { ms: LASTS_MS });
    let author = args.by.as_ref().map(|by| by.as_str().to_owned());
    Stop {
        mode: args.mode.0,
        reason: args.reason.as_str().to_owned(),
        author: author
            .or_else(|| author_from(environment("USER")))
            .unwrap_or_else(|| "unknown".to_owned()),
        until: (!args.until_lifted).then(|| now.plus(lasts.ms)),
    }
}

/// A user's name as far as it can stand in a lane.
fn author_from(user: Option<String>) -> Option<String> {
    let user: String =
        user?.trim().chars().filter(|sign| !sign.is_control()).take(AUTHOR_CHARS_MAX).collect();
    (!user.is_empty()).then_some(user)
}

fn mode_in_words(mode: StopMode) -> String {
    match mode {
        StopMode::Limit(slots) => format!("limit={slots}"),
        StopMode::Hold | StopMode::Drain | StopMode::Stop => mode.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_name_is_cut_to_what_a_lane_holds() {
        assert_eq!(author_from(Some(" mia\n".to_owned())).as_deref(), Some("mia"));
        assert_eq!(author_from(Some("\t".to_owned())), None);
        assert_eq!(author_from(None), None);
        let long = author_from(Some("x".repeat(1_000))).unwrap();
        assert_eq!(long.len(), AUTHOR_CHARS_MAX);
    }
}
