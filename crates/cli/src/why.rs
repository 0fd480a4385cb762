use std::process::ExitCode;

use flyball_governor::Span;
use flyball_ops::why::{AsidesView, KindView, ProgressView, WaitingJob, WhyView};

use crate::args::WhyArgs;
use crate::desk::{Desk, Place};
use crate::error::CliError;
use crate::outages;
use crate::output::{self, Format};

/// Says what an account is doing, and if it waits: why, and until when.
pub(crate) async fn run(
    args: &WhyArgs,
    at: Place<'_>,
    format: Format,
) -> Result<ExitCode, CliError> {
    let view = Desk::reach(at).await?.why(&args.account).await?;
    match format {
        Format::Json => output::json(&view)?,
        Format::Text => {
            for line in to_lines(&view) {
                output::line(&line)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn to_lines(view: &WhyView) -> Vec<String> {
    let WhyView { at, account, integration, store, state, .. } = view;
    let mut lines = vec![format!("{account} ({integration}, {store}): {state}")];
    lines.extend(view.sentences.iter().map(|why| format!("  {}", why.as_of(*at))));
    for (kind, KindView { importing, last_import }) in &view.kinds {
        lines.push(match (importing, last_import) {
            (Some(ProgressView { records, pages }), _) => {
                format!("{kind}: {records} records in {pages} pages so far")
            }
            (None, Some(at)) => format!("{kind}: last import finished {at}"),
            (None, None) => format!("{kind}: not imported yet"),
        });
    }
    for WaitingJob { job, since, why, .. } in &view.parked {
        let waited = Span { ms: at.governor().since(since.governor()) };
        lines.push(format!("parked: {job}, for {waited} now: {}", why.as_of(*at)));
    }
    let AsidesView { count, more, reasons } = &view.set_aside;
    if *count > 0 {
        let more = if *more { " or more" } else { "" };
        lines.push(format!("set aside: {count}{more}"));
        lines.extend(reasons.iter().map(|one| format!("  {} x {}", one.count, one.reason)));
    }
    lines.extend(view.last_outage.as_ref().map(outages::told));
    lines
}
