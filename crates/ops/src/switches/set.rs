use flyball_accounts::Account;
use flyball_domain::{AccountId, CustomerId};
use flyball_governor::core::{Board, Switch, WideScope};
use flyball_governor::{LaneId, LaneSpec, Stop, StopCause, StopMode, Tried};
use flyball_importer::lane_spec;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::radius::accounts_in;
use super::request::{SetSwitch, stop_of};
use super::target::Target;
use super::{list, rule};
use crate::audit::{self, Change};
use crate::customer::customer_lane;
use crate::{Author, Mode, Moment, Ops, OpsError, Scope, lane_of};

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
    /// How many jobs held slots when it was set; nothing where that is not looked up, because it may
    /// hold many accounts.
    pub running: Option<u32>,
    /// Whether it is known that no call to a store begins any more under it. Where it is not, look at
    /// the lanes of its scope until none of the jobs runs that ran in the beginning.
    pub complete: bool,
    /// The account, where it is one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub account: Option<AccountId>,
    /// The customer, where it is one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub customer: Option<CustomerId>,
    /// How many accounts a customer's switch holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<u64>,
    /// Over how long accounts start again after its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp_seconds: Option<u64>,
    /// Whether it is in the audit trail. A stop is not held up for want of that.
    pub audited: bool,
}

/// What a switch was set in.
#[derive(Default)]
struct Written {
    running: Option<u32>,
    account: Option<AccountId>,
    customer: Option<CustomerId>,
    accounts: Option<u64>,
    ramp_seconds: Option<u64>,
}

/// A stop that is to be written.
#[derive(Clone, Copy)]
struct Writing<'a> {
    ops: &'a Ops,
    scope: &'a Scope,
    stop: &'a Stop,
    /// The stop that it replaces, where no other may be replaced.
    seen: Option<&'a Stop>,
}

/// Sets a switch.
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
) -> Result<SwitchSet, OpsError> {
    let scope = &request.scope;
    let asked_at = flyball_governor::UnixMillis(change.asked_at(ops).0);
    let stop = stop_of(request, change.author, asked_at)?;
    let target = Target::of(ops, scope).await?;
    let seen = list::seen(ops, scope, seen).await?;
    rule::check(ops, request).await?;
    let detail = json!({
        "mode": request.mode.to_string(),
        "reason": stop.reason,
        "until": stop.until.map(Moment::from),
        "ramp_seconds": request.ramp_seconds,
        "confirmed": request.confirm,
    });
    let subject = scope.to_string();
    let audited = audit::add_if_possible(ops, change, "switch.set", &subject, &detail).await;
    let writing = Writing { ops, scope, stop: &stop, seen: seen.as_ref() };
    let written = match target {
        Target::Account(account, cause) => writing.one(*account, &cause).await?,
        Target::Customer(customer) => writing.all_of(customer).await?,
        Target::Board(of) => writing.wide(&of, request.ramp_ms()).await?,
    };
    let ends_all = matches!(stop.mode, StopMode::Stop | StopMode::Drain);
    Ok(SwitchSet {
        scope: scope.clone(),
        mode: request.mode,
        reason: stop.reason,
        by: stop.author,
        until: stop.until.map(Moment::from),
        running: written.running,
        complete: ends_all && written.running == Some(0),
        account: written.account,
        customer: written.customer,
        accounts: written.accounts,
        ramp_seconds: written.ramp_seconds,
        audited,
    })
}

/// Whether a switch could be set. Changes nothing.
///
/// # Errors
/// Those of [`set`] that are known before.
pub async fn try_out(ops: &Ops, request: &SetSwitch, author: &Author) -> Result<(), OpsError> {
    stop_of(request, author, ops.governor.now())?;
    rule::check(ops, request).await
}

impl Writing<'_> {
    /// Stops a lane; returns how many jobs held slots.
    async fn lane(
        self,
        lane: &LaneId,
        cause: &StopCause,
        spec: &LaneSpec,
    ) -> Result<u32, OpsError> {
        let governor = &self.ops.governor;
        let lane = match self.seen {
            None => governor.stop(lane, cause, self.stop, spec).await?.ok_or_else(|| {
                OpsError::Conflict(format!(
                    "found no room for one more stop in the lane {lane}: resume one of those that \
                     hold it"
                ))
            })?,
            Some(seen) => match governor.replace_stop(lane, cause, seen, self.stop).await? {
                Tried::Done(lane) => lane,
                Tried::Refused(_) => return Err(list::changed(self.ops, self.scope).await),
            },
        };
        Ok(lane.held_count().saturating_add(u32::from(lane.probe.is_some())))
    }

    async fn one(self, account: Account, cause: &StopCause) -> Result<Written, OpsError> {
        let running = self.lane(&lane_of(&account.id)?, cause, &lane_spec(&account)).await?;
        Ok(Written { running: Some(running), account: Some(account.id), ..Written::default() })
    }

    /// Stops all accounts of a customer, and those that are connected while the stop stands.
    async fn all_of(self, customer: CustomerId) -> Result<Written, OpsError> {
        let cause = StopCause::Customer;
        // Remembered first: whoever connects an account after the list is read finds it.
        self.lane(&customer_lane(&customer)?, &cause, &LaneSpec::alone(1)).await?;
        let (accounts, _all) = accounts_in(self.ops, self.scope).await?;
        let mut running = 0_u32;
        for account in &accounts {
            // What the customer's own lane remembers is what the caller has seen.
            let copy = Self { seen: None, ..self };
            let jobs = copy.lane(&lane_of(&account.id)?, &cause, &lane_spec(account)).await?;
            running = running.saturating_add(jobs);
        }
        Ok(Written {
            running: Some(running),
            customer: Some(customer),
            accounts: u64::try_from(accounts.len()).ok(),
            ..Written::default()
        })
    }

    /// Sets a switch of the board. Which lanes it holds is not looked up: everybody learns of it by
    /// looking at the board.
    async fn wide(self, scope: &WideScope, ramp_ms: u64) -> Result<Written, OpsError> {
        let governor = &self.ops.governor;
        let switch = Switch { stop: self.stop.clone(), since: governor.now(), ramp_ms };
        let tried = match self.seen {
            None => governor.switch_on(scope, &switch).await?,
            Some(seen) => governor.replace_switch(scope, seen, &switch).await?,
        };
        match tried {
            Tried::Done(_) => {
                Ok(Written { ramp_seconds: Some(ramp_ms / 1_000), ..Written::default() })
            }
            Tried::Refused(_) if self.seen.is_some() => {
                Err(list::changed(self.ops, self.scope).await)
            }
            Tried::Refused(_) => Err(OpsError::Conflict(format!(
                "found {} other switches on the board, which is as many as it holds: resume one of \
                 them",
                Board::SWITCHES_MAX
            ))),
        }
    }
}
