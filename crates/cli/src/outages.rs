use std::process::ExitCode;

use flyball_governor::Span;
use flyball_ops::Scope;
use flyball_ops::outages::{OutageView, PastView, UptimeView};
use serde_json::json;

use crate::args::OutagesArgs;
use crate::desk::{Desk, Place};
use crate::error::CliError;
use crate::output::{self, Format};
use crate::table::table;

/// The most outages of an account that are listed for people, the newest first.
const LISTED_MAX: usize = 20;

/// The widest column, in characters.
const COLUMN_MAX: usize = 80;

/// What the sums can't know, for people.
const HOW_COUNTED: &str = "available: of the time that is neither unknown nor switched off; \
    unknown: before an account was connected, since its last success, and while it waited to be \
    reconnected; switched off: by a stop of the account, not by a wider one";

/// Says which accounts' stores were down, from when to when, and how available they were.
pub(crate) async fn run(
    args: &OutagesArgs,
    at: Place<'_>,
    format: Format,
) -> Result<ExitCode, CliError> {
    let desk = Desk::reach(at).await?;
    let mut pasts = Vec::new();
    match &args.account {
        Some(id) => pasts.push(desk.past(id).await?),
        None => {
            for lane in desk.all_lanes(&Scope::All).await? {
                pasts.push(desk.past(&lane.account).await?);
            }
        }
    }
    match format {
        Format::Json => output::json(&json!({ "accounts": pasts }))?,
        Format::Text if pasts.is_empty() => {
            output::line(&format!("there are no accounts in {} yet", desk.name()))?;
        }
        Format::Text => {
            for line in to_lines(&pasts) {
                output::line(&line)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

const fn span(seconds: u64) -> Span {
    Span { ms: seconds.saturating_mul(1_000) }
}

/// An outage as people are told of it, wherever they are.
pub(crate) fn told(outage: &OutageView) -> String {
    let OutageView { down, why, .. } = outage;
    let lasted = span(outage.seconds);
    match outage.up {
        Some(_) => format!("last outage: from {down} for {lasted}: {why}"),
        None => format!("outage: since {down}, for {lasted} now: {why}"),
    }
}

fn lasted(outage: &OutageView) -> String {
    let lasted = span(outage.seconds);
    if outage.entries < 2 {
        return lasted.to_string();
    }
    format!("{lasted}, down {} of it in {} parts", span(outage.down_seconds), outage.entries)
}

fn outage_cells(past: &PastView, outage: &OutageView) -> [String; 9] {
    let dash = || "-".to_owned();
    let caught_up = match (outage.up, outage.caught_up) {
        (Some(up), Some(at)) => {
            format!("{} later", Span { ms: at.governor().since(up.governor()) })
        }
        (Some(_), None) if outage.deferred.is_some() => "not yet".to_owned(),
        (Some(_) | None, _) => dash(),
    };
    [
        past.account.to_string(),
        outage.down.to_string(),
        outage.up.map_or_else(|| "still down".to_owned(), |up| up.to_string()),
        lasted(outage),
        outage.class.clone().unwrap_or_else(dash),
        outage.failures.map_or_else(dash, |count| count.to_string()),
        outage.deferred.map_or_else(dash, |rows| rows.to_string()),
        caught_up,
        outage.why.clone(),
    ]
}

fn uptime_cells(past: &PastView, spent: &UptimeView) -> [String; 7] {
    let dash = || "-".to_owned();
    let told = |seconds| if seconds == 0 { dash() } else { span(seconds).to_string() };
    [
        past.account.to_string(),
        format!("{} d", spent.days),
        spent.available.clone().unwrap_or_else(dash),
        told(spent.down_seconds),
        spent.outages.to_string(),
        told(spent.unknown_seconds),
        told(spent.switched_off_seconds),
    ]
}

fn to_lines(pasts: &[PastView]) -> Vec<String> {
    let mut listed: Vec<(&PastView, &OutageView)> = pasts
        .iter()
        .flat_map(|past| past.outages.iter().take(LISTED_MAX).map(move |outage| (past, outage)))
        .collect();
    listed.sort_by_key(|(_, outage)| (outage.up.is_some(), core::cmp::Reverse(outage.down)));
    let mut lines = Vec::new();
    if listed.is_empty() {
        lines.push("no outages".to_owned());
    } else {
        let names =
            ["ACCOUNT", "DOWN", "UP", "LASTED", "CAUSE", "FAILED", "DEFERRED", "CAUGHT UP", "WHY"];
        let rows: Vec<_> = listed.iter().map(|(past, outage)| outage_cells(past, outage)).collect();
        lines.extend(table(names, &rows, COLUMN_MAX));
    }
    let all: usize = pasts.iter().map(|past| past.outages.len()).sum();
    let older = all.saturating_sub(listed.len());
    if older > 0 {
        lines.push(format!("and {older} older ones, which --json lists"));
    }
    lines.push(String::new());
    let names = ["ACCOUNT", "LAST", "AVAILABLE", "DOWN", "OUTAGES", "UNKNOWN", "SWITCHED OFF"];
    let rows: Vec<_> = pasts
        .iter()
        .flat_map(|past| past.uptime.iter().map(|spent| uptime_cells(past, spent)))
        .collect();
    lines.extend(table(names, &rows, COLUMN_MAX));
    lines.push(HOW_COUNTED.to_owned());
    lines
}
