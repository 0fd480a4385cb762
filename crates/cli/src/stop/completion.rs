use core::time::Duration;
use std::path::Path;

use flyball_governor::{Governor, StopMode, stop_is_complete};
use flyball_ops::switches::{Stopped, concerned, running};
use tokio::time::interval;

use crate::access::{self, Access, Owner};
use crate::args::StopArgs;
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
    Running(u32),
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
    pub(super) access: &'a Access,
    pub(super) data: &'a Path,
}

/// What is known of a stop without waiting; `None` where it ends what runs, and somebody may be
/// running something.
pub(super) fn known_without_waiting(args: &StopArgs, access: &Access) -> Option<Completion> {
    let ends_all = match args.mode.0 {
        StopMode::Stop | StopMode::Drain => true,
        StopMode::Hold | StopMode::Limit(_) => false,
    };
    if args.no_wait || !ends_all {
        return Some(Completion::NotAwaited);
    }
    // Whoever would be working owns the folder.
    (access.owner == Owner::Me).then_some(Completion::Complete)
}

impl Stopping<'_> {
    /// Waits until nothing runs any more of what ran in these lanes.
    pub(super) async fn completion(self, lanes: Vec<Stopped>) -> Result<Completion, CliError> {
        match wait(&self.access.stores.governor, lanes).await {
            Ok(completion) => Ok(completion),
            Err(error) => self.unless_gone(error).await,
        }
    }

    /// What is known when the owner of the folder no longer answers: an import ends when it is
    /// stopped, and its folder is free then.
    pub(super) async fn unless_gone(self, error: CliError) -> Result<Completion, CliError> {
        match access::reach(self.data).await {
            Ok(Access { owner: Owner::Me, .. }) => Ok(Completion::Complete),
            Ok(_) | Err(_) => Err(error),
        }
    }
}

async fn wait(governor: &Governor, lanes: Vec<Stopped>) -> Result<Completion, CliError> {
    let mut waiting = Vec::new();
    for mut lane in lanes.into_iter().filter(|lane| running(&lane.written) > 0) {
        let rows = governor.parked(&lane.lane_id).await?;
        lane.written = concerned(&lane.account, lane.kind, &lane.written, &rows);
        waiting.push(lane);
    }
    let mut looks = interval(LOOK_EACH);
    for look in 0..LOOKS_MAX {
        looks.tick().await;
        let mut still = Vec::new();
        let mut jobs = 0_u32;
        for lane in waiting {
            let Some(current) = governor.look(&lane.lane_id).await? else { continue };
            if !stop_is_complete(&lane.written, &current, governor.now(), governor.policy()) {
                jobs = jobs.saturating_add(running(&lane.written));
                still.push(lane);
            }
        }
        if still.is_empty() {
            return Ok(Completion::Complete);
        }
        if look == 0 {
            output::note(&format!("waiting until {jobs} running jobs make no call any more"));
        }
        waiting = still;
    }
    let jobs = waiting.iter().map(|lane| running(&lane.written)).fold(0, u32::saturating_add);
    Ok(Completion::Running(jobs))
}
