//! What is known of an account, for whoever wants to see it.

use std::collections::{BTreeMap, BTreeSet};

use flyball_accounts::{Account, Accounts, AccountsError};
use flyball_domain::{AccountId, JobKey, Kind, Mode};
use flyball_governor::core::{Ask, Interval, covered_ms, with_notes};
use flyball_governor::{Board, Governor, Lane, LaneId, Outage, Parked, UnixMillis};
use flyball_importer::lane_spec;
use flyball_local::Stores;
use flyball_records::Checkpoint;
use futures::TryStreamExt as _;

use crate::error::CliError;

/// How many accounts are named to whoever asked for one that is not there.
const NAMED_MAX: usize = 5;

/// An account with its lane, its lot and its outages.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) account: Account,
    /// Its lane; `None` before its first job.
    pub(crate) lane: Option<Lane>,
    pub(crate) parked: Vec<Parked>,
    /// The newest first.
    pub(crate) outages: Vec<Outage>,
    /// How far the import of what changed has come, for each kind that is imported.
    pub(crate) checkpoints: BTreeMap<Kind, Checkpoint>,
}

impl Facts {
    /// Looks everything up.
    pub(crate) async fn of(stores: &Stores, account: Account) -> Result<Self, CliError> {
        let id = lane_of(&account.id)?;
        let lane = stores.governor.look(&id).await?;
        let parked = stores.governor.parked(&id).await?;
        let outages = outages(&stores.governor, &id, lane.as_ref()).await?;
        let mut checkpoints = BTreeMap::new();
        for kind in &account.kinds {
            let stored = stores.records.load_checkpoint(&incremental(&account.id, *kind)).await?;
            checkpoints.insert(*kind, stored.unwrap_or_default());
        }
        Ok(Self { account, lane, parked, outages, checkpoints })
    }

    /// How many rows, and in how many pages, the imports have seen that are under way; `None` where
    /// none is.
    pub(crate) fn importing(&self) -> Option<(u64, u64)> {
        let walks = self.checkpoints.values().filter_map(|one| one.walk.as_ref());
        walks.map(|walk| (walk.records, walk.pages)).reduce(|(records, pages), more| {
            (records.saturating_add(more.0), pages.saturating_add(more.1))
        })
    }

    /// Since when everything is at least as new; `None` where a kind was never imported.
    pub(crate) fn last_import(&self) -> Option<flyball_domain::UnixMillis> {
        let ends = self.checkpoints.values().map(|one| one.finished_at);
        ends.reduce(Option::min).flatten()
    }

    /// How many jobs of it may run at once.
    pub(crate) fn slots(&self) -> u32 {
        self.lane.as_ref().map_or_else(|| lane_spec(&self.account).cap, |lane| lane.limit)
    }

    /// How many of its jobs run.
    pub(crate) fn running(&self) -> u32 {
        let probe = |lane: &Lane| u32::from(lane.probe.is_some());
        self.lane.as_ref().map_or(0, |lane| lane.held_count().saturating_add(probe(lane)))
    }
}

/// The work that imports what has changed.
pub(crate) fn incremental(account: &AccountId, kind: Kind) -> JobKey {
    JobKey { account: account.clone(), kind, mode: Mode::Incremental }
}

/// The lane of an account.
pub(crate) fn lane_of(account: &AccountId) -> Result<LaneId, CliError> {
    Ok(account.as_str().parse::<LaneId>()?)
}

/// The lanes of wide limits in which an account's jobs take slots now.
pub(crate) fn wide_lanes(
    board: &Board,
    account: &Account,
    now: UnixMillis,
) -> Result<BTreeSet<LaneId>, CliError> {
    let spec = lane_spec(account);
    let mut lanes = BTreeSet::new();
    for kind in Kind::ALL {
        let kind = kind.as_str().parse()?;
        let ask = Ask { lane: account.id.as_str(), group: spec.group.as_ref(), kind: &kind };
        for dimmer in board.dimmers(&ask, now) {
            lanes.insert(dimmer.lane_for(account.id.as_str()).to_string().parse()?);
        }
    }
    Ok(lanes)
}

/// An account by its id.
///
/// # Errors
/// There is none: the error names some that there are.
pub(crate) async fn find_account(accounts: &Accounts, id: &AccountId) -> Result<Account, CliError> {
    match accounts.get(id).await {
        Ok(account) => Ok(account),
        Err(AccountsError::Unknown { .. }) => {
            let limit = u32::try_from(NAMED_MAX).unwrap_or(u32::MAX);
            let (there, more) = accounts.page(None, limit).await?;
            let names: Vec<&str> = there.iter().map(|account| account.id.as_str()).collect();
            let and_more = if more.is_some() { " and more" } else { "" };
            Err(CliError::new(if names.is_empty() {
                format!("found no account {id}, and no other either: import a store first")
            } else {
                format!("found no account {id}, expected one of {}{and_more}", names.join(", "))
            }))
        }
        Err(error) => Err(error.into()),
    }
}

/// Every account.
pub(crate) async fn all_accounts(accounts: &Accounts) -> Result<Vec<Account>, CliError> {
    Ok(accounts.list().try_collect().await?)
}

/// A lane's outages, the newest first; what the lane has not told the ledger yet is among them.
pub(crate) async fn outages(
    governor: &Governor,
    id: &LaneId,
    lane: Option<&Lane>,
) -> Result<Vec<Outage>, CliError> {
    let notes = lane.iter().flat_map(|lane| lane.notes.values());
    Ok(with_notes(governor.outages(id).await?, notes))
}

/// How much of a time lies within outages, in milliseconds.
pub(crate) fn down_ms(outages: &[Outage], window: Interval) -> u64 {
    covered_ms(window, outages.iter().map(|outage| outage.interval(window.to)))
}

/// A moment as people and machines read it.
pub(crate) fn moment(at: UnixMillis) -> String {
    flyball_domain::UnixMillis(at.0).to_rfc3339()
}
