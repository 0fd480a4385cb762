use flyball_governor::core::{Switch, WideScope, transitions as t};
use flyball_governor::{LaneSpec, Policy, Stop, StopMode};

use crate::world::{World, lane_id};

const WIDE: &str = "wide.shopify";

async fn dimmed(slots: u32) -> World {
    let world = World::open(Policy::STANDARD).await;
    let stop = Stop {
        mode: StopMode::Limit(slots),
        reason: "their quota".to_owned(),
        author: "mia".to_owned(),
        until: None,
    };
    let scope: WideScope = "shopify".parse().unwrap();
    let switch = Switch { stop, since: world.now(), ramp_ms: 0 };
    world.governor.switch_on(&scope, &switch).await.unwrap();
    world.governor.create(&lane_id(WIDE), &LaneSpec::alone(slots)).await.unwrap();
    for n in 1..=5 {
        let account = format!("shop-{n}");
        world.connect(&account).await;
        world.put_row(WIDE, &format!("row{n}"), &World::drain_of(&account)).await;
        world.pass_time(10);
    }
    world.governor.apply(&lane_id(WIDE), &t::mark(world.now())).await.unwrap();
    world
}

#[tokio::test]
async fn as_many_accounts_are_sent_for_as_a_wide_limit_has_room_for_the_oldest_first() {
    let world = dimmed(2).await;
    world.tick().await;
    let mut sent = world.sent_for().await;
    sent.sort();
    assert_eq!(sent, ["shop-1", "shop-2"]);
    world.pass_time(1_000);
    world.tick().await;
    assert!(world.sent_for().await.is_empty(), "they get time to come");
}

#[tokio::test]
async fn whoever_did_not_come_is_called_anew() {
    let world = dimmed(1).await;
    for _ in 0..2 {
        world.tick().await;
        assert_eq!(world.sent_for().await, ["shop-1"]);
        world.pass_time(Policy::STANDARD.wake_again_ms);
    }
}

#[tokio::test]
async fn an_account_that_is_connected_no_more_holds_up_nobody_behind_it_in_line() {
    let world = dimmed(1).await;
    world.accounts.remove(&"shop-1".parse().unwrap()).await.unwrap();
    world.tick().await;
    assert_eq!(world.sent_for().await, ["shop-2"]);
    assert_eq!(world.governor.parked(&lane_id(WIDE)).await.unwrap().len(), 4);
}

#[tokio::test]
async fn everybody_is_sent_for_when_nothing_is_limited_any_more() {
    let world = dimmed(2).await;
    world.tick().await;
    world.sent_for().await;
    world.governor.switch_off(&"shopify".parse().unwrap()).await.unwrap();
    let seconds = world.tick_until(world.now().plus(3_000)).await;
    let mut sent: Vec<String> = seconds.into_values().flatten().collect();
    sent.sort();
    assert_eq!(sent, ["shop-1", "shop-2", "shop-3", "shop-4", "shop-5"]);
    let lane = world.lane(WIDE).await;
    assert!(world.governor.parked(&lane_id(WIDE)).await.unwrap().is_empty());
    assert_eq!(lane.wake, None, "nothing waits there for ever");
}
