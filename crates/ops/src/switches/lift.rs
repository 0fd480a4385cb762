use flyball_accounts::Account;
use flyball_domain::{AccountId, CustomerId};
use flyball_governor::core::{Switch, WideScope};
use flyball_governor::{LaneId, Stop, StopCause, Tried, standing};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::list;
use super::radius::accounts_in;
use super::target::Target;
use crate::audit::{self, Change};
use crate::customer::customer_lane;
use crate::{Moment, Ops, OpsError, Scope, lane_of};

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
    let target = Target::of(ops, scope).await?;
    let seen = list::seen(ops, scope, seen).await?;
    if let Some(stands) = list::standing(ops, scope).await? {
        let detail = json!({ "was": stands });
        audit::add(ops, change, "switch.lift", &scope.to_string(), &detail).await?;
    }
    let lifting = Lifting { ops, scope, seen: seen.as_ref() };
    match target {
        Target::Account(account, cause) => lifting.one(*account, &cause).await,
        Target::Customer(customer) => lifting.all_of(customer).await,
        Target::Board(of) => lifting.wide(&of).await,
    }
}

/// A stop that is to be lifted.
#[derive(Clone, Copy)]
struct Lifting<'a> {
    ops: &'a Ops,
    scope: &'a Scope,
    /// The only stop that may be lifted, where it is not any.
    seen: Option<&'a Stop>,
}

/// What lifting a lane's stop did.
struct OfLane {
    stood: bool,
    parked: u64,
    still: Vec<String>,
}

impl Lifting<'_> {
    fn nothing(self) -> Lifted {
        Lifted {
            scope: self.scope.clone(),
            lifted: false,
            woken: None,
            all_by: None,
            still: vec![],
            account: None,
            customer: None,
            accounts: None,
        }
    }

    /// Lifts what stands in a lane. Whether something did.
    async fn lane(self, lane_id: &LaneId, cause: &StopCause) -> Result<OfLane, OpsError> {
        let governor = &self.ops.governor;
        let before = governor.look(lane_id).await?;
        let stood = before.is_some_and(|lane| lane.stops.contains_key(cause));
        let lane = match self.seen {
            Some(seen) => match governor.lift_seen(lane_id, cause, seen).await? {
                Tried::Done(lane) => Some(lane),
                Tried::Refused(_) => return Err(list::changed(self.ops, self.scope).await),
            },
            None if stood => governor.lift(lane_id, cause).await?,
            None => None,
        };
        let parked = u64::try_from(governor.parked(lane_id).await?.len()).unwrap_or(u64::MAX);
        let now = governor.now();
        let sentences = lane.iter().flat_map(|lane| standing(lane, now).1);
        let still = sentences.map(|sentence| sentence.as_of(now)).collect();
        Ok(OfLane { stood, parked, still })
    }

    async fn one(self, account: Account, cause: &StopCause) -> Result<Lifted, OpsError> {
        let OfLane { stood, parked, still } = self.lane(&lane_of(&account.id)?, cause).await?;
        let woken = Some(if stood { parked } else { 0 });
        Ok(Lifted { lifted: stood, woken, still, account: Some(account.id), ..self.nothing() })
    }

    async fn all_of(self, customer: CustomerId) -> Result<Lifted, OpsError> {
        let cause = StopCause::Customer;
        let mut stood = self.lane(&customer_lane(&customer)?, &cause).await?.stood;
        let (mut woken, mut lifted) = (0_u64, 0_u64);
        let (accounts, _all) = accounts_in(self.ops, self.scope).await?;
        for account in &accounts {
            // What the customer's own lane remembers is what the caller has seen.
            let copy = Self { seen: None, ..self };
            let one = copy.lane(&lane_of(&account.id)?, &cause).await?;
            if one.stood {
                stood = true;
                lifted = lifted.saturating_add(1);
                woken = woken.saturating_add(one.parked);
            }
        }
        Ok(Lifted {
            lifted: stood,
            woken: Some(woken),
            customer: Some(customer),
            accounts: Some(lifted),
            ..self.nothing()
        })
    }

    async fn wide(self, scope: &WideScope) -> Result<Lifted, OpsError> {
        let governor = &self.ops.governor;
        let tried = match self.seen {
            None => governor.switch_off(scope).await?,
            Some(seen) => governor.switch_off_seen(scope, seen).await?,
        };
        let over = match tried {
            Tried::Done(board) => board.switches.get(scope).and_then(Switch::over_at),
            Tried::Refused(_) if self.seen.is_some() => {
                return Err(list::changed(self.ops, self.scope).await);
            }
            Tried::Refused(_) => None,
        };
        let all_by = over.map(Moment::from);
        Ok(Lifted { lifted: over.is_some(), all_by, ..self.nothing() })
    }
}
