//! What is known of an account, for whoever wants to see it.

use std::collections::{BTreeMap, BTreeSet};

use flyball_accounts::{Account, Accounts, AccountsError};
use flyball_domain::{AccountId, JobKey, Kind, Mode};
use flyball_governor::core::{Ask, Interval, covered_ms, with_notes};
use flyball_governor::{Board, Governor, Lane, LaneId, Outage, Parked, UnixMillis};
use flyball_importer::lane_spec;
use flyball_records::Checkpoint;
use futures::TryStreamExt as _;

use crate::{Ops, OpsError};

/// How many accounts are named to whoever asked for one that is not there.
const NAMED_MAX: usize = 5;

/// An account with its lane, its lot and its outages.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The account.
    pub account: Account,
    /// Its lane; `None` before its first job.
    pub lane: Option<Lane>,
    /// What waits in its lot, the oldest first.
    pub parked: Vec<Parked>,
    /// The newest first.
    pub outages: Vec<Outage>,
    /// How far the import of what changed has come, for each kind that is imported.
    pub checkpoints: BTreeMap<Kind, Checkpoint>,
}

impl Facts {
    /// Looks everything up.
    pub async fn of(ops: &Ops, account: Account) -> Result<Self, OpsError> {
        let id = lane_of(&account.id)?;
        let lane = ops.governor.look(&id).await?;
        let parked = ops.governor.parked(&id).await?;
        let outages = outages_of(&ops.governor, &id, lane.as_ref()).await?;
        let mut checkpoints = BTreeMap::new();
        for kind in &account.kinds {
            let stored = ops.records.load_checkpoint(&incremental(&account.id, *kind)).await?;
            checkpoints.insert(*kind, stored.unwrap_or_default());
        }
        Ok(Self { account, lane, parked, outages, checkpoints })
    }

    /// How many rows, and in how many pages, the imports have seen that are under way; `None` where
    /// none is.
    pub fn importing(&self) -> Option<(u64, u64)> {
        let walks = self.checkpoints.values().filter_map(|one| one.walk.as_ref());
        walks.map(|walk| (walk.records, walk.pages)).reduce(|(records, pages), more| {
            (records.saturating_add(more.0), pages.saturating_add(more.1))
        })
    }

    /// Since when everything is at least as new; `None` where a kind was never imported.
    pub fn last_import(&self) -> Option<flyball_domain::UnixMillis> {
        let ends = self.checkpoints.values().map(|one| one.finished_at);
        ends.reduce(Option::min).flatten()
    }

    /// How many jobs of it may run at once.
    pub fn slots(&self) -> u32 {
        self.lane.as_ref().map_or_else(|| lane_spec(&self.account).cap, |lane| lane.limit)
    }

    /// How many of its jobs run.
    pub fn running(&self) -> u32 {
        let probe = |lane: &Lane| u32::from(lane.probe.is_some());
        self.lane.as_ref().map_or(0, |lane| lane.held_count().saturating_add(probe(lane)))
    }
}

/// The work that imports what has changed.
pub fn incremental(account: &AccountId, kind: Kind) -> JobKey {
    JobKey { account: account.clone(), kind, mode: Mode::Incremental }
}

/// The lane of an account.
pub fn lane_of(account: &AccountId) -> Result<LaneId, OpsError> {
    account.as_str().parse().map_err(OpsError::word)
}

/// The lanes of wide limits in which an account's jobs take slots now.
pub fn wide_lanes(
    board: &Board,
    account: &Account,
    now: UnixMillis,
) -> Result<BTreeSet<LaneId>, OpsError> {
    let spec = lane_spec(account);
    let mut lanes = BTreeSet::new();
    for kind in Kind::ALL {
        let kind = kind.as_str().parse().map_err(OpsError::word)?;
        let ask = Ask { lane: account.id.as_str(), group: spec.group.as_ref(), kind: &kind };
        for dimmer in board.dimmers(&ask, now) {
            lanes.insert(
                dimmer.lane_for(account.id.as_str()).to_string().parse().map_err(OpsError::word)?,
            );
        }
    }
    Ok(lanes)
}

/// An account by its id.
///
/// # Errors
/// There is none: the error names some that there are.
pub async fn find_account(accounts: &Accounts, id: &AccountId) -> Result<Account, OpsError> {
    match accounts.get(id).await {
        Ok(account) => Ok(account),
        Err(AccountsError::Unknown { .. }) => {
            let limit = u32::try_from(NAMED_MAX).unwrap_or(u32::MAX);
            let (there, more) = accounts.page(None, limit).await?;
            let there = there.into_iter().map(|account| account.id).collect();
            Err(OpsError::UnknownAccount { account: id.clone(), there, more: more.is_some() })
        }
        Err(error) => Err(error.into()),
    }
}

/// Every account.
pub async fn all_accounts(accounts: &Accounts) -> Result<Vec<Account>, OpsError> {
    Ok(accounts.list().try_collect().await?)
}

/// A lane's outages, the newest first; what the lane has not told the ledger yet is among them.
pub async fn outages_of(
    governor: &Governor,
    id: &LaneId,
    lane: Option<&Lane>,
) -> Result<Vec<Outage>, OpsError> {
    let notes = lane.iter().flat_map(|lane| lane.notes.values());
    Ok(with_notes(governor.outages(id).await?, notes))
}

/// How much of a time lies within outages, in milliseconds.
pub fn down_ms(outages: &[Outage], window: Interval) -> u64 {
    covered_ms(window, outages.iter().map(|outage| outage.interval(window.to)))
}
