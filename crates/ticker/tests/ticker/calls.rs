use flyball_governor::Policy;
use flyball_governor::core::transitions as t;

use crate::world::{Vendor, World, lane_id};

/// How many calls to the tables a pass makes with four lanes more than one.
async fn calls_for_four_more(prepare: impl AsyncFn(&World, &str)) -> u64 {
    let calls_for = async |lanes: u32| {
        let world = World::open(Policy::STANDARD).await;
        for lane in 0..lanes {
            let name = format!("lane-{lane}");
            world.connect(&name).await;
            prepare(&world, &name).await;
        }
        world.calls_of_a_pass().await
    };
    calls_for(5).await - calls_for(1).await
}

#[tokio::test]
async fn a_lane_is_looked_at_its_lot_is_read_once_and_it_is_pushed_before_it_is_sent_for() {
    let calls = calls_for_four_more(async |world, name| world.park(name).await).await;
    assert_eq!(calls, 4 * 3);
}

#[tokio::test]
async fn a_lane_whose_lot_is_empty_is_looked_at_and_cleared() {
    let emptied = async |world: &World, name: &str| {
        world.make_lane(name).await;
        world.governor.apply(&lane_id(name), &t::mark(world.now())).await.unwrap();
    };
    assert_eq!(calls_for_four_more(emptied).await, 4 * 3);
}

#[tokio::test]
async fn whoever_is_sent_for_and_does_not_come_is_sent_for_less_and_less_often() {
    let world = World::open(Policy::STANDARD).await;
    world.park("waiting").await;
    let begin = world.now();
    let sent = async |until_s: u64| {
        let seconds = world.tick_until(begin.plus(until_s * 1_000)).await;
        let sent = seconds.iter().filter(|(_, names)| !names.is_empty());
        sent.map(|(at, _)| at.since(begin) / 1_000).collect::<Vec<_>>()
    };
    assert_eq!(sent(120).await, [1, 16, 46, 106]);
    assert!(world.work("waiting", Vendor::Up).await, "somebody has come");
    world.park("waiting").await;
    assert_eq!(sent(250).await, [226, 241]);
}
