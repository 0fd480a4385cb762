use core::str::FromStr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use flyball_domain::Currency;
use flyball_storefronts::{Dial, MagentoVersion, ORDERS_MAX, PRODUCTS_MAX, Plan, Quota};

use crate::demo::ACCOUNTS_MAX;
use crate::input::number;
use flyball_ops::InputError;

/// The most products of an account of a demo.
const DEMO_PRODUCTS_MAX: u64 = 1_000_000;

/// The most orders of an account of a demo.
const DEMO_ORDERS_MAX: u64 = 100_000;

/// `flyball demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many stores, of all three platforms in turn; 6 by default.
    #[arg(long, value_name = "N",
        value_parser = number::<u32>("a number of accounts", 1, ACCOUNTS_MAX.into()))]
    pub(crate) accounts: Option<u32>,
    /// How many products each store has that serves no catalog; 2,000 by default.
    #[arg(long, value_name = "N",
        value_parser = number::<u64>("a number of products", 1, DEMO_PRODUCTS_MAX))]
    pub(crate) products: Option<u64>,
    /// How many orders each store has; 300 by default.
    #[arg(long, value_name = "N",
        value_parser = number::<u64>("a number of orders", 0, DEMO_ORDERS_MAX))]
    pub(crate) orders: Option<u64>,
    /// A product CSV in Shopify's export format, for Shopify and `BigCommerce` stores, or in
    /// Magento's, for Magento stores; several are served round robin.
    #[arg(long = "catalog", value_name = "CSV")]
    pub(crate) catalogs: Vec<PathBuf>,
    /// What stores and script are drawn from.
    #[arg(long, value_name = "S", value_parser = number::<u64>("a seed", 0, u64::MAX))]
    pub(crate) seed: Option<u64>,
}

/// Stores that can be simulated.
#[derive(Debug, Subcommand)]
pub(crate) enum StorefrontCommand {
    /// A Shopify store.
    Shopify {
        #[command(flatten)]
        store: StorefrontArgs,
        /// standard, advanced, plus or enterprise.
        #[arg(long, value_name = "P", default_value = "standard")]
        plan: Plan,
        /// Shows only orders of the last 60 days, as to an app without `read_all_orders`.
        #[arg(long)]
        recent_orders: bool,
    },
    /// A `BigCommerce` store.
    Bigcommerce {
        #[command(flatten)]
        store: StorefrontArgs,
        /// How many calls it takes in 30 seconds: standard (150), pro (450), a number, or
        /// unlimited.
        #[arg(long, value_name = "Q", default_value = "standard", value_parser = quota)]
        quota: Quota,
        /// How many of them other apps make.
        #[arg(long, value_name = "N", default_value = "0",
            value_parser = number::<u32>("a number of calls", 0, u64::from(u32::MAX)))]
        others: u32,
    },
    /// A Magento store.
    Magento {
        #[command(flatten)]
        store: StorefrontArgs,
        /// 2.3, which says the last page again for ever, or 2.4.
        #[arg(long, value_name = "V", default_value = "2.4", value_parser = magento_version)]
        version: MagentoVersion,
        /// bearer (the access token alone) or oauth (signed calls).
        #[arg(long, value_name = "A", default_value = "oauth")]
        access: Access,
        /// What comes before /rest in its addresses, such as /shop.
        #[arg(long, value_name = "PATH", default_value = "", value_parser = base_path)]
        base_path: String,
    },
}

/// With what a simulated Magento store is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The access token alone.
    Bearer,
    /// Signed calls.
    OAuth,
}

impl FromStr for Access {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        match text {
            "bearer" => Ok(Self::Bearer),
            "oauth" => Ok(Self::OAuth),
            _ => Err(InputError::new("an access", text, "bearer or oauth")),
        }
    }
}

/// What all simulated stores have.
#[derive(Debug, Args)]
pub(crate) struct StorefrontArgs {
    /// How many products; 1,000 by default.
    #[arg(long, value_name = "N", conflicts_with = "catalog",
        value_parser = number::<u64>("a number of products", 0, PRODUCTS_MAX))]
    pub(crate) products: Option<u64>,
    /// A product CSV in Shopify's or Magento's export format.
    #[arg(long, value_name = "CSV")]
    pub(crate) catalog: Option<PathBuf>,
    /// How many orders; none by default.
    #[arg(long, value_name = "N", default_value = "0",
        value_parser = number::<u64>("a number of orders", 0, ORDERS_MAX))]
    pub(crate) orders: u64,
    /// The port on loopback; any free one by default.
    #[arg(long, value_name = "N", default_value = "0",
        value_parser = number::<u16>("a port", 0, u64::from(u16::MAX)))]
    pub(crate) port: u16,
    /// What products, orders and faults are drawn from.
    #[arg(long, value_name = "S", default_value = "1",
        value_parser = number::<u64>("a seed", 0, u64::MAX))]
    pub(crate) seed: u64,
    /// A fault, and when: `status=503@10s..30s`, `latency=50ms..2s`, `throttled@every=7`; of one kind:
    /// `orders/status=403`.
    #[arg(long, value_name = "SPEC")]
    pub(crate) dial: Vec<Dial>,
    /// What prices are in.
    #[arg(long, value_name = "CODE", default_value = "EUR")]
    pub(crate) currency: Currency,
}

/// The longest path before a simulated store's `/rest`, in bytes.
const BASE_PATH_BYTES_MAX: usize = 100;

fn quota(text: &str) -> Result<Quota, InputError> {
    match text {
        "standard" => Ok(Quota::Standard),
        "pro" => Ok(Quota::Pro),
        "unlimited" => Ok(Quota::Unlimited),
        _ => text.parse().map(Quota::Enterprise).map_err(|_no_number| {
            InputError::new("a quota", text, "standard, pro, unlimited, or a number of calls")
        }),
    }
}

fn magento_version(text: &str) -> Result<MagentoVersion, InputError> {
    match text {
        "2.3" => Ok(MagentoVersion::Before24),
        "2.4" => Ok(MagentoVersion::From24),
        _ => Err(InputError::new("a version", text, "2.3 or 2.4")),
    }
}

fn base_path(text: &str) -> Result<String, InputError> {
    let plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let fits = text.len() <= BASE_PATH_BYTES_MAX
        && text.strip_prefix('/').is_some_and(|rest| rest.split('/').all(plain));
    if text.is_empty() || fits {
        Ok(text.to_owned())
    } else {
        Err(InputError::new("a path", text, "one such as /shop, of letters, digits, - and _"))
    }
}
