//! The end of a world: everything comes to rest by itself, and every request is accounted for.

use std::sync::Arc;

use flyball_domain::{Kind, Mode, VendorId};
use flyball_governor::core::HELD_LOOK_MS;
use flyball_governor::{LaneId, Policy};

use super::life::Life;
use super::site::{Asked, Site};
use super::vendor::Store;

/// How long it takes until nothing that was begun in bad weather is still under way.
pub(super) const SETTLING_MS: u64 = 100_000;
/// How long everything may take to come to rest: longer than the longest gate, and shorter than a lane
/// that is held is left alone, so that nothing relies on that look.
const REST_MS_MAX: u64 = 36_000_000;
const _: () = assert!(REST_MS_MAX < HELD_LOOK_MS, "whoever is forgotten is found");
/// How often it is looked whether it has.
const LOOK_MS: u64 = 5_000;

/// Waits until nothing is left to do, and notes as broken what never ends.
///
/// # Errors
/// The tables can't be read.
pub(super) async fn come_to_rest(site: &Arc<Site>) -> anyhow::Result<()> {
    let world = &site.world;
    let until = world.elapsed_ms().saturating_add(REST_MS_MAX);
    loop {
        world.rest(LOOK_MS).await;
        let busy = busy(site).await?;
        if busy.is_empty() {
            world.tell("world", "is at rest");
            return Ok(());
        }
        if until <= world.elapsed_ms() {
            for what in busy {
                world.broken(format_args!("never ends: {what}"));
            }
            return Ok(());
        }
    }
}

/// What is still under way.
async fn busy(site: &Arc<Site>) -> anyhow::Result<Vec<String>> {
    let mut busy: Vec<String> = Vec::new();
    for (kind, messages) in &site.queues {
        busy.extend(
            messages.left().into_iter().map(|text| format!("a message for {kind}: {text}")),
        );
    }
    let lanes = site.world.watch(|watch, _| {
        let lanes: Vec<(String, flyball_governor::Lane)> =
            watch.lanes().map(|(name, lane)| (name.to_owned(), lane.clone())).collect();
        (lanes, Vec::new())
    });
    let now = site.world.now();
    for (name, lane) in &lanes {
        // What a dead process held is over, and taken by whoever needs it.
        let living =
            lane.held.values().any(|slot| now < slot.expires.plus(Policy::STANDARD.skew_ms));
        let rests = !living
            && lane.probe.is_none()
            && lane.level == 0
            && lane.wake.is_none()
            && lane.notes.is_empty();
        if !rests {
            busy.push(format!("lane {name}: {lane:?}"));
        }
    }
    if !busy.is_empty() {
        return Ok(busy);
    }
    // Asked of the tables only when all else is at rest.
    let governor = site.governor(&Life::outside("auditor", &site.world));
    for (name, _) in &lanes {
        let lane: LaneId = name.parse()?;
        for row in governor.parked(&lane).await? {
            busy.push(format!("a row of {name}: {}", row.work));
        }
        for outage in governor.outages(&lane).await?.iter().filter(|it| it.up.is_none()) {
            busy.push(format!("an outage of {name} since {}", outage.down.0));
        }
    }
    Ok(busy)
}

/// Compares what was imported with what the stores have.
///
/// # Errors
/// The tables can't be read.
pub(super) async fn account_for(site: &Arc<Site>) -> anyhow::Result<()> {
    let auditor = Life::outside("auditor", &site.world);
    let records = site.records(&auditor);
    let asked = site.asked();
    for store in &site.stores {
        let (asides, _) = records.asides(&store.account, None, 1_000).await?;
        for kind in Kind::ALL {
            let of = |it: &&Asked| it.job.account == store.account && it.job.kind == *kind;
            // A row, or the whole of a job, that waits for a person.
            let waits = |id: &VendorId| {
                let of_it = |at: Option<&VendorId>| at.is_none_or(|at| at == id);
                asides.iter().any(|aside| aside.kind == *kind && of_it(aside.id.as_ref()))
            };
            for (id, version) in store.records(*kind) {
                let covering = |it: &&Asked| covers(it, id, version);
                let Some(by) = asked.iter().filter(of).find(covering) else { continue };
                let vendor_id: VendorId = id.to_string().parse()?;
                let stored = records.get(&store.account, *kind, &vendor_id).await?;
                if stored.is_some_and(|it| it.version.0 >= version) || waits(&vendor_id) {
                    continue;
                }
                lost(site, store, *kind, (id, version), by);
            }
            for (id, at) in store.deleted(*kind) {
                let finds_out = |it: &&Asked| misses(it, id, at);
                let Some(by) = asked.iter().filter(of).find(finds_out) else { continue };
                let vendor_id: VendorId = id.to_string().parse()?;
                let stored = records.get(&store.account, *kind, &vendor_id).await?;
                if stored.is_some() && !waits(&vendor_id) {
                    site.world.broken(format_args!(
                        "{}: {kind} {id}, deleted at {at}, is still stored, though {:?} asked for \
                         it at {}",
                        store.account, by.job.mode, by.at.0
                    ));
                }
            }
        }
    }
    Ok(())
}

fn lost(site: &Site, store: &Store, kind: Kind, (id, version): (u64, u64), by: &Asked) {
    let badly = if store.told_badly(kind, id) { ", which was told badly once" } else { "" };
    site.world.broken(format_args!(
        "{}: {kind} {id} of version {version}{badly} is not stored, though {:?} asked for it at {}",
        store.account, by.job.mode, by.at.0
    ));
}

/// Whether an accepted request asks for this version of a record.
fn covers(asked: &Asked, id: u64, version: u64) -> bool {
    // The window ends when a worker's clock says so.
    let before = version.saturating_add(Policy::STANDARD.skew_ms) < asked.at.0;
    match &asked.job.mode {
        Mode::Incremental | Mode::Reconcile => before,
        Mode::Backfill { from, to } => before && (from.0..to.0).contains(&version),
        Mode::Record { id: of } => version <= asked.at.0 && of.as_str() == id.to_string(),
    }
}

/// Whether an accepted request finds out that a record was deleted.
fn misses(asked: &Asked, id: u64, deleted_at: u64) -> bool {
    match &asked.job.mode {
        Mode::Reconcile => deleted_at.saturating_add(Policy::STANDARD.skew_ms) < asked.at.0,
        Mode::Record { id: of } => deleted_at <= asked.at.0 && of.as_str() == id.to_string(),
        Mode::Incremental | Mode::Backfill { .. } => false,
    }
}
