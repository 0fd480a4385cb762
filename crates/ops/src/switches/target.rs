use flyball_accounts::Account;
use flyball_domain::CustomerId;
use flyball_governor::StopCause;
use flyball_governor::core::WideScope;

use crate::{Kept, LaneScope, Ops, OpsError, Scope, find_account};

/// Where a scope's switch is kept, with the account that it is about, where it is one's.
pub(super) enum Target {
    Account(Box<Account>, StopCause),
    Customer(CustomerId),
    Board(WideScope),
}

impl Target {
    /// # Errors
    /// An account that is not there; the accounts' table.
    pub(super) async fn of(ops: &Ops, scope: &Scope) -> Result<Self, OpsError> {
        Ok(match scope.kept()? {
            Kept::Lane(LaneScope { account, cause }) => {
                Self::Account(Box::new(find_account(&ops.accounts, &account).await?), cause)
            }
            Kept::Lanes(customer) => Self::Customer(customer),
            Kept::Board(scope) => Self::Board(scope),
        })
    }
}
