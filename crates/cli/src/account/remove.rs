use std::path::Path;
use std::process::ExitCode;

use flyball_accounts::Account;
use flyball_domain::Message;
use flyball_governor::{Governor, StopCause};
use serde_json::json;

use crate::access::{self, Site};
use crate::args::RemoveArgs;
use crate::desk::{Desk, Place};
use crate::error::CliError;
use crate::output::{self, Format};
use crate::stop::stop_for_good;
use flyball_ops::{find_account, lane_of, wide_lanes};

/// Why a removed account's jobs stop.
const REASON: &str = "the account is being removed";

/// Where no data folder is, for who works in none.
const NO_FOLDER: &str = "/dev/null";

/// Disconnects a store: what runs stops, its credentials and what waits are gone, and what was
/// imported stays.
pub(super) async fn run(
    args: &RemoveArgs,
    site: &Site,
    format: Format,
) -> Result<ExitCode, CliError> {
    let access = access::reach_site(site).await?;
    let data = match site {
        Site::Folder(dir) => dir,
        Site::Stage(_) => Path::new(NO_FOLDER),
    };
    let stores = access.stores.clone();
    let at = Place { data, url: None };
    let desk = Desk::of_folder(access, data);
    let account = find_account(&stores.accounts, &args.account).await?;
    let running = stop_for_good(&desk, at, &account, REASON).await?;
    if running > 0 {
        return Err(CliError::new(format!(
            "found {running} jobs of {} that do not stop: it is stopped and still there, try again",
            account.id
        )));
    }
    // The account first: nobody finds it any more who would put something into its lot.
    stores.accounts.remove(&account.id).await?;
    let waited = empty_lots(&stores.governor, &account).await?;
    stores.governor.lift(&lane_of(&account.id)?, &StopCause::Account).await?;
    match format {
        Format::Json => output::json(&json!({
            "account": account.id, "removed": true, "jobs_given_up": waited,
        }))?,
        Format::Text => {
            output::line(&format!(
                "account {} is removed, and its credentials with it",
                account.id
            ))?;
            output::note("what was imported from it stays, under its id");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes what waits of an account out of its own lot and out of the wide ones, and returns how many
/// jobs that were.
async fn empty_lots(governor: &Governor, account: &Account) -> Result<usize, CliError> {
    let own = lane_of(&account.id)?;
    let rows = governor.parked(&own).await?;
    for row in &rows {
        governor.unpark(&own, &row.id, &row.requests).await?;
    }
    let board = governor.read_board().await?;
    for wide in wide_lanes(&board, account, governor.now())? {
        for row in governor.parked(&wide).await? {
            let is_ours = match Message::parse(&row.work) {
                Ok(message) => *message.account() == account.id,
                Err(_unreadable) => false,
            };
            if is_ours {
                governor.unpark(&wide, &row.id, &row.requests).await?;
            }
        }
    }
    Ok(rows.len())
}
