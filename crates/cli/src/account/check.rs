//! Whether a store can be imported from: a walk through its last second, of each kind.

use core::time::Duration;
use std::collections::BTreeSet;
use std::process::ExitCode;

use flyball_accounts::Purpose;
use flyball_connector::{CallTag, Class, Connector, Failure, Plan, Rejection, Span, Step};
use flyball_domain::{Integration, Kind, UnixMillis};
use flyball_governor::{Clock as _, Entropy as _, Nonce, Policy};
use flyball_importer::CEILING_PERCENT_DEFAULT;
use flyball_runtime::{SystemClock, SystemEntropy};
use serde_json::json;

use crate::access::{self, Site};
use crate::args::CheckArgs;
use crate::connect::Ways;
use crate::error::CliError;
use crate::output::{self, Format};
use flyball_ops::find_account;

/// The most calls that a check of one kind makes: what a walk asks first, and a page.
const CALLS_MAX: u64 = 6;

/// How much of the past a check walks through, in milliseconds.
const WINDOW_MS: u64 = 1_000;

/// The longest that a check waits between two calls, in milliseconds.
const PAUSE_MS_MAX: u64 = 3_000;

/// Checks a connected store.
pub(super) async fn run(
    args: &CheckArgs,
    site: &Site,
    format: Format,
) -> Result<ExitCode, CliError> {
    let access = access::reach_site(site).await?;
    let accounts = &access.stores.accounts;
    let account = find_account(accounts, &args.account).await?;
    let purpose = Purpose::AccessToken;
    let secret = accounts.open_credentials(&account.id, account.integration, purpose).await?;
    let connector = Ways::to_one().of(account.integration).connect(&account, &secret)?;
    let calls = check(connector.as_ref(), &account.kinds).await?;
    match format {
        Format::Json => output::json(&json!({
            "account": account.id, "good": true, "kinds": account.kinds, "vendor_calls": calls,
        }))?,
        Format::Text => output::line(&format!(
            "{}: {} answers, and lets its {} be read",
            account.id,
            account.store,
            in_words(&account.kinds)
        ))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Kinds for people.
pub(super) fn in_words(kinds: &BTreeSet<Kind>) -> String {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    words.join(" and ")
}

/// Sees whether these kinds can be read, and returns how many calls that took.
///
/// # Errors
/// What the store said, and what to do about it.
pub(super) async fn check(
    connector: &dyn Connector,
    kinds: &BTreeSet<Kind>,
) -> Result<u64, CliError> {
    let mut calls = 0_u64;
    for kind in kinds {
        match check_kind(connector, *kind, &mut calls).await {
            // A store that wants to be asked more slowly has accepted the credentials.
            Ok(()) | Err(Trouble::Failed(Failure { class: Class::Throttled { .. }, .. })) => {}
            Err(Trouble::Failed(failure)) => {
                let what = advice(connector.integration(), &failure, *kind);
                return Err(CliError::new(format!(
                    "the store's {kind} can't be read: {failure}; {what}"
                )));
            }
            Err(Trouble::Ours(error)) => return Err(error),
        }
    }
    Ok(calls)
}

enum Trouble {
    Failed(Failure),
    Ours(CliError),
}

async fn check_kind(connector: &dyn Connector, kind: Kind, calls: &mut u64) -> Result<(), Trouble> {
    let clock = SystemClock::new();
    let now = || UnixMillis(clock.now().0);
    let span = Span::Changed { from: Some(now().minus(WINDOW_MS)), until: now() };
    let plan = Plan { kind, span, resume: None, ceiling_percent: CEILING_PERCENT_DEFAULT };
    let mut walk = connector.walk(&plan).map_err(|error| Trouble::Ours(error.into()))?;
    let lease = format!("check.{}", Nonce::from_random(SystemEntropy.next_u64()));
    for n in 1..=CALLS_MAX {
        let Step::Call(call) = walk.next() else { return Ok(()) };
        rest(walk.ready_at(now(), 1).since(now()).min(PAUSE_MS_MAX)).await;
        *calls = calls.saturating_add(1);
        walk.sent(now());
        let tag = CallTag { lease: lease.clone(), n };
        let timeout_ms = Policy::STANDARD.call_timeout_ms;
        let reply = connector.send(&call, &tag, timeout_ms).await.map_err(Trouble::Failed)?;
        walk.absorb(reply, now()).map_err(Trouble::Failed)?;
    }
    Ok(())
}

fn advice(integration: Integration, failure: &Failure, kind: Kind) -> String {
    match &failure.class {
        Class::Rejected(Rejection::Credentials) => {
            "check that the variable holds this store's credentials".to_owned()
        }
        Class::Rejected(Rejection::Permission) => {
            format!("give the app or integration the permission to read {kind}")
        }
        Class::Suspended(_) => "check the address, and whether the store is open".to_owned(),
        Class::Throttled { .. } | Class::Unavailable { .. } => {
            "check the address and the credentials, and try again".to_owned()
        }
        Class::Poison(_) | Class::Ours => {
            format!("check that this is the address of a {integration} store")
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a process of one's own is not billed for waiting")]
async fn rest(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}
