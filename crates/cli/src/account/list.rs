use std::process::ExitCode;

use flyball_accounts::{
    Account, AccountState, CeilingPercent, EVERY_MINUTES_DEFAULT, EveryMinutes, Schedule,
};
use flyball_domain::{Mode, UnixMillis};
use flyball_importer::CEILING_PERCENT_DEFAULT;
use serde_json::{Value, json};

use super::check::in_words;
use crate::access::{self, Site};
use crate::error::CliError;
use crate::output::{self, Format};
use crate::table::table;
use flyball_ops::all_accounts;

/// The widest column, in characters.
const COLUMN_MAX: usize = 60;

/// Lists the connected stores.
pub(super) async fn run(site: &Site, format: Format) -> Result<ExitCode, CliError> {
    let access = access::reach_site(site).await?;
    let now = UnixMillis(access.stores.governor.now().0);
    let accounts = all_accounts(&access.stores.accounts).await?;
    match format {
        Format::Json => {
            let accounts: Vec<Value> = accounts.iter().map(|one| to_json(one, now)).collect();
            output::json(&json!({ "accounts": accounts }))?;
        }
        Format::Text if accounts.is_empty() => {
            output::line(&format!("there are no accounts in {site} yet"))?;
        }
        Format::Text => {
            let names =
                ["ACCOUNT", "CUSTOMER", "ON", "STORE", "KINDS", "EVERY", "NEXT", "CREDENTIALS"];
            let rows: Vec<_> = accounts.iter().map(|account| cells(account, now)).collect();
            for line in table(names, &rows, COLUMN_MAX) {
                output::line(&line)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// When the next import of what has changed is due, and how often that is, in minutes.
fn next(account: &Account, now: UnixMillis) -> Option<UnixMillis> {
    let all = Schedule::of(account);
    let changes = all.iter().filter(|schedule| schedule.mode == Mode::Incremental);
    changes.map(|schedule| schedule.next_after(now)).min()
}

fn every(account: &Account) -> u32 {
    let own = account.policy.every_minutes;
    own.map_or(EVERY_MINUTES_DEFAULT, EveryMinutes::get)
}

const fn state(account: &Account) -> &'static str {
    match account.state {
        AccountState::Connected => "good",
        AccountState::Rejected { .. } => "refused",
        AccountState::GivenUp { .. } => "given up",
    }
}

fn cells(account: &Account, now: UnixMillis) -> [String; 8] {
    [
        account.id.to_string(),
        account.customer.to_string(),
        account.integration.to_string(),
        account.store.clone(),
        in_words(&account.kinds),
        format!("{} min", every(account)),
        next(account, now).map_or_else(|| "-".to_owned(), UnixMillis::to_rfc3339),
        state(account).to_owned(),
    ]
}

fn to_json(account: &Account, now: UnixMillis) -> Value {
    let ceiling = account.policy.ceiling_percent;
    json!({
        "account": account.id,
        "customer": account.customer,
        "integration": account.integration,
        "store": account.store,
        "kinds": account.kinds,
        "every_minutes": every(account),
        "next": next(account, now).map(UnixMillis::to_rfc3339),
        "ceiling_percent": ceiling.map_or(CEILING_PERCENT_DEFAULT, CeilingPercent::get),
        "rules": account.policy.mapping.rules().len(),
        "created": account.created_at.to_rfc3339(),
        "credentials": state(account),
        "why": match &account.state {
            AccountState::Connected => None,
            AccountState::Rejected { reason, .. } | AccountState::GivenUp { reason, .. } => {
                Some(reason)
            }
        },
    })
}
