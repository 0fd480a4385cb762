//! What could not be imported: seeing it, and asking for it once more.

mod list;
mod one;
mod replay;

use std::path::Path;
use std::process::ExitCode;

use flyball_accounts::Accounts;
use flyball_domain::AccountId;
use flyball_local::Stores;
use flyball_records::{Aside, AsideName};

use crate::access;
use crate::args::ErrorsArgs;
use crate::error::CliError;
use crate::output::Format;
use flyball_ops::{all_accounts, find_account};

pub(crate) use replay::run as replay;

/// Lists what could not be imported, or shows one of it.
pub(crate) async fn run(
    args: &ErrorsArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let name = args.id.as_deref().map(str::parse::<AsideName>).transpose()?;
    let access = access::reach(data).await?;
    let accounts = accounts(&access.stores.accounts, args.account.as_ref()).await?;
    match name {
        Some(name) => one::run(&access.stores, &accounts, &name, format).await?,
        None => list::run(&access.stores, &accounts, format).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The one account that was named, or all.
async fn accounts(
    accounts: &Accounts,
    only: Option<&AccountId>,
) -> Result<Vec<AccountId>, CliError> {
    let found = match only {
        Some(id) => vec![find_account(accounts, id).await?],
        None => all_accounts(accounts).await?,
    };
    Ok(found.into_iter().map(|account| account.id).collect())
}

/// What is set aside under a name.
async fn find(
    stores: &Stores,
    accounts: &[AccountId],
    name: &AsideName,
) -> Result<Aside, CliError> {
    stores.records.find_aside(accounts, name).await?.ok_or_else(|| {
        CliError::new(format!(
            "found nothing under {name}: it was closed by a later import, or never was; \
             `flyball errors` lists what there is"
        ))
    })
}
