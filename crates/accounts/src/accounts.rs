use core::fmt;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use flyball_domain::{AccountId, CustomerId};
use futures::{Stream, TryStreamExt, stream};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::key::{ACCOUNTS, Key, credentials_partition, key_item};
use crate::keys::NoKeys;
use crate::table::{Attributes, Conditional, Item, ItemError, StoreError, Table, s, with};
use crate::writing::Change;
use crate::{Account, AccountState, Customer, KeyProvider};

/// The most accounts in one page.
pub const PAGE_ACCOUNTS_MAX: u32 = 1_000;

/// The longest an account may be as JSON, in bytes, its mapping included: an item of `DynamoDB`
/// holds 400 KB, its keys and its state too.
pub const ACCOUNT_BYTES_MAX: usize = 300 * 1024;

/// Why an account or a customer could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// There is no such account.
    #[error("found no account {account}: connect it first")]
    Unknown {
        /// The account asked for.
        account: AccountId,
    },
    /// There is no such customer.
    #[error("found no customer {customer}: create it first")]
    UnknownCustomer {
        /// The customer asked for.
        customer: CustomerId,
    },
    /// More than an item holds.
    #[error(
        "found an account of {found} bytes where at most {ACCOUNT_BYTES_MAX} are kept: give it a \
         mapping of fewer rules or words"
    )]
    TooLarge {
        /// How long it is.
        found: usize,
    },
    /// Others change the account all the time. Nothing was harmed.
    #[error("account {account} is being changed by others: try again")]
    Busy {
        /// Which.
        account: AccountId,
    },
    /// The stored item can't be used.
    #[error(transparent)]
    Item(#[from] ItemError),
    /// The store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The accounts table, and the keys to its sealed credentials.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) table: Table,
    pub(crate) keys: Arc<dyn KeyProvider>,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("table", &self.table).finish_non_exhaustive()
    }
}

impl Accounts {
    /// The table called `table`, as `client` reaches it; credentials are sealed with `keys`.
    pub fn new(client: Client, table: impl Into<String>, keys: Arc<dyn KeyProvider>) -> Self {
        Self { table: Table::new(client, table.into()), keys }
    }

    /// The same for a program that has no use for credentials: none is sealed or opened.
    pub fn without_keys(client: Client, table: impl Into<String>) -> Self {
        Self::new(client, table, Arc::new(NoKeys))
    }

    /// Writes an account whole, its state included, whether or not it was there, and with it when it
    /// is due. The last writer wins.
    ///
    /// # Errors
    /// [`AccountsError::TooLarge`]; [`AccountsError::Busy`]; the store's.
    pub async fn put(&self, account: &Account) -> Result<(), AccountsError> {
        self.change(&account.id, Change::Whole(account)).await.map(drop)
    }

    /// Changes an account's state, and with it whether it is ever due, and nothing else of it.
    ///
    /// # Errors
    /// [`AccountsError::Unknown`]; [`AccountsError::Busy`]; the store's.
    pub async fn set_state(
        &self,
        account: &AccountId,
        state: &AccountState,
    ) -> Result<(), AccountsError> {
        match self.change(account, Change::State(state)).await? {
            Conditional::Done => Ok(()),
            Conditional::Refused => Err(AccountsError::Unknown { account: account.clone() }),
        }
    }

    /// One account, strongly consistent.
    ///
    /// # Errors
    /// [`AccountsError::Unknown`]; a stored item that can't be used; the store's.
    pub async fn get(&self, account: &AccountId) -> Result<Account, AccountsError> {
        match self.table.get(Key::Account { id: account }).await? {
            Some(item) => Ok(read_account(&item)?),
            None => Err(AccountsError::Unknown { account: account.clone() }),
        }
    }

    /// Up to `limit` accounts (at least 1, at most [`PAGE_ACCOUNTS_MAX`]) after the id `after`, in
    /// the order of their ids, and the id after which the next page starts. A page may hold fewer
    /// and still not be the last.
    ///
    /// # Errors
    /// A stored item that can't be used; the store's.
    pub async fn page(
        &self,
        after: Option<&AccountId>,
        limit: u32,
    ) -> Result<(Vec<Account>, Option<AccountId>), AccountsError> {
        let limit = i32::try_from(limit.clamp(1, PAGE_ACCOUNTS_MAX)).ok();
        let after = after.map(AccountId::as_str);
        let (items, next) = self.table.page(ACCOUNTS, after, limit).await?;
        let accounts = items.iter().map(read_account).collect::<Result<_, _>>()?;
        let next = next.map(|next| {
            next.parse().map_err(|error: flyball_domain::IdError| ItemError::Corrupt {
                key: format!("{ACCOUNTS} {next}"),
                what: error.to_string(),
            })
        });
        Ok((accounts, next.transpose()?))
    }

    /// All accounts, in the order of their ids, read page by page as they are taken.
    ///
    /// # Errors
    /// Each item: a stored item that can't be used; the store's.
    pub fn list(&self) -> impl Stream<Item = Result<Account, AccountsError>> + Send + '_ {
        stream::try_unfold(Some(None::<AccountId>), move |at| async move {
            let Some(after) = at else { return Ok::<_, AccountsError>(None) };
            let page = Box::pin(self.page(after.as_ref(), PAGE_ACCOUNTS_MAX));
            let (accounts, next) = page.await?;
            Ok(Some((stream::iter(accounts.into_iter().map(Ok)), next.map(Some))))
        })
        .try_flatten()
    }

    /// Removes an account, its credentials first: a crash in between leaves an account without
    /// credentials, to be removed again, and never credentials without an account. Which store it
    /// was is remembered, see [`Self::former`]. Removing what is not there is no error.
    ///
    /// # Errors
    /// The store's.
    pub async fn remove(&self, account: &AccountId) -> Result<(), AccountsError> {
        match self.get(account).await {
            Ok(there) => {
                let key = Key::Former { id: account };
                let body = json(key, &there)?;
                self.table.put(with(key.item(), [("body", s(&body))])).await?;
            }
            Err(AccountsError::Unknown { .. }) => {}
            Err(error) => return Err(error),
        }
        let partition = credentials_partition(account);
        let mut after = None;
        loop {
            let (items, next) = self.table.page(&partition, after.as_deref(), None).await?;
            let sorts = items.iter().filter_map(|item| item.get(crate::key::SK)?.as_s().ok());
            for sort in sorts {
                self.table.delete(key_item(partition.clone(), sort.clone())).await?;
            }
            if next.is_none() {
                break;
            }
            after = next;
        }
        self.change(account, Change::Gone).await.map(drop)
    }

    /// The account that was removed under this id, as it was; `None` where none was. It stays known
    /// when the id is an account's again.
    ///
    /// # Errors
    /// A stored item that can't be used; the store's.
    pub async fn former(&self, account: &AccountId) -> Result<Option<Account>, AccountsError> {
        let item = self.table.get(Key::Former { id: account }).await?;
        Ok(item.map(|item| parse(Attributes::of(&item)?, "body")).transpose()?)
    }

    /// Writes a customer, whether or not it was there.
    ///
    /// # Errors
    /// The store's.
    pub async fn put_customer(&self, customer: &Customer) -> Result<(), AccountsError> {
        let key = Key::Customer { id: &customer.id };
        let body = json(key, customer)?;
        Ok(self.table.put(with(key.item(), [("body", s(&body))])).await?)
    }

    /// One customer, strongly consistent.
    ///
    /// # Errors
    /// [`AccountsError::UnknownCustomer`]; a stored item that can't be used; the store's.
    pub async fn customer(&self, customer: &CustomerId) -> Result<Customer, AccountsError> {
        match self.table.get(Key::Customer { id: customer }).await? {
            Some(item) => Ok(parse(Attributes::of(&item)?, "body")?),
            None => Err(AccountsError::UnknownCustomer { customer: customer.clone() }),
        }
    }
}

pub(crate) fn read_account(item: &Item) -> Result<Account, ItemError> {
    let item = Attributes::of(item)?;
    let account: Account = parse(item, "body")?;
    Ok(Account { state: parse(item, "state")?, ..account })
}

pub(crate) fn parse<T: DeserializeOwned>(item: Attributes<'_>, name: &str) -> Result<T, ItemError> {
    serde_json::from_str(item.text(name)?)
        .map_err(|error| item.corrupt(format!("found a `{name}` that can't be read ({error})")))
}

pub(crate) fn json(key: Key<'_>, value: &impl Serialize) -> Result<String, ItemError> {
    serde_json::to_string(value).map_err(|error| ItemError::Corrupt {
        key: format!("{} {}", key.partition(), key.sort()),
        what: format!("what was to be written is no JSON ({error})"),
    })
}
