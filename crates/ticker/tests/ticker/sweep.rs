use flyball_governor::Policy;
use flyball_governor::core::transitions::clear;

use crate::world::{World, lane_id};

const HOUR_MS: u64 = 3_600_000;

#[tokio::test]
async fn a_row_whose_lane_lost_its_wake_is_found_within_the_hour() {
    let world = World::open(Policy::STANDARD).await;
    world.make_lane("forgotten").await;
    world.put_row("forgotten", "row", "some work").await;
    world.park("known").await;
    world.tick().await;
    assert_eq!(world.sent_for().await, ["known"], "whoever puts a row has a minute to mark");
    assert_eq!(world.lane("forgotten").await.wake, None);
    world.pass_time(HOUR_MS);
    let pass = world.tick().await;
    assert_eq!(pass.found, 1, "{pass:?}");
    world.sent_for().await;
    world.tick().await;
    assert_eq!(world.sent_for().await, ["forgotten"]);
}

#[tokio::test]
async fn the_lots_are_swept_once_an_hour_however_many_tickers_there_are() {
    let world = World::open(Policy::STANDARD).await;
    world.tick().await;
    world.make_lane("forgotten").await;
    world.put_row("forgotten", "row", "some work").await;
    world.pass_time(120_000);
    for ticker in [world.another_ticker(), world.another_ticker()] {
        assert_eq!(ticker.pass().await.unwrap().found, 0);
    }
    world.pass_time(HOUR_MS);
    let mut found = 0;
    for ticker in [world.another_ticker(), world.another_ticker()] {
        found += ticker.pass().await.unwrap().found;
    }
    assert_eq!(found, 1);
}

/// A lane with a row, whose wake-up gets lost.
async fn lose_its_wake(world: &World, name: &str) {
    let marks = world.lane(name).await.marks;
    world.governor.apply(&lane_id(name), &clear(marks)).await.unwrap();
    assert_eq!(world.lane(name).await.wake, None);
}

#[tokio::test]
async fn a_row_that_a_sweep_has_looked_at_is_looked_at_again_within_the_day() {
    let world = World::open(Policy::STANDARD).await;
    world.park("known").await;
    world.pass_time(HOUR_MS);
    assert_eq!(world.tick().await.found, 0, "it is awake");
    lose_its_wake(&world, "known").await;
    let mut found = Vec::new();
    for hour in 1..=24 {
        world.pass_time(HOUR_MS);
        found.extend((world.tick().await.found > 0).then_some(hour));
    }
    assert!(matches!(found[..], [2..=24]), "once, and not in the next hour: {found:?}");
}

#[tokio::test]
async fn a_row_that_came_while_nobody_swept_is_found_by_the_next_sweep() {
    let world = World::open(Policy::STANDARD).await;
    world.tick().await;
    world.pass_time(HOUR_MS);
    world.park("late").await;
    lose_its_wake(&world, "late").await;
    world.pass_time(5 * HOUR_MS);
    assert_eq!(world.tick().await.found, 1);
}
