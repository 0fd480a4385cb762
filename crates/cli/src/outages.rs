use std::path::Path;
use std::process::ExitCode;

use flyball_governor::core::UPTIME_DAYS;
use flyball_governor::{Outage, Span, UnixMillis};
use flyball_ops::outages::{Past, PastView};
use flyball_ops::{all_accounts, find_account};
use serde_json::json;

use crate::access::{self, ops};
use crate::args::OutagesArgs;
use crate::error::CliError;
use crate::output::{self, Format};
use crate::table::{moment, table};

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
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let access = access::reach(data).await?;
    let accounts = match &args.account {
        Some(id) => vec![find_account(&access.stores.accounts, id).await?],
        None => all_accounts(&access.stores.accounts).await?,
    };
    let ops = ops(&access.stores);
    let mut pasts = Vec::new();
    for account in accounts {
        pasts.push(Past::of(&ops, account).await?);
    }
    match format {
        Format::Json => {
            let accounts: Vec<PastView> = pasts.iter().map(Past::view).collect();
            output::json(&json!({ "accounts": accounts }))?;
        }
        Format::Text if pasts.is_empty() => {
            output::line(&format!("there are no accounts in {} yet", data.display()))?;
        }
        Format::Text => {
            for line in to_lines(&pasts) {
                output::line(&line)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// An outage as people are told of it, wherever they are.
pub(crate) fn told(outage: &Outage, now: UnixMillis) -> String {
    let lasted = Span { ms: outage.lasted_ms(now) };
    let (down, why) = (moment(outage.down), &outage.why);
    match outage.up {
        Some(_) => format!("last outage: from {down} for {lasted}: {why}"),
        None => format!("outage: since {down}, for {lasted} now: {why}"),
    }
}

fn lasted(past: &Past, outage: &Outage) -> String {
    let lasted = Span { ms: outage.lasted_ms(past.now) };
    if outage.between_ms == 0 {
        return lasted.to_string();
    }
    let down = Span { ms: outage.down_ms(past.now) };
    format!("{lasted}, down {down} of it in {} parts", outage.parts)
}

fn outage_cells(past: &Past, outage: &Outage) -> [String; 9] {
    let dash = || "-".to_owned();
    let caught_up = match (outage.up, outage.caught_up) {
        (Some(up), Some(at)) => format!("{} later", Span { ms: at.since(up) }),
        (Some(_), None) if outage.deferred.is_some() => "not yet".to_owned(),
        (Some(_) | None, _) => dash(),
    };
    [
        past.account.id.to_string(),
        moment(outage.down),
        outage.up.map_or_else(|| "still down".to_owned(), moment),
        lasted(past, outage),
        outage.class.clone().unwrap_or_else(dash),
        outage.failures.map_or_else(dash, |count| count.to_string()),
        outage.deferred.map_or_else(dash, |rows| rows.to_string()),
        caught_up,
        outage.why.clone(),
    ]
}

fn uptime_cells(past: &Past, days: u64) -> [String; 7] {
    let spent = past.uptime(days);
    let span = |ms: u64| if ms == 0 { "-".to_owned() } else { Span { ms }.to_string() };
    [
        past.account.id.to_string(),
        format!("{days} d"),
        spent.available().map_or_else(|| "-".to_owned(), |share| share.to_string()),
        span(spent.down_ms),
        spent.outages.to_string(),
        span(spent.unknown_ms),
        span(spent.switched_ms),
    ]
}

fn to_lines(pasts: &[Past]) -> Vec<String> {
    let mut listed: Vec<(&Past, &Outage)> = pasts
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
        .flat_map(|past| UPTIME_DAYS.iter().map(|days| uptime_cells(past, *days)))
        .collect();
    lines.extend(table(names, &rows, COLUMN_MAX));
    lines.push(HOW_COUNTED.to_owned());
    lines
}
