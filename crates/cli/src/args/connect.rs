use std::path::PathBuf;

use clap::Args;
use flyball_accounts::CeilingPercent;
use flyball_domain::Integration;

use crate::import::Target;
use crate::input::{Kinds, number};
use flyball_ops::InputError;

/// What it takes to call a store.
#[derive(Debug, Args)]
pub(crate) struct Connection {
    /// shopify, bigcommerce or magento.
    #[arg(value_name = "INTEGRATION")]
    pub(crate) integration: Integration,
    /// The store's address: `https://example.myshopify.com`,
    /// `https://api.bigcommerce.com/stores/a1b2c3`, or that of a Magento store.
    #[arg(long, value_name = "URL")]
    pub(crate) store: String,
    /// The environment variable that holds the store's credentials: Shopify's Admin API access
    /// token, `BigCommerce`'s API token, or Magento's bearer token or the four secrets of an
    /// integration as JSON (`consumer_key`, `consumer_secret`, `access_token`,
    /// `access_token_secret`).
    #[arg(long, value_name = "NAME")]
    pub(crate) token_env: String,
    /// Lets the store be at a plain http, private or loopback address.
    #[arg(long)]
    pub(crate) allow_local: bool,
    /// How much of the vendor's budget may be used, in percent; 100 by default.
    #[arg(long, value_name = "PERCENT", value_parser = ceiling_percent)]
    pub(crate) ceiling_percent: Option<CeilingPercent>,
}

/// `flyball import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// products, orders or both with a comma between; both by default, products with --to -.
    #[arg(long, value_name = "KINDS")]
    pub(crate) kinds: Option<Kinds>,
    /// A data folder, or - for NDJSON of one kind on the standard output; the data folder by
    /// default.
    #[arg(long, value_name = "DIR|-")]
    pub(crate) to: Option<Target>,
    /// With --to -: the file that remembers how far the import has come.
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
}

fn ceiling_percent(text: &str) -> Result<CeilingPercent, InputError> {
    let (min, max) = (CeilingPercent::MIN.into(), CeilingPercent::MAX.into());
    let percent = number::<u64>("a percentage of the vendor's budget", min, max)(text)?;
    CeilingPercent::try_from(percent).map_err(|error| {
        InputError::new("a percentage of the vendor's budget", text, error.to_string())
    })
}
