//! What the board holds, and what a wrong clock may not do.

use std::sync::Arc;

use flyball_governor::core::{Switch, WideScope};
use flyball_governor::{
    Admission, Claim, Governor, GovernorError, Halt, LaneSpec, Policy, Reason, Stop, StopMode,
    SystemClock, UnixMillis,
};

use crate::support::{Bench, Counting, TABLE, TestClock, bench, lane_id};

fn claim(bench: &Bench, id: &str) -> Claim {
    bench.governor.claim(id.parse().unwrap(), "products".parse().unwrap())
}

fn spec(cap: u32) -> LaneSpec {
    LaneSpec { group: Some("shopify".parse().unwrap()), cap }
}

async fn switch(bench: &Bench, scope: &str, mode: StopMode) {
    let stop = Stop { mode, reason: "drill".into(), author: "mia".into(), until: None };
    let switch = Switch { stop, since: bench.governor.now(), ramp_ms: 0 };
    let scope: WideScope = scope.parse().unwrap();
    bench.governor.switch_on(&scope, &switch).await.unwrap();
    bench.clock.advance(Policy::STANDARD.look_age_ms);
}

async fn admit(bench: &Bench, id: &str) -> Admission {
    bench.governor.admit(&lane_id(), &claim(bench, id), &spec(2)).await.unwrap()
}

#[tokio::test]
async fn a_wide_switch_of_any_scope_that_concerns_it_refuses_a_job_and_no_other_does() {
    for (scope, refuses) in [
        ("all", true),
        ("shopify", true),
        ("shopify/products", true),
        ("shopify/orders", false),
        ("magento", false),
    ] {
        let bench = bench(Policy::STANDARD).await;
        switch(&bench, scope, StopMode::Hold).await;
        match admit(&bench, "a").await {
            Admission::Refused(refusal) => {
                assert!(refuses && matches!(refusal.reason, Reason::Switched { .. }), "{scope}");
            }
            Admission::Admitted(_) => assert!(!refuses, "{scope}"),
        }
    }
}

#[tokio::test]
async fn a_wide_stop_ends_a_running_job_before_its_next_call_within_a_second_and_a_hold_does_not() {
    for (mode, halts) in [(StopMode::Stop, true), (StopMode::Hold, false)] {
        let bench = bench(Policy::STANDARD).await;
        let Admission::Admitted(mut holder) = admit(&bench, "a").await else { unreachable!() };
        holder.leave().await.unwrap();
        switch(&bench, "shopify", mode).await;
        assert_eq!(matches!(holder.leave().await, Err(Halt::Stopped(_))), halts, "{mode:?}");
    }
}

#[tokio::test]
async fn no_call_begins_while_the_board_cannot_be_read() {
    let bench = bench(Policy::STANDARD).await;
    let Admission::Admitted(mut holder) = admit(&bench, "a").await else { unreachable!() };
    bench.clock.advance(Policy::STANDARD.look_age_ms);
    bench.sent.cut();
    assert!(matches!(holder.leave().await, Err(Halt::Unreachable(_))));
    let asked = bench.governor.admit(&lane_id(), &claim(&bench, "b"), &spec(2)).await;
    assert!(matches!(asked, Err(GovernorError::Unanswered { .. })));
}

#[tokio::test]
async fn a_lane_follows_the_slots_it_is_asked_with_and_learns_its_group() {
    let bench = bench(Policy::STANDARD).await;
    bench.governor.create(&lane_id(), &LaneSpec::alone(1)).await.unwrap();
    let ask = async |id: &str, cap| {
        bench.governor.admit(&lane_id(), &claim(&bench, id), &spec(cap)).await.unwrap()
    };
    assert!(matches!(ask("a", 1).await, Admission::Admitted(_)));
    assert!(matches!(ask("b", 1).await, Admission::Refused(_)));
    assert!(matches!(ask("b", 3).await, Admission::Admitted(_)), "it has grown");
    assert!(matches!(ask("c", 3).await, Admission::Admitted(_)));
    assert!(matches!(ask("d", 99).await, Admission::Admitted(_)), "to its bound at most");
    let lane = bench.governor.look(&lane_id()).await.unwrap().unwrap();
    assert_eq!((lane.cap, lane.limit, lane.group.as_ref()), (24, 24, spec(1).group.as_ref()));
    bench.sent.take();
    assert!(matches!(ask("e", 24).await, Admission::Admitted(_)));
    assert_eq!(bench.sent.take(), 1, "a lane that fits costs nothing more");
    assert!(matches!(ask("f", 2).await, Admission::Refused(_)));
    let lane = bench.governor.look(&lane_id()).await.unwrap().unwrap();
    assert_eq!((lane.limit, lane.held_count()), (2, 5), "what runs goes on");
}

fn now_ms() -> u64 {
    use flyball_governor::Clock as _;
    SystemClock::new().now().0
}

/// A governor whose clock is off by so much against that of the engine, which is the machine's.
fn governor_off_by(bench: &Bench, ms: i64) -> (Governor, TestClock) {
    let clock = TestClock::at(now_ms().saturating_add_signed(ms));
    let (entropy, policy) = (Arc::new(Counting::default()), Policy::STANDARD);
    let governor =
        Governor::new(bench.client.clone(), TABLE, policy, Arc::new(clock.clone()), entropy);
    (governor.watching_its_clock(), clock)
}

#[tokio::test]
async fn a_worker_whose_clock_is_ten_minutes_off_starts_nothing_and_one_four_seconds_off_works() {
    for (ms, works) in [(-600_000, false), (-3_900, true), (3_900, true), (600_000, false)] {
        let bench = bench(Policy::STANDARD).await;
        let (governor, _) = governor_off_by(&bench, ms);
        let claim = governor.claim("a".parse().unwrap(), "products".parse().unwrap());
        match governor.admit(&lane_id(), &claim, &spec(2)).await {
            Ok(admission) => assert!(works && matches!(admission, Admission::Admitted(_)), "{ms}"),
            Err(error) => {
                assert!(!works, "{ms}: {error}");
                let GovernorError::ClockOff { by_ms, skew_ms } = error else { unreachable!() };
                assert!(by_ms.abs_diff(ms) < 60_000 && skew_ms == 5_000, "{by_ms}");
                assert_eq!(bench.governor.look(&lane_id()).await.unwrap(), None, "no write");
            }
        }
    }
}

#[tokio::test]
async fn a_clock_that_goes_wrong_ends_a_running_job_before_its_next_call() {
    let bench = bench(Policy::STANDARD).await;
    let (governor, clock) = governor_off_by(&bench, 0);
    let claim = governor.claim("a".parse().unwrap(), "products".parse().unwrap());
    let admitted = governor.admit(&lane_id(), &claim, &spec(2)).await.unwrap();
    let Admission::Admitted(mut holder) = admitted else { unreachable!() };
    holder.leave().await.unwrap();
    clock.set(UnixMillis(now_ms() - 600_000));
    clock.tick(Policy::STANDARD.look_age_ms);
    assert!(matches!(holder.leave().await, Err(Halt::ClockOff(_))));
}
