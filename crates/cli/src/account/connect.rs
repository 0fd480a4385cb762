use std::collections::BTreeSet;

use flyball_accounts::{
    Account, AccountState, Accounts, AccountsError, CeilingPercent, Customer, EveryMinutes,
    PolicyOverrides, Purpose, StoreReach,
};
use flyball_domain::{AccountId, CustomerId, Integration, Kind, UnixMillis};
use flyball_governor::StopCause;
use flyball_http::{BaseUrl, Reach};
use flyball_local::Stores;
use secrecy::SecretString;

use super::id::account_id;
use crate::error::CliError;
use flyball_ops::lane_of;
use flyball_ops::stop_new;

/// A store that is to be connected. What is `None` stays as it is, or is the default.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) integration: Integration,
    pub(crate) base: BaseUrl,
    pub(crate) credentials: SecretString,
    /// By default made of the store's address.
    pub(crate) id: Option<AccountId>,
    /// By default one of the account's own name.
    pub(crate) customer: Option<CustomerId>,
    /// What is imported of it; by default all there is.
    pub(crate) kinds: Option<BTreeSet<Kind>>,
    pub(crate) ceiling: Option<CeilingPercent>,
    pub(crate) every: Option<EveryMinutes>,
    pub(crate) reconcile_every: Option<EveryMinutes>,
}

/// A store's account, as it is once it is connected.
#[derive(Clone, Debug)]
pub(super) struct Connected {
    pub(super) account: Account,
    pub(super) before: Before,
}

/// What an account was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing.
    New,
    /// The same store's.
    Connected,
}

/// What the store's account will be, if it can be; nothing is changed yet.
///
/// # Errors
/// The account's id is another store's, or was; another customer's account.
pub(super) async fn prepare(
    stores: &Stores,
    wanted: &Wanted,
    now: UnixMillis,
) -> Result<Connected, CliError> {
    let accounts = &stores.accounts;
    let id = wanted.id.clone().map_or_else(|| account_id(&wanted.base), Ok)?;
    let there = match accounts.get(&id).await {
        Ok(account) => Some(account),
        Err(AccountsError::Unknown { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    if let Some(account) = there {
        return Ok(Connected { account: wanted.renew(account)?, before: Before::Connected });
    }
    if let Some(former) = accounts.former(&id).await? {
        wanted.must_be_of(&former)?;
    }
    Ok(Connected { account: wanted.account(&id, now)?, before: Before::New })
}

/// Connects what was prepared: seals the credentials, lifts what only new credentials lift, and
/// holds the account if its customer is stopped.
///
/// # Errors
/// The tables'.
pub(super) async fn establish(
    stores: &Stores,
    wanted: &Wanted,
    prepared: &Connected,
) -> Result<(), CliError> {
    let Connected { account, before } = prepared;
    let accounts = &stores.accounts;
    make_customer(accounts, &account.customer).await?;
    // The credentials first: an account without any could be imported by nobody.
    let purpose = Purpose::AccessToken;
    let credentials = &wanted.credentials;
    accounts.seal_credentials(&account.id, account.integration, purpose, credentials).await?;
    accounts.put(account).await?;

    stop_new(&stores.governor, account).await?;
    // Whoever brings credentials connects the store again.
    let lane = lane_of(&account.id)?;
    stores.governor.lift(&lane, &StopCause::Rejected).await?;
    stores.governor.lift(&lane, &StopCause::DeadMan).await?;
    if *before == Before::New {
        // Left behind by a removal that was broken off.
        stores.governor.lift(&lane, &StopCause::Account).await?;
    }
    Ok(())
}

/// Makes the store's account, or connects it anew.
///
/// # Errors
/// Those of [`prepare`] and [`establish`].
pub(crate) async fn connect(
    stores: &Stores,
    wanted: &Wanted,
    now: UnixMillis,
) -> Result<Account, CliError> {
    let prepared = prepare(stores, wanted, now).await?;
    establish(stores, wanted, &prepared).await?;
    Ok(prepared.account)
}

impl Wanted {
    fn kinds_or_all(&self) -> BTreeSet<Kind> {
        self.kinds.clone().unwrap_or_else(|| Kind::ALL.iter().copied().collect())
    }

    fn store(&self) -> String {
        self.base.to_string()
    }

    fn reach(&self) -> StoreReach {
        match self.base.reach() {
            Reach::Public => StoreReach::Public,
            Reach::Local => StoreReach::Local,
        }
    }

    /// What is imported is kept under an account's id: it must not become another store's.
    fn must_be_of(&self, account: &Account) -> Result<(), CliError> {
        let Account { id, integration, store, .. } = account;
        if (*integration, store.as_str()) == (self.integration, &self.store()) {
            return Ok(());
        }
        Err(CliError::new(format!(
            "found account {id} of the {integration} store {store}, {} store {} was expected: \
             call this one otherwise, or use another folder",
            self.integration,
            self.store()
        )))
    }

    fn account(&self, id: &AccountId, now: UnixMillis) -> Result<Account, CliError> {
        Ok(Account {
            id: id.clone(),
            customer: self.customer.clone().map_or_else(|| id.as_str().parse(), Ok)?,
            integration: self.integration,
            store: self.store(),
            zone: None,
            currency: None,
            kinds: self.kinds_or_all(),
            created_at: now,
            policy: PolicyOverrides {
                ceiling_percent: self.ceiling,
                every_minutes: self.every,
                reconcile_every_minutes: self.reconcile_every,
                reach: self.reach(),
                ..PolicyOverrides::default()
            },
            state: AccountState::Connected,
        })
    }

    fn renew(&self, mut account: Account) -> Result<Account, CliError> {
        self.must_be_of(&account)?;
        if let Some(customer) = self.customer.as_ref().filter(|wanted| **wanted != account.customer)
        {
            return Err(CliError::new(format!(
                "found account {} of customer {}, {customer} was expected: leave --customer out, \
                 or remove the account first",
                account.id, account.customer
            )));
        }
        if let Some(kinds) = &self.kinds {
            account.kinds.clone_from(kinds);
        }
        let policy = &mut account.policy;
        policy.ceiling_percent = self.ceiling.or(policy.ceiling_percent);
        policy.every_minutes = self.every.or(policy.every_minutes);
        policy.reconcile_every_minutes = self.reconcile_every.or(policy.reconcile_every_minutes);
        policy.reach = self.reach();
        account.state = AccountState::Connected;
        Ok(account)
    }
}

async fn make_customer(accounts: &Accounts, id: &CustomerId) -> Result<(), CliError> {
    match accounts.customer(id).await {
        Ok(_there) => Ok(()),
        Err(AccountsError::UnknownCustomer { .. }) => {
            let customer = Customer { id: id.clone(), name: id.to_string() };
            Ok(accounts.put_customer(&customer).await?)
        }
        Err(error) => Err(error.into()),
    }
}
