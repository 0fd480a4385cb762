use std::path::Path;
use std::process::ExitCode;

use flyball_accounts::Account;
use flyball_governor::core::{
    DAY_MS, FLAP_MS, History, Interval, UPTIME_DAYS, Uptime, merge, summarize,
};
use flyball_governor::{
    Lane, OUTAGES_READ_MAX, Outage, Span, StopCause, StretchEnd, UnixMillis, WorkKind,
};
use flyball_local::Stores;
use serde_json::{Value, json};

use crate::access;
use crate::args::OutagesArgs;
use crate::error::CliError;
use crate::output::{self, Format};
use crate::table::moment;
use crate::table::table;
use flyball_ops::{all_accounts, find_account, lane_of, outages_of};

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
    let mut pasts = Vec::new();
    for account in accounts {
        pasts.push(Past::of(&access.stores, account).await?);
    }
    match format {
        Format::Json => {
            let accounts: Vec<Value> = pasts.iter().map(Past::to_json).collect();
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

/// An outage as machines are told of it, wherever they are.
pub(crate) fn to_json(outage: &Outage, now: UnixMillis) -> Value {
    json!({
        "down": moment(outage.down),
        "up": outage.up.map(moment),
        "seconds": outage.lasted_ms(now) / 1_000,
        "down_seconds": outage.down_ms(now) / 1_000,
        "why": outage.why,
        "class": outage.class,
        "detected": outage.detected.map(moment),
        "last_success_before": outage.ok.map(moment),
        "failures": outage.failures,
        "answers": outage.answers(),
        "evidence": outage.evidence,
        "kinds": outage.kinds.iter().map(WorkKind::as_str).collect::<Vec<_>>(),
        "deferred": outage.deferred,
        "caught_up": outage.caught_up.map(moment),
        "entries": outage.parts,
    })
}

/// What is known of an account's past.
struct Past {
    account: Account,
    /// As the ledger has them.
    entries: Vec<Outage>,
    /// Flaps told as one, the newest first.
    outages: Vec<Outage>,
    switched: Vec<Interval>,
    unknown: Vec<Interval>,
    now: UnixMillis,
}

impl Past {
    async fn of(stores: &Stores, account: Account) -> Result<Self, CliError> {
        let governor = &stores.governor;
        let now = governor.now();
        let id = lane_of(&account.id)?;
        let lane = governor.look(&id).await?;
        let entries = outages_of(governor, &id, lane.as_ref()).await?;
        let mut unknown = not_watched(&account, lane.as_ref(), &entries, now);
        let mut switched = Vec::new();
        for stretch in governor.stretches(&id, lane.as_ref()).await? {
            let interval = stretch.interval(now);
            match (stretch.cause, stretch.end) {
                // What runs goes on, or other work, and shows whether the store is there.
                (StopCause::Work(_), _) => {}
                (StopCause::Customer | StopCause::Account, _) if stretch.mode.slots() > 0 => {}
                (
                    StopCause::Customer | StopCause::Account,
                    StretchEnd::Standing(_) | StretchEnd::At(_),
                ) => switched.push(interval),
                (StopCause::Customer | StopCause::Account, StretchEnd::Unknown(_))
                | (StopCause::Rejected | StopCause::DeadMan, _) => unknown.push(interval),
            }
        }
        let mut outages = merge(entries.clone(), FLAP_MS);
        outages.reverse();
        Ok(Self { account, entries, outages, switched, unknown, now })
    }

    fn uptime(&self, days: u64) -> Uptime {
        let window = Interval::last(days.saturating_mul(DAY_MS), self.now);
        let history =
            History { outages: &self.entries, switched: &self.switched, unknown: &self.unknown };
        summarize(window, history, self.now)
    }

    fn to_json(&self) -> Value {
        let uptime = |days: &u64| {
            let spent = self.uptime(*days);
            json!({
                "days": days,
                "available": spent.available().map(|share| share.to_string()),
                "available_basis_points": spent.available().map(|share| share.basis_points),
                "up_seconds": spent.up_ms / 1_000,
                "down_seconds": spent.down_ms / 1_000,
                "unknown_seconds": spent.unknown_ms / 1_000,
                "switched_off_seconds": spent.switched_ms / 1_000,
                "outages": spent.outages,
            })
        };
        json!({
            "account": self.account.id,
            "integration": self.account.integration,
            "store": self.account.store,
            "outages": self.outages.iter().map(|outage| to_json(outage, self.now)).collect::<Vec<_>>(),
            "uptime": UPTIME_DAYS.iter().map(uptime).collect::<Vec<_>>(),
        })
    }

    fn lasted(&self, outage: &Outage) -> String {
        let lasted = Span { ms: outage.lasted_ms(self.now) };
        if outage.between_ms == 0 {
            return lasted.to_string();
        }
        let down = Span { ms: outage.down_ms(self.now) };
        format!("{lasted}, down {down} of it in {} parts", outage.parts)
    }

    fn outage_cells(&self, outage: &Outage) -> [String; 9] {
        let dash = || "-".to_owned();
        let caught_up = match (outage.up, outage.caught_up) {
            (Some(up), Some(at)) => format!("{} later", Span { ms: at.since(up) }),
            (Some(_), None) if outage.deferred.is_some() => "not yet".to_owned(),
            (Some(_) | None, _) => dash(),
        };
        [
            self.account.id.to_string(),
            moment(outage.down),
            outage.up.map_or_else(|| "still down".to_owned(), moment),
            self.lasted(outage),
            outage.class.clone().unwrap_or_else(dash),
            outage.failures.map_or_else(dash, |count| count.to_string()),
            outage.deferred.map_or_else(dash, |rows| rows.to_string()),
            caught_up,
            outage.why.clone(),
        ]
    }

    fn uptime_cells(&self, days: u64) -> [String; 7] {
        let spent = self.uptime(days);
        let span = |ms: u64| if ms == 0 { "-".to_owned() } else { Span { ms }.to_string() };
        [
            self.account.id.to_string(),
            format!("{days} d"),
            spent.available().map_or_else(|| "-".to_owned(), |share| share.to_string()),
            span(spent.down_ms),
            spent.outages.to_string(),
            span(spent.unknown_ms),
            span(spent.switched_ms),
        ]
    }
}

/// When nobody called the store, so that nobody can tell whether it was there.
fn not_watched(
    account: &Account,
    lane: Option<&Lane>,
    outages: &[Outage],
    now: UnixMillis,
) -> Vec<Interval> {
    let (first, end) = (UnixMillis(0), UnixMillis(u64::MAX));
    let Some(lane) = lane else { return vec![Interval { from: first, to: end }] };
    let runs = lane.held.values().any(|slot| now < slot.expires);
    let successes = outages.iter().filter_map(|outage| outage.up).chain(lane.ok);
    let last = successes.chain(runs.then_some(now)).max();
    let mut unknown = vec![
        Interval { from: first, to: UnixMillis(account.created_at.0) },
        Interval { from: last.unwrap_or(first), to: end },
    ];
    if let Some(oldest) = outages.get(OUTAGES_READ_MAX.saturating_sub(1)) {
        unknown.push(Interval { from: first, to: oldest.down });
    }
    unknown
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
        let rows: Vec<_> = listed.iter().map(|(past, outage)| past.outage_cells(outage)).collect();
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
        .flat_map(|past| UPTIME_DAYS.iter().map(|days| past.uptime_cells(*days)))
        .collect();
    lines.extend(table(names, &rows, COLUMN_MAX));
    lines.push(HOW_COUNTED.to_owned());
    lines
}
