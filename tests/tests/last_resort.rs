//! What stops itself: an account that fails on and on without a success, and a machine whose clock
//! is surely wrong.

use std::sync::Arc;

use flyball_accounts::AccountState;
use flyball_domain::Mode;
use flyball_governor::{Policy, StopCause, StopMode, SystemEntropy};
use flyball_importer::{Handled, Silent};
use flyball_tests::world::{
    HandClock, OffClock, Setup, World, brisk, connectors, differences, logs,
};

/// More rounds than it takes until an account is given up.
const ROUNDS_MAX: usize = 40;

#[tokio::test]
async fn an_account_that_only_ever_fails_is_given_up_and_named_and_comes_back_when_it_is_resumed() {
    let logs = logs();
    let mut policy = Policy::STANDARD;
    policy.dead_man_ms = 600_000;
    let world = World::open(policy).await;
    let shop = world.shop("blue-mug", Setup::default()).await;
    shop.dial(&["status=503"]);
    let job = world.ask(&shop, Mode::Incremental).await;
    let clock = HandClock::at(world.now().0);
    let governor = world.governor_of(Arc::new(clock.clone()), Arc::new(SystemEntropy)).await;
    let ticker = world.ticker_of(governor.clone());
    let importer = world.importer_of(governor.clone(), connectors(), Arc::new(Silent));
    let state = async || world.system.stores.accounts.get(&shop.account).await.unwrap().state;

    let (mut rounds, mut tries) = (0, 0);
    let reason = loop {
        assert_eq!(importer.handle(&world.delivery().await).await, Handled::Done);
        tries += 1;
        if let AccountState::GivenUp { reason, .. } = state().await {
            break reason;
        }
        while ticker.pass().await.unwrap().sent == 0 {
            let wake = world.lane(&shop).await.wake.expect("somebody is to look");
            clock.pass(wake.since(governor.now()).max(1));
            rounds += 1;
            assert!(rounds < ROUNDS_MAX, "not given up after {tries} tries");
        }
    };
    let lane = world.lane(&shop).await;
    let stop = &lane.stops[&StopCause::DeadMan];
    assert_eq!(stop.mode, StopMode::Stop);
    assert!(reason.starts_with(stop.reason.trim_end_matches('…')), "{}", stop.reason);
    assert!(reason.starts_with("no success for "), "{reason}");
    assert_eq!(logs.lines_with("ACCOUNT_GIVEN_UP").len(), 1);
    assert_eq!(shop.store.counters().calls, tries, "one probe a gate");
    assert!(tries >= 10, "not for one bad moment: {tries}");

    shop.dial(&[]);
    clock.pass(86_400_000);
    assert_eq!(ticker.pass().await.unwrap().sent, 0, "nothing is sent while it is stopped");
    assert_eq!(world.queue().counts().await.unwrap().visible, 0);
    governor.lift(&shop.lane, &StopCause::DeadMan).await.unwrap();
    assert_eq!(ticker.pass().await.unwrap().sent, 1);
    assert_eq!(importer.handle(&world.delivery().await).await, Handled::Done);
    assert!(world.is_finished(&job).await);
    assert_eq!(differences(&world.system.stores.records, &shop).await, [""; 0]);
}

#[tokio::test]
async fn a_worker_whose_clock_is_ten_minutes_off_calls_no_vendor_and_leaves_its_message_to_others()
{
    for by_ms in [-600_000, 600_000] {
        let world = World::open(brisk()).await;
        let shop = world.shop("blue-mug", Setup::default()).await;
        let job = world.ask(&shop, Mode::Incremental).await;
        let (clock, entropy) = (Arc::new(OffClock::by(by_ms)), Arc::new(SystemEntropy));
        let off = world.governor_of(clock, entropy).await.watching_its_clock();
        let importer = world.importer_of(off, connectors(), Arc::new(Silent));
        let delivery = world.delivery().await;
        let Handled::Again(why) = importer.handle(&delivery).await else { panic!("{by_ms}") };
        assert!(why.contains("clock"), "{why}");
        assert_eq!(shop.store.counters().calls, 0, "{by_ms}");

        world.queue().hide(&delivery.receipt, 0).await.unwrap();
        assert_eq!(world.handle_next().await, Handled::Done);
        assert!(world.is_finished(&job).await, "{by_ms}: nothing that it wrote holds up others");
    }
}
