use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use flyball_accounts::Account;
use flyball_domain::{AccountId, CustomerId};
use flyball_governor::{Lane, LaneId, Stop, StopCause, UnixMillis};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::radius::accounts_in;
use crate::customer::customer_lane;
use crate::{Kept, Mode, Moment, Ops, OpsError, Scope, lane_of};

/// The most accounts whose lanes are looked at for one page.
pub const PAGE_LOOKS_MAX: u32 = 500;

const LOOKS_AT_ONCE: usize = 16;

/// Bytes of a switch's version, before it is made letters and digits.
const VERSION_BYTES: usize = 8;

/// A switch that somebody has set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SwitchView {
    /// What it holds.
    #[schema(value_type = String)]
    pub scope: Scope,
    /// How.
    #[schema(value_type = String)]
    pub mode: Mode,
    /// Why.
    pub reason: String,
    /// Who set it.
    pub by: String,
    /// When it ends by itself; nothing: when it is lifted.
    pub until: Option<Moment>,
    /// Which one it is: another one of the same scope has another version.
    pub version: String,
}

/// A page of the switches that stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SwitchPage {
    /// The switches. Those wider than an account are on the first page; one of a customer is on each
    /// page with an account of theirs.
    pub switches: Vec<SwitchView>,
    /// What to give as `after` for the next page; nothing: there is none.
    #[schema(value_type = Option<String>)]
    pub next: Option<AccountId>,
}

impl SwitchView {
    fn of(scope: Scope, stop: &Stop) -> Self {
        let until = stop.until.map_or(0, |until| until.0);
        let mode = Mode(stop.mode);
        let what = format!("{scope}\n{mode}\n{until}\n{}\n{}", stop.author, stop.reason);
        let digest = Sha256::digest(what.as_bytes());
        Self {
            scope,
            mode,
            reason: stop.reason.clone(),
            by: stop.author.clone(),
            until: stop.until.map(Moment::from),
            version: HEXLOWER.encode(digest.get(..VERSION_BYTES).unwrap_or_default()),
        }
    }
}

/// The switches that stand: those of the board, and those in the lanes of the accounts of a page of
/// at most `limit` accounts.
///
/// # Errors
/// The tables'.
pub async fn list(
    ops: &Ops,
    customer: Option<&CustomerId>,
    after: Option<&AccountId>,
    limit: u32,
) -> Result<SwitchPage, OpsError> {
    let now = ops.governor.now();
    let mut found = BTreeMap::new();
    if after.is_none() && customer.is_none() {
        for (scope, switch) in ops.governor.read_board().await?.switches {
            if switch.stop.is_on(now) {
                let scope: Scope = scope.to_string().parse().map_err(OpsError::word)?;
                found.insert(scope.clone(), SwitchView::of(scope, &switch.stop));
            }
        }
    }
    let (accounts, next) = match customer {
        Some(customer) => (accounts_in(ops, &Scope::Customer(customer.clone())).await?.0, None),
        None => ops.accounts.page(after, limit.clamp(1, PAGE_LOOKS_MAX)).await?,
    };
    let looks = stream::iter(accounts)
        .map(|account| async move {
            let lane = ops.governor.look(&lane_of(&account.id)?).await?;
            Ok::<_, OpsError>((account, lane))
        })
        .buffered(LOOKS_AT_ONCE);
    let mut looks = core::pin::pin!(looks);
    while let Some((account, lane)) = looks.try_next().await? {
        let stops = lane.iter().flat_map(|lane| of_lane(&account, lane, now));
        found.extend(stops.map(|view| (view.scope.clone(), view)));
    }
    Ok(SwitchPage { switches: found.into_values().collect(), next })
}

/// The switches of persons in an account's lane.
fn of_lane(account: &Account, lane: &Lane, now: UnixMillis) -> Vec<SwitchView> {
    let scope = |cause: &StopCause| match cause {
        StopCause::Customer => Some(Scope::Customer(account.customer.clone())),
        StopCause::Account => Some(Scope::Account(account.id.clone())),
        StopCause::Work(kind) => {
            Some(Scope::AccountKind(account.id.clone(), kind.as_str().parse().ok()?))
        }
        StopCause::Rejected | StopCause::DeadMan => None,
    };
    let on = lane.stops.iter().filter(|(_, stop)| stop.is_on(now));
    on.filter_map(|(cause, stop)| Some(SwitchView::of(scope(cause)?, stop))).collect()
}

/// The switch of a scope, if one stands.
///
/// # Errors
/// The governor's.
pub async fn standing(ops: &Ops, scope: &Scope) -> Result<Option<SwitchView>, OpsError> {
    let stop = stop_that_stands(ops, scope).await?;
    Ok(stop.map(|stop| SwitchView::of(scope.clone(), &stop)))
}

async fn stop_that_stands(ops: &Ops, scope: &Scope) -> Result<Option<Stop>, OpsError> {
    let now = ops.governor.now();
    let in_lane = async |lane: &LaneId, cause: &StopCause| -> Result<Option<Stop>, OpsError> {
        let lane = ops.governor.look(lane).await?;
        Ok(lane.and_then(|lane| lane.stops.get(cause).cloned()))
    };
    let stop = match scope.kept()? {
        Kept::Lane(of) => in_lane(&lane_of(&of.account)?, &of.cause).await?,
        Kept::Lanes(customer) => in_lane(&customer_lane(&customer)?, &StopCause::Customer).await?,
        Kept::Board(of) => {
            let board = ops.governor.read_board().await?;
            board.switches.get(&of).map(|switch| switch.stop.clone())
        }
    };
    Ok(stop.filter(|stop| stop.is_on(now)))
}

/// The stop that a caller has seen, who names its version or, with `*`, whichever stands; `None`
/// where the caller names none. The change that follows is made only where it still stands.
///
/// # Errors
/// It stands no more.
pub(super) async fn seen(
    ops: &Ops,
    scope: &Scope,
    version: Option<&str>,
) -> Result<Option<Stop>, OpsError> {
    let Some(version) = version else { return Ok(None) };
    match stop_that_stands(ops, scope).await? {
        Some(stop) if version == "*" || SwitchView::of(scope.clone(), &stop).version == version => {
            Ok(Some(stop))
        }
        Some(other) => Err(replaced(scope, &other)),
        None => Err(gone(scope)),
    }
}

/// What to say to a caller whose change was refused because the switch is another one by now.
pub(super) async fn changed(ops: &Ops, scope: &Scope) -> OpsError {
    match stop_that_stands(ops, scope).await {
        Ok(Some(other)) => replaced(scope, &other),
        Ok(None) => gone(scope),
        Err(error) => error,
    }
}

fn replaced(scope: &Scope, other: &Stop) -> OpsError {
    OpsError::Changed(format!(
        "found another switch of {scope} than the one you have seen: {} has set it ({})",
        other.author, other.reason
    ))
}

fn gone(scope: &Scope) -> OpsError {
    OpsError::Changed(format!(
        "found no switch of {scope} any more: somebody has lifted it, or its end has come"
    ))
}
