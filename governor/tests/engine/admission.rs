//! What an admission costs, and what it recognises.

use flyball_governor::core::transitions as t;
use flyball_governor::{
    Admission, Claim, FailedCall, Halt, LaneId, LaneSpec, Policy, PushBack, Reason, Stop,
    StopCause, StopMode, UnixMillis,
};

use crate::support::{Bench, bench, lane_id, waits};

const TWO_SLOTS: LaneSpec = LaneSpec::alone(2);

fn claim(bench: &Bench, id: &str) -> Claim {
    bench.governor.claim(id.parse().unwrap(), "products".parse().unwrap())
}

async fn admit(bench: &Bench, claim: &Claim) -> Admission {
    bench.governor.admit(&lane_id(), claim, &TWO_SLOTS).await.unwrap()
}

async fn admitted(bench: &Bench, id: &str) -> flyball_governor::Holder {
    match admit(bench, &claim(bench, id)).await {
        Admission::Admitted(holder) => *holder,
        Admission::Refused(refusal) => unreachable!("{refusal:?}"),
    }
}

async fn refused(bench: &Bench, claim: &Claim) -> Reason {
    match admit(bench, claim).await {
        Admission::Admitted(holder) => unreachable!("{holder:?}"),
        Admission::Refused(refusal) => refusal.reason,
    }
}

#[tokio::test]
async fn cost_an_uncontended_admission_is_one_call_and_a_short_job_two() {
    let bench = bench(Policy::STANDARD).await;
    bench.governor.create(&lane_id(), &TWO_SLOTS).await.unwrap();
    // Shared by all jobs of a process, at most once a second.
    bench.governor.board().await.unwrap();
    bench.sent.take();
    let mut holder = admitted(&bench, "a").await;
    assert_eq!(bench.sent.take(), 1);
    holder.leave().await.unwrap();
    holder.succeeded().await.unwrap();
    assert_eq!(bench.sent.take(), 0);
    holder.finished().await.unwrap();
    assert_eq!(bench.sent.take(), 1);
}

#[tokio::test]
async fn a_refusal_is_one_call_and_says_why_and_until_when() {
    let bench = bench(Policy::STANDARD).await;
    let (_a, _b) = (admitted(&bench, "a").await, admitted(&bench, "b").await);
    bench.sent.take();
    let reason = refused(&bench, &claim(&bench, "c")).await;
    assert_eq!(bench.sent.take(), 1);
    assert_eq!(reason, Reason::Full { held: 2, limit: 2 });
}

#[tokio::test]
async fn a_lost_reply_is_recognised_by_its_nonce() {
    let bench = bench(Policy::STANDARD).await;
    let claim = claim(&bench, "a");
    let Admission::Admitted(lost) = admit(&bench, &claim).await else { unreachable!() };
    let Admission::Admitted(found) = admit(&bench, &claim).await else { unreachable!() };
    assert_eq!(lost.lease(), found.lease());
    let other = bench.governor.claim("a".parse().unwrap(), "products".parse().unwrap());
    assert_eq!(refused(&bench, &other).await, Reason::Running);
}

#[tokio::test]
async fn a_dead_holders_slot_is_taken_over_and_the_zombie_is_told() {
    let bench = bench(Policy::STANDARD).await;
    let mut zombie = admitted(&bench, "a").await;
    bench.clock.advance(Policy::STANDARD.lease_ms + Policy::STANDARD.skew_ms);
    let heir = admitted(&bench, "a").await;
    assert!(heir.lease().fence > zombie.lease().fence);
    assert!(matches!(zombie.leave().await, Err(Halt::Lost)));
    zombie.finished().await.unwrap();
    let lane = bench.governor.look(&lane_id()).await.unwrap().unwrap();
    assert!(heir.lease().is_in(&lane));
}

#[tokio::test]
async fn the_dead_can_be_removed_and_the_living_stay() {
    let bench = bench(Policy::STANDARD).await;
    assert_eq!(bench.governor.reap(&lane_id()).await.unwrap(), None, "there is no lane");
    let _zombie = admitted(&bench, "a").await;
    bench.clock.advance(Policy::STANDARD.lease_ms);
    let _living = admitted(&bench, "b").await;
    let held = async || {
        let lane = bench.governor.reap(&lane_id()).await.unwrap().unwrap();
        lane.held.keys().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(held().await, ["a", "b"], "not surely dead yet");
    bench.clock.advance(Policy::STANDARD.skew_ms);
    assert_eq!(held().await, ["b"]);
    bench.sent.take();
    assert_eq!(held().await, ["b"]);
    assert_eq!(bench.sent.take(), 1, "nothing to remove is nothing to write");
}

#[tokio::test]
async fn a_lease_is_renewed_at_half_and_not_before() {
    let bench = bench(Policy::STANDARD).await;
    let mut holder = admitted(&bench, "a").await;
    let expires = holder.lease().expires;
    holder.leave().await.unwrap();
    assert_eq!(holder.lease().expires, expires);
    bench.clock.advance(Policy::STANDARD.lease_ms / 2);
    holder.leave().await.unwrap();
    assert_eq!(holder.lease().expires, expires, "exactly half is left");
    bench.clock.advance(1);
    bench.governor.board().await.unwrap();
    bench.sent.take();
    holder.leave().await.unwrap();
    assert_eq!(bench.sent.take(), 1);
    assert!(holder.lease().expires > expires);
}

#[tokio::test]
async fn a_stop_ends_a_running_job_before_its_next_call_and_a_hold_does_not() {
    for (mode, halts) in [(StopMode::Stop, true), (StopMode::Hold, false), (StopMode::Drain, false)]
    {
        let bench = bench(Policy::STANDARD).await;
        let mut holder = admitted(&bench, "a").await;
        let stop = Stop { mode, reason: "stocktaking".into(), author: "mia".into(), until: None };
        bench.governor.stop(&lane_id(), &StopCause::Account, &stop, &TWO_SLOTS).await.unwrap();
        bench.clock.advance(Policy::STANDARD.look_age_ms);
        assert_eq!(matches!(holder.leave().await, Err(Halt::Stopped(_))), halts, "{mode:?}");
        let reason = refused(&bench, &claim(&bench, "b")).await;
        assert!(matches!(reason, Reason::Stopped { .. }), "{mode:?}");
    }
}

#[tokio::test]
async fn a_trip_is_seen_by_the_others_within_a_look_and_leaves_one_outage_in_the_ledger() {
    let bench = bench(Policy::STANDARD).await;
    let (first, mut second) = (admitted(&bench, "a").await, admitted(&bench, "b").await);
    let began = UnixMillis(999_000);
    let call = FailedCall::new(began, "server_error", "HTTP 503");
    let down = PushBack::Unavailable { call, until: None };
    first.pushed_back(&down).await.unwrap();
    bench.clock.advance(Policy::STANDARD.look_age_ms);
    assert!(matches!(second.leave().await, Err(Halt::Tripped(_))));
    second.pushed_back(&down).await.unwrap();

    bench.clock.advance(60_000);
    let mut probe = admitted(&bench, "a").await;
    probe.leave().await.unwrap();
    probe.succeeded().await.unwrap();
    probe.finished().await.unwrap();
    let outages = bench.governor.outages(&lane_id()).await.unwrap();
    assert_eq!(outages.len(), 1);
    assert_eq!((outages[0].down, outages[0].why.as_str()), (began, "HTTP 503"));
    assert!(outages[0].up.is_some());
    let lane = bench.governor.look(&lane_id()).await.unwrap().unwrap();
    assert_eq!((lane.level, lane.notes.len()), (0, 0));
}

#[tokio::test]
async fn a_governor_that_does_not_answer_gives_no_leave() {
    let bench = bench(Policy::STANDARD).await;
    let mut holder = admitted(&bench, "a").await;
    bench.client.delete_table().table_name(crate::support::TABLE).send().await.unwrap();
    holder.leave().await.unwrap();
    bench.clock.advance(Policy::STANDARD.look_age_ms);
    assert!(matches!(holder.leave().await, Err(Halt::Unreachable(_))));
}

#[tokio::test]
async fn requests_join_a_row_and_only_those_that_a_run_covered_leave_it() {
    let bench = bench(Policy::STANDARD).await;
    let (governor, lane) = (&bench.governor, lane_id());
    let (id, kind) = ("a".parse().unwrap(), "products".parse().unwrap());
    for request in ["one", "two", "one"] {
        governor.park(&lane, &waits(governor, &id, &kind), "work", request).await.unwrap();
    }
    let covered = governor.parked(&lane).await.unwrap().remove(0).requests;
    assert_eq!(covered.ids.len(), 2);
    governor.park(&lane, &waits(governor, &id, &kind), "work", "three").await.unwrap();
    governor.unpark(&lane, &id, &covered).await.unwrap();
    let left = governor.parked(&lane).await.unwrap();
    assert_eq!(left[0].requests.ids.iter().collect::<Vec<_>>(), ["three"]);
    governor.unpark(&lane, &id, &left[0].requests).await.unwrap();
    assert!(governor.parked(&lane).await.unwrap().is_empty());
    governor.unpark(&lane, &id, &covered).await.unwrap();
    assert!(governor.parked_row(&lane, &id).await.unwrap().is_none());
}

#[tokio::test]
async fn requests_beyond_the_bound_of_a_row_are_still_covered_exactly() {
    let bench = bench(Policy::STANDARD).await;
    let (governor, lane) = (&bench.governor, lane_id());
    let (id, kind) = ("a".parse().unwrap(), "products".parse().unwrap());
    for n in 0..70 {
        governor
            .park(&lane, &waits(governor, &id, &kind), "work", &format!("request {n}"))
            .await
            .unwrap();
    }
    let covered = governor.parked_row(&lane, &id).await.unwrap().unwrap().requests;
    assert_eq!((covered.ids.len(), covered.latest.as_deref()), (64, Some("request 69")));
    governor.park(&lane, &waits(governor, &id, &kind), "work", "request 70").await.unwrap();
    governor.unpark(&lane, &id, &covered).await.unwrap();
    let left = governor.parked_row(&lane, &id).await.unwrap().unwrap().requests;
    assert_eq!((left.ids.len(), left.latest.as_deref()), (0, Some("request 70")));
    governor.unpark(&lane, &id, &left).await.unwrap();
    assert!(governor.parked_row(&lane, &id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_lane_is_due_from_its_wake_up_until_it_is_pushed_or_cleared() {
    let bench = bench(Policy::STANDARD).await;
    let governor = &bench.governor;
    let lanes: Vec<LaneId> = (0..20).map(|n| format!("lane-{n}").parse().unwrap()).collect();
    for lane in &lanes {
        governor.create(lane, &TWO_SLOTS).await.unwrap();
        governor.mark(lane, &TWO_SLOTS).await.unwrap();
    }
    let now = governor.now();
    assert_eq!(governor.due(now, 100).await.unwrap().len(), 20);
    assert!(governor.due(now.minus(1), 100).await.unwrap().is_empty());
    governor.push(&lanes[0], now.plus(1_000)).await.unwrap();
    let seen = governor.look(&lanes[1]).await.unwrap().unwrap();
    governor.clear(&lanes[1], &seen).await.unwrap();
    governor.apply(&lanes[2], &t::clear(0)).await.unwrap();
    let due = governor.due(now, 100).await.unwrap();
    assert_eq!((due.len(), due.contains(&lanes[2])), (18, true));
}
