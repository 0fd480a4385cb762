//! The ladder of recovery, step by step.

use flyball_governor_core::transitions as t;
use flyball_governor_core::{
    Failing, Lane, Lease, Move, Note, Policy, Reach, Reason, Seat, next_move,
};

use crate::support::{NOW, admitted, claim, done, failing, refused};

#[test]
fn sixteen_simultaneous_failures_of_one_generation_are_one_step_of_backoff() {
    let mut lane = Lane::new(16);
    let mut leases = Vec::new();
    for n in 0..16 {
        let (after, lease) = admitted(&lane, &claim(&format!("job{n}"), "n"), NOW);
        lane = after;
        leases.push(lease);
    }
    let seen = lane.clone();
    let mut steps = 0;
    for lease in &leases {
        let trip = t::trip(lease, &seen, &failing(NOW.plus(1_000)));
        if refused(&trip, &lane) {
            lane = done(&t::release_and_mark(lease, NOW), &lane);
        } else {
            lane = done(&trip, &lane);
            steps += 1;
        }
    }
    assert_eq!((steps, lane.level, lane.generation, lane.held.len()), (1, 1, 1, 0));
    assert_eq!((lane.good, lane.limit, lane.down), (16, 1, Some(NOW)));
}

#[test]
fn a_lane_comes_back_at_seven_tenths_and_then_whole() {
    let (lane, lease) = admitted(&Lane::new(10), &claim("a", "n1"), NOW);
    let lane = done(&t::trip(&lease, &lane, &failing(NOW.plus(1_000))), &lane);

    let later = NOW.plus(1_000);
    let prober = claim("b", "n2");
    let Move::Try(probe) = next_move(&lane, &prober, None, later, &Policy::STANDARD) else {
        unreachable!("the gate has passed")
    };
    let lane = done(&probe, &lane);
    let probe = Lease::find(&prober, &lane).expect("it probes");
    assert_eq!(probe.seat, Seat::Probe);

    let lane = done(&t::recover(&probe, &lane, later), &lane);
    let recovered = Lease::find(&prober, &lane).expect("its work goes on");
    assert_eq!((recovered.seat, recovered.expires), (Seat::Held, probe.expires));
    assert_eq!((lane.limit, lane.level, lane.ramp, lane.down), (7, 0, Some(1), None));
    assert_eq!(lane.notes.len(), 2);

    let (lane, next) = admitted(&lane, &claim("c", "n3"), later);
    let lane = done(&t::settle(&next, &lane), &lane);
    assert_eq!((lane.limit, lane.ramp), (10, None));
}

#[test]
fn a_vendor_that_answers_once_and_fails_again_is_backed_off_further() {
    let (lane, lease) = admitted(&Lane::new(8), &claim("a", "n1"), NOW);
    let lane = done(&t::trip(&lease, &lane, &failing(NOW)), &lane);
    let prober = claim("a", "n2");
    let probing = t::probe(&prober, t::Predecessor::None, None, NOW, NOW, NOW.plus(20_000));
    let lane = done(&probing, &lane);
    let probe = Lease::find(&prober, &lane).expect("it probes");
    let lane = done(&t::recover(&probe, &lane, NOW), &lane);
    let lease = Lease::find(&prober, &lane).expect("its work goes on");
    let lane = done(&t::trip_ramping(&lease, &lane, &failing(NOW)), &lane);
    assert_eq!((lane.level, lane.good, lane.limit, lane.ramp), (2, 4, 1, None));
}

#[test]
fn a_zombies_late_steps_change_nothing() {
    let old = claim("a", "old");
    let (lane, zombie) = admitted(&Lane::new(2), &old, NOW);
    let seen = lane.clone();
    let later = NOW.plus(70_000);
    let heir = claim("a", "new");
    let Move::Try(take_over) = next_move(&lane, &heir, None, later, &Policy::STANDARD) else {
        unreachable!("the old lease is dead")
    };
    let lane = done(&take_over, &lane);
    for step in [
        t::renew(&zombie, later.plus(60_000)),
        t::release(&zombie),
        t::release_and_mark(&zombie, later),
        t::trip(&zombie, &seen, &failing(later)),
        t::throttle(&zombie, &seen, NOW, later, "slow"),
    ] {
        assert!(refused(&step, &lane), "{}", step.name);
    }
    assert!(Lease::find(&heir, &lane).expect("the heir holds it").fence > zombie.fence);
}

#[test]
fn a_lost_reply_is_recognised_and_after_a_trip_it_is_no_probe() {
    let mine = claim("a", "n1");
    let (lane, _) = admitted(&Lane::new(2), &mine, NOW);
    let policy = Policy::STANDARD;
    assert!(matches!(next_move(&lane, &mine, None, NOW, &policy), Move::Mine(_)));

    let other = claim("b", "n2");
    let (lane, other_lease) = admitted(&lane, &other, NOW);
    let lane = done(&t::trip(&other_lease, &lane, &failing(NOW)), &lane);
    assert!(matches!(next_move(&lane, &mine, None, NOW, &policy), Move::MineButTripped(_)));
}

#[test]
fn a_duplicate_of_running_work_waits() {
    let (lane, _) = admitted(&Lane::new(2), &claim("a", "n1"), NOW);
    let Move::Wait(refusal) = next_move(&lane, &claim("a", "n2"), None, NOW, &Policy::STANDARD)
    else {
        unreachable!("the same work runs")
    };
    assert_eq!(refusal.reason, Reason::Running);
}

#[test]
fn dead_leases_are_reaped_when_a_shrunken_limit_is_exceeded_by_more_than_one() {
    let mut lane = Lane::new(4);
    for n in 0..4 {
        (lane, _) = admitted(&lane, &claim(&format!("job{n}"), "n"), NOW);
    }
    lane.limit = 1;
    let later = NOW.plus(70_000);
    let policy = Policy::STANDARD;
    let asker = claim("new", "n");
    let Move::Try(reap) = next_move(&lane, &asker, None, later, &policy) else {
        unreachable!("four dead leases can be reaped")
    };
    let lane = done(&reap, &lane);
    assert!(lane.held.is_empty());
    assert!(matches!(next_move(&lane, &asker, None, later, &policy), Move::Try(_)));
}

#[test]
fn a_renewal_that_arrives_late_does_not_shorten_the_lease() {
    let (lane, lease) = admitted(&Lane::new(1), &claim("a", "n"), NOW);
    let lane = done(&t::renew(&lease, NOW.plus(90_000)), &lane);
    assert!(refused(&t::renew(&lease, NOW.plus(70_000)), &lane));
}

#[test]
fn a_raise_goes_one_step_up_to_the_cap_and_ends_the_run_of_throttles() {
    let (lane, lease) = admitted(&Lane::new(3), &claim("a", "n1"), NOW);
    let lane = done(&t::throttle(&lease, &lane, NOW, NOW, "slow down"), &lane);
    assert_eq!((lane.limit, lane.slow, lane.level, lane.down), (2, 1, 0, None));
    assert!(lane.notes.is_empty());

    let (lane, lease) = admitted(&lane, &claim("a", "n2"), NOW);
    let lane = done(&t::raise(&lease, &lane), &lane);
    let lane = done(&t::raise(&lease, &lane), &lane);
    assert_eq!((lane.limit, lane.slow), (3, 0));
}

/// A lane in which `a` runs.
fn running() -> (Lane, Lease) {
    admitted(&Lane::new(4), &claim("a", "n1"), NOW)
}

/// A lane that fails and in which `a` probes.
fn probed() -> (Lane, Lease) {
    let lane = Lane { level: 2, limit: 1, down: Some(NOW.minus(9)), ..Lane::new(4) };
    let prober = claim("a", "n1");
    let probe = t::probe(&prober, t::Predecessor::None, None, NOW, NOW, NOW.plus(20_000));
    let lane = done(&probe, &lane);
    let lease = Lease::find(&prober, &lane).expect("it probes");
    (lane, lease)
}

#[test]
fn a_trip_keeps_what_the_ledger_and_people_are_to_be_told_cut_to_its_bounds() {
    let long = "é".repeat(500);
    let (lane, lease) = running();
    let lane = Lane { ok: Some(NOW.minus(7)), ..lane };
    let met = Failing {
        first_failed: NOW.minus(3),
        reach: Reach::Group,
        class: &long,
        why: &long,
        evidence: &long,
        ..failing(NOW.plus(9))
    };
    let after = done(&t::trip(&lease, &lane, &met), &lane);
    let note = Note::Opened {
        down: NOW.minus(3),
        detected: NOW,
        ok: lane.ok,
        class: "é".repeat(10),
        why: "é".repeat(60),
        evidence: "é".repeat(40),
    };
    assert_eq!(after.notes, [(lane.generation, note.clone())].into());
    assert_eq!(note.down(), NOW.minus(3));
    assert_eq!(after.why, Some("é".repeat(32)), "in bytes, and no letter is cut");
    assert_eq!((after.at, after.reach, after.down), (Some(NOW), Reach::Group, Some(NOW.minus(3))));
    assert_eq!((after.shut, after.wake, after.marks), (NOW.plus(9), Some(NOW.plus(9)), 1));
    let own = done(&t::trip(&lease, &lane, &failing(NOW)), &Lane { reach: Reach::Group, ..lane });
    assert_eq!(own.reach, Reach::Lane, "the last failure decides of whom it speaks");
}

#[test]
fn a_throttle_is_never_an_outage() {
    let (lane, lease) = running();
    let after = done(&t::throttle(&lease, &lane, NOW, NOW.plus(9), "slow down"), &lane);
    assert_eq!((after.limit, after.slow, after.generation), (3, 1, 1));
    assert_eq!((after.level, after.down, after.at), (0, None, None));
    assert_eq!((after.shut, after.wake, after.marks), (NOW.plus(9), Some(NOW.plus(9)), 1));
    assert!(after.notes.is_empty() && after.held.is_empty());
    assert!(refused(&t::throttle(&lease, &lane, NOW, NOW, ""), &Lane { level: 1, ..lane }));
}

#[test]
fn a_failed_probe_goes_one_level_up_and_leaves_what_was_good() {
    let (lane, lease) = probed();
    let after = done(&t::trip_again(&lease, &lane, &failing(NOW.plus(9))), &lane);
    assert_eq!((after.level, after.generation, after.good, after.limit), (3, 1, 4, 1));
    assert_eq!((after.down, after.at, after.probe), (lane.down, Some(NOW), None));
    assert!(after.notes.is_empty(), "the outage goes on");
    let steady = Lane { level: 0, ..lane };
    assert!(refused(&t::trip_again(&lease, &steady, &failing(NOW)), &steady));
}

#[test]
fn a_trip_before_full_speed_is_for_the_lane_that_was_seen() {
    let (lane, lease) = running();
    let seen = Lane { ramp: Some(3), good: 9, ..lane };
    let step = t::trip_ramping(&lease, &seen, &failing(NOW));
    let after = done(&step, &seen);
    assert_eq!((after.level, after.good, after.limit, after.ramp), (4, 4, 1, None));
    assert_eq!((after.down, after.notes.len()), (Some(NOW), 1));
    for other in [
        Lane { ramp: None, ..seen.clone() },
        Lane { ramp: Some(2), ..seen.clone() },
        Lane { good: 8, ..seen.clone() },
        Lane { level: 1, ..seen.clone() },
    ] {
        assert!(refused(&step, &other), "{other:?}");
    }
    assert!(refused(&t::trip(&lease, &seen, &failing(NOW)), &seen), "that is for full speed");
    let smallest = Lane { good: 1, ..seen };
    let after = done(&t::trip_ramping(&lease, &smallest, &failing(NOW)), &smallest);
    assert_eq!(after.good, 1);
}

#[test]
fn a_change_of_state_waits_until_the_ledger_knows_of_those_before() {
    let note = |up| Note::Closed { down: NOW, up };
    let notes = |count: u64| (100..100 + count).map(|n| (n, note(NOW))).collect();
    let (lane, lease) = running();
    let (down, probe) = probed();
    let refused_with = |count| {
        let lane = Lane { notes: notes(count), ..lane.clone() };
        let ramping = Lane { ramp: Some(1), ..lane.clone() };
        let down = Lane { notes: notes(count), ..down.clone() };
        [
            refused(&t::trip(&lease, &lane, &failing(NOW)), &lane),
            refused(&t::trip_ramping(&lease, &ramping, &failing(NOW)), &ramping),
            refused(&t::recover(&probe, &down, NOW), &down),
            refused(&t::trip_again(&probe, &down, &failing(NOW)), &down),
        ]
    };
    let full = u64::from(Lane::NOTES_MAX);
    assert_eq!(refused_with(full), [true, true, true, false]);
    assert_eq!(refused_with(full - 1), [false; 4]);
}

#[test]
fn a_recovery_tells_the_ledger_and_its_work_goes_on_under_the_same_lease() {
    let (lane, lease) = probed();
    let lane = Lane { failing: Some(NOW.minus(9)), ..lane };
    let after = done(&t::recover(&lease, &lane, NOW.plus(5)), &lane);
    let note = Note::Closed { down: NOW.minus(9), up: NOW.plus(5) };
    assert_eq!(after.notes, [(lane.generation, note.clone())].into());
    assert_eq!(note.down(), NOW.minus(9));
    assert_eq!((after.ok, after.failing, after.down), (Some(NOW.plus(5)), None, None));
    assert_eq!((after.wake, after.marks), (Some(NOW.plus(5)), lane.marks + 1));
    assert_eq!((after.limit, after.ramp, after.level), (3, Some(2), 0));
    let mut taken = lane.clone();
    let (other, _) = running();
    taken.held = other.held;
    assert!(refused(&t::recover(&lease, &lane, NOW), &taken));
}

#[test]
fn full_speed_returns_once_and_a_raise_waits_for_it() {
    let (lane, lease) = running();
    let ramping = Lane { ramp: Some(2), limit: 2, good: 3, slow: 5, ..lane.clone() };
    let after = done(&t::settle(&lease, &ramping), &ramping);
    assert_eq!((after.limit, after.ramp, after.slow), (3, None, 0));
    assert!(refused(&t::settle(&lease, &ramping), &after));
    assert!(refused(&t::raise(&lease, &ramping), &ramping));
    let slow = Lane { limit: 2, ..lane };
    let raise = t::raise(&lease, &slow);
    assert_eq!(done(&raise, &slow).limit, 3);
    assert!(refused(&raise, &Lane { limit: 3, ..slow.clone() }), "somebody else has raised it");
    assert!(refused(&raise, &Lane { level: 1, ..slow }));
}
