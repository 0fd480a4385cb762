use std::path::PathBuf;

use clap::{Args, Subcommand};
use flyball_accounts::EveryMinutes;
use flyball_domain::{AccountId, CustomerId, Kind};

use super::connect::Connection;
use super::stage::Deployed;
use crate::input::{Kinds, every_minutes, number};

/// The most records that a preview looks at.
pub(crate) const PREVIEW_RECORDS_MAX: u64 = 10_000;

/// `flyball account`.
#[derive(Debug, Args)]
pub(crate) struct AccountArgs {
    /// Where.
    #[command(flatten)]
    pub(crate) deployed: Deployed,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: AccountCommand,
}

impl AccountArgs {
    /// Whether the ops API does it too: it opens no credentials, and calls no store.
    pub(crate) const fn is_of_ops(&self) -> bool {
        match self.command {
            AccountCommand::List(_) => true,
            AccountCommand::Add(_)
            | AccountCommand::Check(_)
            | AccountCommand::Remove(_)
            | AccountCommand::Fields(_) => false,
        }
    }
}

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Connects a store, or connects it again with other credentials.
    Add(AddArgs),
    /// Lists the connected stores, and how fresh what was imported from each is.
    List(ListArgs),
    /// Calls a connected store, to see whether its credentials are good.
    Check(CheckArgs),
    /// Disconnects a store. What was imported from it stays.
    Remove(RemoveArgs),
    /// Shows or sets which of a store's custom fields stand under which names.
    Fields(FieldsArgs),
}

/// `flyball account add`.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// What the account is called; made of the store's address by default.
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<AccountId>,
    /// Whose store it is; a customer of the account's own name by default.
    #[arg(long, value_name = "ID")]
    pub(crate) customer: Option<CustomerId>,
    /// products, orders or both with a comma between; both by default.
    #[arg(long, value_name = "KINDS")]
    pub(crate) kinds: Option<Kinds>,
    /// How often what has changed is imported, such as 15m or 2h; 15m by default.
    #[arg(long, value_name = "TIME", value_parser = every_minutes)]
    pub(crate) every: Option<EveryMinutes>,
    /// How often everything is compared with what was imported; 24h by default.
    #[arg(long, value_name = "TIME", value_parser = every_minutes)]
    pub(crate) reconcile_every: Option<EveryMinutes>,
}

/// `flyball account list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Of this customer only.
    #[arg(long, value_name = "ID")]
    pub(crate) customer: Option<CustomerId>,
}

/// `flyball account check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Which account.
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: AccountId,
}

/// `flyball account remove`.
#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// Which account.
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: AccountId,
}

/// `flyball account fields`.
#[derive(Debug, Args)]
pub(crate) struct FieldsArgs {
    /// Whose custom fields.
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: AccountId,
    /// A file of rules, as JSON: {"rules":[{"kind":"products","name":"fabric",
    /// "from":"custom:specs/material","type":"text"}]}; - for the standard input.
    #[arg(long, value_name = "FILE|-")]
    pub(crate) rules: Option<PathBuf>,
    /// Stores nothing, and shows what the rules make of records that were imported.
    #[arg(long)]
    pub(crate) preview: bool,
    /// With --preview: how many of the records that changed last are looked at; 20 by default.
    #[arg(long, value_name = "N", requires = "preview",
        value_parser = number::<u64>("a number of records", 1, PREVIEW_RECORDS_MAX))]
    pub(crate) records: Option<u64>,
    /// With --preview: products or orders; both by default.
    #[arg(long, value_name = "KIND", requires = "preview")]
    pub(crate) kind: Option<Kind>,
}
