use flyball_governor::StopMode;

use super::radius::{accounts_in, is_in, percent};
use super::request::SetSwitch;
use crate::{Ops, OpsError, Scope};

/// The rule that asks before many accounts are held.
pub const HELD_ACCOUNTS: &str = "held-accounts";

/// The most accounts of a hundred that are held without a confirmation.
pub const HELD_PERCENT_MAX: u64 = 20;

/// So many accounts are held without a confirmation whatever their share is.
pub const HELD_ACCOUNTS_FREE: usize = 5;

/// Asks back where a switch, together with those on the board, would hold many accounts. Where that
/// can't be found out, the switch goes ahead: stopping is never held up.
pub(super) async fn check(ops: &Ops, request: &SetSwitch) -> Result<(), OpsError> {
    let is_limit = matches!(request.mode.0, StopMode::Limit(_));
    if is_limit || request.confirm.iter().any(|rule| rule == HELD_ACCOUNTS) {
        return Ok(());
    }
    let (held, all) = match count(ops, request).await {
        Ok(counts) => counts,
        Err(error @ OpsError::UnknownAccount { .. }) => return Err(error),
        Err(error) => {
            tracing::warn!(code = "STOP_UNCHECKED", scope = %request.scope, "a stop goes ahead uncounted: {error}");
            return Ok(());
        }
    };
    let share = percent(held, all);
    if held <= HELD_ACCOUNTS_FREE || share <= HELD_PERCENT_MAX {
        return Ok(());
    }
    Err(OpsError::Unconfirmed {
        rule: HELD_ACCOUNTS,
        what: format!(
            "a stop of {} would bring the accounts that are held to {held} of {all} ({share} %), \
             more than {HELD_PERCENT_MAX} %",
            request.scope
        ),
    })
}

/// How many accounts would be held by this and by the board, and how many there are.
async fn count(ops: &Ops, request: &SetSwitch) -> Result<(usize, usize), OpsError> {
    let now = ops.governor.now();
    let board = ops.governor.read_board().await?;
    let on = board.switches.iter().filter(|(_, switch)| {
        switch.stop.is_on(now) && !matches!(switch.stop.mode, StopMode::Limit(_))
    });
    let mut scopes: Vec<Scope> =
        on.filter_map(|(scope, _)| scope.to_string().parse().ok()).collect();
    scopes.push(request.scope.clone());
    let (within, _) = accounts_in(ops, &request.scope).await?;
    let (all, _) = accounts_in(ops, &Scope::All).await?;
    if within.is_empty() {
        return Ok((0, all.len()));
    }
    let held = all.iter().filter(|account| scopes.iter().any(|scope| is_in(scope, account)));
    Ok((held.count(), all.len()))
}
