use std::collections::{BTreeMap, BTreeSet};

use flyball_governor::core::{Switch, WideScope};
use flyball_governor::{LaneSpec, Policy, Stop, StopMode, Tried, UnixMillis};

use crate::world::{World, die_after, lane_id, poll_times};

const RAMP_MS: u64 = 10_000;

fn shopify() -> WideScope {
    "shopify".parse().unwrap()
}

async fn hold(world: &World, until: Option<UnixMillis>) {
    set(world, StopMode::Hold, until).await;
}

async fn set(world: &World, mode: StopMode, until: Option<UnixMillis>) {
    let stop = Stop { mode, reason: "a drill".to_owned(), author: "mia".to_owned(), until };
    set_with_ramp(world, stop, RAMP_MS).await;
}

async fn set_with_ramp(world: &World, stop: Stop, ramp_ms: u64) {
    let switch = Switch { stop, since: world.now(), ramp_ms };
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
    let all_know = end.plus(Policy::STANDARD.look_age_ms);
    let early: Vec<_> = seconds.range(..=all_know).flat_map(|(_, sent)| sent).collect();
    assert!(early.is_empty(), "a worker may not know yet: {early:?}");
}

#[tokio::test]
async fn who_is_given_long_to_come_is_not_taken_for_one_that_was_passed_over() {
    let world = World::open(Policy::STANDARD).await;
    let (reason, author) = ("a drill".to_owned(), "mia".to_owned());
    let stop = Stop { mode: StopMode::Hold, reason, author, until: None };
    set_with_ramp(&world, stop, 60_000).await;
    fifty(&world).await;
    world.tick_until(world.now().plus(2_000)).await;
    let end = world.now();
    world.governor.switch_off(&shopify()).await.unwrap();
    let mut last: BTreeMap<String, UnixMillis> = BTreeMap::new();
    // The second round is at 66 s. By then some were sent for three times, and given a minute.
    for (at, names) in world.tick_until(end.plus(75_000)).await {
        for name in names {
            let before = last.insert(name.clone(), at);
            let again_ms = Policy::STANDARD.wake_again_ms;
            assert!(before.is_none_or(|before| before.plus(again_ms) <= at), "{name}: {before:?}");
        }
    }
    assert_eq!(last.len(), 50);
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

#[tokio::test]
async fn what_a_switch_held_starts_again_over_the_ramp_when_a_dimmer_takes_its_place() {
    let world = World::open(Policy::STANDARD).await;
    hold(&world, None).await;
    let names = fifty(&world).await;
    let held = world.tick_until(world.now().plus(5_000)).await;
    assert!(held.values().all(Vec::is_empty), "{held:?}");
    let since = world.now();
    set(&world, StopMode::Limit(100), None).await;
    let seconds = world.tick_until(since.plus(RAMP_MS + 2_000)).await;
    over_the_ramp(&seconds, &names, since);
    world.tick_until(since.plus(RAMP_MS + 7_000)).await;
    let quiet = world.calls_of_a_pass().await;
    world.governor.switch_off(&shopify()).await.unwrap();
    world.tick_until(world.now().plus(RAMP_MS + 6_000)).await;
    assert_eq!(world.calls_of_a_pass().await, quiet, "who is let go once costs nothing more");
}

#[tokio::test]
async fn tickers_that_were_frozen_while_a_switch_was_lifted_put_no_lane_to_sleep() {
    let world = World::open(Policy::STANDARD).await;
    hold(&world, None).await;
    world.park("waiting").await;
    let mut frozen = Vec::new();
    for polls in 0.. {
        let ticker = world.another_ticker();
        let mut pass = Box::pin(async move { ticker.pass().await });
        if poll_times(pass.as_mut(), polls).await.is_some() {
            break;
        }
        frozen.push(pass);
    }
    assert!(frozen.len() > 15, "each at another point: {}", frozen.len());
    assert!(world.now().plus(80_000_000) < world.lane("waiting").await.wake.unwrap());
    world.governor.switch_off(&shopify()).await.unwrap();
    world.tick_until(world.now().plus(RAMP_MS + 6_000)).await;
    for (polls, pass) in frozen.into_iter().enumerate() {
        // Whoever was sent for never came, so that the lane is due once more.
        world.pass_time(Policy::STANDARD.wake_again_ms);
        pass.await.unwrap();
        let soon = world.now().plus(Policy::STANDARD.wake_again_ms);
        let wake = world.lane("waiting").await.wake;
        assert!(wake.is_some_and(|wake| wake <= soon), "frozen after {polls}: {wake:?}");
    }
}

#[tokio::test]
async fn a_lane_that_was_due_all_the_time_is_changed_when_it_is_let_go() {
    let world = World::open(Policy::STANDARD).await;
    hold(&world, None).await;
    // Of no group, and of an account that nobody knows: it stays due whatever a pass does.
    world.governor.create(&lane_id("odd"), &LaneSpec::alone(1)).await.unwrap();
    world.park("odd").await;
    let seen = world.lane("odd").await;
    world.pass_time(1_000);
    world.governor.switch_off(&shopify()).await.unwrap();
    for _ in 0..20 {
        world.pass_time(1_000);
        world.ticker.pass().await.unwrap();
    }
    assert!(world.lane("odd").await.wake.is_some_and(|wake| wake < world.now()), "it is due");
    let far = world.now().plus(86_400_000);
    let tried = world.governor.leave_alone(&lane_id("odd"), &seen, far).await.unwrap();
    assert!(matches!(tried, Tried::Refused(_)), "whoever saw it held leaves it alone no more");
}
