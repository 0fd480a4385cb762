use core::time::Duration;
use std::path::Path;

use flyball_domain::{JobKey, Kind, Mode};
use flyball_governor::{
    Governor, Lane, LaneId, LeaseId, Parked, StopCause, StopMode, stop_is_complete,
};
use tokio::time::interval;

use crate::access::{self, Access, Owner};
use crate::args::StopArgs;
use crate::error::CliError;
use crate::output;
use crate::scope::LaneScope;

/// How often it is looked whether a stop is complete.
const LOOK_EACH: Duration = Duration::from_millis(200);

/// How often that is looked at most: a lease of the standard policy has ended by then.
const LOOKS_MAX: u32 = 600;

/// How many jobs hold slots.
pub(super) fn running(lane: &Lane) -> u32 {
    lane.held_count().saturating_add(u32::from(lane.probe.is_some()))
}

/// How far a stop has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Completion {
    /// No vendor call begins any more under what was stopped.
    Complete,
    /// What runs may go on, and is not waited for.
    NotAwaited,
    /// So many jobs still held their slots when waiting ended.
    Running(u32),
}

impl Completion {
    /// The same for people.
    pub(super) fn sentence(self, scope: &str) -> String {
        match self {
            Self::Complete => {
                format!("the stop of {scope} is complete: no call to the store begins any more")
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
    pub(super) scope: &'a LaneScope,
    pub(super) lane_id: &'a LaneId,
    /// The lane as the stop's own write returned it.
    pub(super) written: &'a Lane,
}

impl Stopping<'_> {
    /// Waits until the stop is complete, where it is one that ends what runs.
    pub(super) async fn completion(
        self,
        args: &StopArgs,
        access: &Access,
        data: &Path,
    ) -> Result<Completion, CliError> {
        let ends_all = match args.mode.0 {
            StopMode::Stop | StopMode::Drain => true,
            StopMode::Hold | StopMode::Limit(_) => false,
        };
        if args.no_wait || !ends_all {
            return Ok(Completion::NotAwaited);
        }
        // Whoever would be working owns the folder.
        if access.owner == Owner::Me {
            return Ok(Completion::Complete);
        }
        match self.wait(&access.stores.governor).await {
            Ok(completion) => Ok(completion),
            // An import ends when it is stopped, and its folder is free then.
            Err(error) => match access::reach(data).await {
                Ok(Access { owner: Owner::Me, .. }) => Ok(Completion::Complete),
                Ok(_) | Err(_) => Err(error),
            },
        }
    }

    async fn wait(self, governor: &Governor) -> Result<Completion, CliError> {
        let rows = governor.parked(self.lane_id).await?;
        let written = concerned(self.written, self.scope, &rows);
        let mut looks = interval(LOOK_EACH);
        let mut current = written.clone();
        for look in 0..LOOKS_MAX {
            if stop_is_complete(&written, &current, governor.now(), governor.policy()) {
                return Ok(Completion::Complete);
            }
            if look == 0 {
                let jobs = running(&written);
                output::note(&format!("waiting until {jobs} running jobs make no call any more"));
            }
            looks.tick().await;
            match governor.look(self.lane_id).await? {
                Some(lane) => current = lane,
                None => return Ok(Completion::Complete),
            }
        }
        Ok(Completion::Running(running(&current)))
    }
}

/// The lane as far as its slots may be held by what was stopped: without those that are known to be
/// of another kind.
fn concerned(written: &Lane, scope: &LaneScope, rows: &[Parked]) -> Lane {
    let mut lane = written.clone();
    let StopCause::Work(stopped) = &scope.cause else { return lane };
    let others = Kind::ALL.iter().filter(|kind| kind.as_str() != stopped.as_str());
    for kind in others {
        let key = JobKey { account: scope.account.clone(), kind: *kind, mode: Mode::Incremental };
        let is_other = |id: &LeaseId| {
            id.as_str() == key.short()
                || rows.iter().any(|row| row.id == *id && row.kind != *stopped)
        };
        lane.held.retain(|id, _| !is_other(id));
        lane.probe = lane.probe.filter(|probe| !is_other(&probe.id));
    }
    lane
}

#[cfg(test)]
mod tests {
    use flyball_governor::core::Slot;
    use flyball_governor::{Nonce, UnixMillis};

    use super::*;

    #[test]
    fn a_stop_of_one_kind_waits_for_no_other() {
        let account: flyball_domain::AccountId = "blue-mug".parse().unwrap();
        let key =
            JobKey { account: account.clone(), kind: Kind::Products, mode: Mode::Incremental };
        let id: LeaseId = key.short().parse().unwrap();
        let mut lane = Lane::new(2);
        let slot = Slot { expires: UnixMillis(9), nonce: Nonce::from_random(1) };
        lane.held.insert(id, slot);
        let left = |cause: StopCause| {
            running(&concerned(&lane, &LaneScope { account: account.clone(), cause }, &[]))
        };
        assert_eq!(left(StopCause::Work("orders".parse().unwrap())), 0);
        assert_eq!(left(StopCause::Work("products".parse().unwrap())), 1);
        assert_eq!(left(StopCause::Account), 1);
    }
}
