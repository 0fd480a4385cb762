use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use flyball_accounts::{Accounts, KeyProvider};
use flyball_governor::{Governor, GovernorError, Policy};
use flyball_records::Records;
use flyball_runtime::{SystemClock, SystemEntropy, Tables};

use crate::{DataFolder, MigrateError};

/// The governor's table on one machine.
pub const GOVERNOR_TABLE: &str = "flyball-governor";
/// The records' table on one machine.
pub const RECORDS_TABLE: &str = "flyball-records";
/// The accounts' table on one machine.
pub const ACCOUNTS_TABLE: &str = "flyball-accounts";

/// What is kept in tables, reached through one client.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Lanes, lot and ledger.
    pub governor: Governor,
    /// Imported records and checkpoints.
    pub records: Records,
    /// Accounts and credentials.
    pub accounts: Accounts,
}

/// Why a table could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    /// The governor's.
    #[error(transparent)]
    Governor(#[from] GovernorError),
    /// The records'.
    #[error(transparent)]
    Records(#[from] flyball_records::CreateTableError),
    /// The accounts'.
    #[error(transparent)]
    Accounts(#[from] flyball_accounts::CreateTableError),
    /// What an older program has stored.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}

impl Stores {
    /// The tables of one machine, which are there already.
    pub fn over(client: &Client, policy: Policy, keys: Arc<dyn KeyProvider>) -> Self {
        let names = [GOVERNOR_TABLE, RECORDS_TABLE, ACCOUNTS_TABLE];
        Self::named(client, names, policy, keys)
    }

    /// The tables of a deployment.
    pub fn deployed(
        client: &Client,
        tables: &Tables,
        policy: Policy,
        keys: Arc<dyn KeyProvider>,
    ) -> Self {
        let Tables { governor, records, accounts } = tables;
        let names = [governor.as_str(), records.as_str(), accounts.as_str()];
        Self::named(client, names, policy, keys)
    }

    fn named(
        client: &Client,
        [governor, records, accounts]: [&str; 3],
        policy: Policy,
        keys: Arc<dyn KeyProvider>,
    ) -> Self {
        let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
        Self {
            governor: Governor::new(client.clone(), governor, policy, clock, entropy)
                .watching_its_clock(),
            records: Records::new(client.clone(), records),
            accounts: Accounts::new(client.clone(), accounts, keys),
        }
    }

    /// The tables in a folder that this process owns: made where they are not there yet, and
    /// brought into today's form where an older program has made them.
    ///
    /// # Errors
    /// A table that can't be made, or not be brought into that form.
    pub async fn open(
        folder: &DataFolder,
        client: &Client,
        policy: Policy,
        keys: Arc<dyn KeyProvider>,
    ) -> Result<Self, TablesError> {
        Self::create_tables(client).await?;
        let stores = Self::over(client, policy, keys);
        folder.migrate(&stores).await?;
        Ok(stores)
    }

    /// Makes those tables that are not there yet.
    ///
    /// # Errors
    /// A table that can't be made.
    pub async fn create_tables(client: &Client) -> Result<(), TablesError> {
        flyball_governor::create_table(client, GOVERNOR_TABLE).await?;
        flyball_records::create_table(client, RECORDS_TABLE).await?;
        flyball_accounts::create_table(client, ACCOUNTS_TABLE).await?;
        Ok(())
    }
}
