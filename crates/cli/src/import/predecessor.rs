use flyball_domain::Kind;
use flyball_governor::core::transitions::{inconclusive_probe, release_and_mark};
use flyball_governor::core::{Claim, Lease};
use flyball_governor::{Governor, LaneId, LeaseId, Nonce, WorkKind};

use crate::error::CliError;

/// Gives back the slots that an earlier process held when it ended, so that nobody has to wait for
/// its leases to end. Only for whoever owns the data folder: all that work in a folder are in the
/// process that owns it, so whoever holds a slot now is dead.
pub(super) async fn free_slots(governor: &Governor, id: &LaneId) -> Result<(), CliError> {
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
