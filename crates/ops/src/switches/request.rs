use flyball_governor::{Lane, Policy, Stop, StopMode, UnixMillis};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Author, Kept, Mode, OpsError, REASON_CHARS_MAX, Scope, Words};

/// How long a switch lasts that says nothing else, in seconds: a day.
const LASTS_S: u64 = 86_400;

/// The longest a switch lasts, in seconds: a year. What is to last longer is to last until lifted.
const LASTS_S_MAX: u64 = 365 * 86_400;

/// The longest ramp, in seconds: an hour.
const RAMP_S_MAX: u64 = 3_600;

/// A switch that is to be set; it replaces the one of the same scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "scope": "account:blue-mug", "reason": "stocktaking", "for_seconds": 3600
}))]
pub struct SetSwitch {
    /// `all`, `shopify`, `shopify/orders`, `customer:ID`, `account:ID` or `account:ID/orders`.
    #[schema(value_type = String)]
    pub scope: Scope,
    /// `hold` (nothing new starts), `drain` (the same, until the last job is done), `stop` (running
    /// jobs stop before their next call) or `limit=N` (at most N jobs at once). `stop` by default.
    #[serde(default = "stop")]
    #[schema(value_type = String, default = "stop")]
    pub mode: Mode,
    /// Why, for whoever finds it stopped: one line, at most 120 characters.
    #[schema(value_type = String, max_length = 120)]
    pub reason: Words<REASON_CHARS_MAX>,
    /// For how long, at most a year; a day by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 31_536_000)]
    pub for_seconds: Option<u64>,
    /// Whether it lasts until somebody lifts it. Not together with `for_seconds`.
    #[serde(default)]
    pub until_lifted: bool,
    /// Over how long, after its end, accounts start again one after the other; 10 by default. For
    /// `all` and integrations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 3600)]
    pub ramp_seconds: Option<u64>,
    /// The rules that were read, and are not to keep this from happening, such as `held-accounts`.
    #[serde(default)]
    pub confirm: Vec<String>,
}

const fn stop() -> Mode {
    Mode(StopMode::Stop)
}

/// When a switch ends.
fn until(request: &SetSwitch, now: UnixMillis) -> Result<Option<UnixMillis>, OpsError> {
    let seconds = match (request.for_seconds, request.until_lifted) {
        (None, true) => return Ok(None),
        (Some(_), true) => {
            return Err(OpsError::Unfit(
                "found for_seconds and until_lifted, one of them was expected: leave one out"
                    .to_owned(),
            ));
        }
        (given, false) => given.unwrap_or(LASTS_S),
    };
    if (1..=LASTS_S_MAX).contains(&seconds) {
        Ok(Some(now.plus(seconds.saturating_mul(1_000))))
    } else {
        Err(OpsError::Unfit(format!(
            "found for_seconds of {seconds}, expected 1 to {LASTS_S_MAX}: what is to last longer \
             is to last until lifted"
        )))
    }
}

impl SetSwitch {
    /// Over how long, after its end, accounts start again, in milliseconds.
    pub fn ramp_ms(&self) -> u64 {
        let asked = self.ramp_seconds.map(|seconds| seconds.saturating_mul(1_000));
        asked.unwrap_or(Policy::STANDARD.lift_ramp_ms)
    }
}

/// The stop that this asks for at a moment.
///
/// # Errors
/// What was asked for does not fit.
pub fn stop_of(request: &SetSwitch, author: &Author, now: UnixMillis) -> Result<Stop, OpsError> {
    check(request, &request.scope.kept()?)?;
    Ok(Stop {
        mode: request.mode.0,
        reason: request.reason.to_string(),
        author: author.to_string(),
        until: until(request, now)?,
    })
}

/// A ramp is for many accounts, and a limit for what has room for it.
fn check(request: &SetSwitch, kept: &Kept) -> Result<(), OpsError> {
    let scope = &request.scope;
    match (request.ramp_seconds, kept) {
        (Some(_), Kept::Lane(_) | Kept::Lanes(_)) => {
            return Err(OpsError::Unfit(format!(
                "found a ramp for {scope}, expected it for all or an integration only: leave it out"
            )));
        }
        (Some(seconds), Kept::Board(_)) if seconds > RAMP_S_MAX => {
            return Err(OpsError::Unfit(format!(
                "found a ramp of {seconds} seconds, expected at most {RAMP_S_MAX}"
            )));
        }
        (Some(_) | None, _) => {}
    }
    check_limit(scope, request.mode, kept)
}

/// A limit is kept where its slots are: in an account's lane, or in lanes of its own.
fn check_limit(scope: &Scope, mode: Mode, kept: &Kept) -> Result<(), OpsError> {
    let StopMode::Limit(slots) = mode.0 else { return Ok(()) };
    let wrong = match (scope, kept) {
        (Scope::AccountKind(account, _), _) => {
            format!("which is for a whole account: say account:{account}, or another mode")
        }
        (_, Kept::Lanes(_)) => {
            "which is not for a customer: say account:ID, or another mode".to_owned()
        }
        (Scope::Account(_), _) if slots > Lane::SLOTS_MAX => {
            format!("expected at most {} for an account", Lane::SLOTS_MAX)
        }
        _ => return Ok(()),
    };
    Err(OpsError::Unfit(format!("found mode limit={slots} for {scope}, {wrong}")))
}
