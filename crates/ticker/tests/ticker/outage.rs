use std::collections::BTreeSet;

use flyball_governor::core::Platform;
use flyball_governor::{Policy, UnixMillis};

use crate::world::{BEGIN, Vendor, World, group};

const NAMES: [&str; 5] = ["bad-1", "bad-2", "bad-3", "bad-4", "bad-5"];

/// These lanes meet a vendor that fails, one after the other, within five seconds.
async fn fail_at_once(world: &World, names: &[&str]) {
    for name in names {
        world.park(name).await;
        assert!(world.work(name, Vendor::Down).await);
        world.pass_time(500);
    }
}

async fn state(world: &World) -> Option<Platform> {
    world.board().await.platforms.get(&group()).cloned()
}

async fn suspected(world: &World) {
    fail_at_once(world, &NAMES).await;
    world.tick().await;
    assert!(matches!(state(world).await, Some(Platform::Suspected(_))));
    // The worker's board is a second old at most.
    world.pass_time(1_000);
}

#[tokio::test]
async fn one_noisy_account_alone_never_makes_its_integration_suspected() {
    let world = World::open(Policy::STANDARD).await;
    world.park("noisy").await;
    for _ in 0..20 {
        world.work("noisy", Vendor::Down).await;
        world.tick().await;
        world.pass_time(2_000);
    }
    fail_at_once(&world, &NAMES[..3]).await;
    world.tick().await;
    assert_eq!(state(&world).await, None);
}

#[tokio::test]
async fn a_success_withdraws_the_suspicion() {
    let world = World::open(Policy::STANDARD).await;
    suspected(&world).await;
    world.park("good").await;
    assert!(world.work("good", Vendor::Up).await);
    world.tick().await;
    assert_eq!(state(&world).await, None);
    world.tick_until(world.now().plus(15_000)).await;
    assert_eq!(state(&world).await, None, "the same failures are held against it once");
}

#[tokio::test]
async fn a_whole_outage_only_canaries_probe_and_then_everybody_is_let_go_spread_out() {
    let world = World::open(Policy::STANDARD).await;
    suspected(&world).await;
    let since = world.now();
    let early = world.tick_until(since.plus(8_000)).await;
    assert!(matches!(state(&world).await, Some(Platform::Suspected(_))), "{early:?}");
    world.tick_until(since.plus(11_000)).await;
    let Some(Platform::Down(incident)) = state(&world).await else { unreachable!() };
    assert_eq!(incident.since, BEGIN, "the first of the calls began then");
    assert_eq!(incident.canaries, NAMES.map(str::to_owned).into());

    let others: Vec<String> = (0..195).map(|n| format!("shop-{n}")).collect();
    for name in &others {
        world.park(name).await;
    }
    for _ in 0..30 {
        world.pass_time(1_000);
        world.tick().await;
        for account in world.sent_for().await {
            assert!(incident.canaries.contains(&account), "{account} is no canary");
            world.work(&account, Vendor::Down).await;
        }
    }

    let up_since = world.now();
    let (back, first) = loop {
        assert!(world.now() < up_since.plus(60_000), "never back");
        world.pass_time(1_000);
        world.tick().await;
        let sent = world.sent_for().await;
        if let Some(Platform::Back { back, .. }) = state(&world).await {
            break (back, sent);
        }
        for account in sent {
            assert!(incident.canaries.contains(&account), "{account} is no canary");
            world.work(&account, Vendor::Up).await;
        }
    };
    let end = back.plus(Policy::STANDARD.return_spread_ms + 2_000);
    let mut let_go = world.tick_until(end).await;
    let_go.insert(back, first);
    let reached: BTreeSet<&String> = let_go.values().flatten().collect();
    assert!(others.iter().all(|name| reached.contains(name)), "{} of 195", reached.len());
    let most = let_go.values().map(Vec::len).max();
    assert!(most < Some(100), "not in one second: {let_go:?}");
}

#[tokio::test]
async fn a_lane_that_tripped_in_the_outage_probes_at_once_and_does_not_wait_for_its_gate() {
    let world = World::open(Policy::STANDARD).await;
    suspected(&world).await;
    world.tick_until(world.now().plus(11_000)).await;
    let Some(Platform::Down(incident)) = state(&world).await else { unreachable!() };
    let down = Platform::Down(incident);
    let back = world.now();
    let declare = flyball_governor::core::transitions::declare_back;
    let back = declare(&group(), &down, BEGIN, back);
    world.governor.apply_to_board(&back).await.unwrap();
    world.tick().await;
    for name in NAMES {
        let lane = world.lane(name).await;
        let soon = world.now().plus(Policy::STANDARD.return_spread_ms);
        assert!(lane.shut <= soon && lane.wake.is_some_and(|wake| wake <= soon), "{lane:?}");
        assert!(lane.level > 0, "it still sends one probe");
    }
}

#[tokio::test]
async fn an_outage_that_is_over_is_remembered_for_an_hour() {
    let world = World::open(Policy::STANDARD).await;
    suspected(&world).await;
    world.tick_until(world.now().plus(11_000)).await;
    let down = state(&world).await.unwrap();
    let declare = flyball_governor::core::transitions::declare_back;
    let back = declare(&group(), &down, BEGIN, world.now());
    world.governor.apply_to_board(&back).await.unwrap();
    world.pass_time(3_599_000);
    world.tick().await;
    assert!(matches!(state(&world).await, Some(Platform::Back { .. })));
    world.pass_time(1_000);
    world.tick().await;
    assert_eq!(state(&world).await, None);
}

#[tokio::test]
async fn others_take_the_place_of_canaries_that_stay_silent() {
    let mut policy = Policy::STANDARD;
    policy.canaries = 3;
    let world = World::open(policy).await;
    suspected(&world).await;
    world.tick_until(world.now().plus(11_000)).await;
    let Some(Platform::Down(first)) = state(&world).await else { unreachable!() };
    assert_eq!(first.canaries.len(), 3);
    let chosen: UnixMillis = first.chosen;
    world.pass_time(Policy::STANDARD.canary_silence_ms);
    world.tick().await;
    let Some(Platform::Down(second)) = state(&world).await else { unreachable!() };
    assert!(chosen < second.chosen);
    let others = NAMES.iter().filter(|name| !first.canaries.contains(**name));
    assert_eq!(second.canaries, others.map(|name| (*name).to_owned()).collect());
}

#[tokio::test]
async fn a_group_of_which_nobody_can_tell_any_more_holds_nobody_back() {
    let world = World::open(Policy::STANDARD).await;
    suspected(&world).await;
    world.tick_until(world.now().plus(11_000)).await;
    world.park("waiting").await;
    world.tick_until(world.now().plus(2_000)).await;
    assert!(matches!(state(&world).await, Some(Platform::Down(_))));
    // The canaries are sent for, and none of them ever says anything.
    world.pass_time(2 * Policy::STANDARD.canary_silence_ms);
    let spread_ms = Policy::STANDARD.return_spread_ms;
    let sent = world.tick_until(world.now().plus(spread_ms + 3_000)).await;
    assert_eq!(state(&world).await, None);
    assert!(sent.values().flatten().any(|name| name == "waiting"), "{sent:?}");
}
