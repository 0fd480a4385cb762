use flyball_accounts::Account;
use flyball_domain::{AccountId, Kind};
use flyball_governor::Parked;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::lanes::jobs;
use crate::{Ops, OpsError, Scope, find_account, lane_of};

/// The most accounts whose jobs are counted: each takes two reads.
const COUNTED_MAX: usize = 1_000;

/// The most accounts that are named.
const NAMED_MAX: usize = 100;

const LOOKS_AT_ONCE: usize = 16;

/// What a switch of a scope holds, or would hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Radius {
    /// The scope.
    #[schema(value_type = String)]
    pub scope: Scope,
    /// How many accounts are in it.
    pub accounts: u64,
    /// The first hundred of them.
    pub named: Vec<Held>,
    /// How many of its jobs run.
    pub running: u64,
    /// How many of its jobs wait.
    pub parked: u64,
    /// Of how many accounts the jobs were counted.
    pub counted: u64,
    /// Of how many in a hundred accounts it is all work, or all of one kind.
    pub percent: u64,
}

/// An account within a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Held {
    /// Which.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// How many of its jobs run.
    pub running: u32,
    /// How many of its jobs wait.
    pub parked: u64,
}

/// Whether an account is in a scope.
pub(super) fn is_in(scope: &Scope, account: &Account) -> bool {
    match scope {
        Scope::All => true,
        Scope::Integration(integration) => account.integration == *integration,
        Scope::IntegrationKind(integration, kind) => {
            account.integration == *integration && account.kinds.contains(kind)
        }
        Scope::Customer(customer) => account.customer == *customer,
        Scope::Account(id) => account.id == *id,
        Scope::AccountKind(id, kind) => account.id == *id && account.kinds.contains(kind),
    }
}

/// The accounts in a scope, and how many there are in all.
pub(super) async fn accounts_in(
    ops: &Ops,
    scope: &Scope,
) -> Result<(Vec<Account>, usize), OpsError> {
    if let Scope::Account(id) | Scope::AccountKind(id, _) = scope {
        // Whoever names an account wants to hear that there is none.
        find_account(&ops.accounts, id).await?;
    }
    let (mut within, mut all) = (Vec::new(), 0_usize);
    let mut accounts = core::pin::pin!(ops.accounts.list());
    while let Some(account) = accounts.try_next().await? {
        all = all.saturating_add(1);
        if is_in(scope, &account) {
            within.push(account);
        }
    }
    Ok((within, all))
}

/// What a switch of a scope holds, or would hold. Changes nothing.
///
/// # Errors
/// An account that is not there; the tables'.
pub async fn radius(ops: &Ops, scope: &Scope) -> Result<Radius, OpsError> {
    let (within, all) = accounts_in(ops, scope).await?;
    let kind = scope.kind();
    let accounts = within.len();
    let looks = stream::iter(within.into_iter().take(COUNTED_MAX))
        .map(|account| held(ops, account, kind))
        .buffered(LOOKS_AT_ONCE);
    let counted: Vec<Held> = looks.try_collect().await?;
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    Ok(Radius {
        scope: scope.clone(),
        accounts: count(accounts),
        running: counted.iter().map(|one| u64::from(one.running)).sum(),
        parked: counted.iter().map(|one| one.parked).sum(),
        counted: count(counted.len()),
        percent: percent(accounts, all),
        named: counted.into_iter().take(NAMED_MAX).collect(),
    })
}

/// How many of a hundred, rounded up.
pub(super) fn percent(part: usize, all: usize) -> u64 {
    let hundred = part.saturating_mul(100);
    u64::try_from(hundred.checked_div(all).map_or(0, |_| hundred.div_ceil(all))).unwrap_or(100)
}

async fn held(ops: &Ops, account: Account, kind: Option<Kind>) -> Result<Held, OpsError> {
    let lane_id = lane_of(&account.id)?;
    let (lane, rows) =
        futures::try_join!(ops.governor.look(&lane_id), ops.governor.parked(&lane_id))?;
    let is_meant = |row: &&Parked| kind.is_none_or(|kind| row.kind.as_str() == kind.as_str());
    let parked = u64::try_from(rows.iter().filter(is_meant).count()).unwrap_or(u64::MAX);
    let dead_before = ops.governor.now().minus(ops.governor.policy().skew_ms);
    let running = lane.map_or(0, |lane| jobs(&account.id, &lane, kind, &rows, dead_before).len());
    Ok(Held { account: account.id, running: u32::try_from(running).unwrap_or(u32::MAX), parked })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_up_and_of_nothing_there_is_none() {
        assert_eq!((percent(1, 1_000), percent(200, 1_000), percent(201, 1_000)), (1, 20, 21));
        assert_eq!((percent(0, 0), percent(0, 3), percent(3, 3)), (0, 0, 100));
    }
}
