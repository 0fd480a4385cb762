use clap::{ArgGroup, Args};
use flyball_domain::{AccountId, Kind, VendorId};

use crate::input::{TimeRange, number};

/// The most jobs of one integration and kind that one process runs at once.
const WORKERS_MAX: u64 = 100;

/// `flyball up`.
#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// How many jobs of each integration and kind run at once; 4 by default.
    #[arg(long, value_name = "N",
        value_parser = number::<usize>("a number of workers", 1, WORKERS_MAX))]
    pub(crate) workers: Option<usize>,
    /// The loopback port of the ops API; any free one by default.
    #[arg(long, value_name = "N", default_value = "0",
        value_parser = number::<u16>("a port", 0, u64::from(u16::MAX)))]
    pub(crate) api_port: u16,
}

/// `flyball sync`.
#[derive(Debug, Args)]
pub(crate) struct SyncArgs {
    /// Which account.
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: AccountId,
    /// products or orders; everything that the account imports by default.
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<Kind>,
    /// Compares everything with what was imported, and imports what differs.
    #[arg(long, conflicts_with_all = ["backfill", "record"])]
    pub(crate) reconcile: bool,
    /// Imports what changed in this time, such as 2026-01-01..2026-02-01.
    #[arg(long, value_name = "FROM..TO", conflicts_with = "record")]
    pub(crate) backfill: Option<TimeRange>,
    /// Imports one record, by the vendor's id.
    #[arg(long, value_name = "ID", requires = "kind")]
    pub(crate) record: Option<VendorId>,
}

/// `flyball errors`.
#[derive(Debug, Args)]
pub(crate) struct ErrorsArgs {
    /// One of them, by its id: it is shown with its exact input.
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Whose; everybody's by default.
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<AccountId>,
}

/// `flyball replay`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["id", "all"])))]
pub(crate) struct ReplayArgs {
    /// One of them, by its id.
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
    /// All of them.
    #[arg(long)]
    pub(crate) all: bool,
    /// Whose; everybody's by default.
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<AccountId>,
}
