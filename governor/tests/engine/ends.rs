//! How a job gives its slot back, and what each way leaves in the lane.

use flyball_governor::{
    Admission, Ending, FailedCall, Holder, Lane, LaneSpec, Passed, Policy, PushBack, UnixMillis,
    create_table,
};

use crate::support::{Bench, TABLE, bench, lane_id};

async fn admitted(bench: &Bench) -> Holder {
    let claim = bench.governor.claim("a".parse().unwrap(), "products".parse().unwrap());
    match bench.governor.admit(&lane_id(), &claim, &LaneSpec::alone(5)).await.unwrap() {
        Admission::Admitted(holder) => *holder,
        Admission::Refused(refusal) => unreachable!("{refusal:?}"),
    }
}

async fn look(bench: &Bench) -> Lane {
    let lane = bench.governor.look(&lane_id()).await.unwrap().unwrap();
    assert_eq!((lane.held_count(), lane.probe.as_ref()), (0, None), "the slot is free");
    lane
}

/// The probe of a lane that is down.
async fn probing(bench: &Bench) -> Holder {
    let call = FailedCall::new(bench.governor.now(), "server_error", "HTTP 503");
    let how = PushBack::Unavailable { call, until: None };
    admitted(bench).await.pushed_back(&how).await.unwrap();
    bench.clock.advance(Policy::STANDARD.gate_ceiling_ms);
    admitted(bench).await
}

#[tokio::test]
async fn a_release_asks_nobody_to_look_and_an_end_with_a_row_left_behind_does() {
    let bench = bench(Policy::STANDARD).await;
    admitted(&bench).await.released().await.unwrap();
    assert_eq!((look(&bench).await.wake, look(&bench).await.marks), (None, 0));
    let freed = admitted(&bench).await.inconclusive().await.unwrap();
    let lane = look(&bench).await;
    assert_eq!((lane.wake, lane.marks), (Some(bench.governor.now()), 1));
    assert_eq!(freed.lane, Some(lane));
}

#[tokio::test]
async fn who_can_start_later_only_is_looked_at_later() {
    let bench = bench(Policy::STANDARD).await;
    let later = bench.governor.now().plus(7_000);
    admitted(&bench).await.inconclusive_until(later).await.unwrap();
    let lane = look(&bench).await;
    assert_eq!((lane.wake, lane.shut), (Some(later), UnixMillis(0)), "others are let in meanwhile");
}

#[tokio::test]
async fn a_pause_closes_the_gate_until_the_budget_has_refilled() {
    let bench = bench(Policy::STANDARD).await;
    let refilled = bench.governor.now().plus(9_000);
    admitted(&bench).await.paused(refilled).await.unwrap();
    let lane = look(&bench).await;
    assert_eq!(
        (lane.shut, lane.wake, lane.level, lane.generation),
        (refilled, Some(refilled), 0, 0)
    );
}

#[tokio::test]
async fn a_probe_that_learns_nothing_leaves_the_outage_and_its_level_as_they_are() {
    let bench = bench(Policy::STANDARD).await;
    let probe = probing(&bench).await;
    let before = probe.lane().clone();
    probe.inconclusive().await.unwrap();
    let lane = look(&bench).await;
    let soon = bench.governor.now().plus(Policy::STANDARD.inconclusive_ms);
    assert_eq!((lane.level, lane.down, lane.generation), (1, before.down, before.generation));
    assert_eq!((lane.shut, lane.wake), (soon, Some(soon)));

    bench.clock.set(soon);
    let refilled = soon.plus(60_000);
    admitted(&bench).await.paused(refilled).await.unwrap();
    let lane = look(&bench).await;
    assert_eq!((lane.level, lane.shut, lane.generation), (1, refilled, before.generation));
}

#[tokio::test]
async fn a_slot_handed_on_after_a_success_tries_one_more_where_one_given_back_would() {
    let bench = bench(Policy::STANDARD).await;
    let slower = PushBack::Throttled { until: None, why: "HTTP 429".to_owned() };
    admitted(&bench).await.pushed_back(&slower).await.unwrap();
    bench.clock.set(look(&bench).await.shut);
    let mut holder = admitted(&bench).await;
    for (id, ended, limit) in [("b", Ending::Other, 4), ("c", Ending::Success, 5)] {
        let next = bench.governor.claim(id.parse().unwrap(), "products".parse().unwrap());
        let Passed::On(on) = holder.baton(&next, ended).await.unwrap() else {
            unreachable!("{id}")
        };
        assert_eq!(on.lane().limit, limit, "{ended:?}");
        holder = *on;
    }
}

#[tokio::test]
async fn a_table_is_made_once_and_one_that_can_t_be_made_is_an_error() {
    let bench = bench(Policy::STANDARD).await;
    create_table(&bench.client, TABLE).await.unwrap();
    bench.sent.cut();
    create_table(&bench.client, TABLE).await.unwrap_err();
}
