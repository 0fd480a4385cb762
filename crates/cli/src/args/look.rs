use std::path::PathBuf;

use clap::Args;
use flyball_domain::{AccountId, Currency, Integration, Kind};

use super::stage::Deployed;
use crate::records::ListFormat;

/// `flyball records`.
#[derive(Debug, Args)]
pub(crate) struct RecordsArgs {
    /// Where.
    #[command(flatten)]
    pub(crate) deployed: Deployed,
    /// Whose records.
    #[arg(long, value_name = "ID")]
    pub(crate) account: AccountId,
    /// products or orders.
    #[arg(long, value_name = "KIND", default_value = "products")]
    pub(crate) kind: Kind,
    /// ndjson, csv or table; table by default, ndjson with --json.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<ListFormat>,
    /// Those that the store has no more, instead of those that it has.
    #[arg(long)]
    pub(crate) gone: bool,
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

/// `flyball decode`.
#[derive(Debug, Args)]
#[command(after_help = "\
What can be used goes to the standard output, one line of JSON for each record; what can't, to the
standard error, in words, or with --json as lines of JSON.

Exit codes: 0 everything was used, 1 something was not, 2 nothing could be read.")]
pub(crate) struct DecodeArgs {
    /// shopify, bigcommerce or magento.
    #[arg(value_name = "INTEGRATION")]
    pub(crate) integration: Integration,
    /// products or orders.
    #[arg(value_name = "KIND")]
    pub(crate) kind: Kind,
    /// A page or a single record as the vendor's API answers it; the standard input by default.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The store's currency, where the vendor does not name it with every amount.
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<Currency>,
}
