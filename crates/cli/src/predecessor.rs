use std::collections::BTreeSet;

use flyball_domain::Kind;
use flyball_governor::core::transitions::{inconclusive_probe, release_and_mark};
use flyball_governor::core::{Claim, Lease};
use flyball_governor::{Governor, LaneId, LeaseId, Nonce, WorkKind};
use flyball_local::Stores;

use crate::error::CliError;
use flyball_ops::{all_accounts, lane_of, wide_lanes};

/// Gives back the slots that an earlier process held when it ended, so that nobody has to wait for
/// its leases to end. Only for whoever owns the data folder: all that work in a folder are in the
/// process that owns it, so whoever holds a slot now is dead.
pub(crate) async fn free_slots(governor: &Governor, id: &LaneId) -> Result<(), CliError> {
    let Some(lane) = governor.look(id).await? else { return Ok(()) };
    let kind: WorkKind = Kind::Products.as_str().parse()?;
    let claim = |id: &LeaseId, nonce: &Nonce| Claim {
        id: id.clone(),
        nonce: nonce.clone(),
        kind: kind.clone(),
    };
    for (lease, slot) in &lane.held {
        if let Some(lease) = Lease::find(&claim(lease, &slot.nonce), &lane) {
            governor.apply(id, &release_and_mark(&lease, governor.now())).await?;
        }
    }
    let probe = lane.probe.as_ref().map(|probe| claim(&probe.id, &probe.nonce));
    if let Some(lease) = probe.and_then(|claim| Lease::find(&claim, &lane)) {
        governor.apply(id, &inconclusive_probe(&lease, governor.now())).await?;
    }
    Ok(())
}

/// The same for every account, and for the lanes of wide limits.
pub(crate) async fn free_all_slots(stores: &Stores) -> Result<(), CliError> {
    let governor = &stores.governor;
    let board = governor.read_board().await?;
    let mut wide = BTreeSet::new();
    for account in all_accounts(&stores.accounts).await? {
        free_slots(governor, &lane_of(&account.id)?).await?;
        wide.append(&mut wide_lanes(&board, &account, governor.now())?);
    }
    for lane in wide {
        free_slots(governor, &lane).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use flyball_governor::{Admission, FailedCall, LaneSpec, Policy, PushBack};
    use flyball_local::{Engine, GOVERNOR_TABLE};
    use flyball_runtime::{Meter, SystemClock, SystemEntropy};

    use super::*;

    async fn admit(governor: &Governor, lane: &LaneId) -> Box<flyball_governor::Holder> {
        let claim = governor.claim("abc".parse().unwrap(), "products".parse().unwrap());
        match governor.admit(lane, &claim, &LaneSpec::alone(2)).await.unwrap() {
            Admission::Admitted(holder) => holder,
            Admission::Refused(refusal) => panic!("{refusal:?}"),
        }
    }

    #[tokio::test]
    async fn what_a_dead_process_held_is_free_for_the_same_work_at_once() {
        let engine = Engine::memory().await.unwrap();
        let client = engine.client(&Meter::default()).await;
        flyball_governor::create_table(&client, GOVERNOR_TABLE).await.unwrap();
        let mut policy = Policy::STANDARD;
        policy.gate_base_ms = 10;
        policy.gate_ceiling_ms = 10;
        let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
        let governor = Governor::new(client, GOVERNOR_TABLE, policy, clock, entropy);
        let lane: LaneId = "blue-mug".parse().unwrap();

        drop(admit(&governor, &lane).await);
        free_slots(&governor, &lane).await.unwrap();
        let freed = governor.look(&lane).await.unwrap().unwrap();
        assert!(freed.held.is_empty() && freed.wake.is_some(), "{freed:?}");

        let call = FailedCall::new(governor.now(), "timeout", "down");
        let down = PushBack::Unavailable { call, until: None };
        admit(&governor, &lane).await.pushed_back(&down).await.unwrap();
        let probe = loop {
            let claim = governor.claim("abc".parse().unwrap(), "products".parse().unwrap());
            if let Admission::Admitted(probe) =
                governor.admit(&lane, &claim, &LaneSpec::alone(2)).await.unwrap()
            {
                break probe;
            }
        };
        drop(probe);
        free_slots(&governor, &lane).await.unwrap();
        let freed = governor.look(&lane).await.unwrap().unwrap();
        assert!(freed.probe.is_none() && freed.level == 1, "{freed:?}");
    }
}
