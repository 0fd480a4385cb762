//! The arguments of every command.

mod account;
mod connect;
mod cost;
mod jobs;
mod look;
mod simulate;
mod switch;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(crate) use account::{AccountCommand, AddArgs, CheckArgs, FieldsArgs, RemoveArgs};
pub(crate) use connect::{Connection, ImportArgs};
pub(crate) use cost::CostArgs;
pub(crate) use jobs::{ErrorsArgs, ReplayArgs, SyncArgs, UpArgs};
pub(crate) use look::{DecodeArgs, OutagesArgs, RecordsArgs, WhyArgs};
pub(crate) use simulate::{Access, DemoArgs, StorefrontArgs, StorefrontCommand};
pub(crate) use switch::{AUTHOR_CHARS_MAX, ResumeArgs, StopArgs};

/// Imports products and orders from stores without ever running into their limits.
#[derive(Debug, Parser)]
#[command(name = "flyball", version, max_term_width = 100, arg_required_else_help = false)]
pub(crate) struct Cli {
    /// The data folder; .flyball by default, and for a demo one that ends with it.
    #[arg(long, global = true, value_name = "DIR", env = "FLYBALL_DATA", hide_env_values = true)]
    pub(crate) data: Option<PathBuf>,
    /// Results as JSON on the standard output, and nothing else there.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs everything in one process against simulated stores, and checks the result.
    Demo(DemoArgs),
    /// Imports one real store, once.
    Import(ImportArgs),
    /// Serves one simulated store until Ctrl-C.
    #[command(subcommand, arg_required_else_help = false)]
    Storefront(StorefrontCommand),
    /// Connects stores, and says which are connected.
    #[command(subcommand, arg_required_else_help = false)]
    Account(AccountCommand),
    /// Imports all connected stores, by their schedules, until Ctrl-C.
    Up(UpArgs),
    /// Asks for one import of a connected store, now.
    Sync(SyncArgs),
    /// Lists what was imported from an account.
    Records(RecordsArgs),
    /// Lists what could not be imported, or shows one of it with its exact input.
    Errors(ErrorsArgs),
    /// Asks for what could not be imported once more.
    Replay(ReplayArgs),
    /// Says what every account is doing.
    Status,
    /// Says what an account is doing, and if it waits: why, and until when.
    Why(WhyArgs),
    /// Says which stores were down, from when to when, and how available they were.
    Outages(OutagesArgs),
    /// Stops everything, an integration, a customer, an account, or one kind of its jobs.
    Stop(StopArgs),
    /// Lifts a stop.
    Resume(ResumeArgs),
    /// Reckons what a month costs on AWS, from jobs that it counts.
    Cost(CostArgs),
    /// Shows what a vendor's payload becomes.
    Decode(DecodeArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_fit_each_other() {
        Cli::command().debug_assert();
    }
}
