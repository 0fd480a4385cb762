//! The arguments of every command.

mod account;
mod connect;
mod cost;
mod jobs;
mod look;
mod simulate;
mod stage;
mod switch;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::desk::ApiUrl;

pub(crate) use account::{
    AccountArgs, AccountCommand, AddArgs, CheckArgs, FieldsArgs, ListArgs, RemoveArgs,
};
pub(crate) use connect::{Connection, ImportArgs};
pub(crate) use cost::CostArgs;
pub(crate) use jobs::{ErrorsArgs, ReplayArgs, SyncArgs, UpArgs};
pub(crate) use look::{DecodeArgs, OutagesArgs, RecordsArgs, WhyArgs};
pub(crate) use simulate::{Access, DemoArgs, StorefrontArgs, StorefrontCommand};
pub(crate) use switch::{ResumeArgs, StopArgs};

/// Imports products and orders from stores without ever running into their limits.
#[derive(Debug, Parser)]
#[command(name = "flyball", version, max_term_width = 100, arg_required_else_help = false)]
pub(crate) struct Cli {
    /// The data folder; .flyball by default, and for a demo one that ends with it.
    #[arg(long, global = true, value_name = "DIR", env = "FLYBALL_DATA", hide_env_values = true)]
    pub(crate) data: Option<PathBuf>,
    /// The ops API of a deployed system, which is spoken to instead of a folder with the token in
    /// the environment variable `FLYBALL_TOKEN`.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) url: Option<ApiUrl>,
    /// Results as JSON on the standard output, and nothing else there.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Command {
    /// Whether the ops API does it too.
    pub(crate) const fn is_of_ops(&self) -> bool {
        match self {
            Self::Sync(_)
            | Self::Errors(_)
            | Self::Replay(_)
            | Self::Status
            | Self::Why(_)
            | Self::Outages(_)
            | Self::Stop(_)
            | Self::Resume(_) => true,
            Self::Account(args) => args.is_of_ops(),
            Self::Demo(_)
            | Self::Import(_)
            | Self::Storefront(_)
            | Self::Up(_)
            | Self::Records(_)
            | Self::Cost(_)
            | Self::Decode(_) => false,
        }
    }
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
    #[command(arg_required_else_help = false)]
    Account(AccountArgs),
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

    /// What stands for what in the commands of the runbook.
    const STANDS_FOR: [(&str, &str); 4] =
        [("ACCOUNT", "blue-mug"), ("SCOPE", "shopify"), ("TEXT", "drill"), ("ID", "5")];

    #[test]
    fn every_command_of_the_runbook_is_one_that_there_is() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/runbook");
        let mut tried = 0;
        for page in std::fs::read_dir(folder).unwrap() {
            let path = page.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let spans = text.split('`').skip(1).step_by(2);
            for span in spans.filter(|span| span.starts_with("flyball ")) {
                let mut command = span.to_owned();
                for (word, value) in STANDS_FOR {
                    command = command.replace(word, value);
                }
                let parsed = Cli::try_parse_from(command.split(' '));
                let alone = ["flyball stop", "flyball resume"].contains(&span);
                assert!(alone || parsed.is_ok(), "{}: {span}: {parsed:?}", path.display());
                tried += 1;
            }
        }
        assert!(tried > 40, "found {tried} commands");
    }
}
