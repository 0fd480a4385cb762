use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use flyball_governor::Clock as _;
use flyball_runtime::{SystemClock, secret_bytes};
use flyball_storefronts::{
    Catalog, Counters, OrderScope, Stock, Store, StoreConfig, Vendor, Zone,
};
use serde_json::json;

use crate::args::StorefrontArgs;
use crate::error::CliError;
use crate::output::{self, Format};

/// How many products a store has that is not told.
const PRODUCTS_DEFAULT: u64 = 1_000;

/// The shop's name.
const NAME: &str = "Simulated Store";

/// What Shopify's Admin API access tokens begin with.
const TOKEN_PREFIX: &str = "shpat_";

const TOKEN_BYTES: usize = 16;

/// Serves one simulated store until Ctrl-C.
pub(crate) async fn run(args: StorefrontArgs, format: Format) -> Result<ExitCode, CliError> {
    let stock = match &args.catalog {
        Some(path) => Stock::Catalog(catalog(path)?),
        None => Stock::Generated { products: args.products.unwrap_or(PRODUCTS_DEFAULT) },
    };
    let digits = secret_bytes::<TOKEN_BYTES>()?.map(|byte| format!("{byte:02x}")).concat();
    let config = StoreConfig {
        name: NAME.to_owned(),
        vendor: Vendor::Shopify { plan: args.plan, scope: OrderScope::All },
        currency: args.currency,
        zone: Zone::utc(),
        token: format!("{TOKEN_PREFIX}{digits}"),
        stock,
        orders: 0,
        seed: args.seed,
        dials: args.dial,
        port: args.port,
    };
    let clock = SystemClock::new();
    let store = Store::serve(config, Arc::new(move || clock.now().0)).await?;
    let ended = ended()?;
    match format {
        Format::Json => output::json(&json!({
            "url": store.url(),
            "token": store.token(),
            "plan": args.plan.as_str(),
            "products": store.len(),
        }))?,
        Format::Text => {
            output::line(&format!("url    {}", store.url()))?;
            output::line(&format!("token  {}", store.token()))?;
        }
    }
    let hint = "serving until Ctrl-C; to import it: TOKEN=<token> flyball import shopify \
                --store <url> --token-env TOKEN --allow-local";
    output::note(hint);
    ended.await;
    let counters = store.counters();
    store.stop().await;
    output::note(&told(&counters, format));
    Ok(ExitCode::SUCCESS)
}

fn catalog(path: &Path) -> Result<Catalog, CliError> {
    let file = File::open(path).map_err(|error| {
        CliError::new(format!(
            "the product file {} can't be opened ({error}): name a CSV in Shopify's export format",
            path.display()
        ))
    })?;
    Catalog::read(io::BufReader::new(file))
        .map_err(|error| CliError::new(format!("{}: {error}", path.display())))
}

/// Begins to listen for Ctrl-C and for being told to end, and comes back at the first of them.
#[cfg(unix)]
fn ended() -> Result<impl Future<Output = ()>, CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Comes back at Ctrl-C.
#[cfg(not(unix))]
fn ended() -> Result<impl Future<Output = ()>, CliError> {
    // Where Ctrl-C can't be listened for, it ends the process by itself.
    Ok(async { drop(tokio::signal::ctrl_c().await) })
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
