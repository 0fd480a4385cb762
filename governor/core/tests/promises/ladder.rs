//! The ladder of recovery, step by step.

use flyball_governor_core::transitions as t;
use flyball_governor_core::{Lane, Lease, Move, Policy, Reason, Seat, next_move};

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
