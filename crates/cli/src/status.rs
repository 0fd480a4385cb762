use std::process::ExitCode;

use flyball_governor::Span;
use flyball_ops::Moment;
use flyball_ops::accounts::AccountLine;
use flyball_ops::board::Sentence;

use crate::desk::{Desk, Place};
use crate::error::CliError;
use crate::output::{self, Format};
use crate::table::table;

/// The widest column, in characters.
const COLUMN_MAX: usize = 100;

/// Says what every account is doing.
pub(crate) async fn run(at: Place<'_>, format: Format) -> Result<ExitCode, CliError> {
    let desk = Desk::reach(at).await?;
    let status = desk.status().await?;
    if format == Format::Json {
        output::json(&status)?;
        return Ok(ExitCode::SUCCESS);
    }
    for sentence in &status.board.sentences {
        output::line(&sentence.as_of(status.at))?;
    }
    if status.accounts.is_empty() {
        output::line(&format!("there are no accounts in {} yet", desk.name()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let names = [
        "ACCOUNT",
        "ON",
        "STORE",
        "DOES",
        "SLOTS",
        "PARKED",
        "RECORDS",
        "LAST IMPORT",
        "DOWN 24 H",
        "WHY",
    ];
    let rows: Vec<_> = status.accounts.iter().map(|line| cells(line, status.at)).collect();
    for line in table(names, &rows, COLUMN_MAX) {
        output::line(&line)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn cells(line: &AccountLine, now: Moment) -> [String; 10] {
    let dash = || "-".to_owned();
    let last = match (line.last_import, line.importing) {
        (_, Some(records)) => format!("{records} so far"),
        (Some(at), None) => at.to_string(),
        (None, None) => dash(),
    };
    let down = Span { ms: line.down_seconds_24h.saturating_mul(1_000) };
    let why = line.why.clone().map(|why| Sentence { why, until: line.until }.as_of(now));
    [
        line.account.to_string(),
        line.integration.to_string(),
        line.store.clone(),
        line.state.clone(),
        format!("{}/{}", line.running, line.slots),
        line.parked.to_string(),
        line.records.map_or_else(dash, |records| records.to_string()),
        last,
        if down.ms == 0 { dash() } else { down.to_string() },
        why.unwrap_or_else(dash),
    ]
}
