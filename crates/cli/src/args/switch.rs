use clap::Args;

use crate::input::Lasting;
use flyball_ops::{Author, Mode, REASON_CHARS_MAX, Scope, Words};

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
    pub(crate) by: Option<Author>,
    /// A rule that was read and is not to keep this from happening, such as held-accounts.
    #[arg(long, value_name = "RULE")]
    pub(crate) confirm: Vec<String>,
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
