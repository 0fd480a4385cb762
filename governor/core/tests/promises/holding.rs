//! What a holder does with its slot: keeps it, gives it back, hands it on.

use flyball_governor_core::transition::{Change, Transition};
use flyball_governor_core::transitions as t;
use flyball_governor_core::{
    Claim, Ending, Lane, Lease, Policy, Probe, Seat, Slot, StopCause, StopMode, UnixMillis,
    stop_is_complete,
};

use crate::support::{NOW, admitted, claim, done, failing, kind, lane_with, refused, stop};

const LATER: UnixMillis = NOW.plus(60_000);

/// A lane of two slots in which `a` runs, that has been failing for a while.
fn running() -> (Lane, Lease) {
    let before = Lane { failing: Some(NOW.minus(9_000)), ..Lane::new(2) };
    admitted(&before, &claim("a", "n1"), NOW)
}

fn baton(lease: &Lease, next: &Claim) -> Transition {
    t::baton(lease, next, Ending::Success, NOW, LATER)
}

#[test]
fn a_baton_hands_the_slot_on_in_one_write_and_leaves_the_wake_up_alone() {
    let (lane, lease) = running();
    let lane = Lane { wake: Some(NOW.plus(7)), marks: 4, limit: 1, ..lane };
    let next = claim("b", "n2");
    let after = done(&baton(&lease, &next), &lane);
    assert_eq!(Lease::find(&lease.claim, &after), None);
    let handed = Lease::find(&next, &after).expect("the next one holds it");
    assert_eq!((handed.seat, handed.expires, handed.fence), (Seat::Held, LATER, lease.fence + 1));
    assert_eq!((after.wake, after.marks, after.held_count()), (lane.wake, lane.marks, 1));
    assert!(refused(&baton(&lease, &next), &after), "whoever repeats it finds it done");
}

#[test]
fn a_baton_to_the_same_work_overwrites_its_lease() {
    let (lane, lease) = running();
    let next = claim("a", "n2");
    let after = done(&baton(&lease, &next), &lane);
    assert!(Lease::find(&lease.claim, &after).is_none() && Lease::find(&next, &after).is_some());
}

#[test]
fn a_baton_is_refused_where_an_admission_would_be() {
    let (lane, lease) = running();
    let next = claim("b", "n2");
    let mut stopped = lane.clone();
    stopped.stops.insert(StopCause::Work(kind("products")), stop(StopMode::Hold, None));
    let mut twice = lane.clone();
    let slot = Slot { expires: LATER, nonce: "n3".parse().expect("a nonce") };
    twice.held.insert(next.id.clone(), slot);
    let (full, _) = admitted(&lane, &claim("c", "n3"), NOW);
    for (lane, why) in [
        (stopped, "a stop"),
        (twice, "the same work runs"),
        (Lane { level: 1, ..lane.clone() }, "an outage"),
        (Lane { shut: NOW.plus(1), ..lane.clone() }, "a gate"),
        (Lane { limit: 1, ..full }, "a limit that has shrunk meanwhile"),
        (Lane::new(2), "a lease that is lost"),
    ] {
        assert!(refused(&baton(&lease, &next), &lane), "{why}");
    }
    let mut dimmed = lane;
    dimmed.stops.insert(StopCause::Account, stop(StopMode::Limit(1), None));
    assert!(!refused(&baton(&lease, &next), &dimmed), "a dimmer replaces one by one");
}

#[test]
fn only_an_end_that_is_a_success_says_that_nothing_fails() {
    let (lane, lease) = running();
    let after = done(&t::finish(&lease, NOW), &lane);
    assert_eq!((after.held_count(), after.ok, after.failing), (0, Some(NOW), None));
    let after = done(&baton(&lease, &claim("b", "n2")), &lane);
    assert_eq!((after.ok, after.failing), (Some(NOW), None));
    for end in [
        t::baton(&lease, &claim("b", "n2"), Ending::Other, NOW, LATER),
        t::release(&lease),
        t::release_and_mark(&lease, NOW),
        t::pause(&lease, LATER),
        t::renew(&lease, LATER.plus(1)),
    ] {
        let after = done(&end, &lane);
        assert_eq!((after.ok, after.failing), (None, lane.failing), "{}", end.name);
    }
}

#[test]
fn a_lane_learns_of_calls_that_succeeded_whatever_their_job_ends_with() {
    let (lane, lease) = running();
    let ok = NOW.plus(5);
    let lease = Lease { succeeded: Some(ok), ..lease };
    for end in [
        t::baton(&lease, &claim("b", "n2"), Ending::Other, NOW, LATER),
        t::release(&lease),
        t::release_and_mark(&lease, NOW),
        t::pause(&lease, LATER),
        t::renew(&lease, LATER.plus(1)),
    ] {
        let after = done(&end, &lane);
        assert_eq!((after.ok, after.failing), (Some(ok), None), "{}", end.name);
    }
    for end in
        [t::trip(&lease, &lane, &failing(LATER)), t::throttle(&lease, &lane, NOW, LATER, "slow")]
    {
        let after = done(&end, &lane);
        assert_eq!((after.ok, after.failing), (Some(ok), Some(NOW)), "{} begins anew", end.name);
    }
}

#[test]
fn a_push_back_keeps_since_when_nothing_has_succeeded() {
    let (lane, lease) = running();
    for end in
        [t::trip(&lease, &lane, &failing(LATER)), t::throttle(&lease, &lane, NOW, LATER, "slow")]
    {
        assert_eq!(done(&end, &lane).failing, lane.failing, "{}", end.name);
        let first = done(&end, &Lane { failing: None, ..lane.clone() });
        assert_eq!(first.failing, Some(NOW), "{}", end.name);
    }
}

#[test]
fn a_pause_never_opens_a_gate_that_is_closed_for_longer() {
    let (lane, lease) = running();
    let after = done(&t::pause(&lease, LATER), &lane);
    assert_eq!((after.shut, after.wake, after.marks), (LATER, Some(LATER), lane.marks + 1));
    assert_eq!((after.level, after.generation, after.limit), (0, lane.generation, lane.limit));
    assert!(refused(&t::pause(&lease, LATER), &Lane { shut: LATER, ..lane.clone() }));
    assert!(refused(&t::pause(&lease, LATER), &Lane { level: 1, ..lane }));
}

#[test]
fn a_lease_is_known_by_seat_work_and_nonce() {
    let (lane, lease) = running();
    assert!(lease.is_in(&lane));
    assert!(!Lease { seat: Seat::Probe, ..lease.clone() }.is_in(&lane));
    assert!(!Lease { claim: claim("a", "other"), ..lease.clone() }.is_in(&lane));
    assert!(!Lease { claim: claim("b", "n1"), ..lease.clone() }.is_in(&lane));
    assert_eq!((lease.fence, lease.admitted_in), (lane.fence, lane.generation));
}

#[test]
fn a_probes_steps_touch_the_probes_slot_alone() {
    let (lane, held) = running();
    let probe =
        Probe { id: held.claim.id.clone(), expires: LATER, nonce: held.claim.nonce.clone() };
    let lane = Lane { level: 1, probe: Some(probe), ..lane };
    let lease = Lease { seat: Seat::Probe, ..held };
    let after = done(&t::renew(&lease, LATER.plus(9)), &lane);
    assert_eq!(after.probe.as_ref().map(|probe| probe.expires), Some(LATER.plus(9)));
    assert_eq!(after.held, lane.held);
    for step in [t::release(&lease), t::finish(&lease, NOW), t::inconclusive_probe(&lease, LATER)] {
        let after = done(&step, &lane);
        assert_eq!((after.probe.as_ref(), &after.held), (None, &lane.held), "{}", step.name);
    }
    assert!(t::release(&lease).then.iter().all(|change| matches!(change, Change::Remove(_))));
}

#[test]
fn an_inconclusive_probe_uses_its_pardon_up() {
    let (lane, held) = running();
    let probe =
        Probe { id: held.claim.id.clone(), expires: LATER, nonce: held.claim.nonce.clone() };
    let reach = flyball_governor_core::Reach::Group;
    let lane = Lane { level: 2, probe: Some(probe), at: Some(NOW), reach, shut: LATER, ..lane };
    let pardon = Some(t::Pardon { back: NOW.plus(1) });
    assert!(lane.is_pardoned(pardon));
    let lease = Lease { seat: Seat::Probe, ..held };
    let after = done(&t::inconclusive_probe(&lease, NOW.plus(9)), &lane);
    assert!(!after.is_pardoned(pardon), "a crash loop would call at the full rate of leases");
    assert_eq!((after.shut, after.wake, after.level), (NOW.plus(9), Some(NOW.plus(9)), 2));
}

#[test]
fn a_stop_is_complete_when_every_lease_it_saw_is_gone_or_surely_over() {
    let policy = Policy::STANDARD;
    let written = lane_with(3, &[("a", NOW.plus(1_000)), ("b", NOW.plus(2_000))]);
    let over = NOW.plus(2_000 + policy.skew_ms);
    let complete = |current: &Lane, now| stop_is_complete(&written, current, now, &policy);
    assert!(!complete(&written, over));
    assert!(complete(&written, over.plus(1)));
    assert!(complete(&Lane::new(3), NOW), "both are gone");
    assert!(!complete(&lane_with(3, &[("b", NOW.plus(2_000))]), NOW));
    let renewed = lane_with(3, &[("b", LATER)]);
    assert!(!complete(&renewed, over.plus(1)), "a renewal is seen");
    let mut taken_over = renewed;
    let nonce = "other".parse().expect("a nonce");
    taken_over.held.values_mut().for_each(|slot| slot.nonce = Clone::clone(&nonce));
    assert!(complete(&taken_over, NOW), "an heir was admitted after the stop");
}

#[test]
fn a_stop_is_complete_only_without_the_probe_that_it_saw_even_if_that_has_recovered() {
    let policy = Policy::STANDARD;
    let probe = |nonce: &str, expires| {
        let (id, nonce) = ("p".parse().expect("an id"), nonce.parse().expect("a nonce"));
        Lane { level: 1, probe: Some(Probe { id, nonce, expires }), ..Lane::new(2) }
    };
    let written = probe("n", NOW.plus(1_000));
    let over = NOW.plus(1_000 + policy.skew_ms);
    let complete = |current: &Lane, now| stop_is_complete(&written, current, now, &policy);
    assert!(!complete(&written, over));
    assert!(complete(&written, over.plus(1)));
    assert!(complete(&Lane::new(2), NOW));
    assert!(complete(&probe("other", LATER), NOW));
    let recovered = lane_with(2, &[("p", NOW.plus(1_000))]);
    assert!(!complete(&recovered, over));
    assert!(complete(&recovered, over.plus(1)));
}
