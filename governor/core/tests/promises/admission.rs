//! What an admission takes, clause by clause: each of them is refused for one thing that is wrong.

use flyball_governor_core::transition::Transition;
use flyball_governor_core::transitions as t;
use flyball_governor_core::{Lane, Lease, Probe, Seat, StopCause, StopMode, UnixMillis};

use crate::support::{NOW, claim, done, kind, lane_with, refused, stop};

const DEAD: UnixMillis = NOW.minus(5_000);
const LATER: UnixMillis = NOW.plus(60_000);

/// Every admission of `me`, each with a lane that it fits exactly.
fn admissions() -> Vec<(Transition, Lane)> {
    let me = claim("me", "mine");
    let gone = "gone".parse().expect("an id");
    let down = |held: &[(&str, UnixMillis)]| Lane { level: 1, shut: NOW, ..lane_with(2, held) };
    let up = |held: &[(&str, UnixMillis)]| Lane { shut: NOW, ..lane_with(2, held) };
    let probe = |predecessor| t::probe(&me, predecessor, None, NOW, DEAD, LATER);
    vec![
        (t::admit(&me, NOW, LATER), up(&[("a", LATER)])),
        (t::take_over(&me, NOW, DEAD, LATER), up(&[("a", LATER), ("me", DEAD)])),
        (t::reap_one_and_admit(&me, &gone, NOW, DEAD, LATER), up(&[("a", LATER), ("gone", DEAD)])),
        (probe(t::Predecessor::None), down(&[("a", LATER)])),
        (probe(t::Predecessor::Dead), down(&[("me", DEAD)])),
    ]
}

fn is_probe(lane: &Lane) -> bool {
    lane.level > 0
}

#[test]
fn an_admission_takes_one_slot_and_the_next_fence() {
    for (admission, lane) in admissions() {
        let after = done(&admission, &lane);
        let lease = Lease::find(&claim("me", "mine"), &after).expect("it is admitted");
        assert_eq!((lease.fence, lease.expires), (lane.fence + 1, LATER));
        assert_eq!(lease.seat == Seat::Probe, is_probe(&lane), "{}", admission.name);
        assert!(!after.held.contains_key(&"gone".parse().unwrap()));
        assert!(after.held_count() <= after.limit);
    }
}

#[test]
fn every_stop_that_concerns_the_work_refuses_every_admission_until_it_ends() {
    let work = |text: &str| StopCause::Work(kind(text));
    for (admission, lane) in admissions() {
        let under = |cause: &StopCause, mode, until| {
            let mut lane = lane.clone();
            lane.stops.insert(cause.clone(), stop(mode, until));
            refused(&admission, &lane)
        };
        for cause in StopCause::WHOLE_LANE.into_iter().chain([work("products")]) {
            for mode in [StopMode::Hold, StopMode::Drain, StopMode::Stop] {
                assert!(under(&cause, mode, None), "{} {cause:?} {mode:?}", admission.name);
                assert!(under(&cause, mode, Some(NOW.plus(1))));
                assert!(!under(&cause, mode, Some(NOW)), "it is over");
            }
        }
        assert!(!under(&work("orders"), StopMode::Stop, None), "another kind of work");
    }
}

#[test]
fn a_dimmer_admits_as_many_as_it_allows() {
    for (admission, lane) in admissions() {
        let under = |slots| {
            let mut lane = lane.clone();
            lane.stops.insert(StopCause::Account, stop(StopMode::Limit(slots), None));
            refused(&admission, &lane)
        };
        assert!(under(1), "{}", admission.name);
        assert!(!under(2), "{}", admission.name);
    }
}

#[test]
fn a_gate_an_outage_and_the_same_work_refuse() {
    for (admission, lane) in admissions() {
        let name = admission.name;
        assert!(refused(&admission, &Lane { shut: NOW.plus(1), ..lane.clone() }), "{name}");
        let level = u32::from(!is_probe(&lane));
        assert!(refused(&admission, &Lane { level, ..lane.clone() }), "{name}");
        let mut running = lane.clone();
        let slot = running.held.values().next().cloned().expect("somebody holds one");
        let slot = flyball_governor_core::Slot { expires: DEAD.plus(1), ..slot };
        running.held.insert("me".parse().unwrap(), slot);
        assert!(refused(&admission, &running), "{name}: the same work runs");
    }
}

#[test]
fn a_full_lane_refuses_and_only_the_surely_dead_make_room() {
    for (admission, lane) in admissions() {
        let name = admission.name;
        let mut full = lane.clone();
        let slot = full.held.values().next().cloned().expect("somebody holds one");
        full.held.insert("b".parse().unwrap(), slot.clone());
        full.held.insert("c".parse().unwrap(), slot);
        assert!(refused(&admission, &full), "{name}");
        let mut alive = lane.clone();
        for slot in alive.held.values_mut().filter(|slot| slot.expires == DEAD) {
            slot.expires = DEAD.plus(1);
        }
        assert_eq!(refused(&admission, &alive), alive != lane, "{name}");
    }
}

#[test]
fn one_probe_at_a_time_and_a_dead_one_is_replaced() {
    let (id, nonce) = ("p".parse().unwrap(), "other".parse().unwrap());
    let there = Probe { id, expires: DEAD.plus(1), nonce };
    for (admission, lane) in admissions().into_iter().filter(|(_, lane)| is_probe(lane)) {
        let with = |probe: &Probe| Lane { probe: Some(probe.clone()), ..lane.clone() };
        assert!(refused(&admission, &with(&there)));
        assert!(!refused(&admission, &with(&Probe { expires: DEAD, ..there.clone() })));
    }
}

#[test]
fn a_claims_own_dead_lease_is_taken_over_not_reaped() {
    let me = claim("me", "mine");
    let reap = t::reap_one_and_admit(&me, &me.id, NOW, DEAD, LATER);
    assert_eq!(reap, t::take_over(&me, NOW, DEAD, LATER));
}

#[test]
fn only_the_surely_dead_are_reaped_and_all_of_them_or_none() {
    let lane = lane_with(3, &[("a", DEAD), ("b", DEAD.plus(1)), ("c", DEAD)]);
    let [a, b, c] = ["a", "b", "c"].map(|id| id.parse().unwrap());
    let left = done(&t::reap(&[a, c], DEAD), &lane);
    assert_eq!(left.held.keys().map(ToString::to_string).collect::<Vec<_>>(), ["b"]);
    assert!(refused(&t::reap(&["a".parse().unwrap(), b], DEAD), &lane));
}
