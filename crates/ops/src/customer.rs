//! Stops of customers. Each of a customer's lanes has a copy; the customer's own lane, in which
//! nothing ever runs, remembers the stop for accounts that are connected later.

use flyball_accounts::Account;
use flyball_domain::CustomerId;
use flyball_governor::{Governor, LaneId, StopCause};
use flyball_importer::lane_spec;

use crate::OpsError;
use crate::facts::lane_of;

/// The lane that remembers a customer's stop. No account's id has a dot.
pub fn customer_lane(customer: &CustomerId) -> Result<LaneId, OpsError> {
    format!("customer.{customer}").parse().map_err(OpsError::word)
}

/// Stops a newly connected account whose customer is stopped. The account is stored before this
/// looks, and a stop is remembered before it looks for accounts: one of the two sees the other.
pub async fn stop_new(governor: &Governor, account: &Account) -> Result<(), OpsError> {
    let Some(remembered) = governor.look(&customer_lane(&account.customer)?).await? else {
        return Ok(());
    };
    let cause = StopCause::Customer;
    if let Some(stop) = remembered.stops.get(&cause).filter(|stop| stop.is_on(governor.now())) {
        governor.stop(&lane_of(&account.id)?, &cause, stop, &lane_spec(account)).await?;
    }
    Ok(())
}
