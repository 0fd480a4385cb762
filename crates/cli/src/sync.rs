use std::process::ExitCode;

use flyball_ops::sync::{Asked, SyncMode, SyncRequest};
use serde_json::json;

use crate::args::SyncArgs;
use crate::desk::{Desk, Place, Workers};
use crate::error::CliError;
use crate::output::{self, Format};

/// Asks for one import of a connected store.
pub(crate) async fn run(
    args: &SyncArgs,
    at: Place<'_>,
    format: Format,
) -> Result<ExitCode, CliError> {
    let desk = Desk::reach(at).await?;
    let asked = desk.sync(&args.account, &request(args)).await?;
    tell(&asked, desk.workers(), format)?;
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
pub(crate) fn tell(asked: &Asked, workers: Workers, format: Format) -> Result<(), CliError> {
    let Asked { asked } = asked;
    match format {
        Format::Json => output::json(&json!({
            "asked": asked,
            "runs": match workers {
                Workers::None => "when `flyball up` does",
                Workers::AtWork => "now",
            },
        })),
        Format::Text => {
            for job in asked {
                output::line(&format!("asked for {job}"))?;
            }
            if workers == Workers::None && !asked.is_empty() {
                output::note("nobody imports at the moment: to begin, flyball up");
            }
            Ok(())
        }
    }
}
