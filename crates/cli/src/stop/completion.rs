use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use flyball_domain::AccountId;
use flyball_governor::Policy;
use flyball_ops::Scope;
use flyball_ops::lanes::LaneView;
use tokio::time::{Instant, interval, interval_at};

use crate::desk::{Desk, Place, Workers};
use crate::error::CliError;
use crate::output;

/// How often it is looked whether a stop is complete.
const LOOK_EACH: Duration = Duration::from_millis(200);

/// How often that is looked at most: a lease of the standard policy has ended by then.
const LOOKS_MAX: u32 = 600;

/// How far a stop has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Completion {
    /// No vendor call begins any more under what was stopped.
    Complete,
    /// What runs may go on, and is not waited for.
    NotAwaited,
    /// So many jobs still held their slots when waiting ended.
    Running(usize),
}

impl Completion {
    /// The same for people.
    pub(super) fn sentence(self, scope: &str) -> String {
        match self {
            Self::Complete => {
                format!("the stop of {scope} is complete: no call to a store begins any more")
            }
            Self::NotAwaited => {
                format!("the stop of {scope} stands: nothing new starts beyond what it allows")
            }
            Self::Running(jobs) => format!(
                "the stop of {scope} stands, but is not complete: {jobs} jobs still hold their \
                 slots; look again with `flyball why`"
            ),
        }
    }
}

/// A stop that was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopping<'a> {
    pub(super) desk: &'a Desk,
    pub(super) at: Place<'a>,
    pub(super) scope: &'a Scope,
}

/// The runs that are waited for, by account.
type Runs = BTreeMap<AccountId, BTreeSet<String>>;

fn runs_of(lanes: &[LaneView]) -> Runs {
    let runs = |lane: &LaneView| lane.jobs.iter().map(|job| job.run.clone()).collect();
    let busy = lanes.iter().filter(|lane| !lane.jobs.is_empty());
    busy.map(|lane| (lane.account.clone(), runs(lane))).collect()
}

fn count(runs: &Runs) -> usize {
    runs.values().map(BTreeSet::len).sum()
}

impl Stopping<'_> {
    /// Waits until nothing runs any more of what ran when everybody knew of the stop.
    pub(super) async fn completion(self, is_wide: bool) -> Result<Completion, CliError> {
        if is_wide {
            everybody_knows().await;
        }
        match self.wait().await {
            Ok(completion) => Ok(completion),
            Err(error) => self.unless_gone(error).await,
        }
    }

    async fn wait(self) -> Result<Completion, CliError> {
        let mut waiting = runs_of(&self.desk.all_lanes(self.scope).await?);
        let mut looks = interval(LOOK_EACH);
        for look in 0..LOOKS_MAX {
            if waiting.is_empty() {
                return Ok(Completion::Complete);
            }
            if look == 0 {
                let jobs = count(&waiting);
                output::note(&format!("waiting until {jobs} running jobs make no call any more"));
            }
            looks.tick().await;
            waiting = self.still(waiting).await?;
        }
        Ok(Completion::Running(count(&waiting)))
    }

    /// Those of these runs that go on.
    async fn still(self, waiting: Runs) -> Result<Runs, CliError> {
        let mut still = Runs::new();
        for (account, before) in waiting {
            let own = match self.scope.kind() {
                Some(kind) => Scope::AccountKind(account.clone(), kind),
                None => Scope::Account(account.clone()),
            };
            let now = runs_of(&self.desk.all_lanes(&own).await?).remove(&account);
            let left: BTreeSet<String> =
                now.unwrap_or_default().intersection(&before).cloned().collect();
            if !left.is_empty() {
                still.insert(account, left);
            }
        }
        Ok(still)
    }

    /// What is known when the owner of the folder no longer answers: an import ends when it is
    /// stopped, and its folder is free then.
    async fn unless_gone(self, error: CliError) -> Result<Completion, CliError> {
        if self.at.url.is_some() {
            return Err(error);
        }
        match Desk::reach(self.at).await {
            Ok(desk) if desk.workers() == Workers::None => Ok(Completion::Complete),
            Ok(_) | Err(_) => Err(error),
        }
    }
}

/// Waits until whoever works has looked at the board again: nobody works by an older look.
async fn everybody_knows() {
    let look_age = Duration::from_millis(Policy::STANDARD.look_age_ms);
    interval_at(Instant::now() + look_age, look_age).tick().await;
}
