//! What every account is doing, and how fresh what was imported from it is.

use core::fmt;

use flyball_accounts::{Account, AccountState};
use flyball_domain::{AccountId, CustomerId, Integration, Kind};
use flyball_governor::core::{DAY_MS, Interval};
use flyball_governor::{Board, Lane, Standing, UnixMillis, standing};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::board::{BoardView, Sentence, holds};
use crate::connection::{Connection, every_minutes};
use crate::facts::down_ms;
use crate::outages::OutageView;
use crate::{Facts, Moment, Ops, OpsError};

/// How many accounts are looked at at once.
const LOOKS_AT_ONCE: usize = 8;

/// The most accounts in one page: each takes several reads.
pub const PAGE_STATES_MAX: u32 = 200;

const MINUTE_MS: u64 = 60_000;

/// How new what was imported is, by the account's own schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// A kind of it was never imported.
    Never,
    /// As new as its schedule wants it.
    OnTime,
    /// Older than one interval of its schedule.
    Late,
    /// Older than two.
    Stale,
}

impl Freshness {
    fn of(account: &Account, last: Option<flyball_domain::UnixMillis>, now: UnixMillis) -> Self {
        let every_ms = u64::from(every_minutes(account)).saturating_mul(MINUTE_MS);
        match last.map(|last| now.0.saturating_sub(last.0)) {
            None => Self::Never,
            Some(age) if age <= every_ms => Self::OnTime,
            Some(age) if age <= every_ms.saturating_mul(2) => Self::Late,
            Some(_) => Self::Stale,
        }
    }
}

impl fmt::Display for Freshness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Never => "never",
            Self::OnTime => "on time",
            Self::Late => "late",
            Self::Stale => "stale",
        })
    }
}

/// What an account is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountLine {
    /// Which account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// Whose.
    #[schema(value_type = String)]
    pub customer: CustomerId,
    /// On which platform.
    #[schema(value_type = String)]
    pub integration: Integration,
    /// The store's host.
    pub store: String,
    /// `stopped`, `down`, `probing`, `recovering`, `paused`, `working` or `idle`.
    pub state: String,
    /// How many of its jobs run.
    pub running: u32,
    /// How many may, at the moment.
    pub slots: u32,
    /// How many jobs wait.
    pub parked: u64,
    /// How many records there are; told only where it was asked for, because all are counted.
    pub records: Option<u64>,
    /// How many records the imports that are under way have seen.
    pub importing: Option<u64>,
    /// Since when everything is at least as new.
    pub last_import: Option<Moment>,
    /// How new that is, by the account's own schedule.
    pub freshness: Freshness,
    /// How long it was down in the last day.
    pub down_seconds_24h: u64,
    /// The outage that lasts.
    pub outage: Option<OutageView>,
    /// Why nothing new starts, if nothing does.
    pub why: Option<String>,
    /// Until when.
    pub until: Option<Moment>,
    /// How it is connected.
    pub connection: Connection,
}

/// What the accounts are doing, and what holds more than one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusView {
    /// When this was looked at.
    pub at: Moment,
    /// The accounts, in the order of their ids.
    pub accounts: Vec<AccountLine>,
    /// What to give as `after` for the next page; nothing: there is none.
    #[schema(value_type = Option<String>)]
    pub next: Option<AccountId>,
    /// What holds more than one account.
    pub board: BoardView,
}

impl StatusView {
    /// This and the page after it as one.
    #[must_use]
    pub fn and(mut self, page: Self) -> Self {
        self.accounts.extend(page.accounts);
        Self { accounts: self.accounts, ..page }
    }
}

/// Which accounts are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of this customer only.
    pub customer: Option<CustomerId>,
    /// On this platform only.
    pub integration: Option<Integration>,
    /// After this id.
    pub after: Option<AccountId>,
    /// At most so many; a page may hold fewer and still not be the last.
    pub limit: u32,
    /// Whether their records are counted.
    pub records: CountRecords,
}

/// Whether records are counted, which reads all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountRecords {
    /// They are not.
    #[default]
    No,
    /// They are.
    Yes,
}

/// A page of what accounts are doing.
///
/// # Errors
/// The tables'.
pub async fn status(ops: &Ops, wanted: &Wanted) -> Result<StatusView, OpsError> {
    let limit = wanted.limit.clamp(1, PAGE_STATES_MAX);
    let board = ops.governor.read_board().await?;
    let (page, next) = ops.accounts.page(wanted.after.as_ref(), limit).await?;
    let page = page.into_iter().filter(|account| wanted.fits(account));
    let board_of = &board;
    let lines = stream::iter(page)
        .map(|account| line(ops, account, board_of, wanted.records))
        .buffered(LOOKS_AT_ONCE);
    let accounts = lines.try_collect().await?;
    let now = ops.governor.now();
    Ok(StatusView { at: now.into(), accounts, next, board: BoardView::of(&board, now) })
}

impl Wanted {
    fn fits(&self, account: &Account) -> bool {
        self.customer.as_ref().is_none_or(|customer| account.customer == *customer)
            && self.integration.is_none_or(|integration| account.integration == integration)
    }
}

async fn line(
    ops: &Ops,
    account: Account,
    board: &Board,
    count: CountRecords,
) -> Result<AccountLine, OpsError> {
    let facts = Facts::of(ops, account).await?;
    let records = match count {
        CountRecords::No => None,
        CountRecords::Yes => Some(records_of(ops, &facts.account.id).await?),
    };
    let now = ops.governor.now();
    let (standing, sentences) = doing(&facts.account, facts.lane.as_ref(), board, now);
    let why = sentences.into_iter().next();
    let last = facts.last_import();
    Ok(AccountLine {
        customer: facts.account.customer.clone(),
        integration: facts.account.integration,
        store: host(&facts.account.store).to_owned(),
        state: standing.as_str().to_owned(),
        running: facts.running(),
        slots: facts.slots(),
        parked: u64::try_from(facts.parked.len()).unwrap_or(u64::MAX),
        records,
        importing: facts.importing().map(|(records, _)| records),
        last_import: last.map(Moment::from),
        freshness: Freshness::of(&facts.account, last, now),
        down_seconds_24h: down_ms(&facts.outages, Interval::last(DAY_MS, now)) / 1_000,
        outage: facts
            .outages
            .first()
            .filter(|outage| outage.up.is_none())
            .map(|outage| OutageView::of(outage, now)),
        until: why.as_ref().and_then(|why| why.until),
        why: why.map(|why| why.why),
        connection: Connection::of(&facts.account, flyball_domain::UnixMillis(now.0)),
        account: facts.account.id,
    })
}

async fn records_of(ops: &Ops, account: &AccountId) -> Result<u64, OpsError> {
    let mut records = 0_u64;
    for kind in Kind::ALL {
        records = records.saturating_add(ops.records.count(account, *kind).await?);
    }
    Ok(records)
}

/// What an account is doing, and in words why nothing new starts, if nothing does.
pub fn doing(
    account: &Account,
    lane: Option<&Lane>,
    board: &Board,
    now: UnixMillis,
) -> (Standing, Vec<Sentence>) {
    let (wide, mut sentences) = holds(board, account, now);
    let (own, of_lane) = lane.map_or((Standing::Idle, Vec::new()), |lane| standing(lane, now));
    sentences.extend(of_lane);
    let standing = if own == Standing::Stopped { own } else { wide.unwrap_or(own) };
    let told = match &account.state {
        AccountState::Connected => None,
        AccountState::Rejected { since, reason } => {
            Some(format!("the store has refused its credentials since {since}: {reason}"))
        }
        AccountState::GivenUp { since, reason } => Some(format!(
            "nobody tries any more since {since}, until it is connected again: {reason}"
        )),
    };
    let told = told.map(|why| Sentence { why, until: None });
    (standing, told.into_iter().chain(sentences.into_iter().map(Sentence::from)).collect())
}

/// The host, and the port where it is not the usual one, of a store's address.
fn host(store: &str) -> &str {
    let rest = store.split_once("://").map_or(store, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
