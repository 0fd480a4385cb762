use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use flyball_domain::Integration;
use flyball_governor::Clock as _;
use flyball_runtime::{SystemClock, secret_bytes};
use flyball_storefronts::{
    BigCommerceSettings, Catalog, Counters, MagentoAccess, MagentoHabits, MagentoSettings,
    OAuthSecrets, OrderScope, Stock, Store, StoreConfig, Vendor, Zone,
};
use serde_json::json;

use crate::args::{Access, StorefrontArgs, StorefrontCommand};
use crate::error::CliError;
use crate::output::{self, Format};
use crate::signals;

/// How many products a store has that is not told.
const PRODUCTS_DEFAULT: u64 = 1_000;

/// The shop's name.
const NAME: &str = "Simulated Store";

/// What Shopify's Admin API access tokens begin with.
const SHOPIFY_TOKEN_PREFIX: &str = "shpat_";

/// The part of a `BigCommerce` store's address that names it.
const HASH: &str = "a1b2c3";

const SECRET_BYTES: usize = 16;

/// Serves one simulated store until Ctrl-C.
pub(crate) async fn run(command: StorefrontCommand, format: Format) -> Result<ExitCode, CliError> {
    let Asked { integration, vendor, token, args } = asked(command)?;
    let stock = match &args.catalog {
        Some(path) => Stock::Catalog(catalog(path)?),
        None => Stock::Generated { products: args.products.unwrap_or(PRODUCTS_DEFAULT) },
    };
    let config = StoreConfig {
        name: NAME.to_owned(),
        vendor,
        currency: args.currency,
        zone: Zone::utc(),
        token,
        stock,
        orders: args.orders,
        seed: args.seed,
        dials: args.dial,
        port: args.port,
    };
    let clock = SystemClock::new();
    let store = Store::serve(config, Arc::new(move || clock.now().0)).await?;
    let ended = signals::asked_to_end()?;
    match format {
        Format::Json => output::json(&json!({
            "integration": integration,
            "url": store.address(),
            "token": store.credentials(),
            "products": store.len(),
            "orders": store.orders_len(),
        }))?,
        Format::Text => {
            output::line(&format!("url    {}", store.address()))?;
            output::line(&format!("token  {}", store.credentials()))?;
        }
    }
    output::note(&format!(
        "serving until Ctrl-C; to import it: TOKEN='<token>' flyball import {integration} \
         --store <url> --token-env TOKEN --allow-local"
    ));
    ended.await;
    let counters = store.counters();
    store.stop().await;
    output::note(&told(&counters, format));
    Ok(ExitCode::SUCCESS)
}

/// A store that was asked for.
struct Asked {
    integration: Integration,
    vendor: Vendor,
    token: String,
    args: StorefrontArgs,
}

fn asked(command: StorefrontCommand) -> Result<Asked, CliError> {
    Ok(match command {
        StorefrontCommand::Shopify { store, plan, recent_orders } => {
            let scope = if recent_orders { OrderScope::Recent } else { OrderScope::All };
            Asked {
                integration: Integration::Shopify,
                vendor: Vendor::Shopify { plan, scope },
                token: format!("{SHOPIFY_TOKEN_PREFIX}{}", secret()?),
                args: store,
            }
        }
        StorefrontCommand::Bigcommerce { store, quota, others } => Asked {
            integration: Integration::Bigcommerce,
            vendor: Vendor::BigCommerce(BigCommerceSettings {
                hash: HASH.to_owned(),
                quota,
                others_per_window: others,
            }),
            token: secret()?,
            args: store,
        },
        StorefrontCommand::Magento { store, version, access, base_path } => {
            let access = match access {
                Access::Bearer => MagentoAccess::Bearer,
                Access::OAuth => MagentoAccess::OAuth(OAuthSecrets {
                    consumer_key: secret()?,
                    consumer_secret: secret()?,
                    token_secret: secret()?,
                }),
            };
            Asked {
                integration: Integration::Magento,
                vendor: Vendor::Magento(MagentoSettings {
                    version,
                    base_path,
                    access,
                    habits: MagentoHabits::plain(),
                }),
                token: secret()?,
                args: store,
            }
        }
    })
}

fn secret() -> Result<String, CliError> {
    Ok(secret_bytes::<SECRET_BYTES>()?.map(|byte| format!("{byte:02x}")).concat())
}

fn catalog(path: &Path) -> Result<Catalog, CliError> {
    let file = File::open(path).map_err(|error| {
        CliError::new(format!(
            "the product file {} can't be opened ({error}): name a CSV in Shopify's or Magento's \
             export format",
            path.display()
        ))
    })?;
    Catalog::read(io::BufReader::new(file))
        .map_err(|error| CliError::new(format!("{}: {error}", path.display())))
}

fn told(counters: &Counters, format: Format) -> String {
    let Counters { calls, answered, throttled, leases, jobs_at_once_max, .. } = counters;
    match format {
        Format::Text => format!(
            "{calls} calls, {answered} answered with data, {throttled} throttled; {leases} jobs, \
             at most {jobs_at_once_max} at once"
        ),
        Format::Json => json!({
            "calls": calls,
            "answered": answered,
            "throttled": throttled,
            "untagged": counters.untagged,
            "jobs": leases,
            "jobs_at_once_max": jobs_at_once_max,
            "cost_spent_points": counters.cost_spent_milli / 1_000,
            "cost_offered_points": counters.cost_offered_milli / 1_000,
        })
        .to_string(),
    }
}
