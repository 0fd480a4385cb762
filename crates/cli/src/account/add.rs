use std::process::ExitCode;

use flyball_accounts::{EVERY_MINUTES_DEFAULT, EveryMinutes};
use flyball_domain::{JobKey, Mode, UnixMillis};
use flyball_governor::Span;
use flyball_http::{BaseUrl, Reach};
use serde_json::json;

use super::check::{check, in_words};
use super::connect::{Before, Connected, Wanted, establish, prepare};
use crate::access::{self, Access, Owner, Site};
use crate::args::{AddArgs, Connection};
use crate::connect::{Ways, credentials};
use crate::error::CliError;
use crate::output::{self, Format};
use flyball_ops as ops;

const MINUTE_MS: u64 = 60_000;

/// Connects a store, after a call to see whether that works.
pub(super) async fn run(args: AddArgs, site: &Site, format: Format) -> Result<ExitCode, CliError> {
    let wanted = wanted(args)?;
    let connector = Ways::to_one().to(wanted.integration, &wanted.base, &wanted.credentials)?;
    let access = access::reach_site_or_make(site).await?;
    let now = UnixMillis(access.stores.governor.now().0);
    let connected = prepare(&access.stores, &wanted, now).await?;
    let calls = check(connector.as_ref(), &connected.account.kinds).await?;
    establish(&access.stores, &wanted, &connected).await?;
    let asked = ask_for_all(&access, &connected).await?;
    tell(&connected, asked, calls, format)?;
    Ok(ExitCode::SUCCESS)
}

fn wanted(args: AddArgs) -> Result<Wanted, CliError> {
    let AddArgs { connection, id, customer, kinds, every, reconcile_every } = args;
    let Connection { integration, store, token_env, allow_local, ceiling_percent } = connection;
    let reach = if allow_local { Reach::Local } else { Reach::Public };
    Ok(Wanted {
        integration,
        base: BaseUrl::parse(&store, reach)?,
        credentials: credentials(integration, &token_env)?,
        id,
        customer,
        kinds: kinds.map(|kinds| kinds.0),
        ceiling: ceiling_percent,
        every,
        reconcile_every,
    })
}

/// Whether somebody was asked for the first imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// They wait for `flyball up`.
    Waits,
    /// They begin at once, if the owner of the folder imports.
    Begins,
    /// Whoever owns the folder takes no jobs: the schedule will.
    No,
}

/// Asks for what changed, which is everything the first time, so that nobody waits for the
/// schedule.
async fn ask_for_all(access: &Access, connected: &Connected) -> Result<Asked, CliError> {
    // An account that was there has its schedule, and its jobs that wait in the lot.
    let Ok(queues) = access.queues().await else { return Ok(Asked::No) };
    let account = &connected.account;
    for kind in &account.kinds {
        let key = JobKey { account: account.id.clone(), kind: *kind, mode: Mode::Incremental };
        ops::ask(&access.stores.governor, &queues, account, &key).await?;
    }
    Ok(match access.owner {
        Owner::Me => Asked::Waits,
        Owner::Another => Asked::Begins,
    })
}

fn tell(connected: &Connected, asked: Asked, calls: u64, format: Format) -> Result<(), CliError> {
    let Connected { account, before } = connected;
    let every = account.policy.every_minutes.map_or(EVERY_MINUTES_DEFAULT, EveryMinutes::get);
    if format == Format::Json {
        return output::json(&json!({
            "account": account.id,
            "customer": account.customer,
            "integration": account.integration,
            "store": account.store,
            "kinds": account.kinds,
            "every_minutes": every,
            "new": *before == Before::New,
            "vendor_calls": calls,
        }));
    }
    let verb = match before {
        Before::New => "connected",
        Before::Connected => "connected again",
    };
    let every = Span { ms: u64::from(every).saturating_mul(MINUTE_MS) };
    output::line(&format!(
        "account {} is {verb}: {} of {}, every {every}",
        account.id,
        in_words(&account.kinds),
        account.store
    ))?;
    output::note(match asked {
        Asked::Waits => "to import it: flyball up",
        Asked::Begins => "the first import begins at once",
        Asked::No => "the first import begins by its schedule, as soon as flyball up runs",
    });
    Ok(())
}
