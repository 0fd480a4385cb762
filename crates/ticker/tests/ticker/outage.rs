use std::collections::BTreeSet;

use flyball_governor::core::transitions::{declare_back, suspect};
use flyball_governor::core::{Platform, Return, Suspicion};
use flyball_governor::{Policy, UnixMillis};

use crate::world::{BEGIN, Vendor, World, die_after, group};

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
        if let Some(Platform::Back(Return { back, .. })) = state(&world).await {
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
    let back = declare_back(&group(), &down, Return::known(BEGIN, back));
    world.governor.apply_to_board(&back).await.unwrap();
    world.tick().await;
    for name in NAMES {
        let lane = world.lane(name).await;
        let Policy { return_spread_ms, look_age_ms, .. } = Policy::STANDARD;
        let soon = world.now().plus(return_spread_ms + look_age_ms);
        assert!(lane.shut <= soon && lane.wake.is_some_and(|wake| wake <= soon), "{lane:?}");
        assert!(lane.level > 0, "it still sends one probe");
    }
}

#[tokio::test]
async fn where_one_canary_finds_the_vendor_well_the_others_probe_at_once() {
    let world = World::open(Policy::STANDARD).await;
    suspected(&world).await;
    world.tick_until(world.now().plus(11_000)).await;
    for name in NAMES {
        assert!(world.work(name, Vendor::Down).await, "its gate has passed");
    }
    world.pass_time(1);
    let shut = world.lane(NAMES[1]).await.shut;
    world.tick().await;
    assert_eq!(world.lane(NAMES[1]).await.shut, shut, "nobody has found it well");
    // The first one's gate passes, and the others' do not.
    world.open_gate(NAMES[0]).await;
    assert!(world.work(NAMES[0], Vendor::Up).await);
    world.sent_for().await;
    world.tick().await;
    assert!(world.now() < shut);
    let sent: BTreeSet<String> = world.sent_for().await.into_iter().collect();
    assert_eq!(sent, NAMES[1..].iter().map(|name| (*name).to_owned()).collect());
    for name in &NAMES[1..3] {
        assert!(world.work(name, Vendor::Up).await);
    }
    world.tick().await;
    assert!(matches!(state(&world).await, Some(Platform::Back(_))));
}

#[tokio::test]
async fn an_outage_that_is_over_is_remembered_for_an_hour() {
    let world = World::open(Policy::STANDARD).await;
    suspected(&world).await;
    world.tick_until(world.now().plus(11_000)).await;
    let down = state(&world).await.unwrap();
    let back = declare_back(&group(), &down, Return::known(BEGIN, world.now()));
    world.governor.apply_to_board(&back).await.unwrap();
    world.pass_time(3_599_000);
    world.tick().await;
    assert!(matches!(state(&world).await, Some(Platform::Back(Return { let_go: true, .. }))));
    world.pass_time(1_000);
    world.tick().await;
    assert_eq!(state(&world).await, None);
}

/// A group that is down, and a lane that waits until somebody lets it go.
async fn down_with_one_waiting(world: &World) -> Platform {
    suspected(world).await;
    world.tick_until(world.now().plus(11_000)).await;
    world.park("waiting").await;
    world.tick_until(world.now().plus(2_000)).await;
    let down = state(world).await.unwrap();
    assert!(matches!(down, Platform::Down(_)));
    assert!(world.now().plus(80_000_000) < world.lane("waiting").await.wake.unwrap());
    down
}

/// Ticks for as long as letting go takes, and says whether the lane that waited was sent for.
async fn is_let_go(world: &World) -> bool {
    let spread_ms = Policy::STANDARD.return_spread_ms;
    let sent = world.tick_until(world.now().plus(spread_ms + 3_000)).await;
    sent.values().flatten().any(|name| name == "waiting")
}

#[tokio::test]
async fn a_return_during_which_nobody_ticked_is_not_forgotten_before_every_lane_is_let_go() {
    let world = World::open(Policy::STANDARD).await;
    let down = down_with_one_waiting(&world).await;
    let back = declare_back(&group(), &down, Return::known(BEGIN, world.now()));
    world.governor.apply_to_board(&back).await.unwrap();
    world.pass_time(2 * 3_600_000);
    assert!(is_let_go(&world).await);
    assert_eq!(state(&world).await, None, "and is forgotten then");
}

#[tokio::test]
async fn a_suspicion_in_the_middle_of_letting_go_leaves_nobody_behind() {
    let world = World::open(Policy::STANDARD).await;
    let down = down_with_one_waiting(&world).await;
    // What the canaries met is history.
    world.pass_time(60_000);
    let returned = Return::known(BEGIN, world.now());
    let back = declare_back(&group(), &down, returned);
    world.governor.apply_to_board(&back).await.unwrap();
    world.pass_time(100);
    let now = world.now();
    let suspicion = Suspicion { over: Some(returned), ..Suspicion::of_nobody(now) };
    let suspect = suspect(&group(), Some(&Platform::Back(returned)), suspicion);
    world.governor.apply_to_board(&suspect).await.unwrap();
    world.tick().await;
    assert!(matches!(state(&world).await, Some(Platform::Suspected(_))));
    world.pass_time(Policy::STANDARD.suspicion_ms);
    assert!(is_let_go(&world).await);
}

#[tokio::test]
async fn who_lets_go_a_group_of_which_nobody_can_tell_may_die_and_the_next_does_it() {
    let world = World::open(Policy::STANDARD).await;
    down_with_one_waiting(&world).await;
    world.pass_time(2 * Policy::STANDARD.canary_silence_ms);
    // Killed at every point of the pass that gives the group up, and of those after it.
    for polls in 0..120 {
        die_after(&world.another_ticker(), polls).await;
    }
    let sent = world.sent_for().await;
    // The turns of the dead are given up.
    world.pass_time(16_000);
    let reached = is_let_go(&world).await || sent.iter().any(|name| name == "waiting");
    assert!(reached, "{:?}", state(&world).await);
    let known = state(&world).await;
    assert_eq!(known, None, "nobody was pardoned, so that nothing is left to remember");
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
    assert!(is_let_go(&world).await);
    world.tick_until(world.now().plus(6_000)).await;
    assert_eq!(state(&world).await, None, "and is forgotten when all have been let go");
}
