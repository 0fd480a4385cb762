use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use flyball_accounts::Account;
use flyball_domain::{JobKey, Kind, Mode};
use serde_json::json;

use crate::access::{self, Owner};
use crate::args::SyncArgs;
use crate::error::CliError;
use crate::output::{self, Format};
use flyball_ops as ops;
use flyball_ops::find_account;

/// Asks for one import of a connected store.
pub(crate) async fn run(
    args: &SyncArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let access = access::reach(data).await?;
    let account = find_account(&access.stores.accounts, &args.account).await?;
    let mode = mode(args);
    let queues = access.queues().await?;
    let mut asked = Vec::new();
    for kind in kinds(args, &account)? {
        let key = JobKey { account: account.id.clone(), kind, mode: mode.clone() };
        ops::ask(&access.stores.governor, &queues, &account, &key).await?;
        asked.push(key.to_string());
    }
    tell(&asked, access.owner, format)?;
    Ok(ExitCode::SUCCESS)
}

fn mode(args: &SyncArgs) -> Mode {
    match (&args.record, args.backfill, args.reconcile) {
        (Some(id), _, _) => Mode::Record { id: id.clone() },
        (None, Some(range), _) => Mode::Backfill { from: range.from, to: range.to },
        (None, None, true) => Mode::Reconcile,
        (None, None, false) => Mode::Incremental,
    }
}

fn kinds(args: &SyncArgs, account: &Account) -> Result<BTreeSet<Kind>, CliError> {
    match args.kind {
        None => Ok(account.kinds.clone()),
        Some(kind) if account.kinds.contains(&kind) => Ok(BTreeSet::from([kind])),
        Some(kind) => Err(CliError::new(format!(
            "found {kind}, which account {} does not import: connect it again with --kinds",
            account.id
        ))),
    }
}

/// Tells which jobs were asked for, and who will run them.
pub(crate) fn tell(asked: &[String], owner: Owner, format: Format) -> Result<(), CliError> {
    match format {
        Format::Json => output::json(&json!({
            "asked": asked,
            "runs": match owner {
                Owner::Me => "when `flyball up` does",
                Owner::Another => "now",
            },
        })),
        Format::Text => {
            for job in asked {
                output::line(&format!("asked for {job}"))?;
            }
            if owner == Owner::Me && !asked.is_empty() {
                output::note("nobody imports at the moment: to begin, flyball up");
            }
            Ok(())
        }
    }
}
