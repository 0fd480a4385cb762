//! The world outside: people who ask for imports and set switches, stores whose moods change.

use std::sync::Arc;

use flyball_domain::{Job, JobId, Kind, Message, Mode, UnixMillis};
use flyball_governor::core::board::{Switch, WideScope};
use flyball_governor::{LaneId, Stop, StopCause, StopMode};
use flyball_importer::lane_spec;
use flyball_queue::{Outgoing, Queue as _};

use super::life::Life;
use super::site::{Asked, EVERY_MINUTES_CALM, Site};
use super::trouble::Trouble;
use super::vendor::{Mood, Store};

/// How long something happens, at least and at most.
const ACTIVE_MS_MIN: u64 = 60_000;
const ACTIVE_MS_MAX: u64 = 240_000;
/// The longest pause between two of its moves.
const PAUSE_MS_MAX: u64 = 15_000;
/// The longest that a store's mood lasts.
const MOOD_MS_MAX: u64 = 120_000;

/// Lets things happen for some minutes.
pub(super) async fn act(site: &Arc<Site>) -> anyhow::Result<()> {
    let world = &site.world;
    let person = Life::outside("person", world);
    let until = ACTIVE_MS_MIN.saturating_add(world.below(ACTIVE_MS_MAX));
    while world.elapsed_ms() < until {
        world.rest(world.below(PAUSE_MS_MAX)).await;
        let Some(store) = world.pick(&site.stores).cloned() else { return Ok(()) };
        let kind = world.pick(Kind::ALL).copied().unwrap_or(Kind::Orders);
        if world.strikes(Trouble::VendorChanges) {
            let id = store.change(kind);
            if world.below(2) == 0 {
                ask(site, &person, &store, kind, Mode::Record { id: id.to_string().parse()? })
                    .await?;
            }
        }
        if world.strikes(Trouble::VendorDeletes)
            && let Some(id) = store.delete(kind)
        {
            let mode = if world.below(2) == 0 {
                Mode::Reconcile
            } else {
                Mode::Record { id: id.to_string().parse()? }
            };
            ask(site, &person, &store, kind, mode).await?;
        }
        if world.below(2) == 0 {
            let mode = mode(site, &store, kind);
            ask(site, &person, &store, kind, mode).await?;
        }
        if world.strikes(Trouble::VendorMood)
            && let Some(mood) = world.pick(&Mood::BAD)
        {
            change_mood(site, vec![store.clone()], *mood);
        }
        if world.strikes(Trouble::Platform) {
            change_mood(site, site.stores.clone(), Mood::Down);
        }
        if world.strikes(Trouble::Limit) {
            let account =
                site.account(&store, world.below(4).saturating_add(1), EVERY_MINUTES_CALM)?;
            person.tell(format_args!("gives {} {:?}", account.id, account.policy.slots_limit));
            drop(site.accounts(&person).put(&account).await);
        }
        if world.strikes(Trouble::Switch) {
            flip(site, &person, &store, kind).await?;
        }
        if world.strikes(Trouble::Deploy) {
            site.deploy();
        }
    }
    Ok(())
}

fn mode(site: &Site, store: &Store, kind: Kind) -> Mode {
    let now = site.world.now().0;
    let ids = store.records(kind);
    match site.world.below(10) {
        0 => {
            Mode::Backfill { from: UnixMillis(now.saturating_sub(86_400_000)), to: UnixMillis(now) }
        }
        1 => Mode::Reconcile,
        2 | 3 => site
            .world
            .pick(&ids)
            .and_then(|(id, _)| id.to_string().parse().ok())
            .map_or(Mode::Incremental, |id| Mode::Record { id }),
        _ => Mode::Incremental,
    }
}

/// Asks for an import, and remembers that where the queue says that it has it.
pub(super) async fn ask(
    site: &Arc<Site>,
    person: &Arc<Life>,
    store: &Store,
    kind: Kind,
    mode: Mode,
) -> anyhow::Result<()> {
    let world = &site.world;
    let mut random = [0; 10];
    random[..8].copy_from_slice(&world.random().to_le_bytes());
    let at = UnixMillis(world.now().0);
    let job = Job { id: JobId::new(at, random), account: store.account.clone(), kind, mode };
    let text = Message::Import(job.clone()).to_text();
    let message = Outgoing::new(text, store.account.clone())?;
    let Some(queue) = site.queue(kind, person) else { return Ok(()) };
    if queue.send(&message).await.is_ok() {
        site.note_asked(Asked { job, at });
    }
    Ok(())
}

/// Changes stores' moods for a while.
fn change_mood(site: &Arc<Site>, stores: Vec<Arc<Store>>, mood: Mood) {
    let world = Arc::clone(&site.world);
    let lasts_ms = world.below(MOOD_MS_MAX);
    for store in &stores {
        store.set_mood(mood);
    }
    tokio::spawn(async move {
        world.rest(lasts_ms).await;
        for store in &stores {
            store.set_mood(Mood::Good);
        }
    });
}

/// Sets a switch, or lifts it.
async fn flip(
    site: &Arc<Site>,
    person: &Arc<Life>,
    store: &Store,
    kind: Kind,
) -> anyhow::Result<()> {
    let world = &site.world;
    let governor = site.governor(person);
    let modes =
        [StopMode::Hold, StopMode::Drain, StopMode::Stop, StopMode::Stop, StopMode::Limit(1)];
    let mode = world.pick(&modes).copied().unwrap_or(StopMode::Stop);
    let ends = world.below(3) == 0;
    let until = ends.then(|| world.now().plus(world.below(60_000)));
    let stop = Stop { mode, reason: "a try".to_owned(), author: "person".to_owned(), until };
    let on = world.below(2) == 0;
    if world.below(2) == 0 {
        let causes =
            [StopCause::Account, StopCause::Customer, StopCause::Work(kind.as_str().parse()?)];
        let cause = world.pick(&causes).cloned().unwrap_or(StopCause::Account);
        let lane: LaneId = store.account.as_str().parse()?;
        person.tell(format_args!("{} {} of {lane}: {mode:?}", word(on), cause.as_str()));
        let spec = lane_spec(&site.account(store, 2, EVERY_MINUTES_CALM)?);
        if on {
            drop(governor.stop(&lane, &cause, &stop, &spec).await);
        } else {
            drop(governor.lift(&lane, &cause).await);
        }
        return Ok(());
    }
    let group = super::site::INTEGRATION.as_str();
    let scopes: [WideScope; 3] =
        ["all".parse()?, group.parse()?, format!("{group}/{kind}").parse()?];
    let scope = world.pick(&scopes).cloned().unwrap_or(WideScope::All);
    person.tell(format_args!("{} {scope}: {mode:?}", word(on)));
    if on {
        let switch = Switch { stop, since: world.now(), ramp_ms: world.below(10_000) };
        drop(governor.switch_on(&scope, &switch).await);
    } else {
        drop(governor.switch_off(&scope).await);
    }
    Ok(())
}

const fn word(on: bool) -> &'static str {
    if on { "stops" } else { "lifts" }
}

/// Puts everything right again, as people do in the end.
///
/// # Errors
/// Something can't be put right, though nothing goes wrong any more.
pub(super) async fn put_right(site: &Arc<Site>) -> anyhow::Result<()> {
    let world = &site.world;
    let person = Life::outside("person", world);
    let governor = site.governor(&person);
    for scope in governor.read_board().await?.switches.keys() {
        governor.switch_off(scope).await?;
    }
    for store in &site.stores {
        store.set_mood(Mood::Good);
        site.accounts(&person).put(&site.account(store, 2, EVERY_MINUTES_CALM)?).await?;
        let lane: LaneId = store.account.as_str().parse()?;
        let stops = governor.look(&lane).await?.map(|lane| lane.stops).unwrap_or_default();
        for cause in stops.keys() {
            if *cause == StopCause::DeadMan {
                world.count(Trouble::DeadMan);
            }
            governor.lift(&lane, cause).await?;
        }
    }
    for (_, messages) in &site.queues {
        messages.redrive();
    }
    Ok(())
}
