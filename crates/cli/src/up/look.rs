//! What goes on in all accounts, for one line.

use flyball_accounts::{Account, AccountState, Schedule};
use flyball_domain::{AccountId, UnixMillis};
use flyball_governor::{Lane, Standing, standing};
use flyball_local::Stores;
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::tally::{Counts, Tally};
use crate::error::CliError;
use flyball_ops::lane_of;

/// How many accounts are looked at at once.
const LOOKS_AT_ONCE: usize = 8;

/// How many stores in trouble a line names.
const NAMED_MAX: usize = 3;

/// What goes on.
#[derive(Clone, Debug)]
pub(super) struct Look {
    accounts: u64,
    running: u64,
    waiting: u64,
    counts: Counts,
    /// When the next import is due.
    next: Option<UnixMillis>,
    down: Vec<Trouble>,
    disconnected: Vec<Trouble>,
}

/// A store that can't be imported.
#[derive(Clone, Debug)]
struct Trouble {
    account: AccountId,
    since: UnixMillis,
    why: String,
}

/// What goes on in one account.
struct Of {
    running: u64,
    waiting: u64,
    next: Option<UnixMillis>,
    down: Option<Trouble>,
    disconnected: Option<Trouble>,
}

/// Looks at all accounts.
pub(super) async fn look(stores: &Stores, tally: &Tally, at: Instant) -> Result<Look, CliError> {
    let mut look = Look {
        accounts: 0,
        running: 0,
        waiting: 0,
        counts: tally.counts(at),
        next: None,
        down: Vec::new(),
        disconnected: Vec::new(),
    };
    let all = stores.accounts.list().map_err(CliError::from);
    let looks = all.map_ok(|account| of(stores, account)).try_buffered(LOOKS_AT_ONCE);
    let mut looks = core::pin::pin!(looks);
    while let Some(of) = looks.next().await {
        look.add(of?);
    }
    Ok(look)
}

async fn of(stores: &Stores, account: Account) -> Result<Of, CliError> {
    let governor = &stores.governor;
    let id = lane_of(&account.id)?;
    let now = governor.now();
    let lane = governor.look(&id).await?;
    // Whoever parks marks: without a mark there is no row.
    let waiting = match &lane {
        Some(lane) if lane.wake.is_some() => governor.parked(&id).await?.len(),
        Some(_) | None => 0,
    };
    let schedules = Schedule::of(&account);
    let running = lane.as_ref().map_or(0, |lane| {
        u64::from(lane.held_count()).saturating_add(u64::from(lane.probe.is_some()))
    });
    Ok(Of {
        running,
        waiting: u64::try_from(waiting).unwrap_or(u64::MAX),
        next: schedules.iter().map(|schedule| schedule.next_after(UnixMillis(now.0))).min(),
        down: lane.as_ref().and_then(|lane| down(&account, lane, now)),
        disconnected: disconnected(&account),
    })
}

fn down(account: &Account, lane: &Lane, now: flyball_governor::UnixMillis) -> Option<Trouble> {
    let since = UnixMillis(lane.down?.0);
    let (is, sentences) = standing(lane, now);
    let why = lane.why.clone().or_else(|| sentences.into_iter().next().map(|one| one.why));
    match is {
        Standing::Down | Standing::Probing => Some(Trouble {
            account: account.id.clone(),
            since,
            why: why.unwrap_or_else(|| is.to_string()),
        }),
        Standing::Stopped
        | Standing::Paused
        | Standing::Recovering
        | Standing::Working
        | Standing::Idle => None,
    }
}

fn disconnected(account: &Account) -> Option<Trouble> {
    match &account.state {
        AccountState::Connected => None,
        AccountState::Rejected { since, reason } | AccountState::GivenUp { since, reason } => {
            Some(Trouble { account: account.id.clone(), since: *since, why: reason.clone() })
        }
    }
}

impl Look {
    fn add(&mut self, of: Of) {
        self.accounts = self.accounts.saturating_add(1);
        self.running = self.running.saturating_add(of.running);
        self.waiting = self.waiting.saturating_add(of.waiting);
        self.next = [self.next, of.next].into_iter().flatten().min();
        self.down.extend(of.down);
        self.disconnected.extend(of.disconnected);
    }

    /// For people, in one line.
    pub(super) fn to_line(&self) -> String {
        let Self { accounts, running, waiting, counts, .. } = self;
        let next = self.next.map_or_else(String::new, |next| format!("; next import: {next}"));
        format!(
            "accounts: {accounts}; jobs: {running} run, {waiting} wait; records: {}, {} in the last \
             minute{next}{}{}",
            counts.records,
            counts.records_per_minute,
            in_words("down", &self.down),
            in_words("to be reconnected", &self.disconnected)
        )
    }

    pub(super) fn to_json(&self) -> Value {
        let trouble = |one: &Trouble| json!({ "account": one.account, "since": one.since.to_rfc3339(), "why": one.why });
        let troubles = |all: &[Trouble]| all.iter().map(trouble).collect::<Vec<_>>();
        json!({
            "accounts": self.accounts,
            "running": self.running,
            "waiting": self.waiting,
            "records": self.counts.records,
            "records_per_minute": self.counts.records_per_minute,
            "finished": self.counts.finished,
            "next": self.next.map(UnixMillis::to_rfc3339),
            "down": troubles(&self.down),
            "disconnected": troubles(&self.disconnected),
        })
    }
}

fn in_words(what: &str, troubles: &[Trouble]) -> String {
    if troubles.is_empty() {
        return String::new();
    }
    let named = troubles
        .iter()
        .take(NAMED_MAX)
        .map(|Trouble { account, since, why }| format!("{account} since {since} ({why})"));
    let named: Vec<String> = named.collect();
    let more = troubles.len().saturating_sub(NAMED_MAX);
    let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("; {what}: {}{and_more}", named.join(", "))
}
