use flyball_accounts::Account;
use flyball_domain::{AccountId, CustomerId};
use flyball_governor::core::{Switch, WideScope};
use flyball_governor::{StopCause, Tried, standing};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::list;
use super::radius::accounts_in;
use crate::audit::{self, Change};
use crate::customer::customer_lane;
use crate::{Kept, LaneScope, Moment, Ops, OpsError, Scope, find_account, lane_of};

/// A switch that is to be lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftSwitch {
    /// `all`, `shopify`, `shopify/orders`, `customer:ID`, `account:ID` or `account:ID/orders`.
    #[schema(value_type = String)]
    pub scope: Scope,
}

/// What lifting did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "as it stands in the answer")]
pub struct Lifted {
    /// What it held.
    #[schema(value_type = String)]
    pub scope: Scope,
    /// Whether there was one to lift.
    pub lifted: bool,
    /// How many parked jobs were woken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub woken: Option<u64>,
    /// When all accounts have started again, after a switch of many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_by: Option<Moment>,
    /// What still holds it, in words.
    #[serde(default)]
    pub still: Vec<String>,
    /// The account, where it was one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub account: Option<AccountId>,
    /// The customer, where it was one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub customer: Option<CustomerId>,
    /// From how many accounts it was lifted, where there may be many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<u64>,
}

/// Lifts a switch. Where none stands, nothing is changed.
///
/// `seen` is the version of the switch that the caller has seen: where another one stands, nothing
/// is done.
///
/// # Errors
/// An account that is not there; the tables'.
pub async fn lift(
    ops: &Ops,
    scope: &Scope,
    seen: Option<&str>,
    change: &Change<'_>,
) -> Result<Lifted, OpsError> {
    let kept = scope.kept()?;
    if let Kept::Lane(LaneScope { account, .. }) = &kept {
        find_account(&ops.accounts, account).await?;
    }
    list::check_seen(ops, scope, seen).await?;
    let nothing = Lifted {
        scope: scope.clone(),
        lifted: false,
        woken: None,
        all_by: None,
        still: vec![],
        account: None,
        customer: None,
        accounts: None,
    };
    if let Some(stands) = list::standing(ops, scope).await? {
        let detail = json!({ "was": stands });
        audit::add(ops, change, "switch.lift", &scope.to_string(), &detail).await?;
    }
    match kept {
        Kept::Lane(scope) => one(ops, &scope, nothing).await,
        Kept::Lanes(customer) => all_of(ops, &customer, nothing).await,
        Kept::Board(scope) => wide(ops, &scope, nothing).await,
    }
}

/// What lifting a lane's stop did.
struct OfLane {
    stood: bool,
    parked: u64,
    still: Vec<String>,
}

async fn lift_account(ops: &Ops, account: &Account, cause: &StopCause) -> Result<OfLane, OpsError> {
    let governor = &ops.governor;
    let lane_id = lane_of(&account.id)?;
    let before = governor.look(&lane_id).await?;
    let stood = before.is_some_and(|lane| lane.stops.contains_key(cause));
    let lane = if stood { governor.lift(&lane_id, cause).await? } else { None };
    let parked = u64::try_from(governor.parked(&lane_id).await?.len()).unwrap_or(u64::MAX);
    let now = governor.now();
    let sentences = lane.iter().flat_map(|lane| standing(lane, now).1);
    let still = sentences.map(|sentence| sentence.as_of(now)).collect();
    Ok(OfLane { stood, parked, still })
}

async fn one(ops: &Ops, scope: &LaneScope, nothing: Lifted) -> Result<Lifted, OpsError> {
    let account = find_account(&ops.accounts, &scope.account).await?;
    let OfLane { stood, parked, still } = lift_account(ops, &account, &scope.cause).await?;
    let woken = Some(if stood { parked } else { 0 });
    Ok(Lifted { lifted: stood, woken, still, account: Some(account.id), ..nothing })
}

async fn all_of(ops: &Ops, customer: &CustomerId, nothing: Lifted) -> Result<Lifted, OpsError> {
    let cause = StopCause::Customer;
    let own = customer_lane(customer)?;
    let remembered = ops.governor.look(&own).await?;
    let mut stood = remembered.is_some_and(|lane| lane.stops.contains_key(&cause));
    if stood {
        ops.governor.lift(&own, &cause).await?;
    }
    let (mut woken, mut lifted) = (0_u64, 0_u64);
    let (accounts, _all) = accounts_in(ops, &nothing.scope).await?;
    for account in &accounts {
        let one = lift_account(ops, account, &cause).await?;
        if one.stood {
            stood = true;
            lifted = lifted.saturating_add(1);
            woken = woken.saturating_add(one.parked);
        }
    }
    Ok(Lifted {
        lifted: stood,
        woken: Some(woken),
        customer: Some(customer.clone()),
        accounts: Some(lifted),
        ..nothing
    })
}

async fn wide(ops: &Ops, scope: &WideScope, nothing: Lifted) -> Result<Lifted, OpsError> {
    let over = match ops.governor.switch_off(scope).await? {
        Tried::Done(board) => board.switches.get(scope).and_then(Switch::over_at),
        Tried::Refused(_) => None,
    };
    Ok(Lifted { lifted: over.is_some(), all_by: over.map(Moment::from), ..nothing })
}
