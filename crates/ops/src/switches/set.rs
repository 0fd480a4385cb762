use flyball_accounts::Account;
use flyball_domain::{AccountId, CustomerId, Kind};
use flyball_governor::core::{Board, Switch, WideScope};
use flyball_governor::{Lane, LaneId, LaneSpec, Policy, Stop, StopCause, StopMode, Tried};
use flyball_importer::lane_spec;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::radius::{accounts_in, lanes, running};
use super::request::{SetSwitch, check, stop_of, until};
use super::{list, rule};
use crate::audit::{self, Change};
use crate::customer::customer_lane;
use crate::{Kept, LaneScope, Mode, Moment, Ops, OpsError, Scope, find_account, lane_of};

/// A switch that was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SwitchSet {
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
    /// How many jobs held slots when it was set.
    pub running: u32,
    /// Whether no call to a store begins any more under it. Where jobs ran, look at its radius until
    /// none does.
    pub complete: bool,
    /// The account, where it is one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub account: Option<AccountId>,
    /// The customer, where it is one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub customer: Option<CustomerId>,
    /// How many accounts it holds, where it may be many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<u64>,
    /// Over how long accounts start again after its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp_seconds: Option<u64>,
    /// Whether it is in the audit trail. A stop is not held up for want of that.
    pub audited: bool,
}

/// A lane that was stopped.
#[derive(Clone, Debug)]
pub struct Stopped {
    /// Whose.
    pub account: AccountId,
    /// Its id.
    pub lane_id: LaneId,
    /// The one kind of jobs that was stopped, where it was one.
    pub kind: Option<Kind>,
    /// The lane as the stop found it, or, with a stop that all learn of within a time, as it was
    /// when that was over.
    pub written: Lane,
}

/// What a switch was set in.
struct Written {
    lanes: Vec<Stopped>,
    account: Option<AccountId>,
    customer: Option<CustomerId>,
    accounts: Option<u64>,
    ramp_seconds: Option<u64>,
}

/// Sets a switch. Returns, with it, the lanes it holds.
///
/// `seen` is the version of the scope's switch that the caller has seen (see
/// [`list::SwitchView::version`]): where another one stands, nothing is done.
///
/// # Errors
/// What was asked for does not fit; a rule wants a confirmation; an account that is not there; no
/// room for one more; the governor's table.
pub async fn set(
    ops: &Ops,
    request: &SetSwitch,
    seen: Option<&str>,
    change: &Change<'_>,
) -> Result<(SwitchSet, Vec<Stopped>), OpsError> {
    let now = ops.governor.now();
    let kept = request.scope.kept()?;
    check(request, &kept)?;
    let stop = stop_of(request, change.author, now)?;
    list::check_seen(ops, &request.scope, seen).await?;
    rule::check(ops, request).await?;
    if let Kept::Lane(LaneScope { account, .. }) = &kept {
        find_account(&ops.accounts, account).await?;
    }
    let detail = json!({
        "mode": request.mode.to_string(),
        "reason": stop.reason,
        "until": stop.until.map(Moment::from),
        "ramp_seconds": request.ramp_seconds,
        "confirmed": request.confirm,
    });
    let subject = request.scope.to_string();
    let audited = audit::add_if_possible(ops, change, "switch.set", &subject, &detail).await;
    let is_wide = matches!(kept, Kept::Board(_));
    let written = match kept {
        Kept::Lane(scope) => one(ops, &scope, &stop).await?,
        Kept::Lanes(customer) => all_of(ops, &customer, &stop).await?,
        Kept::Board(scope) => wide(ops, request, &scope, &stop).await?,
    };
    let jobs = written.lanes.iter().map(|lane| running(&lane.written)).fold(0, u32::saturating_add);
    let ends_all = matches!(stop.mode, StopMode::Stop | StopMode::Drain);
    let set = SwitchSet {
        scope: request.scope.clone(),
        mode: request.mode,
        reason: stop.reason,
        by: stop.author,
        until: stop.until.map(Moment::from),
        running: jobs,
        complete: ends_all && jobs == 0 && !is_wide,
        account: written.account,
        customer: written.customer,
        accounts: written.accounts,
        ramp_seconds: written.ramp_seconds,
        audited,
    };
    Ok((set, written.lanes))
}

/// Whether a switch could be set. Changes nothing.
///
/// # Errors
/// Those of [`set`] that are known before.
pub async fn try_out(ops: &Ops, request: &SetSwitch) -> Result<(), OpsError> {
    check(request, &request.scope.kept()?)?;
    until(request, ops.governor.now())?;
    rule::check(ops, request).await
}

async fn stop_account(
    ops: &Ops,
    account: &Account,
    cause: &StopCause,
    stop: &Stop,
) -> Result<Stopped, OpsError> {
    let lane_id = lane_of(&account.id)?;
    let written = ops.governor.stop(&lane_id, cause, stop, &lane_spec(account)).await?;
    let written = written.ok_or_else(|| {
        OpsError::Conflict(format!(
            "found no room for one more stop in the lane of {}: resume one of those that hold it",
            account.id
        ))
    })?;
    let kind = match cause {
        StopCause::Work(kind) => kind.as_str().parse().ok(),
        StopCause::Customer | StopCause::Account | StopCause::Rejected | StopCause::DeadMan => None,
    };
    Ok(Stopped { account: account.id.clone(), lane_id, kind, written })
}

async fn one(ops: &Ops, scope: &LaneScope, stop: &Stop) -> Result<Written, OpsError> {
    let account = find_account(&ops.accounts, &scope.account).await?;
    let stopped = stop_account(ops, &account, &scope.cause, stop).await?;
    Ok(Written {
        lanes: vec![stopped],
        account: Some(account.id),
        customer: None,
        accounts: None,
        ramp_seconds: None,
    })
}

/// Stops all accounts of a customer, and those that are connected while the stop stands.
async fn all_of(ops: &Ops, customer: &CustomerId, stop: &Stop) -> Result<Written, OpsError> {
    let cause = StopCause::Customer;
    // Remembered first: whoever connects an account after the list is read finds it.
    ops.governor.stop(&customer_lane(customer)?, &cause, stop, &LaneSpec::alone(1)).await?;
    let (accounts, _all) = accounts_in(ops, &Scope::Customer(customer.clone())).await?;
    let mut lanes = Vec::new();
    for account in &accounts {
        lanes.push(stop_account(ops, account, &cause, stop).await?);
    }
    Ok(Written {
        lanes,
        account: None,
        customer: Some(customer.clone()),
        accounts: u64::try_from(accounts.len()).ok(),
        ramp_seconds: None,
    })
}

async fn wide(
    ops: &Ops,
    request: &SetSwitch,
    scope: &WideScope,
    stop: &Stop,
) -> Result<Written, OpsError> {
    let seconds = request.ramp_seconds.map(|seconds| seconds.saturating_mul(1_000));
    let ramp_ms = seconds.unwrap_or(Policy::STANDARD.lift_ramp_ms);
    let switch = Switch { stop: stop.clone(), since: ops.governor.now(), ramp_ms };
    if let Tried::Refused(_) = ops.governor.switch_on(scope, &switch).await? {
        return Err(OpsError::Conflict(format!(
            "found {} other switches on the board, which is as many as it holds: resume one of them",
            Board::SWITCHES_MAX
        )));
    }
    // The switch stands, whether or not it can be told what it holds.
    let lanes = lanes(ops, &request.scope).await.unwrap_or_default();
    let accounts = u64::try_from(lanes.len()).ok();
    let ramp_seconds = Some(ramp_ms / 1_000);
    Ok(Written { lanes, account: None, customer: None, accounts, ramp_seconds })
}
