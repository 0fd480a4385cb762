use std::path::Path;
use std::process::ExitCode;

use flyball_ops::sync::{SyncMode, SyncRequest};
use flyball_ops::{ask, find_account};
use serde_json::json;

use crate::access::{self, Owner};
use crate::args::SyncArgs;
use crate::error::CliError;
use crate::output::{self, Format};

/// Asks for one import of a connected store.
pub(crate) async fn run(
    args: &SyncArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let access = access::reach(data).await?;
    let account = find_account(&access.stores.accounts, &args.account).await?;
    let wanted = request(args).jobs(&account)?;
    let queues = access.queues().await?;
    let mut asked = Vec::new();
    for key in wanted {
        ask(&access.stores.governor, &queues, &account, &key).await?;
        asked.push(key.to_string());
    }
    tell(&asked, access.owner, format)?;
    Ok(ExitCode::SUCCESS)
}

fn request(args: &SyncArgs) -> SyncRequest {
    let mode = match (&args.record, args.backfill, args.reconcile) {
        (Some(id), _, _) => SyncMode::Record { id: id.clone() },
        (None, Some(range), _) => {
            SyncMode::Backfill { from: range.from.into(), to: range.to.into() }
        }
        (None, None, true) => SyncMode::Reconcile,
        (None, None, false) => SyncMode::Incremental,
    };
    SyncRequest { kind: args.kind, mode: Some(mode) }
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
