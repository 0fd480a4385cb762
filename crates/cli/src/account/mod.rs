//! Connected stores: adding, listing, checking and removing them, and how their fields are mapped.

mod add;
mod check;
mod connect;
mod fields;
mod id;
mod list;
mod remove;

use std::process::ExitCode;

use crate::args::{AccountArgs, AccountCommand};
use crate::desk::Place;
use crate::error::CliError;
use crate::output::Format;

pub(crate) use connect::{Wanted, connect};
pub(crate) use id::account_id;

/// Does what is asked of accounts.
pub(crate) async fn run(
    args: AccountArgs,
    at: Place<'_>,
    format: Format,
) -> Result<ExitCode, CliError> {
    if let Some(url) = at.url.filter(|_| args.deployed.is_named()) {
        return Err(CliError::new(format!(
            "found both --stage and --url {url}: say where with one of them"
        )));
    }
    let site = args.deployed.or(at.data);
    match args.command {
        AccountCommand::Add(args) => Box::pin(add::run(args, &site, format)).await,
        AccountCommand::List(args) => Box::pin(list::run(&args, at, &site, format)).await,
        AccountCommand::Check(args) => Box::pin(check::run(&args, &site, format)).await,
        AccountCommand::Remove(args) => Box::pin(remove::run(&args, &site, format)).await,
        AccountCommand::Fields(args) => Box::pin(fields::run(&args, &site, format)).await,
    }
}
