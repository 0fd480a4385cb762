//! Stopping and resuming, at every scope.

mod completion;
mod lanes;
mod wide;

use std::path::Path;
use std::process::ExitCode;

use flyball_accounts::Account;
use flyball_governor::{Clock as _, Stop, StopMode, UnixMillis};
use flyball_runtime::{SystemClock, environment};
use serde_json::{Value, json};

use crate::access::Access;
use crate::args::{ResumeArgs, StopArgs};
use crate::error::CliError;
use crate::input::Lasting;
use crate::output::{self, Format};
use crate::table::moment;
use completion::Completion;
use flyball_ops::switches::check_limit;
use flyball_ops::{AUTHOR_CHARS_MAX, Kept, Mode};

/// How long a stop lasts that says nothing else, in milliseconds: a day.
const LASTS_MS: u64 = 86_400_000;

/// Where a command works, and how it tells what it did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Where<'a> {
    pub(crate) data: &'a Path,
    pub(crate) format: Format,
}

/// Stops a scope.
pub(crate) async fn stop(
    args: &StopArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let at = Where { data, format };
    let kept = args.scope.kept()?;
    check_limit(&args.scope, args.mode, &kept)?;
    if let (Some(_), Kept::Lane(_) | Kept::Lanes(_)) = (args.ramp, &kept) {
        return Err(CliError::new(format!(
            "found --ramp for {}, expected it for all or an integration only: leave it out",
            args.scope
        )));
    }
    let now = SystemClock::new().now();
    let wanted = wanted(args, now);
    match kept {
        Kept::Lane(scope) => lanes::stop_one(args, &scope, &wanted, now, at).await,
        Kept::Lanes(customer) => lanes::stop_all(args, &customer, &wanted, now, at).await,
        Kept::Board(scope) => wide::stop(args, &scope, &wanted, now, at).await,
    }
}

/// Lifts a stop.
pub(crate) async fn resume(
    args: &ResumeArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let at = Where { data, format };
    match args.scope.kept()? {
        Kept::Lane(scope) => lanes::resume_one(args, &scope, at).await,
        Kept::Lanes(customer) => lanes::resume_all(args, &customer, at).await,
        Kept::Board(scope) => wide::resume(args, &scope, at).await,
    }
}

/// Stops an account until lifted and waits until no call to its store begins any more; returns how
/// many jobs still hold their slots when waiting ends.
pub(crate) async fn stop_for_good(
    access: &Access,
    data: &Path,
    account: &Account,
    reason: &str,
) -> Result<u32, CliError> {
    let (reason, author) = (reason.to_owned(), user());
    let wanted = Stop { mode: StopMode::Stop, reason, author, until: None };
    lanes::stop_and_wait(access, data, account, &wanted).await
}

fn wanted(args: &StopArgs, now: UnixMillis) -> Stop {
    let lasts = args.r#for.unwrap_or(Lasting { ms: LASTS_MS });
    let author = args.by.as_ref().map(|by| by.as_str().to_owned());
    Stop {
        mode: args.mode.0,
        reason: args.reason.as_str().to_owned(),
        author: author.unwrap_or_else(user),
        until: (!args.until_lifted).then(|| now.plus(lasts.ms)),
    }
}

/// Tells what became of a stop; `more` says what is not the same for every scope.
fn tell(
    args: &StopArgs,
    wanted: &Stop,
    running: u32,
    complete: Completion,
    more: &Value,
    format: Format,
) -> Result<ExitCode, CliError> {
    match format {
        Format::Json => {
            let mut told = json!({
                "scope": args.scope.to_string(),
                "mode": Mode(wanted.mode),
                "reason": wanted.reason,
                "by": wanted.author,
                "until": wanted.until.map(moment),
                "running": running,
                "complete": complete == Completion::Complete,
            });
            if let (Value::Object(told), Value::Object(more)) = (&mut told, more) {
                told.extend(more.clone());
            }
            output::json(&told)?;
        }
        Format::Text => output::line(&complete.sentence(&args.scope.to_string()))?,
    }
    Ok(match complete {
        Completion::Complete | Completion::NotAwaited => ExitCode::SUCCESS,
        Completion::Running(_) => ExitCode::FAILURE,
    })
}

/// Who uses the program.
fn user() -> String {
    author_from(environment("USER")).unwrap_or_else(|| "unknown".to_owned())
}

/// A user's name as far as it can stand in a lane.
fn author_from(user: Option<String>) -> Option<String> {
    let user: String =
        user?.trim().chars().filter(|sign| !sign.is_control()).take(AUTHOR_CHARS_MAX).collect();
    (!user.is_empty()).then_some(user)
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
