//! Workers and tickers: one process after the other, each living until it dies or is replaced.

use core::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use flyball_domain::{Kind, UnixMillis};
use flyball_governor::{Clock as _, Policy};
use flyball_importer::{Delivery, Handled, Stopping};
use flyball_queue::{Queue as _, Receipt, Receive};
use flyball_ticker::Duty;

use super::life::{Life, LifeClock, Over};
use super::site::Site;

/// How long a worker waits for a message before it looks whether it is to end.
const WAIT_MS: u64 = 2_000;
/// How long a queue that does not answer is left alone.
const QUEUE_PAUSE_MS: u64 = 1_000;
/// How long an invocation has, at least and at most.
const TIME_MS: RangeInclusive<u64> = 20_000..=300_000;
/// How long it takes at most until another takes a dead one's place.
const AWAY_MS_MAX: u64 = 20_000;
/// Visibility, as the functions' queues have it.
const VISIBILITY_MS: u64 =
    Policy::STANDARD.lease_ms.saturating_add(Policy::STANDARD.skew_ms.saturating_mul(2));

/// One worker after the other on the queue of a kind, as long as the world lasts.
pub(super) async fn workers(site: Arc<Site>, kind: Kind, number: u64) {
    let mut turn = 0_u64;
    loop {
        turn = turn.saturating_add(1);
        let life = Life::begin(format!("{kind}-{number}.{turn}"), &site.world);
        let in_hand = Mutex::new(None);
        let work = work(&site, &life, kind, TIME_MS, &in_hand);
        if life.live(Box::pin(work)).await == Over::Died {
            let receipt = in_hand.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let (Some(receipt), Some(queue)) = (receipt, site.queue(kind, &life)) {
                queue.messages.excuse(&receipt);
            }
            site.world.rest(site.world.below(AWAY_MS_MAX)).await;
        }
    }
}

/// Works as long as nobody says that it is to end; each invocation has this much time.
pub(super) async fn work(
    site: &Arc<Site>,
    life: &Arc<Life>,
    kind: Kind,
    time_ms: RangeInclusive<u64>,
    in_hand: &Mutex<Option<Receipt>>,
) {
    let stopping = site.stopping();
    let Some(queue) = site.queue(kind, life) else { return };
    let importer = site.importer(life, stopping.clone());
    let clock = LifeClock(Arc::clone(life));
    while !Stopping::is_on(&stopping) {
        let ask = Receive { messages_max: 1, visibility_ms: VISIBILITY_MS, wait_ms: WAIT_MS };
        let Ok(received) = queue.receive(ask).await else {
            site.world.rest(QUEUE_PAUSE_MS).await;
            continue;
        };
        for message in received {
            let put = |receipt| {
                *in_hand.lock().unwrap_or_else(PoisonError::into_inner) = receipt;
            };
            put(Some(message.receipt.clone()));
            let time_ms = site.world.below(*time_ms.end()).max(*time_ms.start());
            let delivery = Delivery {
                body: message.body,
                receipt: message.receipt,
                kind,
                receives: Some(message.receives),
                end_by: Some(UnixMillis(clock.now().plus(time_ms).0)),
            };
            match Box::pin(importer.handle(&delivery)).await {
                Handled::Done => {}
                Handled::Again(why) => {
                    life.tell(format_args!("{} comes again: {why}", delivery.receipt.0));
                    queue.messages.excuse(&delivery.receipt);
                }
            }
            put(None);
        }
    }
}

/// How often a ticker looks whether there is something for it to do. In production it is every
/// second; here, what is due waits a little longer, and more happens in the same time of ours.
const LOOK_MS: u64 = 4_000;
/// How often it makes a pass all the same: while nothing stands on the board, while something does,
/// and when the world is calm. A pass in between would find nothing.
const PASS_MS_QUIET: u64 = 120_000;
const PASS_MS_BOARD: u64 = 15_000;
const PASS_MS_CALM: u64 = 600_000;

/// One ticker after the other.
pub(super) async fn tickers(site: Arc<Site>, number: u64) {
    let mut turn = 0_u64;
    loop {
        turn = turn.saturating_add(1);
        let life = Life::begin(format!("ticker-{number}.{turn}"), &site.world);
        if life.live(Box::pin(tick(&site, &life))).await == Over::Died {
            site.world.rest(site.world.below(AWAY_MS_MAX)).await;
        }
    }
}

async fn tick(site: &Arc<Site>, life: &Arc<Life>) {
    let ticker = site.ticker(life);
    let world = &site.world;
    let clock = LifeClock(Arc::clone(life));
    let (mut last_ms, mut not_before) = (0, clock.now());
    loop {
        world.rest(LOOK_MS).await;
        let (due, clear) = world.watch(|watch, now| {
            let due = watch.next_wake().is_some_and(|wake| wake <= now);
            ((due, watch.board_is_clear()), Vec::new())
        });
        let every_ms = match (world.is_calm(), clear) {
            (_, false) => PASS_MS_BOARD,
            (true, true) => PASS_MS_CALM,
            (false, true) => PASS_MS_QUIET,
        };
        let idle = !due && world.elapsed_ms().saturating_sub(last_ms) < every_ms;
        if idle || clock.now() < not_before {
            continue;
        }
        last_ms = world.elapsed_ms();
        match ticker.take_duty().await {
            Ok(Duty::Mine) => match Box::pin(ticker.pass()).await {
                Ok(pass) => life.tell(format_args!("passes: {} due, {} sent", pass.due, pass.sent)),
                Err(error) => life.tell(format_args!("its pass failed: {error}")),
            },
            Ok(Duty::SomebodyElses(until)) => not_before = until,
            Err(error) => life.tell(format_args!("has no word on its duty: {error}")),
        }
    }
}
