use std::path::Path;
use std::process::ExitCode;

use flyball_domain::Kind;
use flyball_governor::core::{DAY_MS, Interval};
use flyball_governor::{Board, Span, Standing, UnixMillis};
use flyball_http::{BaseUrl, Reach};
use flyball_ops::accounts::doing;
use flyball_ops::board::{BoardView, Sentence};
use flyball_ops::outages::OutageView;
use flyball_ops::{Facts, all_accounts, down_ms};
use serde_json::{Value, json};

use crate::access::{self, ops};
use crate::error::CliError;
use crate::output::{self, Format};
use crate::table::table;

/// The widest column, in characters.
const COLUMN_MAX: usize = 100;

/// Says what every account is doing.
pub(crate) async fn run(data: &Path, format: Format) -> Result<ExitCode, CliError> {
    let access = access::reach(data).await?;
    let board = access.stores.governor.read_board().await?;
    let mut lines = Vec::new();
    for account in all_accounts(&access.stores.accounts).await? {
        let facts = Facts::of(&ops(&access.stores), account).await?;
        let mut records = 0_u64;
        for kind in Kind::ALL {
            let count = access.stores.records.count(&facts.account.id, *kind).await?;
            records = records.saturating_add(count);
        }
        lines.push(Line::new(facts, &board, records, access.stores.governor.now()));
    }
    let now = access.stores.governor.now();
    let board = BoardView::of(&board, now);
    if format == Format::Text {
        for sentence in &board.sentences {
            output::line(&sentence.as_of(now.into()))?;
        }
    }
    match format {
        Format::Json => {
            let accounts: Vec<Value> = lines.iter().map(Line::to_json).collect();
            let BoardView { switches, integrations, .. } = &board;
            let board = json!({ "switches": switches, "integrations": integrations });
            output::json(&json!({ "accounts": accounts, "board": board }))?;
        }
        Format::Text if lines.is_empty() => {
            output::line(&format!("there are no accounts in {} yet", data.display()))?;
        }
        Format::Text => {
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
            let rows: Vec<_> = lines.iter().map(Line::cells).collect();
            for line in table(names, &rows, COLUMN_MAX) {
                output::line(&line)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

struct Line {
    facts: Facts,
    host: String,
    standing: Standing,
    why: Option<Sentence>,
    records: u64,
    down_ms: u64,
    now: UnixMillis,
}

impl Line {
    fn new(facts: Facts, board: &Board, records: u64, now: UnixMillis) -> Self {
        let (standing, sentences) = doing(&facts, board, now);
        Self {
            host: host(&facts.account.store),
            standing,
            why: sentences.into_iter().next(),
            records,
            down_ms: down_ms(&facts.outages, Interval::last(DAY_MS, now)),
            facts,
            now,
        }
    }

    fn cells(&self) -> [String; 10] {
        let facts = &self.facts;
        let last = match (facts.last_import(), facts.importing()) {
            (_, Some((records, _))) => format!("{records} so far"),
            (Some(at), None) => at.to_rfc3339(),
            (None, None) => "-".to_owned(),
        };
        [
            facts.account.id.to_string(),
            facts.account.integration.to_string(),
            self.host.clone(),
            self.standing.to_string(),
            format!("{}/{}", facts.running(), facts.slots()),
            facts.parked.len().to_string(),
            self.records.to_string(),
            last,
            if self.down_ms == 0 { "-".to_owned() } else { Span { ms: self.down_ms }.to_string() },
            self.why.as_ref().map_or_else(|| "-".to_owned(), |why| why.as_of(self.now.into())),
        ]
    }

    fn to_json(&self) -> Value {
        let facts = &self.facts;
        json!({
            "account": facts.account.id,
            "integration": facts.account.integration,
            "store": self.host,
            "state": self.standing.as_str(),
            "running": facts.running(),
            "slots": facts.slots(),
            "parked": facts.parked.len(),
            "records": self.records,
            "importing": facts.importing().map(|(records, _)| records),
            "last_import": facts.last_import().map(flyball_domain::UnixMillis::to_rfc3339),
            "down_seconds_24h": self.down_ms / 1_000,
            "outage": facts.outages.first().filter(|outage| outage.up.is_none())
                .map(|outage| OutageView::of(outage, self.now)),
            "why": self.why.as_ref().map(|why| why.why.as_str()),
            "until": self.why.as_ref().and_then(|why| why.until),
        })
    }
}

/// The host, and the port where it is not the usual one, of a store's address.
fn host(store: &str) -> String {
    let known = BaseUrl::parse(store, Reach::Local).map(|base| base.to_string());
    let text = known.unwrap_or_else(|_not_a_url| store.to_owned());
    let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest).to_owned()
}
