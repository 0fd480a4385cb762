//! What happens to the stores during a demo.

use core::num::NonZeroU64;
use core::time::Duration;
use std::sync::Arc;

use anyhow::Result;
use flyball_domain::UnixMillis;
use flyball_governor::{LaneSpec, Stop, StopCause, StopMode, stop_is_complete};
use flyball_local::{Killed, System, Workers};
use flyball_storefronts::{Dial, Fault, When};
use tokio::sync::Mutex;

use super::board::Board;
use super::pause;
use super::progress::Screen;
use super::script::{Event, Script};
use super::world::{SLOTS, Shop};

/// How long the throttling store throttles, in milliseconds.
const THROTTLE_MS: u64 = 1_500;
/// How long the store that goes down stays down, in milliseconds.
const OUTAGE_MS: u64 = 3_000;
/// How long the stopped store stays stopped after the stop is complete, in milliseconds.
const STOPPED_MS: u64 = 2_000;
/// How long a stop lasts that nobody lifts, in milliseconds.
const STOP_EXPIRY_MS: u64 = 3_600_000;
/// How often a stopped lane is looked at, in milliseconds.
const LOOK_MS: u64 = 100;

/// Everything an event needs.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) system: System,
    pub(crate) shops: Vec<Shop>,
    pub(crate) board: Arc<Board>,
    pub(crate) workers: Mutex<Vec<Workers>>,
    pub(crate) screen: Screen,
    pub(crate) script: Mutex<Script>,
}

impl Stage {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.system.stores.governor.now().0)
    }

    /// Waits until so many percent of a store's records have arrived.
    async fn until_arrived(&self, shop: &Shop, percent: u64) {
        let mut changes = self.board.changes();
        let wanted = shop.records().saturating_mul(percent) / 100;
        while self.board.arrived(&shop.account) < wanted {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    async fn kill(&self, worker: tokio::task::Id) -> Killed {
        let mut crews = self.workers.lock().await;
        let killed = crews.iter_mut().any(|crew| crew.kill(worker) == Killed::Yes);
        if killed { Killed::Yes } else { Killed::No }
    }

    async fn over(&self, event: Event) -> Result<()> {
        let mut script = self.script.lock().await;
        script.over.insert(event);
        script.save()
    }

    fn say(&self, shop: &Shop, what: &str) {
        self.screen.say(&format!("{}: {what}", shop.account));
    }
}

/// Plays an event, once in the life of a demo's folder.
pub(crate) async fn play(stage: Arc<Stage>, event: Event) -> Result<()> {
    if stage.script.lock().await.over.contains(&event) {
        return Ok(());
    }
    let Some(shop) = stage.shops.get(event.store(stage.shops.len())) else { return Ok(()) };
    match event {
        Event::Throttle => throttle(&stage, shop).await?,
        Event::Outage => outage(&stage, shop).await?,
        Event::Switch => switch(&stage, shop).await?,
        Event::Kill => kill(&stage, shop).await?,
    }
    stage.over(event).await
}

async fn throttle(stage: &Stage, shop: &Shop) -> Result<()> {
    stage.until_arrived(shop, 10).await;
    stage.say(shop, "the store throttles hard");
    let now = stage.now();
    let when = When::ByClock { from: now, to: now.plus(THROTTLE_MS) };
    shop.store.set_dials(vec![Dial { fault: Fault::Throttled, when, kind: None }])?;
    pause(Duration::from_millis(THROTTLE_MS)).await;
    stage.say(shop, "the store's budget refills");
    Ok(())
}

async fn outage(stage: &Stage, shop: &Shop) -> Result<()> {
    stage.until_arrived(shop, 20).await;
    stage.say(shop, "the store goes down");
    let now = stage.now();
    let when = When::ByClock { from: now, to: now.plus(OUTAGE_MS) };
    shop.store.set_dials(vec![Dial { fault: Fault::Outage, when, kind: None }])?;
    pause(Duration::from_millis(OUTAGE_MS)).await;
    stage.say(shop, "the store is back");
    Ok(())
}

async fn switch(stage: &Stage, shop: &Shop) -> Result<()> {
    stage.until_arrived(shop, 25).await;
    let governor = &stage.system.stores.governor;
    let stop = Stop {
        mode: StopMode::Stop,
        reason: "stocktaking".to_owned(),
        author: "the demo".to_owned(),
        until: Some(governor.now().plus(STOP_EXPIRY_MS)),
    };
    stage.say(shop, "stopped by a switch: stocktaking");
    if let Some(written) =
        governor.stop(&shop.lane, &StopCause::Account, &stop, &LaneSpec::alone(SLOTS)).await?
    {
        while let Some(lane) = governor.look(&shop.lane).await?
            && !stop_is_complete(&written, &lane, governor.now(), governor.policy())
        {
            pause(Duration::from_millis(LOOK_MS)).await;
        }
        shop.store.note_stop(stage.now());
        stage.say(shop, "the stop is complete: no call from now on");
        pause(Duration::from_millis(STOPPED_MS)).await;
    }
    shop.store.note_lift(stage.now());
    governor.lift(&shop.lane, &StopCause::Account).await?;
    stage.say(shop, "let go again");
    Ok(())
}

async fn kill(stage: &Stage, shop: &Shop) -> Result<()> {
    stage.until_arrived(shop, 15).await;
    let mut changes = stage.board.changes();
    let slow = Fault::Latency { least_ms: 20, most_ms: 60 };
    let every = NonZeroU64::MIN;
    shop.store.set_dials(vec![Dial { fault: slow, when: When::Every(every), kind: None }])?;
    loop {
        if stage.board.arrived(&shop.account) >= shop.records() {
            return Ok(());
        }
        if let Some(worker) = stage.board.worker_of(&shop.account)
            && stage.kill(worker).await == Killed::Yes
        {
            stage.say(shop, "its worker is killed in mid-import");
            return Ok(());
        }
        if changes.changed().await.is_err() {
            return Ok(());
        }
    }
}
