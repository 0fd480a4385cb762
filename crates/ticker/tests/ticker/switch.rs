use core::pin::pin;
use core::task::Poll;
use std::collections::{BTreeMap, BTreeSet};

use flyball_governor::core::{Switch, WideScope};
use flyball_governor::{Policy, Stop, StopMode, Tried, UnixMillis};
use flyball_ticker::Ticker;
use futures::future::poll_fn;

use crate::world::World;

const RAMP_MS: u64 = 10_000;

fn shopify() -> WideScope {
    "shopify".parse().unwrap()
}

async fn hold(world: &World, until: Option<UnixMillis>) {
    let stop = Stop {
        mode: StopMode::Hold,
        reason: "a drill".to_owned(),
        author: "mia".to_owned(),
        until,
    };
    let switch = Switch { stop, since: world.now(), ramp_ms: RAMP_MS };
    let tried = world.governor.switch_on(&shopify(), &switch).await.unwrap();
    assert!(matches!(tried, Tried::Done(_)));
}

async fn fifty(world: &World) -> BTreeSet<String> {
    let names: BTreeSet<String> = (0..50).map(|n| format!("shop-{n}")).collect();
    for name in &names {
        world.park(name).await;
    }
    names
}

/// Every lane was sent for, from `end` on over the ramp, and not all in one second.
fn over_the_ramp(
    seconds: &BTreeMap<UnixMillis, Vec<String>>,
    names: &BTreeSet<String>,
    end: UnixMillis,
) {
    let before: Vec<_> = seconds.range(..end).flat_map(|(_, sent)| sent).collect();
    assert!(before.is_empty(), "{before:?}");
    let until = end.plus(RAMP_MS + 2_000);
    let reached: BTreeSet<String> =
        seconds.range(end..=until).flat_map(|(_, sent)| sent.clone()).collect();
    assert_eq!(reached, *names);
    let most = seconds.range(end..=until).map(|(_, sent)| sent.len()).max().unwrap();
    assert!(most < 25, "{seconds:?}");
}

#[tokio::test]
async fn what_a_switch_held_starts_again_over_the_ramp_when_it_expires() {
    let world = World::open(Policy::STANDARD).await;
    let end = world.now().plus(30_000);
    hold(&world, Some(end)).await;
    let names = fifty(&world).await;
    let seconds = world.tick_until(end.plus(RAMP_MS + 2_000)).await;
    over_the_ramp(&seconds, &names, end);
    world.tick_until(end.plus(RAMP_MS + 6_000)).await;
    assert!(world.board().await.switches.is_empty(), "it is dealt with, and forgotten");
}

#[tokio::test]
async fn what_a_switch_held_without_an_end_starts_again_over_the_ramp_when_it_is_lifted() {
    let world = World::open(Policy::STANDARD).await;
    hold(&world, None).await;
    let names = fifty(&world).await;
    let held = world.tick_until(world.now().plus(5_000)).await;
    assert!(held.values().all(Vec::is_empty), "{held:?}");
    let end = world.now();
    world.governor.switch_off(&shopify()).await.unwrap();
    let seconds = world.tick_until(end.plus(RAMP_MS + 2_000)).await;
    over_the_ramp(&seconds, &names, end);
}

/// Makes a pass that is dropped after it was polled so often, as a machine that dies drops it.
async fn die_after(ticker: &Ticker, polls: u32) {
    let mut pass = pin!(ticker.pass());
    let mut polled = 0;
    poll_fn(|context| {
        polled += 1;
        if polled > polls { Poll::Ready(()) } else { pass.as_mut().poll(context).map(|_| ()) }
    })
    .await;
}

#[tokio::test]
async fn a_ticker_that_dies_in_the_middle_is_followed_by_one_that_repeats_it() {
    let world = World::open(Policy::STANDARD).await;
    hold(&world, None).await;
    let names = fifty(&world).await;
    world.tick_until(world.now().plus(2_000)).await;
    world.governor.switch_off(&shopify()).await.unwrap();
    let mut reached = BTreeSet::new();
    for polls in (0..200).step_by(20) {
        die_after(&world.another_ticker(), polls).await;
        reached.extend(world.sent_for().await);
        // The dead one's turn is given up.
        world.pass_time(16_000);
    }
    let seconds = world.tick_until(world.now().plus(40_000)).await;
    reached.extend(seconds.values().flatten().cloned());
    assert_eq!(reached, names);
    assert!(world.board().await.switches.is_empty());
}

#[tokio::test]
async fn two_tickers_beside_each_other_let_each_lane_go_once() {
    let world = World::open(Policy::STANDARD).await;
    hold(&world, None).await;
    let names = fifty(&world).await;
    world.tick_until(world.now().plus(2_000)).await;
    world.governor.switch_off(&shopify()).await.unwrap();
    let (one, other) = (world.another_ticker(), world.another_ticker());
    let mut roused = 0;
    for _ in 0..20 {
        world.pass_time(1_000);
        roused += one.pass().await.unwrap().roused + other.pass().await.unwrap().roused;
    }
    assert_eq!(roused, u64::try_from(names.len()).unwrap());
}
