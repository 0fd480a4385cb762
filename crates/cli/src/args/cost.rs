use clap::Args;
use flyball_accounts::EveryMinutes;
use flyball_domain::{AccountId, Integration};

use crate::input::{every_minutes, number};

/// The most accounts whose cost is reckoned.
const ACCOUNTS_MAX: u64 = 1_000_000;

/// The most records of an account.
const RECORDS_MAX: u64 = 10_000_000;

/// The longest that a vendor's call is reckoned with, in milliseconds.
const VENDOR_MS_MAX: u64 = 60_000;

/// What memory a function can have, in megabytes (AWS Lambda's quotas).
const MEMORY_MB: (u64, u64) = (128, 10_240);

/// `flyball cost`.
#[derive(Debug, Args)]
pub(crate) struct CostArgs {
    /// How many accounts, of all three platforms alike.
    #[arg(long, value_name = "N", required_unless_present = "account",
        value_parser = number::<u64>("a number of accounts", 1, ACCOUNTS_MAX))]
    pub(crate) accounts: Option<u64>,
    /// Instead, what this account of the data folder has used, month by month.
    #[arg(long, value_name = "ID", conflicts_with_all = ["accounts", "only"])]
    pub(crate) account: Option<AccountId>,
    /// All of them on one platform: shopify, bigcommerce or magento.
    #[arg(long, value_name = "INTEGRATION")]
    pub(crate) only: Option<Integration>,
    /// How many products an account has.
    #[arg(long, value_name = "N", default_value = "2000",
        value_parser = number::<u64>("a number of products", 0, RECORDS_MAX))]
    pub(crate) products: u64,
    /// How many orders an account has.
    #[arg(long, value_name = "N", default_value = "5000",
        value_parser = number::<u64>("a number of orders", 0, RECORDS_MAX))]
    pub(crate) orders: u64,
    /// How many products of an account change in a day.
    #[arg(long, value_name = "N", default_value = "200",
        value_parser = number::<u64>("a number of products", 0, RECORDS_MAX))]
    pub(crate) products_changed: u64,
    /// How many orders of an account come or change in a day.
    #[arg(long, value_name = "N", default_value = "100",
        value_parser = number::<u64>("a number of orders", 0, RECORDS_MAX))]
    pub(crate) orders_changed: u64,
    /// How often changes are imported.
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = every_minutes)]
    pub(crate) every: EveryMinutes,
    /// How often everything is compared with what was imported.
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = every_minutes)]
    pub(crate) reconcile_every: EveryMinutes,
    /// How long a call to a vendor takes, in milliseconds.
    #[arg(long, value_name = "MS", default_value = "300",
        value_parser = number::<u64>("a number of milliseconds", 1, VENDOR_MS_MAX))]
    pub(crate) vendor_ms: u64,
    /// The memory of an importer, in megabytes.
    #[arg(long, value_name = "MB", default_value = "512",
        value_parser = number::<u64>("a number of megabytes", MEMORY_MB.0, MEMORY_MB.1))]
    pub(crate) memory_mb: u64,
    /// The memory of the ticker, in megabytes.
    #[arg(long, value_name = "MB", default_value = "256",
        value_parser = number::<u64>("a number of megabytes", MEMORY_MB.0, MEMORY_MB.1))]
    pub(crate) ticker_mb: u64,
}
