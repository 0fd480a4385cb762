//! Lanes: what each is doing, and why it waits.

use flyball_accounts::Account;
use flyball_domain::{AccountId, CustomerId, Integration, JobKey, Kind, Mode};
use flyball_governor::{Board, Lane, LeaseId, Nonce, Parked, UnixMillis};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::doing;
use crate::{Moment, Ops, OpsError, Scope, find_account, lane_of};

/// The most accounts whose lanes are looked at for one page.
pub const PAGE_LANES_MAX: u32 = 500;

const LOOKS_AT_ONCE: usize = 16;

/// The lane of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LaneView {
    /// Whose.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// Whose account that is.
    #[schema(value_type = String)]
    pub customer: CustomerId,
    /// On which platform.
    #[schema(value_type = String)]
    pub integration: Integration,
    /// `stopped`, `down`, `probing`, `recovering`, `paused`, `working` or `idle`.
    pub state: String,
    /// The jobs that run; of a scope of one kind, those that may be of it.
    pub jobs: Vec<RunningJob>,
    /// How many may run at once; nothing before the first one.
    pub slots: Option<u32>,
    /// How many jobs wait; of a scope of one kind, those of it.
    pub parked: u64,
    /// Why nothing new starts, if nothing does.
    pub why: Option<String>,
    /// Until when.
    pub until: Option<Moment>,
}

/// A job that holds a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunningJob {
    /// The work: the same work has the same name.
    pub work: String,
    /// This run of it.
    pub run: String,
    /// When the slot is free unless it is held on to.
    pub until: Moment,
}

/// A page of lanes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LanesPage {
    /// When they were looked at.
    pub at: Moment,
    /// The lanes, in the order of their accounts' ids.
    pub lanes: Vec<LaneView>,
    /// What to give as `after` for the next page; nothing: there is none.
    #[schema(value_type = Option<String>)]
    pub next: Option<AccountId>,
}

/// The lanes of the accounts in a scope, of at most `limit` accounts after `after`.
///
/// # Errors
/// An account that is not there; the tables'.
pub async fn page(
    ops: &Ops,
    scope: &Scope,
    after: Option<&AccountId>,
    limit: u32,
) -> Result<LanesPage, OpsError> {
    let board = ops.governor.read_board().await?;
    let (accounts, next) = match scope {
        Scope::Account(id) | Scope::AccountKind(id, _) => {
            (vec![find_account(&ops.accounts, id).await?], None)
        }
        Scope::All | Scope::Integration(_) | Scope::IntegrationKind(..) | Scope::Customer(_) => {
            ops.accounts.page(after, limit.clamp(1, PAGE_LANES_MAX)).await?
        }
    };
    let within = accounts.into_iter().filter(|account| has_its_lane_in(scope, account));
    let board_of = &board;
    let looks = stream::iter(within)
        .map(|account| view(ops, account, scope.kind(), board_of))
        .buffered(LOOKS_AT_ONCE);
    let lanes = looks.try_collect().await?;
    Ok(LanesPage { at: ops.governor.now().into(), lanes, next })
}

/// Whether jobs of a scope may run in an account's lane: also one of a kind that the account does
/// not import any more.
fn has_its_lane_in(scope: &Scope, account: &Account) -> bool {
    match scope {
        Scope::All | Scope::Account(_) | Scope::AccountKind(..) => true,
        Scope::Integration(integration) | Scope::IntegrationKind(integration, _) => {
            account.integration == *integration
        }
        Scope::Customer(customer) => account.customer == *customer,
    }
}

async fn view(
    ops: &Ops,
    account: Account,
    kind: Option<Kind>,
    board: &Board,
) -> Result<LaneView, OpsError> {
    let id = lane_of(&account.id)?;
    let lane = ops.governor.look(&id).await?;
    // Whoever parks marks: without a mark there is no row.
    let rows = match &lane {
        Some(lane) if lane.wake.is_some() || kind.is_some() => ops.governor.parked(&id).await?,
        Some(_) | None => vec![],
    };
    let now = ops.governor.now();
    let dead_before = now.minus(ops.governor.policy().skew_ms);
    let jobs = lane.iter().flat_map(|lane| jobs(&account.id, lane, kind, &rows, dead_before));
    let jobs = jobs.collect();
    let is_meant = |row: &&Parked| kind.is_none_or(|kind| row.kind.as_str() == kind.as_str());
    let parked = u64::try_from(rows.iter().filter(is_meant).count()).unwrap_or(u64::MAX);
    let (standing, sentences) = doing(&account, lane.as_ref(), board, now);
    let why = sentences.into_iter().next();
    Ok(LaneView {
        customer: account.customer,
        integration: account.integration,
        state: standing.as_str().to_owned(),
        jobs,
        slots: lane.as_ref().map(|lane| lane.limit),
        parked,
        until: why.as_ref().and_then(|why| why.until),
        why: why.map(|why| why.why),
        account: account.id,
    })
}

/// The jobs that hold slots, without those whose holders are dead and those that are known to be of
/// another kind.
pub(crate) fn jobs(
    account: &AccountId,
    lane: &Lane,
    kind: Option<Kind>,
    rows: &[Parked],
    dead_before: UnixMillis,
) -> Vec<RunningJob> {
    let held = lane.held.iter().map(|(id, slot)| (id, &slot.nonce, slot.expires));
    let probe = lane.probe.iter().map(|probe| (&probe.id, &probe.nonce, probe.expires));
    let is_meant = |id: &LeaseId| kind.is_none_or(|kind| !is_of_another(account, kind, id, rows));
    let running =
        held.chain(probe).filter(|(id, _, expires)| dead_before <= *expires && is_meant(id));
    running.map(|(id, run, expires)| job(id, run, expires)).collect()
}

fn job(id: &LeaseId, run: &Nonce, expires: UnixMillis) -> RunningJob {
    RunningJob { work: id.as_str().to_owned(), run: run.as_str().to_owned(), until: expires.into() }
}

/// Whether a slot is known to be held by what is of another kind.
fn is_of_another(account: &AccountId, meant: Kind, id: &LeaseId, rows: &[Parked]) -> bool {
    let by_row = rows.iter().any(|row| row.id == *id && row.kind.as_str() != meant.as_str());
    let others = Kind::ALL.iter().filter(|kind| **kind != meant);
    let modes = [Mode::Incremental, Mode::Reconcile];
    let mut keys = others.flat_map(|kind| modes.iter().map(move |mode| (kind, mode)));
    by_row
        || keys.any(|(kind, mode)| {
            let key = JobKey { account: account.clone(), kind: *kind, mode: mode.clone() };
            id.as_str() == key.short()
        })
}

#[cfg(test)]
mod tests {
    use flyball_governor::core::Slot;

    use super::*;

    fn holding(expires: u64) -> (AccountId, Lane) {
        let account: AccountId = "blue-mug".parse().unwrap();
        let key =
            JobKey { account: account.clone(), kind: Kind::Products, mode: Mode::Incremental };
        let mut lane = Lane::new(2);
        let slot = Slot { expires: UnixMillis(expires), nonce: Nonce::from_random(1) };
        lane.held.insert(key.short().parse().unwrap(), slot);
        (account, lane)
    }

    #[test]
    fn a_stop_of_one_kind_waits_for_no_other() {
        let (account, lane) = holding(9);
        let left = |kind: Option<Kind>| jobs(&account, &lane, kind, &[], UnixMillis(0)).len();
        assert_eq!(left(Some(Kind::Orders)), 0);
        assert_eq!(left(Some(Kind::Products)), 1);
        assert_eq!(left(None), 1);
    }

    #[test]
    fn whoever_is_dead_runs_nothing() {
        let (account, lane) = holding(9);
        let left = |dead_before| jobs(&account, &lane, None, &[], UnixMillis(dead_before)).len();
        assert_eq!((left(9), left(10)), (1, 0));
    }
}
