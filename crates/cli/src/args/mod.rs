use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use flyball_accounts::CeilingPercent;
use flyball_domain::{AccountId, Currency, Kind};
use flyball_storefronts::{Dial, PRODUCTS_MAX, Plan};

use crate::demo::ACCOUNTS_MAX;
use crate::import::Target;
use crate::input::{InputError, Lasting, Words, number};
use crate::records::ListFormat;
use crate::scope::{Mode, Scope};

/// The most products of an account of a demo.
const DEMO_PRODUCTS_MAX: u64 = 1_000_000;

/// Imports products from stores without ever running into their limits.
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
    #[command(subcommand, arg_required_else_help = false)]
    Import(ImportCommand),
    /// Serves one simulated store until Ctrl-C.
    #[command(subcommand, arg_required_else_help = false)]
    Storefront(StorefrontCommand),
    /// Lists what was imported from an account.
    Records(RecordsArgs),
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
}

/// Stores that can be imported.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// A Shopify store.
    Shopify(ImportArgs),
}

/// Stores that can be simulated.
#[derive(Debug, Subcommand)]
pub(crate) enum StorefrontCommand {
    /// A Shopify store.
    Shopify(StorefrontArgs),
}

/// `flyball demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many stores; 6 by default.
    #[arg(long, value_name = "N",
        value_parser = number::<u32>("a number of accounts", 1, ACCOUNTS_MAX.into()))]
    pub(crate) accounts: Option<u32>,
    /// How many products each store has that serves no catalog; 2,000 by default.
    #[arg(long, value_name = "N",
        value_parser = number::<u64>("a number of products", 1, DEMO_PRODUCTS_MAX))]
    pub(crate) products: Option<u64>,
    /// A product CSV in Shopify's export format; the k-th store serves the k-th, round robin.
    #[arg(long = "catalog", value_name = "CSV")]
    pub(crate) catalogs: Vec<PathBuf>,
    /// What stores and script are drawn from.
    #[arg(long, value_name = "S", value_parser = number::<u64>("a seed", 0, u64::MAX))]
    pub(crate) seed: Option<u64>,
}

/// `flyball import shopify`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The store's address, such as `https://example.myshopify.com`.
    #[arg(long, value_name = "URL")]
    pub(crate) store: String,
    /// The environment variable that holds the Admin API access token.
    #[arg(long, value_name = "NAME")]
    pub(crate) token_env: String,
    /// A data folder, or - for NDJSON on the standard output; the data folder by default.
    #[arg(long, value_name = "DIR|-")]
    pub(crate) to: Option<Target>,
    /// With --to -: the file that remembers how far the import has come.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Lets the store be at a plain http, private or loopback address.
    #[arg(long)]
    pub(crate) allow_local: bool,
    /// How much of the vendor's budget may be used, in percent; 100 by default.
    #[arg(long, value_name = "PERCENT", value_parser = ceiling_percent)]
    pub(crate) ceiling_percent: Option<CeilingPercent>,
}

/// `flyball storefront shopify`.
#[derive(Debug, Args)]
pub(crate) struct StorefrontArgs {
    /// How many products; 1,000 by default.
    #[arg(long, value_name = "N", conflicts_with = "catalog",
        value_parser = number::<u64>("a number of products", 0, PRODUCTS_MAX))]
    pub(crate) products: Option<u64>,
    /// A product CSV in Shopify's export format.
    #[arg(long, value_name = "CSV")]
    pub(crate) catalog: Option<PathBuf>,
    /// standard, advanced, plus or enterprise.
    #[arg(long, value_name = "P", default_value = "standard")]
    pub(crate) plan: Plan,
    /// The port on loopback; any free one by default.
    #[arg(long, value_name = "N", default_value = "0",
        value_parser = number::<u16>("a port", 0, u64::from(u16::MAX)))]
    pub(crate) port: u16,
    /// What products and faults are drawn from.
    #[arg(long, value_name = "S", default_value = "1",
        value_parser = number::<u64>("a seed", 0, u64::MAX))]
    pub(crate) seed: u64,
    /// A fault, and when: `status=503@10s..30s`, `latency=50ms..2s`, `throttled@every=7`.
    #[arg(long, value_name = "SPEC")]
    pub(crate) dial: Vec<Dial>,
    /// What prices are in.
    #[arg(long, value_name = "CODE", default_value = "EUR")]
    pub(crate) currency: Currency,
}

/// `flyball records`.
#[derive(Debug, Args)]
pub(crate) struct RecordsArgs {
    /// Whose records.
    #[arg(long, value_name = "ID")]
    pub(crate) account: AccountId,
    /// products or orders.
    #[arg(long, value_name = "KIND", default_value = "products")]
    pub(crate) kind: Kind,
    /// ndjson, csv or table; table by default, ndjson with --json.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<ListFormat>,
}

/// `flyball why`.
#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// Which account.
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: AccountId,
}

/// `flyball outages`.
#[derive(Debug, Args)]
pub(crate) struct OutagesArgs {
    /// Which account; all of them by default.
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: Option<AccountId>,
}

/// The longest reason of a stop, in characters: a lane with all of its stops stays under a kilobyte.
pub(crate) const REASON_CHARS_MAX: usize = 120;

/// The longest name of a stop's author, in characters.
pub(crate) const AUTHOR_CHARS_MAX: usize = 40;

/// `flyball stop`.
#[derive(Debug, Args)]
pub(crate) struct StopArgs {
    /// all, shopify, shopify/orders, customer:ID, account:ID or account:ID/orders.
    #[arg(value_name = "SCOPE")]
    pub(crate) scope: Scope,
    /// Why, for whoever finds it stopped.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Words<REASON_CHARS_MAX>,
    /// hold (nothing new starts), drain (hold, and say when the last job is done), stop (running
    /// jobs stop before their next call), or limit=N (at most N jobs at once).
    #[arg(long, value_name = "MODE", default_value = "stop")]
    pub(crate) mode: Mode,
    /// For how long, such as 90s, 15m, 2h or 3d; 24h by default.
    #[arg(long, value_name = "TIME", conflicts_with = "until_lifted")]
    pub(crate) r#for: Option<Lasting>,
    /// Until somebody resumes it.
    #[arg(long)]
    pub(crate) until_lifted: bool,
    /// Over how long accounts start again, one after the other, when it ends; 10s by default. For
    /// all and integrations.
    #[arg(long, value_name = "TIME")]
    pub(crate) ramp: Option<Lasting>,
    /// Who says so; the user's name by default.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<Words<AUTHOR_CHARS_MAX>>,
    /// Does nothing but print the AWS command that does the same to a deployed system.
    #[arg(long)]
    pub(crate) print: bool,
    /// Doesn't wait until the stop is complete.
    #[arg(long)]
    pub(crate) no_wait: bool,
}

/// `flyball resume`.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// all, shopify, shopify/orders, customer:ID, account:ID or account:ID/orders.
    #[arg(value_name = "SCOPE")]
    pub(crate) scope: Scope,
    /// Does nothing but print the AWS command that does the same to a deployed system.
    #[arg(long)]
    pub(crate) print: bool,
}

fn ceiling_percent(text: &str) -> Result<CeilingPercent, InputError> {
    let (min, max) = (CeilingPercent::MIN.into(), CeilingPercent::MAX.into());
    let percent = number::<u64>("a percentage of the vendor's budget", min, max)(text)?;
    CeilingPercent::try_from(percent).map_err(|error| {
        InputError::new("a percentage of the vendor's budget", text, error.to_string())
    })
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
