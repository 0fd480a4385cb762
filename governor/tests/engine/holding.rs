//! What a holder knows of itself and of its lane.

use flyball_governor::core::breaker::Range;
use flyball_governor::core::{Platform, Suspicion, transitions as t};
use flyball_governor::{
    Admission, FailedCall, GroupName, Holder, Lane, LaneSpec, Policy, PushBack, Seat, Tried,
    UnixMillis,
};

use crate::support::{Bench, bench, lane_id};

/// More slots than a job can fill.
const CAP: u32 = 6;

async fn admitted(bench: &Bench, id: &str) -> Holder {
    let claim = bench.governor.claim(id.parse().unwrap(), "products".parse().unwrap());
    match bench.governor.admit(&lane_id(), &claim, &LaneSpec::alone(CAP)).await.unwrap() {
        Admission::Admitted(holder) => *holder,
        Admission::Refused(refusal) => unreachable!("{refusal:?}"),
    }
}

async fn look(bench: &Bench) -> Lane {
    bench.governor.look(&lane_id()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_probe_that_succeeds_goes_on_under_the_same_lease_in_a_slot() {
    let bench = bench(Policy::STANDARD).await;
    let call = FailedCall::new(bench.governor.now(), "server_error", "HTTP 503");
    let how = PushBack::Unavailable { call, until: None };
    admitted(&bench, "a").await.pushed_back(&how).await.unwrap();
    bench.clock.advance(Policy::STANDARD.gate_ceiling_ms);
    let mut probe = admitted(&bench, "a").await;
    let (before, name) = (probe.lease().clone(), probe.call_name());
    assert_eq!(before.seat, Seat::Probe);
    assert_eq!(name, format!("a.{}", before.claim.nonce));
    probe.succeeded().await.unwrap();
    let after = probe.lease();
    assert_eq!((after.seat, after.fence), (Seat::Held, before.fence));
    assert_eq!(after.admitted_in, before.admitted_in, "its success ends no ramp");
    assert_eq!(after.succeeded, Some(bench.governor.now()));
    assert_eq!(probe.call_name(), name);
    probe.leave().await.unwrap();
    probe.finished().await.unwrap();
    assert_eq!((look(&bench).await.held_count(), look(&bench).await.level), (0, 0));
}

#[tokio::test]
async fn a_long_job_that_goes_on_well_after_it_let_the_lane_recover_ends_the_ramp_by_itself() {
    let bench = bench(Policy::STANDARD).await;
    let call = FailedCall::new(bench.governor.now(), "server_error", "HTTP 503");
    let how = PushBack::Unavailable { call, until: None };
    admitted(&bench, "a").await.pushed_back(&how).await.unwrap();
    bench.clock.advance(Policy::STANDARD.gate_ceiling_ms);
    let mut long = admitted(&bench, "a").await;
    for _ in 0..20 {
        long.succeeded().await.unwrap();
        assert_eq!(look(&bench).await.ramp, Some(1), "a vendor that answers now and then");
    }
    long.succeeded().await.unwrap();
    assert_eq!((look(&bench).await.limit, look(&bench).await.ramp), (CAP, None));

    let again = FailedCall::new(bench.governor.now(), "server_error", "HTTP 503");
    let how = PushBack::Unavailable { call: again, until: None };
    long.pushed_back(&how).await.unwrap();
    assert_eq!(look(&bench).await.level, 1, "its next failure is a first one");
}

#[tokio::test]
async fn one_slot_more_is_tried_only_by_who_saw_all_in_use_or_ends_a_run_of_throttles() {
    let mut policy = Policy::STANDARD;
    policy.raise_after = 2;
    let bench = bench(policy).await;
    let slower = PushBack::Throttled { until: None, why: "HTTP 429".to_owned() };
    admitted(&bench, "a").await.pushed_back(&slower).await.unwrap();
    let lane = look(&bench).await;
    assert_eq!((lane.limit, lane.slow), (4, 1));
    bench.clock.set(UnixMillis(lane.shut.0));
    admitted(&bench, "a").await.finished().await.unwrap();
    assert_eq!((look(&bench).await.limit, look(&bench).await.slow), (5, 0));

    admitted(&bench, "a").await.finished().await.unwrap();
    assert_eq!(look(&bench).await.limit, 5, "alone it needs no more");
    let mut all = Vec::new();
    for id in ["a", "b", "c", "d", "e"] {
        all.push(admitted(&bench, id).await);
    }
    let enough_calls = 2 * 5;
    for holder in &mut all[3..] {
        for _ in 0..enough_calls {
            holder.succeeded().await.unwrap();
        }
    }
    let last = all.pop().unwrap();
    all.pop().unwrap().finished().await.unwrap();
    assert_eq!(look(&bench).await.limit, 5, "when it began there was room");
    admitted(&bench, "f").await.finished().await.unwrap();
    assert_eq!(look(&bench).await.limit, 5, "a job without a call has learnt nothing");
    last.finished().await.unwrap();
    assert_eq!(look(&bench).await.limit, CAP);
}

#[tokio::test]
async fn full_speed_returns_at_the_first_success_of_whoever_began_after_the_recovery() {
    let bench = bench(Policy::STANDARD).await;
    let call = FailedCall::new(bench.governor.now(), "server_error", "HTTP 503");
    let how = PushBack::Unavailable { call, until: None };
    admitted(&bench, "a").await.pushed_back(&how).await.unwrap();
    bench.clock.advance(Policy::STANDARD.gate_ceiling_ms);
    let mut probe = admitted(&bench, "a").await;
    for _ in 0..2 {
        probe.succeeded().await.unwrap();
        assert_eq!((look(&bench).await.limit, look(&bench).await.ramp), (4, Some(1)));
    }
    let mut later = admitted(&bench, "b").await;
    bench.sent.take();
    later.succeeded().await.unwrap();
    assert_eq!(bench.sent.take(), 1);
    assert_eq!((look(&bench).await.limit, look(&bench).await.ramp), (CAP, None));
    bench.sent.take();
    later.succeeded().await.unwrap();
    assert_eq!(bench.sent.take(), 0, "there is nothing more to tell");
}

#[tokio::test]
async fn a_renewal_whose_answer_was_lost_is_recognised() {
    let bench = bench(Policy::STANDARD).await;
    let mut holder = admitted(&bench, "a").await;
    bench.clock.advance(Policy::STANDARD.lease_ms / 2 + 1);
    let expires = bench.governor.now().plus(Policy::STANDARD.lease_ms);
    let first = t::renew(holder.lease(), expires);
    assert!(matches!(bench.governor.apply(&lane_id(), &first).await.unwrap(), Tried::Done(_)));
    holder.leave().await.unwrap();
    assert_eq!(holder.lease().expires, expires);
}

#[tokio::test]
async fn while_its_group_is_under_suspicion_whoever_succeeds_says_so_once_for_each() {
    let bench = bench(Policy::STANDARD).await;
    let group: GroupName = "shopify".parse().unwrap();
    let claim = bench.governor.claim("a".parse().unwrap(), "products".parse().unwrap());
    let spec = LaneSpec { group: Some(group.clone()), cap: CAP };
    let admitted = bench.governor.admit(&lane_id(), &claim, &spec).await.unwrap();
    let Admission::Admitted(mut holder) = admitted else { unreachable!("it is free") };
    let spoken = async || {
        let range = Range { from: UnixMillis(0), to: bench.governor.now() };
        let rows = bench.governor.evidence(&group, range).await.unwrap();
        rows.iter().filter_map(|row| row.ok).collect::<Vec<_>>()
    };
    holder.succeeded().await.unwrap();
    assert_eq!(spoken().await, [], "nobody asked");
    for suspicion in 1..=2 {
        bench.clock.advance(60_000);
        let since = bench.governor.now();
        bench
            .governor
            .apply_to_board(&t::suspect(&group, None, Suspicion::of_nobody(since)))
            .await
            .unwrap();
        bench.clock.advance(Policy::STANDARD.look_age_ms);
        let at = bench.governor.now();
        for _ in 0..2 {
            holder.succeeded().await.unwrap();
            bench.clock.advance(1);
        }
        assert_eq!(spoken().await.len(), suspicion);
        assert!(spoken().await.contains(&at), "{:?}", spoken().await);
        let suspected = Platform::Suspected(Suspicion::of_nobody(since));
        bench.governor.apply_to_board(&t::unsuspect(&group, &suspected)).await.unwrap();
    }
}
