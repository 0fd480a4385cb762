use flyball_accounts::Account;
use flyball_domain::{AccountId, JobKey, Kind, Mode};
use flyball_governor::{Lane, LeaseId, Parked};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::set::Stopped;
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
    let kind = kind_of(scope);
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

const fn kind_of(scope: &Scope) -> Option<Kind> {
    match scope {
        Scope::IntegrationKind(_, kind) | Scope::AccountKind(_, kind) => Some(*kind),
        Scope::All | Scope::Integration(_) | Scope::Customer(_) | Scope::Account(_) => None,
    }
}

async fn held(ops: &Ops, account: Account, kind: Option<Kind>) -> Result<Held, OpsError> {
    let lane_id = lane_of(&account.id)?;
    let (lane, rows) =
        futures::try_join!(ops.governor.look(&lane_id), ops.governor.parked(&lane_id))?;
    let is_meant = |row: &&Parked| kind.is_none_or(|kind| row.kind.as_str() == kind.as_str());
    let parked = u64::try_from(rows.iter().filter(is_meant).count()).unwrap_or(u64::MAX);
    let running = lane.map_or(0, |lane| running(&concerned(&account.id, kind, &lane, &rows)));
    Ok(Held { account: account.id, running, parked })
}

/// How many jobs hold slots.
pub fn running(lane: &Lane) -> u32 {
    lane.held_count().saturating_add(u32::from(lane.probe.is_some()))
}

/// The lane as far as its slots may be held by what is of a kind: without those that are known to be
/// of another.
pub fn concerned(account: &AccountId, kind: Option<Kind>, lane: &Lane, rows: &[Parked]) -> Lane {
    let mut lane = lane.clone();
    let Some(meant) = kind else { return lane };
    let others = Kind::ALL.iter().filter(|kind| **kind != meant);
    let modes = [Mode::Incremental, Mode::Reconcile];
    for (kind, mode) in others.flat_map(|kind| modes.iter().map(move |mode| (kind, mode))) {
        let key = JobKey { account: account.clone(), kind: *kind, mode: mode.clone() };
        let is_other = |id: &LeaseId| {
            id.as_str() == key.short()
                || rows.iter().any(|row| row.id == *id && row.kind.as_str() != meant.as_str())
        };
        lane.held.retain(|id, _| !is_other(id));
        lane.probe = lane.probe.filter(|probe| !is_other(&probe.id));
    }
    lane
}

/// The lanes of the accounts in a scope, as they are now; those without one have never run anything.
///
/// # Errors
/// The tables'.
pub async fn lanes(ops: &Ops, scope: &Scope) -> Result<Vec<Stopped>, OpsError> {
    // A job of a kind that an account does not import any more may still run.
    let whole = match scope {
        Scope::IntegrationKind(integration, _) => Scope::Integration(*integration),
        Scope::AccountKind(account, _) => Scope::Account(account.clone()),
        Scope::All | Scope::Integration(_) | Scope::Customer(_) | Scope::Account(_) => {
            scope.clone()
        }
    };
    let (within, _all) = accounts_in(ops, &whole).await?;
    let kind = kind_of(scope);
    let looks = stream::iter(within)
        .map(|account| async move {
            let lane_id = lane_of(&account.id)?;
            let lane = ops.governor.look(&lane_id).await?;
            let stopped = |written| Stopped { account: account.id, lane_id, kind, written };
            Ok::<_, OpsError>(lane.map(stopped))
        })
        .buffered(LOOKS_AT_ONCE);
    looks.try_filter_map(|lane| async { Ok(lane) }).try_collect().await
}

#[cfg(test)]
mod tests {
    use flyball_governor::core::Slot;
    use flyball_governor::{Nonce, UnixMillis};

    use super::*;

    #[test]
    fn a_stop_of_one_kind_waits_for_no_other() {
        let account: AccountId = "blue-mug".parse().unwrap();
        let key =
            JobKey { account: account.clone(), kind: Kind::Products, mode: Mode::Incremental };
        let id: LeaseId = key.short().parse().unwrap();
        let mut lane = Lane::new(2);
        let slot = Slot { expires: UnixMillis(9), nonce: Nonce::from_random(1) };
        lane.held.insert(id, slot);
        let left = |kind: Option<Kind>| running(&concerned(&account, kind, &lane, &[]));
        assert_eq!(left(Some(Kind::Orders)), 0);
        assert_eq!(left(Some(Kind::Products)), 1);
        assert_eq!(left(None), 1);
    }

    #[test]
    fn a_share_is_rounded_up_and_of_nothing_there_is_none() {
        assert_eq!((percent(1, 1_000), percent(200, 1_000), percent(201, 1_000)), (1, 20, 21));
        assert_eq!((percent(0, 0), percent(0, 3), percent(3, 3)), (0, 0, 100));
    }
}
