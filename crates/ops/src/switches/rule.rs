use core::time::Duration;

use flyball_governor::StopMode;
use futures::TryStreamExt as _;
use tokio::time::timeout;

use super::radius::{is_in, percent};
use super::request::SetSwitch;
use crate::{Ops, OpsError, Scope};

/// The rule that asks before many accounts are held.
pub const HELD_ACCOUNTS: &str = "held-accounts";

/// The most accounts of a hundred that are held without a confirmation.
pub const HELD_PERCENT_MAX: u64 = 20;

/// So many accounts are held without a confirmation whatever their share is.
pub const HELD_ACCOUNTS_FREE: usize = 5;

/// How long accounts are counted for this. Stopping is never held up: what takes longer, or can't be
/// found out, lets the switch go ahead.
const COUNTED_WITHIN: Duration = Duration::from_secs(5);

/// Asks back where a switch of more than one account, together with those on the board, would hold
/// many.
pub(super) async fn check(ops: &Ops, request: &SetSwitch) -> Result<(), OpsError> {
    let holds_many = match request.scope {
        Scope::Account(_) | Scope::AccountKind(..) => false,
        Scope::All | Scope::Integration(_) | Scope::IntegrationKind(..) | Scope::Customer(_) => {
            !matches!(request.mode.0, StopMode::Limit(_))
        }
    };
    if !holds_many || request.confirm.iter().any(|rule| rule == HELD_ACCOUNTS) {
        return Ok(());
    }
    let (held, all) = match timeout(COUNTED_WITHIN, count(ops, &request.scope)).await {
        Ok(Ok(counts)) => counts,
        Ok(Err(error)) => {
            tracing::warn!(code = "STOP_UNCHECKED", scope = %request.scope, "a stop goes ahead uncounted: {error}");
            return Ok(());
        }
        Err(_elapsed) => {
            tracing::warn!(code = "STOP_UNCHECKED", scope = %request.scope, "a stop goes ahead uncounted: there are too many accounts");
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

/// How many accounts would be held by a switch of this scope and by the board (none, where the scope
/// has none), and how many there are.
async fn count(ops: &Ops, scope: &Scope) -> Result<(usize, usize), OpsError> {
    let now = ops.governor.now();
    let board = ops.governor.read_board().await?;
    let on = board.switches.iter().filter(|(_, switch)| {
        switch.stop.is_on(now) && !matches!(switch.stop.mode, StopMode::Limit(_))
    });
    let others: Vec<Scope> = on.filter_map(|(scope, _)| scope.to_string().parse().ok()).collect();
    let (mut within, mut held, mut all) = (0_usize, 0_usize, 0_usize);
    let mut accounts = core::pin::pin!(ops.accounts.list());
    while let Some(account) = accounts.try_next().await? {
        let is_within = is_in(scope, &account);
        let is_held = is_within || others.iter().any(|other| is_in(other, &account));
        within = within.saturating_add(usize::from(is_within));
        held = held.saturating_add(usize::from(is_held));
        all = all.saturating_add(1);
    }
    Ok((if within == 0 { 0 } else { held }, all))
}
