//! What is done to a lane by those who hold nothing of it.

use flyball_governor_core::item::Item;
use flyball_governor_core::transition::Outcome;
use flyball_governor_core::transitions as t;
use flyball_governor_core::{
    Lane, Note, Pardon, Policy, Reach, Stop, StopCause, StopMode, dead_man,
};

use crate::support::{NOW, admitted, claim, done, failing, group, kind, lane_with, refused, stop};

fn sizes(lane: &Lane) -> (u32, u32, u32) {
    (lane.limit, lane.good, lane.cap)
}

/// A lane of these sizes.
fn sized((limit, good, cap): (u32, u32, u32)) -> Lane {
    Lane { limit, good, cap, ..Lane::new(1) }
}

#[test]
fn a_limit_at_its_ceiling_follows_the_ceiling_and_a_lower_one_grows_by_itself() {
    for (before, cap, after) in [
        ((4, 4, 4), 8, (8, 8, 8)),
        ((4, 4, 4), 2, (2, 2, 2)),
        ((3, 2, 4), 8, (3, 2, 8)),
        ((3, 2, 4), 2, (2, 2, 2)),
        ((3, 2, 4), 1, (1, 1, 1)),
        ((4, 4, 4), 0, (1, 1, 1)),
        ((4, 4, 4), 99, (24, 24, 24)),
        ((1, 1, 1), 4, (4, 4, 4)),
    ] {
        let seen = sized(before);
        let lane = done(&t::resize(&seen, cap, NOW), &seen);
        assert_eq!(sizes(&lane), after, "{before:?} to {cap}");
        assert_eq!((lane.wake, lane.marks), (Some(NOW), 1));
    }
}

#[test]
fn in_an_outage_and_while_it_recovers_only_what_was_good_follows() {
    let down = Lane { level: 1, ..sized((1, 4, 4)) };
    let recovering = Lane { ramp: Some(1), ..sized((2, 4, 4)) };
    let smallest = Lane { level: 1, ..sized((1, 1, 1)) };
    for (seen, cap, after) in [
        (&down, 8, (1, 8, 8)),
        (&down, 2, (1, 2, 2)),
        (&recovering, 8, (2, 8, 8)),
        (&recovering, 1, (1, 1, 1)),
        (&smallest, 4, (1, 4, 4)),
        (&Lane { ramp: Some(1), ..sized((1, 1, 1)) }, 4, (1, 4, 4)),
    ] {
        assert_eq!(sizes(&done(&t::resize(seen, cap, NOW), seen)), after, "{seen:?} to {cap}");
    }
}

#[test]
fn a_new_size_is_refused_where_the_lane_is_not_as_it_was_seen() {
    let seen = sized((1, 1, 1));
    let step = t::resize(&seen, 4, NOW);
    for other in [
        Lane { generation: 1, ..seen.clone() },
        Lane { limit: 2, ..seen.clone() },
        Lane { good: 2, ..seen.clone() },
        Lane { cap: 2, ..seen.clone() },
        Lane { ramp: Some(1), ..seen.clone() },
    ] {
        assert!(refused(&step, &other), "{other:?}");
    }
    let recovering = Lane { ramp: Some(1), ..seen.clone() };
    assert!(refused(&t::resize(&recovering, 4, NOW), &seen), "it has settled meanwhile");
    let worse = Lane { ramp: Some(2), ..seen };
    assert!(refused(&t::resize(&recovering, 4, NOW), &worse));
}

#[test]
fn after_a_shrink_what_runs_goes_on_and_nothing_starts_until_enough_have_ended() {
    let lane = lane_with(3, &[("a", NOW.plus(9)), ("b", NOW.plus(9)), ("c", NOW.plus(9))]);
    let lane = done(&t::resize(&lane, 2, NOW), &lane);
    assert_eq!(lane.held_count(), 3);
    let (next, expires) = (claim("d", "n"), NOW.plus(60_000));
    let without = |ids: &[&str]| {
        let mut lane = lane.clone();
        lane.held.retain(|id, _| !ids.contains(&id.as_str()));
        refused(&t::admit(&next, NOW, expires), &lane)
    };
    assert!(without(&[]) && without(&["a"]) && !without(&["a", "b"]));
}

fn tripped() -> Lane {
    Lane {
        level: 3,
        shut: NOW.plus(9_000),
        at: Some(NOW.minus(1)),
        reach: Reach::Group,
        group: Some(group("g")),
        wake: Some(NOW.plus(9_000)),
        ..Lane::new(4)
    }
}

#[test]
fn an_amnesty_brings_a_gate_forward_that_its_group_closed_and_keeps_the_level() {
    let turn = NOW.plus(500);
    let step = t::amnesty(&group("g"), NOW, turn);
    let lane = done(&step, &tripped());
    assert_eq!((lane.shut, lane.wake, lane.marks), (turn, Some(turn), 1));
    assert_eq!((lane.level, lane.generation), (3, 0));
    for (other, why) in [
        (Lane { group: Some(group("h")), ..tripped() }, "another group"),
        (Lane { group: None, ..tripped() }, "no group"),
        (Lane { level: 0, ..tripped() }, "no outage"),
        (Lane { reach: Reach::Lane, ..tripped() }, "its own trouble"),
        (Lane { at: Some(NOW), ..tripped() }, "tripped since"),
        (Lane { shut: turn, ..tripped() }, "open as soon without it"),
    ] {
        assert!(refused(&step, &other), "{why}");
    }
}

#[test]
fn a_pardon_holds_for_exactly_the_lanes_that_an_amnesty_would_reach() {
    let pardon = Some(Pardon { back: NOW });
    assert!(tripped().is_pardoned(pardon));
    assert!(!tripped().is_pardoned(None));
    let (claim, expires) = (claim("p", "n"), NOW.plus(20_000));
    let probe =
        |pardon| t::probe(&claim, t::Predecessor::None, pardon, NOW, NOW.minus(5_000), expires);
    assert!(refused(&probe(None), &tripped()));
    assert!(done(&probe(pardon), &tripped()).probe.is_some());
    for other in [
        Lane { level: 0, ..tripped() },
        Lane { reach: Reach::Lane, ..tripped() },
        Lane { at: Some(NOW), ..tripped() },
        Lane { at: None, ..tripped() },
    ] {
        assert!(!other.is_pardoned(pardon));
        assert!(refused(&probe(pardon), &other), "{other:?}");
    }
}

#[test]
fn a_look_is_brought_forward_and_never_put_off_or_invented() {
    let lane = Lane { wake: Some(NOW), group: Some(group("g")), ..Lane::new(1) };
    let earlier = NOW.minus(1);
    for of in [None, Some(group("g"))] {
        let roused = done(&t::rouse(of.as_ref(), earlier), &lane);
        assert_eq!((roused.wake, roused.marks), (Some(earlier), 0));
        assert!(refused(&t::rouse(of.as_ref(), NOW), &lane));
        assert!(refused(&t::rouse(of.as_ref(), earlier), &Lane { wake: None, ..lane.clone() }));
    }
    assert!(refused(&t::rouse(Some(&group("h")), earlier), &lane));
}

#[test]
fn who_waits_is_roused_even_if_due_and_a_look_is_never_invented() {
    let lane = Lane { wake: Some(NOW), group: Some(group("g")), ..Lane::new(1) };
    for of in [None, Some(group("g"))] {
        for look in [NOW.minus(1), NOW.plus(1)] {
            assert_eq!(done(&t::rouse_who_waits(of.as_ref(), look), &lane).wake, Some(look));
        }
        let asleep = Lane { wake: None, ..lane.clone() };
        assert!(refused(&t::rouse_who_waits(of.as_ref(), NOW), &asleep));
    }
    assert!(refused(&t::rouse_who_waits(Some(&group("h")), NOW), &lane));
}

#[test]
fn a_lane_is_left_alone_only_as_it_was_seen() {
    let seen = Lane { wake: Some(NOW), marks: 3, ..Lane::new(1) };
    let leave_alone = t::push(NOW, NOW.plus(9)).and(t::untouched(&seen));
    assert_eq!(done(&leave_alone, &seen).wake, Some(NOW.plus(9)));
    for other in [
        done(&t::mark(NOW), &seen),
        done(&t::lift(&StopCause::Account, NOW), &seen),
        done(&t::rouse(None, NOW.minus(1)), &seen),
        done(&t::rouse_who_waits(None, NOW.minus(2)), &seen),
        Lane { wake: None, ..seen.clone() },
    ] {
        assert!(refused(&leave_alone, &other), "{other:?}");
    }
}

#[test]
fn a_push_is_for_a_look_that_is_due_and_a_mark_never_puts_one_off() {
    let lane = Lane { wake: Some(NOW), ..Lane::new(1) };
    assert_eq!(done(&t::push(NOW, NOW.plus(9)), &lane).wake, Some(NOW.plus(9)));
    assert!(refused(&t::push(NOW.minus(1), NOW.plus(9)), &lane));
    let marked = done(&t::mark(NOW.plus(5)), &lane);
    assert_eq!((marked.wake, marked.marks), (Some(NOW), 1));
    assert_eq!(done(&t::mark(NOW), &Lane::new(1)).wake, Some(NOW));
    assert_eq!(t::mark(NOW).apply(&Item::new()), Ok(Outcome::Refused), "there is no lane");
}

#[test]
fn a_wake_up_is_cleared_only_when_nobody_came_and_the_ledger_knows_all() {
    let lane = Lane { wake: Some(NOW), marks: 7, behind: Some(NOW), ..Lane::new(1) };
    let cleared = done(&t::clear(7), &lane);
    assert_eq!((cleared.wake, cleared.behind), (None, None));
    assert!(refused(&t::clear(6), &lane));
    let note = Note::Closed { down: NOW, up: NOW };
    let told = Lane { notes: [(3, note)].into(), ..lane };
    assert!(refused(&t::clear(7), &told));
    assert!(refused(&t::note_written(2), &told));
    assert!(!refused(&t::clear(7), &done(&t::note_written(3), &told)));
}

#[test]
fn a_new_lane_is_whole_and_made_once() {
    for of in [None, Some(group("g"))] {
        let Ok(Outcome::Done(item)) = t::create(3, of.as_ref()).apply(&Item::new()) else {
            unreachable!("there was none")
        };
        assert_eq!(Lane::parse(&item), Ok(Lane { group: of.clone(), ..Lane::new(3) }));
        assert_eq!(t::create(3, of.as_ref()).apply(&item), Ok(Outcome::Refused));
    }
    assert_eq!([0, 1, 24, 25].map(|cap| Lane::new(cap).cap), [1, 1, 24, 24]);
}

#[test]
fn a_lane_takes_a_bounded_number_of_stops_and_replaces_any_of_them() {
    let hold = stop(StopMode::Hold, None);
    let mut lane = Lane::new(1);
    let kinds = (0..).map(|n| StopCause::Work(kind(&format!("kind{n}"))));
    let causes: Vec<StopCause> = StopCause::WHOLE_LANE.into_iter().chain(kinds).take(7).collect();
    let (last, first) = causes.split_last().expect("seven");
    for cause in first {
        lane = done(&t::stop(cause, &hold, NOW), &lane);
    }
    assert_eq!(lane.stops.len(), 6);
    assert_eq!((lane.wake, lane.marks), (Some(NOW), 6));
    assert!(refused(&t::stop(last, &hold, NOW), &lane));
    let ends = Stop { until: Some(NOW), ..hold };
    let lane = done(&t::stop(&StopCause::Account, &ends, NOW), &lane);
    assert_eq!(lane.stops[&StopCause::Account], ends);
    let lane = done(&t::lift(&StopCause::Account, NOW), &lane);
    assert!(!refused(&t::stop(last, &ends, NOW), &lane));
}

#[test]
fn the_texts_of_a_stop_are_cut_to_their_bound() {
    let long = Stop { reason: "é".repeat(500), ..stop(StopMode::Hold, None) };
    let lane = done(&t::stop(&StopCause::Account, &long, NOW), &Lane::new(1));
    let kept = &lane.stops[&StopCause::Account].reason;
    assert_eq!(kept.chars().count(), Stop::TEXT_CHARS_MAX);
}

const POLICY: Policy = Policy::STANDARD;

/// A lane that has been failing, and trying, for as long as it takes.
fn failing_for_days() -> Lane {
    let since = NOW.minus(POLICY.dead_man_ms);
    Lane { failing: Some(since), level: 10, why: Some("HTTP 503".to_owned()), ..Lane::new(1) }
}

#[test]
fn dead_man_an_account_that_fails_for_days_without_a_success_stops_itself() {
    let stop = dead_man(&failing_for_days(), NOW, &POLICY).expect("it stops");
    assert_eq!((stop.mode, stop.until), (StopMode::Stop, None));
    assert_eq!(stop.reason, "no success for 3 d: HTTP 503");
    assert_eq!(stop.author, "dead man");
    assert_eq!(dead_man(&failing_for_days(), NOW.minus(1), &POLICY), None);
    assert_eq!(dead_man(&Lane { failing: None, ..failing_for_days() }, NOW, &POLICY), None);
    let silent = dead_man(&Lane { why: None, ..failing_for_days() }, NOW, &POLICY).unwrap();
    assert_eq!(silent.reason, "no success for 3 d: no reason is known");
}

#[test]
fn dead_man_counts_throttles_like_trips_but_not_days_in_which_nothing_was_tried() {
    let lane = |level, slow| Lane { level, slow, ..failing_for_days() };
    assert!(dead_man(&lane(0, 10), NOW, &POLICY).is_some(), "throttled all the time");
    assert_eq!(dead_man(&lane(9, 9), NOW, &POLICY), None, "a switch held it for days");
}

#[test]
fn dead_man_stops_a_lane_once_and_lifting_any_stop_gives_it_as_long_again() {
    let lane = failing_for_days();
    let stop = dead_man(&lane, NOW, &POLICY).expect("it stops");
    let stopped = done(&t::stop(&StopCause::DeadMan, &stop, NOW), &lane);
    assert_eq!(dead_man(&stopped, NOW, &POLICY), None);
    for cause in [StopCause::DeadMan, StopCause::Rejected] {
        let lifted = done(&t::lift(&cause, NOW), &stopped);
        assert_eq!((lifted.failing, lifted.wake), (None, Some(NOW)));
    }
}

#[test]
fn dead_man_a_success_between_failures_starts_the_count_anew() {
    let (lane, lease) = admitted(&failing_for_days_at_full_speed(), &claim("a", "n"), NOW);
    let lease = flyball_governor_core::Lease { succeeded: Some(NOW), ..lease };
    let slowed = done(&t::throttle(&lease, &lane, NOW, NOW.plus(9), "slow"), &lane);
    assert_eq!(slowed.failing, Some(NOW));
    assert_eq!(dead_man(&slowed, NOW.plus(1), &POLICY), None);
    let tripped = done(&t::trip(&lease, &lane, &failing(NOW.plus(9))), &lane);
    assert_eq!(dead_man(&tripped, NOW.plus(1), &POLICY), None);
}

fn failing_for_days_at_full_speed() -> Lane {
    Lane { level: 0, slow: 99, ..failing_for_days() }
}
