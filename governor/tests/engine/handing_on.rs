//! Slots handed on, slots of wide lanes, and lanes that stop themselves.

use flyball_governor::core::{Platform, Suspicion, Switch, transitions as t};
use flyball_governor::{
    Admission, Claim, Ending, FailedCall, Holder, Lane, LaneId, LaneSpec, Passed, Policy, PushBack,
    Reach, Reason, Stop, StopCause, StopMode, WideAsked,
};

use crate::support::{Bench, bench, lane_id};

fn claim(bench: &Bench, id: &str) -> Claim {
    bench.governor.claim(id.parse().unwrap(), "products".parse().unwrap())
}

fn spec() -> LaneSpec {
    LaneSpec { group: Some("shopify".parse().unwrap()), cap: 2 }
}

async fn admitted_in(bench: &Bench, lane: &LaneId, id: &str) -> Holder {
    match bench.governor.admit(lane, &claim(bench, id), &spec()).await.unwrap() {
        Admission::Admitted(holder) => *holder,
        Admission::Refused(refusal) => unreachable!("{refusal:?}"),
    }
}

async fn admitted(bench: &Bench, id: &str) -> Holder {
    admitted_in(bench, &lane_id(), id).await
}

async fn look(bench: &Bench) -> Lane {
    bench.governor.look(&lane_id()).await.unwrap().unwrap()
}

async fn switch(bench: &Bench, scope: &str, mode: StopMode) {
    let stop = Stop { mode, reason: "drill".into(), author: "mia".into(), until: None };
    let switch = Switch { stop, since: bench.governor.now(), ramp_ms: 0 };
    bench.governor.switch_on(&scope.parse().unwrap(), &switch).await.unwrap();
    bench.clock.advance(Policy::STANDARD.look_age_ms);
    bench.governor.board().await.unwrap();
}

fn unavailable(bench: &Bench) -> PushBack {
    let call = FailedCall::new(bench.governor.now(), "server_error", "HTTP 503");
    PushBack::Unavailable { call: FailedCall { reach: Reach::Group, ..call }, until: None }
}

#[tokio::test]
async fn cost_a_job_with_a_baton_is_one_write() {
    const JOBS: u64 = 5;
    let bench = bench(Policy::STANDARD).await;
    let mut holder = Box::new(admitted(&bench, "a0").await);
    bench.sent.take();
    let mut fence = holder.lease().fence;
    for n in 1..=JOBS {
        holder.leave().await.unwrap();
        holder.succeeded().await.unwrap();
        let next = claim(&bench, &format!("a{n}"));
        let Passed::On(on) = holder.baton(&next, Ending::Success).await.unwrap() else {
            unreachable!("nothing holds the next")
        };
        assert!(on.lease().fence > fence, "a lease of its own");
        (fence, holder) = (on.lease().fence, on);
    }
    assert_eq!(bench.sent.take(), JOBS);
    let lane = look(&bench).await;
    assert_eq!((lane.held_count(), lane.ok), (1, Some(bench.governor.now())));
    holder.finished().await.unwrap();
    assert_eq!(look(&bench).await.held_count(), 0);
}

#[tokio::test]
async fn the_same_work_again_takes_its_own_slot_over() {
    let bench = bench(Policy::STANDARD).await;
    let first = admitted(&bench, "a").await;
    let again = claim(&bench, "a");
    let passed = first.baton(&again, Ending::Success).await.unwrap();
    let Passed::On(second) = passed else { unreachable!() };
    assert!(second.lease().is_in(&look(&bench).await));
}

#[tokio::test]
async fn a_slot_is_not_handed_on_to_what_a_stop_or_a_switch_holds_nor_behind_a_closed_gate() {
    for held_by in ["stop", "switch", "gate", "wide limit"] {
        let bench = bench(Policy::STANDARD).await;
        let (first, other) = (admitted(&bench, "a").await, admitted(&bench, "b").await);
        let mode = StopMode::Hold;
        let stop = Stop { mode, reason: "drill".into(), author: "mia".into(), until: None };
        match held_by {
            "stop" => {
                let cause = StopCause::Account;
                bench.governor.stop(&lane_id(), &cause, &stop, &spec()).await.unwrap();
            }
            "switch" => switch(&bench, "shopify/products", mode).await,
            "wide limit" => switch(&bench, "all", StopMode::Limit(9)).await,
            _ => drop(other.pushed_back(&unavailable(&bench)).await.unwrap()),
        }
        let next = claim(&bench, "c");
        let passed = first.baton(&next, Ending::Success).await.unwrap();
        let Passed::Kept(holder) = passed else { unreachable!("{held_by}") };
        holder.finished().await.unwrap();
        let lane = look(&bench).await;
        assert!(
            !lane.held.contains_key(&next.id) && !lane.held.contains_key(&claim(&bench, "a").id)
        );
    }
}

#[tokio::test]
async fn where_no_wide_limit_is_set_none_is_paid_for() {
    let bench = bench(Policy::STANDARD).await;
    bench.governor.create(&lane_id(), &spec()).await.unwrap();
    bench.governor.board().await.unwrap();
    bench.sent.take();
    let holder = admitted(&bench, "a").await;
    assert!(holder.wide_limits().await.unwrap().is_empty());
    let freed = holder.finished().await.unwrap();
    assert_eq!((bench.sent.take(), freed.wide), (2, vec![]));
}

#[tokio::test]
async fn a_wide_limit_is_never_exceeded_and_what_is_given_back_can_be_taken() {
    let bench = bench(Policy::STANDARD).await;
    switch(&bench, "shopify", StopMode::Limit(2)).await;
    let mut held: Vec<Holder> = Vec::new();
    for n in 0..5 {
        let lane: LaneId = format!("store-{n}").parse().unwrap();
        let mut holder = admitted_in(&bench, &lane, &format!("job{n}")).await;
        let limits = holder.wide_limits().await.unwrap();
        let [(wide, limit)] = &limits[..] else { unreachable!("one limit") };
        assert_eq!((wide.as_str(), limit.cap), ("wide.shopify", 2));
        match holder.take_wide(wide, limit).await.unwrap() {
            WideAsked::Granted(lane) => assert!(lane.held_count() <= 2),
            WideAsked::Refused(refusal) => {
                assert!(held.len() >= 2, "{refusal:?}");
                assert!(matches!(refusal.reason, Reason::WideFull { limit: 2, .. }));
            }
        }
        held.push(holder);
    }
    let wide: LaneId = "wide.shopify".parse().unwrap();
    assert_eq!(bench.governor.look(&wide).await.unwrap().unwrap().held_count(), 2);
    let freed = held.remove(0).finished().await.unwrap();
    assert_eq!(freed.wide.len(), 1);
    assert_eq!((freed.wide[0].0.as_str(), freed.wide[0].1.held_count()), ("wide.shopify", 1));
    let mut last = held.pop().unwrap();
    let limits = last.wide_limits().await.unwrap();
    let asked = last.take_wide(&limits[0].0, &limits[0].1).await.unwrap();
    assert!(matches!(asked, WideAsked::Granted(_)));

    switch(&bench, "shopify", StopMode::Limit(1)).await;
    let mut third = held.pop().unwrap();
    let limits = third.wide_limits().await.unwrap();
    let asked = third.take_wide(&limits[0].0, &limits[0].1).await.unwrap();
    assert!(matches!(asked, WideAsked::Refused(_)), "the limit is followed when it changes");
    assert_eq!(bench.governor.look(&wide).await.unwrap().unwrap().limit, 1);
}

#[tokio::test]
async fn a_wide_slot_is_renewed_along_and_a_lost_one_ends_the_job() {
    let bench = bench(Policy::STANDARD).await;
    switch(&bench, "shopify", StopMode::Limit(1)).await;
    let mut holder = admitted(&bench, "a").await;
    let limits = holder.wide_limits().await.unwrap();
    let (wide, limit) = &limits[0];
    holder.take_wide(wide, limit).await.unwrap();
    for _ in 0..4 {
        bench.clock.advance(Policy::STANDARD.lease_ms / 2 + 1);
        holder.leave().await.unwrap();
    }
    let lane = bench.governor.look(wide).await.unwrap().unwrap();
    let slot = lane.held.values().next().unwrap();
    assert!(slot.expires > bench.governor.now().plus(Policy::STANDARD.lease_ms / 2));
    bench.governor.apply(wide, &t::release(holder.lease())).await.unwrap();
    bench.clock.advance(Policy::STANDARD.lease_ms / 2 + 1);
    let halted = holder.leave().await;
    assert!(matches!(halted, Err(flyball_governor::Halt::Stopped(_))), "{halted:?}");
}

#[tokio::test]
async fn an_account_that_fails_for_days_without_a_success_stops_itself() {
    const HOUR_MS: u64 = 3_600_000;
    let bench = bench(Policy::STANDARD).await;
    let days = Policy::STANDARD.dead_man_ms / HOUR_MS;
    let mut stopped_after = None;
    for hour in 0..=days + 1 {
        let holder = admitted(&bench, "a").await;
        let freed = holder.pushed_back(&unavailable(&bench)).await.unwrap();
        if let Some(stop) = freed.dead_man {
            assert_eq!(stop.until, None);
            assert!(freed.lane.unwrap().stops.contains_key(&StopCause::DeadMan));
            stopped_after = Some(hour);
            break;
        }
        bench.clock.advance(HOUR_MS);
    }
    assert_eq!(stopped_after, Some(days), "not before");
    bench.clock.advance(HOUR_MS);
    let asked = bench.governor.admit(&lane_id(), &claim(&bench, "a"), &spec()).await.unwrap();
    let Admission::Refused(refusal) = asked else { unreachable!("stopped") };
    assert!(matches!(refusal.reason, Reason::Stopped { cause: StopCause::DeadMan, .. }));
}

#[tokio::test]
async fn a_trip_that_finds_no_room_for_its_note_writes_the_older_ones_first() {
    let bench = bench(Policy::STANDARD).await;
    let (first, second) = (admitted(&bench, "a").await, admitted(&bench, "b").await);
    // Notes that nobody has written yet, as workers leave them that die between two writes.
    let mut full = look(&bench).await;
    for generation in 100..100 + u64::from(Lane::NOTES_MAX) {
        full.generation = generation;
        let note = t::trip(first.lease(), &full, &failing(&bench));
        let only_note =
            note.then.into_iter().find(|change| change.path().to_string().contains("notes"));
        let step = flyball_governor::core::transition::Transition {
            then: only_note.into_iter().collect(),
            when: flyball_governor::core::transition::Condition::All(vec![]),
            ..note
        };
        bench.governor.apply(&lane_id(), &with_condition(step)).await.unwrap();
    }
    assert_eq!(look(&bench).await.notes.len(), 4);
    let freed = second.pushed_back(&unavailable(&bench)).await.unwrap();
    assert_eq!(freed.lane.unwrap().level, 1, "it tripped all the same");
    assert!(look(&bench).await.notes.is_empty(), "and all notes are in the ledger");
}

fn failing(bench: &Bench) -> flyball_governor::core::Failing<'static> {
    let now = bench.governor.now();
    flyball_governor::core::Failing {
        first_failed: now,
        now,
        shut: now,
        reach: Reach::Lane,
        class: "server_error",
        why: "HTTP 503",
        evidence: "0 503 -",
    }
}

/// An update needs a condition that is no empty text.
fn with_condition(
    step: flyball_governor::core::transition::Transition,
) -> flyball_governor::core::transition::Transition {
    let always = t::mark(flyball_governor::UnixMillis(0)).when;
    flyball_governor::core::transition::Transition { when: always, ..step }
}

#[tokio::test]
async fn a_lane_that_probes_for_its_group_comes_back_within_half_a_minute() {
    for (canaries, within) in [(vec!["blue-mug"], true), (vec!["another"], false)] {
        let bench = bench(Policy::STANDARD).await;
        let mut probe = admitted(&bench, "a").await;
        for _ in 0..12 {
            probe.pushed_back(&unavailable(&bench)).await.unwrap();
            bench.clock.advance(Policy::STANDARD.gate_ceiling_ms);
            probe = admitted(&bench, "a").await;
        }
        let now = bench.governor.now();
        let group = "shopify".parse().unwrap();
        let incident = flyball_governor::core::Incident {
            since: now,
            detected: now,
            chosen: now,
            canaries: canaries.into_iter().map(str::to_owned).collect(),
        };
        let suspicion = Suspicion::of_nobody(now);
        let suspected = Platform::Suspected(suspicion);
        for step in
            [t::suspect(&group, None, suspicion), t::declare_down(&group, &suspected, &incident)]
        {
            bench.governor.apply_to_board(&step).await.unwrap();
        }
        bench.clock.advance(Policy::STANDARD.look_age_ms);
        probe.pushed_back(&unavailable(&bench)).await.unwrap();
        let gate = look(&bench).await.shut.since(bench.governor.now());
        assert_eq!(gate <= Policy::STANDARD.canary_ceiling_ms, within, "{gate} ms");
    }
}

#[tokio::test]
async fn slots_of_several_wide_lanes_are_kept_renewed_at_half_and_all_given_back() {
    let bench = bench(Policy::STANDARD).await;
    switch(&bench, "all", StopMode::Limit(3)).await;
    switch(&bench, "shopify", StopMode::Limit(2)).await;
    let mut holder = admitted(&bench, "a").await;
    let limits = holder.wide_limits().await.unwrap();
    assert_eq!(limits.len(), 2);
    for (lane, limit) in limits.iter().chain(&limits) {
        let asked = holder.take_wide(lane, limit).await.unwrap();
        assert!(matches!(asked, WideAsked::Granted(_)), "asked again it still has it");
    }
    bench.clock.advance(Policy::STANDARD.look_age_ms);
    bench.governor.board().await.unwrap();
    bench.sent.take();
    holder.leave().await.unwrap();
    assert_eq!(bench.sent.take(), 1, "a look, and nothing to renew");

    bench.clock.advance(Policy::STANDARD.lease_ms / 2);
    // As if the answers of a first attempt had been lost.
    let expires = bench.governor.now().plus(Policy::STANDARD.lease_ms);
    for (lane, _) in &limits {
        bench.governor.apply(lane, &t::renew(holder.lease(), expires)).await.unwrap();
    }
    holder.leave().await.unwrap();
    let freed = holder.finished().await.unwrap();
    assert_eq!(freed.wide.len(), 2);
    assert!(freed.wide.iter().all(|(_, lane)| lane.held.is_empty()), "{:?}", freed.wide);
}
