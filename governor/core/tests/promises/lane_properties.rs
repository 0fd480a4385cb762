//! What must be true of any lane and any claim, tried on random ones.

use std::collections::BTreeMap;

use flyball_governor_core::transition::{Outcome, Transition};
use flyball_governor_core::transitions as t;
use flyball_governor_core::{
    Claim, Failing, GroupName, Lane, Lease, LeaseId, Nonce, Note, Probe, Reach, Seat, Slot, Stop,
    StopCause, StopMode, UnixMillis, WorkKind,
};
use proptest::collection::btree_map;
use proptest::prelude::*;

use crate::support::many;

fn id() -> impl Strategy<Value = LeaseId> {
    "[a-e]".prop_map(|text| text.parse().expect("a letter is an id"))
}

fn nonce() -> impl Strategy<Value = Nonce> {
    "[n-q]".prop_map(|text| text.parse().expect("a letter is a nonce"))
}

fn moment() -> impl Strategy<Value = UnixMillis> {
    (0_u64..40).prop_map(UnixMillis)
}

fn kind() -> WorkKind {
    "products".parse().expect("a kind")
}

fn group() -> impl Strategy<Value = GroupName> {
    "[gh]".prop_map(|text| text.parse().expect("a letter is a group"))
}

fn reach() -> impl Strategy<Value = Reach> {
    prop_oneof![Just(Reach::Lane), Just(Reach::Group)]
}

fn failing(now: UnixMillis, shut: UnixMillis) -> Failing<'static> {
    let (class, why, evidence) = ("timeout", "down", "no answer");
    Failing { first_failed: now, now, shut, reach: Reach::Group, class, why, evidence }
}

fn cause() -> impl Strategy<Value = StopCause> {
    prop_oneof![
        Just(StopCause::Customer),
        Just(StopCause::Account),
        Just(StopCause::Rejected),
        Just(StopCause::DeadMan),
        Just(StopCause::Work(kind())),
        Just(StopCause::Work("orders".parse().expect("a kind"))),
    ]
}

fn stop() -> impl Strategy<Value = Stop> {
    let mode = prop_oneof![
        Just(StopMode::Hold),
        Just(StopMode::Drain),
        Just(StopMode::Stop),
        (1_u32..4).prop_map(StopMode::Limit),
    ];
    (mode, ".{0,12}", ".{0,12}", proptest::option::of(moment()))
        .prop_map(|(mode, reason, author, until)| Stop { mode, reason, author, until })
}

fn slot() -> impl Strategy<Value = Slot> {
    (moment(), nonce()).prop_map(|(expires, nonce)| Slot { expires, nonce })
}

prop_compose! {
    fn probe()(id in id(), expires in moment(), nonce in nonce()) -> Probe {
        Probe { id, expires, nonce }
    }
}

prop_compose! {
    fn note()(
        down in moment(), at in moment(), ok in proptest::option::of(moment()),
        up in proptest::option::of(moment()), why in ".{0,12}",
    ) -> Note {
        let (class, evidence) = ("timeout".to_owned(), why.clone());
        let opened = Note::Opened { down, detected: at, ok, class, why, evidence };
        up.map_or(opened, |up| Note::Closed { down, up })
    }
}

prop_compose! {
    fn lane()(
        held in btree_map(id(), slot(), 0..5),
        probe in proptest::option::of(probe()),
        (limit, good, cap) in (1_u32..5, 1_u32..5, 1_u32..5),
        shut in moment(),
        (level, slow, generation) in (0_u32..3, 0_u32..3, 0_u64..3),
        ramp in proptest::option::of(0_u32..3),
        (down, at, wake) in (
            proptest::option::of(moment()),
            proptest::option::of(moment()),
            proptest::option::of(moment()),
        ),
        why in proptest::option::of(".{0,12}"),
        stops in btree_map(cause(), stop(), 0..2),
        (fence, marks) in (0_u64..9, 0_u64..9),
        notes in btree_map(0_u64..5, note(), 0..3),
        (ok, failing, behind) in (
            proptest::option::of(moment()),
            proptest::option::of(moment()),
            proptest::option::of(moment()),
        ),
        (group, reach) in (proptest::option::of(group()), reach()),
    ) -> Lane {
        Lane {
            held, probe, limit, good, cap, shut, level, slow, generation, ramp, down, why, at,
            reach, group, ok, failing, behind, stops, fence, wake, marks, notes,
        }
    }
}

prop_compose! {
    fn claim()(id in id(), nonce in nonce()) -> Claim {
        Claim { id, nonce, kind: kind() }
    }
}

prop_compose! {
    fn lease()(claim in claim(), probe in any::<bool>(), expires in moment()) -> Lease {
        let seat = if probe { Seat::Probe } else { Seat::Held };
        Lease { claim, seat, fence: 1, expires, admitted_in: 0, succeeded: None }
    }
}

fn apply(transition: &Transition, lane: &Lane) -> Option<Lane> {
    match transition.apply(&lane.to_item()).expect("a whole lane is never at fault") {
        Outcome::Done(item) => Some(Lane::parse(&item).expect("a lane stays a lane")),
        Outcome::Refused => None,
    }
}

fn holder_steps(lease: &Lease, seen: &Lane, now: UnixMillis) -> Vec<Transition> {
    let later = now.plus(10);
    vec![
        t::renew(lease, later),
        t::release(lease),
        t::finish(lease, now),
        t::release_and_mark(lease, now),
        t::pause(lease, later),
        t::throttle(lease, seen, now, later, "slow"),
        t::trip(lease, seen, &failing(now, later)),
        t::trip_ramping(lease, seen, &failing(now, later)),
        t::trip_again(lease, seen, &failing(now, later)),
        t::inconclusive_probe(lease, later),
        t::recover(lease, seen, now),
        t::settle(lease, seen),
        t::raise(lease, seen),
    ]
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn a_lane_survives_its_item(lane in lane()) {
        prop_assert_eq!(Lane::parse(&lane.to_item()).unwrap(), lane);
    }

    #[test]
    fn an_item_with_any_attribute_missing_is_read_or_refused_but_never_guessed(
        lane in lane(), at in any::<prop::sample::Index>(),
    ) {
        let mut item = lane.to_item();
        let name = item.keys().nth(at.index(item.len())).cloned().unwrap();
        item.remove(&name);
        match Lane::parse(&item) {
            Ok(parsed) => prop_assert!(parsed != lane),
            Err(error) => prop_assert_eq!(error.path, name),
        }
    }

    #[test]
    fn nothing_is_admitted_while_as_many_as_limit_are_held(
        lane in lane(), claim in claim(), now in moment(), other in id(),
    ) {
        let expires = now.plus(10);
        let before = lane.held_count();
        if let Some(after) = apply(&t::admit(&claim, now, expires), &lane) {
            prop_assert!(before < lane.limit);
            prop_assert_eq!(after.held_count(), before + 1);
        }
        for transition in [
            t::take_over(&claim, now, now.minus(2), expires),
            t::reap_one_and_admit(&claim, &other, now, now.minus(2), expires),
        ] {
            if let Some(after) = apply(&transition, &lane) {
                prop_assert!(after.held_count() <= lane.limit);
                prop_assert_eq!(after.held_count(), before);
            }
        }
    }

    #[test]
    fn nothing_is_admitted_behind_a_gate_a_stop_or_an_outage(
        lane in lane(), claim in claim(), now in moment(), other in id(),
    ) {
        let expires = now.plus(10);
        let admissions = [
            t::admit(&claim, now, expires),
            t::take_over(&claim, now, now.minus(2), expires),
            t::reap_one_and_admit(&claim, &other, now, now.minus(2), expires),
            t::probe(&claim, t::Predecessor::None, None, now, now.minus(2), expires),
            t::probe(&claim, t::Predecessor::Dead, None, now, now.minus(2), expires),
        ];
        for transition in admissions {
            if let Some(after) = apply(&transition, &lane) {
                prop_assert!(lane.shut <= now);
                let full_stop = lane.stops.iter().any(|(cause, stop)| {
                    let concerns = !matches!(cause, StopCause::Work(k) if *k != claim.kind);
                    concerns && stop.is_on(now) && stop.mode.slots() == 0
                });
                prop_assert!(!full_stop);
                prop_assert_eq!(after.fence, lane.fence + 1);
                let seated = Lease::find(&claim, &after).unwrap().seat;
                prop_assert_eq!(seated == Seat::Probe, lane.level > 0);
            }
        }
    }

    #[test]
    fn no_step_of_a_holder_touches_anothers_lease(
        lane in lane(), lease in lease(), now in moment(),
    ) {
        for transition in holder_steps(&lease, &lane, now) {
            let Some(after) = apply(&transition, &lane) else { continue };
            prop_assert!(Lease::find(&lease.claim, &lane).is_some(), "{}", transition.name);
            for (id, slot) in &lane.held {
                if slot.nonce != lease.claim.nonce {
                    prop_assert_eq!(after.held.get(id), Some(slot), "{}", transition.name);
                }
            }
            if let Some(probe) = lane.probe.as_ref().filter(|p| p.nonce != lease.claim.nonce) {
                prop_assert_eq!(after.probe.as_ref(), Some(probe), "{}", transition.name);
            }
        }
    }

    #[test]
    fn a_push_back_of_an_older_generation_changes_nothing(
        lane in lane(), lease in lease(), now in moment(),
    ) {
        let seen = Lane { generation: lane.generation + 1, ..lane.clone() };
        let later = now.plus(10);
        for transition in [
            t::throttle(&lease, &seen, now, later, ""),
            t::trip(&lease, &seen, &failing(now, later)),
            t::trip_ramping(&lease, &seen, &failing(now, later)),
            t::trip_again(&lease, &seen, &failing(now, later)),
            t::recover(&lease, &seen, now),
            t::settle(&lease, &seen),
            t::raise(&lease, &seen),
        ] {
            prop_assert_eq!(apply(&transition, &lane), None, "{}", transition.name);
        }
    }

    #[test]
    fn waker_whatever_is_left_behind_has_one(lane in lane(), lease in lease(), now in moment()) {
        let later = now.plus(10);
        for transition in [
            t::mark(now),
            t::release_and_mark(&lease, now),
            t::pause(&lease, later),
            t::throttle(&lease, &lane, now, later, ""),
            t::trip(&lease, &lane, &failing(now, later)),
            t::trip_again(&lease, &lane, &failing(now, later)),
            t::inconclusive_probe(&lease, later),
            t::recover(&lease, &lane, now),
        ] {
            if let Some(after) = apply(&transition, &lane) {
                prop_assert!(after.wake.is_some(), "{}", transition.name);
                prop_assert!(after.marks > lane.marks, "{}", transition.name);
            }
        }
    }

    #[test]
    fn a_recovered_lane_is_behind_until_it_is_cleared(
        lane in lane(), lease in lease(), now in moment(),
    ) {
        if let Some(after) = apply(&t::recover(&lease, &lane, now), &lane) {
            prop_assert_eq!(after.behind, Some(lane.down.unwrap_or(now)));
            prop_assert_eq!(apply(&t::clear(lane.marks), &after), None);
            let told = Lane { notes: BTreeMap::new(), ..after };
            prop_assert_eq!(apply(&t::clear(told.marks), &told).unwrap().behind, None);
        }
    }

    #[test]
    fn a_wake_up_is_not_cleared_when_somebody_came_meanwhile(lane in lane(), now in moment()) {
        let marked = apply(&t::mark(now), &lane).unwrap();
        prop_assert_eq!(apply(&t::clear(lane.marks), &marked), None);
    }
}
