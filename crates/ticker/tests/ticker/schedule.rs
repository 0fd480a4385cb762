use std::collections::BTreeMap;

use flyball_accounts::{AccountState, EVERY_MINUTES_DEFAULT};
use flyball_domain::{JobId, Message, Mode, UnixMillis};
use flyball_governor::Policy;

use crate::world::World;

const MINUTE_MS: u64 = 60_000;
const HOURS: u64 = 3;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// How often each account was sent for, by mode, and under which ids.
async fn imports(world: &World) -> BTreeMap<(String, Mode), Vec<JobId>> {
    let mut counted = BTreeMap::<_, Vec<_>>::new();
    for message in world.received().await {
        if let Message::Import(job) = message {
            counted.entry((job.account.to_string(), job.mode)).or_default().push(job.id);
        }
    }
    counted
}

#[tokio::test]
async fn each_import_is_sent_for_as_often_as_its_schedule_says() {
    let world = World::open(Policy::STANDARD).await;
    for name in ["blue-mug", "red-mug"] {
        world.connect(name).await;
    }
    let (mut scheduled, end) = (0, world.now().plus(HOURS * 60 * MINUTE_MS));
    while world.now() < end {
        world.pass_time(MINUTE_MS);
        scheduled += world.tick().await.scheduled;
    }
    let each = usize::try_from(HOURS * 60 / u64::from(EVERY_MINUTES_DEFAULT)).unwrap();
    let counted = imports(&world).await;
    for name in ["blue-mug", "red-mug"] {
        assert_eq!(counted[&(name.to_owned(), Mode::Incremental)].len(), each);
    }
    let sent: usize = counted.values().map(Vec::len).sum();
    assert_eq!(scheduled, u64::try_from(sent).unwrap());
}

#[tokio::test]
async fn however_long_nobody_was_there_each_import_is_sent_for_once_and_the_rest_is_counted() {
    let world = World::open(Policy::STANDARD).await;
    world.connect("blue-mug").await;
    world.tick().await;
    imports(&world).await;
    world.pass_time(DAY_MS);
    let pass = world.tick().await;
    let counted = imports(&world).await;
    assert!(counted.values().all(|ids| ids.len() == 1), "{counted:?}");
    assert_eq!((pass.scheduled, counted.len()), (2, 2));
    let missed = u64::from(24 * 60 / EVERY_MINUTES_DEFAULT) - 1;
    assert_eq!(pass.missed, missed);
}

#[tokio::test]
async fn two_tickers_in_one_minute_ask_for_each_import_once() {
    let world = World::open(Policy::STANDARD).await;
    world.connect("blue-mug").await;
    world.tick().await;
    imports(&world).await;
    world.pass_time(DAY_MS);
    let others = [world.another_ticker(), world.another_ticker()];
    world.tick().await;
    for other in &others {
        assert_eq!(other.pass().await.unwrap().scheduled, 0);
    }
    assert!(imports(&world).await.values().all(|ids| ids.len() == 1));
}

#[tokio::test]
async fn a_minute_that_a_ticker_died_over_is_done_to_its_end_and_nothing_of_it_is_asked_for_again()
{
    let world = World::open(Policy::STANDARD).await;
    for name in ["blue-mug", "red-mug", "tin-kettle"] {
        world.connect_every(name, 1, 1).await;
    }
    world.tick().await;
    imports(&world).await;
    world.pass_time(MINUTE_MS);
    let dies = world.another_ticker().with_imports_per_pass(2);
    assert_eq!(dies.pass().await.unwrap().scheduled, 2);
    drop(dies);
    // Its successor comes a minute later.
    world.pass_time(MINUTE_MS);
    let successor = world.another_ticker();
    assert_eq!(successor.pass().await.unwrap().scheduled, 4, "the rest of that minute");
    assert_eq!(successor.pass().await.unwrap().scheduled, 6, "the next minute");
    let counted = imports(&world).await;
    assert!(counted.values().all(|ids| ids.len() == 2), "{counted:?}");
}

#[tokio::test]
async fn an_account_that_has_to_be_connected_again_is_not_sent_for() {
    let world = World::open(Policy::STANDARD).await;
    let since = UnixMillis(1);
    let reason = "the token was revoked".to_owned();
    world.connect_as("blue-mug", AccountState::Rejected { since, reason: reason.clone() }).await;
    world.connect_as("red-mug", AccountState::GivenUp { since, reason }).await;
    world.connect("tin-kettle").await;
    world
        .set_state("tin-kettle", AccountState::Rejected { since, reason: "revoked".to_owned() })
        .await;
    world.tick().await;
    world.pass_time(DAY_MS);
    assert_eq!(world.tick().await.scheduled, 0);
    assert_eq!(imports(&world).await, BTreeMap::new());
    world.set_state("tin-kettle", AccountState::Connected).await;
    world.pass_time(DAY_MS);
    assert_eq!(world.tick().await.scheduled, 2, "connected again, it is sent for again");
    imports(&world).await;
    world.disconnect("tin-kettle").await;
    world.pass_time(DAY_MS);
    assert_eq!(world.tick().await.scheduled, 0, "removed, it is not");
    assert_eq!(imports(&world).await, BTreeMap::new());
}

#[tokio::test]
async fn a_clock_that_is_set_back_sends_for_nothing_twice() {
    let world = World::open(Policy::STANDARD).await;
    world.connect("blue-mug").await;
    world.tick().await;
    world.pass_time(DAY_MS);
    world.tick().await;
    imports(&world).await;
    world.turn_back(10 * MINUTE_MS);
    let fresh = world.another_ticker();
    for _ in 0..10 {
        assert_eq!(fresh.pass().await.unwrap().scheduled, 0);
        world.pass_time(MINUTE_MS);
    }
    assert_eq!(imports(&world).await, BTreeMap::new());
}
